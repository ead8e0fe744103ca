#include "row_tiles.h"

#include "classify.h"
#include "evaluation.h"
#include "mem.h"
#include "table.h"
#include "unit.h"
#include "unit_names.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int train_model_open(struct bz_model **out, const char *given, struct bz_error *err)
{
    char *path;
    struct bz_model *model;
    if (bz_model_path(&path, given, err) < 0)
        return -1;
    int rc = bz_model_load(&model, path, err);
    bz_free(path);
    if (rc < 0)
        return -1;
    if (bz_machine_prepare(model->machine, err) < 0) {
        bz_model_free(model);
        return -1;
    }
    if (model->warning)
        fprintf(stderr, "boltz: %s: %s\n", given, model->warning);
    for (size_t i = 0; i < model->n_log_z; i++)
        if (*model->log_z[i].warning)
            fprintf(stderr, "boltz: %s: log Z stored with the model: %s\n", given, model->log_z[i].warning);
    *out = model;
    return 0;
}

static int load(struct train_rows *r, struct bz_error *err)
{
    if (train_data_load(&r->data, &r->options, NULL, r->model->machine, &r->columns, err) < 0)
        return -1;
    bz_free(r->part_of);
    r->part_of = bz_alloc(r->model->machine->n_layers, sizeof(long), err);
    return !r->part_of || train_match_parts(r->model->machine, r->data, r->part_of, err) < 0
               ? -1
               : train_data_binarize(r->data, &r->options, TRAIN_BINARIZE_NONE, &r->binarize, err);
}

/* Whether any part of a table can be read by itself: the model knows its columns, and nothing depends on row numbers. */
static bool comes_apart(const struct train_rows *r)
{
    const struct train_data_options *o = &r->options;
    const bool names = train_header_is_file(o->header);
    return o->windows && r->columns.n > 0 && o->data.n == 1 && o->where.n == 0 && !o->labels && !o->label_column &&
           !o->weights && !o->transpose && !o->array && !names && !(o->binarize && strcmp(o->binarize, "stochastic") == 0);
}

/* The first rows, if they may come in windows. */
static int load_window(struct train_rows *r, struct bz_error *err)
{
    if (train_windows_open(&r->windows, r->options.data.items[0], err) < 0)
        return -1;
    if (!r->windows)
        return 0;
    const bool kept = r->options.keep_text;
    r->options.unlike = &r->unlike;
    r->options.window = train_windows_now(r->windows);
    r->options.keep_text = true;
    const int rc = load(r, err);
    r->options.keep_text = kept;
    if (rc < 0 && train_windows_are_sure(r->windows))
        return -1;
    if (rc == 0 && r->data->form && train_windows_settle(r->windows, r->data->form, err) == 0)
        return 0;
    train_windows_close(r->windows);
    train_data_free(r->data);
    r->windows = NULL;
    r->data = NULL;
    r->options.window = NULL;
    r->options.unlike = NULL;
    train_unlike_free(&r->unlike);
    return 0;
}

static void show_progress(const struct train_rows *r)
{
    const double read = train_windows_read(r->windows);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r[%-40.*s] %3.0f %%  %zu rows", (int)(40 * read), "########################################",
                100 * read, r->before);
}

/* Remarks on further rows that were not made on the first ones. */
static void say_more(const struct train_rows *r, const struct train_data *earlier)
{
    for (size_t i = 0; i < r->data->n_said; i++) {
        bool again = false;
        for (size_t k = 0; k < earlier->n_said && !again; k++)
            again = strcmp(r->data->said[i], earlier->said[k]) == 0;
        if (!again && strncmp(r->data->said[i], earlier->said[0], strcspn(earlier->said[0], ",")) != 0)
            fprintf(stderr, "rows %zu to %zu: %s\n", r->before + 1, r->before + r->data->rows, r->data->said[i]);
    }
}

static void say_end(struct train_rows *r)
{
    char text[512];
    fprintf(stderr, "%s%zu rows read in all", isatty(STDERR_FILENO) ? "\n" : "", r->before);
    if (r->gaps > 0)
        fprintf(stderr, ", %zu values are missing", r->gaps);
    fputs("\n", stderr);
    while (train_unlike_rest(&r->unlike, text, sizeof(text)))
        fprintf(stderr, "%s\n", text);
}

int train_rows_next(struct train_rows *r, struct bz_error *err)
{
    if (!r->windows)
        return 0;
    const int more = train_windows_next(r->windows, r->data->rows, err);
    struct train_data *earlier = r->data;
    r->before = train_windows_before(r->windows);
    r->gaps += r->data->gaps;
    show_progress(r);
    if (more <= 0) {
        say_end(r);
        return more;
    }
    r->options.window = train_windows_now(r->windows);
    r->data = NULL;
    const int rc = load(r, err);
    if (rc == 0)
        say_more(r, earlier);
    train_data_free(earlier);
    return rc < 0 ? -1 : 1;
}

int train_rows_open(struct train_rows *r, const char *model, const struct train_data_options *data, struct train_pool *pool,
                    uint64_t seed, struct bz_error *err)
{
    *r = (struct train_rows){.options = *data, .seed = seed, .pool = pool, .columns = {.base = -1}};
    if (train_model_open(&r->model, model, err) < 0 ||
        (r->model->table && bz_columns_parse(&r->columns, r->model->table, r->model->machine, err) < 0) ||
        (comes_apart(r) && load_window(r, err) < 0) || (!r->data && load(r, err) < 0))
        goto fail;
    for (size_t i = 0; i < r->data->n_said; i++)
        fprintf(stderr, "%s\n", r->data->said[i]);
    if (r->windows)
        return 0;
    if (r->data->labels)
        fprintf(stderr, "%zu rows read, %zu of them labelled\n", r->data->rows, r->data->labelled);
    else
        fprintf(stderr, "%zu rows read\n", r->data->rows);
    return 0;
fail:
    train_rows_close(r);
    return -1;
}

void train_rows_close(struct train_rows *r)
{
    train_windows_close(r->windows);
    train_data_free(r->data);
    train_data_free(r->mask);
    train_unlike_free(&r->unlike);
    bz_columns_free(&r->columns);
    bz_model_free(r->model);
    train_pool_free(r->pool);
    bz_free(r->part_of);
    *r = (struct train_rows){0};
}

/* Masks go by position: names that they have are the model's, in the model's order. */
static int check_mask_names(const struct train_rows *r, const struct train_part *p, const char *layer, struct bz_error *err)
{
    const struct bz_columns *own = &r->mask->columns;
    const char **name = bz_alloc(p->size, sizeof(*name), err);
    int rc = name ? 0 : -1;
    for (size_t j = 0; rc == 0 && j < own->n; j++)
        if (strcmp(own->columns[j].layer, p->name) == 0 && own->columns[j].unit < p->size)
            name[own->columns[j].unit] = own->columns[j].name;
    for (size_t j = 0; rc == 0 && j < r->columns.n; j++) {
        const struct bz_column *c = &r->columns.columns[j];
        const bool same = !c->name[0] || strcmp(c->layer, layer) != 0 || c->size != 1 || !name[c->unit] || !name[c->unit][0] ||
                          strcmp(c->name, name[c->unit]) == 0;
        if (!same)
            rc = bz_fail(err, BZ_BAD_USAGE,
                         "--mask: '%.64s' is in the place of the model's column '%.64s': masks go by position, expected the "
                         "columns of layer %s in the model's order",
                         name[c->unit], c->name, layer);
    }
    bz_free(name);
    return rc;
}

/* A mask file is data of bernoulli units of the layer's size, whatever the layer's own type. */
static int check_mask(const struct train_rows *r, struct bz_error *err)
{
    const struct bz_machine *m = r->model->machine;
    for (size_t i = 0; i < r->mask->n_parts; i++) {
        const struct train_part *p = &r->mask->parts[i];
        long l = r->mask->n_parts == 1 && strcmp(p->name, "visible") == 0 && bz_machine_only_visible(m) >= 0
                     ? bz_machine_only_visible(m)
                     : bz_machine_find(m, p->name);
        if (l < 0 || !bz_is_visible(&m->layers[l]))
            return bz_fail(err, BZ_BAD_USAGE, "--mask: there is no visible layer %s (--mask NAME=FILE)", p->name);
        if (p->size != m->layers[l].size)
            return bz_fail(err, BZ_BAD_USAGE, "--mask: %zu values per row, layer %s has %zu units", p->size, m->layers[l].name,
                           m->layers[l].size);
        if (p->grey || p->store == TRAIN_F32)
            return bz_fail(err, BZ_BAD_USAGE, "--mask: expected 0 and 1 only");
        if (check_mask_names(r, p, m->layers[l].name, err) < 0)
            return -1;
        memcpy(r->mask->parts[i].name, m->layers[l].name, sizeof(p->name));
    }
    if (r->mask->rows != 1 && r->data && r->mask->rows != r->data->rows)
        return bz_fail(err, BZ_BAD_USAGE, "--mask: %zu rows, expected 1 or %zu as the data have", r->mask->rows, r->data->rows);
    return 0;
}

int train_rows_mask(struct train_rows *r, const struct bz_list *files, struct bz_error *err)
{
    if (files->n == 0)
        return 0;
    static const char *bernoulli[] = {"bernoulli"};
    const struct train_data_options o = {.data = *files, .unit = {bernoulli, 1}, .scale = 1};
    if (train_data_load(&r->mask, &o, NULL, NULL, NULL, err) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--mask: %s", err->msg);
    if (r->columns.n == 0 && r->model->table && bz_columns_parse(&r->columns, r->model->table, r->model->machine, err) < 0)
        return -1;
    return check_mask(r, err);
}

static const struct train_part *mask_of(const struct train_rows *r, const char *layer)
{
    for (size_t i = 0; r->mask && i < r->mask->n_parts; i++)
        if (strcmp(r->mask->parts[i].name, layer) == 0)
            return &r->mask->parts[i];
    return NULL;
}

void train_rows_mask_row(const struct train_rows *r, size_t layer, size_t row, uint8_t *known)
{
    const struct bz_layer *l = &r->model->machine->layers[layer];
    const struct train_part *mask = mask_of(r, l->name);
    if (!mask)
        return;
    const size_t first = r->mask->rows == 1 ? 0 : row;
    if (mask->store == TRAIN_U8) {
        for (size_t i = 0; i < l->size; i++)
            known[i] &= mask->u8[first * l->size + i] != 0;
        return;
    }
    size_t next = 0; /* sparse rows: values between stored ones are 0 */
    for (size_t k = mask->row_start[first]; k < mask->row_start[first + 1]; k++) {
        memset(known + next, 0, mask->index[k] - next);
        next = mask->index[k] + 1;
    }
    memset(known + next, 0, l->size - next);
}

/* Marks units unknown according to the mask. */
static int apply_mask(const struct train_rows *r, struct bz_state *s, size_t layer, size_t first, struct bz_error *err)
{
    const struct train_part *part = r->part_of[layer] < 0 ? NULL : &r->data->parts[r->part_of[layer]];
    const size_t size = s->m->layers[layer].size;
    if (!mask_of(r, s->m->layers[layer].name))
        return 0;
    if (bz_state_make_known(s, layer, err) < 0)
        return -1;
    if (part && !part->missing && !part->absent) /* otherwise known has been set with the values */
        memset(s->known[layer], 1, s->n * size);
    for (size_t i = 0; i < s->n; i++)
        train_rows_mask_row(r, layer, first + i, s->known[layer] + i * size);
    return 0;
}

/* D of the rows of a multinomial layer: their sum, or the rows' counts if units are unknown, and those of an average row of
 * training if all are. */
static void set_counts(const struct train_rows *r, struct bz_state *s, size_t layer)
{
    const size_t size = s->m->layers[layer].size;
    for (size_t i = 0; s->counts[layer] && i < s->n; i++) {
        const float *x = s->x[layer] + i * size;
        const uint8_t *known = s->known[layer] ? s->known[layer] + i * size : NULL;
        double sum = 0;
        size_t n_known = 0;
        for (size_t k = 0; k < size; k++) {
            sum += !known || known[k] ? (double)x[k] : 0;
            n_known += !known || known[k];
        }
        if (n_known < size && r->counts > sum)
            sum = r->counts;
        s->counts[layer][i] = (float)(n_known == 0 && sum == 0 ? bz_usual_counts(&s->m->layers[layer]) : sum);
    }
}

/* A mask must leave something known in every row. */
static int check_known(const struct train_rows *r, const struct bz_state *s, size_t first, struct bz_error *err)
{
    for (size_t i = 0; r->mask && i < s->n; i++) {
        bool some = false;
        for (size_t l = 0; l < s->m->n_layers && !some; l++) {
            const size_t size = s->m->layers[l].size;
            if (bz_is_visible(&s->m->layers[l]))
                some = !s->known[l] || memchr(s->known[l] + i * size, 1, size);
        }
        if (!some)
            return bz_fail(err, BZ_BAD_INPUT, "row %zu: --mask leaves nothing known", first + i + 1);
    }
    return 0;
}

/* A label layer takes the labels of the data, if there are any. */
static int fill_labels(const struct train_rows *r, struct bz_state *s, size_t layer, size_t first, struct bz_error *err)
{
    const struct bz_layer *l = &s->m->layers[layer];
    if ((long)layer != bz_label_layer(s->m) || !r->data->labels || r->unlabelled || r->part_of[layer] >= 0)
        return 0;
    for (size_t i = 0; i < s->n; i++) {
        long label = r->data->labels[first + i];
        memset(s->x[layer] + i * l->size, 0, l->size * sizeof(float));
        memset(s->known[layer] + i * l->size, label >= 0, l->size);
        if (label >= (long)l->size)
            return bz_fail(err, BZ_BAD_INPUT, "row %zu: label %ld, layer %s has %zu classes", r->before + first + i + 1, label,
                           l->name, l->size);
        if (label >= 0)
            s->x[layer][i * l->size + (size_t)label] = 1;
    }
    return 0;
}

int train_rows_fill(const struct train_rows *r, struct bz_state *s, size_t first, size_t n, struct bz_error *err)
{
    const struct train_grey how = {.binarize = r->binarize, .seed = r->seed};
    if (train_fill_state(s, r->data, r->part_of, first, n, &how, err) < 0)
        return -1;
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l]) && (apply_mask(r, s, l, first, err) < 0 || fill_labels(r, s, l, first, err) < 0))
            return -1;
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l]))
            set_counts(r, s, l);
    return check_known(r, s, first, err);
}

struct run {
    struct train_rows *rows;
    int (*task)(void *arg, const struct train_tile *t, struct bz_error *err);
    void *arg;
    size_t slots, tiles;
    struct bz_error *err; /* [slots] */
    size_t *failed_at;    /* [slots] tile that failed, SIZE_MAX = none */
    atomic_bool stop;
};

static int run_tile(struct run *run, const struct train_tile *t, struct bz_error *err)
{
    struct train_rows *r = run->rows;
    struct bz_chains *c = t->c;
    if (train_rows_fill(r, c->s, t->first, t->n, err) < 0)
        return -1;
    for (size_t i = 0; i < t->n; i++) {
        c->seed[i] = r->seed;
        c->index[i] = (uint32_t)(r->before + t->first + i);
        c->step[i] = 0;
        c->temperature[i] = 1;
    }
    return run->task(run->arg, t, err);
}

/* Tiles slot, slot + slots, ... in one thread's own state. */
static void run_slot(void *arg, size_t slot)
{
    struct run *run = arg;
    const struct bz_machine *m = run->rows->model->machine;
    struct bz_error *err = &run->err[slot];
    struct train_tile t = {0};
    if (bz_chains_new(&t.c, m, BZ_TILE, err) < 0 || bz_work_new(&t.w, m, err) < 0) {
        run->failed_at[slot] = slot;
        atomic_store(&run->stop, true);
        goto out;
    }
    for (size_t tile = slot; tile < run->tiles && !atomic_load(&run->stop); tile += run->slots) {
        t.first = tile * BZ_TILE;
        t.n = run->rows->data->rows - t.first < BZ_TILE ? run->rows->data->rows - t.first : BZ_TILE;
        if (run_tile(run, &t, err) < 0) {
            run->failed_at[slot] = tile;
            atomic_store(&run->stop, true);
        }
    }
out:
    bz_chains_free(t.c);
    bz_work_free(t.w);
}

int train_rows_each(struct train_rows *r, int (*task)(void *arg, const struct train_tile *t, struct bz_error *err), void *arg,
                    struct bz_error *err)
{
    struct bz_parallel *par = train_pool_parallel(r->pool);
    struct run run = {.rows = r, .task = task, .arg = arg, .tiles = (r->data->rows + BZ_TILE - 1) / BZ_TILE};
    run.slots = par->threads < run.tiles ? par->threads : run.tiles;
    run.err = bz_alloc(run.slots, sizeof(*run.err), err);
    run.failed_at = bz_alloc(run.slots, sizeof(size_t), err);
    int rc = run.err && run.failed_at ? 0 : -1;
    if (rc == 0) {
        for (size_t i = 0; i < run.slots; i++)
            run.failed_at[i] = SIZE_MAX;
        bz_parallel_for(par, run.slots, run_slot, &run);
    }
    size_t first = SIZE_MAX;
    for (size_t i = 0; rc == 0 && i < run.slots; i++)
        if (run.failed_at[i] < first) {
            first = run.failed_at[i];
            *err = run.err[i];
        }
    bz_free(run.err);
    bz_free(run.failed_at);
    return first == SIZE_MAX ? rc : -1;
}

struct lengths {
    float *all; /* [rows] counts of the longest multinomial layer */
};

static int lengths_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct lengths *of = arg;
    (void)err;
    for (size_t r = 0; r < t->n; r++)
        for (size_t l = 0; l < t->c->s->m->n_layers; l++) {
            const float n = (float)bz_row_counts(t->c->s, l, r);
            of->all[t->first + r] = n > of->all[t->first + r] ? n : of->all[t->first + r];
        }
    return 0;
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

int train_usual_length(struct train_rows *r, float *length, struct bz_error *err)
{
    *length = 0;
    if (bz_machine_counted(r->model->machine) < 0)
        return 0;
    struct lengths of = {bz_alloc(r->data->rows, sizeof(float), err)};
    const int rc = of.all ? train_rows_each(r, lengths_tile, &of, err) : -1;
    if (rc == 0) {
        qsort(of.all, r->data->rows, sizeof(float), by_size);
        const float quarter = of.all[r->data->rows / 2] / 4;
        *length = quarter > 1 ? quarter : 1;
    }
    bz_free(of.all);
    return rc;
}

int train_layer_choice(const struct bz_machine *m, const char *name, bool visible, long otherwise, size_t *layer,
                       struct bz_error *err)
{
    long l = name ? bz_machine_find(m, name) : otherwise;
    if (l >= 0 && bz_is_visible(&m->layers[l]) == visible) {
        *layer = (size_t)l;
        return 0;
    }
    char names[300] = "";
    for (size_t i = 0, used = 0; i < m->n_layers && used + BZ_NAME_ROOM + 2 < sizeof(names); i++)
        if (bz_is_visible(&m->layers[i]) == visible)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", m->layers[i].name);
    const char *what = visible ? "visible" : "hidden";
    if (!names[0])
        return bz_fail(err, BZ_UNSUPPORTED, "the model has no %s layer", what);
    if (name)
        return bz_fail(err, BZ_BAD_USAGE, "--layer: the model has no %s layer '%.64s'; it has %s", what, name, names);
    return bz_fail(err, BZ_BAD_USAGE, "--layer is needed: the model has several %s layers (%s); an .npz takes all of them",
                   what, names);
}
