/* Where jobs wait: in the lane of their model version, those of a client with many jobs behind the first ones of others. All
 * with the queue's lock held. */
#include "queue_private.h"

#include <string.h>

enum { SHORT_ROWS = 16 };        /* larger calls, sampling, and everything after its first slice are long work */
#define QUICK_COST  1e9          /* multiplications of a call that counts as short: tens of milliseconds */
#define MOST_BEHIND 10000000000u /* ns: a client's own backlog delays its jobs by no more */
#define LEAST_TURN  20000u       /* ns assumed for a turn of unknown length */

void queue_ring_add(struct srv_queue *q, struct srv_lane *lane, enum urgency c)
{
    struct srv_lane *last = q->ring[c];
    lane->next[c] = last ? last->next[c] : lane;
    if (last)
        last->next[c] = lane;
    q->ring[c] = lane;
}

struct srv_lane *queue_ring_take(struct srv_queue *q, enum urgency c)
{
    struct srv_lane *last = q->ring[c], *lane = last->next[c];
    last->next[c] = lane->next[c];
    if (lane == last)
        q->ring[c] = NULL;
    lane->next[c] = NULL;
    return lane;
}

static enum urgency urgency_of(const struct srv_job *job)
{
    const struct api_call *call = job->call;
    const bool quick = job->fresh && call->state == API_RUN && call->rows <= SHORT_ROWS && call->cost <= QUICK_COST &&
                       !call->stream && strcmp(call->task, "sample") != 0;
    return quick ? QUICK : LONG;
}

static void share_begin(struct srv_queue *q, struct srv_job *job)
{
    if (!job->share || job->shares)
        return;
    job->shares = true;
    q->n_shares += job->share->in_hand++ == 0;
}

void queue_share_end(struct srv_queue *q, struct srv_job *job)
{
    if (job->shares)
        q->n_shares -= --job->share->in_hand == 0;
    job->shares = false;
}

/* When its turn comes, as if each client had an equal share of the workers: now for a client's only job, and for each further
 * job a turn of every client later. Time advances, so nothing waits for ever. */
static uint64_t due(const struct srv_queue *q, const struct srv_job *job, enum urgency c, uint64_t now)
{
    if (!job->shares)
        return now;
    const uint64_t turn = q->expected[c] > LEAST_TURN ? q->expected[c] : LEAST_TURN;
    const double behind = (double)(job->share->in_hand - 1) * (double)turn * (double)q->n_shares / (double)q->n_workers;
    return now + (behind < (double)MOST_BEHIND ? (uint64_t)behind : MOST_BEHIND);
}

void queue_append(struct srv_queue *q, struct srv_job *job)
{
    struct srv_lane *lane = job->call->state == API_BODY ? &q->decoding : job->lane;
    enum urgency c = urgency_of(job);
    /* A class that had nothing to do accumulates no claim on the time it left to the other. */
    if (!q->ring[c] && q->spent[c] < q->spent[!c])
        q->spent[c] = q->spent[!c];
    share_begin(q, job);
    job->ready_ns = srv_now();
    job->due_ns = due(q, job, c, job->ready_ns);
    if (!lane->first[c])
        queue_ring_add(q, lane, c);
    struct srv_job **link = &lane->first[c];
    if (*link && lane->last[c]->due_ns <= job->due_ns)
        link = &lane->last[c]->next;
    /* behind its client's other jobs, although having fewer now would give it an earlier turn */
    for (struct srv_job **at = link; *at; at = &(*at)->next)
        if ((*at)->due_ns <= job->due_ns || (job->share && (*at)->share == job->share)) {
            job->due_ns = (*at)->due_ns > job->due_ns ? (*at)->due_ns : job->due_ns;
            link = &(*at)->next;
        }
    job->next = *link;
    *link = job;
    if (!job->next)
        lane->last[c] = job;
    if (q->idle) {
        q->idle--; /* the next job wakes another worker */
        q->woken++;
        pthread_cond_signal(&q->work);
    }
}
