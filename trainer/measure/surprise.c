#include "surprise.h"

#include "energy.h"
#include "infer.h"
#include "mem.h"
#include "work.h"

#include <math.h>
#include <string.h>

enum { STEPS = 30 };

int train_surprises_new(struct train_surprises *s, const struct train_rows *rows, struct bz_error *err)
{
    const struct bz_columns *c = &rows->data->columns;
    const size_t most = bz_columns_inputs(c);
    size_t found;
    *s = (struct train_surprises){.rows = rows};
    if (bz_mul(&found, rows->data->rows, TRAIN_SURPRISES) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows do not fit memory", rows->data->rows);
    if (!(s->column = bz_alloc(most, sizeof(*s->column), err)) || !(s->within = bz_alloc(most, sizeof(size_t), err)) ||
        !(s->layer = bz_alloc(most, sizeof(size_t), err)) || !(s->found = bz_alloc(found, sizeof(*s->found), err)))
        return -1;
    for (size_t i = 0; i < c->n; i++) {
        const struct bz_column *column = &c->columns[i];
        const long layer = bz_column_is_input(column) ? bz_machine_find(rows->model->machine, column->layer) : -1;
        for (size_t k = 0; layer >= 0 && k < (column->kind == BZ_COLUMN_NUMBER ? column->size : 1); k++) {
            s->column[s->n] = *column;
            if (rows->columns.n == 0 && rows->part_of[layer] >= 0) /* the model does not know what it divides by */
                s->column[s->n].scale = (double)rows->data->parts[rows->part_of[layer]].scale;
            s->within[s->n] = k;
            s->layer[s->n++] = (size_t)layer;
        }
    }
    for (size_t i = 0; i < found; i++)
        s->found[i].cell = SIZE_MAX;
    return 0;
}

void train_surprises_free(struct train_surprises *s)
{
    bz_free(s->column);
    bz_free(s->within);
    bz_free(s->layer);
    bz_free(s->found);
    *s = (struct train_surprises){0};
}

/* ---- a tile's visible layers, put aside ---- */

struct aside {
    float **x;
    uint8_t **known;
};

static void aside_free(struct aside *a, const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        bz_free(a->x ? a->x[l] : NULL);
        bz_free(a->known ? a->known[l] : NULL);
    }
    bz_free(a->x);
    bz_free(a->known);
}

static int aside_take(struct aside *a, struct bz_state *s, size_t n, struct bz_error *err)
{
    const struct bz_machine *m = s->m;
    if (!(a->x = bz_alloc(m->n_layers, sizeof(float *), err)) || !(a->known = bz_alloc(m->n_layers, sizeof(uint8_t *), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t count = n * m->layers[l].size;
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (!s->known[l]) {
            if (bz_state_make_known(s, l, err) < 0)
                return -1;
            memset(s->known[l], 1, s->room * m->layers[l].size);
        }
        if (!(a->x[l] = bz_alloc(count, sizeof(float), err)) || !(a->known[l] = bz_alloc(count, 1, err)))
            return -1;
        memcpy(a->x[l], s->x[l], count * sizeof(float));
        memcpy(a->known[l], s->known[l], count);
    }
    return 0;
}

static void aside_put_back(const struct aside *a, struct bz_state *s, size_t n)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t count = n * s->m->layers[l].size;
        if (!a->x[l])
            continue;
        memcpy(s->x[l], a->x[l], count * sizeof(float));
        memcpy(s->known[l], a->known[l], count);
    }
}

/* ---- cells ---- */

static void insert(struct train_surprise *list, const struct train_surprise *one)
{
    size_t at = TRAIN_SURPRISES;
    while (at > 0 && (list[at - 1].cell == SIZE_MAX || one->drop > list[at - 1].drop))
        at--;
    for (size_t i = TRAIN_SURPRISES - 1; i > at; i--)
        list[i] = list[i - 1];
    if (at < TRAIN_SURPRISES)
        list[at] = *one;
}

/* Puts a value of units back into them: the reverse of bz_column_value_of. */
static void put_value(const struct bz_layer *layer, const struct bz_column *c, size_t within, double value, float *x)
{
    float *at = x + c->unit;
    if (c->kind == BZ_COLUMN_CATEGORY)
        for (size_t i = 0; i < c->size; i++)
            at[i] = i == (size_t)value;
    else if (c->kind == BZ_COLUMN_BOOLEAN)
        at[0] = value > 0 ? 1 : layer->unit == BZ_SPIN ? -1 : 0;
    (void)within; /* a number stays the mean that it is */
}

static size_t units_of(const struct bz_column *c)
{
    return c->kind == BZ_COLUMN_CATEGORY ? c->size : 1;
}

/* The cell as the rest of each row makes it: values in expected[n], units in the state, all else as put aside. */
static void infer_cell(const struct train_surprises *s, const struct train_tile *t, const struct aside *a, size_t cell,
                       double *expected)
{
    struct bz_state *state = t->c->s;
    const struct bz_column *c = &s->column[cell];
    const size_t l = s->layer[cell], size = state->m->layers[l].size, first = c->unit + s->within[cell], units = units_of(c);
    for (size_t r = 0; r < t->n; r++)
        memset(state->known[l] + r * size + first, 0, units);
    bz_reconstruct(t->c, NULL, 0, t->n, STEPS, BZ_MEAN, NULL, t->w);
    for (size_t r = 0; r < t->n; r++) {
        const float *x = state->x[l] + r * size;
        expected[r] = bz_column_value_of(c, s->within[cell], x, &state->m->layers[l], NULL);
        memcpy(t->w->spare[0] + r * units, x + first, units * sizeof(float));
    }
    aside_put_back(a, state, t->n);
    for (size_t r = 0; r < t->n; r++) {
        float *x = state->x[l] + r * size;
        if (!a->known[l][r * size + first])
            continue;
        memcpy(x + first, t->w->spare[0] + r * units, units * sizeof(float));
        put_value(&state->m->layers[l], c, s->within[cell], expected[r], x);
    }
}

int train_surprises_find(struct train_surprises *s, const struct train_tile *t, const double *free_energy, struct bz_error *err)
{
    struct bz_state *state = t->c->s;
    struct aside a = {0};
    double expected[BZ_TILE], without[BZ_TILE];
    const int rc = aside_take(&a, state, t->n, err);
    for (size_t cell = 0; rc == 0 && cell < s->n; cell++) {
        const size_t l = s->layer[cell], size = state->m->layers[l].size, first = s->column[cell].unit + s->within[cell];
        infer_cell(s, t, &a, cell, expected);
        bz_free_energy(state, 0, t->n, without, NULL, t->w);
        aside_put_back(&a, state, t->n);
        for (size_t r = 0; r < t->n; r++) {
            const struct train_surprise one = {
                .cell = cell,
                .value = bz_column_value_of(&s->column[cell], s->within[cell], a.x[l] + r * size, &state->m->layers[l], NULL),
                .expected = expected[r],
                .drop = free_energy[t->first + r] - without[r]};
            if (a.known[l][r * size + first] && one.drop > 0)
                insert(s->found + (t->first + r) * TRAIN_SURPRISES, &one);
        }
    }
    aside_free(&a, state->m);
    return rc;
}
