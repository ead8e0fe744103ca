#include "stats.h"

#include "mem.h"

#include <string.h>

#define US(n) ((uint64_t)(n)*1000)

const uint64_t srv_time_bounds[SRV_TIME_BUCKETS] = {
    US(100),    US(500),    US(1000),    US(5000),     US(10000),    US(50000),
    US(100000), US(500000), US(1000000), US(10000000), US(60000000), US(120000000),
};
const size_t srv_row_bounds[SRV_ROW_BUCKETS] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 8192};

const char *const srv_outcome_names[SRV_N_OUTCOMES] = {"ok", "invalid", "rejected", "timeout", "canceled", "error"};

void srv_observe(struct srv_histogram *h, uint64_t ns)
{
    size_t i = 0;
    while (i < SRV_TIME_BUCKETS && ns > srv_time_bounds[i])
        i++;
    srv_add(&h->bucket[i], 1);
    srv_add(&h->sum_ns, ns);
}

struct srv_task_stats *srv_stats_task(struct srv_stats *stats, const char *task)
{
    for (size_t i = 0; i < SRV_MAX_TASKS; i++) {
        struct srv_task_stats *t = atomic_load_explicit(&stats->task[i], memory_order_acquire);
        if (!t) {
            struct srv_task_stats *fresh = bz_alloc(1, sizeof(*fresh), NULL);
            if (!fresh)
                return NULL;
            fresh->task = task;
            if (atomic_compare_exchange_strong(&stats->task[i], &t, fresh))
                return fresh;
            bz_free(fresh); /* another thread was first; t is its entry */
        }
        if (t->task == task || strcmp(t->task, task) == 0)
            return t;
    }
    return NULL;
}

void srv_stats_request(struct srv_stats *stats, const char *task, enum srv_outcome outcome, size_t rows,
                       const struct srv_times *times)
{
    struct timespec now;
    struct srv_task_stats *t = srv_stats_task(stats, task);
    if (t) {
        srv_add(&t->outcome[outcome], 1);
        srv_observe(&t->decode, times->decode_ns);
    }
    if (outcome != SRV_OUTCOME_OK) {
        srv_add(&stats->fail, 1);
        srv_add(&stats->fail_ns, times->total_ns);
        return;
    }
    if (t) {
        srv_add(&t->rows, rows);
        srv_observe(&t->queue, times->queue_ns);
        srv_observe(&t->compute, times->compute_ns);
        srv_observe(&t->encode, times->encode_ns);
    }
    clock_gettime(CLOCK_REALTIME, &now);
    atomic_store_explicit(&stats->last_inference_ms, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000,
                          memory_order_relaxed);
    srv_add(&stats->rows, rows);
    srv_add(&stats->success, 1);
    srv_add(&stats->success_ns, times->total_ns);
    srv_add(&stats->timed, 1);
    srv_add(&stats->queue_ns, times->queue_ns);
    srv_add(&stats->input_ns, times->decode_ns);
    srv_add(&stats->infer_ns, times->compute_ns);
    srv_add(&stats->output_ns, times->encode_ns);
}

/* The entry of a batch size; sizes beyond the room are not reported individually. */
static struct srv_batch_stats *batch_entry(struct srv_stats *stats, uint64_t size)
{
    for (size_t probe = 0; probe < SRV_BATCH_SIZES; probe++) {
        struct srv_batch_stats *b = &stats->batch[(size + probe) % SRV_BATCH_SIZES];
        uint_fast64_t found = srv_get(&b->size);
        if (found == 0 && atomic_compare_exchange_strong(&b->size, &found, size))
            return b;
        if (found == size)
            return b;
    }
    return NULL;
}

void srv_stats_batch(struct srv_stats *stats, const char *task, size_t rows, uint64_t compute_ns, bool first)
{
    struct srv_batch_stats *b = batch_entry(stats, rows);
    if (b)
        srv_add(&b->infer_ns, compute_ns);
    if (!first)
        return;
    struct srv_task_stats *t = srv_stats_task(stats, task);
    srv_add(&stats->batches, 1);
    if (b)
        srv_add(&b->count, 1);
    if (!t)
        return;
    size_t i = 0;
    while (i < SRV_ROW_BUCKETS && rows > srv_row_bounds[i])
        i++;
    srv_add(&t->batches, 1);
    srv_add(&t->batch_rows[i], 1);
    srv_add(&t->batch_rows_sum, rows);
}

void srv_stats_report(const struct srv_stats *s, struct api_model_stats *out, struct api_batch_stat *batches)
{
    uint64_t timed = srv_get(&s->timed);
    out->last_inference_ms = srv_get(&s->last_inference_ms);
    out->inference_count = srv_get(&s->rows);
    out->execution_count = srv_get(&s->batches);
    out->success = (struct api_duration){srv_get(&s->success), srv_get(&s->success_ns)};
    out->fail = (struct api_duration){srv_get(&s->fail), srv_get(&s->fail_ns)};
    out->queue = (struct api_duration){timed, srv_get(&s->queue_ns)};
    out->input = (struct api_duration){timed, srv_get(&s->input_ns)};
    out->infer = (struct api_duration){timed, srv_get(&s->infer_ns)};
    out->output = (struct api_duration){timed, srv_get(&s->output_ns)};
    out->n_batches = 0;
    for (size_t i = 0; i < SRV_BATCH_SIZES; i++) {
        const struct srv_batch_stats *b = &s->batch[i];
        uint64_t count = srv_get(&b->count);
        if (count == 0)
            continue;
        batches[out->n_batches++] = (struct api_batch_stat){
            srv_get(&b->size), {count, srv_get(&b->input_ns)}, {count, srv_get(&b->infer_ns)}, {count, srv_get(&b->output_ns)}};
    }
    out->batches = batches;
}

void srv_stats_clear(struct srv_stats *stats)
{
    for (size_t i = 0; i < SRV_MAX_TASKS; i++)
        bz_free(atomic_load(&stats->task[i]));
}
