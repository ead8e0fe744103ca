/* Requests in their event loop's turns: whose it is, and those that wait. */
#include "httpd_private.h"

#include <stddef.h>
#include <strings.h>
#include <time.h>

static uint64_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return (h ^ h >> 29) | 1;
}

/* The one that the nearest proxy wrote. */
static enum MHD_Result find_last(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const char **last = arg;
    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") == 0)
        *last = value;
    return MHD_YES;
}

/* The address, not the key, which has not been checked yet and could be another one each time. */
static uint64_t client_of(struct request *request)
{
    const struct bz_list *trusted = &request->loop->httpd->setup.options->trusted_proxy;
    struct connection *c = request->at;
    if (trusted->n == 0) {
        if (!c->turn_client)
            c->turn_client = hash(c->peer);
        return c->turn_client;
    }
    char address[SRV_ADDRESS_ROOM];
    const char *forwarded = NULL;
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, find_last, &forwarded);
    srv_client_address(address, c->peer, forwarded, trusted);
    return hash(address);
}

static void call(struct srv_turns *turns)
{
    for (struct srv_turn *turn; (turn = srv_turn_call(turns));) {
        struct request *next = (struct request *)(void *)((char *)turn - offsetof(struct request, turn));
        MHD_resume_connection(next->connection);
    }
}

/* Whether threads that compute and loops are more than there are processors. Looked up again after a millisecond, since every
 * request asks; then workers are told, too. */
static bool crowded(struct loop *loop, uint64_t now)
{
    enum { LOOK_AFTER = 1000000 };
    const struct srv_httpd *h = loop->httpd;
    if (srv_elapsed(loop->looked_ns, now) < LOOK_AFTER)
        return loop->crowded;
    size_t n = srv_queue_busy(h->setup.queue);
    for (size_t i = 0; n && i < h->n_loops; i++)
        n += srv_get(&h->loops[i].since_ns) != 0;
    loop->crowded = n > h->setup.cpus;
    loop->looked_ns = now;
    if (loop->crowded)
        srv_queue_press(h->setup.queue, now);
    return loop->crowded;
}

/* Threads that compute get the processor while a loop sleeps: one that always finds requests would leave them nothing, although
 * most of these may be refused. */
static void rest(struct loop *loop, uint64_t now)
{
    struct timespec t;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
        return;
    t.tv_nsec = (long)srv_turn_rest(&loop->turns, now, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
    t.tv_sec = 0;
    if (t.tv_nsec)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

bool httpd_has_turn(struct request *request)
{
    struct srv_turns *turns = &request->loop->turns;
    const bool waited = request->turn.state != SRV_TURN_NONE;
    if (crowded(request->loop, srv_now()) && srv_turn_begins(turns, &request->turn))
        rest(request->loop, srv_now());
    const bool now = srv_turn_ask(turns, &request->turn, client_of(request), srv_now());
    if (!now) {
        httpd_set_phase(request->at, IN_WORK); /* it is not the client who is slow */
        MHD_suspend_connection(request->connection);
    } else if (waited) {
        httpd_set_phase(request->at, IN_HEADERS);
    }
    call(turns);
    return now;
}

void httpd_leave_turn(struct request *request)
{
    struct srv_turns *turns = &request->loop->turns;
    if (request->turn.state != SRV_TURN_CALLED)
        return;
    srv_turn_leave(turns, &request->turn, srv_now());
    call(turns);
}
