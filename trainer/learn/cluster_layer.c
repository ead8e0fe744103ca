/* A layer with a state for each group. */
#include "clusters_private.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static void copy_layer(struct bz_machine *to, size_t layer, const struct bz_layer *from)
{
    memcpy(bz_machine_bias(to, layer), from->bias, from->size * sizeof(float));
    if (from->offset)
        memcpy(bz_machine_offset(to, layer), from->offset, from->size * sizeof(float));
    bz_machine_copy_widths(to, layer, from);
}

/* Copies the layer's parameters and its metadata from one machine to the next. */
static void move_layer(struct bz_machine *to, size_t layer, struct bz_machine *from, size_t of)
{
    struct bz_layer *a = &to->layers[layer], *b = &from->layers[of];
    copy_layer(to, layer, b);
    memcpy(a->shape, b->shape, sizeof(a->shape));
    a->rank = b->rank;
    a->usual_counts = b->usual_counts;
    a->categories = b->categories;
    a->n_categories = b->n_categories;
    b->categories = NULL;
    b->n_categories = 0;
}

static struct bz_layer_spec spec_of(const struct bz_layer *l)
{
    return (struct bz_layer_spec){
        .name = l->name, .role = l->role, .unit = l->unit, .size = l->size, .groups = l->groups, .has_offset = l->offset};
}

size_t train_clusters_hidden(const struct bz_machine *m)
{
    size_t l = 0;
    while (l < m->n_layers && m->layers[l].role != BZ_HIDDEN)
        l++;
    return l;
}

size_t train_clusters_shifted(size_t l, size_t hidden)
{
    return l + (l >= hidden);
}

size_t train_clusters_coupling(const struct bz_machine *m, size_t a, size_t b)
{
    size_t c = 0;
    while (c < m->n_couplings && (m->couplings[c].a != a || m->couplings[c].b != b))
        c++;
    return c;
}

/* A name that no layer of the machine has: `name`, or `name-2` and so on. */
static void free_name(const struct bz_machine *m, const char *name, char out[BZ_NAME_ROOM])
{
    snprintf(out, BZ_NAME_ROOM, "%s", name);
    for (size_t n = 2, l = 0; l < m->n_layers; l++)
        if (!strcmp(m->layers[l].name, out)) {
            snprintf(out, BZ_NAME_ROOM, "%s-%zu", name, n++);
            l = (size_t)-1; /* from the first one again */
        }
}

/* With a layer `groups`, one softmax group, before the first hidden one, coupled to all visible layers. at[c]: where coupling c
 * is now, with the new one before it if it is of a visible layer and that hidden one. */
static int insert_groups(struct bz_machine **out, const struct bz_machine *old, size_t k, size_t *at, struct bz_error *err)
{
    const size_t hidden = train_clusters_hidden(old);
    char name[BZ_NAME_ROOM];
    struct bz_layer_spec *layers = bz_alloc(old->n_layers + 1, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(old->n_couplings + old->n_layers, sizeof(*couplings), err);
    size_t n = 0;
    int rc = -1;
    if (!layers || !couplings)
        goto out;
    for (size_t l = 0; l < old->n_layers; l++)
        layers[train_clusters_shifted(l, hidden)] = spec_of(&old->layers[l]);
    for (size_t c = 0; c < old->n_couplings; c++) {
        const size_t a = train_clusters_shifted(old->couplings[c].a, hidden), b = old->couplings[c].b;
        if (b == hidden && bz_is_visible(&old->layers[old->couplings[c].a]))
            couplings[n++] = (struct bz_coupling_spec){a, hidden};
        at[c] = n;
        couplings[n++] = (struct bz_coupling_spec){a, train_clusters_shifted(b, hidden)};
    }
    for (size_t l = 0; l < old->n_layers; l++)
        if (bz_is_visible(&old->layers[l]) && train_clusters_coupling(old, l, hidden) == old->n_couplings)
            couplings[n++] = (struct bz_coupling_spec){train_clusters_shifted(l, hidden), hidden};
    free_name(old, "groups", name);
    layers[hidden] = (struct bz_layer_spec){
        .name = name, .role = BZ_HIDDEN, .unit = BZ_SOFTMAX, .size = k, .has_offset = old->layers[hidden].offset};
    rc = bz_machine_new(out, old->kind, layers, old->n_layers + 1, couplings, n, err);
    for (size_t l = 0; rc == 0 && l < old->n_layers; l++)
        if (old->layers[l].exclusion.group &&
            bz_machine_exclude(*out, train_clusters_shifted(l, hidden), old->layers[l].exclusion.group, err) < 0) {
            bz_machine_free(*out);
            rc = -1;
        }
out:
    bz_free_all(layers, couplings);
    return rc;
}

int train_clusters_layer(struct bz_machine **m, size_t k, struct bz_error *err)
{
    struct bz_machine *old = *m, *next;
    const size_t hidden = train_clusters_hidden(old);
    size_t *at = bz_alloc(old->n_couplings, sizeof(*at), err);
    if (!at || insert_groups(&next, old, k, at, err) < 0) {
        bz_free(at);
        return -1;
    }
    for (size_t c = 0; c < old->n_couplings; c++)
        memcpy(bz_machine_weight(next, at[c]), old->couplings[c].weight, bz_coupling_weights(old, c) * sizeof(float));
    for (size_t l = 0; l < old->n_layers; l++)
        move_layer(next, train_clusters_shifted(l, hidden), old, l);
    bz_machine_free(old);
    bz_free(at);
    *m = next;
    return 0;
}

bool train_clusters_has_rbm(const struct bz_machine *m)
{
    const size_t hidden = train_clusters_hidden(m);
    size_t seen = 0;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        if (m->couplings[c].index || (a < hidden && b > hidden))
            return false;
        seen += a < hidden && b == hidden;
    }
    return hidden < m->n_layers && m->layers[hidden].unit == BZ_BERNOULLI && seen == hidden;
}

/* The layers of an RBM: `like`'s visible ones, of which at[] are the places there, those of classes after the hidden one, and
 * their couplings. */
static int draft_layers(struct bz_machine **out, const struct bz_machine *like, const struct bz_layer_spec *hidden, size_t *at,
                        struct bz_error *err)
{
    struct bz_layer_spec *layers = bz_alloc(like->n_layers + 1, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(like->n_layers, sizeof(*couplings), err);
    const size_t of = train_clusters_hidden(like);
    size_t n = 0, n_couplings = 0, own = 0;
    int rc = layers && couplings ? 0 : -1;
    for (size_t pass = 0; rc == 0 && pass < 2; pass++) {
        for (size_t l = 0; l < like->n_layers; l++)
            if (like->layers[l].role == (pass ? BZ_LABEL : BZ_VISIBLE)) {
                at[n] = l;
                layers[n++] = spec_of(&like->layers[l]);
            }
        if (!pass) {
            own = n++;
            at[own] = of;
            layers[own] = *hidden;
        }
    }
    for (size_t l = 0; rc == 0 && l < n; l++)
        if (l < own || (l > own && train_clusters_coupling(like, at[l], of) < like->n_couplings))
            couplings[n_couplings++] = (struct bz_coupling_spec){l, own};
    if (rc == 0)
        rc = bz_machine_new(out, "rbm", layers, n, couplings, n_couplings, err);
    for (size_t l = 0; rc == 0 && l < n; l++) {
        const uint32_t *group = l == own ? NULL : like->layers[at[l]].exclusion.group;
        if (group && bz_machine_exclude(*out, l, group, err) < 0) {
            bz_machine_free(bz_take(out));
            rc = -1;
        }
    }
    bz_free_all(layers, couplings);
    return rc;
}

int train_clusters_draft(struct bz_machine **out, const struct bz_machine *like, struct bz_error *err)
{
    const bool whole = train_clusters_has_rbm(like);
    const size_t hidden = train_clusters_hidden(like);
    char name[BZ_NAME_ROOM];
    free_name(like, "draft", name);
    struct bz_layer_spec spec = {.name = name, .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = TRAIN_CODED_CLUSTERS};
    if (whole)
        spec = spec_of(&like->layers[hidden]);
    size_t *at = bz_alloc(like->n_layers + 1, sizeof(*at), err);
    const int rc = at ? draft_layers(out, like, &spec, at, err) : -1;
    for (size_t l = 0; rc == 0 && l < (*out)->n_layers; l++)
        if (whole || bz_is_visible(&(*out)->layers[l]))
            copy_layer(*out, l, &like->layers[at[l]]);
    for (size_t c = 0; rc == 0 && whole && c < (*out)->n_couplings; c++) {
        const size_t same = train_clusters_coupling(like, at[(*out)->couplings[c].a], hidden);
        memcpy(bz_machine_weight(*out, c), like->couplings[same].weight, bz_coupling_weights(like, same) * sizeof(float));
    }
    bz_free(at);
    return rc;
}
