/* svmlight text: sparse rows stay sparse; bad entries are named. */
#include "tables.h"
#include "test.h"

#include <string.h>

static void rows_stay_sparse(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    const char *text = "# words\n+1 qid:3 2:1 5:3 # a comment\n-1\n+1 1:0 5:0.5\n";
    assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
    assert_int_equal(t.store, TRAIN_SPARSE);
    assert_int_equal(t.rows, 3);
    assert_int_equal(t.columns, 5);
    const size_t start[] = {0, 2, 2, 3};
    const uint32_t index[] = {1, 4, 4}; /* a stored zero is left out */
    const float value[] = {1, 3, 0.5f};
    assert_memory_equal(t.row_start, start, sizeof(start));
    assert_memory_equal(t.index, index, sizeof(index));
    assert_memory_equal(t.value, value, sizeof(value));
    assert_string_equal(t.classes.names[t.labels[1]], "-1");
    assert_int_equal(t.labels[0], t.labels[2]);
    assert_string_equal(t.reading.said[0], "left out: the query (qid) of 1 rows");
    train_table_free(&t);
}

static void bad_entries_are_named(void **state)
{
    (void)state;
    /* good lines first, by which the file is distinguished from CSV */
#define LINES "0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n"
    const struct train_data_options from_one = {.base = "1"};
    REFUSED(LINES "1 0:1\n", &from_one, "row 17", "line 17", "'0:1'", "--base 0");
    REFUSED(LINES "1 -1:1\n", NULL, "row 17", "line 17", "'-1:1'", "from 0");
    REFUSED(LINES "1 1.5:1\n", NULL, "row 17", "'1.5:1'", "whole number");
    REFUSED(LINES "1 3:1 2:1\n", NULL, "row 17", "'2:1'", "ascend");
    REFUSED(LINES "1 3:1 3:1\n", NULL, "row 17", "ascend");
    REFUSED(LINES "1 3:x\n", NULL, "row 17", "'3:x'", "index:value");
    REFUSED(LINES "1 3\n", NULL, "row 17", "'3'", "index:value");
    REFUSED(LINES "1 3:1e99\n", NULL, "row 17", "not finite");
    REFUSED(LINES "1 99999999:1\n", NULL, "row 17", "16777216");
    REFUSED(LINES "3:1 4:1\n", NULL, "row 17", "'3:1'", "label");
    REFUSED(LINES "1 3:nan\n", NULL, "row 17", "missing", "CSV");
}

static void every_truncation_ends_well(void **state)
{
    (void)state;
    const char *text = "1 1:1 20:2.5e1\n-1 3:4 # end\n";
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct train_table t;
        struct bz_error err = {0};
        if (table_of_bytes(&t, text, cut, NULL, &err) == 0)
            train_table_free(&t);
        else
            assert_true(err.msg[0] != 0);
    }
}

/* The base is set by a comment in the file, a 0 anywhere, the user, or the model; otherwise it is 1, which is reported. */
static void indices_begin_at_0_or_1(void **state)
{
    (void)state;
    const struct train_data_options zero = {.base = "0"};
    const struct bz_columns from_zero = {.base = 0};
    static const struct train_data_options nothing;
    const struct {
        const char *text;
        const struct train_data_options *o;
        const struct bz_columns *columns;
        size_t base, wide;
    } files[] = {
        {"1 1:5 3:1\n", NULL, NULL, 1, 3},       {"1 0:5 3:1\n", NULL, NULL, 0, 4},
        {"1 1:5 3:1\n", &zero, NULL, 0, 4},      {"# Column indices are zero-based\n1 1:5 3:1\n", NULL, NULL, 0, 4},
        {"1 1:5 3:1\n", NULL, &from_zero, 0, 4}, {"# Column indices are one-based\n1 1:5 3:1\n", NULL, &from_zero, 1, 3},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct train_table t;
        struct train_source s;
        struct bz_error err;
        const struct train_table_options o = {.user = files[i].o ? files[i].o : &nothing, .columns = files[i].columns};
        assert_int_equal(train_source_from(&s, "data", files[i].text, strlen(files[i].text), 0, &err), 0);
        if (train_table_parse(&t, &s, &o, &err) < 0)
            fail_msg("%zu refused: %s", i, err.msg);
        assert_int_equal(t.reading.base, files[i].base);
        assert_int_equal(t.columns, files[i].wide);
        assert_int_equal(t.reading.n_said, 1);
        train_table_free(&t);
    }
}

static void labels_are_numbers_or_words(void **state)
{
    (void)state;
    const struct {
        const char *text, *classes[3];
    } files[] = {
        {"+1 1:1\n-1 2:1\n1.0 1:1\n", {"-1", "1"}},
        {"low 1:1\nhigh 2:1\n", {"high", "low"}},
        {"0,1 1:1\n1 2:1\n", {"0,1", "1"}},
        {"0,1 1:1\n 2:1\n1 2:1\n", {"0,1", "1"}}, /* a row to which no label applies (scikit-learn) */
        {"\xef\xbb\xbf"
         "7\n7\n9 1:1\n",
         {"7", "9"}},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct train_table t;
        struct bz_error err;
        if (table_of_text(&t, files[i].text, NULL, &err) < 0)
            fail_msg("%zu refused: %s", i, err.msg);
        assert_true(t.sparse);
        assert_int_equal(t.classes.n, 2);
        for (size_t k = 0; k < 2; k++) {
            bool found = false;
            for (size_t c = 0; c < 2; c++)
                found = found || strcmp(t.classes.names[c], files[i].classes[k]) == 0;
            assert_true(found);
        }
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_begin_at_0_or_1),    cmocka_unit_test(labels_are_numbers_or_words),
        cmocka_unit_test(rows_stay_sparse),           cmocka_unit_test(bad_entries_are_named),
        cmocka_unit_test(every_truncation_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
