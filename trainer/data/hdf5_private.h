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
enum hdf5_role { HDF5_GROUP, HDF5_ARRAY, HDF5_OCTAVE, HDF5_MATLAB_SPARSE, HDF5_OTHER };
enum hdf5_role hdf5_role_of(hid_t object);

/* Whether an object has an attribute of this name. */
bool hdf5_has_attribute(hid_t object, const char *name);
/* A string attribute; false if there is none. */
bool hdf5_attribute_text(hid_t object, const char *name, char *text, size_t room);
/* True if a space holds one element. */
bool hdf5_is_single(hid_t space);
/* Adds the paths of the arrays below a group. */
int hdf5_list_below(struct train_hdf5 *h, const char *group, int depth, struct train_names *names, struct bz_error *err);

#endif
