/* What rows look like as wholes: without values, lists rather than records, genes. */
#include "text_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FEW_ROWS = 10 };

void bz_reader_see_cell(struct bz_row_shape *s, enum bz_cell_kind kind, double x)
{
    const bool gap = kind == BZ_CELL_GAP || kind == BZ_CELL_GAP_OR_WORD;
    const bool zero = kind == BZ_CELL_NUMBER && x == 0 && s->known > 0;
    if (gap || zero) {
        s->gaps++;
        s->empty_cells += gap;
        return;
    }
    s->broken = s->broken || s->gaps > 0;
    s->fallen = s->fallen || kind != BZ_CELL_NUMBER || (s->known > 0 && !(x > s->before));
    s->before = x;
    s->known++;
}

void bz_reader_see_row(struct bz_reader *r, const struct bz_row_shape *s, size_t file_row)
{
    struct bz_rows_seen *seen = &r->seen;
    const bool empty = s->known == 0;
    seen->empty += empty;
    seen->empty_last = empty ? seen->empty_last + 1 : 0;
    seen->empty_from = empty && seen->empty == 1 ? file_row + 1 : seen->empty_from;
    seen->broken = seen->broken || s->broken;
    seen->fallen = seen->fallen || s->fallen;
    seen->padded += !empty && s->gaps > 0;
    seen->holed = seen->holed || s->empty_cells < s->gaps;
    seen->several += s->known > 2;
}

static int say_empty(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_rows_seen *s = &r->seen;
    if (s->empty == 0 || s->empty == r->t->rows || r->n < 2)
        return 0;
    const char *below = s->empty == s->empty_last ? ": lines that a spreadsheet leaves below a table?" : "";
    if (s->empty == 1)
        return bz_reader_say(r->t, err, "warning: row %zu holds no value at all%s", s->empty_from, below);
    return bz_reader_say(r->t, err, "warning: %zu rows hold no value at all, row %zu first%s", s->empty, s->empty_from, below);
}

/* Whether all words of the last column that has some occur in the first. */
static bool words_are_shared(const struct bz_reader *r)
{
    size_t last = r->n;
    uint32_t number;
    while (last > 1 && r->columns[last - 1].words.n == 0)
        last--;
    if (last < 2)
        return false;
    for (size_t i = 0; i < r->columns[last - 1].words.n; i++)
        if (!bz_text_set_find(&r->columns[0].words, r->columns[last - 1].words.names[i],
                              strlen(r->columns[last - 1].words.names[i]), &number))
            return false;
    return true;
}

/* Items of baskets, times of spikes: rows that fill from the left, ascending numbers or the same words in each column. */
static int say_lists(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_rows_seen *s = &r->seen;
    const size_t rows = r->t->rows;
    bool whole = true, words = true;
    for (size_t j = 0; j < r->n; j++) {
        whole = whole && r->columns[j].whole;
        words = words && r->columns[j].kind == BZ_COLUMN_CATEGORY;
    }
    if (r->t->layout.header || r->t->layout.comment || rows < FEW_ROWS || r->n < 3 || s->broken)
        return 0;
    const bool ascending = !s->fallen && s->several * 4 >= rows * 3 && (s->padded * FEW_ROWS >= rows || whole);
    const bool items = words && !s->holed && s->padded * FEW_ROWS >= rows && words_are_shared(r);
    if (!ascending && !items)
        return 0;
    return bz_reader_say(r->t, err,
                         "warning: %s: lists, of items or times, rather than columns? A column of 0 and 1 for each item "
                         "or span of time has them learned",
                         ascending ? "the numbers of every row ascend" : "rows are filled from the left with the same words");
}

/* Tables of genes and the like have samples as columns. */
static int say_features(struct bz_reader *r, struct bz_error *err)
{
    static const char *const names[] = {
        "OTU ID",  "OTU_ID",      "Feature ID",  "feature-id", "featureid",       "Geneid",   "gene_id",  "gene", "gene_name",
        "Gene ID", "gene_symbol", "Hugo_Symbol", "ID_REF",     "ensembl_gene_id", "probe_id", "probeset", "ASV",  "ASV_ID"};
    size_t numbers = 0, i = 0;
    while (i < sizeof(names) / sizeof(names[0]) && strcasecmp(names[i], r->columns[0].name) != 0)
        i++;
    for (size_t j = 1; j < r->n; j++)
        numbers += r->columns[j].role == BZ_USE_INPUT && r->columns[j].kind == BZ_COLUMN_NUMBER;
    if (i == sizeof(names) / sizeof(names[0]) || r->columns[0].role == BZ_USE_INPUT || numbers < 2)
        return 0;
    return bz_reader_say(
        r->t, err,
        "column 1 (%s) names what is measured, and the other columns are learned as its properties: if these are "
        "samples, turn the table round where it comes from (t() in R, .T in pandas, datamash transpose)",
        r->columns[0].name);
}

static bool is_called(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}
#define IS_CALLED(name, ...)                                                                                                   \
    is_called(name, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_called_label(const char *name)
{
    return IS_CALLED(name, "label", "labels", "class", "target", "class_label", "classlabel");
}

/* Rows and columns have the same names: things and what is between each two of them. */
static int say_square(struct bz_reader *r, struct bz_error *err)
{
    enum { LEAST = 4 };
    const struct bz_text_set *words = &r->columns[0].words;
    const size_t rows = r->t->rows;
    if (rows < LEAST || r->n != rows + 1 || words->n != rows)
        return 0;
    for (size_t i = 0; i < rows; i++)
        if (strcmp(words->names[i], r->columns[i + 1].name) != 0)
            return 0;
    return bz_reader_say(r->t, err,
                         "warning: the %zu rows have the names of the columns: what is between each two of them (correlations, "
                         "distances, edges)? It is learned as a table of %zu rows",
                         rows, rows);
}

/* count, mean, std, min, max: a summary of rows in their place. */
static int say_summary(struct bz_reader *r, struct bz_error *err)
{
    static const char *const statistics[] = {"mean", "std", "min", "max"};
    uint32_t number;
    size_t n = 0;
    for (size_t i = 0; i < 4; i++)
        n += bz_text_set_find(&r->columns[0].words, statistics[i], strlen(statistics[i]), &number);
    if (n < 4)
        return 0;
    return bz_reader_say(
        r->t, err,
        "warning: the rows are statistics ('mean', 'std', 'min', 'max' in column 1): a summary is learned as if "
        "it were the rows");
}

/* A line for each value: id, variable, value. */
static int say_long(struct bz_reader *r, struct bz_error *err)
{
    char text[96], other[96];
    for (size_t j = 0; j + 1 < r->n; j++) {
        const struct bz_reader_column *name = &r->columns[j], *value = &r->columns[j + 1];
        if (name->role != BZ_USE_INPUT || name->kind != BZ_COLUMN_CATEGORY || value->role != BZ_USE_INPUT ||
            value->kind != BZ_COLUMN_NUMBER || name->kept || name->words.n < 2 || name->words.n * 2 > r->t->rows ||
            !IS_CALLED(name->name, "variable", "key", "feature", "parameter", "attribute", "metric", "measure", "indicator",
                       "name") ||
            !IS_CALLED(value->name, "value", "val", "measurement"))
            continue;
        return bz_reader_say(r->t, err,
                             "warning: %s names what %s is: a line for each value? A column for each of the %zu names has rows "
                             "learned (pivot in pandas, pivot_wider in R)",
                             bz_reader_column_text(r, j, text, sizeof(text)),
                             bz_reader_column_text(r, j + 1, other, sizeof(other)), name->words.n);
    }
    return 0;
}

/* Seconds since 1970, or thousandths and so on, of the years 1995 to 2039. */
static bool is_since_1970(const struct bz_reader_column *c)
{
    for (double unit = 1; unit <= 1e9; unit *= 1e3)
        if (c->whole && c->least >= 0.79e9 * unit && c->largest <= 2.2e9 * unit)
            return true;
    return false;
}

/* Times and running numbers: they rise from row to row. */
static int say_axis(struct bz_reader *r, struct bz_error *err)
{
    enum { ROWS = 20 };
    char text[96];
    for (size_t j = 0; j < r->n; j++) {
        const struct bz_reader_column *c = &r->columns[j];
        if (c->role != BZ_USE_INPUT || c->kind != BZ_COLUMN_NUMBER || c->kept || c->decided ||
            c->count[BZ_CELL_NUMBER] != r->t->rows || r->t->rows < ROWS || !(c->least < c->largest))
            continue;
        const bool time = IS_CALLED(c->name, "t", "time", "date", "datetime", "timestamp", "ts", "unixtime", "unix_time",
                                    "epoch", "created", "created_at", "updated_at");
        const bool rises = c->downs == 0 && c->ups * 10 >= r->t->rows * 9;
        const bool since = is_since_1970(c) && (time || rises || !c->name[0]);
        if (!since && (!rises || (j > 0 && !time)))
            continue;
        return bz_reader_say(r->t, err,
                             since
                                 ? "%s: whole numbers such as times since 1970, taken as values: --exclude leaves them out"
                                 : "%s rises from row to row: a time, a running number, or what the rows are sorted by? It is "
                                   "taken as values; --exclude leaves it out",
                             bz_reader_column_text(r, j, text, sizeof(text)));
    }
    return 0;
}

/* Whole numbers below 16 beside n - 1 grey levels, of a square picture: the digits of MNIST as CSV. */
static bool is_digit_of_picture(const struct bz_reader *r, size_t j)
{
    enum { SMALLEST = 8, CLASSES = 16, BRIGHT = 128 };
    const struct bz_reader_column *c = &r->columns[j];
    const double side = sqrt((double)(r->n - 1));
    double most = 0;
    if (r->n <= SMALLEST * SMALLEST || side != floor(side) || r->t->layout.header || !c->whole || c->least < 0 ||
        c->largest >= CLASSES || !(c->least < c->largest))
        return false;
    for (size_t i = 0; i < r->n; i++)
        most = i != j && r->columns[i].largest > most ? r->columns[i].largest : most;
    return most >= BRIGHT && most <= 255;
}

static int say_label(struct bz_reader *r, struct bz_error *err)
{
    char text[96], number[24];
    for (size_t j = 0; j < r->n; j++) {
        const struct bz_reader_column *c = &r->columns[j];
        const bool end = j == 0 || j + 1 == r->n;
        if (c->role != BZ_USE_INPUT || c->kept || c->decided || (c->kind == BZ_COLUMN_NUMBER && !c->whole) ||
            !(is_called_label(c->name) || (end && !c->name[0] && is_digit_of_picture(r, j))))
            continue;
        snprintf(number, sizeof(number), "%zu", j + 1);
        const char *name = c->name[0] ? c->name : number;
        return bz_reader_say(
            r->t, err,
            "%s is taken as an input: classes? --labels %.64s learns them as such, --label-column %.64s leaves "
            "them out",
            bz_reader_column_text(r, j, text, sizeof(text)), name, name);
    }
    return 0;
}

/* Two columns that hold the same numbers: one is a copy, or follows from the other. */
static int say_copies(struct bz_reader *r, struct bz_error *err)
{
    enum { MOST = 2000 };
    char a[96], b[96];
    if (r->t->rows < FEW_ROWS || r->n > MOST)
        return 0;
    for (size_t j = 1; j < r->n; j++)
        for (size_t i = 0; i < j; i++) {
            const struct bz_reader_column *x = &r->columns[i], *y = &r->columns[j];
            if (x->hash == y->hash && x->role == BZ_USE_INPUT && y->role == BZ_USE_INPUT && x->kind == BZ_COLUMN_NUMBER &&
                y->kind == BZ_COLUMN_NUMBER && x->least == y->least && x->largest == y->largest && x->least < x->largest &&
                x->ones_zeros < x->count[BZ_CELL_NUMBER])
                return bz_reader_say(r->t, err, "%s and %s hold the same numbers in every row: --exclude leaves one out",
                                     bz_reader_column_text(r, i, a, sizeof(a)), bz_reader_column_text(r, j, b, sizeof(b)));
        }
    return 0;
}

int bz_reader_remark_rows(struct bz_reader *r, struct bz_error *err)
{
    if (say_label(r, err) < 0 || say_copies(r, err) < 0 || say_square(r, err) < 0 || say_summary(r, err) < 0 ||
        say_long(r, err) < 0 || say_axis(r, err) < 0)
        return -1;
    return say_empty(r, err) < 0 || say_lists(r, err) < 0 ? -1 : say_features(r, err);
}
