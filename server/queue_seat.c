/* Work that is finished before another thread would have begun it, done by the thread that read the request. */
#include "queue_private.h"

#include "mem.h"

struct srv_seat {
    struct srv_queue *queue;
    struct srv_seat *next; /* with queue->seats_lock held */
    pthread_mutex_t lock;  /* guards the scratch: the seat's thread computes, a worker may trim */
    struct api_worker *api;
};

struct srv_seat *srv_seat_new(struct srv_queue *q)
{
    struct srv_seat *seat = bz_alloc(1, sizeof(*seat), NULL);
    if (!seat)
        return NULL;
    if (!(seat->api = api_worker_new(q->host, true))) {
        bz_free(seat);
        return NULL;
    }
    seat->queue = q;
    pthread_mutex_init(&seat->lock, NULL);
    pthread_mutex_lock(&q->seats_lock);
    seat->next = q->seats;
    q->seats = seat;
    pthread_mutex_unlock(&q->seats_lock);
    return seat;
}

void srv_seat_free(struct srv_seat *seat)
{
    if (!seat)
        return;
    struct srv_queue *q = seat->queue;
    pthread_mutex_lock(&q->seats_lock);
    struct srv_seat **link = &q->seats;
    while (*link != seat)
        link = &(*link)->next;
    *link = seat->next;
    pthread_mutex_unlock(&q->seats_lock);
    api_worker_free(seat->api);
    pthread_mutex_destroy(&seat->lock);
    bz_free(seat);
}

void srv_seats_trim(struct srv_queue *q)
{
    pthread_mutex_lock(&q->seats_lock);
    for (struct srv_seat *seat = q->seats; seat; seat = seat->next) {
        pthread_mutex_lock(&seat->lock);
        api_worker_trim(seat->api);
        pthread_mutex_unlock(&seat->lock);
    }
    pthread_mutex_unlock(&q->seats_lock);
}

size_t srv_queue_busy(const struct srv_queue *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n_workers; i++)
        n += srv_get(&q->workers[i].since_ns) != 0;
    return n;
}

/* Whether the model's lane has room; if so the rows are counted as served. */
static bool admit(struct srv_queue *q, const struct srv_job *job)
{
    const size_t rows = job->call->rows;
    pthread_mutex_lock(&q->lock);
    bool room = !q->cut && (job->lane->rows == 0 || job->lane->rows + rows <= q->max_rows);
    if (room)
        q->served_rows += rows;
    pthread_mutex_unlock(&q->lock);
    return room;
}

bool srv_seat_run(struct srv_seat *seat, struct srv_job *job)
{
    struct srv_queue *q = seat->queue;
    struct api_call *call = job->call;
    if (!call->quick || pthread_mutex_trylock(&seat->lock) != 0) /* it is not worth waiting for a worker that trims */
        return false;
    if (!admit(q, job)) {
        pthread_mutex_unlock(&seat->lock);
        return false;
    }
    const char *task = call->task;
    uint64_t start = srv_now();
    while (call->state == API_RUN)
        api_run(&call, 1, seat->api);
    pthread_mutex_unlock(&seat->lock);
    uint64_t computed = srv_now();
    job->batch_rows = call->rows;
    job->times.compute_ns = computed - start;
    if (job->stats)
        srv_stats_batch(job->stats, task, call->rows, computed - start, true);
    if (call->state == API_ENCODE) {
        api_encode(call);
        job->times.encode_ns = srv_now() - computed;
    }
    srv_add(&q->seats_busy_ns, computed - start + job->times.encode_ns);
    return true;
}
