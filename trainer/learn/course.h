/* What the judgements of a run come to: which state was best, whether chains and data have parted, and whether the machine
 * merely memorises its rows. */
#ifndef TRAIN_COURSE_H
#define TRAIN_COURSE_H

#include "monitor.h"

enum train_verdict {
    TRAIN_GO_ON,
    TRAIN_BEST,     /* better than all before */
    TRAIN_PARTED,   /* log p of the rows that are learned from fell: the chains no longer stand for the machine */
    TRAIN_RAN_AWAY, /* it fell since steps were too large for units without bounds */
    TRAIN_BY_HEART  /* that rises and the held-out rows' falls */
};

/* Plain data: it goes into checkpoints as it is. */
struct train_course {
    uint64_t n;                /* judgements so far */
    double start, start_error; /* log p before the first update: about that of independent units */
    double best, best_error;   /* log p of held-out rows, without these of the rows that are learned from */
    uint64_t best_updates;
    double top, top_error; /* the largest log p of the rows that are learned from, judged with its error */
    uint64_t fallen;       /* judgements in a row at which the rows that are learned from had fallen */
    uint64_t worse;        /* judgements in a row at which the held-out rows had less than the best */
    double train_at_best;
    bool unbounded;    /* set by the caller: */
    uint64_t ran_away; /* times */
};

/* Whether some hidden units have no bounds: steps too large drive their energies up, which costs log p as a lost mode does. */
bool train_hidden_unbounded(const struct bz_machine *m);

/* Whether a measurement shows that nothing is left to learn from. first_error: reconstruction error in the beginning. */
bool train_diverged(const struct train_measure *m, double first_error);

/* Takes a judgement (m->log_prob is one) into account. */
enum train_verdict train_course_add(struct train_course *c, const struct train_measure *m);

/* log p of the rows that decide: held-out ones if there are any. */
double train_deciding_log_prob(const struct train_measure *m);

#endif
