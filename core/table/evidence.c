#include "evidence.h"

#include "mem.h"

#include <string.h>

enum { MOST_FIELDS = 1 << 24 };

/* One way to cut the first lines: what does not change from line to line. cells [room] are the caller's. */
struct look {
    const struct bz_layout *l;
    struct bz_cell *cells;
    size_t room, votes;
    char decimal, separator;
    const struct bz_spellings *gaps;
};

/* Whether cell j is a number or truth value; a word without quotes is counted in *bare. */
static bool is_number(const struct look *k, size_t j, size_t *bare)
{
    double x;
    const enum bz_cell_kind kind = bz_cell_kind(&k->cells[j], k->decimal, k->gaps, &x);
    const bool number = kind <= BZ_CELL_TRUTH || (k->separator != ',' && kind == BZ_CELL_THOUSANDS) || kind == BZ_CELL_PERCENT;
    *bare += !number && !k->cells[j].quoted;
    return number;
}

/* Whether another separator occurs in a word without quotes; a blank in front of a quote counts, too. */
static bool is_torn(const struct bz_cell *cell, char separator)
{
    for (size_t i = 0; !cell->quoted && i < cell->length; i++)
        if (cell->text[i] != separator &&
            (memchr(",;\t|", cell->text[i], 4) || (i > 0 && cell->text[i] == '"' && cell->text[i - 1] == ' ')))
            return true;
    return false;
}

/* First pass: the number of cells that most lines after the first have (a majority vote). */
static void vote(struct bz_evidence *e, struct look *k, size_t n, bool first)
{
    if (first) {
        e->first = n;
        return;
    }
    e->fields = k->votes == 0 ? n : e->fields;
    k->votes += n == e->fields ? 1 : (size_t)-1;
}

/* Second pass: what the lines with that number of cells hold; n cells of line `line`. */
static void weigh(struct bz_evidence *e, const struct look *k, size_t n, size_t line, bool first)
{
    const bool fits = n <= k->room, counts = fits && (first || n == e->fields);
    e->empty_last += counts && k->cells[n - 1].length == 0 && !k->cells[n - 1].quoted;
    if (first) {
        for (size_t j = 0; j < n && j < k->room; j++)
            is_number(k, j, &e->first_words);
        return;
    }
    e->lines++;
    e->agree += n == e->fields;
    if (n != e->fields && e->odd_line == 0)
        e->odd_line = line, e->odd_fields = n;
    for (size_t j = 0; counts && j < n; j++) {
        e->cells++;
        const bool number = is_number(k, j, &e->bare_words);
        e->numbers += number;
        e->torn += !number && is_torn(&k->cells[j], e->separator);
    }
}

/* One pass over the first lines; the cells are examined if there is room for them. */
static int pass(struct bz_evidence *e, struct look *k, struct bz_error *err)
{
    const struct bz_layout *l = k->l;
    const struct bz_dialect d = {.separator = e->separator,
                                 .line_end = l->dialect.line_end,
                                 .decimal = k->decimal,
                                 .quote = l->dialect.quote,
                                 .escape = l->dialect.escape};
    struct bz_cells c;
    struct bz_error why;
    size_t n, line, lines = 0;
    int got = 0, rc = 0;
    bz_cells_start(&c, l->path, l->rows, (size_t)(l->sample - l->rows), &d, l->line);
    while (lines < BZ_LINES_LOOKED_AT && (got = bz_cells_row(&c, k->cells, k->room, &n, &line, &why)) > 0) {
        if (k->cells)
            weigh(e, k, n, line, lines == 0);
        else
            vote(e, k, n, lines == 0);
        lines++;
    }
    if (got < 0 && (why.code == BZ_NO_MEMORY || why.code == BZ_INTERRUPTED))
        rc = bz_fail(err, why.code, "%s", why.msg);
    else if (got < 0)
        e->broken = true;
    bz_cells_free(&c);
    return rc;
}

int bz_look_at(struct bz_evidence *e, const struct bz_layout *l, char decimal, const struct bz_spellings *gaps,
               struct bz_error *err)
{
    struct look k = {.l = l, .decimal = decimal, .separator = e->separator, .gaps = gaps};
    if (pass(e, &k, err) < 0)
        return -1;
    e->fields = k.votes == 0 && e->fields == 0 ? e->first : e->fields;
    k.room = (e->fields > e->first ? e->fields : e->first) + 1;
    if (k.room > MOST_FIELDS)
        return bz_fail(err, BZ_TOO_LARGE, "%s: more than %d cells a line", l->path, MOST_FIELDS);
    if (!(k.cells = bz_alloc(k.room, sizeof(*k.cells), err)))
        return -1;
    const int rc = pass(e, &k, err);
    bz_free(k.cells);
    return rc;
}
