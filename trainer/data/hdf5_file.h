/* HDF5 files, also those that MATLAB 7.3, Octave and R's rhdf5 write: arrays with the dimensions meant by their writers. Needs
 * libhdf5; built without it, the functions refuse (BZ_UNSUPPORTED). */
#ifndef TRAIN_HDF5_FILE_H
#define TRAIN_HDF5_FILE_H

#include "array_choice.h"
#include "npz.h"

struct train_hdf5;

/* True if the bytes hold HDF5's signature at a possible position (MATLAB puts 512 bytes before it). */
bool train_hdf5_is(const uint8_t *data, size_t size);
/* data[size] is the whole file, borrowed until it is closed. name: for messages. */
int train_hdf5_open(struct train_hdf5 **out, const char *name, const uint8_t *data, size_t size, struct bz_error *err);
void train_hdf5_close(struct train_hdf5 *h); /* NULL is fine */

/* Paths of all arrays, without a leading slash; what Octave and MATLAB make of one variable is one array. Dimension scales are
 * left out if there is anything else. */
int train_hdf5_list(struct train_hdf5 *h, struct train_names *names, struct bz_error *err);
bool train_hdf5_has(struct train_hdf5 *h, const char *path);

/* An array of numbers or words. Refused: groups, tables (compound types), references, logical arrays of other values than 0 and
 * 1, filters that libhdf5 lacks, more bytes than train_source_limit. */
int train_hdf5_read(struct train_hdf5 *h, const char *path, struct train_array *out, struct bz_error *err);
/* The text in a data set, or in an attribute of the object at path (attribute NULL = the data set). False if there is none. */
bool train_hdf5_text(struct train_hdf5 *h, const char *path, const char *attribute, char *text, size_t room);

/* An array, dense or sparse, a table of a compound type, or a pandas frame, as a table whose path is set. */
int train_hdf5_table(struct train_table *t, struct train_hdf5 *h, const char *path, const struct train_table_options *o,
                     struct bz_error *err);

#endif
