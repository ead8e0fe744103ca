/* Dates and times of day among cells. */
#ifndef BZ_CELL_TIME_H
#define BZ_CELL_TIME_H

#include "cells.h"

/* The number of digits of c's text from *at, at most `most`; advances *at past them. */
size_t bz_cell_digits(const struct bz_cell *c, size_t *at, size_t most);
/* Whether one of chars is at *at; advances *at past it. */
bool bz_cell_char(const struct bz_cell *c, size_t *at, const char *chars);
/* 2026-01-02, 1/2/26, 02.01.2026 10:00, 2020Q1, 3 March 2026, Sat Nov 28 10:00:00 2026 ... */
bool bz_cell_is_time(const struct bz_cell *c);
/* 9 days 20:21:14, PT2M30S, 1:19.20 */
bool bz_cell_is_duration(const struct bz_cell *c);

#endif
