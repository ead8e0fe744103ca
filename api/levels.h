/* Chains of a sampling request that are exchanged with those of the model's ladder (sampler=ptt). */
#ifndef API_LEVELS_H
#define API_LEVELS_H

#include "job.h"
#include "json_write.h"

#include "trajectory.h"

/* Owned by a task. Chains from g * rows on run together in group g; what becomes of a chain depends on its seed and index
   alone. */
struct api_levels {
    const struct bz_ladder *ladder; /* the model's */
    struct bz_trajectory **group;   /* [n]; owned */
    size_t n, rows, levels;         /* levels: the rungs and the model */
    uint64_t *tried, *taken;        /* [levels - 1]: exchanges before the token that the chains continue from; owned */
    size_t started;                 /* groups whose levels have states */
};

/* Levels for the task's chains. Parameters that ptt does not support, or a model without a ladder, are refused by name. */
int api_levels_new(struct api_call *call, struct api_task *task, struct api_fault *fault);
void api_levels_free(struct api_levels *v); /* NULL is fine */

/* What one round of one chain costs, in sweeps of the machine. */
double api_levels_sweeps(const struct api_levels *v);
/* Initialises the levels of the group that begins with chain `first` if they have no states yet (groups start in order); the
 * task's chains become those of the model. */
void api_levels_start(struct api_task *task, size_t first, uint64_t seed, struct bz_work *w);
/* Runs `rounds` more rounds of the group that begins with chain `first`; the task's chains become those of the model. */
void api_levels_run(struct api_task *task, size_t first, uint64_t rounds, struct bz_work *w);

/* "ladder": {"checkpoints", "exchange", "not_renewed"}: how well the chains moved. Writes nothing without levels. */
void api_levels_report(struct json_writer *w, const struct api_levels *v);

#endif
