#include "pool.h"

#include "object.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* How often a thread looks for work before it sleeps: some tens of microseconds, about what waking it up would cost. */
enum { SPINS = 4000 };

struct job {
    void (*task)(void *arg, size_t i);
    void *arg;
    size_t n;
};

/* Tasks of the job are taken by counting `next` up. A worker joins a job under the lock, while it is open; so a job's fields
 * are never read after it was closed and the next one filled in. */
struct train_pool {
    struct bz_parallel parallel; /* first: run() gets a pointer to it */
    pthread_t *workers;
    size_t n_workers;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct job job;              /* under the lock while open changes */
    bool open, stop;             /* under the lock */
    size_t joined;               /* workers in the job; under the lock */
    atomic_uint_fast64_t number; /* number of jobs so far: what sleeping and spinning workers watch */
    atomic_size_t next, left;    /* task to take; tasks not finished */
};

static _Thread_local bool inside; /* this thread is running a task */

static void pause_briefly(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

/* Takes tasks until none is left. */
static void run_tasks(struct train_pool *pool, const struct job *job)
{
    inside = true;
    for (;;) {
        size_t i = atomic_fetch_add(&pool->next, 1);
        if (i >= job->n)
            break;
        job->task(job->arg, i);
        atomic_fetch_sub(&pool->left, 1);
    }
    inside = false;
}

static void *worker(void *arg)
{
    struct train_pool *pool = arg;
    uint_fast64_t seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&pool->number) == seen; i++)
            pause_briefly();
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->number) == seen && !pool->stop)
            pthread_cond_wait(&pool->work, &pool->lock);
        seen = atomic_load(&pool->number);
        bool stop = pool->stop, join = pool->open;
        struct job job = pool->job;
        pool->joined += join;
        pthread_mutex_unlock(&pool->lock);
        if (stop)
            return NULL;
        if (!join)
            continue;
        run_tasks(pool, &job);
        pthread_mutex_lock(&pool->lock);
        if (--pool->joined == 0)
            pthread_cond_signal(&pool->done);
        pthread_mutex_unlock(&pool->lock);
    }
}

static void run(struct bz_parallel *self, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    struct train_pool *pool = (struct train_pool *)self;
    if (inside || pool->n_workers == 0 || n < 2) {
        for (size_t i = 0; i < n; i++)
            task(arg, i);
        return;
    }
    const struct job job = {task, arg, n};
    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->open = true;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->left, n);
    atomic_fetch_add(&pool->number, 1);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);

    run_tasks(pool, &job);
    for (int i = 0; i < SPINS && atomic_load(&pool->left) > 0; i++)
        pause_briefly();
    pthread_mutex_lock(&pool->lock);
    pool->open = false;
    while (pool->joined > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

size_t train_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        return (size_t)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

static void end_pool(void *self)
{
    struct train_pool *pool = self;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    atomic_fetch_add(&pool->number, 1);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
}

int train_pool_new(struct train_pool **out, size_t threads, struct bz_error *err)
{
    if (threads == 0)
        threads = train_cpu_count();
    if (threads > TRAIN_MOST_THREADS)
        return bz_fail(err, BZ_BAD_USAGE, "--threads: %zu, expected at most %d", threads, TRAIN_MOST_THREADS);
    struct train_pool *pool = bz_object_new(sizeof(*pool), end_pool, err);
    if (!pool)
        return -1;
    pool->parallel = (struct bz_parallel){.threads = threads, .run = run};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->workers = bz_part(pool, threads, sizeof(pthread_t), err);
    for (size_t i = 1; pool->workers && i < threads; i++) {
        int failed = pthread_create(&pool->workers[pool->n_workers], NULL, worker, pool);
        if (failed) {
            bz_fail(err, BZ_IO, "cannot start thread %zu of %zu: %s", i + 1, threads, strerror(failed));
            return bz_object_give(out, pool, -1);
        }
        pool->n_workers++;
    }
    return bz_object_give(out, pool, pool->workers ? 0 : -1);
}

void train_pool_free(struct train_pool *pool)
{
    bz_object_free(pool);
}

struct bz_parallel *train_pool_parallel(struct train_pool *pool)
{
    return pool ? &pool->parallel : NULL;
}
