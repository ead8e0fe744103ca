/* Numbers as people and programs write them in text files. */
#ifndef BZ_NUMBER_TEXT_H
#define BZ_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Reads decimal digits with a sign, a point and an exponent, and nothing else: no blanks, no hexadecimal, no inf or nan. *out
 * is the nearest double. 0 or -1. */
int bz_parse_number(const char *text, size_t length, double *out);

/* Whether a number often stands for a missing value: 99, -999, 9999 ..., -9 of surveys and plink, the extremes of 16-bit
 * numbers, and what climate models fill gaps with. */
bool bz_is_gap_number(double x);

#endif
