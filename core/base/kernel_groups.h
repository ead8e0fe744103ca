/* Part of kernels.c, compiled once per instruction set: groups of units of which one is on. */
#ifndef BZ_KERNEL_GROUPS_H
#define BZ_KERNEL_GROUPS_H

#include "kernel_exp.h"
#include "vector.h"

#include <math.h>

/* The largest of a group times scale; NaN is passed over. */
INLINE float largest_of(const float *x, float scale, size_t k)
{
    float largest = -INFINITY;
    size_t i = 0;
    if (k >= FLOATS / 2) {
        vfloat most = vfloat_of(-INFINITY);
        for (; i < k; i += FLOATS) {
            const size_t lanes = k - i < FLOATS ? k - i : FLOATS;
            most = larger_number(scale * load_part(x + i, lanes), most, lanes);
        }
        largest = largest_lane(most);
    }
    for (; i < k; i++)
        largest = scale * x[i] > largest ? scale * x[i] : largest;
    return largest;
}

enum { GROUP_STATES = 1 << 18 }; /* between two questions whether to stop */

/* The same of any number. */
static float largest_of_all(const float *x, float scale, size_t k)
{
    float largest = largest_of(x, scale, k < GROUP_STATES ? k : GROUP_STATES);
    for (size_t i = GROUP_STATES; i < k && !bz_stopping_work(GROUP_STATES); i += GROUP_STATES) {
        const float next = largest_of(x + i, scale, k - i < GROUP_STATES ? k - i : GROUP_STATES);
        largest = next > largest ? next : largest;
    }
    return largest;
}

static void group_weights(float *w, const float *x, float scale, size_t k, size_t groups)
{
    enum { TOGETHER = 1 << 16 };
    /* Smaller weights are what exp_float makes of arguments below its range. */
    const float smallest = 1.66e-38f;
    for (size_t g = 0; g < groups * k; g += k) {
        const float largest = largest_of_all(x + g, scale, k), shift = largest > -INFINITY ? largest : 0;
        for (size_t i = g; i < g + k;) {
            const size_t end = g + k - i < GROUP_STATES ? g + k : i + GROUP_STATES;
            if (bz_stopping_work(end - i))
                return;
            for (; i < end; i++)
                w[i] = scale * x[i] - shift;
        }
    }
    for (size_t i = 0; i < groups * k && !bz_stopping_work(4 * TOGETHER);)
        for (const size_t end = groups * k - i < TOGETHER ? groups * k : i + TOGETHER; i < end; i++) {
            const float e = exp_float(clamp(w[i], -87, 88));
            w[i] = e < smallest ? 0 : e;
        }
}

enum { MOST_CHOICES = 64 };

/* One group: as pick_groups says. */
static uint32_t pick_one(const float *w, float first, size_t k)
{
    double sum = 0, below = 0;
    uint32_t low = 0, high = 0;
    for (size_t i = 0; i < k; i++)
        sum += w[i];
    for (size_t i = 0; i < k; i++) {
        below += w[i];
        low += !(first * sum < below);
        high += !(((double)first + 0x1p-24) * sum < below);
    }
    return low == high ? low : (uint32_t)k;
}

/* DOUBLES groups side by side, in the same order of sums. */
INLINE void pick_some(uint32_t *chosen, const float *w, const float *first, size_t k)
{
    vdouble below[MOST_CHOICES], sum = {0};
    for (size_t i = 0; i < k; i++)
        below[i] = sum += load_far(w + i, k);
    const vdouble point = load_far(first, 2), low = point * sum, high = (point + 0x1p-24) * sum;
    vint64 not_low = {0}, not_high = {0};
    for (size_t i = 0; i < k; i++) {
        not_low += low < below[i];
        not_high += high < below[i];
    }
    for (size_t g = 0; g < DOUBLES; g++)
        chosen[g] = (uint32_t)(not_low[g] == not_high[g] ? (int64_t)k + not_low[g] : (int64_t)k);
}

static void pick_groups(uint32_t *chosen, const float *w, const float *first, size_t k, size_t groups)
{
    size_t g = 0;
    for (; k <= MOST_CHOICES && g + DOUBLES <= groups; g += DOUBLES)
        pick_some(chosen + g, w + g * k, first + 2 * g, k);
    for (; g < groups; g++)
        chosen[g] = pick_one(w + g * k, first[2 * g], k);
}

#endif
