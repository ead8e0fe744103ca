#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_HEAD = 64 * 1024, PATIENCE = 300 };

static int give_patience(int fd)
{
    struct timeval patience = {.tv_sec = PATIENCE};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

int wire_connect(unsigned port)
{
    return wire_connect_from("127.0.0.1", port);
}

int wire_connect_from(const char *own, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)},
                       from = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    inet_pton(AF_INET, own, &from.sin_addr);
    /* The port is chosen as for a socket that is not bound. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return give_patience(fd);
}

int wire_connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        return -1;
    }
    return give_patience(fd);
}

void wire_window(int fd, int bytes)
{
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes, sizeof(bytes));
}

bool wire_send(int fd, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size > 0) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

bool wire_send_text(int fd, const char *text)
{
    return wire_send(fd, text, strlen(text));
}

/* Reads up to and including `end`, and nothing beyond it. */
static size_t read_until(int fd, char *out, size_t room, const char *end)
{
    size_t n = 0, length = strlen(end);
    ssize_t seen;
    while (n + 1 < room && (seen = recv(fd, out + n, room - 1 - n, MSG_PEEK)) > 0) {
        size_t from = n < length ? 0 : n - length + 1;
        const char *at = memmem(out + from, n + (size_t)seen - from, end, length);
        size_t take = at ? (size_t)(at - out) + length - n : (size_t)seen;
        n += (size_t)recv(fd, out + n, take, 0);
        if (at)
            break;
    }
    out[n] = 0;
    return n;
}

static size_t read_exactly(int fd, char *out, size_t size)
{
    size_t got = 0;
    for (ssize_t n; got < size && (n = recv(fd, out + got, size - got, 0)) > 0;)
        got += (size_t)n;
    return got;
}

static void add(struct wire_reply *r, int fd, size_t more)
{
    r->body = realloc(r->body, r->size + more + 1);
    size_t got = read_exactly(fd, r->body + r->size, more);
    r->cut = got < more;
    r->size += got;
    r->body[r->size] = 0;
}

static void read_chunks(int fd, struct wire_reply *r)
{
    char line[64];
    while (!r->cut) {
        if (!read_until(fd, line, sizeof(line), "\r\n")) {
            r->cut = true;
            return;
        }
        size_t more = strtoul(line, NULL, 16);
        if (more == 0) {
            read_until(fd, line, sizeof(line), "\r\n");
            return;
        }
        add(r, fd, more);
        read_until(fd, line, sizeof(line), "\r\n");
    }
}

const char *wire_header(const struct wire_reply *reply, const char *name, char out[256])
{
    size_t length = strlen(name);
    out[0] = 0;
    for (const char *line = reply->head; line && *line; line = strstr(line, "\r\n"), line = line ? line + 2 : NULL)
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            line += strspn(line, " ");
            snprintf(out, 256, "%.*s", (int)strcspn(line, "\r\n"), line);
            break;
        }
    return out;
}

void wire_keep(int *fd, const struct wire_reply *reply)
{
    char value[256];
    if (reply->status != 0 && strcasecmp(wire_header(reply, "Connection", value), "close") != 0)
        return;
    close(*fd);
    *fd = -1;
}

struct wire_reply wire_read(int fd, bool to_head)
{
    struct wire_reply r = {.head = calloc(1, MAX_HEAD), .body = calloc(1, 1)};
    char value[256];
    do {
        read_until(fd, r.head, MAX_HEAD, "\r\n\r\n");
        r.status = strncmp(r.head, "HTTP/1.", 7) == 0 ? atoi(r.head + 9) : 0;
    } while (r.status == 100);
    if (r.status == 0 || to_head || r.status == 204 || r.status == 304)
        return r;
    if (*wire_header(&r, "Content-Length", value)) {
        add(&r, fd, strtoul(value, NULL, 10));
    } else if (strcasecmp(wire_header(&r, "Transfer-Encoding", value), "chunked") == 0) {
        read_chunks(fd, &r);
    } else {
        size_t before;
        do {
            before = r.size;
            add(&r, fd, 4096);
        } while (r.size == before + 4096);
        r.cut = false;
    }
    return r;
}

void wire_free(struct wire_reply *reply)
{
    free(reply->head);
    free(reply->body);
    *reply = (struct wire_reply){0};
}

struct wire_reply wire_ask(int fd, const char *method, const char *target, const char *headers, const void *body, size_t size)
{
    char *head = malloc(MAX_HEAD);
    bool with_body = body || strcmp(method, "POST") == 0;
    int n = snprintf(head, MAX_HEAD, "%s %s HTTP/1.1\r\n%s%s", method, target,
                     headers && strcasestr(headers, "Host:") ? "" : "Host: localhost\r\n", headers ? headers : "");
    if (with_body)
        n += snprintf(head + n, MAX_HEAD - (size_t)n, "Content-Length: %zu\r\n", size);
    n += snprintf(head + n, MAX_HEAD - (size_t)n, "\r\n");
    wire_send(fd, head, (size_t)n);
    if (size)
        wire_send(fd, body, size);
    free(head);
    return wire_read(fd, strcmp(method, "HEAD") == 0);
}

struct wire_reply wire_call(unsigned port, const char *method, const char *target, const char *headers, const void *body,
                            size_t size)
{
    char all[8192];
    int fd = wire_connect(port);
    if (fd < 0)
        return (struct wire_reply){0};
    snprintf(all, sizeof(all), "%sConnection: close\r\n", headers ? headers : "");
    struct wire_reply r = wire_ask(fd, method, target, all, body, size);
    close(fd);
    return r;
}

struct wire_reply wire_get(unsigned port, const char *target)
{
    return wire_call(port, "GET", target, NULL, NULL, 0);
}

struct wire_reply wire_post(unsigned port, const char *target, const char *json)
{
    return wire_call(port, "POST", target, NULL, json, strlen(json));
}
