#include "version.h"

#include "entries.h"
#include "fixed.h"
#include "index.h"
#include "ladder_file.h"
#include "log.h"
#include "mem.h"
#include "repository.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_uint_fast64_t serials = 1;

enum { ROOM_TRIES = 100, ROOM_PAUSE_US = 10000 };

/* Adds all that the version will need to the bytes of all models, unless that exceeds the limit. Versions dropped to make room
 * are freed once the last request and the workers have released them, which is waited for briefly. */
static int reserve(struct srv_version *v, uint64_t bytes, const char *or_more, struct bz_error *err)
{
    struct srv_memory *memory = v->memory;
    uint64_t limit = srv_get(&memory->limit), used = 0;
    bool more = memory->make_room != NULL;
    for (int tries = 0; tries < ROOM_TRIES; tries++) {
        used = atomic_fetch_add(&memory->used, bytes);
        if (!limit || used + bytes <= limit) {
            v->reserved += bytes;
            return 0;
        }
        atomic_fetch_sub(&memory->used, bytes);
        if (!memory->make_room || bytes > limit)
            break;
        more = more && memory->make_room(memory->arg);
        if (!more && tries == 0)
            break;
        usleep(ROOM_PAUSE_US);
    }
    return bz_fail(err, BZ_NO_MEMORY, "memory limit (max-model-memory): needs %s%.1f MiB, %.1f of %.1f MiB are in use", or_more,
                   (double)bytes / 1048576, (double)used / 1048576, (double)limit / 1048576);
}

static void give_back(struct srv_version *v)
{
    atomic_fetch_sub(&v->memory->used, v->reserved);
    v->reserved = 0;
}

int srv_version_new(struct srv_version **out, const char *name, struct srv_tally *tally, const char *path,
                    const struct srv_stamp *stamp, struct srv_memory *memory, struct bz_error *err)
{
    struct srv_version *v = tally ? bz_alloc(1, sizeof(*v), err) : NULL;
    if (!v || !(v->path = bz_strdup(path, err))) {
        srv_tally_leave(tally);
        bz_free(v);
        return -1;
    }
    v->tally = tally;
    snprintf(v->name, sizeof(v->name), "%s", name);
    v->pub.name = v->name;
    v->pub.version = tally->version;
    v->pub.no_index = v->no_index;
    v->pub.no_ladder = v->no_ladder;
    v->pub.serial = atomic_fetch_add(&serials, 1);
    v->stamp = *stamp;
    v->memory = memory;
    atomic_init(&v->refs, 1);
    pthread_mutex_init(&v->lock, NULL);
    *out = v;
    return 0;
}

static void drop_index(struct srv_version *v)
{
    bz_index_free(v->index);
    v->index = NULL;
    srv_bytes_free(&v->index_file);
}

/* The path of a file beside the model's; bz_free. NULL when out of memory. */
static char *beside(const struct srv_version *v, const char *file)
{
    const size_t folder = strlen(v->path) - strlen(BZ_MODEL_FILE);
    char *path = bz_alloc(folder + strlen(file) + 1, 1, NULL);
    if (path) {
        memcpy(path, v->path, folder);
        strcpy(path + folder, file);
    }
    return path;
}

/* The bytes of a file beside the model, if there is one. name: for messages. 0 = there is none, -1 = it cannot be read. */
static int read_beside(struct srv_bytes *out, const struct srv_version *v, const char *file, const char *name,
                       struct bz_error *err)
{
    char *path = beside(v, file);
    struct stat st;
    int rc = 0;
    const uint64_t limit = srv_get(&v->memory->limit);
    if (path && stat(path, &st) == 0 && limit && (uint64_t)st.st_size > limit) {
        rc = bz_fail(err, BZ_NO_MEMORY, "%s: memory limit (max-model-memory): %.1f MiB, the limit is %.1f", name,
                     (double)st.st_size / 1048576, (double)limit / 1048576);
    } else if (path && stat(path, &st) == 0) {
        const struct srv_stamp stamp = srv_stamp_of(&st);
        rc = srv_bytes_read(out, path, name, &stamp, err) < 0 ? -1 : 1;
    } else if (path && errno != ENOENT && errno != ENOTDIR) {
        rc = bz_fail(err, BZ_IO, "%s: cannot be looked at: %s", name, strerror(errno));
    } else if (path && bz_is_dead_link(AT_FDCWD, path)) {
        rc = bz_fail(err, BZ_IO, "%s: a link to a file that is not there", name);
    }
    bz_free(path);
    return rc;
}

/* Loads the index beside the model, if there is one. An unsuitable one does not keep the model from being served. */
static void load_index(struct srv_version *v, const struct bz_model *model, const char *shown)
{
    char name[SRV_NAME_ROOM + 64], digest[BZ_DIGEST_ROOM];
    struct bz_error err = {0};
    snprintf(name, sizeof(name), "%s/" BZ_INDEX_FILE, shown);
    int rc = read_beside(&v->index_file, v, BZ_INDEX_FILE, name, &err);
    if (rc > 0) {
        bz_model_digest(model, digest);
        if (bz_stopping()) { /* the digest may not have come to its end */
            srv_bytes_free(&v->index_file);
            return;
        }
        rc = bz_index_parse(&v->index, v->index_file.data, v->index_file.size, name, model->machine, digest, &err);
    }
    if (rc < 0) {
        snprintf(v->no_index, sizeof(v->no_index), "%.199s", err.msg);
        srv_log(SRV_LOG_WARNING, "%s; served without neighbours until `boltz index` makes a new one", err.msg);
        srv_bytes_free(&v->index_file);
    }
}

/* The same for the ladder, which is also skipped if the memory limit leaves no room for it. */
static void load_ladder(struct srv_version *v, const char *shown)
{
    char name[SRV_NAME_ROOM + 64], digest[BZ_DIGEST_ROOM];
    struct srv_memory *memory = v->memory;
    const uint64_t limit = srv_get(&memory->limit);
    struct bz_error err = {0};
    struct srv_bytes file = {0};
    snprintf(name, sizeof(name), "%s/" BZ_LADDER_FILE, shown);
    int rc = read_beside(&file, v, BZ_LADDER_FILE, name, &err);
    if (rc > 0) {
        bz_model_digest(v->model, digest);
        rc = bz_stopping() ? 0 /* the digest may not have come to its end */
             : limit && srv_get(&memory->used) + 2 * file.size > limit
                 ? bz_fail(&err, BZ_NO_MEMORY, "%s: memory limit (max-model-memory): no room for %.1f MiB", name,
                           2 * (double)file.size / 1048576)
                 : bz_ladder_parse(&v->ladder, file.data, file.size, name, v->model->machine, digest, &err);
    }
    srv_bytes_free(&file);
    if (rc < 0) {
        snprintf(v->no_ladder, sizeof(v->no_ladder), "%.199s", err.msg);
        srv_log(SRV_LOG_WARNING, "%s; served without sampler=ptt", err.msg);
    }
    if (!v->ladder)
        return;
    const uint64_t bytes = bz_ladder_bytes(v->ladder);
    atomic_fetch_add(&memory->used, bytes);
    v->reserved += bytes;
    atomic_fetch_add(&v->bytes, bytes);
    v->pub.ladder = v->ladder;
}

static int refuse_to_stay(const struct srv_version *v, struct bz_error *err)
{
    return atomic_load(&v->memory->leaving) ? bz_fail(err, BZ_IO, "%s/%lu: the server is stopping", v->name, v->pub.version)
                                            : 0;
}

/* What follows once there is room for the file. */
static int load_file(struct srv_version *v, const char *shown, struct bz_model **out, struct bz_error *err)
{
    struct bz_model *model = NULL;
    if (srv_bytes_read(&v->file, v->path, shown, &v->stamp, err) < 0 ||
        bz_model_parse(&model, v->file.data, v->file.size, shown, err) < 0)
        return -1;
    *out = model;
    if (v->memory->verify && bz_model_verify(model, err) < 0) {
        bz_fail_in(err, "%s", shown);
        return -1;
    }
    load_index(v, model, shown);
    if (refuse_to_stay(v, err) < 0)
        return -1;
    /* Transposed weights take as much again as the weights, and whole numbers as much as both. They are made at first use, but
     * a loaded model must be able to serve. */
    give_back(v);
    return reserve(v, v->stamp.size + v->index_file.size + model->weight_bytes + bz_fixed_bytes(model->machine), "", err);
}

static int load_locked(struct srv_version *v, struct bz_error *err)
{
    struct bz_model *model = NULL;
    uint64_t start = srv_now();
    char shown[SRV_NAME_ROOM + 32]; /* clients see these messages, so no path in them */
    if (v->model)
        return 0;
    snprintf(shown, sizeof(shown), "%s/%lu", v->name, v->pub.version);
    /* Room first: whatever the file holds, reading it must not take the memory in which others are served. */
    if (reserve(v, v->stamp.size, "more than ", err) < 0 || load_file(v, shown, &model, err) < 0) {
        give_back(v);
        drop_index(v);
        bz_model_free(model);
        srv_bytes_free(&v->file);
        return -1;
    }
    atomic_store(&v->bytes, v->stamp.size + v->index_file.size);
    v->model = model;
    v->pub.index = v->index;
    v->pub.model = model;
    load_ladder(v, shown);
    atomic_store(&v->load_ns, srv_now() - start);
    atomic_store(&v->loaded, true);
    return 0;
}

int srv_version_load(struct srv_version *v, struct bz_error *err)
{
    pthread_mutex_lock(&v->lock);
    bz_stop_leave(&v->memory->leaving);
    int rc = load_locked(v, err);
    bz_stop_leave(NULL);
    pthread_mutex_unlock(&v->lock);
    return rc;
}

/* What the file records about its weights is confirmed at first use, too. */
static int confirm(struct srv_version *v, struct bz_error *err)
{
    if (bz_model_confirm(v->model, err) < 0)
        return -1;
    if (v->model->warning)
        srv_log(SRV_LOG_WARNING, "model %s: version %lu: %s", v->name, v->pub.version, v->model->warning);
    return 0;
}

int srv_version_prepare(struct srv_version *v, struct bz_error *err)
{
    if (atomic_load_explicit(&v->pub.ready, memory_order_acquire))
        return 0;
    pthread_mutex_lock(&v->lock);
    int rc = 0;
    bz_stop_leave(&v->memory->leaving);
    if (!atomic_load(&v->pub.ready)) {
        rc = load_locked(v, err);
        if (rc == 0)
            rc = confirm(v, err);
        if (rc == 0)
            rc = bz_machine_prepare(v->model->machine, err) < 0 || refuse_to_stay(v, err) < 0 ? -1 : 0;
        if (rc == 0) {
            srv_add(&v->bytes, v->model->weight_bytes);
            atomic_store_explicit(&v->pub.ready, true, memory_order_release);
        }
    }
    bz_stop_leave(NULL);
    pthread_mutex_unlock(&v->lock);
    return rc;
}

uint64_t srv_version_bytes(const struct srv_version *v)
{
    const bool ready = atomic_load_explicit(&v->pub.ready, memory_order_acquire);
    return srv_get(&v->bytes) + (ready && bz_machine_is_fixed(v->model->machine) ? bz_fixed_bytes(v->model->machine) : 0);
}

enum srv_file_state srv_version_look(struct srv_version *v)
{
    pthread_mutex_lock(&v->lock);
    enum srv_file_state state = v->model ? srv_bytes_compare(&v->file, v->path, &v->stamp) : SRV_FILE_SAME;
    pthread_mutex_unlock(&v->lock);
    return state;
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
    drop_index(v);
    bz_ladder_free(v->ladder);
    bz_model_free(v->model);
    srv_bytes_free(&v->file);
    srv_tally_leave(v->tally);
    pthread_mutex_destroy(&v->lock);
    bz_free(v->path);
    bz_free(v);
}
