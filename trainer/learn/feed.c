#include "feed.h"

#include "classify.h"
#include "match.h"
#include "mem.h"

#include <string.h>

int train_feed_open(struct train_feed *f, const struct bz_machine *m, const struct train_data *data,
                    enum train_binarize binarize, uint64_t seed, struct bz_error *err)
{
    struct train_feed feed = {.data = data, .label_layer = -1, .binarize = binarize, .seed = seed};
    if (!(feed.part_of = bz_alloc(m->n_layers, sizeof(*feed.part_of), err)))
        return -1;
    if (train_match_parts(m, data, feed.part_of, err) < 0)
        goto fail;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (feed.part_of[l] >= 0 && data->parts[feed.part_of[l]].unit != layer->unit) {
            bz_fail(err, BZ_BAD_INPUT, "data '%s' is %s, layer '%s' of the model %s", data->parts[feed.part_of[l]].name,
                    bz_unit_name(data->parts[feed.part_of[l]].unit), layer->name, bz_unit_name(layer->unit));
            goto fail;
        }
        if ((long)l == bz_label_layer(m) && feed.part_of[l] < 0 && data->labels)
            feed.label_layer = (long)l;
    }
    if (feed.label_layer >= 0)
        for (size_t r = 0; r < data->rows; r++)
            if (data->labels[r] >= (long)m->layers[feed.label_layer].size) {
                bz_fail(err, BZ_BAD_INPUT, "row %zu has label %ld, layer '%s' of the model has %zu classes", r + 1,
                        data->labels[r], m->layers[feed.label_layer].name, m->layers[feed.label_layer].size);
                goto fail;
            }
    *f = feed;
    return 0;
fail:
    bz_free(feed.part_of);
    return -1;
}

void train_feed_close(struct train_feed *f)
{
    bz_drop(&f->part_of);
}

static bool labels_missing(const struct train_data *d)
{
    for (size_t r = 0; r < d->rows; r++)
        if (d->labels[r] < 0)
            return true;
    return false;
}

int train_feed_prepare(const struct train_feed *f, struct bz_state *s, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        if (!bz_is_visible(&s->m->layers[l]))
            continue;
        const struct train_part *part = f->part_of[l] >= 0 ? &f->data->parts[f->part_of[l]] : NULL;
        bool all_known = part ? !part->missing && !part->absent : (long)l == f->label_layer && !labels_missing(f->data);
        if (!all_known && bz_state_make_known(s, l, err) < 0)
            return -1;
    }
    return 0;
}

static void read_labels(const struct train_data *d, struct bz_state *s, size_t layer, size_t first, const size_t *rows,
                        size_t n)
{
    const size_t size = s->m->layers[layer].size;
    for (size_t r = 0; r < n; r++) {
        float *x = s->x[layer] + (first + r) * size;
        const long label = d->labels[rows[r]];
        memset(x, 0, size * sizeof(*x));
        if (s->known[layer])
            memset(s->known[layer] + (first + r) * size, label >= 0, size);
        if (label >= 0)
            x[label] = 1;
    }
}

/* A row of which no word is known has as many as an average one. */
static void count_words(struct bz_state *s, size_t layer, size_t first, size_t n)
{
    const size_t size = s->m->layers[layer].size;
    for (size_t r = first; r < first + n; r++) {
        const uint8_t *known = s->known[layer] ? s->known[layer] + r * size : NULL;
        float words = 0; /* whole numbers below 2^24: exact */
        for (size_t i = 0; i < size; i++)
            words += s->x[layer][r * size + i];
        s->counts[layer][r] = known && !memchr(known, 1, size) ? (float)bz_usual_counts(&s->m->layers[layer]) : words;
    }
}

void train_feed_read(const struct train_feed *f, struct bz_state *s, size_t first, const size_t *rows, size_t n, uint64_t visit)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (!bz_is_visible(&s->m->layers[l]))
            continue;
        uint8_t *known = s->known[l] ? s->known[l] + first * size : NULL;
        const struct train_grey how = {f->binarize, f->seed, (size_t)f->part_of[l], visit};
        if (f->part_of[l] >= 0)
            train_part_read(&f->data->parts[how.part], rows, n, &how, s->x[l] + first * size, known);
        else if ((long)l == f->label_layer)
            read_labels(f->data, s, l, first, rows, n);
        else if (known)
            memset(known, 0, n * size);
        if (s->counts[l])
            count_words(s, l, first, n);
    }
}
