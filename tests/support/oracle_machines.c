#include "oracle_machines.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int rc, const struct bz_error *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "oracle machine: %s\n", err->msg);
    abort();
}

static struct bz_machine *make(const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                               const struct bz_coupling_spec *couplings, size_t n_couplings)
{
    struct bz_error err = {0};
    struct bz_machine *m = NULL;
    check(bz_machine_new(&m, kind, layers, n_layers, couplings, n_couplings, &err), &err);
    return m;
}

static struct bz_machine *finish(struct bz_machine *m)
{
    struct bz_error err = {0};
    check(bz_machine_check(m, &err), &err);
    check(bz_machine_prepare(m, &err), &err);
    return m;
}

static void put(float *to, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)values[i];
}

/* scale sin(1.7i + 0.9j + t) */
static void put_waves(struct bz_machine *m, size_t coupling, double t, double scale)
{
    const size_t rows = m->layers[m->couplings[coupling].a].size, columns = m->layers[m->couplings[coupling].b].size;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            bz_machine_weight(m, coupling)[i * columns + j] = (float)(scale * sin(1.7 * (double)i + 0.9 * (double)j + t));
}

/* What the machines derived from the 4x3 RBM share: layers 0 and 1, coupling 0. */
static void put_rbm(struct bz_machine *m, double scale, bool offsets)
{
    static const double mu[] = {.3, .6, .2, .5}, lambda[] = {.4, .7, .1};

    for (size_t i = 0; i < 4; i++)
        bz_machine_bias(m, 0)[i] = (float)(0.2 * cos((double)i));
    for (size_t j = 0; j < 3; j++)
        bz_machine_bias(m, 1)[j] = (float)(-0.1 * cos(2.0 * (double)j));
    put_waves(m, 0, 0.3, scale);
    if (offsets) {
        put(bz_machine_offset(m, 0), mu, 4);
        put(bz_machine_offset(m, 1), lambda, 3);
    }
}

struct bz_machine *oracle_rbm(double scale, bool offsets)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, offsets},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, offsets}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    put_rbm(m, scale, offsets);
    return finish(m);
}

struct bz_machine *oracle_dbm(bool offsets)
{
    static const double top[] = {.6, .3};
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, offsets},
                                           {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, offsets},
                                           {"hidden2", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, offsets}};
    const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}};
    struct bz_machine *m = make("dbm", layers, 3, couplings, 2);
    put_rbm(m, 1, offsets);
    put_waves(m, 1, 1.1, 1);
    for (size_t k = 0; k < 2; k++)
        bz_machine_bias(m, 2)[k] = (float)(0.15 * (double)(k + 1));
    if (offsets)
        put(bz_machine_offset(m, 2), top, 2);
    return finish(m);
}

struct bz_machine *oracle_lateral(bool offsets)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 4, 1, offsets},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, offsets}};
    const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 0}, {1, 1}};
    struct bz_machine *m = make("bm", layers, 2, couplings, 3);
    put_rbm(m, 1, offsets);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            bz_machine_weight(m, 1)[i * 4 + k] = i == k ? 0 : (float)(0.3 * sin((double)(i + k) + 0.5));
    for (size_t j = 0; j < 3; j++)
        for (size_t k = 0; k < 3; k++)
            bz_machine_weight(m, 2)[j * 3 + k] = j == k ? 0 : (float)(0.4 * cos((double)(j + k) + 0.2));
    return finish(m);
}

struct bz_machine *oracle_gaussian(bool offsets)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_GAUSSIAN, 4, 1, offsets},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, offsets}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    put_rbm(m, 1, offsets);
    for (size_t i = 0; i < 4; i++)
        bz_machine_log_sigma(m, 0)[i] = (float)log(0.5 + 0.25 * (double)i);
    return finish(m);
}

struct bz_machine *oracle_softmax(void)
{
    static const double c[] = {-.2, .3};
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_SOFTMAX, 6, 2, false},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    put_waves(m, 0, 0.7, 1);
    for (size_t i = 0; i < 2; i++)
        for (size_t a = 0; a < 3; a++)
            bz_machine_bias(m, 0)[3 * i + a] = (float)(0.1 * (double)((i + 1) * a));
    put(bz_machine_bias(m, 1), c, 2);
    return finish(m);
}

struct bz_machine *oracle_counts(bool offsets)
{
    static const double b[] = {.1, -.2, .05}, c[] = {.1, -.3}, mu[] = {.3, .2, .4}, lambda[] = {.4, .7};
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_MULTINOMIAL, 3, 1, offsets},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, offsets}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    put_waves(m, 0, 0.2, 1);
    put(bz_machine_bias(m, 0), b, 3);
    put(bz_machine_bias(m, 1), c, 2);
    if (offsets) {
        put(bz_machine_offset(m, 0), mu, 3);
        put(bz_machine_offset(m, 1), lambda, 2);
    }
    return finish(m);
}

static struct bz_machine *plain_rbm(size_t n_visible, size_t n_hidden)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, n_visible, 1, false},
                                           {"hidden", BZ_HIDDEN, BZ_BERNOULLI, n_hidden, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 1}};
    return make("rbm", layers, 2, couplings, 1);
}

struct bz_machine *oracle_shogun(void)
{
    struct bz_machine *m = plain_rbm(5, 6);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 6; j++)
            bz_machine_weight(m, 0)[i * 6 + j] = (float)(0.01 * (double)(j + 6 * i));
    for (size_t i = 0; i < 5; i++)
        bz_machine_bias(m, 0)[i] = (float)(0.1 * (double)i);
    for (size_t j = 0; j < 6; j++)
        bz_machine_bias(m, 1)[j] = (float)(0.1 * (double)j);
    return finish(m);
}

struct bz_machine *oracle_pydeep(void)
{
    static const double w[] = {.12179488,   2.95950177,   .33513356,  35.05380642,  .20318085,    -28.62372894,
                               26.52611278, 28.41793445,  -.19105386, -28.58530584, -26.52747507, 28.78447320,
                               .08953740,   -59.82556859, -.06665933, -27.71723459};
    static const double b[] = {-19.24399659, -13.26258696, 13.25909850, 43.74408543};
    static const double c[] = {-.11155958, 57.02097584, -.13331758, -32.25991501};
    struct bz_machine *m = plain_rbm(4, 4);
    put(bz_machine_weight(m, 0), w, 16);
    put(bz_machine_bias(m, 0), b, 4);
    put(bz_machine_bias(m, 1), c, 4);
    return finish(m);
}

struct bz_machine *oracle_mlpack(void)
{
    static const double w[] = {-.23224054, -.23000632, -.25701271, -.25122418, -.20716651, -.20962217};
    static const double b[] = {-.6, -.625, -.475}, c[] = {-.59922456, -.60003836};
    struct bz_machine *m = plain_rbm(3, 2);
    put(bz_machine_weight(m, 0), w, 6);
    put(bz_machine_bias(m, 0), b, 3);
    put(bz_machine_bias(m, 1), c, 2);
    return finish(m);
}

/* Arbitrary parameters, all different. */
static void put_anything(struct bz_machine *m, double scale)
{
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++) {
            const double place = (double)i + 2.3 * (double)l;
            bz_machine_bias(m, l)[i] = (float)(0.4 * cos(1.3 * place + 0.2));
            if (m->layers[l].offset)
                bz_machine_offset(m, l)[i] = (float)(0.35 + 0.3 * sin(2.1 * place));
            if (m->layers[l].log_sigma)
                bz_machine_log_sigma(m, l)[i] = (float)(-0.3 + 0.4 * (double)i);
            if (m->layers[l].below) {
                bz_machine_below(m, l)[i] = (float)(0.8 * cos(2.9 * place));
                bz_machine_below(m, l)[m->layers[l].size + i] = (float)(0.3 - 0.5 * (double)i);
            }
        }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t n = m->layers[m->couplings[c].b].size;
        for (size_t k = 0; k < m->couplings[c].n_entries; k++)
            bz_machine_weight(m, c)[k] = (float)(scale * sin(1.3 * (double)k + 0.7 * (double)c + 0.4));
        if (m->couplings[c].index)
            continue;
        put_waves(m, c, 0.7 * (double)c, scale);
        for (size_t i = 0; m->couplings[c].a == m->couplings[c].b && i < n; i++)
            for (size_t j = 0; j <= i; j++) {
                float *w = bz_machine_weight(m, c);
                w[i * n + j] = i == j ? 0 : w[j * n + i];
            }
    }
}

struct bz_machine *oracle_mixed(void)
{
    static const struct bz_layer_spec layers[] = {
        {"dots", BZ_VISIBLE, BZ_BERNOULLI, 3, 1, true}, {"real", BZ_VISIBLE, BZ_GAUSSIAN, 2, 1, true},
        {"kind", BZ_VISIBLE, BZ_SOFTMAX, 4, 2, true},   {"words", BZ_VISIBLE, BZ_MULTINOMIAL, 3, 1, true},
        {"class", BZ_LABEL, BZ_SOFTMAX, 2, 1, true},    {"picture", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true},
        {"text", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true},  {"joint", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true},
    };
    static const struct bz_coupling_spec couplings[] = {{0, 5}, {1, 5}, {2, 6}, {6, 3}, {5, 7}, {7, 6}, {4, 7}};
    struct bz_machine *m = make("multimodal", layers, 8, couplings, 7);
    put_anything(m, 0.8);
    return finish(m);
}

struct bz_machine *oracle_self_coupled(enum bz_unit unit)
{
    const struct bz_layer_spec layers[] = {
        {"visible", BZ_VISIBLE, unit, unit == BZ_SOFTMAX ? 6 : 3, unit == BZ_SOFTMAX ? 2 : 1, true},
        {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 0}};
    struct bz_machine *m = make("bm", layers, 2, couplings, 2);
    put_anything(m, unit == BZ_GAUSSIAN ? 0.3 : 0.7);
    return finish(m);
}

struct bz_machine *oracle_beside_counts(void)
{
    static const struct bz_layer_spec layers[] = {{"dots", BZ_VISIBLE, BZ_BERNOULLI, 3, 1, true},
                                                  {"words", BZ_VISIBLE, BZ_MULTINOMIAL, 3, 1, true},
                                                  {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}, {1, 1}, {0, 0}};
    struct bz_machine *m = make("bm", layers, 3, couplings, 4);
    put_anything(m, 0.6);
    return finish(m);
}

struct bz_machine *oracle_sparse(enum bz_unit visible, enum bz_unit hidden)
{
    const size_t groups = visible == BZ_SOFTMAX ? 2 : 1, size = visible == BZ_SOFTMAX ? 6 : 4;
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, visible, size, groups, true},
                                           {"hidden", BZ_HIDDEN, hidden, 3, 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {0, 0}};
    static const uint32_t across[][2] = {{0, 0}, {0, 2}, {1, 1}, {2, 0}, {3, 1}, {3, 2}};
    static const uint32_t ring[][2] = {{0, 1}, {0, 3}, {1, 2}, {2, 3}}, groups_of[][2] = {{0, 1}, {0, 4}, {1, 3}, {2, 5}};
    const struct bz_pattern patterns[] = {{across, 6}, {visible == BZ_SOFTMAX ? groups_of : ring, 4}};
    struct bz_error err = {0};
    struct bz_machine *m = NULL;
    check(bz_machine_new_sparse(&m, "bm", layers, 2, couplings, 2, patterns, &err), &err);
    put_anything(m, visible == BZ_GAUSSIAN ? 0.25 : 0.8);
    return finish(m);
}

struct bz_machine *oracle_pair(enum bz_unit visible, enum bz_unit hidden)
{
    static const uint32_t groups[] = {0, 1, 0, 3, 3};
    const size_t size = visible == BZ_EXCLUSIVE ? 5 : visible == BZ_SOFTMAX ? 4 : 3;
    const struct bz_layer_spec layers[] = {
        {"visible", BZ_VISIBLE, visible, size, visible == BZ_SOFTMAX ? 2 : 1, true},
        {"hidden", BZ_HIDDEN, hidden, hidden == BZ_SOFTMAX ? 4 : 2, hidden == BZ_SOFTMAX ? 2 : 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    const bool unbounded = visible == BZ_GAUSSIAN && (bz_unit_type(hidden)->has_sigma);
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    struct bz_error err = {0};
    if (visible == BZ_EXCLUSIVE)
        check(bz_machine_exclude(m, 0, groups, &err), &err);
    put_anything(m, unbounded ? 0.3 : 0.9);
    return finish(m);
}

struct bz_machine *oracle_stack(enum bz_unit lower, enum bz_unit upper)
{
    const struct bz_layer_spec layers[] = {
        {"visible", BZ_VISIBLE, BZ_SPIN, 3, 1, true},
        {"hidden1", BZ_HIDDEN, lower, lower == BZ_SOFTMAX ? 4 : 2, lower == BZ_SOFTMAX ? 2 : 1, true},
        {"hidden2", BZ_HIDDEN, upper, upper == BZ_SOFTMAX ? 4 : 2, upper == BZ_SOFTMAX ? 2 : 1, true}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}};
    struct bz_machine *m = make("dbm", layers, 3, couplings, 2);
    put_anything(m, 0.7);
    return finish(m);
}

struct bz_machine *oracle_labelled(bool deep)
{
    static const struct bz_layer_spec flat[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 5, 1, true},
                                                {"hidden", BZ_HIDDEN, BZ_BERNOULLI, 4, 1, true},
                                                {"label", BZ_LABEL, BZ_SOFTMAX, 3, 1, true}};
    static const struct bz_layer_spec stacked[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 5, 1, true},
                                                   {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, 4, 1, true},
                                                   {"hidden2", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, true},
                                                   {"label", BZ_LABEL, BZ_SOFTMAX, 3, 1, true}};
    static const struct bz_coupling_spec flat_couplings[] = {{0, 1}, {1, 2}}, stacked_couplings[] = {{0, 1}, {1, 2}, {3, 2}};
    struct bz_machine *m = deep ? make("dbm", stacked, 4, stacked_couplings, 3) : make("rbm", flat, 3, flat_couplings, 2);
    put_anything(m, 1.2);
    return finish(m);
}

struct bz_machine *oracle_deep(bool offsets)
{
    const struct bz_layer_spec layers[] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, 3, 1, offsets},
                                           {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, 3, 1, offsets},
                                           {"hidden2", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, offsets},
                                           {"hidden3", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, offsets}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 2}, {2, 3}};
    struct bz_machine *m = make("dbm", layers, 4, couplings, 3);
    put_anything(m, 1);
    return finish(m);
}

struct bz_machine *oracle_two_modes(void)
{
    enum { N = 12 };
    const struct bz_layer_spec layers[2] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, N, 1, false},
                                            {"h", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false}};
    static const struct bz_coupling_spec couplings[] = {{0, 1}};
    struct bz_machine *m = make("rbm", layers, 2, couplings, 1);
    for (size_t i = 0; i < N; i++) {
        bz_machine_bias(m, 0)[i] = -4.0f;
        bz_machine_weight(m, 0)[2 * i] = 8.0f;
    }
    bz_machine_bias(m, 1)[0] = -8.0f * N / 2;
    return finish(m);
}

/* --- the table --- */

static const struct {
    struct bz_machine *(*plain)(void);
    struct bz_machine *(*centred)(bool);
    struct bz_machine *(*coupled)(enum bz_unit);
    struct bz_machine *(*joined)(enum bz_unit, enum bz_unit);
    enum bz_unit a, b; /* 1: with offsets */
} machines[] = {
    {.centred = oracle_dbm},
    {.centred = oracle_dbm, .a = 1},
    {.centred = oracle_lateral},
    {.centred = oracle_lateral, .a = 1},
    {.centred = oracle_gaussian},
    {.centred = oracle_gaussian, .a = 1},
    {.plain = oracle_softmax},
    {.centred = oracle_counts},
    {.centred = oracle_counts, .a = 1},
    {.plain = oracle_shogun},
    {.plain = oracle_pydeep},
    {.plain = oracle_mlpack},
    {.centred = oracle_deep, .a = 1},
    {.coupled = oracle_self_coupled, .a = BZ_BERNOULLI},
    {.coupled = oracle_self_coupled, .a = BZ_SOFTMAX},
    {.coupled = oracle_self_coupled, .a = BZ_GAUSSIAN},
    {.coupled = oracle_self_coupled, .a = BZ_MULTINOMIAL},
    {.coupled = oracle_self_coupled, .a = BZ_SPIN},
    {.plain = oracle_mixed},
    {.plain = oracle_beside_counts},
    {.joined = oracle_stack, .a = BZ_SPIN, .b = BZ_RELU},
    {.joined = oracle_stack, .a = BZ_RELU, .b = BZ_SPIN},
    {.joined = oracle_stack, .a = BZ_SOFTMAX, .b = BZ_SPIN},
    {.joined = oracle_stack, .a = BZ_DRELU, .b = BZ_SPIN},
    {.joined = oracle_stack, .a = BZ_BERNOULLI, .b = BZ_GAUSSIAN},
    {.joined = oracle_stack, .a = BZ_SPIN, .b = BZ_DRELU},
    {.joined = oracle_stack, .a = BZ_SOFTMAX, .b = BZ_RELU},
    {.joined = oracle_sparse, .a = BZ_BERNOULLI, .b = BZ_BERNOULLI},
    {.joined = oracle_sparse, .a = BZ_SPIN, .b = BZ_SPIN},
    {.joined = oracle_sparse, .a = BZ_GAUSSIAN, .b = BZ_BERNOULLI},
    {.joined = oracle_sparse, .a = BZ_SOFTMAX, .b = BZ_RELU},
    {.joined = oracle_sparse, .a = BZ_MULTINOMIAL, .b = BZ_SPIN},
    /* Every type on either side of a coupling. */
    {.joined = oracle_pair, .a = BZ_BERNOULLI, .b = BZ_SPIN},
    {.joined = oracle_pair, .a = BZ_BERNOULLI, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_BERNOULLI, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_BERNOULLI, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_BERNOULLI},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_SPIN},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_SPIN, .b = BZ_DRELU},
    {.joined = oracle_pair, .a = BZ_GAUSSIAN, .b = BZ_SPIN},
    {.joined = oracle_pair, .a = BZ_GAUSSIAN, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_GAUSSIAN, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_GAUSSIAN, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_GAUSSIAN, .b = BZ_DRELU},
    {.joined = oracle_pair, .a = BZ_SOFTMAX, .b = BZ_SPIN},
    {.joined = oracle_pair, .a = BZ_SOFTMAX, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_SOFTMAX, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_SOFTMAX, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_EXCLUSIVE, .b = BZ_BERNOULLI},
    {.joined = oracle_pair, .a = BZ_EXCLUSIVE, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_EXCLUSIVE, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_EXCLUSIVE, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_EXCLUSIVE, .b = BZ_DRELU},
    {.joined = oracle_pair, .a = BZ_MULTINOMIAL, .b = BZ_SPIN},
    {.joined = oracle_pair, .a = BZ_MULTINOMIAL, .b = BZ_GAUSSIAN},
    {.joined = oracle_pair, .a = BZ_MULTINOMIAL, .b = BZ_SOFTMAX},
    {.joined = oracle_pair, .a = BZ_MULTINOMIAL, .b = BZ_RELU},
    {.joined = oracle_pair, .a = BZ_MULTINOMIAL, .b = BZ_DRELU},
};

struct bz_machine *oracle_number(size_t i)
{
    if (i < 2)
        return oracle_rbm(i ? 3 : 1, i);
    i -= 2;
    if (i >= sizeof(machines) / sizeof(machines[0]))
        return NULL;
    return machines[i].plain     ? machines[i].plain()
           : machines[i].centred ? machines[i].centred(machines[i].a)
           : machines[i].coupled ? machines[i].coupled(machines[i].a)
                                 : machines[i].joined(machines[i].a, machines[i].b);
}
