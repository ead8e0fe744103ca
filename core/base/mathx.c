#include "mathx.h"

#include "log_factorial.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* log 2 in two parts: the first has 32 bits, so that its product with any exponent is exact. */
#define LN2_HI  0x1.62e42feep-1
#define LN2_LO  0x1.a39ef35793c76p-33
#define INV_LN2 0x1.71547652b82fep+0

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* 2^k for -1022 <= k <= 1023 */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* x = k log 2 + r + tail, |r| <= log(2)/2, for |x| < 2^20; tail is what rounding took from r. */
static int reduce(double x, double *r, double *tail)
{
    double k = floor(x * INV_LN2 + 0.5);
    double high = x - k * LN2_HI, low = k * LN2_LO;
    *r = high - low;
    *tail = (high - *r) - low;
    return (int)k;
}

/* exp(r + tail) - 1 by its series, |r| <= log(2)/2: the terms above r^13 are below 2^-57. */
static double expm1_series(double r, double tail)
{
    static const double inverse_factorial[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                               1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                               1.0 / 120,        1.0 / 24,        1.0 / 6,        1.0 / 2};
    double sum = inverse_factorial[0];
    for (size_t i = 1; i < sizeof(inverse_factorial) / sizeof(inverse_factorial[0]); i++)
        sum = sum * r + inverse_factorial[i];
    return r + (sum * (r * r) + (tail + tail * r));
}

/* y 2^k, in two steps: k may be 1024, and results below 2^-1022 round once, at the end. */
static double scaled(double y, int k)
{
    int half = k / 2;
    return y * power_of_two(half) * power_of_two(k - half);
}

double bz_exp(double x)
{
    if (!(x >= -745.14 && x <= 709.79))
        return isnan(x) ? x + x : x > 0 ? INFINITY : 0;
    double r, tail;
    int k = reduce(x, &r, &tail);
    return scaled(1 + expm1_series(r, tail), k);
}

double bz_expm1(double x)
{
    if (!(x >= -40 && x <= 709.79))
        return isnan(x) ? x + x : x > 0 ? INFINITY : -1;
    double r, tail;
    int k = reduce(x, &r, &tail);
    double y = expm1_series(r, tail);
    if (k == 0)
        return x == 0 ? x : y;
    if (k > 56) /* the 1 is below the last bit */
        return scaled(y + 1, k);
    double scale = power_of_two(k);
    return scale * y + (scale - 1);
}

double bz_log(double x)
{
    if (isnan(x))
        return x + x;
    if (x < 0)
        return NAN;
    if (x == 0)
        return -INFINITY;
    if (isinf(x))
        return x;
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    /* x = 2^k m with sqrt(1/2) <= m < sqrt(2) */
    uint64_t bits = to_bits(x) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
    /* With f = m-1 and s = f/(2+f): log m = 2 atanh s = 2s + s R, R = 2(s^2/3 + s^4/5 + ...). Since 2s = f - f^2/2 + s f^2/2,
     * f carries the result without error and the rest is a small correction. */
    double f = m - 1, s = f / (2 + f), z = s * s;
    double series = 0;
    for (int n = 23; n >= 3; n -= 2)
        series = (series + 2.0 / n) * z;
    double half_square = 0.5 * f * f;
    double correction = half_square - (s * (half_square + series) + k * LN2_LO);
    return k * LN2_HI - (correction - f);
}

double bz_log1p(double x)
{
    double u = 1 + x;
    if (u == 1 || isinf(u) || isnan(u))
        return isinf(x) && x < 0 ? NAN : x;
    if (u <= 0)
        return bz_log(u);
    /* log(1+x) = log u + log((1+x)/u), and (1+x)-u is what rounding took from u */
    double lost = x < 1 ? x - (u - 1) : 1 - (u - x);
    return bz_log(u) + lost / u;
}

/* sin and cos of 2 pi t for |t| <= 1/8, by their series in t. The first term of the sine makes the result's last bit: its
 * product is taken in two parts, of which the first (24 by 29 bits) is exact. */
static double sin_series(double t)
{
    const double two_pi_high = 0x1.921fb54p+2, two_pi_low = 0x1.10b4611a62633p-28;
    double z = t * t;
    double tail = -0.7181223017785006;
    tail = tail * z + 3.819952584848282;
    tail = tail * z - 15.09464257682299;
    tail = tail * z + 42.058693944897655;
    tail = tail * z - 76.70585975306139;
    tail = tail * z + 81.60524927607506;
    tail = tail * z - 41.34170224039976;
    double t_high = (double)(float)t, t_low = t - t_high;
    return two_pi_high * t_high + (two_pi_high * t_low + (two_pi_low * t + t * (tail * z)));
}

static double cos_series(double t)
{
    double z = t * t;
    double tail = 0.28200596845579123;
    tail = tail * z - 1.714390711088672;
    tail = tail * z + 7.903536371318469;
    tail = tail * z - 26.4262567833744;
    tail = tail * z + 60.24464137187666;
    tail = tail * z - 85.45681720669373;
    tail = tail * z + 64.9393940226683;
    tail = tail * z - 19.739208802178716;
    return 1 + tail * z;
}

double bz_cos_2pi(double turn)
{
    double quarter = floor(4 * turn + 0.5);
    double t = turn - 0.25 * quarter; /* exact */
    switch ((int)quarter) {
    case 0:
    case 4:
        return cos_series(t);
    case 1:
        return -sin_series(t);
    case 2:
        return -cos_series(t);
    case 3:
        return sin_series(t);
    default: /* outside [0,1), or NaN */
        return NAN;
    }
}

double bz_lgamma1(double n)
{
    if (isnan(n) || n < 0)
        return NAN;
    if (isinf(n))
        return n;
    if (n < 256)
        return log_factorial[(int)n];
    /* Stirling: log n! = (n + 1/2) log n - n + log(2 pi)/2 + 1/(12 n) - 1/(360 n^3) + ... */
    double inverse = 1 / n;
    double tail = (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260)) * inverse;
    double log_n = bz_log(n);
    return n * (log_n - 1) + (0.5 * log_n + (0.9189385332046727 + tail));
}

double bz_softplus(double x)
{
    double small = bz_log1p(bz_exp(-fabs(x)));
    return x > 0 ? x + small : small;
}

double bz_sigmoid(double x)
{
    double e = bz_exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* Below 1.5: 1 - erf(x) with erf's series of positive terms, 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1)/(2n+1)!!. From there on the
 * continued fraction of Laplace, from behind: the further out, the fewer terms. */
double bz_erfcx(double x)
{
    static const double inverse_root_pi = 0.56418958354775628695;

    if (!(x >= 1.5)) {
        double term = x, sum = x;
        for (int n = 1; n < 40; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return bz_exp(x * x) - 2 * inverse_root_pi * sum;
    }
    double rest = x;
    for (int n = x < 3 ? 80 : x < 6 ? 40 : 16; n > 0; n--)
        rest = x + 0.5 * n / rest;
    return inverse_root_pi / rest;
}

double bz_logaddexp(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    if (isnan(a) || isnan(b))
        return a + b;
    if (isinf(high)) /* also avoids inf - inf */
        return high;
    return high + bz_log1p(bz_exp(low - high));
}

double bz_logsumexp(const double *x, size_t n)
{
    double max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            return x[i];
        max = x[i] > max ? x[i] : max;
    }
    if (isinf(max))
        return max;
    for (size_t i = 0; i < n; i++)
        sum += bz_exp(x[i] - max);
    return max + bz_log(sum);
}

double bz_logmeanexp(const double *x, size_t n)
{
    return n == 0 ? -INFINITY : bz_logsumexp(x, n) - bz_log((double)n);
}

void bz_softmax(double *x, size_t n)
{
    enum { LARGE = 1000000 }; /* beyond it the sum's logarithm loses digits that shares depend on */
    double log_sum = bz_logsumexp(x, n), max = -INFINITY;
    if (!(fabs(log_sum) <= LARGE)) {
        for (size_t i = 0; i < n; i++)
            max = x[i] > max ? x[i] : max;
        for (size_t i = 0; i < n; i++)
            x[i] -= max;
        log_sum = bz_logsumexp(x, n);
    }
    for (size_t i = 0; i < n; i++)
        x[i] = bz_exp(x[i] - log_sum);
}
