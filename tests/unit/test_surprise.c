/* The cells of a row that a model did not expect. */
#include "surprise.h"

#include "energy.h"
#include "served.h"
#include "stop.h"
#include "test.h"

#include <string.h>

enum { UNITS = 200 };

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

/* A wide row takes a while: it ends early when told to, before the last cells are looked at. */
static void the_least_expected_cell_is_found_unless_told_to_stop(void **state)
{
    struct bz_machine *m = served_rbm(UNITS, 3, 1);
    struct bz_columns columns;
    struct bz_state *s;
    struct bz_work *w;
    struct bz_error err;
    struct bz_surprise found[5];
    float x[UNITS];
    double free_energy;
    (void)state;
    for (size_t i = 0; i < UNITS; i++) {
        bz_machine_bias(m, 0)[i] = 4;
        x[i] = i != UNITS - 1;
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_columns_of_machine(&columns, m, &err), 0);
    assert_int_equal(bz_state_new(&s, m, 32, &err), 0);
    assert_int_equal(bz_state_make_known(s, 0, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    const float *rows[] = {x, NULL};
    const uint8_t *known[] = {NULL, NULL};
    memset(s->known[0], 1, UNITS);
    memcpy(s->x[0], x, sizeof(x));
    s->n = 1;
    bz_free_energy(s, 0, 1, &free_energy, NULL, w);
    assert_true(bz_surprises(&columns, s, rows, known, free_energy, found, 5, w) > 0);
    assert_int_equal(found[0].column + found[0].within, UNITS - 1);
    assert_true(found[0].expected > 0.9 && found[0].drop > 2);
    bz_stop_ask(at_once, NULL);
    assert_int_equal(bz_surprises(&columns, s, rows, known, free_energy, found, 5, w), 0);
    bz_stop_ask(NULL, NULL);
    bz_work_free(w);
    bz_state_free(s);
    bz_columns_free(&columns);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_least_expected_cell_is_found_unless_told_to_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
