/* Reconstruction: full sweeps from given rows, by means or by draws. */
#include "infer.h"

#include "edges.h"
#include "mean_field.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"
#include "work.h"

#include <string.h>

/* A tile of rows at work. */
struct pass {
    struct bz_chains *c;
    struct bz_work *w;
    const float *const *given;
    enum bz_output type;
    size_t first, n;
    bool held[BZ_TILE];   /* some visible unit is unknown, so known ones are held */
    double sum[BZ_TILE];  /* squared errors of the known units so far */
    size_t seen[BZ_TILE]; /* how many */
    bool measure;         /* this is the last sweep, and errors are wanted */
};

/* Redraws (or takes the means of) a layer in rows `from` .. from+n-1 of the tile, with the masks of s->known. */
static void update(struct pass *p, size_t layer, size_t from, size_t n)
{
    if (p->type == BZ_STATE)
        bz_gibbs_layer(p->c, layer, p->first + from, n, p->w);
    else
        bz_mean_rows(p->c->s, layer, p->first + from, n, NULL, p->w);
}

/* Units of which one is on, or at most one, or a unit by itself. */
struct choice {
    const uint32_t *unit; /* [n] which they are; NULL = those from first on */
    size_t first, n;
};

static size_t count_choices(const struct bz_layer *l)
{
    return l->exclusion.group ? l->exclusion.n : bz_unit_type(l->unit)->grouped ? l->groups : l->size;
}

static struct choice choice_of(const struct bz_layer *l, size_t g)
{
    const struct bz_exclusion *e = &l->exclusion;
    const size_t states = bz_unit_type(l->unit)->grouped ? l->size / l->groups : 1;

    return e->group ? (struct choice){.unit = e->unit + e->first[g], .n = e->first[g + 1] - e->first[g]}
                    : (struct choice){.first = g * states, .n = states};
}

static inline size_t unit_of(const struct choice *c, size_t k)
{
    return c->unit ? c->unit[k] : c->first + k;
}

/* Choices whose neighbours include gaussian hidden units: these feed a choice's own mean back to it, which would make it ever
 * more certain. With them summed out a state gets (c |w|^2 - w . sum_j x_j w_j)/s^2 beyond its field, w its weights to them, c
 * the middle of its two values, and the sum over the means of its choice: exact where all else is known. field[size] of one
 * row, total: scratch. */
static void take_own_part(const struct bz_state *s, size_t layer, const struct bz_link *link, const float *x, float *total,
                          float *field)
{
    const struct bz_layer *l = &s->m->layers[layer], *hidden = &s->m->layers[link->layer];
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const double middle = 0.5 * ((double)type->least + (double)type->most);

    for (size_t g = 0; g < count_choices(l); g++) {
        const struct choice c = choice_of(l, g);
        memset(total, 0, hidden->size * sizeof(*total));
        for (size_t k = 0; k < c.n && !bz_stopping_work(2 * hidden->size); k++)
            bz_weights_axpy(bz_link_row(s->m, layer, link, unit_of(&c, k)), x[unit_of(&c, k)], total);
        for (size_t k = 0; k < c.n && !bz_stopping_work(4 * hidden->size); k++) {
            const struct bz_weights w = bz_link_row(s->m, layer, link, unit_of(&c, k));
            double more = 0;
            for (size_t h = 0; h < w.n; h++) {
                const size_t j = w.unit ? w.unit[h] : h;
                more += (double)w.w[h] * (middle * (double)w.w[h] - (double)total[j]) * (double)hidden->inv_var[j];
            }
            field[unit_of(&c, k)] += (float)more;
        }
    }
}

static bool is_gaussian_link(const struct bz_machine *m, const struct bz_link *link)
{
    return m->layers[link->layer].unit == BZ_GAUSSIAN && !bz_is_visible(&m->layers[link->layer]);
}

/* Means of a layer's unknown units in rows from .. from+n-1 that hold something, after its field has been corrected so. Choices
 * of which a part is known keep the means they have. */
static void update_collapsed(struct pass *p, size_t layer, size_t from, size_t n)
{
    struct bz_state *s = p->c->s;
    const struct bz_layer *l = &s->m->layers[layer];

    bz_field(s, layer, p->first + from, n, true, p->w->spare[0], p->w);
    for (size_t r = 0; r < n; r++) {
        float *field = p->w->spare[0] + r * l->size, *x = s->x[layer] + (p->first + from + r) * l->size;
        bool all_known;
        const uint8_t *known = bz_row_mask(s, layer, p->first + from + r, &all_known);
        for (size_t k = 0; k < s->m->n_links[layer]; k++)
            if (is_gaussian_link(s->m, &s->m->links[layer][k]))
                take_own_part(s, layer, &s->m->links[layer][k], x, p->w->row, field);
        bz_unit_type(l->unit)->mean(l, field, 1, 0, field);
        for (size_t g = 0; g < count_choices(l) && !bz_stopping_unit(g, 16); g++) {
            const struct choice c = choice_of(l, g);
            bool some_known = !known && all_known;
            for (size_t k = 0; known && k < c.n; k++)
                some_known = some_known || known[unit_of(&c, k)];
            for (size_t k = 0; !some_known && k < c.n; k++)
                x[unit_of(&c, k)] = field[unit_of(&c, k)];
        }
    }
}

/* Whether update_collapsed may follow the usual update of means. */
static bool repeats_itself(const struct pass *p, size_t layer)
{
    const struct bz_machine *m = p->c->s->m;
    const struct bz_unit_type *type = bz_unit_type(m->layers[layer].unit);
    bool gaussian = false;

    if (p->type != BZ_MEAN || !(type->binary || type->grouped || type->exclusive) || bz_machine_has_lateral(m, layer))
        return false;
    for (size_t k = 0; k < m->n_links[layer]; k++)
        gaussian = gaussian || is_gaussian_link(m, &m->links[layer][k]);
    return gaussian;
}

/* The same, treating nothing as known. */
static void update_free(struct pass *p, size_t layer, size_t from, size_t n)
{
    uint8_t **known = &p->c->s->known[layer], *mask = *known;

    *known = NULL;
    update(p, layer, from, n);
    *known = mask;
}

/* Squared differences between a layer's present values and the given ones, of one row's known units. */
static void add_error(struct pass *p, size_t layer, size_t r)
{
    const size_t row = p->first + r, size = p->c->s->m->layers[layer].size;
    const float *x = p->c->s->x[layer] + row * size, *given = p->given[layer] + row * size;
    const uint8_t *known = p->c->s->known[layer] ? p->c->s->known[layer] + row * size : NULL;

    for (size_t i = 0; i < size && !bz_stopping_unit(i, 4); i++)
        if (!known || known[i]) {
            const double away = (double)x[i] - given[i];
            p->sum[r] += away * away;
            p->seen[r]++;
        }
}

/* One visible layer of rows with unknown units. To measure the error, the layer is first updated as if free, then put back,
 * since units with lateral couplings depend on what is held. */
static void update_held(struct pass *p, size_t layer, size_t from, size_t n)
{
    struct bz_state *s = p->c->s;
    const size_t size = s->m->layers[layer].size;
    float *x = s->x[layer] + (p->first + from) * size;

    if (p->measure) {
        bz_copy_work(p->w->spare[1], x, n * size * sizeof(float));
        update_free(p, layer, from, n);
        for (size_t r = from; r < from + n; r++)
            add_error(p, layer, r);
        bz_copy_work(x, p->w->spare[1], n * size * sizeof(float));
    }
    if (!s->known[layer]) /* it is fully known; the unknown units are in another layer */
        return;
    if (repeats_itself(p, layer))
        update_collapsed(p, layer, from, n);
    else
        update(p, layer, from, n);
}

static void update_visible(struct pass *p, size_t layer)
{
    for (size_t r = 0; r < p->n;) {
        const bool held = p->held[r];
        size_t run = 1;
        while (r + run < p->n && p->held[r + run] == held)
            run++;
        if (held)
            update_held(p, layer, r, run);
        else
            update_free(p, layer, r, run);
        for (size_t i = r; !held && p->measure && i < r + run; i++)
            add_error(p, layer, i);
        r += run;
    }
}

static void begin(struct pass *p)
{
    struct bz_state *s = p->c->s;

    for (size_t r = 0; r < p->n; r++) {
        p->held[r] = false;
        p->sum[r] = 0;
        p->seen[r] = 0;
        for (size_t l = 0; l < s->m->n_layers; l++) {
            bool all_known;
            bz_row_mask(s, l, p->first + r, &all_known);
            p->held[r] = p->held[r] || (bz_is_visible(&s->m->layers[l]) && !all_known);
            bz_start_at_base(s, l, p->first + r, p->w);
        }
    }
}

void bz_reconstruct(struct bz_chains *c, const float *const *given, size_t first, size_t n, size_t steps, enum bz_output type,
                    double *error, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;
    struct pass p = {.c = c, .w = w, .given = given, .type = type};

    for (size_t done = 0; done < n; done += p.n) {
        p.first = first + done;
        p.n = n - done < BZ_TILE ? n - done : BZ_TILE;
        begin(&p);
        for (size_t step = 0; step < steps && !bz_stopping(); step++) {
            p.measure = error && step + 1 == steps;
            for (size_t l = 0; l < m->n_layers; l++)
                if (!bz_is_visible(&m->layers[l]))
                    update(&p, l, 0, p.n);
            for (size_t l = 0; l < m->n_layers; l++)
                if (bz_is_visible(&m->layers[l]))
                    update_visible(&p, l);
            for (size_t r = 0; r < p.n; r++)
                c->step[p.first + r]++;
        }
        for (size_t r = 0; error && r < p.n; r++)
            error[done + r] = p.seen[r] ? p.sum[r] / (double)p.seen[r] : 0;
    }
}
