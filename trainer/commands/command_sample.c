/* boltz sample: block Gibbs chains, free or with some units held. */
#include "commands.h"
#include "data_options.h"
#include "layer_values.h"
#include "mem.h"
#include "row_tiles.h"
#include "sampler.h"
#include "terminal_picture.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct sample_options {
    struct train_run_options run;
    struct bz_list clamp, mask, init;
    const char *out, *layer, *type, *sampler;
    size_t count, steps;
    double temperature, anneal_from, counts;
    uint64_t seed;
    bool show;
};

static const struct bz_option rows[] = {
    BZ_ROW(SIZE, "count", offsetof(struct sample_options, count), .least = 1, .most = 1e9, .initial = "64",
           .help = "number of independent chains, one sample each"),
    BZ_ROW(SIZE, "steps", offsetof(struct sample_options, steps), .most = 1e12, .initial = "1000",
           .help = "full sweeps per chain"),
    BZ_ROW(SEED, "seed", offsetof(struct sample_options, seed), .initial = "1",
           .help = "chain i of a seed is the same for every --count and number of threads"),
    BZ_ROW(CHOICE, "sampler", offsetof(struct sample_options, sampler), .initial = "gibbs", .argument = TRAIN_SAMPLER_NAMES,
           .help = "plain chains; parallel tempering with an adaptive ladder (slower, moves between modes; half of the steps "
                   "adapt the ladder; samples depend on --count); or ptt: exchanges with the checkpoints that `boltz train "
                   "--algorithm ptt` kept"),
    BZ_ROW(REAL, "temperature", offsetof(struct sample_options, temperature), .least = 1e-6, .most = 1e6, .initial = "1",
           .help = "sample from p(x)^(1/T)"),
    BZ_ROW(REAL, "anneal-from", offsetof(struct sample_options, anneal_from), .least = 1e-6, .most = 1e6, .argument = "T",
           .help = "start at this temperature and reach --temperature, by a constant factor per step, over the first half of "
                   "the steps"),
    BZ_ROW(CHOICE, "type", offsetof(struct sample_options, type), .argument = "mean|state",
           .help =
               "visible values of the last sweep as means or as drawn states; default: means for pictures, states for numbers"),
    BZ_ROW(TEXT, "out", offsetof(struct sample_options, out), .argument = "FILE",
           .help = "where to write: .png, .npy [count, units], .csv (the model's own columns), or .npz with all visible "
                   "layers; default: CSV on standard output"),
    BZ_ROW(FLAG, "show", offsetof(struct sample_options, show), .help = "show the first samples as pictures on the terminal"),
    BZ_ROW(TEXT, "layer", offsetof(struct sample_options, layer), .argument = "NAME",
           .help = "visible layer to write, if there are several"),
    BZ_ROW(
        LIST, "clamp", offsetof(struct sample_options, clamp), .argument = "[NAME=]FILE",
        .help =
            "values to hold: one row for all chains, or one per chain, of a table those columns that are to be held; NaN and "
            "empty cells are left free"),
    BZ_ROW(LIST, "mask", offsetof(struct sample_options, mask), .argument = "[NAME=]FILE",
           .help = "which of the clamped values are held (1) and which are drawn (0)"),
    BZ_ROW(LIST, "init", offsetof(struct sample_options, init), .argument = "[NAME=]FILE",
           .help =
               "rows to start the chains from, repeated as needed; default: independent draws from the visible biases' means"),
    BZ_ROW(REAL, "counts", offsetof(struct sample_options, counts), .most = 1e9,
           .help = "words per sample of a multinomial layer; default: those of an average row of training, 100 where these are "
                   "not known"),
};

/* Rows that chains take values from: for each layer the part, or NULL. */
struct source_rows {
    struct train_data *data;
    const struct train_part **part; /* [n_layers] */
    size_t *number;                 /* [n_layers] of the part, for reading */
};

struct sampling {
    const struct sample_options *o;
    const struct bz_machine *m;
    struct source_rows clamp, init;
    struct train_rows mask; /* only its mask and model are in use */
    struct train_values values;
    double counts; /* asked for; -1: as usual */
    bool means;
    size_t slots, tiles;
    struct bz_error *err; /* [slots] */
    bool *failed;         /* [slots] */
};

/* Columns by the names of the model's table, where it has names; else, and under the name of a layer, units as they are. */
static int load_source(struct source_rows *s, const char *option, const struct bz_list *files, const struct bz_model *model,
                       struct bz_error *err)
{
    const struct train_data_options o = {.data = *files, .missing = "infer", .some_columns = true};
    struct bz_columns table = {0};
    if (model->table && bz_columns_parse(&table, model->table, model->machine, err) < 0)
        return -1;
    const int rc = train_data_load(&s->data, &o, NULL, model->machine, bz_columns_named(&table) ? &table : NULL, err);
    bz_columns_free(&table);
    for (size_t i = 0; rc < 0 && i < files->n; i++) {
        const char *equals = strchr(files->items[i], '=');
        if (access(equals ? equals + 1 : files->items[i], F_OK) < 0 && access(files->items[i], F_OK) < 0)
            return bz_fail(err, BZ_BAD_USAGE, "--%s %s: %s; expected a file of values, such as a table with the columns' names",
                           option, files->items[i], err->msg);
    }
    for (size_t i = 0; rc == 0 && i < s->data->n_said; i++)
        fprintf(stderr, "--%s: %s\n", option, s->data->said[i]);
    return rc < 0 ? bz_fail(err, BZ_BAD_USAGE, "--%s: %s", option, err->msg) : 0;
}

static int open_source(struct source_rows *s, const char *option, const struct bz_list *files, const struct bz_model *model,
                       size_t count, bool repeat, struct bz_error *err)
{
    const struct bz_machine *m = model->machine;
    s->part = bz_alloc(m->n_layers, sizeof(*s->part), err);
    s->number = bz_alloc(m->n_layers, sizeof(size_t), err);
    if (!s->part || !s->number)
        return -1;
    if (files->n == 0)
        return 0;
    if (load_source(s, option, files, model, err) < 0)
        return -1;
    if (!repeat && s->data->rows != 1 && s->data->rows != count)
        return bz_fail(err, BZ_BAD_USAGE, "--%s: %zu rows, expected 1 or %zu (--count)", option, s->data->rows, count);
    for (size_t i = 0; i < s->data->n_parts; i++) {
        size_t l = (size_t)bz_machine_find(m, s->data->parts[i].name); /* parts are named after the model's layers */
        s->part[l] = &s->data->parts[i];
        s->number[l] = i;
    }
    return 0;
}

static void close_source(struct source_rows *s)
{
    train_data_free(s->data);
    bz_free(s->part);
    bz_free(s->number);
}

static void read_row(const struct source_rows *s, size_t layer, size_t chain, float *x, uint8_t *known)
{
    const size_t row = chain % s->data->rows;
    train_part_read(s->part[layer], &row, 1, NULL, x, known);
}

/* Start values and clamps of one layer for chains first .. first+n-1. */
static int fill_layer(struct sampling *s, struct bz_chains *c, size_t layer, size_t first, bool *has_init, struct bz_error *err)
{
    const size_t size = s->m->layers[layer].size, n = c->s->n;
    float *x = c->s->x[layer];
    has_init[layer] = s->init.part[layer] != NULL;
    for (size_t i = 0; has_init[layer] && i < n; i++)
        read_row(&s->init, layer, first + i, x + i * size, NULL);
    if (!s->clamp.part[layer])
        return 0;
    if (bz_state_make_known(c->s, layer, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        uint8_t *known = c->s->known[layer] + i * size;
        float *start = x + i * size, *held = bz_alloc(size, sizeof(float), err);
        if (!held)
            return -1;
        read_row(&s->clamp, layer, first + i, held, known);
        const bool given = memchr(known, 1, size) != NULL;
        train_rows_mask_row(&s->mask, layer, first + i, known);
        if (given && !memchr(known, 1, size)) {
            bz_free(held);
            return bz_fail(err, BZ_BAD_INPUT, "row %zu: --mask leaves nothing of --clamp held in layer '%s'", first + i + 1,
                           s->m->layers[layer].name);
        }
        for (size_t k = 0; k < size; k++)
            start[k] = known[k] ? held[k] : has_init[layer] ? start[k] : 0;
        bz_free(held);
    }
    return 0;
}

/* D of each chain of a multinomial layer: --counts, but at least the held counts, and exactly these if all are held. */
static void set_counts(const struct sampling *s, struct bz_chains *c, size_t layer)
{
    const size_t size = s->m->layers[layer].size;
    const double words = train_words(&s->m->layers[layer], s->counts);
    for (size_t i = 0; c->s->counts[layer] && i < c->s->n; i++) {
        const uint8_t *known = c->s->known[layer] ? c->s->known[layer] + i * size : NULL;
        double held = 0;
        size_t n_known = 0;
        for (size_t k = 0; known && k < size; k++) {
            held += known[k] ? (double)c->s->x[layer][i * size + k] : 0;
            n_known += known[k];
        }
        c->s->counts[layer][i] = (float)(n_known == size || held > words ? held : words);
    }
}

/* All sweeps of n chains, the first half cooling if requested. */
static void run_sweeps(const struct sample_options *o, struct bz_chains *c, size_t n, struct bz_work *w)
{
    const size_t cooling = o->anneal_from > 0 ? o->steps / 2 : 0;
    for (size_t k = 0; k < cooling; k++) {
        const double left = 1 - (double)k / (double)cooling;
        for (size_t i = 0; i < n; i++)
            c->temperature[i] = o->temperature * pow(o->anneal_from / o->temperature, left);
        bz_gibbs(c, 0, n, 1, w);
    }
    for (size_t i = 0; i < n; i++)
        c->temperature[i] = o->temperature;
    bz_gibbs(c, 0, n, o->steps - cooling, w);
}

static int run_tile(struct sampling *s, struct bz_chains *c, struct bz_work *w, size_t first, size_t n, bool *has_init,
                    struct bz_error *err)
{
    c->s->n = n;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        if (bz_is_visible(&s->m->layers[l]) && fill_layer(s, c, l, first, has_init, err) < 0)
            return -1;
        set_counts(s, c, l);
    }
    for (size_t i = 0; i < n; i++) {
        c->seed[i] = s->o->seed;
        c->index[i] = (uint32_t)(first + i);
        c->step[i] = 0;
        c->temperature[i] = s->o->temperature;
    }
    bz_chains_init(c, 0, n, has_init, w);
    run_sweeps(s->o, c, n, w);
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (!s->values.x[l])
            continue;
        float *out = s->values.x[l] + first * size;
        if (s->means)
            bz_conditional_mean(c->s, l, c->temperature, 0, n, out, w);
        else
            memcpy(out, c->s->x[l], n * size * sizeof(float));
    }
    return 0;
}

/* Tiles slot, slot + slots, ... on one thread. */
static void run_slot(void *arg, size_t slot)
{
    struct sampling *s = arg;
    struct bz_error *err = &s->err[slot];
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    bool *has_init = bz_alloc(s->m->n_layers, sizeof(bool), err);
    s->failed[slot] =
        !has_init || bz_chains_new(&c, s->m, BZ_TILE, err) < 0 || bz_chains_fix(c, err) < 0 || bz_work_new(&w, s->m, err) < 0;
    for (size_t tile = slot; tile < s->tiles && !s->failed[slot]; tile += s->slots) {
        const size_t first = tile * BZ_TILE, left = s->o->count - first;
        s->failed[slot] = run_tile(s, c, w, first, left < BZ_TILE ? left : BZ_TILE, has_init, err) < 0;
    }
    bz_chains_free(c);
    bz_work_free(w);
    bz_free(has_init);
}

static int run_chains(struct sampling *s, struct bz_parallel *par, struct bz_error *err)
{
    int rc = -1;
    s->tiles = (s->o->count + BZ_TILE - 1) / BZ_TILE;
    s->slots = par->threads < s->tiles ? par->threads : s->tiles;
    s->err = bz_alloc(s->slots, sizeof(*s->err), err);
    s->failed = bz_alloc(s->slots, sizeof(bool), err);
    if (s->err && s->failed) {
        bz_parallel_for(par, s->slots, run_slot, s);
        rc = 0;
    }
    for (size_t i = 0; rc == 0 && i < s->slots; i++)
        if (s->failed[i]) {
            *err = s->err[i];
            rc = -1;
        }
    bz_free(s->err);
    bz_free(s->failed);
    return rc;
}

static int sample(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct sample_options *o = options;
    struct sampling s = {.o = o, .counts = bz_option_given(&a->options, "counts") ? o->counts : -1};
    struct train_pool *pool = NULL;
    struct bz_ladder *ladder = NULL;
    enum train_output format;
    long layer;
    int rc = -1;
    if (train_output_format(o->out, true, true, &format, err) < 0)
        return -1;
    s.means = o->type ? strcmp(o->type, "mean") == 0 : format == TRAIN_OUT_PNG || (o->show && !o->out);
    if (train_run_start(&o->run, &pool, err) < 0 || train_model_open(&s.mask.model, a->words[0], err) < 0)
        goto out;
    s.m = s.mask.model->machine;
    if (train_values_layer(s.mask.model, o->layer, format, &layer, err) < 0 ||
        train_values_new(&s.values, s.m, o->count, layer, err) < 0 ||
        (!o->layer && train_values_as_table(&s.values, s.mask.model, o->out, err) < 0) ||
        open_source(&s.clamp, "clamp", &o->clamp, s.mask.model, o->count, false, err) < 0 ||
        open_source(&s.init, "init", &o->init, s.mask.model, o->count, true, err) < 0)
        goto out;
    if (o->mask.n > 0 && o->clamp.n == 0) {
        bz_fail(err, BZ_BAD_USAGE, "--mask: selects values of --clamp, and there is no --clamp");
        goto out;
    }
    s.values.classes = true;
    enum train_sampler sampler;
    if (train_sampler_named(o->sampler, &sampler, err) < 0)
        goto out;
    const bool plain = sampler == TRAIN_SAMPLER_GIBBS;
    if (!plain && (o->clamp.n > 0 || o->init.n > 0 || o->temperature != 1 || o->anneal_from > 0)) {
        bz_fail(err, BZ_BAD_USAGE,
                "--sampler %s: runs free at temperature 1; no --clamp, --init, --temperature or --anneal-from", o->sampler);
        goto out;
    }
    if (sampler == TRAIN_SAMPLER_PTT && train_sampler_ladder(sampler, a->words[0], s.m, &ladder, err) < 0)
        goto out;
    struct bz_parallel *par = train_pool_parallel(pool);
    const struct train_tempered t = {
        .count = o->count, .steps = o->steps, .seed = o->seed, .counts = s.counts, .means = s.means, .par = par};
    if (train_rows_mask(&s.mask, &o->mask, err) < 0 ||
        (plain ? run_chains(&s, par, err) : train_sample_by(sampler, &s.values, &t, ladder, err)) < 0)
        goto out;
    rc = 0;
    if (o->show && layer >= 0)
        rc = train_show_rows(stdout, &s.m->layers[layer], s.values.x[layer], o->count, err);
    if (rc == 0 && (o->out || !o->show))
        rc = train_values_write(&s.values, o->out, format, err);
out:
    bz_ladder_free(ladder);
    train_values_free(&s.values);
    close_source(&s.clamp);
    close_source(&s.init);
    train_rows_close(&s.mask);
    train_pool_free(pool);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Running", train_run_rows, TRAIN_N_RUN_OPTIONS, offsetof(struct sample_options, run)},
};

const struct train_work train_work_sample = {
    TRAIN_OPTIONS(groups, struct sample_options),
    .run = sample,
};
