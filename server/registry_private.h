/* Shared by registry.c (looking up) and registry_load.c (loading and replacing). */
#ifndef REGISTRY_PRIVATE_H
#define REGISTRY_PRIVATE_H

#include "attempts.h"
#include "registry.h"

/* One model of the repository. */
struct entry {
    char name[SRV_NAME_ROOM];
    struct srv_folder folder; /* as last read; owned */
    bool wanted;              /* is to be in memory */
    bool present;             /* was in the repository when it was last read */
    enum api_model_state state;
    char reason[256];
    struct srv_version *served;  /* a reference; NULL = none */
    struct srv_version **others; /* [n_others] versions named in URLs; references; owned */
    size_t n_others;
    struct srv_attempts attempts; /* versions that were refused */
    /* A served version whose file was written to is taken out, and nothing is put in its place until the repository is read
     * again: half of a file may be there. 0 = none. */
    unsigned long held;
    struct srv_stamp held_stamp; /* as the file was last seen */
    struct srv_tallies tallies;  /* of its versions, whether in memory or not */
    srv_count loads_ok, loads_failed;
};

struct srv_registry {
    struct srv_registry_setup setup;
    struct srv_memory memory;
    struct srv_registry_counts counts;
    uint64_t device, inode; /* of the repository's folder when it was last read */
    char *passed_over;      /* what was reported last; owned */
    bool told_empty;
    char trouble[sizeof(((struct bz_error *)0)->msg)]; /* why the repository could not be read when last tried; "" = it could */

    pthread_mutex_t control; /* held while the repository is read and models are loaded; taken before `lock` */
    pthread_mutex_t lock;    /* of the entries; held for moments only */
    struct entry **entries;  /* [n], names ascending; owned */
    size_t n;

    pthread_mutex_t thread_lock; /* of what follows */
    pthread_cond_t thread_wake, thread_done;
    pthread_t thread;
    bool started, stop, reload;
    bool reading; /* what `reload` asked for is being done */
    atomic_bool tried_all;
    bool config_ok; /* the configuration that came with `reload` was good */
    size_t missing; /* names of --load-model that the repository does not have */
    srv_count tried, to_try;
};

/* The entry of a name, with registry->lock or registry->control held; NULL if there is none. */
struct entry *registry_find(const struct srv_registry *registry, const char *name);
void registry_entry_free(struct entry *entry);
/* Gives up the registry's reference on a version that no longer serves. Without registry->lock. */
void registry_retire(struct srv_registry *registry, struct srv_version *version);
/* Why the newest version is not in service; with control or lock held. */
void registry_refusal(const struct entry *entry, char reason[256]);
/* An error line if nothing is served, once for each such time. */
void registry_tell_if_empty(struct srv_registry *registry);

/* Reads the repository into the entries, without loading. only != NULL: that model only. settled_only: a file that was written
 * to in place is taken once it has been the same for two looks. With control held. */
int registry_read(struct srv_registry *registry, const char *only, bool settled_only, struct bz_error *err);
/* Loads what is wanted and not there: of each model the highest version that loads. again: also what was refused before; else
 * of that only what is due for another try. With control held. */
void registry_load_wanted(struct srv_registry *registry, const char *only, bool again);
/* Takes out of service what has changed in place on the disk. With control held. */
void registry_watch(struct srv_registry *registry);
/* True if the newest (or pinned) version of a wanted model is not the one served. With control or lock held. */
bool registry_newest_refused(const struct entry *entry);
/* Takes a model out of memory. With control held. */
void registry_drop(struct srv_registry *registry, struct entry *entry, enum api_model_state state, const char *reason);

#endif
