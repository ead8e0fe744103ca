/* What is monitored while a machine learns: how well it reconstructs, how probable it finds its rows, and whether it begins to
 * memorise the training rows. */
#ifndef TRAIN_MONITOR_H
#define TRAIN_MONITOR_H

#include "feed.h"
#include "parallel.h"

/* Mean log p of training and held-out rows, and the standard error of the log Z that it rests on. */
struct train_log_p {
    double train, valid, error;
};

/* NaN = not measured. In nats, means over rows. */
struct train_measure {
    uint64_t epoch, updates;
    double rate;
    double reconstruction_error;                 /* squared, per unit, one step of means */
    double pseudo_likelihood;                    /* of the rows without gaps */
    double free_energy_train, free_energy_valid; /* the mean-field bound where it is not exact */
    /* From the judge, now and then, NaN in between: mean log p of the rows of the free energies, and the error of log Z. */
    double log_prob, log_prob_valid, log_z_error;
    struct train_log_p followed; /* log p of the same rows by trajectory AIS (follow.h) */
};
struct train_measure train_unmeasured(void); /* all zeros and NaN */

/* The curve of a run. When full, every other point is dropped, so that it always spans the run. */
enum { TRAIN_HISTORY = 512 };
struct train_history {
    uint64_t n, stride, seen;
    struct train_measure points[TRAIN_HISTORY];
};
/* Copies a point. */
void train_history_add(struct train_history *h, const struct train_measure *m);
/* Whether most judgements of the later half of the updates rest on a log Z with an error above `bound` (nats): judgements sway,
 * as where chains mix slowly. False if there are fewer than four. */
bool train_history_sways(const struct train_history *h, double bound);

struct train_monitor;

/* Rows of a data set, to choose from. */
struct train_watched {
    const struct train_feed *feed; /* NULL = no rows */
    const size_t *rows;            /* [n] */
    size_t n;
};

/* Rows to measure on are picked evenly from those of the training data and of the validation data. weights[data's rows] of the
 * training data (NULL = all alike): measurements weight rows as learning does. `machine` is measured in its state at each call
 * (prepared). Everything is borrowed; *out is the caller's (train_monitor_free). */
int train_monitor_new(struct train_monitor **out, const struct bz_machine *machine, struct train_watched train,
                      struct train_watched valid, const double *weights, struct bz_parallel *par, struct bz_error *err);
void train_monitor_free(struct train_monitor *t); /* NULL is fine */

/* Bytes that it takes, about, for a machine of this shape, with validation rows or without. */
double train_monitor_needs(const struct bz_machine *m, const struct bz_parallel *par, bool valid);

/* Fills all but epoch, updates, rate and the judge's figures. */
void train_monitor_measure(struct train_monitor *t, struct train_measure *out);

#endif
