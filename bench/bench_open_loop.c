/* Delay of requests that arrive whether or not earlier ones were answered: random arrival times at a given rate, each request
 * timed from when it was due, even while all connections are busy. (A client that waits for its answer asks less often the
 * slower it is served, and so hides the delay.) bench_open_loop PORT PATH FILE BYTES TYPE RATE SECONDS   posts the pieces of
 * FILE, BYTES each; prints "requests-a-second p50-us p99-us" of replies, and fails on any reply but 200 */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, MOST = 4000000, ROOM = 1 << 16 };

struct connection {
    double due; /* when the request in progress was due, in seconds; 0 = free */
    size_t got, want;
    char reply[ROOM];
};

static struct connection connections[CONNECTIONS];
static struct pollfd sockets[CONNECTIONS];
static float *delay; /* [MOST] us */
static size_t answered;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_open_loop: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double until_next(double rate)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return -log(((double)(state >> 11) + 0.5) * 0x1p-53) / rate;
}

static void ask(size_t i, double due, const char *text, size_t size)
{
    connections[i].due = due;
    connections[i].got = connections[i].want = 0;
    if (send(sockets[i].fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("sending");
}

/* Takes what has arrived; a complete reply frees the connection. */
static void take(size_t i)
{
    struct connection *c = &connections[i];
    const ssize_t n = recv(sockets[i].fd, c->reply + c->got, ROOM - 1 - c->got, 0);
    if (n <= 0)
        die("receiving");
    c->got += (size_t)n;
    c->reply[c->got] = 0;
    char *end = c->want ? NULL : strstr(c->reply, "\r\n\r\n");
    if (end) {
        const char *length = strcasestr(c->reply, "\r\nContent-Length:");
        errno = 0;
        if (strncmp(c->reply, "HTTP/1.1 200", 12) != 0 || !length)
            die("a reply that is not 200 with a length");
        c->want = (size_t)(end + 4 - c->reply) + strtoul(length + 17, NULL, 10);
        if (c->want >= ROOM)
            die("a reply that is too long");
    }
    if (!c->want || c->got < c->want)
        return;
    if (c->due > 0 && answered < MOST)
        delay[answered++] = (float)(1e6 * (now() - c->due));
    c->due = 0;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Requests of one file in turn. */
struct posts {
    char *text;
    size_t n, size, turn; /* size: of a request, including its headers */
};

static struct posts read_posts(char **argv)
{
    FILE *file = fopen(argv[3], "rb");
    const size_t bytes = strtoul(argv[4], NULL, 10);
    struct posts p = {0};
    char head[1024];
    const int length =
        snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                 argv[2], argv[5], bytes);
    if (!file || bytes == 0 || length <= 0 || length >= (int)sizeof(head))
        die(argv[3]);
    p.size = (size_t)length + bytes;
    for (;;) {
        char *more = realloc(p.text, (p.n + 1) * p.size);
        if (!more)
            die("memory");
        p.text = more;
        memcpy(p.text + p.n * p.size, head, (size_t)length);
        if (fread(p.text + p.n * p.size + length, 1, bytes, file) < bytes)
            break;
        p.n++;
    }
    fclose(file);
    if (p.n == 0)
        die("the file is shorter than a request");
    return p;
}

static void connect_all(unsigned port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < CONNECTIONS; i++) {
        const int yes = 1;
        sockets[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN};
        if (sockets[i].fd < 0 || connect(sockets[i].fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
            die("connecting");
        setsockopt(sockets[i].fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    }
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: %s PORT PATH FILE BYTES TYPE RATE SECONDS\n", argv[0]);
        return 2;
    }
    struct posts posts = read_posts(argv);
    const double rate = atof(argv[6]), start = now(), end = start + atof(argv[7]);
    double due = start + until_next(rate);
    if (!(delay = malloc(MOST * sizeof(*delay))))
        die("memory");
    connect_all((unsigned)strtoul(argv[1], NULL, 10));
    for (;;) {
        double time = now();
        size_t busy = 0;
        for (size_t i = 0; i < CONNECTIONS; i++) {
            if (connections[i].due == 0 && due <= time && due < end) {
                ask(i, due, posts.text + posts.turn++ % posts.n * posts.size, posts.size);
                due += until_next(rate);
            }
            busy += connections[i].due > 0;
        }
        if (due >= end && busy == 0)
            break;
        const double wait = due < end && busy < CONNECTIONS ? due - now() : 1;
        const struct timespec most = {.tv_sec = (time_t)(wait > 0 ? wait : 0),
                                      .tv_nsec = wait > 0 ? (long)(1e9 * (wait - floor(wait))) : 0};
        if (ppoll(sockets, CONNECTIONS, &most, NULL) > 0)
            for (size_t i = 0; i < CONNECTIONS; i++)
                if (sockets[i].revents)
                    take(i);
    }
    qsort(delay, answered, sizeof(*delay), ascending);
    printf("%.0f %.1f %.1f\n", (double)answered / (end - start), (double)delay[answered / 2],
           (double)delay[answered * 99 / 100]);
    return 0;
}
