/* Processes that a launcher (mpirun, srun) started as one job. */
#ifndef TRAIN_LAUNCHER_H
#define TRAIN_LAUNCHER_H

#include "errors.h"

/* Refuses to train where the environment says that this process is one of several: each would train the same model alone. */
int train_launcher_check(struct bz_error *err);

#endif
