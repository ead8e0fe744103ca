/* The text that a table was read from, kept so that the table can be written again: byte for byte, except for cells that get
 * another value and added columns. */
#ifndef BZ_TEXT_FORM_H
#define BZ_TEXT_FORM_H

#include "text_table.h"

enum { BZ_TRUTH_ROOM = 16 };

/* What a column of the file is. */
struct bz_form_column {
    long model;                   /* which of the model's columns; -1 = none */
    size_t within;                /* which unit of a run of nameless numbers */
    char truth[2][BZ_TRUTH_ROOM]; /* how it spells false and true (bz_text_form_spellings) */
};

struct bz_text_form {
    char *text; /* [size] as it was read; owned */
    size_t size;
    struct bz_layout layout;       /* points into text, or into its own converted text; owned */
    struct bz_form_column *column; /* [layout.fields]; owned */
    char **names;                  /* [layout.fields], "" = nameless; owned */
    size_t *origin;                /* [rows] of the file, from 0, that are rows of the table; NULL = all; owned */
    size_t rows;
};

/* Takes over the layout of a table that was read from text (keep_layout), and text itself, which the caller got from bz_alloc.
 * On failure text is freed. *out is the caller's, bz_text_form_free. */
int bz_text_form_new(struct bz_text_form **out, struct bz_text_table *table, char *text, size_t size, struct bz_error *err);
void bz_text_form_free(struct bz_text_form *f); /* NULL is fine */

/* Finds how the columns of truth values among `columns` (the model's, which column[].model counts) spell true and false; for a
 * value that does not occur, the other word of the pair in the same style. */
int bz_text_form_spellings(struct bz_text_form *f, const struct bz_columns *columns, struct bz_error *err);

/* Whether the table has a column of this name. */
bool bz_text_form_has_name(const struct bz_text_form *f, const char *name);

/* How it is written. */
struct bz_form_writing {
    bool head;                /* write what is above the first row, including the names */
    bool ended;               /* end the last line even if it had no end: more is to follow */
    const char *const *names; /* [n_added] of columns behind the others; borrowed, as all here */
    size_t n_added;
    /* Called for each row of the table in turn: what cells of the file become (NULL = as they were), and the added ones (NULL =
     * empty). Both lists are initially all NULL; the texts must stay valid until the next call. May be NULL. */
    int (*edit)(void *arg, size_t row, const char **cell, const char **added, struct bz_error *err);
    void *arg;
    int (*write)(void *sink, const char *bytes, size_t n, struct bz_error *err);
    void *sink;
};

/* Rows excluded from the table (--where) are left out. Text that was UTF-16 goes out as UTF-8. */
int bz_text_form_write(const struct bz_text_form *f, const struct bz_form_writing *w, struct bz_error *err);
/* The same if there was no text: CSV of only the added columns, after a column of ids[rows] (NULL = none) with its name. */
int bz_text_table_write(size_t rows, const struct bz_form_writing *w, const char *id_name, char *const *ids,
                        struct bz_error *err);

#endif
