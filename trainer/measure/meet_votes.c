#include "meet_votes.h"

#include "mem.h"
#include "object.h"

#include <math.h>
#include <string.h>

static const size_t nearest = 5;

/* weight[size]: the squares of idf where all values are bits, else 1. */
static void weigh(float *weight, const float *row, size_t n, size_t size)
{
    bool bits = true;
    for (size_t i = 0; bits && i < n * size; i++)
        bits = row[i] == 0 || row[i] == 1;
    for (size_t i = 0; i < size; i++) {
        size_t have = 0;
        for (size_t r = 0; bits && r < n; r++)
            have += row[r * size + i] > 0;
        const double idf = bits ? log((double)n / (have ? (double)have : 1)) : 1;
        weight[i] = (float)(idf * idf);
    }
}

int train_votes_keep(struct bz_views *v, const struct bz_machine *m, void *owner, const float *x, size_t n, size_t total,
                     const size_t *own, struct bz_error *err)
{
    for (size_t k = 0; k < v->n; k++) {
        const size_t size = m->layers[v->view[k].layer].size;
        float *row = bz_part(owner, n * size, sizeof(*row), err),
              *weight = row ? bz_part(owner, size, sizeof(*row), err) : NULL;
        float *norm = weight ? bz_part(owner, n, sizeof(*row), err) : NULL;
        if (!norm)
            return -1;
        for (size_t r = 0; r < n; r++)
            memcpy(row + r * size, x + r * total + own[k], size * sizeof(*row));
        weigh(weight, row, n, size);
        for (size_t r = 0; r < n; r++) {
            double square = 0;
            for (size_t i = 0; i < size; i++)
                square += (double)row[r * size + i] * (double)row[r * size + i] * (double)weight[i];
            norm[r] = square > 0 ? (float)(1 / sqrt(square)) : 0;
        }
        v->view[k].row = row;
        v->view[k].weight = weight;
        v->view[k].norm = norm;
    }
    v->pairs = n;
    v->near = nearest < n ? nearest : n;
    return 0;
}

int train_votes_cast(const struct bz_views *v, const struct bz_machine *m, float *x, size_t total, const size_t *own,
                     const size_t *kin, struct bz_error *err)
{
    float *scratch = bz_alloc(v->pairs + bz_views_votes(v, m), sizeof(*scratch), err);
    for (size_t k = 0; scratch && k < v->n; k++) {
        const size_t size = m->layers[v->view[k].layer].size;
        for (size_t r = 0; r < v->pairs; r++) {
            float *values = x + r * total + own[k];
            bz_view_vote(v, m, k, values, kin, kin[r], scratch, values + size);
        }
    }
    bz_free(scratch);
    return scratch ? 0 : -1;
}

int train_votes_copy(struct bz_views *v, const struct bz_views *from, const struct bz_machine *m, struct bz_error *err)
{
    for (size_t k = 0; k < v->n; k++) {
        const struct bz_view *by = &from->view[k];
        const size_t size = m->layers[by->layer].size;
        float *row = bz_part(v, from->pairs * size, sizeof(*row), err),
              *weight = row ? bz_part(v, size, sizeof(*row), err) : NULL;
        float *norm = weight ? bz_part(v, from->pairs, sizeof(*row), err) : NULL;
        if (!norm)
            return -1;
        memcpy(row, by->row, from->pairs * size * sizeof(*row));
        memcpy(weight, by->weight, size * sizeof(*row));
        memcpy(norm, by->norm, from->pairs * sizeof(*row));
        v->view[k].row = row;
        v->view[k].weight = weight;
        v->view[k].norm = norm;
    }
    v->pairs = from->pairs;
    v->near = from->near;
    return 0;
}
