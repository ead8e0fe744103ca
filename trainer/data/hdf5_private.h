/* What the files about HDF5 share. Included where libhdf5 is. */
#ifndef TRAIN_HDF5_PRIVATE_H
#define TRAIN_HDF5_PRIVATE_H

#include "hdf5_file.h"

#include <hdf5.h>

enum { HDF5_PATH_ROOM = 1024 };

struct train_hdf5 {
    hid_t file;
    const char *name; /* for messages; borrowed */
};

/* What an object is to a reader. */
enum hdf5_role {
    HDF5_GROUP,
    HDF5_ARRAY,
    HDF5_OCTAVE,
    HDF5_MATLAB_SPARSE,
    HDF5_COMPRESSED,
    HDF5_SCILAB_SPARSE,
    HDF5_PANDAS,
    HDF5_OTHER
};
enum hdf5_role hdf5_role_of(hid_t object);

/* Whether an object has an attribute of this name. */
bool hdf5_has_attribute(hid_t object, const char *name);
/* A string attribute; false if there is none. */
bool hdf5_attribute_text(hid_t object, const char *name, char *text, size_t room);
/* Whether an enumeration is of FALSE, TRUE and NA. */
bool hdf5_is_logical(hid_t type);
/* An object, and what messages call it. */
struct hdf5_place {
    const char *file, *path;
    hid_t object;
};
/* BZ_UNSUPPORTED: filters that this build of libhdf5 lacks; values in other files. */
int hdf5_check_storage(const struct hdf5_place *r, struct bz_error *err);
/* Elements as read (pointers to strings, which are given back; values of an enumeration) become words of one length, in new
 * *bytes; a's type and sizes follow. memory: their type. NULL in *bytes on failure. */
int hdf5_spell(const struct hdf5_place *p, hid_t memory, struct bz_npy *a, unsigned char **bytes, struct bz_error *err);
/* Values of such an enumeration as 0, 1 and NaN, in new *bytes; those given stay on failure. */
int hdf5_take_logical(const struct hdf5_place *p, hid_t memory, struct bz_npy *a, unsigned char **bytes, struct bz_error *err);
/* The numbers of an attribute, at most 8, behind the *n that are in x; none if there is no such attribute. */
int hdf5_attribute_numbers(const struct hdf5_place *r, const char *name, double *x, size_t *n, struct bz_error *err);
/* True if a space holds one element. */
bool hdf5_is_single(hid_t space);
/* The native type of a number, the caller's, and what it is called in .npy; H5I_INVALID_HID if it is none. */
hid_t hdf5_number_type(hid_t type, enum bz_dtype *dtype);
/* Whether an enumeration is that of h5py's truth values. */
bool hdf5_is_boolean(hid_t type);

/* Adds the paths of the arrays below a group. */
int hdf5_list_below(struct train_hdf5 *h, const char *group, int depth, struct train_names *names, struct bz_error *err);

#endif
