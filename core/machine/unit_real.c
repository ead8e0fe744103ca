/* Units with real values: gaussian, and rectified ones. */
#include "unit.h"

#include "cut_normal.h"
#include "mathx.h"
#include "normals.h"
#include "stop.h"

#include <math.h>
#include <string.h>

#define LOG_2PI 1.8378770664093454836

/* --- gaussian --- */

static void gaussian_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    (void)t;
    (void)d;
    memmove(mean, field, l->size * sizeof(*mean));
}

static void gaussian_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key,
                            float *x)
{
    enum { BLOCK = 128 };
    const float root = (float)sqrt(t);
    float z[BLOCK];

    (void)d;
    for (size_t first = 0; first < l->size; first += BLOCK) {
        const size_t n = l->size - first < BLOCK ? l->size - first : BLOCK;
        bz_normals(z, key, first, n);
        for (size_t i = 0; i < n; i++)
            x[first + i] = field[first + i] + root * l->sigma[first + i] * z[i];
    }
}

static double gaussian_own(const struct bz_layer *l, const float *x)
{
    double sum = 0;

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 4); i++) {
        const double from_bias = (double)x[i] - l->bias[i];
        sum -= 0.5 * from_bias * from_bias * l->inv_var[i];
    }
    return sum;
}

/* With y = x - b, w = field - b: the integral of exp((-y^2/2 + y w + (b-o) w)/(t s^2)) over y. */
static double gaussian_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    double sum = (double)l->size * 0.5 * (LOG_2PI + bz_log(t));

    (void)d;
    for (size_t i = 0; i < l->size; i++) {
        const double offset = l->offset ? (double)l->offset[i] : 0, input = (double)field[i] - l->bias[i];
        sum += l->log_sigma[i] + input * (0.5 * input + l->bias[i] - offset) * l->inv_var[i] / t;
    }
    return sum;
}

/* With x = field + sqrt(t) s n, n normal: a constant + t n^2/2. */
static void gaussian_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean,
                                double *variance)
{
    (void)d;
    for (size_t i = 0; i < l->size; i++) {
        const double offset = l->offset ? (double)l->offset[i] : 0, input = (double)field[i] - l->bias[i];
        *mean += 0.5 * t - input * (0.5 * input + l->bias[i] - offset) * l->inv_var[i];
        *variance += 0.5 * t * t;
    }
}

static double gaussian_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)mean;
    (void)d;
    for (size_t i = 0; i < l->size; i++)
        sum += known && known[i] ? 0 : 0.5 * (LOG_2PI + 1) + l->log_sigma[i];
    return sum;
}

static void gaussian_base_mean(const struct bz_layer *l, double d, float *mean)
{
    (void)d;
    memcpy(mean, l->bias, l->size * sizeof(*mean));
}

/* The spread of an independent unit adds s^2 to <(x-b)^2>. */
static double gaussian_spread(const struct bz_layer *l, const float *mean, const uint8_t *known)
{
    double sum = 0;

    (void)mean;
    for (size_t i = 0; i < l->size; i++)
        sum += known && known[i] ? 0 : 0.5;
    return sum;
}

static void gaussian_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    (void)rows;
    for (size_t i = 0; i < l->size; i++)
        bias[i] = (float)mean[i];
}

const struct bz_unit_type bz_unit_gaussian = {BZ_UNIT_BASICS(gaussian, -INFINITY, INFINITY),
                                              .has_sigma = true,
                                              .scaled = true,
                                              .visible = true,
                                              .hidden = true,
                                              .own = gaussian_own,
                                              .spread = gaussian_spread,
                                              .scan = bz_scan_gaussian};

/* --- relu: x >= 0 with weight exp((f x - x^2/2s^2)/t) (Nair & Hinton 2010 for the idea; with one side of the dReLU of Tubiana,
 * Cocco, Monasson 2019 everything is exact) ---
 *
 * With r = s sqrt(t) and z = s f/sqrt(t), y = x/r is a standard normal of mean z cut off below 0: weight exp(z y - y^2/2). */

/* z with <y> = mean > 0: Newton's method on the logarithm, in which <y> is concave and rises for ever. */
static double cut_field(double mean)
{
    double z = mean > 1 ? mean : 1 - 1 / mean;

    for (int i = 0; i < 60; i++) {
        double m[4];
        bz_cut_normal_moments(z, m);
        const double step = (bz_log(mean) - bz_log(m[0])) * m[0] / (m[1] - m[0] * m[0]);
        z += step;
        if (fabs(step) <= 1e-13 * (1 + fabs(z)))
            break;
    }
    return z;
}

static double log_sigma_of(const struct bz_layer *l, size_t i)
{
    return l->log_sigma ? (double)l->log_sigma[i] : 0;
}

static const double smallest_mean = 1e-4; /* in units of y: stands in for means of 0 */

static double cut_field_of(const struct bz_layer *l, double mean, size_t i)
{
    const double y = mean / l->sigma[i];

    return cut_field(y > smallest_mean ? y : smallest_mean);
}

static void relu_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    const double root = sqrt(t);

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        double m[4];
        bz_cut_normal_moments(l->sigma[i] * (double)field[i] / root, m);
        mean[i] = (float)(l->sigma[i] * root * m[0]);
    }
}

static void relu_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x)
{
    const double root = sqrt(t);

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++)
        x[i] = (float)(l->sigma[i] * root * bz_draw_cut_normal(l->sigma[i] * (double)field[i] / root, key, i, l->size));
}

static double relu_own(const struct bz_layer *l, const float *x)
{
    double sum = 0;

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 4); i++)
        sum -= 0.5 * x[i] * x[i] * (double)l->inv_var[i];
    return sum;
}

static double relu_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    const double root = sqrt(t);
    double sum = (double)l->size * 0.5 * bz_log(t);

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++)
        sum += log_sigma_of(l, i) + bz_log_cut_normal(l->sigma[i] * (double)field[i] / root);
    return sum;
}

/* E/t = y^2/2 - z y */
static void relu_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean, double *variance)
{
    const double root = sqrt(t);

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_CUT); i++) {
        const double z = l->sigma[i] * (double)field[i] / root;
        double m[4];
        bz_cut_normal_moments(z, m);
        const double first = 0.5 * m[1] - z * m[0];
        *mean += t * first;
        *variance += t * t * (0.25 * m[3] - z * m[2] + z * z * m[1] - first * first);
    }
}

/* For the truncated normal with this mean. */
static double relu_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_INVERSE); i++) {
        if (known && known[i])
            continue;
        const double z = cut_field_of(l, mean[i], i);
        double m[4];
        bz_cut_normal_moments(z, m);
        sum += log_sigma_of(l, i) + bz_log_cut_normal(z) - z * m[0] + 0.5 * m[1];
    }
    return sum;
}

static double relu_spread(const struct bz_layer *l, const float *mean, const uint8_t *known)
{
    double sum = 0;

    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, BZ_STOP_INVERSE); i++) {
        if (known && known[i])
            continue;
        double m[4];
        bz_cut_normal_moments(cut_field_of(l, mean[i], i), m);
        sum += 0.5 * (m[1] - m[0] * m[0]);
    }
    return sum;
}

static void relu_base_mean(const struct bz_layer *l, double d, float *mean)
{
    relu_mean(l, l->bias, 1, d, mean);
}

static void relu_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    (void)rows;
    for (size_t i = 0; i < l->size; i++)
        bias[i] = (float)(cut_field_of(l, mean[i], i) / l->sigma[i]);
}

const struct bz_unit_type bz_unit_relu = {BZ_UNIT_BASICS(relu, 0, INFINITY), .has_sigma = true, .hidden = true, .own = relu_own,
                                          .spread = relu_spread};
