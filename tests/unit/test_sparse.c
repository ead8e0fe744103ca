/* Sparse couplings: the same bits as dense ones whose other weights are 0, in files, in learning; refusals. */
#include "edges.h"
#include "model_file.h"
#include "oracle_machines.h"
#include "rows.h"
#include "stop.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same machine with every weight there. */
static struct bz_machine *dense_copy(const struct bz_machine *m)
{
    struct bz_layer_spec layers[8];
    struct bz_coupling_spec couplings[8];
    struct bz_error err = {0};
    struct bz_machine *copy = NULL;

    for (size_t l = 0; l < m->n_layers; l++)
        layers[l] = (struct bz_layer_spec){m->layers[l].name, m->layers[l].role,   m->layers[l].unit,
                                           m->layers[l].size, m->layers[l].groups, m->layers[l].offset != NULL};
    for (size_t c = 0; c < m->n_couplings; c++)
        couplings[c] = (struct bz_coupling_spec){m->couplings[c].a, m->couplings[c].b};
    assert_int_equal(bz_machine_new(&copy, m->kind, layers, m->n_layers, couplings, m->n_couplings, &err), 0);
    for (size_t l = 0; l < m->n_layers; l++) {
        memcpy(bz_machine_bias(copy, l), m->layers[l].bias, m->layers[l].size * sizeof(float));
        if (m->layers[l].offset)
            memcpy(bz_machine_offset(copy, l), m->layers[l].offset, m->layers[l].size * sizeof(float));
        if (m->layers[l].log_sigma)
            memcpy(bz_machine_log_sigma(copy, l), m->layers[l].log_sigma, m->layers[l].size * sizeof(float));
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *from = &m->couplings[c];
        const size_t n_b = m->layers[from->b].size;
        for (size_t k = 0; k < from->n_entries; k++) {
            const size_t i = from->index[k][0], j = from->index[k][1];
            bz_machine_weight(copy, c)[i * n_b + j] = from->weight[k];
            if (from->a == from->b)
                bz_machine_weight(copy, c)[j * n_b + i] = from->weight[k];
        }
    }
    assert_int_equal(bz_machine_check(copy, &err), 0);
    assert_int_equal(bz_machine_prepare(copy, &err), 0);
    return copy;
}

static const enum bz_unit kinds[][2] = {{BZ_BERNOULLI, BZ_BERNOULLI},
                                        {BZ_SPIN, BZ_SPIN},
                                        {BZ_GAUSSIAN, BZ_BERNOULLI},
                                        {BZ_SOFTMAX, BZ_RELU},
                                        {BZ_MULTINOMIAL, BZ_SPIN}};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), ROWS = 9 };

static void fields_have_the_bits_of_dense_ones(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct bz_machine *m = oracle_sparse(kinds[k][0], kinds[k][1]), *dense = dense_copy(m);
        struct rows a, b;
        float got[ROWS * 6], want[ROWS * 6];

        rows_new(&a, m, ROWS, 3, 5);
        rows_new(&b, dense, ROWS, 3, 5);
        for (size_t l = 0; l < m->n_layers; l++)
            for (size_t n = 2; n <= ROWS; n += ROWS - 2) { /* a few rows are summed one by one */
                bz_field(a.s, l, 0, n, true, got, a.w);
                bz_field(b.s, l, 0, n, true, want, b.w);
                assert_memory_equal(got, want, n * m->layers[l].size * sizeof(float));
            }
        for (size_t r = 0; r < ROWS; r++)
            assert_near(rows_energy(&a, r), rows_energy(&b, r), 1e-12);
        rows_free(&a);
        rows_free(&b);
        bz_machine_free(m);
        bz_machine_free(dense);
    }
}

/* One task per unit: every row of either side lists the pairs of the pattern, ascending. */
/* Biases of -0.0, and products too small for a float, whose sums may be -0.0 as well: no field has that sign, however many rows
 * are summed at a time. */
static void fields_of_zero_have_no_sign(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_sparse(BZ_BERNOULLI, BZ_BERNOULLI);
    struct bz_error err = {0};
    struct rows a;
    float got[ROWS * 6];

    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            bz_machine_bias(m, l)[i] = -0.0f;
            bz_machine_offset(m, l)[i] = 0;
        }
    for (size_t c = 0; c < m->n_couplings; c++)
        for (size_t k = 0; k < m->couplings[c].n_entries; k++)
            bz_machine_weight(m, c)[k] = k % 3 ? -1e-30f : 1e-30f;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    rows_new(&a, m, ROWS, 3, 5);
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < ROWS * m->layers[l].size; i++)
            a.s->x[l][i] = i % 5 % 2 ? 1e-30f : 0;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t n = 2; n <= ROWS; n += ROWS - 2) {
            bz_field(a.s, l, 0, n, true, got, a.w);
            for (size_t i = 0; i < n * m->layers[l].size; i++)
                assert_true(got[i] == 0 && !signbit(got[i]));
        }
    rows_free(&a);
    bz_machine_free(m);
}

static void rows_of_both_sides_list_every_pair_once(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_sparse(BZ_SPIN, BZ_SPIN);

    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        for (int side = 0; side < 2; side++) {
            size_t listed = 0;
            for (size_t i = 0; i < m->layers[side ? k->b : k->a].size; i++) {
                const struct bz_weights r = bz_coupling_row(m, c, side, i);
                for (size_t n = 0; n < r.n; n++, listed++) {
                    assert_true(n == 0 || r.unit[n] > r.unit[n - 1]);
                    assert_true(r.w[n] == bz_weights_at(bz_coupling_row(m, c, !side, r.unit[n]), i));
                }
            }
            assert_int_equal(listed, k->a == k->b ? 2 * k->n_entries : k->n_entries);
        }
    }
    bz_machine_free(m);
}

static void files_keep_the_pattern(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_sparse(BZ_SPIN, BZ_RELU);
    struct bz_model *model = NULL;
    struct bz_error err = {0};
    char path[64];

    snprintf(path, sizeof(path), "/tmp/sparse-%d.safetensors", (int)getpid());
    const struct bz_model_text text = {0};
    if (bz_model_save(m, &text, path, &err) < 0 || bz_model_load(&model, path, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t c = 0; c < m->n_couplings; c++) {
        assert_int_equal(model->machine->couplings[c].n_entries, m->couplings[c].n_entries);
        assert_memory_equal(model->machine->couplings[c].index, m->couplings[c].index, 8 * m->couplings[c].n_entries);
        assert_memory_equal(model->machine->couplings[c].weight, m->couplings[c].weight, 4 * m->couplings[c].n_entries);
    }
    bz_model_free(model);
    unlink(path);
    bz_machine_free(m);
}

static void patterns_out_of_order_are_refused(void **state)
{
    (void)state;
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_SPIN, 3, 1, false}};
    const struct bz_coupling_spec coupling = {0, 0};
    static const struct {
        uint32_t index[2][2];
        const char *want;
    } bad[] = {{{{0, 1}, {0, 3}}, "units below 3"},
               {{{0, 1}, {2, 1}}, "smaller unit first"},
               {{{1, 1}, {1, 2}}, "smaller unit first"},
               {{{0, 2}, {0, 1}}, "ascending"},
               {{{0, 1}, {0, 1}}, "each once"}};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        const struct bz_pattern pattern = {bad[k].index, 2};
        struct bz_machine *m = NULL;
        struct bz_error err = {0};
        assert_int_equal(bz_machine_new_sparse(&m, "bm", layers, 1, &coupling, 1, &pattern, &err), -1);
        assert_int_equal(err.code, BZ_BAD_MODEL);
        if (!strstr(err.msg, bad[k].want))
            fail_msg("'%s' does not say '%s'", err.msg, bad[k].want);
    }
}

static bool is_last(void *left)
{
    size_t *n = left;
    return *n == 0 || --*n == 0;
}

/* Loading stops on the way: no half of the edges is taken for all of them. */
static void edges_are_whole_or_refused(void **state)
{
    (void)state;
    enum { N = 1000, EDGES = 400000 };
    const struct bz_layer_spec layers[] = {{.name = "v", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = N},
                                           {.name = "h", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = N}};
    const struct bz_coupling_spec coupling = {0, 1};
    uint32_t(*index)[2] = malloc(EDGES * sizeof(*index));
    for (size_t k = 0; k < EDGES; k++) {
        index[k][0] = (uint32_t)(k / (EDGES / N));
        index[k][1] = (uint32_t)(2 * (k % (EDGES / N)));
    }
    const struct bz_pattern pattern = {.index = (const uint32_t(*)[2])index, .n = EDGES};
    size_t refused = 0;
    for (size_t patience = 1, again = 1; again; patience++) {
        struct bz_machine *m;
        struct bz_error err = {0};
        size_t left = patience;
        assert_int_equal(bz_machine_new_sparse(&m, "rbm", layers, 2, &coupling, 1, &pattern, &err), 0);
        bz_stop_ask(is_last, &left);
        const int rc = bz_machine_prepare(m, &err);
        again = bz_stopped();
        bz_stop_ask(NULL, NULL);
        assert_true(rc == 0 || (again && err.code == BZ_INTERRUPTED));
        refused += rc < 0;
        assert_true(rc < 0 || m->couplings[0].side[1].begin[N] == EDGES);
        bz_machine_free(m);
    }
    assert_true(refused > 2);
    free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_have_the_bits_of_dense_ones),      cmocka_unit_test(fields_of_zero_have_no_sign),
        cmocka_unit_test(rows_of_both_sides_list_every_pair_once), cmocka_unit_test(files_keep_the_pattern),
        cmocka_unit_test(patterns_out_of_order_are_refused),       cmocka_unit_test(edges_are_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
