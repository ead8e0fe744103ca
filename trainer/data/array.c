/* NumPy arrays as data: .npy files, and one array of an .npz archive. The first dimension counts rows. */
#include "labels.h"
#include "mem.h"
#include "npz.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

/* Shape of the table from that of the array: one dimension is one row of data, or a column of labels. */
static int set_shape(struct train_table *t, const struct bz_npy *a, const char *path, bool labels, struct bz_error *err)
{
    if (a->rank == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: is a single number, want an array of rows", path);
    if (a->rank > BZ_MAX_RANK + 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: an array of %zu dimensions, want at most %d", path, a->rank, BZ_MAX_RANK + 1);
    t->rows = a->rank > 1 || labels ? a->shape[0] : 1;
    t->columns = a->rank > 1 ? 1 : a->count / (t->rows ? t->rows : 1);
    for (size_t d = 1; d < a->rank; d++) {
        if (bz_mul(&t->columns, t->columns, a->shape[d]) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%s: the sizes overflow", path);
        t->shape[d - 1] = a->shape[d];
    }
    t->rank = a->rank > 2 ? a->rank - 1 : 0;
    t->file_rows = t->rows;
    return train_table_check_size(path, t->rows, t->columns, err);
}

static bool is_bytes(enum bz_dtype dtype)
{
    return dtype == BZ_U1 || dtype == BZ_B1;
}

/* Numbers other than bytes, as float. */
static int take_numbers(struct train_table *t, const struct bz_npy *a, const void *data, struct bz_error *err)
{
    t->store = TRAIN_F32;
    t->f32 = bz_alloc(a->count, sizeof(float), err);
    if (!t->f32)
        return -1;
    bz_npy_floats(a, data, 0, a->count, t->f32);
    return 0;
}

static bool npy_matches(const uint8_t *data, size_t size)
{
    return bz_npy_is(data, size);
}

static int read_npy(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct bz_npy a;
    if (bz_npy_parse(&a, s->data, s->size, err) < 0)
        return bz_fail_in(err, "%s", s->path);
    if (set_shape(t, &a, s->path, o->labels, err) < 0)
        return -1;
    if (!is_bytes(a.dtype))
        return take_numbers(t, &a, s->data + a.offset, err);
    t->store = TRAIN_U8;
    t->bytes = true;
    t->u8 = train_source_take(s, a.offset, a.count);
    return 0;
}

const struct train_format train_format_npy = {".npy", npy_matches, read_npy};

static bool npz_matches(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "PK\x03\x04", 4) == 0;
}

/* Which array: the one the user named, the only one, or the first of the usual names that is there. */
static const char *choose(const struct train_npz *z, const char *path, const char *wanted, bool labels, struct bz_error *err)
{
    static const char *const usual[][8] = {{"X", "x", "data", "images", "x_train", "arr_0"},
                                           {"y", "labels", "label", "targets", "y_train", "arr_0"}};
    size_t n = train_npz_count(z), arrays = 0, used = 0;
    const char *only = NULL;
    char names[200] = "";
    for (size_t i = 0; i < n; i++) {
        const char *name = train_npz_name(z, i);
        if (!name)
            continue;
        only = name;
        arrays++;
        if (used + 4 < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", name);
        if (wanted && strcmp(name, wanted) == 0)
            return name;
    }
    if (!wanted && arrays == 1)
        return only;
    for (size_t k = 0; !wanted && usual[labels][k]; k++)
        for (size_t i = 0; i < n; i++)
            if (train_npz_name(z, i) && strcmp(train_npz_name(z, i), usual[labels][k]) == 0)
                return train_npz_name(z, i);
    bz_fail(err, BZ_BAD_INPUT, "%s: %s%.64s%s; the archive holds %zu: %s", path,
            wanted ? "no array '" : "which array holds the ", wanted ? wanted : (labels ? "labels" : "rows"),
            wanted ? "'" : " (--array NAME)", arrays, names);
    return NULL;
}

/* The label array of the same archive, named by --label-column. */
static int read_npz_labels(struct train_table *t, struct train_npz *z, const char *path, const struct train_data_options *user,
                           size_t limit, struct bz_error *err)
{
    const char *name = user->label_column;
    struct train_array a;
    double *numbers = NULL;
    int rc = -1;
    if (train_npz_read(z, name, limit, &a, err) < 0)
        return -1;
    if (a.npy.count != t->rows) {
        bz_fail(err, BZ_BAD_INPUT, "%s: %zu labels in '%s' for %zu rows", path, a.npy.count, name, t->rows);
        goto out;
    }
    numbers = bz_alloc(t->rows, sizeof(double), err);
    if (!numbers)
        goto out;
    bz_npy_doubles(&a.npy, a.data, 0, t->rows, numbers);
    rc = train_labels_of_numbers(path, numbers, t->rows, train_gaps_accepted(user), &t->labels, &t->classes, err);
out:
    bz_free(numbers);
    train_array_free(&a);
    return rc;
}

static int read_npz(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct train_npz *z;
    struct train_array a;
    size_t limit = (size_t)1 << 36;
    if (train_npz_open(&z, s->path, err) < 0)
        return -1;
    int rc = -1;
    const char *name = choose(z, s->path, o->labels ? NULL : o->user->array, o->labels, err);
    if (!name || train_npz_read(z, name, limit, &a, err) < 0)
        goto out;
    if (set_shape(t, &a.npy, s->path, o->labels, err) == 0)
        rc = take_numbers(t, &a.npy, a.data, err);
    t->bytes = is_bytes(a.npy.dtype);
    train_array_free(&a);
    if (rc == 0 && t->bytes)
        rc = train_table_compact(t, err);
    if (rc == 0 && !o->labels && o->user->label_column)
        rc = read_npz_labels(t, z, s->path, o->user, limit, err);
out:
    train_npz_close(z);
    return rc;
}

const struct train_format train_format_npz = {".npz", npz_matches, read_npz};
