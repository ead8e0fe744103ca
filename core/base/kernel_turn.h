/* Transposing, in squares that registers hold. Included by kernels.c only. */
#ifndef BZ_KERNEL_TURN_H
#define BZ_KERNEL_TURN_H

#include "vector.h"

/* The first, the second halves of the lanes of a and b, one of each in turn. */
#if VECTOR_BYTES == 64
static const vint32 first_halves = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
static const vint32 second_halves = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
#elif VECTOR_BYTES == 32
static const vint32 first_halves = {0, 8, 1, 9, 2, 10, 3, 11}, second_halves = {4, 12, 5, 13, 6, 14, 7, 15};
#else
static const vint32 first_halves = {0, 4, 1, 5}, second_halves = {2, 6, 3, 7};
#endif

/* Lane j of v[i] and lane i of v[j] change places. */
INLINE void turn_square(vfloat v[FLOATS])
{
    UNROLL
    for (size_t width = 1; width < FLOATS; width *= 2) {
        vfloat next[FLOATS];
        UNROLL
        for (size_t i = 0; i < FLOATS / 2; i++) {
            next[2 * i] = __builtin_shuffle(v[i], v[i + FLOATS / 2], first_halves);
            next[2 * i + 1] = __builtin_shuffle(v[i], v[i + FLOATS / 2], second_halves);
        }
        UNROLL
        for (size_t i = 0; i < FLOATS; i++)
            v[i] = next[i];
    }
}

/* The square at in, of which there are `rows` by `columns`, or what of it there is. */
INLINE void turn_part(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns)
{
    vfloat v[FLOATS];
    if (rows >= FLOATS && columns >= FLOATS) {
        UNROLL
        for (size_t i = 0; i < FLOATS; i++)
            v[i] = load(in + i * in_stride);
        turn_square(v);
        UNROLL
        for (size_t j = 0; j < FLOATS; j++)
            store(out + j * out_stride, v[j]);
        return;
    }
    rows = rows < FLOATS ? rows : FLOATS;
    columns = columns < FLOATS ? columns : FLOATS;
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i++)
            out[j * out_stride + i] = in[i * in_stride + j];
}

static void turn(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i += FLOATS)
        for (size_t j = 0; j < columns; j += FLOATS)
            turn_part(out + j * out_stride + i, out_stride, in + i * in_stride + j, in_stride, rows - i, columns - j);
}

#endif
