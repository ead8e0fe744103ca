#include "unlike.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>

enum {
    SHOWN = 3,   /* columns named in a sentence */
    FEW = 5,     /* rows from which on all may be said to be unlike, */
    SPREAD = 20, /* and their deviation to be another */
    REMARK_ROOM = 480
};

struct unlike_column {
    size_t known, missing, n_least, n_largest;
    double least, largest, sum, squares; /* the sums: of distances from the mean in training, in its deviations */
    double mean, sd;                     /* those of training; sd 0 = not known */
    bool said;
    char text[96]; /* what to call it */
};

/* What the model remembers of the columns. */
static void begin(struct unlike_column *list, const struct train_table *t, const struct bz_columns *columns)
{
    for (size_t j = 0; j < t->columns; j++) {
        const long at = columns ? t->model[j].column : -1;
        const struct bz_column *c = at < 0 ? NULL : &columns->columns[at];
        train_table_column(t, j, list[j].text, sizeof(list[j].text));
        if (!c || c->kind != BZ_COLUMN_NUMBER || !(c->sd > 0) || !isfinite(c->mean) || !isfinite(c->sd))
            continue;
        list[j].mean = c->mean;
        list[j].sd = c->sd;
    }
}

static void see(struct unlike_column *u, double x)
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
    if (!(u->sd > 0))
        return;
    const double z = (x - u->mean) / u->sd;
    u->sum += z;
    u->squares += z * z;
}

/* "age 14, income 2 and 3 more columns" */
static int say_missing(struct train_table *t, const struct unlike_column *list, struct bz_error *err)
{
    size_t all = 0, columns = 0, used = 0;
    char names[SHOWN * 112] = "", more[48] = "";
    for (size_t j = 0; j < t->columns; j++) {
        all += list[j].missing;
        if (list[j].missing == 0 || columns++ >= SHOWN)
            continue;
        used +=
            (size_t)snprintf(names + used, sizeof(names) - used, "%s%s %zu", used ? ", " : "", list[j].text, list[j].missing);
    }
    if (all == 0)
        return 0;
    if (columns > SHOWN)
        snprintf(more, sizeof(more), " and %zu more column%s", columns - SHOWN, columns - SHOWN == 1 ? "" : "s");
    return train_table_say(t, err, "%zu of %zu values are missing (%s%s)", all, t->rows * t->columns, names, more);
}

/* Every value on one side of those in training. */
static void write_beyond(const struct unlike_column *u, char *text, size_t room)
{
    enum { FAR = 3 };
    const bool below = (u->largest - u->mean) / u->sd < -FAR;
    snprintf(text, room,
             "warning: %s: all %zu values (%.6g to %.6g) lie more than %d deviations %s the mean in training (%.6g, "
             "deviation %.3g): other units, or another time?",
             u->text, u->known, u->least, u->largest, FAR, below ? "below" : "above", u->mean, u->sd);
}

/* Whether mean and deviation are both that many times those of training, by a factor of ten and more. */
static bool is_rescaled(const struct unlike_column *u, double *times)
{
    const double n = (double)u->known, mean = u->sum / n, spread = sqrt(fmax(0, u->squares / n - mean * mean));
    const double ratio = (u->mean + mean * u->sd) / u->mean;
    *times = spread;
    return u->known >= SPREAD && fabs(u->mean) > u->sd / 10 && spread > 0 && (spread < 0.05 || spread > 20) &&
           ratio > spread / 3 && ratio < spread * 3;
}

/* Whether n such values are more than training can have had: at most 1/z^2 of its rows were z deviations from their mean. */
static bool are_new(const struct unlike_column *u, size_t n, double z)
{
    return n > 1 && u->least < u->largest && (double)n * z * z > 2 * (double)u->known;
}

/* A number that recurs far from those of training, and usually stands for a missing value. */
static double gap_mark(const struct unlike_column *u)
{
    enum { FAR = 4, FAR_ZERO = 3 };
    const double low = (u->least - u->mean) / u->sd, high = (u->largest - u->mean) / u->sd;
    if (are_new(u, u->n_least, low) && (u->least == 0 ? low < -FAR_ZERO : low < -FAR && bz_is_gap_number(u->least)))
        return u->least;
    if (are_new(u, u->n_largest, high) && high > FAR && bz_is_gap_number(u->largest))
        return u->largest;
    return NAN;
}

/* What is unlike training about a column; false = nothing is. */
static bool write_column(const struct unlike_column *u, char *text, size_t room)
{
    if (!(u->sd > 0) || u->known == 0)
        return false;
    const double mark = gap_mark(u);
    double times;
    if (u->known >= FEW && ((u->largest - u->mean) / u->sd < -3 || (u->least - u->mean) / u->sd > 3))
        write_beyond(u, text, room);
    else if (!isnan(mark))
        snprintf(text, room,
                 "warning: %s: %.9g in %zu rows, far from the values in training (mean %.6g, deviation %.3g): does it stand "
                 "for a missing value? --na-values takes it so",
                 u->text, mark, mark == u->least ? u->n_least : u->n_largest, u->mean, u->sd);
    else if (is_rescaled(u, &times))
        snprintf(text, room,
                 "warning: %s: values (%.6g to %.6g) of about %.2g times the size in training (mean %.6g, deviation %.3g): "
                 "other units, or another time?",
                 u->text, u->least, u->largest, times, u->mean, u->sd);
    else
        return false;
    return true;
}

/* Of the first rows only, if more follow. */
static int say_columns(struct train_table *t, struct unlike_column *list, size_t *shown, bool more, struct bz_error *err)
{
    char text[REMARK_ROOM], of[64] = "";
    if (more)
        snprintf(of, sizeof(of), " (in the first %zu rows)", t->rows);
    for (size_t j = 0; j < t->columns && *shown < SHOWN; j++) {
        if (!write_column(&list[j], text, sizeof(text)))
            continue;
        list[j].said = true;
        ++*shown;
        if (train_table_say(t, err, "%s%s", text, of) < 0)
            return -1;
    }
    return 0;
}

bool train_unlike_rest(struct train_unlike *u, char *text, size_t room)
{
    while (u->next < u->n && u->shown < SHOWN) {
        const struct unlike_column *c = &u->list[u->next++];
        if (c->said || !write_column(c, text, room))
            continue;
        u->shown++;
        return true;
    }
    return false;
}

void train_unlike_free(struct train_unlike *u)
{
    bz_free(u->list);
    *u = (struct train_unlike){0};
}

int train_table_say_unlike(struct train_table *t, const struct bz_columns *columns, const struct train_data_options *user,
                           struct bz_error *err)
{
    struct train_unlike one = {0}, *u = user->unlike ? user->unlike : &one;
    if (t->store == TRAIN_SPARSE || t->one_hot || user->some_columns)
        return 0;
    const bool first = !u->list;
    if (first) {
        if (!(u->list = bz_alloc(t->columns, sizeof(*u->list), err)))
            return -1;
        u->n = t->columns;
        begin(u->list, t, columns);
    }
    for (size_t j = 0; j < t->columns; j++)
        t->gaps -= u->list[j].missing;
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++)
            see(&u->list[j], train_table_value(t, i, j));
    for (size_t j = 0; j < t->columns; j++)
        t->gaps += u->list[j].missing;
    int rc = user->window ? 0 : say_missing(t, u->list, err);
    if (rc == 0 && first)
        rc = say_columns(t, u->list, &u->shown, user->window, err);
    train_unlike_free(&one);
    return rc;
}
