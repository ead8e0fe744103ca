#include "net_inputs.h"

#include "object.h"
#include "rng.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static struct train_net_inputs *make(size_t width, size_t n, struct bz_error *err)
{
    struct train_net_inputs *in = bz_object_new(sizeof(*in), NULL, err);
    if (in && (in->layer = bz_part(in, n, sizeof(*in->layer), err)) && (in->mean = bz_part(in, width, sizeof(double), err)) &&
        (in->unit = bz_part(in, width, sizeof(double), err)) && (in->varies = bz_part(in, width, sizeof(double), err)) &&
        (in->shift = bz_part(in, width, sizeof(float), err)) && (in->by = bz_part(in, width, sizeof(float), err))) {
        in->width = width;
        in->n = n;
        return in;
    }
    bz_object_free(in);
    return NULL;
}

/* mean and, for now, the variance in varies. */
static void measure_units(struct train_net_inputs *in, const struct train_finetune_data *data)
{
    for (size_t r = 0; r < data->rows; r++)
        for (size_t i = 0; i < in->width; i++)
            in->mean[i] += (double)data->input[r * in->width + i] / (double)data->rows;
    for (size_t r = 0; r < data->rows; r++)
        for (size_t i = 0; i < in->width; i++) {
            const double d = (double)data->input[r * in->width + i] - in->mean[i];
            in->varies[i] += d * d / (double)data->rows;
        }
}

static void measure_layer(struct train_net_inputs *in, struct train_net_layer *l, bool bernoulli, const struct bz_network *net)
{
    double sum = 0, vary = 0, allowed = 0;
    for (size_t i = l->at; i < l->at + l->size; i++) {
        sum += in->varies[i];
        vary += in->varies[i] > 0;
        allowed += in->mean[i] * (1 - in->mean[i]);
        in->unit[i] = net->scale ? 1 / (double)net->scale[i] : 1;
        in->varies[i] = sqrt(in->varies[i]) * in->unit[i];
    }
    l->varies = sum > 0 ? sqrt(sum / vary) : 1;
    l->contrast = bernoulli && allowed > 0 ? sum / allowed : 1;
}

int train_net_inputs_measure(struct train_net_inputs **out, const struct bz_network *net, const struct bz_machine *m,
                             const struct train_finetune_data *data, struct bz_error *err)
{
    struct train_net_inputs *in = *out = make(data->width, net->n_inputs, err);
    if (!in)
        return -1;
    measure_units(in, data);
    for (size_t k = 0, at = 0; k < in->n; at += in->layer[k++].size) {
        const struct bz_layer *l = &m->layers[net->input[k]];
        in->layer[k] = (struct train_net_layer){
            .at = at, .size = l->size, .visible = bz_is_visible(l), .own = bz_unit_type(l->unit)->scaled};
        measure_layer(in, &in->layer[k], l->unit == BZ_BERNOULLI, net);
    }
    for (size_t i = 0; i < in->width; i++)
        in->by[i] = 1;
    return 0;
}

int train_net_inputs_copy(struct train_net_inputs **out, const struct train_net_inputs *in, struct bz_error *err)
{
    struct train_net_inputs *copy = *out = make(in->width, in->n, err);
    if (!copy)
        return -1;
    memcpy(copy->layer, in->layer, in->n * sizeof(*in->layer));
    memcpy(copy->mean, in->mean, in->width * sizeof(*in->mean));
    memcpy(copy->unit, in->unit, in->width * sizeof(*in->unit));
    memcpy(copy->varies, in->varies, in->width * sizeof(*in->varies));
    memcpy(copy->shift, in->shift, in->width * sizeof(*in->shift));
    memcpy(copy->by, in->by, in->width * sizeof(*in->by));
    return 0;
}

void train_net_inputs_free(struct train_net_inputs *in)
{
    bz_object_free(in);
}

/* w (x - mean) by / by + w mean. */
static void absorb(struct bz_stage *s, size_t unit, double mean, double by)
{
    float *w = s->weight + unit * s->out;
    for (size_t j = 0; j < s->out; j++) {
        s->bias[j] += (float)((double)w[j] * mean);
        w[j] = (float)((double)w[j] / by);
    }
}

void train_net_inputs_scale(struct train_net_inputs *in, size_t layer, struct bz_network *net)
{
    struct train_net_layer *l = &in->layer[layer];
    double sum = 0, vary = 0;
    for (size_t i = l->at; i < l->at + l->size; i++) {
        sum += in->varies[i] * in->varies[i];
        vary += in->varies[i] > 0;
    }
    if (l->scaled || !(sum > 0) || !isfinite(sum))
        return;
    l->scaled = true;
    l->varies = 1;
    for (size_t i = l->at; i < l->at + l->size; i++) {
        const double by = in->unit[i] / sqrt(sum / vary);
        in->shift[i] = (float)in->mean[i];
        in->by[i] = (float)by;
        if (net)
            absorb(&net->stages[0], i, in->mean[i], by);
    }
}

int train_net_inputs_keep(const struct train_net_inputs *in, struct bz_network *net, struct bz_error *err)
{
    bool any = false;
    for (size_t k = 0; k < in->n; k++)
        any = any || in->layer[k].scaled;
    if (!any)
        return 0;
    if (!net->shift && (!(net->shift = bz_part(net, in->width, sizeof(float), err)) ||
                        !(net->scale = bz_part(net, in->width, sizeof(float), err))))
        return -1;
    for (size_t i = 0; i < in->width; i++) {
        net->shift[i] += (float)((double)in->shift[i] * in->unit[i]);
        net->scale[i] = (float)((double)in->by[i] / in->unit[i]);
    }
    return 0;
}

/* --- width --- */

int train_net_widen(struct bz_network *net, const struct train_net_inputs *in, size_t units, uint64_t seed,
                    struct bz_error *err)
{
    const double sums = 2, upper = 0.01; /* deviations: of the sums; of the weights of the next stage, as they start */
    struct bz_stage *s = &net->stages[0], *next = &net->stages[1];
    const size_t old = s->out;
    float *w, *b, *v;
    if (net->n_stages < 2 || units <= old)
        return 0;
    if (!(w = bz_part(net, s->in * units, sizeof(float), err)) || !(b = bz_part(net, units, sizeof(float), err)) ||
        !(v = bz_part(net, units * next->out, sizeof(float), err)))
        return -1;
    struct bz_key key = {.seed = seed, .layer = (uint16_t)net->n_stages, .purpose = BZ_DRAW_WEIGHT}; /* of no stage */
    memcpy(b, s->bias, old * sizeof(*b));
    for (size_t k = 0; k < in->n; k++)
        for (size_t i = in->layer[k].at; i < in->layer[k].at + in->layer[k].size; i++) {
            const double deviation = sums / sqrt((double)s->in) / in->layer[k].varies;
            memcpy(w + i * units, s->weight + i * old, old * sizeof(*w));
            for (size_t j = old; j < units; j++) {
                const double x = deviation * bz_random_normal(&key, (uint32_t)(i * units + j));
                w[i * units + j] = (float)x;
                b[j] -= in->layer[k].scaled ? 0 : (float)(x * in->mean[i]);
            }
        }
    key.layer++;
    memcpy(v, next->weight, old * next->out * sizeof(*v));
    for (size_t i = old * next->out; i < units * next->out; i++)
        v[i] = (float)(upper * bz_random_normal(&key, (uint32_t)i));
    s->weight = w;
    s->bias = b;
    s->out = next->in = units;
    next->weight = v;
    return 0;
}
