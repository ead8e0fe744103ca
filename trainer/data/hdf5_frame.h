/* Tables in HDF5 files: columns of equal length with names. Included where libhdf5 is. */
#ifndef TRAIN_HDF5_FRAME_H
#define TRAIN_HDF5_FRAME_H

#include "hdf5_private.h"
#include "record_text.h"

struct hdf5_frame {
    struct bz_records records; /* owned but for the path, which is that of the file and set first */
    size_t room;
};
void hdf5_frame_free(struct hdf5_frame *f);

/* Adds copies of the columns of data: a tells of the elements' type and how many there are, [rows] or [rows][columns] in C
 * order. Several columns are called name_1, name_2 ... unless there are as many `names` (which may be NULL). */
int hdf5_frame_add(struct hdf5_frame *f, const char *name, const struct train_names *names, const struct bz_npy *a,
                   const unsigned char *data, struct bz_error *err);
/* Adds member k of a data set of a compound type: numbers, truth values, words, arrays of these. */
int hdf5_frame_member(struct hdf5_frame *f, hid_t data, const char *path, unsigned k, const struct train_names *names,
                      struct bz_error *err);
/* Adds all members. */
int hdf5_frame_read(struct hdf5_frame *f, hid_t data, const char *path, struct bz_error *err);
/* Adds the columns of what pandas' to_hdf wrote at path, of either of its forms. What is left out is said. */
int hdf5_frame_pandas(struct hdf5_frame *f, struct train_table *t, struct train_hdf5 *h, const char *path,
                      struct bz_error *err);

#endif
