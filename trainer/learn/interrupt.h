/* Signals. Until a run has something to save they end the process; then they are recorded, and the run checks for them when it
 * can. */
#ifndef TRAIN_INTERRUPT_H
#define TRAIN_INTERRUPT_H

#include <stdbool.h>

/* The first thing main does: SIGINT, SIGTERM, SIGXCPU, SIGUSR2, and SIGHUP unless it is ignored (nohup), end the process with
 * 128 + signal, even as process 1, for which the kernel drops signals without a handler. SIGUSR1 is recorded. */
void train_interrupt_begin(void);

/* From now on the others are recorded too, however many arrive: only a second SIGINT more than a second after the first ends
 * the process immediately. */
void train_interrupt_watch(void);
/* The signal that asked to stop; 0 = none did. */
int train_interrupted(void);
/* Acts as if this signal had arrived: another process of the run received it. */
void train_interrupt_by(int number);
/* Whether SIGUSR1 has asked for a checkpoint since the last call. */
bool train_checkpoint_wanted(void);

#endif
