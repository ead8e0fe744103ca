#include "registry_private.h"

#include "log.h"
#include "mem.h"
#include "object.h"
#include "repository.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void registry_entry_free(struct entry *entry)
{
    srv_folder_clear(&entry->folder);
    srv_attempts_clear(&entry->attempts);
    srv_tallies_clear(&entry->tallies);
    bz_free(entry);
}

struct entry *registry_find(const struct srv_registry *r, const char *name)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(r->entries[middle]->name, name);
        if (order == 0)
            return r->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* --- looking up --- */

/* The number that a version's text means: digits or an alias. 0 = neither. */
static unsigned long resolve(const struct entry *entry, const char *text)
{
    if (strcmp(text, "default") == 0)
        return entry->served ? entry->served->pub.version : 0;
    for (size_t i = 0; i < entry->folder.n_aliases; i++)
        if (strcmp(entry->folder.aliases[i].name, text) == 0)
            return entry->folder.aliases[i].version;
    return bz_version_of(text);
}

/* Whether an unloaded model is still in use by unfinished requests. */
static bool is_leaving(const struct entry *entry)
{
    return !entry->wanted && !entry->served && srv_tallies_in_memory(&entry->tallies);
}

/* A version other than the one served: already in memory, or made now, to be loaded at its first use. */
static struct srv_version *other_version(struct srv_registry *r, struct entry *entry, unsigned long number)
{
    const struct srv_folder *folder = &entry->folder;
    struct srv_version *v = NULL;
    struct bz_error err;
    for (size_t i = 0; i < entry->n_others; i++)
        if (entry->others[i]->pub.version == number)
            return entry->others[i];
    for (size_t i = 0; i < folder->n_versions && !v; i++) {
        if (folder->versions[i].number != number)
            continue;
        char *path = srv_folder_file(folder, number, &err);
        struct srv_version **larger = bz_alloc(entry->n_others + 1, sizeof(*larger), &err);
        if (path && larger &&
            srv_version_new(&v, entry->name, srv_tallies_take(&entry->tallies, number, &err), path, &folder->versions[i].stamp,
                            &r->memory, &err) == 0) {
            if (entry->n_others)
                memcpy(larger, entry->others, entry->n_others * sizeof(*larger));
            larger[entry->n_others++] = v;
            bz_free(entry->others);
            entry->others = bz_take(&larger);
        }
        bz_free(larger);
        bz_free(path);
    }
    return v;
}

static enum api_acquired acquire_locked(struct srv_registry *r, const char *name, const char *text, struct api_model **out,
                                        char reason[256])
{
    struct entry *entry = registry_find(r, name);
    if (!entry)
        return API_NO_MODEL;
    unsigned long number = text ? resolve(entry, text) : 0;
    struct srv_version *v = entry->served;
    if (text && strcmp(text, "default") != 0) {
        if (number == 0)
            return API_NO_VERSION;
        if (!entry->wanted || (!entry->served && entry->state == API_LOADING))
            v = NULL;
        else if (!entry->served || entry->served->pub.version != number) {
            v = other_version(r, entry, number);
            if (!v)
                return API_NO_VERSION;
        }
    }
    if (!v) {
        snprintf(reason, 256, "%s", entry->reason);
        return entry->wanted ? API_NOT_READY : is_leaving(entry) ? API_LEAVING : API_NOT_LOADED;
    }
    srv_version_retain(v);
    atomic_store_explicit(&v->used_ns, srv_now(), memory_order_relaxed);
    *out = &v->pub;
    return API_OK;
}

enum api_acquired srv_registry_acquire(struct srv_registry *r, const char *name, const char *text, struct api_model **out,
                                       char reason[256])
{
    atomic_fetch_add(&r->hurried, 1);
    pthread_mutex_lock(&r->lock);
    atomic_fetch_sub(&r->hurried, 1);
    enum api_acquired result = acquire_locked(r, name, text, out, reason);
    pthread_mutex_unlock(&r->lock);
    if (result == API_NOT_READY && strcmp(reason, "loading") == 0)
        srv_registry_loaded(r, reason);
    return result;
}

/* Removes the least recently used of the versions named in URLs from memory. */
static bool make_room(void *arg)
{
    struct srv_registry *r = arg;
    struct srv_version *oldest = NULL;
    struct entry *of = NULL;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->entries[i]->n_others; k++) {
            struct srv_version *v = r->entries[i]->others[k];
            if (atomic_load(&v->loaded) && (!oldest || srv_get(&v->used_ns) < srv_get(&oldest->used_ns))) {
                oldest = v;
                of = r->entries[i];
            }
        }
    for (size_t k = 0; oldest && k < of->n_others; k++)
        if (of->others[k] == oldest) {
            of->others[k] = of->others[--of->n_others];
            break;
        }
    pthread_mutex_unlock(&r->lock);
    if (!oldest)
        return false;
    srv_log(SRV_LOG_INFO, "model %s: version %lu leaves memory, to make room", oldest->name, oldest->pub.version);
    registry_retire(r, oldest);
    return true;
}

/* The api's view of an entry. Arrays belong to the caller's info_arrays. */
struct info_arrays {
    unsigned long *versions, *loaded, *alias_version, *refused;
    const char **alias, **refused_reason;
    char reason[256];
};

static bool fill_info(const struct entry *entry, struct api_model_info *info, struct info_arrays *a)
{
    const struct srv_folder *f = &entry->folder;
    a->versions = bz_alloc(f->n_versions, sizeof(*a->versions), NULL);
    a->loaded = bz_alloc(entry->n_others + 1, sizeof(*a->loaded), NULL);
    a->alias = bz_alloc(f->n_aliases, sizeof(*a->alias), NULL);
    a->alias_version = bz_alloc(f->n_aliases, sizeof(*a->alias_version), NULL);
    a->refused = bz_alloc(entry->attempts.n, sizeof(*a->refused), NULL);
    a->refused_reason = bz_alloc(entry->attempts.n, sizeof(*a->refused_reason), NULL);
    if (!a->versions || !a->loaded || !a->alias || !a->alias_version || !a->refused || !a->refused_reason)
        return false;
    *info = (struct api_model_info){.name = entry->name, .state = entry->state, .reason = entry->reason};
    if (is_leaving(entry))
        info->state = API_UNLOADING;
    info->versions = a->versions;
    info->loaded = a->loaded;
    info->alias = a->alias;
    info->alias_version = a->alias_version;
    info->refused = a->refused;
    info->refused_reason = a->refused_reason;
    for (; info->n_refused < entry->attempts.n; info->n_refused++) {
        a->refused[info->n_refused] = entry->attempts.at[info->n_refused].number;
        a->refused_reason[info->n_refused] = entry->attempts.at[info->n_refused].reason;
    }
    if (entry->served && registry_newest_refused(entry)) {
        registry_refusal(entry, a->reason);
        info->reason = a->reason;
    }
    for (; info->n_versions < f->n_versions; info->n_versions++)
        a->versions[info->n_versions] = f->versions[info->n_versions].number;
    for (; info->n_aliases < f->n_aliases; info->n_aliases++) {
        a->alias[info->n_aliases] = f->aliases[info->n_aliases].name;
        a->alias_version[info->n_aliases] = f->aliases[info->n_aliases].version;
    }
    if (entry->served) {
        info->version = entry->served->pub.version;
        info->model = entry->served->pub.model;
        a->loaded[info->n_loaded++] = info->version;
    }
    for (size_t i = 0; i < entry->n_others; i++)
        if (atomic_load(&entry->others[i]->loaded))
            a->loaded[info->n_loaded++] = entry->others[i]->pub.version;
    return true;
}

struct list_walk {
    void (*each)(void *arg, const struct api_model_info *info);
    void *arg;
    bool all;
};

static void list_entry(void *arg, const struct entry *entry)
{
    struct list_walk *walk = arg;
    struct api_model_info info;
    struct info_arrays a = {0};
    if (fill_info(entry, &info, &a))
        walk->each(walk->arg, &info);
    else
        walk->all = false;
    bz_free_all(a.versions, a.loaded, a.alias, a.alias_version, a.refused, a.refused_reason);
}

bool srv_registry_list(struct srv_registry *r, const char *name, void (*each)(void *arg, const struct api_model_info *info),
                       void *arg)
{
    struct list_walk walk = {each, arg, true};
    registry_each_entry(r, name, list_entry, &walk);
    return walk.all;
}

/* --- control --- */

static bool control_is_on(const struct srv_registry *r, char reason[256])
{
    if (r->setup.options->model_control == SRV_CONTROL_EXPLICIT)
        return true;
    snprintf(reason, 256, "models can be loaded and unloaded by request only with --model-control explicit");
    return false;
}

/* Written with both locks: loading reads it under control, requests under lock. */
static void set_wanted(struct srv_registry *r, struct entry *entry, bool wanted)
{
    pthread_mutex_lock(&r->lock);
    entry->wanted = wanted;
    pthread_mutex_unlock(&r->lock);
}

enum api_control srv_registry_load(struct srv_registry *r, const char *name, char reason[256])
{
    struct bz_error err;
    enum api_control result = API_CONTROL_FAILED;
    if (!control_is_on(r, reason))
        return API_CONTROL_DISABLED;
    pthread_mutex_lock(&r->control);
    if (registry_read(r, name, false, &err) < 0) {
        srv_log(SRV_LOG_ERROR, "loading %s: %s", name, err.msg);
        snprintf(reason, 256, "the repository cannot be read");
        goto out;
    }
    struct entry *entry = registry_find(r, name);
    if (!entry) {
        result = API_CONTROL_NOT_FOUND;
        goto out;
    }
    set_wanted(r, entry, true);
    registry_load_wanted(r, name, true);
    pthread_mutex_lock(&r->lock);
    if (!registry_newest_refused(entry))
        result = API_CONTROL_DONE;
    else
        registry_refusal(entry, reason);
    pthread_mutex_unlock(&r->lock);
out:
    pthread_mutex_unlock(&r->control);
    return result;
}

/* Workers release a model within a moment, so it is gone when the reply says so. Long work continues, and is not waited for.
 * With control held. */
static void wait_until_gone(struct srv_registry *r, const struct entry *entry)
{
    enum { TRIES = 100, PAUSE_US = 1000 };
    for (int tries = 0; tries < TRIES; tries++) {
        pthread_mutex_lock(&r->lock);
        const bool leaving = is_leaving(entry);
        pthread_mutex_unlock(&r->lock);
        if (!leaving)
            return;
        usleep(PAUSE_US);
    }
}

enum api_control srv_registry_unload(struct srv_registry *r, const char *name, char reason[256])
{
    if (!control_is_on(r, reason))
        return API_CONTROL_DISABLED;
    pthread_mutex_lock(&r->control);
    struct entry *entry = registry_find(r, name);
    if (entry) {
        set_wanted(r, entry, false);
        registry_drop(r, entry, API_UNAVAILABLE, "unloaded");
        srv_log(SRV_LOG_INFO, "model %s: unloaded", name);
        wait_until_gone(r, entry);
    }
    pthread_mutex_unlock(&r->control);
    return entry ? API_CONTROL_DONE : API_CONTROL_NOT_FOUND;
}

/* --- the whole --- */

bool srv_registry_ready(struct srv_registry *r, char reason[256])
{
    if (!srv_registry_loaded(r, reason))
        return false;
    size_t served = 0;
    pthread_mutex_lock(&r->lock);
    const size_t n = r->n;
    for (size_t i = 0; i < n; i++)
        served += r->entries[i]->served != NULL;
    pthread_mutex_unlock(&r->lock);
    if (served || r->setup.options->allow_empty)
        return true;
    if (n)
        snprintf(reason, 256, "none of the %zu models of the repository is served", n);
    else
        snprintf(reason, 256, "the repository holds no model");
    return false;
}

bool srv_registry_loaded(struct srv_registry *r, char reason[256])
{
    pthread_mutex_lock(&r->thread_lock);
    bool all = r->tried_all;
    pthread_mutex_unlock(&r->thread_lock);
    snprintf(reason, 256, "loading %lu/%lu", (unsigned long)srv_get(&r->tried), (unsigned long)srv_get(&r->to_try));
    return all;
}

static void end_registry(void *self)
{
    struct srv_registry *r = self;
    if (r->started) {
        pthread_mutex_lock(&r->thread_lock);
        r->stop = true;
        pthread_cond_broadcast(&r->thread_wake);
        pthread_mutex_unlock(&r->thread_lock);
        pthread_join(r->thread, NULL);
    }
    r->setup.retired = NULL;
    for (size_t i = 0; i < r->n; i++) {
        registry_drop(r, r->entries[i], API_UNAVAILABLE, "");
        registry_entry_free(r->entries[i]);
    }
    bz_free(r->entries);
    bz_free(r->passed_over);
    pthread_mutex_destroy(&r->control);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->thread_lock);
    pthread_cond_destroy(&r->thread_wake);
    pthread_cond_destroy(&r->thread_done);
}

int srv_registry_new(struct srv_registry **out, const struct srv_registry_setup *setup, struct bz_error *err)
{
    pthread_condattr_t attributes;
    struct srv_registry *r = bz_object_new(sizeof(*r), end_registry, err);
    if (!r)
        return -1;
    r->setup = *setup;
    atomic_store(&r->memory.limit, setup->options->max_model_memory);
    r->memory.verify = setup->options->verify_models;
    r->memory.make_room = make_room;
    r->memory.arg = r;
    r->config_ok = true;
    pthread_mutex_init(&r->control, NULL);
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->thread_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&r->thread_wake, &attributes);
    pthread_cond_init(&r->thread_done, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&r->control);
    int rc = registry_read(r, NULL, false, err);
    atomic_store(&r->to_try, r->n);
    for (size_t i = 0; rc == 0 && i < setup->options->load_model.n; i++)
        if (!registry_find(r, setup->options->load_model.items[i])) {
            srv_log(SRV_LOG_ERROR, "model %.128s: to be loaded, but the repository does not have it",
                    setup->options->load_model.items[i]);
            r->missing++;
        }
    pthread_mutex_unlock(&r->control);
    return bz_object_give(out, r, rc);
}

void srv_registry_free(struct srv_registry *r)
{
    bz_object_free(r);
}

const struct srv_registry_counts *srv_registry_counts(const struct srv_registry *r)
{
    return &r->counts;
}

void srv_registry_leave(struct srv_registry *r)
{
    atomic_store(&r->memory.leaving, true);
}

struct srv_memory *srv_registry_memory(struct srv_registry *r)
{
    return &r->memory;
}
