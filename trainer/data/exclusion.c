/* Tables of bits are often one-hot codes of categories, some of whose columns may be missing. Two columns exclude each other if
 * no row has both where chance would have made ENOUGH rows (of rare ones: where it is as unlikely): rare bits that happen never
 * to coincide do not count. Groups grow
 * by joining the two with the largest mutual information, as long as every pair of columns of the two excludes each other: so
 * the columns of one category come together before those of two that depend on each other.
 *
 * Whether a table consists of such codes is decided by the gain: the entropies of single columns less those of the groups. It
 * is a fifth of the total or more where columns are codes; words of documents and pixels that exclude each other by chance gain
 * less than a hundredth, and a new row may well break such a group. A few recurring patterns also exclude each other's columns
 * and say nothing about other rows, so there must be MANY different rows.
 *
 * Where values are missing, only rows count in which both columns (all columns of both groups) are known: two questions that
 * no person was asked together do not exclude each other. */
#include "exclusion.h"

#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

static const double enough = 30;       /* rows that would have both by chance */
static const double least_gain = 0.05; /* of the columns' entropy */
enum { MOST_COLUMNS = 2048, MOST_BYTES = 1 << 28, LEAST_ROWS = 50, MANY = 32 };

struct search {
    size_t n, words; /* columns; words of a column's bits */
    double rows;     /* rows that are learned from */
    uint64_t *bits;  /* [n][words] those rows, then the rows held out; where known is there, a group's at its first column */
    uint64_t *known; /* [n][words] rows learned from whose value is known, of groups likewise; NULL = all are */
    uint64_t different[MANY]; /* digests of the first different rows */
    size_t n_different;
    size_t *count;   /* [n] ones among rows learned from; of a group that of its first column */
    uint8_t *apart;  /* [n][n] no row has both; of groups: of all their columns */
    uint32_t *group; /* [n] the first column of each column's group */
    size_t *best;    /* [n] the best partner of each group for joining; n = none */
    double *gain;    /* [n] nats per row gained by that */
};

/* --- the rows as bits --- */

static void note_row(struct search *s, const float *x)
{
    uint64_t digest = 0; /* of which columns are on */
    size_t k = 0;
    for (size_t i = 0; i < s->n; i++)
        digest = x[i] != 0 ? (digest ^ (i + 1)) * UINT64_C(0x9e3779b97f4a7c15) + (digest >> 29) : digest;
    while (k < s->n_different && s->different[k] != digest)
        k++;
    if (k == s->n_different && k < MANY)
        s->different[s->n_different++] = digest;
}

/* x, known: scratch for a row. */
static void add_rows(struct search *s, const struct train_part *p, size_t rows, size_t first, float *x, uint8_t *known)
{
    for (size_t r = 0; r < rows; r++) {
        const uint64_t bit = UINT64_C(1) << ((first + r) % 64);
        train_part_read(p, &r, 1, NULL, x, known);
        for (size_t i = 0; i < s->n; i++)
            if (x[i] != 0)
                s->bits[i * s->words + (first + r) / 64] |= bit;
        if (first > 0)
            continue;
        note_row(s, x);
        for (size_t i = 0; i < s->n; i++) {
            s->count[i] += x[i] != 0;
            if (s->known && known[i])
                s->known[i * s->words + r / 64] |= bit;
        }
    }
}

static bool never_both(const struct search *s, size_t i, size_t j)
{
    const uint64_t *a = s->bits + i * s->words, *b = s->bits + j * s->words;
    for (size_t k = 0; k < s->words; k++)
        if (a[k] & b[k])
            return false;
    return true;
}

static void close_search(struct search *s)
{
    bz_free_all(s->bits, s->known, s->count, s->apart, s->group, s->best, s->gain);
}

static int open_search(struct search *s, const struct train_part *p, size_t rows, const struct train_part *held,
                       size_t held_rows, struct bz_error *err)
{
    *s = (struct search){.n = p->size, .words = (rows + held_rows + 63) / 64, .rows = (double)rows};
    float *x = bz_alloc(s->n, sizeof(*x), err);
    uint8_t *known = bz_alloc(s->n, 1, err);
    int rc = -1;
    if (x && known && (!p->missing || (s->known = bz_alloc(s->n * s->words, sizeof(*s->known), err))) &&
        (s->bits = bz_alloc(s->n * s->words, sizeof(*s->bits), err)) && (s->count = bz_alloc(s->n, sizeof(*s->count), err)) &&
        (s->apart = bz_alloc(s->n * s->n, 1, err)) && (s->group = bz_alloc(s->n, sizeof(*s->group), err)) &&
        (s->best = bz_alloc(s->n, sizeof(*s->best), err)) && (s->gain = bz_alloc(s->n, sizeof(*s->gain), err)))
        rc = 0;
    if (rc == 0)
        add_rows(s, p, rows, 0, x, known);
    if (rc == 0 && held)
        add_rows(s, held, held_rows, rows, x, known);
    bz_free(x);
    bz_free(known);
    for (size_t i = 0; rc == 0 && i < s->n; i++) {
        s->group[i] = (uint32_t)i;
        for (size_t j = 0; j < i; j++)
            s->apart[i * s->n + j] = s->apart[j * s->n + i] = s->count[i] > 0 && s->count[j] > 0 && never_both(s, i, j);
    }
    if (rc < 0)
        close_search(s);
    return rc;
}

/* --- groups --- */

static double entropy_of_two(double p)
{
    return -(p > 0 ? p * bz_log(p) : 0) - (p < 1 ? (1 - p) * bz_log(1 - p) : 0);
}

struct meeting {
    double rows, on[2]; /* in which all columns of two groups are known; of these, with one of either on */
};

static struct meeting meet(const struct search *s, size_t i, size_t j)
{
    if (!s->known)
        return (struct meeting){s->rows, {(double)s->count[i], (double)s->count[j]}};
    struct meeting m = {0};
    for (size_t k = 0; k < s->words; k++) {
        const uint64_t both = s->known[i * s->words + k] & s->known[j * s->words + k];
        m.rows += (double)__builtin_popcountll(both);
        m.on[0] += (double)__builtin_popcountll(both & s->bits[i * s->words + k]);
        m.on[1] += (double)__builtin_popcountll(both & s->bits[j * s->words + k]);
    }
    return m;
}

static double entropy_of_column(const struct search *s, size_t i)
{
    const struct meeting m = meet(s, i, i);
    return m.rows > 0 ? entropy_of_two(m.on[0] / m.rows) : 0;
}

/* By chance no row would have both with a probability of exp(-ENOUGH) at most. One that is nearly always on excludes rare ones
 * surely: the last category of a code. */
static bool is_no_chance(const struct meeting *m)
{
    const double rare = fmin(m->on[0], m->on[1]), other = fmax(m->on[0], m->on[1]) / m->rows;
    return rare > 0 && (other >= 1 || -rare * bz_log(1 - other) >= enough);
}

/* The gain of joining groups i and j: the mutual information of their being on. */
static double gain_of(const struct search *s, size_t i, size_t j)
{
    const struct meeting m = meet(s, i, j);
    if (m.rows == 0 || !is_no_chance(&m))
        return 0;
    const double p = m.on[0] / m.rows, q = m.on[1] / m.rows, none = 1 - p - q;
    return entropy_of_two(p) + entropy_of_two(q) + p * bz_log(p) + q * bz_log(q) + (none > 0 ? none * bz_log(none) : 0);
}

static void find_best(struct search *s, size_t i)
{
    s->best[i] = s->n;
    s->gain[i] = 0;
    for (size_t j = 0; j < s->n; j++) {
        if (j == i || s->group[j] != j || !s->apart[i * s->n + j])
            continue;
        const double gain = gain_of(s, i, j);
        if (gain > s->gain[i]) {
            s->gain[i] = gain;
            s->best[i] = j;
        }
    }
}

/* Group j becomes part of group i < j. */
static void join(struct search *s, size_t i, size_t j)
{
    s->count[i] += s->count[j];
    for (size_t k = 0; s->known && k < s->words; k++) {
        s->bits[i * s->words + k] |= s->bits[j * s->words + k];
        s->known[i * s->words + k] &= s->known[j * s->words + k];
    }
    for (size_t k = 0; k < s->n; k++) {
        s->group[k] = s->group[k] == j ? (uint32_t)i : s->group[k];
        s->apart[i * s->n + k] &= s->apart[j * s->n + k];
        s->apart[k * s->n + i] = s->apart[i * s->n + k];
    }
    for (size_t k = 0; k < s->n; k++) {
        if (s->group[k] != k)
            continue;
        if (k == i || s->best[k] == i || s->best[k] == j) {
            find_best(s, k);
        } else if (s->apart[k * s->n + i] && gain_of(s, k, i) > s->gain[k]) {
            s->gain[k] = gain_of(s, k, i);
            s->best[k] = i;
        }
    }
}

/* Returns the total gain of all joins. */
static double grow_groups(struct search *s)
{
    double total = 0;
    for (size_t i = 0; i < s->n; i++)
        find_best(s, i);
    for (;;) {
        size_t i = 0;
        for (size_t k = 1; k < s->n; k++)
            if (s->group[k] == k && s->gain[k] > (s->group[i] == i ? s->gain[i] : 0))
                i = k;
        if (s->group[i] != i || s->gain[i] <= 0)
            return total;
        const size_t j = s->best[i];
        total += s->gain[i];
        join(s, i < j ? i : j, i < j ? j : i);
    }
}

/* --- parts --- */

int train_part_exclude(struct train_part *p, const uint32_t *group, size_t n, struct bz_error *err)
{
    if (!(p->group = bz_alloc(n, sizeof(*p->group), err)))
        return -1;
    memcpy(p->group, group, n * sizeof(*group));
    p->unit = BZ_EXCLUSIVE;
    return 0;
}

static bool may_exclude(const struct train_part *p, size_t rows, size_t held_rows)
{
    return p->unit == BZ_BERNOULLI && !p->unit_asked && p->scale == 1 && !p->grey && !p->drawn && p->rank == 0 &&
           p->size >= 2 && p->size <= MOST_COLUMNS && rows >= LEAST_ROWS && (rows + held_rows) / 8 < MOST_BYTES / p->size;
}

static int say_groups(struct train_data *d, const struct train_part *p, const struct search *s, struct bz_error *err)
{
    size_t groups = 0, columns = 0, first = s->n, second = s->n;
    for (size_t i = 0; i < s->n; i++) {
        if (s->group[i] == i)
            continue;
        second = first == s->n ? i : second;
        first = first == s->n ? s->group[i] : first;
        columns++;
    }
    for (size_t i = 0; i < s->n; i++) {
        bool more = false;
        for (size_t k = i + 1; s->group[i] == i && k < s->n && !more; k++)
            more = s->group[k] == i;
        groups += more;
    }
    char names[160];
    if (p->columns)
        snprintf(names, sizeof(names), "'%.64s' and '%.64s'", p->columns[first], p->columns[second]);
    else
        snprintf(names, sizeof(names), "columns %zu and %zu", first + 1, second + 1);
    return train_data_say(d, err,
                          "%s: %zu of %zu columns form %zu groups of which no row has two (%s, for one): each is learned as a "
                          "choice of one or none, and rows with two will have no probability (--groups off: as bits)",
                          p->name, columns + groups, s->n, groups, names);
}

static int search_part(struct train_data *d, size_t part, struct train_data *held, struct bz_error *err)
{
    struct train_part *p = &d->parts[part], *also = held ? &held->parts[part] : NULL;
    struct search s;
    double all = 0;
    int rc = 0;
    if (open_search(&s, p, d->rows, also, held ? held->rows : 0, err) < 0)
        return -1;
    for (size_t i = 0; i < s.n; i++)
        all += entropy_of_column(&s, i);
    if (s.n_different == MANY && grow_groups(&s) >= least_gain * all && all > 0)
        rc = say_groups(d, p, &s, err) < 0 || train_part_exclude(p, s.group, s.n, err) < 0 ||
                     (also && train_part_exclude(also, s.group, s.n, err) < 0)
                 ? -1
                 : 0;
    close_search(&s);
    return rc;
}

int train_find_exclusions(struct train_data *d, struct train_data *held, struct bz_error *err)
{
    for (size_t i = 0; i < d->n_parts; i++)
        if (may_exclude(&d->parts[i], d->rows, held ? held->rows : 0) &&
            (!held || (held->n_parts == d->n_parts && held->parts[i].unit == BZ_BERNOULLI && !held->parts[i].grey)) &&
            search_part(d, i, held, err) < 0)
            return -1;
    return 0;
}

int train_exclusion_broken(const struct train_part *p, size_t rows, bool *broken, size_t *row, size_t unit[2],
                           struct bz_error *err)
{
    float *x = bz_alloc(p->size, sizeof(*x), err);
    size_t *seen = bz_alloc(p->size, sizeof(*seen), err); /* 1 + the row and unit that was on in a group */
    double *sum = bz_alloc(p->size, sizeof(*sum), err);
    *broken = false;
    for (size_t r = 0; x && seen && sum && r < rows && !*broken; r++) {
        train_part_read(p, &r, 1, NULL, x, NULL);
        memset(sum, 0, p->size * sizeof(*sum));
        for (size_t i = 0; i < p->size && !*broken; i++) {
            if (x[i] == 0)
                continue;
            sum[p->group[i]] += (double)x[i];
            if (sum[p->group[i]] > 1 + BZ_SUM_SLACK) {
                *broken = true;
                *row = r;
                unit[0] = seen[p->group[i]];
                unit[1] = i;
            }
            seen[p->group[i]] = i;
        }
    }
    const int rc = x && seen && sum ? 0 : -1;
    bz_free_all(x, seen, sum);
    return rc;
}
