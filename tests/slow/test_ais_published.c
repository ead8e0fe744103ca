/* AIS against published models with known log Z; needs the data sets. */
#include "ais.h"
#include "exact.h"
#include "model_file.h"
#include "test.h"

#include <stdio.h>
#include <zlib.h>

static const double mnistvh_log_z = 215.1384055253, dbm_log_z = 9.9171263018;

static struct bz_model *load(const char *folder, const char *name)
{
    char path[1024];
    struct bz_error err = {0};
    struct bz_model *model = NULL;

    snprintf(path, sizeof(path), "%s/models/%s/1/model.safetensors", folder, name);
    if (bz_model_load(&model, path, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(bz_machine_prepare(model->machine, &err), 0);
    return model;
}

/* Mean of the thresholded training images, read straight from the file. */
static void training_mean(const char *folder, double mean[784])
{
    unsigned char image[784];
    char path[1024];
    gzFile f;

    snprintf(path, sizeof(path), "%s/mnist/train-images-idx3-ubyte.gz", folder);
    f = gzopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(gzread(f, image, 16), 16);
    for (int n = 0; n < 60000; n++) {
        assert_int_equal(gzread(f, image, 784), 784);
        for (int i = 0; i < 784; i++)
            mean[i] += (image[i] > 127) / 60000.0;
    }
    gzclose(f);
}

static void the_published_rbm_is_estimated_within_its_error(void **state)
{
    const char *folder = data_folder();
    static double mean[784], betas[BZ_AIS_BETAS];
    const double *means[2] = {mean, NULL};
    struct bz_error err = {0};
    struct bz_base *base = NULL;

    (void)state;
    if (!folder)
        skip();
    struct bz_model *model = load(folder, "mnistvh-15");
    training_mean(folder, mean);
    bz_ais_schedule(betas, BZ_AIS_BETAS);
    assert_int_equal(bz_base_new(&base, model->machine, means, NULL, &err), 0);
    for (uint64_t seed = 1; seed <= (DRAWS_DIVISOR > 1 ? 1 : 3); seed++) {
        const struct bz_ais_options o = {
            .runs = BZ_AIS_RUNS, .betas = betas, .n_betas = BZ_AIS_BETAS, .seed = seed, .base = base};
        struct bz_ais_result r;

        assert_int_equal(bz_ais(model->machine, &o, NULL, &r, &err), 0);
        if (!(fabs(r.log_z - mnistvh_log_z) < 4 * r.stderr_ && fabs(r.log_z - mnistvh_log_z) < 0.3 && r.reliable))
            fail_msg("seed %d: %.5f +- %.5f, exact %.5f, ess %.1f", (int)seed, r.log_z, r.stderr_, mnistvh_log_z, r.ess);
    }
    bz_base_free(base);
    bz_model_free(model);
}

static void a_uniform_base_raises_the_warning(void **state)
{
    const char *folder = data_folder();
    static double betas[BZ_AIS_BETAS];
    struct bz_error err = {0};
    struct bz_base *base = NULL;

    (void)state;
    if (!folder)
        skip();
    struct bz_model *model = load(folder, "mnistvh-15");
    bz_ais_schedule(betas, BZ_AIS_BETAS);
    assert_int_equal(bz_base_new(&base, model->machine, NULL, NULL, &err), 0);
    for (uint64_t seed = 1; seed <= (DRAWS_DIVISOR > 1 ? 1 : 2); seed++) {
        const struct bz_ais_options o = {
            .runs = BZ_AIS_RUNS, .betas = betas, .n_betas = BZ_AIS_BETAS, .seed = seed, .base = base};
        struct bz_ais_result r;

        assert_int_equal(bz_ais(model->machine, &o, NULL, &r, &err), 0);
        if (r.reliable)
            fail_msg("seed %d: %.5f +- %.5f (exact %.5f) is called reliable, spread %.2f, ess %.1f", (int)seed, r.log_z,
                     r.stderr_, mnistvh_log_z, r.spread, r.ess);
    }
    bz_base_free(base);
    bz_model_free(model);
}

static void the_published_dbm_is_estimated_within_its_error(void **state)
{
    const char *folder = data_folder();
    static double betas[2000];
    struct bz_error err = {0};
    struct bz_base *base = NULL;
    struct bz_ais_result r;
    double exact;

    (void)state;
    if (!folder)
        skip();
    struct bz_model *model = load(folder, "dbm-567");
    assert_int_equal(bz_exact_log_z(model->machine, 1.0, NULL, BZ_EXACT_MAX_BITS, NULL, &exact, &err), 0);
    assert_near(exact, dbm_log_z, 1e-6);
    bz_ais_schedule(betas, 2000);
    assert_int_equal(bz_base_new(&base, model->machine, NULL, NULL, &err), 0);
    const struct bz_ais_options o = {.runs = 100, .betas = betas, .n_betas = 2000, .seed = 1, .base = base};
    assert_int_equal(bz_ais(model->machine, &o, NULL, &r, &err), 0);
    assert_true(fabs(r.log_z - exact) < 4 * r.stderr_);
    bz_base_free(base);
    bz_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_rbm_is_estimated_within_its_error),
        cmocka_unit_test(a_uniform_base_raises_the_warning),
        cmocka_unit_test(the_published_dbm_is_estimated_within_its_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
