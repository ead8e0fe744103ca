#include "views.h"

#include "infer.h"
#include "kernels.h"
#include "mean_field.h"
#include "mem.h"
#include "object.h"
#include "stop.h"

#include <math.h>
#include <string.h>

struct bz_views_work {
    struct bz_state *s;
    float *look; /* [room][hidden and visible units together] */
    float *meet; /* [units of any layers] */
    float *near; /* [pairs and units of any layer] */
};

static void end_work(void *self)
{
    bz_state_free(((struct bz_views_work *)self)->s);
}

int bz_views_work_new(struct bz_views_work **out, const struct bz_views *v, const struct bz_machine *m, size_t rows,
                      struct bz_error *err)
{
    struct bz_views_work *w = bz_object_new(sizeof(*w), end_work, err);
    if (!w)
        return -1;
    size_t units = 0;
    int rc = bz_state_new(&w->s, m, rows, err);
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        units += m->layers[l].size;
        rc = bz_is_visible(&m->layers[l]) ? bz_state_make_known(w->s, l, err) : 0;
    }
    const size_t voted = v->near ? units : 0;
    if (rc == 0 &&
        (!(w->look = bz_part(w, (units + voted) * rows, sizeof(float), err)) ||
         !(w->meet = bz_part(w, units, sizeof(float), err)) || !(w->near = bz_part(w, v->pairs + voted, sizeof(float), err))))
        rc = -1;
    return bz_object_give(out, w, rc);
}

void bz_views_work_free(struct bz_views_work *w)
{
    bz_object_free(w);
}

size_t bz_view_width(const struct bz_machine *m, size_t hidden, size_t layer, bool values)
{
    return m->layers[hidden].size + (values ? m->layers[layer].size : 0);
}

size_t bz_views_votes(const struct bz_views *v, const struct bz_machine *m)
{
    size_t n = 0;
    for (size_t k = 0; k < v->n; k++)
        n += m->layers[v->view[k].layer].size;
    return n;
}

/* How near the last of those that vote is. */
static float reach(const float *near, const size_t *kin, size_t own, size_t n, size_t voters)
{
    float top[BZ_MOST_NEAR];
    size_t found = 0;
    for (size_t j = 0; j < n; j++) {
        if ((kin && kin[j] == own) || (found == voters && !(near[j] > top[found - 1])))
            continue;
        size_t at = found < voters ? found++ : found - 1;
        for (; at > 0 && top[at - 1] < near[j]; at--)
            top[at] = top[at - 1];
        top[at] = near[j];
    }
    return found ? top[found - 1] : 0;
}

void bz_view_vote(const struct bz_views *v, const struct bz_machine *m, size_t view, const float *x, const size_t *kin,
                  size_t own, float *scratch, float *out)
{
    const struct bz_view *by = &v->view[view];
    const size_t size = m->layers[by->layer].size;
    float *near = scratch, *query = scratch + v->pairs;
    size_t voters = 0;
    for (size_t i = 0; i < size; i++)
        query[i] = x[i] * by->weight[i];
    for (size_t j = 0; j < v->pairs; j++)
        near[j] = (float)bz_cpu()->dot(query, by->row + j * size, size) * by->norm[j];
    const float least = reach(near, kin, own, v->pairs, v->near);
    for (size_t j = 0; j < v->pairs; j++) {
        near[j] = (kin && kin[j] == own) || !(near[j] >= least) ? 0 : 1;
        voters += near[j] > 0;
    }
    for (size_t k = 0; k < v->n; k++) {
        const size_t width = m->layers[v->view[k].layer].size;
        memset(out, 0, width * sizeof(float));
        for (size_t j = 0; j < v->pairs; j++)
            if (near[j] > 0)
                bz_cpu()->axpy(out, 1 / (float)voters, v->view[k].row + j * width, width);
        out += width;
    }
}

bool bz_view_given(const struct bz_state *s, size_t layer, size_t row)
{
    const size_t size = s->m->layers[layer].size;
    const uint8_t *known = s->known[layer];
    return !known || memchr(known + row * size, 1, size) != NULL;
}

/* A layer that is not looked at, at its base means, which are held. */
static void hold_base(const struct bz_views *v, struct bz_state *to, size_t layer, size_t n, struct bz_work *w)
{
    const size_t size = to->m->layers[layer].size;
    memset(to->known[layer], 0, n * size);
    for (size_t r = 0; r < n; r++) {
        if (to->counts[layer])
            to->counts[layer][r] = v->length > 0 ? v->length : 1;
        bz_start_at_base(to, layer, r, w);
    }
    memset(to->known[layer], 1, n * size);
}

static void hold_given(struct bz_state *to, const struct bz_state *s, size_t layer, size_t n)
{
    const size_t size = to->m->layers[layer].size;
    memcpy(to->x[layer], s->x[layer], n * size * sizeof(float));
    if (s->known[layer])
        memcpy(to->known[layer], s->known[layer], n * size);
    else
        memset(to->known[layer], 1, n * size);
    if (to->counts[layer])
        memcpy(to->counts[layer], s->counts[layer], n * sizeof(float));
}

void bz_view_look(const struct bz_views *v, size_t view, const struct bz_state *s, size_t n, float *out,
                  struct bz_views_work *vw, struct bz_work *w)
{
    const struct bz_view *look = &v->view[view];
    const struct bz_machine *m = s->m;
    const size_t hidden = m->layers[v->hidden].size, size = m->layers[look->layer].size;
    struct bz_state *to = vw->s;
    to->n = n;
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) && l != look->layer)
            hold_base(v, to, l, n, w);
    hold_given(to, s, look->layer, n);
    bz_mean_field(to, 0, n, false, NULL, w);
    for (size_t r = 0; r < n; r++) {
        memcpy(out + r * look->width, to->x[v->hidden] + r * hidden, hidden * sizeof(float));
        if (look->values)
            memcpy(out + r * look->width + hidden, to->x[look->layer] + r * size, size * sizeof(float));
        if (v->near)
            bz_view_vote(v, m, view, to->x[look->layer] + r * size, NULL, 0, vw->near, out + r * look->width + hidden + size);
    }
}

/* Adds to out[units] what a view comes to, scaled to length 1. */
static void add_view(const struct bz_views *v, const struct bz_view *view, float *look, float *meet, float *out)
{
    double square = 0;
    for (size_t i = 0; i < view->width; i++)
        look[i] -= view->mean[i];
    for (size_t i = 0; i < v->units; i++) {
        const double x = bz_cpu()->dot(view->map + i * view->width, look, view->width);
        meet[i] = (float)x;
        square += x * x;
    }
    const double by = square > 0 && isfinite(square) ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < v->units; i++)
        out[i] += (float)((double)meet[i] * by);
}

void bz_views_meet(const struct bz_views *v, const struct bz_state *s, size_t n, float *out, struct bz_views_work *vw,
                   struct bz_work *w)
{
    memset(out, 0, n * v->units * sizeof(float));
    for (size_t k = 0; k < v->n && !bz_stopping(); k++) {
        const struct bz_view *view = &v->view[k];
        bool any = false;
        for (size_t r = 0; r < n && !any; r++)
            any = bz_view_given(s, view->layer, r);
        if (!any)
            continue;
        bz_view_look(v, k, s, n, vw->look, vw, w);
        for (size_t r = 0; r < n && !bz_stopping(); r++)
            if (bz_view_given(s, view->layer, r))
                add_view(v, view, vw->look + r * view->width, vw->meet, out + r * v->units);
    }
}
