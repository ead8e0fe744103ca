#include "edges.h"

#include "check.h"
#include "kernels.h"
#include "mem.h"
#include "stop.h"

enum { SCATTERED = 8 }; /* multiply-adds in the time of an entry that lies apart in memory */

/* Which of an entry's two units is in this side's rows; of a lateral coupling both are, one after the other. */
static size_t row_of(const uint32_t entry[2], size_t turn, bool of_b)
{
    return entry[of_b ? 1 - turn : turn];
}

int bz_edges_new(struct bz_edges *out, const uint32_t (*index)[2], size_t n_entries, size_t n, bool lateral, bool of_b,
                 struct bz_error *err)
{
    const size_t turns = lateral ? 2 : 1, total = turns * n_entries;
    struct bz_edges e = {0};

    if (!(e.begin = bz_alloc(n + 1, sizeof(*e.begin), err)) || !(e.unit = bz_alloc(total, sizeof(*e.unit), err)) ||
        !(e.weight = bz_alloc(total, sizeof(*e.weight), err)) || !(e.entry = bz_alloc(total, sizeof(*e.entry), err))) {
        bz_edges_free(&e);
        return -1;
    }
    for (size_t k = 0; k < n_entries && !bz_stopping_unit(k, SCATTERED); k++)
        for (size_t turn = 0; turn < turns; turn++)
            e.begin[row_of(index[k], turn, of_b) + 1]++;
    for (size_t i = 0; i < n; i++)
        e.begin[i + 1] += e.begin[i];
    /* Entries are in ascending order of (i, j), i < j in lateral ones: first those where the row's unit is the second of the
     * pair, so that neighbours ascend. begin[] serves as the position of the next entry and is restored afterwards. */
    for (size_t turn = turns; turn-- > 0;)
        for (size_t k = 0; k < n_entries && !bz_stopping_unit(k, 2 * SCATTERED); k++) {
            const size_t at = e.begin[row_of(index[k], turn, of_b)]++;
            e.unit[at] = (uint32_t)row_of(index[k], 1 - turn, of_b);
            e.entry[at] = (uint32_t)k;
        }
    if (bz_stopped()) { /* there may be gaps */
        bz_edges_free(&e);
        return bz_fail(err, BZ_INTERRUPTED, "edges: asked to stop");
    }
    for (size_t i = n; i > 0; i--)
        e.begin[i] = e.begin[i - 1];
    e.begin[0] = 0;
    *out = e;
    return 0;
}

void bz_edges_free(struct bz_edges *e)
{
    bz_free_all(e->begin, e->unit, e->weight, e->entry);
    *e = (struct bz_edges){0};
}

void bz_edges_refresh(struct bz_edges *e, size_t n, const float *weight)
{
    enum { TOGETHER = 1 << 12 };
    const size_t all = e->begin[n];

    for (size_t k = 0; k < all && !bz_stopping_work(SCATTERED * TOGETHER);)
        for (const size_t end = all - k < TOGETHER ? all : k + TOGETHER; k < end; k++)
            e->weight[k] = weight[e->entry[k]];
}

/* --- one unit's weights --- */

struct bz_weights bz_coupling_row(const struct bz_machine *m, size_t coupling, bool side_b, size_t i)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const size_t n = m->layers[side_b ? c->a : c->b].size;

    bz_assert(m->prepared || (!side_b && !c->index));
    bz_assert(i < m->layers[side_b ? c->b : c->a].size);
    if (!c->index)
        return (struct bz_weights){(side_b && c->a != c->b ? c->weight_t : c->weight) + i * n, NULL, n};
    const struct bz_edges *e = &c->side[side_b && c->a != c->b];
    return (struct bz_weights){e->weight + e->begin[i], e->unit + e->begin[i], e->begin[i + 1] - e->begin[i]};
}

struct bz_weights bz_link_row(const struct bz_machine *m, size_t layer, const struct bz_link *link, size_t i)
{
    return bz_coupling_row(m, link->coupling, m->couplings[link->coupling].a != layer, i);
}

double bz_weights_dot(struct bz_weights r, const float *x)
{
    double sum = 0;

    if (!r.unit)
        return bz_cpu()->dot(r.w, x, r.n);
    for (size_t k = 0; k < r.n && !bz_stopping_unit(k, SCATTERED); k++)
        sum += (double)r.w[k] * x[r.unit[k]];
    return sum;
}

void bz_weights_axpy(struct bz_weights r, float a, float *y)
{
    if (!r.unit)
        bz_cpu()->axpy(y, a, r.w, r.n);
    for (size_t k = 0; r.unit && k < r.n && !bz_stopping_unit(k, SCATTERED); k++)
        y[r.unit[k]] += a * r.w[k];
}

/* The first entry whose unit is at least `unit`. */
static size_t place(struct bz_weights r, size_t unit)
{
    size_t low = 0, high = r.n;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (r.unit[middle] < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

float bz_weights_at(struct bz_weights r, size_t unit)
{
    if (!r.unit)
        return r.w[unit];
    const size_t k = place(r, unit);
    return k < r.n && r.unit[k] == unit ? r.w[k] : 0;
}

struct bz_weights bz_weights_within(struct bz_weights r, size_t from, size_t to)
{
    if (!r.unit)
        return (struct bz_weights){r.w + from, NULL, to - from};
    const size_t first = place(r, from), end = place(r, to);
    return (struct bz_weights){r.w + first, r.unit + first, end - first};
}
