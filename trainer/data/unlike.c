/* Tables for a model that knows their columns: what they lack, and what is unlike the rows that it learned from. */
#include "mem.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>

enum {
    SHOWN = 3,  /* columns named in a sentence */
    FEW = 5,    /* rows from which on all may be said to be unlike, */
    SPREAD = 20 /* and their deviation to be another */
};

struct unlike_column {
    size_t known, missing, n_least, n_largest;
    double least, largest, sum, squares; /* the sums: of distances from the mean in training, in its deviations */
};

/* The column of the model whose mean and deviation are known, or NULL. */
static const struct bz_column *standard(const struct train_table *t, const struct bz_columns *columns, size_t j)
{
    const long at = columns ? t->model[j].column : -1;
    const struct bz_column *c = at < 0 ? NULL : &columns->columns[at];
    return c && c->kind == BZ_COLUMN_NUMBER && c->sd > 0 && isfinite(c->mean) && isfinite(c->sd) ? c : NULL;
}

static void see(struct unlike_column *u, double x, const struct bz_column *c)
{
    if (isnan(x)) {
        u->missing++;
        return;
    }
    if (u->known == 0 || x < u->least)
        u->least = x, u->n_least = 0;
    if (u->known == 0 || x > u->largest)
        u->largest = x, u->n_largest = 0;
    u->n_least += x == u->least;
    u->n_largest += x == u->largest;
    u->known++;
    if (!c)
        return;
    const double z = (x - c->mean) / c->sd;
    u->sum += z;
    u->squares += z * z;
}

/* "age 14, income 2 and 3 more columns" */
static int say_missing(struct train_table *t, const struct unlike_column *list, struct bz_error *err)
{
    size_t all = 0, columns = 0, used = 0;
    char names[SHOWN * 112] = "", more[48] = "", text[96];
    for (size_t j = 0; j < t->columns; j++) {
        all += list[j].missing;
        if (list[j].missing == 0 || columns++ >= SHOWN)
            continue;
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s %zu", used ? ", " : "",
                                 train_table_column(t, j, text, sizeof(text)), list[j].missing);
    }
    if (all == 0)
        return 0;
    if (columns > SHOWN)
        snprintf(more, sizeof(more), " and %zu more column%s", columns - SHOWN, columns - SHOWN == 1 ? "" : "s");
    return train_table_say(t, err, "%zu of %zu values are missing (%s%s)", all, t->rows * t->columns, names, more);
}

/* Every value on one side of those in training. */
static int say_beyond(struct train_table *t, size_t j, const struct unlike_column *u, const struct bz_column *c,
                      struct bz_error *err)
{
    enum { FAR = 3 };
    const bool below = (u->largest - c->mean) / c->sd < -FAR;
    char text[96];
    return train_table_say(
        t, err,
        "warning: %s: all %zu values (%.6g to %.6g) lie more than %d deviations %s the mean in training (%.6g, "
        "deviation %.3g): other units, or another time?",
        train_table_column(t, j, text, sizeof(text)), u->known, u->least, u->largest, FAR, below ? "below" : "above", c->mean,
        c->sd);
}

/* Whether mean and deviation are both that many times those of training, by a factor of ten and more. */
static bool is_rescaled(const struct unlike_column *u, const struct bz_column *c, double *times)
{
    const double n = (double)u->known, mean = u->sum / n, spread = sqrt(fmax(0, u->squares / n - mean * mean));
    const double ratio = (c->mean + mean * c->sd) / c->mean;
    *times = spread;
    return u->known >= SPREAD && fabs(c->mean) > c->sd / 10 && spread > 0 && (spread < 0.05 || spread > 20) &&
           ratio > spread / 3 && ratio < spread * 3;
}

/* Whether n such values are more than training can have had: at most 1/z^2 of its rows were z deviations from their mean. */
static bool are_new(const struct unlike_column *u, size_t n, double z)
{
    return n > 1 && u->least < u->largest && (double)n * z * z > 2 * (double)u->known;
}

/* A number that recurs far from those of training, and usually stands for a missing value. */
static double gap_mark(const struct unlike_column *u, const struct bz_column *c)
{
    enum { FAR = 4, FAR_ZERO = 3 };
    const double low = (u->least - c->mean) / c->sd, high = (u->largest - c->mean) / c->sd;
    if (are_new(u, u->n_least, low) && (u->least == 0 ? low < -FAR_ZERO : low < -FAR && bz_is_gap_number(u->least)))
        return u->least;
    if (are_new(u, u->n_largest, high) && high > FAR && bz_is_gap_number(u->largest))
        return u->largest;
    return NAN;
}

static int say_column(struct train_table *t, size_t j, const struct unlike_column *u, const struct bz_column *c, bool *said,
                      struct bz_error *err)
{
    const double mark = gap_mark(u, c);
    double times;
    char text[96];
    *said = true;
    if (u->known >= FEW && ((u->largest - c->mean) / c->sd < -3 || (u->least - c->mean) / c->sd > 3))
        return say_beyond(t, j, u, c, err);
    if (!isnan(mark))
        return train_table_say(
            t, err,
            "warning: %s: %.9g in %zu rows, far from the values in training (mean %.6g, deviation %.3g): does "
            "it stand for a missing value? --na-values takes it so",
            train_table_column(t, j, text, sizeof(text)), mark, mark == u->least ? u->n_least : u->n_largest, c->mean, c->sd);
    if (is_rescaled(u, c, &times))
        return train_table_say(t, err,
                               "warning: %s: values (%.6g to %.6g) of about %.2g times the size in training (mean %.6g, "
                               "deviation %.3g): other units, or another time?",
                               train_table_column(t, j, text, sizeof(text)), u->least, u->largest, times, c->mean, c->sd);
    *said = false;
    return 0;
}

int train_table_say_unlike(struct train_table *t, const struct bz_columns *columns, const struct train_data_options *user,
                           struct bz_error *err)
{
    if (t->store == TRAIN_SPARSE || t->one_hot || user->some_columns)
        return 0;
    struct unlike_column *list = bz_alloc(t->columns, sizeof(*list), err);
    if (!list)
        return -1;
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++)
            see(&list[j], train_table_value(t, i, j), standard(t, columns, j));
    for (size_t j = 0; j < t->columns; j++)
        t->gaps += list[j].missing;
    int rc = user->window ? 0 : say_missing(t, list, err);
    for (size_t j = 0, n = 0; rc == 0 && !user->window && j < t->columns && n < SHOWN; j++) {
        const struct bz_column *c = standard(t, columns, j);
        bool said = false;
        if (c && list[j].known > 0)
            rc = say_column(t, j, &list[j], c, &said, err);
        n += said;
    }
    bz_free(list);
    return rc;
}
