/* The judge of a machine while it learns: log Z, and with it the log likelihood of rows, cheap enough to be computed some
 * thirty times in a run. By enumeration where that is quick, else by annealed importance sampling with few runs and
 * temperatures. */
#ifndef TRAIN_JUDGE_H
#define TRAIN_JUDGE_H

#include "ais.h"
#include "clusters.h"

struct train_judge;

/* True for machines whose free energies are exact and whose log Z is one number: hidden units independent given the visible
 * ones, no counts. */
bool train_may_judge(const struct bz_machine *m);

/* Whether log Z of machines of this shape is summed exactly, so that no mode can be missed. */
bool train_judge_sums(const struct bz_machine *m);

/* How many states one more hidden layer of choices may have, for log Z to be summed quickly, or estimated state by state. */
size_t train_judge_most_states(const struct bz_machine *m);

/* Bytes that its annealed runs take for machines of this shape. */
double train_judge_needs(const struct bz_machine *m, const struct bz_parallel *par);

/* For the machine m, borrowed, in its state at each call, when it must be prepared. mean[n_layers][size] of the visible layers
 * in the data: the base that annealing starts from (gaussian layers are taken to be standardised); read when the judge is made.
 * clusters (borrowed; NULL = none): each gets its own base and runs, so that no mode is missed. */
int train_judge_new(struct train_judge **out, struct bz_machine *m, const float *const *mean,
                    const struct train_clusters *clusters, uint64_t seed, struct bz_spread *spread, struct bz_parallel *par,
                    struct bz_error *err);
void train_judge_free(struct train_judge *j); /* NULL is fine */

/* Its judgement. */
struct train_judgement {
    double log_z, error;             /* standard error, 0 if exact; NaN where energies are out of range */
    double log_mass[TRAIN_CLUSTERS]; /* of each group's mode, log Z being that of all; NaN = not known */
    double mass_error[TRAIN_CLUSTERS];
};

/* The same turn gives the same bits. times: multiple of the usual number of runs. chains (NULL = none): approximate states of
 * the machine, from which reverse runs start when masses of modes are judged with more than the usual runs. */
int train_judge_log_z(struct train_judge *j, uint64_t turn, size_t times, const struct bz_state *chains,
                      struct train_judgement *out, struct bz_error *err);

/* The groups' masses alone, by runs from their rates and back from the chains; log_z is their sum. For judges with clusters. */
int train_judge_masses(struct train_judge *j, uint64_t turn, const struct bz_state *chains, struct train_judgement *out,
                       struct bz_error *err);

/* Takes masses that were measured, and log_z and its error from them. */
void train_judgement_sum(struct train_judgement *j, size_t groups);

#endif
