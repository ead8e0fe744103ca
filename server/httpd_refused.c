/* What libmicrohttpd refuses, answers or drops by itself: whose it was, so that each is counted once, and answered as other
 * refusals are. All on the loop's own thread. */
#include "httpd_private.h"

#include "log.h"

#include <linux/tcp.h>
#include <stddef.h>

void httpd_end_in_own_words(struct request *request, enum api_error error, const char *detail)
{
    srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_MALFORMED);
    request->path = "";
    request->route = "(none)";
    request->chunked = request->close = true; /* so that the refusal is written as text, too */
    srv_request_id(request->request_id, NULL);
    httpd_refuse(request, error, "%s", detail);
    request->stage = DROPPED;
    httpd_say_farewell(request);
}

/* --- connections that end --- */

/* What the kernel knows of it; false: not a TCP connection, or an old kernel. */
static bool tcp_info(const struct connection *c, struct tcp_info *info)
{
    socklen_t size = sizeof(*info);
    return getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0 &&
           size >= offsetof(struct tcp_info, tcpi_bytes_sent) + sizeof(info->tcpi_bytes_sent);
}

static bool has_answer(const struct request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_HTTP_STATUS) != NULL;
}

void httpd_was_refused(struct request *request, enum MHD_RequestTerminationCode why)
{
    struct loop *loop = request->loop;
    const bool ours = request->stage >= ANSWER || request->overrun || request->cut_off;
    if (loop->told && !ours && (has_answer(request) || why == MHD_REQUEST_TERMINATED_WITH_ERROR))
        loop->told--;
}

/* Whether the library answered something that it did not take for a request. Its log does not say to whom; but then there was a
 * refusal since the connection's last request, whose connection has not ended yet, and the kernel has sent bytes. */
static bool was_told(const struct connection *c, const struct tcp_info *info)
{
    if (!c->loop->told || c->refusals == c->loop->refusals)
        return false;
    return c->asked || c->place.tls || !info || info->tcpi_bytes_sent > 0;
}

static bool was_idle(const struct connection *c, const struct tcp_info *info)
{
    const uint64_t idle_ms = c->loop->httpd->setup.options->idle_timeout_ms;
    if (info)
        return info->tcpi_last_data_recv + 10 > idle_ms;
    return srv_elapsed(srv_get(&c->since_ns), srv_now()) + 1000000000u > idle_ms * 1000000;
}

void httpd_count_unread(const struct connection *c)
{
    struct srv_httpd *h = c->loop->httpd;
    struct tcp_info room;
    if (atomic_load(&c->phase) != IN_HEADERS || c->last || atomic_load(&h->stopping))
        return;
    const struct tcp_info *info = tcp_info(c, &room) ? &room : NULL;
    if (was_told(c, info)) {
        c->loop->told--;
        return;
    }
    if (c->closing || (c->asked && c->place.tls) || httpd_peer(c->fd) != HTTPD_PEER_THERE || was_idle(c, info))
        return;
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_MALFORMED);
    srv_metrics_request(h->setup.metrics, "(none)", "other", 400, 0);
    srv_log(SRV_LOG_DEBUG, "http: %s did not send HTTP%s; closed without an answer", *c->peer ? c->peer : "a unix socket",
            c->place.tls ? " over TLS" : " (is it TLS?)");
}

/* --- refusals in the library's log --- */

static bool is_in_chunks(const struct request *request)
{
    return request->chunked && (request->stage == TAKE_BODY || request->stage == SWALLOW);
}

/* Whether the library is between the end of its head and our first look at it. */
static bool has_its_head(const struct request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE) != NULL;
}

/* The callback does not say which connection this is about. Known are one whose head the library is looking at, and the only
 * one whose head, or lines between chunks, can be too long. If in doubt libmicrohttpd's own answer stands: another client's
 * request must not get it. */
static struct request *refused_request(struct loop *loop, int status, struct request **again)
{
    struct request *found = NULL, *sure = NULL;
    size_t n = 0;
    *again = NULL;
    pthread_mutex_lock(&loop->lock);
    for (struct connection *c = loop->first; c; c = c->next) {
        struct request *request = c->request;
        if (!request)
            continue;
        if (request->stage == DROPPED && !request->given_up)
            *again = request;
        n += is_in_chunks(request);
        if (request->stage != AT_START || request->turn.state != SRV_TURN_NONE || has_answer(request))
            continue;
        found = request;
        n++;
        if (has_its_head(request))
            sure = request;
    }
    pthread_mutex_unlock(&loop->lock);
    return sure ? sure : status == 431 && n == 1 ? found : NULL;
}

/* The size of a chunk does not fit the library's buffer, for which it blames itself. If several bodies come in chunks, its own
 * answer stands. */
static bool refuse_chunk(struct loop *loop)
{
    struct request *found = NULL;
    size_t n = 0;
    pthread_mutex_lock(&loop->lock);
    for (struct connection *c = loop->first; c; c = c->next)
        if (c->request && is_in_chunks(c->request)) {
            found = c->request;
            n++;
        }
    pthread_mutex_unlock(&loop->lock);
    if (n != 1 || !httpd_leave_body(found->at, IN_REPLY))
        return false;
    httpd_end_in_own_words(found, API_BAD_REQUEST, "the line before a chunk is too long");
    return true;
}

void httpd_library_refuses(struct loop *loop, int status)
{
    struct srv_metrics *m = loop->httpd->setup.metrics;
    if (status == 500 && refuse_chunk(loop))
        return;
    struct request *again = NULL; /* this may be a second fault of it, although it has its answer */
    struct request *request = httpd_library_is_old() ? refused_request(loop, status, &again) : NULL;
    if (request) {
        httpd_end_in_own_words(request,
                               status == 413   ? API_TOO_LARGE
                               : status == 414 ? API_URI_TOO_LONG
                               : status == 431 ? API_HEAD_TOO_LARGE
                                               : API_BAD_REQUEST,
                               status == 413   ? "Content-Length is larger than any body"
                               : status == 414 ? "the request's target is too long"
                               : status == 431 ? "the request's head is too large"
                                               : "the request's head is malformed, or its Content-Length is not a number");
        return;
    }
    if (again) {
        again->given_up = true;
        return;
    }
    loop->refusals++;
    loop->told++;
    srv_metrics_reject(m, SRV_REJECT_MALFORMED);
    srv_metrics_request(m, "(none)", "other", status, 0);
}
