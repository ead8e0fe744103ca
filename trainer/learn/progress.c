#include "progress.h"

#include "float_text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24 };
static const double bar_every = 0.1, text_every = 5, alive_every = 60, foretold_after = 2; /* seconds */

double train_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct train_progress train_progress_make(enum train_log log)
{
    return (struct train_progress){.log = log, .terminal = log == TRAIN_LOG_TEXT && isatty(STDERR_FILENO)};
}

void train_progress_begin(struct train_progress *p, const char *title, uint64_t done, uint64_t total)
{
    p->title = title;
    p->done = done;
    p->made = 0;
    p->total = total;
    p->began = train_now();
    p->drawn = p->told = 0;
    p->measured = p->foretold = false;
    p->judged = train_unmeasured();
    p->judged_told = 0;
    p->counted = 0;
    if (p->log == TRAIN_LOG_TEXT && !p->terminal)
        train_progress_say(p, "%s: %llu updates", title, (unsigned long long)total);
}

/* Prints in one write, so that lines of two runs into one file do not mix. */
struct line {
    char text[2048];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int n = vsnprintf(l->text + l->n, sizeof(l->text) - l->n, format, list);
    va_end(list);
    if (n > 0)
        l->n += (size_t)n < sizeof(l->text) - l->n ? (size_t)n : sizeof(l->text) - l->n - 1;
}

static void put(const struct line *l)
{
    fflush(stderr);
    for (size_t done = 0; done < l->n;) {
        const ssize_t n = write(STDERR_FILENO, l->text + done, l->n - done);
        if (n < 0 && errno != EINTR)
            return;
        done += n > 0 ? (size_t)n : 0;
    }
}

static void clear_bar(const struct train_progress *p, struct line *l)
{
    if (p->terminal)
        add(l, "\r\033[K");
}

/* "3 h 05 min", "12 min", "40 s" */
static void duration(char *text, size_t room, double seconds)
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(text, room, "%ld h %02ld min", s / 3600, s / 60 % 60);
    else if (s >= 120)
        snprintf(text, room, "%ld min", (s + 30) / 60);
    else
        snprintf(text, room, "%ld s", s);
}

static void add_measure(struct line *l, const struct train_measure *m)
{
    const bool judged = isfinite(m->log_prob);
    const double valid = judged ? m->log_prob_valid : m->followed.valid;
    if (judged)
        add(l, "  log p %.2f", m->log_prob);
    else if (isfinite(m->followed.train))
        add(l, "  log p %.2f +- %.2g by trajectory", m->followed.train, m->followed.error);
    if (isfinite(valid))
        add(l, " (held-out rows %.2f)", valid);
    if (isfinite(m->reconstruction_error))
        add(l, "  reconstruction %.4g", m->reconstruction_error);
    if (isfinite(m->pseudo_likelihood))
        add(l, "  pseudo-likelihood %.2f", m->pseudo_likelihood);
    if (isfinite(m->free_energy_valid))
        add(l, "  free energy gap %.2f", m->free_energy_valid - m->free_energy_train);
}

/* Time left, as text; "" if still unknown. */
static double rate_of(const struct train_progress *p, uint64_t done, double now, char left[32])
{
    const double rate = now > p->began ? (double)p->made / (now - p->began) : 0;
    *left = 0;
    if (rate > 0)
        duration(left, 32, (double)(p->total - done) / rate);
    return rate;
}

/* Where there is no bar, a sign of life every minute. */
static void say_alive(struct train_progress *p, uint64_t done)
{
    char left[32];
    const double now = train_now();
    if (p->log == TRAIN_LOG_NONE || now - fmax(p->told, p->began) < alive_every || done >= p->total)
        return;
    p->told = now;
    rate_of(p, done, now, left);
    train_progress_say(p, "%s: %llu of %llu updates, %s left", p->title, (unsigned long long)done, (unsigned long long)p->total,
                       *left ? left : "some time");
}

/* Once the rate is known: how long it will take, and when it will end. */
static void foretell(struct train_progress *p, uint64_t done)
{
    const double now = train_now(), shortest = 10;
    char left[32], end[32];
    if (p->foretold || p->log == TRAIN_LOG_NONE || done >= p->total)
        return;
    if (p->counted == 0) {
        p->counted = now;
        p->counted_from = done;
    }
    if (now - p->counted < foretold_after || done <= p->counted_from)
        return;
    p->foretold = true;
    const double rate = (double)(done - p->counted_from) / (now - p->counted);
    const double seconds = (double)(p->total - done) / rate;
    if (seconds < shortest)
        return;
    const time_t then = time(NULL) + (time_t)seconds;
    struct tm local;
    localtime_r(&then, &local);
    strftime(end, sizeof(end), seconds > 43200 ? "%Y-%m-%d %H:%M" : "%H:%M:%S", &local);
    duration(left, sizeof(left), seconds);
    train_progress_say(p, "%s: about %s left, until %s, at %.3g updates a second", p->title, left, end, rate);
}

void train_progress_update(struct train_progress *p, uint64_t done)
{
    foretell(p, done);
    p->made += done > p->done ? done - p->done : 0;
    p->done = done;
    struct line l = {.n = 0};
    if (!p->terminal) {
        say_alive(p, done);
        return;
    }
    const double now = train_now();
    if (now - p->drawn < bar_every && done < p->total)
        return;
    p->drawn = now;
    char bar[BAR + 1], left[32];
    const double rate = rate_of(p, done, now, left);
    for (int i = 0; i < BAR; i++)
        bar[i] = (uint64_t)i * p->total < done * BAR ? '#' : '.';
    bar[BAR] = 0;
    clear_bar(p, &l);
    add(&l, "%s [%s] %llu/%llu  %.0f/s  %s left", p->title, bar, (unsigned long long)done, (unsigned long long)p->total, rate,
        left);
    if (p->measured)
        add_measure(&l, &p->last);
    put(&l);
}

/* A JSON number, or null. */
static void add_number(struct line *l, const char *key, double value)
{
    char text[BZ_DOUBLE_ROOM];
    bz_double_text(value, text);
    add(l, ",\"%s\":%s", key, text);
}

static void print_json(const struct train_progress *p, const struct train_measure *m)
{
    struct line l = {.n = 0};
    add(&l, "{\"stage\":\"%s\",\"epoch\":%llu,\"updates\":%llu,\"total_updates\":%llu", p->title, (unsigned long long)m->epoch,
        (unsigned long long)m->updates, (unsigned long long)p->total);
    add_number(&l, "learning_rate", m->rate);
    const bool judged = isfinite(m->log_prob);
    add_number(&l, "log_prob", judged ? m->log_prob : m->followed.train);
    add_number(&l, "log_prob_valid", judged ? m->log_prob_valid : m->followed.valid);
    add_number(&l, "log_partition_stderr", judged ? m->log_z_error : m->followed.error);
    add(&l, ",\"log_prob_method\":%s",
        judged                        ? m->log_z_error > 0 ? "\"ais\"" : "\"exact\""
        : isfinite(m->followed.train) ? "\"trajectory\""
                                      : "null");
    add_number(&l, "reconstruction_error", m->reconstruction_error);
    add_number(&l, "pseudo_likelihood", m->pseudo_likelihood);
    add_number(&l, "free_energy_train", m->free_energy_train);
    add_number(&l, "free_energy_valid", m->free_energy_valid);
    add_number(&l, "free_energy_gap", m->free_energy_valid - m->free_energy_train);
    add_number(&l, "seconds", train_now() - p->began);
    add(&l, "}\n");
    put(&l);
}

void train_progress_epoch(struct train_progress *p, const struct train_measure *m)
{
    const bool measured = isfinite(m->reconstruction_error) || isfinite(m->free_energy_train);
    if (measured) {
        p->last = *m;
        p->measured = true;
    }
    if (p->log == TRAIN_LOG_JSON) {
        print_json(p, m);
        return;
    }
    if (p->log == TRAIN_LOG_NONE || p->terminal || !measured)
        return;
    if (isfinite(m->log_prob))
        p->judged = *m;
    const double now = train_now();
    if (now - p->told < text_every && m->updates < p->total)
        return;
    p->told = now;
    struct line l = {.n = 0};
    struct train_measure shown = *m;
    if (p->judged.updates > p->judged_told) { /* since the last line */
        shown.log_prob = p->judged.log_prob;
        shown.log_prob_valid = p->judged.log_prob_valid;
        p->judged_told = p->judged.updates;
    }
    add(&l, "epoch %llu  updates %llu", (unsigned long long)m->epoch, (unsigned long long)m->updates);
    add_measure(&l, &shown);
    add(&l, "\n");
    put(&l);
}

void train_progress_end(struct train_progress *p)
{
    const uint64_t made = p->made;
    struct rusage used;
    char took[32];
    if (p->terminal) {
        p->drawn = 0;
        train_progress_update(p, p->total);
        fputc('\n', stderr);
    }
    const double seconds = train_now() - p->began;
    if (p->log != TRAIN_LOG_TEXT || seconds <= 0 || getrusage(RUSAGE_SELF, &used) < 0)
        return;
    duration(took, sizeof(took), seconds);
    train_progress_say(p, "%s took %s, %.3g updates a second; %.0f MB of memory at most", p->title, took,
                       (double)made / seconds, (double)used.ru_maxrss * 1024e-6);
}

static void say(const struct train_progress *p, const char *before, const char *format, va_list list)
{
    char text[700];
    struct line l = {.n = 0};
    vsnprintf(text, sizeof(text), format, list);
    clear_bar(p, &l);
    if (p->log != TRAIN_LOG_JSON) {
        add(&l, "%s%s\n", before, text);
        put(&l);
        return;
    }
    add(&l, "{\"message\":\"%s", before);
    for (const char *c = text; *c; c++)
        add(&l, *c == '"' || *c == '\\' ? "\\%c" : "%c", (unsigned char)*c < ' ' ? ' ' : *c);
    add(&l, "\"}\n");
    put(&l);
}

void train_progress_say(struct train_progress *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (p->log != TRAIN_LOG_NONE)
        say(p, "", format, list);
    va_end(list);
}

void train_progress_warn(struct train_progress *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!p->silent)
        say(p, "warning: ", format, list);
    va_end(list);
}
