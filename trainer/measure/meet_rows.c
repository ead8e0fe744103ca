#include "meet.h"

#include "kernels.h"
#include "meet_solve.h"
#include "mem.h"
#include "object.h"

/* --- directions spread over more numbers --- */

int train_meet_spread(struct bz_views *v, const struct bz_machine *m, struct bz_error *err)
{
    const size_t wide = m->layers[v->hidden].size;
    double *turn = bz_alloc(v->units * wide, sizeof(*turn), err);
    int rc = turn ? 0 : -1;
    if (rc == 0)
        train_turn(turn, v->units, wide);
    for (size_t n = 0; rc == 0 && n < v->n; n++) {
        struct bz_view *view = &v->view[n];
        float *map = bz_part(v, wide * view->width, sizeof(*map), err);
        rc = map ? 0 : -1;
        for (size_t u = 0; rc == 0 && u < wide; u++)
            for (size_t c = 0; c < v->units; c++)
                bz_cpu()->axpy(map + u * view->width, (float)turn[c * wide + u], view->map + c * view->width, view->width);
        view->map = rc == 0 ? map : view->map;
    }
    v->units = rc == 0 ? wide : v->units;
    bz_free(turn);
    return rc;
}

/* --- rows as they are compared --- */

struct compare {
    const struct bz_views *views;
    float *out;
};

static int meet_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    const struct compare *c = arg;
    struct bz_views_work *work;
    if (bz_views_work_new(&work, c->views, t->c->s->m, t->n, err) < 0)
        return -1;
    bz_state_set_length(t->c->s, 0, t->n, c->views->length);
    bz_views_meet(c->views, t->c->s, t->n, c->out + t->first * c->views->units, work, t->w);
    bz_views_work_free(work);
    return 0;
}

int train_meet_rows(const struct bz_views *v, struct train_rows *rows, float *out, struct bz_error *err)
{
    struct compare c = {v, out};
    return train_rows_each(rows, meet_tile, &c, err);
}
