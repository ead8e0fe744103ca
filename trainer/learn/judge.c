#include "judge.h"

#include "ais_path.h"
#include "exact.h"
#include "masses.h"
#include "mathx.h"
#include "mem.h"
#include "object.h"
#include "unit.h"

#include <math.h>

enum { RUNS = 16, EVEN_RUNS = 6, BETAS = 800, FINE_RUNS = 64, LEAST_FINE_RUNS = 12, FINE_BETAS = 3200, SUMMED_BITS = 21 };
static const double summed_cells = 1 << 26;     /* states times units: a tenth of a second */
static const double annealed_weights = 1 << 30; /* of all steps of the runs: some tenths */

struct train_judge {
    struct bz_machine *m;
    const struct train_clusters *clusters;
    struct bz_base *base, *even; /* one at the rates of the rows, one at even odds */
    struct train_masses *masses; /* of the groups; NULL = there are none */
    struct bz_parallel *par;
    struct bz_spread *spread;
    uint64_t seed;
    double betas[BETAS], fine[FINE_BETAS];
};

bool train_may_judge(const struct bz_machine *m)
{
    return bz_machine_counted(m) < 0 && bz_machine_hidden_independent(m);
}

double train_judge_needs(const struct bz_machine *m, const struct bz_parallel *par)
{
    enum { UNIT = 60 }; /* bytes for each unit and thread: places on the path, a row's draws */
    const size_t threads = par && par->threads > 1 ? par->threads : 1;
    double units = 0;
    if (train_judge_sums(m))
        return 0;
    for (size_t l = 0; l < m->n_layers; l++)
        units += (double)m->layers[l].size;
    return units * UNIT * (double)threads + RUNS * sizeof(float) * (units + (double)bz_machine_widest(m));
}

/* mean NULL = even odds. */
static int make_base(struct bz_base **out, const struct bz_machine *m, const float *const *mean, struct bz_error *err)
{
    double **means = bz_object_new(m->n_layers * sizeof(*means), NULL, err),
           **ones = bz_object_new(m->n_layers * sizeof(*ones), NULL, err);
    int rc = means && ones ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        float *odds = NULL;

        if (!bz_is_visible(layer))
            continue;
        if (!(means[l] = bz_part(means, layer->size, sizeof(double), err)) ||
            !(ones[l] = bz_part(ones, layer->size, sizeof(double), err)) || !(odds = bz_alloc(layer->size, sizeof(float), err)))
            rc = -1;
        if (rc == 0 && bz_unit_type(layer->unit)->discrete)
            bz_unit_type(layer->unit)->mean(layer, odds, 1, 0, odds); /* of fields 0 */
        for (size_t i = 0; rc == 0 && i < layer->size; i++) {
            means[l][i] = mean ? (double)mean[l][i] : (double)odds[i];
            ones[l][i] = 1;
        }
        bz_free(odds);
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)means, (const double *const *)ones, err);
    bz_object_free(means);
    bz_object_free(ones);
    return rc;
}

static void end_judge(void *self)
{
    struct train_judge *j = self;
    bz_base_free(j->base);
    bz_base_free(j->even);
    train_masses_free(j->masses);
}

int train_judge_new(struct train_judge **out, struct bz_machine *m, const float *const *mean,
                    const struct train_clusters *clusters, uint64_t seed, struct bz_spread *spread, struct bz_parallel *par,
                    struct bz_error *err)
{
    struct train_judge *j = bz_object_new(sizeof(*j), end_judge, err);

    if (!j)
        return -1;
    j->m = m;
    j->par = par;
    j->spread = spread;
    j->seed = seed;
    j->clusters = clusters;
    if (make_base(&j->base, m, mean, err) < 0 || make_base(&j->even, m, NULL, err) < 0 ||
        (clusters && train_masses_new(&j->masses, m, clusters, FINE_RUNS, err) < 0))
        return bz_object_give(out, j, -1);
    bz_ais_schedule(j->betas, BETAS);
    bz_ais_schedule(j->fine, FINE_BETAS);
    return bz_object_give(out, j, 0);
}

void train_judge_free(struct train_judge *j)
{
    bz_object_free(j);
}

/* What a joint state takes: units but those of choices, of which one is on. */
static double cells_of(const struct bz_machine *m)
{
    double units = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        units += m->layers[l].role == BZ_HIDDEN && m->layers[l].unit == BZ_SOFTMAX ? 0 : (double)m->layers[l].size;
    return units;
}

/* Whether log Z is summed exactly. bits: log2 of the states, < 0 = impossible. */
static bool is_summed(const struct bz_machine *m, double bits)
{
    return bits >= 0 && bits <= SUMMED_BITS && exp2(bits) * cells_of(m) <= summed_cells;
}

size_t train_judge_most_states(const struct bz_machine *m)
{
    double bits, weights = 0;
    for (size_t c = 0; c < m->n_couplings; c++)
        weights += (double)bz_coupling_weights(m, c);
    if (bz_exact_bits(m, &bits, NULL) < 0 || !is_summed(m, bits))
        return (size_t)(annealed_weights / (EVEN_RUNS * BETAS * weights));
    return (size_t)fmin(exp2(SUMMED_BITS - bits), summed_cells / (exp2(bits) * cells_of(m)));
}

bool train_judge_sums(const struct bz_machine *m)
{
    double bits;
    return bz_exact_bits(m, &bits, NULL) == 0 && is_summed(m, bits);
}

/* --- sums --- */

static double log_less(double all, double part)
{
    const double less = 1 - bz_exp(part - all);
    return less > 0 ? all + bz_log(less) : -INFINITY;
}

static bool in_choices(const struct train_clusters *c, const struct bz_machine *m)
{
    return c && m->layers[c->layer].unit == BZ_SOFTMAX;
}

/* log Z and the groups' masses as sums of those of their states, units of a layer of choices. */
static int sum_states(struct train_judge *j, struct train_judgement *out, struct bz_error *err)
{
    const struct train_clusters *c = j->clusters;
    double part[TRAIN_CLUSTERS];
    float *x = bz_alloc(j->m->layers[c->layer].size, sizeof(*x), err);
    int rc = x ? 0 : -1;
    for (size_t k = 0; k < c->n; k++) {
        out->log_mass[k] = -INFINITY;
        out->mass_error[k] = 0;
    }
    for (size_t u = 0; rc == 0 && u < c->n_units; u++) {
        double *mass = &out->log_mass[c->of[u]];
        x[c->unit[u]] = 1;
        rc = bz_exact_log_mass(j->m, c->layer, x, SUMMED_BITS, j->par, &part[u], err);
        x[c->unit[u]] = 0;
        *mass = rc == 0 ? bz_logaddexp(*mass, part[u]) : NAN;
    }
    out->error = 0;
    out->log_z = rc == 0 ? bz_logsumexp(part, c->n_units) : NAN;
    bz_free(x);
    return rc;
}

/* Holds units of groups off, or lets them go: was[n_units] keeps their biases. Returns what that adds to log Z but for the
 * states that are gone: -E has b (h - o), also where h is 0. NaN if there are no such units. */
static double hold_off(struct train_judge *j, const bool *which, float *was, bool off)
{
    const struct train_clusters *c = j->clusters;
    const float held = -1e4F, *offset = j->m->layers[c->layer].offset;
    float *bias = bz_machine_bias(j->m, c->layer);
    double adds = NAN;
    for (size_t u = 0; u < c->n_units; u++) {
        const long unit = c->unit[u];
        if (!which[u] || unit < 0)
            continue;
        was[u] = off ? bias[unit] : was[u];
        bias[unit] = off ? held : was[u];
        adds = (isnan(adds) ? 0 : adds) - (offset ? ((double)held - (double)was[u]) * (double)offset[unit] : 0);
    }
    if (!isnan(adds))
        bz_machine_prepare_layers(j->m);
    return adds;
}

/* log Z, and each group's mode as the part missing from it when the group's units are held off. */
static int sum_all(struct train_judge *j, struct train_judgement *out, struct bz_error *err)
{
    const struct train_clusters *c = j->clusters;
    float was[TRAIN_CLUSTERS];
    double rest = 0;
    size_t without_units = TRAIN_CLUSTERS;
    if (in_choices(c, j->m))
        return sum_states(j, out, err);
    if (bz_exact_log_z(j->m, 1, NULL, SUMMED_BITS, j->par, &out->log_z, err) < 0)
        return -1;
    out->error = 0;
    for (size_t k = 0; c && k < c->n; k++) {
        bool own[TRAIN_CLUSTERS] = {false};
        for (size_t u = 0; u < c->n_units; u++)
            own[u] = c->of[u] == k;
        const double adds = hold_off(j, own, was, true);
        double without;
        out->mass_error[k] = 0;
        if (isnan(adds)) {
            without_units = k;
            continue;
        }
        const int rc = bz_exact_log_z(j->m, 1, NULL, SUMMED_BITS, j->par, &without, err);
        hold_off(j, own, was, false);
        if (rc < 0)
            return -1;
        out->log_mass[k] = log_less(out->log_z, without - adds);
        rest += bz_exp(out->log_mass[k] - out->log_z);
    }
    if (without_units < TRAIN_CLUSTERS)
        out->log_mass[without_units] = rest < 1 ? out->log_z + bz_log(1 - rest) : -INFINITY;
    return 0;
}

/* --- annealed runs --- */

/* Energies out of range give no judgement: NaN. */
static int estimate(const struct train_judge *j, const struct bz_ais_options *o, double *log_w, struct bz_ais_result *r,
                    struct bz_error *err)
{
    struct bz_error failure;

    if (bz_ais(j->m, o, log_w, r, &failure) == 0)
        return 0;
    *r = (struct bz_ais_result){.log_z = NAN, .stderr_ = NAN};
    if (failure.code == BZ_DIVERGED)
        return 0;
    if (err)
        *err = failure;
    return -1;
}

void train_judgement_sum(struct train_judgement *j, size_t groups)
{
    double sum = 0, squares = 0, largest = -INFINITY;
    for (size_t k = 0; k < groups; k++)
        largest = fmax(largest, j->log_mass[k]);
    for (size_t k = 0; k < groups; k++) {
        const double mass = bz_exp(j->log_mass[k] - largest);
        if (!isfinite(mass))
            continue;
        sum += mass;
        squares += pow(mass * j->mass_error[k], 2);
    }
    j->log_z = sum > 0 ? largest + bz_log(sum) : (double)NAN;
    j->error = sum > 0 ? sqrt(squares) / sum : (double)NAN;
}

/* A layer's means and variances, of units that are not real 1, where unit `unit` of the groups' layer is on alone. The
 * coupling's other layer is the groups'. field: scratch, [size]. */
static void set_state_base(const struct train_judge *j, const struct bz_coupling *c, size_t unit, float *field, double *mean,
                           double *variance)
{
    const struct bz_layer *layer = &j->m->layers[c->a], *groups = &j->m->layers[c->b];
    for (size_t i = 0; i < layer->size; i++) {
        const float *w = c->weight + i * groups->size;
        mean[i] = (double)layer->bias[i] + (double)w[unit];
        for (size_t v = 0; groups->offset && v < groups->size; v++)
            mean[i] -= (double)w[v] * (double)groups->offset[v];
        variance[i] = layer->log_sigma ? bz_exp(2 * (double)layer->log_sigma[i]) : 1;
        field[i] = (float)mean[i];
    }
    if (!layer->log_sigma) /* classes */
        bz_unit_type(layer->unit)->mean(layer, field, 1, 0, field);
    for (size_t i = 0; !layer->log_sigma && i < layer->size; i++)
        mean[i] = (double)field[i];
}

/* Visible layers as they are with one state of the groups alone, hidden units at their offsets. */
static int make_state_base(struct bz_base **out, const struct train_judge *j, size_t unit, struct bz_error *err)
{
    const struct bz_machine *m = j->m;
    double **mean = bz_object_new(m->n_layers * sizeof(*mean), NULL, err),
           **variance = bz_object_new(m->n_layers * sizeof(*variance), NULL, err);
    int rc = mean && variance ? 0 : -1;
    float *field = bz_alloc(bz_machine_widest(m), sizeof(*field), err);
    rc = field ? rc : -1;
    for (size_t c = 0; rc == 0 && c < m->n_couplings; c++) {
        const size_t l = m->couplings[c].a;
        if (m->couplings[c].b != j->clusters->layer)
            continue;
        if (!(mean[l] = bz_part(mean, m->layers[l].size, sizeof(double), err)) ||
            !(variance[l] = bz_part(variance, m->layers[l].size, sizeof(double), err)))
            rc = -1;
        else
            set_state_base(j, &m->couplings[c], unit, field, mean[l], variance[l]);
    }
    bz_free(field);
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, (const double *const *)variance, err);
    bz_object_free(mean);
    bz_object_free(variance);
    return rc;
}

/* log mass of one state of the groups, while the others are held off. */
static int estimate_state(struct train_judge *j, struct bz_ais_options o, size_t u, struct bz_ais_result *r,
                          struct bz_error *err)
{
    float was[TRAIN_CLUSTERS];
    bool others[TRAIN_CLUSTERS];
    struct bz_base *base;
    if (make_state_base(&base, j, (size_t)j->clusters->unit[u], err) < 0)
        return -1;
    for (size_t v = 0; v < j->clusters->n_units; v++)
        others[v] = v != u;
    const double adds = hold_off(j, others, was, true);
    o.base = base;
    o.fixed = false; /* biases have moved */
    o.seed += u;
    const int rc = estimate(j, &o, NULL, r, err);
    hold_off(j, others, was, false);
    r->log_z -= adds;
    bz_base_free(base);
    return rc;
}

/* Where groups have several states each: these overlap, so each is a mode by itself, and a simple one. */
static int estimate_states(struct train_judge *j, struct bz_ais_options o, struct train_judgement *out, struct bz_error *err)
{
    const struct train_clusters *c = j->clusters;
    double squares[TRAIN_CLUSTERS] = {0};
    o.runs = o.runs / c->n_units > EVEN_RUNS ? o.runs / c->n_units : EVEN_RUNS;
    for (size_t k = 0; k < c->n; k++)
        out->log_mass[k] = -INFINITY;
    for (size_t u = 0; u < c->n_units; u++) {
        const size_t k = c->of[u];
        struct bz_ais_result r;
        if (estimate_state(j, o, u, &r, err) < 0)
            return -1;
        const double all = bz_logaddexp(out->log_mass[k], r.log_z), before = bz_exp(out->log_mass[k] - all);
        squares[k] = squares[k] * before * before + pow(bz_exp(r.log_z - all) * r.stderr_, 2);
        out->log_mass[k] = all;
        out->mass_error[k] = sqrt(squares[k]);
    }
    train_judgement_sum(out, c->n);
    return 0;
}

/* log Z as the sum of the modes'. */
static int estimate_modes(struct train_judge *j, struct bz_ais_options o, const struct bz_state *chains,
                          struct train_judgement *out, struct bz_error *err)
{
    const size_t n = j->clusters->n, each = chains ? LEAST_FINE_RUNS : EVEN_RUNS;
    if (j->clusters->n_units > n)
        return estimate_states(j, o, out, err);
    const size_t least = n <= TRAIN_CODED_CLUSTERS ? each : (each * TRAIN_CODED_CLUSTERS + n - 1) / n; /* no more in all */
    o.runs = o.runs / n > least ? o.runs / n : least;
    if (train_masses_estimate(j->masses, o, chains, out->log_mass, out->mass_error, err) < 0)
        return -1;
    train_judgement_sum(out, n);
    return 0;
}

static struct bz_ais_options coarse(struct train_judge *j, uint64_t turn, size_t times)
{
    return (struct bz_ais_options){.runs = RUNS * times,
                                   .betas = j->betas,
                                   .n_betas = BETAS,
                                   .seed = j->seed + turn,
                                   .base = j->base,
                                   .fixed = j->clusters != NULL,
                                   .par = j->par,
                                   .spread = j->spread};
}

/* Of masses of modes: smaller steps, and runs both ways. */
static struct bz_ais_options fine(struct train_judge *j, uint64_t turn)
{
    struct bz_ais_options o = coarse(j, turn, 1);
    o.runs = FINE_RUNS;
    o.betas = j->fine;
    o.n_betas = FINE_BETAS;
    return o;
}

int train_judge_masses(struct train_judge *j, uint64_t turn, const struct bz_state *chains, struct train_judgement *out,
                       struct bz_error *err)
{
    return estimate_modes(j, fine(j, turn), chains, out, err);
}

int train_judge_log_z(struct train_judge *j, uint64_t turn, size_t times, const struct bz_state *chains,
                      struct train_judgement *out, struct bz_error *err)
{
    struct bz_ais_options o = coarse(j, turn, times);
    struct bz_ais_result r, even;
    double bits;

    if (bz_exact_bits(j->m, &bits, err) < 0)
        return -1;
    const bool few_sums = !j->clusters || j->clusters->n <= TRAIN_CODED_CLUSTERS || in_choices(j->clusters, j->m);
    if (is_summed(j->m, bits) && (few_sums || times > 1))
        return sum_all(j, out, err);
    if (j->clusters && times > 1) {
        times = 1;
        o = fine(j, turn);
    }
    if (j->clusters) {
        if (estimate_modes(j, o, o.n_betas == BETAS ? NULL : chains, out, err) < 0)
            return -1;
    } else {
        if (estimate(j, &o, NULL, &r, err) < 0)
            return -1;
        out->log_z = r.log_z;
        out->error = r.stderr_;
    }
    /* Either base may miss a mode, and is then too low: the larger value is nearer. */
    o.runs = EVEN_RUNS * times;
    o.base = j->even;
    o.seed++;
    if (estimate(j, &o, NULL, &even, err) < 0)
        return -1;
    if (even.log_z - even.stderr_ > out->log_z + out->error) {
        out->log_z = even.log_z;
        out->error = even.stderr_;
    }
    return 0;
}
