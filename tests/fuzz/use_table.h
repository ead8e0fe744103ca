/* What becomes of bytes read as a table: parts, rows, moments. */
#ifndef USE_TABLE_H
#define USE_TABLE_H

#include "dataset.h"
#include "mem.h"
#include "parts.h"

/* Options from the bits of a byte. */
static inline struct train_data_options table_options(uint8_t choice)
{
    static const char *items[] = {"2", "1=1", "softmax", "2x2"};
    struct train_data_options o = {0};
    if (choice & 1)
        o.missing = "infer";
    if (choice & 2)
        o.label_column = "1";
    if (choice & 4)
        o.exclude = (struct bz_list){items, 1};
    if (choice & 8)
        o.where = (struct bz_list){items + 1, 1};
    if (choice & 16)
        o.categorical = (struct bz_list){items, 1};
    o.standardize = choice & 32;
    return o;
}

/* Reads the source, which it releases, as a table with these options; the two highest bits of choice are the unit. */
static inline void use_table(struct train_source *s, const struct train_data_options *o, uint8_t choice)
{
    static const char *const units[] = {NULL, "softmax", "bernoulli", "gaussian"};
    const struct train_table_options to = {.user = o};
    struct train_table t;
    struct bz_error err;
    if (train_table_parse(&t, s, &to, &err) < 0)
        return;
    struct train_data *d = bz_alloc(1, sizeof(*d), &err);
    const struct train_part_request q = {.name = "visible", .unit = units[choice >> 6], .source = "", .user = o};
    d->rows = t.rows;
    if (t.rows * t.columns <= 1 << 20 && train_parts_settle(&t, &q, &err) == 0 && train_parts_make(d, &t, &q, &err) == 0) {
        for (size_t p = 0; p < d->n_parts; p++) {
            const size_t n = d->parts[p].size, row = d->rows - 1;
            float *x = bz_alloc(n, sizeof(float), &err);
            uint8_t *known = bz_alloc(n, 1, &err);
            double *mean = bz_alloc(2 * n, sizeof(double), &err);
            train_part_read(&d->parts[p], &row, 1, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 1, p, 2}, x, known);
            train_part_moments(&d->parts[p], NULL, d->rows, mean, mean + n);
            bz_free(x);
            bz_free(known);
            bz_free(mean);
        }
    }
    train_data_free(d);
    train_table_free(&t);
}

#endif
