/* The web client's files, with a tag by which a browser asks whether its copy is still valid. */
#include "httpd_private.h"

#include "buffer.h"
#include "digest.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Only the page's own origin may supply scripts, styles and data; pictures may also be made in the page. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/* What If-Match and If-None-Match say, each of which may come in several lines (RFC 9110, 13.1). */
struct conditions {
    const char *tag; /* with its quotes */
    bool match;      /* there is an If-Match */
    bool fails;      /* no If-Match names it; tags here are weak, which are never the same in that sense: only "*" is */
    bool known;      /* an If-None-Match does */
};

/* Whether a list has this element, "*" or a tag compared weakly: a comma within quotes does not end one. */
static bool has_element(const char *list, const char *element)
{
    const size_t n = strlen(element);
    while (*list) {
        list += strspn(list, " \t,");
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        const char *start = list;
        if (*list == '"')
            list += 1 + strcspn(list + 1, "\"");
        list += strcspn(list, " \t,");
        if ((size_t)(list - start) == n && memcmp(start, element, n) == 0)
            return true;
    }
    return false;
}

static enum MHD_Result read_condition(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct conditions *c = arg;
    (void)kind;
    if (value && strcasecmp(name, MHD_HTTP_HEADER_IF_MATCH) == 0) {
        c->fails = (!c->match || c->fails) && !has_element(value, "*");
        c->match = true;
    } else if (value && strcasecmp(name, MHD_HTTP_HEADER_IF_NONE_MATCH) == 0) {
        c->known = c->known || has_element(value, "*") || has_element(value, c->tag);
    }
    return MHD_YES;
}

static void answer_file(struct request *request, const char *type, const char *bytes, size_t size, bool owned)
{
    const struct bz_span span = {bytes, size};
    char hex[BZ_DIGEST_ROOM], tag[40], weak[44];
    bz_sha256_hex(&span, 1, hex);
    snprintf(tag, sizeof(tag), "\"%.32s\"", hex);
    snprintf(weak, sizeof(weak), "W/%s", tag); /* the same tag whether gzip was used or not */
    struct conditions conditions = {.tag = tag};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, read_condition, &conditions);
    if (conditions.fails) {
        if (owned)
            bz_free((char *)(uintptr_t)bytes);
        httpd_refuse(request, API_PRECONDITION,
                     "If-Match names other bytes than these, whose tag is %s; only * matches a weak tag", weak);
        return;
    }
    /* Of a 304 the bytes are not sent; but its Content-Length is theirs, for libmicrohttpd sets one (RFC 9110, 8.6). */
    const bool same = conditions.known;
    const int status = same ? 304 : 200;
    if (owned)
        httpd_answer_bytes(request, status, same ? NULL : type, (char *)(uintptr_t)bytes, size, true, true);
    else
        httpd_answer_asset(request, status, same ? NULL : type, bytes, size);
    if (!request->response)
        return;
    MHD_add_response_header(request->response, MHD_HTTP_HEADER_ETAG, weak);
    MHD_add_response_header(request->response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
    MHD_add_response_header(request->response, "Content-Security-Policy", policy);
    MHD_add_response_header(request->response, "Referrer-Policy", "no-referrer");
}

/* Redirects to the prefix with its '/', keeping the query, which may name a model. */
static void add_location(struct request *request)
{
    struct api_buffer b = {0};
    api_buffer_printf(&b, "%s/%s%s", request->loop->httpd->setup.options->url_prefix, request->query ? "?" : "",
                      request->query ? request->query : "");
    api_buffer_add(&b, "", 1);
    if (!b.failed)
        MHD_add_response_header(request->response, MHD_HTTP_HEADER_LOCATION, b.data);
    MHD_add_response_header(request->response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    api_buffer_free(&b);
}

/* OPTIONS is answered as it is for routes. */
static void refuse_method(struct request *request)
{
    if (strcmp(request->method, "OPTIONS") == 0)
        httpd_answer_bytes(request, 204, NULL, NULL, 0, false, false);
    else
        httpd_refuse(request, API_BAD_METHOD, "method %.16s is not allowed here, expected one of: GET, HEAD, OPTIONS",
                     request->method_text);
    if (request->response)
        MHD_add_response_header(request->response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, OPTIONS");
}

bool httpd_answer_page(struct request *request)
{
    struct srv_httpd *h = request->loop->httpd;
    size_t size = 0;
    const char *type = NULL;
    bool owned = false;
    const bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (!reads && strcmp(request->path, "/") == 0) /* of the table of routes */
        return false;
    const char *bytes = h->setup.page(h->setup.arg, request->path, &size, &type, &owned);
    if (!bytes)
        return false;
    if (!reads) {
        if (owned)
            bz_free((char *)(uintptr_t)bytes);
        refuse_method(request);
        return true;
    }
    request->route = "/";
    if (request->bare_prefix) {
        if (owned)
            bz_free((char *)(uintptr_t)bytes);
        httpd_answer_bytes(request, 308, NULL, NULL, 0, false, false);
        if (request->response)
            add_location(request);
    } else {
        answer_file(request, type, bytes, size, owned);
    }
    return true;
}
