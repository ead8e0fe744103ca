/* What this program is compared with in one round of bench/side_by_side.py, in CPU time of one thread: the two products of a
 * sweep by OpenBLAS with a plain C loop around them, and the processor's limit. Prints lines "measure who microseconds"; the
 * caller sets OPENBLAS_NUM_THREADS=1 and OPENBLAS_CORETYPE. */
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { VISIBLE = 784, HIDDEN = 500, CHAINS = 100, SWEEPS = 20, ROWS = 1024 };

static float weight[VISIBLE * HIDDEN], v[ROWS * VISIBLE], h[ROWS * HIDDEN];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void up(size_t rows)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, HIDDEN, VISIBLE, 1, v, VISIBLE, weight, HIDDEN, 0, h,
                HIDDEN);
}

static void down(size_t rows)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, VISIBLE, HIDDEN, 1, h, HIDDEN, weight, HIDDEN, 0, v,
                VISIBLE);
}

static void sigmoids(float *x, size_t n, float b)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 1 / (1 + expf(-(x[i] + b)));
}

static uint64_t state = 88172645463325252u; /* xorshift: the cheapest generator for a plain loop */

static void draw(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        x[i] = (float)(state >> 40) * 0x1p-24f < x[i];
    }
}

static void features(const char *measure, size_t rows)
{
    const size_t calls = 1 + 2000 / rows;
    up(rows);
    const double start = now();
    for (size_t k = 0; k < calls; k++) {
        up(rows);
        sigmoids(h, rows * HIDDEN, -1);
    }
    printf("%s c-openblas %.4f\n", measure, (now() - start) / (double)(rows * calls));
}

static void sweeps(void)
{
    up(CHAINS);
    double start = now();
    for (int k = 0; k < SWEEPS; k++) {
        up(CHAINS);
        down(CHAINS);
    }
    printf("gibbs two-sgemm %.4f\n", (now() - start) / (CHAINS * SWEEPS));
    start = now();
    for (int k = 0; k < SWEEPS; k++) {
        up(CHAINS);
        sigmoids(h, CHAINS * HIDDEN, -1);
        draw(h, CHAINS * HIDDEN);
        down(CHAINS);
        sigmoids(v, CHAINS * VISIBLE, -1.9f);
        draw(v, CHAINS * VISIBLE);
    }
    printf("gibbs c-openblas %.4f\n", (now() - start) / (CHAINS * SWEEPS));
}

#ifdef __x86_64__

/* Microseconds that the multiply-adds of one grey row take when there is nothing else to do: independent sums in registers. */
#define PEAK(name, cpu, vector, set, fma, lanes)                                                                               \
    __attribute__((target(cpu))) static double name(void)                                                                      \
    {                                                                                                                          \
        enum { SUMS = 12, TIMES = 2000000 };                                                                                   \
        vector a = set(0.999f), b = set(1e-6f), s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a,        \
               s9 = a, s10 = a, s11 = a;                                                                                       \
        const double start = now();                                                                                            \
        for (int k = 0; k < TIMES; k++)                                                                                        \
            __asm__ volatile(fma(0) fma(1) fma(2) fma(3) fma(4) fma(5) fma(6) fma(7) fma(8) fma(9) fma(10) fma(11)             \
                             : "+v"(s0), "+v"(s1), "+v"(s2), "+v"(s3), "+v"(s4), "+v"(s5), "+v"(s6), "+v"(s7), "+v"(s8),       \
                               "+v"(s9), "+v"(s10), "+v"(s11)                                                                  \
                             : "v"(a), "v"(b));                                                                                \
        return (now() - start) * ((double)VISIBLE * HIDDEN) / ((double)SUMS * TIMES * (lanes));                                \
    }
#define FMA(i) "vfmadd213ps %13, %12, %" #i "\n"
PEAK(peak512, "avx512f", __m512, _mm512_set1_ps, FMA, 16)
PEAK(peak256, "avx2,fma", __m256, _mm256_set1_ps, FMA, 8)

static void peak(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return;
    const double wide = __builtin_cpu_supports("avx512f") ? peak512() : (double)INFINITY, narrow = peak256();
    const double best = wide < narrow ? wide : narrow;
    printf("grey64 fma-peak %.4f\ngrey1024 fma-peak %.4f\n", best, best);
    printf("limit GFLOP/s %.1f\n", 2e-3 * VISIBLE * HIDDEN / best);
}

#else

static void peak(void)
{
}

#endif

/* Bytes per second read by a sum over memory larger than any cache. */
static void bandwidth(void)
{
    enum { WORDS = 1 << 24 };
    uint64_t *words = malloc(WORDS * sizeof(*words)), sum = 0;
    for (size_t i = 0; words && i < WORDS; i++)
        words[i] = i;
    const double start = now();
    for (size_t i = 0; words && i < WORDS; i++)
        sum += words[i];
    const double spent = now() - start;
    state ^= sum; /* so that the sum is used */
    printf("limit GB/s %.1f\n", 1e-3 * WORDS * sizeof(*words) / spent);
    free(words);
}

int main(int argc, char **argv)
{
    (void)argv;
    for (size_t i = 0; i < VISIBLE * HIDDEN; i++)
        weight[i] = 0.02f * ((float)((i * 2654435761u) % 1024) / 1024 - 0.5f);
    for (size_t i = 0; i < ROWS * VISIBLE; i++)
        v[i] = (float)((i * 40503u) % 1024) / 1024;
    features("grey64", 64);
    features("grey1024", ROWS);
    sweeps();
    if (argc == 1) { /* with any argument: products only, to find the best kernels */
        peak();
        bandwidth();
    }
    printf("kernels %s 0\n", openblas_get_corename());
    return state == 0;
}
