/* Tiny machines whose exact numbers are known: built by formula, prepared, owned by the caller (bz_machine_free). With
 * `offsets`, the same parameters are taken as those of a centred machine. Layers: visible first, then hidden ones. */
#ifndef ORACLE_MACHINES_H
#define ORACLE_MACHINES_H

#include "machine.h"

/* Bernoulli RBM, 4 visible, 3 hidden: W_ij = scale sin(1.7i + 0.9j + 0.3), b_i = 0.2 cos i, c_j = -0.1 cos 2j; offsets
 * (.3 .6 .2 .5) and (.4 .7 .1). */
struct bz_machine *oracle_rbm(double scale, bool offsets);
/* The same with a second hidden layer of 2: W2_jk = sin(1.7j + 0.9k + 1.1), c2_k = 0.15(k+1), offsets (.6 .3). */
struct bz_machine *oracle_dbm(bool offsets);
/* The RBM with lateral couplings L_ik = .3 sin(i+k+.5) and J_jm = .4 cos(j+m+.2). */
struct bz_machine *oracle_lateral(bool offsets);
/* The RBM with gaussian visible units, s_i = .5 + .25i. */
struct bz_machine *oracle_gaussian(bool offsets);
/* Two softmax groups of 3, 2 hidden: W_rj = sin(1.7r + 0.9j + .7), b_ia = .1(i+1)a, c = (-.2, .3). */
struct bz_machine *oracle_softmax(void);
/* Replicated softmax of 3 words, 2 hidden: t = .2, b = (.1, -.2, .05), c = (.1, -.3); with offsets (.3 .2 .4) and (.4 .7). */
struct bz_machine *oracle_counts(bool offsets);

/* Fixtures from other programs' tests. */
struct bz_machine *oracle_shogun(void); /* 5 visible, 6 hidden */
struct bz_machine *oracle_pydeep(void); /* 4 visible, 4 hidden, trained on 2x2 bars and stripes */
struct bz_machine *oracle_mlpack(void); /* 3 visible, 2 hidden */

/* Everything combined: bernoulli "dots" (3), gaussian "real" (2), softmax "kind" (2x2), counts "words" (3) and a label "class"
 * (2), two pathways, a joint layer, offsets everywhere. */
struct bz_machine *oracle_mixed(void);
/* One visible layer of the given unit type with couplings to itself (counts, softmax, gaussian, bernoulli), and 2 hidden
 * units. */
struct bz_machine *oracle_self_coupled(enum bz_unit unit);
/* An RBM of 3 visible and 2 hidden units of these types (softmax: two groups of 2; exclusive: 5, the first and third of
 * which exclude each other, and the last two), and a spin machine of two hidden layers;
 * all with offsets. */
struct bz_machine *oracle_pair(enum bz_unit visible, enum bz_unit hidden);
struct bz_machine *oracle_stack(enum bz_unit lower, enum bz_unit upper);
/* 4 visible units (softmax: two groups of 3) coupled in a ring, 3 hidden ones, both couplings sparse. */
struct bz_machine *oracle_sparse(enum bz_unit visible, enum bz_unit hidden);
/* 3 bernoulli units "dots" and counts "words" (3), coupled to each other and each to itself, 2 hidden units above the words. */
struct bz_machine *oracle_beside_counts(void);
/* 5 bernoulli units "visible", 4 hidden ones and a label layer "label" of 3 classes, offsets everywhere; `deep`: with a second
 * hidden layer of 3, which carries the labels. */
struct bz_machine *oracle_labelled(bool deep);
/* Bernoulli 3-3-2-2: a DBM with three hidden layers. */
struct bz_machine *oracle_deep(bool offsets);

/* 12 visible units, 2 hidden: all on with the first hidden one weighs as much as all off without it; plain chains stay in their
 * mode. Not in the table. */
struct bz_machine *oracle_two_modes(void);

/* The table of all machines here (except the labelled ones and the one with two modes), one after another; NULL after the last.
 * Each row here is run by the tests of every algorithm. Owned by the caller. */
struct bz_machine *oracle_number(size_t i);

#endif
