#include "match.h"

#include "mem.h"

#include <string.h>

static long find_part(const struct train_data *d, const char *name)
{
    for (size_t p = 0; p < d->n_parts; p++)
        if (!strcmp(d->parts[p].name, name))
            return (long)p;
    return -1;
}

int train_match_parts(const struct bz_machine *m, const struct train_data *d, long *part_of, struct bz_error *err)
{
    const long only = bz_machine_only_visible(m);
    size_t matched = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        part_of[l] = bz_is_visible(layer) ? find_part(d, layer->name) : -1;
        if ((long)l == only && part_of[l] < 0 && d->n_parts == 1)
            part_of[l] = 0;
        if (part_of[l] < 0)
            continue;
        matched++;
        if (d->parts[part_of[l]].size != layer->size)
            return bz_fail(err, BZ_BAD_INPUT, "data '%s' has %zu columns, layer '%s' of the model has %zu units",
                           d->parts[part_of[l]].name, d->parts[part_of[l]].size, layer->name, layer->size);
    }
    if (matched == d->n_parts)
        return 0;
    for (size_t p = 0; p < d->n_parts; p++) {
        const long l = bz_machine_find(m, d->parts[p].name);

        if (l < 0 || part_of[l] != (long)p)
            return bz_fail(err, BZ_BAD_INPUT, "data '%s' is for no visible layer of the model", d->parts[p].name);
    }
    return 0;
}

static void count_row(struct bz_state *s, size_t layer, size_t row)
{
    const size_t size = s->m->layers[layer].size;
    double sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += s->x[layer][row * size + i];
    s->counts[layer][row] = (float)sum;
}

int train_fill_state(struct bz_state *s, const struct train_data *d, const long *part_of, size_t first, size_t n,
                     const struct train_grey *how, struct bz_error *err)
{
    size_t rows[BZ_TILE];

    for (size_t r = 0; r < n; r++)
        rows[r] = first + r;
    s->n = n;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const struct train_part *part = part_of[l] < 0 ? NULL : &d->parts[part_of[l]];
        struct train_grey of_part = *how;
        uint8_t *known = NULL;

        if (!bz_is_visible(layer))
            continue;
        if (!part || part->missing || part->absent) {
            if (bz_state_make_known(s, l, err) < 0)
                return -1;
            known = s->known[l];
            memset(known, 0, n * layer->size);
        }
        of_part.part = part ? (size_t)part_of[l] : 0;
        if (part)
            train_part_read(part, rows, n, &of_part, s->x[l], known);
        for (size_t r = 0; s->counts[l] && r < n; r++)
            count_row(s, l, r);
    }
    return 0;
}
