/* Gibbs scans of layers with couplings to themselves: one unit after the other (in index order, or by colours where the
 * coupling is sparse), the field of the others kept up to date. The caller computes the field from scratch before every scan,
 * so rounding errors do not accumulate from scan to scan. */
#include "draw.h"

#include "colouring.h"
#include "kernels.h"
#include "normals.h"
#include "stop.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static bool is_known(const struct bz_row *s, size_t i)
{
    return s->known && s->known[i];
}

/* Unit i changed by `change` (in the coordinates its couplings see): brings the field of units from .. to-1 up to date. */
static void spread(struct bz_row *s, size_t i, float change, size_t from, size_t to)
{
    if (change == 0 || from >= to || bz_stopping_work(to - from))
        return;
    const struct bz_weights r = bz_weights_within(bz_coupling_row(s->m, (size_t)s->lateral, false, i), from, to);
    float *field = r.unit ? s->field : s->field + from;
    const float *gain = s->gain ? s->gain + (r.unit ? 0 : from) : NULL;
    if (!gain)
        bz_weights_axpy(r, s->scale * change, field);
    for (size_t k = 0; gain && k < r.n; k++) {
        const size_t j = r.unit ? r.unit[k] : k;
        field[j] += gain[j] * (change * r.w[k]);
    }
}

/* The same for the units still to be drawn after first .. first+k-1; the others are finished. */
static void spread_ahead(struct bz_row *s, size_t i, float change, size_t first, size_t k)
{
    if (s->reverse)
        spread(s, i, change, 0, first);
    else
        spread(s, i, change, first + k, s->layer->size);
}

/* The place in the layer of the nth of `of` things (units, groups) that are drawn one after the other. */
static size_t nth(const struct bz_row *s, size_t n, size_t of)
{
    return s->reverse ? of - 1 - n : n;
}

/* What unit i adds to the field of its neighbours when it changes. */
static void spread_sparse(struct bz_row *s, size_t i, float change)
{
    const struct bz_edges *e = s->colouring->edges;

    if (bz_stopping_work(e->begin[i + 1] - e->begin[i]))
        return;
    for (size_t k = e->begin[i]; change != 0 && k < e->begin[i + 1]; k++)
        s->field[e->unit[k]] += s->scale * change * e->weight[k];
}

/* Colour by colour; units of one colour are not coupled, so all their probabilities hold simultaneously. */
static void scan_colours(struct bz_row *s)
{
    const struct bz_kernels *k = bz_cpu();
    const struct bz_colouring *c = s->colouring;
    const struct bz_unit_type *type = bz_unit_type(s->layer->unit);
    const float scale = (float)((type->most - type->least) / s->t);
    float *uniform = s->spare[0], *p = s->spare[1];

    k->uniform(uniform, s->key, 0, s->layer->size);
    for (size_t i = 0; i < s->layer->size; i++)
        spread_sparse(s, i, s->x[i]);
    for (size_t k_th = 0; k_th < c->n_colours; k_th++) {
        const size_t colour = nth(s, k_th, c->n_colours), n = c->colour[colour + 1] - c->colour[colour];
        const uint32_t *units = c->order + c->colour[colour];
        for (size_t j = 0; j < n; j++)
            p[j] = s->field[units[j]];
        k->sigmoid(p, p, scale, n);
        for (size_t j = 0; j < n; j++) {
            const size_t i = units[j];
            if (is_known(s, i))
                continue;
            const float old = s->x[i];
            s->x[i] = uniform[i] < p[j] ? type->most : type->least;
            spread_sparse(s, i, s->x[i] - old);
        }
    }
}

/* --- two values --- */

enum { BLOCK = 64 };

/* Units low .. low+n-1 of a layer that is drawn block by block, with their fields and probabilities at the start of the block.
 */
struct block {
    size_t low, n;
    float field[BLOCK], p[BLOCK];
    uint32_t changed[BLOCK]; /* units that changed, in that order */
    size_t n_changed;
    const float *rows; /* W, if the terms of fields are changes of x times W, exactly; else NULL */
};

/* Whether unit i is on. Since the block began its probability has moved by at most a quarter of what its field has, which
 * rarely matters; where it may, the probability is recomputed: the same bits either way. */
static bool is_on(const struct bz_row *s, const struct block *b, size_t i, float scale, float uniform)
{
    const float rounding = 2e-6f, steepest = 0.2501f;
    const float moved = s->field[i] - b->field[i - b->low], far = uniform - b->p[i - b->low];
    float p;

    if (fabsf(far) > steepest * scale * fabsf(moved) + rounding)
        return far < 0;
    bz_cpu()->sigmoid(&p, s->field + i, scale, 1);
    return uniform < p;
}

/* The weights, if fields change by changes of x times them and nothing else: otherwise row_sum and axpy would round different
   products. */
static const float *exact_rows(const struct bz_row *s)
{
    const struct bz_weights row = bz_coupling_row(s->m, (size_t)s->lateral, false, 0);

    return row.unit || s->gain || s->scale != 1 ? NULL : row.w;
}

/* Brings the fields of units from .. to-1, which are still to be drawn, up to date with the changes of the block. The terms of
 * each are added in the order of the changes; change[size] holds them. */
static void spread_block(struct bz_row *s, const struct block *b, const float *change, size_t from, size_t to)
{
    if (from >= to)
        return;
    if (b->rows)
        bz_cpu()->row_sum(s->field + from, s->field + from, b->rows + from, s->layer->size, b->changed, change, b->n_changed,
                          to - from);
    else
        for (size_t k = 0; k < b->n_changed; k++)
            spread(s, b->changed[k], change[b->changed[k]], from, to);
}

/* The same within the block, for one unit. */
static void spread_within(struct bz_row *s, const struct block *b, size_t i, float change)
{
    const size_t from = s->reverse ? b->low : i + 1, to = s->reverse ? i : b->low + b->n;

    if (b->rows)
        bz_cpu()->axpy(s->field + from, change, b->rows + i * s->layer->size + from, to - from);
    else
        spread(s, i, change, from, to);
}

static void change_unit(struct bz_row *s, struct block *b, float *change, size_t i, float drawn)
{
    change[i] = drawn - s->x[i];
    s->x[i] = drawn;
    b->changed[b->n_changed++] = (uint32_t)i;
}

/* Units of two values whose fields change by weights alone: all that change are found side by side. False: others. */
static bool scan_at_once(struct bz_row *s, struct block *b, const float *uniform, float scale, float *change)
{
    const struct bz_unit_type *type = bz_unit_type(s->layer->unit);
    const float *w = b->rows ? b->rows + b->low * s->layer->size + b->low : NULL;
    struct bz_scan scan = {w, s->layer->size, b->n, uniform + b->low, scale, type->most - type->least, .reverse = s->reverse};

    if (!w || !bz_cpu()->bits(&scan.on, s->x + b->low, type->least, type->most, b->n))
        return false;
    for (size_t j = 0; s->known && j < b->n; j++)
        scan.known |= (uint64_t)s->known[b->low + j] << j;
    const uint64_t on = bz_cpu()->scan(s->field + b->low, &scan);
    for (uint64_t left = on ^ scan.on; left;) {
        const uint32_t j = (uint32_t)(s->reverse ? 63 - __builtin_clzll(left) : __builtin_ctzll(left));
        change_unit(s, b, change, b->low + j, on >> j & 1 ? type->most : type->least);
        left &= ~(1ull << j);
    }
    return true;
}

/* The others. */
static void scan_each(struct bz_row *s, struct block *b, const float *uniform, float scale, float *change)
{
    const struct bz_unit_type *type = bz_unit_type(s->layer->unit);

    memcpy(b->field, s->field + b->low, b->n * sizeof(float));
    bz_cpu()->sigmoid(b->p, b->field, scale, b->n);
    for (size_t j = 0; j < b->n; j++) {
        const size_t i = b->low + nth(s, j, b->n);
        if (is_known(s, i))
            continue;
        const float drawn = is_on(s, b, i, scale, uniform[i]) ? type->most : type->least;
        if (drawn == s->x[i])
            continue;
        change_unit(s, b, change, i, drawn);
        spread_within(s, b, i, change[i]);
    }
}

/* Two values a distance d apart: the log odds of the upper one are d * field. */
void bz_scan_binary(struct bz_row *s)
{
    const struct bz_unit_type *type = bz_unit_type(s->layer->unit);
    const size_t n = s->layer->size;
    const float scale = (float)((type->most - type->least) / s->t);
    float *uniform = s->spare[0], *change = s->spare[1];
    struct block b;

    if (s->colouring) {
        scan_colours(s);
        return;
    }
    b.rows = exact_rows(s);
    bz_cpu()->uniform(uniform, s->key, 0, n);
    for (size_t done = 0; done < n; done += b.n) {
        b.n = n - done < BLOCK ? n - done : BLOCK;
        b.low = s->reverse ? n - done - b.n : done;
        b.n_changed = 0;
        if (!scan_at_once(s, &b, uniform, scale, change))
            scan_each(s, &b, uniform, scale, change);
        spread_block(s, &b, change, s->reverse ? 0 : b.low + b.n, s->reverse ? b.low : n);
    }
}

void bz_scan_gaussian(struct bz_row *s)
{
    const struct bz_layer *l = s->layer;
    const float root = (float)sqrt(s->t);
    float *z = s->spare[0];

    bz_normals(z, s->key, 0, l->size);
    for (size_t n = 0; n < l->size; n++) {
        const size_t i = nth(s, n, l->size);
        if (is_known(s, i))
            continue;
        const float old = s->x[i];
        s->x[i] = s->field[i] + root * l->sigma[i] * z[i];
        spread_ahead(s, i, (s->x[i] - old) * s->couple[i], i, 1);
    }
}

/* Redraws group[first .. first+k): removed from the field, drawn given the rest, added to the field again. */
static void redraw_group(struct bz_row *s, size_t first, size_t k, uint32_t group)
{
    float *logit = s->spare[0], *x = s->x + first;
    double left = 1; /* what known units leave for the others */

    for (size_t i = 0; i < k; i++)
        spread(s, first + i, -x[i], s->reverse ? 0 : first, s->reverse ? first + k : s->layer->size);
    for (size_t i = 0; i < k; i++) {
        const bool known = is_known(s, first + i);
        logit[i] = known ? -INFINITY : s->field[first + i];
        left -= known ? (double)x[i] : 0;
        x[i] = known ? x[i] : 0;
    }
    if (left > 0.5) {
        const double sum = bz_softmax_weights(logit, logit, s->t, k);
        if (sum > 0)
            x[bz_pick(logit, k, sum, bz_random_double(s->key, group))] = 1;
    }
    for (size_t i = 0; i < k; i++)
        spread_ahead(s, first + i, x[i], first, k);
}

void bz_scan_softmax(struct bz_row *s)
{
    const size_t k = s->layer->size / s->layer->groups;

    for (size_t n = 0; n < s->layer->groups; n++) {
        const size_t g = nth(s, n, s->layer->groups);
        redraw_group(s, g * k, k, (uint32_t)g);
    }
}

/* Words of one row are coupled to each other. They are taken in a random order (by sampling from the counts without
 * replacement): each is removed from the counts, redrawn given all the others, and put back. Random numbers 2w, 2w+1 are word
 * w's. */
void bz_scan_multinomial(struct bz_row *s)
{
    const size_t n = s->layer->size;
    float *waiting = s->spare[0], *weight = s->spare[1];
    double words = 0;

    for (size_t i = 0; i < n; i++) {
        waiting[i] = is_known(s, i) ? 0 : s->x[i];
        words += waiting[i];
    }
    for (uint32_t w = 0; words >= 1 && !bz_stopping_work(8 * n); w++, words--) {
        const size_t old = bz_pick(waiting, n, words, bz_random_double(s->key, 2 * w));
        waiting[old]--;
        s->x[old]--;
        spread(s, old, -1, 0, n);
        for (size_t i = 0; i < n; i++)
            weight[i] = is_known(s, i) ? -INFINITY : s->field[i];
        const double sum = bz_softmax_weights(weight, weight, s->t, n);
        const size_t drawn = bz_pick(weight, n, sum, bz_random_double(s->key, 2 * w + 1));
        s->x[drawn]++;
        spread(s, drawn, 1, 0, n);
    }
}
