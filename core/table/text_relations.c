/* What columns of numbers are to each other, told once their values are known: sums of others, shares of a whole, numbers of
 * rows and columns in front of an entry. */
#include "mem.h"
#include "stop.h"
#include "text_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_ROWS = 10, MOST_COLUMNS = 200, MOST_ROWS = 200000, LEAST_PARTS = 2, MOST_WORK = 200000000 };

/* The columns of numbers that are not only 0 and 1, or hold the same in every row. */
struct numbers {
    const struct bz_text_table *t;
    size_t *of; /* [n] columns of the table */
    size_t n;
    size_t left; /* values that may still be looked at: of many sparse columns most are 0, and alike for long */
};

/* Whether so many more may be. */
static bool spend(struct numbers *u, size_t values)
{
    u->left -= values < u->left ? values : u->left;
    return u->left > 0;
}

static double value(const struct numbers *u, size_t row, size_t k)
{
    return u->t->values[row * u->t->columns + u->of[k]];
}

/* A run of them, without one. */
struct run {
    size_t first, end, but;
};

/* The sum over a run, and in *size of the sizes; NaN if one is missing. */
static double sum_of(const struct numbers *u, size_t row, const struct run *run, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t k = run->first; k < run->end; k++) {
        if (k == run->but)
            continue;
        sum += value(u, row, k);
        *size += fabs(value(u, row, k));
    }
    return sum;
}

/* Whether a column is the sum of a run in every complete row, and of no single one of it: several are not 0 in some row. */
static bool is_sum_of(struct numbers *u, size_t j, const struct run *run)
{
    size_t rows = 0, several = 0;
    double size;
    for (size_t i = 0; i < u->t->rows && i < MOST_ROWS; i++) {
        const double x = value(u, i, j), sum = sum_of(u, i, run, &size);
        if (!spend(u, run->end - run->first))
            return false;
        if (isnan(x) || isnan(sum))
            continue;
        if (!(fabs(x - sum) <= 1e-9 * (size + fabs(x))))
            return false;
        size_t filled = 0;
        for (size_t k = run->first; k < run->end && filled < LEAST_PARTS; k++)
            filled += k != run->but && value(u, i, k) != 0;
        several += filled == LEAST_PARTS;
        rows++;
    }
    return rows >= FEW_ROWS && several * 2 >= rows;
}

/* The first run of at least two columns that ends before column j, begins after it, or is all others, and adds up to it. */
static bool find_parts(struct numbers *u, size_t j, struct run *run)
{
    *run = (struct run){0, u->n, j};
    if (u->n > LEAST_PARTS && is_sum_of(u, j, run))
        return true;
    for (size_t first = j; first-- > 0;) {
        *run = (struct run){first, j, j};
        if (j - first >= LEAST_PARTS && is_sum_of(u, j, run))
            return true;
    }
    for (size_t end = j + LEAST_PARTS + 1; end <= u->n; end++) {
        *run = (struct run){j + 1, end, j};
        if (is_sum_of(u, j, run))
            return true;
    }
    return false;
}

static int say_sum(struct bz_reader *r, const struct numbers *u, size_t j, const struct run *run, struct bz_error *err)
{
    const struct bz_text_column *c = u->t->column;
    char text[96], from[96], to[96], number[24];
    const size_t own = c[u->of[j]].origin;
    snprintf(number, sizeof(number), "%zu", own + 1);
    const char *name = c[u->of[j]].name[0] ? c[u->of[j]].name : number;
    bz_reader_column_text(r, own, text, sizeof(text));
    if (run->but >= run->first && run->but < run->end && u->n > LEAST_PARTS + 1)
        return bz_reader_say(
            r->t, err, "%s is the sum of the other columns of numbers in every row: --exclude %.64s leaves it out", text, name);
    const size_t first = run->first + (run->first == run->but), last = run->end - 1 - (run->end - 1 == run->but);
    const bool two = last - first == 1 || (last - first == 2 && run->but == first + 1);
    return bz_reader_say(r->t, err, "%s is the sum of %s %s %s in every row: --exclude %.64s leaves it out", text,
                         bz_reader_column_text(r, c[u->of[first]].origin, from, sizeof(from)), two ? "and" : "to",
                         bz_reader_column_text(r, c[u->of[last]].origin, to, sizeof(to)), name);
}

/* Shares of 1 or 100: one follows from the others. */
static int say_shares(struct bz_reader *r, const struct numbers *u, struct bz_error *err)
{
    const struct run all = {0, u->n, SIZE_MAX};
    double whole = NAN, size;
    size_t rows = 0;
    for (size_t i = 0; i < u->t->rows && i < MOST_ROWS; i++) {
        const double sum = sum_of(u, i, &all, &size);
        if (isnan(sum))
            continue;
        whole = rows++ ? whole : sum;
        if (!(fabs(sum - whole) <= 1e-9 * size))
            return 0;
    }
    if (rows < FEW_ROWS || u->n <= LEAST_PARTS || !(whole > 0))
        return 0;
    return bz_reader_say(r->t, err,
                         "the %zu columns of numbers add up to %.9g in every row, so that each follows from the others: "
                         "--exclude leaves one out",
                         u->n, whole);
}

/* Whether column k is the same multiple of column j plus the same number in every complete row, but not a copy of it. */
static bool is_line(struct numbers *u, size_t j, size_t k, double *slope, double *start)
{
    size_t rows = 0, a = SIZE_MAX, b = 0;
    bool third = false; /* two points are always on a line */
    *slope = NAN;
    *start = 0;
    for (size_t i = 0; i < u->t->rows && i < MOST_ROWS; i++) {
        const double x = value(u, i, j), y = value(u, i, k);
        if (!spend(u, 1))
            return false;
        if (isnan(x) || isnan(y))
            continue;
        rows++;
        if (a == SIZE_MAX) {
            a = i;
        } else if (isnan(*slope)) {
            if (x == value(u, a, j) && y == value(u, a, k))
                continue;
            b = i;
            *slope = (y - value(u, a, k)) / (x - value(u, a, j));
            *start = y - *slope * x;
            if (!isfinite(*slope) || *slope == 0)
                return false;
        } else if (!(fabs(*start + *slope * x - y) <= 1e-9 * (fabs(*start) + fabs(*slope * x) + fabs(y)))) {
            return false;
        } else {
            third = third || (x != value(u, a, j) && x != value(u, b, j));
        }
    }
    return rows >= FEW_ROWS && third && isfinite(*slope) && (*slope != 1 || *start != 0);
}

/* 1 if such a pair is told. */
static int say_line(struct bz_reader *r, struct numbers *u, struct bz_error *err)
{
    const struct bz_text_column *c = u->t->column;
    char a[96], b[96], times[40] = "", plus[40] = "";
    double slope, start;
    for (size_t k = 1; k < u->n; k++)
        for (size_t j = 0; j < k && !bz_stopping(); j++) {
            if (!is_line(u, j, k, &slope, &start))
                continue;
            if (fabs(start) > 1e-9 * fabs(slope) * fmax(fabs(r->columns[c[u->of[j]].origin].least), 1))
                snprintf(plus, sizeof(plus), " %s %.6g", start < 0 ? "minus" : "plus", fabs(start));
            if (slope == -1 && start > 0 && plus[0]) /* 6 minus an answer from 1 to 5 */
                snprintf(times, sizeof(times), "%.6g minus ", start), plus[0] = 0;
            else if (slope != 1)
                snprintf(times, sizeof(times), "%.6g times ", slope);
            return bz_reader_say(r->t, err, "%s is %s%s%s in every row: --exclude leaves one out",
                                 bz_reader_column_text(r, c[u->of[k]].origin, a, sizeof(a)), times,
                                 bz_reader_column_text(r, c[u->of[j]].origin, b, sizeof(b)), plus) < 0
                       ? -1
                       : 1;
        }
    return 0;
}

static int say_sums(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_text_table *t = r->t;
    struct numbers u = {.t = t, .left = MOST_WORK, .of = bz_alloc(t->columns, sizeof(size_t), err)};
    struct run run;
    int rc = u.of ? 0 : -1;
    for (size_t j = 0; rc == 0 && j < t->columns; j++) {
        const struct bz_reader_column *c = &r->columns[t->column[j].origin];
        if (c->kind == BZ_COLUMN_NUMBER && c->least < c->largest && c->ones_zeros < c->count[BZ_CELL_NUMBER])
            u.of[u.n++] = j;
    }
    if (rc == 0 && u.n >= LEAST_PARTS && u.n <= MOST_COLUMNS && t->rows >= FEW_ROWS) {
        size_t j = 0;
        while (j < u.n && !find_parts(&u, j, &run) && !bz_stopping())
            j++;
        rc = j < u.n && !bz_stopping() ? say_sum(r, &u, j, &run, err) : say_line(r, &u, err);
        rc = rc < 0 ? -1 : rc > 0 || j < u.n ? 0 : say_shares(r, &u, err);
    }
    bz_free(u.of);
    return rc;
}

/* --- user, item, rating --- */

struct entry {
    double row, column;
};

static int by_row(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = (x->row > y->row) - (x->row < y->row);
    return order ? order : (x->column > y->column) - (x->column < y->column);
}

static int by_column(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->column > y->column) - (x->column < y->column);
}

/* Of sorted entries: different rows (or columns), and in *alike how many pairs have the same. */
static double count(const struct entry *e, size_t n, bool column, double *alike)
{
    double different = 0, run = 0;
    *alike = 0;
    for (size_t i = 0; i < n; i++) {
        const bool again = i > 0 && (column ? e[i].column == e[i - 1].column : e[i].row == e[i - 1].row);
        run = again ? run + 1 : 1;
        *alike += run - 1;
        different += !again;
    }
    return different;
}

/* Whether no pair of numbers recurs although several would by chance: each is the place of an entry. */
static bool are_places(struct entry *e, size_t n)
{
    enum { EXPECTED = 5, LEAST = 20 };
    double same_row, same_column;
    qsort(e, n, sizeof(*e), by_row);
    for (size_t i = 1; i < n; i++)
        if (by_row(&e[i], &e[i - 1]) == 0)
            return false;
    const double rows = count(e, n, false, &same_row);
    qsort(e, n, sizeof(*e), by_column);
    const double columns = count(e, n, true, &same_column);
    return rows >= LEAST && columns >= LEAST && same_row / columns >= EXPECTED && same_column / rows >= EXPECTED;
}

/* 1 to n with hardly a gap, each several times: such columns need no look at their pairs. */
static bool is_place(const struct bz_reader_column *c, size_t rows)
{
    enum { PLACES = 20 };
    return (c->least == 0 || c->least == 1) && c->numbered >= PLACES &&
           (double)c->numbered >= 0.9 * (c->largest - c->least + 1) && 3 * c->numbered < 2 * rows;
}

static bool numbers_things(const struct bz_reader *r, size_t j)
{
    const struct bz_reader_column *c = &r->columns[j];
    return c->role == BZ_USE_INPUT && c->kind == BZ_COLUMN_NUMBER && !c->kept && c->whole && c->least >= 0 &&
           c->count[BZ_CELL_NUMBER] == r->t->rows;
}

static int say_entries(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_text_table *t = r->t;
    const struct bz_reader_column *c = r->columns;
    const size_t n = t->rows < MOST_ROWS ? t->rows : MOST_ROWS;
    const bool pairs = r->n == 2;
    if (r->n < 2 || r->n > 4 || (pairs && (t->layout.header || t->layout.comment)) || !numbers_things(r, 0) ||
        !numbers_things(r, 1))
        return 0;
    bool places = !pairs && is_place(&c[0], t->rows) && is_place(&c[1], t->rows) && t->rows <= c[0].numbered * c[1].numbered;
    if (!places && !t->layout.header && !t->layout.comment) {
        struct entry *e = bz_alloc(n, sizeof(*e), err);
        if (!e)
            return -1;
        for (size_t i = 0; i < n; i++)
            e[i] = (struct entry){t->values[i * t->columns], t->values[i * t->columns + 1]};
        places = are_places(e, n);
        bz_free(e);
    }
    if (!places)
        return 0;
    return bz_reader_say(r->t, err,
                         "warning: columns 1 and 2 number things (%.0f to %.0f, %.0f to %.0f): %s? They are learned as a table "
                         "of %zu rows; Matrix Market holds such entries",
                         c[0].least, c[0].largest, c[1].least, c[1].largest,
                         pairs ? "edges of a graph, or what is 1 in a matrix (row, column)"
                               : "entries of a matrix (row, column, value)",
                         t->rows);
}

int bz_reader_remark_values(struct bz_reader *r, struct bz_error *err)
{
    if (r->o->columns || r->o->one_per_line || r->o->rest)
        return 0;
    return say_sums(r, err) < 0 ? -1 : say_entries(r, err);
}
