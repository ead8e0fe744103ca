/* How a long computation is told to end early. Whoever runs one on a thread says, for that thread, whom to ask; loops that may
 * take long ask every few milliseconds of work. What a function that was stopped leaves behind is of no use. */
#ifndef BZ_STOP_H
#define BZ_STOP_H

#include <stdbool.h>

typedef bool bz_stop_fn(void *arg);

/* Computations on this thread ask fn(arg) from now on; NULL = nobody. Forgets earlier answers. */
void bz_stop_ask(bz_stop_fn *fn, void *arg);
/* True if the computation is to end; once it was, it stays so until bz_stop_ask. */
bool bz_stopping(void);

#endif
