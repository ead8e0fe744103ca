/* boltz classify: the class of each row, and the probabilities of all classes. */
#include "classes.h"
#include "commands.h"
#include "data_options.h"
#include "mem.h"
#include "output.h"
#include "row_tiles.h"
#include "table_back.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct classify_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out;
    uint64_t seed;
};

#define FIELD(name) offsetof(struct classify_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "FILE",
           .help = ".csv: the table as it came, with the class and the probability of every class appended; .npy: "
                   "probabilities [n, classes]; default: CSV on standard output"),
    TRAIN_MASK_ROW(FIELD(mask)),
    TRAIN_BINARIZE_ROW(struct classify_options),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "seed of --binarize stochastic"),
};

struct run {
    const char *out;
    struct bz_classes classes;
    double *p; /* [rows][classes] */
};

static int classify_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct run *run = arg;
    struct bz_network_work *work;
    if (bz_classes_work(&work, &run->classes, err) < 0)
        return -1;
    bz_classes_of_rows(&run->classes, t->c->s, 0, t->n, run->p + t->first * run->classes.n, NULL, work, t->w);
    bz_network_work_free(work);
    return 0;
}

static size_t most_probable(const struct run *run, size_t row)
{
    const double *p = run->p + row * run->classes.n;
    size_t best = 0;
    for (size_t k = 1; k < run->classes.n; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* --- the table back --- */

enum { NUMBER_ROOM = 32, NAME_ROOM = 160 };

struct writing {
    const struct run *run;
    char **class_name;           /* [classes] */
    char (*p_text)[NUMBER_ROOM]; /* [classes] of the row being written */
    char decimal;
};

static int edit(void *arg, size_t row, const char **cell, const char **added, struct bz_error *err)
{
    struct writing *w = arg;
    const struct bz_classes *c = &w->run->classes;
    (void)cell;
    (void)err;
    added[0] = w->class_name[most_probable(w->run, row)];
    for (size_t k = 0; k < c->n; k++) {
        snprintf(w->p_text[k], NUMBER_ROOM, "%.9g", w->run->p[row * c->n + k]);
        char *point = w->decimal == ',' ? strchr(w->p_text[k], '.') : NULL;
        if (point)
            *point = ',';
        added[1 + k] = w->p_text[k];
    }
    return 0;
}

/* Names of the added columns: class and p_NAME, or others if the table already has these. */
static void name_columns(const struct train_back *back, const struct writing *w, const char **added, char (*names)[NAME_ROOM])
{
    char wanted[NAME_ROOM];
    added[0] = train_back_name(back, "class", names[0], NAME_ROOM);
    for (size_t k = 0; k < w->run->classes.n; k++) {
        snprintf(wanted, sizeof(wanted), "p_%.120s", w->class_name[k]);
        added[1 + k] = train_back_name(back, wanted, names[1 + k], NAME_ROOM);
    }
}

static int name_classes(const struct bz_classes *c, char **out, struct bz_error *err)
{
    char number[24];
    for (size_t k = 0; k < c->n; k++) {
        snprintf(number, sizeof(number), "%zu", k);
        if (!(out[k] = bz_strdup(c->names ? c->names[k] : number, err)))
            return -1;
    }
    return 0;
}

static int write_lines(const struct train_rows *r, const struct run *run, struct writing *w, struct train_lines *lines,
                       struct bz_error *err)
{
    const size_t n = run->classes.n;
    struct train_back back = {.rows = r};
    const char **added = bz_alloc(n + 1, sizeof(*added), err);
    char(*names)[NAME_ROOM] = bz_alloc(n + 1, sizeof(*names), err);
    int rc = -1;
    if (added && names && (w->p_text = bz_alloc(n, sizeof(*w->p_text), err)) &&
        (w->class_name = bz_alloc(n, sizeof(char *), err)) && name_classes(&run->classes, w->class_name, err) == 0) {
        name_columns(&back, w, added, names);
        const struct bz_form_writing form = {.head = r->before == 0,
                                             .names = added,
                                             .n_added = n + 1,
                                             .edit = edit,
                                             .arg = w,
                                             .write = train_lines_write,
                                             .sink = lines};
        rc = r->data->form ? bz_text_form_write(r->data->form, &form, err)
                           : bz_text_table_write(r->data->rows, &form, r->data->index_name, r->data->ids, err);
    }
    for (size_t k = 0; w->class_name && k < n; k++)
        bz_free(w->class_name[k]);
    bz_free_all(w->class_name, w->p_text, added, names);
    return rc;
}

/* The rows read so far. lines: for CSV, else NULL. */
static int classify_rows(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err)
{
    struct run *run = arg;
    struct writing w = {.run = run, .decimal = r->data->form ? r->data->form->layout.dialect.decimal : '.'};
    size_t cells;
    int rc = -1;
    if (bz_mul(&cells, r->data->rows, run->classes.n) < 0)
        bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu classes do not fit memory", r->data->rows, run->classes.n);
    else if ((run->p = bz_alloc(cells, sizeof(double), err)) && train_rows_each(r, classify_tile, run, err) == 0)
        rc = lines ? write_lines(r, run, &w, lines, err)
                   : train_output_matrix(run->out, run->p, r->data->rows, run->classes.n, err);
    bz_free(run->p);
    return rc;
}

static int classify(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct classify_options *o = options;
    struct train_data_options data = o->data;
    enum train_output format;
    struct train_rows r = {0};
    struct run run = {.out = o->out};
    int rc = -1;
    if (train_output_format(o->out, false, false, &format, err) < 0)
        return -1;
    const bool csv = format == TRAIN_OUT_CSV;
    data.keep_text = csv;
    data.windows = csv && o->mask.n == 0;
    if (train_begin_rows(&r, a->words[0], &data, &o->run, o->seed, err) < 0)
        return -1;
    r.unlabelled = true; /* labels in the table are not the answer to return */
    if (!bz_model_classes(r.model, &run.classes))
        bz_fail(err, BZ_UNSUPPORTED, "%s %s", a->words[0], bz_model_classless(r.model));
    else if (train_rows_mask(&r, &o->mask, err) == 0)
        rc = train_rows_to_lines(&r, o->out, csv, classify_rows, &run, err);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_classify = {
    TRAIN_ON_ROWS("Options", rows, struct classify_options),
    .run = classify,
};
