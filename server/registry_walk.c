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

/* References to every version in memory; the caller's. */
static struct srv_version **snapshot(struct srv_registry *r, size_t *count)
{
    pthread_mutex_lock(&r->lock);
    size_t room = 0, n = 0;
    for (size_t i = 0; i < r->n; i++)
        room += 1 + r->entries[i]->n_others;
    struct srv_version **all = bz_alloc(room, sizeof(*all), NULL);
    for (size_t i = 0; all && i < r->n; i++) {
        const struct entry *entry = r->entries[i];
        if (entry->served)
            all[n++] = entry->served;
        for (size_t k = 0; k < entry->n_others; k++)
            if (atomic_load(&entry->others[k]->loaded))
                all[n++] = entry->others[k];
    }
    for (size_t i = 0; i < n; i++)
        srv_version_retain(all[i]);
    pthread_mutex_unlock(&r->lock);
    *count = n;
    return all;
}

bool srv_registry_each(struct srv_registry *r, void (*each)(void *arg, struct srv_version *version), void *arg)
{
    size_t n;
    struct srv_version **all = snapshot(r, &n);
    for (size_t i = 0; i < n; i++) {
        each(arg, all[i]);
        srv_version_release(all[i]);
    }
    bz_free(all);
    return all != NULL;
}

/* The counters of one version, held. */
struct held {
    char model[SRV_NAME_ROOM];
    struct srv_tally *tally;
};

/* The counters of every version; the caller's. */
static struct held *hold_tallies(struct srv_registry *r, size_t *count)
{
    size_t room = 0, n = 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        room += r->entries[i]->tallies.n;
    struct held *all = bz_alloc(room, sizeof(*all), NULL);
    for (size_t i = 0; all && i < r->n; i++)
        for (size_t k = 0; k < r->entries[i]->tallies.n; k++, n++) {
            memcpy(all[n].model, r->entries[i]->name, sizeof(all[n].model));
            all[n].tally = r->entries[i]->tallies.at[k];
            srv_tally_retain(all[n].tally);
        }
    pthread_mutex_unlock(&r->lock);
    *count = n;
    return all;
}

bool srv_registry_each_tally(struct srv_registry *r, void (*each)(void *arg, const char *model, const struct srv_tally *tally),
                             void *arg)
{
    size_t n;
    struct held *all = hold_tallies(r, &n);
    for (size_t i = 0; i < n; i++) {
        each(arg, all[i].model, all[i].tally);
        srv_tally_release(all[i].tally);
    }
    bz_free(all);
    return all != NULL;
}

struct model_walk {
    void (*each)(void *arg, const struct srv_model_view *model);
    void *arg;
};

static void view_model(void *arg, const struct entry *e)
{
    const struct model_walk *walk = arg;
    unsigned long *refused = e->wanted ? bz_alloc(e->attempts.n, sizeof(*refused), NULL) : NULL;
    struct srv_model_view view = {.name = e->name,
                                  .newest_served = !registry_newest_refused(e),
                                  .refused = refused,
                                  .loads_ok = srv_get(&e->loads_ok),
                                  .loads_failed = srv_get(&e->loads_failed)};
    for (; refused && view.n_refused < e->attempts.n; view.n_refused++)
        refused[view.n_refused] = e->attempts.at[view.n_refused].number;
    if (e->wanted)
        walk->each(walk->arg, &view);
    bz_free(refused);
}

void srv_registry_each_model(struct srv_registry *r, void (*each)(void *arg, const struct srv_model_view *model), void *arg)
{
    struct model_walk walk = {each, arg};
    registry_each_entry(r, NULL, view_model, &walk);
}

struct stats_filter {
    const char *name;
    unsigned long version;
    void (*each)(void *arg, const struct api_model_stats *stats);
    void *arg;
};

static void report_stats(void *arg, struct srv_version *v)
{
    const struct stats_filter *filter = arg;
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
    struct stats_filter filter = {name, version, each, arg};
    return srv_registry_each(r, report_stats, &filter);
}
