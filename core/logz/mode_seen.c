/* Where annealed runs ended: a few regions that hold nearly all end points, if there are any. */
#include "gibbs.h"
#include "mem.h"
#include "modes.h"

#include <string.h>

enum { LOOKED_AT = 64 /* ends */, MOST_SEEN = 4 };
static const double nearly_all = 0.9;

int bz_modes_seen(struct bz_modes *out, const struct bz_machine *m, const struct bz_modes_options *o, struct bz_error *err)
{
    const struct bz_state *ends = o->ends;
    const size_t rows = ends->n < LOOKED_AT ? ends->n : LOOKED_AT;
    struct bz_mode *list = out->seen = bz_alloc(MOST_SEEN, sizeof(*list), err);
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    float **means = NULL;
    size_t missed = 0;
    int rc = -1;

    if (!list || bz_chains_new(&c, m, rows, err) < 0 || bz_work_new(&w, m, err) < 0)
        goto out;
    c->s->n = rows;
    bz_mode_set_counts(c->s, o->counts);
    for (size_t r = 0; r < rows; r++) {
        c->seed[r] = o->seed + 2;
        c->index[r] = (uint32_t)r;
    }
    bz_chains_init(c, 0, rows, NULL, w);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]))
            memcpy(c->s->x[l], ends->x[l], rows * m->layers[l].size * sizeof(float));
    bz_gibbs(c, 0, rows, 1, w);
    rc = bz_visible_means(&means, c->s, w, err);
    for (size_t r = 0; rc == 0 && r < rows; r++) {
        struct bz_mode own = {0};

        if ((rc = bz_mode_base(&own.base, m, means, r, 1, err)) < 0)
            break;
        bz_mode_set_region(&own, m, o->counts);
        const bool covered = bz_mode_covered(&own, list, out->n_seen, c->s, r);
        if (!covered && out->n_seen < MOST_SEEN) {
            list[out->n_seen++] = own;
            continue;
        }
        missed += !covered;
        bz_base_free(own.base);
    }
    if ((double)missed > (1 - nearly_all) * (double)rows)
        while (out->n_seen > 0)
            bz_base_free(list[--out->n_seen].base);
out:
    bz_visible_means_free(means, m->n_layers);
    bz_chains_free(c);
    bz_work_free(w);
    return rc;
}
