/* Parallel tempering for learning: the rows it hands over follow the machine, as it is now, and a copied state goes on alike.
 */
#include "replicas.h"

#include "oracle_machines.h"
#include "stationary.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LAYERS = 8 };

static struct train_replicas *replicas_of(const struct bz_machine *m, size_t chains)
{
    static const float half[16] = {.5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f};
    const float *typical[MOST_LAYERS];
    struct bz_error err = {0};
    struct train_replicas *r = NULL;

    for (size_t l = 0; l < m->n_layers; l++)
        typical[l] = half;
    if (train_replicas_new(&r, m, typical, chains, 5, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    return r;
}

/* Chi-square of joint states, far enough apart to be independent; 70 chains are two groups. */
static void check_stationary(struct bz_machine *m)
{
    enum { CHAINS = 70, DRAWS = 60 / DRAWS_DIVISOR, APART = 10 };
    struct stationary c;
    double lowest;
    size_t rungs;
    struct train_replicas *r = replicas_of(m, CHAINS);
    struct bz_error err = {0};
    struct bz_state *s = NULL;

    assert_int_equal(bz_state_new(&s, m, CHAINS, &err), 0);
    s->n = CHAINS;
    stationary_begin(&c, m, NULL);
    for (int i = 0; i < 120; i++) /* the ladder adapts on the way */
        train_replicas_run(r, 1, s);
    for (int i = 0; i < DRAWS; i++) {
        train_replicas_run(r, APART, s);
        stationary_see(&c, s, CHAINS);
    }
    stationary_end(&c);
    train_replicas_rates(r, &rungs, &lowest);
    assert_true(rungs >= 11 && lowest > 0.1 && lowest <= 1);
    bz_state_free(s);
    train_replicas_free(r);
    bz_machine_free(m);
}

static void rows_follow_the_machine(void **state)
{
    (void)state;
    check_stationary(oracle_rbm(3, false));
    check_stationary(oracle_dbm(false));
    check_stationary(oracle_lateral(false));
    check_stationary(oracle_softmax());
}

/* The machine changes between runs, as it does in learning: the rows come to follow the new one. */
static void rows_follow_a_machine_that_moved(void **state)
{
    enum { CHAINS = 64 };
    struct bz_machine *m = oracle_rbm(1, false);
    struct train_replicas *r = replicas_of(m, CHAINS);
    struct bz_error err = {0};
    struct bz_state *s = NULL;
    double on = 0;

    (void)state;
    assert_int_equal(bz_state_new(&s, m, CHAINS, &err), 0);
    s->n = CHAINS;
    train_replicas_run(r, 20, s);
    bz_machine_bias(m, 0)[0] = 9;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    train_replicas_run(r, 20, s);
    for (size_t k = 0; k < CHAINS; k++)
        on += (double)s->x[0][k * 4];
    assert_true(on > 0.95 * CHAINS);
    bz_state_free(s);
    train_replicas_free(r);
    bz_machine_free(m);
}

static void a_copied_state_goes_on_with_the_same_bits(void **state)
{
    enum { CHAINS = 70, UNITS = 9 };
    static float first[CHAINS * UNITS], second[CHAINS * UNITS];
    struct bz_machine *m = oracle_dbm(false);
    struct train_replicas *r = replicas_of(m, CHAINS), *other = replicas_of(m, CHAINS);
    struct train_fields f = {0}, g = {0};
    struct bz_error err = {0};
    struct bz_state *s = NULL;

    (void)state;
    assert_int_equal(bz_state_new(&s, m, CHAINS, &err), 0);
    s->n = CHAINS;
    assert_int_equal(train_replicas_fields(r, &f, &err), 0);
    assert_int_equal(train_replicas_fields(other, &g, &err), 0);
    assert_int_equal(train_fields_bytes(&f), train_fields_bytes(&g));
    void *copy = malloc(train_fields_bytes(&f));
    for (int i = 0; i < 150; i++) /* beyond a change of the ladder */
        train_replicas_run(r, 1, s);
    train_fields_copy_out(&f, copy);
    for (int pass = 0; pass < 2; pass++) {
        float *to = pass ? second : first;
        for (int i = 0; i < 130; i++)
            train_replicas_run(pass ? other : r, 2, s);
        for (size_t l = 0; l < m->n_layers; l++) {
            memcpy(to, s->x[l], CHAINS * m->layers[l].size * sizeof(float));
            to += CHAINS * m->layers[l].size;
        }
        train_fields_copy_in(&g, copy);
    }
    assert_memory_equal(first, second, sizeof(first));
    free(copy);
    train_fields_free(&f);
    train_fields_free(&g);
    bz_state_free(s);
    train_replicas_free(r);
    train_replicas_free(other);
    bz_machine_free(m);
}

static void counts_are_refused(void **state)
{
    const float typical[3] = {0};
    const float *all[2] = {typical, typical};
    struct bz_machine *m = oracle_counts(false);
    struct train_replicas *r = NULL;
    struct bz_error err = {0};

    (void)state;
    assert_int_equal(train_replicas_new(&r, m, all, 10, 1, NULL, &err), -1);
    assert_int_equal(err.code, BZ_BAD_USAGE);
    assert_non_null(strstr(err.msg, "visible"));
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_follow_the_machine),
        cmocka_unit_test(rows_follow_a_machine_that_moved),
        cmocka_unit_test(a_copied_state_goes_on_with_the_same_bits),
        cmocka_unit_test(counts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
