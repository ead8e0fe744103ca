/* Private to clusters: rows and the groups that they are in. */
#ifndef TRAIN_CLUSTERS_PRIVATE_H
#define TRAIN_CLUSTERS_PRIVATE_H

#include "clusters.h"
#include "unit.h"

enum { TRAIN_CLUSTER_ROWS = 10 /* fewest rows of a group */, TRAIN_CLUSTER_TRIES = 5 };

/* A unit type's functions for a group: the field that gives its units the mean of n rows, and a field's part of log Z. */
struct train_cluster_family {
    enum bz_unit unit;                      /* BZ_N_UNITS: of choices */
    double (*field)(double mean, double n); /* this and the next: NULL = units are choices, one or at most one of some is on */
    double (*log_z)(double field, double deviation);
    double (*up)(double mean, double n); /* NULL = the values are real, or choices */
};

/* NULL if groups are not searched for among such units. */
const struct train_cluster_family *train_cluster_family_of(enum bz_unit unit);

/* The units of a visible layer among those of a row. */
struct train_cluster_block {
    const struct train_cluster_family *family;
    const struct bz_layer *layer; /* borrowed */
    size_t index;                 /* of the layer in the machine */
    size_t at;
    bool labels; /* classes: do not count when groups are looked for, but each group has their rates */
};

/* Parts of groups, each with a state of its own in the machine, where groups are wider than common deviations say: a mixture
 * of k groups has n parts. */
struct train_group_parts {
    size_t n;                     /* 0 = groups are not divided */
    double *centre, *deviation;   /* [n][size], [size] within parts */
    size_t count[TRAIN_CLUSTERS]; /* rows of each */
    size_t of[TRAIN_CLUSTERS];    /* the group of each */
};

struct train_groups {
    size_t n, size, k; /* rows, values of each, groups */
    size_t counted;    /* values that come before those of classes, if there are some */
    struct train_cluster_block *block;
    size_t n_blocks;
    size_t hidden;                /* the machine's layer of hidden units */
    bool discrete, choices, gaps; /* some units are; some values are missing: NaN */
    bool mixed;                   /* some units are discrete and some real */
    bool layered;                 /* they get a layer of their own in any case */
    bool close;                   /* groups are a mixture, with shares and deviations of their own */
    const float *x;               /* [n][size], in an order by chance */
    size_t n_fresh;               /* while groups are looked for: rows beyond those, of which they must be true as well */
    double *overall;              /* [size] means of all rows */
    double *known;                /* [size] fraction of rows that have this value */
    double *centre;               /* [TRAIN_CLUSTERS][size] */
    double *field;     /* [TRAIN_CLUSTERS + 1][size] fields of each group's units; the last: another choice for all units off */
    double *deviation; /* [size] within groups, at least least[size], which is above 0 where whole numbers come in steps */
    double *least;
    double *weight; /* [size] of squared distances; NULL = 1: all units are of one kind, and there are no classes */
    double *total;  /* [size] scratch */
    size_t *of;     /* [n] */
    size_t count[TRAIN_CLUSTERS];
    double inertia;
    struct train_group_parts parts;
};

/* The first hidden layer; the number of layers if there is none. */
size_t train_clusters_hidden(const struct bz_machine *m);
/* The coupling between two layers; the number of couplings if there is none. */
size_t train_clusters_coupling(const struct bz_machine *m, size_t a, size_t b);
/* Where a layer is once another has been inserted before layer `hidden`. */
size_t train_clusters_shifted(size_t layer, size_t hidden);

/* Of centre[k][size]; *at: its squared distance in those of the first `counted` values that are there. weight: as in
 * train_clusters. */
size_t train_nearest_centre(const double *centre, const double *weight, size_t k, size_t size, size_t counted, const float *x,
                            double *at);

/* Whether rows that the centres were not made of are as far apart, too. Among few rows of many columns there are always some
 * with more in common than others by chance, and their centres are far apart because they are theirs. */
bool train_groups_true(const struct train_groups *g);

/* Draws centres, from the first-th on, among the rows. */
void train_groups_seed(struct train_groups *g, uint64_t seed, uint64_t attempt, size_t first);
/* Nearest centres from others drawn at each attempt. */
void train_groups_settle(struct train_groups *g, uint64_t seed, uint64_t attempt);
/* Whether all pairs are further apart than so many deviations of either, and as many of rows beyond these. */
bool train_groups_apart(struct train_groups *g, double deviations);

/* Whether each group is in real columns as wide as the common deviations say, or nearly. Where a column is one value in a
 * group, and many beside it, machines of common deviations learn better from elsewhere (docs/results/modes.md). */
bool train_groups_as_wide(const struct train_groups *g);

/* Of real values: groups as a mixture, if these are more than *best and apart. Then *more, g->weight is theirs, and so are
 * best_centre and *best. */
int train_groups_find_close(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best, bool *more,
                            struct bz_error *err);
/* Such groups, from their centres and weights, of all rows. */
int train_groups_settle_close(struct train_groups *g, struct bz_error *err);

/* From the groups that rows are in to those of a mixture with common deviations, which g->weight takes, and log shares. */
int train_groups_mix(struct train_groups *g, double *log_share, struct bz_error *err);
/* Probabilities of such groups given row x, from the log of their shares; returns log p of the row, but for a constant. */
double train_group_probabilities(const struct train_groups *g, const double *log_share, const float *x, double *p);

/* Divides groups of real values into g->parts, at most so many, where rows that the parts were not made of are more probable by
 * them. */
int train_groups_divide(struct train_groups *g, size_t most, uint64_t seed, struct bz_error *err);
/* The means of g->of's groups, whose number of rows is known, in the values from `first` to before `end`. */
void train_groups_centres(struct train_groups *g, size_t first, size_t end);

/* Gives the groups units of the machine if possible, else a layer, of which *m then is a new machine. of[k]: the unit of each.
 */
int train_groups_code(struct bz_machine **m, struct train_groups *g, long *of, struct bz_error *err);

static inline double train_group_weight(const struct train_groups *g, size_t i)
{
    return g->weight ? g->weight[i] : 1;
}

/* The largest number of groups that are apart, with their centres; 0 = the rows are one group. best_centre: room for
 * [TRAIN_CLUSTERS][size]. */
int train_groups_find(struct train_groups *g, size_t most, uint64_t seed, double *best_centre, size_t *best,
                      struct bz_error *err);

/* Of a layer of choices: fields that give them the rates mean[size] of n rows; and what fields add to log Z. */
void train_choice_fields(const struct bz_layer *l, const double *mean, double n, double *field);
double train_choices_log_z(const struct bz_layer *l, const double *field);
/* -log sum_x sqrt(p(x) q(x)) for the rates of two groups of rows (Bhattacharyya 1943), times the fraction known[size] of rows
 * that have the value. */
double train_choices_apart(const struct bz_layer *l, const double *known, const double *mean, double n, const double *other,
                           double n_other);

#endif
