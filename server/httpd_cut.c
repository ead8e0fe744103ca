/* Refusals written without libmicrohttpd: for connections beyond the limit, and for requests whose bodies arrive too slowly or
 * are incomplete when the drain ends, for which it takes no reply. */
#include "httpd_private.h"

#include "buffer.h"
#include "log.h"
#include "mem.h"
#include "tls.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* NULL without memory; the caller's. */
static char *refusal_of(enum api_error error, const char *area, const char *id, const char *detail)
{
    size_t size;
    struct api_buffer text = {0};
    struct api_reply reply = {0};
    api_refusal(&reply, error, area, id, "%s", detail);
    api_buffer_printf(&text,
                      "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: %s\r\nX-Request-Id: %s\r\nX-Boltz-Error: %s\r\n"
                      "%sCache-Control: no-store\r\nContent-Length: %zu\r\n\r\n",
                      reply.status, MHD_get_reason_phrase_for((unsigned)reply.status), reply.content_type, id,
                      api_error_code(error), reply.status == 503 ? "Retry-After: 1\r\n" : "", reply.size);
    if (reply.body)
        api_buffer_add(&text, reply.body, reply.size);
    api_buffer_add(&text, "", 1);
    text.failed = text.failed || !reply.body;
    bz_free(reply.body);
    return api_buffer_take(&text, &size);
}

static void say(int fd, const char *text)
{
    if (text)
        (void)!send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void httpd_last_words(struct request *request, const char *text)
{
    const struct connection *c = request->at;
    if (c->place.tls) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        if (text && info && info->tls_session)
            srv_tls_last_words(info->tls_session, text);
    } else {
        say(c->fd, text);
    }
    shutdown(c->fd, SHUT_WR);
}

enum httpd_peer httpd_peer(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    if (poll(&p, 1, 0) <= 0)
        return HTTPD_PEER_THERE;
    return p.revents & (POLLHUP | POLLERR | POLLNVAL) ? HTTPD_PEER_GONE
           : p.revents & POLLRDHUP                    ? HTTPD_PEER_HALF_CLOSED
                                                      : HTTPD_PEER_THERE;
}

ssize_t httpd_break_off(struct request *request)
{
    shutdown(request->at->fd, SHUT_RDWR); /* libmicrohttpd 0.9.75 lets the client wait until the connection times out */
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

void httpd_turn_away(struct srv_httpd *h, int fd, bool tls)
{
    char id[SRV_REQUEST_ID_ROOM];
    srv_request_id(id, NULL);
    char *text =
        tls ? NULL
            : refusal_of(API_CROWDED, "", id,
                         h->room < h->setup.options->max_connections ? "too many connections (the server's limit of open files)"
                                                                     : "too many connections (max-connections)");
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_OVERLOAD);
    say(fd, text);
    bz_free(text);
    srv_metrics_request(h->setup.metrics, "(none)", "other", 503, 0);
    srv_log(SRV_LOG_DEBUG, "http: connection refused: %zu are open", atomic_load(&h->n_connections));
    srv_linger_add(h->linger, fd);
}

void httpd_enter_body(struct request *request)
{
    struct connection *c = request->at;
    memcpy(c->request_id, request->request_id, sizeof(c->request_id));
    c->area = strncmp(request->path, "/v1", 3) == 0 ? "/v1" : "";
    atomic_store(&c->cut_for, API_BAD_REQUEST);
    httpd_set_phase(c, IN_BODY);
}

bool httpd_leave_body(struct connection *c, enum phase phase)
{
    int body = IN_BODY;
    if (!atomic_compare_exchange_strong(&c->phase, &body, (int)phase))
        return false;
    httpd_set_phase(c, phase);
    return true;
}

void httpd_cut_off(struct srv_httpd *h, struct connection *c, enum api_error error, const char *detail)
{
    int nobody = API_BAD_REQUEST;
    if (c->closing || atomic_load(&c->phase) != IN_BODY)
        return;
    /* Set first: readers of phase rely on it. */
    if (!atomic_compare_exchange_strong(&c->cut_for, &nobody, (int)error) || !httpd_leave_body(c, CUT_OFF))
        return;
    srv_metrics_reject(h->setup.metrics, error == API_DRAINING ? SRV_REJECT_DRAINING : SRV_REJECT_TIMEOUT);
    if (!c->refusal)
        c->refusal = refusal_of(error, c->area, c->request_id, detail);
    if (c->place.tls) /* httpd_say_why */
        return;
    say(c->fd, c->refusal);
    shutdown(c->fd, SHUT_WR);
}

void httpd_say_why(struct request *request)
{
    struct connection *c = request->at;
    if (!c->place.tls)
        return;
    pthread_mutex_lock(&c->loop->lock);
    char *text = bz_take(&c->refusal);
    pthread_mutex_unlock(&c->loop->lock);
    if (text)
        httpd_last_words(request, text);
    bz_free(text);
}

static void cut_off_in_drain(struct srv_httpd *h, struct connection *c, uint64_t ns)
{
    (void)ns;
    httpd_cut_off(h, c, API_DRAINING, "draining: the server is shutting down, and this request's body has not arrived in full");
}

void srv_httpd_cut_bodies(struct srv_httpd *h)
{
    httpd_each_connection(h, cut_off_in_drain, 0);
}
