#include "cut_normal.h"

#include "mathx.h"

#include <math.h>

#define LOG_2PI     1.8378770664093454836
#define LOG_PI_HALF 0.45158270528945486473 /* log(pi/2) */
#define ROOT_HALF   0.70710678118654752440

double bz_log_cut_normal(double z)
{
    const double x = fabs(z) * ROOT_HALF;

    if (z <= 0)
        return 0.5 * LOG_PI_HALF + bz_log(bz_erfcx(x));
    return 0.5 * LOG_2PI + 0.5 * z * z + bz_log1p(-0.5 * bz_exp(-0.5 * z * z) * bz_erfcx(x));
}

/* Integrating by parts, <y^(k+1)> = z <y^k> + k <y^(k-1)>. Below 0 that cancels, and the ratios of successive
 * moments are taken from the same equation as a continued fraction of positive terms. */
void bz_cut_normal_moments(double z, double moment[4])
{
    if (z > -2) {
        const double tail = bz_exp(-0.5 * z * z - (bz_log_cut_normal(z) - 0.5 * z * z)); /* 1 over the integral */
        moment[0] = z + tail;
        moment[1] = 1 + z * moment[0];
        moment[2] = 2 * moment[0] + z * moment[1];
        moment[3] = 3 * moment[1] + z * moment[2];
        return;
    }
    const int depth = z < -6 ? 24 : 100;
    double ratio = 0.5 * (z + sqrt(z * z + 4 * depth));
    for (int k = depth; k > 0; k--) {
        ratio = k / (ratio - z);
        if (k <= 4)
            moment[k - 1] = ratio;
    }
    for (int k = 1; k < 4; k++)
        moment[k] *= moment[k - 1];
}

/* By rejection: of normals, or beyond the mean of exponentials (Robert 1995).
 * Attempt k takes the random numbers of unit i + k size. */
double bz_draw_cut_normal(double z, const struct bz_key *key, size_t i, size_t size)
{
    enum { ATTEMPTS = BZ_CUT_NORMAL_NUMBERS / 2 }; /* each fails with a probability below a half */
    const double rate = 0.5 * (-z + sqrt(z * z + 4));
    double y = 0;

    for (size_t k = 0; k < ATTEMPTS; k++) {
        const uint32_t at = (uint32_t)(i + k * size);
        if (z > 0) {
            y = z + bz_random_normal(key, at);
            if (y >= 0)
                return y;
        } else {
            y = -bz_log(bz_random_double(key, 2 * at)) / rate;
            const double away = y - z - rate;
            if (bz_log(bz_random_double(key, 2 * at + 1)) <= -0.5 * away * away)
                return y;
        }
    }
    return fabs(y);
}
