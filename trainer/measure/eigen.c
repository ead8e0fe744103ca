#include "eigen.h"

#include <math.h>

enum { TURNS = 30 };

/* One rotation in the plane of i and j. */
static void rotate(double *m, double *vector, size_t n, size_t i, size_t j)
{
    const double off = m[i * n + j];
    if (fabs(off) < 1e-14)
        return;
    const double theta = (m[j * n + j] - m[i * n + i]) / (2 * off);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t k = 0; k < n; k++) {
        const double a = m[k * n + i], b = m[k * n + j];
        m[k * n + i] = c * a - s * b;
        m[k * n + j] = s * a + c * b;
    }
    for (size_t k = 0; k < n; k++) {
        const double a = m[i * n + k], b = m[j * n + k], u = vector[i * n + k], v = vector[j * n + k];
        m[i * n + k] = c * a - s * b;
        m[j * n + k] = s * a + c * b;
        vector[i * n + k] = c * u - s * v;
        vector[j * n + k] = s * u + c * v;
    }
}

static void put_first(size_t n, double *vector, double *value, size_t i, size_t top)
{
    const double x = value[i];
    value[i] = value[top];
    value[top] = x;
    for (size_t k = 0; k < n; k++) {
        const double u = vector[i * n + k];
        vector[i * n + k] = vector[top * n + k];
        vector[top * n + k] = u;
    }
}

void train_eigen(double *m, size_t n, double *vector, double *value)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            vector[i * n + j] = i == j;
    for (size_t turn = 0; turn < TURNS; turn++) {
        double off = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                off += m[i * n + j] * m[i * n + j];
                rotate(m, vector, n, i, j);
            }
        if (off < 1e-20 * (double)n)
            break;
    }
    for (size_t i = 0; i < n; i++)
        value[i] = m[i * n + i];
    for (size_t i = 0; i < n; i++) {
        size_t top = i;
        for (size_t j = i + 1; j < n; j++)
            top = value[j] > value[top] ? j : top;
        if (top != i)
            put_first(n, vector, value, i, top);
    }
}
