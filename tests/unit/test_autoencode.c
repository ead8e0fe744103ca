/* An autoencoder's update against finite differences of its objective, log p(x | h(x)) written out from the energy's
 * formula. */
#include "learn.h"
#include "oracle_machines.h"
#include "unit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bz_error err;

enum { ROWS = 3, WIDEST = 8 };

struct feed {
    float x[ROWS][WIDEST];
    uint8_t known[ROWS][WIDEST];
};

static void feed_rows(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const struct feed *f = arg;
    const size_t size = data->m->layers[0].size;
    if (!data->known[0])
        assert_int_equal(bz_state_make_known(data, 0, &err), 0);
    for (size_t r = first; r < first + n; r++)
        for (size_t i = 0; i < size; i++) {
            data->x[0][r * size + i] = f->x[r][i];
            data->known[0][r * size + i] = f->known[r][i];
        }
}

static double variance(const struct bz_layer *l, size_t i)
{
    return l->log_sigma ? exp(2 * (double)l->log_sigma[i]) : 1;
}

static double offset_of(const struct bz_layer *l, size_t i)
{
    return l->offset ? (double)l->offset[i] : 0;
}

/* log p(x | field) of the known units. */
static double log_p(const struct bz_layer *l, const float *x, const uint8_t *known, const double *field)
{
    double sum = 0;
    const size_t k = l->unit == BZ_SOFTMAX ? l->size / l->groups : 1;
    for (size_t g = 0; g < l->size; g += k) {
        double all = 0;
        for (size_t i = g; i < g + k; i++) {
            if (l->unit == BZ_GAUSSIAN)
                sum -= known[i] ? pow((double)x[i] - field[i], 2) / (2 * variance(l, i)) : 0;
            else if (l->unit == BZ_BERNOULLI)
                sum += known[i] ? (double)x[i] * field[i] - log1p(exp(field[i])) : 0;
            else if (l->unit == BZ_SPIN)
                sum += known[i] ? (double)x[i] * field[i] - log(2 * cosh(field[i])) : 0;
            else
                sum += (double)x[i] * field[i];
            all += exp(field[i]);
        }
        sum -= l->unit == BZ_SOFTMAX ? log(all) : 0;
    }
    return sum;
}

/* Mean over the rows of log p(x | h(x)); a missing value is read as its offset. */
static double objective(const struct bz_machine *m, const struct feed *f)
{
    const struct bz_layer *v = &m->layers[0], *h = &m->layers[1];
    const float *w = m->couplings[0].weight;
    double sum = 0;
    for (size_t r = 0; r < ROWS; r++) {
        double field[WIDEST];
        for (size_t i = 0; i < v->size; i++)
            field[i] = (double)v->bias[i];
        for (size_t j = 0; j < h->size; j++) {
            double input = (double)h->bias[j];
            for (size_t i = 0; i < v->size; i++)
                if (f->known[r][i])
                    input += (double)w[i * h->size + j] * ((double)f->x[r][i] - offset_of(v, i)) / variance(v, i);
            const double code = h->unit == BZ_SPIN ? tanh(input) : 1 / (1 + exp(-input));
            for (size_t i = 0; i < v->size; i++)
                field[i] += (double)w[i * h->size + j] * (code - offset_of(h, j));
        }
        sum += log_p(v, f->x[r], f->known[r], field) / ROWS;
    }
    return sum;
}

static double slope(struct bz_machine *m, const struct feed *f, float *parameter)
{
    const float kept = *parameter, by = 1e-2f;
    *parameter = kept + by;
    const double up = objective(m, f), to = (double)*parameter;
    *parameter = kept - by;
    const double down = objective(m, f), from = (double)*parameter;
    *parameter = kept;
    return (up - down) / (to - from);
}

static void near(double step, double want, const char *what, size_t i)
{
    if (fabs(step - want) > 1e-3 * fmax(1, fabs(want)))
        fail_msg("%s %zu: the step is %.6f, the gradient %.6f", what, i, step, want);
}

/* Rows in the domain of their units; softmax rows one-hot in each group. */
static void fill(const struct bz_layer *l, struct feed *f)
{
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < l->size; i++) {
            const size_t k = l->unit == BZ_SOFTMAX ? l->size / l->groups : 2, on = (r + i / k) % k;
            f->x[r][i] = l->unit == BZ_SOFTMAX    ? (float)(i % k == on)
                         : l->unit == BZ_GAUSSIAN ? (float)sin((double)(3 * r + i))
                         : l->unit == BZ_SPIN     ? ((r * 5 + i) % 3 ? 1.0f : -1.0f)
                                                  : (float)((r * 5 + i) % 3 == 1);
            f->known[r][i] = 1;
        }
}

static void check_update(enum bz_unit visible, enum bz_unit hidden, bool gap)
{
    const struct train_rule rule = {.algorithm = TRAIN_AUTOENCODER, .centred = true, .min_log_sigma = -9};
    struct bz_machine *m = oracle_pair(visible, hidden), *after;
    const struct bz_layer *v = &m->layers[0], *h = &m->layers[1];
    struct train_learner *l;
    struct feed f;
    fill(v, &f);
    if (gap)
        f.known[1][1] = 0;
    assert_int_equal(train_learner_new(&l, m, &rule, ROWS + 1, ROWS + 1, 1, NULL, &err), 0);
    assert_int_equal(train_update(l, ROWS, 1, 0, feed_rows, &f, &err), 0);
    assert_int_equal(train_learner_new_result(l, &after, &err), 0);
    train_learner_free(l);
    for (size_t i = 0; i < v->size; i++)
        near((double)(after->layers[0].bias[i] - v->bias[i]), variance(v, i) * slope(m, &f, bz_machine_bias(m, 0) + i),
             "visible bias", i);
    for (size_t j = 0; j < h->size; j++)
        near((double)(after->layers[1].bias[j] - h->bias[j]), slope(m, &f, bz_machine_bias(m, 1) + j), "code bias", j);
    for (size_t n = 0; n < v->size * h->size; n++)
        near((double)(after->couplings[0].weight[n] - m->couplings[0].weight[n]),
             variance(v, n / h->size) * slope(m, &f, bz_machine_weight(m, 0) + n), "weight", n);
    bz_machine_free(after);
    bz_machine_free(m);
}

static void updates_are_gradients_of_what_is_given_back(void **state)
{
    (void)state;
    const enum bz_unit visible[] = {BZ_BERNOULLI, BZ_SPIN, BZ_GAUSSIAN, BZ_SOFTMAX}, code[] = {BZ_BERNOULLI, BZ_SPIN};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 2; j++)
            check_update(visible[i], code[j], false);
}

static void what_is_missing_is_neither_read_nor_asked_for(void **state)
{
    (void)state;
    check_update(BZ_BERNOULLI, BZ_BERNOULLI, true);
    check_update(BZ_GAUSSIAN, BZ_BERNOULLI, true);
}

/* Half of the inputs are left out: the code's bias and the weights follow the gradient at the remaining inputs, in which a unit
 * that is off changes nothing; the rows to be reconstructed stay complete. */
static void left_out_inputs_are_given_back(void **state)
{
    (void)state;
    struct train_rule rule = {.algorithm = TRAIN_AUTOENCODER, .denoise = 0.5, .min_log_sigma = -9};
    struct bz_machine *m = oracle_rbm(0, false), *after; /* no weights: the reconstruction does not depend on the inputs */
    struct train_learner *l;
    struct feed f;
    fill(&m->layers[0], &f);
    assert_int_equal(train_learner_new(&l, m, &rule, ROWS, ROWS, 1, NULL, &err), 0);
    assert_int_equal(train_update(l, ROWS, 1, 0, feed_rows, &f, &err), 0);
    assert_int_equal(train_learner_new_result(l, &after, &err), 0);
    for (size_t i = 0; i < m->layers[0].size; i++) {
        double want = -1 / (1 + exp(-(double)m->layers[0].bias[i]));
        for (size_t r = 0; r < ROWS; r++)
            want += (double)f.x[r][i] / ROWS;
        near((double)(after->layers[0].bias[i] - m->layers[0].bias[i]), want, "visible bias", i);
    }
    size_t dropped = 0, on = 0;
    for (size_t i = 0; i < ROWS * m->layers[0].size; i++) {
        on += f.x[i / m->layers[0].size][i % m->layers[0].size] == 1;
        dropped += l->running.s->x[0][i] != f.x[i / m->layers[0].size][i % m->layers[0].size];
    }
    assert_true(dropped > 0 && dropped < on);
    train_learner_free(l);
    bz_machine_free(after);
    bz_machine_free(m);
}

static void other_machines_are_refused_by_name(void **state)
{
    (void)state;
    struct bz_machine *const others[] = {oracle_dbm(false), oracle_lateral(false), oracle_counts(false), oracle_labelled(false),
                                         oracle_pair(BZ_BERNOULLI, BZ_GAUSSIAN)};
    const struct train_rule rule = {.algorithm = TRAIN_AUTOENCODER, .min_log_sigma = -9};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct train_learner *l;
        assert_int_equal(train_learner_new(&l, others[i], &rule, 4, 4, 1, NULL, &err), -1);
        assert_int_equal(err.code, BZ_UNSUPPORTED);
        assert_non_null(strstr(err.msg, "autoencoder"));
        bz_machine_free(others[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_are_gradients_of_what_is_given_back),
        cmocka_unit_test(what_is_missing_is_neither_read_nor_asked_for),
        cmocka_unit_test(left_out_inputs_are_given_back),
        cmocka_unit_test(other_machines_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
