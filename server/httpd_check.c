/* What a request's headers decide: framing, host, origin, key, route and model, in this order. */
#include "httpd_private.h"

#include "coding.h"
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The values of a header that is a list. Several lines mean the same as one (RFC 9110, 5.3). */
struct values {
    const char *all;
    char *joined; /* owned; NULL if there is one line */
};

/* The headers that the transport itself looks at; borrowed from libmicrohttpd, valid during the call. */
struct heads {
    struct srv_framing framing;
    bool look_behind; /* see lies_as_sent */
    const char *end;  /* where the head ends if its last header is followed by an empty line */
    const char *next; /* where the next header begins, in an old library's buffer */
    struct values connection, accept, accept_encoding, forwarded;
    const char *host, *origin, *authorization, *api_key, *request_id, *traceparent, *content_encoding, *length, *preflight;
    const char *content_type, *last_event, *shape, *inference;
    const char *twice; /* a header that was given twice, with different values */
    struct request *request;
};

static const char *the_first(const char *a, const char *b)
{
    (void)b;
    return a;
}

static const char *the_only(const char *a, const char *b)
{
    return strcmp(a, b) == 0 ? a : NULL;
}

/* The length of the media type without its parameters, if both are the same; else 0. */
static size_t same_type(const char *a, const char *b)
{
    const size_t n = strcspn(a, "; \t");
    return n == strcspn(b, "; \t") && strncasecmp(a, b, n) == 0 ? n : 0;
}

/* ab and siege send a type of their own beside the one that they were told to send. */
static bool says_nothing(const char *type)
{
    return !*type || same_type(type, "text/plain") || same_type(type, "application/x-www-form-urlencoded");
}

static const char *the_type_meant(const char *a, const char *b)
{
    return same_type(a, b) ? a : says_nothing(a) ? b : says_nothing(b) ? a : NULL;
}

static const struct {
    const char *name;
    size_t field;
    const char *(*of_two)(const char *a, const char *b); /* the value that counts; NULL: cannot be decided */
} wanted[] = {
    {"Origin", offsetof(struct heads, origin), the_only},
    {"Authorization", offsetof(struct heads, authorization), the_only},
    {"X-API-Key", offsetof(struct heads, api_key), the_only},
    {"X-Request-Id", offsetof(struct heads, request_id), the_first},
    {"traceparent", offsetof(struct heads, traceparent), the_first},
    {"Content-Encoding", offsetof(struct heads, content_encoding), the_only},
    {"Content-Type", offsetof(struct heads, content_type), the_type_meant},
    {"Last-Event-ID", offsetof(struct heads, last_event), the_only},
    {"X-Boltz-Shape", offsetof(struct heads, shape), the_only},
    {"Inference-Header-Content-Length", offsetof(struct heads, inference), the_only},
    {"Access-Control-Request-Method", offsetof(struct heads, preflight), the_first},
};

static const struct {
    const char *name;
    size_t field;
} lists[] = {
    {"Connection", offsetof(struct heads, connection)},
    {"Accept", offsetof(struct heads, accept)},
    {"Accept-Encoding", offsetof(struct heads, accept_encoding)},
    {"X-Forwarded-For", offsetof(struct heads, forwarded)},
};

/* Without memory the first value counts. */
static void add_value(struct values *list, const char *value)
{
    const size_t room = (list->all ? strlen(list->all) : 0) + strlen(value) + 3;
    char *joined = list->all ? bz_alloc(room, 1, NULL) : NULL;
    if (joined) {
        snprintf(joined, room, "%s, %s", list->all, value);
        bz_free(list->joined);
        list->joined = joined;
    }
    list->all = joined ? joined : list->all ? list->all : value;
}

/* Most names differ in their first letter, and a head may have hundreds. */
static bool same_name(const char *a, const char *b)
{
    return ((*a ^ *b) & ~('a' ^ 'A')) == 0 && strcasecmp(a, b) == 0;
}

static void note(struct heads *heads, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (same_name(name, lists[i].name))
            add_value((struct values *)(void *)((char *)heads + lists[i].field), value);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const char **field = (const char **)(void *)((char *)heads + wanted[i].field);
        if (!same_name(name, wanted[i].name))
            continue;
        const char *meant = *field ? wanted[i].of_two(*field, value) : value;
        if (meant)
            *field = meant;
        else
            heads->twice = wanted[i].name;
    }
}

/* White space after a value is not part of it (RFC 9110, 5.5); libmicrohttpd before 1.0 leaves it there, in its own buffer. Cut
 * off in place, so that every later lookup of the value is without it. */
static size_t trim(const char *value, size_t size)
{
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t'))
        ((char *)(uintptr_t)value)[--size] = 0;
    return size;
}

static enum MHD_Result gather(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
                              size_t value_size)
{
    struct heads *heads = arg;
    (void)kind;
    if (value && heads->look_behind) { /* the library takes a zero byte for the value's end */
        heads->framing.bad_field = heads->framing.bad_field || (heads->next && name != heads->next);
        heads->next = value + value_size + 2; /* CR LF */
    }
    if (value)
        heads->end = value + value_size + 4; /* CR LF, CR LF */
    if (heads->look_behind && value && !srv_field_lies_as_sent(name, name_size, value, value_size))
        heads->framing.bad_field = true;
    if (!value)
        value = "";
    const size_t sent_size = value_size;
    value_size = trim(value, value_size);
    if (!srv_field_is_sound(name, name_size, value, value_size))
        heads->framing.bad_field = true;
    if (same_name(name, "Host")) {
        heads->framing.n_host++;
        heads->host = value;
    } else if (same_name(name, "Content-Length")) {
        heads->framing.n_length++;
        heads->length = value;
    } else if (same_name(name, "Transfer-Encoding")) {
        heads->framing.n_coding++;
        /* An old library does not recognise a coding followed by a blank, and waits for the connection's end. */
        heads->framing.chunked = strcasecmp(value, "chunked") == 0 && (!heads->look_behind || value_size == sent_size);
    } else {
        note(heads, name, value);
    }
    return MHD_YES;
}

/* Removes scheme and authority from an absolute target, whose authority replaces Host whatever that says (RFC 9112, 3.2.2).
 * Returns the rest; *host: borrowed from the request. */
static char *take_authority(struct request *request, const char **host)
{
    char *path = request->uri;
    if (strncasecmp(path, "http://", 7) != 0 && strncasecmp(path, "https://", 8) != 0)
        return path;
    char *from = strstr(path, "://") + 3;
    const size_t n = strcspn(from, "/?#");
    *host = memmove(from - 1, from, n);
    from[n - 1] = 0;
    return from + n;
}

/* Splits the target into path and query. false: no path is left. */
static bool split_target(struct request *request, char *path)
{
    char *query = strchr(path, '?');
    request->query = query ? query + 1 : NULL;
    if (query)
        *query = 0;
    const char *prefix = request->loop->httpd->setup.options->url_prefix;
    size_t length = strlen(prefix);
    bool inside = strncmp(path, prefix, length) == 0 && (path[length] == '/' || path[length] == 0);
    request->path = inside ? path[length] ? path + length : "/" : path;
    request->bare_prefix = inside && length > 0 && path[length] == 0;
    return inside || strcmp(path, "*") == 0;
}

static bool is_health(const struct request *request)
{
    return strncmp(request->path, "/v2/health/", 11) == 0;
}

/* Host on a loopback listener, and Origin. false = refused. */
static bool check_browser(struct request *request, const struct heads *heads)
{
    const struct srv_options *o = request->loop->httpd->setup.options;
    char host[SRV_SHOWN_ROOM], from[SRV_SHOWN_ROOM];
    srv_show(host, heads->host);
    srv_show(from, heads->origin);
    if (request->at->place.loopback && heads->host && !srv_host_is_local(heads->host, &o->allowed_host) &&
        !srv_host_is_listed(heads->host, &o->listen) && !srv_host_is_listed(heads->host, &o->ops_listen)) {
        srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_HOST);
        httpd_refuse(request, API_HOST_REFUSED,
                     "this listener serves this machine only: expected Host localhost, 127.0.0.1 or [::1], found \"%s\"; "
                     "behind a proxy, start the daemon with --allowed-host %s",
                     host, *host ? host : "NAME, which the proxy has to send");
        return false;
    }
    if (!heads->origin)
        return true;
    enum srv_origin origin = srv_origin_check(heads->origin, "http", heads->host, &o->cors_origin);
    if (origin == SRV_ORIGIN_FOREIGN || origin == SRV_ORIGIN_ANY)
        if (srv_origin_check(heads->origin, "https", heads->host, &o->cors_origin) == SRV_ORIGIN_SAME)
            origin = SRV_ORIGIN_SAME;
    if (origin == SRV_ORIGIN_FOREIGN) {
        if (is_health(request) && (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0))
            return true;
        srv_metrics_reject(request->loop->httpd->setup.metrics, SRV_REJECT_HOST);
        if (srv_origin_is_valid(heads->origin))
            httpd_refuse(
                request, API_ORIGIN_REFUSED,
                "a page of Origin \"%s\" may not call this server, which knows itself as Host \"%s\"; --cors-origin %s "
                "lets it in, or let the proxy in front pass the client's Host on",
                from, host, from);
        else
            httpd_refuse(
                request, API_ORIGIN_REFUSED,
                "a page of Origin \"%s\" (a file, a frame in a sandbox, ...) may not call this server; serve the page over "
                "HTTP, or let all pages in with --cors-origin '*'",
                from);
        return false;
    }
    if (origin != SRV_ORIGIN_SAME && strlen(heads->origin) < sizeof(request->origin)) {
        snprintf(request->origin, sizeof(request->origin), "%s", heads->origin);
        request->any_origin = origin == SRV_ORIGIN_ANY;
    }
    return true;
}

static unsigned scope_bit(enum api_scope scope)
{
    return scope == API_METRICS ? SRV_SCOPE_METRICS : scope == API_ADMIN ? SRV_SCOPE_ADMIN : SRV_SCOPE_INFER;
}

/* Checks the key, if keys are in force. false = refused. */
static bool check_key(struct request *request, const struct heads *heads, enum api_scope scope)
{
    struct srv_httpd *h = request->loop->httpd;
    char key[512];
    struct srv_key_limits limits = {0};
    if (scope == API_OPEN || !atomic_load(&h->keys)) /* without the lock, which all event loops would write to */
        return true;
    bool given = srv_key_from_headers(key, heads->authorization, heads->api_key);
    pthread_rwlock_rdlock(&h->keys_lock);
    bool needed = h->keys != NULL;
    unsigned scopes = needed && given ? srv_keys_check(h->keys, key, request->key_name, &limits) : 0;
    request->rows_per_second = limits.rows_per_second;
    request->concurrency = limits.concurrency;
    pthread_rwlock_unlock(&h->keys_lock);
    explicit_bzero(key, sizeof(key));
    if (!needed || scopes & scope_bit(scope))
        return true;
    srv_metrics_reject(h->setup.metrics, SRV_REJECT_AUTH);
    if (scopes)
        httpd_refuse(request, API_FORBIDDEN, "this key does not allow that: it lacks the scope %s",
                     scope == API_METRICS ? "metrics"
                     : scope == API_ADMIN ? "admin"
                                          : "infer");
    else
        httpd_refuse(request, API_UNAUTHORIZED, given ? "the API key is not known" : "an API key is needed");
    return false;
}

/* A header requested by the api. A coding of the body that the transport decodes is hidden from it. */
static const char *lookup(void *arg, const char *name)
{
    const struct heads *heads = arg;
    struct request *request = heads->request;
    if (strcmp(name, "Accept") == 0)
        return heads->accept.all;
    if (request->body_coding != SRV_PLAIN && request->body_coding != SRV_UNKNOWN_CODING &&
        strcmp(name, "Content-Encoding") == 0)
        return NULL;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (*name == *wanted[i].name && strcmp(name, wanted[i].name) == 0)
            return *(const char *const *)(const void *)((const char *)heads + wanted[i].field);
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Route, model and the rest of the headers; false = already answered. */
static bool open_call(struct request *request, struct heads *heads)
{
    struct srv_httpd *h = request->loop->httpd;
    struct api_request req = {
        .method = request->method,
        .path = request->path,
        .query = request->query,
        .header = lookup,
        .header_arg = heads,
        .has_length = request->has_length,
        .length = request->length,
        .request_id = request->request_id,
    };
    struct api_call *call = api_open(h->setup.host, &req);
    if (!call) {
        httpd_refuse(request, API_OUT_OF_MEMORY, "not enough memory for this request");
        return false;
    }
    request->job.call = call;
    request->route = call->route;
    if (call->state == API_HOST) {
        request->job.call = NULL;
        api_free(call);
        if (!httpd_answer_page(request))
            httpd_refuse(request, API_NOT_FOUND, "no such path");
        return false;
    }
    if (call->state != API_BODY) {
        httpd_answer_call(request);
        return false;
    }
    return true;
}

/* libmicrohttpd 0.9.75 takes a line with an empty name (": x") for the end of the head, and what follows for a body or the next
 * request. Then the head does not end right after its last header. */
static bool ends_as_sent(const struct request *request, const struct heads *heads)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return !heads->look_behind || !heads->end || !info || request->method + info->header_size == heads->end;
}

/* Whether a list such as Connection's contains this word. */
static bool has_token(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t n = strcspn(list, " \t,");
        if (n == length && strncasecmp(list, word, n) == 0)
            return true;
        list += n;
    }
    return false;
}

static void read_heads(struct request *request, const struct heads *heads)
{
    const bool old = request->version && strcmp(request->version, "HTTP/1.0") == 0;
    request->keeps = !has_token(heads->connection.all, "close") && (!old || has_token(heads->connection.all, "keep-alive"));
    srv_client_address(request->client_address, request->at->peer, heads->forwarded.all,
                       &request->loop->httpd->setup.options->trusted_proxy);
    srv_request_id(request->request_id, heads->request_id);
    srv_trace_id(request->trace_id, heads->traceparent);
    request->body_coding = srv_coding_of(heads->content_encoding);
    request->reply_coding = srv_reply_coding(heads->accept_encoding.all);
    request->chunked = heads->framing.n_coding > 0;
    request->has_length = heads->framing.n_length > 0;
    request->length = heads->length ? strtoull(heads->length, NULL, 10) : 0;
}

static bool needs_host(const struct request *request)
{
    const char *version = request->version;
    return version && strcmp(version, "HTTP/1.0") != 0;
}

/* Likewise a zero byte in the target, where the library takes it to end: the version does not follow. */
static bool has_zero(const struct request *request, const struct heads *heads)
{
    return heads->look_behind && request->version && request->version != request->uri_end + 1;
}

/* And of one in the method, which the library ends there, or of blanks that it passes over: the target does not follow. */
static bool lies_apart(const struct request *request, const struct heads *heads)
{
    return heads->look_behind && request->method + strlen(request->method) + 1 != request->uri_end - strlen(request->uri);
}

/* Or a bare line feed at the end of the first line, to which others do not end it there. */
static bool has_bare_feed(const struct request *request, const struct heads *heads)
{
    return heads->look_behind && request->version && request->version[strlen(request->version) + 1] != 0;
}

/* Whether the head is unambiguous; false = refused. */
static bool is_sound(struct request *request, struct heads *heads)
{
    struct srv_httpd *h = request->loop->httpd;
    if (!request->uri) {
        srv_metrics_reject(h->setup.metrics, SRV_REJECT_TOO_LARGE);
        request->close = true;
        httpd_refuse(request, API_URI_TOO_LONG, "the request's target has more than %d bytes", MAX_URI - 1);
        return false;
    }
    if (!ends_as_sent(request, heads))
        heads->framing.bad_field = true;
    const char *fault = srv_framing_fault(&heads->framing);
    if (!fault && request->chunked && request->version && strcmp(request->version, "HTTP/1.0") == 0)
        fault = "Transfer-Encoding in an HTTP/1.0 request, which does not have it (RFC 9112, 6.1)";
    if (!fault && !heads->host && needs_host(request))
        fault = "Host is missing, which HTTP/1.1 requires";
    if (!fault && !srv_is_token(request->method, strlen(request->method)))
        fault = "the method is not a token of letters, digits and !#$%&'*+-.^_`|~";
    if (!fault && lies_apart(request, heads))
        fault = "there is a zero byte in the method, or more than one blank behind it";
    if (!fault && (request->uri[strcspn(request->uri, " \t")] || has_zero(request, heads)))
        fault = "the target has a blank or a zero byte in it";
    if (!fault && has_bare_feed(request, heads))
        fault = "the first line does not end in CR LF";
    if (fault) {
        srv_metrics_reject(h->setup.metrics, SRV_REJECT_SMUGGLING);
        request->close = true;
        httpd_refuse(request, API_BAD_REQUEST, "%s", fault);
        return false;
    }
    return true;
}

static bool check(struct request *request, struct heads *heads)
{
    struct srv_httpd *h = request->loop->httpd;
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, gather, heads);
    read_heads(request, heads);
    request->path = "";
    request->route = "(none)";
    request->task = request->code = "";
    if (!is_sound(request, heads))
        return false;
    const char *sent_host = heads->host;
    char *path = take_authority(request, &heads->host);
    const bool absolute = heads->host != sent_host;
    const char *fault =
        absolute || (heads->host && *heads->host && !request->at->place.loopback) ? srv_authority_fault(heads->host) : NULL;
    if (fault) {
        srv_metrics_reject(h->setup.metrics, SRV_REJECT_MALFORMED);
        httpd_refuse(request, API_BAD_REQUEST, "%s %s: expected %sHOST[:PORT]%s", absolute ? "the target" : "Host", fault,
                     absolute ? "http://" : "", absolute ? "/PATH" : "");
        return false;
    }
    const bool starts = absolute || *path == '/' || *path == '*'; /* not "?a" */
    bool inside = split_target(request, path) && starts;
    if (heads->twice) {
        httpd_refuse(request, API_BAD_REQUEST, "%s is given twice, with different values", heads->twice);
        return false;
    }
    if (!check_browser(request, heads))
        return false;
    if (strcmp(request->method, "OPTIONS") == 0 && heads->preflight && heads->origin) {
        httpd_answer_bytes(request, 204, NULL, NULL, 0, false, false);
        return false;
    }
    char reason[256];
    const bool whole = strcmp(request->path, "*") == 0 || strcmp(request->path, "/") == 0;
    if (strcmp(request->method, "OPTIONS") == 0 && whole && !h->setup.welcome(h->setup.arg, reason)) {
        httpd_refuse(request, strcmp(reason, "draining") == 0 ? API_DRAINING : API_NOT_READY_YET, "%s", reason);
        return false;
    }
    if (strcmp(request->method, "OPTIONS") == 0 && strcmp(request->path, "*") == 0) { /* of the server as a whole */
        httpd_answer_bytes(request, 204, NULL, NULL, 0, false, false);
        if (request->response)
            MHD_add_response_header(request->response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, POST, OPTIONS");
        return false;
    }
    enum api_scope scope = api_scope(request->path);
    if (!inside || (request->at->place.guarded && (scope == API_METRICS || scope == API_ADMIN))) {
        httpd_refuse(request, API_NOT_FOUND, "no such path");
        return false;
    }
    /* The web client's files need no key. */
    bool may_be_file = strncmp(request->path, "/v1", 3) != 0 && strncmp(request->path, "/v2", 3) != 0;
    if (may_be_file && httpd_answer_page(request))
        return false;
    return check_key(request, heads, scope) && open_call(request, heads);
}

bool httpd_check(struct request *request)
{
    struct heads heads = {.look_behind = httpd_library_is_old(), .request = request};
    const bool rc = check(request, &heads);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        bz_free(((struct values *)(void *)((char *)&heads + lists[i].field))->joined);
    return rc;
}
