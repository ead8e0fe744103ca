#include "stop.h"

#include <stddef.h>

static _Thread_local struct {
    bz_stop_fn *fn;
    void *arg;
    const atomic_bool *leaving;
    bool stopped, held, allocations;
} asked;

void bz_stop_ask(bz_stop_fn *fn, void *arg)
{
    asked.fn = fn;
    asked.arg = arg;
    asked.stopped = asked.allocations = false;
}

void bz_stop_allocations(void)
{
    asked.allocations = true;
}

bool bz_stopping_allocations(void)
{
    return asked.allocations && bz_stopping();
}

void bz_stop_leave(const atomic_bool *leaving)
{
    asked.leaving = leaving;
}

void bz_stop_hold(bool held)
{
    asked.held = held;
}

bool bz_stopping(void)
{
    if (asked.leaving && atomic_load_explicit(asked.leaving, memory_order_relaxed))
        return true;
    if (asked.held)
        return false;
    if (asked.fn && !asked.stopped)
        asked.stopped = asked.fn(asked.arg);
    return asked.stopped;
}
