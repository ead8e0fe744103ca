/* Grey levels are quotients of floats, rounded once, whatever form they come in: files and requests agree to the bit. */
#include "columns.h"
#include "data_case.h"
#include "npy.h"
#include "png_image.h"
#include "tables.h"
#include "test.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 256, SIDE = 16, DEEP = 256 }; /* all levels of 8 bits in 16 x 16 pixels, of 16 bits in 256 x 256 */

static struct bz_error err;

static float quotient(unsigned level, unsigned most)
{
    volatile float x = (float)level, d = (float)most; /* volatile, so that no constant is folded and no reciprocal taken */
    return x / d;
}

static void read_row(const struct train_data *d, size_t part, float *out)
{
    train_part_read(&d->parts[part], NULL, 1, NULL, out, NULL);
}

/* A picture of side x side pixels of increasing levels; returns the path of its file. */
static const char *png_file(const char *name, png_uint_32 format, void *pixels, png_uint_32 side)
{
    static unsigned char bytes[1 << 18];
    png_alloc_size_t size = sizeof(bytes);
    png_image image = {.version = PNG_IMAGE_VERSION, .width = side, .height = side, .format = format};
    assert_int_equal(png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL), 1);
    return file_of(name, bytes, size);
}

static const char *byte_picture(void)
{
    uint8_t pixels[LEVELS];
    for (unsigned i = 0; i < LEVELS; i++)
        pixels[i] = (uint8_t)i;
    return png_file("levels.png", PNG_FORMAT_GRAY, pixels, SIDE);
}

static const char *idx_picture(void)
{
    uint8_t idx[16 + LEVELS] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, SIDE, 0, 0, 0, SIDE};
    for (unsigned i = 0; i < LEVELS; i++)
        idx[16 + i] = (uint8_t)i;
    return file_of("levels.idx", idx, sizeof(idx));
}

static const char *npy_picture(void)
{
    char npy[BZ_NPY_HEADER_ROOM + LEVELS];
    const size_t shape[] = {1, SIDE, SIDE}, header = bz_npy_header(npy, BZ_U1, shape, 3);
    for (unsigned i = 0; i < LEVELS; i++)
        npy[header + i] = (char)i;
    return file_of("levels.npy", npy, header + LEVELS);
}

/* Levels 0 .. n-1 as a line of text. */
static const char *line_of(unsigned n)
{
    char text[8 * LEVELS];
    size_t at = 0;
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%u%c", i, i + 1 < n ? ',' : '\n');
    return text_file("levels.csv", text);
}

static void every_level_of_every_format_is_its_quotient(void **state)
{
    (void)state;
    const char *const paths[] = {byte_picture(), idx_picture(), npy_picture(), line_of(LEVELS)};
    for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
        float x[LEVELS];
        const struct train_data_options o = {.data = ONE(paths[k])};
        struct train_data *d = load(&o);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        read_row(d, 0, x);
        for (unsigned i = 0; i < LEVELS; i++)
            if (x[i] != quotient(i, 255))
                fail_msg("%s: level %u is %.9g, want %.9g", paths[k], i, (double)x[i], (double)quotient(i, 255));
        train_data_free(d);
    }
}

static void every_divisor_of_a_file_and_of_a_request_gives_the_quotient(void **state)
{
    (void)state;
    for (unsigned most = 2; most < LEVELS; most++) {
        float x[LEVELS], y;
        const struct train_data_options o = {
            .data = ONE(line_of(most + 1)), .header = "none", .visible_unit = ONE("bernoulli"), .scale = most};
        const struct bz_column column = {.kind = BZ_COLUMN_NUMBER, .size = 1, .scale = most};
        struct train_data *d = load(&o);
        read_row(d, 0, x);
        for (unsigned i = 0; i <= most; i++) {
            bz_column_fill(&column, i, &y, NULL);
            assert_true(x[i] == quotient(i, most) && y == x[i]);
        }
        train_data_free(d);
    }
}

static void levels_of_16_bits_are_those_of_a_request(void **state)
{
    (void)state;
    static uint16_t pixels[DEEP * DEEP];
    static float x[DEEP * DEEP];
    for (unsigned i = 0; i < DEEP * DEEP; i++)
        pixels[i] = (uint16_t)i;
    const struct train_data_options o = {.data = ONE(png_file("deep.png", PNG_FORMAT_LINEAR_Y, pixels, DEEP))};
    struct train_data *d = load(&o);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    assert_true(d->parts[0].scale == 255);
    read_row(d, 0, x);
    for (unsigned i = 0; i < DEEP * DEEP; i++)
        if (x[i] != quotient(i, 65535))
            fail_msg("level %u is %.9g, want %.9g", i, (double)x[i], (double)quotient(i, 65535));
    train_data_free(d);
}

/* As in requests, a picture's levels are fractions of the largest one, whatever the layer's type and the divisor of other
 * files. */
static void pictures_are_divided_in_layers_of_every_type(void **state)
{
    (void)state;
    float x[LEVELS];
    const struct train_data_options o = {.data = ONE(byte_picture()), .visible_unit = ONE("gaussian")};
    struct train_data *d = load(&o);
    read_row(d, 0, x);
    assert_true(x[1] == quotient(1, 255) && x[255] == 1);
    train_data_free(d);

    uint8_t dark[4] = {0, 1, 1, 0}; /* levels, not bits */
    const struct train_data_options bits = {.data = ONE(text_file("bits.csv", "0,1,1,0\n1,0,1,0\n"))};
    const struct train_data_options picture = {.data = ONE(png_file("dark.png", PNG_FORMAT_GRAY, dark, 2))};
    struct train_data *like = load(&bits);
    for (int k = 0; k < 2; k++) {
        d = load_like(&picture, k == 0 ? NULL : like, NULL);
        read_row(d, 0, x);
        assert_true(x[0] == 0 && x[1] == quotient(1, 255));
        train_data_free(d);
    }
    train_data_free(like);
}

/* A model of levels up to 16, and pictures: of as many levels, or of 256? */
static void pictures_for_a_model_of_few_levels_need_a_divisor(void **state)
{
    (void)state;
    uint8_t dark[4] = {0, 16, 1, 0};
    const char *png = png_file("few.png", PNG_FORMAT_GRAY, dark, 2);
    const struct train_data_options few = {.data = ONE(png), .scale = 16}, plain = {.data = ONE(png)};
    struct train_data *like = load(&few), *d;
    float x[4];
    assert_int_equal(train_data_load(&d, &plain, like, NULL, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "the model divides by 16: --scale 16"));
    d = load_like(&few, like, NULL);
    read_row(d, 0, x);
    assert_true(x[1] == 1);
    train_data_free(d);
    train_data_free(like);
}

/* An IDX picture of SIDE x SIDE bytes, the largest of which is `most`. */
static const char *idx_up_to(unsigned most)
{
    uint8_t idx[16 + LEVELS] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, SIDE, 0, 0, 0, SIDE};
    for (unsigned i = 0; i < LEVELS; i++)
        idx[16 + i] = (uint8_t)(i % (most + 1));
    return file_of("few.idx", idx, sizeof(idx));
}

static bool tells(const struct train_data *d, const char *what)
{
    for (size_t i = 0; i < d->n_said; i++)
        if (strstr(d->said[i], what))
            return true;
    return false;
}

static void bytes_of_few_bits_are_told(void **state)
{
    (void)state;
    const struct {
        unsigned most, scale;
    } cases[] = {{2, 2}, {3, 3}, {10, 15}, {15, 15}, {16, 16}, {63, 63}, {64, 64}, {65, 255}, {127, 255}};
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        const struct train_data_options o = {.data = ONE(idx_up_to(cases[k].most))};
        const struct train_data_options asked = {.data = ONE(idx_up_to(cases[k].most)), .scale = 255};
        struct train_data *d = load(&o), *dark = load(&asked);
        char hint[32];
        snprintf(hint, sizeof(hint), "--scale %u learns", cases[k].scale);
        assert_true(d->parts[0].scale == 255 && dark->parts[0].scale == 255);
        assert_int_equal(tells(d, "the largest byte is"), cases[k].scale < 255);
        assert_int_equal(tells(d, hint), cases[k].scale < 255);
        assert_false(tells(dark, "the largest byte is"));
        train_data_free(d);
        train_data_free(dark);
    }
}

static void levels_that_hardly_vary_are_told(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) { /* 120 to 140; 0 to 250 */
        char text[4096];
        size_t at = 0;
        for (unsigned r = 0; r < 200; r++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%u,%u\n", k == 0 ? 120 + r % 21 : r % 2 * 250,
                                   k == 0 ? 140 - r % 13 : r % 3 * 125);
        const struct train_data_options o = {.data = ONE(text_file("flat.csv", text))};
        const struct train_data_options asked = {.data = ONE(text_file("flat.csv", text)), .visible_unit = ONE("bernoulli")};
        struct train_data *d = load(&o), *told = load(&asked);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        assert_int_equal(tells(d, "--visible-unit gaussian"), k == 0);
        assert_false(tells(told, "--visible-unit gaussian"));
        train_data_free(d);
        train_data_free(told);
    }
}

static void of_two_remedies_for_dark_pictures_one_is_told(void **state)
{
    enum { ROWS = 120, TINY = 2 };
    (void)state;
    uint8_t idx[16 + ROWS * TINY * TINY] = {0, 0, 8, 3, 0, 0, 0, ROWS, 0, 0, 0, TINY, 0, 0, 0, TINY};
    for (unsigned i = 0; i < ROWS * TINY * TINY; i++)
        idx[16 + i] = (uint8_t)(i * 7 % 17);
    const struct train_data_options o = {.data = ONE(file_of("dark.idx", idx, sizeof(idx)))};
    struct train_data *d = load(&o);
    assert_true(tells(d, "--scale 16 learns"));
    assert_false(tells(d, "--visible-unit gaussian"));
    train_data_free(d);
}

static void a_divisor_concerns_numbers_in_bernoulli_layers_alone(void **state)
{
    (void)state;
    float x[2];
    const char *text = "a,on,b\n12.5,yes,3\n-7,no,1\n300,yes,0.5\n";
    const struct train_data_options o = {.data = ONE(text_file("mixed.csv", text))};
    const struct train_data_options scaled = {.data = ONE(text_file("mixed.csv", text)), .scale = 255};
    struct train_data *like = load(&o), *d = load_like(&scaled, like, NULL);
    assert_int_equal(d->n_parts, 2);
    read_row(d, 0, x);
    assert_true(x[0] == 12.5f && x[1] == 3);
    read_row(d, 1, x);
    assert_true(x[0] == 1);
    train_data_free(d);
    train_data_free(like);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_of_every_format_is_its_quotient),
        cmocka_unit_test(every_divisor_of_a_file_and_of_a_request_gives_the_quotient),
        cmocka_unit_test(levels_of_16_bits_are_those_of_a_request),
        cmocka_unit_test(pictures_are_divided_in_layers_of_every_type),
        cmocka_unit_test(pictures_for_a_model_of_few_levels_need_a_divisor),
        cmocka_unit_test(bytes_of_few_bits_are_told),
        cmocka_unit_test(levels_that_hardly_vary_are_told),
        cmocka_unit_test(of_two_remedies_for_dark_pictures_one_is_told),
        cmocka_unit_test(a_divisor_concerns_numbers_in_bernoulli_layers_alone),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
