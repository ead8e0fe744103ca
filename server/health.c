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

static int connect_unix(const char *path, struct bz_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return bz_fail(err, BZ_BAD_INPUT, "unix:%.120s: the path is too long", path);
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    bz_fail(err, BZ_IO, "unix:%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* An address to listen on everywhere is asked on loopback. */
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
        struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
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

int srv_health_check(const struct srv_options *o, struct bz_error *err)
{
    const char *address = o->listen.n ? o->listen.items[0] : "127.0.0.1:8080";
    char request[512], reply[2048];
    int fd = strncmp(address, "unix:", 5) == 0 ? connect_unix(address + 5, err) : connect_tcp(address, err);
    if (fd < 0)
        return -1;
    int length = snprintf(request, sizeof(request),
                          "GET %s/v2/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", o->url_prefix);
    long got = *o->tls_cert && strncmp(address, "unix:", 5) != 0 ? srv_tls_ask(fd, request, reply, sizeof(reply), err)
                                                                 : ask(fd, request, (size_t)length, reply, sizeof(reply));
    close(fd);
    if (got < 0)
        return -1;
    if (strncmp(reply, "HTTP/1.1 200", 12) == 0)
        return 0;
    reply[strcspn(reply, "\r\n")] = 0;
    return bz_fail(err, BZ_IO, "%s is not ready: %s", address, got ? reply : "no answer");
}

enum { MAX_WORDS = 512, MAX_TEXT = 256 * 1024 };

/* The words of /proc/PID/cmdline or environ, each ended by a 0, NULL behind the last. text[] keeps them. */
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

/* Options of a daemon that runs here, from its command line and environment. */
static bool read_running(const char *pid, struct srv_options *o)
{
    static char line[MAX_TEXT], variables[MAX_TEXT];
    char *argv[MAX_WORDS], *environment[MAX_WORDS];
    const char *words[2];
    enum srv_action action;
    struct bz_error err;
    size_t argc = read_words(pid, "cmdline", line, argv);
    read_words(pid, "environ", variables, environment);
    if (argc && srv_options_read(o, &action, words, (int)argc, argv, environment, &err) == 0 && action == SRV_RUN)
        return true;
    srv_options_free(o);
    return false;
}

int srv_health_check_running(const struct srv_options *given, struct bz_error *err)
{
    struct srv_options found;
    DIR *dir = srv_options_listen_given(given) ? NULL : opendir("/proc");
    int rc = 1;
    for (struct dirent *entry; dir && rc > 0 && (entry = readdir(dir));) {
        char path[64], name[32] = "";
        if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name) || atol(entry->d_name) == (long)getpid())
            continue;
        snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
        FILE *in = fopen(path, "re");
        if (in) {
            if (!fgets(name, sizeof(name), in))
                *name = 0;
            fclose(in);
        }
        if (strcmp(name, "boltzd\n") == 0 && read_running(entry->d_name, &found)) {
            rc = srv_health_check(&found, err);
            srv_options_free(&found);
        }
    }
    if (dir)
        closedir(dir);
    return rc > 0 ? srv_health_check(given, err) : rc;
}
