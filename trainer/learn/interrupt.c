#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t watched, stop, wanted;
static struct timespec first; /* when the first SIGINT came; written and read by its handler alone */

/* Calls only what POSIX allows in a handler. */
static void notice(int number)
{
    struct timespec now;
    if (!watched)
        _exit(128 + number);
    if (number == SIGINT) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (stop == SIGINT && first.tv_sec &&
            (now.tv_sec - first.tv_sec > 1 || (now.tv_sec - first.tv_sec == 1 && now.tv_nsec > first.tv_nsec)))
            _exit(128 + number);
        if (!first.tv_sec)
            first = now;
    }
    if (!stop)
        stop = number;
}

static void note_wish(int number)
{
    (void)number;
    wanted = 1;
}

void train_interrupt_begin(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGXCPU, SIGUSR2, SIGHUP};
    struct sigaction action = {.sa_handler = notice, .sa_flags = SA_RESTART}, before;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i] != SIGHUP || (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN))
            sigaction(numbers[i], &action, NULL);
    action.sa_handler = note_wish;
    sigaction(SIGUSR1, &action, NULL);
}

void train_interrupt_watch(void)
{
    watched = 1;
}

int train_interrupted(void)
{
    return stop;
}

void train_interrupt_by(int number)
{
    if (!stop)
        stop = number;
}

bool train_checkpoint_wanted(void)
{
    const bool was = wanted;
    wanted = 0;
    return was;
}
