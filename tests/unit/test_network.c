/* Classifiers on top of machines: they start as the machine's own posterior, learn along the true gradient, give a row the same
 * bits whatever rows are beside it, and come back from a file unchanged. */
#include "classes.h"
#include "finetune.h"
#include "infer.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "net.h"
#include "net_start.h"
#include "oracle_machines.h"
#include "raw_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 5, CLASSES = 3 };

/* A state of ROWS rows with visible values by formula, and hidden layers at their mean field. */
static struct bz_state *rows_of(const struct bz_machine *m, struct bz_work **w)
{
    struct bz_state *s;
    struct bz_error err;
    assert_int_equal(bz_state_new(&s, m, ROWS, &err), 0);
    assert_int_equal(bz_work_new(w, m, &err), 0);
    s->n = ROWS;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; bz_is_visible(&m->layers[l]) && i < ROWS * m->layers[l].size; i++)
            s->x[l][i] = m->layers[l].unit == BZ_GAUSSIAN ? sinf(1.3f * (float)i) : (float)(i * i % 7 < 3);
    bz_mean_field(s, 0, ROWS, false, NULL, *w);
    return s;
}

static struct bz_network *start(const struct bz_machine *m, bool random)
{
    struct bz_network *net;
    struct bz_error err;
    const struct train_net_shape shape = {.layer = -1, .classes = CLASSES, .random = random, .seed = 3};
    if (train_net_start(&net, m, &shape, &err) < 0)
        fail_msg("%s", err.msg);
    return net;
}

/* y[out] = logistic(x W + b), in double. */
static void stage_by_hand(const struct bz_stage *s, const double *x, double *y)
{
    for (size_t j = 0; j < s->out; j++) {
        y[j] = s->bias[j];
        for (size_t i = 0; i < s->in; i++)
            y[j] += x[i] * s->weight[i * s->out + j];
    }
}

static void assert_first_stage_is_posterior(struct bz_machine *m)
{
    struct bz_work *w;
    struct bz_state *s = rows_of(m, &w);
    struct bz_network *net = start(m, false);
    const struct bz_stage *first = &net->stages[0];
    long layer = -1;
    for (size_t l = 0; l < m->n_layers && layer < 0; l++)
        layer = bz_is_visible(&m->layers[l]) ? -1 : (long)l;
    float *x = bz_alloc(ROWS * first->in, sizeof(float), NULL);
    bz_network_gather(net, s, 0, ROWS, x);
    for (size_t r = 0; r < ROWS; r++) {
        double in[64], y[64];
        for (size_t i = 0; i < first->in; i++)
            in[i] = x[r * first->in + i];
        stage_by_hand(first, in, y);
        for (size_t j = 0; j < first->out; j++)
            assert_near(bz_sigmoid(y[j]), s->x[layer][r * first->out + j], 1e-5);
    }
    bz_free(x);
    bz_network_free(net);
    bz_state_free(s);
    bz_work_free(w);
    bz_machine_free(m);
}

static void the_first_stage_begins_as_the_mean_field_of_the_machine(void **state)
{
    (void)state;
    assert_first_stage_is_posterior(oracle_rbm(1, true));
    assert_first_stage_is_posterior(oracle_dbm(true));
    assert_first_stage_is_posterior(oracle_deep(true));
    assert_first_stage_is_posterior(oracle_lateral(true));
    assert_first_stage_is_posterior(oracle_gaussian(true));
}

static void the_second_stage_of_a_dbm_is_its_second_layer(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(true);
    struct bz_work *w;
    struct bz_state *s = rows_of(m, &w);
    struct bz_network *net = start(m, false);
    assert_int_equal(net->n_stages, 3);
    for (size_t r = 0; r < ROWS; r++) {
        double in[8], y[8];
        for (size_t i = 0; i < net->stages[1].in; i++)
            in[i] = s->x[1][r * net->stages[1].in + i];
        stage_by_hand(&net->stages[1], in, y);
        for (size_t j = 0; j < net->stages[1].out; j++)
            assert_near(bz_sigmoid(y[j]), s->x[2][r * net->stages[1].out + j], 1e-5);
    }
    bz_network_free(net);
    bz_state_free(s);
    bz_work_free(w);
    bz_machine_free(m);
}

/* log p[CLASSES] of a row by the network as it stands, in double. */
static void log_p_of(const struct bz_network *net, const double *x, double *log_p)
{
    double a[64], b[64];
    memcpy(a, x, net->stages[0].in * sizeof(double));
    for (size_t k = 0; k < net->n_stages; k++) {
        stage_by_hand(&net->stages[k], a, b);
        for (size_t j = 0; j < net->stages[k].out; j++)
            a[j] = k + 1 < net->n_stages ? net->activation == BZ_LOGISTIC ? bz_sigmoid(b[j]) : fmax(b[j], 0) : b[j];
    }
    for (size_t c = 0; c < CLASSES; c++)
        log_p[c] = a[c] - bz_logsumexp(a, CLASSES);
}

static void log_p_of_row(const struct bz_network *net, const float *x, double *log_p)
{
    double in[64];
    for (size_t i = 0; i < net->stages[0].in; i++)
        in[i] = x[i];
    log_p_of(net, in, log_p);
}

/* Mean cross-entropy of rows. */
static double loss_of(const struct bz_network *net, const float *x, const size_t *label)
{
    double loss = 0, log_p[CLASSES];
    for (size_t r = 0; r < ROWS; r++) {
        log_p_of_row(net, x + r * net->stages[0].in, log_p);
        loss -= log_p[label[r]];
    }
    return loss / ROWS;
}

/* Sum of -p log q, p the network's answer for one row and q for another. */
static double cross_entropy(const struct bz_network *net, const double *from, const double *to)
{
    double p[CLASSES], q[CLASSES], sum = 0;
    log_p_of(net, from, p);
    log_p_of(net, to, q);
    for (size_t c = 0; c < CLASSES; c++)
        sum -= exp(p[c]) * q[c];
    return sum;
}

static void assert_gradient(enum bz_activation activation)
{
    struct bz_machine *m = oracle_deep(true);
    struct bz_work *w;
    struct bz_state *s = rows_of(m, &w);
    struct bz_network *net = start(m, true), *after = start(m, true);
    struct train_net *t;
    struct bz_error err;
    const size_t label[ROWS] = {0, 2, 1, 1, 0};
    const double rate = 1e-3;
    net->activation = after->activation = activation;
    assert_int_equal(train_net_new(&t, net, ROWS, TRAIN_SGD, false, false, NULL, &err), 0);
    float *x = bz_alloc(ROWS * net->stages[0].in, sizeof(float), NULL);
    bz_network_gather(net, s, 0, ROWS, x);
    memcpy(train_net_input(t), x, ROWS * net->stages[0].in * sizeof(float));
    for (size_t r = 0; r < ROWS; r++) {
        train_net_weight(t)[r] = 1;
        train_net_moved(t)[r] = r % 2;
        train_net_target(t)[r * CLASSES + label[r]] = 1;
    }
    const struct train_net_rule rule = {.step = train_step_make(TRAIN_SGD, rate, 0, 0, 1), .number = 1};
    assert_near(train_net_update(t, ROWS, &rule), loss_of(net, x, label), 1e-5);
    train_net_store(t, after);
    for (size_t k = 0; k < net->n_stages; k++)
        for (size_t i = 0; i < net->stages[k].in * net->stages[k].out; i++) {
            float *weight = &net->stages[k].weight[i];
            const float kept = *weight, step = 1e-3f;
            *weight = kept + step;
            const double up = loss_of(net, x, label);
            *weight = kept - step;
            const double down = loss_of(net, x, label);
            *weight = kept;
            assert_near((double)(after->stages[k].weight[i] - kept) / rate, -(up - down) / (2 * (double)step), 2e-3);
        }
    bz_free(x);
    train_net_free(t);
    bz_network_free(net);
    bz_network_free(after);
    bz_state_free(s);
    bz_work_free(w);
    bz_machine_free(m);
}

static void an_update_goes_along_the_gradient(void **state)
{
    (void)state;
    assert_gradient(BZ_LOGISTIC);
    assert_gradient(BZ_RECTIFIED);
}

/* Where a row is moved if its target is the network's own answer: a tenth of the way along a random direction, and from there
 * along the gradient of the cross-entropy, computed here by differences. */
static void own_move(const struct bz_network *net, const struct train_net_rule *rule, size_t row, const double *x, double *to)
{
    const size_t width = net->stages[0].in;
    const struct bz_key key = {
        .seed = rule->seed, .step = rule->number, .chain = (uint32_t)row, .layer = UINT16_MAX - 1, .purpose = BZ_DRAW_MISC};
    double near[64], slope[64], square = 0;
    for (size_t i = 0; i < width; i++) {
        slope[i] = bz_random_normal(&key, (uint32_t)i);
        square += slope[i] * slope[i];
    }
    for (size_t i = 0; i < width; i++)
        near[i] = x[i] - 0.1 * rule->adversarial * slope[i] / sqrt(square);
    square = 0;
    for (size_t i = 0; i < width; i++) {
        const double kept = near[i], step = 1e-4;
        near[i] = kept + step;
        slope[i] = cross_entropy(net, x, near);
        near[i] = kept - step;
        slope[i] -= cross_entropy(net, x, near);
        near[i] = kept;
        square += slope[i] * slope[i];
    }
    for (size_t i = 0; i < width; i++)
        to[i] = x[i] + rule->adversarial * slope[i] / sqrt(square);
}

/* Rows without a label are moved to where the network would answer differently, and their loss is measured against its answer
 * before the move. */
static void rows_are_moved_against_the_networks_own_answers(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_deep(true);
    struct bz_work *w;
    struct bz_state *s = rows_of(m, &w);
    struct bz_network *net = start(m, true);
    struct train_net *t;
    const size_t width = net->stages[0].in;
    assert_int_equal(train_net_new(&t, net, ROWS, TRAIN_SGD, true, false, NULL, NULL), 0);
    float *x = bz_alloc(ROWS * width, sizeof(float), NULL);
    bz_network_gather(net, s, 0, ROWS, x);
    memcpy(train_net_input(t), x, ROWS * width * sizeof(float));
    for (size_t r = 0; r < ROWS; r++) {
        train_net_weight(t)[r] = 1;
        train_net_moved(t)[r] = r >= 2;
        train_net_target(t)[r * CLASSES + 1] = r < 2;
    }
    const struct train_net_rule rule = {.step = train_step_make(TRAIN_SGD, 0, 0, 0, 1),
                                        .number = 1,
                                        .seed = 4,
                                        .adversarial = 0.5,
                                        .euclidean = true,
                                        .own = true};
    const double loss = train_net_update(t, ROWS, &rule);
    double expected = 0;
    for (size_t r = 0; r < ROWS; r++) {
        double from[64], to[64], log_p[CLASSES];
        for (size_t i = 0; i < width; i++)
            to[i] = from[i] = x[r * width + i];
        if (r >= 2)
            own_move(net, &rule, r, from, to);
        for (size_t i = 0; i < width; i++)
            assert_near(train_net_input(t)[r * width + i], to[i], 1e-3);
        log_p_of(net, to, log_p);
        expected += r < 2 ? -log_p[1] : cross_entropy(net, from, to);
    }
    assert_near(loss, expected / ROWS, 1e-4);
    bz_free(x);
    train_net_free(t);
    bz_network_free(net);
    bz_state_free(s);
    bz_work_free(w);
    bz_machine_free(m);
}

/* Every other row is moved, by the same amount in each input or by a given length, to where the loss is larger; the others
 * stay. */
static void assert_harder(bool euclidean)
{
    struct bz_machine *m = oracle_deep(true);
    struct bz_work *w;
    struct bz_state *s = rows_of(m, &w);
    struct bz_network *net = start(m, true);
    struct train_net *t;
    struct bz_error err;
    const size_t label[ROWS] = {0, 2, 1, 1, 0}, width = net->stages[0].in;
    const float by = 0.01f;
    assert_int_equal(train_net_new(&t, net, ROWS, TRAIN_SGD, true, false, NULL, &err), 0);
    float *x = bz_alloc(ROWS * width, sizeof(float), NULL);
    bz_network_gather(net, s, 0, ROWS, x);
    memcpy(train_net_input(t), x, ROWS * width * sizeof(float));
    for (size_t r = 0; r < ROWS; r++) {
        train_net_weight(t)[r] = 1;
        train_net_moved(t)[r] = r % 2;
        train_net_target(t)[r * CLASSES + label[r]] = 1;
    }
    const struct train_net_rule rule = {
        .step = train_step_make(TRAIN_SGD, 0, 0, 0, 1), .number = 1, .adversarial = (double)by, .euclidean = euclidean};
    const double before = loss_of(net, x, label), loss = train_net_update(t, ROWS, &rule);
    for (size_t r = 0; r < ROWS; r++) {
        double square = 0;
        for (size_t i = r * width; i < (r + 1) * width; i++) {
            const double moved = (double)fabsf(train_net_input(t)[i] - x[i]);
            square += moved * moved;
            if (!euclidean)
                assert_near(moved, r % 2 ? (double)by : 0, 1e-6);
        }
        if (euclidean)
            assert_near(sqrt(square), r % 2 ? (double)by : 0, 1e-6);
    }
    assert_true(loss > before);
    assert_near(loss, loss_of(net, train_net_input(t), label), 1e-5);
    bz_free(x);
    train_net_free(t);
    bz_network_free(net);
    bz_state_free(s);
    bz_work_free(w);
    bz_machine_free(m);
}

static void adversarial_rows_are_harder(void **state)
{
    (void)state;
    assert_harder(false);
    assert_harder(true);
}

static void a_row_has_the_same_bits_in_any_company_at_every_level(void **state)
{
    (void)state;
    const char *const levels[] = {"base", "avx2", "avx512"};
    double first[ROWS * CLASSES], p[ROWS * CLASSES], alone[CLASSES];
    bool have = false;
    for (size_t v = 0; v < 3; v++) {
        if (bz_cpu_select(levels[v], NULL) < 0)
            continue;
        struct bz_machine *m = oracle_dbm(true);
        struct bz_work *w;
        struct bz_network_work *nw;
        struct bz_state *s = rows_of(m, &w);
        struct bz_network *net = start(m, true);
        assert_int_equal(bz_network_work_new(&nw, net, NULL), 0);
        bz_network_classify(net, s, 0, ROWS, p, nw, w);
        for (size_t r = 0; r < ROWS; r++) {
            bz_network_classify(net, s, r, 1, alone, nw, w);
            assert_memory_equal(alone, p + r * CLASSES, sizeof(alone));
        }
        if (have)
            assert_memory_equal(first, p, sizeof(p));
        memcpy(first, p, sizeof(p));
        have = true;
        bz_network_work_free(nw);
        bz_network_free(net);
        bz_state_free(s);
        bz_work_free(w);
        bz_machine_free(m);
    }
    assert_int_equal(bz_cpu_select("auto", NULL), 0);
}

/* Two noisy patterns: a classifier from a random machine must tell them apart. */
static void fine_tuning_learns_repeats_and_calibrates(void **state)
{
    (void)state;
    enum { N = 400 };
    struct bz_machine *m = oracle_rbm(1, false);
    struct train_finetune_result result[2];
    struct bz_network *net[2];
    float x[N * 4];
    long label[N];
    for (size_t i = 0; i < N; i++) {
        const struct bz_key key = {.seed = 5, .chain = (uint32_t)i};
        label[i] = (long)(i % 3);
        for (size_t k = 0; k < 4; k++)
            x[i * 4 + k] = (bz_random_uniform(&key, (uint32_t)k) < 0.1f) != (k == i % 3);
    }
    const struct train_finetune_data data = {.input = x, .label = label, .rows = N, .width = 4};
    const struct train_finetune_settings s = {
        .updates = 400, .batch = 20, .rate = 0.02, .valid_fraction = 0.25, .optimizer = TRAIN_ADAM, .frozen = 0.1, .seed = 1};
    for (size_t i = 0; i < 2; i++) {
        struct bz_error err;
        net[i] = start(m, false);
        if (train_finetune(net[i], &data, &s, &result[i], &err) < 0)
            fail_msg("%s", err.msg);
    }
    assert_memory_equal(net[0]->stages[0].weight, net[1]->stages[0].weight, 12 * sizeof(float));
    assert_int_equal(result[0].valid, 100);
    assert_int_equal(result[0].labelled, 300);
    assert_true(result[0].valid_error <
                0.35); /* flipped bits leave about a quarter of the rows undecided; guessing is wrong in 2 cases of 3 */
    assert_true(result[0].valid_loss_calibrated <= result[0].valid_loss + 1e-9);
    for (size_t i = 0; i < 2; i++) {
        train_finetune_free(&result[i]);
        bz_network_free(net[i]);
    }
    bz_machine_free(m);
}

static void a_file_gives_back_machine_and_classifier(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[200];
    struct bz_machine *m = oracle_dbm(true);
    struct bz_network *net = start(m, true);
    struct bz_error err;
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    net->temperature = 1.25;
    for (int half = 0; half < 2; half++) {
        struct bz_model *model;
        struct bz_classes classes;
        const struct bz_model_text text = {.classifier = net, .half = half};
        if (bz_model_save(m, &text, path, &err) < 0 || bz_model_load(&model, path, &err) < 0)
            fail_msg("%s", err.msg);
        assert_true(bz_model_classes(model, &classes));
        assert_int_equal(classes.n, CLASSES);
        assert_true(model->classifier->temperature == 1.25);
        for (size_t k = 0; k < net->n_stages; k++)
            for (size_t i = 0; i < net->stages[k].in * net->stages[k].out; i++) {
                const float want = net->stages[k].weight[i], got = model->classifier->stages[k].weight[i];
                assert_true(half ? fabsf(got - want) <= fabsf(want) / 2048 + 1e-7f : got == want);
            }
        bz_model_free(model);
    }
    bz_network_free(net);
    bz_machine_free(m);
    raw_remove_folder(folder);
}

static void classifiers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[200];
    struct bz_machine *m = oracle_dbm(true);
    struct bz_network *net = start(m, true);
    struct bz_error err;
    struct bz_model *model;
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    net->stages[1].weight[2] = NAN;
    const struct bz_model_text text = {.classifier = net};
    assert_int_equal(bz_model_save(m, &text, path, &err), 0);
    assert_int_equal(bz_model_load(&model, path, &err), -1);
    assert_non_null(strstr(err.msg, "classifier.2.weight\"[2]"));
    net->stages[1].weight[2] = 0;
    net->stages[1].in--; /* the stage below has one more output */
    assert_int_equal(bz_model_save(m, &text, path, &err), 0);
    assert_int_equal(bz_model_load(&model, path, &err), -1);
    assert_non_null(strstr(err.msg, "classifier.2.weight"));
    net->stages[1].in++;
    bz_network_free(net);
    bz_machine_free(m);
    raw_remove_folder(folder);
}

/* A trained machine's inference must not help the network that pretraining is compared with. */
static void a_random_network_reads_nothing_of_the_machine(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(true);
    struct bz_network *pretrained = start(m, false), *random = start(m, true);
    assert_true(bz_network_reads_hidden(pretrained, m));
    assert_false(bz_network_reads_hidden(random, m));
    assert_int_equal(random->n_stages, pretrained->n_stages);
    bz_network_free(pretrained);
    bz_network_free(random);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_stage_begins_as_the_mean_field_of_the_machine),
        cmocka_unit_test(the_second_stage_of_a_dbm_is_its_second_layer),
        cmocka_unit_test(a_random_network_reads_nothing_of_the_machine),
        cmocka_unit_test(an_update_goes_along_the_gradient),
        cmocka_unit_test(adversarial_rows_are_harder),
        cmocka_unit_test(rows_are_moved_against_the_networks_own_answers),
        cmocka_unit_test(a_row_has_the_same_bits_in_any_company_at_every_level),
        cmocka_unit_test(fine_tuning_learns_repeats_and_calibrates),
        cmocka_unit_test(a_file_gives_back_machine_and_classifier),
        cmocka_unit_test(classifiers_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
