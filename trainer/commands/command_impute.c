/* boltz impute: a table with its gaps filled in. */
#include "commands.h"
#include "data_options.h"
#include "float_text.h"
#include "infer.h"
#include "mem.h"
#include "prediction.h"
#include "table_back.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { USUAL_STEPS = 30, USUAL_DRAW_STEPS = 100, BURN_IN = 20, DRAWS = 100 };

struct impute_options {
    struct train_data_options data;
    struct train_run_options run;
    const char *out;
    size_t draws, steps;
    bool confidence;
    uint64_t seed;
};

#define FIELD(name) offsetof(struct impute_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "FILE",
           .help = "the table with its gaps filled in, otherwise unchanged; default: standard output"),
    BZ_ROW(SIZE, "draw", FIELD(draws), .most = 100000, .argument = "N",
           .help = "write N tables one below the other, their gaps drawn from the model's conditional distribution (multiple "
                   "imputation), numbered in a column `draw` if N > 1; default: one table of means and most probable values"),
    BZ_ROW(FLAG, "confidence", FIELD(confidence),
           .help = "add a column NAME_confidence for every column with gaps: for categories and truth values the probability "
                   "of the value written, for numbers its typical error (root mean square); empty where the cell was known"),
    BZ_ROW(SIZE, "steps", FIELD(steps), .most = 1e6, .argument = "N",
           .help = "sweeps of inference, as in boltz reconstruct; 0 = 30, or 100 with --draw"),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "seed for --draw and --confidence"),
};

struct imputation {
    const struct impute_options *o;
    struct train_back back;
    enum bz_output type;
    size_t steps, n_rows;
    double *value;  /* [rows][n_slots]; NaN = the cell was known */
    double *spread; /* the same, of --confidence; else NULL */
    bool *gaps;     /* [n_slots]: some cell of the column is filled in */
    size_t filled;
    /* writing */
    const char **added;            /* [n_added] names of added columns */
    char (*names)[160];            /* [n_added] */
    size_t *added_slot, n_added;   /* [n_added] whose confidence it is; SIZE_MAX = the number of the draw */
    char (*texts)[BZ_DOUBLE_ROOM]; /* [n_slots + n_added] of the row being written */
    char draw[24];
};

static double *at(double *values, const struct imputation *im, size_t row)
{
    return values + row * im->back.n_slots;
}

/* The values of cells that were gaps, from a tile's state. */
static void take_values(struct imputation *im, const struct train_tile *t)
{
    for (size_t r = 0; r < t->n; r++)
        for (size_t k = 0; k < im->back.n_slots; k++) {
            const struct train_slot *slot = &im->back.slot[k];
            const bool known = train_back_known(slot, t->c->s, r);
            at(im->value, im, t->first + r)[k] = known ? (double)NAN : train_back_value(slot, t->c->s, r, NULL);
        }
}

/* Adds a draw's agreement with the written values: 1 if equal, for numbers the squared distance. */
static void compare_draw(const struct imputation *im, const struct train_tile *t, double *spread)
{
    for (size_t r = 0; r < t->n; r++)
        for (size_t k = 0; k < im->back.n_slots; k++) {
            const struct train_slot *slot = &im->back.slot[k];
            const double written = at(im->value, im, t->first + r)[k];
            if (isnan(written))
                continue;
            const double drawn = train_back_value(slot, t->c->s, r, NULL);
            const bool number = slot->column.kind == BZ_COLUMN_NUMBER;
            spread[r * im->back.n_slots + k] += number ? (drawn - written) * (drawn - written) : drawn == written;
        }
}

/* Chains that hold what is known, starting from the written values. */
static int measure_spread(const struct imputation *im, const struct train_tile *t, struct bz_error *err)
{
    const size_t n = im->back.n_slots;
    double *sum = bz_alloc(t->n * n, sizeof(double), err);
    if (!sum || train_hold_given(t->c->s, err) < 0) {
        bz_free(sum);
        return -1;
    }
    bz_gibbs(t->c, 0, t->n, BURN_IN, t->w);
    for (size_t draw = 0; draw < DRAWS; draw++) {
        bz_gibbs(t->c, 0, t->n, 1, t->w);
        compare_draw(im, t, sum);
    }
    for (size_t r = 0; r < t->n; r++)
        for (size_t k = 0; k < n; k++) {
            const double mean = sum[r * n + k] / DRAWS;
            at(im->spread, im, t->first + r)[k] = im->back.slot[k].column.kind == BZ_COLUMN_NUMBER ? sqrt(mean) : mean;
        }
    bz_free(sum);
    return 0;
}

static int impute_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct imputation *im = arg;
    bz_reconstruct(t->c, NULL, 0, t->n, im->steps, im->type, NULL, t->w);
    take_values(im, t);
    return im->spread ? measure_spread(im, t, err) : 0;
}

/* --- writing --- */

/* An added column. slot SIZE_MAX: the number of the draw. */
static void add_column(struct imputation *im, size_t slot, const char *wanted)
{
    char *name = im->names[im->n_added];
    im->added[im->n_added] = train_back_name(&im->back, wanted, name, sizeof(im->names[0]));
    im->added_slot[im->n_added++] = slot;
}

static int name_columns(struct imputation *im, struct bz_error *err)
{
    const struct bz_text_form *form = im->back.rows->data->form;
    const size_t most = im->back.n_slots + 1;
    if (!(im->added = bz_alloc(most, sizeof(*im->added), err)) || !(im->names = bz_alloc(most, sizeof(*im->names), err)) ||
        !(im->added_slot = bz_alloc(most, sizeof(size_t), err)) ||
        !(im->texts = bz_alloc(im->back.n_slots + most, sizeof(*im->texts), err)))
        return -1;
    for (size_t k = 0; im->spread && k < im->back.n_slots; k++) {
        char wanted[140];
        const size_t j = im->back.slot[k].file_column;
        if (!im->gaps[k])
            continue;
        if (form->names[j][0])
            snprintf(wanted, sizeof(wanted), "%.120s_confidence", form->names[j]);
        else
            snprintf(wanted, sizeof(wanted), "column%zu_confidence", j + 1);
        add_column(im, k, wanted);
    }
    if (im->o->draws > 1)
        add_column(im, SIZE_MAX, "draw");
    return 0;
}

static const char *number_text(double x, char decimal, char *out)
{
    bz_float_cell((float)x, out);
    char *point = decimal == ',' ? strchr(out, '.') : NULL;
    if (point)
        *point = ',';
    return out;
}

static int edit(void *arg, size_t row, const char **cell, const char **added, struct bz_error *err)
{
    struct imputation *im = arg;
    const struct train_back *b = &im->back;
    const double *value = at(im->value, im, row);
    (void)err;
    for (size_t k = 0; k < b->n_slots; k++) {
        const struct train_slot *slot = &b->slot[k];
        if (isnan(value[k]))
            continue;
        cell[slot->file_column] = slot->column.kind == BZ_COLUMN_BOOLEAN
                                      ? b->rows->data->form->column[slot->file_column].truth[value[k] > 0]
                                      : bz_column_text_of(&slot->column, value[k], b->decimal, im->texts[k]);
    }
    for (size_t i = 0; i < im->n_added; i++) {
        const size_t k = im->added_slot[i];
        if (k == SIZE_MAX)
            added[i] = im->draw;
        else if (!isnan(value[k]))
            added[i] = number_text(at(im->spread, im, row)[k], b->decimal, im->texts[b->n_slots + i]);
    }
    return 0;
}

static int write_table(struct imputation *im, struct train_lines *lines, size_t draw, struct bz_error *err)
{
    const struct bz_form_writing w = {.head = draw == 0 && im->back.rows->before == 0,
                                      .ended = draw + 1 < im->o->draws,
                                      .names = im->added,
                                      .n_added = im->n_added,
                                      .edit = edit,
                                      .arg = im,
                                      .write = train_lines_write,
                                      .sink = lines};
    snprintf(im->draw, sizeof(im->draw), "%zu", draw + 1);
    return bz_text_form_write(im->back.rows->data->form, &w, err);
}

static void count_gaps(struct imputation *im)
{
    for (size_t i = 0; i < im->n_rows; i++)
        for (size_t k = 0; k < im->back.n_slots; k++)
            if (!isnan(at(im->value, im, i)[k])) {
                im->gaps[k] = true;
                im->filled++;
            }
}

/* --- the command --- */

static int make_room(struct imputation *im, struct bz_error *err)
{
    size_t cells;
    if (bz_mul(&cells, im->n_rows, im->back.n_slots) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu columns do not fit memory", im->n_rows, im->back.n_slots);
    return (im->value = bz_alloc(cells, sizeof(double), err)) && (im->gaps = bz_alloc(im->back.n_slots, sizeof(bool), err)) &&
                   (!im->o->confidence || (im->spread = bz_alloc(cells, sizeof(double), err)))
               ? 0
               : -1;
}

/* Each draw has separate chains, with another seed. */
static int fill_and_write(struct imputation *im, struct train_rows *r, struct train_lines *lines, struct bz_error *err)
{
    const size_t draws = im->o->draws ? im->o->draws : 1;
    int rc = 0;
    for (size_t draw = 0; rc == 0 && draw < draws; draw++) {
        r->seed = im->o->seed + draw;
        rc = train_rows_each(r, impute_tile, im, err);
        if (rc == 0 && draw == 0) {
            count_gaps(im);
            rc = name_columns(im, err);
        }
        if (rc == 0)
            rc = write_table(im, lines, draw, err);
    }
    return rc;
}

static void close_imputation(struct imputation *im)
{
    train_back_close(&im->back);
    bz_free_all(im->value, im->spread, im->gaps, im->added, im->names, im->added_slot, im->texts);
}

struct filling {
    const struct impute_options *o;
    size_t cells;
};

/* The rows read so far. */
static int impute_rows(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err)
{
    struct filling *filling = arg;
    const struct impute_options *o = filling->o;
    struct imputation im = {.o = o, .type = o->draws ? BZ_STATE : BZ_MEAN, .n_rows = r->data->rows};
    int rc = -1;
    im.steps = o->steps ? o->steps : o->draws ? USUAL_DRAW_STEPS : USUAL_STEPS;
    if (train_back_open(&im.back, r, "boltz reconstruct --missing infer fills arrays", err) == 0 && make_room(&im, err) == 0)
        rc = fill_and_write(&im, r, lines, err);
    filling->cells += im.filled;
    close_imputation(&im);
    return rc;
}

static int impute(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct impute_options *o = options;
    struct train_data_options data = o->data;
    struct filling filling = {.o = o};
    struct train_rows r;
    enum train_output format;
    data.missing = "infer";
    data.keep_text = true;
    data.windows = o->draws <= 1 && !o->confidence; /* otherwise tables follow one another, or columns depend on all rows */
    if (o->out && train_output_format(o->out, false, false, &format, err) < 0)
        return -1;
    if (o->out && format != TRAIN_OUT_CSV)
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: expected a name that ends in .csv; boltz reconstruct writes arrays",
                       o->out);
    if (train_begin_rows(&r, a->words[0], &data, &o->run, o->seed, err) < 0)
        return -1;
    const int rc = train_rows_to_lines(&r, o->out, true, impute_rows, &filling, err);
    if (rc == 0)
        fprintf(stderr, "%zu cells filled in\n", filling.cells);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_impute = {
    TRAIN_ON_ROWS("Options", rows, struct impute_options),
    .run = impute,
};
