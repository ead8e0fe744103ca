#include "hdf5_file.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

bool train_hdf5_is(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 8 <= size && at <= 1 << 20; at = at ? 2 * at : 512)
        if (memcmp(data + at, "\x89HDF\r\n\x1a\n", 8) == 0)
            return true;
    return false;
}

#ifdef BOLTZ_HDF5
#include "hdf5_private.h"

enum { MOST_DEPTH = 32 };

int train_hdf5_open(struct train_hdf5 **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err)
{
    struct train_hdf5 *h = bz_alloc(1, sizeof(*h), err);
    if (!h)
        return -1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* it prints otherwise */
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    h->name = name;
    h->file = H5I_INVALID_HID;
    if (H5Pset_fapl_core(access, 1 << 16, false) >= 0 && H5Pset_file_image(access, (void *)(uintptr_t)data, size) >= 0)
        h->file = H5Fopen("image", H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (h->file < 0) {
        bz_free(h);
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged HDF5 file", name);
    }
    *out = h;
    return 0;
}

void train_hdf5_close(struct train_hdf5 *h)
{
    if (!h)
        return;
    H5Fclose(h->file);
    bz_free(h);
}

bool train_hdf5_has(struct train_hdf5 *h, const char *path)
{
    char part[HDF5_PATH_ROOM];
    const size_t n = strlen(path);
    if (n >= sizeof(part))
        return false;
    for (size_t i = 1; i <= n; i++) /* H5Lexists wants every group on the way to be there */
        if (path[i] == '/' || i == n) {
            memcpy(part, path, i);
            part[i] = 0;
            if (strcmp(part, "/") != 0 && H5Lexists(h->file, part, H5P_DEFAULT) <= 0)
                return false;
        }
    return n > 0 && H5Oexists_by_name(h->file, path, H5P_DEFAULT) > 0;
}

/* --- attributes and texts --- */

bool hdf5_has_attribute(hid_t object, const char *name)
{
    return H5Aexists(object, name) > 0;
}

/* Reads one string, of fixed or variable length. */
static bool read_text(hid_t type, hid_t (*read)(void *from, hid_t memory, void *to), void *from, char *text, size_t room)
{
    bool ok = false;
    if (H5Tget_class(type) != H5T_STRING)
        return false;
    if (H5Tis_variable_str(type) > 0) {
        char *string = NULL;
        const hid_t memory = H5Tcopy(H5T_C_S1);
        H5Tset_size(memory, H5T_VARIABLE);
        H5Tset_cset(memory, H5Tget_cset(type));
        ok = read(from, memory, &string) >= 0 && string;
        if (ok)
            snprintf(text, room, "%s", string);
        H5free_memory(string);
        H5Tclose(memory);
        return ok;
    }
    const size_t size = H5Tget_size(type);
    char *bytes = size > 0 && size < 1 << 20 ? bz_alloc(size + 1, 1, NULL) : NULL;
    ok = bytes && read(from, type, bytes) >= 0;
    if (ok)
        snprintf(text, room, "%.*s", (int)size, bytes);
    bz_free(bytes);
    return ok;
}

static hid_t read_attribute(void *from, hid_t memory, void *to)
{
    return H5Aread(*(hid_t *)from, memory, to);
}

static hid_t read_data(void *from, hid_t memory, void *to)
{
    return H5Dread(*(hid_t *)from, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
}

bool hdf5_is_single(hid_t space)
{
    return space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
}

bool hdf5_attribute_text(hid_t object, const char *name, char *text, size_t room)
{
    hid_t attribute = hdf5_has_attribute(object, name) ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0)
        return false;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const bool ok = hdf5_is_single(space) && read_text(type, read_attribute, &attribute, text, room);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return ok;
}

bool train_hdf5_text(struct train_hdf5 *h, const char *path, const char *attribute, char *text, size_t room)
{
    const hid_t object = *path && train_hdf5_has(h, path) ? H5Oopen(h->file, path, H5P_DEFAULT)
                         : *path                          ? H5I_INVALID_HID
                                                          : H5Oopen(h->file, "/", H5P_DEFAULT);
    bool ok = false;
    if (object < 0)
        return false;
    if (attribute)
        ok = hdf5_attribute_text(object, attribute, text, room);
    else if (H5Iget_type(object) == H5I_DATASET) {
        hid_t data = object;
        const hid_t type = H5Dget_type(object), space = H5Dget_space(object);
        ok = hdf5_is_single(space) && read_text(type, read_data, &data, text, room);
        H5Sclose(space);
        H5Tclose(type);
    }
    H5Oclose(object);
    return ok;
}

/* --- listing --- */

static bool is_scilab_sparse(hid_t group)
{
    char class[16];
    return hdf5_attribute_text(group, "SCILAB_Class", class, sizeof(class)) && strcmp(class, "sparse") == 0;
}

enum hdf5_role hdf5_role_of(hid_t object)
{
    if (H5Iget_type(object) == H5I_DATASET)
        return HDF5_ARRAY;
    if (H5Iget_type(object) != H5I_GROUP)
        return HDF5_OTHER;
    return hdf5_has_attribute(object, "OCTAVE_NEW_FORMAT") ? HDF5_OCTAVE
           : hdf5_has_attribute(object, "MATLAB_sparse")   ? HDF5_MATLAB_SPARSE
           : hdf5_has_attribute(object, "pandas_type")     ? HDF5_PANDAS
           : is_scilab_sparse(object)                      ? HDF5_SCILAB_SPARSE
           : H5Lexists(object, "indptr", H5P_DEFAULT) > 0 && H5Lexists(object, "indices", H5P_DEFAULT) > 0 &&
                   H5Lexists(object, "data", H5P_DEFAULT) > 0
               ? HDF5_COMPRESSED
               : HDF5_GROUP;
}

/* Names of what a group holds directly. */
static int list_members(struct train_hdf5 *h, const char *group, struct train_names *names, struct bz_error *err)
{
    H5G_info_t info;
    const char *path = *group ? group : "/";
    if (H5Gget_info_by_name(h->file, path, &info, H5P_DEFAULT) < 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s is not a group", h->name, path);
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[HDF5_PATH_ROOM];
        const ssize_t n = H5Lget_name_by_idx(h->file, path, H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof(name), H5P_DEFAULT);
        if (n < 0 || n >= (ssize_t)sizeof(name))
            return bz_fail(err, BZ_BAD_INPUT, "%s: damaged HDF5 file, or a name of more than %d letters", h->name,
                           HDF5_PATH_ROOM - 1);
        if (train_names_add(names, name, err) < 0)
            return -1;
    }
    return 0;
}

/* Only hard links are followed, so that no other file is opened, and cycles are ended by the depth. */
int hdf5_list_below(struct train_hdf5 *h, const char *group, int depth, struct train_names *names, struct bz_error *err)
{
    struct train_names members = {0};
    int rc = depth > MOST_DEPTH ? bz_fail(err, BZ_BAD_INPUT, "%s: groups more than %d deep", h->name, MOST_DEPTH)
                                : list_members(h, group, &members, err);
    for (size_t i = 0; rc == 0 && i < members.n; i++) {
        char path[HDF5_PATH_ROOM];
        H5L_info_t link;
        if (strncmp(members.names[i], "_i_", 3) == 0 || strstr(members.names[i], "__table_column_meta__"))
            continue; /* what PyTables finds its rows by; what astropy knows of a table's columns */
        if (snprintf(path, sizeof(path), "%s%s%s", group, *group ? "/" : "", members.names[i]) >= (int)sizeof(path)) {
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: a path of more than %d letters", h->name, HDF5_PATH_ROOM - 1);
            break;
        }
        if (H5Lget_info(h->file, path, &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
            continue;
        const hid_t object = H5Oopen(h->file, path, H5P_DEFAULT);
        const enum hdf5_role role = object < 0 ? HDF5_OTHER : hdf5_role_of(object);
        H5Oclose(object);
        if (role == HDF5_GROUP)
            rc = hdf5_list_below(h, path, depth + 1, names, err);
        else if (role != HDF5_OTHER)
            rc = train_names_add(names, path, err);
    }
    train_names_free(&members);
    return rc;
}

/* Dimension scales of one dimension (HDF5 Dimension Scale Specification; NetCDF 4 has one for each dimension, with the axis's
 * coordinates or nothing in it) tell where rows and columns are, not what is in them. */
static bool is_axis(struct train_hdf5 *h, const char *path)
{
    char class[32] = "";
    const hid_t object = H5Oopen(h->file, path, H5P_DEFAULT);
    bool axis = object >= 0 && H5Iget_type(object) == H5I_DATASET &&
                hdf5_attribute_text(object, "CLASS", class, sizeof(class)) && strcmp(class, "DIMENSION_SCALE") == 0;
    if (axis) {
        const hid_t space = H5Dget_space(object);
        axis = H5Sget_simple_extent_ndims(space) == 1;
        H5Sclose(space);
    }
    H5Oclose(object);
    return axis;
}

static void leave_axes_out(struct train_hdf5 *h, struct train_names *names)
{
    size_t arrays = 0, kept = 0;
    for (size_t i = 0; i < names->n; i++)
        arrays += !is_axis(h, names->names[i]);
    for (size_t i = 0; arrays > 0 && i < names->n; i++)
        if (is_axis(h, names->names[i]))
            bz_free(names->names[i]);
        else
            names->names[kept++] = names->names[i];
    names->n = arrays > 0 ? kept : names->n;
}

int train_hdf5_list(struct train_hdf5 *h, struct train_names *names, struct bz_error *err)
{
    if (hdf5_list_below(h, "", 0, names, err) < 0)
        return -1;
    leave_axes_out(h, names);
    return 0;
}

#else

static int not_built(struct bz_error *err)
{
    return bz_fail(err, BZ_UNSUPPORTED,
                   "is HDF5, and this boltz was built without libhdf5: save the matrix as .npy, or build where "
                   "libhdf5-dev is installed");
}

int train_hdf5_open(struct train_hdf5 **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err)
{
    (void)out, (void)data, (void)size;
    not_built(err);
    return bz_fail_in(err, "%s", name);
}

void train_hdf5_close(struct train_hdf5 *h)
{
    (void)h;
}

int train_hdf5_list(struct train_hdf5 *h, struct train_names *names, struct bz_error *err)
{
    (void)h, (void)names;
    return not_built(err);
}

bool train_hdf5_has(struct train_hdf5 *h, const char *path)
{
    (void)h, (void)path;
    return false;
}

int train_hdf5_read(struct train_hdf5 *h, const char *path, struct train_array *out, struct bz_error *err)
{
    (void)h, (void)path, (void)out;
    return not_built(err);
}

bool train_hdf5_text(struct train_hdf5 *h, const char *path, const char *attribute, char *text, size_t room)
{
    (void)h, (void)path, (void)attribute, (void)text, (void)room;
    return false;
}

int train_hdf5_table(struct train_table *t, struct train_hdf5 *h, const char *path, const struct train_table_options *o,
                     struct bz_error *err)
{
    (void)t, (void)h, (void)path, (void)o;
    return not_built(err);
}
#endif
