/* Exact sums: against published values, against plain enumeration, and against the same sum over the other side. */
#include "exact.h"

#include "energy.h"
#include "enumerate.h"
#include "machine.h"
#include "mathx.h"
#include "mem.h"
#include "model_file.h"
#include "oracle_machines.h"
#include "rows.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

enum { IMAGES = 10000, PIXELS = 784 };

static double log_z_at(const struct bz_machine *m, double t, double d, int rc)
{
    const double counts[8] = {d, d, d, d, d, d, d, d};
    struct bz_error err = {0};
    double log_z = NAN;

    assert_int_equal(bz_exact_log_z(m, t, counts, BZ_EXACT_MAX_BITS, NULL, &log_z, &err), rc);
    return log_z;
}

static void check_log_z(struct bz_machine *m, double d, double want)
{
    assert_near(log_z_at(m, 1, d, 0), want, 1e-6);
    bz_machine_free(m);
}

static void published_values(void **state)
{
    (void)state;
    check_log_z(oracle_rbm(1, false), 0, 5.605012541657);
    check_log_z(oracle_rbm(1, true), 0, 5.105865229747);
    check_log_z(oracle_rbm(3, false), 0, 9.619677425754);
    check_log_z(oracle_dbm(false), 0, 7.437633816175);
    check_log_z(oracle_dbm(true), 0, 6.671086207243);
    check_log_z(oracle_lateral(false), 0, 5.473975852607);
    check_log_z(oracle_lateral(true), 0, 5.160505271616);
    check_log_z(oracle_gaussian(false), 0, 16.390693331675);
    check_log_z(oracle_gaussian(true), 0, 7.366115248338);
    check_log_z(oracle_softmax(), 0, 4.916590103257);
    check_log_z(oracle_counts(false), 1, 2.772111608554);
    check_log_z(oracle_counts(false), 3, 5.711906954641);
    check_log_z(oracle_counts(false), 5, 8.818405992936);
    check_log_z(oracle_shogun(), 0, 10.784660779789);
    check_log_z(oracle_pydeep(), 0, 59.6749019652);
}

static double exact_bits(const struct bz_machine *m)
{
    double bits = NAN;
    struct bz_error err;

    assert_int_equal(bz_exact_bits(m, &bits, &err), 0);
    return bits;
}

/* For a layer of gaussian or count units coupled to itself no closed form is used here. */
static bool is_summable(const struct bz_machine *m)
{
    return exact_bits(m) >= 0;
}

static void every_machine_agrees_with_enumeration_at_any_temperature(void **state)
{
    (void)state;
    struct bz_machine *m;

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (double t = 0.5; is_summable(m) && t < 3; t *= 2) {
            const double counts[8] = {2, 2, 2, 2, 2, 2, 2, 2};
            const struct enumeration e = {.m = m, .t = t, .counts = counts};
            assert_near(log_z_at(m, t, 2, 0), enum_log_sum(&e), 1e-6);
        }
        bz_machine_free(m);
    }
}

static void only_closed_forms_that_exist_are_used(void **state)
{
    (void)state;
    struct bz_machine *gaussian = oracle_self_coupled(BZ_GAUSSIAN), *counts = oracle_self_coupled(BZ_MULTINOMIAL);
    struct bz_error err = {0};
    double log_z;

    assert_true(exact_bits(gaussian) < 0);
    assert_true(exact_bits(counts) < 0);
    assert_int_equal(bz_exact_log_z(gaussian, 1, NULL, 25, NULL, &log_z, &err), -1);
    assert_int_equal(err.code, BZ_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "\"visible\""));
    bz_machine_free(gaussian);
    bz_machine_free(counts);
}

static struct bz_machine *bernoulli_machine(const size_t *sizes, size_t n_layers, const struct bz_coupling_spec *couplings,
                                            size_t n_couplings, double scale)
{
    struct bz_layer_spec specs[8] = {0};
    char names[8][32];
    struct bz_machine *m;
    struct bz_error err = {0};

    for (size_t l = 0; l < n_layers; l++) {
        snprintf(names[l], sizeof(names[l]), "l%zu", l);
        specs[l] = (struct bz_layer_spec){names[l], l ? BZ_HIDDEN : BZ_VISIBLE, BZ_BERNOULLI, sizes[l], 1, false};
    }
    assert_int_equal(bz_machine_new(&m, "bm", specs, n_layers, couplings, n_couplings, &err), 0);
    for (size_t l = 0; l < n_layers; l++)
        for (size_t i = 0; i < sizes[l]; i++)
            bz_machine_bias(m, l)[i] = (float)(0.5 * cos((double)(i + 3 * l)));
    for (size_t c = 0; c < n_couplings; c++) {
        const size_t a = couplings[c].a, b = couplings[c].b;
        for (size_t i = 0; i < sizes[a]; i++)
            for (size_t j = 0; j < sizes[b]; j++)
                bz_machine_weight(m, c)[i * sizes[b] + j] =
                    a == b ? 0 : (float)(scale * sin(1.7 * (double)i + 0.9 * (double)j + (double)c));
    }
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* The cheapest layers are enumerated: a coupling of zeros within a layer forces its enumeration. */
static void sums_over_either_side_agree(void **state)
{
    (void)state;
    static const size_t sizes[] = {13, 15};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 1}};
    struct bz_machine *over_visible = bernoulli_machine(sizes, 2, couplings, 1, 1);
    struct bz_machine *over_hidden = bernoulli_machine(sizes, 2, couplings, 2, 1);

    assert_near(exact_bits(over_visible), 13, 1e-12);
    assert_near(exact_bits(over_hidden), 15, 1e-12);
    assert_near(log_z_at(over_visible, 1, 0, 0), log_z_at(over_hidden, 1, 0, 0), 1e-8);
    bz_machine_free(over_visible);
    bz_machine_free(over_hidden);
}

/* Running out of memory for a sum is not the same as a sum that cannot be done. */
static void no_memory_is_no_answer(void **state)
{
    (void)state;
    static const size_t sizes[] = {5, 3};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = bernoulli_machine(sizes, 2, couplings, 1, 1);
    double bits = NAN;
    struct bz_error err;
    long n = 0;

    for (int rc = -1; rc < 0; n++) {
        bz_alloc_fail_at(n);
        rc = bz_exact_bits(m, &bits, &err);
        bz_alloc_fail_at(-1);
        if (rc < 0)
            assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_true(n > 5);
    assert_near(bits, 3, 1e-12);
    bz_machine_free(m);
}

static double bits_of(const size_t *sizes, size_t n_layers, const struct bz_coupling_spec *couplings, size_t n_couplings)
{
    struct bz_machine *m = bernoulli_machine(sizes, n_layers, couplings, n_couplings, 0.1);
    const double bits = exact_bits(m);

    bz_machine_free(m);
    return bits;
}

static void the_cheapest_layers_are_walked(void **state)
{
    (void)state;
    static const struct bz_coupling_spec chain[] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
    static const struct bz_coupling_spec star[] = {{0, 4}, {1, 4}, {2, 4}, {3, 4}};
    static const struct bz_coupling_spec triangle[] = {{0, 1}, {1, 2}, {0, 2}};
    static const struct bz_coupling_spec lateral[] = {{0, 1}, {0, 0}, {1, 1}};

    assert_near(bits_of((const size_t[]){784, 500, 9, 300, 400}, 5, chain, 4), 800, 1e-9);
    assert_near(bits_of((const size_t[]){50, 7, 40, 8, 60}, 5, chain, 4), 15, 1e-9);
    assert_near(bits_of((const size_t[]){50, 60, 70, 80, 30}, 5, star, 4), 30, 1e-9);
    assert_near(bits_of((const size_t[]){5, 6, 7, 8, 300}, 5, star, 4), 26, 1e-9);
    assert_near(bits_of((const size_t[]){5, 6, 7}, 3, triangle, 3), 11, 1e-9);
    assert_near(bits_of((const size_t[]){5, 6}, 2, lateral, 3), 11, 1e-9);
    assert_near(bits_of((const size_t[]){5, 6, 7}, 3, NULL, 0), 0, 1e-9);
}

struct pool {
    void (*task)(void *arg, size_t i);
    void *arg;
    size_t n;
    atomic_size_t next;
};

static void *work(void *arg)
{
    struct pool *pool = arg;

    for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->n;)
        pool->task(pool->arg, pool->n - 1 - i);
    return NULL;
}

/* Three threads, the last tasks first. */
static void run_on_threads(struct bz_parallel *self, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    struct pool pool = {.task = task, .arg = arg, .n = n};
    pthread_t threads[3];

    for (size_t k = 0; k < self->threads; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, work, &pool), 0);
    for (size_t k = 0; k < self->threads; k++)
        pthread_join(threads[k], NULL);
}

static void the_same_bits_on_any_threads(void **state)
{
    (void)state;
    static const size_t sizes[] = {30, 17};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = bernoulli_machine(sizes, 2, couplings, 1, 2);
    struct bz_parallel par = {.threads = 3, .run = run_on_threads};
    struct bz_error err = {0};
    double log_z;

    assert_int_equal(bz_exact_log_z(m, 1, NULL, 25, &par, &log_z, &err), 0);
    assert_true(log_z == log_z_at(m, 1, 0, 0));
    bz_machine_free(m);
}

/* log Z over the 2^5 hidden states, each a sum over independent visible units. */
static double log_z_by_hidden_states(const struct bz_machine *m)
{
    const size_t n_visible = m->layers[0].size, n_hidden = m->layers[1].size;
    double sum = -INFINITY;

    for (size_t h = 0; h < (size_t)1 << n_hidden; h++) {
        double log_weight = 0;
        for (size_t j = 0; j < n_hidden; j++)
            log_weight += h >> j & 1 ? (double)m->layers[1].bias[j] : 0;
        for (size_t i = 0; i < n_visible; i++) {
            double field = m->layers[0].bias[i];
            for (size_t j = 0; j < n_hidden; j++)
                field += h >> j & 1 ? (double)m->couplings[0].weight[i * n_hidden + j] : 0;
            log_weight += bz_softplus(field);
        }
        sum = bz_logaddexp(sum, log_weight);
    }
    return sum;
}

static void huge_parameters_do_not_overflow(void **state)
{
    (void)state;
    static const size_t sizes[] = {40, 5};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = bernoulli_machine(sizes, 2, couplings, 1, 1e4);
    struct bz_error err = {0};

    assert_near(log_z_at(m, 1, 0, 0), log_z_by_hidden_states(m), 1e-7);
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < sizes[l]; i++)
            bz_machine_bias(m, l)[i] *= 2e4f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_near(log_z_at(m, 1, 0, 0), log_z_by_hidden_states(m), 1e-7);
    bz_machine_free(m);
}

static void refusals_say_what_is_wrong(void **state)
{
    (void)state;
    static const size_t sizes[] = {100, 26};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *large = bernoulli_machine(sizes, 2, couplings, 1, 1), *words = oracle_counts(false);
    const double half[] = {1.5, 0};
    struct bz_error err = {0};
    double log_z = 7;

    assert_int_equal(bz_exact_log_z(large, 1, NULL, 99, NULL, &log_z, &err), -1);
    assert_int_equal(err.code, BZ_TOO_LARGE);
    assert_non_null(strstr(err.msg, "2^26"));
    assert_non_null(strstr(err.msg, "2^25"));
    assert_int_equal(bz_exact_log_z(words, 1, NULL, 25, NULL, &log_z, &err), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
    assert_int_equal(bz_exact_log_z(words, 1, half, 25, NULL, &log_z, &err), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
    assert_int_equal(bz_exact_log_z(words, 0, half, 25, NULL, &log_z, &err), -1);
    assert_non_null(strstr(err.msg, "temperature"));
    assert_true(log_z == 7);
    bz_machine_free(large);
    bz_machine_free(words);
}

static void free_energies_of_rows_with_anything_missing(void **state)
{
    (void)state;
    struct bz_machine *m;
    struct bz_error err = {0};

    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        struct bz_exact *exact;
        rows_new(&rows, m, 3, 2, 40 + i);
        assert_int_equal(bz_exact_new(&exact, m, &err), 0);
        for (int forget = 0; forget < 2; forget++) {
            if (forget)
                rows_forget(&rows, 0.5, false, i);
            for (size_t r = 0; r < 3; r++) {
                double f = NAN;
                assert_int_equal(bz_exact_free_energy(exact, rows.s, r, 25, NULL, &f, &err), 0);
                assert_near(f, rows_free_energy(&rows, r), 1e-6);
            }
        }
        bz_exact_free(exact);
        rows_free(&rows);
        bz_machine_free(m);
    }
}

static void thermodynamics_of_the_joint_distribution(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    struct bz_thermo got;
    struct bz_error err = {0};

    assert_int_equal(bz_exact_thermo(m, 1, NULL, 25, &got, &err), 0);
    assert_near(got.energy, -1.398041274113, 1e-6);
    assert_near(got.entropy, 4.206971267544, 1e-6);
    assert_near(got.heat_capacity, 1.252549946894, 1e-6);
    bz_machine_free(m);
    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (double t = 0.5; is_summable(m) && t < 3; t *= 2) {
            const double counts[8] = {2, 2, 2, 2, 2, 2, 2, 2};
            const struct enumeration e = {.m = m, .t = t, .counts = counts};
            double energy, variance;
            bool gaussian = false;
            for (size_t l = 0; l < m->n_layers; l++)
                gaussian = gaussian || m->layers[l].unit == BZ_GAUSSIAN;
            assert_int_equal(bz_exact_thermo(m, t, counts, 25, &got, &err), 0);
            assert_near(got.log_z, log_z_at(m, t, 2, 0), 1e-9);
            if (!gaussian) {
                enum_moments(&e, NULL, &energy, &variance);
                assert_near(got.energy, energy, 1e-6);
                assert_near(got.heat_capacity, variance / (t * t), 1e-5);
            }
            assert_near(got.entropy, got.log_z + got.energy / t, 1e-12);
        }
        bz_machine_free(m);
    }
}

/* <E> = T^2 d log Z/dT and C = d<E>/dT, with gaussian layers too. */
static void thermodynamics_are_slopes_of_log_z(void **state)
{
    (void)state;
    struct bz_machine *machines[] = {oracle_gaussian(false), oracle_gaussian(true)};
    struct bz_error err = {0};

    for (size_t i = 0; i < 2; i++) {
        const double t = 1.3, h = 0.01;
        struct bz_thermo at, above, below;
        assert_int_equal(bz_exact_thermo(machines[i], t, NULL, 25, &at, &err), 0);
        assert_int_equal(bz_exact_thermo(machines[i], t + h, NULL, 25, &above, &err), 0);
        assert_int_equal(bz_exact_thermo(machines[i], t - h, NULL, 25, &below, &err), 0);
        assert_near(at.energy, t * t * (above.log_z - below.log_z) / (2 * h), 2e-3);
        assert_near(at.heat_capacity, (above.energy - below.energy) / (2 * h), 2e-3);
        bz_machine_free(machines[i]);
    }
}

/* --- published models --- */

static struct bz_model *load(const char *name)
{
    const char *folder = data_folder();
    char path[4096];
    struct bz_model *model;
    struct bz_error err = {0};

    if (!folder)
        skip();
    snprintf(path, sizeof(path), "%s/models/%s/1/model.safetensors", folder, name);
    if (bz_model_load(&model, path, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(bz_machine_prepare(model->machine, &err), 0);
    return model;
}

static void pylearn2_rbm_784_15(void **state)
{
    (void)state;
    struct bz_model *model = load("mnistvh-15");

    assert_near(exact_bits(model->machine), 15, 1e-12);
    assert_near(log_z_at(model->machine, 1, 0, 0), 215.1384055253, 1e-7);
    bz_model_free(model);
}

/* MNIST's 10 000 test images, pixels 0..255; md5 of the uncompressed file 2646ac647ad5339dbf082846283269ea. */
static void read_test_images(uint8_t *pixels)
{
    char path[4096];
    uint8_t header[16];

    snprintf(path, sizeof(path), "%s/mnist/t10k-images-idx3-ubyte.gz", data_folder());
    gzFile file = gzopen(path, "rb");
    if (!file || gzread(file, header, 16) != 16 || gzread(file, pixels, IMAGES * PIXELS) != IMAGES * PIXELS)
        fail_msg("%s: cannot read", path);
    gzclose(file);
}

static double mean_free_energy(const struct bz_machine *m, const float *images)
{
    struct rows rows;
    double f[100], sum = 0;

    rows_new(&rows, m, 100, 0, 1);
    for (size_t first = 0; first < IMAGES; first += 100) {
        memcpy(rows.s->x[0], images + first * PIXELS, 100 * PIXELS * sizeof(float));
        bz_free_energy(rows.s, 0, 100, f, NULL, rows.w);
        for (size_t r = 0; r < 100; r++)
            sum += f[r];
    }
    rows_free(&rows);
    return sum / IMAGES;
}

static void pylearn2_rbm_on_mnist(void **state)
{
    (void)state;
    struct bz_model *model = load("mnistvh-15");
    uint8_t *pixels = malloc(IMAGES * PIXELS);
    float *images = malloc(IMAGES * PIXELS * sizeof(*images));

    read_test_images(pixels);
    for (size_t i = 0; i < IMAGES * PIXELS; i++)
        images[i] = pixels[i] > 127;
    const double threshold = mean_free_energy(model->machine, images);
    for (size_t i = 0; i < IMAGES * PIXELS; i++)
        images[i] = (float)pixels[i] / 255;
    const double grey = mean_free_energy(model->machine, images);
    assert_near(threshold, -46.29955112, 1e-6);
    assert_near(-threshold - log_z_at(model->machine, 1, 0, 0), -168.83885441, 1e-6);
    assert_near(grey, -41.85120702, 1e-6);
    free(pixels);
    free(images);
    bz_model_free(model);
}

static void pylearn2_dbm_5_6_7(void **state)
{
    (void)state;
    struct bz_model *model = load("dbm-567");

    assert_near(log_z_at(model->machine, 1, 0, 0), 9.9171263018, 1e-7);
    bz_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(every_machine_agrees_with_enumeration_at_any_temperature),
        cmocka_unit_test(only_closed_forms_that_exist_are_used),
        cmocka_unit_test(sums_over_either_side_agree),
        cmocka_unit_test(no_memory_is_no_answer),
        cmocka_unit_test(the_cheapest_layers_are_walked),
        cmocka_unit_test(the_same_bits_on_any_threads),
        cmocka_unit_test(huge_parameters_do_not_overflow),
        cmocka_unit_test(refusals_say_what_is_wrong),
        cmocka_unit_test(free_energies_of_rows_with_anything_missing),
        cmocka_unit_test(thermodynamics_of_the_joint_distribution),
        cmocka_unit_test(thermodynamics_are_slopes_of_log_z),
        cmocka_unit_test(pylearn2_rbm_784_15),
        cmocka_unit_test(pylearn2_rbm_on_mnist),
        cmocka_unit_test(pylearn2_dbm_5_6_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
