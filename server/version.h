/* One version of a model in memory: loaded from its file, prepared for computing at first use, counted by references. */
#ifndef VERSION_H
#define VERSION_H

#include "catalog.h"
#include "model_bytes.h"
#include "queue.h"
#include "tally.h"

#include <pthread.h>

/* Bytes of all models together. */
struct srv_memory {
    srv_count used;
    srv_count limit;     /* 0 = none */
    atomic_bool leaving; /* the server ends: what is being loaded is given up */
    bool verify;         /* compare the tensors with the digest in the record */
    /* Drops a version that is not needed, the least recently used first; false = there is none. May be NULL. */
    bool (*make_room)(void *arg);
    void *arg;
};

struct srv_version {
    struct api_model pub; /* first: the api holds pointers to this */
    atomic_size_t refs;
    char name[SRV_NAME_ROOM];
    char *path; /* of the file; owned */
    struct srv_stamp stamp;
    struct srv_lane lane;
    struct srv_tally *tally;   /* counters; a reference */
    struct srv_memory *memory; /* borrowed */
    srv_count bytes;           /* bytes taken now, without what sampling makes: srv_version_bytes */
    uint64_t reserved;         /* its part of memory->used: what it will take once in use; with `lock` held */
    atomic_bool loaded;
    srv_count load_ns;
    srv_count used_ns; /* when it was last requested */

    pthread_mutex_t lock;   /* held by the thread that loads or prepares */
    struct bz_model *model; /* owned; its parameters lie in `file` */
    struct srv_bytes file;
    struct bz_index *index; /* owned; it lies in `index_file`; NULL = none... */
    char no_index[200];     /* ...and why, "" = there is no file of one */
    struct srv_bytes index_file;
    struct bz_ladder *ladder; /* owned; NULL = none... */
    char no_ladder[200];      /* ...and why, "" = there is no file of one */
};

static inline struct srv_version *srv_version_of(struct api_model *model)
{
    return (struct srv_version *)(void *)model;
}

/* A version that is not loaded yet, with one reference. The tally, which has its number, is taken over in any case; if it is
 * NULL, this fails. */
int srv_version_new(struct srv_version **out, const char *name, struct srv_tally *tally, const char *path,
                    const struct srv_stamp *stamp, struct srv_memory *memory, struct bz_error *err);
/* Reads and checks the file. Messages name model and version, not the path. */
int srv_version_load(struct srv_version *version, struct bz_error *err);
/* Makes it ready to compute: loads it if necessary, and computes what is derived from the weights. Any thread, any time. */
int srv_version_prepare(struct srv_version *version, struct bz_error *err);
/* Memory it takes now. */
uint64_t srv_version_bytes(const struct srv_version *version);
/* What has happened to the file of a loaded version: see srv_bytes_compare. */
enum srv_file_state srv_version_look(struct srv_version *version);
void srv_version_retain(struct srv_version *version);
void srv_version_release(struct srv_version *version); /* NULL is fine */

#endif
