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

static bool is_called_label(const char *name)
{
    static const char *const names[] = {"label", "labels", "class", "target", "class_label", "classlabel"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
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
    if (say_label(r, err) < 0 || say_copies(r, err) < 0)
        return -1;
    return say_empty(r, err) < 0 || say_lists(r, err) < 0 ? -1 : say_features(r, err);
}
