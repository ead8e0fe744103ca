#include "reconstruct_names.h"

#include "cells.h"
#include "classify.h"
#include "infer.h"
#include "meaning.h"
#include "mem.h"
#include "order.h"
#include "output.h"
#include "prediction.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct naming {
    size_t layer, size, steps;
    float *p; /* [rows][size] */
};

static int infer_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct naming *n = arg;
    struct bz_state *s = t->c->s;
    const struct bz_layer *l = &s->m->layers[n->layer];
    const long label = bz_label_layer(s->m);
    if (train_forget_layer(s, n->layer, err) < 0 || (label >= 0 && train_forget_layer(s, (size_t)label, err) < 0) ||
        (n->steps && train_hold_given(s, err) < 0))
        return -1;
    if (n->steps)
        bz_posterior_average(t->c, n->layer, 0, t->n, n->steps, t->w);
    else
        bz_mean_field(s, 0, t->n, false, NULL, t->w);
    for (size_t i = 0; i < t->n * n->size; i++) {
        const float x = s->x[n->layer][i], d = s->counts[n->layer] ? s->counts[n->layer][i / n->size] : 1; /* words: shares */
        n->p[t->first * n->size + i] = bz_unit_type(l->unit)->least < 0 ? (1 + x) / 2 : x / d;
    }
    train_remember_layers(s);
    return 0;
}

/* A cell of CSV, in quotes where it needs them. */
static int write_cell(struct train_lines *l, const char *text, bool first, struct bz_error *err)
{
    const bool quoted = *text && !bz_text_stands_bare(text, ',');
    if ((!first && train_lines_write(l, ",", 1, err) < 0) || (quoted && train_lines_write(l, "\"", 1, err) < 0))
        return -1;
    for (const char *c = text; *c; c++)
        if ((*c == '"' && train_lines_write(l, "\"", 1, err) < 0) || train_lines_write(l, c, 1, err) < 0)
            return -1;
    return quoted ? train_lines_write(l, "\"", 1, err) : 0;
}

static int write_header(struct train_lines *l, const struct train_rows *rows, size_t top, struct bz_error *err)
{
    const char *name = rows->data->index_name;
    char text[40];
    if (rows->data->ids && write_cell(l, name && *name ? name : "id", true, err) < 0)
        return -1;
    for (size_t i = 0; i < 2 * top; i++) {
        snprintf(text, sizeof(text), "%s_%zu", i % 2 ? "probability" : "name", i / 2 + 1);
        if (write_cell(l, text, i == 0 && !rows->data->ids, err) < 0)
            return -1;
    }
    return train_lines_write(l, "\n", 1, err);
}

static int write_rows(struct train_lines *l, const struct naming *n, const struct train_rows *rows, size_t top,
                      struct bz_error *err)
{
    struct bz_ranked *best = bz_alloc(n->size, sizeof(*best), err);
    int rc = best ? write_header(l, rows, top, err) : -1;
    for (size_t r = 0; rc == 0 && r < rows->data->rows; r++) {
        for (size_t i = 0; i < n->size; i++)
            best[i] = (struct bz_ranked){n->p[r * n->size + i], (uint32_t)i};
        bz_rank(best, n->size);
        if (rows->data->ids)
            rc = write_cell(l, rows->data->ids[r], true, err);
        for (size_t i = 0; rc == 0 && i < top; i++) {
            char name[256], p[32];
            train_unit_name(rows->model->machine, n->layer, best[i].unit, name, sizeof(name));
            snprintf(p, sizeof(p), "%.6g", (double)best[i].p);
            rc = write_cell(l, name, i == 0 && !rows->data->ids, err) < 0 || write_cell(l, p, false, err) < 0 ? -1 : 0;
        }
        if (rc == 0)
            rc = train_lines_write(l, "\n", 1, err);
    }
    bz_free(best);
    return rc;
}

static int check(const struct train_predict_names *o, const struct train_rows *rows, size_t *layer, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    if (train_layer_choice(m, o->layer, true, -1, layer, err) < 0) {
        char why[sizeof(err->msg)];
        snprintf(why, sizeof(why), "%s", err->msg);
        return strncmp(why, "--layer", 7) == 0 ? bz_fail(err, BZ_BAD_USAGE, "--predict%s", why + 7) : -1;
    }
    const struct bz_layer *l = &m->layers[*layer];
    if (!bz_unit_type(l->unit)->discrete)
        return bz_fail(err, BZ_BAD_USAGE, "--predict %s: its units are %s, expected units that are on or off, or counts",
                       l->name, bz_unit_name(l->unit));
    for (size_t i = 0; i < m->n_layers; i++)
        if (i != *layer && rows->part_of[i] >= 0)
            return 0;
    return bz_fail(err, BZ_BAD_USAGE, "--predict %s: --data gives no other visible layer to predict it from", l->name);
}

int train_predict_names(const struct train_predict_names *o, struct train_rows *rows, struct bz_error *err)
{
    struct naming n = {.steps = o->steps};
    struct train_lines lines;
    enum train_output format;
    size_t cells;
    int rc = -1;
    if (check(o, rows, &n.layer, err) < 0 || train_output_format(o->out, false, false, &format, err) < 0)
        return -1;
    if (format != TRAIN_OUT_CSV)
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: names and probabilities are written as .csv", o->out);
    n.size = rows->model->machine->layers[n.layer].size;
    const size_t top = o->top < n.size ? o->top : n.size;
    if (bz_mul(&cells, rows->data->rows, n.size) == 0 && (n.p = bz_alloc_lazy(cells, sizeof(float), err)) &&
        train_rows_each(rows, infer_tile, &n, err) == 0 && train_lines_open(&lines, o->out, err) == 0)
        rc = train_lines_close(&lines, write_rows(&lines, &n, rows, top, err), err);
    bz_free_lazy(n.p);
    return rc;
}
