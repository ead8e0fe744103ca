#include "bundle.h"

#include "foreign.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { MOST_ITEMS = 1 << 17, MOST_PICKLES = 64 };
#define MOST_BYTES ((size_t)1 << 36)

const uint8_t *bundle_bytes(const struct bundle *b)
{
    return b->unpacked && !b->source.data ? b->unpacked : b->source.data;
}

void bundle_close(struct bundle *b)
{
    for (size_t i = 0; i < b->n; i++) {
        bz_free(b->items[i].name);
        bz_free(b->items[i].text);
        train_array_free(&b->items[i].array);
    }
    bz_free(b->items);
    for (size_t i = 0; i < b->n_storages; i++)
        bz_free(b->storages[i].owned);
    bz_free(b->storages);
    train_hdf5_close(b->hdf5);
    train_mat_close(b->mat);
    train_npz_close(b->npz);
    pickle_free(b->pickle);
    if (b->tensors.header)
        bz_safetensors_free(&b->tensors);
    bz_free(b->unpacked);
    train_source_free(&b->source);
    *b = (struct bundle){0};
}

struct bundle_item *bundle_add(struct bundle *b, const char *name, struct bz_error *err)
{
    if (b->n == MOST_ITEMS) {
        bz_fail(err, BZ_TOO_LARGE, "more than %d values", MOST_ITEMS);
        return NULL;
    }
    if (bz_grow(&b->items, &b->room, b->n + 1, sizeof(*b->items), err) < 0)
        return NULL;
    b->items[b->n] = (struct bundle_item){.name = bz_strdup(name, err)};
    return b->items[b->n].name ? &b->items[b->n++] : NULL;
}

int bundle_add_text(struct bundle *b, const char *name, const char *text, size_t length, bool class, struct bz_error *err)
{
    struct bundle_item *item = bundle_add(b, name, err);
    if (!item || !(item->text = bz_strndup(text, length, err)))
        return -1;
    item->class = class;
    return 0;
}

int bundle_add_number(struct bundle *b, const char *name, double x, struct bz_error *err)
{
    struct bundle_item *item = bundle_add(b, name, err);
    if (!item || !(item->array.bytes = bz_alloc(1, sizeof(x), err)))
        return -1;
    memcpy(item->array.bytes, &x, sizeof(x));
    item->array.data = item->array.bytes;
    item->array.npy = (struct bz_npy){.dtype = BZ_F8, .item = sizeof(x), .count = 1, .bytes = sizeof(x)};
    item->is_array = true;
    return 0;
}

struct bundle_item *bundle_find(const struct bundle *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->items[i].name, name) == 0 && !b->items[i].class)
            return &b->items[i];
    return NULL;
}

bool bundle_has_array(const struct bundle *b, const char *name)
{
    const struct bundle_item *item = bundle_find(b, name);
    return item && item->is_array;
}

/* A tensor of safetensors as an array: bfloat16 becomes float32. */
static int load_tensor(const struct bz_tensor *t, struct train_array *out, struct bz_error *err)
{
    static const struct {
        enum bz_dtype dtype;
        size_t item;
    } types[BZ_TENSOR_TYPES] = {[BZ_TENSOR_F32] = {BZ_F4, 4},
                                [BZ_TENSOR_F64] = {BZ_F8, 8},
                                [BZ_TENSOR_F16] = {BZ_F2, 2},
                                [BZ_TENSOR_BF16] = {BZ_F4, 4}};
    struct bz_npy a = {.dtype = types[t->type].dtype, .item = types[t->type].item, .rank = t->rank, .count = t->count};
    memcpy(a.shape, t->shape, t->rank * sizeof(*a.shape));
    a.bytes = a.count * a.item;
    out->data = t->data;
    if (t->type == BZ_TENSOR_BF16) {
        size_t bad;
        float *x = bz_alloc(t->count, sizeof(float), err);
        if (!x)
            return -1;
        bz_tensor_floats(t, x, &bad);
        out->bytes = (unsigned char *)x;
        out->data = x;
    }
    out->npy = a;
    return 0;
}

const struct train_array *bundle_array(struct bundle *b, const char *name, struct bz_error *err)
{
    struct bundle_item *item = bundle_find(b, name);
    int rc = 0;
    if (!item || !item->is_array) {
        bz_fail(err, BZ_NOT_FOUND, "%s: no array '%s'", b->path, name);
        return NULL;
    }
    item->taken = true;
    if (item->array.data)
        return &item->array;
    const struct bz_tensor *tensor = b->tensors.header ? bz_safetensors_find(&b->tensors, name) : NULL;
    if (b->hdf5)
        rc = train_hdf5_read(b->hdf5, name, &item->array, err);
    else if (b->mat)
        rc = train_mat_read(b->mat, name, &item->array, err);
    else if (b->npz)
        rc = train_npz_read(b->npz, name, MOST_BYTES, &item->array, err);
    else if (tensor)
        rc = load_tensor(tensor, &item->array, err);
    if (rc == 0 && !item->array.data)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' holds nothing", b->path, name);
    return rc < 0 ? NULL : &item->array;
}

const char *bundle_text(const struct bundle *b, const char *name)
{
    const struct bundle_item *item = bundle_find(b, name);
    return item ? item->text : NULL;
}

/* --- the containers --- */

static int add_names(struct bundle *b, const struct train_names *names, struct bz_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        struct bundle_item *item = bundle_add(b, names->names[i], err);
        if (!item)
            return -1;
        item->is_array = true;
        char text[256];
        if (b->hdf5 && train_hdf5_text(b->hdf5, names->names[i], NULL, text, sizeof(text))) {
            item->is_array = false;
            if (!(item->text = bz_strdup(text, err)))
                return -1;
        }
    }
    return 0;
}

/* Adds the arrays of a list that was made with rc, and frees it. */
static int take_names(struct bundle *b, const char *form, struct train_names *names, int rc, struct bz_error *err)
{
    b->form = form;
    if (rc == 0)
        rc = add_names(b, names, err);
    train_names_free(names);
    return rc;
}

void bundle_drop_bytes(struct bundle *b)
{
    bz_drop(&b->source.data);
    b->source.size = 0;
}

static int open_hdf5(struct bundle *b, struct bz_error *err)
{
    struct train_names names = {0};
    const bool open = train_hdf5_open(&b->hdf5, b->path, bundle_bytes(b), b->source.size, err) == 0;
    return take_names(b, "HDF5", &names, open ? train_hdf5_list(b->hdf5, &names, err) : -1, err);
}

static int open_mat(struct bundle *b, struct bz_error *err)
{
    struct train_names names = {0};
    const bool open = train_mat_open(&b->mat, b->path, bundle_bytes(b), b->source.size, err) == 0;
    return take_names(b, "MATLAB", &names, open ? train_mat_list(b->mat, &names, err) : -1, err);
}

static int open_zip(struct bundle *b, struct bz_error *err)
{
    const uint8_t *d = bundle_bytes(b);
    const size_t n = b->source.size;
    if (n > 64 && memmem(d + 30, n - 30 < 256 ? n - 30 : 256, "/data.pkl", 9))
        return bundle_read_torch_zip(b, err);
    b->form = ".npz";
    if (train_npz_open(&b->npz, b->path, err) < 0)
        return -1;
    for (size_t i = 0; i < train_npz_count(b->npz); i++)
        if (train_npz_name(b->npz, i)) {
            struct bundle_item *item = bundle_add(b, train_npz_name(b->npz, i), err);
            if (!item)
                return -1;
            item->is_array = true;
        }
    bundle_drop_bytes(b);
    return b->n ? 0 : bz_fail(err, BZ_BAD_INPUT, "%s: a zip archive without arrays", b->path);
}

static int open_npy(struct bundle *b, struct bz_error *err)
{
    struct bundle_item *item = bundle_add(b, "array", err);
    b->form = ".npy";
    if (!item)
        return -1;
    if (bz_npy_parse(&item->array.npy, bundle_bytes(b), b->source.size, err) < 0)
        return bz_fail_in(err, "%s", b->path);
    item->array.data = bundle_bytes(b) + item->array.npy.offset;
    item->is_array = true;
    return 0;
}

static bool is_safetensors(const uint8_t *d, size_t n)
{
    return n > 10 && d[7] == 0 && d[6] == 0 && d[5] == 0 && d[8] == '{' && (d[9] == '"' || d[9] == ' ' || d[9] == '\n');
}

static int open_safetensors(struct bundle *b, struct bz_error *err)
{
    b->form = "safetensors";
    if (bz_safetensors_parse(&b->tensors, bundle_bytes(b), b->source.size, err) < 0) {
        b->tensors.header = NULL;
        return bz_fail_in(err, "%s", b->path);
    }
    const cJSON *format = b->tensors.metadata ? cJSON_GetObjectItemCaseSensitive(b->tensors.metadata, "format") : NULL;
    if (cJSON_IsString(format) && strcmp(format->valuestring, "boltz") == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: is already a boltz model: put it into a repository as NAME/1/model.safetensors",
                       b->path);
    for (size_t i = 0; i < b->tensors.n_tensors; i++) {
        struct bundle_item *item = bundle_add(b, b->tensors.tensors[i].name, err);
        if (!item)
            return -1;
        item->is_array = true;
    }
    return 0;
}

/* joblib's default compression, also used by hand. */
static bool is_zlib(const uint8_t *d, size_t n)
{
    return n > 6 && d[0] == 0x78 && (d[0] * 256 + d[1]) % 31 == 0 && !(d[1] & 0x20);
}

static int inflate_source(struct bundle *b, struct bz_error *err)
{
    z_stream z = {.next_in = b->source.data, .avail_in = 0};
    size_t size = 0, room = 1 << 16, left = b->source.size;
    const size_t limit = train_source_limit();
    int status = inflateInit(&z);
    uint8_t *out = status == Z_OK ? bz_alloc(room + 1, 1, err) : NULL;
    while (out && status == Z_OK) {
        if (size == room) {
            uint8_t *grown = room < limit / 2 ? bz_alloc(2 * room + 1, 1, err) : NULL;
            if (!grown) {
                bz_free(out);
                inflateEnd(&z);
                return bz_fail(err, BZ_TOO_LARGE, "%s: holds more than the bytes that are accepted, unpacked", b->path);
            }
            memcpy(grown, out, size);
            bz_free(out);
            out = grown;
            room *= 2;
        }
        const size_t give = left < 1 << 30 ? left : 1 << 30, take = room - size < 1 << 30 ? room - size : 1 << 30;
        z.avail_in = (uInt)give;
        z.next_out = out + size;
        z.avail_out = (uInt)take;
        status = inflate(&z, Z_NO_FLUSH);
        left -= give - z.avail_in;
        size += take - z.avail_out;
    }
    inflateEnd(&z);
    if (status != Z_STREAM_END) {
        bz_free(out);
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged zlib data", b->path);
    }
    train_source_free(&b->source);
    b->unpacked = out;
    b->source.data = NULL;
    b->source.size = size;
    return 0;
}

static bool is_pickle(const uint8_t *d, size_t n)
{
    static const char *const starts[] = {"(dp", "(lp", "(dq", "(i__", "ccopy_reg\n", "cnumpy", "csklearn", "(i", "]q", "}q"};
    if (n > 2 && d[0] == 0x80 && d[1] <= 5)
        return true;
    for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++)
        if (n > 12 && memcmp(d, starts[k], strlen(starts[k])) == 0)
            return true;
    return n > 12 && d[0] == 'c' && memchr(d, '\n', n < 200 ? n : 200) && d[n - 1] == '.';
}

static int open_pickle(struct bundle *b, const uint8_t *data, size_t size, struct bz_error *err)
{
    static const uint8_t torch_magic[] = {0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
    const struct pickle_value *root;
    size_t used;
    if (pickle_new(&b->pickle, err) < 0)
        return -1;
    /* the first of its pickles is a number; from protocol 4 on a frame of eight bytes stands before it */
    if (memmem(data, size < 24 ? size : 24, torch_magic, sizeof(torch_magic)))
        return bundle_read_torch_legacy(b, err);
    b->form = "pickle";
    for (size_t k = 0, at = 0; at < size && k < MOST_PICKLES; k++, at += used) { /* several dumps in one file form a list */
        char path[32] = "";
        if (pickle_read(b->pickle, data + at, size - at, &used, &root, err) < 0)
            return bz_fail_in(err, "%s", b->path);
        if (k > 0 || used < size)
            snprintf(path, sizeof(path), "[%zu]", k);
        if (bundle_add_pickle(b, path, root, err) < 0)
            return -1;
        if (at + used + 1 < size && !is_pickle(data + at + used, size - at - used))
            break;
    }
    return 0;
}

/* By the first bytes. */
static int open_source(struct bundle *b, struct bz_error *err)
{
    if (is_zlib(b->source.data, b->source.size) && inflate_source(b, err) < 0)
        return -1;
    const uint8_t *d = bundle_bytes(b);
    const size_t n = b->source.size;
    if (train_hdf5_is(d, n))
        return open_hdf5(b, err);
    if (train_mat_is(d, n))
        return open_mat(b, err);
    if (n > 4 && memcmp(d, "PK\3\4", 4) == 0)
        return open_zip(b, err);
    if (bz_npy_is(d, n)) {
        const size_t head = n > 12 && d[6] == 1 ? 10 + (size_t)(d[8] | d[9] << 8) : 0;
        const bool objects = head && head < n && memmem(d, head, "'|O'", 4); /* numpy.save of a dict: a pickle follows */
        return objects ? open_pickle(b, d + head, n - head, err) : open_npy(b, err);
    }
    if (is_safetensors(d, n))
        return open_safetensors(b, err);
    if (is_pickle(d, n))
        return open_pickle(b, d, n, err);
    b->form = n > 0 && !memchr(d, 0, n) ? "text" : "bytes";
    return 0;
}

int bundle_open(struct bundle *b, const char *path, struct bz_error *err)
{
    *b = (struct bundle){.path = path};
    return train_source_read(&b->source, path, err) < 0 ? -1 : open_source(b, err);
}

int bundle_parse(struct bundle *b, const char *name, const void *bytes, size_t size, struct bz_error *err)
{
    *b = (struct bundle){.path = name};
    return train_source_from(&b->source, name, bytes, size, 0, err) < 0 ? -1 : open_source(b, err);
}
