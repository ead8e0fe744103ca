/* The layout of a text table, found from all of its first rows: encoding, separator, decimal sign, header. */
#ifndef BZ_LAYOUT_H
#define BZ_LAYOUT_H

#include "cells.h"

enum bz_header { BZ_HEADER_FOUND, BZ_HEADER_NONE, BZ_HEADER_FIRST };

enum { BZ_ONE_CELL = 1 }; /* in place of a separator: a line is one cell */

/* What the caller specifies; zeros = found from the text. */
struct bz_layout_options {
    char separator; /* or BZ_ONE_CELL */
    char decimal;
    enum bz_header header;
    bool one_per_line;               /* a file of labels: a line is one cell unless every line has several */
    const struct bz_spellings *gaps; /* may be NULL */
    bool (*is_name)(void *arg,
                    const struct bz_cell *cell); /* tells whether a known table has a column of this name; may be NULL */
    void *arg;
    size_t most_columns, most_line_bytes; /* of tables that strangers send; 0 = any number */
};

struct bz_layout {
    const char *path;       /* borrowed */
    char *converted;        /* the text, if it had to be converted; owned */
    const char *rows, *end; /* from the first row on, names and all */
    const char *sample;     /* end of the first rows, which determine the layout */
    size_t line;            /* of the first row */
    struct bz_dialect dialect;
    size_t fields;       /* cells of a row */
    bool header;         /* the first row is names */
    bool row_names;      /* with no name for the first column (R) */
    const char *comment; /* [comment_length] text of a comment line above the rows that holds the names; NULL = none */
    size_t comment_length;
    char comment_separator; /* between them */
    const char *doubted;    /* [doubted_length] such a line whose words have other separators: not names; NULL = none */
    size_t doubted_length;
    size_t lines_seen, lines_agree; /* lines examined, and how many of them have `fields` cells */
    bool numeric_header;            /* names that are numbers: 0, 1, 2 ..., years, wavelengths */
};

/* BZ_BAD_INPUT with what was found and the option that decides. *out is freed by bz_layout_free. */
int bz_layout_find(struct bz_layout *out, const char *path, const char *text, size_t size, const struct bz_layout_options *o,
                   struct bz_error *err);
void bz_layout_free(struct bz_layout *l);

/* "separator ; (60 of 60 lines have 7 cells), header" into text[room]. */
const char *bz_layout_text(const struct bz_layout *l, char *text, size_t room);

/* --- shared by the files of this part --- */

enum { BZ_LINES_LOOKED_AT = 5000, BZ_BYTES_LOOKED_AT = 1 << 21 };

/* UTF-16 of either order becomes UTF-8 in *converted (owned; NULL = the text is as it should be); *skip bytes of a byte order
 * mark. A 0 byte in other text is refused. */
int bz_text_decode(const char *path, const char *text, size_t size, char **converted, size_t *length, size_t *skip,
                   struct bz_error *err);
/* memchr that asks whether to stop, and then finds nothing. */
const char *bz_text_find(const char *text, size_t size, char c);
/* Refuses lines that are too long for o. */
int bz_check_lines(const struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err);
/* ... and rows of too many cells. */
int bz_check_columns(const struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err);
/* Sets the dialect's quote and escape from the first rows. */
void bz_find_quotes(struct bz_layout *l);
/* Keeps l->comment where it holds names. */
void bz_find_comment(struct bz_layout *l);
/* Sets l->header, row_names, numeric_header from the first rows. */
int bz_find_header(struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err);

#endif
