#include "mat_file.h"

#include "array.h"
#include "mat_sizes.h"
#include "mem.h"
#include "triplets.h"

#include <stdio.h>
#include <string.h>

static uint32_t word_at(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Version 4 has no magic: a number of kind, rows, columns, 0 or 1, the length of a name, the name. Kind is MOPT: M = byte
 * order, O = 0, P = number type, T = full, text or sparse. */
static bool is_version_4(const uint8_t *d, size_t n)
{
    for (int big = 0; big < 2; big++) {
        if (n < 22)
            return false;
        const uint32_t kind = word_at(d, big), length = word_at(d + 16, big);
        if (kind / 1000 != (uint32_t)big || kind / 100 % 10 != 0 || kind / 10 % 10 > 5 || kind % 10 > 2 ||
            word_at(d + 12, big) > 1 || length < 2 || length > 64 || n < 20 + length || d[20 + length - 1] != 0)
            continue;
        size_t k = 20;
        while (k < 20 + length - 1 && ((d[k] >= 'a' && d[k] <= 'z') || (d[k] >= 'A' && d[k] <= 'Z') || d[k] == '_' ||
                                       (k > 20 && d[k] >= '0' && d[k] <= '9')))
            k++;
        if (k == 20 + length - 1)
            return true;
    }
    return false;
}

bool train_mat_is(const uint8_t *data, size_t size)
{
    return (size >= 19 && memcmp(data, "MATLAB 5.0 MAT-file", 19) == 0) ||
           (size > 128 && ((data[126] == 'I' && data[127] == 'M') || (data[126] == 'M' && data[127] == 'I')) &&
            (data[124] == 1 || data[125] == 1) && data[0] >= ' ' && data[0] < 127) ||
           is_version_4(data, size);
}

#ifdef BOLTZ_MATIO
#include <matio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAME_ROOM = 512, MOST_DEPTH = 16 };

struct train_mat {
    const char *name;
    int file; /* an anonymous one that holds the bytes */
    mat_t *mat;
};

void train_mat_close(struct train_mat *m)
{
    if (!m)
        return;
    if (m->mat)
        Mat_Close(m->mat);
    if (m->file >= 0)
        close(m->file);
    bz_free(m);
}

int train_mat_open(struct train_mat **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err)
{
    if (train_mat_check_sizes(name, data, size, err) < 0)
        return -1;
    struct train_mat *m = bz_alloc(1, sizeof(*m), err);
    char path[64];
    if (!m)
        return -1;
    m->name = name;
    m->file = memfd_create("mat", MFD_CLOEXEC);
    for (size_t done = 0; m->file >= 0 && done < size;) {
        const ssize_t n = write(m->file, data + done, size - done);
        if (n <= 0) {
            train_mat_close(m);
            return bz_fail(err, BZ_IO, "%s: no memory for a copy of %zu bytes", name, size);
        }
        done += (size_t)n;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", m->file);
    m->mat = m->file >= 0 ? Mat_Open(path, MAT_ACC_RDONLY) : NULL;
    if (!m->mat) {
        train_mat_close(m);
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged MATLAB file", name);
    }
    *out = m;
    return 0;
}

/* --- names --- */

static int complain(const struct train_mat *m, const char *name, const char *what, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s %s", m->name, name, what);
}

/* How many elements; SIZE_MAX if that overflows. */
static size_t count_of(const matvar_t *v)
{
    size_t n = 1;
    for (int d = 0; d < v->rank; d++)
        if (bz_mul(&n, n, v->dims[d]) < 0)
            return SIZE_MAX;
    return n;
}

static bool are_words(const matvar_t *cell)
{
    const size_t n = count_of(cell);
    matvar_t **cells = cell->data;
    if (cell->class_type != MAT_C_CELL || !cells || n == 0 || n > cell->nbytes / sizeof(*cells))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!cells[i] || cells[i]->class_type != MAT_C_CHAR)
            return false;
    return true;
}

/* What a search does with each array it finds: 0 to continue, 1 when done, -1 on failure. */
typedef int visit(const struct train_mat *m, const matvar_t *v, const char *name, void *context, struct bz_error *err);

static int walk(const struct train_mat *m, const matvar_t *v, const char *name, int depth, visit *each, void *context,
                struct bz_error *err)
{
    if (!v || depth > MOST_DEPTH)
        return 0;
    if ((v->class_type != MAT_C_STRUCT && v->class_type != MAT_C_CELL) || are_words(v))
        return each(m, v, name, context, err);
    const size_t n = count_of(v);
    const unsigned fields = v->class_type == MAT_C_STRUCT ? Mat_VarGetNumberOfFields((matvar_t *)(uintptr_t)v) : 1;
    char *const *names = v->class_type == MAT_C_STRUCT ? Mat_VarGetStructFieldnames(v) : NULL;
    matvar_t **parts = v->data;
    if (!parts || n == SIZE_MAX || n * fields > v->nbytes / sizeof(*parts))
        return 0;
    for (size_t i = 0; i < n * fields; i++) {
        char part[NAME_ROOM];
        const size_t element = i / fields + 1;
        int length;
        if (!names)
            length = snprintf(part, sizeof(part), "%s{%zu}", name, element);
        else if (n == 1)
            length = snprintf(part, sizeof(part), "%s.%s", name, names[i % fields]);
        else
            length = snprintf(part, sizeof(part), "%s(%zu).%s", name, element, names[i % fields]);
        if (length >= (int)sizeof(part))
            continue;
        const int rc = walk(m, parts[i], part, depth + 1, each, context, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Calls for every array whose variable's name begins `wanted` (NULL = all). */
static int walk_file(struct train_mat *m, const char *wanted, visit *each, void *context, struct bz_error *err)
{
    int rc = 0;
    matvar_t *info;
    Mat_Rewind(m->mat);
    while (rc == 0 && (info = Mat_VarReadNextInfo(m->mat))) {
        const size_t n = info->name ? strlen(info->name) : 0;
        const bool fits = n > 0 && (!wanted || (strncmp(info->name, wanted, n) == 0 && strchr(".{(", wanted[n]) != NULL));
        if (fits) {
            const bool nested = info->class_type == MAT_C_STRUCT || info->class_type == MAT_C_CELL;
            const size_t count = count_of(info);
            if (count == SIZE_MAX || count > train_source_limit() / 8)
                rc = bz_fail(err, BZ_TOO_LARGE, "%s: %s holds more than the %zu bytes that are accepted", m->name, info->name,
                             train_source_limit());
            else if ((nested || wanted) && Mat_VarReadDataAll(m->mat, info) != 0 && info->class_type != MAT_C_STRUCT &&
                     info->class_type != MAT_C_CELL)
                rc = complain(m, info->name, "cannot be read: the file is damaged or cut off", err);
            else
                rc = walk(m, info, info->name, 0, each, context, err);
        }
        Mat_VarFree(info);
    }
    return rc;
}

static int note_name(const struct train_mat *m, const matvar_t *v, const char *name, void *context, struct bz_error *err)
{
    (void)m;
    if (v->class_type == MAT_C_FUNCTION || v->class_type == MAT_C_OPAQUE || v->class_type == MAT_C_OBJECT)
        return 0;
    return train_names_add(context, name, err);
}

int train_mat_list(struct train_mat *m, struct train_names *names, struct bz_error *err)
{
    return walk_file(m, NULL, note_name, names, err);
}

/* --- values --- */

static bool dtype_of(enum matio_classes class, enum bz_dtype *dtype)
{
    static const struct {
        enum matio_classes class;
        enum bz_dtype dtype;
    } classes[] = {{MAT_C_DOUBLE, BZ_F8}, {MAT_C_SINGLE, BZ_F4}, {MAT_C_INT8, BZ_I1},  {MAT_C_UINT8, BZ_U1},
                   {MAT_C_INT16, BZ_I2},  {MAT_C_UINT16, BZ_U2}, {MAT_C_INT32, BZ_I4}, {MAT_C_UINT32, BZ_U4},
                   {MAT_C_INT64, BZ_I8},  {MAT_C_UINT64, BZ_U8}};
    for (size_t k = 0; k < sizeof(classes) / sizeof(classes[0]); k++)
        if (classes[k].class == class) {
            *dtype = classes[k].dtype;
            return true;
        }
    return false;
}

static int check_logical(const struct train_mat *m, const char *name, const struct bz_npy *a, const void *data,
                         struct bz_error *err)
{
    for (size_t i = 0; i < a->count; i++) {
        double x;
        bz_npy_doubles(a, data, i, 1, &x);
        if (x != 0 && x != 1)
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a logical array that holds %g, expected 0 and 1", m->name, name, x);
    }
    return 0;
}

static int take_matrix(const struct train_mat *m, const matvar_t *v, const char *name, struct train_array *out,
                       struct bz_error *err)
{
    struct bz_npy a = {.rank = (size_t)v->rank, .fortran = true, .count = count_of(v)};
    if (v->isComplex)
        return complain(m, name, "holds complex values, expected real ones", err);
    if (!dtype_of(v->class_type, &a.dtype) || v->rank < 1 || v->rank > BZ_NPY_MAX_RANK)
        return complain(m, name, "is not a matrix of numbers", err);
    a.item = bz_dtype_size(a.dtype);
    if (bz_mul(&a.bytes, a.count, a.item) < 0 ||
        (a.count > 0 && (!v->data || v->nbytes < a.bytes || v->data_size != (int)a.item)))
        return complain(m, name, "cannot be read: the file is damaged or cut off", err);
    for (size_t d = 0; d < a.rank; d++)
        a.shape[d] = v->dims[d];
    if (v->isLogical && check_logical(m, name, &a, v->data, err) < 0)
        return -1;
    if (!(out->bytes = bz_alloc(a.bytes + 1, 1, err)))
        return -1;
    if (a.bytes > 0)
        memcpy(out->bytes, v->data, a.bytes);
    out->data = out->bytes;
    out->npy = a;
    return 0;
}

/* A cell's text, in letters of one byte; others become '?'. */
static size_t cell_word(const matvar_t *v, char *out, size_t room)
{
    const size_t n = count_of(v), wide = v->data_size == 2 ? 2 : v->data_size == 4 ? 4 : 1;
    size_t k = 0;
    for (; k < n && k + 1 < room && v->data && k * wide + wide <= v->nbytes; k++) {
        const uint8_t *p = (const uint8_t *)v->data + k * wide;
        out[k] = wide > 1 && p[1] ? '?' : (char)p[0];
    }
    out[k] = 0;
    return k;
}

static int take_words(const matvar_t *v, struct train_array *out, struct bz_error *err)
{
    enum { WORD = 256 };
    matvar_t **cells = v->data;
    struct bz_npy a = {.dtype = BZ_BYTES, .item = WORD, .rank = 1, .count = count_of(v)};
    a.shape[0] = a.count;
    a.bytes = a.count * WORD;
    if (!(out->bytes = bz_alloc(a.bytes, 1, err)))
        return -1;
    for (size_t i = 0; i < a.count; i++)
        cell_word(cells[i], (char *)out->bytes + i * WORD, WORD);
    out->data = out->bytes;
    out->npy = a;
    return 0;
}

struct wanted {
    const char *name;
    struct train_array *array; /* or */
    struct train_table *table;
};

static int take_sparse(const struct train_mat *m, const matvar_t *v, const char *name, struct train_table *t,
                       struct bz_error *err)
{
    const mat_sparse_t *s = v->data;
    struct train_triplets x = {.rows = v->dims[0], .columns = v->dims[1]};
    struct bz_npy a = {.dtype = BZ_F8, .item = 8};
    if (v->isComplex)
        return complain(m, name, "holds complex values, expected real ones", err);
    if (!s || v->rank != 2 || s->njc != x.columns + 1 || s->nir < s->ndata || !s->jc || (s->ndata > 0 && (!s->ir || !s->data)))
        return complain(m, name, "cannot be read: the file is damaged or cut off", err);
    if (v->data_type == MAT_T_UINT8 || v->data_type == MAT_T_INT8) /* logical ones */
        a = (struct bz_npy){.dtype = BZ_U1, .item = 1};
    else if (v->data_type != MAT_T_DOUBLE)
        return complain(m, name, "is sparse with values of a type that is not read, expected doubles: sparse(double(X))", err);
    a.count = s->ndata;
    if (v->isLogical && check_logical(m, name, &a, s->data, err) < 0)
        return -1;
    int rc = train_table_check_size(t->path, x.rows, x.columns, err);
    if (rc == 0)
        rc = train_triplets_reserve(&x, s->ndata, err);
    for (size_t c = 0; rc == 0 && c < x.columns; c++) {
        if (s->jc[c] > s->jc[c + 1] || s->jc[c + 1] > s->ndata)
            rc = complain(m, name, "is sparse with columns that do not follow one another", err);
        for (size_t k = rc == 0 ? s->jc[c] : s->ndata; k < s->ndata && k < s->jc[c + 1] && x.n < x.room; k++) {
            x.row[x.n] = s->ir[k];
            x.column[x.n] = (uint32_t)c;
            bz_npy_doubles(&a, s->data, k, 1, &x.value[x.n++]);
        }
    }
    if (rc == 0)
        rc = train_table_of_triplets(t, &x, err);
    train_triplets_free(&x);
    return rc;
}

static int take(const struct train_mat *m, const matvar_t *v, const char *name, void *context, struct bz_error *err)
{
    struct wanted *w = context;
    int rc;
    if (strcmp(name, w->name) != 0)
        return 0;
    if (v->class_type == MAT_C_SPARSE)
        rc = w->table ? take_sparse(m, v, name, w->table, err) : complain(m, name, "is sparse, expected a full matrix", err);
    else if (are_words(v))
        rc = take_words(v, w->array, err);
    else
        rc = take_matrix(m, v, name, w->array, err);
    return rc < 0 ? -1 : 1;
}

/* 1 = the table was filled, 0 = the array. */
static int find(struct train_mat *m, struct wanted *w, struct bz_error *err)
{
    const int rc = walk_file(m, w->name, take, w, err);
    if (rc == 0)
        return bz_fail(err, BZ_NOT_FOUND, "%s: no array '%s'", m->name, w->name);
    if (rc < 0) {
        train_array_free(w->array);
        return -1;
    }
    return !w->array->bytes;
}

int train_mat_read(struct train_mat *m, const char *name, struct train_array *out, struct bz_error *err)
{
    struct wanted w = {name, out, NULL};
    *out = (struct train_array){0};
    if (find(m, &w, err) < 0)
        return -1;
    if (!(out->name = bz_strdup(name, err))) {
        train_array_free(out);
        return -1;
    }
    return 0;
}

int train_mat_table(struct train_table *t, struct train_mat *m, const char *name, const struct train_table_options *o,
                    struct bz_error *err)
{
    struct train_array a = {0};
    struct wanted w = {name, &a, t};
    int rc = find(m, &w, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (o->labels && a.npy.rank == 2 && a.npy.shape[0] == 1) { /* a row of labels is a column of them */
        a.npy.rank = 1;
        a.npy.shape[0] = a.npy.count;
    }
    if (!o->labels && a.npy.dtype == BZ_BYTES)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s is a cell array of words, expected a matrix", t->path, name);
    else
        rc = train_table_of_array(t, &a.npy, a.bytes, a.data, o, err);
    train_array_free(&a);
    return rc;
}

#else

static int not_built(const char *name, struct bz_error *err)
{
    return bz_fail(err, BZ_UNSUPPORTED,
                   "%s: is a MATLAB file, and this boltz was built without libmatio: save the matrix as CSV or "
                   ".npy, or build where libmatio-dev is installed",
                   name);
}

int train_mat_open(struct train_mat **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err)
{
    (void)out, (void)data, (void)size;
    return not_built(name, err);
}

void train_mat_close(struct train_mat *m)
{
    (void)m;
}

int train_mat_list(struct train_mat *m, struct train_names *names, struct bz_error *err)
{
    (void)m, (void)names;
    return not_built("file", err);
}

int train_mat_read(struct train_mat *m, const char *name, struct train_array *out, struct bz_error *err)
{
    (void)m, (void)out;
    return not_built(name, err);
}

int train_mat_table(struct train_table *t, struct train_mat *m, const char *name, const struct train_table_options *o,
                    struct bz_error *err)
{
    (void)t, (void)m, (void)o;
    return not_built(name, err);
}
#endif
