/* How a long computation is told to end early. Whoever runs one on a thread sets whom that thread is to ask; long loops ask
 * every few milliseconds of work. The output of a function that was stopped is meaningless. */
#ifndef BZ_STOP_H
#define BZ_STOP_H

#include <stdbool.h>

typedef bool bz_stop_fn(void *arg);

/* Computations on this thread ask fn(arg) from now on; NULL = nobody. Forgets earlier answers. */
void bz_stop_ask(bz_stop_fn *fn, void *arg);
/* True if the computation is to end; once true, it stays true until the next bz_stop_ask. */
bool bz_stopping(void);

#endif
