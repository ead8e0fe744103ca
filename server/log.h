/* The daemon's log: lines on standard error, as text or JSON. Access lines are buffered and written a few times a second;
 * everything else is written immediately. All functions may be called from any thread. */
#ifndef LOG_H
#define LOG_H

#include "options.h"

/* What the log records of one request. Strings are borrowed for the call and never NULL. Never bodies, keys or raw paths. */
struct srv_access {
    const char *request_id;
    const char *client;   /* its address, or "unix" */
    bool probe;           /* a health check or a scrape: of interest at debug only */
    const char *trace_id; /* 32 hex digits of traceparent, or "" */
    const char *key;      /* name of the API key, or "" */
    const char *method;
    const char *route; /* template */
    const char *model;
    unsigned long version;
    int status;
    const char *code; /* of an error, or "" */
    uint64_t rows;
    uint64_t bytes_in, bytes_out;
    uint64_t queue_ns, compute_ns, total_ns;
};

/* To be set at start and on SIGHUP; messages less severe than level are dropped. */
void srv_log_configure(enum srv_log_format format, enum srv_log_level level);
bool srv_log_enabled(enum srv_log_level level);

/* One event. Control characters in the message are replaced. */
void srv_log(enum srv_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void srv_log_access(const struct srv_access *access);
/* Writes what has been buffered; to be called regularly, and at the end. */
void srv_log_flush(void);
/* when_much(arg), on any thread, once so much has been buffered that it should be written now; NULL = nobody is to be told. Not
 * to be changed while lines are written. */
void srv_log_wake(void (*when_much)(void *arg), void *arg);

/* Lines written so far at a level, for metrics. */
uint64_t srv_log_count(enum srv_log_level level);
const char *srv_log_level_name(enum srv_log_level level);

#endif
