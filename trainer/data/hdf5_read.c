/* One data set of an HDF5 file as an array. */
#ifdef BOLTZ_HDF5
#include "hdf5_private.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    UNASKED = 1 << 26,   /* bytes that any data set may claim */
    DEFLATE_MOST = 1032, /* bytes out of one */
    OTHERS_MOST = 65536, /* of filters other than deflate */
    CHUNK_MOST = 16      /* times what is in it */
};

/* A data set that is being read. */
struct reading {
    const char *file, *path;
    hid_t data, type, memory; /* memory: what it is read as */
    struct bz_npy a;
};

static int complain(const struct reading *r, const char *what, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s %s", r->file, r->path, what);
}

static int set_type(struct reading *r, struct bz_error *err)
{
    switch (H5Tget_class(r->type)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
        r->memory = hdf5_number_type(r->type, &r->a.dtype);
        if (r->memory < 0)
            return complain(r, "holds integers of more than 8 bytes", err);
        r->a.item = bz_dtype_size(r->a.dtype);
        return 0;
    case H5T_ENUM:
        r->memory = H5Tget_native_type(r->type, H5T_DIR_ASCEND);
        r->a.dtype = hdf5_is_boolean(r->type) && H5Tget_size(r->type) == 1 ? BZ_B1 : BZ_BYTES;
        r->a.item = H5Tget_size(r->memory);
        return r->memory < 0 || r->a.item > 8 ? complain(r, "holds an enumeration that is not read", err) : 0;
    case H5T_STRING:
        r->a.dtype = BZ_BYTES;
        if (H5Tis_variable_str(r->type) > 0) {
            r->memory = H5Tcopy(H5T_C_S1);
            H5Tset_size(r->memory, H5T_VARIABLE);
            H5Tset_cset(r->memory, H5Tget_cset(r->type));
            r->a.item = sizeof(char *);
        } else {
            r->memory = H5Tcopy(r->type);
            r->a.item = H5Tget_size(r->type);
        }
        return 0;
    case H5T_BITFIELD: /* truth values of PyTables */
        r->memory = H5Tcopy(H5T_NATIVE_B8);
        r->a.dtype = BZ_B1;
        r->a.item = 1;
        return H5Tget_size(r->type) != 1 ? complain(r, "holds bit fields of several bytes, expected one (truth values)", err)
                                         : 0;
    case H5T_COMPOUND:
        return complain(r, "is a table, expected an array", err);
    default:
        return complain(r, "holds values of a kind that is not read (references, opaque bytes, lists)", err);
    }
}

/* What is claimed is asked for: beyond a size that any computer has, it must unpack from what is there, at most `most` bytes
 * from one. */
static int check_claim(const struct hdf5_place *r, hid_t created, uint64_t most, struct bz_error *err)
{
    hsize_t sides[H5S_MAX_RANK];
    const hid_t type = H5Dget_type(r->object), space = H5Dget_space(r->object);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    const uint64_t item = H5Tget_size(type), cells = n > 0 ? (uint64_t)n : 0, stored = H5Dget_storage_size(r->object);
    const int rank = H5Pget_layout(created) == H5D_CHUNKED ? H5Pget_chunk(created, H5S_MAX_RANK, sides) : 0;
    size_t claimed, chunk = item;
    H5Sclose(space);
    H5Tclose(type);
    if (bz_mul(&claimed, cells, item) < 0)
        claimed = SIZE_MAX;
    for (int d = 0; d < rank; d++)
        if (bz_mul(&chunk, chunk, sides[d]) < 0)
            chunk = SIZE_MAX;
    if (claimed > UNASKED && claimed / most > stored)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %s claims %zu bytes, more than the %llu that the file holds of them can be: the others were never "
                       "written; what was, as a data set of its own, is read",
                       r->file, r->path, claimed, (unsigned long long)stored);
    if (rank > 0 && chunk > UNASKED && chunk / CHUNK_MOST > claimed)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %s is stored in chunks of %zu bytes for %zu bytes of values: h5repack -l CHUNK=... makes them "
                       "smaller",
                       r->file, r->path, chunk, claimed);
    return 0;
}

int hdf5_check_storage(const struct hdf5_place *r, struct bz_error *err)
{
    const hid_t created = H5Dget_create_plist(r->object);
    int rc = 0;
    uint64_t most = DEFLATE_MOST;
    if (H5Pget_external_count(created) > 0 || H5Pget_layout(created) == H5D_VIRTUAL)
        rc = bz_fail(err, BZ_BAD_INPUT,
                     "%s: %s has its values in other files, which are not opened: copy it into one file (h5repack)", r->file,
                     r->path);
    const int n = H5Pget_nfilters(created);
    for (int k = 0; k < n && rc == 0; k++) {
        unsigned flags, config, values[1];
        size_t n_values = 1;
        char name[64] = "";
        const H5Z_filter_t id = H5Pget_filter2(created, (unsigned)k, &flags, &n_values, values, sizeof(name), name, &config);
        if (id < 0 || H5Zfilter_avail(id) <= 0)
            rc = bz_fail(
                err, BZ_UNSUPPORTED,
                "%s: %s is packed with filter %d (%s), which this libhdf5 lacks: h5repack -f GZIP=4 where it can be read, or "
                "save it with compression=\"gzip\"",
                r->file, r->path, (int)id,
                id == 32000 ? "lzf, h5py's own"
                : name[0]   ? name
                            : "unnamed");
        if (id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_SHUFFLE && id != H5Z_FILTER_FLETCHER32)
            most = OTHERS_MOST;
    }
    if (rc == 0)
        rc = check_claim(r, created, most, err);
    H5Pclose(created);
    return rc;
}

static int set_shape(struct reading *r, struct bz_error *err)
{
    hsize_t size[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(r->data);
    const int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, size, NULL);
    const bool null = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    H5Sclose(space);
    if (rank < 0 || rank > BZ_NPY_MAX_RANK || null)
        return complain(r, "is empty, or of more dimensions than 8", err);
    r->a.rank = (size_t)rank;
    r->a.count = 1;
    for (int d = 0; d < rank; d++) {
        r->a.shape[d] = (size_t)size[d];
        if (bz_mul(&r->a.count, r->a.count, (size_t)size[d]) < 0)
            return complain(r, "has sizes that overflow", err);
    }
    if (bz_mul(&r->a.bytes, r->a.count, r->a.item) < 0 || r->a.bytes > train_source_limit())
        return bz_fail(err, BZ_TOO_LARGE, "%s: %s holds %zu values of %zu bytes, at most %zu bytes are accepted", r->file,
                       r->path, r->a.count, r->a.item, train_source_limit());
    return 0;
}

/* --- values that need conversion --- */

/* Which numbers mean a missing value, and the meaning of the others: scale x + offset. */
struct coding {
    double missing[24], scale, offset;
    size_t n;
};

int hdf5_attribute_numbers(const struct hdf5_place *r, const char *name, double *x, size_t *n, struct bz_error *err)
{
    if (!hdf5_has_attribute(r->object, name))
        return 0;
    const hid_t attribute = H5Aopen(r->object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const bool number = H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT;
    const bool ok = number && count >= 1 && count <= 8 && H5Aread(attribute, H5T_NATIVE_DOUBLE, x + *n) >= 0;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    if (!ok)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s: its attribute %s is not a number", r->file, r->path, name);
    *n += (size_t)count;
    return 0;
}

/* R marks a missing integer or truth value by the least one. NetCDF (4 is HDF5) names a number or leaves it at its own
 * (netcdf.h, NC_FILL_*), and may hold whole numbers instead of what they mean (CF conventions, 2.5.1 and 8.1). */
static int coding_of(const struct reading *r, hid_t file, bool by_r, struct coding *c, struct bz_error *err)
{
    const enum bz_dtype dtype = r->a.dtype;
    const struct hdf5_place where = {r->file, r->path, r->data};
    size_t scales = 0, offsets = 0;
    double scale[8], offset[8];
    *c = (struct coding){.scale = 1};
    if (hdf5_attribute_numbers(&where, "_FillValue", c->missing, &c->n, err) < 0 ||
        hdf5_attribute_numbers(&where, "missing_value", c->missing, &c->n, err) < 0 ||
        hdf5_attribute_numbers(&where, "scale_factor", scale, &scales, err) < 0 ||
        hdf5_attribute_numbers(&where, "add_offset", offset, &offsets, err) < 0)
        return -1;
    c->scale = scales ? scale[0] : 1;
    c->offset = offsets ? offset[0] : 0;
    if (!isfinite(c->scale) || !isfinite(c->offset) || c->scale == 0)
        return complain(r, "has a scale_factor or add_offset that undoes its numbers", err);
    if (by_r)
        c->missing[c->n++] = dtype == BZ_I4 ? -0x1p31 : -128;
    if (dtype == BZ_F4 || dtype == BZ_F8)
        c->missing[c->n++] = 0x1.ep+122;
    const hid_t root = H5Oopen(file, "/", H5P_DEFAULT);
    if (hdf5_has_attribute(root, "_NCProperties") && (dtype == BZ_I2 || dtype == BZ_I4 || dtype == BZ_I8))
        c->missing[c->n++] = dtype == BZ_I2 ? -32767 : dtype == BZ_I4 ? -2147483647 : -0x1p63;
    H5Oclose(root);
    return 0;
}

static bool is_missing(const struct coding *c, double x)
{
    for (size_t k = 0; k < c->n; k++)
        if (x == c->missing[k])
            return true;
    return false;
}

static bool means_itself(const struct reading *r, const struct coding *c, const unsigned char *bytes)
{
    double x[512];
    bool same = c->scale == 1 && c->offset == 0;
    for (size_t i = 0; same && c->n > 0 && i < r->a.count; i += 512) {
        const size_t n = r->a.count - i < 512 ? r->a.count - i : 512;
        bz_npy_doubles(&r->a, bytes, i, n, x);
        for (size_t k = 0; k < n; k++)
            same = same && !is_missing(c, x[k]);
    }
    return same;
}

/* Converts numbers to their meaning, as doubles with NaN for missing ones; unchanged if that makes no difference. */
static int decode(struct reading *r, const struct coding *c, unsigned char **bytes, struct bz_error *err)
{
    if (means_itself(r, c, *bytes))
        return 0;
    double *x = bz_alloc(r->a.count, sizeof(*x), err);
    if (!x)
        return -1;
    bz_npy_doubles(&r->a, *bytes, 0, r->a.count, x);
    for (size_t i = 0; i < r->a.count; i++)
        x[i] = is_missing(c, x[i]) ? NAN : x[i] * c->scale + c->offset;
    bz_free(*bytes);
    *bytes = (unsigned char *)x;
    r->a.dtype = BZ_F8;
    r->a.item = sizeof(double);
    r->a.bytes = r->a.count * sizeof(double);
    return 0;
}

static int check_logical(const struct reading *r, const unsigned char *bytes, struct bz_error *err)
{
    for (size_t i = 0; i < r->a.count; i++) {
        double x;
        bz_npy_doubles(&r->a, bytes, i, 1, &x);
        if (!isnan(x) && x != 0 && x != 1)
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s is a logical array that holds %g, expected 0 and 1", r->file, r->path, x);
    }
    return 0;
}

/* The program that wrote it, by its attributes and its parent's. */
struct writer {
    bool reversed, logical, r;
    char class[32]; /* MATLAB's */
};

static struct writer writer_of(struct train_hdf5 *h, hid_t data, const char *path)
{
    struct writer w = {0};
    char mode[32], parent[HDF5_PATH_ROOM];
    w.r = hdf5_has_attribute(data, "rhdf5-NA.OK");
    hdf5_attribute_text(data, "MATLAB_class", w.class, sizeof(w.class));
    char scilab[16] = "";
    w.reversed = hdf5_attribute_text(data, "SCILAB_Class", scilab, sizeof(scilab));
    w.logical = strcmp(w.class, "logical") == 0 || strcmp(scilab, "boolean") == 0 ||
                (hdf5_attribute_text(data, "storage.mode", mode, sizeof(mode)) && strcmp(mode, "logical") == 0);
    snprintf(parent, sizeof(parent), "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash && slash > parent) {
        *slash = 0;
        const hid_t group = H5Oopen(h->file, parent, H5P_DEFAULT);
        w.reversed = w.reversed || (group >= 0 && hdf5_has_attribute(group, "OCTAVE_NEW_FORMAT"));
        H5Oclose(group);
    }
    w.reversed = w.reversed || w.r || w.class[0];
    return w;
}

static int read_values(struct train_hdf5 *h, struct reading *r, const struct writer *w, struct train_array *out,
                       struct bz_error *err)
{
    unsigned char *bytes = bz_alloc(r->a.bytes + 1, 1, err);
    if (!bytes)
        return -1;
    int rc = 0;
    const bool variable = H5Tget_class(r->type) == H5T_STRING && H5Tis_variable_str(r->type) > 0;
    const bool is_enum = H5Tget_class(r->type) == H5T_ENUM;
    if (r->a.count > 0 && H5Dread(r->data, r->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        rc = complain(r, "cannot be read: the file is damaged or cut off", err);
    else if (r->a.dtype == BZ_BYTES && (variable || is_enum)) {
        const struct hdf5_place place = {r->file, r->path, r->data};
        rc = is_enum && hdf5_is_logical(r->type) ? hdf5_take_logical(&place, r->memory, &r->a, &bytes, err)
                                                 : hdf5_spell(&place, r->memory, &r->a, &bytes, err);
    } else if (bz_dtype_is_number(r->a.dtype)) {
        const bool by_r = w->r && (r->a.dtype == BZ_I4 || (r->a.dtype == BZ_I1 && w->logical));
        struct coding coding;
        rc = coding_of(r, h->file, by_r, &coding, err);
        if (rc == 0)
            rc = decode(r, &coding, &bytes, err);
    }
    if (rc == 0 && (w->logical || H5Tget_class(r->type) == H5T_BITFIELD))
        rc = check_logical(r, bytes, err);
    if (rc < 0) {
        bz_free(bytes);
        return -1;
    }
    out->bytes = bytes;
    out->data = bytes;
    out->npy = r->a;
    return 0;
}

static int read_dataset(struct train_hdf5 *h, hid_t data, const char *path, struct train_array *out, struct bz_error *err)
{
    struct reading *r = bz_alloc(1, sizeof(*r), err);
    if (!r)
        return -1;
    r->file = h->name;
    r->path = path;
    r->data = data;
    r->type = H5Dget_type(data);
    r->memory = H5I_INVALID_HID;
    const struct writer w = writer_of(h, data, path);
    int rc = r->type < 0 ? complain(r, "has no type", err) : 0;
    if (rc == 0 && (strcmp(w.class, "cell") == 0 || strcmp(w.class, "char") == 0))
        rc = complain(r, strcmp(w.class, "cell") == 0 ? "is a cell array, expected a matrix" : "is text, expected a matrix",
                      err);
    if (rc == 0)
        rc = hdf5_check_storage(&(struct hdf5_place){r->file, path, data}, err);
    if (rc == 0)
        rc = set_type(r, err);
    if (rc == 0)
        rc = set_shape(r, err);
    if (rc == 0)
        rc = read_values(h, r, &w, out, err);
    if (rc == 0 && w.reversed) {
        for (size_t d = 0; d < r->a.rank; d++)
            out->npy.shape[d] = r->a.shape[r->a.rank - 1 - d];
        out->npy.fortran = r->a.rank > 1;
    }
    if (r->memory >= 0)
        H5Tclose(r->memory);
    if (r->type >= 0)
        H5Tclose(r->type);
    bz_free(r);
    return rc;
}

static int refuse_group(struct train_hdf5 *h, const char *path, struct bz_error *err)
{
    struct train_names names = {0};
    char list[200] = "";
    size_t used = 0;
    if (hdf5_list_below(h, path, 0, &names, err) == 0) {
        for (size_t i = 0; i < names.n && used + 4 < sizeof(list); i++)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.60s", used ? ", " : "", names.names[i]);
        bz_fail(err, BZ_BAD_INPUT, "%s: %s is a group, expected a data set: %s", h->name, path, used ? list : "it holds none");
    }
    train_names_free(&names);
    return -1;
}

int train_hdf5_read(struct train_hdf5 *h, const char *path, struct train_array *out, struct bz_error *err)
{
    char value[HDF5_PATH_ROOM];
    *out = (struct train_array){0};
    const hid_t object = train_hdf5_has(h, path) ? H5Oopen(h->file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (object < 0)
        return bz_fail(err, BZ_NOT_FOUND, "%s: no array '%s'", h->name, path);
    const enum hdf5_role role = hdf5_role_of(object);
    int rc = -1;
    if (role == HDF5_ARRAY)
        rc = read_dataset(h, object, path, out, err);
    else if (role == HDF5_OCTAVE && snprintf(value, sizeof(value), "%s/value", path) < (int)sizeof(value) &&
             train_hdf5_has(h, value))
        rc = train_hdf5_read(h, value, out, err);
    else
        refuse_group(h, path, err);
    H5Oclose(object);
    if (rc == 0) {
        bz_free(out->name); /* that of Octave's value */
        out->name = bz_strdup(path, err);
    }
    if (rc < 0 || !out->name) {
        train_array_free(out);
        return -1;
    }
    return 0;
}
#endif
