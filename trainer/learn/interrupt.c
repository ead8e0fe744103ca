#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t noticed;

static void notice(int number)
{
    (void)number;
    noticed = 1;
}

void train_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = notice, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, 0);
    sigaction(SIGTERM, &action, 0);
}

bool train_interrupted(void)
{
    return noticed;
}
