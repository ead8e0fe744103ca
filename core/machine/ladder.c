#include "ladder.h"

#include "check.h"
#include "object.h"

#include <string.h>

static void end_ladder(void *self)
{
    struct bz_ladder *l = self;
    for (size_t k = 0; l->rung && k < l->most; k++)
        bz_machine_free(l->rung[k]);
}

int bz_ladder_new(struct bz_ladder **out, const struct bz_machine *m, size_t most, struct bz_error *err)
{
    struct bz_ladder *l = bz_object_new(sizeof(*l), end_ladder, err);
    if (!l)
        return -1;
    l->most = most;
    const bool *none = bz_part(l, m->n_layers, sizeof(*none), err);
    int rc =
        none && (l->rung = bz_part(l, most, sizeof(*l->rung), err)) && (l->update = bz_part(l, most, sizeof(*l->update), err))
            ? 0
            : -1;
    for (size_t k = 0; rc == 0 && k < most; k++)
        if ((rc = bz_machine_like(&l->rung[k], m, none, err)) == 0)
            rc = bz_machine_prepare(l->rung[k], err);
    return bz_object_give(out, l, rc);
}

void bz_ladder_free(struct bz_ladder *l)
{
    bz_object_free(l);
}

uint64_t bz_ladder_bytes(const struct bz_ladder *l)
{
    return 2 * (uint64_t)l->most * l->rung[0]->block_size * sizeof(float);
}

void bz_ladder_set(struct bz_machine *rung, const struct bz_machine *from)
{
    bz_assert(rung->block && from->block && rung->block_size == from->block_size);
    memcpy(rung->block, from->block, rung->block_size * sizeof(float));
    bz_machine_prepare(rung, NULL); /* prepared before: cannot fail */
}

int bz_ladder_copy(struct bz_ladder **out, const struct bz_ladder *l, struct bz_error *err)
{
    if (bz_ladder_new(out, l->rung[0], l->n, err) < 0)
        return -1;
    for (; (*out)->n < l->n; (*out)->n++) {
        bz_ladder_set((*out)->rung[(*out)->n], l->rung[(*out)->n]);
        (*out)->update[(*out)->n] = l->update[(*out)->n];
    }
    return 0;
}
