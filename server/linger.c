#include "linger.h"

#include "stats.h"

#include "mem.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCKS = 64, /* of what came, at a tick */
};
#define PATIENCE_NS 2000000000u

struct srv_linger {
    pthread_mutex_t lock;
    struct {
        int fd;
        uint64_t since_ns;
    } at[SRV_LINGER_MOST]; /* the oldest first */
    size_t n, most;
};

struct srv_linger *srv_linger_new(size_t most)
{
    struct srv_linger *l = bz_alloc(1, sizeof(*l), NULL);
    if (!l)
        return NULL;
    pthread_mutex_init(&l->lock, NULL);
    l->most = most < SRV_LINGER_MOST ? most : SRV_LINGER_MOST;
    return l;
}

static void drop(struct srv_linger *l, size_t i)
{
    close(l->at[i].fd);
    l->n--;
    for (; i < l->n; i++)
        l->at[i] = l->at[i + 1];
}

void srv_linger_add(struct srv_linger *l, int fd)
{
    shutdown(fd, SHUT_WR);
    pthread_mutex_lock(&l->lock);
    if (l->n == l->most)
        drop(l, 0);
    l->at[l->n].fd = fd;
    l->at[l->n++].since_ns = srv_now();
    pthread_mutex_unlock(&l->lock);
}

/* Whether the peer has closed. */
static bool has_closed(int fd)
{
    char block[16384];
    for (int i = 0; i < BLOCKS; i++) {
        ssize_t n = recv(fd, block, sizeof(block), MSG_DONTWAIT);
        if (n <= 0)
            return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    }
    return false;
}

void srv_linger_tick(struct srv_linger *l)
{
    const uint64_t now = srv_now();
    for (size_t i = SRV_LINGER_MOST; i-- > 0;) {
        pthread_mutex_lock(&l->lock); /* for one at a time: event loops wait for it, and megabytes may have come */
        const bool any = i < l->n;
        if (any && (has_closed(l->at[i].fd) || srv_elapsed(l->at[i].since_ns, now) > PATIENCE_NS))
            drop(l, i);
        pthread_mutex_unlock(&l->lock);
        if (any)
            sched_yield();
    }
}

void srv_linger_free(struct srv_linger *l)
{
    if (!l)
        return;
    while (l->n)
        drop(l, l->n - 1);
    pthread_mutex_destroy(&l->lock);
    bz_free(l);
}
