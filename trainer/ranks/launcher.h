/* Processes that a launcher (mpirun, srun) started as one job. */
#ifndef TRAIN_LAUNCHER_H
#define TRAIN_LAUNCHER_H

#include "errors.h"

/* How many processes the environment says that this one is of; 1 where it says nothing. *launcher and *variable: who says it.
 */
long train_launcher_count(const char **launcher, const char **variable);

/* Refuses to work as one of several: each would do the same alone. why: what keeps them from working together. */
int train_launcher_refuse(const char *why, struct bz_error *err);

#endif
