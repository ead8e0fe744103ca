/* Learning with normalised sums: the gradient goes through the moments of the rows, and what is stored is a plain network. */
#include "mathx.h"
#include "net.h"
#include "net_norm.h"
#include "net_start.h"
#include "oracle_machines.h"
#include "test.h"

#include <string.h>

enum { ROWS = 5, CLASSES = 3, STAGES = 3, MOST = 16 };

static const size_t label[ROWS] = {0, 2, 1, 1, 0};

static float input(size_t row, size_t unit)
{
    return sinf(1.3f * (float)(row * 7 + unit * unit));
}

/* The sums of a stage, in double. */
static void sums(const struct bz_stage *s, const double *x, bool bias, double *y)
{
    for (size_t j = 0; j < s->out; j++) {
        y[j] = bias ? (double)s->bias[j] : 0;
        for (size_t i = 0; i < s->in; i++)
            y[j] += x[i] * (double)s->weight[i * s->out + j];
    }
}

/* x[ROWS][units] of a stage: less their mean over the rows, in their deviation. */
static void normalize(double x[ROWS][MOST], size_t units, double *deviation)
{
    for (size_t j = 0; j < units; j++) {
        double mean = 0, square = 1e-4;
        for (size_t r = 0; r < ROWS; r++)
            mean += x[r][j] / ROWS;
        for (size_t r = 0; r < ROWS; r++)
            square += (x[r][j] - mean) * (x[r][j] - mean) / ROWS;
        deviation[j] = sqrt(square);
        for (size_t r = 0; r < ROWS; r++)
            x[r][j] = (x[r][j] - mean) / deviation[j];
    }
}

/* Mean cross-entropy of the rows; deviation NULL: of the network as it stands. */
static double loss_of(const struct bz_network *net, double deviation[STAGES][MOST])
{
    double a[ROWS][MOST], y[ROWS][MOST], loss = 0;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < net->stages[0].in; i++)
            a[r][i] = (double)input(r, i);
    for (size_t k = 0; k < net->n_stages; k++) {
        const struct bz_stage *s = &net->stages[k];
        const bool last = k + 1 == net->n_stages, apart = deviation && !last;
        for (size_t r = 0; r < ROWS; r++)
            sums(s, a[r], !apart, y[r]);
        if (apart)
            normalize(y, s->out, deviation[k]);
        for (size_t r = 0; r < ROWS; r++)
            for (size_t j = 0; j < s->out; j++)
                a[r][j] = last ? y[r][j] : fmax(y[r][j] + (apart ? (double)s->bias[j] : 0), 0);
    }
    for (size_t r = 0; r < ROWS; r++)
        loss += (bz_logsumexp(a[r], CLASSES) - a[r][label[r]]) / ROWS;
    return loss;
}

/* A network after one update of the given rate; returns the loss before it. */
static double update(const struct bz_network *net, double rate, struct bz_network *after)
{
    struct train_net *t;
    struct bz_error err;
    if (train_net_new(&t, net, ROWS, TRAIN_SGD, false, true, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t r = 0; r < ROWS; r++) {
        for (size_t i = 0; i < net->stages[0].in; i++)
            train_net_input(t)[r * net->stages[0].in + i] = input(r, i);
        train_net_weight(t)[r] = 1;
        train_net_target(t)[r * CLASSES + label[r]] = 1;
    }
    const struct train_net_rule rule = {.step = train_step_make(TRAIN_SGD, rate, 0, 0, 1), .number = 1};
    const double loss = train_net_update(t, ROWS, &rule);
    train_net_store(t, after);
    train_net_free(t);
    return loss;
}

static struct bz_network *start(const struct bz_machine *m)
{
    struct bz_network *net;
    struct bz_error err;
    const struct train_net_shape shape = {.layer = -1, .classes = CLASSES, .random = true, .seed = 3};
    if (train_net_start(&net, m, &shape, &err) < 0)
        fail_msg("%s", err.msg);
    train_net_rectify(net);
    assert_int_equal(net->n_stages, STAGES);
    for (size_t k = 0; k < STAGES; k++)
        for (size_t j = 0; j < net->stages[k].out; j++)
            net->stages[k].bias[j] = 0.3f; /* so that few units are cut off */
    return net;
}

static void an_update_goes_through_the_moments_of_its_rows(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(true);
    struct bz_network *net = start(m), *after = start(m);
    double deviation[STAGES][MOST], other[STAGES][MOST];
    const double rate = 1e-3;
    assert_near(update(net, 0, after), loss_of(net, deviation), 1e-5);
    assert_near(loss_of(after, NULL), loss_of(net, deviation), 1e-5);
    update(net, rate, after);
    for (size_t k = 0; k < STAGES; k++)
        for (size_t i = 0; i < net->stages[k].in * net->stages[k].out; i++) {
            float *weight = &net->stages[k].weight[i];
            const float kept = *weight, step = 1e-3f;
            const double unit = k + 1 < STAGES ? deviation[k][i % net->stages[k].out] : 1;
            const double moved = (double)after->stages[k].weight[i] * unit - (double)kept;
            *weight = kept + step;
            const double up = loss_of(net, other);
            *weight = kept - step;
            const double down = loss_of(net, other);
            *weight = kept;
            assert_near(moved / rate, -(up - down) / (2 * (double)step), 5e-3);
        }
    bz_network_free(net);
    bz_network_free(after);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_goes_through_the_moments_of_its_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
