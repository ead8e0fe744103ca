/* Whether work in progress must end, and whether it lets others go first. */
#include "queue_private.h"

#include <sched.h>
#include <stdatomic.h>

#define ASK_AFTER   5000000u /* ns: between two checks */
#define GIVE_AFTER  300000u  /* ns: between two times that a worker lets others go first */
#define PRESSED_FOR 20000000u

void srv_queue_press(struct srv_queue *q, uint64_t now)
{
    atomic_store_explicit(&q->pressed_ns, now, memory_order_relaxed);
}

/* An event loop that has used up its slice waits, without this, for the next tick of the kernel's clock, 4 ms. */
static void let_others_go_first(struct queue_batch *r, uint64_t now)
{
    if (srv_elapsed(r->gave_ns, now) < GIVE_AFTER || srv_elapsed(srv_get(&r->q->pressed_ns), now) > PRESSED_FOR)
        return;
    sched_yield();
    r->gave_ns = srv_now();
}

bool queue_others_press(struct srv_queue *q, const struct srv_job *job)
{
    pthread_mutex_lock(&q->lock);
    bool press = job->lane && queue_presses(q, job->lane, job);
    pthread_mutex_unlock(&q->lock);
    return press;
}

bool queue_batch_ends(void *batch)
{
    struct queue_batch *r = batch;
    const uint64_t now = srv_now();
    let_others_go_first(r, now);
    if (srv_elapsed(r->asked_ns, now) < ASK_AFTER)
        return false;
    r->asked_ns = now;
    pthread_mutex_lock(&r->q->lock);
    const bool cut = r->q->cut;
    pthread_mutex_unlock(&r->q->lock);
    for (size_t i = 0; i < r->n; i++) {
        struct srv_job *job = r->job[i];
        const bool late = job->deadline_ns && now > job->deadline_ns && !(job->call->stream && !job->fresh);
        const bool gone = atomic_load(&job->canceled) || (srv_elapsed(job->queued_ns, now) > LOOK_FOR_CLIENT_AFTER &&
                                                          r->q->hooks->gone(job, queue_others_press(r->q, job)));
        if (!cut && !late && !gone)
            return false;
    }
    return true;
}
