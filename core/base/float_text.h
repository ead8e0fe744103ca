/* Numbers as text: the shortest decimal digits that read back as the same float or double (Giulietti 2020, "The Schubfach way
 * to render doubles"), nearest to the true value among those. The text is a JSON number: plain (12.5) or with an exponent
 * (1.25e-7), whichever is shorter, plain if equal; -0 for negative zero. NaN and infinities, which JSON lacks, become null. */
#ifndef BZ_FLOAT_TEXT_H
#define BZ_FLOAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { BZ_FLOAT_ROOM = 16, BZ_DOUBLE_ROOM = 25, BZ_WHOLE_ROOM = 21 }; /* what the longest text and its final 0 need */

/* Writes the text and a 0 after it; returns its length without the 0. Independent of the locale. */
size_t bz_float_text(float x, char *out); /* out[BZ_FLOAT_ROOM] */
/* Writes n of them, `after` behind each; returns where they end. Room for n * BZ_FLOAT_ROOM. */
char *bz_floats_text(char *to, const float *x, size_t n, char after);
size_t bz_double_text(double x, char *out);  /* out[BZ_DOUBLE_ROOM] */
size_t bz_whole_text(uint64_t x, char *out); /* out[BZ_WHOLE_ROOM] */

/* The same digits as cells of tables have them: plain from 1e-4 to below 1e16, so that whole numbers look like such. */
size_t bz_float_cell(float x, char *out);   /* out[BZ_DOUBLE_ROOM] */
size_t bz_double_cell(double x, char *out); /* out[BZ_DOUBLE_ROOM] */

#endif
