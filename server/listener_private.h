/* Shared by listener.c (accepting) and listener_bind.c (addresses). */
#ifndef LISTENER_PRIVATE_H
#define LISTENER_PRIVATE_H

#include "listener.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    MAX_LISTENERS = 64,
    BACKLOG = 4096,
};

struct listener {
    int fd;
    struct srv_place place;
    bool is_unix;
    bool passed; /* the service manager's: it stays open there */
    unsigned port;
    char name[160];
    char path[108]; /* path of a unix socket that we made; removed at the end, if it is still this one: */
    dev_t device;
    ino_t inode;
    unsigned mode;
    gid_t group; /* -1 = the process's own */
};

struct srv_listeners {
    struct listener at[MAX_LISTENERS];
    size_t n;
    bool tls, with_ops;
    bool open[2];  /* by ops: other machines can reach a listener of this kind */
    bool checking; /* sockets are bound only as a check, and do not listen */
    struct srv_httpd *httpd;
    int wake;
    pthread_t thread;
    bool started, stopped;
};

/* Takes a socket over; NULL (and closes it) if there are too many. */
struct listener *listener_add(struct srv_listeners *l, int fd, bool ops, struct bz_error *err);
/* Whether other machines can reach an internet address. */
bool listener_is_open(const struct sockaddr *address);
/* Binds all items of a list of addresses. */
int listener_bind_all(struct srv_listeners *l, const struct bz_list *list, bool ops, struct bz_error *err);

#endif
