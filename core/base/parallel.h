/* How a caller lends threads to the core. The core starts none of its own. */
#ifndef BZ_PARALLEL_H
#define BZ_PARALLEL_H

#include <stddef.h>

/* Runs task(arg, i) for i = 0 .. n-1, each exactly once, in any order and on any thread, and returns when all are done.
 * `threads` is how many run at once. Results must not depend on which thread ran which task. */
struct bz_parallel {
    size_t threads;
    void (*run)(struct bz_parallel *self, size_t n, void (*task)(void *arg, size_t i), void *arg);
};

/* Runs on par, or one after the other on this thread if par is NULL. */
static inline void bz_parallel_for(struct bz_parallel *par, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    if (par && par->threads > 1 && n > 1) {
        par->run(par, n, task, arg);
        return;
    }
    for (size_t i = 0; i < n; i++)
        task(arg, i);
}

#endif
