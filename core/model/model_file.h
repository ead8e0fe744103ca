/* Model files: safetensors with metadata (docs/FORMAT.md). */
#ifndef BZ_MODEL_FILE_H
#define BZ_MODEL_FILE_H

#include "digest.h"
#include "energy_scale.h"
#include "machine.h"
#include "network.h"
#include "repository.h"

struct bz_log_z {
    double value, stderr_;
    char method[16]; /* "ais", "exact" */
    size_t runs, betas;
    double counts;                 /* D this entry holds for; negative = not a count model */
    char warning[BZ_WARNING_ROOM]; /* why the value may be wrong; empty = no objection */
};

struct bz_meta { /* a metadata pair kept as it is */
    char *key, *value;
};

/* A loaded model. Immutable after bz_model_load but for what bz_machine_prepare derives; after bz_model_parse bz_model_confirm
 * adds what is known of the weights. */
struct bz_model {
    struct bz_machine *machine;
    char *path;                    /* of the file, as given; NULL after bz_model_parse; owned */
    struct bz_network *classifier; /* what fine-tuning made; NULL if the file has none; owned */
    char *graph_json;              /* the `model` metadata as in the file, keys unknown to this version and all */
    char *training;                /* JSON text or NULL */
    char *table;                   /* JSON text of the columns it was trained on (core/table/columns.h) or NULL */
    bool own_gaps;                 /* that names spellings of gaps, which numbers may be among */
    struct bz_log_z *log_z;        /* [n_log_z]; empty if absent or for other weights */
    size_t n_log_z;
    char *log_z_json;                 /* the JSON text as in the file, NULL if absent or ignored */
    struct bz_energy_scale *energies; /* where free energies of rows lie; NULL if absent or for other weights; owned */
    char *warning;                    /* e.g. log_partition was for other weights; NULL if none */
    char *log_z_text, *energies_text; /* the last two as in the file, until they are confirmed; owned */
    struct bz_meta *extra;            /* unknown metadata, kept */
    size_t n_extra;
    void *map; /* the mapping or buffer behind the machine's views; owned */
    size_t map_size;
    const void *data;            /* the file's data section, inside map or the caller's memory */
    size_t weight_bytes;         /* its size: bytes of all tensors */
    char digest[BZ_DIGEST_ROOM]; /* of that section, if loading had to compute it; else "" */
};

/* Maps and checks a file: structure, every offset and shape, names, finite values, laterals. F16, BF16 and F64 tensors are
 * converted to F32 (then the machine owns them). path appears in messages as given. */
int bz_model_load(struct bz_model **out, const char *path, struct bz_error *err);
/* The same from memory that the caller keeps until bz_model_free, but for the question whether log_partition and free_energy
 * belong to these weights: the digest of all of them is half of what loading costs, and a daemon with many models puts it
 * off. */
int bz_model_parse(struct bz_model **out, const void *bytes, size_t size, const char *name, struct bz_error *err);
/* Decides that question: fills log_z, log_z_json, energies and warning, which are empty until then. Further calls do nothing.
 */
int bz_model_confirm(struct bz_model *model, struct bz_error *err);
void bz_model_free(struct bz_model *model);

/* What to write besides the machine. NULL/0 = leave out. */
struct bz_model_text {
    const char *graph_json; /* as loaded, to keep what it says beyond the machine; used if it describes the same graph */
    const char *training;
    bool sign; /* training describes this machine: its `weights` becomes the digest of the tensors */
    const char *table;
    const struct bz_log_z *log_z;
    size_t n_log_z;
    const struct bz_energy_scale *energies; /* of this machine */
    const struct bz_meta *extra;
    size_t n_extra;
    const struct bz_network *classifier;
    bool half; /* write numbers as F16 (11 bits of fraction), not F32 */
};
/* Everything a model has besides its machine, borrowed, for writing it again. */
struct bz_model_text bz_model_text_of(const struct bz_model *model);
/* Checks the machine (bz_machine_check), then writes path atomically: temporary file in the same folder, fsync, rename, fsync
 * of the folder. */
int bz_model_save(const struct bz_machine *m, const struct bz_model_text *text, const char *path, struct bz_error *err);

/* What was found out about a model after it had been read. NULL = nothing new. */
struct bz_model_news {
    const struct bz_log_z *log_z; /* [n_log_z] */
    size_t n_log_z;
    const struct bz_energy_scale *energies;
};
/* Writes it into the file that the model was read from, whatever the latest version is by now; what others have noted there
 * meanwhile stays. Fails if the file has other weights by now, or none (BZ_BAD_MODEL, BZ_NOT_FOUND). */
int bz_model_amend(const struct bz_model *model, const struct bz_model_news *news, struct bz_error *err);

/* SHA-256 of the tensors' bytes, one after the other in the order of the file (its data section), as 64 hex digits and a 0: the
 * digest that log_partition names as "sha256:<hex>". Of a model as it was read; of a machine as bz_model_save would write it.
 */
void bz_model_digest(const struct bz_model *model, char hex[BZ_DIGEST_ROOM]);
int bz_model_weights_digest(const struct bz_machine *m, char hex[BZ_DIGEST_ROOM], struct bz_error *err);

/* Compares the tensors with the digest that `training` names as `weights`: 1 = equal, 0 = it names none, -1 and *err = they
 * differ (a file that was not completely written, or was changed since). */
int bz_model_verify(const struct bz_model *model, struct bz_error *err);

/* The `model` metadata as JSON text, {"kind":…,"layers":[…],"couplings":[…]}; the caller's, bz_free. */
char *bz_model_graph_json(const struct bz_machine *m, struct bz_error *err);

#endif
