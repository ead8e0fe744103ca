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

/* Whether the last number of a column is the sum of the others and at least `times` as large as each. */
static bool is_sum(const struct bz_text_table *t, size_t column, double times)
{
    const double last = t->values[(t->rows - 1) * t->columns + column];
    double sum = 0, size = 0, largest = 0;
    for (size_t i = 0; i + 1 < t->rows && !bz_stopping_row(i, 1); i++) {
        const double x = t->values[i * t->columns + column];
        if (isnan(x))
            continue;
        sum += x;
        size += fabs(x);
        largest = fmax(largest, fabs(x));
    }
    return fabs(last) > times * largest && fabs(last - sum) <= 1e-9 * size;
}

int bz_reader_refuse_sums(const struct bz_reader *r, struct bz_error *err)
{
    const struct bz_text_table *t = r->t;
    size_t numbers = 0, first = 0;
    if (t->rows < FEW_ROWS || r->n_where > 0 || r->o->rest || r->o->one_per_line)
        return 0;
    for (size_t j = 0; j < t->columns; j++)
        if (t->column[j].kind == BZ_COLUMN_NUMBER) {
            if (!is_sum(t, j, 1))
                return 0;
            first = numbers++ ? first : j;
        }
    if (numbers == 0 || (numbers == 1 && (t->rows < FEW_ROWS_OF_ONE_COLUMN || !is_sum(t, first, 3))))
        return 0;
    char name[48];
    snprintf(name, sizeof(name), "%zu", t->column[first].origin + 1);
    if (t->column[first].name[0])
        snprintf(name, sizeof(name), "%.40s", t->column[first].name);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: row %zu, the last, is the sum of the rows above in each column of numbers: a line of totals? --where "
                   "'%s!=%.15g' leaves it out (with a --where, rows are taken as they are)",
                   r->path, t->rows, name, t->values[(t->rows - 1) * t->columns + first]);
}
