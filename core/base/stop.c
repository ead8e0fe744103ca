#include "stop.h"

#include <stddef.h>

static _Thread_local struct {
    bz_stop_fn *fn;
    void *arg;
    bool stopped;
} asked;

void bz_stop_ask(bz_stop_fn *fn, void *arg)
{
    asked.fn = fn;
    asked.arg = arg;
    asked.stopped = false;
}

bool bz_stopping(void)
{
    if (asked.fn && !asked.stopped)
        asked.stopped = asked.fn(asked.arg);
    return asked.stopped;
}
