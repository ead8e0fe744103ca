/* boltz index: stores features of rows beside a model, for `neighbors`. */
#include "commands.h"
#include "data_options.h"
#include "index.h"
#include "index_names.h"
#include "infer.h"
#include "meet.h"
#include "mem.h"
#include "row_tiles.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct index_options {
    struct train_data_options data;
    struct train_run_options run;
    const char *layer, *codes, *ids;
    bool centre, whiten, views;
    struct bz_list pairs;
    double length;
    uint64_t seed;
};

#define FIELD(name) offsetof(struct index_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "layer", FIELD(layer), .argument = "NAME",
           .help = "hidden layer whose features are indexed; default: the top one"),
    BZ_ROW(CHOICE, "codes", FIELD(codes), .initial = "f32", .argument = "f32|i8|bits",
           .help = "f32 = features as they are, i8 = a quarter of the size, bits = one bit each (above the mean or not)"),
    BZ_ROW(TEXT, "ids", FIELD(ids), .argument = "FILE",
           .help = "one name per row, one per line, returned with the neighbours; default: the texts of the index column "
                   "(--id-column), else row numbers from 0"),
    BZ_ROW(SWITCH, "centering", FIELD(centre), .initial = "on",
           .help = "subtract the mean of the features, so that the cosine compares what is specific to each row"),
    BZ_ROW(SWITCH, "whitening", FIELD(whiten), .initial = "off",
           .help = "make the features uncorrelated and of unit variance, so that what many units repeat counts only once"),
    BZ_ROW(
        SWITCH, "views", FIELD(views), .initial = "on",
        .help =
            "rows in several files (NAME=FILE): learn from them where the layers of a row meet, so that rows are found from "
            "any of their layers; off, or with --whitening on or --centering off: features of --layer given all that is known"),
    BZ_ROW(LIST, "pairs", FIELD(pairs), .argument = "NAME=FILE",
           .help = "learn that from these rows instead, for an index of rows that have one layer only; once for each layer"),
    BZ_ROW(
        REAL, "length", FIELD(length), .most = 1e6,
        .help =
            "compare rows of counts (multinomial layers: texts) as if each had this many; 0 = as they are; default: a quarter "
            "of the median"),
    TRAIN_BINARIZE_ROW(struct index_options),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "seed of --binarize stochastic"),
};

struct features {
    size_t layer, size;
    float length;           /* bz_state_set_length */
    float *x;               /* [rows][size] */
    struct bz_views *views; /* owned; NULL = features of the layer */
};

static int features_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct features *f = arg;
    (void)err;
    bz_state_set_length(t->c->s, 0, t->n, f->length);
    bz_mean_field(t->c->s, 0, t->n, false, NULL, t->w);
    memcpy(f->x + t->first * f->size, t->c->s->x[f->layer], t->n * f->size * sizeof(float));
    return 0;
}

static int save(const struct index_options *o, const struct train_rows *r, const struct features *f, char *const *ids,
                const char *path, struct bz_error *err)
{
    char digest[BZ_DIGEST_ROOM];
    struct bz_index_content c = {.layer = r->model->machine->layers[f->layer].name,
                                 .rows = r->data->rows,
                                 .units = f->size,
                                 .centre = o->centre && !f->views,
                                 .whiten = o->whiten,
                                 .views = f->views,
                                 .machine = r->model->machine,
                                 .length = f->length,
                                 .feature = f->x,
                                 .ids = ids ? ids : r->data->ids,
                                 .digest = digest};
    while (strcmp(o->codes, bz_codes_name(c.codes)) != 0)
        c.codes++;
    if (!c.ids && r->options.where.n > 0)
        fprintf(stderr, "boltz: neighbors are numbered among these %zu rows (--index-column or --ids gives names)\n", c.rows);
    bz_model_digest(r->model, digest);
    const int rc = bz_index_save(&c, path, err);
    if (rc == 0)
        fprintf(stderr, "boltz: %zu rows x %zu %s%s as %s%s\n", c.rows, c.units,
                f->views ? "numbers in which their layers meet" : "features of layer ", f->views ? "" : c.layer, o->codes,
                o->whiten ? ", whitened" : "");
    return rc;
}

static int set_length(const struct index_options *o, struct train_rows *r, bool given, struct features *f, struct bz_error *err)
{
    if (train_usual_length(r, &f->length, err) < 0)
        return -1;
    if (!given)
        return 0;
    if (f->length <= 0 && o->length > 0)
        return bz_fail(err, BZ_BAD_USAGE, "--length: applies to multinomial layers; the model has none");
    f->length = (float)o->length;
    return 0;
}

/* Learns the views from rows (--pairs, or those of the index), if there may be some. */
static int learn_views(const struct index_options *o, struct train_rows *from, struct features *f, struct bz_error *err)
{
    const char *why;
    if (!o->views || (o->pairs.n == 0 && (o->whiten || !o->centre || train_meet_layers(from) < 2)))
        return 0;
    if (train_meet(&f->views, &why, from, f->layer, f->length, NULL, "boltz", err) < 0)
        return -1;
    if (!f->views && o->pairs.n > 0)
        return bz_fail(err, BZ_BAD_INPUT, "--pairs: nothing can be learned from these rows: %s", why);
    if (!f->views)
        fprintf(stderr, "boltz: rows are compared by features of layer %s: %s\n", from->model->machine->layers[f->layer].name,
                why);
    if (f->views && strcmp(o->codes, "bits") == 0)
        return train_meet_spread(f->views, from->model->machine, err);
    return 0;
}

/* The length and the views. --pairs are rows like those that are searched with, so they tell the usual length too. */
static int prepare(const char *model, const struct index_options *o, struct train_rows *r, bool length_given,
                   struct features *f, struct bz_error *err)
{
    struct train_rows pairs = {0}, *from = r;
    int rc = 0;
    if (o->pairs.n > 0) {
        struct train_data_options data = r->options;
        data.data = o->pairs;
        data.weights = NULL;
        if (!train_labels_are_column(&data))
            data.labels = NULL;
        from = &pairs;
        if ((rc = train_begin_rows(from, model, &data, &o->run, o->seed, err)) < 0)
            bz_fail_in(err, "--pairs");
    }
    if (rc == 0)
        rc = set_length(o, from, length_given, f, err);
    if (rc == 0)
        rc = learn_views(o, from, f, err);
    train_rows_close(&pairs);
    return rc;
}

/* Rows of which nothing is known in the layers that meet are all zeros. */
static int check_empty(const struct train_rows *r, const struct features *f, struct bz_error *err)
{
    size_t empty = 0, first = 0;
    if (!f->views)
        return 0;
    for (size_t row = 0; row < r->data->rows; row++) {
        size_t i = 0;
        while (i < f->size && f->x[row * f->size + i] == 0)
            i++;
        if (i == f->size && empty++ == 0)
            first = row;
    }
    const struct bz_machine *m = r->model->machine;
    if (empty == r->data->rows)
        return bz_fail(err, BZ_BAD_INPUT,
                       "no row can be compared: expected values of a layer that --pairs gives (%s is one); without "
                       "--pairs features of layer %s are compared",
                       m->layers[f->views->view[0].layer].name, m->layers[f->layer].name);
    if (empty > 0)
        fprintf(stderr, "boltz: %zu row%s no value that can be compared (the first is row %zu): nothing is near such a row\n",
                empty, empty > 1 ? "s have" : " has", first + 1);
    return 0;
}

/* Layers that rows are not found from, as nothing was learned of them. */
static void name_left_out(const struct index_options *o, const struct train_rows *r, const struct features *f)
{
    const struct bz_machine *m = r->model->machine;
    for (size_t l = 0; f->views && l < m->n_layers; l++) {
        size_t k = 0;
        while (k < f->views->n && f->views->view[k].layer != l)
            k++;
        if (m->layers[l].role == BZ_VISIBLE && k == f->views->n)
            fprintf(stderr, "boltz: layer %s is not compared, nor are rows found from it: %s\n", m->layers[l].name,
                    o->pairs.n == 0      ? "the data have none of it"
                    : r->part_of[l] >= 0 ? "the data have it, but --pairs do not"
                                         : "neither the data nor --pairs have it");
    }
}

static int make_index(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct index_options *o = options;
    const bool given = bz_option_given(&a->options, "length");
    struct train_rows r = {0};
    struct features f = {0};
    char **ids = NULL;
    size_t cells;
    int rc = -1;
    if (o->whiten && !o->centre)
        return bz_fail(err, BZ_BAD_USAGE, "--whitening on: needs --centering on");
    if (o->pairs.n == 1)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--pairs: nothing can be learned from one layer: expected NAME=FILE for each of two or more");
    if (o->pairs.n > 0 && (!o->views || o->whiten || !o->centre))
        return bz_fail(err, BZ_BAD_USAGE, "--pairs: views are learned from these rows, so not with %s",
                       !o->views   ? "--views off"
                       : o->whiten ? "--whitening on"
                                   : "--centering off");
    if (train_begin_rows(&r, a->words[0], &o->data, &o->run, o->seed, err) < 0)
        return -1;
    char *path = NULL;
    const struct bz_machine *m = r.model->machine;
    if (train_rows_alike(&r, "boltz index", err) < 0 || bz_index_path(&path, a->words[0], err) < 0 ||
        train_layer_choice(m, o->layer, false, bz_machine_top_hidden(m), &f.layer, err) < 0)
        goto out;
    if ((o->ids && train_read_index_names(&ids, o->ids, r.data->rows, err) < 0) ||
        ((ids || r.data->ids) && train_check_index_names(ids ? ids : r.data->ids, r.data->rows, err) < 0) ||
        prepare(a->words[0], o, &r, given, &f, err) < 0)
        goto out;
    name_left_out(o, &r, &f);
    f.size = f.views ? f.views->units : m->layers[f.layer].size;
    if (bz_mul(&cells, r.data->rows, f.size) < 0 || !(f.x = bz_alloc_lazy(cells, sizeof(float), err)) ||
        (f.views ? train_meet_rows(f.views, &r, f.x, err) : train_rows_each(&r, features_tile, &f, err)) < 0 ||
        check_empty(&r, &f, err) < 0 || save(o, &r, &f, ids, path, err) < 0)
        goto out;
    printf("%s\n", path);
    rc = 0;
out:
    train_free_index_names(ids, r.data->rows);
    bz_free(path);
    bz_free_lazy(f.x);
    train_meet_free(f.views);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_index = {
    TRAIN_ON_ROWS("Options", rows, struct index_options),
    .run = make_index,
};
