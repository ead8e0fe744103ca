#include "png_image.h"

#include "mem.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

enum { WANTED_TILE = 56, MAX_SCALE = 64 };

void bz_picture_free(struct bz_picture *p)
{
    if (!p)
        return;
    bz_free(p->pixels);
    *p = (struct bz_picture){0};
}

/* --- rows as tiles --- */

/* Where things are in a picture of tiles, in pixels unless said otherwise. */
struct layout {
    size_t units_high, units_wide, channels; /* of a tile, in units */
    size_t scale, gap;
    size_t tile_height, tile_width;
    size_t down, across; /* tiles */
};

/* The least r with r * r >= n. */
static size_t root_up(size_t n)
{
    size_t low = 0, high = (size_t)1 << 32;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (middle * middle >= n)
            high = middle;
        else
            low = middle;
    }
    return n <= 1 ? n : high;
}

static void tile_shape(struct layout *lay, size_t size, const struct bz_tiling *t)
{
    size_t product = 1;
    for (size_t d = 0; d < t->rank; d++)
        if (bz_mul(&product, product, t->shape[d]) < 0)
            product = 0;
    lay->channels = 1;
    if (product == size && (t->rank == 2 || (t->rank == 3 && (t->shape[2] == 3 || t->shape[2] == 1)))) {
        lay->units_high = t->shape[0];
        lay->units_wide = t->shape[1];
        lay->channels = t->rank == 3 ? t->shape[2] : 1;
        return;
    }
    lay->units_wide = root_up(size);
    lay->units_high = (size + lay->units_wide - 1) / lay->units_wide;
}

static int make_layout(struct layout *lay, size_t n, size_t size, const struct bz_tiling *t, struct bz_error *err)
{
    if (n == 0 || size == 0)
        return bz_fail(err, BZ_BAD_INPUT, "picture: %zu rows of %zu units, expected at least one of each", n, size);
    tile_shape(lay, size, t);
    lay->scale = t->scale;
    lay->gap = t->gap;
    if (lay->scale == 0) {
        lay->scale = WANTED_TILE / lay->units_high;
        lay->scale = lay->scale < 1 ? 1 : lay->scale > MAX_SCALE ? MAX_SCALE : lay->scale;
    }
    lay->across = t->columns ? t->columns : root_up(n);
    if (lay->across > n)
        lay->across = n;
    lay->down = (n + lay->across - 1) / lay->across;
    const size_t most = BZ_MAX_PICTURE_SIDE;
    if (lay->scale > most || lay->units_high > most / lay->scale || lay->units_wide > most / lay->scale || lay->across > most ||
        lay->down > most || lay->gap > most)
        return bz_fail(err, BZ_TOO_LARGE,
                       "picture: %zu tiles of %zux%zu units, %zu pixels each, are more than %zu pixels a side", n,
                       lay->units_high, lay->units_wide, lay->scale, most);
    lay->tile_height = lay->units_high * lay->scale;
    lay->tile_width = lay->units_wide * lay->scale;
    const size_t height = lay->down * (lay->tile_height + lay->gap) - lay->gap,
                 width = lay->across * (lay->tile_width + lay->gap) - lay->gap;
    if (height > most || width > most || height * width * lay->channels > BZ_MAX_PICTURE_BYTES)
        return bz_fail(err, BZ_TOO_LARGE, "picture: %zux%zu pixels, at most %zu a side and %zu bytes", height, width, most,
                       BZ_MAX_PICTURE_BYTES);
    return 0;
}

/* Grey level = clip(value * gain + bias) of a tile's values. */
struct tone {
    double gain, bias;
};

static struct tone tone_of(const float *row, size_t size, enum bz_tone kind)
{
    if (kind == BZ_TONE_UNIT)
        return (struct tone){255, 0};
    double least = 0, largest = 0;
    for (size_t i = 0; i < size; i++) {
        const double x = (double)row[i];
        least = i == 0 || x < least ? x : least;
        largest = i == 0 || x > largest ? x : largest;
    }
    if (kind == BZ_TONE_BALANCED) {
        const double most = largest > -least ? largest : -least;
        return (struct tone){most > 0 ? 127.5 / most : 0, 127.5};
    }
    const double gain = largest > least ? 255 / (largest - least) : 0;
    return (struct tone){gain, gain > 0 ? -least * gain : 127.5};
}

static uint8_t level(float value, struct tone tone)
{
    const double x = (double)value * tone.gain + tone.bias;
    return x >= 255 ? 255 : x > 0 ? (uint8_t)(x + 0.5) : 0; /* NaN is black */
}

/* One row of units as `scale` rows of pixels at `to`. */
static void draw_line(uint8_t *to, size_t stride, const struct layout *lay, const float *units, size_t n, struct tone tone)
{
    for (size_t x = 0; x < n; x++)
        for (size_t s = 0; s < lay->scale; s++)
            for (size_t c = 0; c < lay->channels; c++)
                to[(x * lay->scale + s) * lay->channels + c] = level(units[x * lay->channels + c], tone);
    for (size_t s = 1; s < lay->scale; s++)
        memcpy(to + s * stride, to, n * lay->scale * lay->channels);
}

int bz_picture_tiles(struct bz_picture *out, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                     struct bz_error *err)
{
    struct layout lay = {0};
    if (make_layout(&lay, n, size, tiling, err) < 0)
        return -1;
    struct bz_picture p = {
        .width = lay.across * (lay.tile_width + lay.gap) - lay.gap,
        .height = lay.down * (lay.tile_height + lay.gap) - lay.gap,
        .channels = lay.channels,
        .down = lay.down,
        .across = lay.across,
    };
    const size_t stride = p.width * p.channels;
    p.pixels = bz_alloc(p.height, stride, err);
    if (!p.pixels)
        return -1;
    for (size_t r = 0; r < n; r++) {
        const float *row = rows + r * size;
        const struct tone tone = tone_of(row, size, tiling->tone);
        const size_t top = r / lay.across * (lay.tile_height + lay.gap), left = r % lay.across * (lay.tile_width + lay.gap);
        const size_t per_line = lay.units_wide * lay.channels;
        for (size_t y = 0; y < lay.units_high && y * per_line < size; y++) {
            const size_t rest = (size - y * per_line) / lay.channels;
            draw_line(p.pixels + (top + y * lay.scale) * stride + left * p.channels, stride, &lay, row + y * per_line,
                      rest < lay.units_wide ? rest : lay.units_wide, tone);
        }
    }
    *out = p;
    return 0;
}

/* --- PNG --- */

/* What libpng's callbacks write to. */
struct sink {
    uint8_t *bytes;
    size_t size, room;
    struct bz_error *err;
};

static void sink_write(png_structp png, png_bytep bytes, size_t n)
{
    struct sink *s = png_get_io_ptr(png);
    if (n > s->room - s->size) {
        const size_t room = (s->room + n) * 2;
        uint8_t *grown = bz_alloc(room, 1, s->err);
        if (!grown)
            png_error(png, "");
        if (s->size > 0)
            memcpy(grown, s->bytes, s->size);
        bz_free(s->bytes);
        s->bytes = grown;
        s->room = room;
    }
    memcpy(s->bytes + s->size, bytes, n);
    s->size += n;
}

static void sink_flush(png_structp png)
{
    (void)png;
}

static void failed(png_structp png, png_const_charp message)
{
    struct sink *s = png_get_error_ptr(png);
    if (message[0]) /* else the allocator has said it */
        bz_fail(s->err, BZ_NO_MEMORY, "png: %s", message);
    png_longjmp(png, 1);
}

static void no_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static int encode(struct sink *s, png_structp png, png_infop info, const struct bz_picture *p)
{
    if (setjmp(png_jmpbuf(png)))
        return -1;
    png_set_write_fn(png, s, sink_write, sink_flush);
    png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
                 p->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 4);
    png_write_info(png, info);
    for (size_t y = 0; y < p->height; y++)
        png_write_row(png, p->pixels + y * p->width * p->channels);
    png_write_end(png, NULL);
    return 0;
}

int bz_png_encode(uint8_t **png, size_t *size, const struct bz_picture *p, struct bz_error *err)
{
    struct bz_error local;
    struct sink s = {.err = err ? err : &local};
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, &s, failed, no_warning);
    png_infop info = writer ? png_create_info_struct(writer) : NULL;
    int rc = -1;
    if (info)
        rc = encode(&s, writer, info, p);
    else
        bz_fail(err, BZ_NO_MEMORY, "png: no memory for the encoder");
    png_destroy_write_struct(&writer, &info);
    if (rc < 0) {
        bz_free(s.bytes);
        return -1;
    }
    *png = s.bytes;
    *size = s.size;
    return 0;
}

int bz_png_tiles(uint8_t **png, size_t *size, const float *rows, size_t n, size_t row_size, const struct bz_tiling *tiling,
                 struct bz_error *err)
{
    struct bz_picture p;
    if (bz_picture_tiles(&p, rows, n, row_size, tiling, err) < 0)
        return -1;
    const int rc = bz_png_encode(png, size, &p, err);
    bz_picture_free(&p);
    return rc;
}
