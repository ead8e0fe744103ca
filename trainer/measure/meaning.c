#include "meaning.h"

#include "edges.h"
#include "infer.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void train_unit_name(const struct bz_machine *m, size_t layer, size_t unit, char *name, size_t room)
{
    const struct bz_layer *l = &m->layers[layer];
    const size_t k = bz_unit_type(l->unit)->grouped ? l->size / l->groups : l->size;
    const char *own = l->n_categories == l->size ? l->categories[unit] : l->n_categories == k ? l->categories[unit % k] : NULL;
    if (k < l->size && own)
        snprintf(name, room, "%zu=%s", unit / k, own);
    else if (own && bz_unit_type(l->unit)->grouped)
        snprintf(name, room, "%s=%s", l->name, own);
    else if (own)
        snprintf(name, room, "%s", own);
    else if (l->rank == 2)
        snprintf(name, room, "%zu,%zu", unit / l->shape[1], unit % l->shape[1]);
    else
        snprintf(name, room, "%zu", unit);
}

/* --- what a hidden unit does --- */

/* A layer's typical values: its offset, which training keeps at the means, or its means without neighbours. */
static void typical(const struct bz_layer *l, float *x)
{
    if (l->offset)
        memcpy(x, l->offset, l->size * sizeof(float));
    else
        bz_unit_type(l->unit)->base_mean(l, 1, x);
}

/* The field of a visible layer with all others at their typical values; of a multinomial one per word. x: scratch [widest]. */
static void typical_field(const struct bz_machine *m, size_t layer, float *x, float *field)
{
    const struct bz_layer *l = &m->layers[layer];
    memcpy(field, l->bias, l->size * sizeof(float));
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_layer *other = &m->layers[link->layer];
        if (other->offset)
            continue; /* is at its typical value */
        typical(other, x);
        for (size_t j = 0; other->couple && j < other->size; j++)
            x[j] *= other->couple[j];
        for (size_t i = 0; i < l->size; i++)
            field[i] += (float)bz_weights_dot(bz_link_row(m, layer, link, i), x);
    }
}

/* A unit's value when off, or on. */
static float value(const struct bz_layer *l, bool on)
{
    return on ? 1 : bz_unit_type(l->unit)->binary ? bz_unit_type(l->unit)->least : 0;
}

static double score(const struct bz_layer *l, size_t i, double off, double on)
{
    const double tiny = 1e-12;
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    if (!type->discrete)
        return (on - off) / (l->sigma ? (double)l->sigma[i] : 1);
    double p = on, q = off;
    if (type->least < 0) {
        p = (1 + on) / 2;
        q = (1 + off) / 2;
    }
    double nats = p * bz_log((p + tiny) / (q + tiny));
    if (type->binary)
        nats += (1 - p) * bz_log((1 - p + tiny) / (1 - q + tiny));
    return p >= q ? fabs(nats) : -fabs(nats);
}

static int by_score(const void *a, const void *b)
{
    const struct train_driver *x = a, *y = b;
    const double p = fabs(x->score), q = fabs(y->score);
    if (p != q)
        return p < q ? 1 : -1;
    return x->layer != y->layer ? (x->layer > y->layer ? 1 : -1) : (x->unit > y->unit) - (x->unit < y->unit);
}

/* Drivers of one link, of all its visible units. */
static void compare(const struct bz_machine *m, const struct bz_link *link, size_t layer, size_t unit, float *scratch,
                    size_t room, struct train_driver *out)
{
    const struct bz_layer *hidden = &m->layers[layer], *l = &m->layers[link->layer];
    float *x = scratch, *field = x + room, *off = field + room, *on = off + room, *rest = on + room;
    typical(hidden, rest);
    typical_field(m, link->layer, x, field);
    for (int state = 0; state < 2; state++) {
        float *mean = state ? on : off;
        memcpy(mean, field, l->size * sizeof(float));
        const float moved = (value(hidden, state) - rest[unit]) * (hidden->couple ? hidden->couple[unit] : 1);
        for (size_t k = 0; k < m->n_links[link->layer]; k++) {
            const struct bz_link *back = &m->links[link->layer][k];
            if (back->coupling != link->coupling)
                continue;
            for (size_t i = 0; i < l->size; i++)
                mean[i] += moved * bz_weights_at(bz_link_row(m, link->layer, back, i), unit);
        }
        bz_unit_type(l->unit)->mean(l, mean, 1, 1, mean);
    }
    for (size_t i = 0; i < l->size; i++)
        out[i] = (struct train_driver){.layer = link->layer,
                                       .unit = i,
                                       .off = (double)off[i],
                                       .on = (double)on[i],
                                       .score = score(l, i, (double)off[i], (double)on[i])};
}

int train_drivers(const struct bz_machine *m, size_t layer, size_t unit, size_t top, bool rising, struct train_driver **out,
                  size_t *n, struct bz_error *err)
{
    const size_t room = bz_machine_widest(m);
    size_t all = 0, kept = 0;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        all += bz_is_visible(&m->layers[m->links[layer][k].layer]) ? m->layers[m->links[layer][k].layer].size : 0;
    struct train_driver *list = bz_alloc(all ? all : 1, sizeof(*list), err);
    float *scratch = bz_alloc(5 * room, sizeof(float), err);
    if (!list || !scratch) {
        bz_free(list);
        bz_free(scratch);
        return -1;
    }
    all = 0;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        if (!bz_is_visible(&m->layers[link->layer]))
            continue;
        compare(m, link, layer, unit, scratch, room, list + all);
        all += m->layers[link->layer].size;
    }
    bz_free(scratch);
    for (size_t i = 0; i < all; i++)
        if (list[i].score != 0 && (!rising || list[i].score > 0))
            list[kept++] = list[i];
    qsort(list, kept, sizeof(*list), by_score);
    *out = list;
    *n = kept < top ? kept : top;
    return 0;
}

/* --- the rows that a unit responds to --- */

struct firing {
    size_t layer;
    float *mean; /* [rows][size] */
};

static int infer_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    (void)err;
    struct firing *f = arg;
    const size_t size = t->c->s->m->layers[f->layer].size;
    bz_mean_field(t->c->s, 0, t->n, false, NULL, t->w);
    memcpy(f->mean + t->first * size, t->c->s->x[f->layer], t->n * size * sizeof(float));
    return 0;
}

int train_firing_rows(struct train_rows *rows, size_t layer, size_t top, size_t **row, double **mean, struct bz_error *err)
{
    const size_t size = rows->model->machine->layers[layer].size, n = rows->data->rows;
    struct firing f = {.layer = layer};
    size_t cells;
    *row = NULL;
    *mean = NULL;
    if (bz_mul(&cells, n, size) < 0 || !(f.mean = bz_alloc_lazy(cells, sizeof(float), err)))
        return -1;
    if (!(*row = bz_alloc(size * top, sizeof(**row), err)) || !(*mean = bz_alloc(size * top, sizeof(**mean), err)) ||
        train_rows_each(rows, infer_tile, &f, err) < 0) {
        bz_free_lazy(f.mean);
        bz_drop(row);
        bz_drop(mean);
        return -1;
    }
    for (size_t j = 0; j < size; j++) {
        size_t *r = *row + j * top, found = 0;
        double *p = *mean + j * top;
        for (size_t i = 0; i < n; i++) { /* insertion: `top` is small; of equal means the earlier row goes first */
            const double x = (double)f.mean[i * size + j];
            size_t at = found < top ? found++ : top;
            if (at == top && !(x > p[--at]))
                continue;
            for (; at > 0 && p[at - 1] < x; at--) {
                p[at] = p[at - 1];
                r[at] = r[at - 1];
            }
            p[at] = x;
            r[at] = i;
        }
        for (; found < top; found++)
            r[found] = SIZE_MAX;
    }
    bz_free_lazy(f.mean);
    return 0;
}
