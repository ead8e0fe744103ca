/* Arrays of records (numpy's structured arrays, HDF5's compound types) as text tables: a header, then one line per record. */
#ifndef BZ_RECORD_TEXT_H
#define BZ_RECORD_TEXT_H

#include "npy.h"

#include <stdio.h>

struct bz_records {
    const char *path;            /* for messages; borrowed */
    size_t rows, n;              /* records, fields */
    struct bz_npy_field *fields; /* [n] */
    void **columns;              /* [n]: of each field the elements of all records */
};

/* file = the bytes that begin with the header, data = the records. *r must be closed after a failure, too. */
int bz_records_open(struct bz_records *r, const char *path, const struct bz_npy *a, const void *file, const void *data,
                    struct bz_error *err);
void bz_records_close(struct bz_records *r);
/* Cells separated by commas, words in quotes, missing values empty. At most `most` bytes. */
int bz_records_write(const struct bz_records *r, FILE *to, size_t most, struct bz_error *err);
/* Whether field j holds words that are all numbers, as codes are. */
bool bz_records_hold_codes(const struct bz_records *r, size_t j);

/* The word that numpy and pandas write for a missing one. */
bool bz_word_is_gap(const char *word);
/* Whole numbers have no NaN: R writes a missing one as the least number of the type, and numpy's astype makes that of NaN.
 * BZ_BAD_INPUT if x is that number; row and column from 0. */
int bz_check_least(const char *path, enum bz_dtype dtype, double x, size_t row, size_t column, struct bz_error *err);

#endif
