/* One-hot groups of any widths: found if all rows agree, reported if one of them does not, never guessed. */
#include "data_case.h"
#include "dataset.h"
#include "npy.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 40 };

/* Rows of groups of these widths, with values by a fixed rule; in row `odd` the first group is empty (-1: in none). */
static const char *groups_file(const size_t *widths, size_t n, int odd)
{
    static char text[1 << 14];
    size_t at = 0;
    for (int r = 0; r < ROWS; r++)
        for (size_t g = 0; g < n; g++)
            for (size_t k = 0; k < widths[g]; k++) {
                const bool on = (size_t)(r * (3 + 2 * (int)g) + r / 7) % widths[g] == k && (r != odd || g > 0);
                at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", on, g + 1 == n && k + 1 == widths[g] ? '\n' : ',');
            }
    return text_file("groups.csv", text);
}

static bool said(const struct train_data *d, const char *words)
{
    for (size_t i = 0; i < d->n_said; i++)
        if (strstr(d->said[i], words))
            return true;
    return false;
}

static void widths_that_the_rows_agree_on_are_found_and_said(void **state)
{
    (void)state;
    const size_t widths[][3] = {{3, 2, 4}, {2, 5, 2}, {4, 3, 3}};
    const char *const names[] = {"3,2,4", "2,5,2", "4,3,3"};
    for (size_t i = 0; i < 3; i++) {
        const struct train_data_options plain = {.data = ONE(groups_file(widths[i], 3, -1))};
        struct train_data *d = load(&plain);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        assert_true(said(d, names[i]) && said(d, "--groups"));
        train_data_free(d);

        const struct train_data_options asked = {.data = plain.data, .visible_unit = ONE("softmax")};
        d = load(&asked);
        assert_int_equal(d->n_parts, 3);
        for (size_t g = 0; g < 3; g++)
            assert_true(d->parts[g].unit == BZ_SOFTMAX && d->parts[g].size == widths[i][g]);
        assert_true(said(d, names[i]));
        train_data_free(d);
    }
}

static void a_row_that_breaks_them_is_named(void **state)
{
    (void)state;
    const size_t unequal[] = {3, 2}, equal[] = {3, 3};
    for (int i = 0; i < 2; i++) {
        const char *path = groups_file(i == 0 ? unequal : equal, 2, 16);
        const struct train_data_options asked = {.data = ONE(path), .visible_unit = ONE("softmax")};
        NOT_LOADED(&asked, "row 17", "columns 1 to 3", "39 of 40");
        const struct train_data_options plain = {.data = ONE(path)};
        struct train_data *d = load(&plain);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        assert_true(said(d, "row 17, columns 1 to 3"));
        train_data_free(d);
    }
}

static void bits_without_groups_are_not_made_pairs(void **state)
{
    (void)state;
    const struct train_data_options asked = {.data = ONE(text_file("bits.csv", "0,1,1\n1,1,0\n0,0,0\n1,0,1\n1,1,1\n0,0,1\n")),
                                             .visible_unit = ONE("softmax")};
    NOT_LOADED(&asked, "--groups", "--categorical");
    /* a column of 0 may belong to the group before it or to the one after it */
    const struct train_data_options either = {
        .data = ONE(text_file("either.csv", "0,1,0,0,1\n1,0,0,1,0\n0,1,0,1,0\n1,0,0,0,1\n0,1,0,0,1\n1,0,0,1,0\n"
                                            "0,1,0,0,1\n1,0,0,1,0\n0,1,0,1,0\n1,0,0,0,1\n0,1,0,0,1\n1,0,0,1,0\n")),
        .visible_unit = ONE("softmax")};
    NOT_LOADED(&either, "--groups");
}

static void an_array_of_positions_and_states_is_softmax_groups(void **state)
{
    (void)state;
    enum { N = 4, POSITIONS = 3, STATES = 2, CELLS = N * POSITIONS * STATES };
    char npy[BZ_NPY_HEADER_ROOM + CELLS];
    const size_t shape[] = {N, POSITIONS, STATES}, header = bz_npy_header(npy, BZ_U1, shape, 3);
    for (int i = 0; i < CELLS; i++)
        npy[header + (size_t)i] = (i / STATES * 3 / 2) % STATES == i % STATES;
    const struct train_data_options o = {.data = ONE(file_of("states.npy", npy, header + CELLS))};
    struct train_data *d = load(&o);
    assert_true(d->parts[0].unit == BZ_SOFTMAX && d->parts[0].groups == POSITIONS);
    assert_true(said(d, "3 positions of 2 states"));
    train_data_free(d);
    const struct train_data_options bits = {.data = o.data, .visible_unit = ONE("bernoulli")};
    d = load(&bits);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    train_data_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_that_the_rows_agree_on_are_found_and_said),
        cmocka_unit_test(a_row_that_breaks_them_is_named),
        cmocka_unit_test(bits_without_groups_are_not_made_pairs),
        cmocka_unit_test(an_array_of_positions_and_states_is_softmax_groups),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
