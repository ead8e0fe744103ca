#include "follow.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum {
    FEWEST_CHAINS = 16,
    MOST_CHAINS = 64,
    MOST_STRETCH = 8, /* updates from one step of the trajectory to the next */
    SAVED = 128,      /* parts of steps that may be saved up */
    MOST_FIRST = 256, /* of the way from the start to the first machine */
    SETTLING = 20,    /* sweeps before chains that were lost are taken to be samples */
    MOST_UNITS = 1 << 16,
    MOST_PARAMETERS = 1 << 24
};
static const double held = -1e4; /* bias of a unit that is off */
/* Variances of what a step adds to the log weights (bz_trajectory_ais_length): longer ones go in parts; after shorter ones the
 * next comes later; with steps beyond that the chains are lost. */
static const double longest = 0.2, shortest = 0.04, hopeless = 2;
static const double share = 0.05; /* of the time of updates that steps may take */

struct train_follower {
    const struct train_learner *l;
    const struct train_clusters *clusters;
    struct bz_trajectory_ais *ais;
    struct bz_machine *between; /* on the way from one machine to the next; without offsets */
    float *last;                /* [block_size]: where the trajectory is */
    uint64_t seed;
    double income; /* parts of steps that an update pays for */
    struct {
        uint64_t stretch, next; /* updates between steps; that of the next */
        double saved;           /* parts */
        double slip;            /* squared: how far the last judgements were off beyond the errors of both */
        uint64_t lost;          /* the chains cannot keep up until the next judgement */
        uint64_t unproved;      /* they have begun anew, and no judgement has borne them out yet */
    } now;
};

bool train_may_follow(const struct bz_machine *m)
{
    size_t units = 0;

    for (size_t l = 0; l < m->n_layers; l++)
        units += m->layers[l].size;
    return units <= MOST_UNITS && m->block_size <= MOST_PARAMETERS;
}

double train_follower_needs(const struct bz_machine *m)
{
    return train_may_follow(m) ? bz_trajectory_ais_needs(m, MOST_CHAINS) + 5 * sizeof(float) * (double)m->block_size : 0;
}

/* Of an update, of a step for each chain, and of a machine on the way: in products of a row with the weights. */
static double price_of_update(const struct train_learner *l)
{
    return 3 * (double)l->clamped.s->room + (2 * (double)l->rule.sweeps + 3) * (double)l->running.s->room;
}
enum { STEP_PRICE = 5, MACHINE_PRICE = 50 };

int train_follower_new(struct train_follower **out, const struct train_learner *l, const struct train_clusters *clusters,
                       uint64_t seed, struct bz_parallel *par, struct bz_error *err)
{
    struct train_follower *f = bz_alloc(1, sizeof(*f), err);
    if (!f)
        return -1;
    /* About as many chains as may take a step at every update: more are worth nothing where they cannot keep up. */
    const double paid = share * price_of_update(l), chains = floor(fmin(fmax(paid / 4, FEWEST_CHAINS), MOST_CHAINS));
    *f = (struct train_follower){
        .l = l, .clusters = clusters, .seed = seed, .income = paid / (STEP_PRICE * chains + MACHINE_PRICE), .now.stretch = 1};
    if (bz_trajectory_ais_new(&f->ais, l->m, (size_t)chains, seed, par, err) < 0 ||
        bz_machine_like(&f->between, l->m, NULL, err) < 0 || !(f->last = bz_alloc(l->m->block_size, sizeof(float), err))) {
        train_follower_free(f);
        return -1;
    }
    memcpy(f->between->block, l->m->block, l->m->block_size * sizeof(float));
    if (bz_machine_prepare(f->between, err) < 0) {
        train_follower_free(f);
        return -1;
    }
    *out = f;
    return 0;
}

void train_follower_free(struct train_follower *f)
{
    if (!f)
        return;
    bz_trajectory_ais_free(f->ais);
    bz_machine_free(f->between);
    bz_free_all(f->last, f);
}

/* --- steps --- */

/* The machine with these parameters, which are the learner's present ones or an average of earlier ones. */
static const struct bz_machine *machine_of(struct train_follower *f, const float *block)
{
    if (block == f->l->m->block && !f->l->m->only_fields)
        return f->l->m;
    memcpy(f->between->block, block, f->between->block_size * sizeof(float));
    bz_machine_prepare(f->between, NULL); /* prepared before: cannot fail */
    return f->between;
}

static const struct bz_machine *part_of_way(struct train_follower *f, const float *to, double at)
{
    for (size_t i = 0; i < f->between->block_size; i++)
        f->between->block[i] = f->last[i] + (float)at * (to[i] - f->last[i]);
    bz_machine_prepare(f->between, NULL);
    return f->between;
}

/* To other parameters, straight, in as many parts as the weights need, up to the most. Returns how long that was; too long
 * ones are not gone. */
static double go_to(struct train_follower *f, const float *to, size_t most, size_t *taken)
{
    double at = 0, length = 0;

    for (*taken = 0; at < 1; ++*taken) {
        const size_t left = most - *taken;
        const double now = bz_trajectory_ais_length(f->ais, machine_of(f, to)), parts = ceil(sqrt(now / longest));
        length = *taken ? length : now;
        if (!(now / (double)(left * left) < hopeless)) {
            f->now.lost = true;
            return length;
        }
        at += left > 1 && parts > 1 ? (1 - at) / fmin(parts, (double)left) : 1 - at;
        if (at < 1)
            bz_trajectory_ais_length(f->ais, part_of_way(f, to, at));
        bz_trajectory_ais_step(f->ais);
    }
    memcpy(f->last, to, f->between->block_size * sizeof(float));
    return length;
}

/* --- the start --- */

/* Whether a hidden unit represents a group of rows. */
static bool is_group(const struct train_clusters *c, size_t layer, size_t unit)
{
    for (size_t k = 0; c && layer == c->layer && k < c->n_units; k++)
        if (c->unit[k] == (long)unit)
            return true;
    return false;
}

/* The couplings of all but the groups' units are 0; biases are the inputs from typical neighbours instead. */
static int decouple(const struct train_follower *f, struct bz_machine *base, struct bz_error *err)
{
    const struct bz_machine *m = f->l->m;
    struct bz_state *s;
    struct bz_work *w = NULL;
    int rc = -1;

    if (bz_state_new(&s, m, 1, err) < 0)
        return -1;
    s->n = 1;
    if (bz_work_new_for(&w, m, 1, err) < 0)
        goto out;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            s->x[l][i] = is_group(f->clusters, l, i) ? 0 : f->l->typical[l][i];
    memcpy(base->block, m->block, m->block_size * sizeof(float));
    for (size_t l = 0; l < m->n_layers; l++) {
        float *bias = bz_machine_bias(base, l);
        bz_field(s, l, 0, 1, true, bias, w);
        for (size_t i = 0; i < m->layers[l].size; i++)
            bias[i] = is_group(f->clusters, l, i) ? m->layers[l].bias[i] : bias[i];
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t b = m->couplings[c].b, width = m->layers[b].size;
        float *weight = bz_machine_weight(base, c);
        for (size_t k = 0; k < bz_coupling_weights(m, c); k++)
            if (!is_group(f->clusters, b, k % width)) /* only of dense couplings there are groups */
                weight[k] = 0;
    }
    rc = bz_machine_prepare(base, err);
out:
    bz_state_free(s);
    bz_work_free(w);
    return rc;
}

/* A mixture: the joint states of the groups' units, as rows of a state, and the log mass of each. */
struct mixture {
    struct bz_state *s;
    double *log_mass;
};

/* The n-th joint state: units of two values each on or off; of choices one is on. */
static void set_state(const struct train_clusters *c, const struct bz_machine *m, size_t n, float *x)
{
    const bool choice = c && m->layers[c->layer].unit == BZ_SOFTMAX;
    size_t unit = 0;

    for (size_t k = 0; c && k < c->n_units; k++)
        if (c->unit[k] >= 0) {
            x[c->unit[k]] = (choice ? n == unit : n >> unit & 1) ? 1 : 0;
            unit++;
        }
}

static size_t joint_states(const struct train_clusters *c, const struct bz_machine *m)
{
    size_t units = 0;

    for (size_t k = 0; c && k < c->n_units; k++)
        units += c->unit[k] >= 0;
    return !c ? 1 : m->layers[c->layer].unit == BZ_SOFTMAX ? units : (size_t)1 << units;
}

/* What a hidden layer adds to log Z but for the groups' units, which add their biases where they are on. field: scratch. */
static double hidden_mass(const struct train_clusters *c, const struct bz_machine *m, size_t l, const float *x, float *field)
{
    const struct bz_layer *layer = &m->layers[l];
    double on = 0;

    if (c && l == c->layer)
        for (size_t k = 0; k < c->n_units; k++)
            on += c->unit[k] >= 0 ? (double)layer->bias[c->unit[k]] * (double)x[c->unit[k]] : 0;
    if (c && l == c->layer && layer->unit == BZ_SOFTMAX)
        return on;
    for (size_t i = 0; i < layer->size; i++)
        field[i] = is_group(c, l, i) ? (float)held : layer->bias[i];
    return on + bz_unit_type(layer->unit)->log_sum(layer, field, 1, 0);
}

static int weigh_states(const struct train_clusters *c, const struct bz_machine *m, struct mixture *mix, struct bz_error *err)
{
    struct bz_work *w;
    float *field = bz_alloc(bz_machine_widest(m), sizeof(*field), err);

    if (!field || bz_work_new_for(&w, m, 1, err) < 0) {
        bz_free(field);
        return -1;
    }
    for (size_t n = 0; n < mix->s->n; n++) {
        if (c)
            set_state(c, m, n, mix->s->x[c->layer] + n * m->layers[c->layer].size);
        for (size_t l = 0; l < m->n_layers; l++) {
            const struct bz_layer *layer = &m->layers[l];
            if (bz_is_visible(layer)) {
                bz_field(mix->s, l, n, 1, false, field, w);
                mix->log_mass[n] += bz_unit_type(layer->unit)->log_sum(layer, field, 1, 0);
            } else {
                mix->log_mass[n] += hidden_mass(c, m, l, mix->s->x[l] + n * layer->size, field);
            }
        }
    }
    bz_free(field);
    bz_work_free(w);
    return 0;
}

/* Each chain takes a joint state, in proportion to the masses, and draws the visible layers given it. */
static int draw(struct train_follower *f, const struct bz_machine *base, const struct mixture *mix, double log_z,
                struct bz_error *err)
{
    struct bz_chains *chains = bz_trajectory_ais_chains(f->ais);
    const struct bz_key key = bz_key_at(f->seed, 0, 0, 0, BZ_DRAW_INIT);
    const double point = bz_random_double(&key, 0);
    struct bz_work *w;
    double passed = 0;
    size_t n = 0;

    if (bz_work_new(&w, base, err) < 0)
        return -1;
    chains->s->m = base;
    for (size_t r = 0; r < chains->s->n; r++) {
        while (n + 1 < mix->s->n && passed + bz_exp(mix->log_mass[n] - log_z) < ((double)r + point) / (double)chains->s->n)
            passed += bz_exp(mix->log_mass[n++] - log_z);
        for (size_t l = 0; l < base->n_layers; l++) {
            const size_t size = base->layers[l].size;
            memcpy(chains->s->x[l] + r * size, mix->s->x[l] + n * size, size * sizeof(float));
        }
    }
    for (size_t l = 0; l < base->n_layers; l++)
        if (bz_is_visible(&base->layers[l]))
            bz_gibbs_layer(chains, l, 0, chains->s->n, w);
    for (size_t r = 0; r < chains->s->n; r++)
        chains->step[r]++;
    bz_work_free(w);
    return 0;
}

static int start(struct train_follower *f, const struct bz_machine *base, struct bz_error *err)
{
    struct mixture mix = {0};
    const size_t n = joint_states(f->clusters, base);
    int rc = -1;

    if ((mix.log_mass = bz_alloc(n, sizeof(double), err)) && bz_state_new(&mix.s, base, n, err) == 0) {
        mix.s->n = n;
        rc = weigh_states(f->clusters, base, &mix, err);
    }
    if (rc == 0) {
        const double log_z = bz_logsumexp(mix.log_mass, n);
        rc = draw(f, base, &mix, log_z, err);
        bz_trajectory_ais_begin(f->ais, base, log_z);
    }
    bz_free(mix.log_mass);
    bz_state_free(mix.s);
    return rc;
}

static const float *followed(const struct train_follower *f)
{
    return f->l->average ? f->l->average : f->l->m->block;
}

int train_follower_begin(struct train_follower *f, struct bz_error *err)
{
    struct bz_machine *base;

    if (bz_machine_like(&base, f->l->m, NULL, err) < 0)
        return -1;
    const int rc = decouple(f, base, err) < 0 ? -1 : start(f, base, err);
    if (rc == 0) {
        size_t parts;
        memcpy(f->last, base->block, base->block_size * sizeof(float));
        go_to(f, followed(f), MOST_FIRST, &parts);
        f->now.saved = SAVED;
    }
    bz_machine_free(base);
    return rc;
}

void train_follower_step(struct train_follower *f)
{
    size_t parts;

    f->now.saved = fmin(f->now.saved + f->income, SAVED);
    if (f->now.lost || f->l->updates < f->now.next || f->now.saved < 1)
        return;
    const double length = go_to(f, followed(f), (size_t)f->now.saved, &parts);
    f->now.saved -= (double)parts;
    if (f->now.stretch == 1 && length > hopeless) /* one update: no sweeps between its parts keep up with many such */
        f->now.lost = true;
    if (length > longest && f->now.stretch > 1)
        f->now.stretch /= 2;
    else if (length < shortest && f->now.stretch < MOST_STRETCH)
        f->now.stretch *= 2;
    f->now.next = f->l->updates + f->now.stretch;
}

struct bz_trajectory_ais_result train_follower_log_z(struct train_follower *f, const struct bz_machine *shown)
{
    if (f->now.lost || f->now.unproved)
        return (struct bz_trajectory_ais_result){(double)NAN, (double)NAN, 0};
    struct bz_trajectory_ais_result r = bz_trajectory_ais_log_z(f->ais, shown);
    r.stderr_ = sqrt(r.stderr_ * r.stderr_ + f->now.slip);
    return r;
}

void train_follower_judged(struct train_follower *f, const struct bz_machine *shown, double log_z, double error)
{
    enum { ERRORS = 4, FORGETS = 4 };
    struct bz_trajectory_ais_result r = {.log_z = (double)NAN};

    if (!isfinite(log_z))
        return;
    if (!f->now.lost)
        r = bz_trajectory_ais_log_z(f->ais, shown);
    if (!isfinite(r.log_z)) {
        bz_trajectory_ais_resume(f->ais, shown, SETTLING, log_z, error * error);
        memcpy(f->last, followed(f), f->between->block_size * sizeof(float));
        f->now.lost = false;
        f->now.unproved = true;
        f->now.next = f->l->updates + f->now.stretch;
        return;
    }
    f->now.unproved = false;
    const bool trusted = f->now.slip == 0; /* nothing has contradicted it lately */
    const double off = log_z - r.log_z, expected = ERRORS * hypot(r.stderr_, error);
    f->now.slip = fmax(f->now.slip / FORGETS, fabs(off) > expected ? off * off : 0);
    if (off > -expected || error == 0 || !trusted)
        bz_trajectory_ais_correct(f->ais, shown, log_z, error * error);
}

int train_follower_fields(struct train_follower *f, struct train_fields *fields, struct bz_error *err)
{
    struct train_listing list = {fields, err};
    const struct bz_state *s = bz_trajectory_ais_chains(f->ais)->s;
    for (size_t l = 0; l < f->l->m->n_layers; l++) {
        const struct bz_layer *layer = &f->l->m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);
        const size_t n = s->n * layer->size;
        if (bz_is_visible(layer) &&
            (type->discrete ? train_fields_add_two(fields, "followed states", s->x[l], n, type->least, type->most, err)
                            : train_fields_add(fields, "followed states", s->x[l], n * sizeof(float), err)) < 0)
            return -1;
    }
    return train_fields_add(fields, "following", &f->now, sizeof(f->now), err) < 0 ||
                   train_fields_add(fields, "followed to", f->last, f->between->block_size * sizeof(float), err) < 0
               ? -1
               : bz_trajectory_ais_parts(f->ais, train_fields_part, &list);
}
