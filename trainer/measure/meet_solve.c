#include "meet_solve.h"

#include "eigen.h"
#include "kernels.h"
#include "mem.h"
#include "object.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* With the covariance of block b plus its ridge = L_b L_b' and z_b = L_b^-1 x_b, directions are the leading eigenvectors of the
 * covariance R of all z together, whose diagonal blocks are taken as the identity. They are found by iterating a block of k
 * vectors, [row][k] in memory, with Chebyshev polynomials of R (Zhou, Saad et al. 2006): correlations of few rows lie close
 * together, and sixty multiplications by R alone bring less. */
enum { FIRST = 2 /* multiplications before there is an estimate */, FILTERS = 2, DEGREE = 6 };

struct solve {
    const struct train_blocks *b;
    const float *s;
    size_t k;
    float **l;                    /* [n] of width x width, lower factors */
    float *v, *u, *next, *before; /* [total][k] */
    double *gram, *turn;          /* [k][k] */
    double *value;                /* [k] */
};

static int factor(struct solve *t, size_t block, double ridge, struct bz_error *err)
{
    const size_t n = t->b->width[block], total = t->b->total;
    const float *s = t->s + t->b->at[block] * (total + 1);
    double trace = 0;
    float *l = t->l[block];
    for (size_t i = 0; i < n; i++)
        trace += (double)s[i * (total + 1)];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double more = i == j ? ridge * trace / (double)n : 0;
            const double rest = (double)s[i * total + j] + more - bz_cpu()->dot(l + i * n, l + j * n, j);
            if (i == j && !(rest > 0))
                return bz_fail(err, BZ_BAD_INPUT, "features of a layer do not vary, or are not finite");
            l[i * n + j] = (float)(i == j ? sqrt(rest) : rest / (double)l[j * n + j]);
        }
    return 0;
}

/* x = L^-1 x */
static void forward(const float *l, size_t n, float *x, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            bz_cpu()->axpy(x + i * k, -l[i * n + j], x + j * k, k);
        for (size_t c = 0; c < k; c++)
            x[i * k + c] /= l[i * n + i];
    }
}

/* x = L'^-1 x */
static void backward(const float *l, size_t n, float *x, size_t k)
{
    for (size_t i = n; i-- > 0;) {
        for (size_t c = 0; c < k; c++)
            x[i * k + c] /= l[i * n + i];
        for (size_t j = 0; j < i; j++)
            bz_cpu()->axpy(x + j * k, -l[i * n + j], x + i * k, k);
    }
}

/* to += the covariance of two blocks times x. */
static void add_product(const struct train_blocks *b, const float *s, size_t to_block, size_t from, const float *x, size_t k,
                        float *to)
{
    for (size_t i = 0; i < b->width[to_block]; i++)
        for (size_t j = 0; j < b->width[from]; j++)
            bz_cpu()->axpy(to + i * k, s[(b->at[to_block] + i) * b->total + b->at[from] + j], x + j * k, k);
}

static void whole_back(struct solve *t, float *x)
{
    for (size_t m = 0; m < t->b->n; m++)
        backward(t->l[m], t->b->width[m], x + t->b->at[m] * t->k, t->k);
}

/* next = R v */
static void apply(struct solve *t)
{
    const struct train_blocks *b = t->b;
    memcpy(t->u, t->v, b->total * t->k * sizeof(float));
    whole_back(t, t->u);
    memset(t->next, 0, b->total * t->k * sizeof(float));
    for (size_t to = 0; to < b->n; to++) {
        float *x = t->next + b->at[to] * t->k;
        for (size_t from = 0; from < b->n; from++)
            if (from != to)
                add_product(b, t->s, to, from, t->u + b->at[from] * t->k, t->k, x);
        forward(t->l[to], b->width[to], x, t->k);
        for (size_t i = 0; i < b->width[to] * t->k; i++)
            x[i] += t->v[b->at[to] * t->k + i];
    }
}

/* gram = v' x */
static void products(struct solve *t, const float *x)
{
    const size_t k = t->k;
    memset(t->gram, 0, k * k * sizeof(double));
    for (size_t r = 0; r < t->b->total; r++)
        for (size_t i = 0; i < k; i++) {
            const double a = (double)t->v[r * k + i];
            for (size_t j = 0; j < k; j++)
                t->gram[i * k + j] += a * (double)x[r * k + j];
        }
}

/* Makes the columns of v orthonormal. A column without anything of its own becomes 0. */
static void orthonormalize(struct solve *t)
{
    const size_t k = t->k;
    double *g = t->gram;
    products(t, t->v);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++) {
            double rest = g[i * k + j];
            for (size_t c = 0; c < j; c++)
                rest -= g[i * k + c] * g[j * k + c];
            g[i * k + j] = i != j                        ? rest * g[j * k + j]
                           : rest > 1e-10 * g[i * k + i] ? 1 / sqrt(rest)
                                                         : 0; /* 1/L on the diagonal */
        }
    for (size_t r = 0; r < t->b->total; r++) {
        float *x = t->v + r * k;
        for (size_t i = 0; i < k; i++) {
            double rest = (double)x[i];
            for (size_t c = 0; c < i; c++)
                rest -= g[i * k + c] * (double)x[c];
            x[i] = (float)(rest * g[i * k + i]);
        }
    }
}

/* next = v times the eigenvectors of gram, the largest value first. gram is symmetric but for rounding. */
static void order(struct solve *t)
{
    const size_t k = t->k;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            t->gram[i * k + j] = t->gram[j * k + i] = (t->gram[i * k + j] + t->gram[j * k + i]) / 2;
    train_eigen(t->gram, k, t->turn, t->value);
    for (size_t to = 0; to < k; to++)
        for (size_t r = 0; r < t->b->total; r++) {
            double x = 0;
            for (size_t c = 0; c < k; c++)
                x += t->turn[to * k + c] * (double)t->v[r * k + c];
            t->next[r * k + to] = (float)x;
        }
}

/* v = the Ritz vectors of R in the span of v, the largest value first. */
static void rotate(struct solve *t)
{
    apply(t);
    products(t, t->next);
    order(t);
    memcpy(t->v, t->next, t->b->total * t->k * sizeof(float));
}

/* v = T(R) v, with the Chebyshev polynomial of degree DEGREE that is at most 1 for eigenvalues from 0 to `most` and grows fast
 * beyond. */
static void filter(struct solve *t, float most)
{
    const size_t size = t->b->total * t->k;
    for (size_t degree = 1; degree <= DEGREE; degree++) {
        apply(t);
        for (size_t i = 0; i < size; i++) {
            const float x = 2 / most * t->next[i] - t->v[i], y = degree == 1 ? x : 2 * x - t->before[i];
            t->before[i] = t->v[i];
            t->v[i] = y;
        }
    }
}

/* Any vectors will do, but the same ones each time. */
static void start(struct solve *t)
{
    uint64_t x = 88172645463325252u;
    for (size_t m = 0; m < t->b->n; m++)
        for (size_t i = 0; i < t->b->width[m] * t->k; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            t->v[t->b->at[m] * t->k + i] = (float)((double)(x >> 11) * 0x1p-53 - 0.5);
        }
}

static int make(struct solve **out, const struct train_blocks *b, const float *s, size_t k, struct bz_error *err)
{
    struct solve *t = bz_object_new(sizeof(*t), NULL, err);
    if (!t)
        return -1;
    *t = (struct solve){.b = b, .s = s, .k = k};
    int rc = (t->l = bz_part(t, b->n, sizeof(*t->l), err)) && (t->v = bz_part(t, b->total * k, sizeof(float), err)) &&
                     (t->u = bz_part(t, b->total * k, sizeof(float), err)) &&
                     (t->next = bz_part(t, b->total * k, sizeof(float), err)) &&
                     (t->before = bz_part(t, b->total * k, sizeof(float), err)) &&
                     (t->gram = bz_part(t, k * k, sizeof(double), err)) && (t->turn = bz_part(t, k * k, sizeof(double), err)) &&
                     (t->value = bz_part(t, k, sizeof(double), err))
                 ? 0
                 : -1;
    for (size_t m = 0; rc == 0 && m < b->n; m++)
        rc = (t->l[m] = bz_part(t, b->width[m] * b->width[m], sizeof(float), err)) ? 0 : -1;
    return bz_object_give(out, t, rc);
}

int train_directions(const struct train_blocks *b, const float *s, double ridge, size_t k, float *p, struct bz_error *err)
{
    struct solve *t;
    int rc = 0;
    if (make(&t, b, s, k, err) < 0)
        return -1;
    for (size_t m = 0; rc == 0 && m < b->n; m++)
        rc = factor(t, m, ridge, err);
    if (rc == 0) {
        start(t);
        orthonormalize(t);
        for (size_t i = 0; i < FIRST; i++) {
            apply(t);
            memcpy(t->v, t->next, b->total * k * sizeof(float));
            orthonormalize(t);
        }
        for (size_t i = 0; i < FILTERS; i++) {
            rotate(t);
            if (t->value[k - 1] > t->value[0] / 8) /* else there are fewer directions than k */
                filter(t, (float)t->value[k - 1]);
            orthonormalize(t);
        }
        rotate(t);
        whole_back(t, t->next);
        for (size_t m = 0; m < b->n; m++)
            memcpy(p + b->at[m] * k, t->next + b->at[m] * k, b->width[m] * k * sizeof(float));
    }
    bz_object_free(t);
    return rc;
}

void train_correlations(const struct train_blocks *b, const float *s, const float *p, size_t k, float *work, double *r)
{
    double own[TRAIN_MOST_DIRECTIONS] = {0};
    memset(r, 0, k * sizeof(*r));
    for (size_t to = 0; to < b->n; to++)
        for (size_t from = 0; from < b->n; from++) {
            memset(work, 0, b->width[to] * k * sizeof(float));
            add_product(b, s, to, from, p + b->at[from] * k, k, work);
            for (size_t i = 0; i < b->width[to] * k; i++)
                *(to == from ? &own[i % k] : &r[i % k]) += (double)p[b->at[to] * k + i] * (double)work[i];
        }
    for (size_t c = 0; c < k; c++)
        r[c] = own[c] > 0 ? r[c] / own[c] / (double)(b->n - 1) : 0;
}

void train_turn(double *turn, size_t n, size_t wide)
{
    uint64_t x = 88172645463325252u;
    for (size_t c = 0; c < n; c++) {
        double *row = turn + c * wide, square = 0;
        for (size_t u = 0; u < wide; u++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            row[u] = (double)(x >> 11) * 0x1p-53 - 0.5;
        }
        for (size_t before = 0; before < 2 * c; before++) { /* twice, for what rounding leaves */
            const double *other = turn + before % c * wide;
            double along = 0;
            for (size_t u = 0; u < wide; u++)
                along += row[u] * other[u];
            for (size_t u = 0; u < wide; u++)
                row[u] -= along * other[u];
        }
        for (size_t u = 0; u < wide; u++)
            square += row[u] * row[u];
        for (size_t u = 0; u < wide; u++)
            row[u] /= sqrt(square);
    }
}
