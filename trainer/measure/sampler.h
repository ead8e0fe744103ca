/* Free-running samples of a model, by any of the samplers. */
#ifndef TRAIN_SAMPLER_H
#define TRAIN_SAMPLER_H

#include "ladder.h"
#include "tempered.h"

#define TRAIN_MOST_OLD 0.01 /* share of chains not renewed up to which samples are considered reliable */

enum train_sampler { TRAIN_SAMPLER_GIBBS, TRAIN_SAMPLER_TEMPERING, TRAIN_SAMPLER_PTT };
#define TRAIN_SAMPLER_NAMES "gibbs|tempering|ptt"
/* BZ_BAD_USAGE for any other word. */
int train_sampler_named(const char *word, enum train_sampler *out, struct bz_error *err);

/* The ladder in the folder of a model as the user gave it, NULL without one. BZ_BAD_USAGE where the sampler needs one and there
 * is none, with what would make it. *out is the caller's. */
int train_sampler_ladder(enum train_sampler sampler, const char *given, const struct bz_machine *m, struct bz_ladder **out,
                         struct bz_error *err);

/* Fills the wanted layers of v with o->count samples; for tempering and PTT it reports on stderr how well chains mixed. Chains
 * of gibbs and ptt depend only on their seed and number. ladder: for PTT, else NULL. */
int train_sample_by(enum train_sampler sampler, struct train_values *v, const struct train_tempered *o,
                    const struct bz_ladder *ladder, struct bz_error *err);

#endif
