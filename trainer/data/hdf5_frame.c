/* Data sets of a compound type (HDF5's tables, PyTables', h5py's records) as columns. */
#ifdef BOLTZ_HDF5
#include "hdf5_frame.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 1 << 16 };

/* --- columns --- */

void hdf5_frame_free(struct hdf5_frame *f)
{
    for (size_t j = 0; j < f->records.n; j++)
        bz_free(f->records.columns[j]);
    bz_free(f->records.columns);
    bz_free(f->records.fields);
    *f = (struct hdf5_frame){0};
}

static int make_room(struct hdf5_frame *f, size_t n, struct bz_error *err)
{
    struct bz_records *r = &f->records;
    size_t room = f->room;
    if (r->n + n > MOST_COLUMNS)
        return bz_fail(err, BZ_TOO_LARGE, "%s: a table of more than %d columns", r->path, MOST_COLUMNS);
    if (bz_grow(&r->fields, &room, r->n + n, sizeof(*r->fields), err) < 0)
        return -1;
    return bz_grow(&r->columns, &f->room, r->n + n, sizeof(*r->columns), err);
}

int hdf5_frame_add(struct hdf5_frame *f, const char *name, const struct train_names *names, const struct bz_npy *a,
                   const unsigned char *data, struct bz_error *err)
{
    struct bz_records *r = &f->records;
    const size_t of = a->rank > 1 ? a->count / (a->shape[0] ? a->shape[0] : 1) : 1;
    if (r->n > 0 && a->shape[0] != r->rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s has %zu rows, the columns before it %zu", r->path, name, a->shape[0],
                       r->rows);
    if (make_room(f, of, err) < 0)
        return -1;
    r->rows = a->shape[0];
    for (size_t k = 0; k < of; k++) {
        struct bz_npy_field *field = &r->fields[r->n];
        unsigned char *column = bz_alloc(r->rows, a->item, err);
        if (!column)
            return -1;
        for (size_t i = 0; i < r->rows; i++)
            memcpy(column + i * a->item, data + (i * of + k) * a->item, a->item);
        *field = (struct bz_npy_field){.array = *a};
        field->array.rank = 1;
        field->array.count = r->rows;
        field->array.bytes = r->rows * a->item;
        if (names && names->n == of)
            snprintf(field->name, sizeof(field->name), "%s", names->names[k]);
        else if (of > 1)
            snprintf(field->name, sizeof(field->name), "%.100s_%zu", name, k + 1);
        else
            snprintf(field->name, sizeof(field->name), "%s", name);
        r->columns[r->n++] = column;
    }
    return 0;
}

/* --- members --- */

/* A member being read: its elements' type in memory, and the type of all elements of a row. */
struct member {
    char *name; /* HDF5's */
    hid_t element, whole;
    bool words; /* of variable length, or names of an enumeration's values */
    bool bits;
    struct bz_npy a;
};

static int refuse_member(const struct hdf5_frame *f, const struct member *m, const char *path, const char *what,
                         struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s: its column %s %s", f->records.path, path, m->name ? m->name : "(nameless)",
                   what);
}

/* Numbers, truth values (h5py's enumeration, PyTables' bit field of a byte), words. */
static hid_t element_type(hid_t type, struct member *m)
{
    const H5T_class_t class = H5Tget_class(type);
    m->words = class == H5T_STRING && H5Tis_variable_str(type) > 0;
    m->bits = class == H5T_BITFIELD && H5Tget_size(type) == 1;
    m->a.dtype = m->bits ? BZ_B1 : BZ_BYTES;
    m->a.item = m->words ? sizeof(char *) : m->bits ? 1 : H5Tget_size(type);
    if (class == H5T_STRING) {
        const hid_t memory = H5Tcopy(m->words ? H5T_C_S1 : type);
        if (m->words) {
            H5Tset_size(memory, H5T_VARIABLE);
            H5Tset_cset(memory, H5Tget_cset(type));
        } else
            H5Tset_strpad(memory, H5T_STR_NULLPAD);
        return memory;
    }
    if (m->bits)
        return H5Tcopy(H5T_NATIVE_B8);
    if (class == H5T_ENUM) {
        m->words = !hdf5_is_boolean(type) || H5Tget_size(type) != 1;
        m->a.dtype = m->words ? BZ_BYTES : BZ_B1;
        const hid_t memory = H5Tget_native_type(type, H5T_DIR_ASCEND);
        m->a.item = H5Tget_size(memory);
        return memory;
    }
    const hid_t number = hdf5_number_type(type, &m->a.dtype);
    m->a.item = number < 0 ? 0 : bz_dtype_size(m->a.dtype);
    return number;
}

/* An array in each row becomes that many columns. */
static void set_member(struct member *m, hid_t type, size_t rows)
{
    hsize_t size[H5S_MAX_RANK];
    const bool array = H5Tget_class(type) == H5T_ARRAY;
    const int rank = array ? H5Tget_array_dims2(type, size) : 0;
    const hid_t of = array ? H5Tget_super(type) : H5Tcopy(type);
    m->element = element_type(of, m);
    m->whole = m->element < 0 || rank < 0 ? H5I_INVALID_HID
               : array                    ? H5Tarray_create2(m->element, (unsigned)rank, size)
                                          : H5Tcopy(m->element);
    m->a.rank = array ? 2 : 1;
    m->a.shape[0] = rows;
    m->a.shape[1] = 1;
    for (int d = 0; d < rank; d++)
        if (bz_mul(&m->a.shape[1], m->a.shape[1], (size_t)size[d]) < 0)
            m->a.shape[1] = SIZE_MAX;
    H5Tclose(of);
}

static int read_member(struct hdf5_frame *f, struct member *m, hid_t data, const char *path, const struct train_names *names,
                       struct bz_error *err)
{
    if (m->whole < 0)
        return refuse_member(f, m, path, "holds neither numbers, truth values nor words", err);
    if (bz_mul(&m->a.count, m->a.shape[0], m->a.shape[1]) < 0 || bz_mul(&m->a.bytes, m->a.count, m->a.item) < 0 ||
        m->a.bytes > train_source_limit())
        return refuse_member(f, m, path, "is larger than what is accepted", err);
    const hid_t record = H5Tcreate(H5T_COMPOUND, H5Tget_size(m->whole));
    unsigned char *bytes = bz_alloc(m->a.bytes + 1, 1, err);
    int rc = bytes ? 0 : -1;
    if (rc == 0 && (H5Tinsert(record, m->name, 0, m->whole) < 0 ||
                    (m->a.count > 0 && H5Dread(data, record, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)))
        rc = refuse_member(f, m, path, "cannot be read: the file is damaged or cut off", err);
    else if (rc == 0 && m->words)
        rc = hdf5_spell(&(struct hdf5_place){f->records.path, path, data}, m->element, &m->a, &bytes, err);
    for (size_t i = 0; rc == 0 && m->bits && i < m->a.count; i++)
        if (bytes[i] > 1)
            rc = refuse_member(f, m, path, "is a bit field of other values than 0 and 1", err);
    if (rc == 0)
        rc = hdf5_frame_add(f, m->name, names, &m->a, bytes, err);
    bz_free(bytes);
    H5Tclose(record);
    return rc;
}

int hdf5_frame_member(struct hdf5_frame *f, hid_t data, const char *path, unsigned k, const struct train_names *names,
                      struct bz_error *err)
{
    const hid_t type = H5Dget_type(data), space = H5Dget_space(data);
    const hssize_t rows = H5Sget_simple_extent_ndims(space) == 1 ? H5Sget_simple_extent_npoints(space) : -1;
    const hid_t of = H5Tget_member_type(type, k);
    struct member m = {.name = H5Tget_member_name(type, k), .element = H5I_INVALID_HID, .whole = H5I_INVALID_HID};
    int rc = hdf5_check_storage(&(struct hdf5_place){f->records.path, path, data}, err);
    if (rc == 0 && rows < 0)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s is a table of several dimensions, expected one", f->records.path, path);
    if (rc == 0 && of >= 0)
        set_member(&m, of, (size_t)rows);
    if (rc == 0)
        rc = read_member(f, &m, data, path, names, err);
    H5free_memory(m.name);
    const hid_t ids[] = {m.element, m.whole, of, type};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (ids[i] >= 0)
            H5Tclose(ids[i]);
    H5Sclose(space);
    return rc;
}

/* Complex numbers are pairs to h5py and Scilab. */
static bool is_complex(hid_t type)
{
    char *first = H5Tget_member_name(type, 0), *second = H5Tget_nmembers(type) == 2 ? H5Tget_member_name(type, 1) : NULL;
    const bool is =
        first && second &&
        ((strcmp(first, "r") == 0 && strcmp(second, "i") == 0) || (strcmp(first, "real") == 0 && strcmp(second, "imag") == 0));
    H5free_memory(first);
    H5free_memory(second);
    return is;
}

int hdf5_frame_read(struct hdf5_frame *f, hid_t data, const char *path, struct bz_error *err)
{
    const hid_t type = H5Dget_type(data);
    const int n = H5Tget_nmembers(type);
    int rc = n < 1 ? bz_fail(err, BZ_BAD_INPUT, "%s: %s is a table without columns", f->records.path, path)
             : is_complex(type)
                 ? bz_fail(err, BZ_BAD_INPUT, "%s: %s holds complex values, expected real ones", f->records.path, path)
                 : 0;
    for (unsigned k = 0; rc == 0 && k < (unsigned)n; k++)
        rc = hdf5_frame_member(f, data, path, k, NULL, err);
    H5Tclose(type);
    return rc;
}
#endif
