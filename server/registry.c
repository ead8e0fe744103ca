#include "registry_private.h"

#include "log.h"
#include "mem.h"
#include "repository.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void registry_entry_free(struct entry *entry)
{
    srv_folder_clear(&entry->folder);
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

/* ------------------------------------------------------------------ looking up */

/* The number that a version's text stands for: digits or an alias. 0 = neither. */
static unsigned long resolve(const struct entry *entry, const char *text)
{
    if (strcmp(text, "default") == 0)
        return entry->served ? entry->served->pub.version : 0;
    for (size_t i = 0; i < entry->folder.n_aliases; i++)
        if (strcmp(entry->folder.aliases[i].name, text) == 0)
            return entry->folder.aliases[i].version;
    return bz_version_of(text);
}

/* A version that is not the one served: already in memory, or made now, to be loaded at its first use. */
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
            srv_version_new(&v, entry->name, number, path, &folder->versions[i].stamp, &r->memory, &err) == 0) {
            if (entry->n_others)
                memcpy(larger, entry->others, entry->n_others * sizeof(*larger));
            larger[entry->n_others++] = v;
            bz_free(entry->others);
            entry->others = larger;
            larger = NULL;
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
        return API_NOT_READY;
    }
    srv_version_retain(v);
    *out = &v->pub;
    return API_OK;
}

enum api_acquired srv_registry_acquire(struct srv_registry *r, const char *name, const char *text, struct api_model **out,
                                       char reason[256])
{
    pthread_mutex_lock(&r->lock);
    enum api_acquired result = acquire_locked(r, name, text, out, reason);
    pthread_mutex_unlock(&r->lock);
    if (result == API_NOT_READY && strcmp(reason, "loading") == 0)
        srv_registry_loaded(r, reason);
    return result;
}

/* What the api sees of an entry. Arrays belong to the caller's info_arrays. */
struct info_arrays {
    unsigned long *versions, *loaded, *alias_version;
    const char **alias;
};

static bool fill_info(const struct entry *entry, struct api_model_info *info, struct info_arrays *a)
{
    const struct srv_folder *f = &entry->folder;
    a->versions = bz_alloc(f->n_versions, sizeof(*a->versions), NULL);
    a->loaded = bz_alloc(entry->n_others + 1, sizeof(*a->loaded), NULL);
    a->alias = bz_alloc(f->n_aliases, sizeof(*a->alias), NULL);
    a->alias_version = bz_alloc(f->n_aliases, sizeof(*a->alias_version), NULL);
    if (!a->versions || !a->loaded || !a->alias || !a->alias_version)
        return false;
    *info = (struct api_model_info){.name = entry->name, .state = entry->state, .reason = entry->reason};
    info->versions = a->versions;
    info->loaded = a->loaded;
    info->alias = a->alias;
    info->alias_version = a->alias_version;
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

void srv_registry_list(struct srv_registry *r, const char *name, void (*each)(void *arg, const struct api_model_info *info),
                       void *arg)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++) {
        struct api_model_info info;
        struct info_arrays arrays = {0};
        if (name && strcmp(name, r->entries[i]->name) != 0)
            continue;
        if (fill_info(r->entries[i], &info, &arrays))
            each(arg, &info);
        bz_free(arrays.versions);
        bz_free(arrays.loaded);
        bz_free(arrays.alias);
        bz_free(arrays.alias_version);
    }
    pthread_mutex_unlock(&r->lock);
}

/* References on every version in memory; the caller's. */
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

void srv_registry_each(struct srv_registry *r, void (*each)(void *arg, struct srv_version *version), void *arg)
{
    size_t n;
    struct srv_version **all = snapshot(r, &n);
    for (size_t i = 0; i < n; i++) {
        each(arg, all[i]);
        srv_version_release(all[i]);
    }
    bz_free(all);
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
    struct api_model_stats stats = {.name = v->name, .version = v->pub.version, .memory_bytes = srv_get(&v->bytes)};
    struct api_batch_stat batches[SRV_BATCH_SIZES];
    if ((filter->name && strcmp(filter->name, v->name) != 0) || (filter->version && filter->version != v->pub.version))
        return;
    srv_stats_report(&v->stats, &stats, batches);
    filter->each(filter->arg, &stats);
}

void srv_registry_stats(struct srv_registry *r, const char *name, unsigned long version,
                        void (*each)(void *arg, const struct api_model_stats *stats), void *arg)
{
    struct stats_filter filter = {name, version, each, arg};
    srv_registry_each(r, report_stats, &filter);
}

/* ------------------------------------------------------------------ control */

static bool control_is_on(const struct srv_registry *r, char reason[256])
{
    if (r->setup.options->model_control == SRV_CONTROL_EXPLICIT)
        return true;
    snprintf(reason, 256, "models are loaded and unloaded by request only with --model-control explicit");
    return false;
}

enum api_control srv_registry_load(struct srv_registry *r, const char *name, char reason[256])
{
    struct bz_error err;
    enum api_control result = API_CONTROL_FAILED;
    if (!control_is_on(r, reason))
        return API_CONTROL_DISABLED;
    pthread_mutex_lock(&r->control);
    if (registry_read(r, name, &err) < 0) {
        srv_log(SRV_LOG_ERROR, "loading %s: %s", name, err.msg);
        snprintf(reason, 256, "the repository cannot be read");
        goto out;
    }
    struct entry *entry = registry_find(r, name);
    if (!entry) {
        result = API_CONTROL_NOT_FOUND;
        goto out;
    }
    uint64_t failed = srv_get(&r->counts.loads_failed);
    entry->wanted = true;
    registry_load_wanted(r, name, true);
    pthread_mutex_lock(&r->lock);
    if (entry->state == API_READY && srv_get(&r->counts.loads_failed) == failed)
        result = API_CONTROL_DONE;
    else
        snprintf(reason, 256, "%s",
                 *entry->reason ? entry->reason : "the new version was refused; the old one stays in service");
    pthread_mutex_unlock(&r->lock);
out:
    pthread_mutex_unlock(&r->control);
    return result;
}

enum api_control srv_registry_unload(struct srv_registry *r, const char *name, char reason[256])
{
    if (!control_is_on(r, reason))
        return API_CONTROL_DISABLED;
    pthread_mutex_lock(&r->control);
    struct entry *entry = registry_find(r, name);
    if (entry) {
        entry->wanted = false;
        registry_drop(r, entry, API_UNAVAILABLE, "unloaded");
        srv_log(SRV_LOG_INFO, "model %s: unloaded", name);
    }
    pthread_mutex_unlock(&r->control);
    return entry ? API_CONTROL_DONE : API_CONTROL_NOT_FOUND;
}

/* ------------------------------------------------------------------ the loading thread */

static void reload(struct srv_registry *r, bool again)
{
    struct bz_error err;
    struct timespec now;
    pthread_mutex_lock(&r->control);
    bool ok = registry_read(r, NULL, &err) == 0;
    if (ok)
        registry_load_wanted(r, NULL, again);
    else
        srv_log(SRV_LOG_ERROR, "%s; what is in memory stays in service", err.msg);
    pthread_mutex_unlock(&r->control);
    clock_gettime(CLOCK_REALTIME, &now);
    atomic_store(&r->counts.last_reload_ok, ok);
    atomic_store(&r->counts.last_reload_epoch, (uint64_t)now.tv_sec);
}

/* Waits until there is something to do; false = stop. *polled: the time for a look has come. */
static bool wait_for_work(struct srv_registry *r, bool *polled)
{
    const struct srv_options *o = r->setup.options;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(o->poll_interval_ms / 1000);
    until.tv_nsec += (long)(o->poll_interval_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    *polled = false;
    pthread_mutex_lock(&r->thread_lock);
    while (!r->stop && !r->reload && !*polled) {
        if (o->model_control != SRV_CONTROL_POLL)
            pthread_cond_wait(&r->thread_wake, &r->thread_lock);
        else
            *polled = pthread_cond_timedwait(&r->thread_wake, &r->thread_lock, &until) == ETIMEDOUT;
    }
    bool go_on = !r->stop;
    *polled = *polled && !r->reload;
    r->reload = false;
    pthread_mutex_unlock(&r->thread_lock);
    return go_on;
}

static void *keep(void *arg)
{
    struct srv_registry *r = arg;
    pthread_mutex_lock(&r->control);
    registry_load_wanted(r, NULL, true);
    pthread_mutex_unlock(&r->control);
    pthread_mutex_lock(&r->thread_lock);
    r->tried_all = true;
    pthread_cond_broadcast(&r->thread_done);
    pthread_mutex_unlock(&r->thread_lock);
    for (bool polled; wait_for_work(r, &polled);)
        reload(r, !polled);
    return NULL;
}

int srv_registry_start(struct srv_registry *r, struct bz_error *err)
{
    if (pthread_create(&r->thread, NULL, keep, r) != 0)
        return bz_fail(err, BZ_IO, "cannot start the thread that loads models");
    pthread_setname_np(r->thread, "registry");
    r->started = true;
    return 0;
}

void srv_registry_reload(struct srv_registry *r)
{
    pthread_mutex_lock(&r->thread_lock);
    r->reload = true;
    pthread_cond_broadcast(&r->thread_wake);
    pthread_mutex_unlock(&r->thread_lock);
}

size_t srv_registry_wait(struct srv_registry *r)
{
    size_t failed = r->missing;
    pthread_mutex_lock(&r->thread_lock);
    while (!r->tried_all)
        pthread_cond_wait(&r->thread_done, &r->thread_lock);
    pthread_mutex_unlock(&r->thread_lock);
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        failed += r->entries[i]->wanted && r->entries[i]->state != API_READY;
    pthread_mutex_unlock(&r->lock);
    return failed;
}

bool srv_registry_loaded(struct srv_registry *r, char reason[256])
{
    pthread_mutex_lock(&r->thread_lock);
    bool all = r->tried_all;
    pthread_mutex_unlock(&r->thread_lock);
    snprintf(reason, 256, "loading %lu/%lu", (unsigned long)srv_get(&r->tried), (unsigned long)srv_get(&r->to_try));
    return all;
}

int srv_registry_new(struct srv_registry **out, const struct srv_registry_setup *setup, struct bz_error *err)
{
    pthread_condattr_t attributes;
    struct srv_registry *r = bz_alloc(1, sizeof(*r), err);
    if (!r)
        return -1;
    r->setup = *setup;
    atomic_store(&r->memory.limit, setup->options->max_model_memory);
    pthread_mutex_init(&r->control, NULL);
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->thread_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&r->thread_wake, &attributes);
    pthread_cond_init(&r->thread_done, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&r->control);
    int rc = registry_read(r, NULL, err);
    atomic_store(&r->to_try, r->n);
    for (size_t i = 0; rc == 0 && i < setup->options->load_model.n; i++)
        if (!registry_find(r, setup->options->load_model.items[i])) {
            srv_log(SRV_LOG_ERROR, "model %.128s: is to be loaded, but the repository does not have it",
                    setup->options->load_model.items[i]);
            r->missing++;
        }
    pthread_mutex_unlock(&r->control);
    if (rc < 0) {
        srv_registry_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void srv_registry_free(struct srv_registry *r)
{
    if (!r)
        return;
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
    pthread_mutex_destroy(&r->control);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->thread_lock);
    pthread_cond_destroy(&r->thread_wake);
    pthread_cond_destroy(&r->thread_done);
    bz_free(r);
}

const struct srv_registry_counts *srv_registry_counts(const struct srv_registry *r)
{
    return &r->counts;
}

struct srv_memory *srv_registry_memory(struct srv_registry *r)
{
    return &r->memory;
}
