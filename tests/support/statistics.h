/* Statistical tests of samples against distributions. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* Probability that a chi-square variable with `freedom` degrees exceeds x. */
double chi_square_tail(double x, double freedom);

/* Pearson's test: the probability of a deviation as large as that of counts[n] from p[n], cells with an expectation below 5
 * being merged. A count in a cell of probability 0 gives 0. */
double chi_square_test(const size_t *counts, const double *p, size_t n);

/* Kolmogorov-Smirnov: the probability of a distance as large as that between x[n] (sorted in place) and a
 * distribution function. */
double kolmogorov_test(double *x, size_t n, double (*cdf)(double x, void *arg), void *arg);
double standard_normal(double x, void *unused); /* a distribution function */

#endif
