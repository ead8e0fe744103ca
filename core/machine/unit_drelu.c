/* Double rectified units (Tubiana, Cocco, Monasson 2019): two half normals that exclude each other,
 *
 *     -E = b x - x^2/2s^2               for x >= 0
 *          (b + b') x - x^2/2(r s)^2    for x < 0
 *
 * with b' and log r in `below`. Both are relative to b and s, so that the gradient with respect to b covers both halves, and a
 * path that mixes biases and precisions leaves b' and r unchanged. Given a field f and the temperature t the halves are, in
 * units of s sqrt(t) and r s sqrt(t), standard normals of means z and z' cut off below 0, z' that of -x. */
#include "unit.h"

#include "cut_normal.h"
#include "mathx.h"
#include "rng.h"
#include "stop.h"

#include <math.h>

struct half {
    double width, z, log_weight; /* of x; mean in these units; log of the integral over x */
    double share;                /* probability of this half */
    double moment[4];            /* <y> ... <y^4> */
};

/* Both halves given the field, without moments; returns the log of their sum. */
static double weigh(const struct bz_layer *l, size_t i, double field, double t, struct half half[2])
{
    const double log_s = (double)l->log_sigma[i] + 0.5 * bz_log(t), log_r = (double)l->below[l->size + i];
    const double below = field + (double)l->below[i];

    for (int k = 0; k < 2; k++) {
        half[k].width = bz_exp(log_s + (k ? log_r : 0));
        half[k].z = (k ? -below : field) * half[k].width / t;
        half[k].log_weight = log_s + (k ? log_r : 0) + bz_log_cut_normal(half[k].z);
    }
    const double away = half[1].log_weight - half[0].log_weight, odds = bz_exp(-fabs(away));
    half[away > 0].share = 1 / (1 + odds);
    half[!(away > 0)].share = odds / (1 + odds);
    return (away > 0 ? half[1].log_weight : half[0].log_weight) + bz_log1p(odds);
}

static double halves(const struct bz_layer *l, size_t i, double field, double t, struct half half[2])
{
    const double log_sum = weigh(l, i, field, t, half);

    bz_cut_normal_moments(half[0].z, half[0].moment);
    bz_cut_normal_moments(half[1].z, half[1].moment);
    return log_sum;
}

static double first_moment(const struct half half[2])
{
    return half[0].share * half[0].width * half[0].moment[0] - half[1].share * half[1].width * half[1].moment[0];
}

static double second_moment(const struct half half[2])
{
    double sum = 0;

    for (int k = 0; k < 2; k++)
        sum += half[k].share * half[k].width * half[k].width * half[k].moment[1];
    return sum;
}

/* The field that gives this mean at temperature 1, and the halves there: Newton's method between two bounds. */
static double field_of(const struct bz_layer *l, size_t i, double mean, struct half half[2])
{
    const double s = bz_exp((double)l->log_sigma[i]), r = bz_exp((double)l->below[l->size + i]);
    const double widest = s * (r > 1 ? r : 1), least = s * (r < 1 ? r : 1);
    const double reach = (fabs(mean) + 2 * widest) / (least * least) + fabs((double)l->below[i]);
    double low = -reach, high = reach, field = 0;

    for (int k = 0; k < 200; k++) {
        halves(l, i, field, 1, half);
        const double found = first_moment(half), variance = second_moment(half) - found * found;
        if (found < mean)
            low = field;
        else
            high = field;
        const double next = field + (mean - found) / variance;
        const double to = next > low && next < high ? next : 0.5 * (low + high);
        if (fabs(to - field) <= 1e-13 * (1 + fabs(field)))
            break;
        field = to;
    }
    return field;
}

static void drelu_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        struct half half[2];
        halves(l, i, (double)field[i], t, half);
        mean[i] = (float)first_moment(half);
    }
}

static void drelu_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x)
{
    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        struct half half[2];
        weigh(l, i, (double)field[i], t, half);
        /* beyond all random numbers used to draw a half */
        const double u = bz_random_double(key, (uint32_t)(BZ_CUT_NORMAL_NUMBERS * l->size + i));
        const int k = u < half[1].share;
        const double y = half[k].width * bz_draw_cut_normal(half[k].z, key, i, l->size);
        x[i] = (float)(k ? -y : y);
    }
}

static double drelu_own_of(const struct bz_layer *l, size_t i, double x)
{
    const double below = x < 0;
    const double precision = bz_exp(-2 * ((double)l->log_sigma[i] + below * (double)l->below[l->size + i]));

    return below * (double)l->below[i] * x - 0.5 * x * x * precision;
}

static double drelu_own(const struct bz_layer *l, const float *x)
{
    double sum = 0;

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++)
        sum += drelu_own_of(l, i, (double)x[i]);
    return sum;
}

static double drelu_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        struct half half[2];
        sum += weigh(l, i, (double)field[i], t, half);
    }
    return sum;
}

/* In each half E/t = y^2/2 - z y. */
static void drelu_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean, double *variance)
{
    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        struct half half[2];
        double first = 0, second = 0;
        halves(l, i, (double)field[i], t, half);
        for (int k = 0; k < 2; k++) {
            const double z = half[k].z, *m = half[k].moment;
            first += half[k].share * (0.5 * m[1] - z * m[0]);
            second += half[k].share * (0.25 * m[3] - z * m[2] + z * z * m[1]);
        }
        *mean += t * first;
        *variance += t * t * (second - first * first);
    }
}

static double drelu_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_INVERSE); i++) {
        struct half half[2];
        if (known && known[i])
            continue;
        sum += halves(l, i, field_of(l, i, (double)mean[i], half), 1, half);
        for (int k = 0; k < 2; k++)
            sum += half[k].share * (0.5 * half[k].moment[1] - half[k].z * half[k].moment[0]);
    }
    return sum;
}

/* <own(x)> in the halves against own(<x>) */
static double drelu_spread(const struct bz_layer *l, const float *mean, const uint8_t *known)
{
    double sum = 0;

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_INVERSE); i++) {
        struct half half[2];
        if (known && known[i])
            continue;
        field_of(l, i, (double)mean[i], half);
        sum += drelu_own_of(l, i, (double)mean[i]) + half[1].share * (double)l->below[i] * half[1].width * half[1].moment[0];
        for (int k = 0; k < 2; k++)
            sum += 0.5 * half[k].share * half[k].moment[1];
    }
    return sum;
}

static void drelu_base_mean(const struct bz_layer *l, double d, float *mean)
{
    drelu_mean(l, l->bias, 1, d, mean);
}

static void drelu_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    struct half half[2];

    (void)rows;
    for (size_t i = 0; i < l->size; i++)
        bias[i] = (float)field_of(l, i, mean[i], half);
}

const struct bz_unit_type bz_unit_drelu = {BZ_UNIT_BASICS(drelu, -INFINITY, INFINITY),
                                           .has_sigma = true,
                                           .two_sided = true,
                                           .hidden = true,
                                           .own = drelu_own,
                                           .spread = drelu_spread};
