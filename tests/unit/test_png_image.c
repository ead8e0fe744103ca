/* Pictures: decoded by libpng's own simplified reader, pixel by pixel. */
#include "mem.h"
#include "png_image.h"
#include "test.h"

#include <png.h>
#include <string.h>

/* Decodes into *pixels (owned by the caller, free); channels as stored. */
static void decode(const uint8_t *png, size_t size, size_t *width, size_t *height, size_t *channels, uint8_t **pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_memory(&image, png, size));
    *channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    image.format = *channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    *width = image.width;
    *height = image.height;
    *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_true(png_image_finish_read(&image, NULL, *pixels, 0, NULL));
}

/* Takes a picture through the encoder and back. */
struct shown {
    size_t width, height, channels;
    uint8_t *pixels;
};

static struct shown show(const float *rows, size_t n, size_t size, const struct bz_tiling *t)
{
    struct shown s;
    struct bz_error err;
    uint8_t *png;
    size_t bytes;
    if (bz_png_tiles(&png, &bytes, rows, n, size, t, &err) < 0)
        fail_msg("%s", err.msg);
    decode(png, bytes, &s.width, &s.height, &s.channels, &s.pixels);
    bz_free(png);
    return s;
}

static void a_tile_has_its_units_where_its_shape_says(void **state)
{
    (void)state;
    const float row[6] = {0, 0.2f, 0.4f, 0.6f, 0.8f, 1};
    struct shown s = show(row, 1, 6, &(struct bz_tiling){.shape = {2, 3}, .rank = 2, .scale = 2});
    assert_int_equal(s.width, 6);
    assert_int_equal(s.height, 4);
    assert_int_equal(s.channels, 1);
    for (size_t y = 0; y < 4; y++)
        for (size_t x = 0; x < 6; x++)
            assert_int_equal(s.pixels[y * 6 + x], (int)((y / 2 * 3 + x / 2) * 51));
    free(s.pixels);
}

static void tiles_stand_in_rows_with_a_black_pixel_between(void **state)
{
    (void)state;
    float rows[5 * 4];
    for (int i = 0; i < 20; i++)
        rows[i] = 1;
    struct shown s = show(rows, 5, 4, &(struct bz_tiling){.shape = {2, 2}, .rank = 2, .scale = 1, .gap = 1});
    assert_int_equal(s.width, 8); /* 3 tiles of 2 and 2 gaps */
    assert_int_equal(s.height, 5);
    for (size_t y = 0; y < 5; y++)
        for (size_t x = 0; x < 8; x++) {
            const int gap = x % 3 == 2 || y % 3 == 2, there = y / 3 * 3 + x / 3 < 5;
            assert_int_equal(s.pixels[y * 8 + x], !gap && there ? 255 : 0);
        }
    free(s.pixels);
    s = show(rows, 5, 4, &(struct bz_tiling){.shape = {2, 2}, .rank = 2, .scale = 1, .columns = 5, .gap = 1});
    assert_int_equal(s.width, 14);
    assert_int_equal(s.height, 2);
    free(s.pixels);
    s = show(rows, 5, 4, &(struct bz_tiling){.shape = {2, 2}, .rank = 2, .scale = 1, .gap = 0});
    assert_int_equal(s.width, 6);
    assert_int_equal(s.height, 4);
    free(s.pixels);
    s = show(rows, 5, 4, &(struct bz_tiling){.shape = {2, 2}, .rank = 2, .scale = 1, .gap = 3});
    assert_int_equal(s.width, 12);
    assert_int_equal(s.height, 7);
    free(s.pixels);
}

static void units_without_a_shape_make_a_near_square(void **state)
{
    (void)state;
    const float row[7] = {1, 1, 1, 1, 1, 1, 1};
    struct shown s = show(row, 1, 7, &(struct bz_tiling){.scale = 1});
    assert_int_equal(s.width, 3);
    assert_int_equal(s.height, 3);
    assert_int_equal(s.pixels[6], 255);
    assert_int_equal(s.pixels[7], 0); /* there is no eighth unit */
    free(s.pixels);
}

static void three_channels_are_a_colour_picture(void **state)
{
    (void)state;
    const float row[6] = {1, 0, 0, 0, 0, 1};
    struct shown s = show(row, 1, 6, &(struct bz_tiling){.shape = {1, 2, 3}, .rank = 3, .scale = 1});
    assert_int_equal(s.channels, 3);
    assert_int_equal(s.width, 2);
    for (int i = 0; i < 6; i++)
        assert_int_equal(s.pixels[i], row[i] > 0 ? 255 : 0);
    free(s.pixels);
}

static void values_become_grey_by_the_tone(void **state)
{
    (void)state;
    const float row[4] = {-2, 0, 1, 2}, wild[4] = {NAN, -INFINITY, INFINITY, 0.5f}, flat[4] = {3, 3, 3, 3};
    static const struct {
        enum bz_tone tone;
        uint8_t want[4];
    } tones[] = {{BZ_TONE_UNIT, {0, 0, 255, 255}}, {BZ_TONE_RANGE, {0, 128, 191, 255}}, {BZ_TONE_BALANCED, {0, 128, 191, 255}}};
    struct bz_tiling t = {.shape = {1, 4}, .rank = 2, .scale = 1};
    for (size_t i = 0; i < 3; i++) {
        t.tone = tones[i].tone;
        struct shown s = show(row, 1, 4, &t);
        assert_memory_equal(s.pixels, tones[i].want, 4);
        free(s.pixels);
        s = show(flat, 1, 4, &t); /* nothing to stretch */
        free(s.pixels);
        s = show(wild, 1, 4, &t);
        free(s.pixels);
    }
}

static void a_scale_is_chosen_for_small_tiles(void **state)
{
    (void)state;
    float row[784] = {0};
    struct shown s = show(row, 1, 784, &(struct bz_tiling){.shape = {28, 28}, .rank = 2});
    assert_int_equal(s.width, 56);
    free(s.pixels);
    s = show(row, 1, 1, &(struct bz_tiling){.scale = 0});
    assert_true(s.width >= 8 && s.width <= 64);
    free(s.pixels);
}

static void a_picture_that_would_be_too_large_is_refused(void **state)
{
    (void)state;
    const float row[4] = {0};
    static const struct bz_tiling wrong[] = {
        {.shape = {2, 2}, .rank = 2, .scale = 100000},
        {.shape = {2, 2}, .rank = 2, .scale = SIZE_MAX},
        {.shape = {1, 4}, .rank = 2, .scale = 4097},
    };
    struct bz_error err;
    struct bz_picture p;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(bz_picture_tiles(&p, row, 1, 4, &wrong[i], &err), -1);
        assert_int_equal(err.code, BZ_TOO_LARGE);
    }
    const struct bz_tiling many = {.shape = {2, 2}, .rank = 2, .scale = 1, .columns = 1, .gap = 1};
    assert_int_equal(bz_picture_tiles(&p, row, 6000, 4, &many, &err), -1); /* refused before a row is read */
    assert_int_equal(err.code, BZ_TOO_LARGE);
    assert_int_equal(bz_picture_tiles(&p, row, 0, 4, &many, &err), -1);
}

static void line_by_line_it_is_the_same_picture(void **state)
{
    enum { N = 70, SIZE = 27 };
    static const struct bz_tiling tilings[] = {
        {.shape = {3, 9}, .rank = 2, .scale = 1},
        {.shape = {3, 9}, .rank = 2, .scale = 3, .gap = 2, .tone = BZ_TONE_RANGE},
        {.shape = {3, 3, 3}, .rank = 3, .scale = 2, .gap = 1, .columns = 3},
        {.shape = {3, 9}, .rank = 2, .scale = 64, .columns = 10, .gap = 1},
        {.scale = 40, .columns = 7, .gap = 5, .tone = BZ_TONE_BALANCED}, /* a grid of 6x5, three units short */
    };
    static float rows[N * SIZE]; /* the last tiles are black */
    (void)state;
    for (size_t i = 0; i < 35 * SIZE; i++)
        rows[i] = (float)(i * 7 % 31) / 30 - (float)(i % 3) / 4;
    for (size_t k = 0; k < sizeof(tilings) / sizeof(tilings[0]); k++) {
        struct shown want = show(rows, N, SIZE, &tilings[k]), got;
        struct bz_png_lines *l;
        struct bz_error err;
        uint8_t *png = malloc(4 << 20);
        size_t size = 0, silent = 0;
        assert_int_equal(bz_png_lines_new(&l, rows, N, SIZE, &tilings[k], &err), 0);
        const struct bz_picture whole = bz_png_lines_picture(l);
        const size_t stride = whole.width * whole.channels;
        for (size_t y = 0; y < whole.height; y++) {
            size_t n;
            const uint8_t *bytes = bz_png_lines_next(l, y, &n, &err);
            assert_non_null(bytes);
            memcpy(png + size, bytes, n);
            size += n;
            silent = n ? 0 : silent + stride;
            assert_true(silent < BZ_PNG_EFFORT); /* the most work allowed before something can be sent */
        }
        bz_png_lines_free(l);
        decode(png, size, &got.width, &got.height, &got.channels, &got.pixels);
        assert_int_equal(got.width, want.width);
        assert_int_equal(got.height, want.height);
        assert_int_equal(got.channels, want.channels);
        assert_memory_equal(got.pixels, want.pixels, stride * whole.height);
        free(got.pixels);
        free(want.pixels);
        free(png);
    }
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    float row[784] = {0};
    int rc = -1;
    long n = 0;
    for (; rc < 0; n++) {
        struct bz_error err;
        uint8_t *png;
        size_t size;
        bz_alloc_fail_at(n);
        rc = bz_png_tiles(&png, &size, row, 1, 784, &(struct bz_tiling){.scale = 8}, &err);
        bz_alloc_fail_at(-1);
        if (rc == 0)
            bz_free(png);
        else
            assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_true(n > 2);
    rc = -1;
    for (n = 0; rc < 0; n++) {
        struct bz_error err = {0};
        struct bz_png_lines *l = NULL;
        bz_alloc_fail_at(n);
        rc = bz_png_lines_new(&l, row, 1, 784, &(struct bz_tiling){.scale = 8}, &err);
        bz_alloc_fail_at(-1);
        bz_png_lines_free(l);
        assert_true(rc == 0 || err.code == BZ_NO_MEMORY);
    }
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tile_has_its_units_where_its_shape_says),
        cmocka_unit_test(tiles_stand_in_rows_with_a_black_pixel_between),
        cmocka_unit_test(units_without_a_shape_make_a_near_square),
        cmocka_unit_test(three_channels_are_a_colour_picture),
        cmocka_unit_test(values_become_grey_by_the_tone),
        cmocka_unit_test(a_scale_is_chosen_for_small_tiles),
        cmocka_unit_test(a_picture_that_would_be_too_large_is_refused),
        cmocka_unit_test(line_by_line_it_is_the_same_picture),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
