/* Whether the values of a column are like those that a model learned from: told by mean and deviation of these. */
#ifndef BZ_LIKENESS_H
#define BZ_LIKENESS_H

#include "columns.h"

/* What a column holds; all zeros at first. */
struct bz_likeness {
    size_t known, missing, n_least, n_largest;
    double least, largest, sum, squares; /* the sums: of distances from the mean in training, in its deviations */
    double mean, sd;                     /* those of training; sd 0 = not known */
};

enum bz_unlike {
    BZ_UNLIKE_NOT,
    BZ_UNLIKE_UNITS, /* other units, or another time */
    BZ_UNLIKE_MARK   /* a number that recurs far from those of training, and usually stands for a missing value */
};

/* c: the column of the model, or NULL. */
void bz_likeness_begin(struct bz_likeness *u, const struct bz_column *c);
void bz_likeness_see(struct bz_likeness *u, double x); /* NaN = missing */
/* What is unlike training, in words that follow the column's name, into text[room]. */
enum bz_unlike bz_likeness_judge(const struct bz_likeness *u, char *text, size_t room);

#endif
