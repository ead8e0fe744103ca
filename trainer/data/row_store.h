/* Some rows of a data set, where others are with other processes: they come as bytes, in any order. */
#ifndef TRAIN_ROW_STORE_H
#define TRAIN_ROW_STORE_H

#include "dataset.h"

/* Fills the arrays of a data set whose parts are partial and have none. */
struct train_row_store {
    struct train_data *data;         /* borrowed; its parts own the arrays, which its maker frees */
    size_t room, n;                  /* rows */
    size_t *room_index, *room_value; /* [n_parts] of sparse parts */
    size_t *rows;                    /* [room] which are in */
    uint32_t *where;                 /* [data->rows] at which place each is; NULL = they come in their order */
};

/* room: the most rows at a time. first: rows first, first+1 ... will come, and stay; SIZE_MAX = any. To be closed also after
 * failure. */
int train_row_store_open(struct train_row_store *s, struct train_data *data, size_t room, size_t first, struct bz_error *err);
void train_row_store_close(struct train_row_store *s);
void train_row_store_clear(struct train_row_store *s);

/* A row as bytes: how many, and these. */
size_t train_row_bytes(const struct train_data *d, size_t row);
uint8_t *train_row_pack(const struct train_data *d, size_t row, uint8_t *to);
/* Adds a row from what pack made; *from moves behind it. */
int train_row_store_add(struct train_row_store *s, size_t row, const uint8_t **from, const uint8_t *end, struct bz_error *err);

#endif
