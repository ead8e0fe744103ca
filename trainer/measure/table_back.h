/* Writes the input table again: its own text, with cells filled in and columns added. */
#ifndef TRAIN_TABLE_BACK_H
#define TRAIN_TABLE_BACK_H

#include "output.h"
#include "row_tiles.h"

/* A column of the file that is an input of the model. */
struct train_slot {
    size_t file_column;
    struct bz_column column; /* the model's, borrowed; its divisor is that of the data */
    size_t layer, within;
};

struct train_back {
    const struct train_rows *rows; /* borrowed; opened with keep_text */
    struct train_slot *slot;       /* [n_slots] owned */
    size_t n_slots;
    size_t fields; /* columns of the file */
    char decimal;
};

/* BZ_UNSUPPORTED where the rows came from no text table: `instead` says what does it. train_back_close in every case. */
int train_back_open(struct train_back *b, struct train_rows *rows, const char *instead, struct bz_error *err);
void train_back_close(struct train_back *b);

/* A name for an additional column, in text[room]: `wanted`, or with a suffix if the table has one of that name. */
const char *train_back_name(const struct train_back *b, const char *wanted, char *text, size_t room);

/* What a slot's unit is in row `row` of a tile's state, as bz_column_value_of has it; and whether it was known. */
bool train_back_known(const struct train_slot *slot, const struct bz_state *s, size_t row);
double train_back_value(const struct train_slot *slot, const struct bz_state *s, size_t row, double *probable);

#endif
