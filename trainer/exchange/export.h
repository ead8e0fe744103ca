/* Machines in the formats that other programs read (docs/import.md). Offsets, which they lack, are folded into the biases: the
 * distribution stays the same. BZ_UNSUPPORTED names what the other format cannot hold. Files appear whole or not at all. */
#ifndef EXCHANGE_EXPORT_H
#define EXCHANGE_EXPORT_H

#include "machine.h"
#include "text_stream.h"

#include <stdio.h>

/* name: sklearn, rbms, ...; NULL = by the ending of the path (.npz: sklearn). BZ_BAD_USAGE if there is no such target. */
int export_machine(const struct bz_machine *m, const char *name, const char *path, struct bz_error *err);
/* "sklearn|rbms|..." for usage lines. */
void export_names(char *text, size_t room);

/* --- for the targets --- */

/* One for each target: writes the file that its program reads. BZ_UNSUPPORTED names what the target cannot hold. */
int export_sklearn(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_npz(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_safetensors(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_rbms(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_julia(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_adabmdca(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_ccmpred(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_plmc(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_bqm(const struct bz_machine *m, const char *path, struct bz_error *err);
int export_dwave(const struct bz_machine *m, const char *path, struct bz_error *err);

/* Biases without offsets: bias[size] of a layer less what its neighbours' offsets give it; of a gaussian layer its mean less
 * that. The caller's, bz_free. */
double *export_biases(const struct bz_machine *m, size_t layer, struct bz_error *err);
/* All weights of a coupling, [n_a][n_b], also of a sparse one; the caller's, bz_free. */
float *export_weights(const struct bz_machine *m, size_t coupling, struct bz_error *err);

/* One visible and one hidden layer and one coupling: biases and weights [visible][hidden]. */
struct export_rbm {
    const struct bz_layer *visible, *hidden;
    double *visible_bias, *hidden_bias; /* owned */
    float *weight;                      /* [visible][hidden]; owned */
};
/* BZ_UNSUPPORTED for other machines; `target` has the words "scikit-learn". */
int export_rbm_open(struct export_rbm *r, const struct bz_machine *m, const char *target, struct bz_error *err);
void export_rbm_close(struct export_rbm *r);

/* One visible layer, softmax in groups, coupled to itself: a Potts machine. letters[q + 1], "" = it names none. */
struct export_potts {
    size_t sites, q;
    double *bias;  /* [sites * q]; owned */
    float *weight; /* [sites * q][sites * q]; owned */
    char letters[65];
};
/* BZ_UNSUPPORTED for other machines; `target` has the name of the program. */
int export_potts_open(struct export_potts *p, const struct bz_machine *m, const char *target, struct bz_error *err);
void export_potts_close(struct export_potts *p);

/* A text that grows in memory and is saved whole. */
struct export_text {
    struct bz_text text;
    FILE *to;
};
/* An empty one, to be written to through t->to. */
int export_text_open(struct export_text *t, struct bz_error *err);
/* Saves and frees; with rc < 0 only frees. */
int export_text_save(struct export_text *t, const char *path, int rc, struct bz_error *err);
void export_number(FILE *to, double x); /* the shortest digits that read back as the same float */

#endif
