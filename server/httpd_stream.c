/* Streamed replies: workers put bytes in, the event loop sends them, and each waits for the other without blocking a thread. */
#include "httpd_private.h"

#include "mem.h"

#include <string.h>

#define PING_AFTER 15000000000u /* ns without a byte before a comment line keeps the connection alive */

enum { BLOCK = 32 * 1024 };

int httpd_stream_open(struct request *request)
{
    struct stream *s = bz_alloc(1, sizeof(*s), NULL);
    if (!s)
        return -1;
    const char *type = request->job.call->reply.content_type;
    pthread_mutex_init(&s->lock, NULL);
    s->pings = type && strncmp(type, "text/event-stream", 17) == 0;
    s->last_ns = srv_now();
    s->data = api_take(request->job.call, &s->size); /* sent with the head, before there is a frame */
    request->stream = s;
    return 0;
}

void httpd_stream_free(struct stream *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    bz_free(s->data);
    bz_free(s->more);
    bz_free(s);
}

/* Bytes that are not sent yet; with the lock held. */
static size_t unsent(const struct stream *s)
{
    return s->size - s->at + s->more_size;
}

static void go_to_more(struct stream *s)
{
    bz_free(s->data);
    s->data = bz_take(&s->more);
    s->size = s->more_size;
    s->at = s->more_size = s->more_room = 0;
}

/* Called by libmicrohttpd when the socket can take more. */
static ssize_t read_stream(void *arg, uint64_t position, char *out, size_t max)
{
    struct request *request = arg;
    struct stream *s = request->stream;
    bool caught_up = false;
    ssize_t n = 0;
    httpd_moved(request->at, 0);
    (void)position;
    pthread_mutex_lock(&s->lock);
    if (s->at == s->size && s->more_size)
        go_to_more(s);
    size_t left = s->size - s->at;
    if (left) {
        n = (ssize_t)(left < max ? left : max);
        memcpy(out, s->data + s->at, (size_t)n);
        if (atomic_load(&request->at->phase) != IN_REPLY)
            httpd_set_phase(request->at, IN_REPLY);
        s->at += (size_t)n;
        caught_up = s->behind && unsent(s) < STREAM_HIGH / 2;
        s->behind = s->behind && !caught_up;
    } else if (s->ended) {
        n = s->broken ? httpd_break_off(request) : MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->waiting = true;
        httpd_set_phase(request->at, IN_WORK); /* the reader is not the slow side */
        MHD_suspend_connection(request->connection);
    }
    bool ended = s->ended;
    pthread_mutex_unlock(&s->lock);
    /* Once ended, the job is no longer the queue's. */
    if (caught_up && !ended)
        srv_queue_unpark(request->loop->httpd->setup.queue, &request->job);
    return n;
}

struct MHD_Response *httpd_stream_response(struct request *request)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, request, NULL);
}

/* Adds bytes. With the lock held, for which the event loop waits: a frame of megabytes is handed over, not copied. */
static bool append(struct stream *s, char **bytes, size_t size)
{
    if (!s->more_size) {
        bz_free(s->more);
        s->more = bz_take(bytes);
        s->more_size = s->more_room = size;
        return true;
    }
    if (bz_grow(&s->more, &s->more_room, s->more_size + size, 1, NULL) < 0)
        return false;
    memcpy(s->more + s->more_size, *bytes, size);
    s->more_size += size;
    return true;
}

static bool append_ping(struct stream *s)
{
    static const char ping[] = ": ping\n\n";
    char *bytes = bz_strdup(ping, NULL);
    const bool fits = bytes && append(s, &bytes, sizeof(ping) - 1);
    bz_free(bytes);
    return fits;
}

static void wake_reader(struct request *request)
{
    struct stream *s = request->stream;
    if (s->waiting && !s->closed && (s->ended || unsent(s))) {
        s->waiting = false;
        MHD_resume_connection(request->connection);
    }
}

static void observe_first(struct request *request, uint64_t now)
{
    struct srv_stats *stats = request->job.stats;
    struct srv_task_stats *task = stats ? srv_stats_task(stats, request->job.call->task) : NULL;
    if (task)
        srv_observe(&task->first_sample, now - request->begun_ns);
}

bool httpd_stream_flush(struct request *request)
{
    struct stream *s = request->stream;
    size_t size = 0;
    char *bytes = api_take(request->job.call, &size);
    uint64_t now = srv_now();
    pthread_mutex_lock(&s->lock);
    bool fits = true;
    if (size) {
        fits = append(s, &bytes, size);
        s->last_ns = now;
        if (!s->begun && !request->job.call->code)
            observe_first(request, now);
        s->begun = true;
    } else if (s->pings && now - s->last_ns > PING_AFTER) {
        fits = append_ping(s);
        s->last_ns = now;
    }
    if (!fits) {
        s->broken = true;
        request->code = "out_of_memory";
    }
    s->behind = unsent(s) > STREAM_HIGH && !s->closed;
    bool go_on = !s->behind;
    request->sent_bytes += size;
    wake_reader(request);
    pthread_mutex_unlock(&s->lock);
    bz_free(bytes);
    return go_on;
}

bool httpd_stream_end(struct request *request, bool broken)
{
    struct stream *s = request->stream;
    pthread_mutex_lock(&s->lock);
    bool closed = s->closed;
    s->ended = true;
    s->broken = s->broken || broken;
    wake_reader(request);
    pthread_mutex_unlock(&s->lock);
    return !closed;
}

bool httpd_stream_close(struct request *request)
{
    struct stream *s = request->stream;
    pthread_mutex_lock(&s->lock);
    bool ended = s->ended;
    s->closed = true;
    /* With the lock held the job cannot end, and the request go, under our feet. */
    if (!ended)
        srv_queue_cancel(request->loop->httpd->setup.queue, &request->job);
    pthread_mutex_unlock(&s->lock);
    return ended;
}

bool httpd_stream_gone(struct request *request)
{
    struct stream *s = request->stream;
    pthread_mutex_lock(&s->lock);
    /* While libmicrohttpd is handling the connection it notices by itself, and may close the descriptor at any moment. */
    bool gone = s->closed || s->broken || (s->waiting && httpd_peer(request->at->fd) != HTTPD_PEER_THERE);
    pthread_mutex_unlock(&s->lock);
    return gone;
}
