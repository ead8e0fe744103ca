#include "net_norm.h"

#include <math.h>

static const float least_variance = 1e-4f;

void train_norm_measure(const struct train_net_norm *m, float *sum, size_t n, size_t units, size_t from, size_t to, float share)
{
    double mean[TRAIN_NORM_UNITS] = {0}, variance[TRAIN_NORM_UNITS] = {0};
    float by[TRAIN_NORM_UNITS];
    const size_t count = to - from;
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < count; j++)
            mean[j] += (double)sum[r * units + from + j];
    for (size_t j = 0; j < count; j++)
        mean[j] /= (double)n;
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < count; j++) {
            const double d = (double)sum[r * units + from + j] - mean[j];
            variance[j] += d * d;
        }
    for (size_t j = 0; j < count; j++) {
        const float square = (float)(variance[j] / (double)n);
        m->deviation[from + j] = sqrtf(square + least_variance);
        by[j] = 1 / m->deviation[from + j];
        m->usual_mean[from + j] += share * ((float)mean[j] - m->usual_mean[from + j]);
        m->variance[from + j] += share * (square - m->variance[from + j]);
    }
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < count; j++) {
            const size_t at = r * units + from + j;
            m->value[at] = sum[at] = (sum[at] - (float)mean[j]) * by[j];
        }
}

void train_norm_apply(const struct train_net_norm *m, float *sum, size_t n, size_t units, size_t from, size_t to)
{
    float by[TRAIN_NORM_UNITS];
    for (size_t j = from; j < to; j++)
        by[j - from] = 1 / sqrtf(m->variance[j] + least_variance);
    for (size_t r = 0; r < n; r++)
        for (size_t j = from; j < to; j++)
            sum[r * units + j] = (sum[r * units + j] - m->usual_mean[j]) * by[j - from];
}

void train_norm_backward(const struct train_net_norm *m, float *delta, size_t n, size_t units, size_t from, size_t to)
{
    double mean[TRAIN_NORM_UNITS] = {0}, along[TRAIN_NORM_UNITS] = {0};
    const size_t count = to - from;
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < count; j++) {
            const size_t at = r * units + from + j;
            mean[j] += (double)delta[at];
            along[j] += (double)delta[at] * (double)m->value[at];
        }
    for (size_t r = 0; r < n; r++)
        for (size_t j = 0; j < count; j++) {
            const size_t at = r * units + from + j;
            const double rest = (double)delta[at] - (mean[j] + (double)m->value[at] * along[j]) / (double)n;
            delta[at] = (float)rest / m->deviation[from + j];
        }
}

void train_norm_fold(const struct train_net_norm *m, float *w, float *b, size_t in, size_t units)
{
    for (size_t j = 0; j < units; j++) {
        const float by = 1 / sqrtf(m->variance[j] + least_variance);
        for (size_t i = 0; i < in; i++)
            w[i * units + j] *= by;
        b[j] -= m->usual_mean[j] * by;
    }
}
