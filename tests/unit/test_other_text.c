/* Texts that are no tables of cells are told by what they are; tables that resemble them are read. */
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct text_case {
    const char *text, *what; /* what: in the refusal; NULL = rows and columns are read */
    size_t rows, columns;
};

static const struct text_case cases[] = {
    {"1 |f a:0.5 b:2\n-1 |f a:1.5\n", "Vowpal Wabbit", 0, 0},
    {"1 1.0 'tag|f a:1.5 b |g c\n-1 2.0 'tig|f a:2 b\n", "Vowpal Wabbit", 0, 0},
    {"| price:.23 sqft:.25 age:.05 2006\n| price:.3 sqft:.1 age:.1 2007\n", "Vowpal Wabbit", 0, 0},
    {"1 |text some words\n-1 |text other words\n", "Vowpal Wabbit", 0, 0},
    {"1|12\n2|13\n5|12\n", NULL, 3, 2},
    {"1 0:12:1 3:7:0.5\n0 0:11:1 3:9:0.25\n", "libffm", 0, 0},
    {"1 age:0.5 cnt:3\n0 age:0.25 fare:2\n", "names for indices", 0, 0},
    {"a,b\nchr1:100,3.5\nchr1:200,2.5\n", NULL, 2, 2},
    {"temp:1.5\tcnt:2\ntemp:2.5\tcnt:3\n", "rows of name=value", 0, 0},
    {"temp=1.5,cnt=2\ntemp=2.5,cnt=3\n", "rows of name=value", 0, 0},
    {"http://a/x\nhttp://b/y\nhttp://a/x\n", NULL, 3, 1},
    {"weather,place=x temp=1.5 146\nweather,place=y temp=1.25 147\n", "InfluxDB", 0, 0},
    {"temp 1.5\ncnt  2\n\ntemp 2.5\ncnt  3\n", "Miller's xtab", 0, 0},
    {" temp = 1.5\n  cnt = 2\n\n temp = 2.5\n  cnt = 3\n", "sqlite3's line mode", 0, 0},
    {"0 1\n1 2\n\n\n0 3\n1 4\n", "blocks as gnuplot reads them", 0, 0},
    {"\n# Curve 0 of 1\n# x y type\n0 1 i\n1 2 i\n", "gnuplot's 'set table'", 0, 0},
    {"low,high.\n\ntemp: continuous.\ncnt: 0,1,2.\n", "C4.5", 0, 0},
    {"a\tb\tk\ncontinuous\tdiscrete\tdiscrete\n\t\tclass\n1.5\t0\tx\n2\t1\ty\n", "Orange", 0, 0},
    {"a\tb\tk\ncontinuous\t0 1\tx y\n\t\tclass\n1.5\t0\tx\n2\t1\ty\n", "Orange", 0, 0},
    {"sex\tmate\nm\tf\nm\tm\nf\tm\n", NULL, 3, 2},
    {"- temp: 1.5\n  cnt: 2\n- temp: 2.5\n  cnt: 3\n", "YAML", 0, 0},
    {"---\n- 1.5\n- 2.5\n", "YAML", 0, 0},
    {"temp:\n- 1.5\n- 2.5\ncnt:\n- 1\n- 2\n", "YAML", 0, 0},
    {"-\t1.5\n-\t2.5\n3\t1\n", NULL, 3, 2},
    {"[[row]]\ntemp = 1.5\n\n[[row]]\ntemp = 2.5\n", "TOML", 0, 0},
    {"a.b=1\na.c=2\na.d=3\n", "properties", 0, 0},
    {"row {\n  temp: 1.5\n}\nrow {\n  temp: 2.5\n}\n", "protobuf", 0, 0},
    {"# HELP up Whether.\n# TYPE up gauge\nup 1\n", "Prometheus", 0, 0},
    {"# TYPE TEMP FLOW\n0.5 1.5 2.5\n1.5 2.5 3.5\n", NULL, 2, 3},
    {"Title: x\nPlotname: Transient\nValues:\n0\t1.5\n", "SPICE", 0, 0},
    {"time\tV(out)\nStep Information: R=1K\n0\t1\n1\t2\n", "SPICE", 0, 0},
    {"3\n5\n4\n1 1 2\n1 4 1\n2 2 3\n3 5 1\n", "bag of words", 0, 0},
    {"3\nwater\nO 0.0 0.0 0.0\nH 0.7 0.5 0.0\nH -0.7 0.5 0.0\n", "XYZ", 0, 0},
    {"3\na 0 1 2\nb 1 0 3\nc 2 3 0\n", "distances (PHYLIP)", 0, 0},
    {"2 3\nthe 0.1 0.2 0.3\nof 0.2 0.1 0.5\n", "word2vec", 0, 0},
    {"A =\n\n   1.5   2\n   2.5   3\n\n", "MATLAB or Octave", 0, 0},
    {"A = [ 1 2; 3 4];\n", "MATLAB or Octave", 0, 0},
    {" Columns 1 through 2:\n\n 1 2\n\n Columns 3:\n\n 1\n", "MATLAB or Octave", 0, 0},
    {"2\xc3\x97"
     "2 Matrix{Float64}:\n 1.5 2\n 2.5 3\n",
     "Julia", 0, 0},
    {"      [,1]  [,2]\n[1,]  1.5  2\n[2,]  2.5  3\n", "as R displays", 0, 0},
    {"       temp cnt\n[1,] -3.125   8\n[2,]  0.993   8\n", "as R displays", 0, 0},
    {"'a','b'\n'1.5','x'\n'2.5','y'\n'3.5','x'\n", "is a number with other signs", 0, 0},
    {" [1] 0.5 1.5\n [3] 2.5 3.5\n", "as R displays", 0, 0},
    {"[[ 0.1 0.2]\n [ 0.3 0.4]]\n", "as Python displays", 0, 0},
    {"array([[0.1, 0.2],\n       [0.3, 0.4]])\n", "as Python displays", 0, 0},
    {"(0.1, 0.2)\n(0.3, 0.4)\n", "as Python displays", 0, 0},
    {"{'a': 0.1, 'b': 2}\n{'a': 0.3, 'b': 4}\n", "Python dictionaries", 0, 0},
    {"[0.1, 0.2]\n[0.3, 0.4]\n", "is JSON", 0, 0},
    {"     a    b\n0  0.1  0.2\n..  ...  ...\n99  0.3  0.4\n\n[100 rows x 2 columns]\n", "as pandas displays", 0, 0},
    {"shape: (2, 1)\n\xe2\x94\x8c\n", "polars", 0, 0},
    {"*************************** 1. row ***************************\n temp: 1.5\n", "mysql \\G", 0, 0},
    {"-[ RECORD 1 ]\ntemp | 1.5\n", "psql's expanded", 0, 0},
    {"INSERT INTO t VALUES(1.5,2);\nINSERT INTO t VALUES(2.5,3);\n", "SQL", 0, 0},
    {"====  ===\ntemp  cnt\n====  ===\n 1.5  2\n", "drawn for reading", 0, 0},
    {"||a||b||\n|1.5|2|\n", "Jira", 0, 0},
    {"||1.5\n|2|2.5\n", NULL, 2, 3},
    {"MKV-LA\nMKVGLA\nM-VGLA\n", "sequences without names", 0, 0},
    {"EITKKIQFFKHQ\nVCYCVYTFQKKS\n", "sequences without names", 0, 0},
    {"HIGH\nMEAN\nHIGH\n", NULL, 3, 1},
    {"\xef\xbb\xbf>a\nMKV-LA\n>b\nMKVGLA\n", NULL, 2, 6},
    {"((a,b),c);\n((a,c),b);\n", "Newick", 0, 0},
    {"##fileformat=VCFv4.2\n#CHROM\tPOS\n1\t5\n2\t6\n", "VCF", 0, 0},
    {"track name=x\nchr1\t0\t50\t1.5\nchr1\t50\t90\t2\n", "genome browser", 0, 0},
    {"track name,length\na,1.5\nb,2.5\na,3.5\n", NULL, 3, 2},
    {"<head>\n<title>404</title></head>\n", "web page", 0, 0},
    {"<NA>\n1.5\n2.5\n", NULL, 3, 1},
    {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS", 0, 0},
    {"a,b\n3.5 K,1\n2.5 K,2\n1.25 K,2\n", "numbers with ' K' behind each", 0, 0},
    {"a,b\n3 # x,1\n2 # x,2\n1.25 # x,2\n", "numbers with ' # x' behind each", 0, 0},
    {"a,b\n10mm,1\n12mm,2\n10mm,2\n12mm,1\n", NULL, 4, 2},
    {"a,b\n1st,1\n2nd,2\n3rd,2\n1st,1\n", NULL, 4, 2},
    {"a,b\n=\"3.5\",1\n=\"2.5\",2\n", "is a number with other signs", 0, 0},
    {"a,b\n'3.5,1\n'2.5,2\n", "is a number with other signs", 0, 0},
    {"a,b\n3.5-,1\n2.5,2\n", "is a number with other signs", 0, 0},
    {"a,b\n(1.5+2j),1\n(2.5-1j),2\n", "is a number with other signs", 0, 0},
    {"a;b\n7\xe2\x80\x99"
     "823.37;1\n8\xe2\x80\x99"
     "911.73;2\n",
     "is a number with other signs", 0, 0},
    {"a,b\n\xd9\xa3.\xd9\xa1,1\n\xd9\xa2.\xd9\xa1,2\n", "is a number with other signs", 0, 0},
    {"a\tb\n-3.125\t7,823.37\n2.5\t8,911.73\n", "has thousands separators", 0, 0},
    {"a,b\n1_001,1\n1_002,2\n2_001,2\n", NULL, 3, 2},
    {"a,b\n101A,1\n102A,2\n103A,2\n", NULL, 3, 2},
    {"// made by x\n1.5,2.25\n2.5,3.25\n", NULL, 2, 2},
    {"a,b\n1,2,\n3,4,\n5,6,\n", NULL, 3, 2},
    {"a,b\n1,2,3,4\n5,6,7,8\n2,2,2,1\n", "2 names, the rows have 4 cells", 0, 0},
    {"made\n1.5,2.25\n2.5,3.25\n", "1 names, the rows have 2 cells", 0, 0},
    {"1.5D+00 2.5D-03\n1.5D+01 2.5D+03\n", NULL, 2, 2},
    {"1.5 2.5\n****** 3.5\n", NULL, 2, 2},
    {"a,b\n.a,1.5\n2.5,.z\n3,4\n", NULL, 3, 2},
    {"-3.5 0.5 1e-3\n", NULL, 1, 3},
    {"(5.00)\n(6.00)\n7\n", "is a number with other signs", 0, 0},
    {"a\n2026-01-02T10:00\n2026-01-02T10:05\n1.5\n2\n3\n", "is a date or time", 0, 0},
};

static void what_is_no_table_is_named_and_what_resembles_it_is_read(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        const struct text_case *c = &cases[k];
        const struct train_data_options o = {.missing = "infer"};
        struct train_table t;
        struct bz_error err;
        if (table_of_text(&t, c->text, &o, &err) < 0) {
            if (!c->what || !strstr(err.msg, c->what))
                fail_msg("'%s': %s", c->text, err.msg);
            continue;
        }
        if (c->what)
            fail_msg("'%s' was read, want '%s'", c->text, c->what);
        if (t.rows != c->rows || t.columns + t.reading.n_left_out != c->columns)
            fail_msg("'%s': %zu rows of %zu cells", c->text, t.rows, t.columns + t.reading.n_left_out);
        train_table_free(&t);
    }
}

/* Cut short anywhere: nothing is read beyond the end (the buffer ends where the text does). */
static void texts_that_are_cut_short_are_read_to_their_end_only(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
        for (size_t size = 1; size <= strlen(cases[k].text); size++) {
            struct train_table t;
            struct bz_error err;
            if (table_of_bytes(&t, cases[k].text, size, NULL, &err) == 0)
                train_table_free(&t);
        }
}

static void separator_given_by_the_user_makes_a_table_of_anything(void **state)
{
    (void)state;
    const struct train_data_options o = {.separator = "blank"};
    struct train_table t;
    struct bz_error err;
    if (table_of_text(&t, "2 3\n4 5\n1 0\n", &o, &err) < 0 ||
        (train_table_free(&t), table_of_text(&t, "a.b= 1\na.c= 2\na.b= 3\n", &o, &err) < 0))
        fail_msg("refused: %s", err.msg);
    assert_int_equal(t.columns, 2);
    train_table_free(&t);
}

/* Truth values go by what they mean, however they are spelled; letters of several alphabets stay letters. */
static void truth_values_of_many_spellings_are_one_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool truth;
    } columns[] = {
        {"a\nTrue\nf\n1\nt\nFALSE\n", true},
        {"a\nyes\nTrue\nno\nF\n0\n", true},
        {"a\nVRAI\nFAUX\nVRAI\nFAUX\nVRAI\n", true},
        {"a\n.TRUE.\n.FALSE.\n.TRUE.\n.FALSE.\n.TRUE.\n", true},
        {"a\nFALSO\nVERDADERO\nFALSO\nFALSO\nVERDADERO\n", true},
        {"a\nT\nN\nF\nY\nY\n", false},
        {"a\nno\noff\nno\noff\nno\n", false},
        {"a\nTrue\nFalse\nmaybe\nTrue\nFalse\n", false},
    };
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct train_table t;
        struct bz_error err;
        if (table_of_text(&t, columns[i].text, NULL, &err) < 0)
            fail_msg("%s: %s", columns[i].text, err.msg);
        if ((t.boolean && t.boolean[0]) != columns[i].truth || t.rows != 5)
            fail_msg("%s: %s", columns[i].text, columns[i].truth ? "no truth values" : "truth values");
        if (i == 0)
            for (size_t r = 0; r < 5; r++)
                assert_true(train_table_value(&t, r, 0) == (r == 0 || r == 2 || r == 3));
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_table_is_named_and_what_resembles_it_is_read),
        cmocka_unit_test(texts_that_are_cut_short_are_read_to_their_end_only),
        cmocka_unit_test(separator_given_by_the_user_makes_a_table_of_anything),
        cmocka_unit_test(truth_values_of_many_spellings_are_one_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
