/* Ctrl-C: noticed, not acted on, so that a run can finish what it is at. */
#ifndef TRAIN_INTERRUPT_H
#define TRAIN_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM are noted; a second one ends the process as usual. */
void train_interrupt_watch(void);
bool train_interrupted(void);

#endif
