#include "unit.h"

#include "edges.h"
#include "kernels.h"
#include "mathx.h"
#include "stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- what softmax groups and counts share --- */

static double sum_of(const float *w, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n && !bz_stopping_unit(i, 4); i++)
        sum += w[i];
    return sum;
}

double bz_softmax_weights(float *w, const float *x, double t, size_t n)
{
    bz_cpu()->group_weights(w, x, (float)(1 / t), n, 1);
    return sum_of(w, n);
}

/* log(sum_i exp(x[i]/t)) in double; -infinity if all are left out. */
static double log_sum_exp(const float *x, double t, size_t n)
{
    float largest = -INFINITY;
    double sum = 0;

    for (size_t i = 0; i < n && !bz_stopping_unit(i, 1); i++)
        largest = x[i] > largest ? x[i] : largest;
    if (largest == -INFINITY)
        return -INFINITY;
    for (size_t i = 0; i < n && !bz_stopping_unit(i, BZ_STOP_EXP); i++)
        sum += bz_exp(((double)x[i] - largest) / t);
    return largest / t + bz_log(sum);
}

size_t bz_pick(const float *w, size_t n, double sum, double point)
{
    double below = 0;
    size_t last = 0;

    for (size_t i = 0; i < n; i++) {
        if (!(w[i] > 0))
            continue;
        below += w[i];
        last = i;
        if (point * sum < below)
            break;
    }
    return last;
}

double bz_minus_p_log_p(double p)
{
    return p > 0 ? -p * bz_log(p) : 0;
}

double bz_unit_upper(const struct bz_layer *l, double x)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    return type->binary ? (x - type->least) / ((double)type->most - type->least) : x;
}

double bz_unit_uniform(const struct bz_layer *l, size_t i)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    const struct bz_exclusion *e = &l->exclusion;

    if (type->binary)
        return 0.5 * ((double)type->least + type->most);
    if (e->group)
        return 1 / (double)(e->first[e->group[i] + 1] - e->first[e->group[i]] + 1);
    return (double)l->groups / (double)l->size;
}

/* Mean and variance of the sum of x_k over `draws` draws of k with weights exp(x_k/t); E = -x. */
static void add_choice_energy(const float *x, size_t n, double t, double draws, double *mean, double *variance)
{
    const double log_sum = log_sum_exp(x, t, n);
    double first = 0, second = 0;

    for (size_t k = 0; k < n && !bz_stopping_unit(k, BZ_STOP_EXP); k++)
        first += x[k] * bz_exp(x[k] / t - log_sum);
    for (size_t k = 0; k < n && !bz_stopping_unit(k, BZ_STOP_EXP); k++)
        second += (x[k] - first) * (x[k] - first) * bz_exp(x[k] / t - log_sum);
    *mean -= draws * first;
    *variance += draws * second;
}

/* --- softmax groups --- */

static void normalise(float *w, size_t n, double factor)
{
    for (size_t i = 0; i < n && !bz_stopping_unit(i, 2); i++)
        w[i] = (float)(w[i] * factor);
}

static void softmax_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    const size_t k = l->size / l->groups;

    (void)d;
    bz_cpu()->group_weights(mean, field, (float)(1 / t), k, l->groups);
    for (size_t i = 0; i < l->size; i += k) {
        const double sum = sum_of(mean + i, k);
        normalise(mean + i, k, sum > 0 ? 1 / sum : 0);
    }
}

enum { PICKED_AT_ONCE = 64 }; /* groups; of an even number, so that random numbers begin where `uniform` can */

/* Groups first .. first+n-1 of x, which holds their weights: bz_pick by bz_random_double(key, g), whose first 24 bits, those of
 * bz_random_uniform(key, 2g), nearly always decide. */
static void pick_some(float *x, size_t k, const struct bz_key *key, uint32_t first, size_t n)
{
    float bits[2 * PICKED_AT_ONCE];
    uint32_t chosen[PICKED_AT_ONCE];

    bz_cpu()->uniform(bits, key, 2 * first, 2 * n);
    bz_cpu()->pick_groups(chosen, x, bits, k, n);
    for (size_t g = 0; g < n; g++)
        if (chosen[g] == k) {
            const float *w = x + g * k;
            chosen[g] = (uint32_t)bz_pick(w, k, sum_of(w, k), bz_random_double(key, first + (uint32_t)g));
        }
    memset(x, 0, n * k * sizeof(*x));
    for (size_t g = 0; g < n; g++)
        x[g * k + chosen[g]] = 1;
}

static void softmax_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x)
{
    const size_t k = l->size / l->groups;

    (void)d;
    bz_cpu()->group_weights(x, field, (float)(1 / t), k, l->groups);
    for (size_t g = 0; g < l->groups; g += PICKED_AT_ONCE) {
        const size_t left = l->groups - g;
        pick_some(x + g * k, k, key, (uint32_t)g, left < PICKED_AT_ONCE ? left : PICKED_AT_ONCE);
    }
}

static double softmax_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    const size_t k = l->size / l->groups;
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size; i += k)
        sum += log_sum_exp(field + i, t, k);
    return sum;
}

static void softmax_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean, double *variance)
{
    const size_t k = l->size / l->groups;

    (void)d;
    for (size_t i = 0; i < l->size; i += k)
        add_choice_energy(field + i, k, t, 1, mean, variance);
}

static double softmax_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_EXP); i++)
        sum += known && known[i] ? 0 : bz_minus_p_log_p(mean[i]);
    return sum;
}

static void softmax_base_mean(const struct bz_layer *l, double d, float *mean)
{
    softmax_mean(l, l->bias, 1, d, mean);
}

/* The bias of groups of k, smoothed by one more row of each column beside `rows`. */
static void fit_groups(const struct bz_layer *l, const double *mean, double rows, size_t k, float *bias)
{
    for (size_t g = 0; g < l->size; g += k) {
        double total = 0;
        for (size_t i = g; i < g + k; i++)
            total += mean[i] > 0 ? mean[i] : 0;
        for (size_t i = g; i < g + k; i++)
            bias[i] = (float)bz_log((rows * (mean[i] > 0 ? mean[i] : 0) + 1) / (rows * total + (double)k));
    }
}

static void softmax_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    fit_groups(l, mean, rows, l->size / l->groups, bias);
}

double bz_exclude_known(const struct bz_layer *l, const float *x, const uint8_t *known, double d, float *field)
{
    (void)x;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2); i++)
        field[i] = known[i] ? -INFINITY : field[i];
    return d;
}

/* Known columns of a group leave 1 minus their sum for the others. */
static void softmax_complete(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y)
{
    const size_t k = l->size / l->groups;

    for (size_t g = 0; g < l->size; g += k) {
        double left = 1;
        for (size_t i = g; i < g + k; i++)
            left -= known[i] ? (double)x[i] : 0;
        left = drawn ? left > 0.5 : left < 0 ? 0 : left;
        for (size_t i = g; i < g + k; i++)
            y[i] = known[i] ? x[i] : (float)(y[i] * left);
    }
}

static void softmax_exclude_own(const struct bz_machine *m, size_t layer, const float *x, double d, float *field)
{
    const struct bz_layer *l = &m->layers[layer];
    const size_t k = l->size / l->groups, c = (size_t)bz_machine_lateral(m, layer);

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_work(k); i++) {
        const size_t g = i / k * k;
        const struct bz_weights own = bz_weights_within(bz_coupling_row(m, c, false, i), g, g + k);
        field[i] -= (float)bz_weights_dot(own, own.unit ? x : x + g);
    }
}

/* --- multinomial counts (replicated softmax) --- */

static void multinomial_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    const double sum = bz_softmax_weights(mean, field, t, l->size);
    normalise(mean, l->size, sum > 0 ? d / sum : 0);
}

enum { STOP_WORDS = 16384 }; /* between two checks for a stop: a fraction of a millisecond */

/* D uniform points in ascending order, one after the other (the smallest of r points left above q is 1 - (1-q) u^(1/r)), are
 * merged with the running sum of the weights, which the counts replace in place. */
static void multinomial_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key,
                               float *x)
{
    const double sum = bz_softmax_weights(x, field, t, l->size);
    double above = 1, below = 0; /* 1 - the next point; running sum */
    size_t left = d >= 1 ? (size_t)d : 0, last = l->size;
    bool waiting = false; /* a point is drawn and not yet placed */

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 8); i++) {
        const float weight = x[i];
        x[i] = 0;
        if (!(weight > 0))
            continue;
        below += weight;
        last = i;
        while (left > 0) {
            if (!waiting)
                above *= bz_exp(bz_log(bz_random_double(key, (uint32_t)left - 1)) / (double)left);
            waiting = !((1 - above) * sum < below);
            if (waiting)
                break;
            x[i]++;
            left--;
            if (left % STOP_WORDS == 0 && bz_stopping())
                return;
        }
    }
    if (last < l->size)
        x[last] += (float)left; /* points within rounding error of the total */
}

static double multinomial_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    return d > 0 ? d * log_sum_exp(field, t, l->size) : 0;
}

static void multinomial_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean,
                                   double *variance)
{
    if (d > 0)
        add_choice_energy(field, l->size, t, d, mean, variance);
}

/* The entropy of the remaining words, in order: each has the probabilities mean/left. */
static double multinomial_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double left = d, sum = 0;

    for (size_t i = 0; known && i < l->size && !bz_stopping_unit(i, 2); i++)
        left -= known[i] ? mean[i] : 0;
    for (size_t i = 0; left > 0 && i < l->size && !bz_stopping_unit(i, BZ_STOP_EXP); i++)
        sum += known && known[i] ? 0 : left * bz_minus_p_log_p(mean[i] / left);
    return sum;
}

static void multinomial_base_mean(const struct bz_layer *l, double d, float *mean)
{
    multinomial_mean(l, l->bias, 1, d, mean);
}

static double multinomial_exclude(const struct bz_layer *l, const float *x, const uint8_t *known, double d, float *field)
{
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2); i++)
        if (known[i]) {
            field[i] = -INFINITY;
            d -= x[i];
        }
    return d < 0 ? 0 : d;
}

static void multinomial_complete(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y)
{
    (void)drawn;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2); i++)
        y[i] = known[i] ? x[i] : y[i];
}

/* A word is coupled only to the D - 1 others: on average (D-1)/D of x. */
static void multinomial_exclude_own(const struct bz_machine *m, size_t layer, const float *x, double d, float *field)
{
    const size_t c = (size_t)bz_machine_lateral(m, layer);

    for (size_t i = 0; d > 0 && i < m->layers[layer].size && !bz_stopping_work(m->layers[layer].size); i++)
        field[i] -= (float)(bz_weights_dot(bz_coupling_row(m, c, false, i), x) / d);
}

static void multinomial_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    fit_groups(l, mean, rows, l->size, bias);
}

/* --- the table --- */

static const struct bz_unit_type softmax = {BZ_UNIT_BASICS(softmax, 0, 1),
                                            .discrete = true,
                                            .grouped = true,
                                            .visible = true,
                                            .hidden = true,
                                            .exclude = bz_exclude_known,
                                            .complete = softmax_complete,
                                            .exclude_own = softmax_exclude_own,
                                            .scan = bz_scan_softmax};

static const struct bz_unit_type multinomial = {BZ_UNIT_BASICS(multinomial, 0, INFINITY),
                                                .discrete = true,
                                                .counted = true,
                                                .visible = true,
                                                .exclude = multinomial_exclude,
                                                .complete = multinomial_complete,
                                                .exclude_own = multinomial_exclude_own,
                                                .scan = bz_scan_multinomial};

static const struct bz_unit_type *const types[] = {
    [BZ_BERNOULLI] = &bz_unit_bernoulli, [BZ_GAUSSIAN] = &bz_unit_gaussian,  [BZ_SOFTMAX] = &softmax,
    [BZ_MULTINOMIAL] = &multinomial,     [BZ_SPIN] = &bz_unit_spin,          [BZ_RELU] = &bz_unit_relu,
    [BZ_DRELU] = &bz_unit_drelu,         [BZ_EXCLUSIVE] = &bz_unit_exclusive};
_Static_assert(sizeof(types) / sizeof(types[0]) == BZ_N_UNITS, "a row for every unit type");

const struct bz_unit_type *bz_unit_type(enum bz_unit unit)
{
    return types[unit];
}

const char *bz_unit_name(enum bz_unit unit)
{
    return (unsigned)unit < BZ_N_UNITS ? types[unit]->name : "unknown";
}

int bz_unit_from_name(const char *name)
{
    for (int i = 0; i < BZ_N_UNITS; i++)
        if (strcmp(types[i]->name, name) == 0)
            return i;
    return -1;
}

void bz_unit_names(char *text, size_t room, bool visible, bool learned)
{
    const char *last = NULL;
    size_t n = 0;

    text[0] = 0;
    for (int i = 0; i <= BZ_N_UNITS; i++) {
        const char *name = i < BZ_N_UNITS && (visible ? types[i]->visible : types[i]->hidden) &&
                                   !(learned && (types[i]->two_sided || types[i]->exclusive))
                               ? types[i]->name
                               : NULL;
        if (i < BZ_N_UNITS && !name)
            continue;
        if (last && n < room)
            n += (size_t)snprintf(text + n, room - n, "%s%s", n == 0 ? "" : i == BZ_N_UNITS ? " or " : ", ", last);
        last = name;
    }
}
