/* Assertions: for what only a mistake in this program can break, never for input. On in developers' builds and tests
 * (BOLTZ_ASSERTS), off in releases, where they cost nothing. */
#ifndef BZ_CHECK_H
#define BZ_CHECK_H

#ifdef BOLTZ_ASSERTS
#include <stdio.h>
#include <stdlib.h>
#define bz_assert(condition)                                                                                                   \
    ((condition) ? (void)0                                                                                                     \
                 : (fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", __FILE__, __LINE__, __func__, #condition), abort()))
#else
#define bz_assert(condition) ((void)sizeof(!(condition))) /* not evaluated, but compiled */
#endif

#endif
