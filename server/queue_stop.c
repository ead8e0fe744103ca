/* Whether work in progress must end. */
#include "queue_private.h"

#define ASK_AFTER 5000000u /* ns: between two checks */

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
