/* A model, rows of data for it, and threads that process the rows a tile at a time: shared by score, features and
 * reconstruct. */
#ifndef TRAIN_ROW_TILES_H
#define TRAIN_ROW_TILES_H

#include "dataset.h"
#include "gibbs.h"
#include "model_file.h"
#include "pool.h"
#include "unlike.h"
#include "windows.h"

struct train_rows {
    struct bz_model *model;
    struct bz_columns columns;         /* what the model remembers of its table; n = 0: nothing */
    struct train_data *data;           /* all rows, or those of a window */
    struct train_data_options options; /* borrows the options it was opened with */
    struct train_windows *windows;     /* NULL = no windows, all rows are loaded */
    struct train_unlike unlike;        /* what all windows so far are like */
    size_t before, gaps;               /* rows of earlier windows; their missing values */
    long *part_of;                     /* [n_layers] part of the data that a layer takes, or -1 */
    struct train_data *mask;           /* which values are known, NULL = all present ones; parts named after layers */
    enum train_binarize binarize;
    uint64_t seed;
    bool unlabelled; /* labels of the data are left out of the label layer */
    double counts;   /* least words of multinomial rows that are not fully known; 0 = as many as are known, or 1 */
    struct train_pool *pool;
};

/* Loads a model for use (MODEL as the user gives it) and reports on stderr what is odd about it. *out is the caller's. */
int train_model_open(struct bz_model **out, const char *given, struct bz_error *err);

/* Opens model and data for a pool, which r owns from here on (after a failure it is freed). seed is for the draws of --binarize
 * stochastic and of chains. */
int train_rows_open(struct train_rows *r, const char *model, const struct train_data_options *data, struct train_pool *pool,
                    uint64_t seed, struct bz_error *err);
void train_rows_close(struct train_rows *r); /* all zeros is fine */

/* If the data were opened with options.windows and are a text table of more than a few megabytes, they come some rows at a
 * time: replaces the rows in r->data by the next ones. Shows progress on a terminal. 1, 0 when there are no more, -1. */
int train_rows_next(struct train_rows *r, struct bz_error *err);

/* --mask [NAME=]FILE: 1 = known, 0 = not; one row for all, or one per row. */
int train_rows_mask(struct train_rows *r, const struct bz_list *files, struct bz_error *err);

/* known[size of the layer] &= what the mask says about a row; no effect without a mask of the layer. */
void train_rows_mask_row(const struct train_rows *r, size_t layer, size_t row, uint8_t *known);

/* Reads rows first .. first+n-1 (n <= BZ_TILE) into rows 0 .. n-1 of s: visible layers with labels, what is known, counts. */
int train_rows_fill(const struct train_rows *r, struct bz_state *s, size_t first, size_t n, struct bz_error *err);

/* Rows of the data in a tile's state. */
struct train_tile {
    struct bz_chains *c; /* rows 0 .. n-1 of c->s: visible layers filled, known marked; seed and index set, step 0 */
    struct bz_work *w;
    size_t first, n; /* rows first .. first+n-1 of the data; n <= BZ_TILE */
};

/* Calls task for every tile, on all threads; each row is in one tile. Stops at the first failure. */
int train_rows_each(struct train_rows *r, int (*task)(void *arg, const struct train_tile *t, struct bz_error *err), void *arg,
                    struct bz_error *err);

/* The length at which rows of counts are compared (bz_state_set_length): a quarter of the median number of counts, since
 * features of long rows are near 0 or 1 and hardly differ; 0 for a machine without multinomial layers. */
int train_usual_length(struct train_rows *r, float *length, struct bz_error *err);

/* A visible or hidden layer by name; name NULL: `otherwise`, and if that is -1 an error that lists the layers to choose from.
 */
int train_layer_choice(const struct bz_machine *m, const char *name, bool visible, long otherwise, size_t *layer,
                       struct bz_error *err);

#endif
