/* The feature index: it finds what a search of every row finds, in any order of slices, at every level; corrupt files are
 * refused. */
#include "index.h"
#include "kernels.h"
#include "mem.h"
#include "oracle_machines.h"
#include "raw_file.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 90, UNITS = 3, K = 7 };
static const char digest[] = "0123";

static float feature[ROWS * UNITS];
static char *folder, path[200];

static int setup(void **state)
{
    (void)state;
    folder = raw_folder();
    snprintf(path, sizeof(path), "%s/index.safetensors", folder);
    for (size_t i = 0; i < ROWS * UNITS; i++) /* some rows are equal, so there are ties */
        feature[i] = (float)(i / UNITS * i / UNITS % 11 * (i % UNITS + 1) % 7) / 7;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    raw_remove_folder(folder);
    return 0;
}

static void save(enum bz_codes codes, bool whiten)
{
    struct bz_error err;
    const struct bz_index_content c = {.layer = "hidden",
                                       .rows = ROWS,
                                       .units = UNITS,
                                       .codes = codes,
                                       .centre = true,
                                       .whiten = whiten,
                                       .feature = feature,
                                       .digest = digest};
    if (bz_index_save(&c, path, &err) < 0)
        fail_msg("%s", err.msg);
}

static void *read_file(size_t *size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    void *bytes = bz_alloc(*size, 1, NULL);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

static double distance_by_hand(const struct bz_index *x, enum bz_metric metric, size_t a, size_t b)
{
    double product = 0, na = 0, nb = 0, square = 0, bits = 0;
    for (size_t i = 0; i < UNITS; i++) {
        const double p = (double)feature[a * UNITS + i] - x->mean[i], q = (double)feature[b * UNITS + i] - x->mean[i];
        product += p * q;
        na += p * p;
        nb += q * q;
        square += (p - q) * (p - q);
        bits += (p > 0) != (q > 0);
    }
    return metric == BZ_L2 ? sqrt(square) : metric == BZ_HAMMING ? bits : 1 - product / sqrt(na * nb);
}

static void the_nearest_are_found_in_slices_at_every_level(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    const char *const levels[] = {"base", "avx2", "avx512"};
    static const struct {
        enum bz_codes codes;
        enum bz_metric metric;
        double slack;
    } cases[] = {{BZ_CODES_F32, BZ_COSINE, 1e-5},
                 {BZ_CODES_F32, BZ_L2, 1e-3},
                 {BZ_CODES_I8, BZ_COSINE, 0.02},
                 {BZ_CODES_BITS, BZ_HAMMING, 0}};
    for (size_t t = 0; t < sizeof(cases) / sizeof(cases[0]); t++) {
        struct bz_neighbour first[K];
        struct bz_index *x;
        struct bz_error err;
        size_t size;
        save(cases[t].codes, false);
        void *bytes = read_file(&size);
        if (bz_index_parse(&x, bytes, size, "index", m, digest, &err) < 0)
            fail_msg("%s", err.msg);
        for (size_t l = 0; l < 3; l++) {
            struct bz_neighbour near[K];
            float scratch[2 * 64];
            assert_int_equal(bz_index_scratch(x), 2 * 64);
            struct bz_nearest nearest = {near, K, 0};
            if (bz_cpu_select(levels[l], NULL) < 0)
                continue;
            bz_index_query(x, feature + 5 * UNITS, scratch);
            for (size_t at = 0; at < ROWS; at += 13)
                bz_index_scan(x, cases[t].metric, scratch, at, ROWS - at < 13 ? ROWS - at : 13, &nearest);
            bz_index_sort(&nearest);
            assert_int_equal(nearest.found, K);
            for (size_t i = 0; i < K; i++) {
                size_t closer = 0;
                for (size_t r = 0; r < ROWS; r++)
                    closer += distance_by_hand(x, cases[t].metric, 5, r) < near[i].distance - 2 * cases[t].slack - 1e-12;
                assert_true(closer <= i); /* no row that is clearly nearer was missed */
                assert_near(near[i].distance, distance_by_hand(x, cases[t].metric, 5, near[i].row), cases[t].slack + 1e-12);
                if (i > 0)
                    assert_true(near[i - 1].distance < near[i].distance ||
                                (near[i - 1].distance == near[i].distance && near[i - 1].row < near[i].row));
            }
            if (l > 0)
                assert_memory_equal(near, first, sizeof(near));
            memcpy(first, near, sizeof(near));
        }
        bz_index_free(x);
        bz_free(bytes);
    }
    assert_int_equal(bz_cpu_select("auto", NULL), 0);
    bz_machine_free(m);
}

/* A row and itself: rounding does not make the distance negative. */
static void no_distance_is_below_0(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    for (int l2 = 0; l2 < 2; l2++) {
        struct bz_index *x;
        struct bz_error err;
        size_t size;
        save(BZ_CODES_F32, false);
        void *bytes = read_file(&size);
        if (bz_index_parse(&x, bytes, size, "index", m, digest, &err) < 0)
            fail_msg("%s", err.msg);
        for (size_t r = 0; r < ROWS; r++) {
            struct bz_neighbour near[1];
            float scratch[2 * 64];
            struct bz_nearest nearest = {near, 1, 0};
            bz_index_query(x, feature + r * UNITS, scratch);
            bz_index_scan(x, l2 ? BZ_L2 : BZ_COSINE, scratch, r, 1, &nearest);
            assert_true(near[0].distance >= 0);
        }
        bz_index_free(x);
        bz_free(bytes);
    }
    bz_machine_free(m);
}

/* x[UNITS] with c x = b, by elimination. c is used up. */
static void solve(double c[UNITS][UNITS], double *b)
{
    for (size_t i = 0; i < UNITS; i++)
        for (size_t k = 0; k < UNITS; k++) {
            const double by = k == i ? 1 - 1 / c[i][i] : c[k][i] / c[i][i];
            for (size_t j = 0; j < UNITS; j++)
                c[k][j] -= by * (k == i ? c[k][j] : c[i][j]);
            b[k] -= by * (k == i ? b[k] : b[i]);
        }
}

/* a' C^-1 b of deviations, C being the features' covariance plus its mean diagonal. */
static double whitened_product(const float *mean, const double *a, const double *b)
{
    double c[UNITS][UNITS] = {{0}}, trace = 0, x[UNITS], sum = 0;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < UNITS; i++)
            for (size_t j = 0; j < UNITS; j++)
                c[i][j] += ((double)feature[r * UNITS + i] - mean[i]) * ((double)feature[r * UNITS + j] - mean[j]) / ROWS;
    for (size_t i = 0; i < UNITS; i++)
        trace += c[i][i];
    for (size_t i = 0; i < UNITS; i++)
        c[i][i] += trace / UNITS;
    memcpy(x, b, sizeof(x));
    solve(c, x);
    for (size_t i = 0; i < UNITS; i++)
        sum += a[i] * x[i];
    return sum;
}

static void whitened_distances_are_by_the_inverse_covariance(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    struct bz_neighbour near[ROWS];
    struct bz_index *x;
    struct bz_error err;
    size_t size;
    save(BZ_CODES_F32, true);
    void *bytes = read_file(&size);
    if (bz_index_parse(&x, bytes, size, "index", m, digest, &err) < 0)
        fail_msg("%s", err.msg);
    for (int l2 = 0; l2 < 2; l2++) {
        float scratch[2 * 64];
        struct bz_nearest nearest = {near, ROWS, 0};
        bz_index_query(x, feature + 5 * UNITS, scratch);
        bz_index_scan(x, l2 ? BZ_L2 : BZ_COSINE, scratch, 0, ROWS, &nearest);
        assert_int_equal(nearest.found, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            double p[UNITS], q[UNITS], d[UNITS];
            for (size_t u = 0; u < UNITS; u++) {
                p[u] = (double)feature[near[i].row * UNITS + u] - x->mean[u];
                q[u] = (double)feature[5 * UNITS + u] - x->mean[u];
                d[u] = p[u] - q[u];
            }
            const double cosine =
                whitened_product(x->mean, p, q) / sqrt(whitened_product(x->mean, p, p) * whitened_product(x->mean, q, q));
            assert_near(near[i].distance, l2 ? sqrt(fabs(whitened_product(x->mean, d, d))) : 1 - cosine, 2e-3);
        }
    }
    bz_index_free(x);
    uint8_t *tensor = memmem(bytes, size, "\"whitening\"", 11);
    tensor[1] = 'W';
    assert_int_equal(bz_index_parse(&x, bytes, size, "index", m, digest, &err), -1);
    assert_non_null(strstr(err.msg, "whitening"));
    bz_free(bytes);
    bz_machine_free(m);
}

static void features_that_never_vary_are_not_whitened(void **state)
{
    (void)state;
    static const float same[4 * 2] = {1, 2, 1, 2, 1, 2, 1, 2};
    struct bz_error err;
    const struct bz_index_content c = {
        .layer = "hidden", .rows = 4, .units = 2, .centre = true, .whiten = true, .feature = same, .digest = digest};
    assert_int_equal(bz_index_save(&c, path, &err), -1);
    assert_int_equal(err.code, BZ_BAD_INPUT);
}

static void files_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false), *other = oracle_counts(false);
    struct bz_index *x;
    struct bz_error err;
    size_t size;
    save(BZ_CODES_F32, false);
    uint8_t *bytes = read_file(&size);
    assert_int_equal(bz_index_parse(&x, bytes, size, "index", m, "4567", &err), -1);
    assert_int_equal(err.code, BZ_UNSUPPORTED);
    assert_int_equal(bz_index_parse(&x, bytes, size, "index", other, digest, &err), -1);
    for (size_t n = 0; n < size; n += 7)
        assert_int_equal(bz_index_parse(&x, bytes, n, "index", m, digest, &err), -1);
    uint8_t *mean = memmem(bytes, size, "\"mean\"", 6);
    mean[1] = 'l';
    assert_int_equal(bz_index_parse(&x, bytes, size, "index", m, digest, &err), -1);
    assert_non_null(strstr(err.msg, "mean"));
    bz_free(bytes);
    bz_machine_free(m);
    bz_machine_free(other);
}

/* What a view is made of. */
struct parts {
    float mean[11], map[2 * 11], row[5 * 4], weight[4], norm[5];
};

static void damaged_views_are_refused(const struct bz_machine *m, const struct bz_views *v, uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"\"views\":\"", "\"view.", ".map\"",    ".mean\"",
                                        "\"near\":\"",  ".rows\"", ".weight\"", ".norm\""};
    const struct bz_view *view = v->view;
    const float *const of[] = {view->map, view->mean, view->row, view->weight, view->norm}, nan = NAN;
    struct bz_index *x;
    struct bz_error err;
    for (size_t n = 0; n < size; n += 3)
        assert_int_equal(bz_index_parse(&x, bytes, n, "index", m, digest, &err), -1);
    for (size_t i = 0; i < (v->near ? 8 : 4); i++) {
        uint8_t *at = memmem(bytes, size, names[i], strlen(names[i]));
        at[3] ^= 2;
        assert_int_equal(bz_index_parse(&x, bytes, size, "index", m, digest, &err), -1);
        at[3] ^= 2;
    }
    for (size_t n = 0; n < size; n++) { /* whatever a bit more or less makes of it, nothing outside of it is read */
        bytes[n] ^= 1 << n % 7;
        if (bz_index_parse(&x, bytes, size, "index", m, digest, &err) == 0)
            bz_index_free(x);
        bytes[n] ^= 1 << n % 7;
    }
    for (int i = 0; i < (v->near ? 5 : 2); i++) { /* a number of each */
        uint8_t *at = memmem(bytes, size, of[i], 3 * sizeof(float));
        memcpy(at + 4, &nan, 4);
        assert_int_equal(bz_index_parse(&x, bytes, size, "index", m, digest, &err), -1);
        assert_non_null(strstr(err.msg, "finite"));
        memcpy(at + 4, of[i] + 1, 4);
    }
}

static void a_view_comes_back(const struct bz_machine *m, const struct bz_views *v, const struct parts *p)
{
    const struct bz_index_content c = {.layer = m->layers[1].name,
                                       .rows = 40,
                                       .units = 2,
                                       .codes = BZ_CODES_BITS,
                                       .views = v,
                                       .machine = m,
                                       .feature = feature,
                                       .digest = digest};
    struct bz_index *x;
    struct bz_error err;
    size_t size;
    if (bz_index_save(&c, path, &err) < 0)
        fail_msg("%s", err.msg);
    uint8_t *bytes = read_file(&size);
    if (bz_index_parse(&x, bytes, size, "index", m, digest, &err) < 0)
        fail_msg("%s", err.msg);
    const struct bz_view *view = x->views->view;
    assert_int_equal(x->units, 2);
    assert_int_equal(view->values, v->view->values);
    assert_memory_equal(view->map, p->map, 2 * v->view->width * sizeof(float));
    assert_memory_equal(view->mean, p->mean, v->view->width * sizeof(float));
    assert_int_equal(x->views->near, v->near);
    assert_int_equal(x->views->pairs, v->pairs);
    if (v->near > 0) {
        assert_memory_equal(view->row, p->row, sizeof(p->row));
        assert_memory_equal(view->weight, p->weight, sizeof(p->weight));
        assert_memory_equal(view->norm, p->norm, sizeof(p->norm));
    }
    bz_index_free(x);
    damaged_views_are_refused(m, v, bytes, size);
    bz_free(bytes);
}

/* An index whose rows are compared by a view: it comes back as it was, and damaged in any way it is refused. */
static void views_are_kept(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    struct parts p;
    for (size_t i = 0; i < 22; i++)
        p.map[i] = (float)(p.mean[i % 11] = (float)i / 3) + 9;
    for (size_t i = 0; i < 20; i++)
        p.row[i] = (float)(p.weight[i % 4] = (float)(p.norm[i % 5] = (float)i / 7 + 50) + 60) + 70;
    static const size_t width[] = {3, 7, 11}; /* hidden means; own values; votes */
    for (int kind = 0; kind < 3; kind++) {
        const bool votes = kind == 2;
        struct bz_view view = {.layer = 0,
                               .values = kind > 0,
                               .width = width[kind],
                               .mean = p.mean,
                               .map = p.map,
                               .row = p.row,
                               .weight = p.weight,
                               .norm = p.norm};
        a_view_comes_back(
            m,
            &(struct bz_views){.hidden = 1, .units = 2, .n = 1, .view = &view, .pairs = votes ? 5 : 0, .near = votes ? 3 : 0},
            &p);
    }
    bz_machine_free(m);
}

static void hamming_counts_bits_at_every_level(void **state)
{
    (void)state;
    const struct bz_kernels *levels[8];
    const size_t n = bz_cpu_levels(levels, 8);
    uint64_t code[5 * 9], query[9];
    for (size_t i = 0; i < 45; i++)
        code[i] = (i + 3) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t words = 0; words <= 9; words++)
        for (size_t l = 0; l < n; l++) {
            uint32_t distance[5];
            for (size_t i = 0; i < words; i++)
                query[i] = ~code[i] ^ i;
            levels[l]->hamming(distance, query, code, words, 5);
            for (size_t r = 0; r < 5; r++) {
                uint32_t want = 0;
                for (size_t b = 0; b < words * 64; b++)
                    want += (query[b / 64] >> b % 64 & 1) != (code[r * words + b / 64] >> b % 64 & 1);
                assert_int_equal(distance[r], want);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_are_found_in_slices_at_every_level, setup, teardown),
        cmocka_unit_test_setup_teardown(no_distance_is_below_0, setup, teardown),
        cmocka_unit_test_setup_teardown(whitened_distances_are_by_the_inverse_covariance, setup, teardown),
        cmocka_unit_test_setup_teardown(features_that_never_vary_are_not_whitened, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_do_not_fit_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(views_are_kept, setup, teardown),
        cmocka_unit_test(hamming_counts_bits_at_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
