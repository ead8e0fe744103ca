/* Labels of data sets: numbers or names, one per row. */
#include "data_case.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void labels_are_numbers_or_names(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("data", "0,1\n1,1\n1,0\n"))};
    const uint8_t idx[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 2};
    o.labels = file_of("labels.idx", idx, sizeof(idx));
    struct train_data *d = load(&o);
    assert_int_equal(d->labels[0], 2); /* of the classes that occur */
    assert_int_equal(d->n_classes, 3);
    assert_string_equal(d->classes[2], "7");
    assert_int_equal(d->n_files, 2);
    train_data_free(d);
    o.labels = text_file("labels.txt", "dog\ncat\nbig dog\n");
    d = load(&o);
    assert_int_equal(d->n_classes, 3);
    assert_string_equal(d->classes[d->labels[2]], "big dog");
    assert_int_equal(d->labels[1], 1);
    /* the classes of other rows get the same numbers */
    o.labels = text_file("labels.txt", "cat\ncat\ndog\n");
    struct train_data *v = load_like(&o, d, NULL);
    assert_int_equal(v->labels[0], 1);
    assert_int_equal(v->labels[2], 2);
    train_data_free(v);
    o.labels = text_file("labels.txt", "cat\ncow\ndog\n");
    struct bz_error err;
    assert_int_equal(train_data_load(&v, &o, d, NULL, NULL, &err), -1);
    MESSAGE(&err, "row 2", "'cow'", "3 classes");
    train_data_free(d);
    o.labels = text_file("labels.txt", "digit\n3\n-1\n3\n"); /* with a header; -1 cannot stand for itself */
    d = load(&o);
    assert_int_equal(d->n_classes, 2);
    assert_string_equal(d->classes[d->labels[1]], "-1");
    train_data_free(d);
    o.labels = text_file("labels.txt", "1\n2\n");
    NOT_LOADED(&o, "2 labels", "3 rows");
    o.labels = text_file("labels.txt", "1\n\n2\n");
    NOT_LOADED(&o, "labels.txt", "row 2", "empty");
}

static void classes_are_spelled_in_one_way_and_come_again(void **state)
{
    (void)state;
    char rows[400] = "", own[400] = "", two[400] = "";
    for (int i = 0; i < 24; i++) {
        sprintf(rows + strlen(rows), "%d,%d\n", i % 2, i % 3 == 0);
        sprintf(own + strlen(own), "%d.5\n", i);
        sprintf(two + strlen(two), "%d.5\n", i / 2);
    }
    struct train_data_options o = {.data = ONE(text_file("data", rows)), .labels = text_file("labels.txt", own)};
    NOT_LOADED(&o, "labels.txt", "each of the 24 labels is a class by itself", "'0.5'");
    o.labels = text_file("labels.txt", two);
    struct train_data *d = load(&o);
    assert_int_equal(d->n_classes, 12);
    train_data_free(d);
    const char *const mixed[] = {"True\nt\n0\nFALSE\n", "Yes\nno\nyes\nno\n", "1\n0\ntrue\n0\n"};
    o.data = (struct bz_list)ONE(text_file("data", "0,1\n1,1\n1,0\n0,0\n"));
    for (size_t i = 0; i < 3; i++) {
        o.labels = text_file("labels.txt", mixed[i]);
        NOT_LOADED(&o, "mean the same");
    }
    o.labels = text_file("labels.txt", "T\nF\nN\nY\n");
    d = load(&o);
    assert_int_equal(d->n_classes, 4);
    train_data_free(d);
}

/* Measurements as labels, and labels beside the names of rows. */
static void labels_that_are_none_are_refused(void **state)
{
    (void)state;
    char rows[600] = "n,a\n", table[900] = "a,y\n", real[400] = "", ages[400] = "", pairs[600] = "", words[400] = "";
    for (int i = 0; i < 24; i++) {
        sprintf(rows + strlen(rows), "p%d,%d\n", i, i % 2);
        sprintf(table + strlen(table), "%d,%d.25\n", i % 2, i * 7 % 20);
        sprintf(real + strlen(real), "%d.25\n", i * 7 % 20);
        sprintf(ages + strlen(ages), "%d\n", 20 + i * 7 % 20);
        sprintf(pairs + strlen(pairs), "p%d,%c\n", 23 - i, "ab"[i % 2]);
        sprintf(words + strlen(words), "%s\n", i % 2 ? "Doe, Jane" : "Roe, Ann");
    }
    struct train_data_options o = {.data = ONE(text_file("data", rows)), .labels = text_file("labels.txt", real)};
    NOT_LOADED(&o, "labels.txt: 20 different numbers in 24 labels", "measurements", "as a column of --data");
    o.labels = text_file("labels.txt", pairs);
    NOT_LOADED(&o, "two columns in each line, names and labels? --index-column");
    o.labels = text_file("labels.txt", words);
    struct train_data *d = load(&o);
    assert_int_equal(d->n_classes, 2);
    train_data_free(d);
    o.labels = text_file("labels.txt", ages); /* many classes, which is said */
    d = load(&o);
    assert_int_equal(d->n_classes, 20);
    bool said = false;
    for (size_t i = 0; i < d->n_said; i++)
        said = said || strstr(d->said[i], "24 of 24 rows, 20 classes: 20 21 22 23 24 25 26 27 ...; most have a single row");
    assert_true(said);
    train_data_free(d);
    o.labels = text_file("labels.txt", pairs);
    o.index_column = "n";
    d = load(&o);
    assert_int_equal(d->n_classes, 2);
    train_data_free(d);
    /* a column of measurements may be carried along, but not learned */
    o = (struct train_data_options){.data = ONE(text_file("data", table)), .label_column = "y"};
    train_data_free(load(&o));
    o = (struct train_data_options){.data = ONE(text_file("data", table)), .labels = "y"};
    NOT_LOADED(&o, "20 different numbers in 24 labels");
}

static void two_labels_for_a_row_are_refused(void **state)
{
    (void)state;
    const struct train_data_options o = {
        .data = ONE(text_file("data", "a,b\n0,1\n1,1\n")), .label_column = "b", .labels = text_file("labels.txt", "1\n0\n")};
    NOT_LOADED(&o, "two labels");
}

static void labels_follow_the_rows_that_are_left(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("data", "a,b,k\n0,1,x\n1,1,y\n1,0,x\n")),
                                   .where = ONE("k=x"),
                                   .exclude = ONE("k"),
                                   .labels = text_file("labels.txt", "5\n6\n7\n")};
    struct train_data *d = load(&o);
    assert_int_equal(d->rows, 2);
    assert_string_equal(d->classes[d->labels[0]], "5");
    assert_string_equal(d->classes[d->labels[1]], "7");
    train_data_free(d);
    /* a label that is a word for a header, of a row that is left out or not */
    o.labels = text_file("labels.txt", "x\nu\nv\n");
    d = load(&o);
    assert_string_equal(d->classes[d->labels[0]], "x");
    assert_string_equal(d->classes[d->labels[1]], "v");
    train_data_free(d);
    o.labels = text_file("labels.txt", "x\nu\nw\nv\n");
    d = load(&o);
    assert_string_equal(d->classes[d->labels[0]], "u");
    assert_string_equal(d->classes[d->labels[1]], "v");
    train_data_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_numbers_or_names),          cmocka_unit_test(classes_are_spelled_in_one_way_and_come_again),
        cmocka_unit_test(labels_that_are_none_are_refused),     cmocka_unit_test(two_labels_for_a_row_are_refused),
        cmocka_unit_test(labels_follow_the_rows_that_are_left),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
