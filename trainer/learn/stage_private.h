/* Private to stages of training: one under way, and what comes of it in the end (stage_end.c). */
#ifndef TRAIN_STAGE_PRIVATE_H
#define TRAIN_STAGE_PRIVATE_H

#include "course.h"
#include "follow.h"
#include "judge.h"
#include "stage.h"

/* A stage under way. */
struct train_running {
    const struct train_stage *s;
    uint64_t number;
    struct train_learner *learner;
    struct bz_machine *shown; /* the machine as it would be handed out */
    struct train_monitor *monitor;
    struct train_supply *supply;
    uint64_t per_epoch;
    uint64_t measured_at; /* updates */
    double first_error;   /* reconstruction error before the first update */
    double rate_factor;   /* halved each time training diverged */
    uint64_t rollbacks;
    bool gave_up; /* it diverged at every rate */
    struct train_history *history;
    struct train_fields state;      /* what going back restores */
    struct train_fields checkpoint; /* state and the rest of a checkpoint */
    void *good;                     /* copy of `state` when all was well */
    void *best;                     /* and when the judge found it best; NULL = there is no judge */
    struct train_judge *judge;
    struct train_course course;
    struct train_follower *follower; /* between judgements; NULL where there are none. Rank 0's alone is used. */
    struct train_turn turn;
    bool alarm;                /* it has turned: to be judged */
    uint64_t glanced_at;       /* updates */
    uint64_t judge_at;         /* updates */
    uint64_t total;            /* updates in all: those of the stage, fewer after it was stopped early */
    uint64_t cool_from;        /* update from which the rate falls to 0 at `total`; 0 = from the beginning */
    struct train_measure last; /* of the judge */
    bool told;                 /* it stands in the log */
    uint64_t parted;           /* update at which chains and data parted; 0 = they have not */
    double saved, took;        /* time of the last checkpoint, seconds it took */
};

/* What the machine as it would be handed out makes of its rows, without log Z. */
struct train_measure train_stage_measure(struct train_running *t);

/* Keeps what going back restores. */
int train_stage_keep(struct train_running *t, void *buffer, struct bz_error *err);

/* What the judge makes of what was just measured, by `times` as many runs as usual; measured again where masses of modes are
 * set right. */
int train_stage_judge(struct train_running *t, size_t times, struct train_measure *m, struct bz_error *err);

/* The best state becomes the one that is handed out, unless the last is as good. */
int train_stage_choose(struct train_running *t, struct train_outcome *o, struct bz_error *err);

#endif
