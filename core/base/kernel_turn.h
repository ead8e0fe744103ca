/* Transposing, in squares that registers hold. Included by kernels.c only. */
#ifndef BZ_KERNEL_TURN_H
#define BZ_KERNEL_TURN_H

#include "vector.h"

/* The first, the second halves of the lanes of a and b, one of each in turn. */
#if VECTOR_BYTES == 64
#define FIRST_HALVES  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VECTOR_BYTES == 32
#define FIRST_HALVES  0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST_HALVES  0, 4, 1, 5
#define SECOND_HALVES 2, 6, 3, 7
#endif

/* Lane j of v[i] and lane i of v[j] change places. */
INLINE void turn_square(vfloat v[FLOATS])
{
    UNROLL
    for (size_t width = 1; width < FLOATS; width *= 2) {
        vfloat next[FLOATS];
        UNROLL
        for (size_t i = 0; i < FLOATS / 2; i++) {
            next[2 * i] = take_lanes(v[i], v[i + FLOATS / 2], FIRST_HALVES);
            next[2 * i + 1] = take_lanes(v[i], v[i + FLOATS / 2], SECOND_HALVES);
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

#undef FIRST_HALVES
#undef SECOND_HALVES
#endif
