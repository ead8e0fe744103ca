/* Annealed importance sampling (Neal 2001; Salakhutdinov & Murray 2008) on any machine: estimates of log Z with an error bar.
 *
 * The path joins a base machine A without couplings (visible layers at given base rates; hidden layers uniform, or, where some
 * are kept, at the rates given by their offsets) to the machine: p_beta(x) ~ exp(-(1-beta) E_A(x) - beta E(x)). Layers that are
 * independent given the rest are summed out analytically (the hidden layer of an RBM; the visible and every other hidden layer
 * of a DBM); the others, the kept layers, are the state. */
#ifndef BZ_AIS_H
#define BZ_AIS_H

#include "parallel.h"
#include "state.h"

/* The base machine's parameters, one pair of arrays per layer; NULL = zeros. */
struct bz_base {
    size_t n_layers;
    float **bias;       /* [n_layers][size]: logits (binary), log probabilities (softmax, multinomial), means (gaussian) */
    double **deviation; /* [n_layers][size]: layers whose units have a variance of their own (never NULL there): S > 0 */
};

/* Base rates from column means (and variances, gaussian layers only) of visible layers: mean[l][size], NULL where unknown.
 * Smoothed as p = (count + 0.05 N) / (N + 0.1 N) for `rows` = N rows, so that no rate is 0 or 1. Where nothing is given the
 * offset is used instead, else the uniform distribution (gaussian: the layer's own mean and deviation). Hidden layers are
 * uniform, as published, where all are summed out; in other machines their offsets are used too, so that the path starts nearer
 * to where the kept ones are (a DBM 784-500-1000: three times the effective sample size). *out is the caller's. */
int bz_base_new(struct bz_base **out, const struct bz_machine *m, const double *const *mean, const double *const *variance,
                struct bz_error *err);
void bz_base_free(struct bz_base *base);

/* Writes n inverse temperatures from 0 to 1 in the proportions of the published schedule (0:1e-3:0.5, 0.5:1e-4:0.9, 0.9:1e-5:1;
 * 14 500 steps at its own size). n >= 2. */
void bz_ais_schedule(double *betas, size_t n);
enum { BZ_AIS_RUNS = 100, BZ_AIS_BETAS = 14500 };

struct bz_ais_options {
    size_t runs;         /* M independent runs */
    const double *betas; /* [n_betas], ascending from 0 to 1 */
    size_t n_betas;
    uint64_t seed;
    const struct bz_base *base;
    const double *counts;     /* [n_layers]: D of multinomial layers; NULL if there are none */
    bool fixed;               /* by sums of whole numbers (fixed.h): for machines whose weights do not change */
    struct bz_parallel *par;  /* NULL = this thread */
    struct bz_spread *spread; /* processes that share the runs of bz_ais and bz_ais_reverse; NULL = this one */
    struct bz_state
        *ends; /* with room for all runs: receives the final states of forward runs, samples of all layers; NULL = not wanted */
    /* Called between steps on the first task's thread; nonzero stops with BZ_INTERRUPTED. May be NULL. */
    int (*progress)(void *arg, size_t done, size_t total);
    void *progress_arg;
};

struct bz_ais_result {
    double log_z;   /* nats */
    double stderr_; /* std(w) / (sqrt(M) mean(w)): the error of log Z to first order, nats */
    double ess;     /* effective sample size (sum w)^2 / sum w^2, of M */
    double base_log_z;
    size_t runs, betas;
    double spread; /* standard deviation of the log weights, nats */
    /* ess >= M/10 and spread^2 <= log M: of roughly log-normal weights wider than that, M runs sample the bulk and not the
     * mean, so estimate and error bar are both misleading (the base is too far off). */
    bool reliable;
};

/* AIS from the base to the machine. log_w[runs] (may be NULL) receives the log weights. The expectation of exp(log_z) is Z, so
 * log_z is at most log Z in expectation. The same seed gives the same bits on any number of threads and processes. */
int bz_ais(const struct bz_machine *m, const struct bz_ais_options *o, double *log_w, struct bz_ais_result *out,
           struct bz_error *err);

/* Reverse AIS: from `start`, states of the machine itself (n rows, complete: every layer), down to the base.
 * log Z_rev = log Z_A - log mean exp(S). If start holds exact samples of the machine, the expectation of log Z_rev is at least
 * log Z; otherwise it guarantees nothing. o->runs is taken from start->n. log_w[start->n] (may be NULL) receives the
 * S of each run. */
int bz_ais_reverse(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *start, double *log_w,
                   struct bz_ais_result *out, struct bz_error *err);

/* RAISE (Burda, Grosse, Salakhutdinov 2015): log of an unbiased estimate of the likelihood under the annealing model of each
 * row of `data` (complete visible rows): log_p[data->n], o->runs reverse chains a row. Kept hidden layers start from the
 * mean-field posterior. Its mean over samples of the machine is at most the mean log p; for a single row it may be above or
 * below. */
int bz_raise(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_p,
             struct bz_error *err);

/* log sum_h exp(-E(v,h)) = -F(v) of each row of `data` by AIS over the hidden layers with v clamped, o->runs runs a row, from a
 * base at the mean-field posterior: log_f[n], and the standard error of each, stderr_[n] (may be NULL). For machines whose free
 * energy is only bounded by mean field. */
int bz_ais_rows(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *data, double *log_f,
                double *stderr_, struct bz_error *err);

#endif
