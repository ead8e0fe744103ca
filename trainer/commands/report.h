/* Pages about machines in one file that needs no network: report.html beside a trained model, and `boltz inspect --html`. */
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include "model_file.h"
#include "training.h"

/* Writes the report of a finished run to path, atomically: learning curves, samples beside data, reconstructions, free
 * energies, what hidden units look for, settings. record: the `training` metadata as JSON. */
int train_html_report(const struct training *t, const char *record, const char *path, struct bz_error *err);

/* The same for any model file, as far as possible: without curves; beside: its samples beside data, NULL = none. name: its name
 * in the heading. */
int train_html_model(const struct bz_model *model, const struct train_comparison *beside, const char *name, const char *path,
                     struct bz_error *err);

#endif
