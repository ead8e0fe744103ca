/* What a worker keeps for a model, and the tile of rows that an operation computes. Private to the api. */
#ifndef API_WORKER_H
#define API_WORKER_H

#include "job.h"
#include "network.h"
#include "views.h"

/* Scratch for one model: a tile of rows of every layer. Owned by one worker. */
struct api_scratch {
    struct api_model *model; /* a reference is held */
    struct bz_chains *chains;
    struct bz_work *work;
    float **given;   /* [n_layers]: [room of a tile][size] rows as given, for errors of reconstructions; NULL until needed */
    double *classes; /* [BZ_TILE][classes] for class probabilities; NULL until needed */
    struct bz_views_work *views; /* of the index, and [BZ_TILE][units of the views]; NULL until needed */
    float *met;
    struct bz_network_work *network; /* of the classifier; NULL until needed, or where there is none */
    uint64_t used;                   /* when last used, in runs of this worker */
};

/* Consecutive rows of one call inside a tile. */
struct api_segment {
    struct api_call *call;
    struct api_task *task;
    size_t first, n; /* rows of the call */
    size_t at;       /* where they are in the tile */
};

/* Rows 0 .. n-1 of scratch->chains->s are filled with the visible layers' values and masks, seeds and row numbers. */
struct api_tile {
    struct api_scratch *scratch;
    size_t n;
    struct api_segment segment[BZ_TILE];
    size_t n_segments;
    const struct api_call *call; /* the first: all others agree with it on what `same` compares */
    const struct api_task *task;
};

/* The worker's scratch for a model, made at the first use; NULL when out of memory. */
struct api_scratch *api_worker_scratch(struct api_worker *worker, struct api_model *model);

/* Copies a tile's results for one layer, or scores, to its calls. A call with a result that is not finite (its inputs were too
 * large for 32-bit arithmetic) is refused. */
void api_tile_store_layer(const struct api_tile *tile, size_t layer);
/* Rows x[n of the tile][size] to calls' own arrays. */
void api_tile_store_rows(const struct api_tile *tile, const float *x, size_t size, float *(*of)(struct api_task *task));
void api_tile_store_scores(const struct api_tile *tile, const double *score, const enum bz_method *method);
/* Probabilities p[n of the tile][classes]; ones that are not finite are refused likewise. */
void api_tile_store_classes(const struct api_tile *tile, const double *p, size_t classes);
/* How each row was computed. */
void api_tile_store_methods(const struct api_tile *tile, const enum bz_method *method);

/* True if the whole call is less work than handing it to another thread. */
bool api_is_quick(const struct api_call *call);

#endif
