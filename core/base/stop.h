/* How a long computation is told to end early. Whoever runs one on a thread sets whom that thread is to ask; long loops ask
 * every few milliseconds of work. The output of a function that was stopped is meaningless. */
#ifndef BZ_STOP_H
#define BZ_STOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef bool bz_stop_fn(void *arg);

enum { BZ_STOP_BYTES = 1 << 16 }; /* of text or values that loops read between two questions: a few ms at the slowest */

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
