/* Rows of units as pictures: PNG in memory, 8 bits a channel, grey or RGB. And pictures as rows: reads PNG of any kind. */
#ifndef BZ_PNG_IMAGE_H
#define BZ_PNG_IMAGE_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BZ_MAX_PICTURE_SIDE = 16384 /* pixels */, BZ_PICTURE_RANK = 4 };
#define BZ_MAX_PICTURE_BYTES ((size_t)1 << 28)

/* 8-bit pixels, rows from the top, channels interleaved. */
struct bz_picture {
    size_t width, height, channels; /* channels 1 (grey) or 3 (RGB) */
    uint8_t *pixels;                /* [height][width][channels]; owned */
    size_t down, across;            /* tiles, if it was made from rows */
};
void bz_picture_free(struct bz_picture *p); /* frees its pixels; NULL is fine */

/* How values become grey levels. */
enum bz_tone {
    BZ_TONE_UNIT,    /* 0 black, 1 white, clipped */
    BZ_TONE_RANGE,   /* each tile's least value black, its largest white */
    BZ_TONE_BALANCED /* 0 middle grey, -m black, +m white, m the tile's largest magnitude: weights */
};

struct bz_tiling {
    size_t shape[BZ_PICTURE_RANK],
        rank;       /* shape of one row: HxW, or HxWx3 in colour; anything else = a near-square grid of its units */
    size_t columns; /* tiles side by side; 0 = near-square */
    size_t gap;     /* black pixels between tiles */
    size_t scale;   /* pixels a side for each unit; 0 = chosen so that tiles are some 56 pixels high */
    enum bz_tone tone;
};
/* rows[n][size] as n tiles, left to right and down, tiling->gap pixels between them (and none around), which absent
 * tiles of the last line are too. n >= 1. BZ_TOO_LARGE if the
 * picture would be. out->pixels is the caller's (bz_picture_free). */
int bz_picture_tiles(struct bz_picture *out, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                     struct bz_error *err);

/* Encodes a picture; *png[*size] is the caller's, bz_free. */
int bz_png_encode(uint8_t **png, size_t *size, const struct bz_picture *p, struct bz_error *err);
/* Both of the above. */
int bz_png_tiles(uint8_t **png, size_t *size, const float *rows, size_t n, size_t row_size, const struct bz_tiling *tiling,
                 struct bz_error *err);

/* The same line by line: only one line of pixels is in memory. At most about BZ_PNG_EFFORT bytes of pixels are consumed before
 * encoded bytes come out. rows stay the caller's and must outlive the encoder. */
enum { BZ_PNG_EFFORT = 1 << 19 };
struct bz_png_lines;
/* For rows[n][row_size], tiled as by bz_picture_tiles; *out is the caller's. */
int bz_png_lines_new(struct bz_png_lines **out, const float *rows, size_t n, size_t row_size, const struct bz_tiling *tiling,
                     struct bz_error *err);
void bz_png_lines_free(struct bz_png_lines *l); /* NULL is fine */
/* Its dimensions; no pixels. */
struct bz_picture bz_png_lines_picture(const struct bz_png_lines *l);
/* Encodes line y; lines are given once each, from 0 to height - 1. Returns the bytes that became ready, *size of them and often
 * none, borrowed until the next call. NULL on failure. */
const uint8_t *bz_png_lines_next(struct bz_png_lines *l, size_t y, size_t *size, struct bz_error *err);

/* --- reading --- */

/* What the first bytes of a PNG say. */
struct bz_png_head {
    size_t width, height;
    unsigned depth; /* bits a channel: 1, 2, 4, 8 or 16 */
};
bool bz_png_is(const void *bytes, size_t size); /* starts with a PNG's signature */
/* Reads the header without inflating anything. BZ_BAD_INPUT if there is none or it is damaged, BZ_TOO_LARGE above
 * BZ_MAX_PICTURE_SIDE, BZ_UNSUPPORTED if it is an animation. */
int bz_png_read_head(struct bz_png_head *out, const void *bytes, size_t size, struct bz_error *err);

/* Reads a PNG of any colour type, depth and interlacing into levels[height][width][channels], 0 .. *most, where most is 255, or
 * 65535 for 16 bits; 1, 2 and 4 bits are spread over 0 .. 255. channels 3 = RGB; 1 = grey: the level itself where R = G = B,
 * else the luminance (19595 R + 38470 G + 7471 B + 32768) >> 16 (ITU-R BT.601). Palettes are resolved. A pixel that is not
 * opaque is BZ_BAD_INPUT with its place. Gamma and colour profiles are ignored. width and height are those that the caller has
 * room for: any other size is refused before anything is inflated. */
int bz_png_read(uint16_t *levels, unsigned *most, size_t width, size_t height, size_t channels, const void *bytes, size_t size,
                struct bz_error *err);
/* The same as level / most, in float32: out[height][width][channels] in [0, 1]. */
int bz_png_read_unit(float *out, size_t width, size_t height, size_t channels, const void *bytes, size_t size,
                     struct bz_error *err);

#endif
