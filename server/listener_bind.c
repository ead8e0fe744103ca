/* From the addresses that options name to bound sockets. */
#include "listener_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* How a unix socket is made: unix:PATH[,mode=0660][,group=NAME]. */
struct unix_spec {
    char path[512];
    unsigned mode;
    const char *group; /* NULL = the process's own, -1 */
    gid_t gid;
};

/* How many items after i belong to it, since lists are split at commas. */
static size_t words_of(const struct bz_list *list, size_t i)
{
    size_t n = 0;
    while (i + 1 + n < list->n &&
           (strncmp(list->items[i + 1 + n], "mode=", 5) == 0 || strncmp(list->items[i + 1 + n], "group=", 6) == 0))
        n++;
    return n;
}

static int parse_unix(struct unix_spec *spec, const struct bz_list *list, size_t i, struct bz_error *err)
{
    const struct sockaddr_un *address = NULL;
    const char *text = list->items[i];
    *spec = (struct unix_spec){.mode = 0660, .gid = (gid_t)-1};
    snprintf(spec->path, sizeof(spec->path), "%s", text + 5);
    if (!*spec->path || strlen(spec->path) >= sizeof(address->sun_path))
        return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: expected a path of 1 to %zu bytes", text,
                       sizeof(address->sun_path) - 1);
    for (size_t k = i + 1, end = i + 1 + words_of(list, i); k < end; k++) {
        const char *word = list->items[k];
        char *after = NULL;
        if (strncmp(word, "group=", 6) == 0) {
            const struct group *group = getgrnam(word + 6);
            spec->group = word + 6;
            if (!group)
                return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: there is no group \"%.60s\"", text, spec->group);
            spec->gid = group->gr_gid;
            continue;
        }
        spec->mode = (unsigned)strtoul(word + 5, &after, 8);
        if (after == word + 5 || *after || spec->mode > 0777)
            return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s,%.40s: expected mode=0660 or another octal number up to 0777",
                           text, word);
    }
    return 0;
}

static int dress_unix(const struct unix_spec *spec, struct bz_error *err)
{
    if (spec->group && chown(spec->path, (uid_t)-1, spec->gid) < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: cannot be given to group %s: %s", spec->path, spec->group,
                       strerror(errno));
    if (chmod(spec->path, spec->mode) < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: %s", spec->path, strerror(errno));
    return 0;
}

/* A socket left behind by a dead process may be removed; one that answers may not. */
static void remove_dead(const struct sockaddr_un *address)
{
    struct stat st;
    if (stat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;
    if (probe >= 0)
        close(probe);
    if (dead)
        unlink(address->sun_path);
}

static void folder_of(const char *path, char folder[512])
{
    const char *slash = strrchr(path, '/');
    snprintf(folder, 512, "%.*s", slash > path ? (int)(slash - path) : 1, slash ? path : ".");
}

/* Checks that there is a folder for the socket, and nothing else has its name. */
static int check_place(const char *path, struct bz_error *err)
{
    char folder[512];
    struct stat st;
    folder_of(path, folder);
    if (access(folder, W_OK | X_OK) < 0)
        return bz_fail(err, BZ_BAD_INPUT, "listen = unix:%s: no socket can be made in %s: %s", path, folder, strerror(errno));
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
        return bz_fail(err, BZ_BAD_INPUT, "listen = unix:%s: the path exists and is not a socket", path);
    return 0;
}

static void name_unix(struct listener *at, const struct unix_spec *spec)
{
    strcpy(at->path, spec->path);
    at->mode = spec->mode;
    at->group = spec->gid;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether two paths name one entry of one folder, however they are spelt: /tmp/a, /tmp/./a, a link to /tmp. */
static bool same_place(const char *a, const char *b)
{
    char folder_a[512], folder_b[512];
    struct stat at, bt;
    folder_of(a, folder_a);
    folder_of(b, folder_b);
    return strcmp(last_part(a), last_part(b)) == 0 && stat(folder_a, &at) == 0 && stat(folder_b, &bt) == 0 &&
           at.st_dev == bt.st_dev && at.st_ino == bt.st_ino;
}

/* Our listener with a socket of this name; NULL = none. */
static const struct listener *bound_at(const struct srv_listeners *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++)
        if (*l->at[i].path && (strcmp(l->at[i].path, path) == 0 || same_place(l->at[i].path, path)))
            return &l->at[i];
    return NULL;
}

static int bind_unix(struct srv_listeners *l, const struct unix_spec *spec, bool ops, struct bz_error *err)
{
    const char *path = spec->path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct listener *ours = bound_at(l, path);
    if (ours && ours->place.ops != ops)
        return bz_fail(err, BZ_BAD_INPUT, "ops-listen = unix:%s: listen has this address, too; expected another one", path);
    if (ours && (ours->mode != spec->mode || ours->group != spec->gid))
        return bz_fail(err, BZ_BAD_INPUT, "listen = unix:%s: given twice, with another mode or group; expected it once", path);
    if (ours)
        return 0;
    if (check_place(path, err) < 0)
        return -1;
    if (l->checking) {
        struct listener *named = listener_add(l, -1, ops, err);
        if (named)
            name_unix(named, spec);
        return named ? 0 : -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: %s", path, strerror(errno));
    remove_dead(&address);
    mode_t before = umask(0177); /* no access for others until its mode is set */
    int rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(before);
    if (rc < 0 || listen(fd, BACKLOG) < 0)
        rc = bz_fail(err, BZ_IO, "cannot listen on unix:%s: %s", path, strerror(errno));
    else if ((rc = dress_unix(spec, err)) < 0)
        unlink(path);
    if (rc < 0) {
        close(fd);
        return -1;
    }
    struct listener *at = listener_add(l, fd, ops, err);
    struct stat st;
    if (!at)
        return -1;
    name_unix(at, spec);
    if (lstat(path, &st) == 0) {
        at->device = st.st_dev;
        at->inode = st.st_ino;
    }
    return 0;
}

/* "HOST:PORT", "[IPV6]:PORT", ":PORT", "*:PORT" -> host ("" = all) and port. false = not of that form. */
static bool split_address(const char *text, char host[256], char port[16])
{
    const char *colon = strrchr(text, ':');
    if (!colon || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        atol(colon + 1) > 65535)
        return false;
    size_t length = (size_t)(colon - text);
    bool bracketed = text[0] == '[' && length >= 2 && text[length - 1] == ']';
    if (length >= 256 || (!bracketed && memchr(text, ':', length)))
        return false;
    snprintf(host, 256, "%.*s", (int)(bracketed ? length - 2 : length), bracketed ? text + 1 : text);
    snprintf(port, 16, "%s", colon + 1);
    if (strcmp(host, "*") == 0)
        *host = 0;
    return true;
}

static in_port_t port_of(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
                                    : ((const struct sockaddr_in *)(const void *)a)->sin_port;
}

/* 0.0.0.0 or [::] */
static bool is_wildcard(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr)
                                    : ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr == htonl(INADDR_ANY);
}

/* Whether a bound socket accepts connections to this address: it is the same, or a wildcard of its family; [::] may accept
 * IPv4, too. */
static bool takes(int fd, const struct addrinfo *a)
{
    struct sockaddr_storage other = {0};
    socklen_t size = sizeof(other), one = sizeof(int);
    const struct sockaddr *o = (const struct sockaddr *)&other;
    int only = 1;
    if (port_of(a->ai_addr) == 0 || getsockname(fd, (struct sockaddr *)&other, &size) < 0 ||
        (o->sa_family != AF_INET && o->sa_family != AF_INET6) || port_of(o) != port_of(a->ai_addr))
        return false;
    if (o->sa_family == a->ai_family)
        return is_wildcard(o) || (size == a->ai_addrlen && memcmp(o, a->ai_addr, size) == 0);
    return o->sa_family == AF_INET6 && is_wildcard(o) && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &one) == 0 && !only;
}

/* Our listener that accepts connections to this address; NULL = none. */
static const struct listener *covering(const struct srv_listeners *l, const struct addrinfo *a)
{
    for (size_t i = 0; i < l->n; i++)
        if (takes(l->at[i].fd, a))
            return &l->at[i];
    return NULL;
}

/* Whether 0.0.0.0 of this port is ours: then [::] may do without IPv4. */
static bool has_all_of_ipv4(const struct srv_listeners *l, const struct addrinfo *v6, bool ops)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = port_of(v6->ai_addr)};
    const struct addrinfo a = {.ai_family = AF_INET, .ai_addr = (struct sockaddr *)&any, .ai_addrlen = sizeof(any)};
    const struct listener *at = covering(l, &a);
    return at && at->place.ops == ops;
}

/* Transient faults: the same configuration may be good later. */
static bool may_pass(int reason)
{
    return reason == EADDRINUSE || reason == ENOMEM || reason == ENOBUFS || reason == EMFILE || reason == ENFILE;
}

/* An address that means something on one link only (fe80::/10), without that link's interface. */
static bool lacks_scope(const struct sockaddr *a)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)a;
    return a->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) && in6->sin6_scope_id == 0;
}

static int cannot_listen(const char *text, int reason, struct bz_error *err)
{
    return bz_fail(err, may_pass(reason) ? BZ_IO : BZ_BAD_INPUT, "cannot listen on %s: %s", text, strerror(reason));
}

static int bind_one(const struct srv_listeners *l, const struct addrinfo *a, bool v6_only)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (v6_only)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || (!l->checking && listen(fd, BACKLOG) < 0)) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* freeaddrinfo; NULL with the error. "" and "*" are [::], which takes IPv4 as well, then 0.0.0.0. */
static struct addrinfo *find_address(const char *text, struct bz_error *err)
{
    char host[256], port[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    if (!split_address(text, host, port)) {
        bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: expected HOST:PORT, [IPV6]:PORT, *:PORT or unix:PATH", text);
        return NULL;
    }
    int status = getaddrinfo(*host ? host : "::", port, &hints, &found);
    if (status != 0 && !*host)
        status = getaddrinfo("0.0.0.0", port, &hints, &found);
    if (status != 0) {
        bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: %s", text, gai_strerror(status));
        return NULL;
    }
    return found;
}

/* Binds one address of a name. 1: there is a socket for it, 0: this machine lacks it (*reason), -1: *err. */
static int bind_found(struct srv_listeners *l, const char *text, const struct addrinfo *a, bool ops, int *reason,
                      struct bz_error *err)
{
    const struct listener *ours = covering(l, a);
    if (ours && ours->place.ops != ops)
        return bz_fail(err, BZ_BAD_INPUT, "ops-listen = %s: listen has this address, too; expected another one", text);
    if (ours)
        return 1;
    int fd = bind_one(l, a, false);
    if (fd < 0 && errno == EADDRINUSE && a->ai_family == AF_INET6 && has_all_of_ipv4(l, a, ops))
        fd = bind_one(l, a, true);
    if (fd >= 0)
        return listener_add(l, fd, ops, err) ? 1 : -1;
    *reason = errno;
    if (l->checking && *reason == EADDRINUSE) { /* possibly by the running daemon */
        l->open[ops] = l->open[ops] || listener_is_open(a->ai_addr);
        return 1;
    }
    return *reason == EADDRINUSE || *reason == EACCES ? cannot_listen(text, *reason, err) : 0;
}

static int bind_tcp(struct srv_listeners *l, const char *text, bool ops, struct bz_error *err)
{
    struct addrinfo *found = find_address(text, err);
    if (!found)
        return -1;
    int rc = 0, bound = 0, reason = 0;
    for (const struct addrinfo *a = found; a && rc >= 0; a = a->ai_next) {
        rc = bind_found(l, text, a, ops, &reason, err);
        bound += rc > 0;
    }
    const bool scopeless = lacks_scope(found->ai_addr);
    freeaddrinfo(found);
    if (rc == 0 && !bound && scopeless)
        return bz_fail(err, BZ_BAD_INPUT,
                       "cannot listen on %s: an fe80 address belongs to one interface; expected its name too, as in "
                       "[fe80::1%%eth0]:8080",
                       text);
    return rc < 0 ? -1 : bound ? 0 : cannot_listen(text, reason, err);
}

/* One item of a list, with its own words. */
static int bind_address(struct srv_listeners *l, const struct bz_list *list, size_t i, bool ops, struct bz_error *err)
{
    const char *text = list->items[i];
    struct unix_spec spec;
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(&spec, list, i, err) < 0 ? -1 : bind_unix(l, &spec, ops, err);
    if (words_of(list, i))
        return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s,%.40s: only a unix socket has a mode and a group", text,
                       list->items[i + 1]);
    return bind_tcp(l, text, ops, err);
}

static bool names_all(const char *text)
{
    return strncmp(text, "*:", 2) == 0 || text[0] == ':' || strncmp(text, "0.0.0.0:", 8) == 0 || strncmp(text, "[::]:", 5) == 0;
}

int listener_bind_all(struct srv_listeners *l, const struct bz_list *list, bool ops, struct bz_error *err)
{
    static const char option[] = "listen = ";
    int rc = 0;
    /* Wildcards come first: a narrower address on the same port would be in their way. */
    for (int all = 1; all >= 0; all--)
        for (size_t i = 0; rc == 0 && i < list->n; i += 1 + words_of(list, i))
            if (names_all(list->items[i]) == (all == 1))
                rc = bind_address(l, list, i, ops, err);
    if (rc < 0 && ops && err && strncmp(err->msg, option, strlen(option)) == 0) {
        const struct bz_error listen = *err;
        bz_fail(err, listen.code, "ops-%s", listen.msg);
    }
    return rc;
}
