#include "negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *media_type;
} formats[API_N_FORMATS] = {
    [API_JSON] = {"json", "application/json"},
    [API_NPY] = {"npy", "application/x-npy"},
    [API_RAW] = {"raw", "application/octet-stream"},
    [API_PNG] = {"png", "image/png"},
    [API_CSV] = {"csv", "text/csv"},
    [API_SSE] = {"sse", "text/event-stream"},
    [API_NDJSON] = {"ndjson", "application/x-ndjson"},
};

const char *api_format_name(enum api_format format)
{
    return formats[format].name;
}

const char *api_format_media_type(enum api_format format)
{
    return format == API_SSE   ? "text/event-stream; charset=utf-8"
           : format == API_CSV ? "text/csv; charset=utf-8"
                               : formats[format].media_type;
}

/* -1 = unknown */
static int format_from_name(const char *name)
{
    for (int f = 0; f < API_N_FORMATS; f++)
        if (strcmp(name, formats[f].name) == 0)
            return f;
    return -1;
}

/* The media type of a header value, without parameters and white space. */
static size_t media_type(const char *text, const char **type)
{
    text += strspn(text, " \t");
    *type = text;
    return strcspn(text, "; \t,");
}

static bool same(const char *type, size_t n, const char *name)
{
    return strlen(name) == n && strncasecmp(type, name, n) == 0;
}

int api_body_format(const char *content_type, unsigned *manner, struct api_fault *fault)
{
    static const enum api_format arrays[] = {API_NPY, API_RAW, API_PNG, API_CSV};
    const char *type;
    const size_t n = content_type ? media_type(content_type, &type) : 0;
    *manner = 0;
    if (n == 0 || (n > 5 && strncasecmp(type, "text/", 5) == 0 && !same(type, n, formats[API_CSV].media_type)))
        return API_JSON;
    if (same(type, n, "application/json")) {
        *manner = API_BODY_SAYS_JSON;
        return API_JSON;
    }
    if (same(type, n, "application/x-www-form-urlencoded")) {
        *manner = API_BODY_IS_FORM;
        return API_JSON;
    }
    for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++)
        if (same(type, n, formats[arrays[i]].media_type))
            return (int)arrays[i];
    return api_fault(fault, API_BAD_MEDIA_TYPE, "Content-Type '%.100s': expected " API_BODY_TYPES, type);
}

static int not_offered(unsigned offered, const char *what, const char *asked, struct api_fault *fault)
{
    char list[256] = "";
    size_t used = 0;
    for (int f = 0; f < API_N_FORMATS; f++)
        if (offered & 1u << f)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s (%s)", used ? ", " : "", formats[f].name,
                                     formats[f].media_type);
    return api_fault(fault, API_NOT_ACCEPTABLE, "%s '%.100s': available as %s", what, asked, list);
}

/* A media range of Accept: its type, and q in thousandths (RFC 9110 12.4.2). */
struct range {
    const char *type;
    size_t n;
    int q; /* -1 = the range is malformed */
};

/* "0.5", "1", ".5": thousandths, 1 for less that is not 0; -1 for anything else. */
static int thousandths(const char *p, const char *end)
{
    int q = *p == '1' ? 1000 : 0, unit = 100;
    bool some = false;
    p += *p == '0' || *p == '1';
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10) {
            q += (*p - '0') * unit;
            some = some || *p != '0';
        }
    q = q || !some ? q : 1;
    return p == end || *p == ';' || *p == ' ' || *p == '\t' ? (q > 1000 ? 1000 : q) : -1;
}

/* The range that begins at p and ends before `end`. */
static struct range range_at(const char *p, const char *end)
{
    struct range r = {.q = 1000};
    r.n = media_type(p, &r.type);
    const char *slash = memchr(r.type, '/', r.n);
    if (same(r.type, r.n, "*")) { /* Java's HttpURLConnection sends that */
        r.type = "*/*";
        r.n = 3;
    } else if (!slash || slash == r.type || slash + 1 == r.type + r.n || (*r.type == '*' && !same(r.type, r.n, "*/*"))) {
        r.q = -1;
        return r;
    }
    for (p = memchr(p, ';', (size_t)(end - p)); p; p = memchr(p, ';', (size_t)(end - p))) {
        p += 1 + strspn(p + 1, " \t");
        if (p + 1 < end && (*p == 'q' || *p == 'Q') && p[1] == '=') {
            r.q = p + 2 < end ? thousandths(p + 2, end) : -1;
            break;
        }
    }
    return r;
}

/* The offered format that a media range stands for; -1 = none. Wildcards, and any text type, mean JSON if that is offered. */
static int range_format(const struct range *r, unsigned offered)
{
    for (int f = 0; f < API_N_FORMATS; f++) {
        const char *name = formats[f].media_type;
        const size_t major = (size_t)(strchr(name, '/') - name) + 1;
        if (!(offered & 1u << f))
            continue;
        if (same(r->type, r->n, "*/*") || same(r->type, r->n, name) ||
            (f == API_JSON && (same(r->type, r->n, "text/*") || same(r->type, r->n, "application/problem+json"))) ||
            (r->n == major + 1 && r->type[major] == '*' && strncasecmp(r->type, name, major) == 0 && f != API_SSE))
            return f;
    }
    /* Other names in use for the same types. */
    if ((offered & 1u << API_NPY) && same(r->type, r->n, "application/npy"))
        return API_NPY;
    if ((offered & 1u << API_NDJSON) && (same(r->type, r->n, "application/jsonl") || same(r->type, r->n, "application/ndjson")))
        return API_NDJSON;
    return -1;
}

/* The format that Accept prefers; of several with the same q those named come before a wildcard's, in the order of the table:
 * the order in the header has no meaning. -1 = none of those offered, -2 = nothing in it is intelligible, or a wildcard that
 * fits none of them: only named types are refused. */
static int accepted_format(const char *accept, unsigned offered)
{
    int best = -1, best_q = 0, best_rank = 0;
    bool understood = false, open = false;
    unsigned refused = 0; /* formats given q=0 by name, which a wildcard does not bring back */
    for (int pass = 0; pass < 2; pass++) {
        for (const char *p = accept; *p;) {
            const char *end = p + strcspn(p, ",");
            const struct range r = range_at(p, end);
            const bool wildcard = r.n && r.type[r.n - 1] == '*';
            const int f = r.q < 0 ? -1 : range_format(&r, offered & ~refused);
            understood |= r.q >= 0;
            open |= wildcard && r.q > 0;
            /* Another name for a format does not speak of it: problem+json is what errors come as. */
            if (pass == 0 && r.q == 0 && f >= 0 && same(r.type, r.n, formats[f].media_type))
                refused |= 1u << f;
            const int rank = f + (wildcard ? API_N_FORMATS : 0);
            if (pass == 1 && f >= 0 && r.q > 0 && (r.q > best_q || (r.q == best_q && rank < best_rank))) {
                best = f;
                best_q = r.q;
                best_rank = rank;
            }
            p = *end ? end + 1 : end;
        }
    }
    return !understood || (best < 0 && open && !refused) ? -2 : best;
}

int api_reply_format(const char *wanted, const char *accept, unsigned offered, struct api_fault *fault)
{
    if (wanted) {
        int f = format_from_name(wanted);
        if (f < 0)
            return api_fault(fault, API_BAD_VALUE,
                             "parameter 'format': found '%.32s', expected json, npy, raw, png, csv, sse or ndjson", wanted);
        return offered & 1u << f ? f : not_offered(offered, "format", wanted, fault);
    }
    if (!accept || !*accept)
        return __builtin_ctz(offered);
    const int best = accepted_format(accept, offered);
    return best >= 0 ? best : best == -2 ? __builtin_ctz(offered) : not_offered(offered, "Accept", accept, fault);
}

#define FORMAT(NAME) (1u << API_##NAME)

int api_reply_fits(const struct api_params *par, enum api_format out, struct api_fault *fault)
{
    const struct {
        enum api_param_id id;
        bool asked; /* for something else than what there is without it */
        unsigned formats;
        const char *what;
    } bound[] = {
        {API_P_AS, par->as != API_ARRAYS_OF_ALL, FORMAT(JSON) | FORMAT(CSV), "rows come as json or csv"},
        {API_P_ENCODING, par->encoding != API_NUMBERS, FORMAT(JSON) | FORMAT(SSE) | FORMAT(NDJSON),
         "bits come in json, sse or ndjson"},
        {API_P_EVERY, true, FORMAT(SSE) | FORMAT(NDJSON), "frames come in a stream, as sse or ndjson"},
        {API_P_UPSCALE, par->upscale != 1, FORMAT(PNG), "pictures come as png"},
        {API_P_COLUMNS, true, FORMAT(PNG), "pictures come as png"},
        {API_P_GAP, par->gap != 1, FORMAT(PNG), "pictures come as png"},
    };
    for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++)
        if (api_given(par, bound[i].id) && bound[i].asked && !(bound[i].formats >> out & 1))
            return api_fault(fault, API_BAD_VALUE, "parameter '%s': %s, the reply is asked for as %s",
                             api_param_row(bound[i].id)->name, bound[i].what, formats[out].name);
    return 0;
}
