/* Text formats of matrices and alignments, pictures, and files that are refused by what they are: one table, one row per
 * file. */
#include "mem.h"
#include "png_image.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define M INFINITY /* stands for a missing value among the wanted ones */

struct format_case {
    const char *what, *text;
    size_t size; /* 0 = strlen of the text */
    const char *array;
    size_t rows, columns;
    double values[16];
    const char *said; /* contained in what was understood or, if rows is 0, in the refusal */
};

#define MM     "%%MatrixMarket matrix "
#define OCTAVE "# Created by Octave 7.3.0, Sat Nov 28 01:05:58 2026 UTC <user@host>\n"

static const struct format_case cases[] = {
    {"rows that nothing is in",
     MM "coordinate real general\n900000000 3 1\n1 1 1\n",
     0,
     NULL,
     0,
     0,
     {0},
     "one in 64 must have one"},
    {"the same from Octave",
     OCTAVE "# name: S\n# type: sparse matrix\n# nnz: 0\n# rows: 966666281\n# columns: 3\n",
     0,
     NULL,
     0,
     0,
     {0},
     "one in 64 must have one"},
    {"array by columns", MM "array real general\n% x\n2 2\n1\n2\n0.1\n1e-20\n", 0, NULL, 2, 2, {1, 0.1, 2, 1e-20}, NULL},
    {"lower half by columns", MM "array integer symmetric\n2 2\n1\n2\n3\n", 0, NULL, 2, 2, {1, 2, 2, 3}, NULL},
    {"below the diagonal",
     MM "array real skew-symmetric\n3 3\n-2\n1\n-3\n",
     0,
     NULL,
     3,
     3,
     {0, 2, -1, -2, 0, 3, 1, -3, 0},
     NULL},
    {"coordinate", MM "coordinate real general\n2 3 3\n1 2 1.5\n2 1 -1\n2 1 3\n", 0, NULL, 2, 3, {0, 1.5, 0, 2, 0, 0}, NULL},
    {"Cell Ranger's",
     MM "coordinate integer general\n%metadata_json: {\"software_version\": \"cellranger-7.0\"}\n2 2 2\n1 1 3\n2 1 1\n",
     0,
     NULL,
     2,
     2,
     {3, 0, 1, 0},
     "--transpose makes cells the rows"},
    {"pattern", MM "coordinate pattern symmetric\n2 2 2\n1 1\n2 1\n", 0, NULL, 2, 2, {1, 1, 1, 0}, NULL},
    {"nan is missing", MM "coordinate real general\n1 2 1\n1 2 nan\n", 0, NULL, 1, 2, {0, M}, NULL},
    {"R's 1e308", MM "coordinate real general\n1 1 1\n1 1 1e308\n", 0, NULL, 0, 0, {0}, "R's writeMM spells NaN and Inf"},
    {"infinite", MM "coordinate real general\n1 1 1\n1 1 inf\n", 0, NULL, 0, 0, {0}, "line 3: an infinite value"},
    {"complex", MM "coordinate complex general\n1 1 1\n1 1 1 2\n", 0, NULL, 0, 0, {0}, "complex values"},
    {"unsigned skew",
     MM "array unsigned-integer skew-symmetric\n2 2\n1\n",
     0,
     NULL,
     0,
     0,
     {0},
     "cannot hold its negative half"},
    {"both halves", MM "coordinate real symmetric\n2 2 2\n1 2 1\n2 1 1\n", 0, NULL, 0, 0, {0}, "both halves"},
    {"too few", MM "coordinate real general\n2 2 2\n1 2 1\n", 0, NULL, 0, 0, {0}, "ends after 1 of 2 entries"},
    {"too many", MM "coordinate real general\n2 2 1\n1 2 1\n2 1 1\n", 0, NULL, 0, 0, {0}, "more than the 1 entries"},
    {"outside", MM "coordinate real general\n2 2 1\n3 2 1\n", 0, NULL, 0, 0, {0}, "line 3: expected a row from 1 to 2"},
    {"huge array", MM "array real general\n60000 60000\n1\n", 0, NULL, 0, 0, {0}, "too short for them"},
    {"Octave, cut off behind a type", OCTAVE "# name: S\n# type: object", 0, NULL, 0, 0, {0}, "holds no array"},
    {"Octave, a head alone", OCTAVE "# name: S\n# type: matrix", 0, NULL, 0, 0, {0}, "holds 0 rows"},
    {"Octave matrix",
     OCTAVE "# name: D\n# type: matrix\n# rows: 2\n# columns: 2\n 0 NA\n 1.5 NaN\n\n\n",
     0,
     NULL,
     2,
     2,
     {0, M, 1.5, M},
     NULL},
    {"the named one",
     OCTAVE "# name: A\n# type: matrix\n# rows: 1\n# columns: 1\n 7\n\n\n# name: B\n# type: scalar\n3\n",
     0,
     "B",
     1,
     1,
     {3},
     NULL},
    {"two and no name",
     OCTAVE "# name: A\n# type: scalar\n7\n\n\n# name: B\n# type: scalar\n3\n",
     0,
     NULL,
     0,
     0,
     {0},
     "--array NAME); the file holds 2: A, B"},
    {"a range is its values",
     OCTAVE "# name: R\n# type: double_range\n# base, limit, increment\n1 3 1\n",
     0,
     NULL,
     1,
     3,
     {1, 2, 3},
     NULL},
    {"sparse",
     OCTAVE "# name: S\n# type: sparse matrix\n# nnz: 2\n# rows: 2\n# columns: 3\n2 1 3\n1 3 2\n",
     0,
     NULL,
     2,
     3,
     {0, 0, 2, 3, 0, 0},
     NULL},
    {"int32 by columns",
     OCTAVE "# name: I\n# type: int32 matrix\n# ndims: 2\n 2 2\n  1\n  2\n  3\n  4\n",
     0,
     NULL,
     2,
     2,
     {1, 3, 2, 4},
     NULL},
    {"Octave diagonal, of which only the diagonal stands there",
     OCTAVE "# name: E\n# type: diagonal matrix\n# rows: 2\n# columns: 3\n1\n2.5\n\n\n",
     0,
     NULL,
     2,
     3,
     {1, 0, 0, 0, 2.5, 0},
     NULL},
    {"Octave permutation: the row of each column's one",
     OCTAVE "# name: P\n# type: permutation matrix\n# size: 3\n# orient: c\n3\n1\n2\n\n\n",
     0,
     NULL,
     3,
     3,
     {0, 1, 0, 0, 0, 1, 1, 0, 0},
     NULL},
    {"Octave permutation out of bounds",
     OCTAVE "# name: P\n# type: permutation matrix\n# size: 3\n# orient: c\n4\n1\n2\n\n\n",
     0,
     NULL,
     0,
     0,
     {0},
     "line 6: P: a place 4, expected one from 1 to 3"},
    {"Octave struct: its parts are the arrays, not itself",
     OCTAVE "# name: x\n# type: scalar struct\n# ndims: 2\n 1 1\n# length: 2\n# name: A\n# type: matrix\n# rows: 1\n# columns: "
            "2\n 1 2\n\n\n# name: k\n# type: scalar\n3\n",
     0,
     NULL,
     0,
     0,
     {0},
     "the file holds 2: A, k"},
    {"Octave struct of one array",
     OCTAVE "# name: x\n# type: scalar struct\n# ndims: 2\n 1 1\n# length: 1\n# name: A\n# type: matrix\n# rows: 1\n# columns: "
            "2\n 1 2\n\n\n",
     0,
     NULL,
     1,
     2,
     {1, 2},
     NULL},
    {"Octave binary", "Octave-1-L\0\1\2", 13, NULL, 0, 0, {0}, "Octave's own binary format"},
    {"control characters between cells", "1.5\0372\036\n2.5\0373\036\n", 0, NULL, 0, 0, {0}, "the control character 0x1f"},
    {"Octave Inf",
     OCTAVE "# name: D\n# type: matrix\n# rows: 1\n# columns: 1\n Inf\n",
     0,
     NULL,
     0,
     0,
     {0},
     "an infinite value"},
    {"Octave complex",
     OCTAVE "# name: D\n# type: complex matrix\n# rows: 1\n# columns: 1\n (1,2)\n",
     0,
     NULL,
     0,
     0,
     {0},
     "complex values"},
    {"aligned FASTA, any case", ">a x\nAC\n-e\n>b\nac-d\n", 0, NULL, 2, 4, {1, 2, 0, 4, 1, 2, 0, 3}, "case is ignored"},
    {"A2M", ">a\nMKag-C\n>b\nM.KWC\n", 0, NULL, 2, 4, {11, 9, 0, 2, 11, 9, 19, 2}, "lower case and dots are inserts"},
    {"A3M of equal lengths", ">a\nMKaC\n>b\nMgKC\n", 0, NULL, 2, 3, {11, 9, 2, 11, 9, 2}, "inserts"},
    {"masked or A2M", ">a\nMKaC\n>b\nMKgC\n", 0, NULL, 2, 3, {11, 9, 2, 11, 9, 2}, "the same columns of all rows"},
    {"RNA and DNA are one", ">a\nACGT\n>b\nacgu\n", 0, NULL, 2, 4, {1, 2, 3, 4, 1, 2, 3, 4}, "5 states a position: -ACGT"},
    {"unknown letters", ">a\nMKX\n>b\nMKW\n", 0, NULL, 2, 3, {11, 9, M, 11, 9, 19}, "unknown: X 1"},
    {"hhsuite's other records",
     "#c\n>ss_pred\nHHH\n>a\nMKW\n>a_consensus\nMKW\n",
     0,
     NULL,
     1,
     3,
     {11, 9, 19},
     "2 records that are not sequences"},
    {"not aligned", ">a\nMKW\n>b\nMK\n", 0, NULL, 0, 0, {0}, "is not an alignment: a has 3 letters, b 2"},
    {"digits", ">a\nMK1\n", 0, NULL, 0, 0, {0}, "line 2: '1' in a sequence"},
    {"Stockholm in blocks",
     "# STOCKHOLM 1.0\na MK\nb M-\n#=GC RF x.\n\na W\nb W\n#=GC RF x\n//\n",
     0,
     NULL,
     2,
     2,
     {11, 19, 11, 19},
     "#=GC RF marks"},
    {"a name twice", "# STOCKHOLM 1.0\na MK\na ML\n//\n", 0, NULL, 0, 0, {0}, "line 3: the name 'a' occurs twice in one block"},
    {"two of them", "# STOCKHOLM 1.0\na MK\n//\n# STOCKHOLM 1.0\na MK\n//\n", 0, NULL, 0, 0, {0}, "holds 2 alignments"},
    {"Clustal", "CLUSTAL W\n\na MK\n", 0, NULL, 0, 0, {0}, "is an alignment in Clustal form"},
    {"PHYLIP", " 2 4\na    MKWA\nb    MKWA\n", 0, NULL, 0, 0, {0}, "is an alignment in PHYLIP form"},
    {"PHYLIP, names of ten",
     " 2 6\nsp|Z1|AAA_MK-WAL\nb         M-KWAL\n",
     0,
     NULL,
     0,
     0,
     {0},
     "is an alignment in PHYLIP form"},
    {"dense ARFF behind comments",
     "% x\n\n@relation r\n@attribute a numeric\n@attribute 'b c' {lo,hi}\n@data\n% y\n1.5,hi\n?,'lo'\n2,?\n",
     0,
     NULL,
     3,
     2,
     {1.5, 0, M, 1, 2, M},
     NULL},
    {"sparse ARFF: what is left out is the first value, not the least",
     "@RELATION r\n@ATTRIBUTE a REAL\n@ATTRIBUTE b {2,1}\n@DATA\n{0 3}\n{1 1}\n{0 1, 1 ?}\n",
     0,
     NULL,
     3,
     2,
     {3, 1, 0, 0, 1, M},
     NULL},
    {"ARFF with too few values",
     "@relation r\n@attribute a real\n@attribute b real\n@data\n1\n",
     0,
     NULL,
     0,
     0,
     {0},
     "line 5: 1 values, expected 2"},
    {"ARFF, a value that is not declared",
     "@relation r\n@attribute a real\n@attribute b {lo,hi}\n@data\n1,lo\n2,high\n",
     0,
     NULL,
     0,
     0,
     {0},
     "line 6: 'high' is not one of the 2 values that the header declares for b"},
    {"ARFF, words that no list declares",
     "@relation r\n@attribute a real\n@attribute b string\n@data\n1,lo\n2,hi\n3,lo\n",
     0,
     NULL,
     3,
     2,
     {1, 1, 2, 0, 3, 1},
     NULL},
    {"KEEL's null",
     "@relation r\n@attribute a real\n@attribute b {lo,hi}\n@inputs a\n@data\n1,lo\n<null>,hi\n3,<null>\n",
     0,
     NULL,
     3,
     2,
     {1, 1, M, 0, 3, M},
     NULL},
    {"ARFF with weights",
     "@relation r\n@attribute a real\n@data\n1,{2}\n3\n5 , { 0.5 }\n",
     0,
     NULL,
     3,
     1,
     {1, 3, 5},
     "2 rows have a weight at their ends"},
    {"sparse ARFF with weights",
     "@relation r\n@attribute a real\n@attribute b real\n@data\n{0 1},{2}\n{1 3}\n{}, {0}\n",
     0,
     NULL,
     3,
     2,
     {1, 0, 0, 3, 0, 0},
     "2 rows have a weight"},
    {"ARFF, a weight below 0",
     "@relation r\n@attribute a real\n@data\n1,{-2}\n",
     0,
     NULL,
     0,
     0,
     {0},
     "line 4: the weight of a row"},
    {"ARFF, a weight that is none",
     "@relation r\n@attribute a real\n@data\n{0 1},{2\n",
     0,
     NULL,
     0,
     0,
     {0},
     "a number from 0 in braces"},
    {"ARFF, more values", "@relation r\n@attribute a real\n@data\n1,2\n", 0, NULL, 0, 0, {0}, "more than 1 values"},
    {"ARFF, attribute beyond",
     "@relation r\n@attribute a real\n@data\n{1 2}\n",
     0,
     NULL,
     0,
     0,
     {0},
     "line 4: expected the number of an attribute, 0 to 0"},
    {"Parquet", "PAR1\x15\4xx", 0, NULL, 0, 0, {0}, "is a Parquet file, which is not read; pandas.read_parquet"},
    {"xlsx", "PK\3\4xxxxxxxxxxxxxxxxxxxxxxxxxx[Content_Types].xml", 0, NULL, 0, 0, {0}, "Excel workbook (.xlsx)"},
    {"PyTorch", "PK\3\4xxxxxxxxxxxxxxxxxxxxxxxxxxmodel/data.pklxxxxxxxxxxxxxxxxxxxxxxxxx", 0, NULL, 0, 0, {0}, "boltz import"},
    {"JSON", "\n {\"a\": [1]}", 0, NULL, 0, 0, {0}, "is JSON"},
    {"pickle", "\x80\4\x95xxxx", 0, NULL, 0, 0, {0}, "is a Python pickle"},
    {"rds", "X\n\0\0\0\3", 6, NULL, 0, 0, {0}, "is an R object (.rds)"},
    {"RData", "RDX3\nX\n", 0, NULL, 0, 0, {0}, "is an R workspace"},
    {"dta", "<stata_dta><header>", 0, NULL, 0, 0, {0}, "is a Stata file"},
    {"sav", "$FL2@(#) SPSS", 0, NULL, 0, 0, {0}, "is an SPSS file"},
    {"xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, NULL, 0, 0, {0}, "old Excel workbook"},
    {"FASTQ", "@r1\nACGT\n+\nIIII\n", 0, NULL, 0, 0, {0}, "in FASTQ form"},
    {"PIR", ">P1;CRAB\ncrab\nACDEF*\n", 0, NULL, 0, 0, {0}, "in PIR form"},
    {"JPEG", "\xff\xd8\xff\xe0", 0, NULL, 0, 0, {0}, "is a JPEG picture"},
    {"WebP", "RIFFxxxxWEBPVP8 ", 0, NULL, 0, 0, {0}, "is a WebP picture"},
};

static int read_case(struct train_table *t, const struct format_case *c, struct bz_error *err)
{
    struct train_source s;
    const struct train_data_options user = {.array = c->array, .missing = "infer"};
    const struct train_table_options o = {.user = &user};
    if (train_source_from(&s, "x", c->text, c->size ? c->size : strlen(c->text), 0, err) < 0)
        return -1;
    return train_table_parse(t, &s, &o, err);
}

static void expect_reading(const struct format_case *c, const struct train_table *t)
{
    bool said = !c->said;
    assert_int_equal(t->rows, c->rows);
    assert_int_equal(t->columns, c->columns);
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        const double x = train_table_value(t, i / c->columns, i % c->columns);
        if (x != c->values[i] && !(isnan(x) && c->values[i] == M))
            fail_msg("%s: value %zu is %.17g, want %.17g", c->what, i, x, c->values[i]);
    }
    for (size_t i = 0; i < t->reading.n_said; i++)
        said = said || strstr(t->reading.said[i], c->said);
    if (!said)
        fail_msg("%s: '%s' was not said", c->what, c->said);
}

static void every_file_is_read_as_it_is_meant_or_refused_by_what_it_is(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        struct train_table t;
        struct bz_error err;
        const int rc = read_case(&t, &cases[k], &err);
        if (cases[k].rows > 0) {
            if (rc < 0)
                fail_msg("%s: %s", cases[k].what, err.msg);
            expect_reading(&cases[k], &t);
            train_table_free(&t);
        } else if (rc == 0)
            fail_msg("%s: was read", cases[k].what);
        else if (!strstr(err.msg, cases[k].said))
            fail_msg("%s: '%s', want '%s'", cases[k].what, err.msg, cases[k].said);
    }
}

static void unknown_letters_are_errors_unless_they_are_to_be_inferred(void **state)
{
    (void)state;
    struct train_source s;
    struct train_table t;
    struct bz_error err;
    const struct train_data_options user = {0};
    assert_int_equal(train_source_from(&s, "x", ">a\nMKX\n>b\nM*W\n", 14, 0, &err), 0);
    assert_int_equal(train_table_parse(&t, &s, &(struct train_table_options){.user = &user}, &err), -1);
    assert_non_null(strstr(err.msg, "2 letters that are not states (* 1, X 1): --missing infer"));
}

/* A text as UTF-16 with a byte order mark, or with carriage returns only; needs room for twice its length. */
static size_t other_text(char *out, const char *text, bool wide)
{
    size_t n = 0;
    if (wide)
        out[n++] = '\xff', out[n++] = '\xfe';
    for (; *text; text++) {
        out[n++] = *text == '\n' && !wide ? '\r' : *text;
        if (wide)
            out[n++] = 0;
    }
    return n;
}

static void encodings_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {">a\nMKW\n>b\nMLW\n", "# STOCKHOLM 1.0\na MKW\nb MLW\n//\n",
                                        "@relation r\n@attribute a real\n@attribute b real\n@data\n1,2\n3,4\n",
                                        MM "array real general\n2 2\n1\n3\n2\n4\n", "1 1:0.5 2:1\n-1 1:2\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (int form = 0; form < 2; form++) {
            char bytes[256];
            struct train_table plain, t;
            struct bz_error err;
            const size_t size = other_text(bytes, texts[i], form);
            assert_int_equal(table_of_text(&plain, texts[i], NULL, &err), 0);
            if (table_of_bytes(&t, bytes, size, NULL, &err) < 0)
                fail_msg("%s, %s: %s", texts[i], form ? "UTF-16" : "CR", err.msg);
            assert_string_equal(t.reading.format, plain.reading.format);
            assert_true(t.rows == plain.rows && t.columns == plain.columns);
            for (size_t k = 0; k < t.rows * t.columns; k++)
                assert_true(train_table_value(&t, k / t.columns, k % t.columns) ==
                            train_table_value(&plain, k / t.columns, k % t.columns));
            train_table_free(&plain);
            train_table_free(&t);
        }
    const char json[] = "\xff\xfe{\0\"\0a\0\"\0:\0\x31\0}\0";
    struct train_table t;
    struct bz_error err;
    assert_int_equal(table_of_bytes(&t, json, sizeof(json) - 1, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "is JSON"));
}

/* --- pictures --- */

static void write_picture(const char *folder, const char *name, size_t width, size_t height, uint8_t first)
{
    char path[256];
    uint8_t pixels[64], *png;
    size_t size;
    struct bz_error err;
    const struct bz_picture p = {.width = width, .height = height, .channels = 1, .pixels = pixels};
    for (size_t i = 0; i < width * height; i++)
        pixels[i] = (uint8_t)(first + i);
    assert_int_equal(bz_png_encode(&png, &size, &p, &err), 0);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_int_equal(fwrite(png, 1, size, f), size);
    fclose(f);
    bz_free(png);
}

static void a_folder_of_pictures_is_a_row_for_each_by_name(void **state)
{
    (void)state;
    char folder[] = "/tmp/boltz-pictures-XXXXXX", digest[65], command[64];
    struct train_table t;
    struct bz_error err;
    const struct train_data_options user = {0};
    const struct train_table_options o = {.user = &user};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(train_table_read(&t, folder, &o, digest, &err), -1);
    assert_non_null(strstr(err.msg, "a folder without PNG files"));
    char below[64];
    snprintf(below, sizeof(below), "%s/low", folder);
    assert_int_equal(mkdir(below, 0700), 0);
    assert_int_equal(train_table_read(&t, folder, &o, digest, &err), -1);
    assert_non_null(strstr(err.msg, "a folder of folders ('low' ...)"));
    assert_int_equal(rmdir(below), 0);
    write_picture(folder, "b.png", 3, 2, 10);
    write_picture(folder, "a.png", 3, 2, 1);
    if (train_table_read(&t, folder, &o, digest, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(t.rows, 2);
    assert_int_equal(t.columns, 6);
    assert_int_equal(t.rank, 2);
    assert_int_equal(t.shape[0], 2);
    assert_int_equal(t.shape[1], 3);
    assert_true(t.bytes);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(t.u8[i], i < 6 ? 1 + i : 4 + i);
    train_table_free(&t);
    write_picture(folder, "c.png", 2, 3, 1);
    assert_int_equal(train_table_read(&t, folder, &o, digest, &err), -1);
    assert_non_null(strstr(err.msg, "c.png: PNG: expected 2x3 pixels (height x width), found 3x2"));
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_read_as_it_is_meant_or_refused_by_what_it_is),
        cmocka_unit_test(unknown_letters_are_errors_unless_they_are_to_be_inferred),
        cmocka_unit_test(encodings_and_line_ends_do_not_matter),
        cmocka_unit_test(a_folder_of_pictures_is_a_row_for_each_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
