/* boltz reconstruct: rows passed up and down through the machine, with missing values filled in. */
#include "commands.h"
#include "data_options.h"
#include "infer.h"
#include "layer_values.h"
#include "mem.h"
#include "reconstruct_names.h"
#include "row_tiles.h"
#include "terminal_picture.h"

#include <stddef.h>
#include <string.h>

struct reconstruct_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out, *layer, *type, *known, *predict;
    size_t steps, top;
    uint64_t seed;
    double counts;
    bool show;
};

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", offsetof(struct reconstruct_options, out), .argument = "FILE",
           .help = "where to write: .npy [n, units], .csv (the model's own columns), .png, or .npz with all visible layers; "
                   "default: CSV on standard output"),
    BZ_ROW(SIZE, "steps", offsetof(struct reconstruct_options, steps), .least = 1, .most = 1e9, .initial = "1",
           .help = "full sweeps: hidden layers, then visible ones"),
    BZ_ROW(CHOICE, "type", offsetof(struct reconstruct_options, type), .initial = "mean", .argument = "mean|state",
           .help = "pass means on (mean), or draw every layer (state)"),
    BZ_ROW(LIST, "mask", offsetof(struct reconstruct_options, mask), .argument = "[NAME=]FILE",
           .help = "which values are known (1) and kept, and which are filled in (0): one row for all, or one per row"),
    BZ_ROW(CHOICE, "known", offsetof(struct reconstruct_options, known), .initial = "auto", .argument = "auto|keep|replace",
           .help = "known values: keep them, or replace them by what the model would say; auto = keep if anything is to be "
                   "filled in (--mask, --missing infer), in complete rows too, else replace"),
    BZ_ROW(TEXT, "predict", offsetof(struct reconstruct_options, predict), .argument = "NAME",
           .help = "write instead the names and probabilities of this visible layer's most probable units given the other "
                   "layers, as CSV: by mean field, or with --type state averaged over --steps Gibbs sweeps"),
    BZ_ROW(SIZE, "top", offsetof(struct reconstruct_options, top), .least = 1, .most = 1e9, .initial = "5",
           .help = "units listed by --predict"),
    BZ_ROW(TEXT, "layer", offsetof(struct reconstruct_options, layer), .argument = "NAME",
           .help = "visible layer to write, if there are several"),
    BZ_ROW(FLAG, "show", offsetof(struct reconstruct_options, show), .help = "show the first rows as pictures on the terminal"),
    TRAIN_BINARIZE_ROW(struct reconstruct_options),
    BZ_ROW(SEED, "seed", offsetof(struct reconstruct_options, seed), .initial = "1",
           .help = "seed of --type state and --binarize stochastic"),
    TRAIN_COUNTS_ROW(offsetof(struct reconstruct_options, counts)),
};

struct reconstruction {
    const struct reconstruct_options *o;
    bool keep, replace; /* known units are written as given, or as the model has them, in every row; neither: as given in rows
                           with unknown units, as the model has them in others */
    enum train_output format;
    long layer; /* the only one that is written, or -1 */
    struct train_values values;
    double *error; /* [rows] mean squared difference over known units */
    double sum;    /* of these, over all rows */
    size_t n;      /* rows so far */
};

/* The visible rows as they are now, which the sweeps overwrite: given[l], owned by the caller. */
static int keep_given(const struct bz_state *s, size_t n, float **given, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t count = n * s->m->layers[l].size;
        if (!bz_is_visible(&s->m->layers[l]))
            continue;
        given[l] = bz_alloc(count, sizeof(float), err);
        if (!given[l])
            return -1;
        memcpy(given[l], s->x[l], count * sizeof(float));
    }
    return 0;
}

/* Known units of rows 0 .. n-1 as they were given. */
static void restore_known(struct bz_state *s, size_t n, float *const *given)
{
    for (size_t l = 0; l < s->m->n_layers; l++)
        for (size_t i = 0; given[l] && i < n * s->m->layers[l].size; i++)
            if (!s->known[l] || s->known[l][i])
                s->x[l][i] = given[l][i];
}

/* Rows with unknown units have kept their known ones so far. Now that they are filled in, they make one more pass with nothing
 * held. */
static void replace_known(const struct train_tile *t, enum bz_output type)
{
    struct bz_state *s = t->c->s;
    for (size_t i = 0; i < t->n; i++) {
        bool held = false;
        for (size_t l = 0; l < s->m->n_layers; l++) {
            const size_t size = s->m->layers[l].size;
            if (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l] + i * size, 0, size)) {
                memset(s->known[l] + i * size, 1, size);
                held = true;
            }
        }
        if (held)
            bz_reconstruct(t->c, NULL, i, 1, 1, type, NULL, t->w);
    }
}

static int reconstruct_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct reconstruction *r = arg;
    const struct bz_machine *m = t->c->s->m;
    const enum bz_output type = strcmp(r->o->type, "state") == 0 ? BZ_STATE : BZ_MEAN;
    float **given = bz_alloc(m->n_layers, sizeof(float *), err);
    int rc = given ? keep_given(t->c->s, t->n, given, err) : -1;
    if (rc == 0) {
        bz_reconstruct(t->c, (const float *const *)given, 0, t->n, r->o->steps, type, r->error + t->first, t->w);
        if (r->keep)
            restore_known(t->c->s, t->n, given);
        else if (r->replace)
            replace_known(t, type);
        train_values_store(&r->values, t->c->s, t->first, t->n);
    }
    for (size_t l = 0; given && l < m->n_layers; l++)
        bz_free(given[l]);
    bz_free(given);
    return rc;
}

/* The rows read so far; lines: for CSV, else NULL. */
static int reconstruct_rows(struct train_rows *in, void *arg, struct train_lines *lines, struct bz_error *err)
{
    struct reconstruction *r = arg;
    const struct reconstruct_options *o = r->o;
    const struct bz_machine *m = in->model->machine;
    const size_t n = in->data->rows;
    int rc = -1;
    if (train_values_new(&r->values, m, n, r->layer, err) < 0 ||
        (!o->layer && train_values_as_table(&r->values, in->model, o->out, err) < 0))
        goto out;
    r->values.ids = (struct train_ids){in->data->index_name, in->data->ids};
    r->error = bz_alloc(n, sizeof(double), err);
    if (!r->error || train_rows_each(in, reconstruct_tile, r, err) < 0)
        goto out;
    for (size_t i = 0; i < n; i++)
        r->sum += r->error[i];
    r->n += n;
    rc = 0;
    if (o->show && r->layer >= 0)
        rc = train_show_rows(stdout, &m->layers[r->layer], r->values.x[r->layer], n, err);
    if (rc == 0 && (o->out || !o->show))
        rc = lines ? train_values_lines(&r->values, lines, in->before == 0, err)
                   : train_values_write(&r->values, o->out, r->format, err);
out:
    train_values_free(&r->values);
    bz_drop(&r->error);
    return rc;
}

static int predict(struct train_rows *in, const struct reconstruct_options *o, bool steps_given, struct bz_error *err)
{
    const bool drawn = !strcmp(o->type, "state");
    const struct train_predict_names names = {.layer = o->predict,
                                              .out = o->out,
                                              .top = o->top,
                                              .steps = !drawn        ? 0
                                                       : steps_given ? o->steps
                                                                     : 200};
    return train_rows_mask(in, &o->mask, err) < 0 ? -1 : train_predict_names(&names, in, err);
}

static int reconstruct_all(struct train_rows *in, const struct reconstruct_options *o, enum train_output format,
                           struct bz_error *err)
{
    const bool fills = o->mask.n > 0 || train_gaps_accepted(&o->data), csv = format == TRAIN_OUT_CSV && (o->out || !o->show);
    struct reconstruction r = {.o = o,
                               .format = format,
                               .keep = !strcmp(o->known, "keep") || (fills && !strcmp(o->known, "auto")),
                               .replace = !strcmp(o->known, "replace")};
    if (train_values_layer(in->model, o->layer, format, &r.layer, err) < 0 || train_rows_mask(in, &o->mask, err) < 0)
        return -1;
    const int rc = train_rows_to_lines(in, o->out, csv, reconstruct_rows, &r, err);
    if (rc == 0)
        fprintf(stderr, "mean squared error of the known units: %.6g (%zu rows)%s\n", r.sum / (double)r.n, r.n,
                r.keep ? "; known values are kept (--known replace: what the model would say instead)" : "");
    return rc;
}

/* One sweep from the base rates is a poor guess of a layer that is wholly unknown. */
static void tell_of_one_sweep(const struct train_rows *in)
{
    const struct bz_machine *m = in->model->machine;
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].role == BZ_VISIBLE && in->part_of[l] < 0)
            fprintf(stderr, "boltz: layer %s is filled in by one sweep from its base rates; --steps 30 comes closer\n",
                    m->layers[l].name);
}

static int reconstruct(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct reconstruct_options *o = options;
    struct train_data_options data = o->data;
    struct train_rows in;
    enum train_output format;
    if (!o->predict && bz_option_given(&a->options, "top"))
        return bz_fail(err, BZ_BAD_USAGE, "--top: needs --predict");
    if (train_output_format(o->out, true, true, &format, err) < 0)
        return -1;
    data.windows = format == TRAIN_OUT_CSV && o->mask.n == 0 && !o->predict && !o->show;
    if (train_begin_rows(&in, a->words[0], &data, &o->run, o->seed, err) < 0)
        return -1;
    in.counts = o->counts;
    if (!o->predict && !bz_option_given(&a->options, "steps"))
        tell_of_one_sweep(&in);
    const int rc =
        o->predict ? predict(&in, o, bz_option_given(&a->options, "steps"), err) : reconstruct_all(&in, o, format, err);
    train_rows_close(&in);
    return rc;
}

const struct train_work train_work_reconstruct = {
    TRAIN_ON_ROWS("Options", rows, struct reconstruct_options),
    .run = reconstruct,
};
