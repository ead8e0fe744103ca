/* Files of torch.save: a zip archive since 1.6; before that consecutive pickles, followed by the storages. */
#include "bundle.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

enum { MOST_STORAGES = 1 << 16 };

bool bundle_storage_type(const char *class, enum bz_dtype *dtype, bool *bfloat)
{
    static const struct {
        const char *name;
        enum bz_dtype dtype;
    } types[] = {{"FloatStorage", BZ_F4}, {"DoubleStorage", BZ_F8}, {"HalfStorage", BZ_F2},  {"BFloat16Storage", BZ_F4},
                 {"LongStorage", BZ_I8},  {"IntStorage", BZ_I4},    {"ShortStorage", BZ_I2}, {"CharStorage", BZ_I1},
                 {"ByteStorage", BZ_U1},  {"BoolStorage", BZ_B1}};
    const char *dot = strrchr(class, '.');
    for (size_t k = 0; dot && k < sizeof(types) / sizeof(types[0]); k++)
        if (strcmp(dot + 1, types[k].name) == 0) {
            *dtype = types[k].dtype;
            *bfloat = strcmp(types[k].name, "BFloat16Storage") == 0;
            return true;
        }
    return false;
}

/* Every storage that the pickle names, found by walking it; they are few and recur as memos. */
struct search {
    struct bundle *b;
    const struct pickle_value **seen; /* tuples that were taken already */
    size_t visits;
    struct bz_error *err;
};

static int note_storage(struct search *s, const struct pickle_value *v)
{
    const struct pickle_value *class = pickle_item(v->args, 1), *key = pickle_item(v->args, 2);
    struct bundle *b = s->b;
    struct bundle_storage one = {0};
    if (!pickle_text_is(pickle_item(v->args, 0), "storage") || !class || class->kind != PICKLE_GLOBAL || !key ||
        key->kind != PICKLE_TEXT || key->length >= sizeof(one.key) || memchr(key->text, '/', key->length))
        return bz_fail(s->err, BZ_BAD_INPUT, "%s: a storage that is not named as torch does", b->path);
    memcpy(one.key, key->text, key->length);
    for (size_t i = 0; i < b->n_storages; i++)
        if (strcmp(b->storages[i].key, one.key) == 0)
            return 0;
    if (!bundle_storage_type(class->text, &one.dtype, &one.bfloat))
        return bz_fail(s->err, BZ_UNSUPPORTED, "%s: numbers of type %.60s are not read (complex or quantised)", b->path,
                       class->text);
    if (b->n_storages == MOST_STORAGES)
        return bz_fail(s->err, BZ_TOO_LARGE, "%s: more than %d storages", b->path, MOST_STORAGES);
    size_t room = b->n_storages;
    if (bz_grow(&b->storages, &room, b->n_storages + 1, sizeof(*b->storages), s->err) < 0)
        return -1;
    b->storages[b->n_storages++] = one;
    return 0;
}

static int find_storages(struct search *s, const struct pickle_value *v, int depth)
{
    if (!v || depth > 40 || s->visits++ > 1 << 20)
        return 0;
    if (v->kind == PICKLE_STORAGE)
        return note_storage(s, v);
    for (size_t i = 0; i < v->n; i++)
        if (find_storages(s, v->items[i], depth + 1) < 0)
            return -1;
    return find_storages(s, v->args, depth + 1) < 0 || find_storages(s, v->state, depth + 1) < 0 ? -1 : 0;
}

/* --- zip --- */

/* A whole member into *out (new, the caller's). */
static int read_member(zip_t *zip, const char *path, size_t most_unpacked, const char *name, uint8_t **out, size_t *size,
                       struct bz_error *err)
{
    zip_stat_t st;
    if (zip_stat(zip, name, 0, &st) < 0 || !(st.valid & ZIP_STAT_SIZE))
        return bz_fail(err, BZ_BAD_INPUT, "%s: no member %s", path, name);
    if (st.size > most_unpacked)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s claims %llu bytes, more than the archive can hold", path, name,
                       (unsigned long long)st.size);
    if (st.size > train_source_limit())
        return bz_fail(err, BZ_TOO_LARGE, "%s: %s holds %llu bytes, at most %zu are accepted", path, name,
                       (unsigned long long)st.size, train_source_limit());
    uint8_t *bytes = bz_alloc((size_t)st.size + 1, 1, err);
    zip_file_t *f = bytes ? zip_fopen(zip, name, 0) : NULL;
    int rc = f ? 0 : bytes ? bz_fail(err, BZ_BAD_INPUT, "%s: %s is damaged: %s", path, name, zip_strerror(zip)) : -1;
    for (size_t done = 0; rc == 0 && done <= st.size;) { /* one more read, so that the checksum is compared */
        const zip_int64_t got = zip_fread(f, bytes + done, (size_t)st.size + 1 - done);
        if (got < 0 || (got == 0 && done < st.size) || done + (size_t)got > st.size)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s is damaged", path, name);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    if (f)
        zip_fclose(f);
    if (rc < 0) {
        bz_free(bytes);
        return -1;
    }
    *out = bytes;
    *size = (size_t)st.size;
    return 0;
}

/* Newer archives state the byte order of their numbers. */
static int check_order(const struct bundle *b, zip_t *zip, const char *folder, size_t most, struct bz_error *err)
{
    char name[400];
    uint8_t *order = NULL;
    size_t size;
    snprintf(name, sizeof(name), "%s/byteorder", folder);
    if (zip_name_locate(zip, name, 0) < 0)
        return 0;
    if (read_member(zip, b->path, most, name, &order, &size, err) < 0)
        return -1;
    const bool little = size >= 6 && memcmp(order, "little", 6) == 0;
    bz_free(order);
    return little ? 0
                  : bz_fail(err, BZ_UNSUPPORTED,
                            "%s: was written on a big-endian machine, expected little-endian numbers: save it again on a "
                            "little-endian one",
                            b->path);
}

static int read_zip(struct bundle *b, zip_t *zip, struct bz_error *err)
{
    char folder[256] = "", name[400];
    size_t size, used;
    uint8_t *pickled;
    const struct pickle_value *root;
    size_t most; /* deflate packs at most some 1030 to 1 */
    if (bz_mul(&most, b->source.size, 1100) < 0)
        most = SIZE_MAX;
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0) && !folder[0]; i++) {
        const char *member = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW),
                   *end = member ? strstr(member, "/data.pkl") : NULL;
        if (end && end[9] == 0)
            snprintf(folder, sizeof(folder), "%.*s", (int)(end - member), member);
    }
    snprintf(name, sizeof(name), "%s/data.pkl", folder);
    if (read_member(zip, b->path, most, name, &pickled, &size, err) < 0)
        return -1;
    b->unpacked = pickled;
    if (check_order(b, zip, folder, most, err) < 0)
        return -1;
    if (pickle_new(&b->pickle, err) < 0)
        return -1;
    if (pickle_read(b->pickle, pickled, size, &used, &root, err) < 0)
        return bz_fail_in(err, "%s", b->path);
    if (find_storages(&(struct search){.b = b, .err = err}, root, 0) < 0)
        return -1;
    for (size_t i = 0; i < b->n_storages; i++) {
        struct bundle_storage *s = &b->storages[i];
        snprintf(name, sizeof(name), "%s/data/%s", folder, s->key);
        if (read_member(zip, b->path, most, name, &s->owned, &s->size, err) < 0)
            return -1;
        s->data = s->owned;
    }
    return bundle_add_pickle(b, "", root, err);
}

int bundle_read_torch_zip(struct bundle *b, struct bz_error *err)
{
    zip_error_t error;
    b->form = "torch";
    if (b->unpacked)
        return bz_fail(err, BZ_BAD_INPUT, "%s: a zip archive in a zlib stream, expected the archive itself", b->path);
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(b->source.data, b->source.size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    zip_error_fini(&error);
    if (!zip) {
        zip_source_free(source);
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged zip archive", b->path);
    }
    const int rc = read_zip(b, zip, err);
    zip_discard(zip);
    bundle_drop_bytes(b);
    return rc;
}

/* --- before 1.6: magic number, protocol, system, the object, the keys of its storages, the storages --- */

int bundle_read_torch_legacy(struct bundle *b, struct bz_error *err)
{
    const uint8_t *at = bundle_bytes(b), *const end = at + b->source.size;
    const struct pickle_value *part[5];
    b->form = "torch";
    for (size_t k = 0; k < 5; k++) {
        size_t used;
        if (pickle_read(b->pickle, at, (size_t)(end - at), &used, &part[k], err) < 0)
            return bz_fail_in(err, "%s: part %zu of a torch file", b->path, k + 1);
        at += used;
    }
    if (find_storages(&(struct search){.b = b, .err = err}, part[3], 0) < 0)
        return -1;
    for (size_t i = 0; i < part[4]->n; i++) { /* each: a count of elements, the bytes */
        struct bundle_storage *s = NULL;
        uint64_t count;
        for (size_t k = 0; k < b->n_storages; k++)
            if (pickle_text_is(part[4]->items[i], b->storages[k].key))
                s = &b->storages[k];
        if (!s || end - at < 8)
            return bz_fail(err, BZ_BAD_INPUT, "%s: storage %zu is cut off or not named", b->path, i + 1);
        memcpy(&count, at, 8);
        at += 8;
        const size_t item = s->bfloat ? 2 : bz_dtype_size(s->dtype);
        if (count > (uint64_t)(end - at) / item)
            return bz_fail(err, BZ_BAD_INPUT, "%s: storage %zu is cut off", b->path, i + 1);
        s->data = at;
        s->size = (size_t)count * item;
        at += s->size;
    }
    return bundle_add_pickle(b, "", part[3], err);
}
