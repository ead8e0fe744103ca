/* Class probabilities: against the posterior of the label layer by enumeration of every state. */
#include "classify.h"

#include "oracle_machines.h"
#include "rows.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { ROWS = 12, CLASSES = 3, LABEL = 2, DEEP_LABEL = 3 };

/* The label layer is unknown in all rows, whatever is known of the other layers. */
static void forget_labels(struct rows *rows, size_t layer)
{
    struct bz_error err = {0};
    const size_t size = rows->m->layers[layer].size;

    assert_int_equal(bz_state_make_known(rows->s, layer, &err), 0);
    memset(rows->s->known[layer], 0, rows->s->n * size);
    memset(rows->s->x[layer], 0, rows->s->n * size * sizeof(float));
}

/* p(class | known) of a row by enumeration. */
static void posterior(const struct rows *rows, size_t row, size_t layer, double *p)
{
    double values[8][8], *mean[8];

    for (size_t l = 0; l < 8; l++)
        mean[l] = values[l];
    rows_means(rows, row, mean);
    memcpy(p, values[layer], CLASSES * sizeof(*p));
}

static void label_layers_are_found(void **state)
{
    (void)state;
    struct bz_machine *m[] = {oracle_labelled(false), oracle_labelled(true), oracle_mixed(), oracle_rbm(1, false)};
    static const long want[] = {LABEL, DEEP_LABEL, 4, -1};

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(bz_label_layer(m[i]), want[i]);
        bz_machine_free(m[i]);
    }
}

static void exact_where_hidden_units_are_independent(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_labelled(false);

    for (int missing = 0; missing < 2; missing++) {
        struct rows rows;
        double want[ROWS][CLASSES], got[ROWS][CLASSES];
        enum bz_method method[ROWS];
        rows_new(&rows, m, ROWS, 0, 3);
        if (missing)
            rows_forget(&rows, 0.5, true, 4);
        forget_labels(&rows, LABEL);
        for (size_t r = 0; r < ROWS; r++)
            posterior(&rows, r, LABEL, want[r]);
        bz_classify(rows.s, LABEL, 0, ROWS, got[0], method, rows.w);
        for (size_t r = 0; r < ROWS; r++) {
            assert_int_equal(method[r], BZ_EXACT);
            for (size_t c = 0; c < CLASSES; c++) {
                assert_near(got[r][c], want[r][c], 1e-6);
                assert_near(rows.s->x[LABEL][r * CLASSES + c], want[r][c], 1e-6);
                assert_int_equal(rows.s->known[LABEL][r * CLASSES + c], 0);
            }
        }
        rows_free(&rows);
    }
    bz_machine_free(m);
}

/* p of each class is exp(-bound) of the row with that label over the sum of them. */
static void bounds_where_they_are_not(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_labelled(true);

    for (int missing = 0; missing < 2; missing++) {
        struct rows rows;
        double weight[ROWS][CLASSES], got[ROWS][CLASSES], want[CLASSES];
        enum bz_method method[ROWS];
        rows_new(&rows, m, ROWS, 0, 3);
        if (missing)
            rows_forget(&rows, 0.5, true, 4);
        forget_labels(&rows, DEEP_LABEL);
        memset(rows.s->known[DEEP_LABEL], 1, sizeof(uint8_t[ROWS][CLASSES]));
        for (size_t r = 0; r < ROWS; r++)
            for (size_t c = 0; c < CLASSES; c++) {
                float *x = rows.s->x[DEEP_LABEL] + r * CLASSES;
                double bound;
                memset(x, 0, sizeof(float[CLASSES]));
                x[c] = 1;
                bz_free_energy(rows.s, r, 1, &bound, NULL, rows.w);
                weight[r][c] = exp(-bound);
            }
        bz_classify(rows.s, DEEP_LABEL, 0, ROWS, got[0], method, rows.w);
        for (size_t r = 0; r < ROWS; r++) {
            const double sum = weight[r][0] + weight[r][1] + weight[r][2];
            posterior(&rows, r, DEEP_LABEL, want);
            assert_int_equal(method[r], BZ_VARIATIONAL);
            assert_near(got[r][0] + got[r][1] + got[r][2], 1, 1e-12);
            for (size_t c = 0; c < CLASSES; c++) {
                assert_near(got[r][c], weight[r][c] / sum, 1e-6);
                assert_near(got[r][c], want[c], 0.15);
            }
        }
        rows_free(&rows);
    }
    bz_machine_free(m);
}

/* Neither the other rows, nor the position in a tile, nor what the label layer held before matters. */
static void rows_stand_by_themselves(void **state)
{
    (void)state;
    enum { MANY = 150 };
    for (int deep = 0; deep < 2; deep++) {
        struct bz_machine *m = oracle_labelled(deep);
        const size_t layer = deep ? DEEP_LABEL : LABEL;
        struct rows all, one;
        double p[MANY][CLASSES], q[CLASSES];
        rows_new(&all, m, MANY, 0, 8);
        rows_forget(&all, 0.3, true, 9);
        rows_new(&one, m, MANY, 0, 8);
        rows_forget(&one, 0.3, true, 9);
        forget_labels(&one, layer);
        bz_classify(all.s, layer, 0, MANY, p[0], NULL, all.w);
        for (size_t r = 0; r < MANY; r += 7) {
            bz_classify(one.s, layer, r, 1, q, NULL, one.w);
            assert_memory_equal(q, p[r], sizeof(q));
        }
        rows_free(&all);
        rows_free(&one);
        bz_machine_free(m);
    }
}

/* A label layer without a mask, and energies too far apart for exp. */
static void strong_couplings_do_not_overflow(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_labelled(false);
    struct bz_error err = {0};
    struct rows rows;
    double p[CLASSES];

    bz_machine_bias(m, LABEL)[1] = 3000;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    rows_new(&rows, m, 1, 0, 1);
    bz_classify(rows.s, LABEL, 0, 1, p, NULL, rows.w);
    assert_true(p[0] == 0 && p[1] == 1 && p[2] == 0);
    for (size_t c = 0; c < CLASSES; c++)
        bz_machine_bias(m, LABEL)[c] = 1e30F; /* beside which nothing else matters */
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    bz_classify(rows.s, LABEL, 0, 1, p, NULL, rows.w);
    assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-6);
    rows_free(&rows);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_layers_are_found),           cmocka_unit_test(exact_where_hidden_units_are_independent),
        cmocka_unit_test(bounds_where_they_are_not),        cmocka_unit_test(rows_stand_by_themselves),
        cmocka_unit_test(strong_couplings_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
