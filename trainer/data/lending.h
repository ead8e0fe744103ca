/* A data set in memory shared by several processes on a host: one has loaded it and lends it, the others borrow it. */
#ifndef TRAIN_LENDING_H
#define TRAIN_LENDING_H

#include "dataset.h"

/* Its location; plain bytes, to be sent to another process on this host. All zeros = nothing is lent. */
struct train_loan {
    uint64_t process, descriptor; /* an anonymous file of this process */
    uint64_t bytes;
    uint64_t mark; /* the first bytes of it */
};

/* Moves the values of d's rows to where others can read them, from now on read-only here too. What is not needed to learn from
 * rows - texts of an index column, remarks, names of columns in the file - is left out. The loan lasts until
 * train_data_free(d). On failure d is unchanged. */
int train_data_lend(struct train_data *d, struct train_loan *out, struct bz_error *err);
/* *out is the caller's (train_data_free); its rows are the lender's pages. BZ_IO where they cannot be reached. */
int train_data_borrow(struct train_data **out, const struct train_loan *loan, struct bz_error *err);

/* Moves the values of d's rows to a file without a name in a folder, from which they come back as they are read; what
 * train_data_lend leaves out stays. Nothing for rows that are lent or borrowed. On failure d is unchanged. */
int train_data_set_aside(struct train_data *d, const char *folder, struct bz_error *err);

/* A data set without values of rows, as plain bytes: what is known of the parts, labels, weights and which rows lack a part.
 * *out is the caller's (bz_free). */
int train_data_outline(struct train_data *d, void **out, size_t *bytes, struct bz_error *err);
/* A data set from such bytes, the caller's; no row is in it. */
int train_data_of_outline(struct train_data **out, void *outline, size_t bytes, struct bz_error *err);

#endif
