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
    const char *group; /* NULL = the process's own */
};

/* How many items behind i belong to it: a list is divided at commas. */
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
    *spec = (struct unix_spec){.mode = 0660};
    snprintf(spec->path, sizeof(spec->path), "%s", text + 5);
    if (!*spec->path || strlen(spec->path) >= sizeof(address->sun_path))
        return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: expected a path of 1 to %zu bytes", text,
                       sizeof(address->sun_path) - 1);
    for (size_t k = i + 1, end = i + 1 + words_of(list, i); k < end; k++) {
        const char *word = list->items[k];
        char *after = NULL;
        if (strncmp(word, "group=", 6) == 0) {
            spec->group = word + 6;
            if (!getgrnam(spec->group))
                return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: there is no group \"%.60s\"", text, spec->group);
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
    const struct group *group = spec->group ? getgrnam(spec->group) : NULL;
    if (group && chown(spec->path, (uid_t)-1, group->gr_gid) < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: cannot be given to group %s: %s", spec->path, spec->group,
                       strerror(errno));
    if (chmod(spec->path, spec->mode) < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: %s", spec->path, strerror(errno));
    return 0;
}

/* A socket that a dead process left behind may go; one that answers may not. */
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

static int bind_unix(struct srv_listeners *l, const struct unix_spec *spec, bool ops, struct bz_error *err)
{
    const char *path = spec->path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return bz_fail(err, BZ_IO, "listen = unix:%s: %s", path, strerror(errno));
    remove_dead(&address);
    mode_t before = umask(0177); /* nobody else until its mode is set */
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
    if (!at)
        return -1;
    strcpy(at->path, path);
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

/* True if a socket of ours takes this address and port as well: the same, or [::] that takes IPv4, too. */
static bool is_covered(const struct srv_listeners *l, const struct addrinfo *a)
{
    const struct sockaddr_in *in = (const void *)a->ai_addr;
    const bool all = a->ai_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_ANY);
    if (in->sin_port == 0)
        return false;
    for (size_t i = 0; i < l->n; i++) {
        struct sockaddr_in6 other = {0};
        socklen_t size = sizeof(other), one = sizeof(int);
        int only = 1;
        if (getsockname(l->at[i].fd, (struct sockaddr *)&other, &size) < 0)
            continue;
        if (size == a->ai_addrlen && memcmp(&other, a->ai_addr, size) == 0)
            return true;
        if (all && other.sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&other.sin6_addr) &&
            other.sin6_port == in->sin_port && getsockopt(l->at[i].fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &one) == 0 && !only)
            return true;
    }
    return false;
}

static int bind_one(const struct addrinfo *a, bool v6_only)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (v6_only)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
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

static int bind_tcp(struct srv_listeners *l, const char *text, bool ops, struct bz_error *err)
{
    struct addrinfo *found = find_address(text, err);
    if (!found)
        return -1;
    int rc = 0, bound = 0, reason = 0;
    for (const struct addrinfo *a = found; a && rc == 0; a = a->ai_next) {
        if (is_covered(l, a)) {
            bound++;
            continue;
        }
        int fd = bind_one(a, false);
        if (fd < 0 && errno == EADDRINUSE && a->ai_family == AF_INET6) /* 0.0.0.0 of the same port is ours, perhaps */
            fd = bind_one(a, true);
        if (fd < 0) {
            /* A name such as localhost may have addresses that this machine lacks. */
            reason = errno;
            rc = reason == EADDRINUSE || reason == EACCES ? -1 : 0;
            continue;
        }
        rc = listener_add(l, fd, ops, err) ? 0 : -1;
        bound++;
    }
    freeaddrinfo(found);
    if (rc < 0 || bound == 0)
        return bz_fail(err, BZ_IO, "cannot listen on %s: %s", text, strerror(reason));
    return 0;
}

/* One item of a list, with the words that belong to it. l NULL: checks only. */
static int bind_address(struct srv_listeners *l, const struct bz_list *list, size_t i, bool ops, struct bz_error *err)
{
    const char *text = list->items[i];
    struct unix_spec spec;
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(&spec, list, i, err) < 0 ? -1 : l ? bind_unix(l, &spec, ops, err) : 0;
    if (words_of(list, i))
        return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s,%.40s: only a unix socket has a mode and a group", text,
                       list->items[i + 1]);
    if (l)
        return bind_tcp(l, text, ops, err);
    struct addrinfo *found = find_address(text, err);
    if (!found)
        return -1;
    freeaddrinfo(found);
    return 0;
}

int listener_bind_all(struct srv_listeners *l, const struct bz_list *list, bool ops, struct bz_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < list->n; i += 1 + words_of(list, i))
        rc = bind_address(l, list, i, ops, err);
    return rc;
}

int srv_listen_check(const struct bz_list *list, struct bz_error *err)
{
    return listener_bind_all(NULL, list, false, err);
}
