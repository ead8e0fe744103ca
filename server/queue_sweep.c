/* What ends jobs while they wait: deadlines, clients that have left, the end of the daemon. */
#include "queue_private.h"

bool queue_presses(const struct srv_queue *q, const struct srv_lane *lane, const struct srv_job *job)
{
    return 2 * (lane->rows - job->rows) > q->max_rows;
}

/* Moves jobs that cannot continue from a lane to *ended. `looks` bounds how many clients are checked. */
static void sweep_lane(struct srv_queue *q, struct srv_lane *lane, enum urgency c, uint64_t now, struct srv_job **ended,
                       size_t *looks)
{
    struct srv_job **link = &lane->first[c], *last = NULL;
    while (*link) {
        struct srv_job *job = *link;
        bool late = job->deadline_ns && now > job->deadline_ns && (job->fresh || !job->call->stream);
        /* A stream's hook takes the stream's lock, which comes before ours: streams are checked when they run. */
        bool old = !job->call->stream && srv_elapsed(job->queued_ns, now) > LOOK_FOR_CLIENT_AFTER && *looks > 0 && (*looks)--;
        if (!late && !q->cut && !(old && q->hooks->gone(job, queue_presses(q, lane, job)))) {
            last = job;
            link = &job->next;
            continue;
        }
        *link = job->next;
        job->next = *ended;
        *ended = job;
    }
    lane->last[c] = last;
}

static void sweep(struct srv_queue *q, uint64_t now, struct srv_job **ended)
{
    size_t looks = LOOK_AHEAD;
    for (enum urgency c = QUICK; c < N_CLASSES; c++) {
        size_t n = 0;
        for (struct srv_lane *lane = q->ring[c]; lane; lane = lane->next[c] == q->ring[c] ? NULL : lane->next[c])
            n++;
        while (n-- > 0) {
            struct srv_lane *lane = queue_ring_take(q, c);
            sweep_lane(q, lane, c, now, ended, &looks);
            if (lane->first[c])
                queue_ring_add(q, lane, c);
        }
    }
}

void srv_queue_tick(struct srv_queue *q)
{
    struct srv_job *ended = NULL;
    uint64_t now = srv_now();
    pthread_mutex_lock(&q->lock);
    sweep(q, now, &ended);
    if (now - q->rated_ns > 500000000u) {
        double rate = (double)(q->served_rows - q->rated_rows) * 1e9 / (double)(now - q->rated_ns);
        q->rate = q->rate > 0 ? 0.5 * q->rate + 0.5 * rate : rate;
        q->rated_rows = q->served_rows;
        q->rated_ns = now;
    }
    bool cut = q->cut;
    pthread_mutex_unlock(&q->lock);
    while (ended) {
        struct srv_job *job = ended;
        ended = job->next;
        if (queue_end_early(q, job, now, cut))
            continue;
        atomic_store(&job->canceled, true); /* it had left a moment ago */
        queue_end_early(q, job, now, cut);
    }
}

void srv_queue_cut_off(struct srv_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->cut = true;
    pthread_mutex_unlock(&q->lock);
    srv_queue_tick(q);
}
