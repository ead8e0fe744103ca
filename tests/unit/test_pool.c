/* The thread pool: every task runs once, whatever the numbers; nested calls; many short jobs. */
#include "pool.h"
#include "test.h"

#include <stdatomic.h>

enum { MOST_TASKS = 1000 };

struct count {
    atomic_int done[MOST_TASKS];
    struct bz_parallel *par;
};

static void count_task(void *arg, size_t i)
{
    struct count *c = arg;
    atomic_fetch_add(&c->done[i], 1);
}

static void every_task_runs_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 9; threads += 2) {
        struct train_pool *pool;
        struct bz_error err;
        assert_int_equal(train_pool_new(&pool, threads, &err), 0);
        struct bz_parallel *par = train_pool_parallel(pool);
        assert_int_equal(par->threads, threads);
        for (size_t n = 0; n <= MOST_TASKS; n = n * 3 + 1) {
            static struct count c;
            for (size_t i = 0; i < MOST_TASKS; i++)
                atomic_store(&c.done[i], 0);
            bz_parallel_for(par, n, count_task, &c);
            for (size_t i = 0; i < MOST_TASKS; i++)
                assert_int_equal(atomic_load(&c.done[i]), i < n);
        }
        train_pool_free(pool);
    }
}

/* Without atomics: what tasks wrote is visible after the call, and jobs do not interfere. */
static void add_task(void *arg, size_t i)
{
    ((long *)arg)[i] += (long)i;
}

static void short_jobs_follow_each_other(void **state)
{
    (void)state;
    struct train_pool *pool;
    struct bz_error err;
    long sums[8] = {0};
    assert_int_equal(train_pool_new(&pool, 4, &err), 0);
    for (int round = 0; round < 5000; round++)
        bz_parallel_for(train_pool_parallel(pool), 2 + (size_t)round % 7, add_task, sums);
    long want[8] = {0};
    for (int round = 0; round < 5000; round++)
        for (int i = 0; i < 2 + round % 7; i++)
            want[i] += i;
    assert_memory_equal(sums, want, sizeof(want));
    train_pool_free(pool);
}

static void outer_task(void *arg, size_t i)
{
    (void)i;
    struct count *c = arg;
    bz_parallel_for(c->par, 10, count_task, c);
}

static void a_task_may_call_again(void **state)
{
    (void)state;
    struct train_pool *pool;
    struct bz_error err;
    static struct count c;
    assert_int_equal(train_pool_new(&pool, 3, &err), 0);
    c.par = train_pool_parallel(pool);
    bz_parallel_for(c.par, 6, outer_task, &c);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(atomic_load(&c.done[i]), 6);
    train_pool_free(pool);
}

static void too_many_threads_are_refused(void **state)
{
    (void)state;
    struct train_pool *pool;
    struct bz_error err;
    assert_int_equal(train_pool_new(&pool, 100000, &err), -1);
    assert_int_equal(err.code, BZ_BAD_USAGE);
    assert_int_equal(train_pool_new(&pool, 0, &err), 0);
    assert_int_equal(train_pool_parallel(pool)->threads, train_cpu_count());
    train_pool_free(pool);
    train_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once),
        cmocka_unit_test(short_jobs_follow_each_other),
        cmocka_unit_test(a_task_may_call_again),
        cmocka_unit_test(too_many_threads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
