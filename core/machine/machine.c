#include "machine.h"

#include "check.h"
#include "colouring.h"
#include "edges.h"
#include "fixed.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { FLOATS_PER_LINE = 16 }; /* parameters start on cache lines */

static const char *const role_names[] = {"visible", "hidden", "label"};
enum { N_ROLES = sizeof(role_names) / sizeof(role_names[0]) };

const char *bz_role_name(enum bz_role role)
{
    return (unsigned)role < N_ROLES ? role_names[role] : "unknown";
}

int bz_role_from_name(const char *name)
{
    for (int i = 0; i < N_ROLES; i++)
        if (strcmp(role_names[i], name) == 0)
            return i;
    return -1;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool bz_name_is_valid(const char *name)
{
    if (!is_alphanumeric(name[0]) || strcmp(name, "mask") == 0 || strcmp(name, "classifier") == 0)
        return false;
    size_t n = 0;
    for (; name[n] && n < BZ_NAME_ROOM; n++)
        if (!is_alphanumeric(name[n]) && name[n] != '_' && name[n] != '-')
            return false;
    return n < BZ_NAME_ROOM;
}

/* --- checks of the structure --- */

static int check_layer(const struct bz_layer_spec *layers, size_t l, struct bz_error *err)
{
    const struct bz_layer_spec *s = &layers[l];
    const size_t groups = s->groups ? s->groups : 1;

    if (!bz_name_is_valid(s->name))
        return bz_fail(err, BZ_BAD_MODEL,
                       "layer %zu: name \"%.80s\", expected a letter or digit and then at most 63 letters, digits, '-' or '_' "
                       "(\"mask\" and \"classifier\" are reserved)",
                       l, s->name);
    if ((unsigned)s->role >= N_ROLES || (unsigned)s->unit >= BZ_N_UNITS)
        return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": role %d and unit %d, expected known ones", s->name, (int)s->role,
                       (int)s->unit);
    if (s->size == 0 || s->size > BZ_MAX_UNITS)
        return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": size %zu, expected 1..%zu", s->name, s->size, BZ_MAX_UNITS);
    const struct bz_unit_type *type = bz_unit_type(s->unit);
    if (!type->grouped && groups != 1)
        return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": %zu groups of %s units, expected 1 (only softmax units form groups)",
                       s->name, groups, type->name);
    if (s->size % groups != 0)
        return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": %zu units in %zu groups, expected groups of equal size", s->name,
                       s->size, groups);
    char names[128];
    bz_unit_names(names, sizeof(names), s->role != BZ_HIDDEN, false);
    if (s->role == BZ_HIDDEN ? !type->hidden : !type->visible)
        return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\": expected %s units in a %s layer, found %s", s->name, names,
                       bz_role_name(s->role), type->name);
    for (size_t k = 0; k < l; k++)
        if (strcmp(layers[k].name, s->name) == 0)
            return bz_fail(err, BZ_BAD_MODEL, "layers %zu and %zu: both named \"%s\", expected different names", k, l, s->name);
    return 0;
}

/* Rectified units: the energy of two coupled ones is unbounded. */
static bool is_unbounded(enum bz_unit unit)
{
    return !bz_unit_type(unit)->scan && isinf(bz_unit_type(unit)->most);
}

static int check_coupling(const struct bz_layer_spec *layers, size_t n_layers, const struct bz_coupling_spec *couplings,
                          size_t c, struct bz_error *err)
{
    const size_t a = couplings[c].a, b = couplings[c].b;

    if (a == b && a < n_layers && bz_unit_type(layers[a].unit)->exclusive)
        return bz_fail(err, BZ_BAD_MODEL,
                       "coupling \"%s~%s\": units that exclude each other cannot be coupled among themselves", layers[a].name,
                       layers[b].name);
    if (a >= n_layers || b >= n_layers)
        return bz_fail(err, BZ_BAD_MODEL, "coupling %zu: joins layers %zu and %zu, expected 0..%zu", c, a, b, n_layers - 1);
    if (is_unbounded(layers[a].unit) && is_unbounded(layers[b].unit))
        return bz_fail(err, BZ_BAD_MODEL, "coupling \"%s~%s\": %s units on both sides, whose joint weight need not be finite",
                       layers[a].name, layers[b].name, bz_unit_name(layers[a].unit));
    for (size_t k = 0; k < c; k++)
        if ((couplings[k].a == a && couplings[k].b == b) || (couplings[k].a == b && couplings[k].b == a))
            return bz_fail(err, BZ_BAD_MODEL, "couplings %zu and %zu: both join \"%s\" and \"%s\", expected each pair once", k,
                           c, layers[a].name, layers[b].name);
    return 0;
}

static int check_structure(const struct bz_layer_spec *layers, size_t n_layers, const struct bz_coupling_spec *couplings,
                           size_t n_couplings, struct bz_error *err)
{
    if (n_layers == 0 || n_layers > BZ_MAX_LAYERS)
        return bz_fail(err, BZ_BAD_MODEL, "machine: %zu layers, expected 1..%d", n_layers, BZ_MAX_LAYERS);
    if (n_couplings > BZ_MAX_COUPLINGS)
        return bz_fail(err, BZ_BAD_MODEL, "machine: %zu couplings, expected at most %d", n_couplings, BZ_MAX_COUPLINGS);
    bool visible = false;
    for (size_t l = 0; l < n_layers; l++) {
        if (check_layer(layers, l, err) < 0)
            return -1;
        visible = visible || layers[l].role != BZ_HIDDEN;
    }
    if (!visible)
        return bz_fail(err, BZ_BAD_MODEL, "machine: %zu hidden layers and no visible one, expected at least one visible layer",
                       n_layers);
    for (size_t c = 0; c < n_couplings; c++)
        if (check_coupling(layers, n_layers, couplings, c, err) < 0)
            return -1;
    return 0;
}

/* --- making and freeing --- */

/* links[l]: one per coupling that touches l, in the order of couplings. */
static int make_links(struct bz_machine *m, struct bz_error *err)
{
    if (!(m->links = bz_alloc(m->n_layers, sizeof(*m->links), err)) ||
        !(m->n_links = bz_alloc(m->n_layers, sizeof(*m->n_links), err)))
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        m->n_links[m->couplings[c].a]++;
        if (m->couplings[c].b != m->couplings[c].a)
            m->n_links[m->couplings[c].b]++;
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        if (!(m->links[l] = bz_alloc(m->n_links[l], sizeof(**m->links), err)))
            return -1;
        m->n_links[l] = 0;
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        m->links[b][m->n_links[b]++] = (struct bz_link){.layer = a, .coupling = c, .flipped = false};
        if (a != b)
            m->links[a][m->n_links[a]++] = (struct bz_link){.layer = b, .coupling = c, .flipped = true};
    }
    return 0;
}

static void mark_near_counts(struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        for (size_t k = 0; k < m->n_links[l]; k++)
            if (bz_unit_type(m->layers[m->links[l][k].layer].unit)->counted)
                layer->near_counts = layer->role == BZ_HIDDEN && !bz_unit_type(layer->unit)->scaled;
    }
}

int bz_machine_new_views(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                         const struct bz_coupling_spec *couplings, size_t n_couplings, struct bz_error *err)
{
    if (check_structure(layers, n_layers, couplings, n_couplings, err) < 0)
        return -1;
    struct bz_machine *m = bz_alloc(1, sizeof(*m), err);
    if (!m)
        return -1;
    strncpy(m->kind, kind, sizeof(m->kind) - 1);
    if (!(m->layers = bz_alloc(n_layers, sizeof(*m->layers), err)) ||
        !(m->couplings = bz_alloc(n_couplings, sizeof(*m->couplings), err)))
        goto fail;
    m->n_layers = n_layers;
    m->n_couplings = n_couplings;
    for (size_t l = 0; l < n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        strcpy(layer->name, layers[l].name); /* bz_name_is_valid: it fits */
        layer->role = layers[l].role;
        layer->unit = layers[l].unit;
        layer->size = layers[l].size;
        layer->groups = layers[l].groups ? layers[l].groups : 1;
    }
    for (size_t c = 0; c < n_couplings; c++)
        m->couplings[c] = (struct bz_coupling){.a = couplings[c].a, .b = couplings[c].b};
    if (make_links(m, err) < 0)
        goto fail;
    mark_near_counts(m);
    *out = m;
    return 0;
fail:
    bz_machine_free(m);
    return -1;
}

/* Hands out floats of the block from *used on; with *block NULL only counts them. */
static const float *take(const float *block, size_t *used, size_t n)
{
    const float *view = block ? block + *used : NULL;
    *used += (n + FLOATS_PER_LINE - 1) / FLOATS_PER_LINE * FLOATS_PER_LINE;
    return view;
}

static size_t place_views(struct bz_machine *m, const struct bz_layer_spec *specs, const float *block)
{
    size_t used = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        layer->bias = take(block, &used, layer->size);
        if (specs[l].has_offset)
            layer->offset = take(block, &used, layer->size);
        if (bz_unit_type(layer->unit)->has_sigma)
            layer->log_sigma = take(block, &used, layer->size);
        if (bz_unit_type(layer->unit)->two_sided)
            layer->below = take(block, &used, 2 * layer->size);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        struct bz_coupling *coupling = &m->couplings[c];
        coupling->weight = take(block, &used, bz_coupling_weights(m, c));
    }
    return used;
}

/* Checks that pairs occur once each, in ascending order, within the layers. */
static int check_pattern(const struct bz_machine *m, size_t coupling, const struct bz_pattern *p, struct bz_error *err)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];

    if (p->n > BZ_MAX_WEIGHTS / 2)
        return bz_fail(err, BZ_BAD_MODEL, "coupling \"%s~%s\": expected at most %zu pairs, found %zu", a->name, b->name,
                       BZ_MAX_WEIGHTS / 2, p->n);
    for (size_t k = 0; k < p->n; k++) {
        const uint32_t i = p->index[k][0], j = p->index[k][1];
        if (i >= a->size || j >= b->size)
            return bz_fail(err, BZ_BAD_MODEL, "coupling \"%s~%s\", pair %zu: expected units below %zu and %zu, found %u and %u",
                           a->name, b->name, k, a->size, b->size, i, j);
        if (a == b && i >= j)
            return bz_fail(err, BZ_BAD_MODEL, "coupling \"%s~%s\", pair %zu: expected the smaller unit first, found %u and %u",
                           a->name, b->name, k, i, j);
        if (k > 0 && (p->index[k - 1][0] > i || (p->index[k - 1][0] == i && p->index[k - 1][1] >= j)))
            return bz_fail(
                err, BZ_BAD_MODEL,
                "coupling \"%s~%s\", pair %zu: expected pairs in ascending order, each once, found %u,%u after %u,%u", a->name,
                b->name, k, i, j, p->index[k - 1][0], p->index[k - 1][1]);
    }
    return 0;
}

int bz_machine_set_pattern(struct bz_machine *m, size_t coupling, const struct bz_pattern *p, struct bz_error *err)
{
    struct bz_coupling *c = &m->couplings[coupling];

    bz_assert(!c->weight && !c->index);
    if (!p->index)
        return 0;
    if (check_pattern(m, coupling, p, err) < 0 || !(c->index = bz_alloc(p->n, sizeof(*c->index), err)))
        return -1;
    memcpy(c->index, p->index, p->n * sizeof(*c->index));
    c->n_entries = p->n;
    return 0;
}

struct bz_pattern bz_machine_pattern(const struct bz_machine *m, size_t coupling)
{
    const struct bz_coupling *c = &m->couplings[coupling];

    return (struct bz_pattern){(const uint32_t(*)[2])c->index, c->n_entries};
}

size_t bz_coupling_weights(const struct bz_machine *m, size_t coupling)
{
    const struct bz_coupling *c = &m->couplings[coupling];

    return c->index ? c->n_entries : m->layers[c->a].size * m->layers[c->b].size;
}

static int check_dense(const struct bz_machine *m, size_t coupling, struct bz_error *err)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];

    if (!c->index && a->size * b->size > BZ_MAX_WEIGHTS) /* at most 2^48 */
        return bz_fail(err, BZ_BAD_MODEL, "coupling \"%s~%s\": %zu x %zu weights, expected at most %zu", a->name, b->name,
                       a->size, b->size, BZ_MAX_WEIGHTS);
    return 0;
}

int bz_machine_new_sparse(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                          const struct bz_coupling_spec *couplings, size_t n_couplings, const struct bz_pattern *patterns,
                          struct bz_error *err)
{
    struct bz_machine *m;

    if (bz_machine_new_views(&m, kind, layers, n_layers, couplings, n_couplings, err) < 0)
        return -1;
    for (size_t c = 0; c < n_couplings; c++)
        if ((patterns && bz_machine_set_pattern(m, c, &patterns[c], err) < 0) || check_dense(m, c, err) < 0)
            goto fail;
    m->block_size = place_views(m, layers, NULL);
    if (!(m->block = bz_alloc(m->block_size, sizeof(*m->block), err)))
        goto fail;
    place_views(m, layers, m->block);
    *out = m;
    return 0;
fail:
    bz_machine_free(m);
    return -1;
}

int bz_machine_new(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                   const struct bz_coupling_spec *couplings, size_t n_couplings, struct bz_error *err)
{
    return bz_machine_new_sparse(out, kind, layers, n_layers, couplings, n_couplings, NULL, err);
}

static void free_layer(struct bz_layer *layer)
{
    for (size_t i = 0; layer->categories && i < layer->n_categories; i++)
        bz_free(layer->categories[i]);
    bz_free_all(layer->categories, layer->exclusion.group, layer->start, layer->sigma, layer->inv_var);
}

void bz_machine_free(struct bz_machine *m)
{
    if (!m)
        return;
    bz_fixed_free(m->fixed, m);
    for (size_t l = 0; l < m->n_layers; l++) {
        free_layer(&m->layers[l]);
        if (m->links)
            bz_free(m->links[l]);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        bz_free_lazy(m->couplings[c].weight_t);
        bz_free(m->couplings[c].index);
        for (size_t k = 0; m->couplings[c].side && k < 2; k++)
            bz_edges_free(&m->couplings[c].side[k]);
        bz_free(m->couplings[c].side);
        bz_colouring_free(m->couplings[c].colouring);
        bz_free(m->couplings[c].count_fold_a);
        bz_free(m->couplings[c].count_fold_b);
    }
    bz_free_all(m->layers, m->couplings, m->links, m->n_links, m->block, m);
}

/* --- views and questions --- */

/* A view of the machine's own block, writable because the block is. */
static float *writable(struct bz_machine *m, const float *view)
{
    return m->block && view ? m->block + (view - m->block) : NULL;
}

float *bz_machine_bias(struct bz_machine *m, size_t layer)
{
    return writable(m, m->layers[layer].bias);
}

float *bz_machine_offset(struct bz_machine *m, size_t layer)
{
    return writable(m, m->layers[layer].offset);
}

float *bz_machine_log_sigma(struct bz_machine *m, size_t layer)
{
    return writable(m, m->layers[layer].log_sigma);
}

float *bz_machine_below(struct bz_machine *m, size_t layer)
{
    return writable(m, m->layers[layer].below);
}

void bz_machine_copy_widths(struct bz_machine *m, size_t layer, const struct bz_layer *from)
{
    if (from->log_sigma)
        memcpy(bz_machine_log_sigma(m, layer), from->log_sigma, from->size * sizeof(float));
    if (from->below)
        memcpy(bz_machine_below(m, layer), from->below, 2 * from->size * sizeof(float));
}

float *bz_machine_weight(struct bz_machine *m, size_t coupling)
{
    return writable(m, m->couplings[coupling].weight);
}

long bz_machine_find(const struct bz_machine *m, const char *name)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (strcmp(m->layers[l].name, name) == 0)
            return (long)l;
    return -1;
}

bool bz_is_choice(const struct bz_layer *layer)
{
    return bz_unit_type(layer->unit)->grouped && layer->groups == 1;
}

double bz_usual_counts(const struct bz_layer *layer)
{
    return layer->usual_counts > 0 ? layer->usual_counts : 1;
}

bool bz_is_visible(const struct bz_layer *layer)
{
    return layer->role != BZ_HIDDEN;
}

long bz_machine_only_visible(const struct bz_machine *m)
{
    long only = -1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].role == BZ_VISIBLE) {
            if (only >= 0)
                return -1;
            only = (long)l;
        }
    return only;
}

long bz_machine_top_hidden(const struct bz_machine *m)
{
    for (size_t l = m->n_layers; l-- > 0;)
        if (m->layers[l].role == BZ_HIDDEN)
            return (long)l;
    return -1;
}

long bz_machine_counted(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_unit_type(m->layers[l].unit)->counted)
            return (long)l;
    return -1;
}

bool bz_machine_hidden_independent(const struct bz_machine *m)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if (!bz_is_visible(&m->layers[m->couplings[c].a]) && !bz_is_visible(&m->layers[m->couplings[c].b]))
            return false;
    return true;
}

bool bz_machine_has_lateral(const struct bz_machine *m, size_t layer)
{
    return bz_machine_lateral(m, layer) >= 0;
}

long bz_machine_lateral(const struct bz_machine *m, size_t layer)
{
    for (size_t k = 0; k < m->n_links[layer]; k++)
        if (m->links[layer][k].layer == layer)
            return (long)m->links[layer][k].coupling;
    return -1;
}

const struct bz_colouring *bz_machine_colouring(const struct bz_machine *m, size_t layer)
{
    const long c = bz_machine_lateral(m, layer);

    return c < 0 ? NULL : m->couplings[c].colouring;
}

size_t bz_machine_widest(const struct bz_machine *m)
{
    size_t widest = 1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].size > widest)
            widest = m->layers[l].size;
    return widest;
}
