/* Numbers that are not plain: with signs, units or in notations that a parser of numbers does not take. Columns of them are
 * refused rather than taken for words. */
#ifndef BZ_CELL_DRESS_H
#define BZ_CELL_DRESS_H

#include "cells.h"

/* 1,5: a number with a decimal comma. */
bool bz_cell_has_comma(const struct bz_cell *cell, double *number);
/* 1,234 or -1,234,567.25: groups of three digits. */
bool bz_cell_has_thousands(const struct bz_cell *c, char group, char point);
/* 12,34,567.50, as in India. */
bool bz_cell_has_lakhs(const struct bz_cell *c);
/* 2.5%, 2,5 % */
bool bz_cell_is_percent(const struct bz_cell *cell);
/* (0, 10] and [0, 10), as pandas and R cut numbers into classes: a range with one end; [0, 10], as R writes the first or the
 * last of them: with both. */
bool bz_cell_is_half_open(const struct bz_cell *cell);
bool bz_cell_is_closed_range(const struct bz_cell *cell);
/* $5, 5 €, (5.00), 0x1F, 5.1±0.2, 1.5f0, 2½, "1.5" in quotes of any kind, other digits ... */
bool bz_cell_is_dressed(const struct bz_cell *cell);

#endif
