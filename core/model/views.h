/* Rows compared from whichever of their visible layers are given. Each such layer alone is a view of a row: the means of a
 * hidden layer when this layer is held as given and all others at their base means, and perhaps its own values beside them;
 * where few rows have several views, also what the nearest of these rows say: the means of all their layers' values. A linear
 * map, learned from rows that have several views, takes a view to where those of one row meet (trainer/measure/meet.h). A row
 * is the sum of its views there, each of length 1. */
#ifndef BZ_VIEWS_H
#define BZ_VIEWS_H

#include "state.h"

enum { BZ_MOST_NEAR = 64 };

struct bz_view {
    size_t layer; /* visible */
    bool values;  /* the layer's own values follow the hidden means */
    size_t width;
    const float *mean; /* [width] */
    const float *map;  /* [units of the views][width] */
    /* Where rows vote: */
    const float *row;    /* [pairs][size of the layer] its values in them */
    const float *weight; /* [size] what the square of a value counts when rows are compared by this layer, by cosine */
    const float *norm;   /* [pairs] 1 / the weighted length of each, 0 of one without any */
};

struct bz_views {
    size_t hidden, units; /* the hidden layer; numbers of a row */
    float length;         /* counts of multinomial layers at their base means; 0 = 1 */
    size_t n;
    struct bz_view *view; /* [n] */
    size_t pairs, near;   /* rows that may vote, and how many of the nearest do; 0 = none */
};

/* Scratch of one thread: tiles of `rows` rows, at most BZ_TILE. */
struct bz_views_work;
int bz_views_work_new(struct bz_views_work **out, const struct bz_views *v, const struct bz_machine *m, size_t rows,
                      struct bz_error *err);
void bz_views_work_free(struct bz_views_work *w); /* NULL is fine */

/* Numbers of a view: units of the hidden layer, and of the visible one if its values belong to it; votes follow. */
size_t bz_view_width(const struct bz_machine *m, size_t hidden, size_t layer, bool values);
size_t bz_views_votes(const struct bz_views *v, const struct bz_machine *m); /* numbers of a vote: units of all views' layers */
/* out[votes]: what the rows nearest to x[size], of one view's layer, have on average; of equally near ones all. kin: rows of
 * the group `own` do not vote (NULL = all may). scratch[pairs + size]. */
void bz_view_vote(const struct bz_views *v, const struct bz_machine *m, size_t view, const float *x, const size_t *kin,
                  size_t own, float *scratch, float *out);
/* Something of the layer is known in the row. */
bool bz_view_given(const struct bz_state *s, size_t layer, size_t row);
/* out[n][width]: a view of rows 0 .. n-1 of s, which is only read. mean and map are not used. */
void bz_view_look(const struct bz_views *v, size_t view, const struct bz_state *s, size_t n, float *out,
                  struct bz_views_work *vw, struct bz_work *w);
/* out[n][units]: the rows as they are compared; zeros where nothing of any view is given. Same bits on every CPU. */
void bz_views_meet(const struct bz_views *v, const struct bz_state *s, size_t n, float *out, struct bz_views_work *vw,
                   struct bz_work *w);

#endif
