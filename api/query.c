#include "query.h"

#include "json_scan.h"
#include "mem.h"
#include "stop.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int api_percent_decode(char *text, bool plus)
{
    char *to = text;
    const char *asked = text;
    for (const char *p = text; *p && !bz_stopping_at(&asked, p); p++) {
        if (*p == '%') {
            int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
            if (low < 0 || high + low == 0)
                return -1;
            *to++ = (char)(high << 4 | low);
            p += 2;
        } else {
            *to++ = *p == '+' && plus ? ' ' : *p;
        }
    }
    *to = 0;
    return 0;
}

int api_query_each(const char *query, int (*each)(void *arg, const char *name, const char *value), void *arg,
                   struct api_fault *fault)
{
    if (!query || !*query)
        return 0;
    char room[256];
    const size_t size = strlen(query) + 1;
    const bool fits = size <= sizeof(room);
    char *const copy = fits ? memcpy(room, query, size) : bz_strdup(query, NULL);
    if (!copy)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the query");
    int rc = 0;
    const char *asked = copy;
    char *rest = copy, *pair;
    while (rc == 0 && (pair = strsep(&rest, "&")) && !bz_stopping_at(&asked, pair)) {
        if (!*pair)
            continue;
        char *value = strchr(pair, '=');
        if (value)
            *value++ = 0;
        else
            value = pair + strlen(pair);
        if (api_percent_decode(pair, true) < 0 || api_percent_decode(value, true) < 0)
            rc = api_fault(fault, API_BAD_REQUEST,
                           "the query or form holds a %% that is not followed by two hexadecimal digits (other than 00)");
        else
            rc = each(arg, pair, value);
    }
    if (!fits)
        bz_free(copy);
    return rc;
}

struct wanted {
    const char *name;
    char *value;
    size_t room;
};

static int compare(void *arg, const char *name, const char *value)
{
    const struct wanted *want = arg;
    size_t n = strlen(value);
    if (strcmp(name, want->name) != 0 || n >= want->room)
        return 0;
    memcpy(want->value, value, n + 1);
    return 1;
}

int api_query_find(const char *query, const char *name, char *value, size_t room)
{
    struct api_fault fault;
    struct wanted want = {name, value, room};
    int found = api_query_each(query, compare, &want, &fault);
    return found < 0 && fault.error != API_OUT_OF_MEMORY ? 0 : found;
}

int api_text_to_double(const char *text, double *value)
{
    const char *end = json_parse_number(text, value);
    return end && *end == 0 ? 0 : -1;
}
