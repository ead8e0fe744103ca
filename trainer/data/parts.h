/* From a file's contents to visible layers: which unit type, which scale, and whether every value is in its domain. */
#ifndef TRAIN_PARTS_H
#define TRAIN_PARTS_H

#include "table.h"

/* A layer that the data must fit, of a model or of earlier data. */
struct train_wanted {
    const char *name;
    enum bz_unit unit;
    size_t size, groups;
    char *const *categories; /* [n_categories] or NULL */
    size_t n_categories;
    const struct train_part *like; /* scale and standardisation are taken over from it; NULL = found out anew */
};

struct train_part_request {
    const char *name;                  /* what the layer of numbers is called */
    const char *unit, *shape;          /* what the user said, or NULL */
    const struct train_wanted *wanted; /* [n_wanted] layers that may be filled from this table; NULL = make new ones */
    size_t n_wanted;
    const struct train_data_options *user;
};

/* Appends the parts that a table makes to d->parts, which has room: one of numbers, and one for each column of categories.
 * Takes what it can of the table's memory over. */
int train_parts_make(struct train_data *d, struct train_table *t, const struct train_part_request *q, struct bz_error *err);

/* What values a table holds. */
struct train_range {
    double least, largest;
    bool whole;   /* all are whole numbers */
    bool spins;   /* all are -1 or 1 */
    bool missing; /* some are NaN */
    size_t n;     /* how many are not NaN (sparse: zeros count) */
};
struct train_range train_table_range(const struct train_table *t);

/* Checks a part's values against its unit type, of which file, row and column are named; sets scale, grey, missing, groups.
 * column[p->size] (NULL = 0, 1, ...) are the columns of the table that the part holds. */
int train_part_check(struct train_part *p, const struct train_table *t, const size_t *column,
                     const struct train_part_request *q, const struct train_wanted *wanted, struct bz_error *err);

/* True if every row consists of one-hot groups of one width; *groups is how many. */
bool train_table_one_hot(const struct train_table *t, size_t *groups);

#endif
