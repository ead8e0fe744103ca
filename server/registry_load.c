/* The registry's writing side: reads the repository, loads versions off the serving threads, puts them in place. */
#include "registry_private.h"

#include "log.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOADERS = 16 };

/* A version to load. */
struct plan_item {
    struct entry *entry;
    unsigned long number;
    struct srv_stamp stamp;
    char *path; /* owned */
};

struct plan {
    struct srv_registry *registry;
    struct plan_item *items; /* [n] */
    size_t n;
    atomic_size_t next;
};

static void retire(struct srv_registry *r, struct srv_version *v)
{
    if (!v)
        return;
    atomic_store(&v->pub.retired, true);
    if (r->setup.retired)
        r->setup.retired(r->setup.arg);
    srv_version_release(v);
}

static void retire_all(struct srv_registry *r, struct srv_version **versions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        retire(r, versions[i]);
    bz_free(versions);
}

static void set_state(struct srv_registry *r, struct entry *entry, enum api_model_state state, const char *reason)
{
    pthread_mutex_lock(&r->lock);
    entry->state = state;
    snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
    pthread_mutex_unlock(&r->lock);
}

void registry_drop(struct srv_registry *r, struct entry *entry, enum api_model_state state, const char *reason)
{
    pthread_mutex_lock(&r->lock);
    struct srv_version *served = entry->served, **others = entry->others;
    size_t n_others = entry->n_others;
    entry->served = NULL;
    entry->others = NULL;
    entry->n_others = 0;
    entry->state = state;
    snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
    pthread_mutex_unlock(&r->lock);
    retire(r, served);
    retire_all(r, others, n_others);
}

static const struct srv_folder_version *find_version(const struct srv_folder *folder, unsigned long number)
{
    for (size_t i = folder->n_versions; i-- > 0;)
        if (folder->versions[i].number == number)
            return &folder->versions[i];
    return NULL;
}

/* The version to serve, or NULL with the reason. */
static const struct srv_folder_version *wanted_version(const struct srv_folder *folder, char reason[256])
{
    if (folder->n_versions == 0) {
        snprintf(reason, 256, "%s", *folder->problem ? folder->problem : "no version has a model.safetensors");
        return NULL;
    }
    if (*folder->problem) {
        snprintf(reason, 256, "%s", folder->problem);
        return NULL;
    }
    if (!folder->pinned)
        return &folder->versions[folder->n_versions - 1];
    const struct srv_folder_version *v = find_version(folder, folder->pinned);
    if (!v)
        snprintf(reason, 256, "aliases: default = %lu, but there is no such version", folder->pinned);
    return v;
}

/* Lets go of versions that were named in URLs and are no longer what the folder holds. With r->lock held; the versions to
 * retire go to gone[n_others]. */
static size_t drop_stale(struct entry *entry, struct srv_version **gone)
{
    size_t kept = 0, n_gone = 0;
    for (size_t i = 0; i < entry->n_others; i++) {
        struct srv_version *v = entry->others[i];
        const struct srv_folder_version *now = find_version(&entry->folder, v->pub.version);
        if (now && srv_stamp_equal(&now->stamp, &v->stamp))
            entry->others[kept++] = v;
        else
            gone[n_gone++] = v;
    }
    entry->n_others = kept;
    return n_gone;
}

/* Takes over what was read of a model's folder; *folder is emptied. */
static int update_entry(struct srv_registry *r, struct entry *entry, struct srv_folder *folder, struct bz_error *err)
{
    struct srv_version **gone = bz_alloc(entry->n_others, sizeof(*gone), err);
    char reason[256] = "";
    if (!gone)
        return -1;
    bool bad = !wanted_version(folder, reason);
    if (bad && entry->served)
        srv_log(SRV_LOG_ERROR, "model %s: %s; version %lu stays in service", entry->name, reason, entry->served->pub.version);
    pthread_mutex_lock(&r->lock);
    struct srv_folder old = entry->folder;
    entry->folder = *folder;
    *folder = old;
    entry->present = true;
    size_t n_gone = drop_stale(entry, gone);
    pthread_mutex_unlock(&r->lock);
    retire_all(r, gone, n_gone);
    return 0;
}

static bool listed(const struct srv_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

/* An entry for a new model, put where its name belongs. */
static struct entry *insert_entry(struct srv_registry *r, const char *name, struct bz_error *err)
{
    const struct srv_options *o = r->setup.options;
    struct entry *entry = bz_alloc(1, sizeof(*entry), err);
    struct entry **larger = entry ? bz_alloc(r->n + 1, sizeof(*larger), err) : NULL;
    if (!larger) {
        bz_free(entry);
        return NULL;
    }
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    bool explicit = o->model_control == SRV_CONTROL_EXPLICIT;
    entry->wanted = !explicit || (!r->tried_all && (o->load_model.n == 0 || listed(&o->load_model, name)));
    entry->state = entry->wanted ? API_LOADING : API_UNKNOWN;
    snprintf(entry->reason, sizeof(entry->reason), "%s", entry->wanted ? "loading" : "not loaded");
    size_t at = 0;
    while (at < r->n && strcmp(r->entries[at]->name, name) < 0)
        at++;
    if (r->n) {
        memcpy(larger, r->entries, at * sizeof(*larger));
        memcpy(larger + at + 1, r->entries + at, (r->n - at) * sizeof(*larger));
    }
    larger[at] = entry;
    pthread_mutex_lock(&r->lock);
    struct entry **old = r->entries;
    r->entries = larger;
    r->n++;
    pthread_mutex_unlock(&r->lock);
    bz_free(old);
    return entry;
}

static void remove_entry(struct srv_registry *r, size_t at)
{
    pthread_mutex_lock(&r->lock);
    struct entry *entry = r->entries[at];
    memmove(r->entries + at, r->entries + at + 1, (r->n - at - 1) * sizeof(*r->entries));
    r->n--;
    pthread_mutex_unlock(&r->lock);
    srv_log(SRV_LOG_INFO, "model %s: gone from the repository", entry->name);
    registry_drop(r, entry, API_UNAVAILABLE, "");
    registry_entry_free(entry);
}

int registry_read(struct srv_registry *r, const char *only, struct bz_error *err)
{
    struct srv_catalog *catalog = NULL;
    const struct srv_options *o = r->setup.options;
    if (srv_catalog_scan(&catalog, o->model_repository, o->model_name, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!only || strcmp(only, r->entries[i]->name) == 0)
            r->entries[i]->present = false;
    for (size_t i = 0; i < catalog->n && rc == 0; i++) {
        struct srv_folder *folder = &catalog->folders[i];
        if (only && strcmp(only, folder->name) != 0)
            continue;
        struct entry *entry = registry_find(r, folder->name);
        if (!entry)
            entry = insert_entry(r, folder->name, err);
        rc = entry ? update_entry(r, entry, folder, err) : -1;
    }
    for (size_t i = r->n; i-- > 0 && rc == 0;)
        if (!r->entries[i]->present)
            remove_entry(r, i);
    srv_catalog_free(catalog);
    return rc;
}

/* Puts a loaded version in service. */
static void publish(struct srv_registry *r, struct entry *entry, struct srv_version *v)
{
    pthread_mutex_lock(&r->lock);
    struct srv_version *old = entry->served;
    entry->served = v;
    entry->state = API_READY;
    entry->reason[0] = 0;
    entry->failed = 0;
    pthread_mutex_unlock(&r->lock);
    if (old)
        srv_log(SRV_LOG_INFO, "model %s: version %lu in service, in place of %lu", v->name, v->pub.version, old->pub.version);
    else
        srv_log(SRV_LOG_INFO, "model %s: version %lu in service", v->name, v->pub.version);
    if (v->model->warning)
        srv_log(SRV_LOG_WARNING, "model %s: version %lu: %s", v->name, v->pub.version, v->model->warning);
    retire(r, old);
}

static void load_failed(struct srv_registry *r, const struct plan_item *item, const char *why)
{
    struct entry *entry = item->entry;
    char reason[256];
    snprintf(reason, sizeof(reason), "%.250s", why);
    pthread_mutex_lock(&r->lock);
    entry->failed = item->number;
    entry->failed_stamp = item->stamp;
    bool serving = entry->served != NULL;
    if (!serving) {
        entry->state = API_UNAVAILABLE;
        snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
    }
    pthread_mutex_unlock(&r->lock);
    srv_log(SRV_LOG_ERROR, "model %s: version %lu refused: %s%s", entry->name, item->number, why,
            serving ? "; the old version stays in service" : "");
}

static void load_item(struct srv_registry *r, const struct plan_item *item)
{
    struct srv_version *v = NULL;
    struct bz_error err;
    /* entry->served changes only with `control` held, which is ours. */
    bool warm = item->entry->served && atomic_load(&item->entry->served->pub.ready);
    bool ok = srv_version_new(&v, item->entry->name, item->number, item->path, &item->stamp, &r->memory, &err) == 0 &&
              (warm ? srv_version_prepare(v, &err) : srv_version_load(v, &err)) == 0;
    srv_add(ok ? &r->counts.loads_ok : &r->counts.loads_failed, 1);
    atomic_store(&r->counts.last_load_ok, ok);
    if (ok) {
        publish(r, item->entry, v);
    } else {
        load_failed(r, item, err.msg);
        srv_version_release(v);
    }
    srv_add(&r->tried, 1);
}

static void *load_thread(void *arg)
{
    struct plan *plan = arg;
    for (size_t i; (i = atomic_fetch_add(&plan->next, 1)) < plan->n;)
        load_item(plan->registry, &plan->items[i]);
    return NULL;
}

/* What is to be loaded for an entry; false = nothing. */
static bool plan_entry(struct srv_registry *r, struct entry *entry, bool again, struct plan_item *item)
{
    char reason[256] = "";
    if (!entry->wanted)
        return false;
    const struct srv_folder_version *v = wanted_version(&entry->folder, reason);
    if (!v) {
        if (!entry->served) {
            if (entry->state != API_UNAVAILABLE)
                srv_log(SRV_LOG_ERROR, "model %s: %s", entry->name, reason);
            set_state(r, entry, API_UNAVAILABLE, reason);
        }
        return false;
    }
    const struct srv_version *served = entry->served;
    if (served && served->pub.version == v->number && srv_stamp_equal(&served->stamp, &v->stamp))
        return false;
    if (!again && entry->failed == v->number && srv_stamp_equal(&entry->failed_stamp, &v->stamp))
        return false;
    *item = (struct plan_item){entry, v->number, v->stamp, srv_folder_file(&entry->folder, v->number, NULL)};
    if (!served)
        set_state(r, entry, API_LOADING, "loading");
    return item->path != NULL;
}

void registry_load_wanted(struct srv_registry *r, const char *only, bool again)
{
    struct plan plan = {.registry = r, .items = bz_alloc(r->n, sizeof(struct plan_item), NULL)};
    if (!plan.items) {
        srv_log(SRV_LOG_ERROR, "no memory to load models");
        return;
    }
    for (size_t i = 0; i < r->n; i++)
        if (!only || strcmp(only, r->entries[i]->name) == 0)
            plan.n += plan_entry(r, r->entries[i], again, &plan.items[plan.n]);
    atomic_store(&r->tried, 0);
    atomic_store(&r->to_try, plan.n);
    pthread_t threads[MAX_LOADERS];
    size_t n_threads = 0, useful = r->setup.threads < plan.n ? r->setup.threads : plan.n;
    for (; n_threads + 1 < useful && n_threads < MAX_LOADERS; n_threads++)
        if (pthread_create(&threads[n_threads], NULL, load_thread, &plan) != 0)
            break;
    load_thread(&plan);
    for (size_t i = 0; i < n_threads; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < plan.n; i++)
        bz_free(plan.items[i].path);
    bz_free(plan.items);
}
