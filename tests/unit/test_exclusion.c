/* Columns of bits that exclude each other: which are found, which are not, and what breaks a group. */
#include "data_case.h"
#include "dataset.h"
#include "exclusion.h"
#include "rng.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { LETTERS = 8, STATES = 4, COLUMNS = LETTERS * (STATES - 1), ROWS = 600 };

/* Letters of four, each as three columns (one of the four is 000), which are interleaved: column k * LETTERS + g is letter g's.
 * In row `odd` letter 0 has two values at once. */
static char *letters(size_t rows, long odd)
{
    static char text[1 << 16];
    size_t at = 0;
    for (size_t r = 0; r < rows; r++) {
        const struct bz_key key = {.seed = 7, .chain = (uint32_t)r, .purpose = BZ_DRAW_MISC};
        for (size_t j = 0; j < COLUMNS; j++) {
            const size_t g = j % LETTERS, state = bz_random_u32(&key, (uint32_t)g) % STATES;
            const bool on = state == j / LETTERS || ((long)r == odd && g == 0 && j / LETTERS < 2);
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", on, j + 1 < COLUMNS ? ',' : '\n');
        }
    }
    return text;
}

static const char *letters_file(const char *name, size_t rows, long odd)
{
    return text_file(name, letters(rows, odd));
}

static void letters_are_found_wherever_their_columns_stand(void **state)
{
    (void)state;
    struct bz_error err = {0};
    const struct train_data_options o = {.data = ONE(letters_file("letters.csv", ROWS, -1))};
    struct train_data *d = load(&o);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
    assert_int_equal(d->parts[0].unit, BZ_EXCLUSIVE);
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            assert_int_equal(d->parts[0].group[i] == d->parts[0].group[j], i % LETTERS == j % LETTERS);
    assert_non_null(strstr(d->said[d->n_said - 1], "24 of 24 columns form 8 groups"));
    assert_non_null(strstr(d->said[d->n_said - 1], "--groups off"));
    train_data_free(d);
}

/* One row with two letters at once, whether learned from or held out, keeps the columns that are on together in it apart. */
static void a_row_that_has_two_undoes_them(void **state)
{
    (void)state;
    struct bz_error err = {0};
    for (int held = 0; held < 2; held++) {
        const struct train_data_options o = {.data = ONE(letters_file("learned.csv", ROWS, held ? -1 : 40))};
        struct train_data *d = load(&o), *v = NULL;
        if (held) {
            const struct train_data_options also = {.data = ONE(letters_file("held.csv", 60, 40))};
            assert_int_equal(train_data_load(&v, &also, d, NULL, NULL, &err), 0);
        }
        assert_int_equal(train_find_exclusions(d, v, &err), 0);
        assert_int_equal(d->parts[0].unit, BZ_EXCLUSIVE);
        assert_int_not_equal(d->parts[0].group[0], d->parts[0].group[LETTERS]);
        assert_int_equal(d->parts[0].group[1], d->parts[0].group[LETTERS + 1]);
        if (held)
            assert_memory_equal(v->parts[0].group, d->parts[0].group, COLUMNS * sizeof(uint32_t));
        train_data_free(d);
        train_data_free(v);
    }
}

/* Bits that are on in a twentieth of the rows are on together in one or two by chance, and for many pairs in none. */
static void rare_bits_that_never_meet_are_left_alone(void **state)
{
    (void)state;
    static char text[1 << 16];
    struct bz_error err = {0};
    size_t at = 0;
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t j = 0; j < COLUMNS; j++) {
            const struct bz_key key = {.seed = 8, .chain = r, .purpose = BZ_DRAW_MISC};
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", bz_random_double(&key, j) < 0.05,
                                   j + 1 < COLUMNS ? ',' : '\n');
        }
    const struct train_data_options o = {.data = ONE(text_file("rare.csv", text))};
    struct train_data *d = load(&o);
    assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    train_data_free(d);
}

/* Two halves of a survey that share no question: nobody has both of two answers because nobody was asked both. */
static void questions_never_asked_together_are_left_alone(void **state)
{
    (void)state;
    static char text[1 << 16];
    struct bz_error err = {0};
    size_t at = 0;
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t j = 0; j < 6; j++) {
            const struct bz_key key = {.seed = 9, .chain = r, .purpose = BZ_DRAW_MISC};
            const char *answer = j / 3 == r % 2 ? "NA" : bz_random_double(&key, j) < 0.5 ? "1" : "0";
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c", answer, j < 5 ? ',' : '\n');
        }
    const struct train_data_options o = {.data = ONE(text_file("halves.csv", text)), .missing = "infer"};
    struct train_data *d = load(&o);
    assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    train_data_free(d);
}

/* Letters are found even if a twentieth of the values is unknown. */
static void letters_with_gaps_are_found(void **state)
{
    (void)state;
    struct bz_error err = {0};
    char *text = letters(2 * ROWS, -1);
    for (size_t at = 0, n = strlen(text); at < n; at++) {
        const struct bz_key key = {.seed = 10, .chain = (uint32_t)at, .purpose = BZ_DRAW_MISC};
        if (at % 2 == 0 && bz_random_double(&key, 0) < 0.05)
            text[at] = '?';
    }
    const struct train_data_options o = {.data = ONE(text_file("gaps.csv", text)), .missing = "infer"};
    struct train_data *d = load(&o);
    assert_true(d->parts[0].missing);
    assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
    assert_int_equal(d->parts[0].unit, BZ_EXCLUSIVE);
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            assert_int_equal(d->parts[0].group[i] == d->parts[0].group[j], i % LETTERS == j % LETTERS);
    train_data_free(d);
}

/* Three patterns, each in a third of the rows: their columns exclude each other, and a row between two patterns is nothing
 * unusual. */
static void patterns_that_come_again_are_left_alone(void **state)
{
    (void)state;
    static const char *const patterns[] = {"1,1,1,0,0,0,0,0,0\n", "0,0,0,1,1,1,0,0,0\n", "0,0,0,0,0,0,1,1,1\n"};
    static char text[1 << 16];
    struct bz_error err = {0};
    size_t at = 0;
    for (size_t r = 0; r < ROWS; r++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", patterns[r % 3]);
    const struct train_data_options o = {.data = ONE(text_file("patterns.csv", text))};
    struct train_data *d = load(&o);
    assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    train_data_free(d);
}

static void pictures_and_what_the_user_named_are_left_alone(void **state)
{
    (void)state;
    struct bz_error err = {0};
    const char *path = letters_file("letters.csv", ROWS, -1);
    const struct train_data_options picture = {.data = ONE(path), .shape = ONE("3x8")},
                                    named = {.data = ONE(path), .visible_unit = ONE("bernoulli")};
    for (int i = 0; i < 2; i++) {
        struct train_data *d = load(i ? &named : &picture);
        assert_int_equal(train_find_exclusions(d, NULL, &err), 0);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        train_data_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_found_wherever_their_columns_stand),
        cmocka_unit_test(a_row_that_has_two_undoes_them),
        cmocka_unit_test(rare_bits_that_never_meet_are_left_alone),
        cmocka_unit_test(questions_never_asked_together_are_left_alone),
        cmocka_unit_test(letters_with_gaps_are_found),
        cmocka_unit_test(patterns_that_come_again_are_left_alone),
        cmocka_unit_test(pictures_and_what_the_user_named_are_left_alone),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
