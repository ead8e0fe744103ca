/* Counters of the transport, and the text of /metrics (Prometheus exposition format 0.0.4). */
#ifndef METRICS_H
#define METRICS_H

#include "buffer.h"
#include "options.h"
#include "stats.h"

enum srv_rejection {
    SRV_REJECT_OVERLOAD,
    SRV_REJECT_DRAINING,
    SRV_REJECT_TOO_LARGE,
    SRV_REJECT_AUTH,
    SRV_REJECT_QUOTA,
    SRV_REJECT_SMUGGLING,
    SRV_REJECT_TIMEOUT,
    SRV_REJECT_MALFORMED, /* by the HTTP library, or on its behalf */
    SRV_REJECT_HOST,
    SRV_N_REJECTIONS
};

enum { SRV_MAX_SERIES = 1024, SRV_MAX_ROUTES = 128 };

/* Requests of one route, method and status. */
struct srv_series {
    _Atomic(const char *) route; /* static; NULL = free. Written last. */
    const char *method;          /* static */
    int status;
    srv_count count;
};

struct srv_route_times {
    _Atomic(const char *) route;
    struct srv_histogram seconds;
};

struct srv_metrics {
    struct srv_series series[SRV_MAX_SERIES];
    struct srv_route_times times[SRV_MAX_ROUTES];
    srv_count connections_total, received_bytes, sent_bytes;
    srv_count rejected[SRV_N_REJECTIONS];
};

/* After a request. route: a static template; method: anything, unknown ones count as "other". */
void srv_metrics_request(struct srv_metrics *m, const char *route, const char *method, int status, uint64_t ns);
static inline void srv_metrics_reject(struct srv_metrics *m, enum srv_rejection reason)
{
    srv_add(&m->rejected[reason], 1);
}

struct srv_registry;
struct srv_queue;
struct srv_httpd;

/* Sources of the text's numbers. */
struct srv_metrics_sources {
    const struct srv_metrics *metrics;
    struct srv_registry *registry;
    struct srv_queue *queue;
    const struct srv_httpd *httpd;
    bool ready, draining;
    enum srv_metrics_compat compat;
    bool full;              /* histograms of each model and operation with their buckets, and series that are zero */
    uint64_t started_epoch; /* seconds */
};
void srv_metrics_text(struct api_buffer *out, const struct srv_metrics_sources *sources);

#endif
