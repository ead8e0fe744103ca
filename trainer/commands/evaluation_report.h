/* An evaluation as text: one JSON object with every key always there, or lines for people. */
#ifndef TRAIN_EVALUATION_REPORT_H
#define TRAIN_EVALUATION_REPORT_H

#include "evaluation.h"

/* All results of `boltz evaluate`. NaN and NULL = not computed: null in JSON, left out of the lines. */
struct train_findings {
    const struct train_evaluation *evaluation;
    enum train_binarize binarize;
    double labelled; /* rows with a label; NAN = the data have none */
    const struct train_thermo *thermo;
    double error_rate;                 /* by a label layer or classifier */
    double auroc, average_precision;   /* of the free energy against 0/1 labels */
    double precision, recall, f1, map; /* of predicted or retrieved labels */
};

/* The JSON text, without a newline at the end; the caller's, bz_free; NULL and *err when out of memory. */
char *train_findings_json(const struct train_findings *f, struct bz_error *err);

/* Lines of `name  value` on stdout. */
void train_findings_print(const struct train_findings *f);

#endif
