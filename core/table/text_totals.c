/* Rows at the end that sum up those above: recognised by a word in them, or by their numbers. */
#include "stop.h"
#include "text_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_TOTALS = 5, FEW_ROWS = 8, FEW_ROWS_OF_ONE_COLUMN = 20 };

/* Whether a cell calls its row the sum or mean of others. */
static bool is_total(const struct bz_cell *cell)
{
    static const char *const words[] = {"total",         "totals",
                                        "grand total",   "sum",
                                        "average",       "mean",
                                        "std",           "std dev",
                                        "stdev",         "std. dev.",
                                        "std.dev.",      "gesamt",
                                        "gesamtsumme",   "summe",
                                        "insgesamt",     "mittelwert",
                                        "durchschnitt",  "total general",
                                        "total général", "somme",
                                        "moyenne",       "totale",
                                        "somma",         "suma",
                                        "promedio",      "totaal",
                                        "razem",         "итого",
                                        "всего",         "__no_feature",
                                        "__ambiguous",   "__too_low_aqual",
                                        "__not_aligned", "__alignment_not_unique"};
    const size_t n = cell->length - (cell->length > 0 && cell->text[cell->length - 1] == ':');
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == n && strncasecmp(words[i], cell->text, n) == 0)
            return true;
    return false;
}

/* Whether it calls its row the sum of some others. */
static bool is_subtotal(const struct bz_cell *cell)
{
    static const char *const words[] = {"subtotal", "sub-total", "sub total", "zwischensumme", "sous-total", "subtotale"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == cell->length && strncasecmp(words[i], cell->text, cell->length) == 0)
            return true;
    return false;
}

/* Columns whose kind was given are taken as they are; the model's own that are no values are where such words stand. */
static bool is_given(const struct bz_reader_column *c)
{
    return c->decided && !(c->model && (c->model->kind == BZ_COLUMN_INDEX || c->model->kind == BZ_COLUMN_IGNORED));
}

static struct bz_total total_of(const struct bz_cell *cell, size_t column, size_t file_row, size_t line)
{
    struct bz_total t = {.row = file_row + 1, .line = line, .column = column};
    snprintf(t.word, sizeof(t.word), "%.*s", (int)(cell->length < 20 ? cell->length : 20), cell->text);
    return t;
}

void bz_reader_see_totals(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line)
{
    struct bz_totals *t = &r->totals;
    size_t j = 0, part = 0;
    while (part < r->n && (is_given(&r->columns[part]) || !is_subtotal(&cells[part])))
        part++;
    t->here = part < r->n;
    if (t->here && t->part.row == 0)
        t->part = total_of(&cells[part], part, file_row, line);
    while (j < r->n && (is_given(&r->columns[j]) || !is_total(&cells[j])))
        j++;
    if (j == r->n || r->n == 1) {
        t->last = 0;
        return;
    }
    t->n++;
    if (t->last++ == 0)
        t->at = total_of(&cells[j], j, file_row, line);
}

/* A sum is as large as each of its parts, if their signs agree; what is neither is a value called so. */
void bz_reader_see_subtotal(struct bz_reader *r, const struct bz_row_shape *s)
{
    if (!r->totals.here)
        return;
    r->totals.no_sum = r->totals.no_sum || s->numbers == 0 || s->smaller > 0;
    for (size_t j = 0; j < r->n; j++)
        memset(&r->columns[j].part, 0, sizeof(r->columns[j].part));
}

int bz_reader_refuse_totals(const struct bz_reader *r, struct bz_error *err)
{
    const struct bz_totals *t = &r->totals;
    const bool parts = t->part.row > 1 && !t->no_sum;
    const struct bz_total *at = parts ? &t->part : &t->at;
    char column[96], name[48], keep[96] = "";
    if (!parts && (t->last == 0 || t->last != t->n || t->last > MOST_TOTALS || r->t->rows < t->last + 2))
        return 0;
    snprintf(name, sizeof(name), "%zu", at->column + 1);
    if (r->columns[at->column].name[0])
        snprintf(name, sizeof(name), "%.40s", r->columns[at->column].name);
    if (r->columns[at->column].count[BZ_CELL_NUMBER] == 0)
        snprintf(keep, sizeof(keep), ", --categorical %s takes it as a value", name);
    return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu (line %zu), %s: '%s' %s: a line of totals? --where '%s!=%s' leaves it out%s",
                   r->path, at->row, at->line, bz_reader_column_text(r, at->column, column, sizeof(column)), at->word,
                   parts ? "is the name of a sum of rows" : "occurs only at the end", name, at->word, keep);
}

/* What the last number of a column is to those above. */
struct last {
    bool sum, mean, sure; /* sure: whole numbers do not just meet their mean */
    double times;         /* how much larger than the largest of them */
};

static struct last look_at_last(const struct bz_text_table *t, size_t column)
{
    const double last = t->values[(t->rows - 1) * t->columns + column];
    double sum = 0, size = 0, largest = 0, least = INFINITY, most = -INFINITY;
    size_t n = 0;
    bool whole = last == floor(last);
    for (size_t i = 0; i + 1 < t->rows && !bz_stopping_row(i, 1); i++) {
        const double x = t->values[i * t->columns + column];
        if (isnan(x))
            continue;
        sum += x;
        size += fabs(x);
        largest = fmax(largest, fabs(x));
        least = fmin(least, x);
        most = fmax(most, x);
        whole = whole && x == floor(x);
        n++;
    }
    const double mean = sum / (double)(n > 0 ? n : 1);
    return (struct last){.sum = fabs(last) > largest && fabs(last - sum) <= 1e-9 * size,
                         .sure = !whole,
                         .mean = n > 1 && least < most && fabs(last - mean) <= 1e-9 * size / (double)n,
                         .times = fabs(last) / largest};
}

/* Whether the last row holds nothing but numbers: what else there may be has no sum. */
static bool rest_is_empty(const struct bz_text_table *t)
{
    for (size_t j = 0; j < t->columns; j++)
        if (t->column[j].kind != BZ_COLUMN_NUMBER && !isnan(t->values[(t->rows - 1) * t->columns + j]))
            return false;
    return true;
}

int bz_reader_refuse_sums(const struct bz_reader *r, struct bz_error *err)
{
    const struct bz_text_table *t = r->t;
    size_t numbers = 0, gaps = 0, first = 0;
    struct last all = {true, true, false, 0};
    if (t->rows < FEW_ROWS || r->n_where > 0 || r->o->rest || r->o->one_per_line)
        return 0;
    for (size_t j = 0; j < t->columns && (all.sum || all.mean); j++) {
        if (t->column[j].kind != BZ_COLUMN_NUMBER)
            continue;
        if (isnan(t->values[(t->rows - 1) * t->columns + j])) {
            gaps++;
            continue;
        }
        const struct last own = look_at_last(t, j);
        all = (struct last){all.sum && own.sum, all.mean && own.mean, all.sure || own.sure, own.times};
        first = numbers++ ? first : j;
    }
    const bool enough = numbers > 1 || (numbers == 1 && t->rows >= FEW_ROWS_OF_ONE_COLUMN && all.sum && all.times > 3);
    all.mean = all.mean && all.sure;
    if (!enough || (!all.sum && !all.mean) || ((gaps > 0 || !all.sum) && !rest_is_empty(t)))
        return 0;
    char name[48];
    snprintf(name, sizeof(name), "%zu", t->column[first].origin + 1);
    if (t->column[first].name[0])
        snprintf(name, sizeof(name), "%.40s", t->column[first].name);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: row %zu, the last, is the %s of the rows above in each column of numbers%s: a line of totals? --where "
                   "'%s!=%.15g' leaves it out (with a --where, rows are taken as they are)",
                   r->path, t->rows, all.sum ? "sum" : "mean", gaps ? " that it fills" : "", name,
                   t->values[(t->rows - 1) * t->columns + first]);
}
