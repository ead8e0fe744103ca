#include "colouring.h"

#include "mem.h"
#include "object.h"

#include <stdbool.h>

/* Neighbours per unit up to which updating them one by one is faster than adding a whole row of L (measured: an entry alone
 * costs about as much as 32 of a row). */
static size_t most_entries(size_t n)
{
    return n * (4 + n / 32);
}

/* Counts L's entries that are not 0, into begin[i + 1] for each row; false when there are too many. */
static bool count_entries(const float *lateral, size_t n, size_t *begin)
{
    begin[0] = 0;
    for (size_t i = 0; i < n; i++) {
        begin[i + 1] = begin[i];
        for (size_t j = 0; j < n; j++)
            begin[i + 1] += lateral[i * n + j] != 0;
        if (begin[i + 1] > most_entries(n))
            return false;
    }
    return true;
}

static void list_entries(struct bz_edges *e, const float *lateral, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (lateral[i * n + j] != 0) {
                e->unit[k] = (uint32_t)j;
                e->weight[k++] = lateral[i * n + j];
            }
}

/* Greedy: each unit takes the first colour that none of its neighbours has yet. of[n] = colours; taken[n + 1] is scratch, zero
 * before. Returns how many colours there are. */
static size_t choose_colours(const struct bz_edges *e, size_t n, uint32_t *of, uint32_t *taken)
{
    size_t n_colours = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = e->begin[i]; k < e->begin[i + 1] && e->unit[k] < i; k++)
            taken[of[e->unit[k]]] = i + 1; /* by unit i */
        uint32_t colour = 0;
        while (taken[colour] == i + 1)
            colour++;
        of[i] = colour;
        n_colours = colour + 1 > n_colours ? colour + 1 : n_colours;
    }
    return n_colours;
}

static void sort_by_colour(struct bz_colouring *c, size_t n, const uint32_t *of)
{
    size_t placed = 0;
    for (size_t colour = 0; colour < c->n_colours; colour++) {
        c->colour[colour] = placed;
        for (size_t i = 0; i < n; i++)
            if (of[i] == colour)
                c->order[placed++] = (uint32_t)i;
    }
    c->colour[c->n_colours] = placed;
}

/* Colours for c->edges. */
static int fill(struct bz_colouring *c, size_t n, struct bz_error *err)
{
    uint32_t *of = bz_alloc(n, sizeof(*of), err), *taken = bz_alloc(n + 1, sizeof(*taken), err);
    int rc = -1;

    if (of && taken && (c->order = bz_part(c, n, sizeof(*c->order), err))) {
        c->n_colours = choose_colours(c->edges, n, of, taken);
        if ((c->colour = bz_part(c, c->n_colours + 1, sizeof(*c->colour), err))) {
            sort_by_colour(c, n, of);
            rc = 0;
        }
    }
    bz_free(of);
    bz_free(taken);
    return rc;
}

int bz_colouring_new(struct bz_colouring **out, const float *lateral, size_t n, struct bz_error *err)
{
    struct bz_colouring *c = bz_object_new(sizeof(*c), NULL, err);
    struct bz_edges *e;

    *out = NULL;
    if (!c)
        return -1;
    e = &c->own;
    if (!(e->begin = bz_part(c, n + 1, sizeof(*e->begin), err)))
        return bz_object_give(out, c, -1);
    if (!count_entries(lateral, n, e->begin)) {
        bz_object_free(c);
        return 0;
    }
    if (!(e->unit = bz_part(c, e->begin[n], sizeof(*e->unit), err)) ||
        !(e->weight = bz_part(c, e->begin[n], sizeof(*e->weight), err)))
        return bz_object_give(out, c, -1);
    list_entries(e, lateral, n);
    c->edges = e;
    return bz_object_give(out, c, fill(c, n, err));
}

int bz_colouring_of(struct bz_colouring **out, const struct bz_edges *edges, size_t n, struct bz_error *err)
{
    struct bz_colouring *c = bz_object_new(sizeof(*c), NULL, err);

    if (!c)
        return -1;
    c->edges = edges;
    return bz_object_give(out, c, fill(c, n, err));
}

void bz_colouring_free(struct bz_colouring *c)
{
    bz_object_free(c);
}
