/* Which layer a classifier begins with, what its inputs are measured in, how wide it is, and how near its classes are. */
#include "finetune.h"
#include "net.h"
#include "net_inputs.h"
#include "net_start.h"
#include "oracle_machines.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { CLASSES = 3 };

static struct bz_network *start(const struct bz_machine *m)
{
    struct bz_network *net;
    struct bz_error err;
    const struct train_net_shape shape = {.layer = -1, .classes = CLASSES, .random = true, .seed = 3};
    if (train_net_start(&net, m, &shape, &err) < 0)
        fail_msg("%s", err.msg);
    return net;
}

/* The same classes of rows as they are, whatever the network measures them in; new units leave those of the machine alone. */
static void inputs_in_one_unit_change_nothing_by_themselves(void **state)
{
    (void)state;
    enum { N = 50, WIDE = 40 };
    struct bz_machine *m = oracle_rbm(1, false);
    float x[N * 4];
    long label[N] = {0};
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 4; k++)
            x[i * 4 + k] = (float)(0.4 + 0.02 * (double)((i * (k + 3)) % 7)); /* hardly varies */
    struct train_finetune_data data = {.input = x, .label = label, .rows = N, .width = 4};
    struct bz_error err;
    struct train_net_inputs *in;
    struct train_net *t[3];
    struct bz_network *net[3];
    float logits[3][CLASSES];
    for (size_t i = 0; i < 3; i++)
        net[i] = start(m);
    assert_int_equal(train_net_inputs_measure(&in, net[1], m, &data, &err), 0);
    assert_true(in->layer[0].contrast < 0.1 && in->layer[0].visible && !in->layer[0].own);
    train_net_inputs_scale(in, 0, net[1]);
    data.shift = in->shift;
    data.by = in->by;
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        float row[4];
        train_finetune_row(&data, i, row);
        for (size_t k = 0; k < 4; k++)
            sum += (double)row[k] * (double)row[k];
    }
    assert_true(fabs(sum / (4 * N) - 1) < 1e-4);
    train_net_inputs_scale(in, 0, net[2]); /* it is already: net 2 stays as it was */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(train_net_new(&t[i], net[i], 1, TRAIN_ADAM, false, false, NULL, &err), 0);
        if (i == 1)
            train_finetune_row(&data, 9, train_net_input(t[i]));
        else
            memcpy(train_net_input(t[i]), x + 36, 4 * sizeof(float));
        train_net_logits(t[i], 1, logits[i]);
        train_net_free(t[i]);
    }
    for (size_t c = 0; c < CLASSES; c++)
        assert_true(fabsf(logits[0][c] - logits[1][c]) < 1e-4F && logits[0][c] == logits[2][c]);
    const size_t old = net[1]->stages[0].out;
    const float kept = net[1]->stages[0].weight[old];
    assert_int_equal(train_net_widen(net[1], in, WIDE, 1, &err), 0);
    assert_int_equal(net[1]->stages[0].out, WIDE);
    assert_int_equal(net[1]->stages[1].in, WIDE);
    assert_true(net[1]->stages[0].weight[WIDE] == kept);
    assert_int_equal(train_net_inputs_keep(in, net[1], &err), 0);
    assert_true(fabsf(net[1]->shift[0] - (float)in->mean[0]) < 1e-6F && net[1]->scale[0] > 5);
    train_net_inputs_free(in);
    for (size_t i = 0; i < 3; i++)
        bz_network_free(net[i]);
    bz_machine_free(m);
}

/* One column tells the classes, the other is noise. */
static void rows_nearer_to_another_class_are_counted(void **state)
{
    (void)state;
    enum { N = 60 };
    float x[N * 2];
    long label[N];
    for (size_t i = 0; i < N; i++) {
        label[i] = (long)(i % 2);
        x[2 * i] = (float)(i % 2) + 0.001F * (float)i;
        x[2 * i + 1] = (float)(i * 7 % N); /* as large as it is meaningless */
    }
    const float shift[2] = {0, 0}, by[2] = {100, 0.01F};
    struct train_finetune_data data = {.input = x, .label = label, .rows = N, .width = 2};
    struct train_finetune_gap gap;
    assert_int_equal(train_finetune_gap(&data, 1, &gap, NULL), 0);
    assert_int_equal(gap.rows, N);
    assert_true(gap.wrong > N / 4);
    data.shift = shift;
    data.by = by;
    assert_int_equal(train_finetune_gap(&data, 1, &gap, NULL), 0);
    assert_int_equal(gap.wrong, 0);
    assert_true(gap.gap > 90 && gap.gap < 101);
}

/* Groups of rows far apart have a layer of their own, which training puts before the others. */
static void a_layer_of_groups_is_passed_over(void **state)
{
    (void)state;
    static const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, false},
                                                  {"groups", BZ_HIDDEN, BZ_SOFTMAX, 3, 1, false},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 5, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 2}};
    struct bz_machine *m;
    struct bz_error err;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    struct bz_network *net = start(m);
    assert_int_equal(net->stages[0].in, 4);
    assert_int_equal(net->stages[0].out, 5);
    bz_network_free(net);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_of_groups_is_passed_over),
        cmocka_unit_test(inputs_in_one_unit_change_nothing_by_themselves),
        cmocka_unit_test(rows_nearer_to_another_class_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
