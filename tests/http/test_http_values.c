/* Published and enumerated values of small machines, queried over HTTP from a daemon that loaded them from model files. */
#include "model_file.h"
#include "oracle_machines.h"
#include "served.h"
#include "statistics.h"
#include "test.h"
#include "wire.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Publishes the machine (taken) with its exact log Z. */
static void publish(const struct served *s, const char *name, struct bz_machine *m, const struct bz_log_z *z, size_t n_z)
{
    const struct bz_model_text text = {.log_z = z, .n_log_z = n_z};
    struct bz_error err;
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", s->repository, name);
    mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/%s/1", s->repository, name);
    mkdir(path, 0755);
    strcat(path, "/model.safetensors");
    if (bz_model_save(m, &text, path, &err) < 0)
        fail_msg("%s", err.msg);
    bz_machine_free(m);
}

static void publish_exact(const struct served *s, const char *name, struct bz_machine *m, double log_z)
{
    const struct bz_log_z z = {.value = log_z, .method = "exact", .counts = -1};
    publish(s, name, m, &z, 1);
}

static double value(const cJSON *root, const char *name, int i)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, name), i);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

/* free_energy (NaN = not compared) and log_prob (NaN = not compared) of one row. */
static void check_row(const struct served *s, const char *model, const char *row, double free_energy, double log_prob)
{
    char body[256];
    snprintf(body, sizeof(body), "{\"inputs\":[[%s]]}", row);
    cJSON *root = served_ask(s, model, "free-energy", body);
    if (!isnan(free_energy))
        assert_near(value(root, "free_energy", 0), free_energy, 1e-5);
    if (!isnan(log_prob)) {
        assert_near(value(root, "log_prob", 0), log_prob, 1e-5);
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "log_prob_kind")), "exact");
    }
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "method")), "exact");
    cJSON_Delete(root);
}

static void machines_with_known_sums(void **state)
{
    static struct served s;
    (void)state;
    served_folder(&s);
    publish_exact(&s, "bernoulli", oracle_rbm(1, false), 5.605012541657);
    publish_exact(&s, "centred", oracle_rbm(1, true), 5.105865229747);
    publish_exact(&s, "gaussian", oracle_gaussian(false), 16.390693331675);
    publish_exact(&s, "gaussian-centred", oracle_gaussian(true), 7.366115248338);
    publish_exact(&s, "softmax", oracle_softmax(), 4.916590103257);
    served_start(&s, NULL);
    check_row(&s, "bernoulli", "0,0,0,0", -2.084930968614, NAN);
    check_row(&s, "bernoulli", "1,0,1,0", -2.150713931230, -3.454298610428);
    check_row(&s, "gaussian", "0.3,-0.2,1.1,0.4", -1.257605443994, -15.133087887681);
    check_row(&s, "gaussian-centred", "0.3,-0.2,1.1,0.4", -1.860856540306, -5.505258708032);

    double sum = 0; /* over all states of two sites of three colours, or of four binary units */
    for (int a = 0; a < 9; a++) {
        char body[128];
        snprintf(body, sizeof(body), "{\"inputs\":[[%d,%d,%d,%d,%d,%d]]}", a % 3 == 0, a % 3 == 1, a % 3 == 2, a / 3 == 0,
                 a / 3 == 1, a / 3 == 2);
        cJSON *root = served_ask(&s, "softmax", "free-energy", body);
        sum += exp(value(root, "log_prob", 0));
        cJSON_Delete(root);
    }
    assert_near(sum, 1, 1e-5);
    sum = 0;
    for (int v = 0; v < 16; v++) {
        char body[128];
        snprintf(body, sizeof(body), "{\"inputs\":[[%d,%d,%d,%d]]}", v & 1, v >> 1 & 1, v >> 2 & 1, v >> 3);
        cJSON *root = served_ask(&s, "centred", "free-energy", body);
        sum += exp(value(root, "log_prob", 0));
        cJSON_Delete(root);
    }
    assert_near(sum, 1, 1e-5);
    served_stop(&s);
}

static void log_prob_of_counts_is_that_of_their_own_length(void **state)
{
    static const struct bz_log_z z[] = {{.value = 2.772111608554, .method = "exact", .counts = 1},
                                        {.value = 5.711906954641, .method = "exact", .counts = 3},
                                        {.value = 8.818405992936, .method = "exact", .counts = 5}};
    static const struct {
        int lengths[3], orders; /* counts, and how many sequences of words have them */
    } bags[] = {{{3, 0, 0}, 1}, {{0, 3, 0}, 1}, {{0, 0, 3}, 1}, {{2, 1, 0}, 3}, {{2, 0, 1}, 3},
                {{1, 2, 0}, 3}, {{0, 2, 1}, 3}, {{1, 0, 2}, 3}, {{0, 1, 2}, 3}, {{1, 1, 1}, 6}};
    static struct served s;
    double sum = 0;
    (void)state;
    served_folder(&s);
    publish(&s, "words", oracle_counts(false), z, 3);
    served_start(&s, NULL);
    check_row(&s, "words", "2,1,0", -3.297024638589, 3.297024638589 - 5.711906954641);
    for (int i = 0; i < 10; i++) {
        char body[64];
        snprintf(body, sizeof(body), "{\"inputs\":[[%d,%d,%d]]}", bags[i].lengths[0], bags[i].lengths[1], bags[i].lengths[2]);
        cJSON *root = served_ask(&s, "words", "free-energy", body);
        sum += bags[i].orders * exp(value(root, "log_prob", 0));
        cJSON_Delete(root);
    }
    assert_near(sum, 1, 1e-5);
    cJSON *root = served_ask(&s, "words", "free-energy", "{\"inputs\":[[2,0,0],[1,0,0]]}"); /* no log Z for two words */
    assert_true(cJSON_IsNull(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "log_prob"), 0)));
    assert_true(value(root, "log_prob", 1) < 0);
    cJSON_Delete(root);
    served_stop(&s);
}

static void fixtures_of_other_programs(void **state)
{
    static const double shogun[] = {-4.9870855100, -5.0044311476, -5.0217962108};
    static const double mlpack[] = {-.87523715, .50615066, .46923476, 1.21509084};
    static const char *const bits[] = {"0,0,0", "0,1,1", "1,0,1", "1,1,1"};
    static const char *const bars[] = {"0,0,0,0", "0,0,0,0", "1,1,1,1", "1,1,1,1", "1,1,0,0", "0,0,1,1", "1,0,1,0", "0,1,0,1"};
    static struct served s;
    double mean = 0;
    (void)state;
    served_folder(&s);
    publish_exact(&s, "shogun", oracle_shogun(), 10.784660779789);
    publish_exact(&s, "pydeep", oracle_pydeep(), 59.6749019652);
    publish_exact(&s, "mlpack", oracle_mlpack(), 0);
    served_start(&s, NULL);
    for (int k = 0; k < 3; k++) {
        char row[128];
        snprintf(row, sizeof(row), "%.3f,%.3f,%.3f,%.3f,%.3f", 0.005 * k, 0.001 + 0.005 * k, 0.002 + 0.005 * k,
                 0.003 + 0.005 * k, 0.004 + 0.005 * k);
        check_row(&s, "shogun", row, shogun[k], NAN);
    }
    check_row(&s, "shogun", "0,0,0,1,1", NAN, -3.3574043528);
    for (int i = 0; i < 4; i++)
        check_row(&s, "mlpack", bits[i], mlpack[i], NAN);
    for (int i = 0; i < 8; i++) {
        char body[64];
        snprintf(body, sizeof(body), "{\"inputs\":[[%s]]}", bars[i]);
        cJSON *root = served_ask(&s, "pydeep", "free-energy", body);
        mean += value(root, "log_prob", 0) / 8;
        cJSON_Delete(root);
    }
    assert_near(mean, -1.7328699078, 1e-5);
    served_stop(&s);
}

static void dependent_hidden_units_have_a_bound(void **state)
{
    static struct served s;
    (void)state;
    served_folder(&s);
    publish_exact(&s, "dbm", oracle_dbm(false), 7.437633816175);
    served_start(&s, NULL);
    cJSON *root = served_ask(&s, "dbm", "free-energy", "{\"inputs\":[[1,0,1,0]]}");
    assert_near(value(root, "log_prob", 0), -3.575027854573, 1e-5);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "method")), "variational");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "log_prob_kind")), "lower_bound");
    cJSON_Delete(root);
    static const double mu1[] = {.6910808438, .4687909275, .2912311243}, mu2[] = {.6543574345, .6118184835};
    cJSON *top = served_ask(&s, "dbm", "features", "{\"inputs\":[[1,0,1,0]]}");
    cJSON *low = served_ask(&s, "dbm", "features", "{\"inputs\":[[1,0,1,0]],\"layer\":\"hidden1\"}");
    for (int k = 0; k < 2; k++)
        assert_near(
            cJSON_GetArrayItem(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(top, "features"), 0), k)->valuedouble,
            mu2[k], 1e-5);
    for (int j = 0; j < 3; j++)
        assert_near(
            cJSON_GetArrayItem(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(low, "features"), 0), j)->valuedouble,
            mu1[j], 1e-5);
    cJSON_Delete(top);
    cJSON_Delete(low);
    served_stop(&s);
}

/* P(v2 v3 | v0 = 1, v1 = 0), 20 000 chains at a fixed seed. */
static void clamped_samples_have_the_conditional_distribution(void **state)
{
    static const double p[] = {.3839814571, .4198228744, .0946332141, .1015624545};
    size_t counts[4] = {0};
    static struct served s;
    (void)state;
    served_folder(&s);
    publish_exact(&s, "bernoulli", oracle_rbm(1, false), 5.605012541657);
    served_start(&s, NULL);
    static const char body[] =
        "{\"count\":20000,\"steps\":40,\"seed\":11,\"clamp\":{\"visible\":{\"values\":[1,0,0,0],\"mask\":[1,1,0,0]}}}";
    struct wire_reply r = wire_call(s.port, "POST", "/v1/models/bernoulli/sample?format=raw", NULL, body, strlen(body));
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, 20000 * 4 * sizeof(float));
    for (size_t i = 0; i < 20000; i++) {
        float v[4];
        memcpy(v, r.body + i * sizeof(v), sizeof(v));
        assert_true(v[0] == 1 && v[1] == 0);
        counts[(v[2] == 1) * 2 + (v[3] == 1)]++;
    }
    assert_true(chi_square_test(counts, p, 4) > 1e-3);
    wire_free(&r);
    served_stop(&s);
}

enum { N_IMAGES = 10000, N_PIXELS = 784 };

/* The test images of MNIST as floats, grey/255 or (over 127) 0 and 1. */
static float *mnist(const char *folder, bool threshold)
{
    char path[300];
    unsigned char head[16], *pixels = malloc((size_t)N_IMAGES * N_PIXELS);
    float *x = malloc((size_t)N_IMAGES * N_PIXELS * sizeof(float));
    snprintf(path, sizeof(path), "%s/mnist/t10k-images-idx3-ubyte.gz", folder);
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(gzread(file, head, 16), 16);
    assert_int_equal(gzread(file, pixels, N_IMAGES * N_PIXELS), N_IMAGES * N_PIXELS);
    gzclose(file);
    for (size_t i = 0; i < (size_t)N_IMAGES * N_PIXELS; i++)
        x[i] = threshold ? pixels[i] > 127 : (float)(pixels[i] / 255.0);
    free(pixels);
    return x;
}

static void a_published_model_scores_mnist(void **state)
{
    const char *folder = data_folder();
    static struct served s;
    char from[400], to[400];
    (void)state;
    if (!folder)
        return;
    served_folder(&s);
    snprintf(from, sizeof(from), "%s/models/mnistvh-15", folder);
    snprintf(to, sizeof(to), "%s/mnistvh-15", s.repository);
    assert_int_equal(symlink(from, to), 0);
    served_start(&s, NULL);
    for (int threshold = 0; threshold < 2; threshold++) {
        float *x = mnist(folder, threshold);
        struct wire_reply r =
            wire_call(s.port, "POST", "/v1/models/mnistvh-15/free-energy?format=json",
                      "Content-Type: application/octet-stream\r\n", x, (size_t)N_IMAGES * N_PIXELS * sizeof(float));
        assert_int_equal(r.status, 200);
        cJSON *root = cJSON_Parse(r.body);
        const cJSON *f;
        double mean = 0;
        cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(root, "free_energy")) mean += f->valuedouble / N_IMAGES;
        assert_near(mean, threshold ? -46.29955112 : -41.85120702, 1e-5);
        cJSON_Delete(root);
        wire_free(&r);
        free(x);
    }
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_with_known_sums),
        cmocka_unit_test(log_prob_of_counts_is_that_of_their_own_length),
        cmocka_unit_test(fixtures_of_other_programs),
        cmocka_unit_test(dependent_hidden_units_have_a_bound),
        cmocka_unit_test(clamped_samples_have_the_conditional_distribution),
        cmocka_unit_test(a_published_model_scores_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
