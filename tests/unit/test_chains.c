/* What chains keep: held units, and the states that they start from. */
#include "chain_case.h"
#include "oracle_machines.h"
#include "test.h"

#include <string.h>

static void known_units_keep_their_values(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    struct bz_chains *c = new_chains(m, 70, 1, 4, 1);
    struct bz_work *w = new_work(m);
    const float real[] = {0.123f, 7}, words[] = {0, 3, 0}, dots[] = {0.25f, 0, 0};

    hold(c, 1, real, (uint8_t[]){1, 0});
    hold(c, 3, words, (uint8_t[]){0, 1, 0});
    hold(c, 0, dots, (uint8_t[]){1, 0, 0});
    memset(c->s->known[0] + 20 * 3, 1, 3); /* row 20 fully known */
    memset(c->s->known[0] + 21 * 3, 0, 3); /* row 21 free */
    bz_chains_init(c, 0, 70, NULL, w);
    bz_gibbs(c, 0, 70, 5, w);
    for (size_t r = 0; r < 70; r++) {
        const float *x = c->s->x[3] + r * 3;
        assert_true(c->s->x[1][r * 2] == 0.123f && c->s->x[1][r * 2 + 1] != 7);
        assert_true(x[1] == 3 && x[0] + x[2] == 1);
        if (r != 21)
            assert_true(c->s->x[0][r * 3] == 0.25f);
        assert_int_equal(c->step[r], 5);
    }
    assert_memory_equal(c->s->x[0] + 20 * 3, dots, sizeof(dots));
    assert_true(c->s->x[0][21 * 3] == 0 || c->s->x[0][21 * 3] == 1);
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
}

static void given_starts_are_kept(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(false);
    struct bz_chains *c = new_chains(m, 1, 1, 0, 1);
    struct bz_work *w = new_work(m);
    const float start[] = {0.5f, 0.25f, 1, 0};

    memcpy(c->s->x[0], start, sizeof(start));
    bz_chains_init(c, 0, 1, (bool[]){true, false, false}, w);
    assert_memory_equal(c->s->x[0], start, sizeof(start));
    for (size_t j = 0; j < 3; j++)
        assert_true(c->s->x[1][j] == 0 || c->s->x[1][j] == 1);
    c->s->x[2][0] = 0.75f; /* not a value it could draw: an initial one */
    bz_chains_init(c, 0, 1, (bool[]){true, false, true}, w);
    assert_true(c->s->x[2][0] == 0.75f);
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_units_keep_their_values),
        cmocka_unit_test(given_starts_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
