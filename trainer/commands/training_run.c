/* The course of a run of `boltz train`: what comes before the whole machine learns, learning, and what is tried when it goes
   wrong. */
#include "training.h"

#include "course.h"
#include "factors.h"
#include "interleave.h"
#include "judge.h"
#include "lending.h"
#include "mathx.h"
#include "mem.h"
#include "need.h"
#include "parameters.h"
#include "pretrain.h"
#include "reweight.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A machine that starts as the factors of its rows, or with states for the parts of its groups, is where learning would end,
 * except for categories and what is not gaussian. Its weights allow only steps proportional to the cube of the least deviation:
 * larger ones leave no distribution to learn. */
static void touch_up(const struct train_settings *s, double least, struct train_stage *stage)
{
    enum { UPDATES = 200 };
    const double rate = fmin(2e-4, 2e-3 * bz_exp(3 * least));
    if (!s->updates && !s->epochs)
        stage->updates = UPDATES;
    if (s->rate == 0)
        stage->rate = rate;
    stage->alarmed = false;
}

/* Units as narrow as groups far apart have them bear steps that fall with their variance: larger ones throw the groups' masses
 * about by hundreds of nats. */
static void be_gentle(const struct training *t, const struct bz_machine *m, struct train_stage *stage)
{
    const double part = 0.25;
    double least = 0;
    for (size_t l = 0; t->clusters && l < m->n_layers; l++)
        for (size_t i = 0; bz_is_visible(&m->layers[l]) && m->layers[l].log_sigma && i < m->layers[l].size; i++)
            least = fmin(least, (double)m->layers[l].log_sigma[i]);
    stage->rate = fmin(stage->rate, part * bz_exp(2 * least));
}

/* A unit's s stays above a part of its column's deviation: of columns in their own scale, of the smallest one. What begins
 * narrower, in groups far apart, may stay so. */
void training_apply_settings(const struct training *t, const struct train_settings *s, const struct bz_machine *m,
                             struct train_stage *stage)
{
    double least = (double)INFINITY;
    train_settings_apply(s, m, t->n_rows, stage);
    training_limit(t, stage);
    /* Weights that keep groups apart are large, and shrinking them shifts masses. But without rows that decide on the length
     * few rows are learned by heart then. */
    if (t->clusters && s->weight_decay < 0 && t->refits && s->refit == BZ_AUTO)
        stage->rule.weight_decay = 0;
    stage->rule.parts = t->data->parts;
    stage->rule.n_parts = t->data->n_parts;
    if (training_is_autoencoder(t)) { /* no chains, and no likelihood to judge by */
        stage->rule.algorithm = TRAIN_AUTOENCODER;
        stage->rule.sweeps = 0;
        stage->chains = stage->batch;
        stage->judged = stage->alarmed = stage->stops_early = false;
    }
    for (size_t l = 0; !t->data_options->standardize && l < t->start->n_layers; l++)
        for (size_t i = 0; t->start->layers[l].log_sigma && i < t->start->layers[l].size; i++)
            least = fmin(least, (double)t->start->layers[l].log_sigma[i]);
    if (isfinite(least))
        stage->rule.min_log_sigma += least;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; bz_is_visible(&m->layers[l]) && m->layers[l].log_sigma && i < m->layers[l].size; i++)
            stage->rule.min_log_sigma = fmin(stage->rule.min_log_sigma, (double)m->layers[l].log_sigma[i]);
    if (t->factors || (t->clusters && t->clusters->n_units > t->clusters->n))
        touch_up(s, stage->rule.min_log_sigma, stage);
    if (s->rate == 0)
        be_gentle(t, m, stage);
    if (t->clusters && stage->rule.algorithm != TRAIN_AUTOENCODER && !stage->rule.discriminative)
        stage->judged = train_may_judge(m); /* what the groups weigh is told however long it learns */
}

/* The default is to interleave (docs/results.md), if possible. */
static enum train_pretrain_way pretrain_way(const struct training *t)
{
    if (!strcmp(t->settings->pretrain, "grown"))
        return TRAIN_GROWN;
    return strcmp(t->settings->pretrain, "stacked") && train_may_interleave(t->start) ? TRAIN_INTERLEAVED : TRAIN_STACKED;
}

/* A layer's RBM, before the whole machine: fewer updates. Stacked ones learn from short chains from the data, since their
 * doubled inputs belong to no joint distribution that persistent chains could follow. */
static void choose_pretraining(void *arg, const struct bz_machine *m, struct train_stage *stage)
{
    const struct training *t = arg;
    struct train_settings s = *t->settings;
    if (pretrain_way(t) == TRAIN_STACKED) {
        s.algorithm = "cd";
        s.averaged = false;
    }
    s.epochs = s.pretrain_epochs;
    s.updates = 0;
    training_apply_settings(t, &s, m, stage);
    if (!s.pretrain_epochs) { /* half of the whole's */
        struct train_stage whole = *stage;
        training_apply_settings(t, t->settings, m, &whole);
        stage->updates = (whole.updates + 1) / 2;
    }
    stage->clusters = t->clusters;
}

/* Pretrains a deep machine; t->start becomes the result. number: the stage that follows. */
static int pretrain(struct training *t, const struct train_stage *common, uint64_t *number, struct bz_error *err)
{
    struct bz_machine *result;
    const struct train_pretrain p = {.machine = t->start,
                                     .data = t->data,
                                     .stage = common,
                                     .choose = choose_pretraining,
                                     .choose_arg = t,
                                     .folder = t->folder,
                                     .binarize = t->feed.binarize,
                                     .way = pretrain_way(t)};
    if ((t->rbm ? training_learn_rbm(t, &p, &result, number, err) : train_pretrain(&p, &result, number, err)) < 0)
        return -1;
    bz_machine_free(t->start);
    t->start = result;
    return 0;
}

static int pretrain_if_deep(struct training *t, struct train_stage *common, struct bz_error *err)
{
    const char *const ways[] = {"interleaved", "stacked", "grown"};
    struct train_stage whole = *common;
    uint64_t number;
    if (t->init || t->already || !strcmp(t->settings->pretrain, "off") ||
        !(t->rbm || (!t->clusters && train_is_deep(t->start) && training_passes_features(t->start))))
        return 0;
    whole.start = t->start;
    whole.feed = &t->feed;
    whole.valid = t->n_valid ? &t->valid_feed : NULL;
    training_apply_settings(t, t->settings, t->start, &whole);
    if (train_stage_fits(&whole, err) < 0)
        return -1;
    t->pretrained = ways[t->rbm ? TRAIN_GROWN : pretrain_way(t)];
    if (pretrain(t, common, &number, err) < 0)
        return -1;
    if (number != common->number)
        common->resume = NULL;
    common->number = number;
    return 0;
}

/* --- chains that lose part of the data --- */

/* Numbers of the stages that follow the first, of a machine that needs no pretraining. */
enum { TEMPERED = 1 /* or with Adam */, REFITTED = 2 };

/* As many updates with tempering as fit into the remaining time of the plan. A sweep of all replicas, with the ratios that
 * exchanges need, takes as long as about 32 sweeps of plain chains; an update takes one and a half besides. */
void training_temper(const struct training *t, struct train_stage *stage, uint64_t spent)
{
    enum { SWEEPS = 2, PRICE = 32 };
    const double left = (double)(stage->updates - spent) * ((double)stage->rule.sweeps + 1.5);
    const size_t sweeps = stage->rule.sweeps < SWEEPS ? stage->rule.sweeps : SWEEPS;
    const double updates = left / (double)(PRICE * sweeps);
    stage->updates = updates < 500 ? 500 : (uint64_t)updates;
    struct train_settings tempered = *t->settings;
    struct train_stage suits = *stage;
    tempered.algorithm = "pt";
    training_apply_settings(t, &tempered, stage->start, &suits);
    stage->rate = suits.rate;
    stage->rule.algorithm = TRAIN_PT;
    stage->rule.sweeps = sweeps;
    stage->title = "training with tempering";
    stage->alarmed = false;
    stage->already = 0;
    stage->number = TEMPERED;
}

/* With real values that many updates with tempering learn next to nothing, and larger steps diverge; Adam's, which do not
 * depend on how steep things are, get further before chains part. */
static bool helps_adam(const struct training *t)
{
    bool real = false;
    for (size_t l = 0; l < t->start->n_layers; l++)
        real |= t->start->layers[l].unit == BZ_GAUSSIAN && t->start->layers[l].role == BZ_VISIBLE;
    return real && !t->settings->optimizer && !train_hidden_unbounded(t->start);
}

/* Makes of a stage whose chains have left part of the data, after so many updates, what is tried instead. */
static void go_another_way(const struct training *t, struct train_stage *stage, uint64_t spent)
{
    if (!helps_adam(t)) {
        stage->updates = stage->end_at ? stage->end_at : stage->updates; /* by quarters: the rate falls to 0 by then */
        stage->cool_at = stage->end_at = 0;
        training_temper(t, stage, spent);
        return;
    }
    struct train_settings other = *t->settings;
    struct train_stage suits = *stage;
    other.optimizer = "adam";
    other.rate = 0; /* one that was given is for the other optimizer */
    training_apply_settings(t, &other, stage->start, &suits);
    stage->rate = suits.rate;
    stage->rule.optimizer = suits.rule.optimizer;
    stage->title = "training with Adam";
    stage->already = 0;
    stage->number = TEMPERED;
}

/* Starts again in another way; the better of the two machines is kept. */
static int try_another_way(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    const struct train_outcome first = t->outcome;
    struct bz_machine *best = t->result;
    struct train_history history;
    struct bz_error failure;
    int rc;
    t->result = NULL;
    go_another_way(t, stage, first.updates);
    const char *const way = stage->rule.algorithm == TRAIN_PT ? "parallel tempering" : "Adam";
    const unsigned long long updates = stage->end_at ? stage->end_at : stage->updates;
    train_progress_say(t->progress, "starting afresh with %s, %llu updates", way, updates);
    rc = train_stage_run(stage, &t->result, &history, &t->outcome, &failure);
    if (rc == 0 ? !(t->outcome.log_prob >= first.log_prob) : failure.code == BZ_DIVERGED) {
        if (rc < 0)
            train_progress_say(t->progress, "%s", failure.msg);
        train_progress_say(t->progress, "keeping the machine from before the chains left part of the data: log p %.2f",
                           first.log_prob);
        bz_machine_free(t->result);
        t->result = best;
        t->outcome = first;
        return 0;
    }
    if (rc < 0)
        *err = failure;
    if (rc == 0) {
        t->history = history;
        t->last = *stage;
        t->last.updates = updates;
        train_progress_say(t->progress, "keeping the machine learned with %s: log p %.2f, before %.2f", way,
                           t->outcome.log_prob, first.log_prob);
    }
    t->outcome.parted = true;
    bz_machine_free(best);
    return rc;
}

/* Reports if the covariances of the columns alone explain the held-out rows better than the machine does. */
static int tell_normal(const struct training *t, struct bz_error *err)
{
    const double least = 0.1, errors = 3;
    double normal;
    if (train_ranks_number(t->ranks) > 0 || t->factors || !t->n_valid || t->weights || t->data->labels ||
        !isfinite(t->outcome.log_prob))
        return 0;
    if (train_normal_log_prob(t->data, t->rows, t->n_rows, t->valid ? t->valid : t->data, t->valid_rows, t->n_valid, &normal,
                              err) < 0)
        return -1;
    if (normal > t->outcome.log_prob + fmax(least, errors * t->outcome.error))
        train_progress_say(t->progress,
                           "a normal distribution with the covariances of the columns has log p %.2f on the held-out rows, "
                           "this machine %.2f: the columns depend on each other linearly; try --hidden-unit gaussian, which "
                           "starts with their covariances, or --optimizer adam",
                           normal, t->outcome.log_prob);
    return 0;
}

/* Reports if judgements sway because plain chains mix slowly, though they have not left part of the data. */
static void tell_slow(const struct training *t)
{
    const double bound = 0.25;
    if (t->last.alarmed && t->last.rule.algorithm == TRAIN_PCD && !t->outcome.parted && train_history_sways(&t->history, bound))
        train_progress_say(t->progress,
                           "most judgements of the later half rest on a log Z that is uncertain by more than %.2f nats: chains "
                           "mix slowly here. --algorithm ptt may learn more, and takes up to twice as long",
                           bound);
}

/* Until held-out rows have decided, if there are any. */
static int learn_first(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    const bool again = stage->resume && !t->pretrained && stage->number == TEMPERED;
    bool other;
    t->last = *stage;
    t->last.updates = stage->end_at ? stage->end_at : stage->updates;
    if (again) {
        if (training_fetch_first(t, stage, &other, err) < 0)
            return -1;
    } else {
        if (train_stage_run(stage, &t->result, &t->history, &t->outcome, err) < 0)
            return -1;
        stage->resume = NULL;
        if (t->outcome.parted && training_keep_first(t, false, err) < 0)
            return -1;
    }
    if (t->outcome.parted && try_another_way(t, stage, err) < 0)
        return -1;
    if (isfinite(t->outcome.start) && t->outcome.kept == 0)
        train_progress_say(t->progress,
                           "learning did not improve log p of the %srows: the initial machine is kept (--early-stopping off "
                           "keeps the last one)",
                           t->n_valid ? "held-out " : "");
    tell_slow(t);
    return training_try_tree(t, err) < 0 ? -1 : tell_normal(t, err);
}

/* Of the first run, where the one on all rows was interrupted. */
static int fetch_length(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    const uint64_t number = stage->number;
    bool other;
    if (training_fetch_first(t, stage, &other, err) < 0)
        return -1;
    if (!other)
        return 0;
    const uint64_t updates = stage->updates;
    go_another_way(t, stage, 0);
    stage->updates = updates;
    stage->number = number;
    return 0;
}

static int learn(struct training *t, struct train_stage *stage, struct bz_error *err)
{
    if (training_refit_check(t, stage, err) < 0)
        return -1;
    if (training_by_quarters(t, stage, err) < 0)
        return -1;
    if (t->quarters.known && !t->quarters.best)
        return training_keep_start(t, err);
    const bool refits = t->refits && t->n_valid, again = refits && stage->resume && stage->number == REFITTED;
    if (again ? fetch_length(t, stage, err) < 0 : learn_first(t, stage, err) < 0)
        return -1;
    if (!refits)
        return training_start_of_all(t, stage, err);
    if (!again && training_keep_first(t, t->last.number == TEMPERED, err) < 0)
        return -1;
    struct train_stage same = again ? *stage : t->last;
    same.number = REFITTED;
    same.resume = again ? stage->resume : NULL;
    return training_refit(t, &same, err);
}

/* On several hosts rank 0 finds what resembles what. */
static int weigh_first(struct training *t, double **alike, struct bz_error *err)
{
    const bool first = train_ranks_number(t->ranks) == 0;
    if (first ? train_row_weights(t->data, t->rows, t->n_rows, t->settings->reweight, alike, &t->effective, err) < 0
              : !(*alike = bz_alloc(t->data->rows, sizeof(**alike), err)))
        return -1;
    train_ranks_patient(t->ranks, true);
    const int rc = train_ranks_follow(t->ranks, *alike, t->data->rows * sizeof(**alike), err) < 0
                       ? -1
                       : train_ranks_follow(t->ranks, &t->effective, sizeof(t->effective), err);
    train_ranks_patient(t->ranks, false);
    return rc;
}

/* Shares as text: "0.50 0.50". */
static void list_shares(char *text, size_t room, const double *share, size_t n)
{
    size_t used = 0;
    *text = 0;
    for (size_t k = 0; k < n && used < room; k++)
        used += (size_t)snprintf(text + used, room - used, k ? " %.2f" : "%.2f", share[k]);
}

/* Groups of rows far apart: a machine may explain each row well and have the groups in other proportions than the rows. */
static void tell_shares(const struct training *t)
{
    const double far = 0.1, unsure = 0.1;
    const struct train_outcome *o = &t->outcome;
    char has[200], rows[200];
    double off = 0, error = 0;
    for (size_t k = 0; k < o->groups; k++) {
        const double by = fabs(o->share[k] - t->clusters->share[k]);
        off = by <= off ? off : by; /* NaN stays */
        error = 2 * o->share_error[k] <= error ? error : 2 * o->share_error[k];
    }
    list_shares(has, sizeof(has), o->share, o->groups);
    list_shares(rows, sizeof(rows), t->clusters ? t->clusters->share : NULL, o->groups);
    if (!(off <= far) && isfinite(off))
        train_progress_warn(
            t->progress,
            "the groups' shares of the distribution are not those of the rows: %s (within %.2f) for %s; samples "
            "will have the groups in these proportions",
            has, error, rows);
    else if (!(off <= far) || !(error <= unsure))
        train_progress_warn(t->progress,
                            "what share of the distribution each group of rows has is not known within %.2g, only that it was "
                            "aimed at %s; try --algorithm pt",
                            unsure, rows);
    else if (o->groups)
        train_progress_say(t->progress, "the groups' shares of the distribution: %s (within %.2f), of the rows: %s", has, error,
                           rows);
}

/* --reweight: what resembles other rows counts less. */
static int weigh(struct training *t, struct bz_error *err)
{
    double *alike;
    if (t->settings->reweight <= 0)
        return 0;
    if (t->spread ? weigh_first(t, &alike, err) < 0
                  : train_row_weights(t->data, t->rows, t->n_rows, t->settings->reweight, &alike, &t->effective, err) < 0)
        return -1;
    for (size_t i = 0; t->weights && i < t->data->rows; i++)
        alike[i] *= t->weights[i];
    bz_free(t->weights);
    t->weights = alike;
    train_progress_say(t->progress, "--reweight %g: %zu sequences count as %.1f", t->settings->reweight, t->n_rows,
                       t->effective);
    return 0;
}

/* On several hosts rank 0 has read all rows. While it learns it needs its block, and rows to measure; others wait on disk. */
static int set_rows_aside(struct training *t, struct bz_error *err)
{
    struct bz_error failure;
    char done = 1;
    if (!t->spread)
        return 0;
    if (train_ranks_number(t->ranks) == 0 && train_data_set_aside(t->data, t->folder, &failure) < 0)
        train_progress_say(t->progress, "rank 0 keeps all rows in memory: %s", failure.msg);
    train_ranks_patient(t->ranks, true); /* many rows take minutes */
    const int rc = train_ranks_follow(t->ranks, &done, sizeof(done), err);
    train_ranks_patient(t->ranks, false);
    return rc;
}

int training_run(struct training *t, struct bz_error *err)
{
    if (weigh(t, err) < 0 || set_rows_aside(t, err) < 0)
        return -1;
    struct train_stage stage = {.title = "training",
                                .rule = {.centred = t->settings->centring},
                                .seed = t->settings->seed,
                                .rows = t->rows,
                                .n_rows = t->n_rows,
                                .weights = t->weights,
                                .checkpoint = t->checkpoint,
                                .settings = t->run_text,
                                .resume = t->resume,
                                .par = t->par,
                                .ranks = t->ranks,
                                .spread = t->spread,
                                .progress = t->progress};
    if (t->resume && train_stage_of(t->resume, &stage.number, err) < 0)
        return -1;
    if (pretrain_if_deep(t, &stage, err) < 0)
        return -1;
    stage.start = t->start;
    stage.clusters =
        strcmp(t->settings->algorithm, "ptt") != 0 ? t->clusters : NULL; /* its ladder does not include such corrections */
    stage.feed = &t->feed;
    stage.valid = t->n_valid ? &t->valid_feed : NULL;
    stage.valid_rows = t->valid_rows;
    stage.n_valid = t->n_valid;
    stage.already = t->already;
    training_apply_settings(t, t->settings, t->start, &stage);
    if (t->apart) {
        const struct train_stage plain = stage;
        training_temper(t, &stage, 0);
        stage.number = plain.number;
        stage.already = plain.already;
    }
    if (t->settings->weight_decay < 0 && stage.rule.weight_decay > 0)
        train_progress_say(t->progress, "few rows of many bits: weight decay %g (--weight-decay 0: none)",
                           stage.rule.weight_decay);
    if (learn(t, &stage, err) < 0)
        return -1;
    tell_shares(t);
    training_check_floor(t);
    return 0;
}
