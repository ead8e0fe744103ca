/* How a long computation is told to end early. Whoever runs one on a thread sets whom that thread is to ask; long loops ask
 * every few milliseconds of work. The output of a function that was stopped is meaningless. */
#ifndef BZ_STOP_H
#define BZ_STOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef bool bz_stop_fn(void *arg);

enum {
    BZ_STOP_BYTES = 1 << 16, /* of text or values that loops read between two questions: a few ms at the slowest */
    BZ_STOP_WORK = 1 << 21,  /* multiply-adds between two questions: 0.1 ms in the cache, 1 ms from memory */
    BZ_STOP_TEXT = 64,       /* multiply-adds in the time of a number as text, or of a pixel deflated */
    BZ_STOP_EXP = 16,        /* multiply-adds in the time of an exponential or a logarithm in double */
};

/* Computations on this thread ask fn(arg) from now on; NULL = nobody. Forgets earlier answers. */
void bz_stop_ask(bz_stop_fn *fn, void *arg);
/* From now on, until the next bz_stop_ask, large allocations on this thread fail once it is to stop (mem.h): for work that is
 * given up as a whole. */
void bz_stop_allocations(void);
bool bz_stopping_allocations(void);
/* Once *leaving is true everything on this thread is to stop, even what is held: the program ends. NULL = nothing says so. */
void bz_stop_leave(const atomic_bool *leaving);
/* While held nobody is asked: for work on this thread whose result others will use too. */
void bz_stop_hold(bool held);
/* True if the computation is to end; once true, it stays true until the next bz_stop_ask. */
bool bz_stopping(void);
/* Multiply-adds counted on this thread since it last asked; BZ_STOP_WORK or more once it is to stop. */
extern _Thread_local size_t bz_stop_worked;
/* For all that computes, kernels included: counts `work`, and asks once in BZ_STOP_WORK, in however many functions it was done.
 * A piece of work between two calls is at most BZ_STOP_WORK, whatever the shapes. */
static inline bool bz_stopping_work(size_t work)
{
    bz_stop_worked += work;
    return bz_stop_worked >= BZ_STOP_WORK && bz_stopping();
}
/* True if what was computed since bz_stop_ask may have been left unfinished: it was to stop. Does not ask. */
static inline bool bz_stopped(void)
{
    return bz_stop_worked >= BZ_STOP_WORK;
}
/* bz_stopping_work in loops over units, each of which takes `work`. */
static inline bool bz_stopping_unit(size_t i, size_t work)
{
    enum { UNITS = 256 };
    return i % UNITS == UNITS - 1 && bz_stopping_work(UNITS * work);
}
/* For loops over text: asks once in BZ_STOP_BYTES. *asked: how far they had come when they last asked. */
static inline bool bz_stopping_at(const char **asked, const char *now)
{
    if (now - *asked < BZ_STOP_BYTES)
        return false;
    *asked = now;
    return bz_stopping();
}
/* ... over rows of `width` values. */
static inline bool bz_stopping_row(size_t row, size_t width)
{
    return row % (BZ_STOP_BYTES / (width + 1) + 1) == 0 && bz_stopping();
}
/* ... over pieces of uneven size, which *since adds up: asks once in BZ_STOP_BYTES. */
static inline bool bz_stopping_after(size_t *since, size_t piece)
{
    *since += piece;
    if (*since < BZ_STOP_BYTES)
        return false;
    *since = 0;
    return bz_stopping();
}

#endif
