/* What learning where layers meet works on. Private to meet.c and meet_choose.c. */
#ifndef TRAIN_MEET_PRIVATE_H
#define TRAIN_MEET_PRIVATE_H

#include "meet.h"
#include "meet_solve.h"

#include <stdint.h>

enum { FOLDS = 3, DIRECTIONS = TRAIN_MOST_DIRECTIONS, MOST_VIEWS = 16 };

struct meet {
    struct train_rows *rows;
    const struct bz_machine *m;
    struct bz_views looks; /* all views with their values, as far as these may belong to them */
    struct bz_view view[MOST_VIEWS];
    size_t at[MOST_VIEWS], width[MOST_VIEWS]; /* in `blocks` */
    size_t own[MOST_VIEWS];                   /* column of the layer's own values */
    bool votes, voted;                        /* the nearest rows may vote, behind these values; they do */
    size_t *kin;                              /* [n] the first row equal to each */
    struct train_blocks blocks;
    size_t n, k, most_values;
    uint8_t *fold; /* [n] */
    size_t rows_of[FOLDS];
    long *place;                     /* [rows of the data] row of x, or -1 */
    float *x;                        /* [n][total] */
    double *mean;                    /* [total] */
    float *scale;                    /* [total] */
    float *sum[FOLDS], *most[FOLDS]; /* [total][total] covariance of a fold, and of the others */
    float *p[FOLDS], *work[FOLDS];   /* [total][k] */
    double *r[FOLDS];                /* [k] */
    double ridge;
    const char *who;
    double last; /* when the last trial ended */
    size_t tried;
    struct bz_error failed[FOLDS];
    bool bad[FOLDS];
};

/* A ridge and what it comes to. */
struct choice {
    double ridge, score, r[DIRECTIONS];
};

/* Chooses by held-out rows: the ridge, a->width, and whether rows vote (a->voted). */
int train_meet_choose(struct meet *a, struct choice *best, struct bz_error *err);
/* Before the sums, says so if they and the trials will take some seconds. */
void train_meet_announce(const struct meet *a);
double train_meet_now(void);

#endif
