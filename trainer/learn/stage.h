/* One stage of training: a machine learns from rows for a number of updates. An RBM is trained in one stage, a deep machine in
 * one per layer and one for all together. */
#ifndef TRAIN_STAGE_H
#define TRAIN_STAGE_H

#include "learn.h"
#include "progress.h"
#include "row_order.h"

enum train_decay { TRAIN_DECAY_LINEAR, TRAIN_DECAY_NONE };

/* Everything is borrowed. */
struct train_stage {
    const char *title;
    uint64_t number; /* which stage of the run this is */
    const struct bz_machine *start;
    struct train_rule rule;
    const struct train_feed *feed;
    const size_t *rows;
    size_t n_rows;
    const struct train_clusters *clusters; /* groups of rows that keep their shares; NULL = none */
    const double *weights;                 /* for the data's rows: how often each is learned from; NULL = all alike */
    const struct train_feed *valid;        /* NULL = no validation rows */
    const size_t *valid_rows;
    size_t n_valid;
    size_t batch, chains;
    uint64_t updates; /* in all */
    double rate, momentum;
    enum train_decay decay;
    uint64_t seed;
    const char *checkpoint;                /* path; NULL = none is written */
    const char *settings;                  /* of the run, for the checkpoint */
    uint64_t checkpoint_every;             /* epochs; 0 = once a minute */
    const struct train_checkpoint *resume; /* continue from there; NULL = begin */
    /* log Z is estimated from time to time, and the best state by it is the result (judge.h, course.h). */
    bool judged;
    uint64_t already; /* updates already behind `start`, from which the rate continues; 0 = started afresh */
    /* A course fixed beforehand: the rate falls to 0 from here on, as after early stopping; it ends after these updates. 0 =
     * not fixed. */
    uint64_t cool_at, end_at;
    bool alarmed;     /* stop when chains and data part */
    bool stops_early; /* when held-out rows only get worse: back to the best state, and to rate 0 in a quarter of its updates */
    struct bz_parallel *par;
    struct train_ranks *ranks; /* the processes that all run this stage; NULL = this one alone */
    bool spread;               /* they have the rows between them (spread.h): rank 0 all, the others a block each */
    struct train_progress *progress;
};

/* The outcome of a stage. NaN where it was not judged. */
struct train_outcome {
    double log_prob, error; /* of what was kept: held-out rows, without these those that were learned from */
    double start;           /* before the first update */
    bool parted, stopped;   /* the alarm rang; it stopped early */
    bool gave_up;           /* it diverged at every rate, and ended with the last state in order */
    uint64_t kept, updates; /* the update whose state was kept; those made */
    uint64_t cooled;        /* the update from which the rate fell to 0 early; 0 = it did not */
    size_t groups;          /* of rows far apart (clusters); 0 = none, */
    double share[TRAIN_CLUSTERS], share_error[TRAIN_CLUSTERS]; /* and what each mode has of the distribution; NaN = not known */
    struct bz_ladder *ladder; /* earlier states of what was kept, the caller's; NULL = the algorithm keeps none */
};

/* Runs a stage to its end. *out is the trained machine, prepared, the caller's. history: the curve, may be NULL; so may
 * outcome. BZ_INTERRUPTED after Ctrl-C, once the checkpoint has been written. */
int train_stage_run(const struct train_stage *s, struct bz_machine **out, struct train_history *history,
                    struct train_outcome *outcome, struct bz_error *err);

#endif
