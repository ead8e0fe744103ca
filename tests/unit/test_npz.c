/* npz archives: written archives read back, damaged ones are refused. */
#include "file_write.h"
#include "npz.h"
#include "raw_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char path[128];

static int setup(void **state)
{
    (void)state;
    return raw_group_begin(path, sizeof(path), "a.npz");
}

static const float matrix[6] = {1, 2, 3, 4, 5, 6};
static const double vector[2] = {0.25, -1e300};
static const struct train_npz_entry entries[] = {
    {"matrix", BZ_F4, (const size_t[]){2, 3}, 2, matrix},
    {"vector", BZ_F8, (const size_t[]){2}, 1, vector},
    {"nothing", BZ_U1, (const size_t[]){0}, 1, NULL},
};

static void write_archive(void)
{
    struct bz_error err;
    if (train_npz_write(path, entries, 3, &err) < 0)
        fail_msg("%s", err.msg);
}

static void arrays_come_back_from_an_archive(void **state)
{
    (void)state;
    struct train_npz *z;
    struct train_array a;
    struct bz_error err;
    write_archive();
    assert_int_equal(train_npz_open(&z, path, &err), 0);
    assert_int_equal(train_npz_count(z), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(train_npz_name(z, i), entries[i].name);
        assert_int_equal(train_npz_read(z, entries[i].name, 1 << 20, &a, &err), 0);
        assert_int_equal(a.npy.dtype, entries[i].dtype);
        assert_int_equal(a.npy.rank, entries[i].rank);
        if (a.npy.bytes > 0)
            assert_memory_equal(a.data, entries[i].data, a.npy.bytes);
        train_array_free(&a);
    }
    assert_int_equal(train_npz_read(z, "other", 1 << 20, &a, &err), -1);
    assert_non_null(strstr(err.msg, "\"other\"; there are: matrix, vector, nothing"));
    assert_int_equal(train_npz_read(z, "matrix", 151, &a, &err), -1); /* 128 of header and 24 */
    assert_int_equal(err.code, BZ_TOO_LARGE);
    assert_int_equal(train_npz_read(z, "matrix", 152, &a, &err), 0);
    train_array_free(&a);
    train_npz_close(z);
}

static void equal_arrays_make_equal_files(void **state)
{
    (void)state;
    size_t once, twice;
    write_archive();
    unsigned char *first = raw_read(path, &once);
    write_archive();
    unsigned char *second = raw_read(path, &twice);
    assert_int_equal(once, twice);
    assert_memory_equal(first, second, once);
    free(first);
    free(second);
    assert_int_equal(raw_entries(raw_group_folder()), 1);
}

/* Reads everything there is; returns 0 if all of it could be read. */
static int read_all(void)
{
    struct train_npz *z;
    struct bz_error err;
    if (train_npz_open(&z, path, &err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < train_npz_count(z); i++) {
        struct train_array a;
        if (!train_npz_name(z, i) || train_npz_read(z, train_npz_name(z, i), 1 << 20, &a, &err) < 0)
            rc = -1;
        else
            train_array_free(&a);
    }
    train_npz_close(z);
    return rc;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    size_t size;
    write_archive();
    unsigned char *whole = raw_read(path, &size);
    for (size_t n = 0; n < size; n += n < size - 64 ? 7 : 1) {
        raw_write(path, whole, n);
        assert_int_equal(read_all(), -1);
    }
    free(whole);
}

static void flipped_bytes_are_noticed_or_harmless(void **state)
{
    (void)state;
    size_t size;
    write_archive();
    unsigned char *file = raw_read(path, &size);
    for (size_t i = 0; i < size; i += 3) {
        file[i] ^= 0x10;
        raw_write(path, file, size);
        read_all();
        file[i] ^= 0x10;
    }
    /* a number: the archive's checksum reveals it */
    unsigned char *number = memmem(file, size, matrix, sizeof(matrix));
    number[2] ^= 1;
    raw_write(path, file, size);
    assert_int_equal(read_all(), -1);
    free(file);
}

static void a_size_that_the_packed_bytes_cannot_hold_is_refused(void **state)
{
    const unsigned char claimed[4] = {0xf0, 0xff, 0xff, 0x7f};
    struct train_npz *z;
    struct train_array a;
    struct bz_error err;
    size_t size;
    (void)state;
    write_archive();
    unsigned char *file = raw_read(path, &size), *local = memmem(file, size, "PK\3\4", 4),
                  *central = memmem(file, size, "PK\1\2", 4);
    memcpy(local + 22, claimed, 4);
    memcpy(central + 24, claimed, 4);
    raw_write(path, file, size);
    free(file);
    assert_int_equal(train_npz_open(&z, path, &err), 0);
    assert_int_equal(train_npz_read(z, "matrix", SIZE_MAX, &a, &err), -1);
    assert_non_null(strstr(err.msg, "claims 2147483632 bytes, more than 152 packed ones can hold"));
    train_npz_close(z);
}

static void what_is_no_archive_is_refused_by_name(void **state)
{
    (void)state;
    struct train_npz *z;
    struct bz_error err;
    raw_write(path, "\x93NUMPY and more", 14);
    assert_int_equal(train_npz_open(&z, path, &err), -1);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.msg, "not an .npz archive"));
    assert_int_equal(train_npz_open(&z, "/nonexistent.npz", &err), -1);
    assert_int_equal(err.code, BZ_NOT_FOUND);
    assert_int_equal(train_npz_open(&z, raw_group_folder(), &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arrays_come_back_from_an_archive, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(equal_arrays_make_equal_files, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(every_truncation_is_refused, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(flipped_bytes_are_noticed_or_harmless, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(a_size_that_the_packed_bytes_cannot_hold_is_refused, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(what_is_no_archive_is_refused_by_name, setup, raw_group_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
