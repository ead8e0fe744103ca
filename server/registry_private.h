/* Shared by registry.c (looking up), registry_read.c (the repository), registry_load.c (loading and replacing),
 * registry_keep.c (when) and registry_walk.c (statistics). */
#ifndef REGISTRY_PRIVATE_H
#define REGISTRY_PRIVATE_H

#include "attempts.h"
#include "registry.h"

/* One model of the repository. */
struct entry {
    char name[SRV_NAME_ROOM];
    struct srv_folder folder; /* as last read; owned */
    bool wanted;              /* should be in memory */
    bool present;             /* in the repository when it was last read */
    bool missed;              /* the last poll did not find it, or its version in service; the next one decides */
    enum api_model_state state;
    char reason[256];
    struct srv_version *served;  /* a reference; NULL = none */
    struct srv_version **others; /* [n_others] versions named in URLs; references; owned */
    size_t n_others;
    struct srv_attempts attempts; /* versions that were refused */
    /* A served version whose file was modified is withdrawn, and nothing replaces it until the repository is reread: the file
     * may be half written. 0 = none. */
    unsigned long held;
    struct srv_stamp held_stamp; /* as the file was last seen */
    struct srv_tallies tallies;  /* counters of its versions, in memory or not */
    srv_count loads_ok, loads_failed;
};

struct srv_registry {
    struct srv_registry_setup setup;
    struct srv_memory memory;
    struct srv_registry_counts counts;
    uint64_t device, inode; /* of the repository's folder when it was last read */
    char *passed_over;      /* what was reported last; owned */
    bool told_empty;
    unsigned reread; /* how often folders that could not be read have been tried again, in a row, and when they are due */
    uint64_t reread_ns;
    char trouble[sizeof(((struct bz_error *)0)->msg)]; /* why the last attempt to read the repository failed; "" = it did not */

    pthread_mutex_t control; /* held while the repository is read and models are loaded; taken before `lock` */
    pthread_mutex_t lock;    /* guards the entries; held only briefly */
    atomic_size_t hurried;   /* requests that want it */
    struct entry **entries;  /* [n], names ascending; owned */
    size_t n;

    pthread_mutex_t thread_lock; /* of what follows */
    pthread_cond_t thread_wake, thread_done;
    pthread_t thread;
    bool started, stop, reload;
    bool reading; /* a reload is in progress */
    atomic_bool tried_all;
    bool config_ok; /* the configuration that came with `reload` was good */
    size_t missing; /* names of --load-model that the repository does not have */
    srv_count tried, to_try;
};

/* The entry of a name, with registry->lock or registry->control held; NULL if there is none. */
struct entry *registry_find(const struct srv_registry *registry, const char *name);
/* Calls for each entry, or that of a name, with registry->lock held, which requests get in between. */
void registry_each_entry(struct srv_registry *registry, const char *name, void (*each)(void *arg, const struct entry *entry),
                         void *arg);
void registry_entry_free(struct entry *entry);
/* Drops the registry's reference to a version that no longer serves; to several, with the array. Without registry->lock. */
void registry_retire(struct srv_registry *registry, struct srv_version *version);
void registry_retire_all(struct srv_registry *registry, struct srv_version **versions, size_t n);
/* The version of this number, NULL if the folder has none; the newest (or pinned) one, which is to be served, or NULL with the
 * reason. */
struct srv_folder_version *registry_version_in(const struct srv_folder *folder, unsigned long number);
struct srv_folder_version *registry_wanted_version(const struct srv_folder *folder, char reason[256]);
/* Why the newest version is not in service; with control or lock held. */
void registry_refusal(const struct entry *entry, char reason[256]);
/* Logs an error line if nothing is served, once each time that happens. */
void registry_tell_if_empty(struct srv_registry *registry);

/* Reads the repository into the entries, without loading. only != NULL: that model only. settled_only: a file that was modified
 * in place is accepted once it has been unchanged for two checks, and what is gone, once two have missed it: it may be about to
 * be replaced. With control held. */
int registry_read(struct srv_registry *registry, const char *only, bool settled_only, struct bz_error *err);
/* Loads what is wanted and missing: for each model the highest version that loads. again: also versions refused before;
 * otherwise only those due for another try. With control held. */
void registry_load_wanted(struct srv_registry *registry, const char *only, bool again);
/* Withdraws versions whose files were modified in place. With control held. */
void registry_watch(struct srv_registry *registry);
/* True if the newest (or pinned) version of a wanted model is not the one served. With control or lock held. */
bool registry_newest_refused(const struct entry *entry);
/* Takes a model out of memory. With control held. */
void registry_drop(struct srv_registry *registry, struct entry *entry, enum api_model_state state, const char *reason);

#endif
