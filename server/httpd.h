/* The transport: libmicrohttpd daemons that read and write sockets, fed with connections by the listeners. Together with the
 * other httpd_*.c files the only code that knows libmicrohttpd. */
#ifndef HTTPD_H
#define HTTPD_H

#include "clients.h"
#include "guard.h"
#include "keys.h"
#include "metrics.h"
#include "queue.h"

#include <sys/socket.h>

struct srv_httpd;

/* What the listener of a connection implies for it. */
struct srv_place {
    bool loopback; /* Host must name this machine */
    bool ops;      /* the operations listener */
    bool guarded;  /* there is an operations listener, and this is another */
    bool tls;
};

struct srv_httpd_setup {
    const struct srv_options *options; /* borrowed for its life */
    struct api_host *host;
    struct srv_queue *queue;
    struct srv_metrics *metrics;
    size_t threads; /* event loops */
    size_t cpus;    /* for them and the queue's threads */
    bool tls;       /* also loops that speak TLS, with the options' certificate */
    /* False with the reason while the daemon should get no work: the answer to OPTIONS. */
    bool (*welcome)(void *arg, char reason[256]);
    /* A page of the process itself: bytes and content type of a path, or NULL. *owned: to be bz_free'd. */
    const char *(*page)(void *arg, const char *path, size_t *size, const char **type, bool *owned);
    void *arg;
};

/* Starts the event loops, and thus serving. setup is copied; *out is the caller's. */
int srv_httpd_new(struct srv_httpd **out, const struct srv_httpd_setup *setup, struct bz_error *err);
/* No request may be in flight. NULL is fine. */
void srv_httpd_free(struct srv_httpd *httpd);

/* The hooks of the queue whose jobs are this module's requests. */
extern const struct srv_job_hooks srv_httpd_hooks;

/* Takes over an accepted socket (non-blocking, close-on-exec); any thread. */
void srv_httpd_add(struct srv_httpd *httpd, int fd, const struct srv_place *place, const struct sockaddr *peer);

/* Replaces the API keys in force; NULL = no key is needed. Takes the keys over. */
void srv_httpd_set_keys(struct srv_httpd *httpd, struct srv_keys *keys);
/* Rereads certificate and key, for new connections. */
int srv_httpd_reload_tls(struct srv_httpd *httpd, struct bz_error *err);

/* From now on every reply closes its connection. */
void srv_httpd_drain(struct srv_httpd *httpd);
/* Closes connections that are too slow with headers or bodies; to be called a few times a second. */
void srv_httpd_tick(struct srv_httpd *httpd);
/* True if an event loop has spent longer than ns in one call. */
bool srv_httpd_is_stuck(const struct srv_httpd *httpd, uint64_t ns);
/* Ends connections that have been without a request for that long. */
void srv_httpd_close_idle(struct srv_httpd *httpd, uint64_t idle_ns);
/* Answers 503 to requests whose bodies have not arrived in full, and closes their connections. */
void srv_httpd_cut_bodies(struct srv_httpd *httpd);
/* Ends all connections, whatever they are doing. */
void srv_httpd_close_all(struct srv_httpd *httpd);

/* For /metrics and draining: what is currently open. */
size_t srv_httpd_connections(const struct srv_httpd *httpd);
size_t srv_httpd_requests(const struct srv_httpd *httpd); /* in flight */
/* When the certificate in force ends, seconds since the epoch; 0 = there is no TLS. */
long long srv_httpd_tls_end(const struct srv_httpd *httpd);
uint64_t srv_httpd_held(const struct srv_httpd *httpd, enum srv_purpose purpose); /* bytes, of all clients */
const char *srv_httpd_version(void);

#endif
