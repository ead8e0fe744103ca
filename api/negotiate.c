#include "negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *media_type;
} formats[API_N_FORMATS] = {
    [API_JSON] = {"json", "application/json"},       [API_NPY] = {"npy", "application/x-npy"},
    [API_RAW] = {"raw", "application/octet-stream"}, [API_PNG] = {"png", "image/png"},
    [API_SSE] = {"sse", "text/event-stream"},        [API_NDJSON] = {"ndjson", "application/x-ndjson"},
};

const char *api_format_name(enum api_format format)
{
    return formats[format].name;
}

const char *api_format_media_type(enum api_format format)
{
    return format == API_SSE ? "text/event-stream; charset=utf-8" : formats[format].media_type;
}

int api_format_from_name(const char *name)
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

int api_body_format(const char *content_type, struct api_fault *fault)
{
    const char *type;
    size_t n = content_type ? media_type(content_type, &type) : 0;
    if (n == 0 || same(type, n, "application/json") || same(type, n, "application/x-www-form-urlencoded") ||
        (n > 5 && strncasecmp(type, "text/", 5) == 0))
        return API_JSON;
    if (same(type, n, "application/x-npy"))
        return API_NPY;
    if (same(type, n, "application/octet-stream"))
        return API_RAW;
    return api_fault(fault, API_BAD_MEDIA_TYPE,
                     "Content-Type '%.100s': expected application/json, application/x-npy or application/octet-stream", type);
}

static int not_offered(unsigned offered, const char *what, const char *asked, struct api_fault *fault)
{
    char list[256] = "";
    size_t used = 0;
    for (int f = 0; f < API_N_FORMATS; f++)
        if (offered & 1u << f)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s (%s)", used ? ", " : "", formats[f].name,
                                     formats[f].media_type);
    return api_fault(fault, API_NOT_ACCEPTABLE, "%s '%.100s': this can be had as %s", what, asked, list);
}

/* The format that a media range of Accept stands for, among those offered; -1 = none. The first of the list for a wildcard. */
static int range_format(const char *type, size_t n, unsigned offered)
{
    for (int f = 0; f < API_N_FORMATS; f++) {
        const char *name = formats[f].media_type;
        const char *slash = strchr(name, '/');
        if (!(offered & 1u << f))
            continue;
        if (same(type, n, "*/*") || same(type, n, name) ||
            (n > 2 && type[n - 1] == '*' && n - 1 == (size_t)(slash - name) + 1 && strncasecmp(type, name, n - 1) == 0))
            return f;
    }
    /* Other names in use for the same things. */
    if ((offered & 1u << API_NPY) && same(type, n, "application/npy"))
        return API_NPY;
    if ((offered & 1u << API_NDJSON) && (same(type, n, "application/jsonl") || same(type, n, "application/ndjson")))
        return API_NDJSON;
    return -1;
}

/* q of a range in thousandths (RFC 9110 12.4.2); 1000 if absent. p stands after the media type. */
static int quality(const char *p, const char *end)
{
    while (p < end) {
        p += strspn(p, "; \t");
        if (p < end && (*p == 'q' || *p == 'Q') && p[1] == '=') {
            int q = p[2] == '1' ? 1000 : 0;
            if (p[2] == '0' && p[3] == '.')
                for (int i = 4, unit = 100; p + i < end && p[i] >= '0' && p[i] <= '9' && unit; i++, unit /= 10)
                    q += (p[i] - '0') * unit;
            return q;
        }
        size_t skip = strcspn(p, ";,");
        if (skip == 0)
            break;
        p += skip;
    }
    return 1000;
}

int api_reply_format(const char *wanted, const char *accept, unsigned offered, struct api_fault *fault)
{
    if (wanted) {
        int f = api_format_from_name(wanted);
        if (f < 0)
            return api_fault(fault, API_BAD_VALUE,
                             "parameter 'format': found '%.32s', expected json, npy, raw, png, sse or ndjson", wanted);
        return offered & 1u << f ? f : not_offered(offered, "format", wanted, fault);
    }
    if (!accept || !*accept)
        return __builtin_ctz(offered);
    int best = -1, best_q = 0;
    unsigned refused = 0; /* formats given q=0 by name: a wildcard does not bring them back */
    for (int pass = 0; pass < 2; pass++) {
        for (const char *p = accept; *p;) {
            const char *type, *end = p + strcspn(p, ",");
            size_t n = media_type(p, &type);
            int q = quality(type + n, end);
            bool wildcard = n && type[n - 1] == '*';
            int f = range_format(type, n, offered & ~refused);
            if (pass == 0 && q == 0 && !wildcard && f >= 0)
                refused |= 1u << f;
            if (pass == 1 && f >= 0 && q > best_q) {
                best = f;
                best_q = q;
            }
            p = *end ? end + 1 : end;
        }
    }
    return best >= 0 ? best : not_offered(offered, "Accept", accept, fault);
}
