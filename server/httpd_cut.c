/* Refusals in our own words: for connections that are one too many, and for requests whose bodies are not there when the drain
 * ends, of which libmicrohttpd takes no reply. */
#include "httpd_private.h"

#include "buffer.h"
#include "log.h"
#include "mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void write_refusal(int fd, enum api_error error, const char *area, const char *id, const char *detail)
{
    struct api_buffer text = {0};
    struct api_reply reply = {0};
    api_refusal(&reply, error, area, id, "%s", detail);
    api_buffer_printf(&text,
                      "HTTP/1.1 %d Service Unavailable\r\nConnection: close\r\nContent-Type: %s\r\nX-Request-Id: %s\r\n"
                      "X-Boltz-Error: %s\r\nRetry-After: 1\r\nCache-Control: no-store\r\nContent-Length: %zu\r\n\r\n",
                      reply.status, reply.content_type, id, api_error_code(error), reply.size);
    if (reply.body)
        api_buffer_add(&text, reply.body, reply.size);
    if (!text.failed && reply.body)
        (void)!send(fd, text.data, text.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    bz_free(reply.body);
    api_buffer_free(&text);
}

void httpd_turn_away(struct srv_httpd *h, int fd, bool tls)
{
    char id[SRV_REQUEST_ID_ROOM];
    srv_request_id(id, NULL);
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_OVERLOAD);
    if (!tls)
        write_refusal(fd, API_CROWDED, "", id, "too many connections (max-connections)");
    srv_metrics_request(h->setup.metrics, "(none)", "other", 503, 0);
    srv_log(SRV_LOG_DEBUG, "http: connection refused: %zu are open", atomic_load(&h->n_connections));
    srv_linger_add(h->linger, fd);
}

void httpd_enter_body(struct request *request)
{
    struct connection *c = request->at;
    memcpy(c->request_id, request->request_id, sizeof(c->request_id));
    c->area = strncmp(request->path, "/v1", 3) == 0 ? "/v1" : "";
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

/* With the list's lock held. What still comes is read for a while, so that closing does not destroy the answer on its way. */
static void cut_off(struct srv_httpd *h, struct connection *c, uint64_t ns)
{
    (void)ns;
    if (c->closing || !httpd_leave_body(c, CUT_OFF))
        return;
    c->closing = true;
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_DRAINING);
    const int rest = c->place.tls ? -1 : fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
    if (!c->place.tls)
        write_refusal(c->fd, API_DRAINING, c->area, c->request_id,
                      "draining: the server is shutting down, and this request's body has not come in full");
    shutdown(c->fd, SHUT_RDWR);
    if (rest >= 0)
        srv_linger_add(h->linger, rest);
}

void srv_httpd_cut_bodies(struct srv_httpd *h)
{
    httpd_each_connection(h, cut_off, 0);
}
