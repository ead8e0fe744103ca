/* The queue and its workers: jobs wait in one bounded lane per model version, workers take compatible jobs as one batch, with
 * no artificial delay. Work is done in slices; quick and long jobs share the workers' time fairly, so that a one-row request
 * never waits for a long chain to end, and so do clients, however many requests one of them sends at a time. */
#ifndef QUEUE_H
#define QUEUE_H

#include "api.h"
#include "stats.h"

struct srv_queue;
struct srv_job;

/* Where jobs of one model version wait. Part of the version; zeroed = empty. Private to the queue. */
struct srv_lane {
    struct srv_job *first[2], *last[2]; /* quick jobs, long jobs */
    struct srv_lane *next[2];           /* in the ring of lanes with waiting jobs */
    size_t rows;                        /* rows of its unfinished jobs, waiting or begun */
};

/* How a job ended. */
enum srv_ending { SRV_FINISHED, SRV_TIMED_OUT, SRV_CLIENT_GONE, SRV_CUT_OFF };

/* Functions of the owner of jobs (httpd). All are called on the queue's threads, or in srv_queue_tick. */
struct srv_job_hooks {
    /* Takes the call from API_BODY onwards, with the body that the owner keeps. Prepares the reply of a stream. */
    void (*decode)(struct srv_job *job);
    /* A stream that was decoded in the queue is now running: its reply can be sent. flush and done may come before this. */
    void (*begun)(struct srv_job *job);
    /* Whether the client has left. Called while the job waits or between its slices. pressed: others are waiting, so a client
     * that may have left counts as gone. */
    bool (*gone)(struct srv_job *job, bool pressed);
    /* Streams, after each slice: hands over what the call has made. false = the reader is behind: the job is parked until
     * srv_queue_unpark. */
    bool (*flush)(struct srv_job *job);
    /* The job has ended and the queue has forgotten it. call->state is API_REPLY, except for SRV_CLIENT_GONE. */
    void (*done)(struct srv_job *job, enum srv_ending ending);
};

/* A client's share of the workers' time. Zeroed = no jobs. Private to the queue; it must live as long as a job refers to it. */
struct srv_share {
    size_t in_hand; /* its unfinished jobs */
    size_t bytes;   /* of their rows and chains */
};

/* A call on its way through the queue; embedded in its owner's request, which sets the first part. */
struct srv_job {
    struct api_call *call;
    struct srv_lane *lane;   /* of the model version; NULL for calls that only decode */
    struct srv_share *share; /* of the client; NULL = none */
    struct srv_stats *stats; /* of the model version; may be NULL */
    uint64_t deadline_ns;    /* of srv_now(); 0 = none */
    bool own_deadline;       /* set by the request, not by the server */
    struct srv_times times;  /* filled in along the way */
    size_t batch_rows;       /* rows of the batch it first ran in */

    /* Private to the queue. */
    struct srv_job *next;
    size_t rows;          /* rows it is counted with in its lane */
    size_t bytes;         /* and bytes, in the queue */
    bool fresh;           /* has not run yet */
    bool shares;          /* counted in its share */
    bool parked;          /* a stream whose reader is behind */
    bool wake;            /* unparked before it was parked */
    atomic_bool canceled; /* end it at the next occasion */
    uint64_t queued_ns, ready_ns;
    uint64_t due_ns; /* when its turn comes among the waiting jobs */
};

struct srv_queue_setup {
    size_t workers;
    size_t max_rows; /* in flight, per model version; a larger call runs when nothing else is in flight */
    /* Bytes of the rows and chains in flight of all models, half of them for one client; 0 = any number. Likewise; and calls
     * with few never wait for that. */
    size_t max_bytes;
    struct api_host *host;
    const struct srv_job_hooks *hooks;
};

/* For a thread that reads requests to compute the smallest of them itself: handing these to a worker and back would take longer
 * than their work. Used by one thread at a time. */
struct srv_seat;

/* Starts setup->workers threads. *out is the caller's; host and hooks are borrowed and must outlive it. */
int srv_queue_new(struct srv_queue **out, const struct srv_queue_setup *setup, struct bz_error *err);
/* Waits for the threads; no job and no seat may be left. NULL is fine. */
void srv_queue_free(struct srv_queue *queue);

/* Queues a call that is in state API_RUN. If there is no room, the call is refused (state API_REPLY) and false is returned. */
bool srv_queue_submit(struct srv_queue *queue, struct srv_job *job);
/* NULL when out of memory. */
struct srv_seat *srv_seat_new(struct srv_queue *queue);
void srv_seat_free(struct srv_seat *seat); /* NULL is fine */
/* Runs a call that is in state API_RUN to its end (API_REPLY) if it is quick and its model has room for it; false = nothing was
 * done, and it must be submitted. */
bool srv_seat_run(struct srv_seat *seat, struct srv_job *job);
/* Queues a call in state API_BODY whose decoding takes long (on a worker), may block or is about every model (on separate
 * threads). Never refuses.
 */
void srv_queue_decode(struct srv_queue *queue, struct srv_job *job);
/* The reader of a stream has caught up. */
void srv_queue_unpark(struct srv_queue *queue, struct srv_job *job);
/* The client has left: the job ends with SRV_CLIENT_GONE at the next opportunity. Not to be called after done(). */
void srv_queue_cancel(struct srv_queue *queue, struct srv_job *job);

/* Ends jobs that wait past their deadline or whose client has left; to be called a few times a second. */
void srv_queue_tick(struct srv_queue *queue);
/* From now on jobs end with SRV_CUT_OFF (503), running ones after their slice. */
void srv_queue_cut_off(struct srv_queue *queue);
/* A model version was retired: idle workers release what they keep for it. */
void srv_queue_trim(struct srv_queue *queue);
void srv_queue_set_limits(struct srv_queue *queue, size_t max_rows, size_t max_bytes);

/* Estimated seconds until a refused client should try again, 1..30. */
unsigned srv_queue_retry_after(struct srv_queue *queue);
size_t srv_queue_lane_rows(struct srv_queue *queue, const struct srv_lane *lane);
size_t srv_queue_max_rows(struct srv_queue *queue);
/* True if a worker has spent longer than ns on one batch (a slice of milliseconds, or the decoding of a body). */
bool srv_queue_is_stuck(const struct srv_queue *q, uint64_t ns);
/* How many workers have work. */
size_t srv_queue_busy(const struct srv_queue *queue);
/* An event loop says that it, too, needs the processors at `now`: workers let others go first more often for a while. */
void srv_queue_press(struct srv_queue *queue, uint64_t now);
/* The number of workers, and the nanoseconds that they and the seats have worked. */
size_t srv_queue_workers(struct srv_queue *queue, uint64_t *busy_ns);

#endif
