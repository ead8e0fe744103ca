/* Learning of log p(class | row): each step is its gradient, by finite differences of the classifier itself. */
#include "classify.h"
#include "discriminate.h"
#include "learn.h"
#include "mem.h"
#include "oracle_machines.h"
#include "test.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { ROWS = 30, CLASSES = 3, LABEL = 2 };

static struct bz_error err;

struct data {
    const struct bz_machine *m;
    float *x[8]; /* [layers][ROWS][size] of visible layers */
};

static void feed(void *arg, struct bz_state *s, size_t first, size_t n)
{
    const struct data *d = arg;
    for (size_t l = 0; l < d->m->n_layers; l++)
        if (d->x[l])
            memcpy(s->x[l] + first * d->m->layers[l].size, d->x[l] + first * d->m->layers[l].size,
                   n * d->m->layers[l].size * sizeof(float));
}

static void make_data(struct data *d, const struct bz_machine *m)
{
    *d = (struct data){.m = m};
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (!bz_is_visible(layer))
            continue;
        d->x[l] = bz_alloc(ROWS * layer->size, sizeof(float), &err);
        for (size_t r = 0; r < ROWS; r++) {
            const struct bz_key key = {.seed = 7, .chain = (uint32_t)r, .layer = (uint16_t)l, .purpose = BZ_DRAW_MISC};
            for (size_t i = 0; i < layer->size; i++)
                d->x[l][r * layer->size + i] = layer->unit == BZ_GAUSSIAN ? (float)bz_random_normal(&key, (uint32_t)i)
                                               : layer->role == BZ_LABEL  ? (float)(i == r % layer->size)
                                                                          : (float)(bz_random_double(&key, (uint32_t)i) < 0.5);
        }
    }
}

static void free_data(struct data *d)
{
    for (size_t l = 0; l < 8; l++)
        bz_free(d->x[l]);
}

/* Mean of log p(class | row). */
static double objective(struct bz_machine *m, const struct data *d, size_t label)
{
    struct bz_state *s;
    struct bz_work *w;
    double p[ROWS][CLASSES], sum = 0;
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(bz_state_new(&s, m, ROWS, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    s->n = ROWS;
    feed((void *)(uintptr_t)d, s, 0, ROWS);
    bz_classify(s, label, 0, ROWS, p[0], NULL, w);
    for (size_t r = 0; r < ROWS; r++)
        sum += log(p[r][r % CLASSES]);
    bz_state_free(s);
    bz_work_free(w);
    return sum / ROWS;
}

static double slope(struct bz_machine *m, const struct data *d, size_t label, float *parameter)
{
    const float at = *parameter, step = 0.01f;
    *parameter = at + step;
    const double up = objective(m, d, label), high = (double)*parameter;
    *parameter = at - step;
    const double down = objective(m, d, label), low = (double)*parameter;
    *parameter = at;
    return (up - down) / (high - low);
}

static void check(double step, double want, const char *what, size_t i)
{
    if (fabs(step - want) > 3e-4 * fmax(1, fabs(want)))
        fail_msg("%s, entry %zu: the step is %.6f, the gradient %.6f", what, i, step, want);
}

/* The machine after an update of rate 1 without momentum. The learner's number of threads does not matter: the tasks are the
 * same. */
static struct bz_machine *after_update(const struct bz_machine *m, const struct data *d, double generative, bool centred)
{
    const struct train_rule rule = {.algorithm = TRAIN_PCD,
                                    .sweeps = 1,
                                    .mean_field_steps = 10,
                                    .discriminative = true,
                                    .generative = generative,
                                    .centred = centred,
                                    .min_log_sigma = -9};
    const size_t batch = ROWS + 5; /* not full */
    struct train_learner *l;
    struct bz_machine *result;
    assert_int_equal(
        train_learner_new(&l, m, &rule, batch, (generative > 0 ? 40 : 0) + train_discriminate_rows(m, batch), 1, NULL, &err),
        0);
    assert_int_equal(train_update(l, ROWS, 1, 0, feed, (void *)(uintptr_t)d, &err), 0);
    assert_int_equal(train_learner_new_result(l, &result, &err), 0);
    train_learner_free(l);
    return result;
}

static double variance_of(const struct bz_layer *l, size_t i)
{
    return bz_unit_type(l->unit)->scaled ? exp(2 * (double)l->log_sigma[i]) : 1;
}

static void check_machine(struct bz_machine *m)
{
    struct data d;
    make_data(&d, m);
    const size_t label = (size_t)bz_label_layer(m);
    struct bz_machine *after = after_update(m, &d, 0, false);
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            check((double)(after->layers[l].bias[i] - m->layers[l].bias[i]),
                  variance_of(&m->layers[l], i) * slope(m, &d, label, bz_machine_bias(m, l) + i), m->layers[l].name, i);
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        float *w = bz_machine_weight(m, c);
        for (size_t n = 0; n < a->size * b->size; n++)
            check((double)(after->couplings[c].weight[n] - w[n]),
                  variance_of(a, n / b->size) * variance_of(b, n % b->size) * slope(m, &d, label, w + n), a->name, n);
    }
    bz_machine_free(after);
    free_data(&d);
}

/* A class RBM without offsets, weights large enough for classes to differ. */
static struct bz_machine *class_rbm(enum bz_unit visible, enum bz_unit hidden)
{
    const struct bz_layer_spec layers[] = {
        {.name = "v", .role = BZ_VISIBLE, .unit = visible, .size = 4, .groups = 1},
        {.name = "h", .role = BZ_HIDDEN, .unit = hidden, .size = 5, .groups = 1},
        {.name = "label", .role = BZ_LABEL, .unit = BZ_SOFTMAX, .size = CLASSES, .groups = 1}};
    const struct bz_coupling_spec couplings[] = {{0, 1}, {2, 1}};
    struct bz_machine *m;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    const struct bz_key key = {.seed = 11, .purpose = BZ_DRAW_WEIGHT};
    uint32_t k = 0;
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            bz_machine_bias(m, l)[i] = (float)(0.5 * bz_random_normal(&key, k++));
            if (bz_machine_log_sigma(m, l))
                bz_machine_log_sigma(m, l)[i] = (float)(0.2 * bz_random_normal(&key, k++));
        }
    for (size_t c = 0; c < 2; c++)
        for (size_t n = 0; n < m->layers[m->couplings[c].a].size * 5; n++)
            bz_machine_weight(m, c)[n] = (float)bz_random_normal(&key, k++);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

static void a_step_is_the_gradient_of_log_p_of_the_class(void **state)
{
    (void)state;
    const enum bz_unit units[][2] = {{BZ_BERNOULLI, BZ_BERNOULLI}, {BZ_GAUSSIAN, BZ_BERNOULLI}, {BZ_BERNOULLI, BZ_SPIN}};
    for (size_t i = 0; i < 3; i++) {
        struct bz_machine *m = class_rbm(units[i][0], units[i][1]);
        check_machine(m);
        bz_machine_free(m);
    }
}

/* With offsets the step is a different one, but small steps still climb; repeated ones memorise the rows. */
static void centred_steps_climb(void **state)
{
    (void)state;
    for (int hybrid = 0; hybrid < 2; hybrid++) {
        struct bz_machine *m = class_rbm(BZ_BERNOULLI, BZ_BERNOULLI);
        struct data d;
        make_data(&d, m);
        const double before = objective(m, &d, LABEL);
        for (int update = 0; update < 60; update++) {
            struct bz_machine *after = after_update(m, &d, hybrid ? 0.05 : 0, true);
            bz_machine_free(m);
            m = after;
            d.m = m;
        }
        const double now = objective(m, &d, LABEL);
        if (now < before + 0.3)
            fail_msg("log p of the classes went from %.4f to %.4f (hybrid %d)", before, now, hybrid);
        free_data(&d);
        bz_machine_free(m);
    }
}

static void machines_without_such_a_gradient_are_refused(void **state)
{
    (void)state;
    struct bz_machine *m[] = {oracle_labelled(true), oracle_rbm(1, false)};
    const char *words[] = {"hidden layer", "classes"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(train_may_discriminate(m[i], &err), -1);
        if (!strstr(err.msg, words[i]))
            fail_msg("%s", err.msg);
        bz_machine_free(m[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_the_gradient_of_log_p_of_the_class),
        cmocka_unit_test(centred_steps_climb),
        cmocka_unit_test(machines_without_such_a_gradient_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
