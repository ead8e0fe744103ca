/* Text tables cut into rows of cells, and the kinds of single cells. Works on bytes in memory and knows nothing of columns. */
#ifndef BZ_CELLS_H
#define BZ_CELLS_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct bz_cell {
    const char *text; /* [length], not 0-terminated; quotes undone */
    size_t length;
    bool quoted;
};

/* How a text is cut. */
struct bz_dialect {
    char separator; /* , ; tab | or blank (runs of blanks); 0 = a line is one cell */
    char line_end;  /* line feed, or carriage return where there is no line feed */
    char decimal;   /* point or comma */
    size_t bits;    /* > 0: each line is this many digits 0 and 1, one cell each */
    char quote;     /* quote around cells if it is the single quote; 0 = double quotes */
    bool escape;    /* within quotes, a backslash escapes a quote of the cell's own */
    bool trailing;  /* each line ends in a separator with no cell after it */
};

/* Bytes of a text, including quotes, without surrounding blanks. */
struct bz_stretch {
    const char *start;
    size_t length;
};

struct bz_cells {
    const char *path, *next, *end; /* borrowed */
    const char *asked;             /* how far it had read when it last asked whether to stop (stop.h); NULL = not yet */
    struct bz_dialect dialect;
    size_t line;       /* of next, from 1 */
    size_t blank_line; /* the last blank line skipped before the row just read; 0 = none */
    char *unquoted;    /* text of cells that contain doubled quotes; at most as long as the file */
    size_t unquoted_end;
    struct bz_stretch *where; /* [room] of bz_cells_row: where each cell is in the text; NULL = not wanted; the caller's */
};

/* Begins at text[size], whose first line is number `line`; everything is borrowed. */
void bz_cells_start(struct bz_cells *c, const char *path, const char *text, size_t size, const struct bz_dialect *dialect,
                    size_t line);
void bz_cells_free(struct bz_cells *c); /* frees what it owns, not c */

/* The next row: at most `room` cells into cells, how many there are into *n, the line it begins in into *line. Returns 1, 0 at
 * the end, -1 on error (a quote that never ends; BZ_INTERRUPTED). Cells are valid until the next call. Blank lines are skipped,
 * unless a line is one cell: then they are empty cells. */
int bz_cells_row(struct bz_cells *c, struct bz_cell *cells, size_t room, size_t *n, size_t *line, struct bz_error *err);

enum bz_cell_kind {
    BZ_CELL_GAP,           /* empty, NA, NULL, NaN ...: missing in any column */
    BZ_CELL_GAP_OR_WORD,   /* none, -, ., or a quoted NA: missing in a column of numbers, a word in one of words */
    BZ_CELL_NUMBER,        /* finite */
    BZ_CELL_INFINITE,      /* inf, or a number beyond the range of doubles */
    BZ_CELL_TRUTH,         /* true, yes, on ... */
    BZ_CELL_TIME,          /* a date or a time of day */
    BZ_CELL_OTHER_DECIMAL, /* 1,5 where the decimal sign is a point, or the reverse */
    BZ_CELL_THOUSANDS,     /* 1,234,567.5 */
    BZ_CELL_PERCENT,       /* 2.5% */
    BZ_CELL_DRESSED,       /* $5, 5 €, (5.00), 0x1F, a minus that is not '-' */
    BZ_CELL_WORD,
    BZ_N_CELL_KINDS
};

/* Spellings of gaps that replace the usual ones (--na-values); n = 0: the usual ones. An empty cell and NaN are gaps in any
 * case. */
struct bz_spellings {
    char **words;
    size_t n;
};

/* *number: the value of a number, 0 or 1 for a truth value, else untouched. */
enum bz_cell_kind bz_cell_kind(const struct bz_cell *cell, char decimal, const struct bz_spellings *gaps, double *number);

/* Which pair of truth words a cell belongs to (true/false, t/f, yes/no, y/n, on/off ...), from 0, and *value; -1 = none. */
int bz_truth(const struct bz_cell *cell, bool *value);
enum { BZ_TRUTH_LETTERS = 1 << 1 | 1 << 3 }; /* the pairs t/f and y/n, a bit each */
/* A word of such a pair, in small letters. */
const char *bz_truth_word(int pair, bool value);
/* "16,039": one to three digits, a comma, three digits: a decimal comma or thousands. */
bool bz_cell_may_be_thousands(const struct bz_cell *cell);
/* What kind of thing it is, for messages: "a date or time", "a percentage". */
const char *bz_cell_kind_text(enum bz_cell_kind kind);

/* Whether a text that is not empty can be a cell without quotes and is read as the same text: it has no separator, quote or
 * line end, no blanks at its ends, and is neither a comment nor a gap. */
bool bz_text_stands_bare(const char *text, char separator);

/* The canonical text of a category: 2, 2.0 and +2 are "2", 02 stays. Into out[room]; returns its length (at most room). */
size_t bz_category_text(const struct bz_cell *cell, char *out, size_t room);

#endif
