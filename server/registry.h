/* The models that are served: read from a repository, loaded off the serving threads, replaced by swapping one pointer. A
 * separate thread loads at start, on request (SIGHUP) and, if configured, every few seconds. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "options.h"
#include "version.h"

struct srv_registry;

struct srv_registry_setup {
    const struct srv_options *options; /* borrowed for the registry's life */
    size_t threads;                    /* threads that load at the same time */
    void (*retired)(void *arg);        /* a version was replaced or unloaded */
    void *arg;
};

/* Reads what the repository holds; loads nothing. A repository that cannot be read is an error. */
int srv_registry_new(struct srv_registry **out, const struct srv_registry_setup *setup, struct bz_error *err);
void srv_registry_free(struct srv_registry *registry); /* NULL is fine; no other thread may use it */

/* Starts the thread that loads. */
int srv_registry_start(struct srv_registry *registry, struct bz_error *err);
/* Asks it to reread the repository; returns immediately. config_ok: whether everything else that was reread was valid (for the
 * metrics). */
void srv_registry_reload(struct srv_registry *registry, bool config_ok);
/* Whether that is done. */
bool srv_registry_is_read(struct srv_registry *registry);
/* Waits until every model has been tried; returns how many could not be loaded. */
size_t srv_registry_wait(struct srv_registry *registry);
/* True if every model has been tried; else reason[] tells the progress. */
bool srv_registry_loaded(struct srv_registry *registry, char reason[256]);

/* True if every model has been tried and one is served (or none needs to be: allow-empty); else reason[] says what is missing.
 */
bool srv_registry_ready(struct srv_registry *registry, char reason[256]);

/* The registry's part of struct api_host (api.h). */
enum api_acquired srv_registry_acquire(struct srv_registry *registry, const char *name, const char *version,
                                       struct api_model **out, char reason[256]);
bool srv_registry_list(struct srv_registry *registry, const char *name,
                       void (*each)(void *arg, const struct api_model_info *info), void *arg);
bool srv_registry_stats(struct srv_registry *registry, const char *name, unsigned long version,
                        void (*each)(void *arg, const struct api_model_stats *stats), void *arg);
enum api_control srv_registry_load(struct srv_registry *registry, const char *name, char reason[256]);
enum api_control srv_registry_unload(struct srv_registry *registry, const char *name, char reason[256]);

/* References to every version in memory, and to the counters of each version, also of those no longer in memory; the models
 * to be served. Names ascending. */
struct srv_held {
    struct srv_version **versions;
    size_t n_versions;
    struct srv_held_tally {
        char model[SRV_NAME_ROOM];
        struct srv_tally *tally;
    } * tallies;
    size_t n_tallies;
    struct srv_held_model {
        char name[SRV_NAME_ROOM];
        bool newest_served;     /* its newest version, or the pinned one, is in service */
        unsigned long *refused; /* [n_refused] versions that could not be loaded; owned */
        size_t n_refused;
        uint64_t loads_ok, loads_failed;
    } * models;
    size_t n_models;
};
/* false = out of memory: nothing is held. Else srv_registry_let_go. */
bool srv_registry_hold(struct srv_registry *registry, struct srv_held *held);
void srv_registry_let_go(struct srv_held *held);

struct srv_registry_counts {
    srv_count last_reload_ok;    /* 1 or 0: configuration, repository and the newest version of each model are good */
    srv_count last_reload_epoch; /* seconds */
};
const struct srv_registry_counts *srv_registry_counts(const struct srv_registry *registry);
/* From now on loading is given up: the server ends. */
void srv_registry_leave(struct srv_registry *registry);
struct srv_memory *srv_registry_memory(struct srv_registry *registry);

#endif
