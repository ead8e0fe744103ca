/* What a model remembers of the table it was trained on (metadata `table`): its columns, what each is, and where each stands in
 * the machine; and how a cell becomes a value of such a column. The one place where names of columns and units meet. */
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
    char layer[BZ_NAME_ROOM]; /* where an input stands; "" = nowhere */
    size_t unit, size;        /* its first unit, and how many: 1; of a category as many as there are; of a run of nameless
                                 numbers as many as the run has */
    char **categories;        /* [n_categories] owned; of categories and labels */
    size_t n_categories;
    double scale;              /* divisor of numbers in bernoulli layers; 1 = none */
    double mean, sd;           /* of the training rows, where they were standardised, else NaN; for information */
    bool real;                 /* of a model: its unit is gaussian or counts, for which true is not a number */
    char source[BZ_NAME_ROOM]; /* NAME of --data NAME=FILE that it came from; "" = the only file */
};

struct bz_columns {
    struct bz_column *columns; /* [n] in the order of the files */
    size_t n;
    struct bz_spellings missing; /* owned; n = 0: the usual spellings */
    long base;                   /* of svmlight indices; -1 = was no svmlight */
    char binarize[16];           /* "threshold" where training cut grey values; "" = the commands' own default */
};

bool bz_column_is_input(const struct bz_column *c);        /* its values are units of a layer */
const char *bz_column_kind_name(enum bz_column_kind kind); /* "number", "boolean", ... */

/* Takes place at the end of t->columns; the struct is zeroed but for scale 1 and mean, sd NaN. NULL without memory. */
struct bz_column *bz_columns_add(struct bz_columns *t, const char *name, enum bz_column_kind kind, struct bz_error *err);
int bz_columns_copy(struct bz_columns *out, const struct bz_columns *t, struct bz_error *err);
void bz_columns_free(struct bz_columns *t); /* all zeros is fine */

/* From the metadata's JSON text, checked against the machine: every layer and unit exists, categories are as many as units.
 * BZ_BAD_MODEL. *out is the caller's, bz_columns_free. */
int bz_columns_parse(struct bz_columns *out, const char *json, const struct bz_machine *m, struct bz_error *err);
/* The text for the metadata; the caller's, bz_free. */
char *bz_columns_json(const struct bz_columns *t, struct bz_error *err);
/* Of a model that remembers no table: a category column for each visible softmax layer of one group with named categories, a
 * run of nameless numbers for each other visible layer. */
int bz_columns_of_machine(struct bz_columns *out, const struct bz_machine *m, struct bz_error *err);

/* The name of the layer that column j becomes if it is one of categories: its own name made to fit the rules of layer names, or
 * column<number>. column is counted from 0, in the file. */
void bz_column_layer_name(const char *column_name, size_t column, char name[BZ_NAME_ROOM]);

/* The column of this name, or -1. */
long bz_columns_find(const struct bz_columns *t, const char *name, size_t length);
/* The same, looking at column `from` first, then at those behind it: names that come in the model's order are found at once. */
long bz_columns_find_from(const struct bz_columns *t, const char *name, size_t length, size_t from);
/* How many inputs there are, runs by their size; with names at all. */
size_t bz_columns_inputs(const struct bz_columns *t);
bool bz_columns_named(const struct bz_columns *t);

enum bz_value { BZ_VALUE_OK, BZ_VALUE_MISSING, BZ_VALUE_UNKNOWN, BZ_VALUE_BAD };

/* What a cell says in a column. *out: of numbers their value, before division; of truth values 0 or 1; of categories and labels
 * the place from 0. MISSING: *out is NaN. UNKNOWN: none of the categories, or no truth value. BAD: no number. Of the last two
 * why[room] says what is wrong, in words that continue after the cell's text. */
enum bz_value bz_column_value(const struct bz_columns *t, const struct bz_column *c, const struct bz_cell *cell, char decimal,
                              double *out, char *why, size_t room);
/* The place of a text among categories: by text, by value of numbers, by meaning of truth values; -1 = none. */
long bz_category_place(char *const *categories, size_t n, const struct bz_cell *cell);

/* Puts a value (NaN = missing) into units x[layer size] and known[layer size] (may be NULL if nothing is missing) of a row of
 * the column's layer: divided by scale in float, one-hot for categories. */
void bz_column_fill(const struct bz_column *c, double value, float *x, uint8_t *known);

/* The reverse, of units x[layer size] that a model says: of a number its value (within: which of a run), of a truth value 0 or
 * 1, whichever is more probable, of categories the most probable's place. *probable (may be NULL): how probable that is; of
 * numbers NaN. */
double bz_column_value_of(const struct bz_column *c, size_t within, const float *x, const struct bz_layer *layer,
                          double *probable);
enum { BZ_VALUE_ROOM = 32 };
/* The text of such a value: of categories the category itself (borrowed), of others in out[BZ_VALUE_ROOM]. Numbers by the
 * shortest digits that give the same float back. */
const char *bz_column_text_of(const struct bz_column *c, double value, char decimal, char *out);

#endif
