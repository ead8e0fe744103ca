/* Rows of several files, paired by their names; files that are unlike what a model learned from. */
#include "data_case.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static bool says(const struct train_data *d, const char *words)
{
    for (size_t i = 0; i < d->n_said; i++)
        if (strstr(d->said[i], words))
            return true;
    return false;
}

/* The value of a row of the second file, whose layer has one unit. */
static float second(const struct train_data *d, size_t row)
{
    float x = 0;
    assert_int_equal(d->parts[1].size, 1);
    train_part_read(&d->parts[1], &row, 1, NULL, &x, NULL);
    return x;
}

/* --- several files --- */

#define FILES(a, b)                                                                                                            \
    {                                                                                                                          \
        (const char *[]){a, b}, 2                                                                                              \
    }

static const char *named(const char *name, const char *text)
{
    static char out[16][600];
    static size_t n;
    char file[32], *arg = out[n++ % 16];
    snprintf(file, sizeof(file), "%s.csv", name);
    snprintf(arg, sizeof(out[0]), "%s=%s", name, text_file(file, text));
    return arg;
}

static void rows_of_several_files_are_paired_by_their_names(void **state)
{
    (void)state;
    const char *a = named("a", "id,x\np,1\nq,2\nr,4\n");
    struct train_data_options o = {.data = FILES(a, named("b", "y,id\n7,r\n5,p\n6,q\n")), .index_column = "id"};
    struct train_data *d = load(&o);
    assert_true(second(d, 0) == 5 && second(d, 1) == 6 && second(d, 2) == 7);
    assert_true(says(d, "by name, 3 of them"));
    train_data_free(d);
    /* plain files: the same order, the same name twice in it */
    o.data = (struct bz_list)FILES(a, named("b", "y,id\n5,p\n6,q\n7,r\n"));
    d = load(&o);
    assert_true(second(d, 0) == 5 && !says(d, "by name"));
    train_data_free(d);
    o.data = (struct bz_list)FILES(named("a", "id,x\np,1\np,2\nr,4\n"), named("b", "y,id\n5,p\n6,p\n7,r\n"));
    d = load(&o);
    assert_true(second(d, 1) == 6);
    /* a name that columns of two files share is told, that of the names of rows is not */
    assert_false(says(d, "both have a column"));
    train_data_free(d);
    o.data = (struct bz_list)FILES(named("a", "id,x\np,1\nq,2\nr,4\n"), named("b", "x,id\n5,p\n6,q\n7,r\n"));
    d = load(&o);
    assert_true(says(d, "a and b both have a column 'x'"));
    train_data_free(d);
    /* what cannot be paired */
    o.data = (struct bz_list)FILES(named("a", "id,x\np,1\nq,2\nr,4\n"), named("b", "y,id\n7,r\n5,p\n6,s\n"));
    NOT_LOADED(&o, "no row is called 'q', as row 2 of");
    o.data = (struct bz_list)FILES(named("a", "id,x\np,1\np,2\nr,4\n"), named("b", "y,id\n7,r\n5,p\n6,s\n"));
    NOT_LOADED(&o, "several rows are called 'p'");
    o.data = (struct bz_list)FILES(named("a", "id,x\np,1\np,2\nr,4\n"), named("b", "y,id\n7,r\n5,p\n6,p\n"));
    NOT_LOADED(&o, "several rows are called 'p'");
}

/* Names that nobody asked for are left out of both files, and tell their order all the same. */
static void left_out_names_in_another_order_are_refused(void **state)
{
    (void)state;
    char text[3][600] = {"id,x\n", "id,y\n", "id,z\n"};
    for (int i = 0; i < 24; i++) {
        snprintf(text[0] + strlen(text[0]), 20, "p%d,%d.5\n", i, i % 7);
        snprintf(text[1] + strlen(text[1]), 20, "p%d,%d.5\n", i * 5 % 24, i % 5);
        snprintf(text[2] + strlen(text[2]), 20, "p%d,%d.5\n", i, i % 5);
    }
    struct train_data_options o = {.data = FILES(named("a", text[0]), named("b", text[1]))};
    NOT_LOADED(&o, "'id'", "in another order", "--index-column id", "--exclude id");
    o.exclude = (struct bz_list)ONE("id");
    struct train_data *d = load(&o);
    assert_true(second(d, 1) == 1.5F);
    train_data_free(d);
    o = (struct train_data_options){.data = FILES(named("a", text[0]), named("b", text[1])), .index_column = "id"};
    d = load(&o);
    assert_true(second(d, 5) == 1.5F);
    train_data_free(d);
    o = (struct train_data_options){.data = FILES(named("a", text[0]), named("b", text[1])), .label_column = "z"};
    NOT_LOADED(&o, "in another order");
    memcpy(text[1], "nr", 2); /* under another name */
    o = (struct train_data_options){.data = FILES(named("a", text[0]), named("b", text[1]))};
    NOT_LOADED(&o, "column 'nr' holds what 'id' of", "in another order", "--exclude nr,id");
    o.exclude = (struct bz_list)ONE("nr,id");
    train_data_free(load(&o));
    o = (struct train_data_options){.data = FILES(named("a", text[0]), named("b", text[1])), .index_column = "id"};
    NOT_LOADED(&o, "b.csv has no column 'id'");
    /* one word and gaps are no names */
    o = (struct train_data_options){.data = FILES(named("a", "m,x\nu,1\n,2\nu,4\n"), named("b", "n,y\nu,1\nu,2\n,4\n")),
                                    .missing = "infer"};
    train_data_free(load(&o));
    /* plain: the same order; names that differ from file to file */
    o = (struct train_data_options){.data = FILES(named("a", text[0]), named("c", text[2]))};
    train_data_free(load(&o));
    for (char *p = text[1]; (p = strchr(p, 'p')); p++)
        *p = 'q';
    o.data = (struct bz_list)FILES(named("a", text[0]), named("b", text[1]));
    train_data_free(load(&o));
}

/* Options about columns name those of one file or another. */
static void columns_of_options_are_in_some_file(void **state)
{
    (void)state;
    const char *a = named("a", "k,x,c\nu,1.5,1\nv,2.5,2\nu,4.5,1\n"), *b = named("b", "y\n7.5\n5.5\n6.5\n");
    struct train_data_options o = {.data = FILES(a, b), .exclude = ONE("k"), .categorical = ONE("c")};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 3);
    train_data_free(d);
    o = (struct train_data_options){.data = FILES(b, a), .labels = "k"};
    d = load(&o);
    assert_int_equal(d->n_classes, 2);
    train_data_free(d);
    o.exclude = (struct bz_list)ONE("z");
    NOT_LOADED(&o, "--exclude: z is a column of none of the data files");
    o = (struct train_data_options){.data = FILES(a, b), .labels = "z"};
    NOT_LOADED(&o, "--labels z: no such file, and z is a column of none");
    o = (struct train_data_options){.data = FILES(a, b), .where = ONE("k=u")};
    NOT_LOADED(&o, "--where", "b.csv has no column 'k'");
    o = (struct train_data_options){.data = {(const char *[]){strchr(a, '=') + 1}, 1}, .exclude = ONE("z")};
    NOT_LOADED(&o, "a.csv has no column 'z'");
}

/* Two alignments name their sequences each in its own way, or alike. */
static void sequences_are_paired_if_they_have_the_same_names(void **state)
{
    (void)state;
    const char *a = named("a", ">s1\nAC\n>s2\nGG\n");
    struct train_data_options o = {.data = FILES(a, named("b", ">t1\nA\n>t2\nG\n"))};
    struct train_data *d = load(&o);
    assert_true(says(d, "paired by position"));
    train_data_free(d);
    o.data = (struct bz_list)FILES(a, named("b", ">s2\nG\n>s1\nA\n"));
    d = load(&o);
    assert_true(says(d, "by name, 2 of them"));
    train_data_free(d);
    o.data = (struct bz_list)FILES(a, named("b", ">s1\nA\n>s2\nG\n"));
    d = load(&o);
    assert_false(says(d, "by name") || says(d, "by position"));
    train_data_free(d);
    /* domains of the same sequences */
    o.data = (struct bz_list)FILES(named("a", ">s1/1-9\nAC\n>s2/3-4\nGG\n"), named("b", ">s2/30-44\nG\n>s1\nA\n"));
    d = load(&o);
    assert_true(says(d, "by name, 2 of them"));
    train_data_free(d);
    /* two domains of a sequence: in the same order, or nobody can tell */
    o.data = (struct bz_list)FILES(named("a", ">s1/1-9\nAC\n>s1/12-14\nGG\n"), named("b", ">s1/1-8\nG\n>s1/11-13\nA\n"));
    d = load(&o);
    assert_false(says(d, "by position"));
    train_data_free(d);
    o.data = (struct bz_list)FILES(named("a", ">s1/1-9\nAC\n>s1/12-14\nGG\n>s2\nAA\n"),
                                   named("b", ">s2\nG\n>s1/1-8\nG\n>s1/11-13\nA\n"));
    NOT_LOADED(&o, "several rows are called 's1");
    /* some names in common */
    o.data = (struct bz_list)FILES(named("a", ">s1\nAC\n>s2\nGG\n"), named("b", ">s2\nG\n>s3\nA\n"));
    NOT_LOADED(&o, "no row is called 's1'", "1 of the 2 names of", "seqkit grep");
    o.data = (struct bz_list)FILES(a, named("b", ">s2\nG\n>s3\nA\n>s1\nA\n"));
    NOT_LOADED(&o, "3 rows, ", "2 of the 2 names of", "seqkit grep");
}

/* Weights in an ARFF file are those of the rows, whichever file has them. */
static void weights_of_several_files_agree(void **state)
{
    (void)state;
    static const char plain[] = "@relation r\n@attribute x numeric\n@data\n1\n2\n5\n";
    static const char weighted[] = "@relation r\n@attribute y numeric\n@data\n7\n5,{2}\n6,{3}\n";
    static const char other[] = "@relation r\n@attribute z numeric\n@data\n7\n5,{2}\n6,{4}\n";
    const char *a = named("a", plain), *b = named("b", weighted);
    struct train_data_options o = {.data = FILES(a, b)};
    struct train_data *d = load(&o);
    assert_non_null(d->weights);
    assert_true(d->weights[0] == 1 && d->weights[1] == 2 && d->weights[2] == 3);
    train_data_free(d);
    o.data = (struct bz_list)FILES(named("a", weighted), b);
    d = load(&o);
    assert_true(d->weights[2] == 3);
    train_data_free(d);
    o.data = (struct bz_list)FILES(named("a", other), b);
    NOT_LOADED(&o, "b.csv", "two weights for one row");
    o.data = (struct bz_list)FILES(a, b);
    o.weights = text_file("weights", "1\n1\n3\n");
    NOT_LOADED(&o, "b.csv", "two weights for one row");
}

/* Names that are numbers, of rows and of columns, are not taken for numbers of columns. */
static void tables_turned_round_may_have_numbers_as_names(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("a.csv", "id,a,b,c\n1,1.5,2.5,4\n2,0.5,7,3\n3,5,5.5,1\n")),
                                         .transpose = true};
    struct train_data *d = load(&o);
    assert_int_equal(d->rows, 3);
    assert_int_equal(d->n_parts, 1);
    assert_int_equal(d->parts[0].size, 3);
    assert_true(says(d, "turned round") && d->columns.n == 4);
    for (size_t j = 0; j < 3; j++)
        assert_int_equal(d->columns.columns[j + 1].name[0], "123"[j]); /* below the names of rows */
    assert_string_equal(d->ids[0], "a");
    train_data_free(d);
    const struct train_data_options total = {
        .data = ONE(text_file("a.csv", "id,a,b,total\n1,1.5,2.5,4\n2,0.5,7,7.5\n3,5,5.5,10.5\n")), .transpose = true};
    NOT_LOADED(&total, "a line of totals?", "turned round: --exclude");
}

/* --- use --- */

/* 40 rows of height and mass, multiplied and shifted; every tenth mass is `gap`, if there is one. */
static const char *people(double times, double shift, const char *gap)
{
    char text[2000] = "height,mass\n";
    for (int i = 0; i < 40; i++) {
        const size_t n = strlen(text);
        if (gap && i % 10 == 0)
            snprintf(text + n, sizeof(text) - n, "%d,%s\n", 150 + i * 7 % 40, gap);
        else
            snprintf(text + n, sizeof(text) - n, "%g,%.9g\n", (double)(150 + i * 7 % 40), (60 + i * 11 % 37) * times + shift);
    }
    return text_file("people.csv", text);
}

static void other_units_and_gaps_are_said(void **state)
{
    (void)state;
    static const struct {
        double times, shift;
        const char *gap, *said; /* NULL: nothing is */
    } cases[] = {
        {1, 0, NULL, NULL},
        {1.1, 3, NULL, NULL},
        {1, 20, NULL, NULL},
        {0.2, 60, NULL, NULL},
        {0.001, 0, NULL,
         "column 2 (mass): all 40 values (0.06 to 0.096) lie more than 3 deviations below the mean in training"},
        {1000, 0, NULL, "above the mean in training"},
        {1, 1900, NULL, "above the mean in training"},
        {1, 0, "-999", "-999 in 4 rows, far from the values in training"},
        {1, 0, "9999", "9999 in 4 rows"},
        {1, 0, "0", "0 in 4 rows"},
        {1, 0, "50", NULL},
        {1, 0, "", "4 of 80 values are missing (column 2 (mass) 4)"},
        {1, 0, "NA", "4 of 80 values are missing"},
    };
    struct train_data_options o = {.data = ONE(people(1, 0, NULL)), .standardize = true, .missing = "infer"};
    struct train_data *d = load(&o);
    assert_false(says(d, "missing"));
    o.data = (struct bz_list)ONE(people(1, 0, ""));
    struct train_data *gaps = load(&o); /* in training, too */
    assert_true(says(gaps, "4 of 80 values are missing (column 2 (mass) 4)"));
    train_data_free(gaps);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        o.data = (struct bz_list)ONE(people(cases[i].times, cases[i].shift, cases[i].gap));
        struct train_data *v = load_like(&o, d, NULL);
        const bool some = says(v, "in training") || says(v, "missing");
        if (cases[i].said ? !says(v, cases[i].said) : some)
            fail_msg("%zu: %s", i, cases[i].said ? cases[i].said : "something is said");
        assert_int_equal(v->gaps, cases[i].said && strstr(cases[i].said, "are missing") ? 4 : 0);
        train_data_free(v);
    }
    /* a few rows are what they are */
    o.data = (struct bz_list)ONE(text_file("few.csv", "mass,height\n0.06,170\n0.08,160\n"));
    struct train_data *v = load_like(&o, d, NULL);
    assert_false(says(v, "in training"));
    train_data_free(v);
    train_data_free(d);
}

/* Rare zeros, and numbers like them, that training had as well. */
static void what_training_had_is_not_said(void **state)
{
    (void)state;
    static const char *const marks[] = {"0", "-999", "9999"};
    for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++) {
        char text[2000] = "rooms,x\n";
        for (int i = 0; i < 100; i++) {
            char cell[16];
            snprintf(cell, sizeof(cell), "%.1f", 5 + i % 7 * 0.1);
            snprintf(text + strlen(text), 20, "%s,%d\n", i % 40 == 0 ? marks[k] : cell, i % 9);
        }
        struct train_data_options o = {.data = ONE(text_file("rooms.csv", text)), .standardize = true};
        struct train_data *had = load(&o), *again = load_like(&o, had, NULL);
        if (says(again, "in training"))
            fail_msg("%s: something is said", marks[k]);
        train_data_free(again);
        train_data_free(had);
    }
}

static void cells_that_are_nearly_known_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *cells, *said, *not_said; /* plan and flag of a row */
    } cases[] = {
        {"PRO,yes", "'pro' differs in case or blanks", NULL},
        {"\"pro \",yes", "'pro' differs in case or blanks", NULL},
        {"Gro\xcc\x88\xc3\x9f"
         "e,no",
         "(NFD), expected composed ones", NULL},
        {"Gr\xf6\xdf"
         "e,no",
         "it is not UTF-8 (iconv", NULL},
        {"lite,no",
         "is not one of the 3 categories of the model (Gr\xc3\xb6\xc3\x9f"
         "e, basic, pro)",
         ";"},
        {"pro,0.25", "a mean, as reconstruct writes them?", NULL},
        {"pro,2", "which the model expects", "reconstruct"},
        {"pro,maybe", "which the model expects", "reconstruct"},
    };
    struct train_data_options o = {.data = ONE(text_file("plans.csv", "plan,flag\npro,yes\nbasic,no\nGr\xc3\xb6\xc3\x9f"
                                                                      "e,no\npro,no\n"))};
    struct train_data *d = load(&o), *v;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct bz_error err;
        snprintf(text, sizeof(text), "plan,flag\npro,yes\n%s\n", cases[i].cells);
        o.data = (struct bz_list)ONE(text_file("use.csv", text));
        assert_int_equal(train_data_load(&v, &o, d, NULL, NULL, &err), -1);
        const char *reason = strstr(err.msg, "is not"), *end = strstr(err.msg, "; --unknown missing");
        assert_non_null(reason);
        assert_non_null(end);
        MESSAGE(&err, "row 2", cases[i].said);
        const char *not_said = cases[i].not_said ? strstr(reason, cases[i].not_said) : NULL;
        assert_true(!not_said || not_said >= end);
    }
    train_data_free(d);
}

/* Values that scatter as much as their mean lie within the deviations of training at any scale. */
static void rescaled_skewed_columns_are_said(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        const double times[] = {1, 0.001, 0.5};
        char text[2][2000] = {"pay,x\n", "pay,x\n"};
        for (int i = 0; i < 40; i++)
            for (int f = 0; f < 2; f++)
                snprintf(text[f] + strlen(text[f]), 60, "%.9g,%d\n", (i * i * i + 1) * 3.5 * (f ? times[k] : 1), i % 3);
        struct train_data_options o = {.data = ONE(text_file("pay.csv", text[0])), .standardize = true, .clip = 6};
        struct train_data *d = load(&o);
        o.data = (struct bz_list)ONE(text_file("pay2.csv", text[1]));
        struct train_data *v = load_like(&o, d, NULL);
        assert_int_equal(says(v, "times the size in training"), times[k] == 0.001);
        train_data_free(v);
        train_data_free(d);
    }
}

/* --- options --- */

static void options_without_effect_are_said(void **state)
{
    (void)state;
    const char *array = text_file("x.mtx", "%%MatrixMarket matrix array real general\n2 2\n1.5\n2\n3\n4\n"),
               *table = text_file("x.csv", "a;b\n1,5;2\n3;4\n");
    static const struct {
        struct train_data_options o;
        const char *said;
    } list[] = {{{.separator = ";"}, "--sep has no effect"},
                {{.decimal = ","}, "--decimal has no effect"},
                {{.header = "first"}, "--header has no effect"},
                {{.base = "1"}, "--base has no effect"}};
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        struct train_data_options o = list[i].o;
        o.data = (struct bz_list)ONE(array);
        struct train_data *d = load(&o);
        assert_true(says(d, list[i].said));
        train_data_free(d);
        o.data = (struct bz_list)ONE(table);
        d = load(&o);
        assert_int_equal(says(d, "has no effect"), o.base != NULL);
        train_data_free(d);
    }
    const struct train_data_options o = {.data = ONE(text_file("x.svm", "1 1:2 2:3\n0 1:1\n")), .base = "1"};
    struct train_data *d = load(&o);
    assert_false(says(d, "has no effect"));
    train_data_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_several_files_are_paired_by_their_names),
        cmocka_unit_test(left_out_names_in_another_order_are_refused),
        cmocka_unit_test(columns_of_options_are_in_some_file),
        cmocka_unit_test(sequences_are_paired_if_they_have_the_same_names),
        cmocka_unit_test(weights_of_several_files_agree),
        cmocka_unit_test(tables_turned_round_may_have_numbers_as_names),
        cmocka_unit_test(other_units_and_gaps_are_said),
        cmocka_unit_test(what_training_had_is_not_said),
        cmocka_unit_test(cells_that_are_nearly_known_are_explained),
        cmocka_unit_test(rescaled_skewed_columns_are_said),
        cmocka_unit_test(options_without_effect_are_said),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
