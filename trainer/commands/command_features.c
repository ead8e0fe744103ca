/* boltz features: the hidden representation of each row. */
#include "commands.h"
#include "data_options.h"
#include "infer.h"
#include "mem.h"
#include "output.h"
#include "row_tiles.h"

#include <stddef.h>
#include <string.h>

struct features_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out, *layer, *type;
    uint64_t seed;
    double counts;
};

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", offsetof(struct features_options, out), .argument = "FILE",
           .help =
               ".npy [n, units], .npz, .csv (with a header if the table has names) or .png; default: CSV on standard output"),
    BZ_ROW(TEXT, "layer", offsetof(struct features_options, layer), .argument = "NAME",
           .help = "hidden layer; default: the top one"),
    BZ_ROW(CHOICE, "type", offsetof(struct features_options, type), .initial = "probability", .argument = "probability|state",
           .help = "posterior means, or states drawn from them"),
    TRAIN_MASK_ROW(offsetof(struct features_options, mask)),
    TRAIN_BINARIZE_ROW(struct features_options),
    BZ_ROW(SEED, "seed", offsetof(struct features_options, seed), .initial = "1",
           .help = "seed of states and of --binarize stochastic"),
    TRAIN_COUNTS_ROW(offsetof(struct features_options, counts)),
};

struct features {
    const char *out;
    enum train_output format;
    size_t layer, size;
    bool draw;
    float *x; /* [rows][size] */
};

static int features_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct features *f = arg;
    (void)err;
    bz_mean_field(t->c->s, 0, t->n, false, NULL, t->w);
    if (f->draw)
        bz_gibbs_layer(t->c, f->layer, 0, t->n, t->w);
    memcpy(f->x + t->first * f->size, t->c->s->x[f->layer], t->n * f->size * sizeof(float));
    return 0;
}

/* The rows read so far. lines: for CSV, else NULL. */
static int features_rows(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err)
{
    struct features *f = arg;
    struct train_layer_rows table = {.layer = &r->model->machine->layers[f->layer],
                                     .n = r->data->rows,
                                     .ids = {r->data->index_name, r->data->ids},
                                     .header = (r->data->ids || bz_columns_named(&r->columns)) && r->before == 0};
    size_t n;
    int rc = -1;
    f->size = table.layer->size;
    if (bz_mul(&n, r->data->rows, f->size) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu features do not fit memory", r->data->rows, f->size);
    table.x = f->x = bz_alloc(n, sizeof(float), err);
    if (f->x && train_rows_each(r, features_tile, f, err) == 0)
        rc = lines ? train_lines_rows(lines, &table, err) : train_output_rows(f->out, f->format, &table, err);
    bz_free(f->x);
    return rc;
}

static int features(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct features_options *o = options;
    struct train_data_options data = o->data;
    struct train_rows r;
    struct features f = {.out = o->out, .draw = strcmp(o->type, "state") == 0};
    int rc = -1;
    if (train_output_format(o->out, true, true, &f.format, err) < 0)
        return -1;
    const bool csv = f.format == TRAIN_OUT_CSV;
    data.windows = csv && o->mask.n == 0;
    if (train_begin_rows(&r, a->words[0], &data, &o->run, o->seed, err) < 0)
        return -1;
    const struct bz_machine *m = r.model->machine;
    r.counts = o->counts;
    if (train_layer_choice(m, o->layer, false, bz_machine_top_hidden(m), &f.layer, err) == 0 &&
        train_rows_mask(&r, &o->mask, err) == 0)
        rc = train_rows_to_lines(&r, o->out, csv, features_rows, &f, err);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_features = {
    TRAIN_ON_ROWS("Options", rows, struct features_options),
    .run = features,
};
