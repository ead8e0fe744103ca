/* What a model remembers of the table it was trained on (metadata `table`): its columns, the kind of each, and its place in the
 * machine; and how a cell becomes a value of such a column. The only place where names of columns meet units. */
#ifndef BZ_COLUMNS_H
#define BZ_COLUMNS_H

#include "cells.h"
#include "machine.h"

enum bz_column_kind {
    BZ_COLUMN_NUMBER,
    BZ_COLUMN_BOOLEAN,
    BZ_COLUMN_CATEGORY,
    BZ_COLUMN_LABEL,
    BZ_COLUMN_INDEX,
    BZ_COLUMN_IGNORED,
    BZ_N_COLUMN_KINDS
};

struct bz_column {
    char *name; /* owned; "" = nameless */
    enum bz_column_kind kind;
    char layer[BZ_NAME_ROOM]; /* the layer that an input is in; "" = none */
    size_t unit, size;        /* its first unit, and how many: 1; for a category its number of categories; for a run of nameless
                                 numbers its length */
    char **categories;        /* [n_categories] owned; of categories and labels */
    size_t n_categories;
    double scale;              /* divisor of numbers in bernoulli layers; 1 = none */
    double mean, sd;           /* of the training rows if these were standardised, else NaN; for information */
    bool real;                 /* of a model: its unit is gaussian, multinomial or spin, for which "true" is not a number */
    struct bz_places *places;  /* of many categories; may be NULL */
    char source[BZ_NAME_ROOM]; /* NAME of --data NAME=FILE that it came from; "" = the only file */
};

struct bz_columns {
    struct bz_column *columns; /* [n] in the order of the files */
    size_t n;
    struct bz_spellings missing; /* owned; n = 0: the usual spellings */
    long base;                   /* of svmlight indices; -1 = not svmlight */
    char binarize[16];           /* "threshold" if training binarised grey values so; "" = the commands' own default */
};

bool bz_column_is_input(const struct bz_column *c);        /* its values are units of a layer */
size_t bz_column_width(const struct bz_column *c);         /* columns of a file that it stands for: of a run as many as units */
bool bz_unit_takes_truth(enum bz_unit unit);               /* false is its 0: not of spins, for which 0 is a mean */
const char *bz_column_kind_name(enum bz_column_kind kind); /* "number", "boolean", ... */
/* The kind that a word in a file of names stands for (`continuous`, `symbolic`), or -1. */
int bz_column_kind_of_word(const char *word, size_t length);

/* Appends a column to t->columns, zeroed except scale 1 and mean, sd NaN. NULL without memory. */
struct bz_column *bz_columns_add(struct bz_columns *t, const char *name, enum bz_column_kind kind, struct bz_error *err);
int bz_columns_copy(struct bz_columns *out, const struct bz_columns *t, struct bz_error *err);
void bz_columns_free(struct bz_columns *t); /* all zeros is fine */

/* From the metadata's JSON text, checked against the machine: every layer and unit exists, categories are as many as units.
 * BZ_BAD_MODEL. *out is the caller's, bz_columns_free. */
int bz_columns_parse(struct bz_columns *out, const char *json, const struct bz_machine *m, struct bz_error *err);
/* The text for the metadata; the caller's, bz_free. */
char *bz_columns_json(const struct bz_columns *t, struct bz_error *err);
/* For a model that remembers no table: a category column for each group of a visible softmax layer whose groups have the same
 * named categories, named as the layer where it is the only one, and a run of nameless numbers for every other visible layer.
 */
int bz_columns_of_machine(struct bz_columns *out, const struct bz_machine *m, struct bz_error *err);

/* The name of the layer that a column of categories becomes: its own name adapted to the rules of layer names, or
 * column<number>. column is counted from 0, in the file. */
void bz_column_layer_name(const char *column_name, size_t column, char name[BZ_NAME_ROOM]);

/* The column of this name, or -1. */
long bz_columns_find(const struct bz_columns *t, const char *name, size_t length);
/* The same, looking at column `from` first, then at those behind it: names that come in the model's order are found at once. */
long bz_columns_find_from(const struct bz_columns *t, const char *name, size_t length, size_t from);
/* Another input that has the name of column j, which came from one of several files; NULL = none. */
const struct bz_column *bz_columns_namesake(const struct bz_columns *t, size_t j);
/* How many inputs there are, runs by their size; with names at all. */
size_t bz_columns_inputs(const struct bz_columns *t);
bool bz_columns_named(const struct bz_columns *t);

enum bz_value { BZ_VALUE_OK, BZ_VALUE_MISSING, BZ_VALUE_UNKNOWN, BZ_VALUE_BAD };

/* The value of a cell in a column. *out: for numbers the value, before division; for truth values 0 or 1; for categories and
 * labels the index. MISSING: *out is NaN. UNKNOWN: not one of the categories, or not a truth value. BAD: not a number. For the
 * last two, why[room] says what is wrong, in words that follow the cell's text. */
enum bz_value bz_column_value(const struct bz_columns *t, const struct bz_column *c, const struct bz_cell *cell, char decimal,
                              double *out, char *why, size_t room);
/* The index of a text among categories: by text, by numeric value, or by the meaning of truth values; -1 = none. */
long bz_category_place(char *const *categories, size_t n, const struct bz_cell *cell);
/* The same for many cells: of many categories a table is made when it is first asked. NULL for few, or without memory; find
 * takes that, too. Of one thread at a time. */
struct bz_places *bz_places_new(size_t n);
long bz_places_find(struct bz_places *p, char *const *categories, size_t n, const struct bz_cell *cell);
void bz_places_free(struct bz_places *p);

/* Puts a value (NaN = missing) into units x[layer size] and known[layer size] (may be NULL if nothing is missing) of a row of
 * the column's layer: divided by scale in float, one-hot for categories. */
void bz_column_fill(const struct bz_column *c, double value, float *x, uint8_t *known);

/* The reverse, for a model's units x[layer size]: the value of a number (within: which of a run), the more probable of 0 and 1
 * for a truth value, the index of the most probable category. *probable (may be NULL): its probability; NaN for numbers. */
double bz_column_value_of(const struct bz_column *c, size_t within, const float *x, const struct bz_layer *layer,
                          double *probable);
enum { BZ_VALUE_ROOM = 32 };
/* What to call a column in messages: its name; a nameless one by its number, `number` being that of the first that it stands
 * for, from 1. May point into room. */
const char *bz_column_called(const struct bz_column *c, size_t number, char room[BZ_VALUE_ROOM]);
/* The text of such a value: a category itself (borrowed), others in out[BZ_VALUE_ROOM]. Numbers have the shortest digits that
 * read back as the same float. */
const char *bz_column_text_of(const struct bz_column *c, double value, char decimal, char *out);

#endif
