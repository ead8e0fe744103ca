#include "draw.h"

#include "check.h"
#include "mem.h"
#include "stop.h"
#include "unit.h"

#include <string.h>

const uint8_t *bz_row_known(const struct bz_state *s, size_t layer, size_t row)
{
    const size_t n = s->m->layers[layer].size;
    const uint8_t *known = s->known[layer] ? s->known[layer] + row * n : NULL;

    return known && memchr(known, 1, n) ? known : NULL;
}

struct bz_row bz_row_of(const struct bz_machine *m, size_t layer)
{
    const struct bz_layer *l = &m->layers[layer];

    return (struct bz_row){.layer = l,
                           .t = 1,
                           .m = m,
                           .lateral = bz_machine_lateral(m, layer),
                           .colouring = bz_machine_colouring(m, layer),
                           .couple = l->couple,
                           .scale = 1};
}

/* Puts the known units of x into y; units that they exclude give way. */
static void keep_known(const struct bz_layer *l, const float *x, const uint8_t *known, bool drawn, float *y)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    if (type->complete)
        type->complete(l, x, known, drawn, y);
    else
        for (size_t i = 0; i < l->size && !bz_stopping_unit(i, 2); i++)
            y[i] = known[i] ? x[i] : y[i];
}

static void sample(const struct bz_row *row, double d, float *x)
{
    if (row->doubt)
        bz_binary_sample(row->layer, row->field, row->t, row->doubt, row->key, x);
    else
        bz_unit_type(row->layer->unit)->sample(row->layer, row->field, row->t, d, row->key, x);
}

void bz_row_draw(struct bz_row *row)
{
    const struct bz_layer *l = row->layer;
    const struct bz_unit_type *type = bz_unit_type(l->unit);
    double d = row->d;

    bz_assert(row->key && row->field && row->x && row->t > 0);
    if (bz_stopping_work(4 * l->size)) /* what is cheap for each unit; types count the rest */
        return;
    if (row->lateral >= 0) {
        bz_assert(row->spare[0] && row->spare[1] && type->scan);
        type->scan(row);
        return;
    }
    if (!row->known) {
        sample(row, d, row->x);
        return;
    }
    if (type->exclude)
        d = type->exclude(l, row->x, row->known, d, row->field);
    sample(row, d, row->spare[0]);
    keep_known(l, row->x, row->known, true, row->spare[0]);
    bz_copy_work(row->x, row->spare[0], l->size * sizeof(*row->x));
}

void bz_row_means(const struct bz_layer *l, const float *x, const uint8_t *known, double t, double d, float *field)
{
    const struct bz_unit_type *type = bz_unit_type(l->unit);

    if (bz_stopping_work(4 * l->size))
        return;
    if (known && type->exclude)
        d = type->exclude(l, x, known, d, field);
    type->mean(l, field, t, d, field);
    if (known)
        keep_known(l, x, known, false, field);
}
