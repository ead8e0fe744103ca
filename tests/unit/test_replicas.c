/* Parallel tempering for learning: the rows it hands over follow the current machine, and a copied state continues
 * identically. */
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

/* Chi-square of joint states, taken far enough apart to be independent; 70 chains are two groups. */
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
        assert_int_equal(train_replicas_run(r, 1, s, &err), 0);
    for (int i = 0; i < DRAWS; i++) {
        assert_int_equal(train_replicas_run(r, APART, s, &err), 0);
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

/* The machine changes between runs, as it does in learning: after a while the rows follow the new one. */
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
    assert_int_equal(train_replicas_run(r, 20, s, &err), 0);
    bz_machine_bias(m, 0)[0] = 9;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_replicas_run(r, 20, s, &err), 0);
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
        assert_int_equal(train_replicas_run(r, 1, s, &err), 0);
    train_fields_copy_out(&f, copy);
    for (int pass = 0; pass < 2; pass++) {
        float *to = pass ? second : first;
        for (int i = 0; i < 130; i++)
            assert_int_equal(train_replicas_run(pass ? other : r, 2, s, &err), 0);
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

/* Two processes, simulated in turn within this one: what each has produced for its half is kept in `made` until the other asks
 * for it. */
struct half {
    struct bz_spread spread;
    size_t number;
    char *made;
};

static void half_of(struct bz_spread *self, size_t n, size_t *first, size_t *count)
{
    const struct half *h = (const struct half *)self;
    *first = n * h->number / 2;
    *count = n * (h->number + 1) / 2 - *first;
}

static int meet(struct bz_spread *self, void *things, size_t bytes, size_t n, struct bz_error *err)
{
    const struct half *h = (const struct half *)self;
    size_t first, count;
    (void)err;
    half_of(self, n, &first, &count);
    memcpy(h->made + first * bytes, (char *)things + first * bytes, count * bytes);
    memcpy(things, h->made, n * bytes);
    return 0;
}

/* After an exchange, two processes with one group each have everything that one process with both groups has. */
static void processes_share_the_groups(void **state)
{
    enum { CHAINS = 70, ROOM = 1 << 20 };
    struct bz_machine *m = oracle_dbm(false);
    struct half half[2] = {{{2, half_of, meet}, 0, calloc(ROOM, 1)}, {{2, half_of, meet}, 1, NULL}};
    struct train_replicas *several[2] = {replicas_of(m, CHAINS), replicas_of(m, CHAINS)}, *alone = replicas_of(m, CHAINS);
    struct train_fields f = {0}, g = {0};
    struct bz_error err = {0};
    struct bz_state *s[3] = {0};

    (void)state;
    half[1].made = half[0].made;
    for (int k = 0; k < 3; k++) {
        assert_int_equal(bz_state_new(&s[k], m, CHAINS, &err), 0);
        s[k]->n = CHAINS;
    }
    for (int k = 0; k < 2; k++)
        train_replicas_share(several[k], &half[k].spread);
    for (int i = 0; i < 120; i++) { /* beyond a change of the ladder */
        assert_int_equal(train_replicas_run(alone, 1, s[2], &err), 0);
        for (int k = 0; k < 2; k++)
            assert_int_equal(train_replicas_run(several[k], 1, s[k], &err), 0);
        for (size_t l = 0; l < m->n_layers; l++) /* the second one has met the first */
            assert_memory_equal(s[1]->x[l], s[2]->x[l], CHAINS * m->layers[l].size * sizeof(float));
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(train_replicas_gather(several[i % 2], &err), 0);
    assert_int_equal(train_replicas_fields(several[0], &f, &err), 0);
    assert_int_equal(train_replicas_fields(alone, &g, &err), 0);
    assert_int_equal(f.n, g.n);
    for (size_t i = 0; i < f.n; i++)
        if (strcmp(f.items[i].name, "seen") != 0) /* comes with the rows: the first one's are from the previous run */
            assert_memory_equal(f.items[i].data, g.items[i].data, g.items[i].bytes);
    train_fields_free(&f);
    train_fields_free(&g);
    for (int k = 0; k < 3; k++)
        bz_state_free(s[k]);
    train_replicas_free(several[0]);
    train_replicas_free(several[1]);
    train_replicas_free(alone);
    free(half[0].made);
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
        cmocka_unit_test(processes_share_the_groups),
        cmocka_unit_test(counts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
