/* Units whose energy is gamma/2 x^2 - theta x with other parameters on either side of 0. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>

static bool is_gaussian(const struct import_half *h, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (h[i].theta[0] != h[i].theta[1] || h[i].gamma[0] != h[i].gamma[1])
            return false;
    return true;
}

int import_halves(struct import *im, const char *what, const char *type, const struct import_half *h, size_t n,
                  struct import_side *out, struct bz_error *err)
{
    const bool gaussian = is_gaussian(h, n), visible = what[0] == 'v';
    if (!gaussian && visible)
        return import_refuse(im, err, "its visible units are %s, rectified units, which boltz has in hidden layers only", type);
    if (!(out->bias = bz_alloc(n, sizeof(double), err)) || !(out->deviation = bz_alloc(n, sizeof(double), err)) ||
        (gaussian ? !(out->factor = bz_alloc(n, sizeof(double), err)) : !(out->below = bz_alloc(n, 2 * sizeof(double), err))))
        return -1;
    out->unit = gaussian ? BZ_GAUSSIAN : BZ_DRELU;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 2; k++)
            if (!(h[i].gamma[k] > 0 && isfinite(h[i].gamma[k]) && isfinite(h[i].theta[k])))
                return bz_fail(err, BZ_BAD_INPUT, "%s: %s unit %zu: precision %g, expected one above 0", im->b->path, what, i,
                               h[i].gamma[k]);
        out->deviation[i] = 1 / sqrt(h[i].gamma[0]);
        out->bias[i] = gaussian ? h[i].theta[0] / h[i].gamma[0] : h[i].theta[0];
        if (gaussian) {
            out->factor[i] = 1 / h[i].gamma[0];
            continue;
        }
        out->below[i] = h[i].theta[1] - h[i].theta[0];
        out->below[n + i] = 0.5 * log(h[i].gamma[0] / h[i].gamma[1]);
    }
    return gaussian ? import_say(im, err, "%s units %s whose halves agree are gaussian", what, type)
                    : import_say(im, err, "%s units %s: drelu, two halves that exclude each other", what, type);
}
