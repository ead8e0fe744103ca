/* How a caller lends threads and processes to the core. The core starts none of its own. */
#ifndef BZ_PARALLEL_H
#define BZ_PARALLEL_H

#include "errors.h"

#include <stddef.h>

/* Runs task(arg, i) for i = 0 .. n-1, each exactly once, in any order and on any thread, and returns when all are done.
 * `threads` is how many run at once. Results must not depend on which thread ran which task. */
struct bz_parallel {
    size_t threads;
    void (*run)(struct bz_parallel *self, size_t n, void (*task)(void *arg, size_t i), void *arg);
};

/* Runs on par, or sequentially on this thread if par is NULL. */
static inline void bz_parallel_for(struct bz_parallel *par, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    if (par && par->threads > 1 && n > 1) {
        par->run(par, n, task, arg);
        return;
    }
    for (size_t i = 0; i < n; i++)
        task(arg, i);
}

/* Several processes running the same program on the same input: each does its share of n items, then gather gives all of them
 * to everyone. Every process must take part in every gather. Results must not depend on which process did what. */
struct bz_spread {
    size_t processes;
    /* This process's share: first .. first+count-1. */
    void (*share)(struct bz_spread *self, size_t n, size_t *first, size_t *count);
    int (*gather)(struct bz_spread *self, void *things, size_t bytes, size_t n, struct bz_error *err); /* of `bytes` each */
};

#endif
