/* PNG files as levels. libpng inflates and undoes filters and interlacing; the meaning of samples is decided here. */
#include "mathx.h"
#include "mem.h"
#include "png_image.h"
#include "stop.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

enum { SIGNATURE = 8, HEAD = 33 /* signature and IHDR */, CHUNK_FRAME = 12, MAX_CHUNK = 1 << 20 };
static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool bz_png_is(const void *bytes, size_t size)
{
    return size >= SIGNATURE && memcmp(bytes, signature, SIGNATURE) == 0;
}

static size_t big_endian(const uint8_t *b)
{
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* True if an animation's control chunk comes before the first picture data. */
static bool is_animation(const uint8_t *bytes, size_t size)
{
    for (size_t at = SIGNATURE, n = 0; size - at >= CHUNK_FRAME && !bz_stopping_row(n, 1); n++) {
        const size_t length = big_endian(bytes + at);
        if (memcmp(bytes + at + 4, "acTL", 4) == 0)
            return true;
        if (memcmp(bytes + at + 4, "IDAT", 4) == 0 || length > size - at - CHUNK_FRAME)
            return false;
        at += length + CHUNK_FRAME;
    }
    return false;
}

int bz_png_read_head(struct bz_png_head *out, const void *bytes, size_t size, struct bz_error *err)
{
    const uint8_t *b = bytes;
    if (!bz_png_is(bytes, size))
        return bz_fail(err, BZ_BAD_INPUT, "expected a PNG picture, found other bytes");
    if (size < HEAD || big_endian(b + 8) != 13 || memcmp(b + 12, "IHDR", 4) != 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "PNG: expected the header chunk IHDR of 13 bytes first; the file is damaged or cut off");
    const struct bz_png_head head = {.width = big_endian(b + 16), .height = big_endian(b + 20), .depth = b[24]};
    if (head.width == 0 || head.height == 0)
        return bz_fail(err, BZ_BAD_INPUT, "PNG: %zux%zu pixels, expected at least one of each", head.height, head.width);
    if (head.width > BZ_MAX_PICTURE_SIDE || head.height > BZ_MAX_PICTURE_SIDE)
        return bz_fail(err, BZ_TOO_LARGE, "PNG: %zux%zu pixels, expected at most %d a side", head.height, head.width,
                       BZ_MAX_PICTURE_SIDE);
    if (is_animation(b, size))
        return bz_fail(err, BZ_UNSUPPORTED, "PNG: is an animation, expected one picture: save each frame as a file");
    *out = head;
    return 0;
}

/* --- what libpng gives: samples of one byte, or of two in 16-bit files --- */

struct reader {
    const uint8_t *bytes;
    size_t size, at, asked; /* asked: where it last asked whether to stop (stop.h) */
    struct bz_error *err;
    /* of the whole picture, as libpng leaves it */
    uint8_t *samples;
    png_bytep *lines;
    size_t width, height, per_pixel; /* samples a pixel */
    unsigned depth;                  /* as stored */
    int colour_type;
    png_colorp palette;
    int n_palette, n_alpha;
    png_bytep alpha;   /* [n_alpha] of the palette */
    png_color_16p key; /* the transparent colour, or NULL */
};

static void take_bytes(png_structp png, png_bytep to, size_t n)
{
    struct reader *r = png_get_io_ptr(png);
    if (n > r->size - r->at)
        png_error(png, "the data end early");
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
    if (r->at - r->asked >= BZ_STOP_BYTES) {
        r->asked = r->at;
        if (bz_stopping())
            png_error(png, "asked to stop");
    }
}

/* A line has been read, of one of the passes. */
static void line_read(png_structp png, png_uint_32 line, int passes)
{
    const struct reader *r = png_get_io_ptr(png);
    (void)passes;
    if (bz_stopping_row(line, r->width * r->per_pixel))
        png_error(png, "asked to stop");
}

static void failed(png_structp png, png_const_charp message)
{
    struct reader *r = png_get_error_ptr(png);
    bz_fail(r->err, BZ_BAD_INPUT, "PNG: damaged: %s", message);
    png_longjmp(png, 1);
}

static void no_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static int make_room(struct reader *r, struct bz_error *err)
{
    const size_t line = r->width * r->per_pixel * (r->depth == 16 ? 2 : 1); /* sides are bounded: no overflow */
    if (line * r->height > BZ_MAX_PICTURE_BYTES)
        return bz_fail(err, BZ_TOO_LARGE, "PNG: %zux%zu pixels are %zu bytes, expected at most %zu", r->height, r->width,
                       line * r->height, BZ_MAX_PICTURE_BYTES);
    r->samples = bz_alloc(r->height, line, err);
    r->lines = r->samples ? bz_alloc(r->height, sizeof(*r->lines), err) : NULL;
    if (!r->lines)
        return -1;
    for (size_t y = 0; y < r->height; y++)
        r->lines[y] = r->samples + y * line;
    return 0;
}

/* Inflates everything. The palette and the transparent colour stay libpng's. */
static int inflate_all(struct reader *r, png_structp png, png_infop info, png_infop end)
{
    if (setjmp(png_jmpbuf(png)))
        return -1;
    png_set_read_fn(png, r, take_bytes);
    png_set_read_status_fn(png, line_read);
    png_set_user_limits(png, BZ_MAX_PICTURE_SIDE, BZ_MAX_PICTURE_SIDE);
    png_set_chunk_malloc_max(png, MAX_CHUNK);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* text, profiles, gamma: nothing is unpacked */
    png_read_info(png, info);
    r->depth = png_get_bit_depth(png, info);
    r->colour_type = png_get_color_type(png, info);
    r->per_pixel = png_get_channels(png, info);
    if (png_get_image_width(png, info) != r->width || png_get_image_height(png, info) != r->height)
        png_error(png, "two headers");
    if (make_room(r, r->err) < 0)
        return -1;
    png_set_packing(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    png_read_image(png, r->lines);
    png_read_end(png, end);
    png_get_PLTE(png, info, &r->palette, &r->n_palette);
    if (r->colour_type == PNG_COLOR_TYPE_PALETTE)
        png_get_tRNS(png, info, &r->alpha, &r->n_alpha, NULL);
    else
        png_get_tRNS(png, info, NULL, NULL, &r->key);
    return 0;
}

/* --- pixels --- */

struct pixel {
    unsigned red, green, blue, alpha; /* 0 .. 255 or 65535 */
};

static unsigned sample(const struct reader *r, const uint8_t *line, size_t i)
{
    return r->depth == 16 ? (unsigned)line[2 * i] << 8 | line[2 * i + 1] : line[i];
}

/* false if the palette has no such colour. */
static bool read_pixel(const struct reader *r, const uint8_t *line, size_t x, struct pixel *p)
{
    const unsigned most = r->depth == 16 ? 65535 : 255, s = sample(r, line, x * r->per_pixel);
    p->alpha = most;
    if (r->colour_type == PNG_COLOR_TYPE_PALETTE) {
        if ((int)s >= r->n_palette)
            return false;
        p->red = r->palette[s].red;
        p->green = r->palette[s].green;
        p->blue = r->palette[s].blue;
        if ((int)s < r->n_alpha)
            p->alpha = r->alpha[s];
        return true;
    }
    const bool colour = r->colour_type & PNG_COLOR_MASK_COLOR;
    const unsigned spread = r->depth < 8 ? 255u / ((1u << r->depth) - 1) : 1;
    p->red = s * spread;
    p->green = colour ? sample(r, line, x * r->per_pixel + 1) : p->red;
    p->blue = colour ? sample(r, line, x * r->per_pixel + 2) : p->red;
    if (r->colour_type & PNG_COLOR_MASK_ALPHA)
        p->alpha = sample(r, line, x * r->per_pixel + r->per_pixel - 1);
    else if (r->key &&
             (colour ? p->red == r->key->red && p->green == r->key->green && p->blue == r->key->blue : s == r->key->gray))
        p->alpha = 0;
    return true;
}

static int take_pixels(const struct reader *r, uint16_t *levels, size_t channels, struct bz_error *err)
{
    const unsigned most = r->depth == 16 ? 65535 : 255;
    for (size_t y = 0; y < r->height && !bz_stopping_row(y, r->width); y++)
        for (size_t x = 0; x < r->width; x++) {
            struct pixel p;
            if (!read_pixel(r, r->lines[y], x, &p))
                return bz_fail(err, BZ_BAD_INPUT, "PNG: pixel at row %zu, column %zu: its colour is not in the palette of %d",
                               y + 1, x + 1, r->n_palette);
            if (p.alpha != most)
                return bz_fail(err, BZ_BAD_INPUT,
                               "PNG: pixel at row %zu, column %zu is transparent (alpha %u of %u), expected an opaque picture: "
                               "flatten it onto a background first (magick in.png -background black -flatten out.png)",
                               y + 1, x + 1, p.alpha, most);
            if (channels == 3) {
                *levels++ = (uint16_t)p.red;
                *levels++ = (uint16_t)p.green;
                *levels++ = (uint16_t)p.blue;
            } else /* the weights sum to 65536: a grey pixel keeps its level */
                *levels++ = (uint16_t)((19595u * p.red + 38470u * p.green + 7471u * p.blue + 32768u) >> 16);
        }
    return 0;
}

int bz_png_read(uint16_t *levels, unsigned *most, size_t width, size_t height, size_t channels, const void *bytes, size_t size,
                struct bz_error *err)
{
    struct bz_error local;
    struct bz_png_head head;
    err = err ? err : &local;
    if (bz_png_read_head(&head, bytes, size, err) < 0)
        return -1;
    if (head.width != width || head.height != height)
        return bz_fail(err, BZ_BAD_INPUT, "PNG: expected %zux%zu pixels (height x width), found %zux%zu", height, width,
                       head.height, head.width);
    struct reader r = {.bytes = bytes, .size = size, .err = err, .width = width, .height = height};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, failed, no_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL, end = info ? png_create_info_struct(png) : NULL;
    int rc = -1;
    if (!end)
        bz_fail(err, BZ_NO_MEMORY, "PNG: no memory for the decoder");
    else if (inflate_all(&r, png, info, end) == 0)
        rc = bz_png_is(r.bytes + r.at, size - r.at)
                 ? bz_fail(err, BZ_BAD_INPUT, "PNG: another picture follows the first in the same bytes, expected one")
                 : take_pixels(&r, levels, channels, err);
    *most = r.depth == 16 ? 65535 : 255;
    png_destroy_read_struct(&png, &info, &end);
    bz_free(r.samples);
    bz_free(r.lines);
    return rc;
}

int bz_png_read_unit(float *out, size_t width, size_t height, size_t channels, const void *bytes, size_t size,
                     struct bz_error *err)
{
    size_t n;
    unsigned most;
    if (bz_mul(&n, width, height) < 0 || bz_mul(&n, n, channels) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "PNG: %zux%zu pixels are too many", height, width);
    struct bz_png_head head; /* checked before that much memory is allocated */
    if (bz_png_read_head(&head, bytes, size, err) < 0)
        return -1;
    uint16_t *levels = bz_alloc(n, sizeof(*levels), err);
    if (!levels)
        return -1;
    const int rc = bz_png_read(levels, &most, width, height, channels, bytes, size, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        out[i] = bz_level((float)levels[i], (float)most);
    bz_free(levels);
    return rc;
}
