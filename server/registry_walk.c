/* What /metrics and statistics go through. Versions and counters are many, so they are written without the registry's lock, for
 * which requests would wait. */
#include "registry_private.h"

#include "mem.h"

#include <sched.h>
#include <string.h>

enum { PATIENCE = 1000 }; /* tries: a request that is about to take the lock may itself wait for a processor */

/* A thread that unlocks and locks again has the lock before one that was woken by that. */
static void let_requests_pass(struct srv_registry *r)
{
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < PATIENCE && atomic_load(&r->hurried); i++)
        sched_yield();
    pthread_mutex_lock(&r->lock);
}

static size_t first_after(const struct srv_registry *r, const char *name)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(r->entries[middle]->name, name) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void registry_each_entry(struct srv_registry *r, const char *name, void (*each)(void *arg, const struct entry *entry),
                         void *arg)
{
    char last[SRV_NAME_ROOM] = ""; /* entries may come and go in between */
    pthread_mutex_lock(&r->lock);
    const struct entry *one = name ? registry_find(r, name) : NULL;
    if (one)
        each(arg, one);
    for (size_t i = 0; !name && (i = first_after(r, last)) < r->n; let_requests_pass(r)) {
        memcpy(last, r->entries[i]->name, sizeof(last));
        each(arg, r->entries[i]);
    }
    pthread_mutex_unlock(&r->lock);
}

struct gathering {
    struct srv_held *held;
    size_t version_room, tally_room, model_room;
    bool failed;
};

static void gather_versions(void *arg, const struct entry *entry)
{
    struct gathering *g = arg;
    struct srv_held *h = g->held;
    if (g->failed ||
        bz_grow(&h->versions, &g->version_room, h->n_versions + 1 + entry->n_others, sizeof(*h->versions), NULL) < 0) {
        g->failed = true;
        return;
    }
    const size_t before = h->n_versions;
    if (entry->served)
        h->versions[h->n_versions++] = entry->served;
    for (size_t i = 0; i < entry->n_others; i++)
        if (atomic_load(&entry->others[i]->loaded))
            h->versions[h->n_versions++] = entry->others[i];
    for (size_t i = before; i < h->n_versions; i++)
        srv_version_retain(h->versions[i]);
}

/* false: no memory. */
static bool gather_model(struct gathering *g, const struct entry *e)
{
    struct srv_held *h = g->held;
    unsigned long *refused = NULL;
    if (bz_grow(&h->models, &g->model_room, h->n_models + 1, sizeof(*h->models), NULL) < 0 ||
        (e->attempts.n && !(refused = bz_alloc(e->attempts.n, sizeof(*refused), NULL))))
        return false;
    struct srv_held_model *m = &h->models[h->n_models++];
    *m = (struct srv_held_model){.newest_served = !registry_newest_refused(e),
                                 .refused = refused,
                                 .loads_ok = srv_get(&e->loads_ok),
                                 .loads_failed = srv_get(&e->loads_failed)};
    memcpy(m->name, e->name, sizeof(m->name));
    for (; m->n_refused < e->attempts.n; m->n_refused++)
        refused[m->n_refused] = e->attempts.at[m->n_refused].number;
    return true;
}

static void gather_all(void *arg, const struct entry *entry)
{
    struct gathering *g = arg;
    struct srv_held *h = g->held;
    const size_t n = entry->tallies.n;
    gather_versions(arg, entry);
    if (g->failed || (n && bz_grow(&h->tallies, &g->tally_room, h->n_tallies + n, sizeof(*h->tallies), NULL) < 0)) {
        g->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct srv_held_tally *at = &h->tallies[h->n_tallies++];
        memcpy(at->model, entry->name, sizeof(at->model));
        at->tally = entry->tallies.at[i];
        srv_tally_retain(at->tally);
    }
    g->failed = entry->wanted && !gather_model(g, entry);
}

void srv_registry_let_go(struct srv_held *held)
{
    for (size_t i = 0; i < held->n_versions; i++)
        srv_version_release(held->versions[i]);
    for (size_t i = 0; i < held->n_tallies; i++)
        srv_tally_release(held->tallies[i].tally);
    for (size_t i = 0; i < held->n_models; i++)
        bz_free(held->models[i].refused);
    bz_free_all(held->versions, held->tallies, held->models);
    *held = (struct srv_held){0};
}

static bool hold(struct srv_registry *r, struct srv_held *held, void (*gather)(void *arg, const struct entry *entry))
{
    struct gathering g = {.held = held};
    *held = (struct srv_held){0};
    registry_each_entry(r, NULL, gather, &g);
    if (g.failed)
        srv_registry_let_go(held);
    return !g.failed;
}

bool srv_registry_hold(struct srv_registry *r, struct srv_held *held)
{
    return hold(r, held, gather_all);
}

struct stats_filter {
    const char *name;
    unsigned long version;
    void (*each)(void *arg, const struct api_model_stats *stats);
    void *arg;
};

static void report_stats(const struct stats_filter *filter, struct srv_version *v)
{
    struct api_model_stats stats = {.name = v->name, .version = v->pub.version, .memory_bytes = srv_version_bytes(v)};
    struct api_batch_stat batches[SRV_BATCH_SIZES];
    if ((filter->name && strcmp(filter->name, v->name) != 0) || (filter->version && filter->version != v->pub.version))
        return;
    srv_stats_report(&v->tally->stats, &stats, batches);
    filter->each(filter->arg, &stats);
}

bool srv_registry_stats(struct srv_registry *r, const char *name, unsigned long version,
                        void (*each)(void *arg, const struct api_model_stats *stats), void *arg)
{
    const struct stats_filter filter = {name, version, each, arg};
    struct srv_held held;
    if (!hold(r, &held, gather_versions))
        return false;
    for (size_t i = 0; i < held.n_versions; i++)
        report_stats(&filter, held.versions[i]);
    srv_registry_let_go(&held);
    return true;
}
