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
    train_table_free(&t);
}

static void bad_entries_are_named(void **state)
{
    (void)state;
    /* good lines first, so that the file is told from CSV by them */
#define LINES "0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n0 1:1\n"
    REFUSED(LINES "1 0:1\n", NULL, "row 17", "line 17", "'0:1'", "from 1");
    REFUSED(LINES "1 1.5:1\n", NULL, "row 17", "'1.5:1'", "whole number");
    REFUSED(LINES "1 3:1 2:1\n", NULL, "row 17", "'2:1'", "ascend");
    REFUSED(LINES "1 3:1 3:1\n", NULL, "row 17", "ascend");
    REFUSED(LINES "1 3:x\n", NULL, "row 17", "'3:x'", "index:value");
    REFUSED(LINES "1 3\n", NULL, "row 17", "'3'", "index:value");
    REFUSED(LINES "1 3:1e99\n", NULL, "row 17", "too large");
    REFUSED(LINES "1 99999999:1\n", NULL, "row 17", "16777216");
    REFUSED(LINES "x 3:1\n", NULL, "row 17", "'x'", "label");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stay_sparse),
        cmocka_unit_test(bad_entries_are_named),
        cmocka_unit_test(every_truncation_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
