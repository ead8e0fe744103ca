/* Elementary functions whose last bit does not depend on the CPU (glibc's does). Double, scalar; errors below 2 ulp
 * (bz_sigmoid: 3). Inputs outside the domain give what IEEE libm gives (NaN, infinities). */
#ifndef BZ_MATHX_H
#define BZ_MATHX_H

#include <stddef.h>

/* exp x, log x, log(1 + x), exp(x) - 1; the last two exact also for small x. */
double bz_exp(double x);
double bz_log(double x);
double bz_log1p(double x);
double bz_expm1(double x);
double bz_cos_2pi(double turn); /* cos(2*pi*turn), turn in [0,1) */
double bz_lgamma1(double n);    /* log(n!) for whole n >= 0, exact to rounding for n < 256, Stirling series beyond */

/* exp(x^2) erfc(x) for x >= 0, to about 1e-13 of itself. */
double bz_erfcx(double x);

/* max(x,0) + log1p(exp(-|x|)): never overflows. */
double bz_softplus(double x);
double bz_sigmoid(double x);

/* log(exp(a) + exp(b)); -infinity is the neutral element. */
double bz_logaddexp(double a, double b);
/* log sum exp and log mean exp of x[n]; -infinity for n = 0. */
double bz_logsumexp(const double *x, size_t n);
double bz_logmeanexp(const double *x, size_t n);
/* Log weights x[n] to shares of their sum, in place; NaN where one is NaN or infinitely large. */
void bz_softmax(double *x, size_t n);

/* A level 0 .. most of a file or a request as a mean: the quotient of floats, rounded once. */
static inline float bz_level(float x, float most)
{
    return x / most;
}

#endif
