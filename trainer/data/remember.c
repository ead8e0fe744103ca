/* What a model is to remember of the columns it was trained on. */
#include "mem.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A nameless number next to one of the same layer continues with its run. */
static bool goes_on(const struct bz_columns *c, const struct train_part *p, size_t unit)
{
    const struct bz_column *last = c->n > 0 ? &c->columns[c->n - 1] : NULL;
    return last && last->kind == BZ_COLUMN_NUMBER && !last->name[0] && strcmp(last->layer, p->name) == 0 &&
           last->unit + last->size == unit;
}

static int add_input(struct train_data *d, const struct train_table *t, size_t j, size_t part, size_t unit, const char *source,
                     struct bz_error *err)
{
    const struct train_part *p = &d->parts[part];
    const char *name = t->names && t->names[j] ? t->names[j] : "";
    const struct bz_categories *categories = t->categories ? &t->categories[j] : NULL;
    const bool category = categories && categories->n > 0, boolean = t->boolean && t->boolean[j];
    if (!category && !boolean && !name[0] && goes_on(&d->columns, p, unit)) {
        d->columns.columns[d->columns.n - 1].size++;
        return 0;
    }
    struct bz_column *c = bz_columns_add(&d->columns, name,
                                         category  ? BZ_COLUMN_CATEGORY
                                         : boolean ? BZ_COLUMN_BOOLEAN
                                                   : BZ_COLUMN_NUMBER,
                                         err);
    if (!c)
        return -1;
    memcpy(c->layer, p->name, sizeof(c->layer));
    snprintf(c->source, sizeof(c->source), "%s", source);
    c->unit = unit;
    c->size = category ? categories->n : 1;
    c->scale = (double)p->scale;
    if (p->mean && name[0]) {
        c->mean = p->mean[unit];
        c->sd = p->deviation[unit];
    }
    return category ? bz_texts_copy(&c->categories, &c->n_categories, categories->names, categories->n, err) : 0;
}

static int add_other(struct train_data *d, const char *name, enum bz_column_kind kind, const char *source,
                     const struct bz_categories *classes, struct bz_error *err)
{
    struct bz_column *c = bz_columns_add(&d->columns, name ? name : "", kind, err);
    if (!c)
        return -1;
    snprintf(c->source, sizeof(c->source), "%s", source);
    return classes ? bz_texts_copy(&c->categories, &c->n_categories, classes->names, classes->n, err) : 0;
}

/* The columns of a text table in the order of the file, those not used as input among the others. */
static int remember_text(struct train_data *d, const struct train_table *t, const size_t *part_of, const size_t *unit_of,
                         const char *source, struct bz_error *err)
{
    for (size_t origin = 0, j = 0; origin < t->file_columns; origin++) {
        int rc = 0;
        if (j < t->columns && t->column_origin[j] == origin) {
            rc = add_input(d, t, j, part_of[j], unit_of[j], source, err);
            j++;
        } else if (t->label_name && t->label_origin == origin) {
            rc = add_other(d, t->label_name, BZ_COLUMN_LABEL, source, &t->classes, err);
        } else {
            const struct bz_left_out *left = NULL;
            for (size_t i = 0; i < t->reading.n_left_out; i++)
                left = t->reading.left_out[i].column == origin ? &t->reading.left_out[i] : left;
            rc = left ? add_other(d, left->name, BZ_COLUMN_IGNORED, source, NULL, err)
                      : add_other(d, t->index_name, BZ_COLUMN_INDEX, source, NULL, err);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

int train_remember_twice(struct train_data *d, struct bz_error *err)
{
    enum { MOST = 4096 }; /* columns compared with all others */
    for (size_t j = 0; d->columns.n <= MOST && j < d->columns.n; j++) {
        const struct bz_column *c = &d->columns.columns[j], *other = bz_columns_namesake(&d->columns, j);
        if (other > c)
            return train_data_say(d, err,
                                  "warning: %s and %s both have a column '%.64s': rows by name, in requests and in tables of "
                                  "samples, cannot tell them apart; rename one",
                                  c->source, other->source, c->name);
    }
    return 0;
}

int train_remember(struct train_data *d, const struct train_table *t, const size_t *part_of, const size_t *unit_of,
                   const char *source, struct bz_error *err)
{
    if (t->reading.base >= 0)
        d->columns.base = t->reading.base;
    if (t->text)
        return remember_text(d, t, part_of, unit_of, source, err);
    for (size_t j = 0; j < t->columns; j++)
        if (add_input(d, t, j, part_of[j], unit_of[j], source, err) < 0)
            return -1;
    return 0;
}
