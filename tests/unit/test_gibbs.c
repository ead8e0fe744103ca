/* Samplers against enumeration. Every chain is an independent draw, so Pearson's test applies directly; seeds are fixed. */
#include "chain_case.h"
#include "enumerate.h"
#include "gibbs.h"
#include "kernels.h"
#include "oracle_machines.h"
#include "rng.h"
#include "statistics.h"
#include "test.h"
#include "unit.h"

#include <string.h>

enum { CHAINS = SANITIZED ? 1000 : DRAWS_DIVISOR == 1 ? 10000 : 6000, MOST_KEYS = 4096 };

struct held {
    size_t layer;
    float values[10];
    uint8_t known[10];
};

/* Runs chains of m (and frees it) and compares the joint distribution of its discrete layers with enumeration. */
static void check_distribution(struct bz_machine *m, double t, double d, const struct held *held, size_t sweeps)
{
    struct bz_chains *c = new_chains(m, CHAINS, t, d, 77);
    struct bz_work *w = new_work(m);
    bool layers[16] = {false};
    double counts[16], p[MOST_KEYS];
    size_t seen[MOST_KEYS] = {0};
    float values[10], *held_rows[16] = {NULL};
    uint8_t known[10], *known_rows[16] = {NULL};
    struct enumeration e = {.m = m, .t = t, .counts = counts};

    for (size_t l = 0; l < m->n_layers; l++) {
        layers[l] = bz_unit_type(m->layers[l].unit)->discrete;
        counts[l] = d;
    }
    if (held) {
        memcpy(values, held->values, sizeof(values));
        memcpy(known, held->known, sizeof(known));
        held_rows[held->layer] = values;
        known_rows[held->layer] = known;
        e.held = held_rows;
        e.known = known_rows;
        hold(c, held->layer, values, known);
    }
    assert_true(enum_keys(&e, layers) <= MOST_KEYS);
    enum_marginal(&e, layers, p);
    bz_chains_init(c, 0, CHAINS, NULL, w);
    bz_gibbs(c, 0, CHAINS, sweeps, w);
    for (size_t r = 0; r < CHAINS; r++)
        seen[enum_key(&e, layers, c->s, r)]++;
    const double probability = chi_square_test(seen, p, enum_keys(&e, layers));
    if (!(probability > 0.001))
        fail_msg("%s of %zu layers at temperature %g: probability %g", m->kind, m->n_layers, t, probability);
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
}

static void rbm_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held clamp = {0, {1, 0, 0, 0}, {1, 1, 0, 0}};
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_rbm(1, false), t, 0, NULL, 20);
        check_distribution(oracle_rbm(1, true), t, 0, NULL, 20);
        check_distribution(oracle_rbm(1, false), t, 0, &clamp, 15);
    }
}

static void deep_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held middle = {1, {0, 1, 0}, {1, 1, 0}};
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_dbm(false), t, 0, NULL, 20);
        check_distribution(oracle_dbm(true), t, 0, &middle, 20);
        check_distribution(oracle_deep(true), t, 0, NULL, 25);
    }
}

static void lateral_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held clamp = {0, {1, 0, 1, 0}, {1, 0, 0, 1}};
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_lateral(false), t, 0, NULL, 20);
        check_distribution(oracle_lateral(true), t, 0, &clamp, 15);
        check_distribution(oracle_self_coupled(BZ_BERNOULLI), t, 0, NULL, 20);
    }
}

static void softmax_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held not_this = {0, {0, 0, 0, 0, 1, 0}, {1, 0, 0, 1, 1, 0}}; /* group 0: not the first; group 1: the second */
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_softmax(), t, 0, NULL, 20);
        check_distribution(oracle_softmax(), t, 0, &not_this, 15);
        check_distribution(oracle_self_coupled(BZ_SOFTMAX), t, 0, NULL, 20);
        check_distribution(oracle_self_coupled(BZ_SOFTMAX), t, 0, &not_this, 15);
    }
}

static void count_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held one = {0, {0, 1, 0}, {0, 1, 0}};
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_counts(false), t, 3, NULL, 20);
        check_distribution(oracle_counts(true), t, 5, NULL, 40);
        check_distribution(oracle_counts(true), t, 3, &one, 20);
        check_distribution(oracle_counts(false), t, 0, NULL, 5);
        check_distribution(oracle_self_coupled(BZ_MULTINOMIAL), t, 3, NULL, 20);
        check_distribution(oracle_self_coupled(BZ_MULTINOMIAL), t, 3, &one, 20);
    }
}

/* A grid of 2 x 5 visible units, coupled to their neighbours and to 2 hidden units. */
static struct bz_machine *grid(void)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 10, 1, true},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true}};
    const struct bz_coupling_spec couplings[] = {{0, 0}, {0, 1}};
    const struct bz_key key = {.seed = 8};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "bm", layers, 2, couplings, 2, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        m->block[i] = 1.6f * bz_random_uniform(&key, (uint32_t)i) - 0.8f;
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j <= i; j++) {
            const bool joined = i == j + 5 || (i == j + 1 && i != 5);
            float *w = bz_machine_weight(m, 0);
            w[i * 10 + j] = w[j * 10 + i] = joined ? w[i * 10 + j] : 0;
        }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* The same machine, borrowing its owner's parameters as a loaded model does. */
static struct bz_machine *borrow(const struct bz_machine *owner)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 10, 1, true},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true}};
    const struct bz_coupling_spec couplings[] = {{0, 0}, {0, 1}};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new_views(&m, "bm", layers, 2, couplings, 2, &err), 0);
    for (size_t l = 0; l < 2; l++) {
        m->layers[l].bias = owner->layers[l].bias;
        m->layers[l].offset = owner->layers[l].offset;
        m->couplings[l].weight = owner->couplings[l].weight;
    }
    assert_int_equal(bz_machine_check(m, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void coloured_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held corner = {0, {1, 0, 0, 1, 1, 0, 0, 1}, {0, 1, 0, 1, 0, 0, 0, 1}};
    for (double t = 1; t < 3; t++) {
        struct bz_machine *owner = grid(), *m = borrow(owner);
        assert_null(bz_machine_colouring(owner, 0));
        assert_non_null(bz_machine_colouring(m, 0));
        check_distribution(m, t, 0, NULL, 30);
        check_distribution(borrow(owner), t, 0, &corner, 30);
        bz_machine_free(owner);
    }
}

/* --- gaussian layers --- */

/* Marginal of one visible unit of the gaussian RBM: a mixture over the hidden states. */
struct mixture {
    const struct bz_machine *m;
    const double *p; /* [8] of hidden states, by key */
    size_t unit;
    double t;
};

static double mixture_cdf(double x, void *arg)
{
    const struct mixture *mix = arg;
    const struct bz_layer *v = &mix->m->layers[0], *h = &mix->m->layers[1];
    double sum = 0;

    for (unsigned key = 0; key < 8; key++) {
        double mean = v->bias[mix->unit];
        for (unsigned j = 0; j < 3; j++)
            mean += mix->m->couplings[0].weight[mix->unit * 3 + j] *
                    ((key >> (2 - j) & 1) - (h->offset ? (double)h->offset[j] : 0));
        const double z = (x - mean) / (exp(v->log_sigma[mix->unit]) * sqrt(mix->t));
        sum += mix->p[key] * 0.5 * erfc(-z / sqrt(2));
    }
    return sum;
}

static void gaussian_chains_reach_the_mixture(void **state)
{
    (void)state;
    static double x[CHAINS];
    for (double t = 1; t < 3; t++)
        for (int offsets = 0; offsets < 2; offsets++) {
            struct bz_machine *m = oracle_gaussian(offsets);
            struct bz_chains *c = new_chains(m, CHAINS, t, 0, 5);
            struct bz_work *w = new_work(m);
            const struct enumeration e = {.m = m, .t = t};
            const bool layers[] = {false, true};
            double p[8];

            enum_marginal(&e, layers, p);
            bz_chains_init(c, 0, CHAINS, NULL, w);
            bz_gibbs(c, 0, CHAINS, 40, w);
            for (size_t i = 0; i < 4; i++) {
                struct mixture mix = {m, p, i, t};
                for (size_t r = 0; r < CHAINS; r++)
                    x[r] = c->s->x[0][r * 4 + i];
                const double probability = kolmogorov_test(x, CHAINS, mixture_cdf, &mix);
                if (!(probability > 0.001))
                    fail_msg("unit %zu at temperature %g: probability %g", i, t, probability);
            }
            bz_work_free(w);
            bz_chains_free(c);
            bz_machine_free(m);
        }
    check_distribution(oracle_gaussian(true), 1, 0, NULL, 40);
    check_distribution(oracle_self_coupled(BZ_GAUSSIAN), 2, 0, NULL, 20);
}

static void spin_and_rectified_chains_reach_the_distribution(void **state)
{
    (void)state;
    const struct held clamp = {0, {1, -1, 1}, {1, 0, 1}};
    for (double t = 1; t < 3; t++) {
        check_distribution(oracle_pair(BZ_SPIN, BZ_SPIN), t, 0, NULL, 20);
        check_distribution(oracle_self_coupled(BZ_SPIN), t, 0, NULL, 20);
        check_distribution(oracle_self_coupled(BZ_SPIN), t, 0, &clamp, 20);
        check_distribution(oracle_pair(BZ_SPIN, BZ_RELU), t, 0, NULL, 30);
        check_distribution(oracle_pair(BZ_SPIN, BZ_GAUSSIAN), t, 0, &clamp, 30);
        check_distribution(oracle_stack(BZ_RELU, BZ_SPIN), t, 0, NULL, 40);
        check_distribution(oracle_pair(BZ_SPIN, BZ_DRELU), t, 0, NULL, 30);
        check_distribution(oracle_pair(BZ_MULTINOMIAL, BZ_RELU), t, 3, NULL, 30);
        check_distribution(oracle_stack(BZ_SOFTMAX, BZ_SPIN), t, 0, NULL, 30);
        check_distribution(oracle_sparse(BZ_SPIN, BZ_SPIN), t, 0, NULL, 30);
        check_distribution(oracle_sparse(BZ_SOFTMAX, BZ_RELU), t, 0, NULL, 30);
        check_distribution(oracle_sparse(BZ_MULTINOMIAL, BZ_SPIN), t, 2, NULL, 30);
    }
}

/* Every kind of unit in one graph: means against enumeration, and the joint distribution of the hidden layers. */
static void mixed_chains_reach_the_distribution(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    const double counts[8] = {0, 0, 0, 2, 0, 0, 0, 0};
    const struct enumeration e = {.m = m, .t = 1, .counts = counts};
    const bool hidden[8] = {false, false, false, false, true, true, true, true};
    struct bz_chains *c = new_chains(m, CHAINS, 1, 2, 9);
    struct bz_work *w = new_work(m);
    double values[8][8], *mean[8], p[256];
    size_t seen[256] = {0};

    for (size_t l = 0; l < 8; l++)
        mean[l] = values[l];
    enum_moments(&e, mean, NULL, NULL);
    enum_marginal(&e, hidden, p);
    bz_chains_init(c, 0, CHAINS, NULL, w);
    bz_gibbs(c, 0, CHAINS, 30, w);
    for (size_t r = 0; r < CHAINS; r++)
        seen[enum_key(&e, hidden, c->s, r)]++;
    assert_true(chi_square_test(seen, p, enum_keys(&e, hidden)) > 0.001);
    for (size_t l = 0; l < 8; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            double sum = 0, squares = 0;
            for (size_t r = 0; r < CHAINS; r++) {
                const double x = c->s->x[l][r * m->layers[l].size + i];
                sum += x;
                squares += x * x;
            }
            sum /= CHAINS;
            const double error = sqrt((squares / CHAINS - sum * sum) / CHAINS);
            if (!(fabs(sum - mean[l][i]) < 4.5 * error))
                fail_msg("layer %s unit %zu: mean %g, want %g within %g", m->layers[l].name, i, sum, mean[l][i], error);
        }
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
}

/* --- means --- */

/* E[x_i | everything else] of every layer, against enumeration with the other layers held (lateral: the other units too). */
static void check_means(struct bz_machine *m, double t, double d)
{
    struct bz_chains *c = new_chains(m, 3, t, d, 4);
    struct bz_work *w = new_work(m);
    double counts[16];

    for (size_t l = 0; l < m->n_layers; l++)
        counts[l] = d;
    bz_chains_init(c, 0, 3, NULL, w);
    bz_gibbs(c, 0, 3, 3, w);
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t n = m->layers[l].size, k = n / m->layers[l].groups;
        const bool lateral = bz_machine_has_lateral(m, l);
        float out[3 * 16];
        bz_conditional_mean(c->s, l, c->temperature, 0, 3, out, w);
        for (size_t r = 0; r < 3; r++)
            for (size_t i = 0; i < n; i++) {
                double values[16][16], *mean[16];
                float *held[16];
                uint8_t mask[16], *known[16] = {NULL};
                for (size_t o = 0; o < m->n_layers; o++) {
                    mean[o] = values[o];
                    held[o] = c->s->x[o] + r * m->layers[o].size;
                }
                for (size_t o = 0; o < n; o++)
                    mask[o] = lateral && (m->layers[l].unit == BZ_SOFTMAX ? o / k != i / k : o != i);
                known[l] = mask;
                const struct enumeration e = {.m = m, .t = t, .counts = counts, .held = held, .known = known};
                enum_moments(&e, mean, NULL, NULL);
                if (!(fabs(out[r * n + i] - mean[l][i]) < 1e-5 * fmax(1, fabs(mean[l][i]))))
                    fail_msg("layer %s unit %zu: mean %.9g, want %.9g", m->layers[l].name, i, (double)out[r * n + i],
                             mean[l][i]);
            }
    }
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
}

static void conditional_means_match_enumeration(void **state)
{
    (void)state;
    for (double t = 1; t < 3; t++) {
        check_means(oracle_rbm(1, true), t, 0);
        check_means(oracle_deep(true), t, 0);
        check_means(oracle_lateral(true), t, 0);
        check_means(oracle_gaussian(true), t, 0);
        check_means(oracle_softmax(), t, 0);
        check_means(oracle_counts(true), t, 4);
        check_means(oracle_mixed(), t, 3);
        check_means(oracle_self_coupled(BZ_SOFTMAX), t, 0);
        check_means(oracle_self_coupled(BZ_GAUSSIAN), t, 0);
    }
}

/* --- streams --- */

/* Runs n chains numbered from `first`, in calls of `batch` rows and runs of `stride` sweeps, and copies all states to out. */
static size_t run_chains(const struct bz_machine *m, uint32_t first, size_t n, size_t batch, size_t stride, float *out)
{
    struct bz_chains *c = new_chains(m, n, 1, 3, 99);
    struct bz_work *w = new_work(m);
    size_t used = 0;

    for (size_t r = 0; r < n; r++) {
        c->index[r] = first + (uint32_t)r;
        c->temperature[r] = 1 + 0.25 * (double)((first + r) % 3);
    }
    for (size_t r = 0; r < n; r += batch) {
        const size_t rows = n - r < batch ? n - r : batch;
        bz_chains_init(c, r, rows, NULL, w);
        for (size_t done = 0; done < 6; done += stride)
            bz_gibbs(c, r, rows, stride, w);
    }
    for (size_t r = 0; r < n; r++) /* chain by chain */
        for (size_t l = 0; l < m->n_layers; l++) {
            memcpy(out + used, c->s->x[l] + r * m->layers[l].size, m->layers[l].size * sizeof(float));
            used += m->layers[l].size;
        }
    bz_work_free(w);
    bz_chains_free(c);
    return used / n;
}

static void chains_do_not_depend_on_their_company(void **state)
{
    (void)state;
    enum { N = 300 };
    static float all[N * 32], part[N * 32];
    struct bz_machine *owner = grid();
    struct bz_machine *machines[] = {oracle_mixed(),
                                     oracle_lateral(true),
                                     oracle_self_coupled(BZ_MULTINOMIAL),
                                     oracle_self_coupled(BZ_SOFTMAX),
                                     oracle_self_coupled(BZ_GAUSSIAN),
                                     borrow(owner)};
    const struct bz_kernels *tables[8];
    struct bz_error err = {0};

    for (size_t k = 0; k < sizeof(machines) / sizeof(machines[0]); k++) {
        const size_t width = run_chains(machines[k], 0, N, N, 6, all);
        for (size_t level = 0; level < bz_cpu_levels(tables, 8); level++) {
            assert_int_equal(bz_cpu_select(tables[level]->name, &err), 0);
            run_chains(machines[k], 0, N, 7, 6, part);
            assert_memory_equal(all, part, N * width * sizeof(float));
            run_chains(machines[k], 0, N, 1, 2, part);
            assert_memory_equal(all, part, N * width * sizeof(float));
            run_chains(machines[k], 123, 5, 5, 3, part);
            assert_memory_equal(all + 123 * width, part, 5 * width * sizeof(float));
        }
        assert_int_equal(bz_cpu_select("auto", &err), 0);
        bz_machine_free(machines[k]);
    }
    bz_machine_free(owner);
}

static int fix(void **state)
{
    (void)state;
    chains_fixed = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rbm_chains_reach_the_distribution),
        cmocka_unit_test(deep_chains_reach_the_distribution),
        cmocka_unit_test(lateral_chains_reach_the_distribution),
        cmocka_unit_test(softmax_chains_reach_the_distribution),
        cmocka_unit_test(count_chains_reach_the_distribution),
        cmocka_unit_test(coloured_chains_reach_the_distribution),
        cmocka_unit_test(gaussian_chains_reach_the_mixture),
        cmocka_unit_test(spin_and_rectified_chains_reach_the_distribution),
        cmocka_unit_test(mixed_chains_reach_the_distribution),
        cmocka_unit_test(conditional_means_match_enumeration),
        cmocka_unit_test(chains_do_not_depend_on_their_company),
    };
    const struct CMUnitTest again[] = {
        cmocka_unit_test(rbm_chains_reach_the_distribution),     cmocka_unit_test(deep_chains_reach_the_distribution),
        cmocka_unit_test(lateral_chains_reach_the_distribution), cmocka_unit_test(gaussian_chains_reach_the_mixture),
        cmocka_unit_test(mixed_chains_reach_the_distribution),   cmocka_unit_test(chains_do_not_depend_on_their_company),
    };
    return cmocka_run_group_tests_name("fields of floats", tests, NULL, NULL) +
           cmocka_run_group_tests_name("fields of whole numbers", again, fix, NULL);
}
