/* Features of rows kept beside a model, and the exact search for the nearest of them. One file, index.safetensors, in the
 * version's folder (docs/FORMAT.md). */
#ifndef BZ_INDEX_H
#define BZ_INDEX_H

#include "machine.h"
#include "safetensors.h"
#include "views.h"

#define BZ_INDEX_FILE "index.safetensors"

enum bz_codes { BZ_CODES_F32, BZ_CODES_I8, BZ_CODES_BITS, BZ_N_CODES };
enum bz_metric { BZ_COSINE, BZ_L2, BZ_HAMMING };
const char *bz_codes_name(enum bz_codes codes); /* "f32", "i8", "bits" */

/* All views point into the file's bytes, which the caller keeps. */
struct bz_index {
    size_t layer, rows, units; /* units: of the layer, or of the views */
    enum bz_codes codes;
    const float *f32;     /* [rows][units] features less their mean, whitened or not */
    const int8_t *i8;     /* [rows][units]: 127 is the row's largest magnitude... */
    const float *peak;    /* [rows] ...which is this */
    const uint64_t *bits; /* [rows][words]: 1 where a feature is over its mean, unit i is bit i % 64 of word i / 64 */
    size_t words;
    float length;      /* counts to which rows of multinomial layers were rescaled (bz_state_set_length); 0 = not rescaled */
    const float *mean; /* [units]: of the indexed features, or zeros */
    const float *whitening;  /* [units][units] as in whiten.h, already applied to the rows; NULL = none */
    struct bz_views *views;  /* owned; NULL = rows are compared by the features of the layer */
    double *norm;            /* [rows] lengths of the vectors; derived, owned; NULL for bits */
    const char *ids;         /* the rows' own names, concatenated; NULL = numbers from 0 */
    const int64_t *id_start; /* [rows + 1] */
};

/* Reads and checks bytes[size], which are 8-byte aligned and outlive *out, for a model whose tensors have the digest. name
 * stands for the file in messages. BZ_BAD_MODEL; BZ_UNSUPPORTED if it was made from other weights. *out is the caller's. */
int bz_index_parse(struct bz_index **out, const void *bytes, size_t size, const char *name, const struct bz_machine *m,
                   const char *digest, struct bz_error *err);
void bz_index_free(struct bz_index *x); /* NULL is fine */

/* *out = the index file beside a model named as for the tool; the caller's, bz_free. BZ_BAD_INPUT unless it is in a folder of a
 * repository. */
int bz_index_path(char **out, const char *given, struct bz_error *err);

/* Writes a file atomically. feature[rows][units] of a layer; ids may be NULL, else [rows] texts. digest: of the model's
 * tensors. centre: the mean is subtracted; whiten: features are whitened too (needs centre). BZ_BAD_INPUT where whitening is
 * asked for and nothing varies. views: of which the features are what rows come to (bz_views_meet), neither centred nor
 * whitened. */
struct bz_index_content {
    const char *layer;
    size_t rows, units;
    enum bz_codes codes;
    bool centre, whiten;
    float length;                     /* counts the rows had been rescaled to; 0 = not rescaled */
    const struct bz_views *views;     /* NULL = none... */
    const struct bz_machine *machine; /* ...else theirs */
    const float *feature;
    char *const *ids;
    const char *digest;
};
int bz_index_save(const struct bz_index_content *c, const char *path, struct bz_error *err);

/* True if the index can be searched by the metric: bits by Hamming distance alone, others by the other two. */
bool bz_index_has_metric(const struct bz_index *x, enum bz_metric metric);

struct bz_neighbour {
    double distance; /* 1 - cosine; Euclidean; differing bits */
    size_t row;
};

/* Floats of scratch that a query needs. */
size_t bz_index_scratch(const struct bz_index *x);
/* Begins a query of the features q[units]: less the mean, whitened as the rows are, kept in scratch. */
void bz_index_query(const struct bz_index *x, const float *q, float *scratch);
/* The k nearest of the rows looked at, in a heap with the farthest first; of equal distances the smaller row is nearer. */
struct bz_nearest {
    struct bz_neighbour *near; /* [k], borrowed */
    size_t k, found;
};
/* Looks at rows first .. first+n-1 for the query that scratch holds. Same bits on every CPU. */
void bz_index_scan(const struct bz_index *x, enum bz_metric metric, float *scratch, size_t first, size_t n,
                   struct bz_nearest *to);
void bz_index_sort(struct bz_nearest *to); /* the heap becomes a list, nearest first */

#endif
