/* Units of which at most one in a group is on: the columns of a choice that may also be none of them. The energy is that of
 * bernoulli units; only the set of states differs. Given its field f a group's units are on with probabilities exp(f_i)/(1 +
 * sum_j exp(f_j)), the 1 being the weight of none; a group of one unit is a bernoulli unit. */
#include "unit.h"

#include "check.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "stop.h"

#include <math.h>
#include <string.h>

static int make_exclusion(struct bz_exclusion *out, const uint32_t *group, size_t n, struct bz_error *err)
{
    const uint32_t unseen = UINT32_MAX;
    uint32_t *memory = bz_alloc(3 * n + 1, sizeof(*memory), err), *place = bz_alloc(n, sizeof(*place), err);

    if (!memory || !place) {
        bz_free(memory);
        bz_free(place);
        return -1;
    }
    *out = (struct bz_exclusion){.group = memory, .first = memory + n, .unit = memory + 2 * n + 1};
    for (size_t i = 0; i < n; i++)
        place[i] = unseen;
    for (size_t i = 0; i < n; i++) {
        if (place[group[i]] == unseen)
            place[group[i]] = (uint32_t)out->n++;
        out->group[i] = place[group[i]];
        out->first[out->group[i] + 1]++;
    }
    for (size_t g = 0; g < out->n; g++)
        out->first[g + 1] += out->first[g];
    memset(place, 0, n * sizeof(*place));
    for (size_t i = 0; i < n; i++)
        out->unit[out->first[out->group[i]] + place[out->group[i]]++] = (uint32_t)i;
    bz_free(place);
    return 0;
}

int bz_machine_exclude(struct bz_machine *m, size_t layer, const uint32_t *group, struct bz_error *err)
{
    struct bz_layer *l = &m->layers[layer];

    bz_assert(l->unit == BZ_EXCLUSIVE && !l->exclusion.group);
    for (size_t i = 0; i < l->size; i++)
        if (group[i] >= l->size)
            return bz_fail(err, BZ_BAD_MODEL, "layer \"%s\", unit %zu: group %u, expected one below %zu", l->name, i,
                           (unsigned)group[i], l->size);
    return make_exclusion(&l->exclusion, group, l->size, err);
}

int bz_machine_exclude_as(struct bz_machine *m, const struct bz_machine *from, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (from->layers[l].exclusion.group && bz_machine_exclude(m, l, from->layers[l].exclusion.group, err) < 0)
            return -1;
    return 0;
}

static size_t width(const struct bz_exclusion *e, size_t g)
{
    return e->first[g + 1] - e->first[g];
}

/* The largest field of a group, where none has 0. */
static float largest_field(const float *field, const uint32_t *unit, size_t k)
{
    float largest = 0;

    for (size_t i = 0; i < k; i++)
        largest = field[unit[i]] > largest ? field[unit[i]] : largest;
    return largest;
}

/* w[size] = exp(field/t), with weight 1 for none; field = -infinity gives 0. Groups with a field over MOST are shifted down to
 * it: the probability of none is below e^-60 in them, and stays so. w may be field. */
static void weigh(const struct bz_layer *l, const float *field, double t, float *w)
{
    enum { MOST = 60 };
    static const float smallest = 1.66e-38f; /* smaller weights are what exp_shifted returns below its range */
    const struct bz_exclusion *e = &l->exclusion;
    const float scale = (float)(1 / t);

    for (size_t g = 0; g < e->n; g++) {
        const uint32_t *unit = e->unit + e->first[g];
        const float largest = scale * largest_field(field, unit, width(e, g)), down = largest > MOST ? largest - MOST : 0;

        for (size_t i = 0; i < width(e, g); i++)
            w[unit[i]] = scale * field[unit[i]] - down;
    }
    bz_cpu()->exp_shifted(w, w, 0, l->size);
    for (size_t i = 0; i < l->size; i++)
        w[i] = w[i] < smallest ? 0 : w[i];
}

static double sum_of_group(const float *w, const uint32_t *unit, size_t k)
{
    double sum = 1;

    for (size_t i = 0; i < k; i++)
        sum += w[unit[i]];
    return sum;
}

static void exclusive_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    const struct bz_exclusion *e = &l->exclusion;

    (void)d;
    weigh(l, field, t, mean);
    for (size_t g = 0; g < e->n; g++) {
        const uint32_t *unit = e->unit + e->first[g];
        const double sum = sum_of_group(mean, unit, width(e, g));

        for (size_t i = 0; i < width(e, g); i++)
            mean[unit[i]] = (float)(mean[unit[i]] / sum);
    }
}

static void exclusive_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key,
                             float *x)
{
    const struct bz_exclusion *e = &l->exclusion;

    (void)d;
    weigh(l, field, t, x);
    for (size_t g = 0; g < e->n; g++) {
        const uint32_t *unit = e->unit + e->first[g];
        const double point = bz_random_double(key, (uint32_t)g) * sum_of_group(x, unit, width(e, g));
        double below = 1; /* none comes first */
        bool open = point >= below;

        for (size_t i = 0; i < width(e, g); i++) {
            below += x[unit[i]];
            const bool on = open && point < below;

            x[unit[i]] = on;
            open = open && !on;
        }
    }
}

static double group_log_sum(const float *field, const uint32_t *unit, size_t k, double t)
{
    const float largest = largest_field(field, unit, k);
    double sum = bz_exp(-(double)largest / t);
    for (size_t i = 0; i < k; i++)
        sum += bz_exp(((double)field[unit[i]] - (double)largest) / t);
    return (double)largest / t + bz_log(sum);
}

static double exclusive_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    const struct bz_exclusion *e = &l->exclusion;
    double sum = 0;

    (void)d;
    for (size_t g = 0; g < e->n && !bz_stopping_work(width(e, g) * BZ_STOP_EXP); g++)
        sum += group_log_sum(field, e->unit + e->first[g], width(e, g), t);
    return sum;
}

static void exclusive_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean,
                                 double *variance)
{
    const struct bz_exclusion *e = &l->exclusion;

    (void)d;
    for (size_t g = 0; g < e->n; g++) {
        const uint32_t *unit = e->unit + e->first[g];
        const double log_sum = group_log_sum(field, unit, width(e, g), t);
        double first = 0, second = 0;

        for (size_t i = 0; i < width(e, g); i++) {
            const double x = field[unit[i]], p = bz_exp(x / t - log_sum);

            first += x * p;
            second += x * x * p;
        }
        *mean -= first;
        *variance += second - first * first;
    }
}

static double exclusive_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    const struct bz_exclusion *e = &l->exclusion;
    double sum = 0;

    (void)d;
    for (size_t g = 0; g < e->n; g++) {
        double none = 1;
        bool open = false;

        if (bz_stopping_work(width(e, g) * BZ_STOP_EXP))
            return 0;

        for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
            const uint32_t i = e->unit[k];

            none -= mean[i];
            open = open || !(known && known[i]);
            sum += known && known[i] ? 0 : bz_minus_p_log_p(mean[i]);
        }
        sum += open ? bz_minus_p_log_p(none) : 0;
    }
    return sum;
}

static void exclusive_base_mean(const struct bz_layer *l, double d, float *mean)
{
    exclusive_mean(l, l->bias, 1, d, mean);
}

/* Smoothed by one more row of each unit of a group, and of none, beside `rows`. */
static void exclusive_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    const struct bz_exclusion *e = &l->exclusion;

    for (size_t g = 0; g < e->n; g++) {
        double none = 1;

        for (size_t k = e->first[g]; k < e->first[g + 1]; k++)
            none -= mean[e->unit[k]] > 0 ? mean[e->unit[k]] : 0;
        none = rows * (none > 0 ? none : 0) + 1;
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
            const double p = mean[e->unit[k]];

            bias[e->unit[k]] = (float)bz_log((rows * (p > 0 ? p : 0) + 1) / none);
        }
    }
}

/* Known units of a group leave 1 minus their sum for the others and none. */
static void exclusive_complete(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y)
{
    const struct bz_exclusion *e = &l->exclusion;

    for (size_t g = 0; g < e->n; g++) {
        double left = 1;

        for (size_t k = e->first[g]; k < e->first[g + 1]; k++)
            left -= known[e->unit[k]] ? (double)x[e->unit[k]] : 0;
        left = drawn ? left > 0.5 : left < 0 ? 0 : left;
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
            const uint32_t i = e->unit[k];

            y[i] = known[i] ? x[i] : (float)(y[i] * left);
        }
    }
}

const struct bz_unit_type bz_unit_exclusive = {
    BZ_UNIT_BASICS(exclusive, 0, 1), .discrete = true, .exclusive = true, .visible = true, .exclude = bz_exclude_known,
    .complete = exclusive_complete};
