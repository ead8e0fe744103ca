#include "network.h"

#include "infer.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"

#include <string.h>

struct bz_network_work {
    float *a, *b; /* [BZ_TILE][widest stage] */
};

static const char *const activation_names[BZ_N_ACTIVATIONS] = {"logistic", "rectified"};

const char *bz_activation_name(enum bz_activation a)
{
    return activation_names[a];
}

int bz_activation_from_name(const char *name)
{
    for (int a = 0; a < BZ_N_ACTIVATIONS; a++)
        if (strcmp(name, activation_names[a]) == 0)
            return a;
    return -1;
}

void bz_activate(enum bz_activation a, float *y, size_t n)
{
    if (a == BZ_LOGISTIC) {
        bz_cpu()->sigmoid(y, y, 1, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] < 0 ? 0 : y[i]; /* NaN stays NaN */
}

int bz_network_new(struct bz_network **out, const struct bz_machine *m, const size_t *input, size_t n_inputs,
                   const size_t *sizes, size_t n_stages, struct bz_error *err)
{
    size_t width = 0;
    for (size_t i = 0; i < n_inputs; i++)
        width += m->layers[input[i]].size;
    if (n_stages == 0 || width != sizes[0])
        return bz_fail(err, BZ_BAD_INPUT, "classifier: its inputs have %zu units, its first weights %zu rows", width,
                       n_stages ? sizes[0] : 0);
    struct bz_network *net = bz_object_new(sizeof(*net), NULL, err);
    if (!net)
        return -1;
    net->temperature = 1;
    net->n_inputs = n_inputs;
    if (!(net->input = bz_part(net, n_inputs, sizeof(*input), err)) ||
        !(net->stages = bz_part(net, n_stages, sizeof(*net->stages), err)))
        return bz_object_give(out, net, -1);
    memcpy(net->input, input, n_inputs * sizeof(*input));
    net->n_stages = n_stages;
    for (size_t k = 0; k < n_stages; k++) {
        struct bz_stage *s = &net->stages[k];
        size_t count;
        *s = (struct bz_stage){.in = sizes[k], .out = sizes[k + 1]};
        if (s->in == 0 || s->out == 0 || bz_mul(&count, s->in, s->out) < 0 || count > BZ_MAX_WEIGHTS) {
            bz_fail(err, BZ_TOO_LARGE, "classifier: a stage of %zu x %zu weights", s->in, s->out);
            return bz_object_give(out, net, -1);
        }
        if (!(s->weight = bz_part(net, count, sizeof(float), err)) || !(s->bias = bz_part(net, s->out, sizeof(float), err)))
            return bz_object_give(out, net, -1);
    }
    return bz_object_give(out, net, 0);
}

void bz_network_free(struct bz_network *net)
{
    bz_object_free(net);
}

size_t bz_network_class_count(const struct bz_network *net)
{
    return net->stages[net->n_stages - 1].out;
}

bool bz_network_reads_hidden(const struct bz_network *net, const struct bz_machine *m)
{
    for (size_t i = 0; i < net->n_inputs; i++)
        if (!bz_is_visible(&m->layers[net->input[i]]))
            return true;
    return false;
}

void bz_network_gather(const struct bz_network *net, const struct bz_state *s, size_t first, size_t n, float *out)
{
    const size_t width = net->stages[0].in;
    size_t at = 0;
    for (size_t i = 0; i < net->n_inputs; i++) {
        const size_t size = s->m->layers[net->input[i]].size;
        for (size_t r = 0; r < n; r++)
            memcpy(out + r * width + at, s->x[net->input[i]] + (first + r) * size, size * sizeof(float));
        at += size;
    }
    for (size_t r = 0; net->shift && r < n; r++)
        for (size_t i = 0; i < width; i++)
            out[r * width + i] = (out[r * width + i] - net->shift[i]) * net->scale[i];
}

int bz_network_work_new(struct bz_network_work **out, const struct bz_network *net, struct bz_error *err)
{
    size_t widest = net->stages[0].in;
    for (size_t k = 0; k < net->n_stages; k++)
        if (net->stages[k].out > widest)
            widest = net->stages[k].out;
    struct bz_network_work *w = bz_object_new(sizeof(*w), NULL, err);
    if (!w)
        return -1;
    w->a = bz_part(w, BZ_TILE * widest, sizeof(float), err);
    w->b = w->a ? bz_part(w, BZ_TILE * widest, sizeof(float), err) : NULL;
    return bz_object_give(out, w, w->b ? 0 : -1);
}

void bz_network_work_free(struct bz_network_work *w)
{
    bz_object_free(w);
}

/* Whether a visible unit that the network reads is unknown in some row. */
static bool some_unknown(const struct bz_network *net, const struct bz_state *s, size_t first, size_t n)
{
    for (size_t i = 0; i < net->n_inputs; i++) {
        const struct bz_layer *l = &s->m->layers[net->input[i]];
        const uint8_t *known = s->known[net->input[i]];
        if (bz_is_visible(l) && known && memchr(known + first * l->size, 0, n * l->size))
            return true;
    }
    return false;
}

static void softmax(const float *logit, double temperature, size_t n, double *p)
{
    for (size_t c = 0; c < n; c++)
        p[c] = logit[c] / temperature;
    bz_softmax(p, n);
}

static void classify_tile(const struct bz_network *net, struct bz_state *s, size_t first, size_t n, double *p,
                          struct bz_network_work *nw, struct bz_work *w)
{
    if (bz_network_reads_hidden(net, s->m) || some_unknown(net, s, first, n))
        bz_mean_field(s, first, n, false, NULL, w);
    float *in = nw->a, *out = nw->b;
    bz_network_gather(net, s, first, n, in);
    for (size_t k = 0; k < net->n_stages; k++) {
        const struct bz_stage *stage = &net->stages[k];
        bz_cpu()->dense_sum(out, stage->out, stage->bias, 0, in, stage->in, stage->weight, stage->out, n, stage->in,
                            stage->out);
        if (k + 1 < net->n_stages)
            bz_activate(net->activation, out, n * stage->out);
        float *swap = in;
        in = out;
        out = swap;
    }
    const size_t classes = bz_network_class_count(net);
    for (size_t r = 0; r < n; r++)
        softmax(in + r * classes, net->temperature, classes, p + r * classes);
}

void bz_network_classify(const struct bz_network *net, struct bz_state *s, size_t first, size_t n, double *p,
                         struct bz_network_work *nw, struct bz_work *w)
{
    for (size_t r = 0; r < n; r += BZ_TILE)
        classify_tile(net, s, first + r, n - r < BZ_TILE ? n - r : BZ_TILE, p + r * bz_network_class_count(net), nw, w);
}
