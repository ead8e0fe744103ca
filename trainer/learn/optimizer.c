#include "optimizer.h"

#include "kernels.h"

#include <math.h>

/* beta1, beta2, epsilon of Adam, as published. */
static const float ADAM_FIRST = 0.9f, ADAM_SECOND = 0.999f, ADAM_EPSILON = 1e-8f;

/* base^t by squaring: a libm pow may differ in its last bit from one CPU to another. */
static double power(double base, uint64_t t)
{
    double result = 1;
    for (; t; t >>= 1, base *= base)
        if (t & 1)
            result *= base;
    return result;
}

struct train_step train_step_make(enum train_optimizer optimizer, double rate, double momentum, double decay, uint64_t t)
{
    return (struct train_step){
        .optimizer = optimizer,
        .rate = (float)rate,
        .momentum = (float)momentum,
        .decay = (float)decay,
        .first_correction = (float)(1 / (1 - power((double)ADAM_FIRST, t))),
        .second_correction = (float)(1 / (1 - power((double)ADAM_SECOND, t))),
    };
}

static void apply_momentum(const struct train_step *s, float *restrict w, float *restrict velocity, float *restrict g, size_t n)
{
    const float rate = s->rate, momentum = s->momentum, decay = s->decay;
    for (size_t i = 0; i < n; i++) {
        float change = momentum * velocity[i] + rate * (g[i] - decay * w[i]);
        velocity[i] = change;
        w[i] += change;
        g[i] = change;
    }
}

static void apply_adam(const struct train_step *s, float *restrict w, float *restrict first, float *restrict second,
                       float *restrict g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        first[i] = ADAM_FIRST * first[i] + (1 - ADAM_FIRST) * g[i];
        second[i] = ADAM_SECOND * second[i] + (1 - ADAM_SECOND) * g[i] * g[i];
        float scale = sqrtf(second[i] * s->second_correction) + ADAM_EPSILON;
        float change = s->rate * (first[i] * s->first_correction / scale - s->decay * w[i]);
        w[i] += change;
        g[i] = change;
    }
}

void train_step_apply(const struct train_step *s, float *restrict w, float *restrict velocity, float *restrict second,
                      float *restrict g, size_t n)
{
    switch (s->optimizer) {
    case TRAIN_SGD:
        apply_momentum(s, w, velocity, g, n);
        break;
    case TRAIN_ADAM:
        apply_adam(s, w, velocity, second, g, n);
        break;
    }
}

double train_step_row(const struct train_step *s, float *restrict w, float *restrict velocity, float *restrict second,
                      float *restrict g, float *restrict fold, float by, const float *along, size_t n)
{
    const struct bz_kernels *k = bz_cpu();
    if (s->optimizer == TRAIN_SGD)
        return k->momentum_row(w, velocity, g, fold, along, &(struct bz_momentum){s->rate, s->momentum, s->decay, by}, n);
    train_step_apply(s, w, velocity, second, g, n);
    k->axpy(fold, by, g, n);
    return k->dot(g, along, n);
}
