/* Speed of the inner loops with every instruction set this CPU has: ns per element and GB/s or GFLOP/s, with OpenBLAS sgemm
 * beside the dense product. Run it alone on an idle core; look at the ratios rather than the figures. */
#include "kernels.h"
#include "mem.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_VISIBLE = 784, N_HIDDEN = 500, ROWS = 64 };

/* One RBM and a tile of chains. */
struct bench {
    const struct bz_kernels *k;
    float *w, *w_t;          /* [N_VISIBLE][N_HIDDEN], [N_HIDDEN][N_VISIBLE] */
    float *visible, *hidden; /* [ROWS][units] */
    float *bias;             /* [N_VISIBLE] of zeros */
    float *field;            /* [ROWS][N_VISIBLE] */
    uint32_t *index;         /* [ROWS][N_VISIBLE] */
    uint32_t count[ROWS];    /* how many entries of index each row uses */
    double sink;             /* keeps results alive */
    uint64_t step;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* so that other programs disturb it less */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call: the best of five runs of about 50 ms. */
static double seconds(void (*f)(struct bench *), struct bench *b)
{
    double best = 1e9;
    f(b);
    for (int run = 0; run < 5; run++) {
        size_t calls = 0;
        double start = now(), spent;
        do {
            f(b);
            calls++;
            spent = now() - start;
        } while (spent < 0.05);
        best = spent / (double)calls < best ? spent / (double)calls : best;
    }
    return best;
}

static void fill(float *x, size_t n, float scale, uint16_t layer)
{
    struct bz_key key = {.seed = 1, .layer = layer};
    bz_cpu()->uniform(x, &key, 0, n);
    for (size_t i = 0; i < n; i++)
        x[i] = scale * (x[i] - 0.5f);
}

/* Rows of zeros and ones; a share `on` of the units is one. */
static void fill_binary(float *x, size_t n, float on, uint16_t layer)
{
    struct bz_key key = {.seed = 2, .layer = layer};
    bz_cpu()->uniform(x, &key, 0, n);
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < on ? 1 : 0;
}

static void index_rows(struct bench *b, const float *x, size_t units)
{
    for (size_t r = 0; r < ROWS; r++)
        b->count[r] = (uint32_t)b->k->nonzero(b->index + r * N_VISIBLE, x + r * units, units);
}

/* --- what is timed --- */

static void run_row_sum_up(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->k->row_sum(b->field + r * N_VISIBLE, b->bias, b->w, N_HIDDEN, b->index + r * N_VISIBLE, NULL, b->count[r], N_HIDDEN);
}

static void run_row_sum_down(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->k->row_sum(b->field + r * N_VISIBLE, b->bias, b->w_t, N_VISIBLE, b->index + r * N_VISIBLE, NULL, b->count[r],
                      N_VISIBLE);
}

static void run_row_sums_up(struct bench *b)
{
    b->k->row_sums(b->field, N_VISIBLE, b->bias, 0, b->w, N_HIDDEN, false, b->index, N_VISIBLE, b->count, ROWS, N_VISIBLE,
                   N_HIDDEN);
}

static void run_row_sums_down(struct bench *b)
{
    b->k->row_sums(b->field, N_VISIBLE, b->bias, 0, b->w_t, N_VISIBLE, false, b->index, N_VISIBLE, b->count, ROWS, N_HIDDEN,
                   N_VISIBLE);
}

static void run_row_sum_valued(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->k->row_sum(b->field + r * N_VISIBLE, b->bias, b->w, N_HIDDEN, b->index + r * N_VISIBLE, b->visible + r * N_VISIBLE,
                      b->count[r], N_HIDDEN);
}

static void run_dense_sum(struct bench *b)
{
    b->k->dense_sum(b->field, N_VISIBLE, b->bias, 0, b->visible, N_VISIBLE, b->w, N_HIDDEN, ROWS, N_VISIBLE, N_HIDDEN);
}

static void run_sgemm(struct bench *b)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, ROWS, N_HIDDEN, N_VISIBLE, 1, b->visible, N_VISIBLE, b->w, N_HIDDEN,
                0, b->field, N_VISIBLE);
}

static void run_nonzero(struct bench *b)
{
    index_rows(b, b->visible, N_VISIBLE);
}

static void run_sigmoid(struct bench *b)
{
    b->k->sigmoid(b->field, b->w, 1, ROWS * N_VISIBLE);
}

static void run_exp(struct bench *b)
{
    b->k->exp_shifted(b->field, b->w, 1, ROWS * N_VISIBLE);
}

static void run_uniform(struct bench *b)
{
    struct bz_key key = {.seed = 3, .step = b->step++};
    b->k->uniform(b->field, &key, 0, ROWS * N_VISIBLE);
}

static void run_bernoulli(struct bench *b)
{
    struct bz_key key = {.seed = 3, .step = b->step++};
    b->k->bernoulli(b->field, b->visible, &key, ROWS * N_VISIBLE);
}

static void run_softplus(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->sink += b->k->softplus_sum(b->w + r * N_HIDDEN, 1, N_HIDDEN);
}

static void run_dot(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->sink += b->k->dot(b->w + r * N_HIDDEN, b->w_t, N_HIDDEN);
}

static void run_axpy(struct bench *b)
{
    for (size_t r = 0; r < ROWS; r++)
        b->k->axpy(b->field, 1e-6f, b->w + r * N_HIDDEN, N_HIDDEN);
}

/* One layer given the other, for all chains: what a block Gibbs step consists of. The weights mean nothing, so every sweep
 * starts from the same rows, with the same share of units on. */
static void half_sweep(struct bench *b, size_t n_to, const float *from, size_t n_from, const float *w, uint16_t layer)
{
    index_rows(b, from, n_from);
    b->k->row_sums(b->field, n_to, b->bias, 0, w, n_to, false, b->index, N_VISIBLE, b->count, ROWS, n_from, n_to);
    for (size_t r = 0; r < ROWS; r++) {
        struct bz_key key = {.seed = 4, .step = b->step, .chain = (uint32_t)r, .layer = layer};
        float *field = b->field + r * n_to;
        b->k->draw(field, field, 1, NULL, &key, n_to);
    }
}

static void run_sweep(struct bench *b)
{
    half_sweep(b, N_HIDDEN, b->visible, N_VISIBLE, b->w, 1);
    half_sweep(b, N_VISIBLE, b->hidden, N_HIDDEN, b->w_t, 0);
    b->step++;
}

/* --- report --- */

/* work: bytes or operations of one call, 0 = not given */
static void line(const char *level, const char *what, double time, double elements, double work, const char *unit)
{
    printf("%-8s %-34s %8.3f ns/element", level, what, 1e9 * time / elements);
    if (work > 0)
        printf(" %9.2f %s", 1e-9 * work / time, unit);
    printf("\n");
}

static void report(struct bench *b)
{
    const double units = ROWS * N_VISIBLE, hidden = ROWS * N_HIDDEN, flops = 2.0 * ROWS * N_VISIBLE * N_HIDDEN;
    const char *level = b->k->name;
    double time, active = 0;

    index_rows(b, b->visible, N_VISIBLE);
    for (size_t r = 0; r < ROWS; r++)
        active += b->count[r];
    time = seconds(run_row_sum_up, b);
    line(level, "row_sum 784 (13 % on) x 500", time, active * N_HIDDEN, 4 * active * N_HIDDEN, "GB/s");
    time = seconds(run_row_sums_up, b);
    line(level, "row_sums, 64 rows", time, active * N_HIDDEN, 4 * active * N_HIDDEN, "GB/s");
    time = seconds(run_row_sum_valued, b);
    line(level, "row_sum with values", time, active * N_HIDDEN, 4 * active * N_HIDDEN, "GB/s");
    index_rows(b, b->hidden, N_HIDDEN);
    active = 0;
    for (size_t r = 0; r < ROWS; r++)
        active += b->count[r];
    time = seconds(run_row_sum_down, b);
    line(level, "row_sum 500 (27 % on) x 784", time, active * N_VISIBLE, 4 * active * N_VISIBLE, "GB/s");
    time = seconds(run_row_sums_down, b);
    line(level, "row_sums, 64 rows", time, active * N_VISIBLE, 4 * active * N_VISIBLE, "GB/s");
    time = seconds(run_dense_sum, b);
    line(level, "dense_sum 64x784 by 784x500", time, hidden, flops, "GFLOP/s");
    line(level, "nonzero, 13 % on", seconds(run_nonzero, b), units, 0, "");
    line(level, "sigmoid", seconds(run_sigmoid, b), units, 0, "");
    line(level, "exp_shifted", seconds(run_exp, b), units, 0, "");
    line(level, "uniform", seconds(run_uniform, b), units, 0, "");
    line(level, "bernoulli", seconds(run_bernoulli, b), units, 0, "");
    line(level, "softplus_sum, 500 at a time", seconds(run_softplus, b), hidden, 0, "");
    line(level, "dot, 500 at a time", seconds(run_dot, b), hidden, 0, "");
    line(level, "axpy, 500 at a time", seconds(run_axpy, b), hidden, 0, "");
    time = seconds(run_sweep, b);
    printf("%-8s %-34s %8.3f us/chain\n\n", level, "Gibbs sweep 784-500, 64 chains", 1e6 * time / ROWS);
}

int main(void)
{
    struct bz_error err;
    struct bench b = {.w = bz_alloc(N_VISIBLE * N_HIDDEN, sizeof(float), &err),
                      .w_t = bz_alloc(N_VISIBLE * N_HIDDEN, sizeof(float), &err),
                      .visible = bz_alloc(ROWS * N_VISIBLE, sizeof(float), &err),
                      .hidden = bz_alloc(ROWS * N_HIDDEN, sizeof(float), &err),
                      .bias = bz_alloc(N_VISIBLE, sizeof(float), &err),
                      .field = bz_alloc(ROWS * N_VISIBLE, sizeof(float), &err),
                      .index = bz_alloc(ROWS * N_VISIBLE, sizeof(uint32_t), &err)};
    if (!b.w || !b.w_t || !b.visible || !b.hidden || !b.bias || !b.field || !b.index) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    fill(b.w, N_VISIBLE * N_HIDDEN, 0.2f, 0);
    fill(b.w_t, N_VISIBLE * N_HIDDEN, 0.2f, 1);
    fill_binary(b.visible, ROWS * N_VISIBLE, 0.13f, 0);
    fill_binary(b.hidden, ROWS * N_HIDDEN, 0.27f, 1);

    const struct bz_kernels *tables[8];
    size_t n = bz_cpu_levels(tables, 8);
    for (size_t i = 0; i < n; i++) {
        b.k = tables[i];
        report(&b);
    }
    openblas_set_num_threads(1);
    char name[64];
    snprintf(name, sizeof(name), "sgemm 64x784 by 784x500, %s", openblas_get_corename());
    line("openblas", name, seconds(run_sgemm, &b), ROWS * N_HIDDEN, 2.0 * ROWS * N_VISIBLE * N_HIDDEN, "GFLOP/s");
    bz_free(b.w);
    bz_free(b.w_t);
    bz_free(b.visible);
    bz_free(b.hidden);
    bz_free(b.bias);
    bz_free(b.field);
    bz_free(b.index);
    return b.sink == 0.5; /* never true: it makes the compiler keep the sums */
}
