/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * A number is a function of its key and index only, not of what ran before, which makes a chain independent of the batch,
 * thread and replica that runs it. */
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

/* Identifies a draw. chain: row or chain index in its request; step: absolute sweep number. */
struct bz_key {
    uint64_t seed;
    uint64_t step; /* only the lower 48 bits are used */
    uint32_t chain;
    uint16_t layer;
    uint8_t purpose;
};

static inline struct bz_key bz_key_at(uint64_t seed, uint32_t chain, uint64_t step, size_t layer, enum bz_purpose purpose)
{
    return (struct bz_key){.seed = seed, .step = step, .chain = chain, .layer = (uint16_t)layer, .purpose = (uint8_t)purpose};
}

/* Constants of Philox4x32-10 (table 2 of the paper): multipliers and the additions to the key in each round. */
#define BZ_PHILOX_ROUNDS 10
#define BZ_PHILOX_MUL0   0xD2511F53u
#define BZ_PHILOX_MUL1   0xCD9E8D57u
#define BZ_PHILOX_WEYL0  0x9E3779B9u
#define BZ_PHILOX_WEYL1  0xBB67AE85u

/* One Philox block. */
void bz_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Philox key and counter words 1..3 of a place; counter word 0 counts blocks within it. Different places have different
 * streams as long as seeds are below 2^56 (above that, the purpose is mixed into the seed's top byte). */
static inline void bz_philox_place(const struct bz_key *place, uint32_t counter[4], uint32_t key[2])
{
    counter[0] = 0;
    counter[1] = place->chain;
    counter[2] = (uint32_t)place->step;
    counter[3] = (uint32_t)place->layer << 16 | (uint32_t)(place->step >> 32 & 0xffff);
    key[0] = (uint32_t)place->seed;
    key[1] = (uint32_t)(place->seed >> 32) ^ (uint32_t)place->purpose << 24;
}

/* The 32 random bits of unit i at *key. The vector kernels below give the same bits for the same unit:
 * unit i is word (i/16)%4 of the block whose first counter word is (i/64)*16 + i%16. */
uint32_t bz_random_u32(const struct bz_key *key, uint32_t i);

/* A fraction of 40 bits for unit i (i < 2^24) at *key, in two parts: the first 8 bits, which mostly decide, and the other 32.
 * Unit i has byte i%4 (the lowest first) of what bz_random_u32 gives unit i/4. Not to be combined with the other kinds under
 * one key. */
uint32_t bz_random_byte(const struct bz_key *key, uint32_t i);
uint32_t bz_random_rest(const struct bz_key *key, uint32_t i);

/* Uniform in [0,1), 24 bits: (u32 >> 8) * 2^-24. */
float bz_random_uniform(const struct bz_key *key, uint32_t i);

/* Uniform in (0,1), 52 bits and never 0 or 1, from units 2i and 2i+1 (i < 2^31); for logarithms and acceptance tests. */
double bz_random_double(const struct bz_key *key, uint32_t i);

/* Standard normal by Box-Muller with this project's own log, cos (same bits on every CPU); uses units 4i .. 4i+3
 * (i < 2^30). */
double bz_random_normal(const struct bz_key *key, uint32_t i);

#endif
