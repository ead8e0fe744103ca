#include "progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24 };
static const double bar_every = 0.1, text_every = 5; /* seconds */

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
    p->first = done;
    p->total = total;
    p->began = train_now();
    p->drawn = p->told = 0;
    p->measured = false;
    if (p->log == TRAIN_LOG_TEXT && !p->terminal)
        train_progress_say(p, "%s: %llu updates", title, (unsigned long long)total);
}

static void clear_bar(const struct train_progress *p)
{
    if (p->terminal)
        fputs("\r\033[K", stderr);
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

static void print_measure(const struct train_measure *m)
{
    if (isfinite(m->reconstruction_error))
        fprintf(stderr, "  reconstruction %.4g", m->reconstruction_error);
    if (isfinite(m->pseudo_likelihood))
        fprintf(stderr, "  pseudo-likelihood %.2f", m->pseudo_likelihood);
    if (isfinite(m->free_energy_valid))
        fprintf(stderr, "  free energy gap %.2f", m->free_energy_valid - m->free_energy_train);
}

void train_progress_update(struct train_progress *p, uint64_t done)
{
    if (!p->terminal)
        return;
    const double now = train_now();
    if (now - p->drawn < bar_every && done < p->total)
        return;
    p->drawn = now;
    const double rate = now > p->began ? (double)(done - p->first) / (now - p->began) : 0;
    char bar[BAR + 1], left[32] = "";
    for (int i = 0; i < BAR; i++)
        bar[i] = (uint64_t)i * p->total < done * BAR ? '#' : '.';
    bar[BAR] = 0;
    if (rate > 0)
        duration(left, sizeof(left), (double)(p->total - done) / rate);
    clear_bar(p);
    fprintf(stderr, "%s [%s] %llu/%llu  %.0f/s  %s left", p->title, bar, (unsigned long long)done, (unsigned long long)p->total,
            rate, left);
    if (p->measured)
        print_measure(&p->last);
    fflush(stderr);
}

/* A JSON number, or null. */
static void print_number(const char *key, double value)
{
    if (isfinite(value))
        fprintf(stderr, ",\"%s\":%.9g", key, value);
    else
        fprintf(stderr, ",\"%s\":null", key);
}

static void print_json(const struct train_progress *p, const struct train_measure *m)
{
    fprintf(stderr, "{\"stage\":\"%s\",\"epoch\":%llu,\"updates\":%llu,\"total_updates\":%llu", p->title,
            (unsigned long long)m->epoch, (unsigned long long)m->updates, (unsigned long long)p->total);
    print_number("learning_rate", m->rate);
    print_number("reconstruction_error", m->reconstruction_error);
    print_number("pseudo_likelihood", m->pseudo_likelihood);
    print_number("free_energy_train", m->free_energy_train);
    print_number("free_energy_valid", m->free_energy_valid);
    print_number("free_energy_gap", m->free_energy_valid - m->free_energy_train);
    print_number("seconds", train_now() - p->began);
    fputs("}\n", stderr);
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
    const double now = train_now();
    if (now - p->told < text_every && m->updates < p->total)
        return;
    p->told = now;
    fprintf(stderr, "epoch %llu  updates %llu", (unsigned long long)m->epoch, (unsigned long long)m->updates);
    print_measure(m);
    fputc('\n', stderr);
}

void train_progress_end(struct train_progress *p)
{
    if (!p->terminal)
        return;
    p->drawn = 0;
    train_progress_update(p, p->total);
    fputc('\n', stderr);
}

void train_progress_say(struct train_progress *p, const char *format, ...)
{
    char text[600];
    va_list list;
    if (p->log == TRAIN_LOG_NONE)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    clear_bar(p);
    if (p->log != TRAIN_LOG_JSON) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    fputs("{\"message\":\"", stderr);
    for (const char *c = text; *c; c++)
        fprintf(stderr, *c == '"' || *c == '\\' ? "\\%c" : (unsigned char)*c < ' ' ? " " : "%c", *c);
    fputs("\"}\n", stderr);
}
