/* What one client may have in flight: requests in progress, rows per second, bytes of the bodies that it sends and of the
 * replies that it has not read. */
#include "httpd_private.h"

#include "mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The entry that limits apply to: the key's, or the address's. */
static struct srv_client *client_of(struct request *request)
{
    char name[SRV_KEY_NAME_ROOM + 8];
    if (request->client)
        return request->client;
    if (*request->key_name)
        snprintf(name, sizeof(name), "key %s", request->key_name);
    else
        snprintf(name, sizeof(name), "%.60s", request->client_address);
    return request->client = srv_client_get(request->loop->httpd->clients, name);
}

void httpd_share(struct request *request)
{
    struct srv_client *client = client_of(request);
    request->job.share = client ? srv_client_share(client) : NULL;
}

static void out_of_memory(struct request *request)
{
    api_refuse(request->job.call, API_OUT_OF_MEMORY, "not enough memory for this request");
}

bool httpd_admit(struct request *request)
{
    struct srv_httpd *h = request->loop->httpd;
    uint64_t most = request->concurrency ? request->concurrency : h->setup.options->client_concurrency;
    if (!most || !*request->job.call->task)
        return true;
    struct srv_client *client = client_of(request);
    if (!client) {
        out_of_memory(request);
        return false;
    }
    request->busy = srv_client_begin(h->clients, client, (size_t)most);
    if (!request->busy)
        api_refuse(request->job.call, API_TOO_MANY, "%s has %llu request%s in flight, which is its limit",
                   *request->key_name ? "this key" : "this client", (unsigned long long)most, most == 1 ? "" : "s");
    return request->busy;
}

void httpd_charge_rows(struct request *request)
{
    struct api_call *call = request->job.call;
    struct srv_clients *clients = request->loop->httpd->clients;
    const uint64_t rate = request->rows_per_second;
    unsigned wait_s = 1;
    if (!rate)
        return;
    struct srv_client *client = client_of(request);
    if (client && srv_client_take_rows(clients, client, rate, call->rows, srv_now(), &wait_s))
        return;
    call->stream = false; /* nothing has been sent yet: an ordinary refusal */
    if (!client) {
        out_of_memory(request);
        return;
    }
    api_refuse(call, API_TOO_MANY, "this key may send %llu rows per second; try again in %u s", (unsigned long long)rate,
               wait_s);
    for (size_t i = 0; i < call->reply.n_headers; i++)
        if (strcmp(call->reply.headers[i].name, "Retry-After") == 0)
            snprintf(call->reply.headers[i].value, sizeof(call->reply.headers[i].value), "%u", wait_s);
}

static struct srv_most most_of(const struct srv_options *o, enum srv_purpose purpose)
{
    if (purpose == SRV_FOR_REPLIES)
        return (struct srv_most){o->max_reply_memory, o->max_reply_memory / 2};
    const uint64_t all = o->max_body_memory, largest = o->max_body; /* which always finds room where nothing is held */
    return (struct srv_most){all, all / 2 > largest ? all / 2 : largest};
}

enum srv_holding httpd_hold(struct request *request, enum srv_purpose purpose, uint64_t bytes)
{
    struct srv_httpd *h = request->loop->httpd;
    struct srv_client *client = client_of(request);
    if (!client)
        return SRV_ALL_IS_FULL;
    const enum srv_holding found = srv_client_hold(h->clients, client, purpose, bytes, most_of(h->setup.options, purpose));
    if (found == SRV_HELD)
        request->held[purpose] += bytes;
    return found;
}

void httpd_release(struct request *request, enum srv_purpose purpose, uint64_t bytes)
{
    if (!bytes)
        return;
    srv_client_release(request->loop->httpd->clients, request->client, purpose, bytes);
    request->held[purpose] -= bytes;
}

bool httpd_hold_body(struct request *request, uint64_t bytes)
{
    const uint64_t counted = bytes > KEPT_BODY ? bytes : 0, held = request->held[SRV_FOR_BODIES];
    if (counted <= held) {
        httpd_release(request, SRV_FOR_BODIES, held - counted);
        return true;
    }
    const enum srv_holding found = httpd_hold(request, SRV_FOR_BODIES, counted - held);
    const struct srv_most most = most_of(request->loop->httpd->setup.options, SRV_FOR_BODIES);
    if (found == SRV_CLIENT_IS_FULL)
        api_refuse(request->job.call, API_TOO_MANY,
                   "the body needs %" PRIu64 " bytes of memory, and the bodies that %s is sending may have %" PRIu64
                   " bytes together (max-body-memory); send fewer at a time, or smaller ones",
                   bytes, *request->key_name ? "this key" : "this client", most.one);
    else if (found == SRV_ALL_IS_FULL)
        api_refuse(request->job.call, API_OUT_OF_MEMORY,
                   "the body needs %" PRIu64 " bytes of memory, and the bodies of all requests being received may have %" PRIu64
                   " bytes together (max-body-memory); try again, or send less at a time",
                   bytes, most.all);
    return found == SRV_HELD;
}

void httpd_drop_body(struct request *request)
{
    if (request->body_room > KEPT_BODY) {
        bz_drop(&request->body);
        request->body_room = 0;
    }
    request->body_size = 0;
    httpd_release(request, SRV_FOR_BODIES, request->held[SRV_FOR_BODIES]);
}

void httpd_leave(struct request *request)
{
    struct srv_clients *clients = request->loop->httpd->clients;
    for (int purpose = 0; purpose < SRV_N_PURPOSES; purpose++)
        httpd_release(request, (enum srv_purpose)purpose, request->held[purpose]);
    if (request->busy)
        srv_client_end(clients, request->client);
    request->busy = false;
    srv_client_put(clients, request->client);
    request->client = NULL;
}
