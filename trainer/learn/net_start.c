#include "net_start.h"

#include "classify.h"
#include "edges.h"
#include "object.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { MOST_STAGES = 16 };

/* The layers that become stages, bottom up, and the sizes of all stages. */
struct plan {
    size_t path[MOST_STAGES], n_path;
    size_t input[MOST_STAGES], n_inputs;
    size_t sizes[MOST_STAGES + 1], n_stages;
};

/* Next to the visible layer, rather one that a classifier can begin with: groups of rows have a layer of their own. */
static long usual_layer(const struct bz_machine *m)
{
    const long visible = bz_machine_only_visible(m);
    long found = -1;
    for (size_t k = 0; visible >= 0 && k < m->n_links[visible]; k++) {
        const size_t l = m->links[visible][k].layer;
        if (!bz_is_visible(&m->layers[l]) && (found < 0 || m->layers[found].unit != BZ_BERNOULLI))
            found = (long)l;
    }
    return found >= 0 ? found : bz_machine_top_hidden(m);
}

static bool on_path(const struct plan *p, size_t layer)
{
    for (size_t i = 0; i < p->n_path; i++)
        if (p->path[i] == layer)
            return true;
    return false;
}

/* The next hidden layer above the path's end that is not on it; -1 if there is none. */
static long layer_above(const struct bz_machine *m, const struct plan *p)
{
    const size_t top = p->path[p->n_path - 1];
    for (size_t k = 0; k < m->n_links[top]; k++) {
        const size_t l = m->links[top][k].layer;
        if (l > top && !bz_is_visible(&m->layers[l]) && !on_path(p, l))
            return (long)l;
    }
    return -1;
}

bool train_net_starts_random(const struct bz_machine *m)
{
    const long first = usual_layer(m);
    return first >= 0 && m->layers[first].unit != BZ_BERNOULLI;
}

static int make_plan(struct plan *p, const struct bz_machine *m, const struct train_net_shape *shape, struct bz_error *err)
{
    const long first = shape->layer >= 0 ? shape->layer : usual_layer(m);
    if (first < 0)
        return bz_fail(err, BZ_UNSUPPORTED, "the model has no hidden layer to start from");
    const enum bz_unit unit = m->layers[first].unit;
    if (unit != BZ_BERNOULLI && shape->layer >= 0)
        return bz_fail(err, BZ_UNSUPPORTED, "layer '%s': its units are %s; a classifier begins with bernoulli units",
                       m->layers[first].name, bz_unit_name(unit));
    p->path[p->n_path++] = (size_t)first;
    for (long above; (above = layer_above(m, p)) >= 0 && p->n_path + shape->n_more + 2 < MOST_STAGES;) {
        if (m->layers[above].unit != BZ_BERNOULLI || unit != BZ_BERNOULLI)
            break;
        p->path[p->n_path++] = (size_t)above;
    }
    for (size_t k = 0; k < m->n_links[first]; k++) {
        const size_t l = m->links[first][k].layer;
        if (m->layers[l].role == BZ_LABEL || ((shape->random || unit != BZ_BERNOULLI) && !bz_is_visible(&m->layers[l])))
            continue; /* a network without pretraining cannot read what a pretrained machine infers */
        if (p->n_inputs == MOST_STAGES)
            return bz_fail(err, BZ_TOO_LARGE, "layer '%s': it has more than %d neighbours", m->layers[first].name, MOST_STAGES);
        p->input[p->n_inputs++] = l;
        p->sizes[0] += m->layers[l].size;
    }
    if (p->n_inputs == 0)
        return bz_fail(err, BZ_BAD_USAGE, "--random: layer '%s' has no visible neighbour, so its inputs would be the machine's",
                       m->layers[first].name);
    for (size_t i = 0; i < p->n_path; i++)
        p->sizes[++p->n_stages] = m->layers[p->path[i]].size;
    for (size_t i = 0; i < shape->n_more && p->n_stages + 1 < MOST_STAGES; i++)
        p->sizes[++p->n_stages] = shape->more[i];
    p->sizes[++p->n_stages] = shape->classes;
    return 0;
}

/* w[n_a][n_b] of the link from `layer` to its neighbour, rows the neighbour's units. */
static const struct bz_link *find_link(const struct bz_machine *m, size_t layer, size_t neighbour)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (m->links[layer][k].layer == neighbour)
            return &m->links[layer][k];
    return NULL;
}

/* Copies the weights between a stage's inputs and `layer` to w[first ..][size of the layer]. */
static void copy_weights(const struct bz_machine *m, size_t layer, size_t neighbour, float *w)
{
    const struct bz_link *link = find_link(m, layer, neighbour);
    const size_t rows = m->layers[neighbour].size, columns = m->layers[layer].size;
    memset(w, 0, rows * columns * sizeof(*w));
    for (size_t j = 0; j < columns; j++) {
        const struct bz_weights r = bz_link_row(m, layer, link, j);
        for (size_t k = 0; k < r.n; k++)
            w[(r.unit ? r.unit[k] : k) * columns + j] = r.w[k];
    }
}

/* Stage 1: the field of h1. Scaled (gaussian) inputs arrive as (x - b)/s: W(x - o)/s^2 = (W/s) (x - b)/s + W (b - o)/s^2. */
static int first_stage(struct bz_network *net, const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    struct bz_stage *s = &net->stages[0];
    bool scaled = false;
    size_t at = 0;
    for (size_t i = 0; i < net->n_inputs; i++)
        scaled = scaled || bz_unit_type(m->layers[net->input[i]].unit)->scaled;
    if (scaled &&
        (!(net->shift = bz_part(net, s->in, sizeof(float), err)) || !(net->scale = bz_part(net, s->in, sizeof(float), err))))
        return -1;
    memcpy(s->bias, m->layers[layer].bias, s->out * sizeof(float));
    for (size_t n = 0; n < net->n_inputs; n++) {
        const struct bz_layer *l = &m->layers[net->input[n]];
        copy_weights(m, layer, net->input[n], s->weight + at * s->out);
        for (size_t i = 0; i < l->size; i++) {
            float *w = s->weight + (at + i) * s->out;
            const bool own = bz_unit_type(l->unit)->scaled;
            const double sigma = own ? exp((double)l->log_sigma[i]) : 1;
            const double zero = own ? l->bias[i] : 0, offset = l->offset ? (double)l->offset[i] : 0;
            if (scaled) {
                net->shift[at + i] = (float)zero;
                net->scale[at + i] = (float)(1 / sigma);
            }
            for (size_t j = 0; j < s->out; j++) {
                s->bias[j] += (float)(w[j] * (zero - offset) / (sigma * sigma));
                w[j] = (float)(w[j] / sigma);
            }
        }
        at += l->size;
    }
    return 0;
}

/* A stage above: the layer's input from the one below alone. */
static void upper_stage(struct bz_stage *s, const struct bz_machine *m, size_t layer, size_t below)
{
    const float *offset = m->layers[below].offset;
    memcpy(s->bias, m->layers[layer].bias, s->out * sizeof(float));
    copy_weights(m, layer, below, s->weight);
    for (size_t i = 0; offset && i < s->in; i++)
        for (size_t j = 0; j < s->out; j++)
            s->bias[j] -= offset[i] * s->weight[i * s->out + j];
}

/* Normal weights; deviation 0: the one that preserves the variance of sums (Glorot & Bengio 2010). */
static void random_stage(struct bz_stage *s, double deviation, size_t stage, uint64_t seed)
{
    const struct bz_key key = {.seed = seed, .layer = (uint16_t)stage, .purpose = BZ_DRAW_WEIGHT};
    const double scale = deviation > 0 ? deviation : sqrt(2.0 / (double)(s->in + s->out));
    for (size_t i = 0; i < s->in * s->out; i++)
        s->weight[i] = (float)(scale * bz_random_normal(&key, (uint32_t)i));
    memset(s->bias, 0, s->out * sizeof(float));
}

int train_net_start(struct bz_network **out, const struct bz_machine *m, const struct train_net_shape *shape,
                    struct bz_error *err)
{
    const bool random = shape->random || (shape->layer < 0 && train_net_starts_random(m));
    struct plan p = {0};
    struct bz_network *net;
    if (make_plan(&p, m, shape, err) < 0 || bz_network_new(&net, m, p.input, p.n_inputs, p.sizes, p.n_stages, err) < 0)
        return -1;
    net->activation = BZ_LOGISTIC;
    if (first_stage(net, m, p.path[0], err) < 0) {
        bz_network_free(net);
        return -1;
    }
    for (size_t k = 1; k < p.n_path; k++)
        upper_stage(&net->stages[k], m, p.path[k], p.path[k - 1]);
    for (size_t k = 0; k < net->n_stages; k++)
        if (random || k >= p.n_path)
            random_stage(&net->stages[k], !random && k + 1 == net->n_stages ? 0.01 : 0, k, shape->seed);
    *out = net;
    return 0;
}

void train_net_rectify(struct bz_network *net)
{
    net->activation = BZ_RECTIFIED;
    for (size_t k = 0; k < net->n_stages; k++)
        memset(net->stages[k].bias, 0, net->stages[k].out * sizeof(float));
}
