/* The registry's writing side: loads versions off the serving threads, puts them in service, watches their files. */
#include "registry_private.h"

#include "log.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOADERS = 16 };

/* Models with something to load; each thread takes the next. */
struct plan {
    struct srv_registry *registry;
    struct entry **entries; /* [n] */
    size_t n;
    bool again;
    atomic_size_t next;
};

void registry_retire(struct srv_registry *r, struct srv_version *v)
{
    if (!v)
        return;
    atomic_store(&v->pub.retired, true);
    if (r->setup.retired)
        r->setup.retired(r->setup.arg);
    srv_version_release(v);
}

void registry_retire_all(struct srv_registry *r, struct srv_version **versions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        registry_retire(r, versions[i]);
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
    registry_retire(r, served);
    registry_retire_all(r, others, n_others);
}

struct srv_folder_version *registry_version_in(const struct srv_folder *folder, unsigned long number)
{
    for (size_t i = folder->n_versions; i-- > 0;)
        if (folder->versions[i].number == number)
            return &folder->versions[i];
    return NULL;
}

struct srv_folder_version *registry_wanted_version(const struct srv_folder *folder, char reason[256])
{
    if (*folder->problem || folder->n_versions == 0) {
        snprintf(reason, 256, "%s", *folder->problem ? folder->problem : "no version has a model.safetensors");
        return NULL;
    }
    if (!folder->pinned)
        return &folder->versions[folder->n_versions - 1];
    struct srv_folder_version *v = registry_version_in(folder, folder->pinned);
    if (!v)
        snprintf(reason, 256, "aliases: default = %lu, but there is no such version", folder->pinned);
    return v;
}

bool registry_newest_refused(const struct entry *entry)
{
    char reason[256];
    if (!entry->wanted)
        return false;
    struct srv_folder_version *v = registry_wanted_version(&entry->folder, reason);
    return !v || !entry->served || entry->served->pub.version != v->number ||
           !srv_stamp_equal(&entry->served->stamp, &v->stamp);
}

void registry_refusal(const struct entry *entry, char reason[256])
{
    struct srv_folder_version *v = registry_wanted_version(&entry->folder, reason);
    const struct srv_attempt *a = v ? srv_attempts_find(&entry->attempts, v->number, &v->stamp) : NULL;
    if (a && entry->served)
        snprintf(reason, 256, "version %lu was refused: %.120s; version %lu stays in service", v->number, a->reason,
                 entry->served->pub.version);
    else if (v)
        snprintf(reason, 256, "%s", a ? a->reason : entry->reason);
}

/* Puts a loaded version in service. */
static void publish(struct srv_registry *r, struct entry *entry, struct srv_version *v)
{
    pthread_mutex_lock(&r->lock);
    struct srv_version *old = entry->served;
    entry->served = v;
    entry->state = API_READY;
    entry->reason[0] = 0;
    srv_attempts_forget(&entry->attempts, v->pub.version);
    pthread_mutex_unlock(&r->lock);
    if (old)
        srv_log(SRV_LOG_INFO, "model %s: version %lu in service, in place of %lu", v->name, v->pub.version, old->pub.version);
    else
        srv_log(SRV_LOG_INFO, "model %s: version %lu in service", v->name, v->pub.version);
    registry_retire(r, old);
}

static void refused(struct srv_registry *r, struct entry *entry, struct srv_folder_version *version, const struct bz_error *err)
{
    if (atomic_load(&r->memory.leaving)) { /* nothing is wrong with it */
        srv_log(SRV_LOG_INFO, "model %s: version %lu: the server is stopping, so it is not loaded", entry->name,
                version->number);
        return;
    }
    pthread_mutex_lock(&r->lock);
    bool news = srv_attempts_note(&entry->attempts, version->number, &version->stamp, err, srv_now());
    pthread_mutex_unlock(&r->lock);
    if (news)
        srv_log(SRV_LOG_ERROR, "model %s: version %lu refused: %s%s", entry->name, version->number, err->msg,
                srv_failure_may_pass(err) ? "; it will be tried again" : "");
}

/* entry->served changes only with `control` held, which is ours. */
static bool load_version(struct srv_registry *r, struct entry *entry, struct srv_folder_version *version)
{
    struct srv_version *v = NULL;
    struct bz_error err;
    struct stat st;
    bool warm = entry->served && atomic_load(&entry->served->pub.ready);
    char *path = srv_folder_file(&entry->folder, version->number, &err);
    if (path && stat(path, &st) == 0) { /* it may have been completed after the repository was read */
        pthread_mutex_lock(&r->lock);
        struct srv_stamp now = srv_stamp_of(&st);
        now.beside = version->stamp.beside;
        version->stamp = now;
        pthread_mutex_unlock(&r->lock);
    }
    pthread_mutex_lock(&r->lock);
    struct srv_tally *tally = path ? srv_tallies_take(&entry->tallies, version->number, &err) : NULL;
    pthread_mutex_unlock(&r->lock);
    bool ok = path && srv_version_new(&v, entry->name, tally, path, &version->stamp, &r->memory, &err) == 0 &&
              (warm ? srv_version_prepare(v, &err) : srv_version_load(v, &err)) == 0;
    bz_free(path);
    srv_add(ok ? &entry->loads_ok : &entry->loads_failed, 1);
    if (ok) {
        publish(r, entry, v);
    } else {
        refused(r, entry, version, &err);
        srv_version_release(v);
    }
    return ok;
}

static bool is_served(const struct entry *entry, struct srv_folder_version *version)
{
    const struct srv_version *served = entry->served;
    return served && served->pub.version == version->number && srv_stamp_equal(&served->stamp, &version->stamp);
}

/* Whether to try a version now: it was not refused in this state, or another try is due. */
static bool to_try(const struct entry *entry, struct srv_folder_version *version, bool again)
{
    const struct srv_attempt *a = srv_attempts_find(&entry->attempts, version->number, &version->stamp);
    return again || !a || (a->passing && srv_now() >= a->next_ns);
}

/* From the newest down to the one in service: calls try() for each due to be tried, until it returns true. */
static bool each_candidate(struct srv_registry *r, struct entry *entry, bool again,
                           bool (*try)(struct srv_registry *r, struct entry *entry, struct srv_folder_version *version))
{
    char reason[256];
    const struct srv_folder *folder = &entry->folder;
    struct srv_folder_version *newest = entry->wanted && !entry->held ? registry_wanted_version(folder, reason) : NULL;
    for (struct srv_folder_version *v = newest; v && v >= folder->versions && !is_served(entry, v); v--) {
        if (to_try(entry, v, again) && try(r, entry, v))
            return true;
        if (folder->pinned || (entry->served && v->number <= entry->served->pub.version))
            break;
    }
    return false;
}

static bool is_candidate(struct srv_registry *r, struct entry *entry, struct srv_folder_version *version)
{
    (void)r;
    (void)entry;
    (void)version;
    return true;
}

/* After loading: the reason of a model without a version in service, and the log line of one with an older version. */
static void settle(struct srv_registry *r, struct entry *entry)
{
    char reason[256] = "";
    if (!entry->wanted || entry->held)
        return;
    struct srv_folder_version *newest = registry_wanted_version(&entry->folder, reason);
    if (entry->served)
        return;
    const struct srv_attempt *a = newest ? srv_attempts_find(&entry->attempts, newest->number, &newest->stamp) : NULL;
    if (a)
        snprintf(reason, sizeof(reason), "%s", a->reason);
    if (!newest && (entry->state != API_UNAVAILABLE || strcmp(entry->reason, reason) != 0))
        srv_log(SRV_LOG_ERROR, "model %s: %s", entry->name, reason);
    set_state(r, entry, API_UNAVAILABLE, reason);
}

static void load_entry(struct srv_registry *r, struct entry *entry, bool again)
{
    const struct srv_version *before = entry->served;
    const unsigned long number = before ? before->pub.version : 0;
    if (!before && (again || entry->state != API_UNAVAILABLE))
        set_state(r, entry, API_LOADING, "loading");
    each_candidate(r, entry, again, load_version);
    settle(r, entry);
    if (entry->served && entry->served == before)
        srv_log(SRV_LOG_DEBUG, "model %s: version %lu stays in service", entry->name, number);
    else if (entry->served && registry_newest_refused(entry))
        srv_log(SRV_LOG_WARNING, "model %s: version %lu is the newest that loads, so it is served", entry->name,
                entry->served->pub.version);
    srv_add(&r->tried, 1);
}

static void *load_thread(void *arg)
{
    struct plan *plan = arg;
    for (size_t i; (i = atomic_fetch_add(&plan->next, 1)) < plan->n && !atomic_load(&plan->registry->memory.leaving);)
        load_entry(plan->registry, plan->entries[i], plan->again);
    return NULL;
}

void registry_load_wanted(struct srv_registry *r, const char *only, bool again)
{
    struct plan plan = {.registry = r, .again = again, .entries = bz_alloc(r->n, sizeof(struct entry *), NULL)};
    if (!plan.entries) {
        srv_log(SRV_LOG_ERROR, "no memory to load models");
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        struct entry *entry = r->entries[i];
        if (only && strcmp(only, entry->name) != 0)
            continue;
        if (each_candidate(r, entry, again, is_candidate))
            plan.entries[plan.n++] = entry;
        else
            settle(r, entry);
    }
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
    bz_free(plan.entries);
}

void registry_tell_if_empty(struct srv_registry *r)
{
    char reason[256];
    bool ready = srv_registry_ready(r, reason);
    if (!ready && !r->told_empty && !atomic_load(&r->memory.leaving))
        srv_log(SRV_LOG_ERROR, "not ready: %s (%s)", reason, r->setup.options->model_repository);
    r->told_empty = !ready;
}

/* --- files that change under the daemon --- */

static void watch_entry(struct srv_registry *r, struct entry *entry)
{
    struct srv_version *v = entry->served; /* changes only with control held */
    struct srv_stamp before = v->stamp;
    enum srv_file_state state = srv_version_look(v);
    if (state == SRV_FILE_TOUCHED) {
        pthread_mutex_lock(&r->lock);
        struct srv_folder_version *at = registry_version_in(&entry->folder, v->pub.version);
        if (at && srv_stamp_equal(&at->stamp, &before))
            at->stamp = v->stamp;
        pthread_mutex_unlock(&r->lock);
    }
    if (state != SRV_FILE_CHANGED)
        return;
    char reason[256];
    snprintf(reason, sizeof(reason),
             "version %lu: its file was modified while being served; new content belongs under a new version number, and is "
             "read on SIGHUP",
             v->pub.version);
    srv_log(SRV_LOG_ERROR, "model %s: %s", entry->name, reason);
    pthread_mutex_lock(&r->lock);
    entry->held = v->pub.version;
    entry->held_stamp = before;
    pthread_mutex_unlock(&r->lock);
    registry_drop(r, entry, API_UNAVAILABLE, reason);
}

void registry_watch(struct srv_registry *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->entries[i]->served)
            watch_entry(r, r->entries[i]);
}
