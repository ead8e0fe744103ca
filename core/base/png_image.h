/* Rows of units as pictures: PNG in memory, 8 bits a channel, grey or RGB. */
#ifndef BZ_PNG_IMAGE_H
#define BZ_PNG_IMAGE_H

#include "errors.h"

#include <stddef.h>
#include <stdint.h>

enum { BZ_MAX_PICTURE_SIDE = 16384 /* pixels */, BZ_PICTURE_RANK = 4 };
#define BZ_MAX_PICTURE_BYTES ((size_t)1 << 28)

/* 8-bit pixels, rows from the top, channels interleaved. */
struct bz_picture {
    size_t width, height, channels; /* channels 1 (grey) or 3 (RGB) */
    uint8_t *pixels;                /* [height][width][channels]; owned */
};
void bz_picture_free(struct bz_picture *p); /* its pixels; NULL is fine */

/* How values become grey levels. */
enum bz_tone {
    BZ_TONE_UNIT,    /* 0 black, 1 white, clipped */
    BZ_TONE_RANGE,   /* each tile's least value black, its largest white */
    BZ_TONE_BALANCED /* 0 middle grey, -m black, +m white, m the tile's largest magnitude: weights */
};

struct bz_tiling {
    size_t shape[BZ_PICTURE_RANK], rank; /* of one row: HxW, or HxWx3 in colour; anything else = a near-square grid of its units */
    size_t columns;                  /* tiles side by side; 0 = near-square */
    size_t scale;                    /* pixels a side for each unit; 0 = chosen so that tiles are some 56 pixels high */
    enum bz_tone tone;
};
/* rows[n][size] as n tiles, left to right and down, 1 black pixel between them (and none around). n >= 1. BZ_TOO_LARGE if the
 * picture would be. out->pixels is the caller's (bz_picture_free). */
int bz_picture_tiles(struct bz_picture *out, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                     struct bz_error *err);

/* Encodes a picture; *png[*size] is the caller's, bz_free. */
int bz_png_encode(uint8_t **png, size_t *size, const struct bz_picture *p, struct bz_error *err);
/* Both at once. */
int bz_png_tiles(uint8_t **png, size_t *size, const float *rows, size_t n, size_t row_size, const struct bz_tiling *tiling,
                 struct bz_error *err);

#endif
