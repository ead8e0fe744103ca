/* boltz train: the command line of training. */
#include "commands.h"
#include "data_options.h"
#include "interrupt.h"
#include "linalg.h"
#include "mem.h"
#include "several.h"
#include "text_stream.h"
#include "training.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Options that do not affect the result, and so may differ when a run is resumed. */
static const char *const without_effect[] = {"out",    "resume", "auto-resume", "restart", "log",     "checkpoint-every",
                                             "config", "cpu",    "threads",     "valid",   "dry-run", NULL};

static const char *const kinds[] = {"rbm", "bm", "dbm", "multimodal", "autoencoder"};

static const char *check_kind(const char *word, struct bz_error *err)
{
    for (size_t i = 0; i < TRAIN_COUNT(kinds); i++)
        if (!strcmp(word, kinds[i]))
            return kinds[i];
    bz_fail(err, BZ_BAD_USAGE, "expected rbm, bm, dbm, multimodal or autoencoder, found '%s'", word);
    return NULL;
}

/* Options without meaning for a kind are refused rather than ignored. */
static int check_kind_options(const struct train_arguments *a, const char *kind, struct bz_error *err)
{
    static const char *const chains[] = {
        "algorithm", "k", "chains", "mean-field-steps", "pretrain", "pretrain-epochs", "valid-fraction", "early-stopping"};
    const bool autoencoder = !strcmp(kind, "autoencoder");
    for (size_t i = 0; autoencoder && i < TRAIN_COUNT(chains); i++)
        if (bz_option_changed(&a->options, chains[i]))
            return bz_fail(err, BZ_BAD_USAGE, "--%s: an autoencoder has no chains, no stages and no likelihood to stop at",
                           chains[i]);
    if (strcmp(kind, "multimodal") && bz_option_changed(&a->options, "joint"))
        return bz_fail(err, BZ_BAD_USAGE, "--joint: only a multimodal machine has a layer that joins others, found %s", kind);
    if (!autoencoder && bz_option_changed(&a->options, "denoise"))
        return bz_fail(err, BZ_BAD_USAGE, "--denoise: only an autoencoder learns from corrupted inputs, found %s", kind);
    return 0;
}

struct options {
    struct train_settings settings;
    struct train_data_options data;
    struct train_run_options run;
};

/* From data to a version, or with --dry-run to a description. Only the first of several processes writes. */
static int make(struct training *t, struct bz_error *err)
{
    const bool first = train_ranks_number(t->ranks) == 0;
    char *path = NULL;
    if (training_open(t, err) < 0)
        return -1;
    if (t->settings->dry_run)
        return first ? training_preview(t, stdout, err) : 0;
    train_interrupt_watch();
    if (!t->finished && (training_run(t, err) < 0 || (first && training_save(t, &path, err) < 0)))
        return -1;
    if (first)
        printf("%s\n", t->finished ? t->finished : path);
    bz_free(path);
    return 0;
}

static void say_ranks(const struct training *t, const struct train_run_options *options)
{
    const size_t n = train_ranks_count(t->ranks), hosts = train_ranks_hosts(t->ranks);
    if (t->ranks)
        train_progress_say(t->progress, "%zu processes over MPI on %zu host%s, %zu thread%s each", n, hosts,
                           hosts == 1 ? "" : "s", options->threads, options->threads == 1 ? "" : "s");
}

static int run(struct training *t, const struct train_run_options *given, struct bz_error *err)
{
    struct train_run_options options = *given;
    struct train_pool *pool = NULL;
    if (train_linalg_load(err) < 0 || train_several_join(&t->ranks, &options, false, err) < 0)
        return -1;
    t->progress->silent = train_ranks_number(t->ranks) > 0;
    if (t->progress->silent)
        t->progress->log = TRAIN_LOG_NONE;
    int rc = train_run_start(&options, &pool, err);
    t->par = train_pool_parallel(pool);
    if (rc == 0) {
        say_ranks(t, &options);
        rc = make(t, err);
    }
    training_close(t);
    train_pool_free(pool);
    return train_several_leave(t->ranks, "train", rc, err);
}

static int train(const struct train_arguments *a, const void *given, struct bz_error *err)
{
    const struct options *o = given;
    const struct train_settings *s = &o->settings;
    struct bz_text text;
    FILE *lines = bz_text_begin(&text, err);
    if (!lines)
        return -1;
    bz_options_write(&a->set, o, without_effect, false, lines);
    if (bz_text_end(&text, "the settings", err) < 0)
        return -1;
    const enum train_log log = !strcmp(s->log, "json")   ? TRAIN_LOG_JSON
                               : !strcmp(s->log, "none") ? TRAIN_LOG_NONE
                                                         : TRAIN_LOG_TEXT;
    struct train_progress progress = train_progress_make(log);
    struct training training = {.settings = s,
                                .data_options = &o->data,
                                .settings_text = text.text,
                                .progress = &progress,
                                .kind = check_kind(a->words[0], err)};
    int rc = -1;
    if (training.kind && check_kind_options(a, training.kind, err) < 0)
        rc = -1;
    else if (training.kind && ((!s->out && !s->dry_run) || !o->data.data.n))
        bz_fail(err, BZ_BAD_USAGE, "--%s: is needed", s->out || s->dry_run ? "data" : "out");
    else if (training.kind)
        rc = run(&training, &o->run, err);
    bz_text_free(&text);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, offsetof(struct options, data)},
    {NULL, train_layer_rows, TRAIN_N_LAYER_OPTIONS, offsetof(struct options, data)},
    {"Machine", train_machine_rows, TRAIN_N_MACHINE_OPTIONS, offsetof(struct options, settings)},
    {"Learning", train_learning_rows, TRAIN_N_LEARNING_OPTIONS, offsetof(struct options, settings)},
    {"Course", train_course_rows, TRAIN_N_COURSE_OPTIONS, offsetof(struct options, settings)},
    {"General", train_run_rows, TRAIN_N_RUN_OPTIONS, offsetof(struct options, run)},
};

const struct train_work train_work_train = {
    TRAIN_OPTIONS(groups, struct options),
    .run = train,
};
