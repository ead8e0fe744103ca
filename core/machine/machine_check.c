/* Checks of values: of a machine's parameters, and of rows of data against their layer's domain. */
#include "machine.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* exp(-2 log s) and its reciprocal stay well inside float. */
static const float largest_log_sigma = 40;

/* Index of the first value that is not finite, or n if there is none. */
static size_t first_not_finite(const float *x, size_t n)
{
    enum { BLOCK = 64 }; /* of a constant length, so that it is vectorised: loading a model is mostly this and its digest */
    size_t i = 0;

    for (; n - i >= BLOCK; i += BLOCK) {
        int found = 0;
        for (size_t k = 0; k < BLOCK; k++) {
            uint32_t bits;
            memcpy(&bits, x + i + k, sizeof(bits));
            found |= (bits & 0x7f800000) == 0x7f800000;
        }
        if (found)
            break;
    }
    for (; i < n; i++)
        if (!isfinite(x[i]))
            return i;
    return n;
}

static int check_layer(const struct bz_layer *l, struct bz_error *err)
{
    const struct {
        const char *name;
        const float *x;
        bool required;
    } tensors[] = {
        {"bias", l->bias, true},
        {"offset", l->offset, false},
        {"log_sigma", l->log_sigma, bz_unit_type(l->unit)->scaled || bz_unit_type(l->unit)->two_sided},
    };

    for (size_t t = 0; t < sizeof(tensors) / sizeof(tensors[0]); t++) {
        if (!tensors[t].x && tensors[t].required)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s.%s\": missing, expected %zu values", l->name, tensors[t].name,
                           l->size);
        const size_t bad = tensors[t].x ? first_not_finite(tensors[t].x, l->size) : l->size;
        if (bad < l->size)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s.%s\"[%zu]: %g, expected a finite number", l->name, tensors[t].name,
                           bad, (double)tensors[t].x[bad]);
    }
    const size_t bad = l->below ? first_not_finite(l->below, 2 * l->size) : 0;
    if (l->below && bad < 2 * l->size)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s.below\"[%zu,%zu]: %g, expected a finite number", l->name, bad / l->size,
                       bad % l->size, (double)l->below[bad]);
    for (size_t i = 0; l->below && i < l->size; i++)
        if (fabsf(l->log_sigma[i] + l->below[l->size + i]) > largest_log_sigma)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s.below\"[1,%zu]: %g, expected a sum with log_sigma of -%g..%g",
                           l->name, i, (double)l->below[l->size + i], (double)largest_log_sigma, (double)largest_log_sigma);
    for (size_t i = 0; l->log_sigma && i < l->size; i++)
        if (fabsf(l->log_sigma[i]) > largest_log_sigma)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s.log_sigma\"[%zu]: %g, expected -%g..%g", l->name, i,
                           (double)l->log_sigma[i], (double)largest_log_sigma, (double)largest_log_sigma);
    return 0;
}

/* Exactly symmetric with zero diagonal; in blocks, so that columns are read while in the cache. */
static int check_lateral(const struct bz_layer *l, const float *w, struct bz_error *err)
{
    enum { BLOCK = 32 };
    const size_t n = l->size;

    for (size_t i = 0; i < n; i++)
        if (w[i * n + i] != 0)
            return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s~%s.weight\"[%zu,%zu]: %g, expected 0 on the diagonal", l->name,
                           l->name, i, i, (double)w[i * n + i]);
    for (size_t bi = 0; bi < n; bi += BLOCK)
        for (size_t bj = bi; bj < n; bj += BLOCK)
            for (size_t i = bi; i < bi + BLOCK && i < n; i++)
                for (size_t j = bj > i ? bj : i; j < bj + BLOCK && j < n; j++)
                    if (w[i * n + j] != w[j * n + i])
                        return bz_fail(
                            err, BZ_BAD_MODEL,
                            "tensor \"%s~%s.weight\": [%zu,%zu] is %.9g and [%zu,%zu] is %.9g, expected a symmetric one",
                            l->name, l->name, i, j, (double)w[i * n + j], j, i, (double)w[j * n + i]);
    return 0;
}

static int check_coupling(const struct bz_machine *m, const struct bz_coupling *c, struct bz_error *err)
{
    const struct bz_layer *a = &m->layers[c->a], *b = &m->layers[c->b];
    const size_t n = c->index ? c->n_entries : a->size * b->size;

    if (!c->weight)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s~%s.weight\": missing, expected %zu x %zu values", a->name, b->name,
                       a->size, b->size);
    const size_t bad = first_not_finite(c->weight, n);
    if (bad < n && c->index)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s~%s.weight\"[%zu]: %g, expected a finite number", a->name, b->name, bad,
                       (double)c->weight[bad]);
    if (bad < n)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s~%s.weight\"[%zu,%zu]: %g, expected a finite number", a->name, b->name,
                       bad / b->size, bad % b->size, (double)c->weight[bad]);
    return c->a == c->b && !c->index ? check_lateral(a, c->weight, err) : 0;
}

/* --- couplings among units of unbounded values --- */

static bool is_unbounded(const struct bz_layer *l)
{
    return bz_unit_type(l->unit)->has_sigma;
}

static bool among_unbounded(const struct bz_machine *m, const struct bz_coupling *c)
{
    return is_unbounded(&m->layers[c->a]) && is_unbounded(&m->layers[c->b]);
}

/* The factor of a weight when x = s y is written in units y of variance 1: couplings see s y/s^2, or s y, with the wider half
 * where there are two. */
static double log_factor(const struct bz_layer *l, size_t i)
{
    const double log_sigma = l->log_sigma ? (double)l->log_sigma[i] : 0;
    const double wider = l->below && l->below[l->size + i] > 0 ? (double)l->below[l->size + i] : 0;

    return bz_unit_type(l->unit)->scaled ? -log_sigma : log_sigma + wider;
}

/* Rows whose off-diagonal entries together are smaller than the diagonal (here 1) suffice for a positive definite matrix. */
static bool is_dominant(const double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += j == i ? 0 : fabs(a[i * n + j]);
        if (!(sum < 1 - 1e-9))
            return false;
    }
    return true;
}

static double dot(const double *a, const double *b, size_t n)
{
    enum { LANES = 8 };
    double lane[LANES] = {0}, sum = 0;
    size_t k = 0;

    for (; k + LANES <= n; k += LANES)
        for (size_t i = 0; i < LANES; i++)
            lane[i] += a[k + i] * b[k + i];
    for (; k < n; k++)
        sum += a[k] * b[k];
    for (size_t i = 0; i < LANES; i++)
        sum += lane[i];
    return sum;
}

/* Cholesky factorisation in place, lower triangle of a[n][n]; returns n, or the row at which a pivot is not positive. Rows are
 * handled in blocks, for each of which an earlier row is read once. */
static size_t cholesky(double *a, size_t n)
{
    enum { BLOCK = 16 };

    for (size_t first = 0; first < n; first += BLOCK) {
        const size_t end = n - first < BLOCK ? n : first + BLOCK;
        for (size_t j = 0; j < end; j++)
            for (size_t i = j < first ? first : j; i < end; i++) {
                const double rest = a[i * n + j] - dot(a + i * n, a + j * n, j);
                if (i == j && !(rest > 1e-12))
                    return i;
                a[i * n + j] = i == j ? sqrt(rest) : rest / a[j * n + j];
            }
    }
    return n;
}

/* Joint precision of the coupled layers, each unit scaled by its s: of gaussian ones I - K_ij/(s_i s_j). at[l] is where a layer
 * begins, SIZE_MAX if it is not among them. */
static void fill_precision(const struct bz_machine *m, const size_t *at, double *precision, size_t size)
{
    for (size_t i = 0; i < size; i++)
        precision[i * size + i] = 1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *k = &m->couplings[c];
        if (!among_unbounded(m, k))
            continue;
        const struct bz_layer *a = &m->layers[k->a], *b = &m->layers[k->b];
        for (size_t n = 0; n < bz_coupling_weights(m, c); n++) {
            const size_t i = k->index ? k->index[n][0] : n / b->size, j = k->index ? k->index[n][1] : n % b->size;
            const size_t row = at[k->a] + i, column = at[k->b] + j;
            if (row != column)
                precision[row * size + column] = precision[column * size + row] =
                    -k->weight[n] * bz_exp(log_factor(a, i) + log_factor(b, j));
        }
    }
}

static int check_precision(const struct bz_machine *m, size_t *at, struct bz_error *err)
{
    enum { MOST = 4096 };
    size_t n = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        bool coupled = false;
        for (size_t k = 0; k < m->n_links[l]; k++)
            coupled = coupled || among_unbounded(m, &m->couplings[m->links[l][k].coupling]);
        at[l] = coupled ? n : SIZE_MAX;
        n += coupled ? m->layers[l].size : 0;
        if (n > MOST)
            return bz_fail(err, BZ_BAD_MODEL,
                           "layer \"%s\": %zu gaussian or relu units coupled to each other, expected at most %d",
                           m->layers[l].name, n, MOST);
    }
    if (n == 0)
        return 0;
    double *precision = bz_alloc(n * n, sizeof(*precision), err);
    if (!precision)
        return -1;
    fill_precision(m, at, precision, n);
    const size_t bad = is_dominant(precision, n) ? n : cholesky(precision, n);
    bz_free(precision);
    for (size_t l = 0; bad < n && l < m->n_layers; l++)
        if (at[l] <= bad && bad - at[l] < m->layers[l].size)
            return bz_fail(err, BZ_BAD_MODEL,
                           "layer \"%s\", unit %zu: the couplings among gaussian (and relu) units are too strong for their "
                           "variances, expected a "
                           "positive definite joint precision",
                           m->layers[l].name, bad - at[l]);
    return 0;
}

int bz_machine_check(const struct bz_machine *m, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (check_layer(&m->layers[l], err) < 0)
            return -1;
    bool unbounded = false;
    for (size_t c = 0; c < m->n_couplings; c++) {
        if (check_coupling(m, &m->couplings[c], err) < 0)
            return -1;
        unbounded = unbounded || among_unbounded(m, &m->couplings[c]);
    }
    if (!unbounded)
        return 0;
    size_t *at = bz_alloc(m->n_layers, sizeof(*at), err);
    if (!at)
        return -1;
    const int rc = check_precision(m, at, err);
    bz_free(at);
    return rc;
}

/* --- rows of data --- */

static int bad_value(const struct bz_layer *l, size_t i, float x, const char *want, size_t *bad, struct bz_error *err)
{
    const bool level = l->unit == BZ_BERNOULLI && x > 1 && x <= 255;
    *bad = i;
    return bz_fail(err, BZ_BAD_INPUT, "layer \"%s\" (%s), unit %zu: %.9g, expected %s%s", l->name, bz_unit_name(l->unit), i,
                   (double)x, want, level ? " (grey levels divided as for training, mostly by 255)" : "");
}

static const char *domain(const struct bz_unit_type *type, char *text, size_t room)
{
    if (isinf(type->most))
        snprintf(text, room, "a %snumber of at least %g", type->counted ? "whole " : "", (double)type->least);
    else
        snprintf(text, room, "a number from %g to %g", (double)type->least, (double)type->most);
    return text;
}

static bool is_known(const uint8_t *known, size_t i)
{
    return !known || known[i];
}

/* Softmax groups: wholly known ones sum to 1; partly known ones to no more than 1. */
static int check_groups(const struct bz_layer *l, const float *x, const uint8_t *known, size_t *bad, struct bz_error *err)
{
    const size_t k = l->size / l->groups;

    for (size_t g = 0; g < l->groups; g++) {
        size_t n = 0;
        double sum = 0;
        for (size_t i = g * k; i < (g + 1) * k; i++)
            if (is_known(known, i)) {
                n++;
                sum += x[i];
            }
        if (sum > 1 + BZ_SUM_SLACK || (n == k && sum < 1 - BZ_SUM_SLACK)) {
            *bad = g * k;
            return bz_fail(err, BZ_BAD_INPUT, "layer \"%s\" (softmax), units %zu..%zu: sum %.9g, expected %s1 (within 0.0001)",
                           l->name, g * k, (g + 1) * k - 1, sum, n == k ? "" : "at most ");
        }
    }
    return 0;
}

/* At most one unit of a group is on. */
static int check_exclusion(const struct bz_layer *l, const float *x, const uint8_t *known, size_t *bad, struct bz_error *err)
{
    const struct bz_exclusion *e = &l->exclusion;

    for (size_t g = 0; g < e->n; g++) {
        size_t seen = SIZE_MAX;
        double sum = 0;
        for (size_t k = e->first[g]; k < e->first[g + 1]; k++) {
            const size_t i = e->unit[k];
            if (!is_known(known, i) || x[i] == 0)
                continue;
            sum += x[i];
            if (sum > 1 + BZ_SUM_SLACK) {
                *bad = i;
                return bz_fail(
                    err, BZ_BAD_INPUT,
                    "layer \"%s\" (exclusive), units %zu and %zu: both on (sum %.9g), expected at most one of a group "
                    "whose units exclude each other: the model gives such a row no probability",
                    l->name, seen, i, sum);
            }
            seen = i;
        }
    }
    return 0;
}

int bz_check_row(const struct bz_layer *l, const float *x, const uint8_t *known, size_t *bad, struct bz_error *err)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    char text[64];
    double total = 0;

    for (size_t i = 0; i < l->size; i++) {
        if (!is_known(known, i))
            continue;
        if (!isfinite(x[i]))
            return bad_value(l, i, x[i], "a finite number", bad, err);
        if (x[i] < type->least || x[i] > type->most || (type->counted && x[i] != floorf(x[i])))
            return bad_value(l, i, x[i], domain(type, text, sizeof(text)), bad, err);
        total += x[i];
        if (type->counted && total > (double)BZ_MAX_COUNTS)
            return bad_value(l, i, x[i], "at most 16777216 counts in a row", bad, err);
    }
    return type->grouped        ? check_groups(l, x, known, bad, err)
           : l->exclusion.group ? check_exclusion(l, x, known, bad, err)
                                : 0;
}
