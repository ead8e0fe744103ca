#include "stop.h"

#include <stddef.h>

static _Thread_local struct {
    bz_stop_fn *fn;
    void *arg;
    const atomic_bool *leaving;
    bool stopped, held, allocations;
} asked;

_Thread_local size_t bz_stop_worked;

void bz_stop_ask(bz_stop_fn *fn, void *arg)
{
    asked.fn = fn;
    asked.arg = arg;
    asked.stopped = asked.allocations = false;
    bz_stop_worked = 0;
}

void bz_stop_allocations(void)
{
    asked.allocations = true;
}

static bool is_leaving(void)
{
    return asked.leaving && atomic_load_explicit(asked.leaving, memory_order_relaxed);
}

bool bz_stopping_allocations(void)
{
    return bz_stopping() && (asked.allocations || is_leaving());
}

void bz_stop_leave(const atomic_bool *leaving)
{
    asked.leaving = leaving;
}

void bz_stop_hold(bool held)
{
    asked.held = held;
}

static bool is_to_stop(void)
{
    if (is_leaving())
        return true;
    if (asked.held)
        return false;
    if (asked.fn && !asked.stopped)
        asked.stopped = asked.fn(asked.arg);
    return asked.stopped;
}

bool bz_stopping(void)
{
    const bool stop = is_to_stop();
    bz_stop_worked = stop ? BZ_STOP_WORK : 0; /* whatever is still called then ends at once */
    return stop;
}
