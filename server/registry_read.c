/* The registry's entries follow what the repository holds; nothing is loaded here. */
#include "registry_private.h"

#include "log.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

/* Drops versions that were named in URLs and are no longer in the folder. With r->lock held; the versions to retire go to
 * gone[n_others]. */
static size_t drop_stale(struct entry *entry, struct srv_version **gone)
{
    size_t kept = 0, n_gone = 0;
    for (size_t i = 0; i < entry->n_others; i++) {
        struct srv_version *v = entry->others[i];
        struct srv_folder_version *now = registry_version_in(&entry->folder, v->pub.version);
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
    struct srv_folder_version *now = entry->held ? registry_version_in(&entry->folder, entry->held) : NULL;
    if (now && settled_only && !srv_stamp_equal(&now->stamp, &entry->held_stamp))
        entry->held_stamp = now->stamp;
    else
        entry->held = 0;
}

/* Whether to wait for the next poll: this one is the first that misses the model, or its version in service. */
static bool may_return(struct entry *entry, const struct srv_folder *folder, bool settled_only)
{
    const bool missing = entry->served && (!folder || !registry_version_in(folder, entry->served->pub.version));
    const bool first = missing && !entry->missed;
    entry->missed = missing;
    return first && settled_only;
}

/* The state of a file that could not be looked at is the one known before. */
static void keep_stamps(struct srv_folder *folder, const struct srv_folder *before)
{
    for (size_t i = 0; i < folder->n_versions; i++) {
        struct srv_folder_version *v = &folder->versions[i];
        const struct srv_folder_version *old = registry_version_in(before, v->number);
        if (old && !v->stamp.inode)
            v->stamp = old->stamp;
        else if (old && v->stamp.beside == SRV_UNSEEN)
            v->stamp.beside = old->stamp.beside;
    }
}

/* An aliases file that cannot be used changes nothing: the aliases known before hold. */
static void keep_aliases(struct srv_folder *folder, struct srv_folder *before)
{
    struct srv_alias *aliases = folder->aliases;
    const size_t n = folder->n_aliases;
    folder->aliases = before->aliases;
    folder->n_aliases = before->n_aliases;
    before->aliases = aliases;
    before->n_aliases = n;
}

/* Takes over what was read from a model's folder; *folder is emptied. */
static int update_entry(struct srv_registry *r, struct entry *entry, struct srv_folder *folder, bool settled_only,
                        struct bz_error *err)
{
    struct srv_version **gone = bz_alloc(entry->n_others, sizeof(*gone), err);
    char reason[256] = "", before[256] = "";
    if (!gone)
        return -1;
    bool bad = !registry_wanted_version(folder, reason), was_bad = !registry_wanted_version(&entry->folder, before);
    if (bad && entry->served && (!was_bad || strcmp(reason, before) != 0))
        srv_log(SRV_LOG_ERROR, "model %s: %s; version %lu stays in service", entry->name, reason, entry->served->pub.version);
    keep_stamps(folder, &entry->folder);
    pthread_mutex_lock(&r->lock);
    entry->present = true;
    if (folder->unread && entry->folder.path) {
        entry->folder.unread = true;
        memcpy(entry->folder.problem, folder->problem, sizeof(folder->problem));
        pthread_mutex_unlock(&r->lock);
        bz_free(gone);
        return 0;
    }
    if (may_return(entry, folder, settled_only)) {
        pthread_mutex_unlock(&r->lock);
        bz_free(gone);
        return 0;
    }
    if (bad && entry->folder.path)
        keep_aliases(folder, &entry->folder);
    struct srv_folder old = entry->folder;
    entry->folder = *folder;
    *folder = old;
    release_held(entry, settled_only);
    srv_attempts_prune(&entry->attempts, &entry->folder);
    size_t n_gone = drop_stale(entry, gone);
    pthread_mutex_unlock(&r->lock);
    registry_retire_all(r, gone, n_gone);
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
        if (!r->entries[i]->present && !may_return(r->entries[i], NULL, settled_only))
            remove_entry(r, i);
    srv_catalog_free(catalog);
    return rc;
}
