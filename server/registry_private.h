/* Shared by registry.c (looking up) and registry_load.c (loading and replacing). */
#ifndef REGISTRY_PRIVATE_H
#define REGISTRY_PRIVATE_H

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
    unsigned long failed; /* version that could not be loaded, with the stamp of its file; 0 = none */
    struct srv_stamp failed_stamp;
};

struct srv_registry {
    struct srv_registry_setup setup;
    struct srv_memory memory;
    struct srv_registry_counts counts;

    pthread_mutex_t control; /* held by whoever reads the repository and loads; taken before `lock` */
    pthread_mutex_t lock;    /* of the entries; held for moments only */
    struct entry **entries;  /* [n], names ascending; owned */
    size_t n;

    pthread_mutex_t thread_lock; /* of what follows */
    pthread_cond_t thread_wake, thread_done;
    pthread_t thread;
    bool started, stop, reload;
    atomic_bool tried_all;
    size_t missing; /* names of --load-model that the repository does not have */
    srv_count tried, to_try;
};

/* The entry of a name, with registry->lock or registry->control held; NULL if there is none. */
struct entry *registry_find(const struct srv_registry *registry, const char *name);
void registry_entry_free(struct entry *entry);

/* Reads the repository into the entries, without loading. only != NULL: that model only. With control held. */
int registry_read(struct srv_registry *registry, const char *only, struct bz_error *err);
/* Loads what is wanted and not there. again: also what failed before. With control held. */
void registry_load_wanted(struct srv_registry *registry, const char *only, bool again);
/* Takes a model out of memory. With control held. */
void registry_drop(struct srv_registry *registry, struct entry *entry, enum api_model_state state, const char *reason);

#endif
