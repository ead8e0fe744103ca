#include "listener_private.h"

#include "cgroup.h"
#include "log.h"
#include "mem.h"
#include "prompt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FIRST_PASSED_FD = 3,
    HANDSHAKE_US = 50000, /* for connections being made when we stop */
};

struct listener *listener_add(struct srv_listeners *l, int fd, bool ops, struct bz_error *err)
{
    if (l->n == MAX_LISTENERS) {
        if (fd >= 0)
            close(fd);
        bz_fail(err, BZ_TOO_LARGE, "more than %d listeners", MAX_LISTENERS);
        return NULL;
    }
    struct listener *at = &l->at[l->n++];
    *at = (struct listener){.fd = fd, .place = {.ops = ops}};
    return at;
}

bool listener_is_open(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 ? !IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr)
                                    : ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 != 127;
}

/* Finds out the address of a bound socket. */
static void describe(struct listener *at, bool tls)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "?";
    if (getsockname(at->fd, (struct sockaddr *)&address, &size) < 0) /* open, unless it is known not to be */
        address.ss_family = *at->path ? AF_UNIX : AF_INET;
    at->place.tls = tls && address.ss_family != AF_UNIX;
    const char *scheme = at->place.tls ? "https" : "http";
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
        at->port = ntohs(in->sin_port);
        snprintf(at->name, sizeof(at->name), "%s://%s:%u", scheme, host, at->port);
    } else if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
        at->port = ntohs(in->sin6_port);
        snprintf(at->name, sizeof(at->name), "%s://[%s]:%u", scheme, host, at->port);
    } else {
        at->is_unix = true;
        snprintf(at->name, sizeof(at->name), "unix:%.100s", ((const struct sockaddr_un *)&address)->sun_path);
    }
    at->place.loopback = !at->is_unix && !listener_is_open((const struct sockaddr *)&address);
}

static void describe_all(struct srv_listeners *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct listener *at = &l->at[i];
        describe(at, l->tls);
        l->with_ops = l->with_ops || at->place.ops;
        l->open[at->place.ops] = l->open[at->place.ops] || (!at->place.loopback && !at->is_unix);
    }
}

/* Sockets from the service manager (sd_listen_fds). The number taken over, or -1. */
static int take_passed(struct srv_listeners *l, struct bz_error *err)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    if (!pid || !count || strtol(pid, NULL, 10) != (long)getpid())
        return 0;
    long n = strtol(count, NULL, 10);
    for (int fd = FIRST_PASSED_FD; fd < FIRST_PASSED_FD + n; fd++) {
        size_t length = names ? strcspn(names, ":") : 0;
        bool ops = length == 3 && memcmp(names, "ops", 3) == 0;
        if (names)
            names += length + (names[length] == ':');
        int accepting = 0;
        socklen_t size = sizeof(accepting);
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) < 0 || !accepting)
            return bz_fail(err, BZ_BAD_INPUT, "LISTEN_FDS: descriptor %d is not a listening socket", fd);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        struct listener *at = listener_add(l, fd, ops, err);
        if (!at)
            return -1;
        at->passed = true;
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return (int)n;
}

int srv_listeners_new(struct srv_listeners **out, const struct srv_options *o, struct bz_error *err)
{
    struct srv_listeners *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    l->tls = *o->tls_cert;
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake < 0)
        bz_fail(err, BZ_IO, "cannot make an eventfd: %s", strerror(errno));
    int passed = l->wake < 0 ? -1 : take_passed(l, err), rc = passed < 0 ? -1 : 0;
    bool ops_passed = false;
    for (size_t i = 0; i < l->n; i++)
        ops_passed = ops_passed || l->at[i].place.ops;
    if (rc == 0 && passed > 0 && o->ops_listen.n && !ops_passed)
        rc = bz_fail(err, BZ_BAD_INPUT,
                     "ops-listen is given, but none of the sockets from the service manager is named \"ops\" "
                     "(FileDescriptorName=ops): /metrics and model control would be on the public one");
    if (rc == 0 && passed > 0)
        srv_log(SRV_LOG_INFO, "%d socket%s from the service manager: they stand for listen%s", passed, passed == 1 ? "" : "s",
                ops_passed ? " and ops-listen" : "");
    if (rc == 0 && passed == 0)
        rc = listener_bind_all(l, &o->listen, false, err) < 0 ? -1 : listener_bind_all(l, &o->ops_listen, true, err);
    if (rc < 0) {
        srv_listeners_free(l);
        return -1;
    }
    describe_all(l);
    for (size_t i = 0; i < l->n; i++)
        l->at[i].place.guarded = l->with_ops && !l->at[i].place.ops;
    *out = l;
    return 0;
}

int srv_listeners_check(const struct srv_options *o, struct bz_error *err)
{
    struct srv_listeners *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    l->checking = true;
    int rc = listener_bind_all(l, &o->listen, false, err) < 0 ? -1 : listener_bind_all(l, &o->ops_listen, true, err);
    describe_all(l);
    l->with_ops = o->ops_listen.n > 0;
    if (rc == 0)
        rc = srv_listeners_guard(l, o, err);
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].fd >= 0)
            close(l->at[i].fd);
    bz_free(l);
    return rc;
}

/* Accepts all waiting connections. */
static void accept_waiting(struct srv_listeners *l, struct listener *at)
{
    static _Thread_local bool complained;
    for (;;) {
        struct sockaddr_storage peer = {0};
        socklen_t size = sizeof(peer);
        int fd = accept4(at->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            srv_httpd_add(l->httpd, fd, &at->place, (const struct sockaddr *)&peer);
            complained = false;
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!complained)
                srv_log(SRV_LOG_ERROR, "cannot accept connections: %s", strerror(errno));
            complained = true;
            usleep(10000);
        }
        return;
    }
}

static void *accept_all(void *arg)
{
    struct srv_listeners *l = arg;
    struct pollfd p[MAX_LISTENERS + 1];
    srv_be_prompt();
    for (size_t i = 0; i < l->n; i++)
        p[i] = (struct pollfd){.fd = l->at[i].fd, .events = POLLIN};
    p[l->n] = (struct pollfd){.fd = l->wake, .events = POLLIN};
    do {
        if (poll(p, (nfds_t)l->n + 1, -1) < 0) {
            p[l->n].revents = 0;
            if (errno != EINTR)
                usleep(10000); /* no memory; the next attempt may have it */
        }
        for (size_t i = 0; i < l->n; i++)
            accept_waiting(l, &l->at[i]);
    } while (!(p[l->n].revents & POLLIN));
    return NULL;
}

int srv_listeners_start(struct srv_listeners *l, struct srv_httpd *httpd, struct bz_error *err)
{
    l->httpd = httpd;
    if (pthread_create(&l->thread, NULL, accept_all, l) != 0)
        return srv_limits_refuse(err, "cannot start the thread that accepts connections");
    pthread_setname_np(l->thread, "acceptor");
    l->started = true;
    return 0;
}

/* Another process may have replaced the socket by its own. */
static void remove_own(const struct listener *at)
{
    struct stat st;
    if (lstat(at->path, &st) == 0 && st.st_dev == at->device && st.st_ino == at->inode)
        unlink(at->path);
}

/* A client whose connection is complete when a listener closes gets a reset, and its request is lost. So new connections are
 * prevented first: SYN packets are dropped (their senders try again, and are refused), the names of unix sockets removed. */
static void turn_newcomers_away(struct listener *at)
{
    /* flags & (SYN|ACK) == SYN ? drop : pass; a TCP socket's filter sees the packet from the TCP header on */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),          BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    if (at->passed) /* the next process takes what we leave in its queue */
        return;
    if (*at->path)
        remove_own(at);
    else if (!at->is_unix)
        setsockopt(at->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void srv_listeners_stop(struct srv_listeners *l)
{
    uint64_t one = 1;
    if (l->stopped)
        return;
    l->stopped = true;
    if (l->started) {
        for (size_t i = 0; i < l->n; i++)
            turn_newcomers_away(&l->at[i]);
        usleep(HANDSHAKE_US);
        (void)!write(l->wake, &one, sizeof(one));
        pthread_join(l->thread, NULL);
    }
    for (size_t i = 0; i < l->n; i++) {
        close(l->at[i].fd);
        if (*l->at[i].path && !l->started)
            remove_own(&l->at[i]);
    }
}

void srv_listeners_free(struct srv_listeners *l)
{
    if (!l)
        return;
    srv_listeners_stop(l);
    if (l->wake >= 0)
        close(l->wake);
    bz_free(l);
}

unsigned srv_listeners_port(const struct srv_listeners *l, bool ops)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].port && l->at[i].place.ops == ops)
            return l->at[i].port;
    return 0;
}

const char *srv_listeners_name(const struct srv_listeners *l, size_t i)
{
    return i < l->n ? l->at[i].name : NULL;
}

int srv_listeners_guard(const struct srv_listeners *l, const struct srv_options *o, struct bz_error *err)
{
    if (o->model_control != SRV_CONTROL_EXPLICIT || *o->api_keys || !l->open[l->with_ops])
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "model-control = explicit on a listener that other machines reach needs api-keys (or listen on loopback, "
                   "or move control to --ops-listen)");
}
