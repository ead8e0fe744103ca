#include "guard.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

bool srv_is_token(const char *text, size_t size)
{
    static const bool token[256] = {
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true, ['#'] = true, ['$'] = true,
        ['%'] = true,         ['&'] = true,         ['\''] = true,        ['*'] = true, ['+'] = true, ['-'] = true,
        ['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true, ['|'] = true, ['~'] = true,
    };
    for (size_t i = 0; i < size; i++)
        if (!token[(unsigned char)text[i]])
            return false;
    return size > 0;
}

/* Whether one of eight bytes is less than a blank, or 0x7f; perhaps also true for others after such a one. */
static bool has_control(const char *text)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    uint64_t x;
    memcpy(&x, text, sizeof(x));
    const uint64_t seven = x ^ 0x7f * ones;
    return (((x - 0x20 * ones) & ~x) | ((seven - ones) & ~seven)) & high;
}

bool srv_field_is_sound(const char *name, size_t name_size, const char *value, size_t value_size)
{
    for (size_t i = 0; i < value_size; i++) {
        if (value_size - i >= 8 && !has_control(value + i)) {
            i += 7;
            continue;
        }
        const unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return srv_is_token(name, name_size);
}

bool srv_field_lies_as_sent(const char *name, size_t name_size, const char *value, size_t value_size)
{
    enum { MAX_SPACE = 16 * 1024 }; /* before the value */
    const uintptr_t end = (uintptr_t)name + name_size, at = (uintptr_t)value;
    if (at <= end || at - end > MAX_SPACE)
        return false;
    for (const char *p = name + name_size + 1; p < value; p++)
        if (*p != ' ' && *p != '\t')
            return false;
    return value[value_size + 1] == 0;
}

const char *srv_framing_fault(const struct srv_framing *f)
{
    if (f->bad_field)
        return "a header contains a forbidden character, is folded, or does not end in CR LF";
    if (f->n_coding && f->n_length)
        return "both Transfer-Encoding and Content-Length are given";
    if (f->n_coding > 1)
        return "Transfer-Encoding is given more than once";
    if (f->n_coding && !f->chunked)
        return "Transfer-Encoding: expected chunked alone, and no blank after it";
    if (f->n_length > 1)
        return "Content-Length is given more than once";
    if (f->n_host > 1)
        return "Host is given more than once";
    return NULL;
}

/* 16 hex digits, unique in this process and very likely in the world: a random start, then a bijection of a counter. */
static void fresh_id(char out[SRV_REQUEST_ID_ROOM])
{
    static atomic_uint_fast64_t counter;
    static _Atomic uint64_t start;
    uint64_t base = atomic_load_explicit(&start, memory_order_relaxed);
    if (base == 0) {
        uint64_t zero = 0;
        if (getrandom(&base, sizeof(base), 0) != sizeof(base) || base == 0)
            base = 0x9E3779B97F4A7C15u;
        if (!atomic_compare_exchange_strong(&start, &zero, base))
            base = zero;
    }
    /* splitmix64: Steele, Lea, Flood 2014 */
    uint64_t x = base + 0x9E3779B97F4A7C15u * atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    for (int i = 0; i < 16; i++)
        out[i] = "0123456789abcdef"[x >> (60 - 4 * i) & 15];
    out[16] = 0;
}

void srv_request_id(char out[SRV_REQUEST_ID_ROOM], const char *given)
{
    size_t n = 0;
    for (; given && given[n]; n++) {
        unsigned char c = (unsigned char)given[n];
        if (n == SRV_REQUEST_ID_ROOM - 1 || c <= 0x20 || c >= 0x7f || c == '"' || c == '\\') {
            n = 0;
            break;
        }
    }
    if (n == 0) {
        fresh_id(out);
        return;
    }
    memcpy(out, given, n);
    out[n] = 0;
}

/* n lower-case hex digits that are not all zero */
static bool is_hex(const char *s, size_t n)
{
    return strspn(s, "0123456789abcdef") >= n && strspn(s, "0") < n;
}

void srv_trace_id(char out[SRV_TRACE_ID_ROOM], const char *t)
{
    out[0] = 0;
    if (!t || strlen(t) < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-')
        return;
    bool version = strspn(t, "0123456789abcdef") >= 2 && memcmp(t, "ff", 2) != 0;
    bool flags = strspn(t + 53, "0123456789abcdef") >= 2 && (t[55] == 0 || (t[55] == '-' && memcmp(t, "00", 2) != 0));
    if (!version || !flags || !is_hex(t + 3, 32) || !is_hex(t + 36, 16))
        return;
    memcpy(out, t + 3, 32);
    out[32] = 0;
}

/* Length of the name in "name", "name:port", "[address]:port"; 0 for anything else. */
static size_t host_length(const char *host)
{
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (host[0] == '[' && (n > strlen(host) || host[n - 1] != ']'))
        return 0;
    if (host[n] == 0)
        return n;
    const char *port = host + n + 1;
    return host[n] == ':' && strspn(port, "0123456789") == strlen(port) ? n : 0;
}

const char *srv_authority_fault(const char *authority)
{
    const char *port = authority + strcspn(authority, ":");
    if (strchr(authority, '@'))
        return "contains a user name, which is not accepted (keys go into Authorization)";
    if (authority[strcspn(authority, "/?#\\\"<> \t")])
        return "contains a character that no host has";
    if (*authority == '[')
        port = authority + strcspn(authority, "]") + (strchr(authority, ']') ? 1 : 0);
    if (port == authority)
        return "names no host";
    if (*port == 0)
        return *authority == '[' && port[-1] != ']' ? "has an address without its ]" : NULL;
    const size_t digits = strspn(port + 1, "0123456789");
    return *port != ':' || port[1 + digits] || digits > 5 || atoi(port + 1) > 65535
               ? "has a port that is not a number up to 65535"
               : NULL;
}

bool srv_host_is_local(const char *host, const struct bz_list *allowed)
{
    static const char *const local[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t n = host ? host_length(host) : 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        if (strlen(local[i]) == n && strncasecmp(local[i], host, n) == 0)
            return true;
    for (size_t i = 0; i < allowed->n; i++) {
        const char *name = allowed->items[i];
        if (strcasecmp(name, host) == 0 || (strlen(name) == n && strncasecmp(name, host, n) == 0))
            return true;
    }
    return false;
}

bool srv_host_is_listed(const char *host, const struct bz_list *listen)
{
    size_t n = host ? host_length(host) : 0;
    for (size_t i = 0; n && i < listen->n; i++)
        if (host_length(listen->items[i]) == n && strncasecmp(listen->items[i], host, n) == 0)
            return true;
    return false;
}

void srv_show(char out[SRV_SHOWN_ROOM], const char *text)
{
    size_t n = 0;
    for (; text && *text && n < SRV_SHOWN_ROOM - 4; text++)
        out[n++] = (*text > ' ' && *text < 0x7f && *text != '"' && *text != '\\') ? *text : '?';
    out[n] = 0;
    if (text && *text)
        strcpy(out + n, "...");
}

/* Browsers leave the scheme's own port out, and write names of other scripts as xn--... */
static bool browsers_send(const char *scheme, const char *host)
{
    const char *port = host + host_length(host);
    if ((strcmp(port, ":80") == 0 && strncasecmp(scheme, "http:", 5) == 0) ||
        (strcmp(port, ":443") == 0 && strncasecmp(scheme, "https:", 6) == 0))
        return false;
    for (; *host; host++)
        if (*host == '*' || (unsigned char)*host >= 0x80)
            return false;
    return true;
}

bool srv_origin_is_valid(const char *text)
{
    const char *host = strstr(text, "://");
    if (strcmp(text, "*") == 0)
        return true;
    if (!host || host == text || strcspn(text, "/:") != (size_t)(host - text))
        return false;
    host += 3;
    return *host && host[strcspn(host, "/?#@ \"\\")] == 0 && host_length(host) > 0 && browsers_send(text, host);
}

enum srv_origin srv_origin_check(const char *origin, const char *scheme, const char *host, const struct bz_list *allowed)
{
    size_t n = strlen(scheme);
    if (host && strncasecmp(origin, scheme, n) == 0 && strncmp(origin + n, "://", 3) == 0 &&
        strcasecmp(origin + n + 3, host) == 0)
        return SRV_ORIGIN_SAME;
    bool any = false;
    for (size_t i = 0; i < allowed->n; i++) {
        if (strcasecmp(allowed->items[i], origin) == 0)
            return SRV_ORIGIN_ALLOWED;
        any = any || strcmp(allowed->items[i], "*") == 0;
    }
    return any ? SRV_ORIGIN_ANY : SRV_ORIGIN_FOREIGN;
}

/* The quality of one coding in an Accept-Encoding: 0..1000, -1 if it is not named. */
static int coding_quality(const char *header, const char *coding)
{
    size_t length = strlen(coding);
    while (*header) {
        header += strspn(header, " \t,");
        size_t name = strcspn(header, " \t,;"), item = strcspn(header, ",");
        if (name == length && strncasecmp(header, coding, length) == 0) {
            const char *q = memchr(header, ';', item);
            if (!q)
                return 1000;
            q += 1 + strspn(q + 1, " \t");
            if ((*q != 'q' && *q != 'Q') || q[1] != '=')
                return 1000;
            double value = strtod(q + 2, NULL);
            return value > 0 ? value < 1 ? (int)(value * 1000) : 1000 : 0;
        }
        header += item;
    }
    return -1;
}

const char *srv_reply_coding(const char *accept)
{
    if (!accept)
        return NULL;
    int any = coding_quality(accept, "*"), gzip = coding_quality(accept, "gzip"), deflate = coding_quality(accept, "deflate");
    gzip = gzip < 0 ? any : gzip;
    deflate = deflate < 0 ? any : deflate;
    if (gzip <= 0 && deflate <= 0)
        return NULL;
    return gzip >= deflate ? "gzip" : "deflate";
}
