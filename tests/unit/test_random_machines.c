/* Random machines of mixed types, deep, lateral, sparse, with offsets: everything that can be summed over all states is
 * compared with that sum. */
#include "ais.h"
#include "energy.h"
#include "enumerate.h"
#include "exact.h"
#include "gibbs.h"
#include "infer.h"
#include "random_machine.h"
#include "rows.h"
#include "test.h"
#include "unit.h"

#include <string.h>

enum { MACHINES = 200, ANNEALED = SANITIZED ? 15 : 60, LAYERS = 16, UNITS = 16, ROWS = 4 };

static struct random_machine r;
static double counts[LAYERS];

static void each_machine(void (*check)(void), uint64_t n)
{
    for (uint64_t seed = 1; seed <= n; seed++) {
        random_machine(&r, seed);
        for (size_t l = 0; l < LAYERS; l++)
            counts[l] = (double)r.words;
        check();
        bz_machine_free(r.m);
    }
}

static void expect(double got, double want, double tolerance, const char *what)
{
    if (!(fabs(got - want) <= tolerance * fmax(1, fabs(want))))
        fail_msg("%s: %.9g, expected %.9g (%s)", what, got, want, r.text);
}

/* --- energies of rows --- */

static void check_energies(void)
{
    struct rows rows;
    double energy[ROWS];

    rows_new(&rows, r.m, ROWS, r.words, 3);
    bz_energy(rows.s, 0, ROWS, energy);
    for (size_t i = 0; i < ROWS; i++)
        expect(energy[i], rows_energy(&rows, i), 2e-6, "energy");
    rows_free(&rows);
}

/* Everything known, some discrete values missing, some of all types. */
static void check_free_energies(void)
{
    for (int gaps = 0; gaps < 3; gaps++) {
        struct rows rows;
        struct bz_error err;
        enum bz_method method[ROWS];
        double f[ROWS], want[ROWS], sum;
        struct bz_exact *exact;
        rows_new(&rows, r.m, ROWS, r.words, 11);
        if (gaps)
            rows_forget(&rows, 0.5, gaps == 2, 5);
        assert_int_equal(bz_exact_new(&exact, r.m, &err), 0);
        for (size_t i = 0; i < ROWS; i++) {
            want[i] = rows_free_energy(&rows, i);
            if (bz_exact_free_energy(exact, rows.s, i, 25, NULL, &sum, &err) == 0)
                expect(sum, want[i], 5e-6, "exact free energy");
        }
        bz_exact_free(exact);
        bz_free_energy(rows.s, 0, ROWS, f, method, rows.w);
        for (size_t i = 0; i < ROWS; i++)
            if (method[i] == BZ_EXACT)
                expect(f[i], want[i], 5e-6, "free energy");
            else
                expect(fmin(f[i], want[i]), want[i], 5e-6, "bound of the free energy");
        rows_free(&rows);
    }
}

static void energies_and_free_energies(void **state)
{
    (void)state;
    each_machine(check_energies, MACHINES);
    each_machine(check_free_energies, MACHINES);
}

/* --- the whole machine --- */

static void check_log_z(void)
{
    bool gaussian = false;

    for (size_t l = 0; l < r.m->n_layers; l++)
        gaussian = gaussian || r.m->layers[l].unit == BZ_GAUSSIAN;
    for (double t = 0.7; t < 2; t *= 2) {
        const struct enumeration e = {.m = r.m, .t = t, .counts = counts};
        struct bz_thermo thermo;
        struct bz_error err;
        double energy, variance;
        if (bz_exact_thermo(r.m, t, counts, 25, &thermo, &err) < 0) {
            assert_int_equal(err.code, BZ_UNSUPPORTED);
            continue;
        }
        expect(thermo.log_z, enum_log_sum(&e), 5e-6, "log Z");
        if (gaussian)
            continue;
        enum_moments(&e, NULL, &energy, &variance);
        expect(thermo.energy, energy, 1e-5, "mean energy");
        expect(thermo.heat_capacity, variance / (t * t), 1e-4, "heat capacity");
    }
}

static void log_z_and_thermodynamics(void **state)
{
    (void)state;
    each_machine(check_log_z, MACHINES);
}

static void check_annealing(void)
{
    const struct enumeration e = {.m = r.m, .t = 1, .counts = counts};
    struct bz_base *base;
    struct bz_error err;
    double betas[200];

    assert_int_equal(bz_base_new(&base, r.m, NULL, NULL, &err), 0);
    bz_ais_schedule(betas, 200);
    for (int fixed = 0; fixed < 2; fixed++) {
        const struct bz_ais_options o = {
            .runs = 50, .betas = betas, .n_betas = 200, .seed = 5, .base = base, .counts = counts, .fixed = fixed};
        struct bz_ais_result got;
        assert_int_equal(bz_ais(r.m, &o, NULL, &got, &err), 0);
        expect(got.log_z, enum_log_sum(&e), 5 * got.stderr_ + 1e-5, "log Z by annealing");
    }
    bz_base_free(base);
}

static void annealing(void **state)
{
    (void)state;
    each_machine(check_annealing, ANNEALED);
}

/* --- conditionals --- */

/* Whether two units are drawn together. */
static bool is_together(const struct bz_layer *l, size_t i, size_t k)
{
    const size_t width = l->size / l->groups;

    if (bz_unit_type(l->unit)->grouped)
        return i / width == k / width;
    return l->exclusion.group ? l->exclusion.group[i] == l->exclusion.group[k] : i == k;
}

static void check_means_of(struct rows *rows, size_t l, const double *temperature)
{
    const struct bz_layer *layer = &r.m->layers[l];
    float out[ROWS * UNITS];

    bz_conditional_mean(rows->s, l, temperature, 0, ROWS, out, rows->w);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t i = 0; i < layer->size; i++) {
            double values[LAYERS][UNITS], *mean[LAYERS];
            float *held[LAYERS];
            uint8_t mask[UNITS], *known[LAYERS] = {NULL};
            const struct enumeration e = {.m = r.m, .t = temperature[row], .counts = counts, .held = held, .known = known};
            for (size_t o = 0; o < r.m->n_layers; o++) {
                mean[o] = values[o];
                held[o] = rows->s->x[o] + row * r.m->layers[o].size;
            }
            for (size_t k = 0; k < layer->size; k++)
                mask[k] = !bz_unit_type(layer->unit)->counted && !is_together(layer, i, k);
            known[l] = mask;
            enum_moments(&e, mean, NULL, NULL);
            expect((double)out[row * layer->size + i], mean[l][i], 2e-5, layer->name);
        }
}

static void check_means(void)
{
    static const double temperature[ROWS] = {1, 0.6, 1.7, 1};
    struct rows rows;

    rows_new(&rows, r.m, ROWS, r.words, 21);
    for (size_t l = 0; l < r.m->n_layers; l++) /* words coupled to each other have no joint conditional mean */
        if (!bz_unit_type(r.m->layers[l].unit)->counted || !bz_machine_has_lateral(r.m, l))
            check_means_of(&rows, l, temperature);
    rows_free(&rows);
}

static void conditional_means(void **state)
{
    (void)state;
    each_machine(check_means, MACHINES);
}

static double pseudo_likelihood_of(const struct rows *rows, size_t row)
{
    float *held[LAYERS] = {NULL};
    uint8_t mask[UNITS], *known[LAYERS] = {NULL};
    const struct enumeration e = {.m = r.m, .t = 1, .counts = counts, .held = held, .known = known};
    double sum = 0;

    for (size_t l = 0; l < r.m->n_layers; l++)
        held[l] = bz_is_visible(&r.m->layers[l]) ? rows->s->x[l] + row * r.m->layers[l].size : NULL;
    const double all = enum_log_sum(&e);
    for (size_t l = 0; l < r.m->n_layers; l++) {
        const struct bz_layer *layer = &r.m->layers[l];
        for (size_t i = 0; held[l] && i < layer->size; i++) {
            bool first = true;
            for (size_t k = 0; k < layer->size; k++) {
                mask[k] = !is_together(layer, i, k);
                first = first && (mask[k] || k >= i);
            }
            known[l] = mask;
            sum += first ? all - enum_log_sum(&e) : 0;
        }
        known[l] = NULL;
    }
    return sum;
}

static void check_pseudo_likelihood(void)
{
    struct rows rows;
    struct bz_error err;
    double got[ROWS];

    if (bz_pseudo_likelihood_check(r.m, NULL) < 0)
        return;
    rows_new(&rows, r.m, ROWS, r.words, 31);
    assert_int_equal(bz_pseudo_likelihood(rows.s, 0, ROWS, got, rows.w, &err), 0);
    for (size_t i = 0; i < ROWS; i++)
        expect(got[i], pseudo_likelihood_of(&rows, i), 1e-5, "pseudo-likelihood");
    rows_free(&rows);
}

static void pseudo_likelihoods(void **state)
{
    (void)state;
    each_machine(check_pseudo_likelihood, MACHINES);
}

/* The bound holds, and it is that of a fixed point. */
static void check_mean_field(void)
{
    for (int gaps = 0; gaps < 2; gaps++) {
        struct rows rows;
        double bound[ROWS], again[ROWS], want[ROWS];
        rows_new(&rows, r.m, ROWS, r.words, 51);
        if (gaps)
            rows_forget(&rows, 0.5, true, 9);
        for (size_t i = 0; i < ROWS; i++)
            want[i] = rows_free_energy(&rows, i);
        bz_mean_field(rows.s, 0, ROWS, false, bound, rows.w);
        bz_mean_field(rows.s, 0, ROWS, true, again, rows.w);
        for (size_t i = 0; i < ROWS; i++) {
            expect(fmin(bound[i], want[i]), want[i], 1e-5, "mean-field bound");
            expect(again[i], bound[i], 1e-4, "mean field continued");
        }
        rows_free(&rows);
    }
}

static void mean_fields(void **state)
{
    (void)state;
    each_machine(check_mean_field, MACHINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(energies_and_free_energies),
                                       cmocka_unit_test(log_z_and_thermodynamics),
                                       cmocka_unit_test(annealing),
                                       cmocka_unit_test(conditional_means),
                                       cmocka_unit_test(pseudo_likelihoods),
                                       cmocka_unit_test(mean_fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
