/* Units of two values: bernoulli {0, 1} and spin {-1, 1}. A spin of field f is on with the probability of a bernoulli unit of
 * field 2f. */
#include "unit.h"

#include "kernels.h"
#include "mathx.h"
#include "stop.h"

/* The bias of a bernoulli unit, smoothed by one more row in which it is on and one in which it is off, beside `rows`. */
static double smoothed_logit(double mean, double rows)
{
    const double p = (rows * (mean < 0 ? 0 : mean > 1 ? 1 : mean) + 1) / (rows + 2);

    return bz_log(p / (1 - p));
}

/* --- both --- */

/* {0, 1} or probabilities -> {-1, 1} or means. */
static void to_spins(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 2 * x[i] - 1;
}

float bz_binary_scale(const struct bz_layer *l, double t)
{
    return (float)((l->unit == BZ_SPIN ? 2 : 1) / t);
}

void bz_binary_sample(const struct bz_layer *l, const float *field, double t, const struct bz_doubt *doubt,
                      const struct bz_key *key, float *x)
{
    bz_cpu()->draw(x, field, bz_binary_scale(l, t), doubt, key, l->size);
    if (l->unit == BZ_SPIN)
        to_spins(x, l->size);
}

/* --- bernoulli --- */

/* mean[size] = sigmoid(scale * field) */
static void sigmoids(float *mean, const float *field, float scale, size_t size)
{
    enum { TOGETHER = 1 << 16 };
    for (size_t i = 0; i < size && !bz_stopping_work(2 * TOGETHER); i += TOGETHER)
        bz_cpu()->sigmoid(mean + i, field + i, scale, size - i < TOGETHER ? size - i : TOGETHER);
}

static void bernoulli_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    (void)d;
    sigmoids(mean, field, (float)(1 / t), l->size);
}

static void bernoulli_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key,
                             float *x)
{
    (void)d;
    bz_binary_sample(l, field, t, NULL, key, x);
}

static double bernoulli_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    (void)d;
    return bz_cpu()->softplus_sum(field, 1 / t, l->size);
}

static void bernoulli_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean,
                                 double *variance)
{
    (void)d;
    for (size_t i = 0; i < l->size; i++) {
        const double x = field[i], p = bz_sigmoid(x / t), q = bz_sigmoid(-x / t);
        *mean -= x * p;
        *variance += x * x * p * q;
    }
}

static double bernoulli_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2 * BZ_STOP_EXP); i++)
        sum += known && known[i] ? 0 : bz_minus_p_log_p(mean[i]) + bz_minus_p_log_p(1 - (double)mean[i]);
    return sum;
}

static void bernoulli_base_mean(const struct bz_layer *l, double d, float *mean)
{
    (void)d;
    sigmoids(mean, l->bias, 1, l->size);
}

static void bernoulli_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    for (size_t i = 0; i < l->size; i++)
        bias[i] = (float)smoothed_logit(mean[i], rows);
}

const struct bz_unit_type bz_unit_bernoulli = {
    BZ_UNIT_BASICS(bernoulli, 0, 1), .discrete = true, .binary = true, .visible = true, .hidden = true, .scan = bz_scan_binary};

/* --- spin --- */

static void spin_mean(const struct bz_layer *l, const float *field, double t, double d, float *mean)
{
    (void)d;
    sigmoids(mean, field, (float)(2 / t), l->size);
    to_spins(mean, l->size);
}

static void spin_sample(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x)
{
    (void)d;
    bz_binary_sample(l, field, t, NULL, key, x);
}

/* log 2 cosh(f/t) = softplus(2f/t) - f/t */
static double spin_log_sum(const struct bz_layer *l, const float *field, double t, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size; i++)
        sum += field[i];
    return bz_cpu()->softplus_sum(field, 2 / t, l->size) - sum / t;
}

static void spin_add_energy(const struct bz_layer *l, const float *field, double t, double d, double *mean, double *variance)
{
    (void)d;
    for (size_t i = 0; i < l->size; i++) {
        const double x = field[i], p = bz_sigmoid(2 * x / t), q = bz_sigmoid(-2 * x / t);
        *mean -= x * (p - q);
        *variance += 4 * x * x * p * q;
    }
}

static double spin_entropy(const struct bz_layer *l, const float *mean, const uint8_t *known, double d)
{
    double sum = 0;

    (void)d;
    for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2 * BZ_STOP_EXP); i++)
        sum += known && known[i] ? 0 : bz_minus_p_log_p(0.5 + 0.5 * mean[i]) + bz_minus_p_log_p(0.5 - 0.5 * mean[i]);
    return sum;
}

static void spin_base_mean(const struct bz_layer *l, double d, float *mean)
{
    spin_mean(l, l->bias, 1, d, mean);
}

static void spin_fit(const struct bz_layer *l, const double *mean, double rows, float *bias)
{
    for (size_t i = 0; i < l->size; i++)
        bias[i] = (float)(0.5 * smoothed_logit(0.5 + 0.5 * mean[i], rows));
}

const struct bz_unit_type bz_unit_spin = {
    BZ_UNIT_BASICS(spin, -1, 1), .discrete = true, .binary = true, .visible = true, .hidden = true, .scan = bz_scan_binary};
