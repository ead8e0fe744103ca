/* Columns of bits that exclude each other, as the columns of one category do: found among rows, and checked. */
#ifndef TRAIN_EXCLUSION_H
#define TRAIN_EXCLUSION_H

#include "dataset.h"

/* Makes each part of bits exclusive whose columns form informative groups (see exclusion.c) in which no row of d or of `held`
 * (held-out rows, of the same parts; NULL = none) has two ones. Adds a remark to d->said. Pictures and parts whose type the
 * user named are left alone. */
int train_find_exclusions(struct train_data *d, struct train_data *held, struct bz_error *err);

/* A copy of the groups of n units into p, which takes it over. */
int train_part_exclude(struct train_part *p, const uint32_t *group, size_t n, struct bz_error *err);

/* Whether a row of an exclusive part breaks a group: *row, and in unit[2] what is on together. */
int train_exclusion_broken(const struct train_part *p, size_t rows, bool *broken, size_t *row, size_t unit[2],
                           struct bz_error *err);

#endif
