#include "httpd_private.h"

#include "cgroup.h"
#include "log.h"
#include "mem.h"
#include "object.h"
#include "prompt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 32 * 1024, /* headers, read and write buffers of a connection */
    MEMORY_STEP = 16 * 1024,
    LOOP_CONNECTIONS = 1 << 20, /* the real limit is options->max_connections, beyond which 503 is sent */
    MAX_FDS = 1 << 20,
    BODY_RATE = 1024, /* bytes per second at which a body must arrive, after the time allowed for headers */
};
#define CUT_PATIENCE_NS 2000000000u
#define END_PATIENCE_NS 500000000u /* for bytes that are received, but not processed */

/* --- connections --- */

static void list_add(struct loop *loop, struct connection *c)
{
    pthread_mutex_lock(&loop->lock);
    c->next = loop->first;
    if (loop->first)
        loop->first->previous = c;
    loop->first = c;
    pthread_mutex_unlock(&loop->lock);
}

static void list_remove(struct loop *loop, struct connection *c)
{
    pthread_mutex_lock(&loop->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        loop->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    pthread_mutex_unlock(&loop->lock);
}

/* Nothing else refers to it any more. */
static void forget(struct srv_httpd *h, struct connection *c)
{
    list_remove(c->loop, c);
    atomic_fetch_sub(&c->loop->n_connections, 1);
    atomic_fetch_sub(&h->n_connections, 1);
    bz_free(c->refusal);
    bz_free(c);
}

/* libmicrohttpd has begun with a connection, or is about to close its socket. */
static void notify_connection(void *arg, struct MHD_Connection *connection, void **context,
                              enum MHD_ConnectionNotificationCode what)
{
    struct loop *loop = arg;
    struct srv_httpd *h = loop->httpd;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        if (!loop->prompt)
            srv_be_prompt();
        loop->prompt = true;
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info && info->connect_fd >= 0 && (size_t)info->connect_fd < h->n_fds)
            *context = atomic_exchange(&h->by_fd[info->connect_fd], NULL);
        MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                  (unsigned)((h->setup.options->idle_timeout_ms + 999) / 1000));
        return;
    }
    struct connection *c = *context;
    if (!c)
        return;
    httpd_abandon(c);
    httpd_count_unread(c);
    forget(h, c);
}

/* The loop of the right kind with the fewest connections, which then counts one more. NULL if there is none. */
static struct loop *choose_loop(struct srv_httpd *h, bool tls)
{
    pthread_mutex_lock(&h->loops_lock);
    size_t first = tls ? h->tls_first : 0, n = h->setup.threads, turn = h->turn++;
    struct loop *best = NULL;
    for (size_t i = 0; i < n && (!tls || h->tls_first); i++) {
        struct loop *loop = &h->loops[first + (turn + i) % n];
        if (!best || atomic_load(&loop->n_connections) < atomic_load(&best->n_connections))
            best = loop;
    }
    if (best)
        atomic_fetch_add(&best->n_connections, 1);
    pthread_mutex_unlock(&h->loops_lock);
    return best;
}

static void name_peer(struct connection *c, const struct sockaddr *peer)
{
    const struct sockaddr_in6 *in6 = (const void *)peer;
    if (peer->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, c->peer, sizeof(c->peer));
    else if (peer->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
        inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], c->peer, sizeof(c->peer));
    else if (peer->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &in6->sin6_addr, c->peer, sizeof(c->peer));
}

void srv_httpd_add(struct srv_httpd *h, int fd, const struct srv_place *place, const struct sockaddr *peer)
{
    const struct srv_options *o = h->setup.options;
    struct loop *loop = choose_loop(h, place->tls);
    struct connection *c = bz_alloc(1, sizeof(*c), NULL);
    srv_add(&h->setup.metrics->connections_total, 1);
    if (!c || !loop || (size_t)fd >= h->n_fds || atomic_load(&h->n_connections) >= o->max_connections ||
        atomic_load(&h->n_connections) >= h->room) {
        if (loop)
            atomic_fetch_sub(&loop->n_connections, 1);
        bz_free(c);
        httpd_turn_away(h, fd, place->tls);
        return;
    }
    c->loop = loop;
    c->place = *place;
    c->fd = fd;
    struct stat st;
    c->inode = fstat(fd, &st) == 0 ? st.st_ino : 0;
    name_peer(c, peer);
    uint64_t now = srv_now();
    atomic_store(&c->since_ns, now);
    atomic_store(&c->deadline_ns, now + o->header_timeout_ms * 1000000);
    atomic_fetch_add(&h->n_connections, 1);
    list_add(loop, c);
    struct connection *stale = atomic_exchange(&h->by_fd[fd], c);
    if (stale) /* libmicrohttpd dropped it before it started */
        forget(h, stale);
    /* libmicrohttpd requires an address but does not need it: the access log uses its own. */
    struct sockaddr_storage address = {.ss_family = AF_INET};
    struct connection *expected = c;
    if (MHD_add_connection(loop->daemon, fd, (struct sockaddr *)&address, sizeof(struct sockaddr_in)) != MHD_YES &&
        atomic_compare_exchange_strong(&h->by_fd[fd], &expected, NULL))
        forget(h, c); /* it has closed the socket */
}

/* One that libmicrohttpd, without memory, dropped before it started, and of which it says nothing; NULL if there is none. The
 * caller alone knows of it then. */
static struct connection *take_dropped(struct srv_httpd *h, struct loop *loop)
{
    struct connection *dropped = NULL;
    pthread_mutex_lock(&loop->lock);
    for (struct connection *c = loop->first; c && !dropped; c = c->next) {
        struct connection *expected = c;
        struct stat st;
        if (atomic_load(&h->by_fd[c->fd]) != c)
            continue;
        const bool closed = fstat(c->fd, &st) < 0 ? errno == EBADF : c->inode && st.st_ino != c->inode;
        if (closed && atomic_compare_exchange_strong(&h->by_fd[c->fd], &expected, NULL))
            dropped = c;
    }
    pthread_mutex_unlock(&loop->lock);
    return dropped;
}

static void forget_dropped(struct srv_httpd *h)
{
    struct connection *c;
    for (size_t i = 0; i < h->n_loops; i++)
        while ((c = take_dropped(h, &h->loops[i])))
            forget(h, c);
}

void httpd_hang_up(struct connection *c, int how)
{
    c->closing = true;
    shutdown(c->fd, how);
}

static bool too_slow(const struct connection *c, uint64_t now, uint64_t header_ns, uint64_t write_ns)
{
    switch ((enum phase)atomic_load(&c->phase)) {
    case IN_HEADERS:
        return now > srv_get(&c->deadline_ns);
    case IN_BODY:
        return srv_elapsed(srv_get(&c->since_ns), now) > header_ns + srv_get(&c->body_bytes) * (1000000000 / BODY_RATE);
    case IN_REPLY:
        return srv_elapsed(srv_get(&c->moved_ns), now) > write_ns ||
               (!atomic_load(&c->unpaced) &&
                srv_elapsed(srv_get(&c->since_ns), now) > write_ns + srv_get(&c->body_bytes) * (1000000000 / BODY_RATE));
    case CUT_OFF: /* which has had the time to read why */
        return srv_elapsed(srv_get(&c->since_ns), now) > CUT_PATIENCE_NS;
    case IN_WORK:
        break;
    }
    return false;
}

void httpd_each_connection(struct srv_httpd *h, void (*act)(struct srv_httpd *h, struct connection *c, uint64_t ns),
                           uint64_t ns)
{
    for (size_t i = 0; i < h->n_loops; i++) {
        pthread_mutex_lock(&h->loops[i].lock);
        for (struct connection *c = h->loops[i].first; c; c = c->next)
            act(h, c, ns);
        pthread_mutex_unlock(&h->loops[i].lock);
    }
}

static void refuse_slow_body(struct srv_httpd *h, struct connection *c, uint64_t now)
{
    char detail[240];
    snprintf(detail, sizeof(detail),
             "the body came too slowly: %" PRIu64 " bytes of it in %.1f s; expected %d bytes a second after the first %.1f s "
             "(header-timeout)",
             srv_get(&c->body_bytes), (double)srv_elapsed(srv_get(&c->since_ns), now) / 1e9, BODY_RATE,
             (double)h->setup.options->header_timeout_ms / 1e3);
    httpd_cut_off(h, c, API_REQUEST_TIMEOUT, detail);
}

/* The client has left, or will send no more, before its body's end. libmicrohttpd misses the end if it comes together with the
 * last bytes, and would wait as long as for a slow body. */
static bool lacks_the_rest(struct connection *c, uint64_t now)
{
    char byte;
    if (atomic_load(&c->phase) != IN_BODY || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        c->ended_ns = 0;
    else if (!c->ended_ns)
        c->ended_ns = now;
    return c->ended_ns && srv_elapsed(c->ended_ns, now) > END_PATIENCE_NS;
}

static void end_late(struct srv_httpd *h, struct connection *c, uint64_t now)
{
    static const char *const late[] = {"did not complete its request head", "sent its body too slowly", "",
                                       "read its reply too slowly", "went on with a refused body"};
    const struct srv_options *o = h->setup.options;
    const int phase = atomic_load(&c->phase);
    if (!c->closing && lacks_the_rest(c, now)) {
        httpd_hang_up(c, SHUT_RDWR);
        return;
    }
    if (c->closing || !too_slow(c, now, o->header_timeout_ms * 1000000, o->write_timeout_ms * 1000000))
        return;
    srv_log(SRV_LOG_DEBUG, "http: a connection %s", late[phase]);
    if (phase == IN_BODY) {
        refuse_slow_body(h, c, now);
        return;
    }
    if (phase != CUT_OFF)
        srv_metrics_reject(h->setup.metrics, SRV_REJECT_TIMEOUT);
    httpd_hang_up(c, SHUT_RDWR);
}

void srv_httpd_tick(struct srv_httpd *h)
{
    httpd_each_connection(h, end_late, srv_now());
    forget_dropped(h);
    srv_linger_tick(h->linger);
}

bool srv_httpd_is_stuck(const struct srv_httpd *h, uint64_t ns)
{
    const uint64_t now = srv_now();
    for (size_t i = 0; i < h->n_loops; i++) {
        uint64_t since = srv_get(&h->loops[i].since_ns);
        if (since && srv_elapsed(since, now) > ns)
            return true;
    }
    return false;
}

/* Only our reading side: a request that has just arrived is still read and answered. */
static void end_idle(struct srv_httpd *h, struct connection *c, uint64_t idle_ns)
{
    (void)h;
    if (!c->closing && atomic_load(&c->phase) == IN_HEADERS && srv_elapsed(srv_get(&c->since_ns), srv_now()) > idle_ns)
        httpd_hang_up(c, SHUT_RD);
}

void srv_httpd_close_idle(struct srv_httpd *h, uint64_t idle_ns)
{
    httpd_each_connection(h, end_idle, idle_ns);
}

static void end_now(struct srv_httpd *h, struct connection *c, uint64_t ns)
{
    (void)h;
    (void)ns;
    httpd_hang_up(c, SHUT_RDWR);
}

void srv_httpd_close_all(struct srv_httpd *h)
{
    httpd_each_connection(h, end_now, 0);
}

/* --- start and stop --- */

static void library_log(void *arg, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
static void library_log(void *arg, const char *fmt, va_list args)
{
    static const char refusal[] = "HTTP response code is ";
    char text[512];
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\r\n")] = 0;
    srv_log(SRV_LOG_DEBUG, "http: %s", text);
    const char *at = strstr(text, refusal);
    if (at)
        httpd_library_refuses(arg, atoi(at + sizeof(refusal) - 1));
}

static void library_panic(void *arg, const char *file, unsigned line, const char *reason)
{
    (void)arg;
    srv_log(SRV_LOG_ERROR, "http library: %s:%u: %s", file, line, reason ? reason : "internal error");
    abort();
}

static int start_loop(struct srv_httpd *h, struct loop *loop, const char *cert, const char *key, struct bz_error *err)
{
    const struct srv_options *o = h->setup.options;
    /* Turbo: no shutdown() before a connection's end is reported, so that httpd_count_unread can tell whether the client was
     * there; over TLS the session is ended first. */
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG | (cert ? MHD_USE_TLS : MHD_USE_TURBO);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (!(loop->seat = srv_seat_new(h->setup.queue)))
        return bz_fail(err, BZ_NO_MEMORY, "event loops: no memory");
    loop->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, httpd_handle, loop, MHD_OPTION_EXTERNAL_LOGGER, library_log, loop, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)((o->idle_timeout_ms + 999) / 1000), MHD_OPTION_CONNECTION_LIMIT, (unsigned)LOOP_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)MEMORY_STEP, MHD_OPTION_STRICT_FOR_CLIENT, httpd_library_is_old() ? 0 : 1, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)1 << 20, MHD_OPTION_URI_LOG_CALLBACK, httpd_begin, loop, MHD_OPTION_NOTIFY_COMPLETED, httpd_completed, loop,
        MHD_OPTION_NOTIFY_CONNECTION, notify_connection, loop, MHD_OPTION_ARRAY, cert ? tls : none, MHD_OPTION_END);
    if (!loop->daemon) {
        srv_seat_free(loop->seat);
        loop->seat = NULL;
        return cert ? bz_fail(err, BZ_IO, "cannot start HTTPS: certificate and key do not work together")
                    : srv_limits_refuse(err, "cannot start an event loop");
    }
    return 0;
}

void httpd_stop_loop(struct loop *loop)
{
    if (loop->daemon)
        MHD_stop_daemon(loop->daemon);
    loop->daemon = NULL;
    srv_seat_free(loop->seat);
    loop->seat = NULL;
    httpd_free_spare(loop);
}

int httpd_start_loops(struct srv_httpd *h, size_t first, const char *cert, const char *key, struct bz_error *err)
{
    for (size_t i = 0; i < h->setup.threads; i++)
        if (start_loop(h, &h->loops[first + i], cert, key, err) < 0) {
            while (i-- > 0)
                httpd_stop_loop(&h->loops[first + i]);
            return -1;
        }
    return 0;
}

/* Raises the limit of descriptors as far as the system allows. */
static size_t raise_fd_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max > MAX_FDS ? MAX_FDS : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > MAX_FDS ? MAX_FDS : (size_t)limit.rlim_cur;
}

/* Connections that take every descriptor would keep models, keys and certificates from being read, and let others wait without
 * an answer. *linger = how many may linger. */
static int share_descriptors(size_t *linger, struct srv_httpd *h, size_t n_loops, struct bz_error *err)
{
    enum { FOR_FILES = 16, A_LOOP = 3, FEWEST = 4 };
    const size_t sixteenth = h->n_fds / 16;
    *linger = sixteenth < FEWEST ? FEWEST : sixteenth < SRV_LINGER_MOST ? sixteenth : SRV_LINGER_MOST;
    const size_t least = FOR_FILES + A_LOOP * n_loops + *linger + FEWEST;
    if (h->n_fds < least)
        return bz_fail(err, BZ_NO_MEMORY, "%zu open files (ulimit -n) are too few, expected at least %zu", h->n_fds, least);
    h->room = h->n_fds - least + FEWEST;
    if (h->room < h->setup.options->max_connections)
        srv_log(SRV_LOG_WARNING,
                "at most %zu connections, not the %" PRIu64 " of max-connections: the limit is %zu open files (ulimit -n)",
                h->room, h->setup.options->max_connections, h->n_fds);
    return 0;
}

static void end_httpd(void *self)
{
    struct srv_httpd *h = self;
    atomic_store(&h->stopping, true);
    for (size_t i = 0; i < h->n_loops; i++) {
        httpd_stop_loop(&h->loops[i]);
        pthread_mutex_destroy(&h->loops[i].lock);
    }
    for (size_t i = 0; h->by_fd && i < h->n_fds; i++)
        bz_free(atomic_load_explicit(&h->by_fd[i], memory_order_relaxed));
    pthread_rwlock_destroy(&h->keys_lock);
    pthread_mutex_destroy(&h->loops_lock);
    srv_keys_free(h->keys);
    srv_clients_free(h->clients);
    srv_linger_free(h->linger);
}

int srv_httpd_new(struct srv_httpd **out, const struct srv_httpd_setup *setup, struct bz_error *err)
{
    struct srv_httpd *h = bz_object_new(sizeof(*h), end_httpd, err);
    if (!h)
        return -1;
    h->setup = *setup;
    h->n_fds = raise_fd_limit();
    pthread_rwlock_init(&h->keys_lock, NULL);
    pthread_mutex_init(&h->loops_lock, NULL);
    size_t linger, n_loops = setup->threads * (setup->tls ? 1 + TLS_GENERATIONS : 1);
    if (share_descriptors(&linger, h, n_loops, err) < 0)
        return bz_object_give(out, h, -1);
    if (!(h->clients = srv_clients_new()) || !(h->linger = srv_linger_new(linger))) {
        bz_fail(err, BZ_NO_MEMORY, "event loops: no memory");
        return bz_object_give(out, h, -1);
    }
    MHD_set_panic_func(library_panic, NULL);
    h->by_fd = bz_part(h, h->n_fds, sizeof(*h->by_fd), err);
    h->loops = h->by_fd ? bz_part(h, n_loops, sizeof(struct loop), err) : NULL;
    for (; h->loops && h->n_loops < n_loops; h->n_loops++) {
        h->loops[h->n_loops].httpd = h;
        pthread_mutex_init(&h->loops[h->n_loops].lock, NULL);
    }
    const bool failed =
        !h->loops || httpd_start_loops(h, 0, NULL, NULL, err) < 0 || (setup->tls && srv_httpd_reload_tls(h, err) < 0);
    return bz_object_give(out, h, failed ? -1 : 0);
}

void srv_httpd_free(struct srv_httpd *h)
{
    bz_object_free(h);
}

void srv_httpd_set_keys(struct srv_httpd *h, struct srv_keys *keys)
{
    pthread_rwlock_wrlock(&h->keys_lock);
    struct srv_keys *old = atomic_exchange(&h->keys, keys);
    pthread_rwlock_unlock(&h->keys_lock);
    srv_keys_free(old);
}

void srv_httpd_drain(struct srv_httpd *h)
{
    atomic_store(&h->draining, true);
}

size_t srv_httpd_connections(const struct srv_httpd *h)
{
    return atomic_load(&h->n_connections);
}

size_t srv_httpd_requests(const struct srv_httpd *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n_loops; i++)
        n += atomic_load(&h->loops[i].n_requests);
    return n;
}

/* Versions are given as 1.0.1, and as numbers 0x01000100. */
bool httpd_library_is_old(void)
{
    return strtol(MHD_get_version(), NULL, 10) < 1;
}

uint64_t srv_httpd_held(const struct srv_httpd *h, enum srv_purpose purpose)
{
    return srv_clients_held(h->clients, purpose);
}

const char *srv_httpd_version(void)
{
    return MHD_get_version();
}
