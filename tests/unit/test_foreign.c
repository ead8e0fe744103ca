/* Other programs' binary files are refused by what they are; texts and tables that begin the same way are read. */
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static int read_bytes(struct train_table *t, const void *bytes, size_t size, struct bz_error *err)
{
    struct train_source s;
    static const struct train_data_options user;
    const struct train_table_options o = {.user = &user};
    return train_source_from(&s, "x", bytes, size, 0, err) < 0 ? -1 : train_table_parse(t, &s, &o, err);
}

struct kind {
    const char *bytes;
    size_t n, at; /* offset in a file of zeros */
    const char *what;
};

static const struct kind kinds[] = {
    {"root\0\0", 6, 0, "is a ROOT file"},
    {"RIFF\44\0\0\0WAVEfmt ", 16, 0, "scipy.io.wavfile"},
    {"BAM\1", 4, 0, "(BAM)"},
    {"BCF\2", 4, 0, "plink2"},
    {"\x0e\3\x13\1", 4, 0, "h4toh5"},
    {"n+1", 4, 344, "nibabel"},
    {"DICM", 4, 128, "pydicom"},
    {"FCS3.0         58", 17, 0, "flow cytometry"},
    {"\x6c\x1b\1\xff", 4, 0, "plink2 --bfile"},
    {"bgen", 4, 16, "plink2 --bgen"},
    {"\0\0\x27\x0a", 4, 0, "geopandas"},
    {"\xde\xc0\xef\xbe", 4, 16, "LMDB"},
    {"Standard Jet DB", 16, 4, "mdb-export"},
    {"DUCK", 4, 8, "duckdb -csv"},
    {"ftypisom", 8, 4, "film or sound"},
    {"\x02\0\0\0\0\0\0\0{}", 10, 0, "safetensors.numpy.load_file"},
    {"\x08\x08\x12\x07pytorch", 11, 0, "is a network (ONNX)"},
    {"\x1c\0\0\0\1a\0", 7, 0, "mongoexport"},
    {"\x14\0\0\0\0\0\0\0abcd\x0a\x12", 14, 0, "TFRecord"},
    {"\x92\x83\xa4temp\xcb", 8, 0, "msgpack.unpackb"},
    {"\x9a\x92\xcb\x40", 4, 0, "msgpack.unpackb"},
    {"\x10\0\0\0aaaaaaaaaaaaaaaa\x10\0\0\0", 24, 0, "FortranFile"},
    {"x\x9c\1", 3, 0, "joblib.load"},
    {"NRRD0004\n", 9, 0, "nrrd.read"},
    {"\x5d\0\0\x40\0\xff\xff\xff\xff\xff\xff\xff\xff", 13, 0, "unlzma"},
};

static void files_of_other_programs_are_named(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        char file[512] = {0};
        struct train_table t;
        struct bz_error err;
        memcpy(file + kinds[k].at, kinds[k].bytes, kinds[k].n);
        assert_int_equal(read_bytes(&t, file, sizeof(file), &err), -1);
        if (!strstr(err.msg, kinds[k].what))
            fail_msg("'%s' is not in: %s", kinds[k].what, err.msg);
    }
}

static void a_recording_has_its_date_in_its_place(void **state)
{
    (void)state;
    char file[600];
    struct train_table t;
    struct bz_error err;
    snprintf(file, sizeof(file), "%-8s%-80s%-80s01.02.2510.20.30%-8d%-44s%-8d%-8d%-4d%-200s", "0", "X X X X", "Startdate", 512,
             "EDF+C", 1, 1, 1, "EEG");
    assert_int_equal(read_bytes(&t, file, strlen(file), &err), -1);
    assert_non_null(strstr(err.msg, "read_raw_edf"));
}

/* Tables whose first bytes are another format's signature. */
static void tables_are_read(void **state)
{
    (void)state;
    static const char *const tables[] = {"species,DUCK\n1.5,2\n2.5,3\n3.5,5\n", "root,b\n1.5,2\n2.5,3\n3.5,5\n",
                                         "0       1.5\n2       2.5\n1       3.5\n", "ID3,MSCF\n1.5,2\n2.5,3\n3.5,5\n"};
    for (size_t k = 0; k < sizeof(tables) / sizeof(tables[0]); k++) {
        struct train_table t;
        struct bz_error err;
        if (read_bytes(&t, tables[k], strlen(tables[k]), &err) < 0)
            fail_msg("%s", err.msg);
        assert_int_equal(t.columns, 2);
        assert_int_equal(t.rows, 3);
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_other_programs_are_named),
        cmocka_unit_test(a_recording_has_its_date_in_its_place),
        cmocka_unit_test(tables_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
