#include "enumerate.h"
#include "gibbs.h"
#include "kernels.h"
#include "mem.h"
#include "oracle_machines.h"
#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_says(const struct bz_error *err, const char *part)
{
    if (!strstr(err->msg, part))
        fail_msg("message \"%s\" lacks \"%s\"", err->msg, part);
}

/* --- construction --- */

static void refused(const struct bz_layer_spec *layers, size_t n_layers, const struct bz_coupling_spec *couplings,
                    size_t n_couplings, const char *part)
{
    struct bz_machine *m = NULL;
    struct bz_error err = {0};

    assert_int_equal(bz_machine_new(&m, "rbm", layers, n_layers, couplings, n_couplings, &err), -1);
    assert_null(m);
    assert_int_equal(err.code, BZ_BAD_MODEL);
    assert_says(&err, part);
}

static void impossible_machines_are_refused(void **state)
{
    (void)state;
    const struct bz_layer_spec good[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false},
                                         {"h", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, false}};
    const struct bz_layer_spec bad[][2] = {
        {{"mask", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"-v", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"v.w", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"v", BZ_VISIBLE, BZ_BERNOULLI, 0, 1, false}, good[1]},
        {{"v", BZ_VISIBLE, BZ_SOFTMAX, 4, 3, false}, good[1]},
        {{"v", BZ_VISIBLE, BZ_BERNOULLI, 4, 2, false}, good[1]},
        {{"h", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"v", BZ_HIDDEN, BZ_MULTINOMIAL, 4, 1, false}, good[1]},
        {{"v", BZ_HIDDEN, BZ_BERNOULLI, 4, 1, false}, good[1]},
        {{"v", BZ_VISIBLE, BZ_BERNOULLI, BZ_MAX_UNITS + 1, 1, false}, good[1]},
    };
    const char *parts[] = {"\"mask\"", "\"-v\"",           "name \"\"",   "\"v.w\"",    "size 0",       "3 groups",
                           "2 groups", "both named \"h\"", "multinomial", "no visible", "size 16777217"};
    const struct bz_coupling_spec join = {0, 1};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(bad[i], 2, &join, 1, parts[i]);
    refused(good, 0, NULL, 0, "0 layers");
    refused(good, 2, (struct bz_coupling_spec[]){{0, 2}}, 1, "joins layers 0 and 2");
    refused(good, 2, (struct bz_coupling_spec[]){{0, 1}, {1, 0}}, 2, "both join");
    refused(good, 2, (struct bz_coupling_spec[]){{1, 1}, {1, 1}}, 2, "both join");
}

static void names_follow_the_rule(void **state)
{
    (void)state;
    char longest[66] = {0};
    memset(longest, 'a', 64);
    assert_true(bz_name_is_valid(longest));
    longest[64] = 'a';
    assert_false(bz_name_is_valid(longest));
    assert_true(bz_name_is_valid("7_days-a"));
    assert_false(bz_name_is_valid("classifier"));
    assert_false(bz_name_is_valid("a b"));
    for (int u = 0; u < BZ_N_UNITS; u++)
        assert_int_equal(bz_unit_from_name(bz_unit_name((enum bz_unit)u)), u);
    assert_int_equal(bz_unit_from_name("spins"), -1);
    assert_int_equal(bz_role_from_name("label"), BZ_LABEL);
}

static void questions_about_the_graph_are_answered(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    assert_int_equal(bz_machine_find(m, "text"), 6);
    assert_int_equal(bz_machine_find(m, "texts"), -1);
    assert_int_equal(bz_machine_only_visible(m), -1);
    assert_int_equal(bz_machine_top_hidden(m), 7);
    assert_false(bz_machine_hidden_independent(m));
    assert_true(m->layers[6].near_counts);
    assert_false(m->layers[7].near_counts);
    bz_machine_free(m);
    m = oracle_lateral(false);
    assert_true(bz_machine_has_lateral(m, 0));
    assert_false(bz_machine_hidden_independent(m));
    assert_int_equal(bz_machine_only_visible(m), 0);
    bz_machine_free(m);
}

static int make_everything(struct bz_error *err)
{
    static const struct bz_layer_spec layers[] = {{"w", BZ_VISIBLE, BZ_MULTINOMIAL, 4, 1, true},
                                                  {"r", BZ_VISIBLE, BZ_GAUSSIAN, 4, 1, true},
                                                  {"h", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 2}, {2, 1}, {2, 2}, {0, 1}};
    struct bz_machine *m = NULL;
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    int rc = -1;

    if (bz_machine_new(&m, "bm", layers, 3, couplings, 4, err) < 0)
        return -1;
    if (bz_machine_check(m, err) == 0 && bz_machine_prepare(m, err) == 0 && bz_chains_new(&c, m, 2, err) == 0 &&
        bz_state_make_known(c->s, 0, err) == 0 && bz_work_new(&w, m, err) == 0)
        rc = 0;
    bz_work_free(w);
    bz_chains_free(c);
    bz_machine_free(m);
    return rc;
}

static void every_failing_allocation_is_reported(void **state)
{
    (void)state;
    long n = 0;
    for (;; n++) {
        struct bz_error err = {0};
        bz_alloc_fail_at(n);
        const int rc = make_everything(&err);
        bz_alloc_fail_at(-1);
        if (rc == 0)
            break;
        assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_true(n > 20);
}

/* --- values --- */

static void bad_values_are_found_by_tensor_and_index(void **state)
{
    (void)state;
    struct bz_error err = {0};
    struct bz_machine *m = oracle_lateral(true);

    bz_machine_weight(m, 0)[1 * 3 + 2] = INFINITY;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_int_equal(err.code, BZ_BAD_MODEL);
    assert_says(&err, "\"visible~hidden.weight\"[1,2]: inf");
    bz_machine_weight(m, 0)[1 * 3 + 2] = 0;
    bz_machine_offset(m, 1)[2] = NAN;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_says(&err, "\"hidden.offset\"[2]");
    bz_machine_offset(m, 1)[2] = 0;
    bz_machine_weight(m, 1)[3 * 4 + 1] += 1e-6f;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_says(&err, "[1,3]");
    bz_machine_weight(m, 1)[1 * 4 + 3] = bz_machine_weight(m, 1)[3 * 4 + 1];
    assert_int_equal(bz_machine_check(m, &err), 0);
    bz_machine_weight(m, 2)[1 * 3 + 1] = 0.5f;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_says(&err, "\"hidden~hidden.weight\"[1,1]: 0.5");
    bz_machine_free(m);

    m = oracle_gaussian(false);
    bz_machine_log_sigma(m, 0)[3] = 50;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_says(&err, "\"visible.log_sigma\"[3]");
    bz_machine_free(m);
}

/* Two units with variance 1/4 and coupling k: the precision [[4, -16k], [-16k, 4]] is positive definite for |k| < 1/4. */
static void gaussian_couplings_need_a_positive_definite_precision(void **state)
{
    (void)state;
    const struct bz_layer_spec layers[] = {{"a", BZ_VISIBLE, BZ_GAUSSIAN, 1, 1, false},
                                           {"b", BZ_HIDDEN, BZ_GAUSSIAN, 1, 1, false},
                                           {"c", BZ_VISIBLE, BZ_GAUSSIAN, 1, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 1, &err), 0);
    bz_machine_log_sigma(m, 0)[0] = bz_machine_log_sigma(m, 1)[0] = (float)log(0.5);
    bz_machine_weight(m, 0)[0] = 0.249f;
    assert_int_equal(bz_machine_check(m, &err), 0);
    bz_machine_weight(m, 0)[0] = -0.251f;
    assert_int_equal(bz_machine_check(m, &err), -1);
    assert_says(&err, "layer \"b\", unit 0");
    bz_machine_free(m);
    m = oracle_self_coupled(BZ_GAUSSIAN);
    assert_int_equal(bz_machine_check(m, &err), 0);
    for (size_t i = 0; i < 9; i++)
        bz_machine_weight(m, 1)[i] *= 10;
    assert_int_equal(bz_machine_check(m, &err), -1);
    bz_machine_free(m);
}

static void check_row(const struct bz_layer *l, const float *x, const uint8_t *known, long want_bad, const char *part)
{
    struct bz_error err = {0};
    size_t bad = SIZE_MAX;
    const int rc = bz_check_row(l, x, known, &bad, &err);

    assert_int_equal(rc, want_bad < 0 ? 0 : -1);
    if (want_bad >= 0) {
        assert_int_equal(bad, want_bad);
        assert_int_equal(err.code, BZ_BAD_INPUT);
        assert_says(&err, part);
    }
}

static void rows_are_checked_against_their_domain(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    const struct bz_layer *dots = &m->layers[0], *real = &m->layers[1], *kind = &m->layers[2], *words = &m->layers[3];

    check_row(dots, (float[]){0, 0.5f, 1}, NULL, -1, "");
    check_row(dots, (float[]){0, 1.5f, NAN}, NULL, 1, "unit 1: 1.5");
    check_row(dots, (float[]){0, NAN, 2}, (uint8_t[]){1, 0, 1}, 2, "unit 2: 2");
    check_row(dots, (float[]){0, NAN, 2}, (uint8_t[]){1, 0, 0}, -1, "");
    check_row(real, (float[]){-1e30f, INFINITY}, NULL, 1, "unit 1: inf");
    check_row(kind, (float[]){0, 1, .5f, .50005f}, NULL, -1, "");
    check_row(kind, (float[]){0, 1, .5f, .5001f}, NULL, -1, ""); /* 1e-4, and what float32 adds */
    check_row(kind, (float[]){0, 1, .5f, .50011f}, NULL, 2, "units 2..3: sum 1.0001");
    check_row(kind, (float[]){0, 1, .5f, .6f}, NULL, 2, "units 2..3: sum 1.1");
    check_row(kind, (float[]){0, 1, 0, 0}, (uint8_t[]){1, 1, 1, 0}, -1, "");
    check_row(words, (float[]){0, 3, 1}, NULL, -1, "");
    check_row(words, (float[]){0, 3, 1.5f}, NULL, 2, "unit 2: 1.5");
    check_row(words, (float[]){-1, 3, 1}, NULL, 0, "unit 0: -1");
    check_row(words, (float[]){0, 1.7e7f, 1}, NULL, 1, "16777216");
    bz_machine_free(m);
}

/* --- derived values --- */

static void start_is_never_minus_zero(void **state)
{
    (void)state;
    struct bz_error err = {0};
    struct bz_machine *m = oracle_rbm(1, false);
    for (size_t i = 0; i < 4; i++)
        bz_machine_bias(m, 0)[i] = -0.0f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    for (size_t i = 0; i < 4; i++)
        assert_false(signbit(m->layers[0].start[i]));
    bz_machine_free(m);
}

static void prepare_follows_changed_parameters(void **state)
{
    (void)state;
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, 67, 1, true},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, 35, 1, false}};
    struct bz_error err = {0};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, (struct bz_coupling_spec[]){{0, 1}}, 1, &err), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 67 * 35; i++)
            bz_machine_weight(m, 0)[i] = (float)i + 0.25f * (float)round;
        assert_int_equal(bz_machine_prepare(m, &err), 0);
        for (size_t i = 0; i < 67; i++)
            for (size_t j = 0; j < 35; j++)
                assert_true(m->couplings[0].weight_t[j * 67 + i] == m->couplings[0].weight[i * 35 + j]);
    }
    bz_machine_free(m);
}

/* --- fields --- */

static void random_states(struct bz_state *s, double counts, uint64_t seed)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const size_t k = layer->size / layer->groups;
        const struct bz_key key = {.seed = seed, .layer = (uint16_t)l, .purpose = BZ_DRAW_MISC};
        memset(s->x[l], 0, s->room * layer->size * sizeof(float));
        for (size_t r = 0; r < s->room; r++)
            for (size_t i = 0; i < layer->size; i++) {
                float *x = s->x[l] + r * layer->size;
                const float u = bz_random_uniform(&key, (uint32_t)(r * layer->size + i));
                if (layer->unit == BZ_GAUSSIAN)
                    x[i] = 4 * u - 2;
                else if (layer->unit == BZ_BERNOULLI)
                    x[i] = u < 0.5f;
                else if (layer->unit == BZ_SOFTMAX)
                    x[i / k * k + (size_t)(u * (float)k)] += i % k == 0;
                else
                    for (size_t d = 0; i == 0 && d < (size_t)counts; d++)
                        x[(size_t)(bz_random_uniform(&key, (uint32_t)(r * 100 + d)) * (float)layer->size)]++;
            }
        for (size_t r = 0; s->counts[l] && r < s->room; r++)
            s->counts[l][r] = (float)counts;
    }
}

static double energy_with(const struct bz_state *s, size_t row, const double *counts, size_t layer, size_t unit, double by)
{
    double values[16][16], *x[16];

    for (size_t l = 0; l < s->m->n_layers; l++) {
        x[l] = values[l];
        for (size_t i = 0; i < s->m->layers[l].size; i++)
            x[l][i] = s->x[l][row * s->m->layers[l].size + i];
    }
    x[layer][unit] += by;
    return enum_energy(s->m, x, counts);
}

/* The energy is linear in one discrete unit, with minus the field as slope; in a gaussian unit it is the parabola about the
 * field with curvature 1/s^2. */
static void check_fields(struct bz_machine *m, double d)
{
    struct bz_error err = {0};
    struct bz_state *s;
    struct bz_work *w;
    double counts[16];
    float field[5 * 16];

    for (size_t l = 0; l < m->n_layers; l++)
        counts[l] = d;
    assert_int_equal(bz_state_new(&s, m, 5, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    s->n = 5;
    random_states(s, d, 11);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        bz_field(s, l, 0, 5, true, field, w);
        for (size_t r = 0; r < 5; r++)
            for (size_t i = 0; i < layer->size; i++) {
                const double up = energy_with(s, r, counts, l, i, 1), down = energy_with(s, r, counts, l, i, -1);
                double want = (down - up) / 2;
                if (layer->unit == BZ_GAUSSIAN)
                    want = want / layer->inv_var[i] + s->x[l][r * layer->size + i];
                if (!(fabs(field[r * layer->size + i] - want) < 1e-5 * fmax(1, fabs(want))))
                    fail_msg("layer %s row %zu unit %zu: field %.9g, want %.9g", layer->name, r, i,
                             (double)field[r * layer->size + i], want);
            }
    }
    bz_work_free(w);
    bz_state_free(s);
    bz_machine_free(m);
}

static void fields_are_slopes_of_the_energy(void **state)
{
    (void)state;
    check_fields(oracle_rbm(1, false), 0);
    check_fields(oracle_rbm(1, true), 0);
    check_fields(oracle_deep(true), 0);
    check_fields(oracle_lateral(true), 0);
    check_fields(oracle_gaussian(true), 0);
    check_fields(oracle_softmax(), 0);
    check_fields(oracle_counts(true), 4);
    check_fields(oracle_counts(true), 0);
    check_fields(oracle_mixed(), 3);
    check_fields(oracle_self_coupled(BZ_BERNOULLI), 0);
    check_fields(oracle_self_coupled(BZ_GAUSSIAN), 0);
    check_fields(oracle_self_coupled(BZ_SOFTMAX), 0);
    check_fields(oracle_self_coupled(BZ_MULTINOMIAL), 3);
}

static void a_missing_neighbour_contributes_nothing(void **state)
{
    (void)state;
    struct bz_error err = {0};
    struct bz_machine *m = oracle_dbm(true);
    struct bz_state *s;
    struct bz_work *w;
    float without[3], zeros[3], part[3], whole[3];

    assert_int_equal(bz_state_new(&s, m, 1, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    s->n = 1;
    memcpy(s->x[0], (float[]){1, 0, 1, 1}, 4 * sizeof(float));
    float *top = s->x[2];
    bz_field(s, 1, 0, 1, false, zeros, w);
    s->x[2] = NULL;
    bz_field(s, 1, 0, 1, false, without, w);
    assert_memory_equal(zeros, without, sizeof(zeros));
    s->x[2] = top;
    top[0] = 1;
    bz_field(s, 1, 0, 1, false, whole, w);
    bz_field_link(s, 1, 1, 0, 1, part, w);
    for (size_t j = 0; j < 3; j++)
        assert_float_equal(whole[j], without[j] + part[j], 1e-6);
    bz_work_free(w);
    bz_state_free(s);
    bz_machine_free(m);
}

enum { MANY = 300, WIDE = 130, MIDDLE = 77 };

/* A wide machine, rows of many densities. */
static struct bz_state *wide_rows(void)
{
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, WIDE, 1, true},
                                           {"g", BZ_VISIBLE, BZ_GAUSSIAN, 9, 1, true},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, MIDDLE, 1, true}};
    const struct bz_coupling_spec couplings[] = {{0, 2}, {2, 1}};
    const struct bz_key key = {.seed = 3};
    struct bz_error err = {0};
    struct bz_machine *m;
    struct bz_state *s;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    for (size_t i = 0; i < m->block_size; i++)
        m->block[i] = bz_random_uniform(&key, (uint32_t)i) - 0.5f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_state_new(&s, m, MANY, &err), 0);
    s->n = MANY;
    for (size_t l = 0; l < 3; l += 2)
        for (size_t i = 0, size = m->layers[l].size; i < MANY * size; i++) {
            const size_t r = i / size;
            const float u = bz_random_uniform(&key, (uint32_t)i), on = (float)(r % 11) / 10;
            s->x[l][i] = u >= on ? 0 : r / 60 % 3 == 0 ? u : 1; /* none, some or all; grey or binary */
        }
    for (size_t i = 0; i < MANY * 9; i++)
        s->x[1][i] = 8 * bz_random_uniform(&key, (uint32_t)i) - 4;
    return s;
}

/* A row's result does not depend on the rows beside it, on its position in a tile, on the kernels' instruction set, or on
 * whether there are transposed weights. */
static void fields_have_the_same_bits_in_every_batch(void **state)
{
    (void)state;
    static float want[3][MANY * WIDE], got[MANY * WIDE];
    struct bz_error err = {0};
    const struct bz_kernels *tables[8];
    struct bz_state *s = wide_rows();
    struct bz_machine *m = (struct bz_machine *)s->m;
    struct bz_work *w;
    float *turned = m->couplings[0].weight_t;

    assert_int_equal(bz_work_new(&w, m, &err), 0);
    for (size_t level = 0; level < bz_cpu_levels(tables, 8); level++) {
        assert_int_equal(bz_cpu_select(tables[level]->name, &err), 0);
        for (size_t layer = 0; layer < 3; layer += 2) {
            const size_t size = m->layers[layer].size;
            for (size_t first = 0; level == 0 && first < MANY; first += 60)
                bz_field(s, layer, first, 60, true, want[layer] + first * size, w);
            for (size_t r = 0; r < MANY; r++)
                bz_field(s, layer, r, 1, true, got + r * size, w);
            assert_memory_equal(got, want[layer], MANY * size * sizeof(*got));
        }
        m->couplings[0].weight_t = NULL;
        for (size_t first = 0, n = 1; first + n <= MANY; first += n, n = 1 + (7 * n + 5) % 60) {
            bz_field(s, 0, first, n, true, got, w);
            assert_memory_equal(got, want[0] + first * WIDE, n * WIDE * sizeof(*got));
        }
        m->couplings[0].weight_t = turned;
    }
    assert_int_equal(bz_cpu_select("auto", &err), 0);
    bz_work_free(w);
    bz_state_free(s);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_machines_are_refused),
        cmocka_unit_test(names_follow_the_rule),
        cmocka_unit_test(questions_about_the_graph_are_answered),
        cmocka_unit_test(every_failing_allocation_is_reported),
        cmocka_unit_test(bad_values_are_found_by_tensor_and_index),
        cmocka_unit_test(gaussian_couplings_need_a_positive_definite_precision),
        cmocka_unit_test(rows_are_checked_against_their_domain),
        cmocka_unit_test(start_is_never_minus_zero),
        cmocka_unit_test(prepare_follows_changed_parameters),
        cmocka_unit_test(fields_are_slopes_of_the_energy),
        cmocka_unit_test(a_missing_neighbour_contributes_nothing),
        cmocka_unit_test(fields_have_the_same_bits_in_every_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
