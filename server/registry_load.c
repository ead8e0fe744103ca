/* The registry's writing side: reads the repository, loads versions off the serving threads, puts them in service. */
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

static void retire_all(struct srv_registry *r, struct srv_version **versions, size_t n)
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
    retire_all(r, others, n_others);
}

static struct srv_folder_version *find_version(const struct srv_folder *folder, unsigned long number)
{
    for (size_t i = folder->n_versions; i-- > 0;)
        if (folder->versions[i].number == number)
            return &folder->versions[i];
    return NULL;
}

/* The newest version to be served, or NULL with the reason. */
static struct srv_folder_version *wanted_version(const struct srv_folder *folder, char reason[256])
{
    if (*folder->problem || folder->n_versions == 0) {
        snprintf(reason, 256, "%s", *folder->problem ? folder->problem : "no version has a model.safetensors");
        return NULL;
    }
    if (!folder->pinned)
        return &folder->versions[folder->n_versions - 1];
    struct srv_folder_version *v = find_version(folder, folder->pinned);
    if (!v)
        snprintf(reason, 256, "aliases: default = %lu, but there is no such version", folder->pinned);
    return v;
}

bool registry_newest_refused(const struct entry *entry)
{
    char reason[256];
    if (!entry->wanted)
        return false;
    struct srv_folder_version *v = wanted_version(&entry->folder, reason);
    return !v || !entry->served || entry->served->pub.version != v->number ||
           !srv_stamp_equal(&entry->served->stamp, &v->stamp);
}

void registry_refusal(const struct entry *entry, char reason[256])
{
    struct srv_folder_version *v = wanted_version(&entry->folder, reason);
    const struct srv_attempt *a = v ? srv_attempts_find(&entry->attempts, v->number, &v->stamp) : NULL;
    if (a && entry->served)
        snprintf(reason, 256, "version %lu was refused: %.120s; version %lu stays in service", v->number, a->reason,
                 entry->served->pub.version);
    else if (v)
        snprintf(reason, 256, "%s", a ? a->reason : entry->reason);
}

/* Drops versions that were named in URLs and are no longer in the folder. With r->lock held; the versions to retire go to
 * gone[n_others]. */
static size_t drop_stale(struct entry *entry, struct srv_version **gone)
{
    size_t kept = 0, n_gone = 0;
    for (size_t i = 0; i < entry->n_others; i++) {
        struct srv_version *v = entry->others[i];
        struct srv_folder_version *now = find_version(&entry->folder, v->pub.version);
        if (now && srv_stamp_equal(&now->stamp, &v->stamp))
            entry->others[kept++] = v;
        else
            gone[n_gone++] = v;
    }
    entry->n_others = kept;
    return n_gone;
}

/* Whether a file that was modified in place may be loaded now. */
static void release_held(struct entry *entry, bool settled_only)
{
    struct srv_folder_version *now = entry->held ? find_version(&entry->folder, entry->held) : NULL;
    if (now && settled_only && !srv_stamp_equal(&now->stamp, &entry->held_stamp))
        entry->held_stamp = now->stamp;
    else
        entry->held = 0;
}

/* Takes over what was read from a model's folder; *folder is emptied. */
static int update_entry(struct srv_registry *r, struct entry *entry, struct srv_folder *folder, bool settled_only,
                        struct bz_error *err)
{
    struct srv_version **gone = bz_alloc(entry->n_others, sizeof(*gone), err);
    char reason[256] = "", before[256] = "";
    if (!gone)
        return -1;
    bool bad = !wanted_version(folder, reason), was_bad = !wanted_version(&entry->folder, before);
    if (bad && entry->served && (!was_bad || strcmp(reason, before) != 0))
        srv_log(SRV_LOG_ERROR, "model %s: %s; version %lu stays in service", entry->name, reason, entry->served->pub.version);
    pthread_mutex_lock(&r->lock);
    struct srv_folder old = entry->folder;
    entry->folder = *folder;
    *folder = old;
    entry->present = true;
    release_held(entry, settled_only);
    srv_attempts_prune(&entry->attempts, &entry->folder);
    size_t n_gone = drop_stale(entry, gone);
    pthread_mutex_unlock(&r->lock);
    retire_all(r, gone, n_gone);
    return 0;
}

static bool listed(const struct bz_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

/* Inserts an entry for a new model in order of its name. */
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

/* Logs a line for each folder that was skipped, except those already reported. */
static void tell_passed_over(struct srv_registry *r, struct srv_catalog *catalog)
{
    const char *line = catalog->passed_over;
    while (line && *line) {
        size_t length = strcspn(line, "\n");
        char text[800];
        snprintf(text, sizeof(text), "%.*s\n", (int)length, line);
        if (!r->passed_over || !strstr(r->passed_over, text))
            srv_log(SRV_LOG_WARNING, "repository: %.*s", (int)length, line);
        line += length + 1;
    }
    bz_free(r->passed_over);
    r->passed_over = bz_take(&catalog->passed_over);
}

static bool any_served(const struct srv_registry *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->entries[i]->served)
            return true;
    return false;
}

/* An unmounted volume leaves an empty folder in its place, which is not the folder read before. */
static bool is_unmounted(const struct srv_registry *r, const struct srv_catalog *catalog)
{
    return catalog->n == 0 && any_served(r) && (catalog->device != r->device || catalog->inode != r->inode);
}

int registry_read(struct srv_registry *r, const char *only, bool settled_only, struct bz_error *err)
{
    struct srv_catalog *catalog = NULL;
    const struct srv_options *o = r->setup.options;
    if (srv_catalog_scan(&catalog, o->model_repository, o->model_name, err) < 0)
        return -1;
    if (is_unmounted(r, catalog)) {
        srv_catalog_free(catalog);
        return bz_fail(err, BZ_IO, "model repository %s: empty, and not the same folder as before (is a volume not mounted?)",
                       o->model_repository);
    }
    r->device = catalog->device;
    r->inode = catalog->inode;
    tell_passed_over(r, catalog);
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
        rc = entry ? update_entry(r, entry, folder, settled_only, err) : -1;
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
    struct srv_folder_version *newest = entry->wanted && !entry->held ? wanted_version(folder, reason) : NULL;
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
    struct srv_folder_version *newest = wanted_version(&entry->folder, reason);
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
        struct srv_folder_version *at = find_version(&entry->folder, v->pub.version);
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
