/* Shared by the queue*.c files. */
#ifndef QUEUE_PRIVATE_H
#define QUEUE_PRIVATE_H

#include "fault.h"
#include "queue.h"

#include <pthread.h>

enum urgency { QUICK, LONG, N_CLASSES };

enum { LOOK_AHEAD = 256 };              /* jobs examined when a batch is gathered, or at a tick */
#define LOOK_FOR_CLIENT_AFTER 50000000u /* ns: for quick answers it is not worth checking whether the client is still there */

struct worker {
    struct srv_queue *queue;
    pthread_t thread;
    struct api_worker *api;
    srv_count busy_ns;
    srv_count since_ns; /* when the batch in progress began; 0 = none is */
    char pad[64];
    bool untidy; /* it worked for a model before that was retired: its scratch is freed when there is no work */
};

/* A thread for decoding that the workers must not be kept from, or that must not wait for them: what may wait for disks or
 * locks (loading models), and pages about every model, such as /metrics, which tell what keeps the workers busy. */
enum aside { LOADING, TELLING, N_ASIDE };

struct aside_thread {
    struct srv_queue *queue;
    pthread_t thread;
    bool started;
    pthread_cond_t work;
    struct srv_job *first, *last;
};

struct srv_queue {
    struct api_host *host;
    const struct srv_job_hooks *hooks;
    size_t n_workers, n_started;
    struct worker *workers;             /* [n_workers] */
    struct aside_thread aside[N_ASIDE]; /* their lists guarded by lock */

    srv_count pressed_ns; /* when an event loop last had more to do than there were processors */

    pthread_mutex_t lock; /* guards all that follows, and lanes and the private part of jobs */
    pthread_cond_t work;
    struct srv_lane *ring[N_CLASSES]; /* the last lane of each ring; the next one has the turn */
    struct srv_lane decoding;         /* lane of calls waiting for decoding */
    uint64_t spent[N_CLASSES];        /* virtual time: work divided by weight */
    uint64_t expected[N_CLASSES];     /* ns of a batch, from experience */
    size_t idle, woken;               /* workers that wait; idle: without those already signalled */
    size_t n_shares;                  /* clients with jobs */
    size_t max_rows, max_bytes;
    size_t rows, bytes; /* of all lanes */
    uint64_t served_rows, rated_rows, rated_ns;
    double rate; /* rows served per second */
    unsigned trims;
    bool cut, stop;

    pthread_mutex_t seats_lock; /* of the list */
    struct srv_seat *seats;
    srv_count seats_busy_ns;
};

/* queue_lane.c; with queue->lock held. Append: a job waits, or does so again. Share_end: it no longer counts for its client.
 * Take: the lane whose turn it is. */
void queue_append(struct srv_queue *q, struct srv_job *job);
void queue_share_end(struct srv_queue *q, struct srv_job *job);
void queue_ring_add(struct srv_queue *q, struct srv_lane *lane, enum urgency c);
struct srv_lane *queue_ring_take(struct srv_queue *q, enum urgency c);
/* Whether the rest of a lane holds half of the rows that it may; with queue->lock held. */
bool queue_presses(const struct srv_queue *q, const struct srv_lane *lane, const struct srv_job *job);
/* Ends a job that must not continue. false = it may. */
bool queue_end_early(struct srv_queue *q, struct srv_job *job, uint64_t now, bool cut);

/* queue_seat.c: releases what seats keep for retired models. */
void srv_seats_trim(struct srv_queue *q);

/* Whether the rest of the job's lane holds half of what it may. */
bool queue_others_press(struct srv_queue *q, const struct srv_job *job);

/* A batch in progress. */
struct queue_batch {
    struct srv_queue *q;
    struct srv_job *const *job;
    size_t n;
    uint64_t asked_ns; /* when it was last checked whether it must end */
    uint64_t gave_ns;  /* and when it last let others go first */
};
/* Called during the work on a struct queue_batch, or the decoding of its only job: true if none of its jobs may continue. */
bool queue_batch_ends(void *batch);

/* queue_room.c. The job's rows and chains count with so many bytes from now on, instead of those before; with queue->lock held.
 * false = there is no room; *error and text say why. */
enum { QUEUE_TEXT = 300 };
bool queue_hold(struct srv_queue *q, struct srv_job *job, size_t bytes, enum api_error *error, char text[QUEUE_TEXT]);
/* api_call.hold for the only job of a struct queue_batch, which is being decoded. */
int queue_hold_early(void *decoding, size_t bytes, struct api_fault *fault);

#endif
