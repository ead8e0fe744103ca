#include "health.h"

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
    if (!*host || strcmp(host, "0.0.0.0") == 0)
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

int srv_health_check(const struct srv_options *o, struct bz_error *err)
{
    const char *address = o->listen.n ? o->listen.items[0] : "127.0.0.1:8080";
    char request[512], reply[2048];
    if (*o->tls_cert && strncmp(address, "unix:", 5) != 0)
        return bz_fail(err, BZ_UNSUPPORTED, "--health-check speaks plain HTTP: add a listener unix:PATH and name it first");
    int fd = strncmp(address, "unix:", 5) == 0 ? connect_unix(address + 5, err) : connect_tcp(address, err);
    if (fd < 0)
        return -1;
    int length = snprintf(request, sizeof(request),
                          "GET %s/v2/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", o->url_prefix);
    size_t got = 0;
    ssize_t n = send(fd, request, (size_t)length, MSG_NOSIGNAL);
    while (n > 0 && got < sizeof(reply) - 1 && (n = recv(fd, reply + got, sizeof(reply) - 1 - got, 0)) > 0)
        got += (size_t)n;
    reply[got] = 0;
    close(fd);
    if (strncmp(reply, "HTTP/1.1 200", 12) == 0)
        return 0;
    reply[strcspn(reply, "\r\n")] = 0;
    return bz_fail(err, BZ_IO, "%s is not ready: %s", address, got ? reply : "no answer");
}
