/* npy arrays: files as NumPy writes them, and everything that can be wrong with one. */
#include "npy.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* A file of the given version with this header text, allocated at its exact size; owned by the caller (free). */
static unsigned char *make(int version, const char *header, const void *data, size_t data_size, size_t *size)
{
    const size_t length = strlen(header), before = version == 1 ? 10 : 12;
    unsigned char *file = malloc(before + length + data_size);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[7] = 0;
    for (size_t i = 8; i < before; i++)
        file[i] = (unsigned char)(length >> 8 * (i - 8));
    memcpy(file + before, header, length);
    if (data_size > 0)
        memcpy(file + before + length, data, data_size);
    *size = before + length + data_size;
    return file;
}

static void files_of_every_version_and_type_load(void **state)
{
    (void)state;
    const float f4[3] = {0.5f, -2, 1e30f};
    const double f8[3] = {0.5, -2, 1e30};
    const uint8_t u1[3] = {0, 7, 255};
    const uint8_t b1[3] = {0, 1, 1};
    const int32_t i4[3] = {-1, 0, 2147483647};
    const int64_t i8[3] = {-5, 0, 9007199254740993};
    const struct {
        const char *name;
        const void *data;
        size_t size;
        double want[3];
    } types[] = {
        {"<f4", f4, sizeof(f4), {0.5, -2, 1e30f}},    {"<f8", f8, sizeof(f8), {0.5, -2, 1e30}},
        {"|u1", u1, sizeof(u1), {0, 7, 255}},         {"|b1", b1, sizeof(b1), {0, 1, 1}},
        {"<i4", i4, sizeof(i4), {-1, 0, 2147483647}}, {"<i8", i8, sizeof(i8), {-5, 0, 9007199254740992.0}},
    };
    for (int version = 1; version <= 3; version++)
        for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
            char header[128];
            struct bz_npy npy;
            struct bz_error err;
            size_t size;
            /* also at odd addresses: the header's length is not padded */
            snprintf(header, sizeof(header), "{'descr': '%s', 'fortran_order': False, 'shape': (3,), }%*s", types[t].name,
                     version, "\n");
            unsigned char *file = make(version, header, types[t].data, types[t].size, &size);
            if (bz_npy_parse(&npy, file, size, &err) < 0)
                fail_msg("%s", err.msg);
            assert_string_equal(bz_dtype_name(npy.dtype), types[t].name);
            assert_int_equal(npy.rank, 1);
            assert_int_equal(npy.count, 3);
            assert_int_equal(npy.bytes, types[t].size);
            float x[3];
            double y[3];
            bz_npy_floats(&npy, file + npy.offset, 0, 3, x);
            bz_npy_doubles(&npy, file + npy.offset, 0, 3, y);
            for (int i = 0; i < 3; i++) {
                assert_true(x[i] == (float)types[t].want[i]);
                assert_true(y[i] == types[t].want[i]);
            }
            bz_npy_doubles(&npy, file + npy.offset, 2, 1, y);
            assert_true(y[0] == types[t].want[2]);
            free(file);
        }
}

static void shapes_of_any_rank_load(void **state)
{
    (void)state;
    static const struct {
        const char *shape;
        size_t rank, count;
    } shapes[] = {{"()", 0, 1},      {"(0,)", 1, 0},          {"(6,)", 1, 6},
                  {"(2,3)", 2, 6},   {"( 1 , 2, 3 ,)", 3, 6}, {"(1,1,1,1,1,1,1,6)", 8, 6},
                  {"(2L, 3L)", 2, 6}};
    const unsigned char data[6] = {1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        char header[128];
        struct bz_npy npy;
        struct bz_error err;
        size_t size;
        snprintf(header, sizeof(header), "{\"shape\":%s,'descr':'|u1','fortran_order':False}", shapes[i].shape);
        unsigned char *file = make(1, header, data, shapes[i].count, &size);
        if (bz_npy_parse(&npy, file, size, &err) < 0)
            fail_msg("%s: %s", shapes[i].shape, err.msg);
        assert_int_equal(npy.rank, shapes[i].rank);
        assert_int_equal(npy.count, shapes[i].count);
        free(file);
    }
}

static void a_written_header_reads_back_and_is_aligned(void **state)
{
    (void)state;
    static const size_t shapes[][8] = {{3, 784}, {1}, {0}, {SIZE_MAX / 16, 1, 1, 1, 1, 1, 1, 1}};
    static const size_t ranks[] = {2, 1, 0, 8};
    for (size_t i = 0; i < 4; i++)
        for (int dtype = 0; dtype < BZ_N_DTYPES; dtype++) {
            char header[BZ_NPY_HEADER_ROOM];
            struct bz_npy npy;
            const size_t size = bz_npy_header(header, (enum bz_dtype)dtype, shapes[i], ranks[i]);
            assert_true(size <= sizeof(header) && size % 64 == 0);
            assert_int_equal(bz_npy_parse_header(&npy, header, size, NULL), 0);
            assert_int_equal(npy.offset, size);
            assert_int_equal(npy.dtype, dtype);
            assert_int_equal(npy.rank, ranks[i]);
            for (size_t d = 0; d < npy.rank; d++)
                assert_int_equal(npy.shape[d], shapes[i][d]);
        }
}

static void what_numpy_1_24_writes_for_float32_is_what_is_written(void **state)
{
    (void)state;
    /* numpy.save of zeros((3, 784), 'f4'): the first 128 bytes */
    const char want[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 784), }"
                        "                                                        \n";
    char header[BZ_NPY_HEADER_ROOM];
    assert_int_equal(sizeof(want) - 1, 128);
    assert_int_equal(bz_npy_header(header, BZ_F4, (const size_t[]){3, 784}, 2), 128);
    assert_memory_equal(header, want, 128);
}

static void fortran_order_is_turned_round(void **state)
{
    (void)state;
    /* numpy.asfortranarray(arange(12).reshape(2,3,2)) */
    const unsigned char data[12] = {0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11};
    struct bz_npy npy;
    struct bz_error err;
    size_t size;
    unsigned char *file = make(1, "{'descr':'|u1','fortran_order':True,'shape':(2,3,2)}", data, 12, &size), out[12];
    assert_int_equal(bz_npy_parse(&npy, file, size, &err), 0);
    assert_true(npy.fortran);
    bz_npy_to_c_order(&npy, file + npy.offset, out);
    double numbers[12], some[3];
    float floats[12];
    bz_npy_doubles(&npy, file + npy.offset, 0, 12, numbers);
    bz_npy_floats(&npy, file + npy.offset, 0, 12, floats);
    bz_npy_doubles(&npy, file + npy.offset, 7, 3, some);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(out[i], i);
        assert_true(numbers[i] == i && floats[i] == (float)i);
        if (i < 3)
            assert_true(some[i] == 7 + i);
    }
    free(file);
}

/* What numpy writes for [1, -2.5 or 2, 0.1 or 3] of each type, in both byte orders. */
static void every_boolean_integer_and_float_type_is_read_in_both_byte_orders(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size;
        unsigned char bytes[48];
        double want[3];
    } types[] = {
        {"i1", 1, {1, 0xfe, 0x80}, {1, -2, -128}},
        {"u2", 2, {1, 0, 0xff, 0xff, 3, 0}, {1, 65535, 3}},
        {"i2", 2, {1, 0, 0xfe, 0xff, 0, 0x80}, {1, -2, -32768}},
        {"u4", 4, {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3}, {1, 4294967295.0, 3}},
        {"i4", 4, {1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 3}, {1, -2, 3}},
        {"u8", 8, {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 3}, {1, 9223372036854775808.0, 3}},
        {"i8", 8, {1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3}, {1, -2, 3}},
        {"f2", 2, {0, 0x3c, 0, 0xc1, 1, 0}, {1, -2.5, 0x1p-24}},
        {"f4", 4, {0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d}, {1, -2.5, 0.1f}},
        {"f8",
         8,
         {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f},
         {1, -2.5, 0.1}},
        {"f16", 16, {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f, [23] = 0xa0, 0, 0xc0}, {1, -2.5, 0}},
    };
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
        for (int big = 0; big < 2; big++) {
            char header[100];
            unsigned char data[48];
            struct bz_npy npy;
            struct bz_error err;
            size_t size;
            double got[3];
            float near[3];
            const size_t n = types[t].size;
            for (size_t i = 0; i < 3 * n; i++)
                data[i] = types[t].bytes[big ? i / n * n + n - 1 - i % n : i];
            snprintf(header, sizeof(header), "{'descr':'%c%s','fortran_order':False,'shape':(3,)}", big ? '>' : '<',
                     types[t].name);
            unsigned char *file = make(1, header, data, 3 * n, &size);
            if (bz_npy_parse(&npy, file, size, &err) < 0)
                fail_msg("%s: %s", types[t].name, err.msg);
            bz_npy_doubles(&npy, file + npy.offset, 0, 3, got);
            bz_npy_floats(&npy, file + npy.offset, 0, 3, near);
            for (int i = 0; i < 3; i++)
                if (got[i] != types[t].want[i] || near[i] != (float)types[t].want[i])
                    fail_msg("%s, big %d, element %d: %.17g, want %.17g", types[t].name, big, i, got[i], types[t].want[i]);
            free(file);
        }
}

static void half_floats_and_long_doubles_have_their_special_values(void **state)
{
    (void)state;
    struct bz_npy npy;
    struct bz_error err;
    size_t size;
    double x[3];
    unsigned char *file = make(1, "{'descr':'<f2','fortran_order':False,'shape':(3,)}", "\0\x7c\0\xfc\1\x7c", 6, &size);
    assert_int_equal(bz_npy_parse(&npy, file, size, &err), 0);
    bz_npy_doubles(&npy, file + npy.offset, 0, 3, x);
    assert_true(x[0] == INFINITY && x[1] == -INFINITY && isnan(x[2]));
    free(file);
    /* 1.0 of 128 bits, as numpy writes it where long double is IEEE's: the same name */
    const unsigned char quad[16] = {[14] = 0xff, [15] = 0x3f};
    file = make(1, "{'descr':'<f16','fortran_order':False,'shape':(1,)}", quad, 16, &size);
    assert_int_equal(bz_npy_parse(&npy, file, size, &err), -1);
    assert_non_null(strstr(err.msg, "another kind than x86"));
    free(file);
}

static void words_are_text_in_utf8(void **state)
{
    (void)state;
    struct bz_npy npy;
    struct bz_error err;
    size_t size;
    char word[16];
    const uint32_t letters[6] = {'a', 0xe9, 0, 0x1f600, 0, 0};
    unsigned char *file = make(1, "{'descr':'<U3','fortran_order':False,'shape':(2,)}", letters, sizeof(letters), &size);
    assert_int_equal(bz_npy_parse(&npy, file, size, &err), -1); /* not numbers */
    assert_int_equal(bz_npy_parse_any(&npy, file, size, &err), 0);
    assert_int_equal(npy.dtype, BZ_TEXT);
    assert_int_equal(bz_npy_word(&npy, file + npy.offset, 0, word, sizeof(word)), 3);
    assert_string_equal(word, "a\xc3\xa9");
    assert_int_equal(bz_npy_word(&npy, file + npy.offset, 1, word, sizeof(word)), 4);
    assert_string_equal(word, "\xf0\x9f\x98\x80");
    assert_int_equal(bz_npy_word(&npy, file + npy.offset, 0, word, 3), 1); /* no partial letter */
    free(file);
    file = make(1, "{'descr':'|S4','fortran_order':False,'shape':(2,)}", "ab\0\0abcd", 8, &size);
    assert_int_equal(bz_npy_parse_any(&npy, file, size, &err), 0);
    assert_int_equal(bz_npy_word(&npy, file + npy.offset, 0, word, sizeof(word)), 2);
    assert_int_equal(bz_npy_word(&npy, file + npy.offset, 1, word, sizeof(word)), 4);
    assert_string_equal(word, "abcd");
    free(file);
}

static void records_have_fields_by_name(void **state)
{
    (void)state;
    struct bz_npy npy;
    struct bz_npy_field f = {0};
    struct bz_error err;
    size_t size, place = 0;
    /* aligned: padding between, as numpy writes it */
    const unsigned char data[32] = {7, [8] = 0, [14] = 0xf0, [15] = 0x3f, [16] = 9, [30] = 0, [31] = 0xc0};
    unsigned char *file =
        make(1, "{'descr':[('n','|u1'),('','|V7'),('x','<f8')],'fortran_order':False,'shape':(2,)}", data, 32, &size);
    assert_int_equal(bz_npy_parse_any(&npy, file, size, &err), 0);
    assert_int_equal(npy.dtype, BZ_RECORD);
    assert_int_equal(npy.n_fields, 2);
    assert_int_equal(npy.item, 16);
    double column[2];
    unsigned char bytes[2];
    assert_int_equal(bz_npy_field_next(&npy, file, &place, &f), 1);
    assert_string_equal(f.name, "n");
    bz_npy_field_copy(&npy, &f, file + npy.offset, bytes);
    assert_int_equal(bytes[0], 7);
    assert_int_equal(bytes[1], 9);
    assert_int_equal(bz_npy_field_next(&npy, file, &place, &f), 1);
    assert_string_equal(f.name, "x");
    assert_int_equal(f.at, 8);
    bz_npy_field_copy(&npy, &f, file + npy.offset, column);
    assert_true(column[0] == 1 && column[1] == -2);
    assert_int_equal(bz_npy_field_next(&npy, file, &place, &f), 0);
    free(file);
}

static void whatever_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *header, *because;
    } wrong[] = {
        {"{'descr':'<c8','fortran_order':False,'shape':(1,)}", "<c8"},
        {"{'descr':'|O','fortran_order':False,'shape':(1,)}", "|O"},
        {"{'descr':[('a','<f4',(2,))],'fortran_order':False,'shape':(1,)}", "field 'a' holds arrays"},
        {"{'descr':[('a',[('b','<f4')])],'fortran_order':False,'shape':(1,)}", "field 'a' is a record itself"},
        {"{'descr':[(('t','a'),'<f4')],'fortran_order':False,'shape':(1,)}", "titles"},
        {"{'descr':[],'fortran_order':False,'shape':(1,)}", "without fields"},
        {"{'descr':'<M8[D]','fortran_order':False,'shape':(1,)}", "dates (<M8[D])"},
        {"{'descr':'<f12','fortran_order':False,'shape':(1,)}", "a float of 2 to 16 bytes"},
        {"{'descr':'<U99999','fortran_order':False,'shape':(1,)}", "at most"},
        {"{'descr':'','fortran_order':False,'shape':(1,)}", "unreadable type"},
        {"{'descr':'<f4','fortran_order':0,'shape':(1,)}", "fortran_order"},
        {"{'descr':'<f4','fortran_order':False,'shape':[1]}", "expected a tuple"},
        {"{'descr':'<f4','fortran_order':False,'shape':(-1,)}", "whole numbers"},
        {"{'descr':'<f4','fortran_order':False,'shape':(01,)}", "leading zeros"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1.0,)}", "expected ',' or ')'"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,1,1,1,1,1,1,1,1)}", "more than 8"},
        {"{'descr':'<f4','fortran_order':False,'shape':(18446744073709551616,)}", "fit 64 bits"},
        {"{'descr':'<f4','fortran_order':False,'shape':(4294967296,4294967296)}", "does not fit 64 bits"},
        {"{'descr':'<f8','fortran_order':False,'shape':(4611686018427387904,)}", "bytes does not fit"},
        {"{'descr':'<f4','fortran_order':False,'shape':(2,)}", "cut off: the header announces 2 numbers of type <f4 = 8 bytes"},
        {"{'descr':'<f4','fortran_order':False,'shape':()} x", "text after"},
        {"{'descr':'<f4','fortran_order':False,'shape':(0,)}", "more data than numbers"},
        {"{'descr':'<f4','fortran_order':False}", "lacks shape"},
        {"{'descr':'<f4','shape':(1,)}", "lacks fortran_order"},
        {"{'fortran_order':False,'shape':(1,)}", "lacks descr"},
        {"{'descr':'<f4','descr':'<f4','fortran_order':False,'shape':(1,)}", "occurs twice"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,),'more':1}", "\"more\""},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,)", "not a dictionary"},
        {"[]", "not a dictionary"},
        {"", "not a dictionary"},
    };
    const float one = 1;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct bz_npy npy;
        struct bz_error err;
        size_t size;
        unsigned char *file = make(1, wrong[i].header, &one, sizeof(one), &size);
        if (bz_npy_parse(&npy, file, size, &err) == 0)
            fail_msg("accepted: %s", wrong[i].header);
        if (!strstr(err.msg, wrong[i].because))
            fail_msg("%s\n refused with \"%s\", want \"%s\"", wrong[i].header, err.msg, wrong[i].because);
        free(file);
    }
}

static void every_truncation_and_a_wrong_beginning_are_refused(void **state)
{
    (void)state;
    const float numbers[4] = {1, 2, 3, 4};
    struct bz_npy npy;
    struct bz_error err;
    for (int version = 1; version <= 3; version++) {
        size_t size;
        unsigned char *file =
            make(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", numbers, sizeof(numbers), &size);
        assert_int_equal(bz_npy_parse(&npy, file, size, &err), 0);
        file[7] = 1; /* there is no version 1.1 */
        assert_int_equal(bz_npy_parse(&npy, file, size, &err), -1);
        file[7] = 0;
        for (size_t n = 0; n < size; n++) {
            unsigned char *cut = malloc(n ? n : 1);
            memcpy(cut, file, n);
            assert_int_equal(bz_npy_parse(&npy, cut, n, &err), -1);
            free(cut);
        }
        file[6] = 4;
        assert_int_equal(bz_npy_parse(&npy, file, size, &err), -1);
        assert_non_null(strstr(err.msg, "version 4.0"));
        file[6] = (unsigned char)version;
        file[0] = 'N';
        assert_int_equal(bz_npy_parse(&npy, file, size, &err), -1);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_every_version_and_type_load),
        cmocka_unit_test(shapes_of_any_rank_load),
        cmocka_unit_test(a_written_header_reads_back_and_is_aligned),
        cmocka_unit_test(what_numpy_1_24_writes_for_float32_is_what_is_written),
        cmocka_unit_test(fortran_order_is_turned_round),
        cmocka_unit_test(every_boolean_integer_and_float_type_is_read_in_both_byte_orders),
        cmocka_unit_test(half_floats_and_long_doubles_have_their_special_values),
        cmocka_unit_test(words_are_text_in_utf8),
        cmocka_unit_test(records_have_fields_by_name),
        cmocka_unit_test(whatever_is_wrong_is_refused_by_name),
        cmocka_unit_test(every_truncation_and_a_wrong_beginning_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
