#include "surprises.h"

#include "mem.h"
#include "unit.h"

int train_surprises_new(struct train_surprises *s, const struct train_rows *rows, struct bz_error *err)
{
    size_t found;
    const struct bz_machine *m = rows->model->machine;
    *s = (struct train_surprises){0};
    const long counted = bz_machine_counted(m);
    if (counted >= 0)
        return bz_fail(err, BZ_UNSUPPORTED, "--explain: layer '%s' holds counts, which cannot be judged individually",
                       m->layers[counted].name);
    if (bz_mul(&found, rows->data->rows, TRAIN_SURPRISES) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows do not fit memory", rows->data->rows);
    if (!(s->found = bz_alloc(found, sizeof(*s->found), err)) || !(s->n = bz_alloc(rows->data->rows, 1, err)) ||
        bz_columns_copy(&s->columns, &rows->data->columns, err) < 0)
        return -1;
    for (size_t j = 0; rows->columns.n == 0 && j < s->columns.n; j++) { /* the model does not know its divisor */
        const long layer = bz_machine_find(m, s->columns.columns[j].layer);
        if (layer >= 0 && rows->part_of[layer] >= 0)
            s->columns.columns[j].scale = (double)rows->data->parts[rows->part_of[layer]].scale;
    }
    return 0;
}

void train_surprises_free(struct train_surprises *s)
{
    bz_columns_free(&s->columns);
    bz_free(s->found);
    bz_free(s->n);
    *s = (struct train_surprises){0};
}

/* A state of a tile's rows in which the values of visible layers may be unknown. */
static int scratch_new(struct bz_state **out, const struct bz_machine *m, struct bz_error *err)
{
    if (bz_state_new(out, m, BZ_TILE, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) && bz_state_make_known(*out, l, err) < 0)
            return -1;
    return 0;
}

int train_surprises_find(struct train_surprises *s, const struct train_tile *t, const double *free_energy, struct bz_error *err)
{
    const struct bz_state *rows = t->c->s;
    const struct bz_machine *m = rows->m;
    struct bz_state *scratch = NULL;
    const float **x = bz_alloc(m->n_layers, sizeof(*x), err);
    const uint8_t **known = bz_alloc(m->n_layers, sizeof(*known), err);
    const int rc = x && known ? scratch_new(&scratch, m, err) : -1;
    for (size_t r = 0; rc == 0 && r < t->n; r++) {
        const size_t row = t->first + r;
        for (size_t l = 0; l < m->n_layers; l++) {
            const bool seen = bz_is_visible(&m->layers[l]);
            x[l] = seen ? rows->x[l] + r * m->layers[l].size : NULL;
            known[l] = seen && rows->known[l] ? rows->known[l] + r * m->layers[l].size : NULL;
        }
        s->n[row] = (unsigned char)bz_surprises(&s->columns, scratch, x, known, free_energy[row],
                                                s->found + row * TRAIN_SURPRISES, TRAIN_SURPRISES, t->w);
    }
    bz_state_free(scratch);
    bz_free(x);
    bz_free(known);
    return rc;
}
