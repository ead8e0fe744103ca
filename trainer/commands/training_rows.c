/* Which rows of the data are learned from, which are held out, and their weights before learning. */
#include "mem.h"
#include "row_weights.h"
#include "training.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { LEAST = 50 /* rows held out, where all are many */ };

/* Whether all columns of a part are alike: on equally often, and so are pairs of them but for a few kinds of pairs. */
static bool are_alike(const struct train_part *part, const float *x, size_t n)
{
    enum { MOST_KINDS = 4, LOOKED_AT = 100 };
    const size_t size = part->size, most = size < LOOKED_AT ? size : LOOKED_AT;
    double kinds[MOST_KINDS], first = 0;
    size_t n_kinds = 0;
    for (size_t i = 0; i < size; i++) {
        double sum = 0;
        for (size_t r = 0; r < n; r++)
            sum += (double)x[r * size + i];
        first = i ? first : sum;
        if (fabs(sum - first) > 1e-9)
            return false;
    }
    for (size_t i = 0; i < most; i++)
        for (size_t j = 0; j < i; j++) {
            double sum = 0;
            size_t k = 0;
            for (size_t r = 0; r < n; r++)
                sum += (double)x[r * size + i] * (double)x[r * size + j];
            while (k < n_kinds && fabs(sum - kinds[k]) > 1e-9)
                k++;
            if (k == MOST_KINDS)
                return false;
            kinds[k] = sum;
            n_kinds = k == n_kinds ? k + 1 : n_kinds;
        }
    return true;
}

/* Whether the rows seem to be a list of all patterns of a kind (bars and stripes, choices of two of six, words of even parity)
 * rather than a sample: such columns are alike, and a list is to be learned by heart. */
static bool are_listed(const struct train_data *d)
{
    enum { LEAST_COLUMNS = 5, MOST_COLUMNS = 5000 };
    const struct train_part *part = &d->parts[0];
    const struct bz_unit_type *type = bz_unit_type(part->unit);
    if (d->n_parts != 1 || part->size < LEAST_COLUMNS || part->size > MOST_COLUMNS || part->missing || part->absent ||
        !type->discrete || type->counted)
        return false;
    float *x = bz_alloc(d->rows * part->size, sizeof(*x), NULL);
    if (x)
        train_part_read(part, NULL, d->rows, NULL, x, NULL);
    const bool listed = x && are_alike(part, x, d->rows);
    bz_free(x);
    return listed;
}

/* Of a few rows none can be spared for good, and without any to judge by a machine of so many weights learns them by heart. So
 * some decide on the length, and are then learned from. Not where a length is given. */
static bool are_few(const struct training *t, size_t rows)
{
    enum { LEAST_ROWS = 12, MOST_ROWS = 500 };
    const struct train_settings *s = t->settings;
    return s->refit == BZ_AUTO && rows >= LEAST_ROWS && rows < MOST_ROWS && !s->updates && !s->epochs && !t->init &&
           s->reweight <= 0 && !t->spread;
}

static size_t part_of_few(struct training *t, size_t rows)
{
    enum { PART = 4 };
    const size_t part = rows / PART < LEAST ? rows / PART : LEAST;
    t->refits = true;
    train_progress_say(t->progress,
                       "few rows: %zu of the %zu are held out until the length of training is decided, then all are learned "
                       "from",
                       part, rows);
    return part;
}

/* How many rows to hold out. */
static size_t held_out(struct training *t, size_t rows)
{
    enum { LEAST_ROWS = 100, MOST = 5000, PART = 10 };
    const double fraction = t->settings->valid_fraction;
    const size_t past = t->past.held_out + t->past.refitted; /* the same rows again */
    t->refits = t->settings->refit == BZ_ON && !t->past.refitted;
    if (t->valid)
        return 0;
    if (t->past.known)
        return past < rows ? past : 0;
    if (fraction >= 0)
        return (size_t)(fraction * (double)rows);
    if (!t->settings->early_stopping || strcmp(t->settings->objective, "generative") || strcmp(t->kind, "rbm") != 0)
        return 0;
    for (size_t p = 0; p < t->data->n_parts; p++)
        if (bz_unit_type(t->data->parts[p].unit)->counted)
            return 0;
    const bool few = are_few(t, rows), listed = few && are_listed(t->data);
    if (few && !listed)
        return part_of_few(t, rows);
    if (listed)
        train_progress_say(t->progress, "all columns are alike, as in a list of patterns: --refit auto leaves it as it is");
    if (!listed && training_may_quarter(t, rows) && !are_listed(t->data)) {
        t->quartered = true;
        train_progress_say(t->progress, "fewer than %d rows: each quarter of them in turn decides on the length of training",
                           LEAST_ROWS);
        return 0;
    }
    if (rows < LEAST_ROWS) {
        train_progress_say(t->progress,
                           "fewer than %d rows: none are held out, so overfitting goes unnoticed "
                           "(--refit auto, --valid-fraction X, --valid FILE)",
                           LEAST_ROWS);
        return 0;
    }
    const size_t part = rows / PART;
    return part < LEAST ? LEAST : part > MOST ? MOST : part;
}

/* Divides the rows of the data: validation rows are drawn by the seed. */
static int divide_rows(struct training *t, struct bz_error *err)
{
    const size_t all = t->data->rows;
    size_t rows = 0; /* rows of weight 0 do not count */
    for (size_t i = 0; i < all; i++)
        rows += !t->data->weights || t->data->weights[i] > 0;
    const size_t kept = held_out(t, rows);
    if (rows - kept == 0 || rows == 0)
        return bz_fail(err, BZ_BAD_INPUT, "there are no rows to learn from: %zu rows, %zu of them kept for validation", rows,
                       kept);
    if (!(t->rows = bz_alloc(rows, sizeof(*t->rows), err)))
        return -1;
    for (size_t i = 0; i < all; i++)
        if (!t->data->weights || t->data->weights[i] > 0)
            t->rows[t->n_rows++] = i;
    if (t->valid) {
        if (!(t->valid_rows = bz_alloc(t->valid->rows, sizeof(*t->valid_rows), err)))
            return -1;
        for (size_t i = 0; i < t->valid->rows; i++)
            t->valid_rows[i] = i;
        t->n_valid = t->valid->rows;
        return 0;
    }
    if (!kept)
        return 0;
    if (!(t->valid_rows = bz_alloc(kept, sizeof(*t->valid_rows), err)))
        return -1;
    const struct bz_key key = {.seed = t->settings->seed, .step = UINT64_MAX, .purpose = BZ_DRAW_SHUFFLE};
    for (; t->n_valid < kept; t->n_valid++, t->n_rows--) {
        size_t j = (size_t)(bz_random_double(&key, (uint32_t)t->n_valid) * (double)t->n_rows);
        t->valid_rows[t->n_valid] = t->rows[j];
        t->rows[j] = t->rows[t->n_rows - 1];
    }
    return 0;
}

/* For inference from the rows before learning. */
static int count_rows(struct training *t, struct bz_error *err)
{
    if (!t->data->weights)
        return 0;
    if (!(t->weights = bz_alloc(t->data->rows, sizeof(*t->weights), err)))
        return -1;
    memcpy(t->weights, t->data->weights, t->data->rows * sizeof(*t->weights));
    return train_weights_count(&t->counted, t->weights, t->rows, t->n_rows, err);
}

int training_divide(struct training *t, struct bz_error *err)
{
    return divide_rows(t, err) < 0 ? -1 : count_rows(t, err);
}
