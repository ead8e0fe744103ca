#include "clients.h"

#include "check.h"
#include "mem.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, NAME_ROOM = 80 };
#define FORGET_AFTER_NS 60000000000u /* a rate that applies */

struct srv_client {
    struct srv_client *next;
    char name[NAME_ROOM];
    size_t refs, busy;
    uint64_t held[SRV_N_PURPOSES];
    double left; /* rows; negative: owed */
    uint64_t filled_ns;
    struct srv_share share;
};

struct srv_clients {
    pthread_mutex_t lock; /* of all entries */
    struct srv_client *bucket[BUCKETS];
    uint64_t held[SRV_N_PURPOSES];
};

struct srv_clients *srv_clients_new(void)
{
    struct srv_clients *c = bz_alloc(1, sizeof(*c), NULL);
    if (c)
        pthread_mutex_init(&c->lock, NULL);
    return c;
}

void srv_clients_free(struct srv_clients *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct srv_client *at = c->bucket[i], *next; at; at = next) {
            next = at->next;
            bz_free(at);
        }
    for (size_t i = 0; i < SRV_N_PURPOSES; i++)
        bz_assert(c->held[i] == 0);
    pthread_mutex_destroy(&c->lock);
    bz_free(c);
}

static size_t bucket_of(const char *name)
{
    size_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash % BUCKETS;
}

/* The link to a name's entry, or to the end of its list. Entries no longer needed are dropped on the way. */
static struct srv_client **find(struct srv_clients *c, const char *name)
{
    struct srv_client **link = &c->bucket[bucket_of(name)];
    const uint64_t now = srv_now();
    while (*link && strcmp((*link)->name, name) != 0) {
        struct srv_client *at = *link;
        if (at->refs == 0 && srv_elapsed(at->filled_ns, now) > FORGET_AFTER_NS) {
            *link = at->next;
            bz_free(at);
        } else {
            link = &at->next;
        }
    }
    return link;
}

struct srv_client *srv_client_get(struct srv_clients *c, const char *name)
{
    pthread_mutex_lock(&c->lock);
    struct srv_client **link = find(c, name), *at = *link;
    if (!at && (at = bz_alloc(1, sizeof(*at), NULL))) {
        snprintf(at->name, sizeof(at->name), "%s", name);
        *link = at;
    }
    if (at)
        at->refs++;
    pthread_mutex_unlock(&c->lock);
    return at;
}

void srv_client_put(struct srv_clients *c, struct srv_client *client)
{
    if (!client)
        return;
    pthread_mutex_lock(&c->lock);
    if (--client->refs == 0 && client->filled_ns == 0) {
        *find(c, client->name) = client->next;
        bz_free(client);
    }
    pthread_mutex_unlock(&c->lock);
}

struct srv_share *srv_client_share(struct srv_client *client)
{
    return &client->share;
}

bool srv_client_begin(struct srv_clients *c, struct srv_client *client, size_t max)
{
    pthread_mutex_lock(&c->lock);
    bool room = client->busy < max;
    client->busy += room;
    pthread_mutex_unlock(&c->lock);
    return room;
}

void srv_client_end(struct srv_clients *c, struct srv_client *client)
{
    pthread_mutex_lock(&c->lock);
    client->busy--;
    pthread_mutex_unlock(&c->lock);
}

bool srv_client_take_rows(struct srv_clients *c, struct srv_client *client, uint64_t rate, size_t rows, uint64_t now_ns,
                          unsigned *wait_s)
{
    const double per_second = (double)rate;
    pthread_mutex_lock(&c->lock);
    double seconds = client->filled_ns ? (double)srv_elapsed(client->filled_ns, now_ns) / 1e9 : 1;
    client->left += per_second * seconds;
    if (client->left > per_second)
        client->left = per_second;
    client->filled_ns = now_ns;
    bool enough = client->left > 0;
    if (enough)
        client->left -= (double)rows;
    else
        *wait_s = (unsigned)(-client->left / per_second) + 1;
    pthread_mutex_unlock(&c->lock);
    return enough;
}

enum srv_holding srv_client_hold(struct srv_clients *c, struct srv_client *client, enum srv_purpose purpose, uint64_t bytes,
                                 struct srv_most most)
{
    enum srv_holding found = SRV_HELD;
    pthread_mutex_lock(&c->lock);
    if (client->held[purpose] > most.one || bytes > most.one - client->held[purpose]) {
        found = SRV_CLIENT_IS_FULL;
    } else if (c->held[purpose] > most.all || bytes > most.all - c->held[purpose]) {
        found = SRV_ALL_IS_FULL;
    } else {
        c->held[purpose] += bytes;
        client->held[purpose] += bytes;
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

void srv_client_release(struct srv_clients *c, struct srv_client *client, enum srv_purpose purpose, uint64_t bytes)
{
    pthread_mutex_lock(&c->lock);
    c->held[purpose] -= bytes;
    client->held[purpose] -= bytes;
    pthread_mutex_unlock(&c->lock);
}

uint64_t srv_clients_held(struct srv_clients *c, enum srv_purpose purpose)
{
    pthread_mutex_lock(&c->lock);
    uint64_t held = c->held[purpose];
    pthread_mutex_unlock(&c->lock);
    return held;
}

/* --- addresses --- */

/* IPv4 as ::ffff:a.b.c.d, so that there is only one kind. *bits counts those of the whole: for "1.2.3.0/24" it is 120. */
static bool parse_address(const char *text, unsigned char out[16], unsigned *bits)
{
    char host[SRV_ADDRESS_ROOM];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    if (n == 0 || n >= sizeof(host))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)n, text);
    struct in_addr v4;
    unsigned base = 0, width = 128;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        memset(out, 0, 10);
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &v4, 4);
        base = 96;
        width = 32;
    } else if (inet_pton(AF_INET6, host, out) != 1) {
        return false;
    }
    char *end = NULL;
    unsigned long given = slash ? strtoul(slash + 1, &end, 10) : width;
    if (slash && (end == slash + 1 || *end || given > width))
        return false;
    *bits = base + (unsigned)given;
    return true;
}

bool srv_proxy_is_valid(const char *text)
{
    unsigned char address[16];
    unsigned bits;
    return strcmp(text, "unix") == 0 || parse_address(text, address, &bits);
}

static bool is_trusted(const char *text, const struct bz_list *trusted)
{
    unsigned char address[16], other[16];
    unsigned bits, all;
    bool known = parse_address(text, address, &all);
    for (size_t i = 0; i < trusted->n; i++) {
        if (!*text && strcmp(trusted->items[i], "unix") == 0)
            return true;
        if (!known || !parse_address(trusted->items[i], other, &bits))
            continue;
        unsigned bytes = bits / 8, rest = bits % 8;
        bool same = memcmp(address, other, bytes) == 0;
        if (same && (rest == 0 || ((address[bytes] ^ other[bytes]) >> (8 - rest)) == 0))
            return true;
    }
    return false;
}

static bool is_port(const char *text)
{
    const size_t n = strspn(text, "0123456789");
    return n > 0 && n <= 5 && text[n] == 0;
}

/* An address as proxies write it, perhaps with a port (1.2.3.4:5, [::1]:5), in its one usual spelling. */
static bool parse_hop(const char *text, size_t length, char out[SRV_ADDRESS_ROOM])
{
    char hop[SRV_ADDRESS_ROOM + 8], *host = hop;
    unsigned char address[16];
    unsigned bits;
    if (length >= sizeof(hop))
        return false;
    memcpy(hop, text, length);
    hop[length] = 0;
    char *port = strchr(hop, ':');
    if (*hop == '[') {
        host = hop + 1;
        char *end = strchr(host, ']');
        if (!end || (end[1] && !(end[1] == ':' && is_port(end + 2))))
            return false;
        *end = 0;
    } else if (port && !strchr(port + 1, ':')) {
        if (!is_port(port + 1))
            return false;
        *port = 0;
    }
    if (strchr(host, '/') || !parse_address(host, address, &bits))
        return false;
    const bool v4 = memcmp(address, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address + 12 : address, out, SRV_ADDRESS_ROOM) != NULL;
}

void srv_client_address(char out[SRV_ADDRESS_ROOM], const char *peer, const char *forwarded, const struct bz_list *trusted)
{
    const size_t n = strnlen(peer, SRV_ADDRESS_ROOM - 1);
    memcpy(out, peer, n);
    out[n] = 0;
    size_t end = forwarded ? strlen(forwarded) : 0;
    while (end > 0 && is_trusted(out, trusted)) {
        size_t begin = end, last = end;
        while (begin > 0 && forwarded[begin - 1] != ',')
            begin--;
        const size_t from = begin + strspn(forwarded + begin, " \t");
        while (last > from && strchr(" \t", forwarded[last - 1]))
            last--;
        if (from >= last || !parse_hop(forwarded + from, last - from, out))
            break;
        end = begin > 0 ? begin - 1 : 0;
    }
    if (!*out)
        snprintf(out, SRV_ADDRESS_ROOM, "unix");
}
