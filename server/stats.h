/* Counters of served work: plain atomics that any thread may add to, read by /metrics and by /v2 statistics. */
#ifndef STATS_H
#define STATS_H

#include "api.h"

#include <stdatomic.h>
#include <time.h>

/* Monotonic time in nanoseconds. */
static inline uint64_t srv_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The same, some milliseconds late at most and at a fraction of the cost: for what is compared with seconds. */
static inline uint64_t srv_now_about(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* From `since` to `now`; 0 if another thread's clock reading is the later one. */
static inline uint64_t srv_elapsed(uint64_t since, uint64_t now)
{
    return now > since ? now - since : 0;
}

typedef atomic_uint_fast64_t srv_count;

static inline void srv_add(srv_count *count, uint64_t n)
{
    atomic_fetch_add_explicit(count, n, memory_order_relaxed);
}

static inline uint64_t srv_get(const srv_count *count)
{
    return atomic_load_explicit((srv_count *)count, memory_order_relaxed);
}

enum { SRV_TIME_BUCKETS = 12, SRV_ROW_BUCKETS = 12, SRV_MAX_TASKS = 12, SRV_BATCH_SIZES = 64 };

/* Upper bounds of the buckets of times, in nanoseconds: 0.0001 .. 120 s. */
extern const uint64_t srv_time_bounds[SRV_TIME_BUCKETS];
/* Of batches, in rows: 1 .. 8192. */
extern const size_t srv_row_bounds[SRV_ROW_BUCKETS];

struct srv_histogram {
    srv_count bucket[SRV_TIME_BUCKETS + 1]; /* the last: above every bound */
    srv_count sum_ns;
};

/* Counts a time of ns. */
void srv_observe(struct srv_histogram *h, uint64_t ns);

enum srv_outcome {
    SRV_OUTCOME_OK,
    SRV_OUTCOME_INVALID,
    SRV_OUTCOME_REJECTED,
    SRV_OUTCOME_TIMEOUT,
    SRV_OUTCOME_CANCELED,
    SRV_OUTCOME_ERROR,
    SRV_N_OUTCOMES
};
extern const char *const srv_outcome_names[SRV_N_OUTCOMES];

/* One operation of one version of a model. */
struct srv_task_stats {
    const char *task; /* static */
    srv_count outcome[SRV_N_OUTCOMES];
    srv_count rows, batches;
    srv_count batch_rows[SRV_ROW_BUCKETS + 1]; /* the last: above every bound */
    srv_count batch_rows_sum;
    struct srv_histogram queue, compute, decode, encode;
    struct srv_histogram first_sample; /* for streams */
    srv_count gibbs_steps, samples;
};

struct srv_batch_stats {
    srv_count size; /* rows; 0 = free */
    srv_count count, input_ns, infer_ns, output_ns;
};

/* One version of a model. */
struct srv_stats {
    _Atomic(struct srv_task_stats *) task[SRV_MAX_TASKS]; /* filled from the front */
    srv_count last_inference_ms;
    srv_count rows, batches;
    srv_count success, success_ns, fail, fail_ns;
    srv_count queue_ns, input_ns, infer_ns, output_ns, timed; /* timed: requests in these sums */
    struct srv_batch_stats batch[SRV_BATCH_SIZES];
};

/* The statistics of an operation, made at first use; NULL when memory is out or there are too many. */
struct srv_task_stats *srv_stats_task(struct srv_stats *stats, const char *task);
/* After a request: its times and how it ended. */
struct srv_times {
    uint64_t decode_ns, queue_ns, compute_ns, encode_ns, total_ns;
};
void srv_stats_request(struct srv_stats *stats, const char *task, enum srv_outcome outcome, size_t rows,
                       const struct srv_times *times);
/* After a slice of a batch of `rows` rows; `first`: its first slice, which counts the batch. */
void srv_stats_batch(struct srv_stats *stats, const char *task, size_t rows, uint64_t compute_ns, bool first);
/* As /v2 reports them; batches[SRV_BATCH_SIZES] is filled and pointed to. */
void srv_stats_report(const struct srv_stats *stats, struct api_model_stats *out, struct api_batch_stat *batches);
void srv_stats_clear(struct srv_stats *stats);

#endif
