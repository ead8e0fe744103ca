/* Gibbs scans of layers with couplings to themselves: one unit after the other (in index order, or by colours where the
 * coupling is sparse), the field of the others kept up to date. The caller computes the field from scratch before every scan,
 * so rounding does not pile up from one to the next. */
#include "unit.h"

#include "colouring.h"
#include "kernels.h"
#include "normals.h"

#include <math.h>
#include <string.h>

static bool is_known(const struct bz_scan *s, size_t i)
{
    return s->known && s->known[i];
}

/* Unit i changed by `change` (in the coordinates its couplings see): brings the field up to date from unit `from` on. Units
 * before the one that is drawn next are done with. */
static void spread(struct bz_scan *s, size_t i, float change, size_t from)
{
    const size_t n = s->layer->size;

    if (change != 0 && from < n)
        bz_cpu()->axpy(s->field + from, change, s->lateral + i * n + from, n - from);
}

/* What unit i adds to the field of its neighbours when it changes. */
static void spread_sparse(struct bz_scan *s, size_t i, float change)
{
    const struct bz_colouring *c = s->colouring;

    for (size_t k = c->begin[i]; change != 0 && k < c->begin[i + 1]; k++)
        s->field[c->neighbour[k]] += change * c->weight[k];
}

/* Colour after colour; units of one colour do not meet, so all their probabilities hold at once. */
static void scan_colours(struct bz_scan *s)
{
    const struct bz_kernels *k = bz_cpu();
    const struct bz_colouring *c = s->colouring;
    const float scale = (float)(1 / s->t);
    float *uniform = s->spare[0], *p = s->spare[1];

    k->uniform(uniform, s->key, 0, s->layer->size);
    for (size_t i = 0; i < s->layer->size; i++)
        spread_sparse(s, i, s->x[i]);
    for (size_t colour = 0; colour < c->n_colours; colour++) {
        const uint32_t *units = c->order + c->colour[colour];
        const size_t n = c->colour[colour + 1] - c->colour[colour];
        for (size_t j = 0; j < n; j++)
            p[j] = s->field[units[j]];
        k->sigmoid(p, p, scale, n);
        for (size_t j = 0; j < n; j++) {
            const size_t i = units[j];
            if (is_known(s, i))
                continue;
            const float old = s->x[i];
            s->x[i] = uniform[i] < p[j] ? 1.0f : 0.0f;
            spread_sparse(s, i, s->x[i] - old);
        }
    }
}

/* Probabilities are found for a few units at once and hold until one of the units changes, which few do. */
void bz_scan_bernoulli(struct bz_scan *s)
{
    enum { AHEAD = 16 };
    const struct bz_kernels *k = bz_cpu();
    const size_t n = s->layer->size;
    const float scale = (float)(1 / s->t);
    float *uniform = s->spare[0], p[AHEAD];

    if (s->colouring) {
        scan_colours(s);
        return;
    }
    k->uniform(uniform, s->key, 0, n);
    for (size_t i = 0; i < n;) {
        const size_t ahead = n - i < AHEAD ? n - i : AHEAD, end = i + ahead;
        float change = 0;
        k->sigmoid(p, s->field + i, scale, ahead);
        for (size_t j = 0; i < end && change == 0; i++, j++)
            if (!is_known(s, i)) {
                const float drawn = uniform[i] < p[j] ? 1.0f : 0.0f;
                change = drawn - s->x[i];
                s->x[i] = drawn;
            }
        spread(s, i - 1, change, i);
    }
}

void bz_scan_gaussian(struct bz_scan *s)
{
    const struct bz_layer *l = s->layer;
    const float root = (float)sqrt(s->t);
    float *z = s->spare[0];

    bz_normals(z, s->key, 0, l->size);
    for (size_t i = 0; i < l->size; i++) {
        if (is_known(s, i))
            continue;
        const float old = s->x[i];
        s->x[i] = s->field[i] + root * l->sigma[i] * z[i];
        spread(s, i, (s->x[i] - old) * l->inv_var[i], i + 1);
    }
}

/* Redraws group[first .. first+k): out of the field, drawn given the rest, into the field again. */
static void redraw_group(struct bz_scan *s, size_t first, size_t k, uint32_t group)
{
    float *logit = s->spare[0], *x = s->x + first;
    double left = 1; /* what known units leave for the others */

    for (size_t i = 0; i < k; i++)
        spread(s, first + i, -x[i], first);
    for (size_t i = 0; i < k; i++) {
        const bool known = is_known(s, first + i);
        logit[i] = known ? -INFINITY : s->field[first + i];
        left -= known ? (double)x[i] : 0;
        x[i] = known ? x[i] : 0;
    }
    if (left > 0.5) {
        const double sum = bz_softmax_weights(logit, logit, s->t, k);
        if (sum > 0)
            x[bz_pick(logit, k, sum, bz_random_double(s->key, group))] = 1;
    }
    for (size_t i = 0; i < k; i++)
        spread(s, first + i, x[i], first + k);
}

void bz_scan_softmax(struct bz_scan *s)
{
    const size_t k = s->layer->size / s->layer->groups;

    for (size_t g = 0; g < s->layer->groups; g++)
        redraw_group(s, g * k, k, (uint32_t)g);
}

/* Words of one row are coupled to each other. They are taken in a random order (by sampling from the counts without
 * replacement), each out of the counts, redrawn given all the others, and put back. Random numbers 2w, 2w+1 are word w's. */
void bz_scan_multinomial(struct bz_scan *s)
{
    const size_t n = s->layer->size;
    float *waiting = s->spare[0], *weight = s->spare[1];
    double words = 0;

    for (size_t i = 0; i < n; i++) {
        waiting[i] = is_known(s, i) ? 0 : s->x[i];
        words += waiting[i];
    }
    for (uint32_t w = 0; words >= 1; w++, words--) {
        const size_t old = bz_pick(waiting, n, words, bz_random_double(s->key, 2 * w));
        waiting[old]--;
        s->x[old]--;
        spread(s, old, -1, 0);
        for (size_t i = 0; i < n; i++)
            weight[i] = is_known(s, i) ? -INFINITY : s->field[i];
        const double sum = bz_softmax_weights(weight, weight, s->t, n);
        const size_t drawn = bz_pick(weight, n, sum, bz_random_double(s->key, 2 * w + 1));
        s->x[drawn]++;
        spread(s, drawn, 1, 0);
    }
}
