/* Converts machines of other programs: the program is recognised by the file, and free energies then differ by one constant.
 * Each program's reader is a row of the table in import.c. */
#ifndef EXCHANGE_IMPORT_H
#define EXCHANGE_IMPORT_H

#include "bundle.h"
#include "machine.h"
#include "text_set.h"

struct import_options {
    const char *from;         /* the program, by its name in the table; NULL = recognised */
    const char *alphabet;     /* letters of the states, in the file's order */
    const char *visible_bias; /* name of the array, if lengths do not decide */
    bool transpose;           /* the weights are [hidden, visible], if lengths do not decide */
    size_t update;            /* rbms: which update; SIZE_MAX = the newest */
};

enum import_used { IMPORT_ALPHABET = 1, IMPORT_VISIBLE_BIAS = 2, IMPORT_TRANSPOSE = 4, IMPORT_UPDATE = 8 };

struct import {
    struct bundle *b, *second; /* second: the other file of a pair, or NULL */
    const struct import_options *o;
    struct bz_machine *machine; /* made by the program's reader; the caller's (bz_machine_free) */
    char program[160];          /* for people and the record */
    unsigned used;              /* options that this file needed: enum import_used */
    char **said;                /* [n_said] what was recognised as what; owned */
    size_t n_said;
};

/* Finds the program and makes the machine. second may be NULL. BZ_BAD_INPUT names what is wrong, or the known programs;
 * BZ_UNSUPPORTED what has no counterpart in boltz. */
int import_machine(struct import *im, struct bundle *b, struct bundle *second, const struct import_options *o,
                   struct bz_error *err);
void import_free(struct import *im); /* frees what it holds, including the machine */

/* --- for the programs' readers --- */

struct import_program {
    const char *name, *title;
    bool (*is)(const struct import *im);
    int (*make)(struct import *im, struct bz_error *err);
};
extern const struct import_program import_sklearn, import_rbms, import_julia, import_salakhutdinov, import_hinton,
    import_deeplearntoolbox, import_h10, import_qucumber, import_learnergy, import_liao, import_dwave, import_dimod, import_pgm,
    import_pydeep, import_deepnet, import_adabmdca, import_ccmpred, import_gremlin, import_plmc, import_echen, import_plain;

/* A remark for the user and the record. A refusal that names the file: BZ_UNSUPPORTED, -1. */
#define import_say(im, err, ...) bz_texts_say(&(im)->said, &(im)->n_said, err, __VA_ARGS__)
int import_refuse(const struct import *im, struct bz_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The numbers of an array as doubles in C order: *out[*n] is the caller's (bz_free). BZ_BAD_INPUT unless all are finite, and as
 * many as *n if that is not 0. */
int import_numbers(struct import *im, const char *name, double **out, size_t *n, struct bz_error *err);
/* The same of an array of one number. */
int import_number(struct import *im, const char *name, double *out, struct bz_error *err);
/* True if all these arrays are there, each name behind the prefix; the list ends with NULL. */
bool import_has(const struct import *im, const char *prefix, const char *const *names);
/* The prefix of an array's name that ends so: text before `ending`, into prefix[room]; false if there is none. */
bool import_prefix(const struct import *im, const char *ending, char *prefix, size_t room);
/* The class of the object at a path; "" if none is told. */
const char *import_class(const struct import *im, const char *path);

/* BZ_BAD_INPUT: what a file is that no program's row takes. */
int import_refuse_unknown(const struct import *im, struct bz_error *err);
/* Names of the arrays of the file, into list[room], which is returned. */
const char *import_arrays_text(const struct import *im, char *list, size_t room);

/* An RBM under construction. All arrays are owned (import_rbm_free); NULL = zeros, or 1 for deviations and factors. */
struct import_rbm {
    enum bz_unit visible_unit, hidden_unit;
    size_t n_visible, n_hidden, groups;
    size_t shape[BZ_MAX_RANK], rank;
    double *visible_bias, *hidden_bias, *visible_offset, *hidden_offset; /* as docs/FORMAT.md has them */
    double *visible_deviation, *hidden_deviation;
    double *hidden_below;                   /* [2][n_hidden] of drelu units */
    double *visible_factor, *hidden_factor; /* the file's weights are multiplied by these */
    char weight[600];                       /* name of the array */
    bool hidden_first;                      /* it is [hidden, visible] */
    size_t *visible_order;                  /* unit u of the machine is unit visible_order[u] of the file; NULL = the same */
    const char *letters;                    /* names of the states of softmax units; NULL = none */
};
void import_rbm_free(struct import_rbm *r); /* frees its arrays, not r */
/* Makes im->machine: layers `visible` and `hidden`. */
int import_rbm_make(struct import *im, const struct import_rbm *r, struct bz_error *err);
/* The same unless rc says that it has failed; says which array the weights were; frees *r. */
int import_finish(struct import *im, struct import_rbm *r, int rc, struct bz_error *err);
/* Name of an array after a prefix, into out, which is returned. */
const char *import_under(const char *prefix, const char *name, char out[600]);
/* Units of energy gamma/2 x^2 - theta x, [0] for x >= 0 and [1] below: drelu, or gaussian where all halves agree. */
struct import_half {
    double theta[2], gamma[2];
};
struct import_side {
    enum bz_unit unit;
    double *bias, *deviation, *factor, *below; /* [n], of below [2][n]; owned by the caller in every case; NULL = none */
};
/* `what` is "visible" or "hidden", `type` the program's name for such units. BZ_UNSUPPORTED where visible halves differ. */
int import_halves(struct import *im, const char *what, const char *type, const struct import_half *h, size_t n,
                  struct import_side *out, struct bz_error *err);
/* A machine of one visible softmax layer coupled to itself. bias[sites * q]; weight[n][n] is filled by the caller afterwards.
 */
int import_potts_new(struct import *im, size_t sites, size_t q, const char *letters, struct bz_error *err);
/* Both halves of its coupling of state a of site i and state b of site j. */
void import_couple(struct bz_machine *m, size_t q, size_t i, size_t j, size_t a, size_t b, double x);
/* Names of units or states, one letter each. */
int import_letters(struct bz_layer *layer, const char *letters, struct bz_error *err);
/* --alphabet, or a usual one of q states that `usual` lists; NULL with *err if it does not fit. "" = unknown, said. */
const char *import_alphabet(struct import *im, size_t q, const char *const *usual, struct bz_error *err);

#endif
