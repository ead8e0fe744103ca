/* One query among many rows, on one core: the exact search of `boltz index`, beside a loop that only reads the same bytes.
 * bench_neighbours [ROWS_OF_CODES ...], 10^6 by default. Run it alone on an idle core; look at the ratios, not the figures. */
#include "index.h"
#include "kernels.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLOAT_ROWS = 60000, FLOAT_UNITS = 500, CODE_UNITS = 1000, K = 10, RUNS = 7 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* so that other programs disturb it less */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Adds up all bytes as words, in enough separate sums to keep the memory busy. */
static uint64_t read_all(const void *bytes, size_t size)
{
    typedef uint64_t words __attribute__((vector_size(64), aligned(8)));
    words sum[4] = {{0}};
    const words *at = bytes;
    for (size_t i = 0; i + 4 <= size / sizeof(words); i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += at[i + (size_t)k];
    uint64_t all = 0;
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 8; i++)
            all += sum[k][i];
    return all;
}

struct result {
    double search, read; /* seconds, the best of RUNS */
};

static struct result measure(const struct bz_index *x, enum bz_metric metric, const float *query, const void *bytes,
                             size_t size)
{
    struct result best = {1e9, 1e9};
    struct bz_neighbour near[K];
    float *scratch = bz_alloc(bz_index_scratch(x), sizeof(float), NULL);
    uint64_t sink = 0;
    for (int run = 0; run < RUNS && scratch; run++) {
        struct bz_nearest nearest = {near, K, 0};
        double start = now();
        bz_index_query(x, query, scratch);
        bz_index_scan(x, metric, scratch, 0, x->rows, &nearest);
        bz_index_sort(&nearest);
        best.search = fmin(best.search, now() - start);
        start = now();
        sink += read_all(bytes, size);
        best.read = fmin(best.read, now() - start);
        sink += near[0].row;
    }
    bz_free(scratch);
    if (sink == 42)
        puts("");
    return best;
}

static void print(const char *what, size_t rows, size_t size, struct result r)
{
    printf("%-32s %10zu rows  %7.1f MB  search %8.2f ms (%5.2f GB/s)  reading alone %8.2f ms (%5.2f GB/s)  ratio %.2f\n", what,
           rows, (double)size / 1e6, 1e3 * r.search, (double)size / r.search / 1e9, 1e3 * r.read, (double)size / r.read / 1e9,
           r.search / r.read);
}

static int bench_floats(void)
{
    const size_t cells = (size_t)FLOAT_ROWS * FLOAT_UNITS;
    float *f32 = bz_alloc_lazy(cells, sizeof(float), NULL), mean[FLOAT_UNITS] = {0}, query[FLOAT_UNITS];
    double *norm = bz_alloc(FLOAT_ROWS, sizeof(double), NULL);
    if (!f32 || !norm)
        return 1;
    for (size_t r = 0; r <= FLOAT_ROWS; r++) {
        const struct bz_key key = {.seed = 1, .chain = (uint32_t)r};
        float *row = r < FLOAT_ROWS ? f32 + r * FLOAT_UNITS : query;
        bz_cpu()->uniform(row, &key, 0, FLOAT_UNITS);
        for (size_t i = 0; i < FLOAT_UNITS; i++)
            row[i] -= 0.5f;
        if (r < FLOAT_ROWS)
            norm[r] = sqrt(bz_cpu()->dot(row, row, FLOAT_UNITS));
    }
    const struct bz_index x = {
        .rows = FLOAT_ROWS, .units = FLOAT_UNITS, .codes = BZ_CODES_F32, .f32 = f32, .mean = mean, .norm = norm};
    print("500 floats, cosine", FLOAT_ROWS, cells * sizeof(float), measure(&x, BZ_COSINE, query, f32, cells * sizeof(float)));
    bz_free_lazy(f32);
    bz_free(norm);
    return 0;
}

static int bench_codes(size_t rows)
{
    const size_t words = (CODE_UNITS + 63) / 64, bytes = rows * words * sizeof(uint64_t);
    uint64_t *bits = bz_alloc_lazy(rows * words, sizeof(uint64_t), NULL), seed = 1;
    float mean[CODE_UNITS] = {0}, query[CODE_UNITS];
    if (!bits)
        return 1;
    for (size_t i = 0; i < rows * words; i++) { /* splitmix64 */
        uint64_t z = seed += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        bits[i] = (z ^ z >> 31) & (i % words + 1 == words ? (UINT64_C(1) << CODE_UNITS % 64) - 1 : UINT64_MAX);
    }
    for (size_t i = 0; i < CODE_UNITS; i++)
        query[i] = i % 3 ? -0.5f : 0.5f;
    const struct bz_index x = {
        .rows = rows, .units = CODE_UNITS, .codes = BZ_CODES_BITS, .bits = bits, .words = words, .mean = mean};
    print("codes of 1000 bits, hamming", rows, bytes, measure(&x, BZ_HAMMING, query, bits, bytes));
    bz_free_lazy(bits);
    return 0;
}

int main(int argc, char **argv)
{
    printf("kernels: %s\n", bz_cpu()->name);
    int failed = bench_floats();
    for (int i = 1; i < argc; i++)
        failed |= bench_codes(strtoull(argv[i], NULL, 10));
    return argc > 1 ? failed : failed | bench_codes(1000000);
}
