#include "tally.h"

#include "mem.h"

#include <string.h>

enum { MOST_KEPT = 8 }; /* versions of a model */

void srv_tally_retain(struct srv_tally *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
}

void srv_tally_release(struct srv_tally *t)
{
    if (atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    srv_stats_clear(&t->stats);
    bz_free(t);
}

void srv_tally_leave(struct srv_tally *t)
{
    if (!t)
        return;
    atomic_fetch_sub(&t->in_memory, 1);
    srv_tally_release(t);
}

/* Forgets the oldest version not in memory if there are too many. */
static void forget(struct srv_tallies *list)
{
    for (size_t i = 0; list->n >= MOST_KEPT && i < list->n; i++)
        if (atomic_load(&list->at[i]->in_memory) == 0) {
            srv_tally_release(list->at[i]);
            memmove(list->at + i, list->at + i + 1, (list->n - i - 1) * sizeof(*list->at));
            list->n--;
            return;
        }
}

struct srv_tally *srv_tallies_take(struct srv_tallies *list, unsigned long version, struct bz_error *err)
{
    struct srv_tally *t = NULL;
    for (size_t i = 0; i < list->n && !t; i++)
        t = list->at[i]->version == version ? list->at[i] : NULL;
    if (!t) {
        forget(list);
        struct srv_tally **larger = bz_alloc(list->n + 1, sizeof(*larger), err);
        t = larger ? bz_alloc(1, sizeof(*t), err) : NULL;
        if (!t) {
            bz_free(larger);
            return NULL;
        }
        t->version = version;
        atomic_init(&t->refs, 1);
        if (list->n)
            memcpy(larger, list->at, list->n * sizeof(*larger));
        larger[list->n++] = t;
        bz_free(list->at);
        list->at = larger;
    }
    atomic_fetch_add(&t->in_memory, 1);
    srv_tally_retain(t);
    return t;
}

bool srv_tallies_in_memory(const struct srv_tallies *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (atomic_load(&list->at[i]->in_memory) > 0)
            return true;
    return false;
}

void srv_tallies_clear(struct srv_tallies *list)
{
    for (size_t i = 0; i < list->n; i++)
        srv_tally_release(list->at[i]);
    bz_free(list->at);
    *list = (struct srv_tallies){0};
}
