#include "reply.h"

#include "float_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void api_add_header(struct api_reply *reply, const char *name, const char *fmt, ...)
{
    if (reply->n_headers == API_MAX_HEADERS)
        return;
    struct api_header *h = &reply->headers[reply->n_headers];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(h->value, sizeof(h->value), fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(h->value))
        return;
    h->name = name;
    reply->n_headers++;
}

void api_add_header_text(struct api_reply *reply, const char *name, const char *value)
{
    struct api_header *h = &reply->headers[reply->n_headers];
    const size_t n = strlen(value);
    if (reply->n_headers == API_MAX_HEADERS || n >= sizeof(h->value))
        return;
    memcpy(h->value, value, n + 1);
    h->name = name;
    reply->n_headers++;
}

void api_model_headers(struct api_call *call)
{
    char version[BZ_WHOLE_ROOM];
    bz_whole_text(call->model->version, version);
    api_add_header_text(&call->reply, "X-Boltz-Model", call->model->name);
    api_add_header_text(&call->reply, "X-Boltz-Version", version);
}

void api_seed_header(struct api_call *call)
{
    api_add_header(&call->reply, "X-Boltz-Seed", "%" PRIu64, call->job->par.seed);
}
