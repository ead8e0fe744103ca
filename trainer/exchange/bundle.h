/* The content of another program's model file: named arrays and texts, whatever the container. Names are paths:
 * "update_9/params/ vbias" (HDF5), "steps[1][1].components_" (pickles, joblib, torch), "dbn.rbm{1}.W" (MATLAB), plain names in
 * .npz and safetensors. */
#ifndef EXCHANGE_BUNDLE_H
#define EXCHANGE_BUNDLE_H

#include "hdf5_file.h"
#include "mat_file.h"
#include "pickle.h"
#include "safetensors.h"

struct bundle_item {
    char *name;
    char *text;               /* a text, or NULL */
    bool class;               /* text is the class of the object at name */
    struct train_array array; /* data NULL = not read yet, or none */
    bool is_array;
    bool taken; /* bundle_array gave it */
};

struct bundle {
    const char *path; /* borrowed */
    const char *form; /* "HDF5", "pickle", ...; "text" or "bytes" if it is not a container */
    struct train_source source;
    struct bundle_item *items; /* [n] */
    size_t n, room;

    struct train_hdf5 *hdf5;
    struct train_mat *mat;
    struct train_npz *npz;
    struct pickle *pickle;
    size_t places; /* visited values of its tree; a value may occur several times */
    struct bz_safetensors tensors;
    uint8_t *unpacked;               /* of a zlib stream */
    struct bundle_storage *storages; /* torch; [n_storages] */
    size_t n_storages;
};

/* Reads a file and lists its content; nothing in it is executed. */
int bundle_open(struct bundle *b, const char *path, struct bz_error *err);
/* The same from bytes in memory, which are copied (tests, fuzzing); archives of numpy's are read from paths only. */
int bundle_parse(struct bundle *b, const char *name, const void *bytes, size_t size, struct bz_error *err);
void bundle_close(struct bundle *b);
/* The file's bytes, unpacked: [source.size]; none of archives, whose arrays are read from their members. */
const uint8_t *bundle_bytes(const struct bundle *b);

/* Used by the readers of containers. */
struct bundle_item *bundle_add(struct bundle *b, const char *name, struct bz_error *err);
/* Frees the file's bytes, which an archive no longer needs; the digest stays. */
void bundle_drop_bytes(struct bundle *b);
int bundle_add_text(struct bundle *b, const char *name, const char *text, size_t length, bool class, struct bz_error *err);
int bundle_add_number(struct bundle *b, const char *name, double x, struct bz_error *err);
int bundle_add_pickle(struct bundle *b, const char *path, const struct pickle_value *root, struct bz_error *err);
int bundle_read_torch_zip(struct bundle *b, struct bz_error *err);
int bundle_read_torch_legacy(struct bundle *b, struct bz_error *err);

/* The item of that name, or NULL. */
struct bundle_item *bundle_find(const struct bundle *b, const char *name);
/* The array of that name, which stays the bundle's; NULL with *err set. */
const struct train_array *bundle_array(struct bundle *b, const char *name, struct bz_error *err);
bool bundle_has_array(const struct bundle *b, const char *name);
/* The text at a name; NULL if there is none. */
const char *bundle_text(const struct bundle *b, const char *name);

/* A storage of torch's: bytes of one type. */
struct bundle_storage {
    char key[64];
    enum bz_dtype dtype;
    bool bfloat;         /* F4 once it is read: numbers of two bytes, the upper half of a float */
    const uint8_t *data; /* borrowed, or owned below */
    size_t size;         /* bytes */
    uint8_t *owned;
};
/* What a storage's class means; false if it is unknown. */
bool bundle_storage_type(const char *class, enum bz_dtype *dtype, bool *bfloat);

#endif
