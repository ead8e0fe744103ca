#include "rng.h"

#include "mathx.h"

#include <math.h>

void bz_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < BZ_PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)BZ_PHILOX_MUL0 * c0, p1 = (uint64_t)BZ_PHILOX_MUL1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += BZ_PHILOX_WEYL0;
        k1 += BZ_PHILOX_WEYL1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint32_t bz_random_u32(const struct bz_key *key, uint32_t i)
{
    uint32_t counter[4], k[2], out[4];
    bz_philox_place(key, counter, k);
    counter[0] = i / 64 * 16 + i % 16;
    bz_philox(counter, k, out);
    return out[i / 16 % 4];
}

uint32_t bz_random_byte(const struct bz_key *key, uint32_t i)
{
    return bz_random_u32(key, i / 4) >> 8 * (i % 4) & 0xff;
}

uint32_t bz_random_rest(const struct bz_key *key, uint32_t i)
{
    return bz_random_u32(key, 0x80000000u + i);
}

float bz_random_uniform(const struct bz_key *key, uint32_t i)
{
    return (float)(bz_random_u32(key, i) >> 8) * 0x1p-24f;
}

double bz_random_double(const struct bz_key *key, uint32_t i)
{
    uint64_t bits = (uint64_t)bz_random_u32(key, 2 * i) << 32 | bz_random_u32(key, 2 * i + 1);
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double bz_random_normal(const struct bz_key *key, uint32_t i)
{
    double radius = sqrt(-2 * bz_log(bz_random_double(key, 2 * i)));
    return radius * bz_cos_2pi(bz_random_double(key, 2 * i + 1));
}
