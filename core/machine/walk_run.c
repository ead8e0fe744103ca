/* The walk itself: from state to state in Gray-code order, fields changing by the weights of what changed. */
#include "walk.h"

#include "check.h"
#include "edges.h"
#include "mathx.h"
#include "stop.h"
#include "unit.h"

#include <math.h>

/* --- moving --- */

/* What the unit that a site has on adds to -E of the walked units: its base, and its couplings to what other sites have on. */
static void site_weight(const struct bz_walk *walk, size_t index, double *base, double *pairs)
{
    const struct bz_machine *m = walk->m;
    const struct bz_site *site = &walk->site[index];
    const long unit = bz_unit_on(site, site->state);

    *base = *pairs = 0;
    if (unit < 0)
        return;
    *base = site->step_up * (double)walk->base[walk->at[site->layer] + (size_t)unit];
    for (size_t k = 0; k < m->n_links[site->layer]; k++) {
        const struct bz_link *link = &m->links[site->layer][k];
        const struct bz_weights r = bz_link_row(m, site->layer, link, (size_t)unit);
        for (size_t other = walk->first_site[link->layer]; other < walk->first_site[link->layer + 1]; other++) {
            const long on = bz_unit_on(&walk->site[other], walk->site[other].state);
            if (other != index && on >= 0)
                *pairs += (double)site->step_up * walk->site[other].step_up * bz_weights_at(r, (size_t)on);
        }
    }
}

/* field += sign times the weights of the unit that a site has on, in every summed neighbour (grown ones only if `all`). */
static void add_to_fields(struct bz_walk *walk, const struct bz_site *site, double sign, bool all)
{
    const struct bz_machine *m = walk->m;
    const long unit = bz_unit_on(site, site->state);

    for (size_t k = 0; unit >= 0 && k < m->n_links[site->layer]; k++) {
        const struct bz_link *link = &m->links[site->layer][k];
        const struct bz_weights r = bz_link_row(m, site->layer, link, (size_t)unit);
        double *field = walk->field + walk->at[link->layer];
        const double change = sign * site->step_up;
        if (walk->fate[link->layer] != BZ_SUMMED || (walk->growth.grown[link->layer] && !all))
            continue;
        for (size_t j = 0; j < r.n; j++)
            field[r.unit ? r.unit[j] : j] += change * r.w[j];
    }
}

/* narrow = field, of a summed layer that is not grown. */
static void round_fields(struct bz_walk *walk, size_t layer)
{
    const size_t at = walk->at[layer], size = walk->m->layers[layer].size;

    if (walk->fate[layer] == BZ_SUMMED && !walk->growth.grown[layer])
        for (size_t j = at; j < at + size; j++)
            walk->narrow[j] = (float)walk->field[j];
}

/* Fields and own of the present states, from scratch. */
static void refresh(struct bz_walk *walk)
{
    double base, pairs;

    walk->own = 0;
    for (size_t j = 0; j < walk->total; j++)
        walk->field[j] = walk->base[j];
    for (size_t i = 0; i < walk->n_sites; i++) {
        site_weight(walk, i, &base, &pairs);
        walk->own += base + 0.5 * pairs; /* each pair occurs from both sides */
        add_to_fields(walk, &walk->site[i], 1, true);
    }
    for (size_t l = 0; l < walk->m->n_layers; l++) {
        round_fields(walk, l);
        if (walk->growth.grown[l])
            bz_growth_begin(walk, l);
    }
}

static void move(struct bz_walk *walk, size_t index, size_t state)
{
    const struct bz_machine *m = walk->m;
    struct bz_site *site = &walk->site[index];
    const size_t before = site->state;
    double base, pairs;

    site_weight(walk, index, &base, &pairs);
    walk->own -= base + pairs;
    add_to_fields(walk, site, -1, false);
    site->state = state;
    site_weight(walk, index, &base, &pairs);
    walk->own += base + pairs;
    add_to_fields(walk, site, 1, false);
    for (size_t k = 0; k < m->n_links[site->layer]; k++) {
        const size_t neighbour = m->links[site->layer][k].layer;
        round_fields(walk, neighbour);
        if (walk->growth.grown[neighbour])
            bz_growth_step(walk, neighbour, site->step + (before < state ? before : state), state > before);
    }
}

/* Reflected mixed-radix Gray code without loops (Knuth, The Art of Computer Programming 7.2.1.1, algorithm H): one site at a
 * time goes one state up or down; `focus` says which is next. */
void bz_walk_run(struct bz_walk *walk, size_t n, void (*visit)(void *arg, const struct bz_walk *walk), void *arg)
{
    size_t focus[BZ_WALK_MAX_SITES + 1];
    bool down[BZ_WALK_MAX_SITES] = {false};

    bz_assert(n <= walk->n_sites && walk->n_sites <= BZ_WALK_MAX_SITES);
    for (size_t i = 0; i < n; i++)
        walk->site[i].state = 0;
    for (size_t i = 0; i <= n; i++)
        focus[i] = i;
    refresh(walk);
    for (size_t visited = 1;; visited++) {
        visit(arg, walk);
        const size_t i = focus[0];
        focus[0] = 0;
        if (i == n)
            break;
        const size_t state = walk->site[i].state + (down[i] ? (size_t)-1 : 1);
        if (visited % BZ_WALK_REFRESH == 0 && bz_stopping())
            break;
        if (visited % BZ_WALK_REFRESH == 0) {
            walk->site[i].state = state;
            refresh(walk);
        } else {
            move(walk, i, state);
        }
        if (state == 0 || state == walk->site[i].states - 1) {
            down[i] = !down[i];
            focus[i] = focus[i + 1];
            focus[i + 1] = i + 1;
        }
    }
}

/* --- sums --- */

double bz_walk_log_weight(const struct bz_walk *walk, double t)
{
    double sum = (walk->constant + walk->own) / t;

    for (size_t l = 0; l < walk->m->n_layers; l++) {
        const struct bz_layer *layer = &walk->m->layers[l];
        if (walk->growth.grown[l])
            sum += walk->growth.softplus[l];
        else if (walk->fate[l] == BZ_SUMMED)
            sum += bz_unit_type(layer->unit)->log_sum(layer, walk->narrow + walk->at[l], t, walk->counts[l]);
    }
    return sum;
}

enum { WAITING = 1024 };

struct log_sum {
    double t, total;
    double waiting[WAITING]; /* log weights not yet added to total */
    size_t n;
};

static void flush(struct log_sum *sum)
{
    sum->total = bz_logaddexp(sum->total, bz_logsumexp(sum->waiting, sum->n));
    sum->n = 0;
}

static void add_log_weight(void *arg, const struct bz_walk *walk)
{
    struct log_sum *sum = arg;

    sum->waiting[sum->n++] = bz_walk_log_weight(walk, sum->t);
    if (sum->n == WAITING)
        flush(sum);
}

double bz_walk_log_z(struct bz_walk *walk, size_t n, double t)
{
    struct log_sum sum = {.t = t, .total = -INFINITY};

    bz_walk_run(walk, n, add_log_weight, &sum);
    flush(&sum);
    return sum.total;
}
