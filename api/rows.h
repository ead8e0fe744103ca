/* Rows of numbers from JSON, npy and raw bodies, and fitting them to a layer. */
#ifndef API_ROWS_H
#define API_ROWS_H

#include "job.h"
#include "json_scan.h"

enum api_rows_flags {
    API_ROWS_MISSING = 1, /* null is a missing value */
    API_ROWS_FLAT = 2,    /* one row may lack the outer brackets, if it has more than one unit */
    API_ROWS_ONE = 4,     /* ... or if it has one: there is seldom more than one row here (masks, clamps) */
};

/* Reads the next array of rows, each of layer->size numbers or of lists in the layer's shape. label is its name in messages
 * ("inputs.image"). */
int api_rows_json(struct json_scan *s, const struct bz_layer *layer, unsigned flags, struct api_rows *rows, const char *label);
/* n x size float32 values as they are in memory, NaN marked as missing; refuses infinities. Takes x on success. */
int api_rows_take(float *x, size_t n, const struct bz_layer *layer, struct api_rows *rows, const char *label,
                  struct api_fault *fault);

/* Gives rows their marks of what is known, all of it, if they have none. */
int api_rows_all_known(struct api_rows *rows, size_t width, struct api_fault *fault);
/* known &= mask: mask has rows->n rows or one for all; its values are 0 and 1. Freed here. */
int api_rows_mask(struct api_rows *rows, const struct bz_layer *layer, struct api_rows *mask, const char *label,
                  struct api_fault *fault);
/* True if all of x[n] are finite. */
bool api_all_finite(const float *x, size_t n);
/* Checks that every known value is in the unit's domain. Messages name "what.layer[row][unit]". */
int api_rows_check(const struct api_rows *rows, const struct bz_layer *layer, const char *what, struct api_fault *fault);

/* Rows first .. first+n-1 into x[n][size] and known[n][size]; one row serves for all, more repeat after rows->n. Layers that
 * were not given are unknown. known may be NULL. */
void api_rows_copy(const struct api_rows *rows, size_t size, size_t first, size_t n, float *x, uint8_t *known);
void api_rows_free(struct api_rows *rows);

#endif
