/* A run of `boltz train` from data to a version in a repository. */
#ifndef TRAIN_TRAINING_H
#define TRAIN_TRAINING_H

#include "clusters.h"
#include "comparison.h"
#include "model_file.h"
#include "train_settings.h"

#include <stdio.h>

/* What the record of a finished version says that further learning must know before the rows are divided. */
struct training_past {
    bool known;      /* there is such a version, with a record */
    size_t held_out; /* rows that it has not learned from, */
    size_t refitted; /* and those that were held out at first only */
    size_t groups;   /* of rows far apart, whose shares it keeps */
    bool tree;       /* it is a tree of columns */
    bool quartered;  /* quarters of its rows have decided on its length */
};

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
    struct bz_machine *start;        /* the initial machine */
    struct train_clusters *clusters; /* groups of rows that start has units for; NULL = none */
    bool apart;                      /* there are such groups, and chains do not cross between them */
    struct bz_machine *rbm;          /* the lower part of start, which learns them first; NULL = none */
    bool factors;                    /* start already has the covariances of the rows (factors.h) */
    struct train_feed feed, valid_feed;
    size_t *rows, *valid_rows; /* rows of the data to learn from, and to hold out */
    size_t n_rows, n_valid;
    double *weights;  /* for the data's rows, by --weights and --reweight; NULL = all count alike */
    size_t *counted;  /* [n_rows] with --weights: the rows, each as often as it weighs; else NULL */
    double effective; /* how many in total */
    struct train_run_lock *lock;
    char *folder;     /* of checkpoints */
    char *checkpoint; /* its file */
    char *run_text;   /* lines of key = value: the settings, and digests of the data; what makes two runs the same */
    struct train_checkpoint *resume;
    struct training_past past; /* of the version that --resume continues from */
    uint64_t already;          /* its updates; 0 = started afresh */
    bool refits;               /* rows held out decide on the length only, and are then learned from: --refit */
    size_t refitted;           /* rows that were held out at first, and are now among `rows` */
    bool quartered;            /* of few rows: each quarter in turn decides on the length */
    char *finished;            /* --auto-resume: the version that this run has already written; NULL = there is work to do */

    struct bz_machine *result;
    struct bz_machine *unseeing; /* has not learned from the rows that were held out at first; NULL = there is none */
    size_t tree;                 /* pairs of columns that the result consists of, a tree; 0 = it has learned more */
    struct train_history history;
    struct train_outcome outcome;
    struct training_floor { /* of a run without a judge, if known */
        bool known;
        double log_prob, independent; /* of training rows: by the machine (a lower bound, if free energies are bounds), by
                                         columns that know nothing of each other */
        bool kept;                    /* the latter are the result, */
        bool kept_start;              /* or the model that it began with */
    } floor;
    struct training_quarters { /* what quarters of the rows gain by learning from the others */
        bool known;
        double gain;   /* log p at best, */
        uint64_t best; /* after so many updates; 0 = they gain nothing, */
        bool whole;    /* to the end of what was tried */
    } quarters;
    struct train_stage last;            /* as the last stage was run, for the record */
    struct train_comparison comparison; /* samples beside data, for the report; if `compared` */
    bool compared;
    const char *pretrained; /* the curve; NULL = not kept */
};

/* Takes the lock of settings->out, reads data and makes the initial machine. The caller sets the fields above the empty line,
 * the others are zero. If t->finished is set nothing is left to do. training_close in every case. */
int training_open(struct training *t, struct bz_error *err);
/* Whether the requested kind of learning is possible with this machine and these data. */
int training_check(const struct training *t, struct bz_error *err);
/* Learns. */
int training_run(struct training *t, struct bz_error *err);
/* Writes the next version of settings->out with its report; *path is its folder, the caller's. */
int training_save(struct training *t, char **path, struct bz_error *err);
/* --dry-run, instead of the two above: reports how the data were understood, the machine, and the time that learning would
 * take. Writes nothing. */
int training_preview(const struct training *t, FILE *out, struct bz_error *err);
void training_close(struct training *t);

/* The `training` metadata of the model as JSON text; the caller's, bz_free. */
char *training_record(const struct training *t, struct bz_error *err);
/* The free energies of held-out rows, or else of training rows; t->result in the units of learning. *out is the caller's. */
int training_energies(const struct training *t, struct bz_energy_scale **out, struct bz_error *err);
/* Fills t->comparison if the rows allow it; t->result in the units of learning. */
int training_compare(struct training *t, struct bz_error *err);
/* The settings by which two runs are the same, of this run and of one that has left a record (NULL: the record is insufficient,
 * *err says so). Lines of key = value; files by the digests of their bytes. The caller's. */
char *training_run_text(const struct training *t, struct bz_error *err);
char *training_record_text(const char *record, struct bz_error *err);

/* Reads t->init and the data, once on each host, reports how they were understood, and divides the rows. */
int training_load(struct training *t, struct bz_error *err);
/* Divides the rows into those to learn from and those to hold out. */
int training_divide(struct training *t, struct bz_error *err);

/* Handles the folder of checkpoints. First, before data are read: takes the lock, and refuses if it holds an interrupted run
 * and no option says what to do with it. Then, with the data known: sets t->resume or t->finished, if appropriate. */
int training_lock(struct training *t, struct bz_error *err);
int training_look_back(struct training *t, struct bz_error *err); /* fills t->past */
int training_find(struct training *t, struct bz_error *err);

/* After learning: where a tree of pairs of columns explains the held-out rows better, it becomes the result. */
int training_try_tree(struct training *t, struct bz_error *err);

/* After a run without a judge: says how probable the machine finds the rows beside independent columns, and beside the model
 * that it began with (--init, --resume). If much less than either, the better of these is the result. */
void training_check_floor(struct training *t);
/* What the settings, the rows and the machine say about a stage. */
void training_apply_settings(const struct training *t, const struct train_settings *s, const struct bz_machine *m,
                             struct train_stage *stage);
/* Makes of a stage one with tempering, of as many updates as take the time that is left after `spent` of its own. */
void training_temper(const struct training *t, struct train_stage *stage, uint64_t spent);

/* The length of a run, where rows are so few that it is run twice. */
void training_limit(const struct training *t, struct train_stage *stage);

/* Where t->refits: whether it is possible; then, after the run `as` whose length held-out rows have decided, the same length on
 * all rows. */
int training_refit_check(const struct training *t, const struct train_stage *stage, struct bz_error *err);
int training_refit(struct training *t, const struct train_stage *as, struct bz_error *err);

/* Whether each quarter of so many rows may decide; then, if t->quartered, it does: fills t->quarters, and sets the length of
 * the stage. */
bool training_may_quarter(const struct training *t, size_t rows);
int training_by_quarters(struct training *t, struct train_stage *stage, struct bz_error *err);

/* Beside the checkpoint, for --resume: what quarters have said, also if nothing. False where that is not kept. */
int training_keep_quarters(const struct training *t, struct bz_error *err);
bool training_fetch_quarters(struct training *t);
/* The same of the first run's best machine and its outcome, in case the second run is interrupted; other: it was trained in
 * another way than planned. A stage that repeats it gets its length. */
int training_keep_first(const struct training *t, bool other, struct bz_error *err);
int training_fetch_first(struct training *t, struct train_stage *stage, bool *other, struct bz_error *err);

/* Where the initial machine is the result in the end, rows held out have no more to decide: of few rows, it becomes that of
 * all. */
int training_start_of_all(struct training *t, const struct train_stage *stage, struct bz_error *err);
/* The initial machine is the result, since learning did not help. */
int training_keep_start(struct training *t, struct bz_error *err);

/* The rows that are held out are learned from too; they are the last ones of t->rows. */
void training_hold_none(struct training *t);

/* Rows go into the layers of m from now on. */
int training_feed_into(struct training *t, const struct bz_machine *m, struct bz_error *err);

/* --resume if no run was interrupted: further updates from the version that this run has written, if more are requested. */
int training_go_on(struct training *t, unsigned long version, struct bz_error *err);
/* Names the first line in which two runs differ; `there` is the one to be matched. Returns -1. */
int training_differ(const char *option, const char *name, const char *there, const char *here, const char *advice,
                    struct bz_error *err);
/* Converts a machine from the data's own units to those of learning. */
int training_own_units(const struct training *t, struct bz_machine *m, struct bz_error *err);

/* Layers are pretrained on the features of others, stored as probabilities of being on: all hidden ones must be bernoulli. */
bool training_passes_features(const struct bz_machine *m);

/* The graph of an RBM, which learns as an autoencoder (autoencode.h). */
bool training_is_autoencoder(const struct training *t);

/* The type of the hidden units, as requested or as suits the data. */
int training_hidden_unit(const struct training *t, struct train_shape *shape, struct bz_error *err);
/* How many an RBM has if that was left open; pathway->sizes is the caller's. */
int training_hidden_size(const struct training *t, const struct train_shape *shape, struct train_pathway *pathway,
                         struct bz_error *err);
/* Gives t->start what is known of the rows before learning: factors, groups far apart. */
int training_start_known(struct training *t, struct bz_error *err);
/* As train_pretrain: trains t->rbm, and *out is the whole that begins as it. */
struct train_pretrain;
int training_learn_rbm(const struct training *t, const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages,
                       struct bz_error *err);
/* Of several hosts: what rank 0 has made of its rows. */
int training_start_follow(struct training *t, struct bz_error *err);

/* A text of the caller's, bz_free. */
char *training_join(struct bz_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
