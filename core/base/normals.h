/* Many standard normal numbers at once. */
#ifndef BZ_NORMALS_H
#define BZ_NORMALS_H

#include "rng.h"

/* z[i] = a standard normal for unit first + i at *key (first a multiple of 128), the same bits on every CPU and for every n.
 * Box and Muller 1958, on uniforms of 48 bits for the radius (so that |z| reaches 8) and 24 for the angle. A separate stream:
 * not the numbers that bz_random_normal gives. */
void bz_normals(float *z, const struct bz_key *key, size_t first, size_t n);

#endif
