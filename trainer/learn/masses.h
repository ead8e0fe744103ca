/* The masses of a machine's modes, each of which represents a group of rows: by annealed runs that start at the group's own
 * rates and, if states of the machine are given, by reverse runs from these as well. Forward runs alone underestimate a wide
 * mode, by amounts that differ between modes; both directions are combined by the acceptance ratio (Bennett 1976; Shirts and
 * others 2003), which needs few runs. */
#ifndef TRAIN_MASSES_H
#define TRAIN_MASSES_H

#include "ais.h"
#include "clusters.h"

struct train_masses;

/* For the machine m in its state at each call, and at most `runs` runs per group. clusters and m are borrowed. */
int train_masses_new(struct train_masses **out, const struct bz_machine *m, const struct train_clusters *clusters, size_t runs,
                     struct bz_error *err);
void train_masses_free(struct train_masses *t); /* NULL is fine */

/* log_mass[k] of each group's mode and its standard error, relative; NaN = not known, because no run ended in it or energies
 * are out of range. o: options for the runs of each, except the base. chains (NULL = none): approximate
 * states of m. */
int train_masses_estimate(struct train_masses *t, struct bz_ais_options o, const struct bz_state *chains, double *log_mass,
                          double *error, struct bz_error *err);

/* log of the mass from the log weights up[n_up] of forward runs relative to `base` (-INFINITY: they ended elsewhere) and
 * down[n_down] of reverse runs (as for the same paths forward). *error: relative. */
double train_mass_of_both(const double *up, size_t n_up, const double *down, size_t n_down, double *error);

/* Measurements of the same masses, put together: means weighted by precision; errors by it, or by how far the measurements are
 * from each other where that says more. Begins as {0}. */
struct train_mass_pool {
    size_t n[TRAIN_CLUSTERS];
    double weight[TRAIN_CLUSTERS], mean[TRAIN_CLUSTERS], scatter[TRAIN_CLUSTERS]; /* scatter: weighted squares about the mean */
};
void train_mass_add(struct train_mass_pool *p, size_t groups, const double *log_mass, const double *error);
/* NaN where no measurement came to anything. */
void train_mass_of_pool(const struct train_mass_pool *p, size_t groups, double *log_mass, double *error);

#endif
