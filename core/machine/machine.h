/* The machine: named layers of stochastic units and symmetric couplings between them. RBM, DBM, general Boltzmann machine
 * and multimodal DBM are all this one structure.
 *
 * Energy (o = centring offset, zero if absent; each coupling counted once; u = x - o, for gaussian layers u = (x - o)/s^2,
 * for multinomial ones with D counts u = x - D*o):
 *
 *     E(x) = - sum_l b_l . (x_l - o_l) - sum_(a,b) u_a' W_ab u_b - 1/2 sum_a u_a' L_a u_a
 *
 * A gaussian layer has + sum_i (x_i - b_i)^2 / (2 s_i^2) for its bias term (Cho, Ilin, Raiko 2011), a relu layer
 * + sum_i (x_i^2 / (2 s_i^2) - b_i x_i) over x_i >= 0, a drelu layer the same over all x_i, with a bias and a deviation of
 * their own below 0 (`below`; Tubiana, Cocco, Monasson 2019). A hidden layer (not gaussian) coupled to multinomial layers has D
 * times its bias, D summed over them (Salakhutdinov & Hinton 2009, replicated softmax). */
#ifndef BZ_MACHINE_H
#define BZ_MACHINE_H

#include "errors.h"
#include "rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BZ_MAX_LAYERS = 4096, BZ_MAX_COUPLINGS = 8192, BZ_MAX_RANK = 4, BZ_NAME_ROOM = 65 };
#define BZ_MAX_UNITS   ((size_t)1 << 24) /* units of one layer */
#define BZ_MAX_WEIGHTS ((size_t)1 << 32) /* entries of one coupling */
#define BZ_MAX_COUNTS  ((size_t)1 << 24) /* counts of a multinomial row, all units together */

enum bz_role { BZ_VISIBLE, BZ_HIDDEN, BZ_LABEL }; /* a label layer is visible to every algorithm */
enum bz_unit { BZ_BERNOULLI, BZ_GAUSSIAN, BZ_SOFTMAX, BZ_MULTINOMIAL, BZ_SPIN, BZ_RELU, BZ_DRELU, BZ_EXCLUSIVE, BZ_N_UNITS };

/* Units of which at most one in each group is on. A unit that excludes no other is a group by itself. */
struct bz_exclusion {
    size_t n;        /* groups, in the order of their first units */
    uint32_t *group; /* [size] of each unit; owned, and the two below share its allocation */
    uint32_t *first; /* [n + 1] where a group begins in unit */
    uint32_t *unit;  /* [size] group by group, ascending in each */
};

struct bz_layer {
    char name[BZ_NAME_ROOM];
    enum bz_role role;
    enum bz_unit unit;
    size_t size;
    size_t groups;                 /* softmax: groups of size/groups one-hot columns each; else 1 */
    struct bz_exclusion exclusion; /* exclusive units only; owned */
    size_t shape[BZ_MAX_RANK];     /* as given in the file, for pictures; shape_rank 0 = none */
    size_t rank;
    char **categories; /* [n_categories] names of columns; owned; may be NULL */
    size_t n_categories;
    double usual_counts; /* multinomial: D of an average row of training, a whole number; 0 = not known */

    /* Parameters: borrowed views, into a mapped file or the machine's own block. */
    const float *bias;      /* [size] */
    const float *offset;    /* [size]; NULL = zeros */
    const float *log_sigma; /* [size]; gaussian, relu and drelu only; relu: NULL = zeros */
    const float *below;     /* [2][size]; drelu only: what is added to bias and to log_sigma where x < 0 */

    /* Derived by bz_machine_prepare; owned. */
    float
        *start; /* [size]: bias less the contribution of the offsets of non-gaussian, non-multinomial neighbours (never -0.0) */
    float *sigma;        /* [size]; of layers with log_sigma */
    float *inv_var;      /* [size]; likewise: 1/s^2 */
    const float *couple; /* [size] couplings see (x - o) times this: inv_var of gaussian units; NULL = 1 */
    bool near_counts;    /* a hidden layer (not gaussian) coupled to a multinomial one: its bias scales with D */
};

struct bz_coupling {
    size_t a, b;          /* layers; a == b is a lateral coupling, symmetric with zero diagonal */
    const float *weight;  /* [n_a][n_b], borrowed view; of a sparse coupling [n_entries] */
    float *weight_t;      /* [n_b][n_a], derived, owned; NULL for a lateral coupling (weight serves), a sparse one, or with
                             only_fields */
    uint32_t (*index)[2]; /* [n_entries] the pairs that are coupled, ascending, lateral: i < j; owned; NULL = dense */
    size_t n_entries;
    struct bz_edges *side; /* [2] of a sparse coupling: the rows of side a and of side b (lateral: one); derived, owned */
    /* Of a lateral coupling of binary units that is sparse, or whose weights mostly are 0 and the machine only borrows (so that
     * they do not change); derived, owned; NULL otherwise. */
    struct bz_colouring *colouring;
    /* What the offsets of a multinomial side subtract from the other side per count; derived, owned, NULL otherwise. */
    float *count_fold_a; /* [n_a]: W o_b where b is multinomial (L o for a lateral coupling) */
    float *count_fold_b; /* [n_b]: W'o_a where a is multinomial; NULL for a lateral coupling */
};

/* One link of a layer to a neighbour, with the matrix whose rows are the neighbour's units. */
struct bz_link {
    size_t layer; /* the neighbour (the layer itself for a lateral coupling) */
    size_t coupling;
    bool flipped; /* true: this layer is coupling.a, so rows are those of weight_t, or of side b */
};

struct bz_machine {
    char kind[16]; /* description only */
    size_t n_layers, n_couplings;
    struct bz_layer *layers;       /* [n_layers] */
    struct bz_coupling *couplings; /* [n_couplings] */
    struct bz_link **links;        /* [n_layers][n_links[l]], in the order of couplings */
    size_t *n_links;
    float *block;           /* own parameters if the machine owns them (training, tests), else NULL */
    size_t block_size;      /* floats in block */
    struct bz_fixed *fixed; /* fixed.h; owned; NULL before it is prepared */
    bool prepared;
    bool only_fields; /* set before it is prepared: of its weights just fields are made (bz_field), without transposed ones */
};

/* What a new machine is made from. Strings are copied. */
struct bz_layer_spec {
    const char *name;
    enum bz_role role;
    enum bz_unit unit;
    size_t size, groups; /* groups 0 means 1 */
    bool has_offset;
};
struct bz_coupling_spec {
    size_t a, b;
};

/* A machine with its own zeroed parameter block (log_sigma 0, i.e. s = 1). *out is the caller's. Checks names, sizes, groups,
 * duplicate couplings, couplings that join no layer. */
int bz_machine_new(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                   const struct bz_coupling_spec *couplings, size_t n_couplings, struct bz_error *err);
/* The same without parameters: every bias, offset, log_sigma and weight is NULL until the caller points it at memory that
 * outlives the machine (a mapped model file); offset may stay NULL. */
int bz_machine_new_views(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                         const struct bz_coupling_spec *couplings, size_t n_couplings, struct bz_error *err);
/* Which pairs of units a coupling joins; index NULL = all. */
struct bz_pattern {
    const uint32_t (*index)[2]; /* [n] pairs (i, j), each once, ascending; lateral: i < j */
    size_t n;
};
/* bz_machine_new with patterns[n_couplings], which are copied. A sparse coupling has n weights, in the order of its pairs. */
int bz_machine_new_sparse(struct bz_machine **out, const char *kind, const struct bz_layer_spec *layers, size_t n_layers,
                          const struct bz_coupling_spec *couplings, size_t n_couplings, const struct bz_pattern *patterns,
                          struct bz_error *err);
/* Makes a coupling of a machine of views sparse, before it has weights. BZ_BAD_MODEL names the pair that is out of place. */
int bz_machine_set_pattern(struct bz_machine *m, size_t coupling, const struct bz_pattern *pattern, struct bz_error *err);
struct bz_pattern bz_machine_pattern(const struct bz_machine *m, size_t coupling);
size_t bz_coupling_weights(const struct bz_machine *m, size_t coupling); /* how many there are */

void bz_machine_free(struct bz_machine *m); /* NULL is fine */

/* Sets the groups of an exclusive layer: a group number for each unit, below the layer's size; copied. To be called once,
 * before the machine is checked or prepared. */
int bz_machine_exclude(struct bz_machine *m, size_t layer, const uint32_t *group, struct bz_error *err);
/* The same for all exclusive layers, taken from a machine with the same layers. */
int bz_machine_exclude_as(struct bz_machine *m, const struct bz_machine *from, struct bz_error *err);

/* A machine of the same graph as m: kind, layers, couplings, their patterns, exclusions; its parameters are 0.
 * offsets[n_layers]: which layers have offsets; NULL = those that do in m. Not prepared. */
int bz_machine_like(struct bz_machine **out, const struct bz_machine *m, const bool *offsets, struct bz_error *err);

/* Writable views of an owned block; NULL if the machine only borrows its parameters. */
float *bz_machine_bias(struct bz_machine *m, size_t layer);
float *bz_machine_offset(struct bz_machine *m, size_t layer);
float *bz_machine_log_sigma(struct bz_machine *m, size_t layer);
float *bz_machine_below(struct bz_machine *m, size_t layer);
float *bz_machine_weight(struct bz_machine *m, size_t coupling);

/* Copies the tensors that set the widths of a layer's units: log_sigma and `below`, if the source has them. Layers of one type
 * and size. */
void bz_machine_copy_widths(struct bz_machine *m, size_t layer, const struct bz_layer *from);

/* Checks values: finite, laterals symmetric with zero diagonal, gaussian joint precision positive definite where gaussian
 * layers are coupled to each other or to themselves. BZ_BAD_MODEL names tensor and index. */
int bz_machine_check(const struct bz_machine *m, struct bz_error *err);

/* Computes what is derived from the parameters; to be called after every change of them and before any use. Allocates on
 * the first call only. Not thread-safe; afterwards any thread may read. */
int bz_machine_prepare(struct bz_machine *m, struct bz_error *err);
/* The same for a machine that was prepared before and whose transposed weights (weight_t) the caller has kept in step. */
void bz_machine_prepare_layers(struct bz_machine *m);

/* Index of a layer by name, or -1. */
long bz_machine_find(const struct bz_machine *m, const char *name);
bool bz_is_visible(const struct bz_layer *layer); /* visible or label */
bool bz_is_choice(const struct bz_layer *layer);  /* a single one-of-K group: a category, a class */
/* D of a row of a multinomial layer of which nothing is known: that of an average row of training, since D multiplies the
 * biases of hidden units; 1 where that is not known. */
double bz_usual_counts(const struct bz_layer *layer);
const char *bz_unit_name(enum bz_unit unit);
const char *bz_role_name(enum bz_role role);
int bz_unit_from_name(const char *name); /* -1 if unknown */
/* "bernoulli, gaussian or ...": the types that visible (or hidden) layers may be of, for messages and help; learned: the types
 * that training can make new layers of. */
void bz_unit_names(char *text, size_t room, bool visible, bool learned);
int bz_role_from_name(const char *name);
bool bz_name_is_valid(const char *name); /* layer names: [A-Za-z0-9][A-Za-z0-9_-]{0,63}, not reserved */

/* The only visible (not label) layer if there is exactly one; the top hidden layer (the last one in the file); the first layer
 * whose rows have a number of counts. -1 = none. */
long bz_machine_only_visible(const struct bz_machine *m);
long bz_machine_top_hidden(const struct bz_machine *m);
long bz_machine_counted(const struct bz_machine *m);

/* True if no two hidden layers are coupled and none has a lateral coupling: hidden units are independent given the visible
 * ones, so free energies and posteriors are exact. */
bool bz_machine_hidden_independent(const struct bz_machine *m);
bool bz_machine_has_lateral(const struct bz_machine *m, size_t layer);
long bz_machine_lateral(const struct bz_machine *m, size_t layer); /* the coupling of a layer to itself, or -1 */
const struct bz_colouring *bz_machine_colouring(const struct bz_machine *m, size_t layer); /* NULL if L is dense */
size_t bz_machine_widest(const struct bz_machine *m);                                      /* units of the largest layer */

/* How far from 1 the sum of a softmax group may be: 1e-4, and a little for decimals that float32 rounds (0.5001 + 0.5). */
#define BZ_SUM_SLACK 1.002e-4

/* Checks one row x[size] of a layer against its unit's domain (bernoulli in [0,1], softmax groups sum to 1 within
 * 1e-4, whole counts >= 0, gaussian finite). known NULL = all; unknown units are not looked at. On failure *bad is the first
 * bad index and the message says what was found. */
int bz_check_row(const struct bz_layer *layer, const float *x, const uint8_t *known, size_t *bad, struct bz_error *err);

#endif
