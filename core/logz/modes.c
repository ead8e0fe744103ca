#include "modes.h"

#include "edges.h"
#include "energy.h"
#include "gibbs.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COOLING = 40,  /* sweeps from HOT to temperature 1 */
    HELD = 5,      /* sweeps while a hidden unit is held */
    SETTLING = 20, /* sweeps at temperature 1 before a chain counts */
    STARTS = 512,  /* chains at most */
    GROUPS = 24,   /* chains that are examined more closely */
    MEMBERS = 32,  /* chains that show how wide a group is */
    LEAST_STARTS = 64,
    STRENGTHS = 6 /* 1, 2, 4, ... times a unit's weights */
};
static const double hot = 10, common = 0.25;

/* How chains start, in turn. */
enum start { FROM_HOT, FROM_BIAS, FROM_ROW, FROM_PATTERN, FROM_HELD, KINDS };

struct strong_unit { /* a hidden unit and the squared norm of its weights to visible layers */
    size_t layer, unit;
    double norm;
};

struct search {
    const struct bz_machine *m;
    const struct bz_modes_options *o;
    struct bz_modes *all; /* borrowed */
    struct bz_chains *c;
    enum start *start;        /* [chains] */
    float **mean;             /* [n_layers][chains][size]: conditional means of visible layers */
    double *score;            /* [chains]: -F + entropy of the means: about the log mass of the mode */
    struct strong_unit *unit; /* [n_units], the strongest first */
    size_t n_units;
    struct bz_error *err; /* [tiles] */
    int *failed;          /* [tiles] */
};

static bool seen(const struct bz_layer *l)
{
    return bz_is_visible(l);
}

/* --- starts --- */

/* Weights between unit j of hidden layer h and a visible layer; none where they are not coupled. */
static struct bz_weights weights_between(const struct bz_machine *m, size_t h, size_t j, size_t visible)
{
    for (size_t k = 0; k < m->n_links[h]; k++)
        if (m->links[h][k].layer == visible)
            return bz_link_row(m, h, &m->links[h][k], j);
    return (struct bz_weights){0};
}

static double square_of(struct bz_weights r)
{
    return r.n ? bz_cpu()->dot(r.w, r.w, r.n) : 0;
}

static int by_norm(const void *a, const void *b)
{
    const double x = ((const struct strong_unit *)a)->norm, y = ((const struct strong_unit *)b)->norm;

    return x < y ? 1 : x > y ? -1 : 0;
}

static int list_units(struct search *s, struct bz_error *err)
{
    const struct bz_machine *m = s->m;
    size_t n = 0;

    for (size_t h = 0; h < m->n_layers; h++)
        n += seen(&m->layers[h]) ? 0 : m->layers[h].size;
    if (!(s->unit = bz_alloc(n, sizeof(*s->unit), err)))
        return -1;
    for (size_t h = 0; h < m->n_layers; h++)
        for (size_t j = 0; !seen(&m->layers[h]) && j < m->layers[h].size; j++) {
            double norm = 0;

            for (size_t v = 0; v < m->n_layers; v++)
                norm += seen(&m->layers[v]) ? square_of(weights_between(m, h, j, v)) : 0;
            if (norm > 1e-6)
                s->unit[s->n_units++] = (struct strong_unit){h, j, norm};
        }
    qsort(s->unit, s->n_units, sizeof(*s->unit), by_norm);
    return 0;
}

static void copy_row(const struct search *s, const struct bz_state *from, size_t row, size_t chain)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;

        if (seen(&s->m->layers[l]))
            memcpy(s->c->s->x[l] + chain * size, from->x[l] + row * size, size * sizeof(float));
    }
}

static bool has_real_values(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (seen(&m->layers[l]) && !bz_unit_type(m->layers[l].unit)->discrete)
            return true;
    return false;
}

/* Visible layers as one hidden unit alone would have them, on (strength > 0) or against it. Where units have weights alike,
 * several are on in a mode: real values are tried at some strengths, discrete ones are saturated. */
static void draw_pattern(const struct search *s, size_t h, size_t j, double strength, size_t chain, float *field)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const struct bz_weights r = seen(layer) ? weights_between(s->m, h, j, l) : (struct bz_weights){0};
        const struct bz_key key = {.seed = s->o->seed, .chain = (uint32_t)chain, .layer = (uint16_t)l, .purpose = BZ_DRAW_MISC};
        double scale = strength;

        if (!r.n)
            continue;
        if (bz_unit_type(layer->unit)->discrete) {
            const double norm = square_of(r);

            scale = norm > 0 ? copysign(8, strength) / sqrt(norm / (double)layer->size) : 0;
        }
        for (size_t i = 0; i < layer->size; i++)
            field[i] = bz_unit_type(layer->unit)->discrete ? 0 : layer->bias[i];
        for (size_t k = 0; k < r.n; k++)
            field[r.unit ? r.unit[k] : k] += (float)(scale * (double)r.w[k]);
        bz_unit_type(layer->unit)
            ->sample(layer, field, 1.0, bz_row_counts(s->c->s, l, chain), &key, s->c->s->x[l] + chain * layer->size);
    }
}

/* Holds a hidden unit on or off while the chain settles. */
static int hold(const struct search *s, size_t h, size_t j, bool on, size_t chain, struct bz_error *err)
{
    const size_t size = s->m->layers[h].size;

    const struct bz_unit_type *type = bz_unit_type(s->m->layers[h].unit);

    if (!type->binary)
        return 0;
    if (!s->c->s->known[h] && bz_state_make_known(s->c->s, h, err) < 0)
        return -1;
    s->c->s->known[h][chain * size + j] = 1;
    s->c->s->x[h][chain * size + j] = on ? type->most : type->least;
    return 0;
}

/* Everything starts from the machine's own base means, part of which is then replaced as requested. */
static int begin(struct search *s, struct bz_error *err)
{
    const struct bz_state *rows = s->o->rows && s->o->rows->n ? s->o->rows : s->o->ends;
    struct bz_work *w = NULL;
    float *field = bz_alloc(bz_machine_widest(s->m), sizeof(*field), err);
    const size_t rounds[KINDS] = {[FROM_PATTERN] = has_real_values(s->m) ? STRENGTHS : 1, [FROM_HELD] = 1};
    size_t turn[KINDS] = {0};
    int rc = field && bz_work_new(&w, s->m, err) == 0 ? 0 : -1;

    if (rc == 0)
        bz_chains_init(s->c, 0, s->c->s->n, NULL, w);
    for (size_t r = 0; rc == 0 && r < s->c->s->n; r++) {
        enum start kind = (enum start)(r % KINDS);

        if (kind >= FROM_PATTERN && turn[kind] >= 2 * s->n_units * rounds[kind])
            kind = r % 2 ? FROM_HOT : FROM_ROW;
        const size_t t = turn[kind]++;
        const struct strong_unit *u = s->n_units ? &s->unit[t / 2 % s->n_units] : NULL;

        s->start[r] = kind;
        if (kind == FROM_ROW || kind == FROM_HELD)
            copy_row(s, rows, t % rows->n, r);
        if (kind == FROM_PATTERN)
            draw_pattern(s, u->layer, u->unit, ldexp(t % 2 ? -1 : 1, (int)(t / 2 / s->n_units)), r, field);
        if (kind == FROM_HELD)
            rc = hold(s, u->layer, u->unit, t % 2 == 0, r, err);
    }
    bz_work_free(w);
    bz_free(field);
    return rc;
}

/* --- settling --- */

static void tile_rows(size_t all, size_t tile, size_t *first, size_t *n)
{
    *first = tile * BZ_TILE;
    *n = all - *first < BZ_TILE ? all - *first : BZ_TILE;
}

/* Releases what was held. */
static void release(struct bz_state *s, size_t first, size_t n)
{
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (s->known[l])
            memset(s->known[l] + first * s->m->layers[l].size, 0, n * s->m->layers[l].size);
}

static double entropy_of(const struct search *s, size_t chain)
{
    double sum = 0;

    for (size_t l = 0; l < s->m->n_layers; l++)
        if (s->mean[l])
            sum += bz_unit_type(s->m->layers[l].unit)
                       ->entropy(&s->m->layers[l], s->mean[l] + chain * s->m->layers[l].size, NULL,
                                 bz_row_counts(s->c->s, l, chain));
    return sum;
}

static void settle_tile(void *arg, size_t i)
{
    struct search *s = arg;
    struct bz_work *w = NULL;
    double f[BZ_TILE];
    size_t first, n;

    tile_rows(s->c->s->n, i, &first, &n);
    if ((s->failed[i] = bz_work_new(&w, s->m, &s->err[i])) < 0)
        return;
    for (size_t k = 0; k < COOLING; k++) {
        for (size_t r = first; r < first + n; r++)
            s->c->temperature[r] = s->start[r] == FROM_HOT ? bz_exp(bz_log(hot) * (1 - (double)k / COOLING)) : 1.0;
        if (k == HELD)
            release(s->c->s, first, n);
        bz_gibbs(s->c, first, n, 1, w);
    }
    for (size_t r = first; r < first + n; r++)
        s->c->temperature[r] = 1.0;
    bz_gibbs(s->c, first, n, SETTLING, w);
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (s->mean[l])
            bz_conditional_mean(s->c->s, l, NULL, first, n, s->mean[l] + first * s->m->layers[l].size, w);
    bz_free_energy(s->c->s, first, n, f, NULL, w);
    for (size_t r = 0; r < n; r++)
        s->score[first + r] = -f[r] + entropy_of(s, first + r);
    bz_work_free(w);
}

static int settle(struct search *s, struct bz_error *err)
{
    const size_t tiles = (s->c->s->n + BZ_TILE - 1) / BZ_TILE;

    bz_parallel_for(s->o->par, tiles, settle_tile, s);
    for (size_t i = 0; i < tiles; i++)
        if (s->failed[i]) {
            if (err)
                *err = s->err[i];
            return -1;
        }
    return 0;
}

/* --- chains far from the runs --- */

/* Chains in order of score, largest first, near which few runs ended and which are not near another in the list: leader[n], and
 * the region around each. */
static int choose_leaders(const struct search *s, size_t *leader, struct bz_mode *around, size_t *n, struct bz_error *err)
{
    bool taken[STARTS] = {false};

    *n = 0;
    for (size_t tried = 0; tried < s->c->s->n && *n < GROUPS; tried++) {
        struct bz_mode region = {0};
        size_t best = SIZE_MAX;
        bool apart;

        for (size_t r = 0; r < s->c->s->n; r++)
            if (!taken[r] && (best == SIZE_MAX || s->score[r] > s->score[best]))
                best = r;
        taken[best] = true;
        if (!isfinite(s->score[best]))
            continue;
        if (bz_mode_base(&region.base, s->m, s->mean, best, 1, err) < 0)
            return -1;
        bz_mode_set_region(&region, s->m, s->o->counts);
        apart = !bz_mode_covered(&region, around, *n, s->c->s, best);
        if (apart && bz_mode_share(&region, s->all, s->o->ends) <= common) {
            leader[*n] = best;
            around[(*n)++] = region;
        } else {
            bz_base_free(region.base);
        }
    }
    return 0;
}

/* --- modes --- */

/* Chains started at the leader show how wide its group is. */
static int make_mode(struct bz_mode *mode, const struct search *s, size_t leader, struct bz_error *err)
{
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    float **means = NULL;
    double f[MEMBERS], q[MEMBERS], mean = 0, square = 0;
    int rc = -1;

    if (bz_chains_new(&c, s->m, MEMBERS, err) < 0 || bz_work_new(&w, s->m, err) < 0)
        goto out;
    c->s->n = MEMBERS;
    bz_mode_set_counts(c->s, s->o->counts);
    for (size_t r = 0; r < MEMBERS; r++) {
        c->seed[r] = s->o->seed + 1;
        c->index[r] = (uint32_t)(leader * MEMBERS + r);
        for (size_t l = 0; l < s->m->n_layers; l++)
            memcpy(c->s->x[l] + r * s->m->layers[l].size, s->c->s->x[l] + leader * s->m->layers[l].size,
                   s->m->layers[l].size * sizeof(float));
    }
    bz_gibbs(c, 0, MEMBERS, SETTLING, w);
    if (bz_visible_means(&means, c->s, w, err) < 0 || bz_mode_base(&mode->base, s->m, means, 0, MEMBERS, err) < 0)
        goto out;
    bz_mode_set_region(mode, s->m, s->o->counts);
    bz_free_energy(c->s, 0, MEMBERS, f, NULL, w);
    mode->size = 0;
    for (size_t r = 0; r < MEMBERS; r++) {
        q[r] = bz_mode_log_q(mode, c->s, r);
        mean += q[r] / MEMBERS;
        mode->size += (-f[r] - q[r]) / MEMBERS;
    }
    for (size_t r = 0; r < MEMBERS; r++)
        square += (q[r] - mean) * (q[r] - mean) / (MEMBERS - 1);
    mode->least = mean - 6 * sqrt(square) - 3;
    rc = 0;
out:
    bz_visible_means_free(means, s->m->n_layers);
    bz_chains_free(c);
    bz_work_free(w);
    return rc;
}

/* Few runs ended in it, and it is not the region of a mode that was found before. */
static bool is_new(const struct bz_mode *mode, const struct bz_mode *found, size_t n, const struct search *s, size_t leader)
{
    if (!isfinite(mode->size) || bz_mode_share(mode, s->all, s->o->ends) > common)
        return false;
    return !bz_mode_covered(mode, found, n, s->c->s, leader);
}

static int by_size(const void *a, const void *b)
{
    const double x = ((const struct bz_mode *)a)->size, y = ((const struct bz_mode *)b)->size;

    return x < y ? 1 : x > y ? -1 : 0;
}

static int make_modes(const struct search *s, struct bz_error *err)
{
    struct bz_mode around[GROUPS], *modes = s->all->mode = bz_alloc(GROUPS, sizeof(*modes), err);
    size_t leader[GROUPS], leaders = 0, *found = &s->all->n;
    int rc = modes ? choose_leaders(s, leader, around, &leaders, err) : -1;

    for (size_t k = 0; rc == 0 && k < leaders; k++) {
        struct bz_mode mode = {0};

        rc = make_mode(&mode, s, leader[k], err);
        if (rc == 0 && is_new(&mode, modes, *found, s, leader[k]))
            modes[(*found)++] = mode;
        else
            bz_base_free(mode.base);
    }
    for (size_t k = 0; k < leaders; k++)
        bz_base_free(around[k].base);
    if (rc == 0)
        qsort(modes, *found, sizeof(*modes), by_size);
    for (; *found > s->o->most; --*found)
        bz_base_free(modes[*found - 1].base);
    return rc;
}

static int prepare(struct search *s, struct bz_error *err)
{
    const size_t wanted = s->o->sweeps / (COOLING + SETTLING);
    const size_t n = wanted < LEAST_STARTS ? LEAST_STARTS : wanted > STARTS ? STARTS : wanted;

    if (bz_chains_new(&s->c, s->m, n, err) < 0 || !(s->start = bz_alloc(n, sizeof(*s->start), err)) ||
        !(s->score = bz_alloc(n, sizeof(*s->score), err)) || !(s->mean = bz_alloc(s->m->n_layers, sizeof(*s->mean), err)) ||
        !(s->err = bz_alloc(n, sizeof(*s->err), err)) || !(s->failed = bz_alloc(n, sizeof(*s->failed), err)))
        return -1;
    s->c->s->n = n;
    bz_mode_set_counts(s->c->s, s->o->counts);
    for (size_t r = 0; r < n; r++) {
        s->c->seed[r] = s->o->seed;
        s->c->index[r] = (uint32_t)r;
    }
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (seen(&s->m->layers[l]) && !(s->mean[l] = bz_alloc(n * s->m->layers[l].size, sizeof(float), err)))
            return -1;
    return list_units(s, err);
}

int bz_modes_find(struct bz_modes *out, const struct bz_machine *m, const struct bz_modes_options *o, struct bz_error *err)
{
    struct search s = {.m = m, .o = o, .all = out};
    int rc = -1;

    *out = (struct bz_modes){0};
    if (prepare(&s, err) == 0 && begin(&s, err) == 0 && settle(&s, err) == 0 && bz_modes_seen(out, m, o, err) == 0)
        rc = make_modes(&s, err);
    bz_chains_free(s.c);
    bz_free(s.start);
    bz_free(s.score);
    bz_visible_means_free(s.mean, m->n_layers);
    bz_free_all(s.unit, s.err, s.failed);
    return rc;
}

static void free_list(struct bz_mode *list, size_t n)
{
    for (size_t k = 0; k < n; k++)
        bz_base_free(list[k].base);
    bz_free(list);
}

void bz_modes_free(struct bz_modes *modes)
{
    free_list(modes->mode, modes->n);
    free_list(modes->seen, modes->n_seen);
    *modes = (struct bz_modes){0};
}
