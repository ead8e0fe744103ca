/* The inner loops: this one source is compiled once per instruction set, with BZ_LEVEL naming the table. */
#include "kernels.h"

#include "mathx.h"

#include <math.h>
#include <string.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define QUOTE_(a)    #a
#define QUOTE(a)     QUOTE_(a)
#define TABLE        PASTE(bz_kernels_, BZ_LEVEL)

static size_t nonzero(uint32_t *index, const float *x, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            index[count++] = (uint32_t)i;
    return count;
}

static void row_sum(float *out, const float *start, const float *w, size_t stride, const uint32_t *index, const float *x,
                    size_t count, size_t n)
{
    if (!start)
        memset(out, 0, n * sizeof(*out));
    else if (start != out)
        memcpy(out, start, n * sizeof(*out));
    for (size_t k = 0; k < count; k++) {
        const float *row = w + index[k] * stride;
        float a = x ? x[index[k]] : 1;
        for (size_t j = 0; j < n; j++)
            out[j] += a * row[j];
    }
}

static void dense_sum(float *out, size_t out_stride, const float *start, size_t start_stride, const float *x, size_t x_stride,
                      const float *w, size_t w_stride, size_t rows, size_t depth, size_t n)
{
    for (size_t r = 0; r < rows; r++) {
        float *o = out + r * out_stride;
        if (!start)
            memset(o, 0, n * sizeof(*o));
        else if (start + r * start_stride != o)
            memcpy(o, start + r * start_stride, n * sizeof(*o));
        for (size_t k = 0; k < depth; k++)
            for (size_t j = 0; j < n; j++)
                o[j] += x[r * x_stride + k] * w[k * w_stride + j];
    }
}

/* exp(x) for -87 <= x <= 88; NaN stays NaN. */
static inline float exp_float(float x)
{
    float magic = x * 1.44269504f + 12582912.0f; /* the sum's last bits are the nearest whole number */
    int32_t bits;
    memcpy(&bits, &magic, sizeof(bits));
    float k = magic - 12582912.0f;
    float r = x - k * 0.693145752f - k * 1.42860677e-6f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = 1 + (r + p * (r * r));
    int32_t y;
    memcpy(&y, &p, sizeof(y));
    y += (int32_t)((uint32_t)bits << 23);
    memcpy(&p, &y, sizeof(p));
    return p;
}

static inline float clamp(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static void sigmoid(float *p, const float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = 1 / (1 + exp_float(clamp(-(scale * x[i]), -87, 87)));
}

static void exp_shifted(float *p, const float *x, float shift, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = exp_float(clamp(x[i] - shift, -87, 88));
}

static void uniform(float *u, const struct bz_key *key, uint32_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        u[i] = bz_random_uniform(key, first + (uint32_t)i);
}

static void bernoulli(float *s, const float *p, const struct bz_key *key, uint32_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s[i] = bz_random_uniform(key, first + (uint32_t)i) < p[i] ? 1.0f : 0.0f;
}

static double softplus_sum(const float *x, double scale, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += bz_softplus(scale * (double)x[i]);
    return sum;
}

static double dot(const float *a, const float *b, size_t n)
{
    double lane[16] = {0};
    for (size_t i = 0; i < n; i++)
        lane[i % 16] += (double)a[i] * (double)b[i];
    for (size_t width = 8; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

static void axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

extern const struct bz_kernels TABLE;
const struct bz_kernels TABLE = {
    .name = QUOTE(BZ_LEVEL),
    .nonzero = nonzero,
    .row_sum = row_sum,
    .dense_sum = dense_sum,
    .sigmoid = sigmoid,
    .exp_shifted = exp_shifted,
    .bernoulli = bernoulli,
    .uniform = uniform,
    .softplus_sum = softplus_sum,
    .dot = dot,
    .axpy = axpy,
};
