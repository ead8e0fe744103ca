/* Conclusions from the judgements of a run: which state was best, whether chains and data have parted, and whether the machine
 * merely memorises its rows. */
#ifndef TRAIN_COURSE_H
#define TRAIN_COURSE_H

#include "monitor.h"

enum train_verdict {
    TRAIN_GO_ON,
    TRAIN_BEST,     /* better than all before */
    TRAIN_PARTED,   /* log p of the training rows fell: the chains no longer represent the machine */
    TRAIN_RAN_AWAY, /* it fell because steps were too large for unbounded units */
    TRAIN_BY_HEART  /* it rises while that of the held-out rows falls */
};

/* Plain data, copied into checkpoints as it is. */
struct train_course {
    uint64_t n;                /* judgements so far */
    double start, start_error; /* log p before the first update, roughly that of independent units */
    double best, best_error;   /* log p of held-out rows, or of the training rows if there are none */
    uint64_t best_updates;
    double top, top_error; /* the largest log p of the training rows, allowing for its error */
    uint64_t top_updates;
    uint64_t fallen; /* consecutive judgements at which the training rows had fallen */
    uint64_t worse;  /* consecutive judgements at which the held-out rows were below the best */
    double train_at_best;
    bool unbounded;    /* set by the caller: */
    uint64_t ran_away; /* times */
};

/* log p between judgements. Plain data, copied into checkpoints as it is. */
struct train_turn {
    double start, top, top_error;
    uint64_t n, top_at, at; /* figures so far; the updates of the largest and of the last one */
    uint64_t fallen;        /* consecutive figures below the largest */
    uint64_t silent;        /* until this update */
};

/* Takes a figure into account. True if log p of the training rows has turned round, by more than its error: then nothing more
 * is said for `pause` updates. */
bool train_course_turned(struct train_turn *t, const struct train_measure *m, uint64_t pause);

/* The run goes on from the best state: what training rows had afterwards is no longer what it may fall from. */
void train_course_return(struct train_course *c, struct train_turn *t);

/* After a judgement: what the judge has found counts. */
void train_course_turn_from(const struct train_course *c, struct train_turn *t);

/* Whether some hidden units are unbounded: too large steps drive their energies up, which lowers log p as a lost mode does. */
bool train_hidden_unbounded(const struct bz_machine *m);

/* Whether a measurement shows that learning has failed. first_error: the initial reconstruction error. */
bool train_diverged(const struct train_measure *m, double first_error);

/* Takes a judgement (m->log_prob is set) into account. */
enum train_verdict train_course_add(struct train_course *c, const struct train_measure *m);

/* log p of the deciding rows: held-out ones if there are any. */
double train_deciding_log_prob(const struct train_measure *m);

#endif
