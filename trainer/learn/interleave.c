#include "interleave.h"

#include "mem.h"
#include "parameters.h"
#include "pretrain_layer.h"
#include "spread.h"

#include <string.h>

/* Layers of a machine are in order from the bottom up. given[n_layers] */
static void choose_given(const struct bz_machine *m, bool *given)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        given[l] = false;
        for (size_t k = 0; m->layers[l].role == BZ_HIDDEN && k < m->n_links[l]; k++) {
            const size_t other = m->links[l][k].layer;
            given[l] = given[l] || (other < l && m->layers[other].role == BZ_HIDDEN && !given[other]);
        }
    }
}

bool train_may_interleave(const struct bz_machine *m)
{
    bool given[BZ_MAX_LAYERS];
    choose_given(m, given);
    for (size_t l = 0; l < m->n_layers; l++)
        if (given[l] && m->layers[l].near_counts)
            return false;
    return true;
}

struct interleaving {
    const struct train_pretrain *p;
    bool given[BZ_MAX_LAYERS];
    struct train_part *features;        /* [n_layers] of given layers */
    struct train_data data;             /* parts are borrowed copies */
    struct bz_machine *start, *trained; /* the whole, given layers visible */
    struct train_feed feed;
};

/* --- features --- */

static void see(const struct interleaving *t, struct train_layer *r, size_t layer)
{
    if (t->given[layer])
        train_layer_sees_features(r, &t->features[layer]);
    else
        train_layer_sees(r, t->p, layer);
}

/* The RBM of a given layer sees what the hidden layers below it see, and its other neighbours. */
static int start_features(const struct interleaving *t, struct train_layer *r, struct bz_error *err)
{
    const struct bz_machine *m = t->p->machine;
    for (size_t k = 0; k < m->n_links[r->layer]; k++) {
        const size_t other = m->links[r->layer][k].layer;
        const bool skipped = m->layers[other].role == BZ_HIDDEN && !t->given[other];
        if (!skipped && (other < r->layer || bz_is_visible(&m->layers[other])))
            see(t, r, other);
        for (size_t j = 0; skipped && other < r->layer && j < m->n_links[other]; j++) {
            const size_t source = m->links[other][j].layer;
            if (source < other || bz_is_visible(&m->layers[source]))
                see(t, r, source);
        }
    }
    return train_layer_start(r, t->p, err);
}

static int make_features(struct interleaving *t, size_t layer, uint64_t number, struct bz_error *err)
{
    struct train_layer r;
    int rc = -1;
    if (train_layer_new(&r, t->p, layer, err) == 0 && start_features(t, &r, err) == 0 &&
        train_layer_train(&r, t->p, number, err) == 0)
        rc = train_layer_features(&r, t->p, &t->features[layer], err);
    train_layer_free(&r);
    return rc;
}

/* --- the whole --- */

static int start_whole(struct interleaving *t, struct bz_error *err)
{
    const struct train_data *data = t->p->data;
    const struct train_stage *s = t->p->stage;
    const struct train_first_rows first = {s->rows, s->n_rows, s->rule.centred};
    t->data = *data;
    if (train_machine_copy(&t->start, t->p->machine, NULL, err) < 0 ||
        !(t->data.parts = bz_alloc(data->n_parts + t->start->n_layers, sizeof(*t->data.parts), err)))
        return -1;
    memcpy(t->data.parts, data->parts, data->n_parts * sizeof(*data->parts));
    for (size_t l = 0; l < t->start->n_layers; l++) {
        if (!t->given[l])
            continue;
        t->start->layers[l].role = BZ_VISIBLE;
        t->data.parts[t->data.n_parts++] = t->features[l];
        if (train_start_part(t->start, l, &t->features[l], &first, err) < 0)
            return -1;
    }
    return bz_machine_prepare(t->start, err) < 0 || (s->spread && train_spread_machine(t->start, s->ranks, err) < 0) ||
                   train_feed_open(&t->feed, t->start, &t->data, t->p->binarize, t->p->stage->seed, err) < 0
               ? -1
               : 0;
}

/* The result, as a machine whose given layers are hidden again. */
static int take(const struct interleaving *t, struct bz_machine **out, struct bz_error *err)
{
    if (train_machine_copy(out, t->trained, NULL, err) < 0)
        return -1;
    for (size_t l = 0; l < (*out)->n_layers; l++)
        (*out)->layers[l].role = t->p->machine->layers[l].role;
    if (bz_machine_prepare(*out, err) < 0) {
        bz_machine_free(*out);
        return -1;
    }
    return 0;
}

int train_interleave(const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages, struct bz_error *err)
{
    struct interleaving t = {.p = p};
    uint64_t number = 0;
    int rc = -1;
    *stages = 0;
    if (!(t.features = bz_alloc(p->machine->n_layers, sizeof(*t.features), err)))
        return -1;
    choose_given(p->machine, t.given);
    for (size_t l = 0; l < p->machine->n_layers; l++)
        if (t.given[l] && make_features(&t, l, number++, err) < 0)
            goto out;
    if (start_whole(&t, err) == 0 &&
        train_pretrain_stage(p, number++, "pretraining, upper layers given", t.start, &t.feed, NULL, &t.trained, err) == 0)
        rc = take(&t, out, err);
out:
    *stages = number;
    for (size_t l = 0; l < p->machine->n_layers; l++)
        bz_free(t.features[l].u8);
    bz_free(t.features);
    bz_free(t.data.parts);
    bz_machine_free(t.start);
    bz_machine_free(t.trained);
    train_feed_close(&t.feed);
    return rc;
}
