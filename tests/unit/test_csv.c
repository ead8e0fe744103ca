/* Separated text: what it holds, and errors in it, reported with row and column. */
#include "raw_file.h"
#include "tables.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void load(struct train_table *t, const char *text, const struct train_data_options *o)
{
    struct bz_error err;
    if (table_of_text(t, text, o, &err) < 0)
        fail_msg("refused: %s", err.msg);
}

static void numbers_load_with_and_without_a_header(void **state)
{
    (void)state;
    const char *const texts[] = {"a,b\n1,2.5\n-3,4e2\n",
                                 "1,2.5\n-3,4e2",
                                 "\xef\xbb\xbf"
                                 "a;b\r\n1;2.5\r\n-3;400\r\n",
                                 "a\tb\n1\t2.5\n-3\t+400.0\n\n\n",
                                 " 1  2.5 \n -3 4E+02\n",
                                 "\"a\",\"b\"\n\"1\", 2.5 \n-3,\"400\"\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct train_table t;
        load(&t, texts[i], NULL);
        const double want[] = {1, 2.5, -3, 400};
        assert_int_equal(t.rows, 2);
        assert_int_equal(t.columns, 2);
        assert_memory_equal(t.f64, want, sizeof(want));
        assert_null(t.categories);
        if (t.names)
            assert_string_equal(t.names[1], "b");
        assert_int_equal(t.names != NULL, i % 2 == 0 ? i != 4 : i != 1);
        train_table_free(&t);
    }
}

/* Against strtod, on difficult texts: halfway cases, many digits, the ends of the range. */
static void numbers_are_rounded_right(void **state)
{
    (void)state;
    const char *const texts[] = {"0.1",
                                 "1e22",
                                 "1e23",
                                 "123456789012345678",
                                 "9007199254740993",
                                 "0.30000000000000004",
                                 "5e-324",
                                 "1.7976931348623157e308",
                                 "2.2250738585072014e-308",
                                 "-0",
                                 ".5",
                                 "5.",
                                 "00012.500",
                                 "0.000000000000000000000000000001",
                                 "1e-400",
                                 "123456789012345678901234567890e-20"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double got;
        assert_int_equal(bz_parse_number(texts[i], strlen(texts[i]), &got), 0);
        assert_true(got == strtod(texts[i], NULL));
    }
    const char *const bad[] = {"", "-", "+", ".", "e5", "1e", "1e+", "0x10", "inf", "nan", "1 2", "1,5", "--1", "1.2.3", "1f"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double got;
        assert_int_equal(bz_parse_number(bad[i], strlen(bad[i]), &got), -1);
    }
}

static void words_become_categories_in_an_order_of_their_own(void **state)
{
    (void)state;
    struct train_table t, reversed;
    load(&t, "size,colour\n1,red\n2,blue\n3,red\n", NULL);
    load(&reversed, "size,colour\n3,red\n2,blue\n1,red\n", NULL);
    assert_int_equal(t.categories[0].n, 0);
    assert_int_equal(t.categories[1].n, 2);
    assert_string_equal(t.categories[1].names[0], "blue");
    assert_string_equal(reversed.categories[1].names[1], "red");
    assert_true(t.f64[1] == 1 && t.f64[3] == 0 && t.f64[5] == 1);
    assert_true(reversed.f64[1] == 1 && reversed.f64[3] == 0);
    train_table_free(&t);
    train_table_free(&reversed);
    /* numbers used as categories are ordered by value */
    const struct train_data_options o = {.categorical = ONE("grade")};
    load(&t, "grade,x\n10,1\n9,2\n10,3\n", &o);
    assert_string_equal(t.categories[0].names[0], "9");
    assert_string_equal(t.categories[0].names[1], "10");
    train_table_free(&t);
}

static void tables_of_words_only_tell_a_header_from_a_row(void **state)
{
    (void)state;
    struct train_table t;
    load(&t, "shape,smell\nflat,none\nround,bad\nflat,none\n", NULL);
    assert_int_equal(t.rows, 3);
    assert_string_equal(t.names[0], "shape");
    train_table_free(&t);
    load(&t, "p,x\ne,x\np,s\n", NULL); /* the words of the first line occur again */
    assert_int_equal(t.rows, 3);
    assert_null(t.names);
    train_table_free(&t);
}

static void quotes_hold_separators_quotes_and_line_ends(void **state)
{
    (void)state;
    struct train_table t;
    load(&t, "what,n\n\"a,b\",1\n\"say \"\"hi\"\"\",2\n\"two\nlines\",3\n\"a,b\",4\n", NULL);
    assert_int_equal(t.rows, 4);
    assert_int_equal(t.categories[0].n, 3);
    assert_string_equal(t.categories[0].names[0], "a,b");
    assert_string_equal(t.categories[0].names[1], "say \"hi\"");
    assert_string_equal(t.categories[0].names[2], "two\nlines");
    train_table_free(&t);
    load(&t, "\"say \"\"a\"\"\",\"\"\"b\"\n1,2\n3,4\n", NULL);
    assert_int_equal(t.rows, 2);
    assert_string_equal(t.names[0], "say \"a\"");
    assert_string_equal(t.names[1], "\"b");
    train_table_free(&t);
    REFUSED("a,b\n1,\"2\n", NULL, "line 2", "never ends");
    REFUSED("a,b\n1,\"2\"3\n", NULL, "line 2", "after the closing quote");
}

/* As Weka and sqlite3's quote mode write words. */
static void single_quotes_are_quotes_where_every_one_is(void **state)
{
    (void)state;
    struct train_table t;
    load(&t, "'what','n'\n'a, b',1\nplain,2\n'it\\'s',3\n'it''s',4\n", NULL);
    assert_int_equal(t.rows, 4);
    assert_string_equal(t.names[0], "what");
    assert_int_equal(t.categories[0].n, 3);
    assert_string_equal(t.categories[0].names[0], "a, b");
    assert_string_equal(t.categories[0].names[1], "it's");
    assert_string_equal(t.categories[0].names[2], "plain");
    train_table_free(&t);
    load(&t, "what,n\n'tis,1\ndogs',2\n'tis,3\n'n',4\n", NULL); /* apostrophes */
    assert_int_equal(t.categories[0].n, 3);
    assert_string_equal(t.categories[0].names[0], "'n'");
    train_table_free(&t);
    load(&t, "a b\n\"say \\\"hi\\\"\" 1\n\"low, mid\" 2\n\"a\\\\b\" 3\n", NULL); /* R's write.table */
    assert_int_equal(t.rows, 3);
    assert_string_equal(t.categories[0].names[0], "a\\b");
    assert_string_equal(t.categories[0].names[2], "say \"hi\"");
    train_table_free(&t);
    load(&t, "a,b\n\"C:\\\",1\n\"D:\\\",2\n\"C:\\\",3\n", NULL); /* the backslash does not escape the quote */
    assert_string_equal(t.categories[0].names[0], "C:\\");
    train_table_free(&t);
}

static void columns_are_chosen_by_name_and_by_number(void **state)
{
    (void)state;
    const char *text = "id,x,y,class\n7,1,2,b\n8,3,4,a\n9,5,6,b\n";
    const struct train_data_options named = {.label_column = "class", .exclude = ONE("id")};
    const struct train_data_options numbered = {.label_column = "4", .exclude = ONE("1")};
    const struct train_data_options *const both[] = {&named, &numbered};
    for (size_t i = 0; i < 2; i++) {
        struct train_table t;
        load(&t, text, both[i]);
        const double want[] = {1, 2, 3, 4, 5, 6};
        assert_int_equal(t.columns, 2);
        assert_memory_equal(t.f64, want, sizeof(want));
        assert_string_equal(t.names[0], "x");
        assert_string_equal(t.classes.names[t.labels[0]], "b");
        assert_string_equal(t.classes.names[t.labels[1]], "a");
        train_table_free(&t);
    }
    const struct train_data_options unknown = {.exclude = ONE("x,z")};
    REFUSED(text, &unknown, "--exclude", "'z'", "id, x, y, class");
    const struct train_data_options beyond = {.label_column = "5"};
    REFUSED(text, &beyond, "--label-column", "'5'", "4 columns");
    const struct train_data_options all = {.exclude = ONE("id,x,y,class")};
    REFUSED(text, &all, "no column of 4 is left");
}

static void rows_are_chosen_by_value(void **state)
{
    (void)state;
    const char *text = "x,bad,kind\n1,0,a\n2,1,a\n3,0.0,b\n4,0,a\n";
    const char *conditions[] = {"bad=0", "kind!=b"};
    const struct train_data_options o = {.where = {conditions, 2}, .exclude = ONE("bad,kind")};
    struct train_table t;
    load(&t, text, &o);
    assert_int_equal(t.rows, 2);
    assert_true(t.f64[0] == 1 && t.f64[1] == 4);
    assert_int_equal(train_table_row(&t, 1), 4);
    assert_int_equal(t.file_rows, 4);
    train_table_free(&t);
    const struct train_data_options none = {.where = ONE("bad=7")};
    REFUSED(text, &none, "none of the 4 rows", "7", "--where");
    const struct train_data_options malformed = {.where = ONE("bad")};
    REFUSED(text, &malformed, "--where", "COLUMN=VALUE");
}

static void first_rows_that_count_are_names_unless_rows_below_count_too(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t rows;
    } files[] = {
        {"0,1,2,3\n17,255,0,3\n0,90,1,2\n", 2},      /* pandas' names over grey levels */
        {"1,2,3,4\n4,0,4,1\n2,2,0,3\n3,1,1,2\n", 3}, /* over answers from 0 to 4 */
        {",0,1,2,3\n0,9,1,2,0\n1,5,2,3,1\n", 2},     /* with the index */
        {"0,1,2\n3,4,5\n6,7,8\n", 3},                /* a matrix that goes on counting */
        {"1,2,3,4\n5,6,7,8\n9,10,11,12\n", 3},
        {"1,2,3,4\n4,1,2,3\n2,1,4,3\n", 3}, /* ranks */
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct train_table t;
        load(&t, files[i].text, NULL);
        assert_int_equal(t.rows, files[i].rows);
        assert_int_equal(t.names != NULL, i < 3);
        train_table_free(&t);
    }
}

static void numbers_in_other_dress_and_bits_in_one_cell_are_refused(void **state)
{
    (void)state;
    const char *const cells[] = {"$1200.50",
                                 "\"$1,200.50\"",
                                 "12 \u20ac",
                                 "\u2212"
                                 "1.5",
                                 "(3.00)",
                                 "0x1F",
                                 "1 200.5",
                                 "1\u00a0200.5"};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        char text[160];
        snprintf(text, sizeof(text), "a,b\n%s,1.5\n%s,2\n%s,7\n", cells[i], cells[i], cells[i]);
        REFUSED(text, NULL, "row 1 (line 2), column 1 (a)", "with other characters", "plain number");
    }
    REFUSED("id,bits\n1,0110\n2,1100\n3,0001\n", NULL, "column 2 (bits)", "4 bits written together");
    REFUSED("acgtacgt\nacgtacga\nacgttcgt\nccgtacgt\n", NULL, "no separator");
    struct train_table t;
    load(&t, "zip,x\n00501,1.5\n10115,2\n02134,7\n", NULL);
    assert_true(t.reading.n_said > 0 && strstr(t.reading.said[t.reading.n_said - 1], "--categorical takes them as codes"));
    train_table_free(&t);
    load(&t, "kind,x\n10-20,1.5\n$ign,2\n(a),7\n", NULL); /* words */
    assert_int_equal(t.categories[0].n, 3);
    train_table_free(&t);
}

static void an_empty_line_of_one_column_is_a_gap_wherever_it_stands(void **state)
{
    (void)state;
    const struct train_data_options gaps = {.missing = "infer"};
    const struct {
        const char *text;
        size_t rows;
        bool gap;
    } files[] = {{"\n0.5\n\n1.5\n", 4, true},
                 {"# x\n\n\n0.5\n1.5\n", 4, true},
                 {"\n\nx\n0.5\n1.5\n", 2, false},
                 {"\n\n1,2\n3,4\n", 2, false}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct train_table t;
        load(&t, files[i].text, &gaps);
        assert_int_equal(t.rows, files[i].rows);
        assert_int_equal(isnan(train_table_value(&t, 0, 0)), files[i].gap);
        train_table_free(&t);
    }
    REFUSED("\n0.5\n1.5\n", NULL, "row 1", "--missing infer");
}

static void a_header_file_names_the_columns(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[512];
    snprintf(path, sizeof(path), "%s/names.csv", folder);
    const struct train_data_options o = {.header = path};
    const char *const files[] = {"age,continuous\ngrade,symbolic\n", "age\ngrade\n", "age,grade\n"};
    for (size_t i = 0; i < 3; i++) {
        struct train_table t;
        raw_write(path, files[i], strlen(files[i]));
        load(&t, "30,1,x\n40,2,y\n50,1,x\n", &o);
        assert_int_equal(t.rows, 3);
        assert_string_equal(t.names[0], "age");
        assert_string_equal(t.names[1], "grade");
        assert_null(t.names[2]);
        assert_int_equal(t.categories[1].n, i == 0 ? 2 : 0);
        assert_int_equal(t.categories[2].n, 2);
        train_table_free(&t);
    }
    raw_write(path, "a\nb\nc\nd\n", 8);
    REFUSED("1,2,3\n", &o, "names.csv", "line 4", "3 columns");
    raw_write(path, "a,odd\nb\n", 8);
    REFUSED("1,2\n", &o, "names.csv", "line 1", "continuous, symbolic", "odd");
    raw_remove_folder(folder);
}

static void bad_cells_are_named_by_row_and_column(void **state)
{
    (void)state;
    REFUSED("a,b\n1,2\n3\n", NULL, "row 2", "line 3", "found 1 cells", "expected 2");
    REFUSED("a,b\n1,2\n3,4,5\n", NULL, "row 2", "line 3", "3 cells");
    REFUSED("a,b\n1,2\n3,x\n", NULL, "row 2", "line 3", "column 2 (b)", "'x'", "--categorical b");
    REFUSED("1,2\n3,1e600\n", NULL, "row 2", "column 2", "not a finite number");
    const char *const missing[] = {"", "NA", "?", "NaN", "nan"};
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "a,b\n1,2\n%s,4\n", missing[i]);
        REFUSED(text, NULL, "row 2", "line 3", "column 1 (a)", "--missing infer");
        struct train_table t;
        const struct train_data_options gaps = {.missing = "infer"};
        load(&t, text, &gaps);
        assert_true(isnan(t.f64[2]) && t.f64[3] == 4);
        train_table_free(&t);
    }
    REFUSED("a,b\n1,2\n\n3,4\n", NULL, "line 3", "blank");
}

/* A column specified twice, and separators, headers and arrays that do not exist. */
static void options_that_contradict_or_miss_are_refused(void **state)
{
    (void)state;
    const char *text = "a,b,c\n1.5,2,x\n2.5,1,y\n3.5,2,x\n";
    const struct train_data_options both = {.include = ONE("a"), .exclude = ONE("1")},
                                    label = {.label_column = "c", .include = ONE("c")},
                                    roles = {.label_column = "c", .index_column = "3"}, sep = {.separator = ";"},
                                    header = {.header = "yes"}, array = {.array = "X"}, decimal = {.separator = ";"},
                                    kept = {.label_column = "c", .exclude = ONE("c,b")};
    REFUSED(text, &both, "--exclude and --include both name column 1 (a)");
    REFUSED(text, &label, "--label-column c: --include names this column too");
    REFUSED(text, &roles, "--index-column 3: --label-column names this column too");
    REFUSED(text, &sep, "--sep ';'", "no line", "3 cells");
    REFUSED(text, &header, "none, first or a file of names", "'yes'");
    REFUSED(text, &array, "--array X", "CSV");
    struct train_table t;
    load(&t, "1,5\n2,25\n3,5\n", &decimal);
    assert_true(t.columns == 1 && t.f64[1] == 2.25);
    train_table_free(&t);
    load(&t, text, &kept);
    assert_true(t.columns == 1 && t.labels && t.classes.n == 2);
    train_table_free(&t);
}

static void names_are_utf8(void **state)
{
    (void)state;
    REFUSED("a,b\n1,2\n3,4\n5,6\nx\xe9,7\n", NULL, "line 5", "column 1 (a)");
    REFUSED("a,\xe9 b\n1,2\n", NULL, "line 1", "column 2", "UTF-8");
    REFUSED("a,b\n1,\xe9\n", NULL, "row 1", "column 2 (b)", "UTF-8");
    struct train_table t;
    load(&t, "a,b\xc3\xa9\n1,2\n", NULL);
    assert_string_equal(t.names[1], "b\xc3\xa9");
    train_table_free(&t);
}

static void a_column_of_names_is_no_category(void **state)
{
    (void)state;
    size_t room = 5000 * 24, used = 0;
    char *text = malloc(room);
    for (int i = 0; i < 5000; i++)
        used += (size_t)snprintf(text + used, room - used, "%d,name%d\n", i, i);
    const struct train_data_options kept = {.include = ONE("2")};
    REFUSED(text, NULL, "column 2", "a different word in every row", "--include");
    used = 0;
    for (int i = 0; i < 5000; i++)
        used += (size_t)snprintf(text + used, room - used, "%d,a dog of %d\n", i, i);
    REFUSED(text, NULL, "column 2", "texts: expected a column for each word", "--include");
    used = 0;
    for (int i = 0; i < 5000; i++)
        used += (size_t)snprintf(text + used, room - used, "%d,name%d\n", i, i);
    REFUSED(text, &kept, "column 2", "more than 4096 different values", "--exclude");
    free(text);
}

static void every_truncation_of_a_table_ends_well(void **state)
{
    (void)state;
    const char *text = "x,\"na\"\"me\",z\n1,\"a,b\",?\n-2.5e3,c,4\n";
    const struct train_data_options gaps = {.missing = "infer"};
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct train_table t;
        struct bz_error err = {0};
        if (table_of_bytes(&t, text, cut, &gaps, &err) == 0)
            train_table_free(&t);
        else
            assert_true(err.msg[0] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_load_with_and_without_a_header),
        cmocka_unit_test(numbers_are_rounded_right),
        cmocka_unit_test(words_become_categories_in_an_order_of_their_own),
        cmocka_unit_test(tables_of_words_only_tell_a_header_from_a_row),
        cmocka_unit_test(quotes_hold_separators_quotes_and_line_ends),
        cmocka_unit_test(single_quotes_are_quotes_where_every_one_is),
        cmocka_unit_test(columns_are_chosen_by_name_and_by_number),
        cmocka_unit_test(rows_are_chosen_by_value),
        cmocka_unit_test(first_rows_that_count_are_names_unless_rows_below_count_too),
        cmocka_unit_test(numbers_in_other_dress_and_bits_in_one_cell_are_refused),
        cmocka_unit_test(an_empty_line_of_one_column_is_a_gap_wherever_it_stands),
        cmocka_unit_test(a_header_file_names_the_columns),
        cmocka_unit_test(bad_cells_are_named_by_row_and_column),
        cmocka_unit_test(options_that_contradict_or_miss_are_refused),
        cmocka_unit_test(names_are_utf8),
        cmocka_unit_test(a_column_of_names_is_no_category),
        cmocka_unit_test(every_truncation_of_a_table_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
