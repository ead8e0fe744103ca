#include "sampler.h"

#include "ladder_file.h"
#include "mathx.h"
#include "mem.h"
#include "model_file.h"
#include "trajectories.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"gibbs", "tempering", "ptt"};

int train_sampler_named(const char *word, enum train_sampler *out, struct bz_error *err)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!strcmp(word, names[i])) {
            *out = (enum train_sampler)i;
            return 0;
        }
    return bz_fail(err, BZ_BAD_USAGE, "--sampler: expected %s, found '%.32s'", TRAIN_SAMPLER_NAMES, word);
}

int train_sampler_ladder(enum train_sampler sampler, const char *given, const struct bz_machine *m, struct bz_ladder **out,
                         struct bz_error *err)
{
    char *path = NULL, *beside = NULL, digest[BZ_DIGEST_ROOM];
    struct bz_model *model = NULL;
    struct bz_error failure;
    int rc = -1;
    *out = NULL;
    if (bz_model_path(&path, given, err) < 0)
        return -1;
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    if (!(beside = bz_alloc(folder + sizeof(BZ_LADDER_FILE), 1, err)) || bz_model_load(&model, path, err) < 0)
        goto out;
    memcpy(beside, path, folder);
    strcpy(beside + folder, BZ_LADDER_FILE);
    bz_model_digest(model, digest);
    if (bz_ladder_load(out, beside, m, digest, &failure) == 0)
        rc = 0;
    else if (sampler != TRAIN_SAMPLER_PTT && failure.code == BZ_NOT_FOUND)
        rc = 0;
    else if (failure.code == BZ_NOT_FOUND)
        bz_fail(err, BZ_BAD_USAGE,
                "--sampler ptt: the model has no ladder of checkpoints (%s); `boltz train --algorithm ptt` keeps one, and "
                "--sampler tempering needs none",
                beside);
    else
        *err = failure;
out:
    bz_model_free(model);
    bz_free(path);
    bz_free(beside);
    return rc;
}

/* --- chains --- */

/* Levels of PTT are watched over this many tiles together. */
enum { MOST_KEPT = 4096 /* differences of a pair and tile */ };

struct tile_task {
    struct train_values *v;
    const struct train_tempered *o;
    const struct bz_ladder *ladder; /* NULL = plain chains */
    size_t slots, tiles;
    struct bz_error *err;         /* [slots] */
    bool *failed;                 /* [slots] */
    struct bz_trajectory **watch; /* [tiles]; NULL without a ladder */
    double *counts;               /* [n_layers] */
};

static void take(const struct tile_task *t, const struct bz_chains *c, size_t first, size_t n, struct bz_work *w)
{
    for (size_t l = 0; l < t->v->m->n_layers; l++) {
        const size_t size = t->v->m->layers[l].size;
        if (!t->v->x[l])
            continue;
        float *out = t->v->x[l] + first * size;
        if (t->o->means)
            bz_conditional_mean(c->s, l, NULL, 0, n, out, w);
        else
            memcpy(out, c->s->x[l], n * size * sizeof(float));
    }
}

static int plain_tile(const struct tile_task *t, size_t first, size_t n, struct bz_work *w, struct bz_error *err)
{
    const struct bz_machine *m = t->v->m;
    struct bz_chains *c;
    if (bz_chains_new(&c, m, n, err) < 0)
        return -1;
    if (bz_chains_fix(c, err) < 0) {
        bz_chains_free(c);
        return -1;
    }
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = t->o->seed;
        c->index[r] = (uint32_t)(first + r);
        c->temperature[r] = 1;
        for (size_t l = 0; l < m->n_layers; l++)
            if (c->s->counts[l])
                c->s->counts[l][r] = (float)t->counts[l];
    }
    bz_chains_init(c, 0, n, NULL, w);
    bz_gibbs(c, 0, n, t->o->steps, w);
    take(t, c, first, n, w);
    bz_chains_free(c);
    return 0;
}

static int ladder_tile(const struct tile_task *t, size_t tile, size_t first, size_t n, struct bz_work *w, struct bz_error *err)
{
    struct bz_trajectory **x = &t->watch[tile];
    if (bz_trajectory_new(x, t->ladder, t->v->m, n, err) < 0)
        return -1;
    bz_trajectory_start(*x, t->o->seed, (uint32_t)first, t->counts, w);
    const size_t settling = t->o->steps / 2, kept = (t->o->steps - settling) * n;
    bz_trajectory_run(*x, settling, w);
    bz_trajectory_reset(*x);
    if (bz_trajectory_record(*x, kept < MOST_KEPT ? kept : MOST_KEPT, err) < 0)
        return -1;
    bz_trajectory_run(*x, t->o->steps - settling, w);
    take(t, bz_trajectory_chains(*x), first, n, w);
    return 0;
}

/* Tiles slot, slot + slots, ... on one thread. */
static void run_slot(void *arg, size_t slot)
{
    const struct tile_task *t = arg;
    struct bz_error *err = &t->err[slot];
    struct bz_work *w = NULL;
    t->failed[slot] = bz_work_new(&w, t->v->m, err) < 0;
    for (size_t tile = slot; tile < t->tiles && !t->failed[slot]; tile += t->slots) {
        const size_t first = tile * BZ_TILE, left = t->o->count - first, n = left < BZ_TILE ? left : BZ_TILE;
        t->failed[slot] = (t->ladder ? ladder_tile(t, tile, first, n, w, err) : plain_tile(t, first, n, w, err)) < 0;
    }
    bz_work_free(w);
}

static int say_levels(const struct tile_task *t, struct bz_error *err)
{
    const size_t rungs = t->ladder->n;
    const double lowest = bz_trajectories_lowest(t->watch, t->tiles, rungs), old = bz_trajectories_old(t->watch, t->tiles);
    double ratio, error;
    if (!isfinite(lowest)) /* too few steps for an exchange */
        return 0;
    if (bz_trajectories_log_ratio(t->watch, t->tiles, rungs, &ratio, &error, err) < 0)
        return -1;
    fprintf(stderr, "ptt: %zu checkpoints and the model, lowest rate of exchange %.2f, %.1f %% of the chains not renewed",
            rungs, lowest, 100 * old);
    if (isfinite(ratio))
        fprintf(stderr, ", log Z %.3f over the first checkpoint's (%.3f)", ratio, error);
    fputc('\n', stderr);
    if (old > TRAIN_MOST_OLD)
        fprintf(stderr, "warning: chains that were never redrawn at the first checkpoint: more --steps\n");
    return 0;
}

static int run_tiles(struct train_values *v, const struct train_tempered *o, const struct bz_ladder *ladder,
                     struct bz_error *err)
{
    struct tile_task t = {.v = v, .o = o, .ladder = ladder, .tiles = (o->count + BZ_TILE - 1) / BZ_TILE};
    const size_t threads = o->par ? o->par->threads : 1;
    int rc = -1;
    t.slots = threads < t.tiles ? threads : t.tiles;
    if (!(t.err = bz_alloc(t.slots, sizeof(*t.err), err)) || !(t.failed = bz_alloc(t.slots, sizeof(bool), err)) ||
        !(t.watch = bz_alloc(t.tiles, sizeof(struct bz_trajectory *), err)) ||
        !(t.counts = bz_alloc(v->m->n_layers, sizeof(double), err)))
        goto out;
    for (size_t l = 0; l < v->m->n_layers; l++)
        t.counts[l] = train_words(&v->m->layers[l], o->counts);
    bz_parallel_for(o->par, t.slots, run_slot, &t);
    rc = 0;
    for (size_t i = 0; rc == 0 && i < t.slots; i++)
        if (t.failed[i]) {
            *err = t.err[i];
            rc = -1;
        }
    if (rc == 0 && ladder && !o->quiet)
        rc = say_levels(&t, err);
out:
    for (size_t i = 0; t.watch && i < t.tiles; i++)
        bz_trajectory_free(t.watch[i]);
    bz_free_all(t.watch, t.err, t.failed, t.counts);
    return rc;
}

int train_sample_by(enum train_sampler sampler, struct train_values *v, const struct train_tempered *o,
                    const struct bz_ladder *ladder, struct bz_error *err)
{
    if (sampler == TRAIN_SAMPLER_TEMPERING)
        return train_sample_tempered(v, o, err);
    return run_tiles(v, o, sampler == TRAIN_SAMPLER_PTT ? ladder : NULL, err);
}
