/* Numbers that stand for missing values in arrays: those that the user or the model names, and those that only look like it. */
#include "mem.h"
#include "number_text.h"
#include "table.h"

#include <math.h>
#include <string.h>

/* The numbers among the words, in out[n]; how many. */
static size_t take_numbers(const char *const *words, size_t n, double *out)
{
    size_t numbers = 0;
    for (size_t i = 0; i < n; i++)
        numbers += bz_parse_number(words[i], strlen(words[i]), &out[numbers]) == 0;
    return numbers;
}

/* -999.9 in a file of float32 is the number next to it. */
static bool is_among(double x, bool single, const double *marks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x == (single ? (double)(float)marks[i] : marks[i]))
            return true;
    return false;
}

/* Bytes have no NaN. */
static int widen(struct train_table *t, struct bz_error *err)
{
    const size_t n = t->rows * t->columns;
    if (!(t->f32 = bz_alloc(n, sizeof(float), err)))
        return -1;
    for (size_t i = 0; i < n; i++)
        t->f32[i] = t->u8[i];
    bz_drop(&t->u8);
    t->store = TRAIN_F32;
    return 0;
}

static int set_gaps(struct train_table *t, const double *marks, size_t n_marks, struct bz_error *err)
{
    const size_t n = t->store == TRAIN_SPARSE ? t->row_start[t->rows] : t->rows * t->columns;
    size_t found = 0;
    if (t->store == TRAIN_SPARSE && is_among(0, false, marks, n_marks))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: 0 stands for a missing value (--na-values, or the model's), but sparse rows leave out their zeros; "
                       "expected the rows as a dense array or table",
                       t->path);
    if (t->store == TRAIN_U8)
        for (size_t i = 0; i < n && found == 0; i++)
            found = is_among(t->u8[i], false, marks, n_marks);
    if (found && widen(t, err) < 0)
        return -1;
    found = 0;
    float *single = t->store == TRAIN_SPARSE ? t->value : t->f32;
    for (size_t i = 0; t->store != TRAIN_U8 && i < n; i++)
        if (is_among(t->store == TRAIN_F64 ? t->f64[i] : (double)single[i], t->store != TRAIN_F64, marks, n_marks)) {
            if (t->store == TRAIN_F64)
                t->f64[i] = NAN;
            else
                single[i] = NAN;
            found++;
        }
    return train_table_say(t, err, "%zu value%s taken as missing: --na-values, or the model's", found, found == 1 ? "" : "s");
}

struct extremes {
    double least, above, below, largest; /* the next values: NaN = none */
    size_t n_least, n_largest;
};

static void see(struct extremes *e, double x, bool first)
{
    if (first || x < e->least) {
        e->above = first ? NAN : e->least;
        e->least = x;
        e->n_least = 0;
    } else if (x > e->least && !(x >= e->above)) {
        e->above = x;
    }
    if (first || x > e->largest) {
        e->below = first ? NAN : e->largest;
        e->largest = x;
        e->n_largest = 0;
    } else if (x < e->largest && !(x <= e->below)) {
        e->below = x;
    }
    e->n_least += x == e->least;
    e->n_largest += x == e->largest;
}

/* -999 far from all others. */
static int say_marks(struct train_table *t, struct bz_error *err)
{
    size_t columns = 0, cells = 0, first = 0;
    double mark = 0;
    struct extremes *e = bz_alloc(t->columns, sizeof(*e), err);
    bool *seen = bz_alloc(t->columns, sizeof(*seen), err);
    int rc = e && seen ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++) {
            const size_t at = i * t->columns + j;
            const double x = t->store == TRAIN_F64 ? t->f64[at] : (double)t->f32[at];
            if (isnan(x))
                continue;
            see(&e[j], x, !seen[j]);
            seen[j] = true;
        }
    for (size_t j = 0; rc == 0 && j < t->columns; j++) {
        const bool low = bz_is_gap_number(e[j].least) && e[j].above - e[j].least > e[j].largest - e[j].above,
                   high = bz_is_gap_number(e[j].largest) && e[j].largest - e[j].below > e[j].below - e[j].least;
        const double x = low ? e[j].least : e[j].largest;
        if (!low && !high)
            continue;
        if (columns++ == 0)
            first = j, mark = x;
        cells += x != mark ? 0 : low ? e[j].n_least : e[j].n_largest;
    }
    if (rc == 0 && cells > 1)
        rc = train_table_say(t, err,
                             "%g in %zu cells, far from all others (column %zu first): does it stand for a missing value? "
                             "--na-values takes it so",
                             mark, cells, first + 1);
    bz_free_all(e, seen);
    return rc;
}

int train_table_gaps(struct train_table *t, const struct train_table_options *o, struct bz_error *err)
{
    const struct bz_list *given = &o->user->na_values;
    const struct bz_spellings *known = o->columns && given->n == 0 ? &o->columns->missing : NULL;
    const size_t most = known ? known->n : given->n;
    if (t->text || t->rows == 0 || t->columns == 0 || o->labels)
        return 0;
    if (most == 0)
        return o->columns || (t->store != TRAIN_F64 && t->store != TRAIN_F32) || t->rank > 0 ? 0 : say_marks(t, err);
    double *marks = bz_alloc(most, sizeof(*marks), err);
    if (!marks)
        return -1;
    const size_t n = take_numbers(known ? (const char *const *)known->words : given->items, most, marks);
    const int rc = n > 0 ? set_gaps(t, marks, n, err) : 0;
    bz_free(marks);
    return rc;
}
