#include "log.h"

#include "float_text.h"
#include "utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 512 * 1024, MUCH = 64 * 1024, LINE = 1024, LINE_ROOM = 2 * LINE + 128 };

static atomic_int log_format = SRV_LOG_TEXT;
static atomic_int log_level = SRV_LOG_INFO;
static atomic_uint_fast64_t counts[SRV_LOG_DEBUG + 1];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the next four; held for no system call */
static char gathered[2][ROOM];
static size_t gathered_size; /* of gathered[turn] */
static int turn;
static uint64_t dropped; /* bytes that found no room */

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER; /* comes first; of the other buffer, and of what follows */
static char rest[LINE_ROOM];                                /* of a line that was taken in part */
static size_t rest_size;
static uint64_t lost;

static void (*_Atomic wake)(void *arg);
static void *_Atomic wake_arg;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

const char *srv_log_level_name(enum srv_log_level level)
{
    return level_names[level];
}

void srv_log_configure(enum srv_log_format format, enum srv_log_level level)
{
    atomic_store(&log_format, (int)format);
    atomic_store(&log_level, (int)level);
}

bool srv_log_enabled(enum srv_log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level, memory_order_relaxed);
}

uint64_t srv_log_count(enum srv_log_level level)
{
    return atomic_load_explicit(&counts[level], memory_order_relaxed);
}

/* "2026-01-31T12:00:00.123Z"; all but the milliseconds is cached between calls. */
static void timestamp(char out[32])
{
    static _Thread_local time_t second = -1;
    static _Thread_local char kept[24];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != second) {
        struct tm tm;
        gmtime_r(&now.tv_sec, &tm);
        strftime(kept, sizeof(kept), "%Y-%m-%dT%H:%M:%S", &tm);
        second = now.tv_sec;
    }
    unsigned ms = (unsigned)(now.tv_nsec / 1000000);
    memcpy(out, kept, 19);
    const char tail[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z', 0};
    memcpy(out + 19, tail, sizeof(tail));
}

/* Escaped for a JSON string, at most room bytes with the 0. Names of files need not be UTF-8. */
static void escape_json(char *out, size_t room, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    size_t n = 0;
    while (at < end && n + 7 < room) {
        const size_t length = bz_utf8_length(at, end), step = length ? length : 1;
        if (*at < 0x20 || *at == 0x7f) {
            n += (size_t)snprintf(out + n, room - n, "\\u%04x", *at);
        } else {
            if (*at == '"' || *at == '\\')
                out[n++] = '\\';
            memcpy(out + n, length ? at : (const unsigned char *)"?", step);
            n += step;
        }
        at += step;
    }
    out[n] = 0;
}

/* A line of the log, in its format; returns its size. The message is changed. */
static size_t make_line(char line[LINE_ROOM], enum srv_log_level level, char *message)
{
    char time_text[32];
    timestamp(time_text);
    if (atomic_load_explicit(&log_format, memory_order_relaxed) == SRV_LOG_JSON) {
        char escaped[2 * LINE];
        escape_json(escaped, sizeof(escaped), message);
        return (size_t)snprintf(line, LINE_ROOM, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"%s\"}\n", time_text,
                                level_names[level], escaped);
    }
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return (size_t)snprintf(line, LINE_ROOM, "%s %s %s\n", time_text, level_names[level], message);
}

/* The part of [0, size) to be written at once: whole lines, of which a writable pipe takes PIPE_BUF bytes without blocking. */
static size_t lines_within(const char *bytes, size_t size)
{
    const size_t most = size < PIPE_BUF ? size : PIPE_BUF;
    const char *last = memrchr(bytes, '\n', most);
    return last ? (size_t)(last - bytes) + 1 : most;
}

/* Standard error may be closed, or a pipe that nobody reads, and a log must not stop the daemon. Returns how much was taken. */
static size_t write_some(const char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
        const bool ready = poll(&p, 1, 0) > 0 && p.revents & POLLOUT;
        const ssize_t n = ready ? write(STDERR_FILENO, bytes + done, lines_within(bytes + done, size - done)) : -1;
        if (ready && n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

/* The same for whole lines: the rest of one that was taken in part is kept, and counts as taken. */
static size_t write_lines(const char *bytes, size_t size)
{
    size_t done = write_some(bytes, size);
    const char *end = done && done < size && bytes[done - 1] != '\n' ? memchr(bytes + done, '\n', size - done) : NULL;
    if (end) {
        rest_size = (size_t)(end - bytes) + 1 - done;
        memcpy(rest, bytes + done, rest_size);
        done += rest_size;
    }
    return done;
}

/* What is not taken is lost, and counted: it is said once there is room again. */
static void write_gathered(void)
{
    pthread_mutex_lock(&lock);
    const char *bytes = gathered[turn];
    const size_t size = gathered_size;
    size_t done = 0;
    turn = !turn;
    gathered_size = 0;
    lost += dropped;
    dropped = 0;
    pthread_mutex_unlock(&lock);
    if (rest_size) {
        const size_t n = write_some(rest, rest_size);
        rest_size -= n;
        memmove(rest, rest + n, rest_size);
    }
    if (lost && !rest_size) {
        char text[96], line[LINE_ROOM];
        snprintf(text, sizeof(text), "%" PRIu64 " bytes of log were lost: nobody read them, or there was no room", lost);
        if (write_lines(line, make_line(line, SRV_LOG_WARNING, text)))
            lost = 0;
    }
    if (!lost && !rest_size)
        done = write_lines(bytes, size);
    lost += size - done;
}

void srv_log_flush(void)
{
    pthread_mutex_lock(&writing);
    write_gathered();
    pthread_mutex_unlock(&writing);
}

void srv_log_wake(void (*when_much)(void *arg), void *arg)
{
    atomic_store(&wake_arg, arg);
    atomic_store(&wake, when_much);
}

static bool gather(const char *line, size_t size, bool *much)
{
    pthread_mutex_lock(&lock);
    const bool fits = gathered_size + size <= ROOM;
    const size_t before = gathered_size;
    if (fits) {
        memcpy(gathered[turn] + before, line, size);
        gathered_size += size;
    }
    *much = before < MUCH && gathered_size >= MUCH;
    pthread_mutex_unlock(&lock);
    return fits;
}

/* Of an event loop, which must not wait for a slow disk: another thread writes, and only if that is late, and not just writing,
 * the loop does. */
static void emit(const char *line, size_t size)
{
    bool much;
    void (*call)(void *arg) = atomic_load(&wake);
    bool fits = gather(line, size, &much);
    if (!fits && pthread_mutex_trylock(&writing) == 0) {
        write_gathered();
        pthread_mutex_unlock(&writing);
        fits = gather(line, size, &much);
    }
    if (!fits) {
        pthread_mutex_lock(&lock);
        dropped += size;
        pthread_mutex_unlock(&lock);
    }
    if (much && call)
        call(atomic_load(&wake_arg));
}

void srv_log(enum srv_log_level level, const char *fmt, ...)
{
    if (!srv_log_enabled(level))
        return;
    char message[LINE], line[LINE_ROOM];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    atomic_fetch_add_explicit(&counts[level], 1, memory_order_relaxed);
    emit(line, make_line(line, level, message));
    srv_log_flush();
}

/* A line under construction; all text in it has been checked to be printable and without quotes. */
struct line {
    char *at, *end;
    bool is_json;
};

static void put_bytes(struct line *line, const char *text, size_t size)
{
    const size_t room = (size_t)(line->end - line->at), n = size < room ? size : room;
    memcpy(line->at, text, n);
    line->at += n;
}

static void put(struct line *line, const char *text)
{
    put_bytes(line, text, strlen(text));
}

static void put_number(struct line *line, uint64_t value)
{
    char digits[BZ_WHOLE_ROOM];
    put_bytes(line, digits, bz_whole_text(value, digits));
}

/* nanoseconds as milliseconds with three decimals */
static void put_ms(struct line *line, uint64_t ns)
{
    uint64_t us = ns / 1000;
    char tail[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10), (char)('0' + us % 10)};
    put_number(line, us / 1000);
    put_bytes(line, tail, sizeof(tail));
}

/* What stands before a value: of a string literal, in both formats. */
#define PUT_NAME(line, name)                                                                                                   \
    ((line)->is_json ? put_bytes(line, ",\"" name "\":", sizeof(",\"" name "\":") - 1)                                         \
                     : put_bytes(line, " " name "=", sizeof(" " name "=") - 1))
#define PUT_TEXT(line, name, text)   (PUT_NAME(line, name), put_quoted(line, text))
#define PUT_COUNT(line, name, value) (PUT_NAME(line, name), put_number(line, value))
#define PUT_MS(line, name, ns)       (PUT_NAME(line, name), put_ms(line, ns))

static void put_quoted(struct line *line, const char *text)
{
    put_bytes(line, "\"", line->is_json);
    put(line, text);
    put_bytes(line, "\"", line->is_json);
}

void srv_log_access(const struct srv_access *a)
{
    const enum srv_log_level level = a->probe ? SRV_LOG_DEBUG : SRV_LOG_INFO;
    if (!srv_log_enabled(level))
        return;
    const bool is_json = atomic_load_explicit(&log_format, memory_order_relaxed) == SRV_LOG_JSON;
    char buffer[LINE + 512], time_text[32];
    struct line line = {buffer, buffer + sizeof(buffer) - 4, is_json};
    atomic_fetch_add_explicit(&counts[level], 1, memory_order_relaxed);
    timestamp(time_text);
    put(&line, is_json ? "{\"time\":\"" : "");
    put(&line, time_text);
    put(&line, is_json ? "\",\"level\":\"" : " ");
    put(&line, level_names[level]);
    put(&line, is_json ? "\",\"message\":\"request\"" : " request");
    PUT_TEXT(&line, "request_id", a->request_id);
    if (*a->client)
        PUT_TEXT(&line, "client", a->client);
    if (*a->trace_id)
        PUT_TEXT(&line, "trace_id", a->trace_id);
    if (*a->key)
        PUT_TEXT(&line, "key", a->key);
    PUT_TEXT(&line, "method", a->method);
    PUT_TEXT(&line, "route", a->route);
    if (*a->model) {
        PUT_TEXT(&line, "model", a->model);
        PUT_COUNT(&line, "version", a->version);
    }
    PUT_COUNT(&line, "status", (uint64_t)a->status);
    if (*a->code)
        PUT_TEXT(&line, "code", a->code);
    PUT_COUNT(&line, "rows", a->rows);
    PUT_COUNT(&line, "bytes_in", a->bytes_in);
    PUT_COUNT(&line, "bytes_out", a->bytes_out);
    PUT_MS(&line, "queue_ms", a->queue_ns);
    PUT_MS(&line, "compute_ms", a->compute_ns);
    PUT_MS(&line, "total_ms", a->total_ns);
    put(&line, is_json ? "}\n" : "\n");
    emit(buffer, (size_t)(line.at - buffer));
}
