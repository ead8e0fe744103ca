/* Rows of units as pictures made of characters, two pixels per character. */
#ifndef TRAIN_TERMINAL_PICTURE_H
#define TRAIN_TERMINAL_PICTURE_H

#include "layer_picture.h"

#include <stdio.h>

/* Prints the first of rows[n][layer->size] as tiles, as many side by side as the terminal is wide and at most four rows of
 * tiles. Greys where out is a terminal with colours, else black and white. */
int train_show_rows(FILE *out, const struct bz_layer *layer, const float *rows, size_t n, struct bz_error *err);

/* The same with a given tiling (its scale and columns are chosen here). */
int train_show_tiles(FILE *out, const struct bz_tiling *tiling, const float *rows, size_t n, size_t size, struct bz_error *err);

#endif
