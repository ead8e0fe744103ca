/* The factor analysis x = mean + L z + e, z ~ N(0, I), e ~ N(0, Psi) diagonal, as a machine: of the joint energy
 *
 *     (x - mean)' Psi^-1 (x - mean)/2 - (x - mean)' Psi^-1 L z + z'(I + L' Psi^-1 L) z/2
 *
 * the last matrix is diagonal for columns of L that are orthogonal in Psi^-1, and 1 for h = z/s with s^2 = 1/(1 + L'Psi^-1 L):
 * a layer of gaussian units with s_i^2 = Psi_i and weights L s beside one with deviation 1.
 *
 * Indicators of a category count as if each were drawn alone with variance p: then the covariances of x and a category are p
 * times the distances of its rows from the mean, and what remains is the covariance within categories. */
#include "factors.h"

#include "eigen.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { MOST_UNITS = 64, LOOKED_AT = 4000 /* rows */, ROUNDS = 4 };
static const double shrinkage = 0.05;   /* shrinkage of correlations: columns may be copies of each other */
static const double slightly = 1e-3;    /* the same, where many rows show how nearly they are */
static const double round_cost = 5e8;   /* rows times units^3 above which gaps are not filled in for a better estimate */
static const double least_share = 1e-3; /* least deviation, for columns that do not vary */

struct analysis {
    size_t n, d;
    float *x;                 /* [n][d] in deviations from the mean; 0 where unknown */
    uint8_t *known;           /* [n][d] */
    size_t *group;            /* [d] units of one category share a number */
    double *mean, *deviation; /* [d] */
    double *r;                /* [d][d] correlations */
    double *vector, *value;   /* [d][d] eigenvectors in rows, and [d]: largest first */
    double *work;             /* [3][d][d] */
    double *psi;              /* [d] of x in deviations */
    size_t *order;            /* [d] scratch: known units first, then gaps */
};

bool train_has_factors(const struct train_data *data)
{
    size_t units = 0, real = 0;
    for (size_t p = 0; p < data->n_parts; p++) {
        const enum bz_unit unit = data->parts[p].unit;
        if (unit != BZ_GAUSSIAN && unit != BZ_BERNOULLI && unit != BZ_SOFTMAX)
            return false;
        units += data->parts[p].size;
        real += unit == BZ_GAUSSIAN ? data->parts[p].size : 0;
    }
    return real > 0 && units > 1 && units <= MOST_UNITS;
}

/* --- correlations --- */

static void read_rows(struct analysis *a, const struct train_data *data, const size_t *rows, size_t n_rows)
{
    for (size_t r = 0; r < a->n; r++) {
        const size_t row = rows[r * n_rows / a->n];
        for (size_t p = 0, at = 0; p < data->n_parts; at += data->parts[p++].size)
            train_part_read(&data->parts[p], &row, 1, NULL, a->x + r * a->d + at, a->known + r * a->d + at);
    }
    for (size_t p = 0, i = 0, group = 0; p < data->n_parts; p++) {
        const struct train_part *part = &data->parts[p];
        const size_t states = part->unit == BZ_SOFTMAX ? part->size / part->groups : 1;
        for (size_t k = 0; k < part->size; k++)
            a->group[i++] = group + k / states;
        group += part->size;
    }
}

/* p of a unit of two values is smoothed by one row, so that none is certain. */
static void standardize(struct analysis *a, const struct train_data *data)
{
    for (size_t p = 0, i = 0; p < data->n_parts; p++)
        for (size_t k = 0; k < data->parts[p].size; k++, i++) {
            const enum bz_unit unit = data->parts[p].unit;
            double n = 0, sum = 0, squares = 0;
            for (size_t r = 0; r < a->n; r++)
                if (a->known[r * a->d + i]) {
                    const double x = (double)a->x[r * a->d + i];
                    n++;
                    sum += x;
                    squares += x * x;
                }
            if (unit == BZ_GAUSSIAN) {
                a->mean[i] = n > 0 ? sum / n : 0;
                a->deviation[i] = n > 0 ? sqrt(fmax(squares / n - a->mean[i] * a->mean[i], 0)) : 0;
            } else {
                a->mean[i] = (sum + 0.5) / (n + 1);
                a->deviation[i] = sqrt(a->mean[i] * (unit == BZ_SOFTMAX ? 1 : 1 - a->mean[i]));
            }
            a->deviation[i] = a->deviation[i] > least_share ? a->deviation[i] : 1;
            for (size_t r = 0; r < a->n; r++) {
                float *x = &a->x[r * a->d + i];
                *x = a->known[r * a->d + i] ? (float)(((double)*x - a->mean[i]) / a->deviation[i]) : 0;
            }
        }
}

/* Over rows in which both are known. */
static void correlate_pairs(struct analysis *a)
{
    for (size_t i = 0; i < a->d; i++)
        for (size_t j = 0; j <= i; j++) {
            double n = 0, sum = 0;
            for (size_t r = 0; r < a->n; r++) {
                const size_t at = r * a->d;
                n += a->known[at + i] & a->known[at + j];
                sum += (double)a->x[at + i] * (double)a->x[at + j];
            }
            const double c = i == j ? 1 : n > 1 && a->group[i] != a->group[j] ? sum / n : 0;
            a->r[i * a->d + j] = a->r[j * a->d + i] = c;
        }
}

/* Correlations of pairs known in different rows need not belong to any distribution, so the smallest eigenvalues are raised.
 * Then all are shrunk towards 0. */
static void shrink(struct analysis *a, double by)
{
    const size_t d = a->d;
    memcpy(a->work, a->r, d * d * sizeof(double));
    train_eigen(a->work, d, a->vector, a->value);
    memset(a->r, 0, d * d * sizeof(double));
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                a->r[i * d + j] += fmax(a->value[k], by) * a->vector[k * d + i] * a->vector[k * d + j];
    for (size_t i = 0; i < d; i++)
        a->work[i] = sqrt(a->r[i * d + i]);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            a->r[i * d + j] = i == j ? 1 : (1 - by) * a->r[i * d + j] / (a->work[i] * a->work[j]);
}

/* Lower factor of the positive definite a[n][n], in place. */
static void factorize(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double rest = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                rest -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(fmax(rest, 1e-12)) : rest / a[j * n + j];
        }
}

/* x with L L' x = b, in place. */
static void solve(const double *l, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
}

/* Puts the expected values of a row's gaps under the present correlations into x, and adds their covariances to sum[d][d]. */
static void expect_row(struct analysis *a, size_t row, double *sum)
{
    const size_t d = a->d;
    size_t *order = a->order;
    double *l = a->work, *c = a->work + d * d;
    size_t n = 0, gaps = 0;
    for (size_t i = 0; i < d; i++)
        if (a->known[row * d + i])
            order[n++] = i;
    for (size_t i = 0; i < d; i++)
        if (!a->known[row * d + i])
            order[n + gaps++] = i;
    if (gaps == 0)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            l[i * n + j] = a->r[order[i] * d + order[j]];
    factorize(l, n);
    for (size_t g = 0; g < gaps; g++) { /* row g of c: coefficients of the gap on what is known */
        const size_t gap = order[n + g];
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            c[i] = a->r[gap * d + order[i]];
        solve(l, n, c);
        for (size_t i = 0; i < n; i++)
            mean += c[i] * (double)a->x[row * d + order[i]];
        a->x[row * d + gap] = (float)mean;
        for (size_t k = 0; k < gaps; k++) {
            const size_t other = order[n + k];
            double covariance = a->r[gap * d + other];
            for (size_t i = 0; i < n; i++)
                covariance -= c[i] * a->r[other * d + order[i]];
            sum[gap * d + other] += covariance;
        }
    }
}

/* A round of expectation and maximisation (Little & Rubin 2002, section 11.2). The columns' means stay fixed; their deviations
 * are in the end those of the known values. */
static void estimate_again(struct analysis *a)
{
    const size_t d = a->d;
    double *sum = a->work + 2 * d * d;
    memset(sum, 0, d * d * sizeof(double));
    for (size_t r = 0; r < a->n; r++)
        expect_row(a, r, sum);
    for (size_t r = 0; r < a->n; r++)
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j <= i; j++)
                sum[i * d + j] += (double)a->x[r * d + i] * (double)a->x[r * d + j];
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            const double scale = sqrt(sum[i * d + i] * sum[j * d + j]);
            const double c = i == j ? 1 : scale > 0 && a->group[i] != a->group[j] ? sum[i * d + j] / scale : 0;
            a->r[i * d + j] = a->r[j * d + i] = c;
        }
}

/* --- the machine --- */

/* psi and the factors, as value (what each explains) and vector: psi starts from the residual variance of each column given the
 * others (Joreskog 1963) and is as large a fraction of it as the correlations allow. */
static void find_factors(struct analysis *a)
{
    const size_t d = a->d;
    double *l = a->work, *scaled = a->work + d * d, *column = a->work + 2 * d * d;
    memcpy(l, a->r, d * d * sizeof(double));
    factorize(l, d);
    for (size_t i = 0; i < d; i++) {
        memset(column, 0, d * sizeof(double));
        column[i] = 1;
        solve(l, d, column);
        a->psi[i] = 1 / column[i];
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            scaled[i * d + j] = a->r[i * d + j] / sqrt(a->psi[i] * a->psi[j]);
    train_eigen(scaled, d, a->vector, a->value);
    const double least = a->value[d - 1];
    for (size_t i = 0; i < d; i++)
        a->psi[i] *= least;
    for (size_t k = 0; k < d; k++)
        a->value[k] = fmax(a->value[k] / least, 1); /* 1 + L'Psi^-1 L */
}

/* A unit's weight to factor k: L s for values, L s / Psi for units whose bias term is linear. */
static double weight_of(const struct analysis *a, size_t i, size_t k, bool real)
{
    const double value = a->value[k], weight = sqrt((value - 1) / value) * a->vector[k * a->d + i];
    return real ? weight * a->deviation[i] * sqrt(a->psi[i]) : weight / (a->deviation[i] * sqrt(a->psi[i]));
}

/* The quadratic term that a unit of two values lacks beside the linear one. */
static double bias_more(const struct analysis *a, size_t i)
{
    return 0.5 * (1 - 1 / a->psi[i]) * (1 - 2 * a->mean[i]) / (a->deviation[i] * a->deviation[i]);
}

static void write_machine(struct bz_machine *m, const struct analysis *a, size_t n_parts)
{
    const size_t hidden = n_parts, factors = m->layers[hidden].size;
    float *own = bz_machine_bias(m, hidden);
    memset(own, 0, factors * sizeof(float));
    for (size_t c = 0, first = 0; c < n_parts; first += m->layers[c++].size) {
        const struct bz_layer *layer = &m->layers[c];
        const bool real = layer->unit == BZ_GAUSSIAN;
        float *w = bz_machine_weight(m, c), *b = bz_machine_bias(m, c), *s = bz_machine_log_sigma(m, c);
        for (size_t i = 0; i < layer->size; i++) {
            const size_t at = first + i;
            const double o = layer->offset ? (double)layer->offset[i] : 0;
            const double variance = real ? a->psi[at] * a->deviation[at] * a->deviation[at] : 1;
            if (real) {
                b[i] = (float)a->mean[at];
                s[i] = (float)(0.5 * bz_log(variance));
            } else {
                b[i] += (float)bias_more(a, at);
            }
            for (size_t k = 0; k < factors; k++) {
                const double weight = k < a->d ? weight_of(a, at, k, real) : 0;
                w[i * factors + k] = (float)weight;
                own[k] -= (float)(weight * (a->mean[at] - o) / variance);
            }
        }
    }
}

static bool suits(const struct bz_machine *m, const struct train_data *data)
{
    if (!train_has_factors(data) || m->n_layers != data->n_parts + 1 || m->n_couplings != data->n_parts ||
        m->layers[data->n_parts].unit != BZ_GAUSSIAN || m->layers[data->n_parts].role != BZ_HIDDEN)
        return false;
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->couplings[c].a != c || m->couplings[c].b != data->n_parts || m->couplings[c].index)
            return false;
    return true;
}

static void analyse(struct analysis *a, const struct train_data *data, const size_t *rows, size_t n_rows, double by)
{
    const double cost = (double)a->n * pow((double)a->d, 3);
    bool gaps = false;
    for (size_t p = 0; p < data->n_parts; p++)
        gaps = gaps || data->parts[p].missing;
    read_rows(a, data, rows, n_rows);
    standardize(a, data);
    correlate_pairs(a);
    shrink(a, by);
    for (size_t round = 0; gaps && cost <= round_cost && round < ROUNDS; round++) {
        estimate_again(a);
        shrink(a, by);
    }
}

static int analysis_open(struct analysis *a, const struct train_data *data, size_t n_rows, struct bz_error *err)
{
    *a = (struct analysis){.n = n_rows < LOOKED_AT ? n_rows : LOOKED_AT};
    for (size_t p = 0; p < data->n_parts; p++)
        a->d += data->parts[p].size;
    const size_t d = a->d;
    return (a->x = bz_alloc(a->n * d, sizeof(float), err)) && (a->known = bz_alloc(a->n * d, 1, err)) &&
                   (a->group = bz_alloc(d, sizeof(size_t), err)) && (a->mean = bz_alloc(d, sizeof(double), err)) &&
                   (a->deviation = bz_alloc(d, sizeof(double), err)) && (a->r = bz_alloc(d * d, sizeof(double), err)) &&
                   (a->vector = bz_alloc(d * d, sizeof(double), err)) && (a->value = bz_alloc(d, sizeof(double), err)) &&
                   (a->work = bz_alloc(3 * d * d, sizeof(double), err)) && (a->psi = bz_alloc(d, sizeof(double), err)) &&
                   (a->order = bz_alloc(d, sizeof(size_t), err))
               ? 0
               : -1;
}

static void analysis_close(struct analysis *a)
{
    void *const owned[] = {a->x,      a->known, a->group, a->mean, a->deviation, a->r,
                           a->vector, a->value, a->work,  a->psi,  a->order};
    for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
        bz_free(owned[i]);
}

int train_start_factors(struct bz_machine *m, const struct train_data *data, const size_t *rows, size_t n_rows, bool *found,
                        struct bz_error *err)
{
    struct analysis a;
    *found = false;
    if (!suits(m, data) || n_rows == 0)
        return 0;
    const int rc = analysis_open(&a, data, n_rows, err);
    if (rc == 0) {
        analyse(&a, data, rows, n_rows, shrinkage);
        find_factors(&a);
        write_machine(m, &a, data->n_parts);
        *found = true;
    }
    analysis_close(&a);
    return rc;
}

/* --- the normal distribution itself --- */

static bool is_normal(const struct train_data *data)
{
    for (size_t p = 0; p < data->n_parts; p++)
        if (data->parts[p].unit != BZ_GAUSSIAN || data->parts[p].missing)
            return false;
    return train_has_factors(data);
}

/* Log density of a row x[d], which is destroyed; l[d][d] is the lower factor of the correlations. */
static double log_density(const struct analysis *a, const double *l, const float *x, double *z)
{
    const double log_2_pi = 1.8378770664093454836;
    double sum = 0;
    for (size_t i = 0; i < a->d; i++) {
        z[i] = ((double)x[i] - a->mean[i]) / a->deviation[i];
        for (size_t k = 0; k < i; k++)
            z[i] -= l[i * a->d + k] * z[k];
        z[i] /= l[i * a->d + i];
        sum -= 0.5 * (z[i] * z[i] + log_2_pi) + bz_log(l[i * a->d + i] * a->deviation[i]);
    }
    return sum;
}

static double mean_log_density(struct analysis *a, const struct train_data *data, const size_t *rows, size_t n)
{
    double *l = a->work, sum = 0;
    memcpy(l, a->r, a->d * a->d * sizeof(double));
    factorize(l, a->d);
    for (size_t r = 0; r < n; r++) {
        for (size_t p = 0, at = 0; p < data->n_parts; at += data->parts[p++].size)
            train_part_read(&data->parts[p], rows + r, 1, NULL, a->x + at, NULL);
        sum += log_density(a, l, a->x, a->value);
    }
    return sum / (double)n;
}

int train_normal_log_prob(const struct train_data *data, const size_t *rows, size_t n_rows, const struct train_data *other,
                          const size_t *other_rows, size_t n_other, double *log_prob, struct bz_error *err)
{
    struct analysis a;
    *log_prob = (double)NAN;
    if (!is_normal(data) || !is_normal(other) || n_rows < 2 || n_other == 0)
        return 0;
    const int rc = analysis_open(&a, data, n_rows, err);
    if (rc == 0) {
        const double ways[] = {shrinkage, slightly};
        for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
            analyse(&a, data, rows, n_rows, ways[i]);
            *log_prob = fmax(*log_prob, mean_log_density(&a, other, other_rows, n_other));
        }
    }
    analysis_close(&a);
    return rc;
}
