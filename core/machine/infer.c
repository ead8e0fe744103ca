#include "infer.h"

#include "check.h"
#include "draw.h"
#include "edges.h"
#include "energy.h"
#include "energy_terms.h"
#include "mean_field.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"
#include "work.h"

#include <math.h>
#include <string.h>

const double bz_usual_tolerance = 1e-6;
enum { MAX_SWEEPS = 200 };

const uint8_t *bz_row_mask(const struct bz_state *s, size_t layer, size_t row, bool *all_known)
{
    const size_t n = s->m->layers[layer].size;
    const uint8_t *known = s->known[layer] ? s->known[layer] + row * n : NULL;

    if (known && bz_stopping_work(n / 4)) {
        *all_known = true; /* nothing is left to do */
        return NULL;
    }
    *all_known = known ? !memchr(known, 0, n) : bz_is_visible(&s->m->layers[layer]);
    return known && memchr(known, 1, n) ? known : NULL;
}

/* --- one layer --- */

/* fmax without a call per unit; most is never NaN. */
static double larger(double most, double x)
{
    return x > most ? x : most;
}

/* |to - from|, of values over 1 relative to them. */
static double distance(float from, float to)
{
    const double size = fabs((double)to);

    return fabs((double)to - from) / (size > 1 ? size : 1);
}

/* A layer with couplings to itself: group by group (of one unit, but for softmax units), the field of the others kept up to
 * date. Each group's means are the best for the others' means, so the bound never falls. */
static double scan_means(const struct bz_machine *m, size_t layer, const uint8_t *known, double d, float *field, float *x,
                         float *mean)
{
    const struct bz_layer *l = &m->layers[layer];
    const size_t c = (size_t)bz_machine_lateral(m, layer);
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const size_t k = type->exclude ? l->size / l->groups : 1;
    struct bz_layer group = *l;
    double moved = 0;

    group.size = k;
    group.groups = 1;
    for (size_t g = 0; g < l->size && !bz_stopping_work(2 * k * l->size); g += k) {
        for (size_t i = 0; i < k; i++) { /* without what the group itself adds */
            const struct bz_weights r = bz_weights_within(bz_coupling_row(m, c, false, g + i), g, g + k);
            const double own = k > 1 ? bz_weights_dot(r, r.unit ? x : x + g) : 0;
            mean[i] = (float)(field[g + i] - own);
        }
        bz_row_means(&group, x + g, known ? known + g : NULL, 1, d, mean);
        for (size_t i = 0; i < k; i++) {
            const float change = (mean[i] - x[g + i]) * (l->couple ? l->couple[g + i] : 1);
            moved = larger(moved, distance(x[g + i], mean[i]));
            if (change != 0)
                bz_weights_axpy(bz_coupling_row(m, c, false, g + i), change, field);
            x[g + i] = mean[i];
        }
    }
    return moved;
}

/* Counts with lateral couplings: words are exchangeable, so all are updated together, half of the way. */
static double damp(const float *mean, float *x, size_t n)
{
    double moved = 0;

    for (size_t i = 0; i < n && !bz_stopping_unit(i, 4); i++) {
        const float next = 0.5f * (x[i] + mean[i]);
        moved = larger(moved, distance(x[i], next));
        x[i] = next;
    }
    return moved;
}

static double replace(const float *mean, float *x, size_t n)
{
    double moved = 0;

    for (size_t i = 0; i < n && !bz_stopping_unit(i, 4); i++)
        moved = larger(moved, distance(x[i], mean[i]));
    bz_copy_work(x, mean, n * sizeof(*x));
    return moved;
}

void bz_mean_rows(struct bz_state *s, size_t layer, size_t first, size_t n, double *moved, struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const bool lateral = bz_machine_has_lateral(s->m, layer);
    bz_assert(n <= BZ_TILE);
    const bool scanned = lateral && !s->counts[layer];
    float *mean = w->spare[0];

    if (!moved && !lateral && !s->known[layer]) { /* nothing of the old values is needed */
        bz_conditional_mean(s, layer, NULL, first, n, s->x[layer] + first * l->size, w);
        return;
    }
    if (scanned)
        bz_field(s, layer, first, n, true, mean, w);
    else
        bz_conditional_mean(s, layer, NULL, first, n, mean, w);
    for (size_t r = 0; r < n; r++) {
        float *x = s->x[layer] + (first + r) * l->size, *row = mean + r * l->size;
        bool all_known;
        const uint8_t *known = bz_row_mask(s, layer, first + r, &all_known);
        if (bz_stopping_work(l->size))
            return;
        if (!moved && !lateral) {
            bz_copy_work(x, row, l->size * sizeof(*x));
            continue;
        }
        const double change = scanned   ? scan_means(s->m, layer, known, bz_row_counts(s, layer, first + r), row, x, w->row)
                              : lateral ? damp(row, x, l->size)
                                        : replace(row, x, l->size);
        if (moved)
            moved[r] = larger(moved[r], change);
    }
}

void bz_start_at_base(struct bz_state *s, size_t layer, size_t row, struct bz_work *w)
{
    const struct bz_layer *l = &s->m->layers[layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    float *x = s->x[layer] + row * l->size, *mean = w->row;
    double d = bz_row_counts(s, layer, row);
    bool all_known;
    const uint8_t *known = bz_row_mask(s, layer, row, &all_known);

    if (all_known)
        return;
    if (!known || !type->exclude) {
        type->base_mean(l, d, mean);
        for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2); i++)
            x[i] = known && known[i] ? x[i] : mean[i];
        return;
    }
    bz_copy_work(mean, l->bias, l->size * sizeof(*mean));
    bz_row_means(l, x, known, 1, d, mean);
    bz_copy_work(x, mean, l->size * sizeof(*x));
}

/* --- the fixed point --- */

/* A tile of rows at work. Rows that still change are kept together at its front, for kernels that take many at a time. */
struct rows {
    size_t first, n;
    size_t active;          /* rows that still change */
    size_t origin[BZ_TILE]; /* original index of the row now here */
    bool one_pass[BZ_TILE]; /* its posterior is exact after one sweep */
    double moved[BZ_TILE];
};

static void swap_bytes(void *a, void *b, size_t n)
{
    enum { AT_ONCE = 1 << 12 };
    unsigned char *x = a, *y = b;

    for (size_t first = 0; first < n && !(first && bz_stopping_work(AT_ONCE)); first += AT_ONCE)
        for (size_t i = first; i < n && i < first + AT_ONCE; i++) {
            const unsigned char t = x[i];
            x[i] = y[i];
            y[i] = t;
        }
}

static void swap_rows(struct bz_state *s, struct rows *rows, size_t a, size_t b)
{
    if (a == b)
        return;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size, i = rows->first + a, j = rows->first + b;
        if (s->x[l])
            swap_bytes(s->x[l] + i * size, s->x[l] + j * size, size * sizeof(float));
        if (s->known[l])
            swap_bytes(s->known[l] + i * size, s->known[l] + j * size, size);
        if (s->counts[l])
            swap_bytes(s->counts[l] + i, s->counts[l] + j, sizeof(float));
    }
    swap_bytes(&rows->origin[a], &rows->origin[b], sizeof(size_t));
    swap_bytes(&rows->one_pass[a], &rows->one_pass[b], sizeof(bool));
    swap_bytes(&rows->moved[a], &rows->moved[b], sizeof(double));
}

/* Moves converged rows behind those that still change. */
static void settle(struct bz_state *s, struct rows *rows, double tolerance)
{
    for (size_t r = rows->active; r-- > 0;)
        if (rows->one_pass[r] || !(rows->moved[r] > tolerance))
            swap_rows(s, rows, r, --rows->active);
}

static void bring_home(struct bz_state *s, struct rows *rows)
{
    for (size_t r = 0; r < rows->n; r++)
        while (rows->origin[r] != r)
            swap_rows(s, rows, r, rows->origin[r]);
}

/* Updates a layer in all active rows in which something is unknown, in runs of adjacent rows. */
static void update_layer(struct bz_state *s, size_t layer, struct rows *rows, struct bz_work *w)
{
    for (size_t r = 0; r < rows->active;) {
        size_t run = 0;
        bool one_pass = true; /* of no interest how far they move */
        for (; r + run < rows->active; run++) {
            bool all_known;
            bz_row_mask(s, layer, rows->first + r + run, &all_known);
            if (all_known)
                break;
            one_pass = one_pass && rows->one_pass[r + run];
        }
        if (run)
            bz_mean_rows(s, layer, rows->first + r, run, one_pass ? NULL : rows->moved + r, w);
        r += run ? run : 1;
    }
}

static void sweep(struct bz_state *s, struct rows *rows, struct bz_work *w)
{
    memset(rows->moved, 0, sizeof(rows->moved));
    for (int visible = 0; visible < 2; visible++)
        for (size_t l = 0; l < s->m->n_layers; l++)
            if (bz_is_visible(&s->m->layers[l]) == visible)
                update_layer(s, l, rows, w);
}

static void begin(struct bz_state *s, struct rows *rows, bool warm, struct bz_work *w)
{
    const struct bz_machine *m = s->m;
    const bool independent = bz_machine_hidden_independent(m);

    rows->active = rows->n;
    for (size_t r = 0; r < rows->n; r++) {
        rows->origin[r] = r;
        rows->one_pass[r] = independent;
        for (size_t l = 0; l < m->n_layers; l++) {
            bool all_known;
            bz_row_mask(s, l, rows->first + r, &all_known);
            rows->one_pass[r] = rows->one_pass[r] && (all_known || !bz_is_visible(&m->layers[l]));
        }
        for (size_t l = 0; !warm && !rows->one_pass[r] && l < m->n_layers && !bz_stopping_row(r, m->layers[l].size); l++)
            bz_start_at_base(s, l, rows->first + r, w);
    }
}

/* --- the bound --- */

/* The excess in the energy of the means: a word is not coupled to itself, so for the `left` unknown words <x'Lx> is
 * (left-1)/left of its value at the mean. */
static double word_pairs(const struct bz_state *s, size_t layer, size_t row, const uint8_t *known, float *unknown)
{
    const struct bz_machine *m = s->m;
    const struct bz_layer *l = &m->layers[layer];
    const float *x = s->x[layer] + row * l->size;
    double left = bz_row_counts(s, layer, row), sum = 0;

    for (size_t i = 0; i < l->size; i++) {
        unknown[i] = known && known[i] ? 0 : x[i];
        left -= x[i] - unknown[i];
    }
    for (size_t k = 0; left > 0 && k < m->n_links[layer]; k++)
        if (m->links[layer][k].layer == layer)
            sum += bz_pair_term(m, m->links[layer][k].coupling, unknown, unknown) / left;
    return sum;
}

/* What is added to <E> at a row's means: entropies, and the effect of the spread around the means. Of visible layers, or of
 * all. */
static double beside_energy(const struct bz_state *s, size_t row, bool visible_only, struct bz_work *w)
{
    double sum = 0;

    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);
        bool all_known;
        const uint8_t *known = bz_row_mask(s, l, row, &all_known);
        if (all_known || (visible_only && !bz_is_visible(layer)))
            continue;
        sum -= type->entropy(layer, s->x[l] + row * layer->size, known, bz_row_counts(s, l, row));
        if (type->spread)
            sum += type->spread(layer, s->x[l] + row * layer->size, known);
        if (type->counted && bz_machine_has_lateral(s->m, l))
            sum += word_pairs(s, l, row, known, w->row);
    }
    return sum;
}

/* Independent hidden units are summed out given the means of the visible ones, which equals the bound at their optimal means:
 * all rows together. */
static void bounds(struct bz_state *s, size_t first, size_t n, double *bound, struct bz_work *w)
{
    const bool independent = bz_machine_hidden_independent(s->m);

    if (independent)
        bz_given_free_energy(s, first, n, bound, w);
    else
        bz_energy(s, first, n, bound);
    for (size_t r = 0; r < n; r++)
        bound[r] += beside_energy(s, first + r, independent, w);
}

static void fixed_point(struct bz_state *s, size_t first, size_t n, bool warm, double tolerance, double *bound,
                        struct bz_work *w)
{
    struct rows rows;

    for (size_t done = 0; done < n; done += rows.n) {
        rows.first = first + done;
        rows.n = n - done < BZ_TILE ? n - done : BZ_TILE;
        begin(s, &rows, warm, w);
        for (int i = 0; i < MAX_SWEEPS && rows.active > 0 && !bz_stopping(); i++) {
            sweep(s, &rows, w);
            settle(s, &rows, tolerance);
        }
        bring_home(s, &rows);
        if (bound)
            bounds(s, rows.first, rows.n, bound + done, w);
    }
}

void bz_mean_field(struct bz_state *s, size_t first, size_t n, bool warm, double *bound, struct bz_work *w)
{
    fixed_point(s, first, n, warm, bz_usual_tolerance, bound, w);
}

void bz_mean_field_to(struct bz_state *s, size_t first, size_t n, bool warm, double tolerance, double *bound, struct bz_work *w)
{
    fixed_point(s, first, n, warm, tolerance, bound, w);
}
