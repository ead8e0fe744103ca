#include "finetune_multi.h"

#include "finetune.h"
#include "finetune_save.h"
#include "mem.h"
#include "parameters.h"
#include "prediction.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* All rows of the visible layers that the data have. */
struct gathering {
    float **x;       /* [n_layers][rows][size] */
    uint8_t **known; /* [n_layers][rows][size]; NULL = all */
};

static int gather(void *arg, const struct train_tile *t, struct bz_error *err)
{
    (void)err;
    struct gathering *g = arg;
    const struct bz_state *s = t->c->s;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size, at = t->first * size, n = t->n * size;
        if (!g->x[l])
            continue;
        memcpy(g->x[l] + at, s->x[l], n * sizeof(float));
        if (s->known[l])
            memcpy(g->known[l] + at, s->known[l], n);
        else
            memset(g->known[l] + at, 1, n);
    }
    return 0;
}

static void free_gathering(struct gathering *g, size_t layers)
{
    for (size_t l = 0; l < layers; l++) {
        if (g->x)
            bz_free_lazy(g->x[l]);
        if (g->known)
            bz_free(g->known[l]);
    }
    bz_free(g->x);
    bz_free(g->known);
}

static int gather_rows(struct gathering *g, struct train_rows *r, struct bz_error *err)
{
    const struct bz_machine *m = r->model->machine;
    if (!(g->x = bz_alloc(m->n_layers, sizeof(*g->x), err)) || !(g->known = bz_alloc(m->n_layers, sizeof(*g->known), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        size_t cells;
        const bool labels = m->layers[l].role == BZ_LABEL && r->data->labels;
        if (r->part_of[l] < 0 && !labels)
            continue;
        if (bz_mul(&cells, r->data->rows, m->layers[l].size) < 0 || !(g->x[l] = bz_alloc_lazy(cells, sizeof(float), err)) ||
            !(g->known[l] = bz_alloc(cells, 1, err)))
            return -1;
    }
    return train_rows_each(r, gather, g, err);
}

static int find_layer(const struct train_finetune_multi *o, const struct train_rows *r, long *layer, struct bz_error *err)
{
    const struct bz_machine *m = r->model->machine;
    size_t given = 0;
    *layer = -1;
    for (size_t l = 0; l < m->n_layers; l++)
        given += r->part_of[l] >= 0;
    if (strcmp(o->predict, "any") == 0)
        return 0;
    *layer = bz_machine_find(m, o->predict);
    if (*layer >= 0 && m->layers[*layer].role == BZ_LABEL && r->data->labels)
        return 0;
    if ((*layer = train_given_layer(r, "predict", o->predict, err)) < 0)
        return -1;
    return given > 1
               ? 0
               : bz_fail(err, BZ_BAD_USAGE, "--predict %s: --data gives no other visible layer to predict it from", o->predict);
}

static int say(void *arg, const struct train_multi_point *p, struct bz_error *err)
{
    (void)err;
    train_progress_update(arg, p->update);
    train_progress_say(arg, isnan(p->valid_loss) ? "update %zu: loss %.5f" : "update %zu: loss %.5f, held-out rows %.5f",
                       p->update, p->loss, p->valid_loss);
    return 0;
}

/* What the user left to us; of Corel5k's tags these do best on held-out rows (docs/results.md). Words are D draws that all say
 * the same to the hidden units: after few sweeps they are still far from where these lead. */
static void choose(struct train_multi_settings *s, const struct bz_machine *m, size_t rows)
{
    const bool named = s->layer >= 0;
    size_t narrowest = SIZE_MAX, shown = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (bz_is_visible(&m->layers[l]))
            shown += (long)l != s->layer ? m->layers[l].size : 0;
        else
            narrowest = m->layers[l].size < narrowest ? m->layers[l].size : narrowest;
    }
    s->rate = s->rate > 0 ? s->rate : named ? 0.002 : 0.001;
    s->passes = s->passes ? s->passes : named && !bz_unit_type(m->layers[s->layer].unit)->counted ? 3 : 10;
    const struct train_left_out usual = train_usual_dropout(narrowest, shown, rows);
    if (s->dropout < 0)
        s->dropout = named ? usual.units : 0;
    if (s->leave_out < 0)
        s->leave_out = named ? usual.inputs : 0;
}

static int learn(struct train_finetune_multi *o, struct train_rows *r, struct bz_machine *m, struct train_progress *progress,
                 struct train_multi_result *result, struct bz_error *err)
{
    struct train_multi_settings *s = &o->settings;
    struct gathering g = {0};
    int rc = -1;
    if (find_layer(o, r, &s->layer, err) == 0 && train_may_multi(m, s->layer, err) == 0 && gather_rows(&g, r, err) == 0) {
        const struct train_multi_data data = {.rows = r->data->rows, .x = g.x, .known = g.known};
        const size_t rows = train_multi_rows(m, &data, s->layer);
        choose(s, m, rows);
        if (rows < o->enough)
            s->valid_fraction = 0;
        const size_t learned = rows - train_finetune_held_out(rows, s->valid_fraction);
        const size_t per_epoch = (learned + s->batch - 1) / s->batch, usual = 60 * per_epoch;
        s->updates = o->epochs ? o->epochs * per_epoch : usual > 3000 ? usual : 3000;
        if (rows < r->data->rows)
            train_progress_say(progress, "%zu of %zu rows have a value of %s to learn from", rows, r->data->rows, o->predict);
        train_progress_say(progress, "%zu rows to learn from, %zu held out; %zu updates of %zu rows, %zu sweeps of mean field",
                           learned, rows - learned, s->updates, s->batch < learned ? s->batch : learned, s->passes);
        s->par = train_pool_parallel(r->pool);
        s->say = say;
        s->arg = progress;
        train_progress_begin(progress, "learning", 0, s->updates);
        rc = train_multi(m, &data, s, result, err);
    }
    free_gathering(&g, m->n_layers);
    return rc;
}

int train_finetune_multi(struct train_finetune_multi *o, struct train_rows *r, struct train_progress *progress, char **path,
                         struct bz_error *err)
{
    struct train_multi_result result = {0};
    struct bz_machine *m = NULL;
    int rc = -1;
    if (train_machine_copy(&m, r->model->machine, NULL, err) == 0 && bz_machine_prepare(m, err) == 0 &&
        learn(o, r, m, progress, &result, err) == 0) {
        if (result.valid)
            train_progress_say(progress, "kept update %zu: %zu held-out rows, nats per hidden value %.5f, before %.5f",
                               result.best, result.valid, result.loss, result.start);
        else
            train_progress_say(progress, "kept the weights after the last update; no rows were held out");
        if (result.scale != 1)
            train_progress_say(progress, "couplings of the shown layers multiplied by %.2f, which improves held-out rows",
                               result.scale);
        const struct train_multi_save save = {.out = o->out,
                                              .settings_text = o->settings_text,
                                              .half = o->half,
                                              .rows = r,
                                              .machine = m,
                                              .settings = &o->settings,
                                              .result = &result};
        rc = train_multi_save(&save, path, err);
    }
    train_multi_free(&result);
    bz_machine_free(m);
    return rc;
}
