/* A layer with a state for each group. */
#include "clusters_private.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

/* Copies the layer's parameters and its metadata from one machine to the next. */
static void move_layer(struct bz_machine *to, size_t layer, struct bz_machine *from, size_t of)
{
    struct bz_layer *a = &to->layers[layer], *b = &from->layers[of];
    memcpy(bz_machine_bias(to, layer), b->bias, b->size * sizeof(float));
    if (b->offset)
        memcpy(bz_machine_offset(to, layer), b->offset, b->size * sizeof(float));
    bz_machine_copy_widths(to, layer, b);
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

/* With a layer `groups`, one softmax group, before the hidden one, coupled as that is: couplings 2c and 2c + 1 in place of c.
 */
static int insert_groups(struct bz_machine **out, const struct bz_machine *old, size_t k, struct bz_error *err)
{
    const size_t hidden = train_clusters_hidden(old);
    char name[BZ_NAME_ROOM];
    struct bz_layer_spec *layers = bz_alloc(old->n_layers + 1, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(2 * old->n_couplings, sizeof(*couplings), err);
    int rc = -1;
    if (!layers || !couplings)
        goto out;
    for (size_t l = 0; l < old->n_layers; l++)
        layers[train_clusters_shifted(l, hidden)] = spec_of(&old->layers[l]);
    for (size_t c = 0; c < old->n_couplings; c++) {
        const size_t a = train_clusters_shifted(old->couplings[c].a, hidden);
        couplings[2 * c] = (struct bz_coupling_spec){a, hidden};
        couplings[2 * c + 1] = (struct bz_coupling_spec){a, train_clusters_shifted(old->couplings[c].b, hidden)};
    }
    free_name(old, "groups", name);
    layers[hidden] = (struct bz_layer_spec){
        .name = name, .role = BZ_HIDDEN, .unit = BZ_SOFTMAX, .size = k, .has_offset = old->layers[hidden].offset};
    rc = bz_machine_new(out, old->kind, layers, old->n_layers + 1, couplings, 2 * old->n_couplings, err);
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
    if (insert_groups(&next, old, k, err) < 0)
        return -1;
    for (size_t c = 0; c < old->n_couplings; c++)
        memcpy(bz_machine_weight(next, 2 * c + 1), old->couplings[c].weight, bz_coupling_weights(old, c) * sizeof(float));
    for (size_t l = 0; l < old->n_layers; l++)
        move_layer(next, train_clusters_shifted(l, hidden), old, l);
    bz_machine_free(old);
    *m = next;
    return 0;
}

int train_clusters_draft(struct bz_machine **out, const struct bz_machine *like, struct bz_error *err)
{
    struct bz_layer_spec *layers = bz_alloc(like->n_layers + 1, sizeof(*layers), err);
    struct bz_coupling_spec *couplings = bz_alloc(like->n_layers, sizeof(*couplings), err);
    char name[BZ_NAME_ROOM];
    size_t n = 0;
    int rc = -1;
    if (!layers || !couplings)
        goto out;
    free_name(like, "draft", name);
    for (size_t l = 0; l < like->n_layers; l++)
        if (bz_is_visible(&like->layers[l]))
            layers[n++] = spec_of(&like->layers[l]);
    for (size_t l = 0; l < n; l++)
        couplings[l] = (struct bz_coupling_spec){l, n};
    layers[n] = (struct bz_layer_spec){.name = name, .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = TRAIN_CODED_CLUSTERS};
    rc = bz_machine_new(out, "rbm", layers, n + 1, couplings, n, err);
    n = 0;
    for (size_t l = 0; rc == 0 && l < like->n_layers; l++) {
        const uint32_t *group = like->layers[l].exclusion.group;
        if (bz_is_visible(&like->layers[l]) && group && bz_machine_exclude(*out, n, group, err) < 0) {
            bz_machine_free(*out);
            rc = -1;
        }
        n += bz_is_visible(&like->layers[l]);
    }
out:
    bz_free_all(layers, couplings);
    return rc;
}
