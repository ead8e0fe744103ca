#include "version.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint_fast64_t serials = 1;

/* Adds all that the version will need to the bytes of all models, unless that passes the limit. */
static int reserve(struct srv_version *v, uint64_t bytes, struct bz_error *err)
{
    struct srv_memory *memory = v->memory;
    uint64_t limit = srv_get(&memory->limit), used = atomic_fetch_add(&memory->used, bytes);
    if (limit && used + bytes > limit) {
        atomic_fetch_sub(&memory->used, bytes);
        return bz_fail(err, BZ_TOO_LARGE, "memory limit: needs %.1f MiB, %.1f of %.1f MiB are in use", (double)bytes / 1048576,
                       (double)used / 1048576, (double)limit / 1048576);
    }
    v->reserved = bytes;
    return 0;
}

/* Clients read these messages: the file's path becomes "name/version". */
static void hide_path(const struct srv_version *v, struct bz_error *err)
{
    char shown[SRV_NAME_ROOM + 32], text[sizeof(err->msg)];
    size_t length = strlen(v->path);
    snprintf(shown, sizeof(shown), "%s/%lu", v->name, v->pub.version);
    for (char *at; length && (at = strstr(err->msg, v->path));) {
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - err->msg), err->msg, shown, at + length);
        memcpy(err->msg, text, sizeof(text));
    }
}

int srv_version_new(struct srv_version **out, const char *name, unsigned long number, const char *path,
                    const struct srv_stamp *stamp, struct srv_memory *memory, struct bz_error *err)
{
    struct srv_version *v = bz_alloc(1, sizeof(*v), err);
    if (!v)
        return -1;
    if (!(v->path = bz_strdup(path, err))) {
        bz_free(v);
        return -1;
    }
    snprintf(v->name, sizeof(v->name), "%s", name);
    v->pub.name = v->name;
    v->pub.version = number;
    v->pub.serial = atomic_fetch_add(&serials, 1);
    v->stamp = *stamp;
    v->memory = memory;
    atomic_init(&v->refs, 1);
    pthread_mutex_init(&v->lock, NULL);
    *out = v;
    return 0;
}

static int load_locked(struct srv_version *v, struct bz_error *err)
{
    struct bz_model *model = NULL;
    uint64_t start = srv_now();
    if (v->model)
        return 0;
    if (bz_model_load(&model, v->path, err) < 0) {
        hide_path(v, err);
        return -1;
    }
    /* Transposed weights are as much again as the weights. They are made at first use, but what is loaded must be able to
     * serve. */
    if (reserve(v, v->stamp.size + model->weight_bytes, err) < 0) {
        bz_model_free(model);
        return -1;
    }
    atomic_store(&v->bytes, v->stamp.size);
    v->model = model;
    v->pub.model = model;
    atomic_store(&v->load_ns, srv_now() - start);
    atomic_store(&v->loaded, true);
    return 0;
}

int srv_version_load(struct srv_version *v, struct bz_error *err)
{
    pthread_mutex_lock(&v->lock);
    int rc = load_locked(v, err);
    pthread_mutex_unlock(&v->lock);
    return rc;
}

int srv_version_prepare(struct srv_version *v, struct bz_error *err)
{
    if (atomic_load_explicit(&v->pub.ready, memory_order_acquire))
        return 0;
    pthread_mutex_lock(&v->lock);
    int rc = 0;
    if (!atomic_load(&v->pub.ready)) {
        rc = load_locked(v, err);
        if (rc == 0)
            rc = bz_machine_prepare(v->model->machine, err);
        if (rc == 0) {
            srv_add(&v->bytes, v->model->weight_bytes);
            atomic_store_explicit(&v->pub.ready, true, memory_order_release);
        }
    }
    pthread_mutex_unlock(&v->lock);
    return rc;
}

void srv_version_retain(struct srv_version *v)
{
    atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
}

void srv_version_release(struct srv_version *v)
{
    if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_sub(&v->memory->used, v->reserved);
    bz_model_free(v->model);
    srv_stats_clear(&v->stats);
    pthread_mutex_destroy(&v->lock);
    bz_free(v->path);
    bz_free(v);
}
