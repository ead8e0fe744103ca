/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * A number is a function of its key and index and of nothing that ran before, which is what makes a chain independent of
 * the batch, the thread and the replica that runs it. */
#ifndef BZ_RNG_H
#define BZ_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a draw is for: draws of different purpose at the same place are independent. */
enum bz_purpose {
    BZ_DRAW_UNIT = 0, /* the state of a unit in a Gibbs sweep */
    BZ_DRAW_INIT,     /* a chain's first state */
    BZ_DRAW_BINARIZE, /* stochastic binarisation of a data row */
    BZ_DRAW_SHUFFLE,  /* the order of rows */
    BZ_DRAW_WEIGHT,   /* initial weights */
    BZ_DRAW_SWAP,     /* acceptance of an exchange between replicas */
    BZ_DRAW_MISC,
};

/* Where a draw happens. chain: row or chain index in its request; step: absolute sweep number. 48 bits of step count. */
struct bz_key {
    uint64_t seed;
    uint64_t step;
    uint32_t chain;
    uint16_t layer;
    uint8_t purpose;
};

/* One Philox block. */
void bz_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The 32 random bits of unit i at *key. The vector kernels below give the same bits for the same unit:
 * unit i is word (i/16)%4 of the block whose first counter word is (i/64)*16 + i%16. */
uint32_t bz_random_u32(const struct bz_key *key, uint32_t i);

/* Uniform in [0,1), 24 bits: (u32 >> 8) * 2^-24. */
float bz_random_uniform(const struct bz_key *key, uint32_t i);

/* Uniform in (0,1), 53 bits, from units 2i and 2i+1; for logarithms and acceptance tests. */
double bz_random_double(const struct bz_key *key, uint32_t i);

/* Standard normal by Box-Muller with this project's own log, cos (same bits on every CPU); uses units 4i .. 4i+3. */
double bz_random_normal(const struct bz_key *key, uint32_t i);

#endif
