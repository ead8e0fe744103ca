/* Sums of units in one unit of measure (batch normalisation, Ioffe & Szegedy 2015): each less its mean over the rows of an
 * update, divided by its deviation. Without learning, averages of both over past updates take their place, so that the network
 * is one of plain weights. */
#ifndef TRAIN_NET_NORM_H
#define TRAIN_NET_NORM_H

#include <stdbool.h>
#include <stddef.h>

struct train_net_norm {
    float *deviation;             /* [units] of the rows last measured */
    float *usual_mean, *variance; /* [units] averages over updates */
    float *value;                 /* [batch][units] what the sums last came to */
};

enum { TRAIN_NORM_UNITS = 128 }; /* most that a call takes */

/* sum[n][units], units from .. to-1, in place: by their own rows, which count `share` in the averages... */
void train_norm_measure(const struct train_net_norm *m, float *sum, size_t n, size_t units, size_t from, size_t to,
                        float share);
/* ...or by the averages. */
void train_norm_apply(const struct train_net_norm *m, float *sum, size_t n, size_t units, size_t from, size_t to);
/* delta[n][units], in place: the gradient with respect to what train_norm_measure left becomes that with respect to the sums.
 */
void train_norm_backward(const struct train_net_norm *m, float *delta, size_t n, size_t units, size_t from, size_t to);
/* The same as weights and biases: w[in][units], b[units]. */
void train_norm_fold(const struct train_net_norm *m, float *w, float *b, size_t in, size_t units);

#endif
