/* One round of what bench/side_by_side.py compares, on one thread: this program's sweeps and features, and the same work as a
 * plain loop over OpenBLAS. Prints lines "measure who microseconds", of CPU time. Units are on about as often as a trained
 * MNIST machine's. OPENBLAS_NUM_THREADS=1 is the caller's to set. */
#include "infer.h"
#include "mathx.h"
#include "rng.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { VISIBLE = 784, HIDDEN = 500, CHAINS = 100, SWEEPS = 20, ROWS = 64, CALLS = 20 };

static float weight[VISIBLE * HIDDEN], v[CHAINS * VISIBLE], h[CHAINS * HIDDEN], bias[2];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void must(int rc, const struct bz_error *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench_peers: %s\n", err->msg);
    exit(1);
}

static struct bz_machine *make(void)
{
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, VISIBLE, 1, false},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, HIDDEN, 1, false}};
    const struct bz_coupling_spec coupling = {0, 1};
    const struct bz_key key = {.seed = 1};
    struct bz_error err = {0};
    struct bz_machine *m;

    must(bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err), &err);
    for (size_t i = 0; i < VISIBLE * HIDDEN; i++)
        bz_machine_weight(m, 0)[i] = weight[i] = 0.02f * (bz_random_uniform(&key, (uint32_t)i) - 0.5f);
    bias[0] = (float)bz_log(0.13 / 0.87);
    bias[1] = (float)bz_log(0.27 / 0.73);
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < layers[l].size; i++)
            bz_machine_bias(m, l)[i] = bias[l];
    must(bz_machine_prepare(m, &err), &err);
    return m;
}

static void our_gibbs(const struct bz_machine *m, struct bz_work *w)
{
    struct bz_error err = {0};
    struct bz_chains *c;

    must(bz_chains_new(&c, m, CHAINS, &err), &err);
    must(bz_chains_fix(c, &err), &err);
    c->s->n = CHAINS;
    for (size_t r = 0; r < CHAINS; r++)
        c->index[r] = (uint32_t)r;
    bz_chains_init(c, 0, CHAINS, NULL, w);
    bz_gibbs(c, 0, CHAINS, SWEEPS, w);
    const double start = now();
    bz_gibbs(c, 0, CHAINS, SWEEPS, w);
    printf("gibbs boltz %.3f\n", (now() - start) / (CHAINS * SWEEPS));
    bz_chains_free(c);
}

static void our_features(const struct bz_machine *m, struct bz_work *w)
{
    const struct bz_key key = {.seed = 2};
    struct bz_error err = {0};
    struct bz_state *s;

    must(bz_state_new(&s, m, ROWS, &err), &err);
    s->n = ROWS;
    for (size_t i = 0; i < ROWS * VISIBLE; i++)
        s->x[0][i] = bz_random_uniform(&key, (uint32_t)i);
    bz_mean_field(s, 0, ROWS, false, NULL, w);
    const double start = now();
    for (int call = 0; call < CALLS; call++)
        bz_mean_field(s, 0, ROWS, false, NULL, w);
    printf("features boltz %.3f\n", (now() - start) / (ROWS * CALLS));
    bz_state_free(s);
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

static void draw(float *x, size_t n)
{
    static uint64_t state = 88172645463325252u; /* xorshift: the cheapest a plain loop may take */

    for (size_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        x[i] = (float)(state >> 40) * 0x1p-24f < x[i];
    }
}

static void plain(void)
{
    up(CHAINS);
    double start = now();
    for (int k = 0; k < SWEEPS; k++) {
        up(CHAINS);
        down(CHAINS);
    }
    printf("gibbs two-sgemm %.3f\n", (now() - start) / (CHAINS * SWEEPS));
    start = now();
    for (int k = 0; k < SWEEPS; k++) {
        up(CHAINS);
        sigmoids(h, CHAINS * HIDDEN, bias[1]);
        draw(h, CHAINS * HIDDEN);
        down(CHAINS);
        sigmoids(v, CHAINS * VISIBLE, bias[0]);
        draw(v, CHAINS * VISIBLE);
    }
    printf("gibbs c-openblas %.3f\n", (now() - start) / (CHAINS * SWEEPS));
    start = now();
    for (int k = 0; k < CALLS; k++) {
        up(ROWS);
        sigmoids(h, ROWS * HIDDEN, bias[1]);
    }
    printf("features c-openblas %.3f\n", (now() - start) / (ROWS * CALLS));
}

int main(void)
{
    struct bz_error err = {0};
    struct bz_machine *m = make();
    struct bz_work *w;

    must(bz_work_new(&w, m, &err), &err);
    our_gibbs(m, w);
    our_features(m, w);
    plain();
    bz_work_free(w);
    bz_machine_free(m);
    return 0;
}
