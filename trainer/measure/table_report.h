/* How a data file was understood, as text and as JSON. */
#ifndef TRAIN_TABLE_REPORT_H
#define TRAIN_TABLE_REPORT_H

#include "table.h"

#include <stdio.h>

/* What a column holds. */
struct train_summary {
    double least, largest;
    size_t known, missing;
    bool whole;
};

struct train_table_view {
    const struct train_table *table; /* borrowed; its values are not read after train_table_look */
    struct train_summary *columns;   /* [table->columns], the caller's (bz_free) */
    size_t repeated;                 /* rows that equal an earlier row */
    const struct train_data *data;   /* borrowed: layers that training would make of the table; NULL = none, and why: */
    const char *refused;
};

/* One pass over the rows fills columns and repeated; the rest is zeroed. */
int train_table_look(struct train_table_view *v, const struct train_table *t, struct bz_error *err);

/* {"file","format","rows","repeated_rows","separator","header","base","left_out","labels","said","columns":[{"name","kind","number",
 * "layer","unit","size",...}],"layers":[{"name","unit","size","groups"}],"refused"} and a line end. In a column "unit" is the
 * first of its units in the layer, as in the metadata `table` of a model. */
int train_table_json(const struct train_table_view *v, FILE *out, struct bz_error *err);
/* The same as lines of text. */
void train_table_print(const struct train_table_view *v, FILE *out);

#endif
