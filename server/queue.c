#include "queue_private.h"

#include "cgroup.h"
#include "object.h"
#include "prompt.h"
#include "stop.h"

#include <stdio.h>
#include <string.h>

enum { MAX_BATCH = 64 /* calls of one batch */ };

/* Shares of the workers' time when both classes have work. */
static const uint64_t weight[N_CLASSES] = {4, 1};

/* Takes the next job and those after it that can run with it; 0 if there is nothing to do. */
static size_t pick(struct srv_queue *q, struct srv_job **batch, enum urgency *which)
{
    enum urgency c = !q->ring[LONG] ? QUICK : !q->ring[QUICK] ? LONG : q->spent[LONG] < q->spent[QUICK] ? LONG : QUICK;
    if (!q->ring[c])
        return 0;
    struct srv_lane *lane = queue_ring_take(q, c);
    struct srv_job *first = lane->first[c], **link = &lane->first[c], *last = NULL;
    size_t n = 0, rows = 0;
    bool alone = lane == &q->decoding || first->call->stream;
    for (size_t seen = 0; *link && n < MAX_BATCH && seen < LOOK_AHEAD; seen++) {
        struct srv_job *job = *link;
        size_t more = lane == &q->decoding ? 1 : job->call->rows;
        bool fits = n == 0 || (!alone && rows + more <= API_BATCH_ROWS && api_compatible(first->call, job->call));
        if (!fits) {
            last = job;
            link = &job->next;
            continue;
        }
        *link = job->next;
        job->wake = false;
        batch[n++] = job;
        rows += more;
        if (alone || rows >= API_BATCH_ROWS)
            break;
    }
    if (!*link)
        lane->last[c] = last;
    if (lane->first[c])
        queue_ring_add(q, lane, c);
    q->spent[c] += q->expected[c] / weight[c];
    *which = c;
    return n;
}

/* After a batch: replaces the time it was expected to take by the actual one. */
static void charge(struct srv_queue *q, enum urgency c, uint64_t expected, uint64_t took)
{
    q->spent[c] += took / weight[c];
    q->spent[c] -= q->spent[c] < expected / weight[c] ? q->spent[c] : expected / weight[c];
    q->expected[c] = (7 * q->expected[c] + took) / 8;
}

/* --- running --- */

/* Returns a job to its owner; its rows make room for others. */
static void end_job(struct srv_queue *q, struct srv_job *job, enum srv_ending ending)
{
    pthread_mutex_lock(&q->lock);
    queue_share_end(q, job);
    if (job->lane)
        job->lane->rows -= job->rows;
    q->rows -= job->rows;
    q->bytes -= job->bytes;
    if (job->share)
        job->share->bytes -= job->bytes;
    q->served_rows += ending == SRV_FINISHED ? job->rows : 0;
    job->rows = job->bytes = 0;
    pthread_mutex_unlock(&q->lock);
    q->hooks->done(job, ending);
}

/* Ends a job that must not continue. false = it may. */
bool queue_end_early(struct srv_queue *q, struct srv_job *job, uint64_t now, bool cut)
{
    struct api_call *call = job->call;
    enum srv_ending ending = SRV_FINISHED;
    if (atomic_load(&job->canceled) ||
        (srv_elapsed(job->queued_ns, now) > LOOK_FOR_CLIENT_AFTER && q->hooks->gone(job, queue_others_press(q, job)))) {
        ending = SRV_CLIENT_GONE;
    } else if (cut) {
        api_refuse(call, API_DRAINING, "draining: the server is shutting down and did not finish this request");
        ending = SRV_CUT_OFF;
    } else if (job->deadline_ns && now > job->deadline_ns && !(call->stream && !job->fresh)) {
        api_refuse(call, API_TIMEOUT, "the request was not finished within %s",
                   job->own_deadline ? "the timeout that it gave" : "the server's request timeout");
        ending = SRV_TIMED_OUT;
    } else if (call->stopped) { /* it had to end when asked during its work */
        ending = SRV_CLIENT_GONE;
    } else {
        return false;
    }
    if (call->stream && ending != SRV_CLIENT_GONE)
        q->hooks->flush(job);
    end_job(q, job, ending);
    return true;
}

/* A call that stopped when asked ends for the reason there is by now. */
static void end_stopped(struct srv_queue *q, struct srv_job *job)
{
    pthread_mutex_lock(&q->lock);
    const bool cut = q->cut;
    pthread_mutex_unlock(&q->lock);
    queue_end_early(q, job, srv_now(), cut);
}

static void decode_job(struct srv_queue *q, struct srv_job *job)
{
    uint64_t start = srv_now();
    struct queue_batch now = {q, &job, 1, start, start};
    bz_stop_ask(queue_batch_ends, &now);
    job->call->hold = queue_hold_early;
    job->call->hold_arg = &now;
    q->hooks->decode(job);
    job->call->hold = NULL;
    job->call->hold_arg = NULL;
    bz_stop_ask(NULL, NULL);
    job->times.decode_ns += srv_now() - start;
    if (job->call->stopped) {
        end_stopped(q, job);
        return;
    }
    if (job->call->state == API_RUN) {
        bool stream = job->call->stream;
        if (srv_queue_submit(q, job)) {
            if (stream)
                q->hooks->begun(job);
            return;
        }
    }
    end_job(q, job, SRV_FINISHED);
}

/* After a slice: queues the job again, parks it, or ends it. */
static void go_on(struct srv_queue *q, struct srv_job *job)
{
    struct api_call *call = job->call;
    if (call->state == API_ENCODE) {
        uint64_t start = srv_now();
        struct queue_batch now = {q, &job, 1, start, start};
        bz_stop_ask(queue_batch_ends, &now);
        api_encode(call);
        bz_stop_ask(NULL, NULL);
        job->times.encode_ns += srv_now() - start;
        if (call->stopped) {
            end_stopped(q, job);
            return;
        }
    }
    bool keep_pace = !call->stream || q->hooks->flush(job);
    if (call->state != API_RUN) {
        end_job(q, job, SRV_FINISHED);
        return;
    }
    pthread_mutex_lock(&q->lock);
    job->fresh = job->fresh && call->stopped; /* a job stopped in its first slice ends for the reason it had then */
    if (keep_pace || call->stopped || job->wake || atomic_load(&job->canceled) || q->cut)
        queue_append(q, job);
    else
        job->parked = true;
    pthread_mutex_unlock(&q->lock);
}

/* Runs a batch; returns the nanoseconds it took. */
static uint64_t run_batch(struct srv_queue *q, struct worker *w, struct srv_job **batch, size_t n, bool cut)
{
    struct api_call *calls[MAX_BATCH];
    struct srv_job *running[MAX_BATCH];
    size_t n_running = 0, rows = 0;
    uint64_t start = srv_now();
    for (size_t i = 0; i < n; i++) {
        struct srv_job *job = batch[i];
        if (queue_end_early(q, job, start, cut))
            continue;
        if (job->call->state == API_BODY) {
            decode_job(q, job);
            continue;
        }
        job->times.queue_ns += start - job->ready_ns;
        rows += job->fresh ? job->call->rows : 0;
        w->untidy = w->untidy || (job->call->model && atomic_load(&job->call->model->retired));
        running[n_running] = job;
        calls[n_running++] = job->call;
    }
    if (n_running) {
        struct srv_stats *stats = running[0]->stats;
        const char *task = calls[0]->task;
        struct queue_batch now = {q, running, n_running, start, start};
        api_worker_ask(w->api, queue_batch_ends, &now);
        api_run(calls, n_running, w->api);
        api_worker_ask(w->api, NULL, NULL);
        uint64_t took = srv_now() - start;
        bool first = rows > 0;
        if (stats)
            srv_stats_batch(stats, task, first ? rows : running[0]->batch_rows, took, first);
        for (size_t i = 0; i < n_running; i++) {
            running[i]->times.compute_ns += took;
            if (running[i]->fresh)
                running[i]->batch_rows = rows;
            go_on(q, running[i]);
        }
    }
    uint64_t took = srv_now() - start;
    srv_add(&w->busy_ns, took);
    return took;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct srv_queue *q = w->queue;
    struct srv_job *batch[MAX_BATCH];
    unsigned trims = 0;
    srv_be_patient();
    pthread_mutex_lock(&q->lock);
    for (;;) {
        enum urgency c;
        uint64_t expected[N_CLASSES] = {q->expected[QUICK], q->expected[LONG]};
        size_t n = pick(q, batch, &c);
        if (n) {
            bool cut = q->cut;
            pthread_mutex_unlock(&q->lock);
            atomic_store_explicit(&w->since_ns, srv_now(), memory_order_relaxed);
            uint64_t took = run_batch(q, w, batch, n, cut);
            atomic_store_explicit(&w->since_ns, 0, memory_order_relaxed);
            pthread_mutex_lock(&q->lock);
            charge(q, c, expected[c], took);
        } else if (trims != q->trims || w->untidy) {
            trims = q->trims;
            w->untidy = false;
            pthread_mutex_unlock(&q->lock);
            api_worker_trim(w->api);
            srv_seats_trim(q);
            pthread_mutex_lock(&q->lock);
        } else if (q->stop) {
            break;
        } else {
            q->idle++;
            pthread_cond_wait(&q->work, &q->lock);
            --*(q->woken ? &q->woken : &q->idle);
        }
    }
    pthread_mutex_unlock(&q->lock);
    api_worker_free(w->api);
    return NULL;
}

/* Decodes apart from the workers, in order of arrival. */
static void *work_aside(void *arg)
{
    struct aside_thread *a = arg;
    struct srv_queue *q = a->queue;
    srv_be_patient();
    pthread_mutex_lock(&q->lock);
    for (;;) {
        struct srv_job *job = a->first;
        if (job) {
            a->first = job->next;
            bool cut = q->cut;
            pthread_mutex_unlock(&q->lock);
            if (!queue_end_early(q, job, srv_now(), cut))
                decode_job(q, job);
            pthread_mutex_lock(&q->lock);
        } else if (q->stop) {
            break;
        } else {
            pthread_cond_wait(&a->work, &q->lock);
        }
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* --- from outside --- */

bool srv_queue_submit(struct srv_queue *q, struct srv_job *job)
{
    struct api_call *call = job->call;
    enum api_error error;
    char text[QUEUE_TEXT];
    pthread_mutex_lock(&q->lock);
    const bool cut = q->cut, full = job->lane->rows > 0 && job->lane->rows + call->rows > q->max_rows;
    const bool crowded = !cut && !full && !queue_hold(q, job, call->memory, &error, text);
    if (!cut && !full && !crowded) {
        job->fresh = true;
        if (!job->queued_ns)
            job->queued_ns = srv_now();
        job->rows = call->rows;
        job->lane->rows += call->rows;
        q->rows += call->rows;
        queue_append(q, job);
    }
    pthread_mutex_unlock(&q->lock);
    if (cut || full || crowded)
        call->stream = false; /* nothing has been sent yet: it gets an ordinary refusal */
    if (cut)
        api_refuse(call, API_DRAINING, "draining: the server is shutting down");
    else if (full)
        api_refuse(call, API_QUEUE_FULL, "queue full: this model already has its limit of %zu rows in flight",
                   srv_queue_max_rows(q));
    else if (crowded)
        api_refuse(call, error, "%s", text);
    return !cut && !full && !crowded;
}

void srv_queue_decode(struct srv_queue *q, struct srv_job *job)
{
    pthread_mutex_lock(&q->lock);
    job->fresh = true;
    job->queued_ns = job->ready_ns = srv_now();
    if (job->call->may_block || job->call->of_all) {
        struct aside_thread *aside = &q->aside[job->call->may_block ? LOADING : TELLING];
        job->next = NULL;
        if (aside->first)
            aside->last->next = job;
        else
            aside->first = job;
        aside->last = job;
        pthread_cond_signal(&aside->work);
    } else {
        queue_append(q, job);
    }
    pthread_mutex_unlock(&q->lock);
}

static void unpark_locked(struct srv_queue *q, struct srv_job *job)
{
    if (job->parked) {
        job->parked = false;
        queue_append(q, job);
    } else {
        job->wake = true;
    }
}

void srv_queue_unpark(struct srv_queue *q, struct srv_job *job)
{
    pthread_mutex_lock(&q->lock);
    unpark_locked(q, job);
    pthread_mutex_unlock(&q->lock);
}

void srv_queue_cancel(struct srv_queue *q, struct srv_job *job)
{
    pthread_mutex_lock(&q->lock);
    atomic_store(&job->canceled, true);
    unpark_locked(q, job);
    pthread_mutex_unlock(&q->lock);
}

void srv_queue_trim(struct srv_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->trims++;
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->lock);
}

void srv_queue_set_limits(struct srv_queue *q, size_t max_rows, size_t max_bytes)
{
    pthread_mutex_lock(&q->lock);
    q->max_rows = max_rows;
    q->max_bytes = max_bytes;
    pthread_mutex_unlock(&q->lock);
}

unsigned srv_queue_retry_after(struct srv_queue *q)
{
    pthread_mutex_lock(&q->lock);
    double seconds = q->rate > 0 ? (double)q->rows / q->rate : 1;
    pthread_mutex_unlock(&q->lock);
    return seconds < 1 ? 1 : seconds > 30 ? 30 : (unsigned)(seconds + 0.5);
}

size_t srv_queue_lane_rows(struct srv_queue *q, const struct srv_lane *lane)
{
    pthread_mutex_lock(&q->lock);
    size_t rows = lane->rows;
    pthread_mutex_unlock(&q->lock);
    return rows;
}

size_t srv_queue_max_rows(struct srv_queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t rows = q->max_rows;
    pthread_mutex_unlock(&q->lock);
    return rows;
}

bool srv_queue_is_stuck(const struct srv_queue *q, uint64_t ns)
{
    const uint64_t now = srv_now();
    for (size_t i = 0; i < q->n_workers; i++) {
        uint64_t since = srv_get(&q->workers[i].since_ns);
        if (since && srv_elapsed(since, now) > ns)
            return true;
    }
    return false;
}

size_t srv_queue_workers(struct srv_queue *q, uint64_t *busy_ns)
{
    *busy_ns = srv_get(&q->seats_busy_ns);
    for (size_t i = 0; i < q->n_workers; i++)
        *busy_ns += srv_get(&q->workers[i].busy_ns);
    return q->n_workers;
}

static int start_threads(struct srv_queue *q, struct bz_error *err)
{
    for (; q->n_started < q->n_workers; q->n_started++) {
        struct worker *w = &q->workers[q->n_started];
        char name[16];
        w->queue = q;
        if (!(w->api = api_worker_new(q->host, false)))
            return bz_fail(err, BZ_NO_MEMORY, "workers: no memory");
        if (pthread_create(&w->thread, NULL, work, w) != 0) {
            api_worker_free(w->api);
            char what[64];
            snprintf(what, sizeof(what), "cannot start worker %zu of %zu", q->n_started + 1, q->n_workers);
            return srv_limits_refuse(err, what);
        }
        snprintf(name, sizeof(name), "worker-%zu", q->n_started % 1000);
        pthread_setname_np(w->thread, name);
    }
    for (int i = 0; i < N_ASIDE; i++) {
        struct aside_thread *a = &q->aside[i];
        if (pthread_create(&a->thread, NULL, work_aside, a) != 0)
            return srv_limits_refuse(err, "cannot start a thread that decodes bodies");
        a->started = true;
        pthread_setname_np(a->thread, i == LOADING ? "loader" : "teller");
    }
    return 0;
}

static void end_queue(void *self)
{
    struct srv_queue *q = self;
    pthread_mutex_lock(&q->lock);
    q->stop = true;
    pthread_cond_broadcast(&q->work);
    for (int i = 0; i < N_ASIDE; i++)
        pthread_cond_signal(&q->aside[i].work);
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < q->n_started; i++)
        pthread_join(q->workers[i].thread, NULL);
    for (int i = 0; i < N_ASIDE; i++) {
        if (q->aside[i].started)
            pthread_join(q->aside[i].thread, NULL);
        pthread_cond_destroy(&q->aside[i].work);
    }
    pthread_cond_destroy(&q->work);
    pthread_mutex_destroy(&q->lock);
    pthread_mutex_destroy(&q->seats_lock);
}

int srv_queue_new(struct srv_queue **out, const struct srv_queue_setup *setup, struct bz_error *err)
{
    struct srv_queue *q = bz_object_new(sizeof(*q), end_queue, err);
    if (!q)
        return -1;
    *q = (struct srv_queue){.host = setup->host,
                            .hooks = setup->hooks,
                            .n_workers = setup->workers,
                            .max_rows = setup->max_rows,
                            .max_bytes = setup->max_bytes};
    q->rated_ns = srv_now();
    pthread_mutex_init(&q->lock, NULL);
    pthread_mutex_init(&q->seats_lock, NULL);
    pthread_cond_init(&q->work, NULL);
    for (int i = 0; i < N_ASIDE; i++) {
        q->aside[i].queue = q;
        pthread_cond_init(&q->aside[i].work, NULL);
    }
    q->workers = bz_part(q, q->n_workers, sizeof(struct worker), err);
    return bz_object_give(out, q, q->workers ? start_threads(q, err) : -1);
}

void srv_queue_free(struct srv_queue *q)
{
    bz_object_free(q);
}
