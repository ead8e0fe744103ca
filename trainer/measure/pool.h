/* Threads that wait for work: the tool's implementation of core/parallel.h. */
#ifndef TRAIN_POOL_H
#define TRAIN_POOL_H

#include "errors.h"
#include "parallel.h"

enum { TRAIN_MOST_THREADS = 1024 };

struct train_pool;

/* A pool of `threads` threads, including the caller's own; 0 = as many as the CPUs this process may run on. */
int train_pool_new(struct train_pool **out, size_t threads, struct bz_error *err);
void train_pool_free(struct train_pool *pool); /* NULL is fine */

/* What core functions take. To be used from the thread that made the pool; a task that calls it again runs its tasks itself. */
struct bz_parallel *train_pool_parallel(struct train_pool *pool); /* NULL for NULL */

/* CPUs this process may run on, at least 1. */
size_t train_cpu_count(void);

#endif
