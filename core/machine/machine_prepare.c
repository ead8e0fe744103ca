/* What is derived from a machine's parameters: transposed weights, folded offsets, variances. */
#include "machine.h"

#include "check.h"
#include "colouring.h"
#include "edges.h"
#include "fixed.h"
#include "mathx.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"

/* --- transposition --- */

enum { BLOCK = 16 }; /* a cache line of floats */

static void transpose_block(float *restrict out, size_t out_stride, const float *restrict in, size_t in_stride, size_t rows,
                            size_t columns)
{
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i++)
            out[j * out_stride + i] = in[i * in_stride + j];
}

/* out[columns][rows] = in[rows][columns] transposed */
static void transpose(float *out, const float *in, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i += BLOCK)
        for (size_t j = 0; j < columns; j += BLOCK) {
            const size_t tall = rows - i < BLOCK ? rows - i : BLOCK, wide = columns - j < BLOCK ? columns - j : BLOCK;
            if (bz_stopping_work(16 * BLOCK * BLOCK))
                return;
            if (tall == BLOCK && wide == BLOCK)
                transpose_block(out + j * rows + i, rows, in + i * columns + j, columns, BLOCK, BLOCK);
            else
                transpose_block(out + j * rows + i, rows, in + i * columns + j, columns, tall, wide);
        }
}

/* --- folding of offsets --- */

static bool folds_into_start(const struct bz_layer *neighbour)
{
    const struct bz_unit_type *type = bz_unit_type(neighbour->unit);

    return neighbour->offset && !type->scaled && !type->counted;
}

/* start = bias - sum over neighbours of W o. Adding zero turns -0.0 into 0.0, so that a sum that begins with it does not depend
 * on whether zero terms are added. */
static void fold_offsets(struct bz_machine *m, size_t l)
{
    struct bz_layer *layer = &m->layers[l];

    for (size_t i = 0; i < layer->size; i++) {
        double sum = layer->bias[i];
        for (size_t n = 0; n < m->n_links[l]; n++) {
            const struct bz_link *link = &m->links[l][n];
            const struct bz_layer *neighbour = &m->layers[link->layer];
            if (folds_into_start(neighbour))
                sum -= bz_weights_dot(bz_link_row(m, l, link, i), neighbour->offset);
            if (bz_stopping_work(neighbour->size))
                return;
        }
        layer->start[i] = (float)sum + 0.0f;
    }
}

static void fold_counts(struct bz_machine *m, size_t l)
{
    for (size_t n = 0; n < m->n_links[l]; n++) {
        const struct bz_link *link = &m->links[l][n];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        const struct bz_layer *neighbour = &m->layers[link->layer];
        float *fold = l == c->a ? c->count_fold_a : c->count_fold_b;
        for (size_t i = 0; fold && i < m->layers[l].size && !bz_stopping_work(neighbour->size); i++)
            fold[i] = (float)bz_weights_dot(bz_link_row(m, l, link, i), neighbour->offset);
    }
}

/* --- allocation, once --- */

static bool has_count_offset(const struct bz_layer *layer)
{
    return bz_unit_type(layer->unit)->counted && layer->offset;
}

static int allocate_layer(struct bz_layer *layer, struct bz_error *err)
{
    bz_assert(bz_unit_type(layer->unit)->exclusive == (layer->exclusion.group != NULL));
    if (!layer->start && !(layer->start = bz_alloc(layer->size, sizeof(float), err)))
        return -1;
    if (!bz_unit_type(layer->unit)->has_sigma)
        return 0;
    if (!layer->sigma && !(layer->sigma = bz_alloc(layer->size, sizeof(float), err)))
        return -1;
    if (!layer->inv_var && !(layer->inv_var = bz_alloc(layer->size, sizeof(float), err)))
        return -1;
    return 0;
}

/* The rows of a sparse coupling, and colours where units of two values are coupled to each other. */
static int allocate_edges(const struct bz_machine *m, struct bz_coupling *c, struct bz_error *err)
{
    const bool lateral = c->a == c->b;
    const uint32_t(*index)[2] = (const uint32_t(*)[2])c->index;

    if (!c->side && (!(c->side = bz_alloc(2, sizeof(*c->side), err)) ||
                     bz_edges_new(&c->side[0], index, c->n_entries, m->layers[c->a].size, lateral, false, err) < 0 ||
                     (!lateral && bz_edges_new(&c->side[1], index, c->n_entries, m->layers[c->b].size, false, true, err) < 0)))
        return -1;
    return lateral && bz_unit_type(m->layers[c->a].unit)->binary && !c->colouring
               ? bz_colouring_of(&c->colouring, &c->side[0], m->layers[c->a].size, err)
               : 0;
}

static int allocate_coupling(struct bz_machine *m, struct bz_coupling *c, struct bz_error *err)
{
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];

    if (c->index && allocate_edges(m, c, err) < 0)
        return -1;
    if (!c->index && c->a != c->b && !m->only_fields && !c->weight_t &&
        !(c->weight_t = bz_alloc_lazy(a->size * b->size, sizeof(float), err)))
        return -1;
    if (c->a == c->b && !c->index && !m->block && bz_unit_type(a->unit)->binary && !c->colouring &&
        bz_colouring_new(&c->colouring, c->weight, a->size, err) < 0)
        return -1;
    if (has_count_offset(b) && !c->count_fold_a && !(c->count_fold_a = bz_alloc(a->size, sizeof(float), err)))
        return -1;
    if (c->a != c->b && has_count_offset(a) && !c->count_fold_b && !(c->count_fold_b = bz_alloc(b->size, sizeof(float), err)))
        return -1;
    return 0;
}

void bz_machine_prepare_layers(struct bz_machine *m)
{
    for (size_t k = 0; k < m->n_couplings; k++) {
        struct bz_coupling *c = &m->couplings[k];
        if (c->index)
            bz_edges_refresh(&c->side[0], m->layers[c->a].size, c->weight);
        if (c->index && c->a != c->b)
            bz_edges_refresh(&c->side[1], m->layers[c->b].size, c->weight);
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        for (size_t i = 0; layer->sigma && i < layer->size && !bz_stopping_unit(i, 2 * BZ_STOP_EXP); i++) {
            const double log_sigma = layer->log_sigma ? (double)layer->log_sigma[i] : 0;
            layer->sigma[i] = (float)bz_exp(log_sigma);
            layer->inv_var[i] = (float)bz_exp(-2 * log_sigma);
        }
        layer->couple = bz_unit_type(layer->unit)->scaled ? layer->inv_var : NULL;
        fold_offsets(m, l);
        fold_counts(m, l);
    }
    bz_fixed_refresh(m);
}

int bz_machine_prepare(struct bz_machine *m, struct bz_error *err)
{
    for (size_t l = 0; !m->prepared && l < m->n_layers; l++)
        if (allocate_layer(&m->layers[l], err) < 0)
            return -1;
    for (size_t c = 0; !m->prepared && c < m->n_couplings; c++)
        if (allocate_coupling(m, &m->couplings[c], err) < 0)
            return -1;
    if (!m->fixed && bz_fixed_new(&m->fixed, err) < 0)
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *coupling = &m->couplings[c];
        if (coupling->weight_t)
            transpose(coupling->weight_t, coupling->weight, m->layers[coupling->a].size, m->layers[coupling->b].size);
    }
    m->prepared = true; /* weights can be read from here on */
    bz_machine_prepare_layers(m);
    return 0;
}
