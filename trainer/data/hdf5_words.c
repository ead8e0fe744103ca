/* Types of HDF5's numbers, truth values and words. */
#ifdef BOLTZ_HDF5
#include "hdf5_private.h"
#include "mem.h"

#include <math.h>
#include <string.h>

hid_t hdf5_number_type(hid_t type, enum bz_dtype *dtype)
{
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    if (class == H5T_FLOAT) {
        *dtype = size <= 4 ? BZ_F4 : BZ_F8;
        return H5Tcopy(size <= 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE);
    }
    if (class != H5T_INTEGER || size > 8)
        return H5I_INVALID_HID;
    const bool sign = H5Tget_sign(type) != H5T_SGN_NONE;
    const int width = size <= 1 ? 0 : size <= 2 ? 1 : size <= 4 ? 2 : 3;
    const enum bz_dtype names[2][4] = {{BZ_U1, BZ_U2, BZ_U4, BZ_U8}, {BZ_I1, BZ_I2, BZ_I4, BZ_I8}};
    const hid_t types[2][4] = {{H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64},
                               {H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32, H5T_NATIVE_INT64}};
    *dtype = names[sign][width];
    return H5Tcopy(types[sign][width]);
}

bool hdf5_is_boolean(hid_t type)
{
    bool found[2] = {false, false};
    if (H5Tget_nmembers(type) != 2)
        return false;
    for (unsigned k = 0; k < 2; k++) {
        char *name = H5Tget_member_name(type, k);
        found[0] = found[0] || (name && strcmp(name, "FALSE") == 0);
        found[1] = found[1] || (name && strcmp(name, "TRUE") == 0);
        H5free_memory(name);
    }
    return found[0] && found[1];
}

/* What R's hdf5r writes of logical values. */
bool hdf5_is_logical(hid_t type)
{
    const int n = H5Tget_nmembers(type);
    bool all = n >= 2 && n <= 3;
    for (unsigned k = 0; all && k < (unsigned)n; k++) {
        char *name = H5Tget_member_name(type, k);
        all = name && (strcmp(name, "FALSE") == 0 || strcmp(name, "TRUE") == 0 || strcmp(name, "NA") == 0);
        H5free_memory(name);
    }
    return all;
}

/* The text of element i: of an enumeration its name, into name[256]; NULL = none. */
static const char *word_at(hid_t memory, const struct bz_npy *a, const unsigned char *bytes, size_t i, char *name)
{
    if (H5Tget_class(memory) != H5T_ENUM) {
        const char *word = ((char **)(void *)(uintptr_t)bytes)[i];
        return word ? word : "";
    }
    return H5Tenum_nameof(memory, bytes + i * a->item, name, 256) < 0 ? NULL : name;
}

static int refuse_nameless(const struct hdf5_place *p, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s holds a value that its enumeration does not name", p->file, p->path);
}

static int spell(const struct hdf5_place *p, hid_t memory, struct bz_npy *a, const unsigned char *bytes, unsigned char **out,
                 struct bz_error *err)
{
    size_t item = 1;
    char name[256];
    for (int pass = 0; pass < 2; pass++) {
        if (pass && !(*out = bz_alloc(a->count, item, err)))
            return -1;
        for (size_t i = 0; i < a->count; i++) {
            const char *word = word_at(memory, a, bytes, i, name);
            const size_t n = word ? strlen(word) : 0;
            if (!word)
                return refuse_nameless(p, err);
            if (pass)
                memcpy(*out + i * item, word, n);
            item = n > item ? n : item;
        }
        if (item > 1 << 16)
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s holds words of more than 65536 letters", p->file, p->path);
    }
    a->item = item;
    a->bytes = a->count * item;
    return 0;
}

int hdf5_spell(const struct hdf5_place *p, hid_t memory, struct bz_npy *a, unsigned char **bytes, struct bz_error *err)
{
    unsigned char *out = NULL;
    const int rc = spell(p, memory, a, *bytes, &out, err);
    for (size_t i = 0; H5Tget_class(memory) != H5T_ENUM && i < a->count; i++)
        H5free_memory(((char **)(void *)*bytes)[i]);
    bz_free(*bytes);
    *bytes = rc < 0 ? NULL : out;
    if (rc < 0)
        bz_free(out);
    return rc;
}

int hdf5_take_logical(const struct hdf5_place *p, hid_t memory, struct bz_npy *a, unsigned char **bytes, struct bz_error *err)
{
    char name[256];
    double *x = bz_alloc(a->count, sizeof(*x), err);
    for (size_t i = 0; x && i < a->count; i++) {
        const char *word = word_at(memory, a, *bytes, i, name);
        if (!word) {
            bz_free(x);
            return refuse_nameless(p, err);
        }
        x[i] = strcmp(word, "NA") == 0 ? NAN : strcmp(word, "TRUE") == 0;
    }
    if (!x)
        return -1;
    bz_free(*bytes);
    *bytes = (unsigned char *)x;
    a->dtype = BZ_F8;
    a->item = sizeof(double);
    a->bytes = a->count * sizeof(double);
    return 0;
}
#endif
