/* What `boltz evaluate` measures of a model on rows of data. */
#ifndef TRAIN_EVALUATION_H
#define TRAIN_EVALUATION_H

#include "ais.h"
#include "dataset.h"
#include "energy.h"
#include "match.h"
#include "model_file.h"
#include "row_tiles.h"
#include "trajectories.h"

struct train_evaluate_options {
    uint64_t seed;
    size_t pseudo_rows;             /* rows for the pseudo-likelihood */
    bool exact;                     /* log Z by enumeration, and F where it is only bounded otherwise */
    bool ais;                       /* log Z by annealed importance sampling, where it is not summed exactly anyway */
    bool ais_only;                  /* by that only */
    size_t runs, betas;             /* of AIS */
    const struct bz_ladder *ladder; /* the model's, for a second log Z beside AIS; NULL = none */
    size_t ladder_rounds;
    bool bracket;        /* also reverse AIS and RAISE */
    size_t bracket_rows; /* rows for RAISE */
    size_t cases;        /* rows measured individually: AIS with the row clamped */
    size_t case_betas;   /* temperatures of each */
    struct bz_parallel *par;
    struct bz_spread *spread; /* processes that share the annealed runs; NULL = only this one */
    int (*progress)(void *arg, const char *what, size_t done, size_t total);
    void *progress_arg;
};

/* NaN = not computed. All in nats. */
struct train_evaluation {
    size_t rows;
    double free_energy_mean, reconstruction_error_mean, pseudo_likelihood_mean;
    struct bz_log_z *log_z; /* [n_log_z] used for log_prob: computed here or stored with the model; owned */
    size_t n_log_z;
    double ess;    /* of the (worst) AIS */
    bool computed; /* log_z was computed here, not taken from the model */
    double log_prob_mean, log_prob_stderr;
    const char *log_prob_kind;            /* "exact", "estimate", "lower_bound", or NULL */
    double reverse_log_z, reverse_stderr; /* reverse AIS from the model's own long chains */
    struct bz_ladder_result ladder;       /* log Z by the ladder; NaN: not computed */
    double raise_mean;                    /* mean RAISE log p of the first raise_rows rows */
    size_t raise_rows;
    bool discrete; /* no visible layer is real-valued: probabilities, not densities */
    /* Of the first `cases` rows: mean log p with -F(v) by AIS and as the free energies above have it (NaN without log Z), and
     * their difference: how much the variational bound loses. */
    double case_log_prob_mean, case_bound_mean, case_gap, case_gap_stderr;
    size_t cases;
    double *free_energy; /* [rows]; owned */
    double *log_prob;    /* [rows] or NULL; owned */
};

/* The base machine at the data's own column means (gaussian: and variances). *out is the caller's. */
int train_data_base(struct bz_base **out, const struct bz_machine *m, const struct train_data *d, const long *part_of,
                    struct bz_error *err);

/* Annealing as the options ask for; betas[o->betas] and base (NULL = none yet) are borrowed. */
struct bz_ais_options train_ais_options(const struct train_evaluate_options *o, const double *betas,
                                        const struct bz_base *base);

/* Fills log_z: for the given rows (row_counts[rows]: bz_log_z_counts), or from the model file. */
int train_compute_log_z(const struct train_rows *rows, const double *row_counts, const struct train_evaluate_options *o,
                        struct train_evaluation *e, struct bz_error *err);
int train_stored_log_z(const struct bz_model *model, struct train_evaluation *e, struct bz_error *err);

/* Measures. On success *out's arrays are the caller's (train_evaluation_free). */
int train_evaluate(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *out,
                   struct bz_error *err);
/* Adds reverse AIS and RAISE (o->bracket) to an evaluation. The machine has no counts. */
int train_bracket(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *e,
                  struct bz_error *err);
/* Adds AIS of single rows (o->cases) to an evaluation that has free energies and, if known, log p. */
int train_cases(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *e,
                struct bz_error *err);
void train_evaluation_free(struct train_evaluation *e);

/* Scores against 0/1 labels (1 = positive): area under the ROC curve and average precision, ties counted right. NaN if one
 * class is missing. weight[n]: how much each counts; NULL = all alike. */
double train_auroc(const double *score, const long *label, const double *weight, size_t n);
double train_average_precision(const double *score, const long *label, const double *weight, size_t n);

/* Mean energy, entropy and heat capacity of the joint distribution at temperature t, exactly where the machine is small enough,
 * else from AIS and parallel tempering; *_stderr 0 where exact. */
struct train_thermo {
    double temperature, energy, energy_stderr, entropy, entropy_stderr, heat_capacity, heat_capacity_stderr;
    double lowest_swap_rate, autocorrelation; /* of the sampling run; NaN where exact */
    bool exact;
};
/* t > 0; base: of the path (bz_base_new). Energies in nats. */
int train_thermodynamics(const struct bz_machine *m, double t, const struct bz_base *base,
                         const struct train_evaluate_options *o, struct train_thermo *out, struct bz_error *err);

/* Integrated autocorrelation time of series[steps][chains] in steps, averaged over chains, summed until it no longer rises
 * (Sokal's window): that many steps are worth one independent draw. At least about 1 where steps are independent. */
double train_autocorrelation_time(const double *series, size_t chains, size_t steps);

#endif
