#include "exact_plan.h"

#include "mem.h"

#include <math.h>
#include <string.h>

enum { MAX_BRANCHES = 4000 }; /* steps of the search; chains, trees and small graphs need few */

enum mark { OPEN, GIVEN, WALKED, SUMMED };

struct search {
    const struct bz_machine *m;
    double *bits;               /* [n_layers]; infinite: cannot be walked */
    unsigned char *mark, *best; /* [n_layers] */
    size_t *trail, n_trail;     /* layers marked, in order, so that a branch can be undone */
    size_t *degree;             /* [n_layers] scratch: open neighbours of an open layer */
    double cost, best_cost;
    size_t branches;
};

static void set(struct search *p, size_t l, enum mark mark)
{
    p->mark[l] = mark;
    p->trail[p->n_trail++] = l;
    p->cost += mark == WALKED ? p->bits[l] : 0;
}

static void undo(struct search *p, size_t n_trail)
{
    while (p->n_trail > n_trail) {
        const size_t l = p->trail[--p->n_trail];
        p->cost -= p->mark[l] == WALKED ? p->bits[l] : 0;
        p->mark[l] = OPEN;
    }
}

/* Sums a layer out, so that its open neighbours have to be walked. False if one of them cannot be. */
static bool sum_out(struct search *p, size_t l)
{
    set(p, l, SUMMED);
    for (size_t k = 0; k < p->m->n_links[l]; k++) {
        const size_t neighbour = p->m->links[l][k].layer;
        if (p->mark[neighbour] == SUMMED || (p->mark[neighbour] == OPEN && isinf(p->bits[neighbour])))
            return false;
        if (p->mark[neighbour] == OPEN)
            set(p, neighbour, WALKED);
    }
    return true;
}

/* The open layer with the most open neighbours; *degree is their number. */
static size_t busiest(struct search *p, size_t *degree)
{
    const struct bz_machine *m = p->m;
    size_t found = 0;

    memset(p->degree, 0, m->n_layers * sizeof(*p->degree));
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t a = m->couplings[c].a, b = m->couplings[c].b;
        if (p->mark[a] == OPEN && p->mark[b] == OPEN) {
            p->degree[a]++;
            p->degree[b]++;
        }
    }
    for (size_t l = 1; l < m->n_layers; l++)
        if (p->degree[l] > p->degree[found])
            found = l;
    *degree = p->degree[found];
    return found;
}

/* Only single layers and pairs are left: of a pair, the more expensive one is summed out. */
static void finish(struct search *p)
{
    for (size_t c = 0; c < p->m->n_couplings; c++) {
        const size_t a = p->m->couplings[c].a, b = p->m->couplings[c].b;
        if (p->mark[a] == OPEN && p->mark[b] == OPEN)
            sum_out(p, p->bits[a] >= p->bits[b] ? a : b);
    }
    for (size_t l = 0; l < p->m->n_layers; l++)
        if (p->mark[l] == OPEN)
            set(p, l, SUMMED);
    if (p->cost < p->best_cost) {
        p->best_cost = p->cost;
        memcpy(p->best, p->mark, p->m->n_layers);
    }
}

/* Branch and bound; layers that have to be summed out are no longer open. */
static void branch(struct search *p)
{
    const size_t start = p->n_trail;
    size_t degree, l;

    if (p->cost >= p->best_cost || (p->branches++ > MAX_BRANCHES && !isinf(p->best_cost)))
        return;
    l = busiest(p, &degree);
    if (degree <= 1) {
        finish(p);
    } else {
        set(p, l, WALKED);
        branch(p);
        undo(p, start);
        if (sum_out(p, l))
            branch(p);
    }
    undo(p, start);
}

/* Marks what there is no choice about. */
static int force(struct search *p, const struct bz_state *s, size_t row, struct bz_error *err)
{
    const struct bz_machine *m = s->m;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const uint8_t *known = s->known[l] ? s->known[l] + row * layer->size : NULL;
        const float *x = s->x[l] ? s->x[l] + row * layer->size : NULL;
        const bool some = known && memchr(known, 1, layer->size), all = known && !memchr(known, 0, layer->size);

        p->bits[l] = bz_walk_bits(layer, known, x);
        if (p->bits[l] < 0)
            p->bits[l] = INFINITY;
        if (all)
            p->mark[l] = GIVEN;
        else if (some || bz_machine_has_lateral(m, l))
            p->mark[l] = WALKED;
        if (p->mark[l] == WALKED && isinf(p->bits[l]))
            return bz_fail(
                err, BZ_UNSUPPORTED,
                "layer \"%s\": %s units%s cannot be summed exactly, expected bernoulli, spin or softmax units, or no couplings "
                "within the layer and no part of it given",
                layer->name, bz_unit_name(layer->unit), some ? " of which a part is given" : " coupled to each other");
        p->cost += p->mark[l] == WALKED ? p->bits[l] : 0;
    }
    for (size_t l = 0; l < m->n_layers; l++)
        if (p->mark[l] == OPEN && isinf(p->bits[l]) && !sum_out(p, l))
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer \"%s\": coupled to another layer that only a closed form can sum out, expected bernoulli, "
                           "spin or softmax units on one side",
                           m->layers[l].name);
    p->n_trail = 0; /* these stay */
    return 0;
}

int bz_exact_plan(const struct bz_state *s, size_t row, enum bz_fate *fate, double *bits, struct bz_error *err)
{
    static const enum bz_fate meaning[] = {[OPEN] = BZ_SUMMED, [GIVEN] = BZ_GIVEN, [WALKED] = BZ_WALKED, [SUMMED] = BZ_SUMMED};
    const size_t n = s->m->n_layers;
    struct search p = {.m = s->m, .best_cost = INFINITY};
    int rc = -1;

    if (!(p.bits = bz_alloc(n, sizeof(*p.bits), err)) || !(p.mark = bz_alloc(n, 1, err)) || !(p.best = bz_alloc(n, 1, err)) ||
        !(p.trail = bz_alloc(n, sizeof(*p.trail), err)) || !(p.degree = bz_alloc(n, sizeof(*p.degree), err)))
        goto out;
    if (force(&p, s, row, err) < 0)
        goto out;
    branch(&p);
    for (size_t l = 0; l < n; l++)
        fate[l] = meaning[p.best[l]];
    *bits = p.best_cost;
    rc = 0;
out:
    bz_free_all(p.bits, p.mark, p.best, p.trail, p.degree);
    return rc;
}
