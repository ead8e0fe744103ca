#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* Regularised upper incomplete gamma function Q(a, x): series for small x, continued fraction (Lentz) for large. */
static double gamma_tail(double a, double x)
{
    const double front = exp(a * log(x) - x - lgamma(a));

    if (x <= 0)
        return 1;
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (double k = 1; k < 10000 && term > 1e-16 * sum; k++) {
            term *= x / (a + k);
            sum += term;
        }
        return 1 - front * sum;
    }
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (double k = 1; k < 10000; k++) {
        const double an = -k * (k - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return front * h;
}

double chi_square_tail(double x, double freedom)
{
    return gamma_tail(freedom / 2, x / 2);
}

double chi_square_test(const size_t *counts, const double *p, size_t n)
{
    double total = 0, chi = 0, cells = 0, rest = 0, rest_expected = 0;

    for (size_t i = 0; i < n; i++)
        total += (double)counts[i];
    for (size_t i = 0; i < n; i++) {
        const double expected = total * p[i], seen = (double)counts[i];
        if (p[i] <= 0 && counts[i])
            return 0;
        if (expected < 5) {
            rest += seen;
            rest_expected += expected;
            continue;
        }
        chi += (seen - expected) * (seen - expected) / expected;
        cells++;
    }
    if (rest_expected > 1) {
        chi += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
        cells++;
    }
    return cells > 1 ? chi_square_tail(chi, cells - 1) : 1;
}

double standard_normal(double x, void *unused)
{
    (void)unused;
    return 0.5 * erfc(-x / sqrt(2));
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double kolmogorov_test(double *x, size_t n, double (*cdf)(double x, void *arg), void *arg)
{
    qsort(x, n, sizeof(*x), ascending);
    double distance = 0;

    for (size_t i = 0; i < n; i++) {
        const double f = cdf(x[i], arg);
        distance = fmax(distance, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    const double root = sqrt((double)n), lambda = (root + 0.12 + 0.11 / root) * distance;
    double sum = 0;
    for (int k = 1; k < 100; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * lambda * lambda);
    return fmin(1, fmax(0, sum));
}
