/* report.html beside a trained model: learning curves, receptive fields, samples and reconstructions in one file that needs no
 * network. */
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include "training.h"

/* Writes the report of a finished run to path, atomically. record: the `training` metadata as JSON. */
int train_html_report(const struct training *t, const char *record, const char *path, struct bz_error *err);

#endif
