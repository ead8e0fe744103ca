/* What was understood of a data file, for people and as JSON. */
#ifndef TRAIN_TABLE_REPORT_H
#define TRAIN_TABLE_REPORT_H

#include "table.h"

#include <stdio.h>

/* {"file","format","rows","columns":[{"name","kind","number",...}],"separator","header","base","left_out","said"} and a line
 * end. */
int train_table_json(const struct train_table *t, FILE *out, struct bz_error *err);
/* The same as lines of text. */
int train_table_print(const struct train_table *t, FILE *out, struct bz_error *err);

#endif
