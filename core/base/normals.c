#include "normals.h"

#include "kernels.h"

#include <string.h>

enum { PAIRS = BZ_NORMAL_PAIRS }; /* of a block: one call of the uniform kernel gives 3 numbers for each */

void bz_normals(float *z, const struct bz_key *key, size_t first, size_t n)
{
    const struct bz_kernels *k = bz_cpu();
    float u[3 * PAIRS], rest[2 * PAIRS];

    for (size_t i = 0, block = first / (2 * PAIRS); i < n; i += 2 * PAIRS, block++) {
        k->uniform(u, key, (uint32_t)(block * 3 * PAIRS), 3 * PAIRS);
        if (n - i >= 2 * PAIRS) {
            k->normal_pairs(z + i, u, PAIRS);
        } else {
            k->normal_pairs(rest, u, n - i < PAIRS ? n - i : PAIRS);
            memcpy(z + i, rest, (n - i) * sizeof(*z));
        }
    }
}
