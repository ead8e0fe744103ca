/* PNG files of every kind that libpng writes, read as levels; what cannot be read as levels is refused, with its position. */
#include "mem.h"
#include "png_image.h"
#include "test.h"

#include <png.h>
#include <string.h>

/* A file to write: samples are as stored, one uint16 each. */
struct kind {
    int colour_type, depth;
    const png_color *palette;
    int n_palette;
    const png_byte *alpha; /* of the palette */
    int n_alpha;
    const png_color_16 *key;
    bool interlaced, gamma, animated;
};

struct file {
    uint8_t bytes[1 << 16];
    size_t size;
};

static void put(png_structp png, png_bytep from, size_t n)
{
    struct file *f = png_get_io_ptr(png);
    assert_true(n <= sizeof(f->bytes) - f->size);
    memcpy(f->bytes + f->size, from, n);
    f->size += n;
}

static void put_info(png_structp png, png_infop info, const struct kind *k)
{
    if (k->palette)
        png_set_PLTE(png, info, k->palette, k->n_palette);
    if (k->alpha)
        png_set_tRNS(png, info, k->alpha, k->n_alpha, NULL);
    if (k->key)
        png_set_tRNS(png, info, NULL, 0, k->key);
    if (k->gamma)
        png_set_gAMA(png, info, 0.45455);
    png_write_info(png, info);
    if (k->animated)
        png_write_chunk(png, (png_const_bytep) "acTL", (png_const_bytep) "\0\0\0\2\0\0\0\0", 8);
}

/* samples[height][width][channels of the colour type] */
static void write_png(struct file *f, const struct kind *k, const uint16_t *samples, size_t width, size_t height)
{
    f->size = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, f, put, NULL);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, k->depth, k->colour_type,
                 k->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    put_info(png, info, k);
    png_set_packing(png);
    const size_t per_line = width * png_get_channels(png, info), wide = k->depth == 16 ? 2 : 1;
    png_byte *lines[16], *all = calloc(height, per_line * wide);
    for (size_t i = 0; i < height * per_line; i++) {
        all[wide * i] = (png_byte)(wide == 2 ? samples[i] >> 8 : samples[i]);
        if (wide == 2)
            all[2 * i + 1] = (png_byte)samples[i];
    }
    for (size_t y = 0; y < height; y++)
        lines[y] = all + y * per_line * wide;
    png_set_interlace_handling(png);
    png_write_image(png, lines);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(all);
}

static void expect_levels(const struct file *f, size_t width, size_t height, size_t channels, const unsigned *want,
                          unsigned want_most)
{
    uint16_t levels[256];
    float values[256];
    unsigned most = 0;
    struct bz_error err;
    if (bz_png_read(levels, &most, width, height, channels, f->bytes, f->size, &err) < 0 ||
        bz_png_read_unit(values, width, height, channels, f->bytes, f->size, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(most, want_most);
    for (size_t i = 0; i < width * height * channels; i++) {
        if (levels[i] != want[i])
            fail_msg("level %zu is %u, want %u", i, levels[i], want[i]);
        assert_true(values[i] == (float)want[i] / (float)want_most);
    }
}

static void expect_refusal(const struct file *f, size_t width, size_t height, enum bz_code code, const char *words)
{
    uint16_t levels[256];
    unsigned most;
    struct bz_error err;
    assert_int_equal(bz_png_read(levels, &most, width, height, 1, f->bytes, f->size, &err), -1);
    if (err.code != code || !strstr(err.msg, words))
        fail_msg("code %d, '%s', want '%s'", err.code, err.msg, words);
}

/* 9 x 5 pixels: an odd size, so that none of the seven interlacing passes is empty. */
enum { W = 9, H = 5 };

static void grey_of_every_depth_is_spread_over_the_levels(void **state)
{
    (void)state;
    static const struct {
        int depth;
        unsigned spread, most;
    } depths[] = {{1, 255, 255}, {2, 85, 255}, {4, 17, 255}, {8, 1, 255}, {16, 1, 65535}};
    for (size_t d = 0; d < 5; d++)
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            uint16_t samples[W * H];
            unsigned want[W * H];
            for (unsigned i = 0; i < W * H; i++) {
                samples[i] = (uint16_t)(i * 1459u & ((1u << depths[d].depth) - 1));
                want[i] = samples[i] * depths[d].spread;
            }
            struct file f;
            write_png(
                &f,
                &(struct kind){
                    .colour_type = PNG_COLOR_TYPE_GRAY, .depth = depths[d].depth, .interlaced = interlaced, .gamma = true},
                samples, W, H);
            struct bz_png_head head;
            struct bz_error err;
            assert_int_equal(bz_png_read_head(&head, f.bytes, f.size, &err), 0);
            assert_int_equal(head.width, W);
            assert_int_equal(head.height, H);
            assert_int_equal(head.depth, depths[d].depth);
            expect_levels(&f, W, H, 1, want, depths[d].most);
        }
}

static void colours_become_luminance_and_grey_ones_keep_their_level(void **state)
{
    (void)state;
    const uint16_t rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 7, 7, 7, 10, 20, 30};
    const unsigned grey[] = {76, 150, 29, 255, 7, 18}; /* Pillow 9.4.0: Image.convert("L") */
    unsigned same[18];
    struct file f;
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_RGB, .depth = 8}, rgb, 3, 2);
    expect_levels(&f, 3, 2, 1, grey, 255);
    for (size_t i = 0; i < 18; i++)
        same[i] = rgb[i];
    expect_levels(&f, 3, 2, 3, same, 255);
    const uint16_t deep[] = {65535, 65535, 65535, 1, 1, 1};
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_RGB, .depth = 16}, deep, 2, 1);
    expect_levels(&f, 2, 1, 1, (const unsigned[]){65535, 1}, 65535);
}

static void palettes_are_resolved_whatever_their_order(void **state)
{
    (void)state;
    const png_color white_first[] = {{255, 255, 255}, {0, 0, 0}}, with_unused[] = {{1, 2, 3}, {0, 0, 0}, {255, 255, 255}};
    const png_byte unused_is_clear[] = {0};
    const uint16_t index[] = {0, 1, 1, 0}, shifted[] = {2, 1, 1, 2};
    const unsigned want[] = {255, 0, 0, 255};
    for (int depth = 1; depth <= 8; depth *= 2) {
        struct file f;
        write_png(&f,
                  &(struct kind){.colour_type = PNG_COLOR_TYPE_PALETTE, .depth = depth, .palette = white_first, .n_palette = 2},
                  index, 2, 2);
        expect_levels(&f, 2, 2, 1, want, 255);
        if (depth == 1)
            continue;
        write_png(&f,
                  &(struct kind){.colour_type = PNG_COLOR_TYPE_PALETTE,
                                 .depth = depth,
                                 .palette = with_unused,
                                 .n_palette = 3,
                                 .alpha = unused_is_clear,
                                 .n_alpha = 1},
                  shifted, 2, 2);
        expect_levels(&f, 2, 2, 1, want, 255); /* the transparent entry is not used */
        write_png(&f,
                  &(struct kind){.colour_type = PNG_COLOR_TYPE_PALETTE,
                                 .depth = depth,
                                 .palette = with_unused,
                                 .n_palette = 3,
                                 .alpha = unused_is_clear,
                                 .n_alpha = 1},
                  index, 2, 2);
        expect_refusal(&f, 2, 2, BZ_BAD_INPUT, "row 1, column 1 is transparent (alpha 0 of 255)");
    }
}

static void an_opaque_alpha_passes_and_any_transparency_is_refused_by_its_place(void **state)
{
    (void)state;
    struct file f;
    const uint16_t opaque[] = {9, 9, 9, 255, 0, 0, 0, 255}, ink[] = {0, 0, 0, 255, 0, 0, 0, 254};
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8}, opaque, 2, 1);
    expect_levels(&f, 2, 1, 1, (const unsigned[]){9, 0}, 255);
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8}, ink, 2, 1);
    expect_refusal(&f, 2, 1, BZ_BAD_INPUT, "row 1, column 2 is transparent (alpha 254 of 255)");
    expect_refusal(&f, 2, 1, BZ_BAD_INPUT, "flatten");
    const uint16_t deep[] = {500, 65535, 600, 65535}, grey[] = {3, 0, 3, 1};
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY_ALPHA, .depth = 16}, deep, 2, 1);
    expect_levels(&f, 2, 1, 1, (const unsigned[]){500, 600}, 65535);
    const png_color_16 key = {.gray = 1}, absent = {.gray = 2}, red = {.red = 9, .green = 9, .blue = 9};
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY, .depth = 2, .key = &absent}, grey, 4, 1);
    expect_levels(&f, 4, 1, 1, (const unsigned[]){255, 0, 255, 85}, 255);
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY, .depth = 2, .key = &key}, grey, 4, 1);
    expect_refusal(&f, 4, 1, BZ_BAD_INPUT, "row 1, column 4 is transparent");
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_RGB, .depth = 8, .key = &red}, (const uint16_t[]){9, 9, 9}, 1,
              1);
    expect_refusal(&f, 1, 1, BZ_BAD_INPUT, "row 1, column 1 is transparent");
}

static void another_size_an_animation_and_damage_are_refused(void **state)
{
    (void)state;
    struct file f, cut;
    const uint16_t samples[W * H] = {0};
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY, .depth = 8}, samples, W, H);
    expect_refusal(&f, H, W, BZ_BAD_INPUT, "expected 9x5 pixels (height x width), found 5x9");
    for (size_t n = 0; n + 12 < f.size; n++) { /* the end chunk may be missing only where libpng allows it */
        cut = f;
        cut.size = n;
        struct bz_error err;
        uint16_t levels[W * H];
        unsigned most;
        assert_int_equal(bz_png_read(levels, &most, W, H, 1, cut.bytes, cut.size, &err), -1);
        assert_int_equal(err.code, BZ_BAD_INPUT);
    }
    cut = f;
    cut.bytes[17] = 1; /* 65545 pixels wide */
    expect_refusal(&cut, W, H, BZ_TOO_LARGE, "5x65545 pixels");
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY, .depth = 8, .animated = true}, samples, W, H);
    expect_refusal(&f, W, H, BZ_UNSUPPORTED, "animation");
}

/* libpng's writer refuses such a file, so the index is written before the palette is shortened. */
static void a_colour_that_the_palette_lacks_is_refused(void **state)
{
    (void)state;
    struct file f;
    const png_color two[] = {{255, 255, 255}, {0, 0, 0}};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    f.size = 0;
    png_set_write_fn(png, &f, put, NULL);
    png_set_check_for_invalid_index(png, 0);
    png_set_IHDR(png, info, 2, 1, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, two, 2);
    png_write_info(png, info);
    png_write_row(png, (png_const_bytep) "\1\2");
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    expect_refusal(&f, 2, 1, BZ_BAD_INPUT, "row 1, column 2: its colour is not in the palette of 2");
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    struct file f;
    const uint16_t samples[W * H] = {0};
    float values[W * H];
    write_png(&f, &(struct kind){.colour_type = PNG_COLOR_TYPE_GRAY, .depth = 8}, samples, W, H);
    long n = 0;
    for (int rc = -1; rc < 0; n++) {
        struct bz_error err;
        bz_alloc_fail_at(n);
        rc = bz_png_read_unit(values, W, H, 1, f.bytes, f.size, &err);
        bz_alloc_fail_at(-1);
        if (rc < 0)
            assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_int_equal(n, 4); /* levels, samples, lines; then none fails */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grey_of_every_depth_is_spread_over_the_levels),
        cmocka_unit_test(colours_become_luminance_and_grey_ones_keep_their_level),
        cmocka_unit_test(palettes_are_resolved_whatever_their_order),
        cmocka_unit_test(an_opaque_alpha_passes_and_any_transparency_is_refused_by_its_place),
        cmocka_unit_test(another_size_an_animation_and_damage_are_refused),
        cmocka_unit_test(a_colour_that_the_palette_lacks_is_refused),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
