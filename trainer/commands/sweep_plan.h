/* Which combinations of options a sweep tries. */
#ifndef TRAIN_SWEEP_PLAN_H
#define TRAIN_SWEEP_PLAN_H

#include "option.h"

enum { TRAIN_SWEEP_MOST = 16 /* options that vary */ };

struct train_sweep_plan {
    size_t n, n_options;            /* runs; options */
    char *option[TRAIN_SWEEP_MOST]; /* names, owned */
    char **argument;                /* [n][n_options] "--NAME=VALUE"; owned */
    char **name;                    /* [n] "NAME=VALUE NAME=VALUE"; owned */
};

/* vary: OPTION=A,B,... each (A/B/... where a slash is there); random = 0: all combinations, the last option fastest; else that
 * many draws, in which A..B is a range. *out is the caller's, also after a failure. */
int train_sweep_plan_make(struct train_sweep_plan *out, const struct bz_list *vary, size_t random, uint64_t seed,
                          struct bz_error *err);
void train_sweep_plan_free(struct train_sweep_plan *p);

/* The value of option k in a run. */
const char *train_sweep_value(const struct train_sweep_plan *p, size_t run, size_t k);

#endif
