/* IDX files, compressed or not, and errors in them. */
#include "tables.h"
#include "test.h"

#include <string.h>

/* Two pictures of 2x3. */
static const uint8_t pictures[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0,   0,   2,   0,   0,
                                   0, 3, 0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255};

static void pictures_load_with_their_shape(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    assert_int_equal(table_of_bytes(&t, pictures, sizeof(pictures), NULL, &err), 0);
    assert_int_equal(t.rows, 2);
    assert_int_equal(t.columns, 6);
    assert_int_equal(t.rank, 2);
    assert_int_equal(t.shape[0], 2);
    assert_int_equal(t.shape[1], 3);
    assert_int_equal(t.store, TRAIN_U8);
    assert_true(t.bytes);
    assert_memory_equal(t.u8, pictures + 16, 12);
    train_table_free(&t);
}

static void packed_files_load_like_plain_ones(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    size_t size;
    unsigned char *gz = gzip_bytes(pictures, sizeof(pictures), &size);
    assert_int_equal(table_of_bytes(&t, gz, size, NULL, &err), 0);
    assert_memory_equal(t.u8, pictures + 16, 12);
    train_table_free(&t);
    /* every truncation of the compressed file is refused */
    for (size_t cut = 0; cut < size; cut++) {
        if (table_of_bytes(&t, gz, cut, NULL, &err) == 0)
            fail_msg("%zu of %zu packed bytes were accepted", cut, size);
    }
    free(gz);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    for (size_t cut = 0; cut < sizeof(pictures); cut++)
        if (table_of_bytes(&t, pictures, cut, NULL, &err) == 0)
            fail_msg("%zu of %zu bytes were accepted", cut, sizeof(pictures));
    assert_int_equal(table_of_bytes(&t, pictures, sizeof(pictures) - 1, NULL, &err), -1);
    MESSAGE(&err, "data", "2 rows x 6 values", "needs 12 bytes", "found 11", "cut short");
    uint8_t longer[sizeof(pictures) + 1] = {0};
    memcpy(longer, pictures, sizeof(pictures));
    assert_int_equal(table_of_bytes(&t, longer, sizeof(longer), NULL, &err), -1);
    MESSAGE(&err, "needs 12 bytes", "found 13");
}

static void bad_headers_are_refused(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    const struct {
        uint8_t bytes[24];
        size_t size;
        const char *word;
    } files[] = {
        {{0, 0, 7, 1, 0, 0, 0, 1, 5}, 9, "number type 0x07"},
        {{0, 0, 8, 0, 5}, 5, "0 dimensions"},
        {{0, 0, 8, 9, 5}, 5, "9 dimensions"},
        {{0, 0, 8, 1, 0, 0, 0, 0}, 8, "0 rows"},
        {{0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 0}, 12, "1 rows of 0 values"},
        {{0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 16, "values per row"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_int_equal(table_of_bytes(&t, files[i].bytes, files[i].size, NULL, &err), -1);
        MESSAGE(&err, files[i].word);
    }
}

static void all_number_types_are_big_endian(void **state)
{
    (void)state;
    const struct {
        uint8_t bytes[16];
        size_t size;
        float want;
    } files[] = {
        {{0, 0, 0x09, 1, 0, 0, 0, 1, 0xfe}, 9, -2},
        {{0, 0, 0x0b, 1, 0, 0, 0, 1, 0xff, 0x00}, 10, -256},
        {{0, 0, 0x0c, 1, 0, 0, 0, 1, 0x00, 0x01, 0x00, 0x00}, 12, 65536},
        {{0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0x00, 0x00}, 12, 1.5f},
        {{0, 0, 0x0e, 1, 0, 0, 0, 1, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0}, 16, -1.5f},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct train_table t;
        struct bz_error err;
        assert_int_equal(table_of_bytes(&t, files[i].bytes, files[i].size, NULL, &err), 0);
        assert_int_equal(t.store, TRAIN_F32);
        assert_true(t.f32[0] == files[i].want);
        train_table_free(&t);
    }
}

static void a_bomb_of_packed_zeros_stops_at_the_limit(void **state)
{
    (void)state;
    struct train_source s;
    struct bz_error err;
    size_t size, plain = 10 << 20;
    char *zeros = calloc(plain, 1);
    unsigned char *gz = gzip_bytes(zeros, plain, &size);
    assert_true(size < 20000);
    assert_int_equal(train_source_from(&s, "bomb", gz, size, 1 << 20, &err), -1);
    assert_int_equal(err.code, BZ_TOO_LARGE);
    assert_int_equal(train_source_from(&s, "bomb", gz, size, plain, &err), 0);
    assert_int_equal(s.size, plain);
    train_source_free(&s);
    free(zeros);
    free(gz);
}

static void members_one_after_the_other_are_one_file(void **state)
{
    (void)state;
    struct train_source s;
    struct bz_error err;
    size_t a, b;
    unsigned char *one = gzip_bytes("1,0\n", 4, &a), *two = gzip_bytes("0,1\n", 4, &b), *both = calloc(a + b + 512, 1);
    memcpy(both, one, a);
    memcpy(both + a, two, b);
    assert_int_equal(train_source_from(&s, "two", both, a + b + 512, 0, &err), 0); /* padded with zeros */
    assert_string_equal((char *)s.data, "1,0\n0,1\n");
    train_source_free(&s);
    both[a + b + 100] = 1;
    assert_int_equal(train_source_from(&s, "two", both, a + b + 512, 0, &err), -1);
    MESSAGE(&err, "damaged gzip");
    free(one);
    free(two);
    free(both);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    struct train_source s;
    struct bz_error err;
    assert_int_equal(train_source_read(&s, "/nonexistent/file", &err), -1);
    MESSAGE(&err, "/nonexistent/file", "No such file");
    assert_int_equal(train_source_read(&s, "/tmp", &err), -1);
    MESSAGE(&err, "/tmp", "folder");
    struct train_table t;
    assert_int_equal(table_of_text(&t, "", NULL, &err), -1);
    MESSAGE(&err, "empty");
    assert_int_equal(table_of_text(&t, "MATLAB 5.0 MAT-file", NULL, &err), -1);
    MESSAGE(&err, "MATLAB");
    assert_int_equal(table_of_bytes(&t, "\x01\x02\x03\x04", 4, NULL, &err), -1);
    MESSAGE(&err, "not in a format that is read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_load_with_their_shape),
        cmocka_unit_test(packed_files_load_like_plain_ones),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(all_number_types_are_big_endian),
        cmocka_unit_test(a_bomb_of_packed_zeros_stops_at_the_limit),
        cmocka_unit_test(members_one_after_the_other_are_one_file),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
