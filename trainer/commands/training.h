/* A run of `boltz train` from data to a version in a repository. */
#ifndef TRAIN_TRAINING_H
#define TRAIN_TRAINING_H

#include "clusters.h"
#include "comparison.h"
#include "model_file.h"
#include "train_settings.h"

#include <stdio.h>

struct training {
    const char *kind; /* "rbm", "dbm", "bm", "multimodal", "autoencoder" */
    const struct train_settings *settings;
    const struct train_data_options *data_options;
    const char *settings_text; /* lines of key = value that the result depends on; borrowed */
    struct bz_parallel *par;
    struct train_progress *progress;
    struct train_ranks *ranks; /* several processes that train this model together; NULL = this one alone */
    bool spread;               /* on several hosts: rank 0 has the rows, the others of `data` a block each, of `valid` none */

    struct train_data *data, *valid;
    struct bz_model *init;
    struct bz_machine *start;        /* what learning begins with */
    struct train_clusters *clusters; /* groups of rows that start has units for; NULL = none */
    bool factors;                    /* start has the covariances of the rows (factors.h) */
    struct train_feed feed, valid_feed;
    size_t *rows, *valid_rows; /* of the data that are learned from, that are kept for validation */
    size_t n_rows, n_valid;
    double *weights;  /* of the data's rows, by --weights and --reweight; NULL = all count alike */
    size_t *counted;  /* [n_rows] with --weights: the rows, each as often as it weighs; else NULL */
    double effective; /* how many they are together */
    struct train_run_lock *lock;
    char *folder;     /* of checkpoints */
    char *checkpoint; /* its file */
    char *run_text;   /* lines of key = value: the settings, and digests of the data; what makes two runs the same */
    struct train_checkpoint *resume;
    uint64_t already; /* updates that the version has that --resume continues from; 0 = started afresh */
    size_t refitted;  /* --refit: rows that were held out until they had decided, and are among `rows` now */
    char *finished;   /* --auto-resume: the version that this run has already made; NULL = there is work to do */

    struct bz_machine *result;
    struct train_history history;
    struct train_outcome outcome;
    struct train_stage last;            /* as the last stage was run, for the record */
    struct train_comparison comparison; /* samples beside data, for the report; if `compared` */
    bool compared;
    const char *pretrained; /* the way; NULL = not */
};

/* Takes the lock of settings->out, reads data and makes the machine to begin with. Fields above the empty line are set by the
 * caller, the others zero. Where t->finished is set nothing is left to do. training_close in every case. */
int training_open(struct training *t, struct bz_error *err);
/* Whether ways of learning that were asked for can be gone with this machine and these data. */
int training_check(const struct training *t, struct bz_error *err);
/* Learns. */
int training_run(struct training *t, struct bz_error *err);
/* Writes the next version of settings->out with its report; *path is its folder, the caller's. */
int training_save(struct training *t, char **path, struct bz_error *err);
/* --dry-run, in place of the two above: says what was understood, the machine, and the time that learning would take. Writes
 * nothing. */
int training_preview(const struct training *t, FILE *out, struct bz_error *err);
void training_close(struct training *t);

/* The `training` metadata of the model as JSON text; the caller's, bz_free. */
char *training_record(const struct training *t, struct bz_error *err);
/* The free energies of rows held out, or else of those learned from; t->result in the units it was learned in. *out is the
 * caller's. */
int training_energies(const struct training *t, struct bz_energy_scale **out, struct bz_error *err);
/* Fills t->comparison where the rows allow it; t->result in the units it was learned in. */
int training_compare(struct training *t, struct bz_error *err);
/* What makes two runs the same, of this one and of one that has left a record (NULL: it tells too little, *err says so). Lines
 * of key = value; files by the digests of their bytes. The caller's. */
char *training_run_text(const struct training *t, struct bz_error *err);
char *training_record_text(const char *record, struct bz_error *err);

/* Reads t->init and the data, on each host once, says what was understood, and divides the rows. */
int training_load(struct training *t, struct bz_error *err);
/* Divides the rows into those that are learned from and those that are held out. */
int training_divide(struct training *t, struct bz_error *err);

/* What the folder of checkpoints asks for. First, before data are read: the lock, and a refusal where an interrupted run is
 * kept and no option says what to do with it. Then, with the data known: t->resume or t->finished, where there is one. */
int training_lock(struct training *t, struct bz_error *err);
int training_find(struct training *t, struct bz_error *err);

/* --refit: whether it can be; then, after the run `as` whose outcome held-out rows have decided on, the same length on all
 * rows. */
int training_refit_check(const struct training *t, const struct train_stage *stage, struct bz_error *err);
int training_refit(struct training *t, const struct train_stage *as, struct bz_error *err);

/* --resume where no run was interrupted: further updates from the version that this run has made, if more are asked for. */
int training_go_on(struct training *t, unsigned long version, struct bz_error *err);
/* Names the first line in which two runs differ; `there` is the one that is to be met. Returns -1. */
int training_differ(const char *option, const char *name, const char *there, const char *here, const char *advice,
                    struct bz_error *err);
/* A machine in the data's own units gets those that are learned in. */
int training_own_units(const struct training *t, struct bz_machine *m, struct bz_error *err);

/* Layers are pretrained on the features of others, which are kept as probabilities of being on: all hidden ones are bernoulli.
 */
bool training_passes_features(const struct bz_machine *m);

/* The graph of an RBM, which learns as an autoencoder (autoencode.h). */
bool training_is_autoencoder(const struct training *t);

/* The type of the hidden units, that was asked for or that suits the data. */
int training_hidden_unit(const struct training *t, struct train_shape *shape, struct bz_error *err);
/* How many an RBM has where that was left open; pathway->sizes is the caller's. */
int training_hidden_size(const struct training *t, const struct train_shape *shape, struct train_pathway *pathway,
                         struct bz_error *err);
/* Gives t->start what can be told of the rows before learning: factors, groups far apart. */
int training_start_known(struct training *t, struct bz_error *err);
/* Of several hosts: what rank 0 has made of its rows. */
int training_start_follow(struct training *t, struct bz_error *err);

/* A text of the caller's, bz_free. */
char *training_join(struct bz_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
