/* Signals. Until a run has something to save they end the process; then they are noted, and the run looks when it can. */
#ifndef TRAIN_INTERRUPT_H
#define TRAIN_INTERRUPT_H

#include <stdbool.h>

/* The first thing main does: SIGINT, SIGTERM, SIGXCPU, SIGUSR2, and SIGHUP unless it is ignored (nohup), end the process with
 * 128 + signal, also where it is process 1, for which the kernel drops signals without a handler. SIGUSR1 is noted. */
void train_interrupt_begin(void);

/* From now on the others are noted too, however many come: only a second SIGINT more than a second after the first ends the
 * process at once. */
void train_interrupt_watch(void);
/* The signal that asked to stop; 0 = none did. */
int train_interrupted(void);
/* As if this signal had come: it came to another process of the run. */
void train_interrupt_by(int number);
/* Whether SIGUSR1 has asked for a checkpoint since the last call. */
bool train_checkpoint_wanted(void);

#endif
