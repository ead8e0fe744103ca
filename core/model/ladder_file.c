#include "ladder_file.h"

#include "file_write.h"
#include "mem.h"
#include "safetensors.h"
#include "text_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* --- writing --- */

static void tensor_name(char name[32], size_t rung)
{
    snprintf(name, 32, "rung%02zu", rung);
}

static char *header(const struct bz_ladder *l, const char *digest, struct bz_error *err)
{
    const size_t bytes = l->rung[0]->block_size * sizeof(float);
    struct bz_text json;
    char *copy = NULL, name[32];
    FILE *out = bz_text_begin(&json, err);

    if (!out)
        return NULL;
    fprintf(out,
            "{\"__metadata__\":{\"format\":\"boltz-ladder\",\"format_version\":\"1\",\"weights\":\"sha256:%s\",\"updates\":\"[",
            digest);
    for (size_t k = 0; k < l->n; k++)
        fprintf(out, "%s%llu", k ? "," : "", (unsigned long long)l->update[k]);
    fputs("]\"}", out);
    for (size_t k = 0; k < l->n; k++) {
        tensor_name(name, k);
        fprintf(out, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}", name, l->rung[0]->block_size,
                k * bytes, (k + 1) * bytes);
    }
    fputc('}', out);
    if (bz_text_end(&json, "the header", err) == 0)
        copy = bz_strdup(json.text, err);
    bz_text_free(&json);
    return copy;
}

int bz_ladder_save(const struct bz_ladder *l, const char *digest, const char *path, struct bz_error *err)
{
    char *json = header(l, digest, err);
    struct bz_file *f;
    int rc = json ? bz_safetensors_begin(&f, path, json, err) : -1;

    bz_free(json);
    if (rc < 0)
        return -1;
    for (size_t k = 0; rc == 0 && k < l->n; k++)
        rc = bz_file_write(f, l->rung[k]->block, l->rung[k]->block_size * sizeof(float), err);
    if (rc < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

/* --- reading --- */

static const char *text(const struct bz_safetensors *st, const char *key)
{
    const char *found = st->metadata ? cJSON_GetStringValue(bz_json_get(st->metadata, key)) : NULL;

    return found ? found : "";
}

static int read_rung(struct bz_ladder *l, size_t k, const struct bz_safetensors *st, const cJSON *updates, struct bz_error *err)
{
    struct bz_machine *m = l->rung[k];
    char name[32];
    size_t bad, update;

    tensor_name(name, k);
    const struct bz_tensor *t = bz_safetensors_find(st, name);
    if (!t)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": missing", name);
    if (t->type != BZ_TENSOR_F32 || t->count != m->block_size)
        return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected F32 [%zu], found %s [%zu]", name, m->block_size,
                       bz_tensor_type_name(t->type), t->count);
    if (!bz_json_whole(cJSON_GetArrayItem(updates, (int)k), 0, 9e15, &update))
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: updates: expected a whole number for rung %zu", k);
    l->update[k] = update;
    bz_tensor_floats(t, m->block, &bad);
    if (bz_machine_check(m, err) < 0)
        return bz_fail_in(err, "tensor \"%s\"", name);
    for (size_t c = 0; k == 0 && c < m->n_couplings; c++)
        for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
            if (m->couplings[c].weight[i] != 0)
                return bz_fail(err, BZ_BAD_MODEL, "tensor \"%s\": expected the lowest rung without weights, found %g", name,
                               (double)m->couplings[c].weight[i]);
    return bz_machine_prepare(m, err);
}

static int read_ladder(struct bz_ladder **out, const struct bz_safetensors *st, const struct bz_machine *m, const char *digest,
                       struct bz_error *err)
{
    const char *weights = text(st, "weights"), *list = text(st, "updates");
    struct bz_ladder *l;

    if (strcmp(text(st, "format"), "boltz-ladder") != 0 || strcmp(text(st, "format_version"), "1") != 0)
        return bz_fail(err, BZ_BAD_MODEL, "__metadata__: expected format \"boltz-ladder\", format_version \"1\"");
    if (strncmp(weights, "sha256:", 7) != 0 || strcmp(weights + 7, digest) != 0)
        return bz_fail(err, BZ_UNSUPPORTED, "it belongs to other weights than this model's");
    if (st->n_tensors < 1 || st->n_tensors > BZ_MOST_RUNGS)
        return bz_fail(err, BZ_BAD_MODEL, "expected 1 to %d rungs, found %zu tensors", BZ_MOST_RUNGS, st->n_tensors);
    cJSON *updates = bz_json_parse(list, strlen(list), err);
    if (!updates || bz_ladder_new(&l, m, st->n_tensors, err) < 0) {
        cJSON_Delete(updates);
        return -1;
    }
    int rc = 0;
    for (; rc == 0 && l->n < l->most; l->n++) {
        rc = read_rung(l, l->n, st, updates, err);
        l->checksum =
            (uint32_t)crc32_z(l->checksum, (const Bytef *)l->rung[l->n]->block, l->rung[l->n]->block_size * sizeof(float));
    }
    cJSON_Delete(updates);
    if (rc < 0) {
        bz_ladder_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

int bz_ladder_parse(struct bz_ladder **out, const void *bytes, size_t size, const char *name, const struct bz_machine *m,
                    const char *digest, struct bz_error *err)
{
    struct bz_safetensors st = {0};
    int rc = bz_safetensors_parse(&st, bytes, size, err);

    if (rc == 0)
        rc = read_ladder(out, &st, m, digest, err);
    bz_safetensors_free(&st);
    return rc < 0 ? bz_fail_in(err, "%s", name) : 0;
}

int bz_ladder_load(struct bz_ladder **out, const char *path, const struct bz_machine *m, const char *digest,
                   struct bz_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused, not waited for */
    struct stat st;
    void *map;
    int rc;

    if (fd < 0)
        return bz_fail(err, errno == ENOENT ? BZ_NOT_FOUND : BZ_IO, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || st.st_size <= 0 ||
        (map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
        close(fd);
        return bz_fail(err, BZ_IO, "%s: cannot read it, or it is empty", path);
    }
    close(fd);
    rc = bz_ladder_parse(out, map, (size_t)st.st_size, path, m, digest, err);
    munmap(map, (size_t)st.st_size);
    return rc;
}
