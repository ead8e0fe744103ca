/* Which category a cell is: the table made for many of them finds what the search finds. */
#include "columns.h"
#include "stop.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

enum { N = 300 };

static char *names[N];
static char room[N][600];

static void fill(const char *format)
{
    for (int i = 0; i < N; i++) {
        snprintf(room[i], sizeof(room[i]), format, i);
        names[i] = room[i];
    }
}

static void same(const char *text, size_t length)
{
    struct bz_places *places = bz_places_new(N);
    const struct bz_cell cell = {text, length, false};
    const long want = bz_category_place(names, N, &cell), got = bz_places_find(places, names, N, &cell);
    if (got != want)
        fail_msg("'%s': %ld, want %ld", text, got, want);
    bz_places_free(places);
}

static void many_categories_are_found_as_few_are(void **state)
{
    static const char *const cells[] = {"0",       "1",      "17",      "17.0",    "+17",  "1.7e1", "017",
                                        "299",     "300",    "-1",      "",        "true", "no",    "name17",
                                        "+name17", "NAME17", "name299", "name300", "17 ",  "0.0",   "-0"};
    static const char *const formats[] = {"%d", "name%d", "%d.0", "+%d", "%03d", "%d0"};
    char text[600];
    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
        fill(formats[f]);
        for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
            same(cells[i], strlen(cells[i]));
        for (int i = 0; i < N; i += 7)
            same(names[i], strlen(names[i]));
    }
    fill("%d");
    strcpy(room[40], "17.0"); /* one category twice: byte by byte the other, else the first */
    same("17", 2);
    same("17.0", 4);
    same("17.00", 5);
    fill("name%d");
    memset(room[7], 'x', 500); /* longer than what is rewritten */
    room[7][500] = 0;
    same(room[7], 500);
    memset(text, 'x', 499);
    text[499] = 0;
    same(text, 499);
    same("name8", 5);
    same("name8\0y", 7);
}

static bool now(void *arg)
{
    (void)arg;
    return true;
}

static void a_table_that_was_not_finished_is_not_used(void **state)
{
    struct bz_places *places = bz_places_new(N);
    const struct bz_cell cell = {"299", 3, false};
    (void)state;
    fill("%d");
    bz_stop_ask(now, NULL);
    assert_int_equal(bz_places_find(places, names, N, &cell), -1);
    bz_stop_ask(NULL, NULL);
    assert_int_equal(bz_places_find(places, names, N, &cell), 299);
    bz_places_free(places);
    assert_null(bz_places_new(2));
    assert_int_equal(bz_places_find(NULL, names, N, &cell), 299);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_categories_are_found_as_few_are),
                                       cmocka_unit_test(a_table_that_was_not_finished_is_not_used)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
