/* Pickled values as named arrays and texts: numpy's arrays and scalars, torch's tensors, attributes of any object. */
#include "bundle.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 40, MOST_ITEMS_OF_A_LIST = 4096, MOST_PLACES = 1 << 20, PATH = 1024 };

static bool is_one_of(const struct pickle_value *v, const char *const *names)
{
    for (; *names; names++)
        if (pickle_is(v, *names))
            return true;
    return false;
}

static int bad_array(struct bundle *b, const char *path, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s is an array that cannot be read (damaged, or of a type that has no numbers)",
                   b->path, path);
}

/* "<f8" of a dtype object; false if it is none that .npy knows. */
static bool descr_of(const struct pickle_value *dtype, char descr[32])
{
    const struct pickle_value *name = dtype && dtype->args ? pickle_item(dtype->args, 0) : NULL,
                              *order = dtype && dtype->state ? pickle_item(dtype->state, 1) : NULL;
    if (!pickle_is(dtype, "numpy.dtype") || !name || (name->kind != PICKLE_TEXT && name->kind != PICKLE_BYTES) ||
        name->length < 2 || name->length > 16)
        return false;
    const bool ordered = strchr("<>|=", name->text[0]) != NULL;
    char first = ordered ? name->text[0] : order && order->length == 1 ? order->text[0] : '<';
    if (first == '=')
        first = '<';
    snprintf(descr, 32, "%c%.*s", first, (int)(name->length - ordered), name->text + ordered);
    return true;
}

/* Adds an array whose elements are at data, which outlives the bundle's items. */
static int add_elements(struct bundle *b, const char *path, const struct pickle_value *shape, const struct pickle_value *dtype,
                        bool fortran, const uint8_t *data, size_t size, struct bz_error *err)
{
    char descr[32], header[400], sizes[160] = "";
    size_t used = 0;
    struct bz_npy a;
    if (!descr_of(dtype, descr) || !shape || shape->kind != PICKLE_TUPLE || shape->n > BZ_NPY_MAX_RANK)
        return bad_array(b, path, err);
    if (strchr("OcMmV", descr[1]))
        return 0; /* not numbers, so not part of a machine */
    for (size_t d = 0; d < shape->n; d++) {
        if (shape->items[d]->kind != PICKLE_NUMBER || !(shape->items[d]->number >= 0 && shape->items[d]->number < 1e15))
            return bad_array(b, path, err);
        used += (size_t)snprintf(sizes + used, sizeof(sizes) - used, "%.0f,", shape->items[d]->number);
    }
    const int length = snprintf(header + 10, sizeof(header) - 10, "{'descr': '%s', 'fortran_order': %s, 'shape': (%s)}", descr,
                                fortran ? "True" : "False", sizes);
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    if (bz_npy_parse_header(&a, header, 10 + (size_t)length, err) < 0 || a.bytes != size || a.dtype == BZ_F16 ||
        a.dtype == BZ_RECORD)
        return bad_array(b, path, err);
    struct bundle_item *item = bundle_add(b, path, err);
    if (!item)
        return -1;
    item->array.npy = a;
    item->array.data = data;
    item->is_array = bz_dtype_is_number(a.dtype);
    return 0;
}

/* Bytes that protocol 2 and below write as Latin-1 text: converted back, in a copy that the item owns. */
static int latin1(const struct pickle_value *text, uint8_t **out, size_t *size, struct bz_error *err)
{
    if (!(*out = bz_alloc(text->length + 1, 1, err)))
        return -1;
    *size = 0;
    for (size_t i = 0; i < text->length; i++) {
        uint8_t c = (uint8_t)text->text[i];
        if (c >= 0xc0 && i + 1 < text->length)
            c = (uint8_t)(c << 6 | ((uint8_t)text->text[++i] & 63));
        (*out)[(*size)++] = c;
    }
    return 0;
}

/* Elements that are bytes, or the call that makes bytes of a text. */
static int add_raw(struct bundle *b, const char *path, const struct pickle_value *shape, const struct pickle_value *dtype,
                   bool fortran, const struct pickle_value *raw, struct bz_error *err)
{
    if (raw && raw->kind == PICKLE_OBJECT && raw->args &&
        (pickle_is(raw, "builtins.bytearray") || pickle_is(raw, "__builtin__.bytearray")))
        raw = pickle_item(raw->args, 0);
    if (raw && raw->kind == PICKLE_BYTES)
        return add_elements(b, path, shape, dtype, fortran, (const uint8_t *)raw->text, raw->length, err);
    const struct pickle_value *text = pickle_is(raw, "_codecs.encode") ? pickle_item(raw->args, 0) : NULL;
    uint8_t *bytes;
    size_t size;
    if (!text || text->kind != PICKLE_TEXT)
        return pickle_is(raw, "builtins.bytes") || pickle_is(raw, "__builtin__.bytes")
                   ? add_elements(b, path, shape, dtype, fortran, NULL, 0, err)
                   : 0; /* a list of objects */
    if (latin1(text, &bytes, &size, err) < 0)
        return -1;
    const size_t before = b->n;
    const int rc = add_elements(b, path, shape, dtype, fortran, bytes, size, err);
    if (b->n > before)
        b->items[b->n - 1].array.bytes = bytes;
    else
        bz_free(bytes);
    return rc;
}

static int add_value(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err);
static int add_listed(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err);

static const char *const reconstruct[] = {"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", NULL};
static const char *const from_buffer[] = {"numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer", NULL};
static const char *const scalar[] = {"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", NULL};

/* state of an array: version, shape, dtype, Fortran order, bytes; of objects a list of them */
static int add_numpy(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err)
{
    const struct pickle_value *order = pickle_item(v->state, 3), *objects = pickle_item(v->state, 4);
    if (!v->state || v->state->n != 5)
        return bad_array(b, path, err);
    if (objects && objects->kind == PICKLE_LIST) {
        const struct pickle_value *shape = pickle_item(v->state, 1), *one = pickle_item(objects, 0);
        return shape && shape->n == 0 && one ? add_value(b, path, one, depth + 1, err)
                                             : add_listed(b, path, objects, depth + 1, err);
    }
    return add_raw(b, path, pickle_item(v->state, 1), pickle_item(v->state, 2), order && order->number != 0,
                   pickle_item(v->state, 4), err);
}

static int add_frombuffer(struct bundle *b, const char *path, const struct pickle_value *v, struct bz_error *err)
{
    return add_raw(b, path, pickle_item(v->args, 2), pickle_item(v->args, 1), pickle_text_is(pickle_item(v->args, 3), "F"),
                   pickle_item(v->args, 0), err);
}

static int add_scalar(struct bundle *b, const char *path, const struct pickle_value *v, struct bz_error *err)
{
    static const struct pickle_value none = {.kind = PICKLE_TUPLE};
    return add_raw(b, path, &none, pickle_item(v->args, 0), false, pickle_item(v->args, 1), err);
}

static int add_joblib(struct bundle *b, const char *path, const struct pickle_value *v, struct bz_error *err)
{
    return add_elements(b, path, pickle_get(v->args, "shape"), pickle_get(v->args, "dtype"),
                        pickle_text_is(pickle_get(v->args, "order"), "F"), v->data, v->data_size, err);
}

/* --- torch: a tensor is a view of a storage --- */

static const struct bundle_storage *storage_of(const struct bundle *b, const struct pickle_value *v)
{
    const struct pickle_value *key = v && v->kind == PICKLE_STORAGE ? pickle_item(v->args, 2) : NULL;
    for (size_t i = 0; key && i < b->n_storages; i++)
        if (pickle_text_is(key, b->storages[i].key))
            return &b->storages[i];
    return NULL;
}

static bool sizes_of(const struct pickle_value *v, size_t out[BZ_NPY_MAX_RANK])
{
    if (!v || v->kind != PICKLE_TUPLE || v->n > BZ_NPY_MAX_RANK)
        return false;
    for (size_t d = 0; d < v->n; d++) {
        if (v->items[d]->kind != PICKLE_NUMBER || !(v->items[d]->number >= 0 && v->items[d]->number < 1e15))
            return false;
        out[d] = (size_t)v->items[d]->number;
    }
    return true;
}

/* The elements in C order. */
static void gather(const struct bundle_storage *s, const struct bz_npy *a, size_t offset, const size_t *stride, uint8_t *out)
{
    size_t index[BZ_NPY_MAX_RANK] = {0};
    const size_t item = s->bfloat ? 2 : a->item;
    for (size_t i = 0; i < a->count; i++, out += a->item) {
        size_t at = offset;
        for (size_t d = 0; d < a->rank; d++)
            at += index[d] * stride[d];
        if (s->bfloat) {
            out[0] = out[1] = 0;
            memcpy(out + 2, s->data + at * item, 2);
        } else
            memcpy(out, s->data + at * item, item);
        for (size_t d = a->rank; d-- > 0 && ++index[d] == a->shape[d];)
            index[d] = 0;
    }
}

static bool is_contiguous(const struct bz_npy *a, const size_t *stride)
{
    size_t expected = 1;
    for (size_t d = a->rank; d-- > 0; expected *= a->shape[d])
        if (a->shape[d] != 1 && stride[d] != expected)
            return false;
    return true;
}

static int add_tensor(struct bundle *b, const char *path, const struct pickle_value *v, struct bz_error *err)
{
    const struct bundle_storage *s = storage_of(b, pickle_item(v->args, 0));
    const struct pickle_value *shape = pickle_item(v->args, 2), *steps = pickle_item(v->args, 3),
                              *start = pickle_item(v->args, 1);
    size_t stride[BZ_NPY_MAX_RANK] = {0}, last;
    if (!s || !start || start->kind != PICKLE_NUMBER || !(start->number >= 0 && start->number < 1e15))
        return bad_array(b, path, err);
    struct bz_npy a = {.dtype = s->dtype, .item = bz_dtype_size(s->dtype), .rank = shape ? shape->n : 0, .count = 1};
    if (!sizes_of(shape, a.shape) || !sizes_of(steps, stride) || steps->n != shape->n)
        return bad_array(b, path, err);
    const size_t offset = (size_t)start->number, item = s->bfloat ? 2 : a.item;
    last = offset;
    for (size_t d = 0; d < a.rank; d++) {
        size_t reach;
        if (bz_mul(&a.count, a.count, a.shape[d]) < 0 || bz_mul(&reach, a.shape[d] ? a.shape[d] - 1 : 0, stride[d]) < 0 ||
            __builtin_add_overflow(last, reach, &last))
            return bad_array(b, path, err);
    }
    if (bz_mul(&a.bytes, a.count, a.item) < 0 || (a.count > 0 && (last >= s->size / item || a.bytes > train_source_limit())))
        return bad_array(b, path, err);
    struct bundle_item *entry = bundle_add(b, path, err);
    if (!entry)
        return -1;
    entry->is_array = true;
    entry->array.npy = a;
    if (!s->bfloat && is_contiguous(&a, stride)) {
        entry->array.data = s->data + offset * item;
        return 0;
    }
    if (!(entry->array.bytes = bz_alloc(a.bytes + 1, 1, err)))
        return -1;
    gather(s, &a, offset, stride, entry->array.bytes);
    entry->array.data = entry->array.bytes;
    return 0;
}

/* --- the tree --- */

/* Attributes in which torch keeps others of the same object. */
static bool is_transparent(const struct pickle_value *key)
{
    static const char *const names[] = {"_parameters", "_buffers", "_modules"};
    for (size_t k = 0; k < 3; k++)
        if (pickle_text_is(key, names[k]))
            return true;
    return false;
}

static int add_keyed(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err)
{
    for (size_t k = 0; k + 1 < v->n; k += 2) {
        const struct pickle_value *key = v->items[k];
        char below[PATH];
        int length;
        if (is_transparent(key))
            length = snprintf(below, sizeof(below), "%s", path);
        else if (key->kind == PICKLE_TEXT || key->kind == PICKLE_BYTES)
            length = snprintf(below, sizeof(below), "%s%s%.*s", path, *path ? "." : "",
                              (int)(key->length < 200 ? key->length : 200), key->text);
        else if (key->kind == PICKLE_NUMBER)
            length = snprintf(below, sizeof(below), "%s[%.0f]", path, key->number);
        else
            continue;
        if (length < (int)sizeof(below) && add_value(b, below, v->items[k + 1], depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int add_listed(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err)
{
    for (size_t k = 0; k < v->n && k < MOST_ITEMS_OF_A_LIST; k++) {
        char below[PATH];
        if (snprintf(below, sizeof(below), "%s[%zu]", path, k) < (int)sizeof(below) &&
            add_value(b, below, v->items[k], depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int add_object(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err)
{
    if (is_one_of(v, reconstruct))
        return add_numpy(b, path, v, depth, err);
    if (is_one_of(v, from_buffer))
        return add_frombuffer(b, path, v, err);
    if (is_one_of(v, scalar))
        return add_scalar(b, path, v, err);
    if (pickle_is(v, "torch._utils._rebuild_tensor_v2") || pickle_is(v, "torch._utils._rebuild_tensor"))
        return add_tensor(b, path, v, err);
    if (pickle_is(v, "torch._utils._rebuild_parameter") || pickle_is(v, "torch._utils._rebuild_parameter_with_state"))
        return pickle_item(v->args, 0) ? add_value(b, path, pickle_item(v->args, 0), depth + 1, err) : 0;
    if (pickle_is(v, "joblib.numpy_pickle.NDArrayWrapper"))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: was written by joblib before 0.10, which kept each array in a separate file (%s): save it again",
                       b->path, path);
    const bool dictionary =
        pickle_is(v, "collections.OrderedDict") || pickle_is(v, "collections.defaultdict") || pickle_is(v, "builtins.dict");
    if (!dictionary && v->made_by && v->made_by->kind == PICKLE_GLOBAL &&
        bundle_add_text(b, path, v->made_by->text, v->made_by->length, true, err) < 0)
        return -1;
    if (v->n > 0 && (v->keyed ? add_keyed(b, path, v, depth, err) : add_listed(b, path, v, depth, err)) < 0)
        return -1;
    if (dictionary && v->n == 0 && v->args) /* old ones: a list of pairs */
        for (size_t k = 0; k < (pickle_item(v->args, 0) ? pickle_item(v->args, 0)->n : 0); k++) {
            const struct pickle_value *pair = pickle_item(pickle_item(v->args, 0), k);
            if (pair && pair->n == 2 && add_keyed(b, path, pair, depth, err) < 0)
                return -1;
        }
    if (!v->state)
        return 0;
    if (v->state->kind == PICKLE_TUPLE && v->state->n == 2) { /* attributes and slots */
        for (size_t k = 0; k < 2; k++)
            if (v->state->items[k]->kind == PICKLE_DICT && add_keyed(b, path, v->state->items[k], depth, err) < 0)
                return -1;
        return 0;
    }
    return add_value(b, path, v->state, depth + 1, err);
}

static int add_value(struct bundle *b, const char *path, const struct pickle_value *v, int depth, struct bz_error *err)
{
    if (depth > MOST_DEPTH)
        return 0;
    if (b->places++ >= MOST_PLACES)
        return bz_fail(err, BZ_TOO_LARGE, "%s: its values are in more than %d places (lists within lists)", b->path,
                       MOST_PLACES);
    switch (v->kind) {
    case PICKLE_NUMBER:
        return bundle_add_number(b, path, v->number, err);
    case PICKLE_TEXT:
    case PICKLE_BYTES:
        return bundle_add_text(b, path, v->text, v->length < 4096 ? v->length : 4096, false, err);
    case PICKLE_GLOBAL:
        return bundle_add_text(b, path, v->text, v->length, false, err);
    case PICKLE_LIST:
    case PICKLE_TUPLE:
        return add_listed(b, path, v, depth, err);
    case PICKLE_DICT:
        return add_keyed(b, path, v, depth, err);
    case PICKLE_ARRAY:
        return add_joblib(b, path, v, err);
    case PICKLE_OBJECT:
        return add_object(b, path, v, depth, err);
    case PICKLE_NONE:
    case PICKLE_STORAGE:
        break;
    }
    return 0;
}

int bundle_add_pickle(struct bundle *b, const char *path, const struct pickle_value *root, struct bz_error *err)
{
    return add_value(b, path, root, 0, err);
}
