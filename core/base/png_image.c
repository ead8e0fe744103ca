#include "png_image.h"

#include "mem.h"
#include "stop.h"

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

/* The geometry of a picture of tiles, in pixels unless stated otherwise. */
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
    for (size_t i = 0; i < size && !bz_stopping_unit(i, 4); i++) {
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

/* Draws a picture from its rows of units, line by line. */
struct painter {
    struct layout lay;
    const float *rows; /* [n][size] */
    size_t n, size;
    size_t width, height, stride; /* pixels, pixels, bytes */
    enum bz_tone kind;
    struct tone *tone; /* [lay.across], of the tiles that are being drawn; owned */
};

static int painter_begin(struct painter *p, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                         struct bz_error *err)
{
    *p = (struct painter){.rows = rows, .n = n, .size = size, .kind = tiling->tone};
    struct layout *lay = &p->lay;
    if (make_layout(lay, n, size, tiling, err) < 0)
        return -1;
    p->width = lay->across * (lay->tile_width + lay->gap) - lay->gap;
    p->height = lay->down * (lay->tile_height + lay->gap) - lay->gap;
    p->stride = p->width * lay->channels;
    p->tone = bz_alloc(lay->across, sizeof(*p->tone), err);
    return p->tone ? 0 : -1;
}

/* One row of units as pixels at `to`. */
static void draw_line(uint8_t *to, const struct layout *lay, const float *units, size_t n, struct tone tone)
{
    for (size_t x = 0; x < n; x++)
        for (size_t s = 0; s < lay->scale; s++)
            for (size_t c = 0; c < lay->channels; c++)
                *to++ = level(units[x * lay->channels + c], tone);
}

/* Line y of the picture at line[stride]; the lines before it have been drawn, and `before` is the last of them (or the same
 * place). */
static void paint(struct painter *p, size_t y, uint8_t *line, const uint8_t *before)
{
    const struct layout *lay = &p->lay;
    const size_t pitch = lay->tile_height + lay->gap, first = y / pitch * lay->across, inside = y % pitch;
    const size_t per_line = lay->units_wide * lay->channels, from = inside / lay->scale * per_line;
    if (inside < lay->tile_height && inside % lay->scale) {
        memmove(line, before, p->stride);
        return;
    }
    memset(line, 0, p->stride);
    if (inside >= lay->tile_height || from >= p->size)
        return;
    const size_t rest = (p->size - from) / lay->channels, units = rest < lay->units_wide ? rest : lay->units_wide;
    for (size_t a = 0; a < lay->across && first + a < p->n; a++) {
        const float *row = p->rows + (first + a) * p->size;
        if (inside == 0)
            p->tone[a] = tone_of(row, p->size, p->kind);
        draw_line(line + a * (lay->tile_width + lay->gap) * lay->channels, lay, row + from, units, p->tone[a]);
    }
}

int bz_picture_tiles(struct bz_picture *out, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                     struct bz_error *err)
{
    struct painter p;
    uint8_t *pixels = NULL;
    if (painter_begin(&p, rows, n, size, tiling, err) == 0)
        pixels = bz_alloc(p.height, p.stride, err);
    for (size_t y = 0; pixels && y < p.height; y++)
        paint(&p, y, pixels + y * p.stride, pixels + (y ? y - 1 : 0) * p.stride);
    bz_free(p.tone);
    if (!pixels)
        return -1;
    *out = (struct bz_picture){.width = p.width,
                               .height = p.height,
                               .channels = p.lay.channels,
                               .pixels = pixels,
                               .down = p.lay.down,
                               .across = p.lay.across};
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
    if (message[0]) /* otherwise the allocator has reported it */
        bz_fail(s->err, BZ_NO_MEMORY, "png: %s", message);
    png_longjmp(png, 1);
}

static void no_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* An encoder at work. */
struct encoder {
    png_structp png;
    png_infop info;
    struct sink sink;
};

static int encoder_begin(struct encoder *e, struct bz_error *err)
{
    *e = (struct encoder){.sink.err = err};
    e->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &e->sink, failed, no_warning);
    e->info = e->png ? png_create_info_struct(e->png) : NULL;
    return e->info ? 0 : bz_fail(err, BZ_NO_MEMORY, "png: no memory for the encoder");
}

static void encoder_end(struct encoder *e)
{
    png_destroy_write_struct(&e->png, &e->info);
    bz_drop(&e->sink.bytes);
}

/* chunk: bytes written at a time; 0 = libpng's default, a few thousand. */
static int encode_head(struct encoder *e, size_t width, size_t height, size_t channels, size_t chunk)
{
    if (setjmp(png_jmpbuf(e->png)))
        return -1;
    png_set_write_fn(e->png, &e->sink, sink_write, sink_flush);
    png_set_IHDR(e->png, e->info, (png_uint_32)width, (png_uint_32)height, 8,
                 channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(e->png, 4);
    if (chunk)
        png_set_compression_buffer_size(e->png, chunk);
    png_write_info(e->png, e->info);
    return 0;
}

/* The next n lines; is_end: of the picture. */
static int encode_lines(struct encoder *e, const uint8_t *pixels, size_t n, size_t stride, bool is_end)
{
    if (setjmp(png_jmpbuf(e->png)))
        return -1;
    for (size_t y = 0; y < n; y++)
        png_write_row(e->png, pixels + y * stride);
    if (is_end)
        png_write_end(e->png, NULL);
    return 0;
}

int bz_png_encode(uint8_t **png, size_t *size, const struct bz_picture *p, struct bz_error *err)
{
    struct bz_error local;
    struct encoder e;
    int rc = encoder_begin(&e, err ? err : &local);
    if (rc == 0)
        rc = encode_head(&e, p->width, p->height, p->channels, 0);
    if (rc == 0)
        rc = encode_lines(&e, p->pixels, p->height, p->width * p->channels, true);
    if (rc == 0) {
        *png = e.sink.bytes;
        *size = e.sink.size;
        e.sink.bytes = NULL;
    }
    encoder_end(&e);
    return rc;
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

/* --- line by line --- */

/* A picture of one colour is deflated to a thousandth: each flush after this many bytes of pixels yields some 80 bytes, so a
 * chunk goes out after seven. */
enum { FLUSH_AFTER = BZ_PNG_EFFORT / 8, SMALL_CHUNK = 512 };

struct bz_png_lines {
    struct painter painter;
    struct encoder encoder;
    uint8_t *line; /* [painter.stride]; owned */
};

int bz_png_lines_new(struct bz_png_lines **out, const float *rows, size_t n, size_t row_size, const struct bz_tiling *tiling,
                     struct bz_error *err)
{
    struct bz_png_lines *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    struct painter *p = &l->painter;
    if (painter_begin(p, rows, n, row_size, tiling, err) < 0 || !(l->line = bz_alloc(p->stride, 1, err)) ||
        encoder_begin(&l->encoder, err) < 0 ||
        encode_head(&l->encoder, p->width, p->height, p->lay.channels, SMALL_CHUNK) < 0) {
        bz_png_lines_free(l);
        return -1;
    }
    png_set_flush(l->encoder.png, p->stride < FLUSH_AFTER ? (int)(FLUSH_AFTER / p->stride) : 1);
    *out = l;
    return 0;
}

struct bz_picture bz_png_lines_picture(const struct bz_png_lines *l)
{
    const struct painter *p = &l->painter;
    return (struct bz_picture){
        .width = p->width, .height = p->height, .channels = p->lay.channels, .down = p->lay.down, .across = p->lay.across};
}

const uint8_t *bz_png_lines_next(struct bz_png_lines *l, size_t y, size_t *size, struct bz_error *err)
{
    struct sink *sink = &l->encoder.sink;
    sink->err = err;
    if (y)
        sink->size = 0;
    paint(&l->painter, y, l->line, l->line);
    if (encode_lines(&l->encoder, l->line, 1, l->painter.stride, y + 1 == l->painter.height) < 0)
        return NULL;
    *size = sink->size;
    return sink->bytes;
}

void bz_png_lines_free(struct bz_png_lines *l)
{
    if (!l)
        return;
    encoder_end(&l->encoder);
    bz_free_all(l->line, l->painter.tone, l);
}
