/* Speed of whole Gibbs sweeps: microseconds per chain and sweep, on machines whose units are on about as often as those of a
 * machine trained on MNIST (13 % of pixels, 27 % of hidden units). Run it alone on an idle core. */
#include "gibbs.h"
#include "kernels.h"
#include "mathx.h"
#include "model_file.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_CHAINS = 256 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* so that other programs disturb it less */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int rc, const struct bz_error *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench_gibbs: %s\n", err->msg);
    exit(1);
}

static struct bz_machine *make(const struct bz_layer_spec *layers, size_t n_layers, const struct bz_coupling_spec *couplings,
                               size_t n_couplings)
{
    struct bz_error err = {0};
    struct bz_machine *m;

    must(bz_machine_new(&m, "bm", layers, n_layers, couplings, n_couplings, &err), &err);
    for (size_t c = 0; c < n_couplings; c++) {
        const struct bz_key key = {.seed = c};
        const size_t rows = layers[couplings[c].a].size, columns = layers[couplings[c].b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < rows * columns; i++)
            w[i] = 0.02f * (bz_random_uniform(&key, (uint32_t)i) - 0.5f);
        for (size_t i = 0; rows == columns && i < rows; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * columns + j] = i == j ? 0 : w[j * columns + i];
    }
    for (size_t l = 0; l < n_layers; l++)
        for (size_t i = 0; i < layers[l].size; i++) {
            const double on = layers[l].role == BZ_HIDDEN ? 0.27 : 0.13;
            bz_machine_bias(m, l)[i] = (float)bz_log(on / (1 - on));
        }
    must(bz_machine_prepare(m, &err), &err);
    return m;
}

static void measure(const char *name, const struct bz_machine *m, size_t chains, size_t sweeps, bool fixed)
{
    struct bz_error err = {0};
    struct bz_chains *c;
    struct bz_work *w;
    double best = 1e9;

    must(bz_chains_new(&c, m, MOST_CHAINS, &err), &err);
    if (fixed)
        must(bz_chains_fix(c, &err), &err);
    must(bz_work_new(&w, m, &err), &err);
    c->s->n = chains;
    for (size_t r = 0; r < chains; r++)
        c->index[r] = (uint32_t)r;
    bz_chains_init(c, 0, chains, NULL, w);
    bz_gibbs(c, 0, chains, 200, w);
    for (int run = 0; run < 20; run++) {
        const double start = now();
        bz_gibbs(c, 0, chains, sweeps, w);
        const double spent = now() - start;
        best = spent < best ? spent : best;
    }
    printf("%-28s %-6s %4zu chains %8.2f us a chain and sweep\n", name, fixed ? "fixed" : "float", chains,
           1e6 * best / (double)(chains * sweeps));
    bz_work_free(w);
    bz_chains_free(c);
}

int main(int argc, char **argv)
{
    const struct bz_layer_spec rbm[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, 784, 1, false},
                                        {"h", BZ_HIDDEN, BZ_BERNOULLI, 500, 1, false}};
    const struct bz_layer_spec dbm[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, 784, 1, false},
                                        {"h1", BZ_HIDDEN, BZ_BERNOULLI, 500, 1, false},
                                        {"h2", BZ_HIDDEN, BZ_BERNOULLI, 1000, 1, false}};
    const struct bz_layer_spec gaussian[] = {{"v", BZ_VISIBLE, BZ_GAUSSIAN, 784, 1, false},
                                             {"h", BZ_HIDDEN, BZ_BERNOULLI, 500, 1, false}};
    const struct bz_coupling_spec chain[] = {{0, 1}, {1, 2}}, lateral[] = {{0, 1}, {0, 0}, {1, 1}};
    struct bz_machine *machines[] = {make(rbm, 2, chain, 1), make(dbm, 3, chain, 2), make(rbm, 2, lateral, 3),
                                     make(gaussian, 2, chain, 1)};
    const char *names[] = {"RBM 784-500", "DBM 784-500-1000", "BM 784-500, lateral", "gaussian RBM 784-500"};
    const size_t sweeps[] = {100, 50, 10, 10};

    struct bz_error err = {0};
    if (argc > 1)
        must(bz_cpu_select(argv[1], &err), &err);
    printf("cpu level %s\n", bz_cpu()->name);
    for (int k = 2; k < argc; k++) {
        const size_t sizes[] = {1, 16, 64, 100};
        struct bz_model *model;
        must(bz_model_load(&model, argv[k], &err), &err);
        must(bz_machine_prepare(model->machine, &err), &err);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            for (int fixed = 0; fixed < 2; fixed++)
                measure(argv[k], model->machine, sizes[i], 20, fixed);
        bz_model_free(model);
    }
    if (argc > 2)
        return 0;
    for (size_t k = 0; k < sizeof(machines) / sizeof(machines[0]); k++) {
        const size_t sizes[] = {1, 16, 100, MOST_CHAINS};
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            for (int fixed = 0; fixed < 2; fixed++)
                measure(names[k], machines[k], sizes[i], sweeps[k], fixed);
        bz_machine_free(machines[k]);
    }
    return 0;
}
