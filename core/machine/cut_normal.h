/* A normal of mean z and variance 1 truncated below 0: weight exp(z y - y^2/2) over y >= 0. Rectified units are built on it. */
#ifndef BZ_CUT_NORMAL_H
#define BZ_CUT_NORMAL_H

#include "rng.h"
#include "stop.h"

/* Multiply-adds in the time of what is computed of one such normal, and of finding z for a mean (stop.h). */
enum { BZ_STOP_CUT = 20 * BZ_STOP_EXP, BZ_STOP_INVERSE = 16 * BZ_STOP_CUT };

/* Log of the integral of the weight. */
double bz_log_cut_normal(double z);

/* <y>, ... , <y^4> */
void bz_cut_normal_moments(double z, double moment[4]);

/* A draw for unit i of a layer of `size`. Takes random numbers of the key below BZ_CUT_NORMAL_NUMBERS * size. */
enum { BZ_CUT_NORMAL_NUMBERS = 128 };
double bz_draw_cut_normal(double z, const struct bz_key *key, size_t i, size_t size);

#endif
