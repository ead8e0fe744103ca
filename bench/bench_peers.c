/* One round of this program's side of bench/side_by_side.py: lines "measure who microseconds", in CPU time of one thread unless
 * stated otherwise. `bench_peers MODELS` measures the shipped machines in the folder MODELS; `bench_peers MODELS scale` shows
 * how cost grows: lines "axis size microseconds"; `bench_peers MODELS MEASURE...` measures only those. */
#include "ais.h"
#include "gibbs.h"
#include "infer.h"
#include "learn.h"
#include "mathx.h"
#include "mean_field.h"
#include "model_file.h"
#include "pool.h"
#include "rng.h"
#include "tempering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHAINS = 100, BURN_IN = 300, BATCH = 100 };

static double clock_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static double now(void)
{
    return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static struct bz_error err;

static void must(int rc)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench_peers: %s\n", err.msg);
    exit(1);
}

static struct bz_model *load(const char *folder, const char *name)
{
    char path[4096];
    struct bz_model *model;
    snprintf(path, sizeof(path), "%s/%s/1/model.safetensors", folder, name);
    must(bz_model_load(&model, path, &err));
    must(bz_machine_prepare(model->machine, &err));
    return model;
}

/* --- chains --- */

static struct bz_chains *settled(const struct bz_machine *m, size_t chains, bool fixed, struct bz_work *w)
{
    struct bz_chains *c;
    must(bz_chains_new(&c, m, chains, &err));
    if (fixed)
        must(bz_chains_fix(c, &err));
    c->s->n = chains;
    for (size_t r = 0; r < chains; r++)
        c->index[r] = (uint32_t)r;
    bz_chains_init(c, 0, chains, NULL, w);
    bz_gibbs(c, 0, chains, BURN_IN, w);
    return c;
}

/* Microseconds of n sweeps of all chains, at equilibrium. hold: the first half of the first layer keeps its values. */
static double run(const struct bz_machine *m, size_t chains, size_t n, bool fixed, bool hold)
{
    struct bz_work *w;
    must(bz_work_new(&w, m, &err));
    struct bz_chains *c = settled(m, chains, fixed, w);
    if (hold)
        must(bz_state_make_known(c->s, 0, &err));
    for (size_t r = 0; hold && r < chains; r++)
        memset(c->s->known[0] + r * m->layers[0].size, 1, m->layers[0].size / 2);
    const double start = now();
    bz_gibbs(c, 0, chains, n, w);
    const double spent = now() - start;
    bz_chains_free(c);
    bz_work_free(w);
    return spent;
}

/* Per chain and sweep; beside it with float sums computed anew in each sweep, as when neighbours are not whole numbers. */
static void sweeps(const char *measure, const struct bz_machine *m, size_t chains, size_t n, bool hold)
{
    for (int fixed = 1; fixed >= 0; fixed--)
        printf("%s %s %.4f\n", measure, fixed ? "boltz" : "float-sums", run(m, chains, n, fixed, hold) / (double)(chains * n));
}

/* Softmax units: groups of ten. */
static struct bz_machine *make(const char *kind, enum bz_unit unit, size_t v, size_t h, size_t couplings)
{
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, unit, v, unit == BZ_SOFTMAX ? v / 10 : 1, false},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, h, 1, false}};
    const struct bz_coupling_spec pairs[] = {{0, 1}, {0, 0}, {1, 1}};
    struct bz_machine *m;
    must(bz_machine_new(&m, kind, layers, 2, pairs, couplings, &err));
    for (size_t c = 0; c < couplings; c++) {
        const struct bz_key key = {.seed = c};
        const size_t rows = layers[pairs[c].a].size, columns = layers[pairs[c].b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < rows * columns; i++)
            w[i] = 0.02f * (bz_random_uniform(&key, (uint32_t)i) - 0.5f);
        for (size_t i = 0; c > 0 && i < rows; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * columns + j] = i == j ? 0 : w[j * columns + i];
    }
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < layers[l].size; i++)
            bz_machine_bias(m, l)[i] = (float)bz_log(l ? 0.27 / 0.73 : 0.13 / 0.87);
    must(bz_machine_prepare(m, &err));
    return m;
}

/* --- rows --- */

static double features(const struct bz_machine *m, size_t rows, bool grey)
{
    const struct bz_key key = {.seed = 2};
    const size_t size = m->layers[0].size, calls = 1 + 2000 / rows;
    struct bz_state *s;
    struct bz_work *w;
    must(bz_state_new(&s, m, rows, &err));
    must(bz_work_new_for(&w, m, rows < BZ_TILE ? rows : BZ_TILE, &err));
    s->n = rows;
    for (size_t i = 0; i < rows * size; i++) {
        s->x[0][i] = bz_random_uniform(&key, (uint32_t)i);
        s->x[0][i] = grey ? s->x[0][i] : s->x[0][i] < 0.13f;
    }
    double start = 0;
    for (size_t call = 0; call <= calls; call++) {
        start = call == 1 ? now() : start; /* the first call is not counted */
        for (size_t r = 0; r < rows; r += BZ_TILE)
            bz_mean_field(s, r, rows - r < BZ_TILE ? rows - r : BZ_TILE, false, NULL, w);
    }
    const double each = (now() - start) / (double)(rows * calls);
    bz_work_free(w);
    bz_state_free(s);
    return each;
}

/* --- annealing --- */

/* With several threads: wall-clock time, not CPU time. */
static void anneal(const char *measure, const struct bz_machine *m, size_t threads)
{
    enum { BETAS = 400 };
    const clockid_t clock = threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
    double betas[BETAS];
    struct train_pool *pool;
    struct bz_base *base;
    struct bz_ais_result r;
    must(train_pool_new(&pool, threads, &err));
    must(bz_base_new(&base, m, NULL, NULL, &err));
    bz_ais_schedule(betas, BETAS);
    for (int fixed = 1; fixed >= 0; fixed--) {
        const struct bz_ais_options o = {.runs = CHAINS,
                                         .betas = betas,
                                         .n_betas = BETAS,
                                         .seed = 1,
                                         .base = base,
                                         .par = train_pool_parallel(pool),
                                         .fixed = fixed};
        must(bz_ais(m, &o, NULL, &r, &err));
        const double start = clock_us(clock);
        must(bz_ais(m, &o, NULL, &r, &err));
        printf("%s %s %.4f\n", measure, fixed ? "boltz" : "float-sums", (clock_us(clock) - start) / (CHAINS * BETAS));
    }
    bz_base_free(base);
    train_pool_free(pool);
}

/* Per replica and sweep, including exchanges. */
static void temper(const struct bz_machine *m)
{
    enum { TEMPERED = 10, RUNGS = 10, SETTLE = 50, SWEEPS = 20 };
    struct bz_base *base;
    must(bz_base_new(&base, m, NULL, NULL, &err));
    for (int fixed = 1; fixed >= 0; fixed--) {
        const struct bz_tempering_options o = {.chains = TEMPERED, .max_rungs = RUNGS, .seed = 1, .base = base, .fixed = fixed};
        struct bz_tempering *t;
        must(bz_tempering_new(&t, m, &o, &err));
        bz_tempering_run(t, SETTLE);
        const double start = now();
        bz_tempering_run(t, SWEEPS);
        printf("tempering %s %.4f\n", fixed ? "boltz" : "float-sums",
               (now() - start) / (double)(SWEEPS * TEMPERED * bz_tempering_rungs(t)));
        bz_tempering_free(t);
    }
    bz_base_free(base);
}

/* --- learning --- */

static void read_rows(void *arg, struct bz_state *data, size_t first, size_t n)
{
    const struct bz_state *rows = arg;
    const size_t size = data->m->layers[0].size;
    memcpy(data->x[0] + first * size, rows->x[0] + first * size, n * size * sizeof(float));
}

/* From rows that the machine drew. With several threads: wall-clock time, not CPU time. */
static void learn(const char *measure, const struct bz_machine *m, size_t threads, size_t updates)
{
    const struct train_rule rule = {.algorithm = TRAIN_PCD,
                                    .sweeps = 1,
                                    .mean_field_steps = 10,
                                    .at_rest = 1e-3f,
                                    .centred = true,
                                    .offset_rate = 0.01,
                                    .min_log_sigma = -9};
    struct train_pool *pool;
    struct train_learner *l;
    struct bz_work *w;
    must(bz_work_new(&w, m, &err));
    struct bz_chains *rows = settled(m, BATCH, true, w);
    must(train_pool_new(&pool, threads, &err));
    must(train_learner_new(&l, m, &rule, BATCH, BATCH, 1, train_pool_parallel(pool), &err));
    const clockid_t clock = threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
    double start = 0;
    for (size_t k = 0; k <= updates; k++) {
        start = k == 1 ? clock_us(clock) : start;
        must(train_update(l, BATCH, 0.001, 0.5, read_rows, rows->s, &err));
    }
    printf("%s boltz %.4f\n", measure, (clock_us(clock) - start) / (double)(BATCH * updates));
    train_learner_free(l);
    train_pool_free(pool);
    bz_chains_free(rows);
    bz_work_free(w);
}

/* --- how cost grows --- */

/* 2000 and 1000 units with the given number of couplings, spread evenly. */
static struct bz_machine *make_sparse(size_t edges)
{
    enum { ROWS = 2000, COLUMNS = 1000 };
    const struct bz_layer_spec layers[] = {{"v", BZ_VISIBLE, BZ_BERNOULLI, ROWS, 1, false},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, COLUMNS, 1, false}};
    const struct bz_coupling_spec pair = {0, 1};
    uint32_t(*index)[2] = calloc(edges, sizeof(*index));
    struct bz_machine *m;
    for (size_t k = 0; index && k < edges; k++) {
        const size_t place = k * ((size_t)ROWS * COLUMNS / edges) + k % 7;
        index[k][0] = (uint32_t)(place / COLUMNS);
        index[k][1] = (uint32_t)(place % COLUMNS);
    }
    const struct bz_pattern pattern = {(const uint32_t(*)[2])index, edges};
    must(bz_machine_new_sparse(&m, "rbm", layers, 2, &pair, 1, &pattern, &err));
    for (size_t k = 0; k < edges; k++)
        bz_machine_weight(m, 0)[k] = 0.01f;
    must(bz_machine_prepare(m, &err));
    free(index);
    return m;
}

static void grow(const struct bz_machine *m)
{
    for (size_t rows = 1; rows <= 1024; rows *= 4)
        printf("rows %zu %.4f\n", rows, (double)rows * features(m, rows, true));
    for (size_t chains = 1; chains <= 256; chains *= 4)
        printf("chains %zu %.4f\n", chains, run(m, chains, 20, true, false) / 20);
    for (size_t units = 64; units <= 4096; units *= 4) {
        struct bz_machine *square = make("rbm", BZ_BERNOULLI, units, units, 1);
        printf("units %zu %.4f\n", units, 16 * features(square, 16, true));
        bz_machine_free(square);
    }
    for (size_t edges = 1000; edges <= 64000; edges *= 4) {
        struct bz_machine *sparse = make_sparse(edges);
        printf("edges %zu %.4f\n", edges, run(sparse, 64, 5, false, false) / 5);
        bz_machine_free(sparse);
    }
}

static char **wanted; /* NULL: everything */

static bool is_wanted(const char *measure)
{
    for (char **name = wanted; name && *name; name++)
        if (strcmp(*name, measure) == 0)
            return true;
    return !wanted;
}

static void measure_sweeps(const struct bz_machine *rbm, const struct bz_machine *dbm)
{
    struct bz_machine *gaussian = make("rbm", BZ_GAUSSIAN, 784, 500, 1), *lateral = make("bm", BZ_BERNOULLI, 784, 500, 3);
    struct bz_machine *softmax = make("rbm", BZ_SOFTMAX, 780, 500, 1), *sparse = make_sparse(20000);
    const struct {
        const char *measure;
        const struct bz_machine *m;
        size_t chains, n;
    } sweep[] = {{"gibbs", rbm, CHAINS, 20},      {"one-chain", rbm, 1, 500},        {"clamped", rbm, CHAINS, 20},
                 {"dbm", dbm, CHAINS, 10},        {"gaussian", gaussian, CHAINS, 5}, {"softmax", softmax, CHAINS, 5},
                 {"lateral", lateral, CHAINS, 2}, {"sparse", sparse, CHAINS, 10}};

    for (size_t k = 0; k < sizeof(sweep) / sizeof(*sweep); k++)
        if (is_wanted(sweep[k].measure))
            sweeps(sweep[k].measure, sweep[k].m, sweep[k].chains, sweep[k].n, strcmp(sweep[k].measure, "clamped") == 0);
    bz_machine_free(gaussian);
    bz_machine_free(lateral);
    bz_machine_free(softmax);
    bz_machine_free(sparse);
}

static void measure_rows(const struct bz_machine *m)
{
    const struct {
        const char *measure;
        size_t rows;
        bool grey;
    } rows[] = {{"grey64", 64, true}, {"grey1024", 1024, true}, {"bits64", 64, false}, {"bits1", 1, false}};

    for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++)
        if (is_wanted(rows[k].measure))
            printf("%s boltz %.4f\n", rows[k].measure, features(m, rows[k].rows, rows[k].grey));
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_peers MODELS [scale | MEASURE...]\n");
        return 2;
    }
    struct bz_model *rbm = load(argv[1], "mnist-rbm"), *dbm = load(argv[1], "mnist-dbm");
    if (argc > 2 && strcmp(argv[2], "scale") == 0) {
        grow(rbm->machine);
    } else {
        wanted = argc > 2 ? argv + 2 : NULL;
        measure_sweeps(rbm->machine, dbm->machine);
        if (is_wanted("tempering"))
            temper(rbm->machine);
        measure_rows(rbm->machine);
        if (is_wanted("ais"))
            anneal("ais", rbm->machine, 1);
        if (is_wanted("ais2"))
            anneal("ais2", rbm->machine, 2);
        if (is_wanted("pcd1"))
            learn("pcd1", rbm->machine, 1, 40);
        if (is_wanted("pcd2"))
            learn("pcd2", rbm->machine, 2, 40);
        if (is_wanted("dbm-step"))
            learn("dbm-step", dbm->machine, 1, 10);
    }
    bz_model_free(rbm);
    bz_model_free(dbm);
    return 0;
}
