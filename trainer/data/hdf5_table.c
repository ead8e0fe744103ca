/* Arrays of HDF5 files as tables: dense, or sparse as MATLAB and Octave write them. */
#ifdef BOLTZ_HDF5
#include "array.h"
#include "hdf5_frame.h"
#include "mem.h"
#include "triplets.h"

#include <stdio.h>
#include <string.h>

/* The numbers of path/part: [*n] doubles, the caller's. */
static double *numbers(struct train_hdf5 *h, const char *path, const char *part, size_t *n, struct bz_error *err)
{
    char name[HDF5_PATH_ROOM];
    struct train_array a;
    if (snprintf(name, sizeof(name), "%s/%s", path, part) >= (int)sizeof(name) || train_hdf5_read(h, name, &a, err) < 0)
        return NULL;
    double *x = bz_alloc(a.npy.count, sizeof(*x), err);
    if (x)
        bz_npy_doubles(&a.npy, a.data, 0, a.npy.count, x);
    *n = a.npy.count;
    train_array_free(&a);
    return x;
}

/* Columns: entries pointer[c] .. pointer[c + 1] stand in rows row[]. by_rows: the other way round. */
static int take_columns(struct train_table *t, size_t rows, bool by_rows, const double *row, size_t n, const double *pointer,
                        size_t n_pointers, const double *value, struct bz_error *err)
{
    const size_t columns = n_pointers - 1;
    struct train_triplets m = {.rows = by_rows ? columns : rows, .columns = by_rows ? rows : columns};
    int rc = train_table_check_size(t->path, m.rows, m.columns, err);
    if (rc == 0)
        rc = train_triplets_reserve(&m, n, err);
    for (size_t c = 0; rc == 0 && c < columns; c++) {
        if (!(pointer[c] >= 0 && pointer[c] <= pointer[c + 1] && pointer[c + 1] <= (double)n))
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: a sparse matrix whose %s %zu begins at %g and ends at %g of %zu entries",
                         t->path, by_rows ? "row" : "column", c + 1, pointer[c], pointer[c + 1], n);
        for (size_t k = rc == 0 ? (size_t)pointer[c] : n; k < n && k < (size_t)pointer[c + 1] && m.n < m.room; k++) {
            const uint32_t at = row[k] >= 0 && row[k] < (double)rows ? (uint32_t)row[k] : UINT32_MAX;
            m.row[m.n] = by_rows ? (uint32_t)c : at;
            m.column[m.n] = by_rows ? at : (uint32_t)c;
            m.value[m.n++] = value[k];
        }
    }
    if (rc == 0)
        rc = train_table_of_triplets(t, &m, err);
    train_triplets_free(&m);
    return rc;
}

static int read_sparse(struct train_table *t, struct train_hdf5 *h, const char *path, const char *names[3], double rows,
                       bool by_rows, bool logical, struct bz_error *err)
{
    size_t n_rows = 0, n_pointers = 0, n_values = 0;
    double *row = numbers(h, path, names[0], &n_rows, err),
           *pointer = row ? numbers(h, path, names[1], &n_pointers, err) : NULL;
    double *value = pointer ? numbers(h, path, names[2], &n_values, err) : NULL;
    int rc = value ? 0 : -1;
    if (rc == 0 && (n_pointers < 1 || n_rows != n_values || !(rows >= 0 && rows <= UINT32_MAX)))
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s is a sparse matrix of %zu rows' numbers and %zu values", h->name, path, n_rows,
                     n_values);
    for (size_t k = 0; rc == 0 && logical && k < n_values; k++)
        if (value[k] != 0 && value[k] != 1)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s is a logical array that holds %g, expected 0 and 1", h->name, path,
                         value[k]);
    if (rc == 0)
        rc = take_columns(t, (size_t)rows, by_rows, row, n_rows, pointer, n_pointers, value, err);
    bz_free_all(row, pointer, value);
    return rc;
}

static int read_matlab_sparse(struct train_table *t, struct train_hdf5 *h, hid_t object, const char *path, struct bz_error *err)
{
    uint64_t rows = 0;
    char class[32] = "";
    const hid_t attribute = H5Aopen(object, "MATLAB_sparse", H5P_DEFAULT), space = H5Aget_space(attribute);
    const bool ok = hdf5_is_single(space) && H5Aread(attribute, H5T_NATIVE_UINT64, &rows) >= 0;
    H5Sclose(space);
    H5Aclose(attribute);
    if (!ok)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a sparse matrix without a number of rows", h->name, path);
    hdf5_attribute_text(object, "MATLAB_class", class, sizeof(class));
    return read_sparse(t, h, path, (const char *[]){"ir", "jc", "data"}, (double)rows, false, strcmp(class, "logical") == 0,
                       err);
}

static int read_octave_sparse(struct train_table *t, struct train_hdf5 *h, const char *path, bool logical, struct bz_error *err)
{
    char value[HDF5_PATH_ROOM];
    size_t n;
    snprintf(value, sizeof(value), "%.900s/value", path);
    double *rows = numbers(h, value, "nr", &n, err);
    const int rc = rows && n == 1
                       ? read_sparse(t, h, value, (const char *[]){"ridx", "cidx", "data"}, rows[0], false, logical, err)
                   : rows ? bz_fail(err, BZ_BAD_INPUT, "%s: %s is a sparse matrix without a number of rows", h->name, path)
                          : -1;
    bz_free(rows);
    return rc;
}

/* Row by row, and the sizes in a data set of their own. */
static int read_scilab_sparse(struct train_table *t, struct train_hdf5 *h, const char *path, struct bz_error *err)
{
    size_t n;
    double *size = numbers(h, path, "__dims__", &n, err);
    const int rc = size && n == 2 ? read_sparse(t, h, path, (const char *[]){"__inner__", "__outer__", "__data__"}, size[1],
                                                true, false, err)
                   : size ? bz_fail(err, BZ_BAD_INPUT, "%s: %s is a sparse matrix of %zu sizes, expected 2", h->name, path, n)
                          : -1;
    bz_free(size);
    return rc;
}

/* What anndata (h5ad) and Cell Ranger write: data, indices, indptr, and a shape as an attribute or a data set. Cell Ranger's
 * columns are cells, and cells are rows here. */
static int read_compressed(struct train_table *t, struct train_hdf5 *h, hid_t object, const char *path, struct bz_error *err)
{
    static const char *const parts[] = {"indices", "indptr", "data"};
    char format[32] = "";
    double shape[8] = {0};
    size_t n = 0, pointers = 0;
    const struct hdf5_place where = {h->name, path, object};
    if (hdf5_attribute_numbers(&where, "shape", shape, &n, err) < 0 ||
        (n == 0 && hdf5_attribute_numbers(&where, "h5sparse_shape", shape, &n, err) < 0))
        return -1;
    if (!hdf5_attribute_text(object, "encoding-type", format, sizeof(format)))
        hdf5_attribute_text(object, "h5sparse_format", format, sizeof(format));
    const bool cells = n == 0 && H5Lexists(object, "barcodes", H5P_DEFAULT) > 0 && H5Lexists(object, "shape", H5P_DEFAULT) > 0;
    double *given = cells ? numbers(h, path, "shape", &n, err) : NULL;
    if (cells && !given)
        return -1;
    for (size_t k = 0; given && k < n && k < 2; k++)
        shape[k] = given[k];
    bz_free(given);
    const bool csr = strncmp(format, "csr", 3) == 0, csc = strncmp(format, "csc", 3) == 0;
    if (n != 2 || !(cells || csr || csc))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %s holds data, indices and indptr, but gives neither a shape nor whether these are rows or columns "
                       "(anndata's encoding-type csr_matrix or csc_matrix): scipy.sparse.save_npz writes it so that it is read",
                       h->name, path);
    double *pointer = numbers(h, path, "indptr", &pointers, err);
    bz_free(pointer);
    if (!pointer)
        return -1;
    if ((double)pointers != (csr ? shape[0] : shape[1]) + 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a sparse matrix of %.0f x %.0f with %zu pointers", h->name, path, shape[0],
                       shape[1], pointers);
    if (cells && train_table_say(t, err, "the cells (barcodes) of %s are the rows", path) < 0)
        return -1;
    return read_sparse(t, h, path, (const char **)(uintptr_t)parts, csr ? shape[1] : shape[0], csr || cells, false, err);
}

/* base, limit, increment: no row of three numbers. */
static int read_range(struct train_table *t, struct train_hdf5 *h, const char *path, struct bz_error *err)
{
    static const char *const names[] = {"base", "limit", "increment"};
    char value[HDF5_PATH_ROOM];
    double x[3] = {0};
    snprintf(value, sizeof(value), "%.900s/value", path);
    const hid_t memory = H5Tcreate(H5T_COMPOUND, sizeof(x)), data = H5Dopen(h->file, value, H5P_DEFAULT);
    for (size_t k = 0; k < 3; k++)
        H5Tinsert(memory, names[k], k * sizeof(double), H5T_NATIVE_DOUBLE);
    const hid_t space = data < 0 ? H5I_INVALID_HID : H5Dget_space(data);
    const bool ok = hdf5_is_single(space) && H5Dread(data, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0;
    H5Sclose(space);
    H5Dclose(data);
    H5Tclose(memory);
    if (!ok)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a range that cannot be read", h->name, path);
    return train_table_of_range(t, path, x[0], x[1], x[2], err);
}

static int read_octave(struct train_table *t, struct train_hdf5 *h, const char *path, bool *done, struct bz_error *err)
{
    char type_path[HDF5_PATH_ROOM], type[64] = "";
    snprintf(type_path, sizeof(type_path), "%.900s/type", path);
    train_hdf5_text(h, type_path, NULL, type, sizeof(type));
    *done = true;
    if (strstr(type, "range"))
        return read_range(t, h, path, err);
    if (strstr(type, "complex"))
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s holds complex values, expected real ones", h->name, path);
    if (strstr(type, "sparse"))
        return read_octave_sparse(t, h, path, strstr(type, "bool") != NULL, err);
    *done = false;
    return 0;
}

/* Columns of a compound type, or of a frame of pandas'. */
static int read_frame(struct train_table *t, struct train_hdf5 *h, hid_t object, const char *path,
                      const struct train_table_options *o, struct bz_error *err)
{
    struct hdf5_frame f = {.records.path = h->name};
    int rc =
        hdf5_role_of(object) == HDF5_PANDAS ? hdf5_frame_pandas(&f, t, h, path, err) : hdf5_frame_read(&f, object, path, err);
    if (rc == 0)
        rc = train_table_check_size(h->name, f.records.rows, f.records.n, err);
    if (rc == 0)
        rc = train_table_of_records(t, &f.records, o, err);
    hdf5_frame_free(&f);
    return rc;
}

static bool is_compound(hid_t object)
{
    const hid_t type = H5Dget_type(object);
    const bool compound = H5Tget_class(type) == H5T_COMPOUND;
    H5Tclose(type);
    return compound;
}

int train_hdf5_table(struct train_table *t, struct train_hdf5 *h, const char *path, const struct train_table_options *o,
                     struct bz_error *err)
{
    bool done = false;
    int rc = 0;
    const hid_t object = train_hdf5_has(h, path) ? H5Oopen(h->file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (object < 0)
        return bz_fail(err, BZ_NOT_FOUND, "%s: no array '%s'", h->name, path);
    const enum hdf5_role role = hdf5_role_of(object);
    if (role == HDF5_MATLAB_SPARSE) {
        rc = read_matlab_sparse(t, h, object, path, err);
        done = true;
    } else if (role == HDF5_SCILAB_SPARSE) {
        rc = read_scilab_sparse(t, h, path, err);
        done = true;
    } else if (role == HDF5_OCTAVE)
        rc = read_octave(t, h, path, &done, err);
    else if (role == HDF5_COMPRESSED) {
        rc = read_compressed(t, h, object, path, err);
        done = true;
    } else if (role == HDF5_PANDAS || (role == HDF5_ARRAY && is_compound(object))) {
        rc = read_frame(t, h, object, path, o, err);
        done = true;
    }
    H5Oclose(object);
    if (done || rc < 0)
        return rc;
    struct train_array a;
    if (train_hdf5_read(h, path, &a, err) < 0)
        return -1;
    if (!o->labels && a.npy.rank == 1 && a.npy.dtype == BZ_BYTES)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s holds text, expected numbers or columns of categories", t->path, path);
    else
        rc = train_table_of_array(t, &a.npy, a.bytes, a.data, o, err);
    train_array_free(&a);
    return rc;
}
#endif
