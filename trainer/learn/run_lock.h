/* The folder in which a run keeps its checkpoints, REPO/NAME/.train, held by a lock that ends with the process: two runs never
 * share it. Between hosts this is as good as the file system's flock: it works on NFS from version 4 and on Lustre mounted with
 * `flock`; where there are no locks, the run says so and continues. */
#ifndef TRAIN_RUN_LOCK_H
#define TRAIN_RUN_LOCK_H

#include "errors.h"

#include <stdbool.h>

struct train_run_lock;

/* Creates the folder if necessary and takes its lock; temporary files left there by a killed run are removed. A live run is
 * refused (BZ_BAD_INPUT) by its process and host. *warning (at least 300 bytes) gets a sentence where locks are not supported,
 * else "". */
int train_run_lock_take(struct train_run_lock **out, const char *folder, char *warning, struct bz_error *err);
/* Releases the lock. all: removes the folder with everything in it; otherwise only if nothing is kept there. NULL is fine. */
void train_run_lock_free(struct train_run_lock *lock, bool all);

#endif
