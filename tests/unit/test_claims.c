/* Files that claim more than they hold: refused before memory is asked for. */
#include "data_case.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define DATA(file) (&(struct train_data_options){.data = {(const char *[]){file}, 1}})

/* --- MATLAB 5 --- */

enum {
    INT8 = 1,
    INT32 = 5,
    UINT32 = 6,
    DOUBLE = 9,
    MATRIX = 14,
    PACKED = 15,
    CELL = 1,
    STRUCT = 2,
    CHAR = 4,
    SPARSE = 5,
    REAL = 6
};

struct bytes {
    unsigned char at[4096];
    size_t n;
};

static void put(struct bytes *b, const void *from, size_t n)
{
    assert_true(b->n + n <= sizeof(b->at));
    if (n > 0)
        memcpy(b->at + b->n, from, n);
    b->n += n;
}

static void put_element(struct bytes *b, uint32_t type, const void *data, size_t size)
{
    const uint32_t tag[2] = {type, (uint32_t)size};
    put(b, tag, sizeof(tag));
    put(b, data, size);
    while (b->n % 8 > 0 && type != PACKED)
        put(b, "", 1);
}

static const unsigned char zeros[1024];

/* A variable of a file: the sizes are claimed, `values` (bytes) are present. */
struct claim {
    uint32_t class, rows, columns;
    size_t values, pointers; /* bytes */
};

static void put_matrix(struct bytes *to, const char *name, const struct claim *c)
{
    struct bytes b = {.n = 0};
    const uint32_t flags[2] = {c->class, 0}, dims[2] = {c->rows, c->columns}, length = 4;
    put_element(&b, UINT32, flags, sizeof(flags));
    put_element(&b, INT32, dims, sizeof(dims));
    put_element(&b, INT8, name, strlen(name));
    if (c->class == SPARSE) {
        put_element(&b, INT32, zeros, c->values / 2);
        put_element(&b, INT32, zeros, c->pointers);
    }
    if (c->class == STRUCT) {
        put_element(&b, INT32, &length, 4);
        put_element(&b, INT8, "aaa\0bbb", 8);
    }
    if (c->class == CELL || c->class == STRUCT)
        put_matrix(&b, "", &(struct claim){REAL, 2, 2, 32, 0});
    else
        put_element(&b, c->class == CHAR ? INT8 : DOUBLE, zeros, c->values);
    put_element(to, MATRIX, b.at, b.n);
}

static const char *mat_file(const char *name, const struct claim *c, bool packed)
{
    struct bytes file = {.n = 0}, matrix = {.n = 0};
    char head[128];
    memset(head, ' ', sizeof(head));
    memcpy(head, "MATLAB 5.0 MAT-file", 19);
    memcpy(head + 124, "\0\1IM", 4);
    put(&file, head, sizeof(head));
    put_matrix(&matrix, "X", c);
    if (packed) {
        struct bytes z = {.n = sizeof(z.at)};
        assert_int_equal(compress(z.at, &z.n, matrix.at, matrix.n), Z_OK);
        put_element(&file, PACKED, z.at, z.n);
    } else
        put(&file, matrix.at, matrix.n);
    return file_of(name, file.at, file.n);
}

static void variables_of_matlab_hold_what_they_claim(void **state)
{
    (void)state;
    static const struct {
        struct claim claim;
        const char *words[3];
    } cases[] = {
        {{REAL, 20000, 10000, 64, 0}, {"X claims 20000 x 10000 values", "the file holds 8"}},
        {{REAL, 3, 2, 40, 0}, {"X claims 3 x 2 values", "holds 5"}},
        {{REAL, UINT32_MAX, UINT32_MAX, 64, 0}, {"X claims 4294967295 x 4294967295", "holds 8"}},
        {{CHAR, 1, 500000000, 8, 0}, {"X claims 1 x 500000000", "holds 8"}},
        {{SPARSE, 10, 200000000, 16, 12}, {"X claims 10 x 200000000", "pointer"}},
        {{CELL, 1, 300000000, 0, 0}, {"X claims 1 x 300000000 cells"}},
        {{STRUCT, 1000, 300000, 0, 0}, {"X claims 1000 x 300000 cells or fields"}},
    };
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
        for (int packed = 0; packed < 2; packed++) {
            char name[32];
            snprintf(name, sizeof(name), "claim%zu_%d.mat", k, packed);
            assert_not_loaded(DATA(mat_file(name, &cases[k].claim, packed)), cases[k].words);
        }
    /* a file that holds as much as it claims is read */
    static const struct claim whole = {REAL, 4, 2, 64, 0};
    struct train_data *data = load(DATA(mat_file("whole.mat", &whole, true)));
    assert_int_equal(data->rows, 4);
    train_data_free(data);
}

static void variables_of_matlab_4_too(void **state)
{
    (void)state;
    const struct {
        uint32_t kind, rows, columns;
        const char *word;
        double values[6];
    } cases[] = {{0, 3, 2000000, "X claims 3 x 2000000 values", {0}},
                 {2, 2, 3, "X claims 4e+08 columns", {1, 10, 1, 4e8, 7, 0}}}; /* the last entry of the list has the sizes */
    for (size_t k = 0; k < 2; k++) {
        const uint32_t head[5] = {cases[k].kind, cases[k].rows, cases[k].columns, 0, 2};
        struct bytes b = {.n = 0};
        put(&b, head, sizeof(head));
        put(&b, "X", 2);
        put(&b, cases[k].values, sizeof(cases[k].values));
        NOT_LOADED(DATA(file_of("four.mat", b.at, b.n)), cases[k].word);
    }
}

/* --- HDF5 --- */

#ifdef BOLTZ_HDF5
#include <hdf5.h>

/* Rows x columns of doubles, or a table of two columns, in chunks of that many rows; the first `written` rows are written. */
static const char *hdf5_file(const char *name, hsize_t rows, hsize_t columns, hsize_t chunk, hsize_t written, bool table)
{
    const char *path = file_of(name, "", 0);
    const hsize_t size[2] = {rows, columns}, most[2] = {H5S_UNLIMITED, columns}, part[2] = {chunk, columns}, from[2] = {0, 0},
                  some[2] = {written, columns};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), list = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(table ? 1 : 2, size, most),
                type = table ? H5Tcreate(H5T_COMPOUND, 16) : H5Tcopy(H5T_NATIVE_DOUBLE);
    if (table) {
        H5Tinsert(type, "a", 0, H5T_NATIVE_DOUBLE);
        H5Tinsert(type, "b", 8, H5T_NATIVE_DOUBLE);
    }
    H5Pset_chunk(list, table ? 1 : 2, part);
    H5Pset_deflate(list, 1);
    const hid_t data = H5Dcreate2(file, "X", type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (written > 0) {
        double *x = calloc(written * columns, sizeof(*x));
        const hid_t memory = H5Screate_simple(2, some, NULL);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, some, NULL);
        assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, x) >= 0);
        H5Sclose(memory);
        free(x);
    }
    H5Dclose(data);
    H5Tclose(type);
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    return path;
}

static void data_sets_of_hdf5_hold_what_they_claim(void **state)
{
    (void)state;
    const char *nothing = hdf5_file("nothing.h5", 1 << 22, 100, 1000, 0, false),
               *little = hdf5_file("little.h5", 1 << 22, 100, 100, 100, false);
    const char *table = hdf5_file("table.h5", 1 << 24, 1, 1000, 0, true),
               *wide = hdf5_file("wide.h5", 10, 20, 1 << 20, 10, false);
    NOT_LOADED(DATA(nothing), "X claims 3355443200 bytes", "never written");
    NOT_LOADED(DATA(little), "X claims 3355443200 bytes", "never written");
    NOT_LOADED(DATA(table), "X claims 268435456 bytes", "never written");
    NOT_LOADED(DATA(wide), "chunks of 167772160 bytes for 1600 bytes", "h5repack");
    /* a small data set may consist of its fill value */
    struct train_data *data = load(DATA(hdf5_file("small.h5", 300, 20, 10, 20, false)));
    assert_int_equal(data->rows, 300);
    train_data_free(data);
}
#endif

/* --- gzip --- */

static void what_unpacks_to_almost_nothing_is_refused(void **state)
{
    (void)state;
    char path[512];
    static const unsigned char block[1 << 20];
    snprintf(path, sizeof(path), "%s", file_of("zeros.csv.gz", "", 0));
    gzFile z = gzopen(path, "wb9");
    for (int k = 0; k < 80; k++)
        assert_int_equal(gzwrite(z, block, sizeof(block)), sizeof(block));
    gzclose(z);
    NOT_LOADED(DATA(path), "500 times", "gunzip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_of_matlab_hold_what_they_claim),
        cmocka_unit_test(variables_of_matlab_4_too),
#ifdef BOLTZ_HDF5
        cmocka_unit_test(data_sets_of_hdf5_hold_what_they_claim),
#endif
        cmocka_unit_test(what_unpacks_to_almost_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
