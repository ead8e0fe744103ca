/* Python pickles of protocols 0 to 5, read without executing them: the opcodes build a tree of values, classes and functions
 * stay names. joblib's arrays, whose bytes are between the opcodes, are read too. */
#ifndef EXCHANGE_PICKLE_H
#define EXCHANGE_PICKLE_H

#include "npy.h"

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_NUMBER,  /* number; also booleans */
    PICKLE_TEXT,    /* text[length], UTF-8 */
    PICKLE_BYTES,   /* text[length] */
    PICKLE_LIST,    /* items[n]; also sets */
    PICKLE_TUPLE,   /* items[n] */
    PICKLE_DICT,    /* items[n]: keys and values in turn */
    PICKLE_GLOBAL,  /* text: "module.name" */
    PICKLE_OBJECT,  /* of what `made_by` made of `args`; state, if it was given one; items as of a dict or a list */
    PICKLE_STORAGE, /* torch: args is the tuple that names it */
    PICKLE_ARRAY    /* joblib: data, of the type and shape of `args` (an OBJECT of its wrapper) */
};

struct pickle_value {
    enum pickle_kind kind;
    double number;
    const char *text; /* inside the bytes or owned by the reader */
    size_t length;
    struct pickle_value **items; /* [n] */
    size_t n, room;
    bool keyed; /* OBJECT: items are keys and values */
    const struct pickle_value *made_by, *args, *state;
    const uint8_t *data;
    size_t data_size;
};

struct pickle; /* owns all values */
int pickle_new(struct pickle **out, struct bz_error *err);
void pickle_free(struct pickle *p); /* NULL is fine */

/* Reads one pickle at the start of data[size], which must outlive the values; *used = its length. BZ_BAD_INPUT with the
 * position if it is not a pickle, or damaged; BZ_TOO_LARGE above some millions of values. */
int pickle_read(struct pickle *p, const uint8_t *data, size_t size, size_t *used, const struct pickle_value **out,
                struct bz_error *err);

/* True if an object was made by that class or function, "module.name". */
bool pickle_is(const struct pickle_value *v, const char *name);
/* Item k of a list or tuple; NULL if there is none. */
const struct pickle_value *pickle_item(const struct pickle_value *v, size_t k);
/* The value of a key of a dict, or of an object's state; NULL if there is none. */
const struct pickle_value *pickle_get(const struct pickle_value *v, const char *key);
/* True if a text or bytes are this. */
bool pickle_text_is(const struct pickle_value *v, const char *text);

#endif
