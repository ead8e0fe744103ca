/* Unit types: one table row each. Algorithms ask it whatever depends on the type. */
#ifndef BZ_UNIT_H
#define BZ_UNIT_H

#include "machine.h"

struct bz_row;
struct bz_doubt;

/* All functions work on one row: field[size] as bz_field gives it, x[size] a value, t the temperature (> 0),
 * d the counts of a multinomial row (else ignored). */
struct bz_unit_type {
    const char *name;
    bool visible, hidden; /* the roles of layers that may have it */
    bool discrete;
    bool binary;       /* two values, least and most */
    bool grouped;      /* groups of units of which one is on: the layer's `groups` */
    bool exclusive;    /* groups of units of which at most one is on: the layer's `exclusion` */
    bool counted;      /* rows have a number of counts D */
    bool has_sigma;    /* a variance of its own for each unit: the tensor log_sigma */
    bool two_sided;    /* other parameters below 0: the tensor below */
    bool scaled;       /* couplings see (x - o)/s^2 (Cho, Ilin, Raiko 2011), and the field is the conditional mean */
    float least, most; /* a value's domain */

    /* mean[i] = E[x_i | field]; may alias field. */
    void (*mean)(const struct bz_layer *l, const float *field, double t, double d, float *mean);

    /* Draws x given the field at temperature t; key gives place and seed; units are drawn by index. x may alias field.
     * Columns of softmax and multinomial layers whose field is -infinity are left out. */
    void (*sample)(const struct bz_layer *l, const float *field, double t, double d, const struct bz_key *key, float *x);

    /* The part of -E in x alone beyond its linear term, -(x-b)^2/2s^2 of gaussian units; NULL where there is none. Without t.
     */
    double (*own)(const struct bz_layer *l, const float *x);

    /* log of sum (integral) over x of exp((own + x.field_from_neighbours)/t), field as bz_field gives it (own included):
     * what the layer contributes when it is summed out. Gaussian: the integral of exp((-(x-b)^2/2s^2 +
     * (field-b).(x-o)/s^2)/t). Multinomial: over the ordered words. */
    double (*log_sum)(const struct bz_layer *l, const float *field, double t, double d);

    /* Adds to *mean and *variance those of what the layer adds to E, at temperature t given its field: of the negative of the
     * exponent that log_sum sums over, without t. */
    void (*add_energy)(const struct bz_layer *l, const float *field, double t, double d, double *mean, double *variance);

    /* Entropy of independent units (groups, words) with these means, of those that are not known (known NULL: of all), nats;
     * d counts the known words too. Gaussian: differential, of deviation s. */
    double (*entropy)(const struct bz_layer *l, const float *mean, const uint8_t *known, double d);

    /* What the spread of such units around their means adds to <E>: the mean energy is the energy of the means plus this. NULL
     * where E is linear in x. */
    double (*spread)(const struct bz_layer *l, const float *mean, const uint8_t *known);

    /* The biases that give units without neighbours these means; the means are taken as frequencies in so many rows and
     * smoothed by one more row of each state, so that no unit is certain. A multinomial mean is of counts in a row. */
    void (*fit)(const struct bz_layer *l, const double *mean, double rows, float *bias);

    /* The mean without neighbours, [size]: the start of unknown units. */
    void (*base_mean)(const struct bz_layer *l, double d, float *mean);

    /* Units of one group exclude each other, so known ones limit the others. NULL where units are independent given the field.
     * `exclude` sets the field of known units to -infinity and returns how many of the d counts remain; after mean or sample,
     * `complete` puts the known values of x into y and scales the others to the remainder (`drawn`: y holds a draw, not a
     * mean). */
    double (*exclude)(const struct bz_layer *l, const float *x, const uint8_t *known, double d, float *field);
    void (*complete)(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y);

    /* Layers with a lateral coupling: removes from field[size] (lateral part included) what a unit's own group of x adds, so
     * that the conditional of each group is what mean says. NULL where the zero diagonal takes care of that. */
    void (*exclude_own)(const struct bz_machine *m, size_t layer, const float *x, double d, float *field);

    /* Layers with a lateral coupling: one Gibbs scan of the row, unit by unit (group by group, word by word). NULL: such
     * couplings are refused. */
    void (*scan)(struct bz_row *row);
};

/* What every type has: name, domain, and functions that its file names after it. */
#define BZ_UNIT_BASICS(type, from, to)                                                                                         \
    .name = #type, .least = from, .most = to, .mean = type##_mean, .sample = type##_sample, .log_sum = type##_log_sum,         \
    .add_energy = type##_add_energy, .entropy = type##_entropy, .fit = type##_fit, .base_mean = type##_base_mean

/* The rows of the table that lateral.c holds. */
void bz_scan_binary(struct bz_row *row);
void bz_scan_gaussian(struct bz_row *row);
void bz_scan_softmax(struct bz_row *row);
void bz_scan_multinomial(struct bz_row *row);

/* The `exclude` of one-of-K groups: takes known units out. */
double bz_exclude_known(const struct bz_layer *l, const float *x, const uint8_t *known, double d, float *field);

/* Rows that have a file of their own. */
extern const struct bz_unit_type bz_unit_bernoulli, bz_unit_spin, bz_unit_gaussian, bz_unit_relu, bz_unit_drelu,
    bz_unit_exclusive;

/* Units of two values: the factor of the field inside the sigmoid. */
float bz_binary_scale(const struct bz_layer *l, double t);
/* Their sample; doubt as bz_kernels.bernoulli takes it. */
void bz_binary_sample(const struct bz_layer *l, const float *field, double t, const struct bz_doubt *doubt,
                      const struct bz_key *key, float *x);

double bz_minus_p_log_p(double p); /* 0 at 0 */

/* The probability of the upper value of a unit of two, given its mean (0 or 1 given its value); x itself of other units. */
double bz_unit_upper(const struct bz_layer *l, double x);

/* The mean of a discrete layer's unit if all states are equally likely. */
double bz_unit_uniform(const struct bz_layer *l, size_t i);

/* w[n] = exp(x[i]/t) up to a common factor, x[i] = -infinity giving 0; returns their sum. w may equal x. */
double bz_softmax_weights(float *w, const float *x, double t, size_t n);

/* The index on which point in (0,1) falls, for weights w[n] of the given sum; a weight of 0 is never chosen unless all are. */
size_t bz_pick(const float *w, size_t n, double sum, double point);

const struct bz_unit_type *bz_unit_type(enum bz_unit unit); /* a type's row */

#endif
