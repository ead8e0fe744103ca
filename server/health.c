#include "health.h"

#include "tls.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 3 };

/* Who does not answer is not waited for. */
static void set_patience(int fd)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); /* for connecting, too */
}

static int connect_unix(const char *path, struct bz_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return bz_fail(err, BZ_BAD_INPUT, "unix:%.120s: the path is too long", path);
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_patience(fd);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    bz_fail(err, BZ_IO, "unix:%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* A wildcard listening address is asked on loopback. */
static int connect_tcp(const char *text, struct bz_error *err)
{
    char host[256];
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    bool bracketed = length >= 2 && text[0] == '[';
    if (!colon || length >= sizeof(host))
        return bz_fail(err, BZ_BAD_INPUT, "listen = %.120s: expected HOST:PORT", text);
    snprintf(host, sizeof(host), "%.*s", (int)(bracketed ? length - 2 : length), text + bracketed);
    if (!*host || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        strcpy(host, "127.0.0.1");
    else if (strcmp(host, "::") == 0)
        strcpy(host, "::1");
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int status = getaddrinfo(host, colon + 1, &hints, &found), fd = -1;
    if (status != 0)
        return bz_fail(err, BZ_IO, "%s: %s", text, gai_strerror(status));
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        set_patience(fd);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            bz_fail(err, BZ_IO, "%s: %s", text, strerror(errno));
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static long ask(int fd, const char *request, size_t length, char *reply, size_t room)
{
    size_t got = 0;
    ssize_t n = send(fd, request, length, MSG_NOSIGNAL);
    while (n > 0 && got < room - 1 && (n = recv(fd, reply + got, room - 1 - got, 0)) > 0)
        got += (size_t)n;
    reply[got] = 0;
    return (long)got;
}

static int connect_to(const char *address, struct bz_error *err)
{
    return strncmp(address, "unix:", 5) == 0 ? connect_unix(address + 5, err) : connect_tcp(address, err);
}

/* The bytes of the reply, 0 for none; -1: nobody is there, or TLS failed. */
static long ask_once(const char *address, const char *request, bool tls, char *reply, size_t room, struct bz_error *err)
{
    int fd = connect_to(address, err);
    if (fd < 0)
        return -1;
    long got = tls ? srv_tls_ask(fd, request, reply, room, err) : ask(fd, request, strlen(request), reply, room);
    close(fd);
    return got;
}

int srv_health_check(const struct srv_options *o, struct bz_error *err)
{
    const char *address = o->listen.n ? o->listen.items[0] : "127.0.0.1:8080";
    char request[512], reply[2048] = "";
    const bool is_unix = strncmp(address, "unix:", 5) == 0;
    const size_t length = strlen(address);
    if (!is_unix && length > 2 && strcmp(address + length - 2, ":0") == 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "listen = %s leaves the port to the system: expected the address it listens on (--listen)", address);
    snprintf(request, sizeof(request), "GET %s/v2/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
             o->url_prefix);
    long got = ask_once(address, request, *o->tls_cert && !is_unix, reply, sizeof(reply), err);
    if (got == 0 && !*o->tls_cert && !is_unix) { /* not readable to a daemon that speaks TLS */
        struct bz_error silent;
        if (ask_once(address, request, true, reply, sizeof(reply), &silent) < 0)
            *reply = 0;
    }
    if (got < 0)
        return -1;
    if (strncmp(reply, "HTTP/1.1 200", 12) == 0)
        return 0;
    reply[strcspn(reply, "\r\n")] = 0;
    return bz_fail(err, BZ_IO, "%s is not ready: %s", address, *reply ? reply : "no answer");
}

enum { MAX_WORDS = 512, MAX_TEXT = 256 * 1024 };
#define LISTEN "BOLTZD_LISTEN"

/* The words of /proc/PID/cmdline or environ, each terminated by a 0, NULL after the last. text[] holds them. */
static size_t read_words(const char *pid, const char *file, char text[MAX_TEXT], char *words[MAX_WORDS])
{
    char path[64];
    size_t n = 0, size = 0;
    snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, file);
    FILE *in = fopen(path, "re");
    if (in) {
        size = fread(text, 1, MAX_TEXT - 1, in);
        fclose(in);
    }
    text[size] = 0;
    for (char *at = text; at < text + size && n < MAX_WORDS - 1; at += strlen(at) + 1)
        words[n++] = at;
    words[n] = NULL;
    return n;
}

static const char *value_of(char *const *environment, const char *name)
{
    const size_t n = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return *environment + n + 1;
    return NULL;
}

/* Options of a daemon running here, from its command line and environment. listen: the address in this process's environment,
 * NULL = none; a daemon with a different one there is skipped. */
static bool read_running(const char *pid, const char *listen, struct srv_options *o)
{
    static char line[MAX_TEXT], variables[MAX_TEXT];
    char *argv[MAX_WORDS], *environment[MAX_WORDS];
    const char *words[2], *its;
    enum srv_action action;
    struct bz_error err;
    size_t argc = read_words(pid, "cmdline", line, argv);
    read_words(pid, "environ", variables, environment);
    its = value_of(environment, LISTEN);
    if (listen && (!its || strcmp(listen, its) != 0))
        return false;
    if (argc && srv_options_read(o, &action, words, (int)argc, argv, environment, &err) == 0 && action == SRV_RUN)
        return true;
    srv_options_free(o);
    return false;
}

/* Whether the process with this number is a boltzd other than this one. */
static bool is_daemon(const char *pid)
{
    char path[64], name[32] = "";
    if (strspn(pid, "0123456789") != strlen(pid) || atol(pid) == (long)getpid())
        return false;
    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    FILE *in = fopen(path, "re");
    if (in) {
        if (!fgets(name, sizeof(name), in))
            *name = 0;
        fclose(in);
    }
    return strcmp(name, "boltzd\n") == 0;
}

/* An address in the environment may be overridden by the daemon's own flags, as in a container whose image sets one: then the
 * daemon with the same environment is asked at its actual address. */
int srv_health_check_running(const struct srv_options *given, struct bz_error *err)
{
    struct srv_options found = {0}, other;
    const enum bz_option_source source = srv_options_listen_source(given);
    const char *listen = source == BZ_OPTION_ENVIRONMENT ? getenv(LISTEN) : NULL;
    DIR *dir = source == BZ_OPTION_DEFAULT || listen ? opendir("/proc") : NULL;
    size_t n = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (!is_daemon(entry->d_name) || !read_running(entry->d_name, listen, n ? &other : &found))
            continue;
        if (n++)
            srv_options_free(&other);
    }
    if (dir)
        closedir(dir);
    const int rc = n > 1 && !listen
                       ? bz_fail(err, BZ_BAD_INPUT, "%zu daemons run here: select one with --listen or --config", n)
                       : srv_health_check(n == 1 ? &found : given, err);
    srv_options_free(&found);
    return rc;
}
