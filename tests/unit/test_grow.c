/* Machines grown from smaller ones: what was there before behaves as it did. */
#include "enumerate.h"
#include "grow.h"
#include "oracle_machines.h"
#include "test.h"

#include <string.h>

enum { STATES = 16 };

/* p(v) of all states of the visible layer. */
static void visible_marginal(const struct bz_machine *m, double p[STATES])
{
    const struct enumeration e = {.m = m, .t = 1};
    bool layers[4] = {0};
    layers[bz_machine_find(m, "visible")] = true;
    assert_int_equal(enum_keys(&e, layers), STATES);
    enum_marginal(&e, layers, p);
}

static void clear_coupling(struct bz_machine *m, size_t c)
{
    const size_t n = m->layers[m->couplings[c].a].size * m->layers[m->couplings[c].b].size;
    memset(bz_machine_weight(m, c), 0, n * sizeof(float));
}

static void same_marginals(const struct bz_machine *a, const struct bz_machine *b)
{
    double p[STATES], q[STATES];
    visible_marginal(a, p);
    visible_marginal(b, q);
    for (size_t i = 0; i < STATES; i++)
        assert_near(p[i], q[i], 1e-6);
}

/* Grows the RBM into `shape`, whose couplings from the second on have no effect. */
static void grows_without_change(bool rbm_offsets, struct bz_machine *shape)
{
    struct bz_machine *rbm = oracle_rbm(1, rbm_offsets), *result;
    struct bz_error err;
    for (size_t c = 1; c < shape->n_couplings; c++)
        clear_coupling(shape, c);
    memset(bz_machine_weight(shape, 0), 1, 4); /* the shape's own values do not matter */
    assert_int_equal(bz_machine_prepare(shape, &err), 0);
    assert_int_equal(train_grow(&result, shape, rbm, &err), 0);
    assert_int_equal(result->n_couplings, shape->n_couplings);
    same_marginals(rbm, result);
    bz_machine_free(rbm);
    bz_machine_free(shape);
    bz_machine_free(result);
}

static void an_rbm_under_new_layers_keeps_its_distribution(void **state)
{
    (void)state;
    for (int offsets = 0; offsets < 2; offsets++) {
        grows_without_change(offsets, oracle_dbm(true));
        grows_without_change(offsets, oracle_dbm(false));
        grows_without_change(offsets, oracle_lateral(true));
    }
}

static void centred_couplings_start_at_rest(void **state)
{
    struct bz_machine *rbm = oracle_rbm(1, true), *shape = oracle_dbm(true), *result;
    struct bz_error err;
    (void)state;
    assert_int_equal(train_grow(&result, shape, rbm, &err), 0);
    for (size_t l = 0; l < rbm->n_layers; l++) {
        assert_memory_equal(result->layers[l].bias, rbm->layers[l].bias, rbm->layers[l].size * sizeof(float));
        assert_memory_equal(result->layers[l].offset, rbm->layers[l].offset, rbm->layers[l].size * sizeof(float));
    }
    assert_memory_equal(result->layers[2].bias, shape->layers[2].bias, 2 * sizeof(float));
    assert_memory_equal(result->couplings[1].weight, shape->couplings[1].weight, 3 * 2 * sizeof(float));
    bz_machine_free(rbm);
    bz_machine_free(shape);
    bz_machine_free(result);
}

static void refuses(const char *want, struct bz_machine *shape, struct bz_machine *from)
{
    struct bz_machine *result;
    struct bz_error err = {0};
    assert_int_equal(train_grow(&result, shape, from, &err), -1);
    assert_int_equal(err.code, BZ_BAD_USAGE);
    if (!strstr(err.msg, want))
        fail_msg("'%s' says nothing of '%s'", err.msg, want);
    bz_machine_free(shape);
    bz_machine_free(from);
}

static void what_has_no_place_is_refused(void **state)
{
    (void)state;
    refuses("has no layer hidden1", oracle_rbm(1, false), oracle_dbm(false));
    refuses("has no coupling of visible and visible", oracle_rbm(1, false), oracle_lateral(false));
    refuses("visible has 5 bernoulli units, layer visible of the machine to be trained 4 bernoulli", oracle_rbm(1, false),
            oracle_shogun());
    refuses("gaussian", oracle_rbm(1, false), oracle_gaussian(false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rbm_under_new_layers_keeps_its_distribution),
        cmocka_unit_test(centred_couplings_start_at_rest),
        cmocka_unit_test(what_has_no_place_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
