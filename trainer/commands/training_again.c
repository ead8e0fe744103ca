/* Learning that follows earlier learning: on all rows, once held-out rows have decided on the length (--refit), and further
 * epochs after the end of a run (--resume). */
#include "factors.h"
#include "json_text.h"
#include "judge.h"
#include "mem.h"
#include "parameters.h"
#include "row_weights.h"
#include "training.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- --refit ---- */

int training_refit_check(const struct training *t, const struct train_stage *stage, struct bz_error *err)
{
    if (!t->refits)
        return 0;
    if (t->valid)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--refit and --valid: expected one of them; the rows of --valid are not learned from");
    if (t->settings->reweight > 0)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--refit and --reweight: expected one of them; held-out rows have no weights to learn by");
    if (!stage->judged || !stage->stops_early)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--refit: needs held-out rows that decide on the length: --early-stopping on, and a machine whose log p "
                       "can be estimated (an rbm, generative)");
    if (!t->n_valid)
        train_progress_say(t->progress, "--refit: no rows are held out, so all are learned from anyway");
    return 0;
}

void training_limit(const struct training *t, struct train_stage *stage)
{
    enum { MOST = 10000 };
    const uint64_t per_epoch = train_updates_per_epoch(t->n_rows, stage->batch);
    if (t->refits && t->settings->refit == BZ_AUTO && stage->updates > MOST)
        stage->updates = (MOST + per_epoch - 1) / per_epoch * per_epoch;
}

void training_hold_none(struct training *t)
{
    memcpy(t->rows + t->n_rows, t->valid_rows, t->n_valid * sizeof(*t->rows)); /* room for all of them */
    t->n_rows += t->n_valid;
    t->refitted = t->n_valid;
    t->n_valid = 0;
}

/* The start becomes that of all rows. Not where it knows more than their means: groups stay as they were found, models as they
 * were. */
static int start_from_all(struct training *t, struct bz_error *err)
{
    if (t->clusters || t->init || t->already || t->spread)
        return 0;
    if (t->counted) {
        bz_drop(&t->counted);
        if (train_weights_count(&t->counted, t->weights, t->rows, t->n_rows, err) < 0)
            return -1;
    }
    const struct train_first_rows all = {t->counted ? t->counted : t->rows, t->n_rows, t->settings->centring};
    if (train_start_again(t->start, &t->feed, &all, err) < 0)
        return -1;
    if (t->factors && train_start_factors(t->start, t->data, all.rows, all.n, &t->factors, err) < 0)
        return -1;
    return bz_machine_prepare(t->start, err);
}

/* That of groups has had their shares corrected, and they are told of it. */
int training_keep_start(struct training *t, struct bz_error *err)
{
    struct bz_machine *start;
    if (train_machine_copy(&start, t->clusters && t->result ? t->result : t->start, NULL, err) < 0)
        return -1;
    if (bz_machine_prepare(start, err) < 0) {
        bz_machine_free(start);
        return -1;
    }
    t->unseeing = t->result;
    t->result = start;
    bz_ladder_free(t->outcome.ladder); /* of what was learned in vain */
    t->outcome.ladder = NULL;
    t->last.updates = 0;
    return 0;
}

int training_start_of_all(struct training *t, const struct train_stage *stage, struct bz_error *err)
{
    enum { MOST_ROWS = 500 };
    if (t->n_rows + t->n_valid >= MOST_ROWS || !stage->judged || !stage->stops_early || !isfinite(t->outcome.start) ||
        t->outcome.kept > 0 || t->tree || !t->n_valid || t->valid || t->clusters || t->factors || t->init || t->already ||
        t->ranks || t->settings->reweight > 0)
        return 0;
    train_progress_say(t->progress, "it takes the columns' means from the %zu held-out rows, too", t->n_valid);
    training_hold_none(t);
    return start_from_all(t, err) < 0 ? -1 : training_keep_start(t, err);
}

int training_refit(struct training *t, const struct train_stage *as, struct bz_error *err)
{
    const struct train_outcome first = t->outcome;
    struct train_stage stage = *as;
    struct train_outcome all;
    struct train_history history;
    struct bz_machine *result = NULL;
    struct bz_error failure;
    stage.title = "training on all rows";
    stage.cool_at = first.cooled;
    stage.end_at = first.kept < first.updates ? first.kept : first.updates;
    training_hold_none(t);
    if (start_from_all(t, err) < 0)
        return -1;
    if (!stage.end_at)
        return training_keep_start(t, err);
    if (as->batch == as->n_rows)
        stage.batch = t->settings->batch < t->n_rows ? t->settings->batch : t->n_rows;
    stage.rows = t->rows;
    stage.n_rows = t->n_rows;
    stage.valid = NULL;
    stage.n_valid = 0;
    stage.stops_early = false;
    stage.alarmed = true;
    train_progress_say(t->progress, "starting afresh on all %zu rows, %llu updates", t->n_rows,
                       (unsigned long long)stage.end_at);
    const int rc = train_stage_run(&stage, &result, &history, &all, &failure);
    if (rc < 0 ? failure.code == BZ_DIVERGED : all.parted || all.gave_up) {
        train_progress_warn(t->progress, "--refit: on all rows %s; the machine of the rows that were not held out is kept",
                            rc < 0       ? failure.msg
                            : all.parted ? "the chains left part of the data"
                                         : "training diverged");
        bz_machine_free(result);
        if (rc == 0)
            bz_ladder_free(all.ladder);
        t->n_valid = t->refitted;
        t->n_rows -= t->refitted;
        t->refitted = 0;
        return 0;
    }
    if (rc < 0) {
        *err = failure;
        return -1;
    }
    t->unseeing = t->result;
    bz_ladder_free(first.ladder);
    t->result = result;
    t->outcome.ladder = all.ladder;
    t->outcome.groups = all.groups;
    memcpy(t->outcome.share, all.share, sizeof(all.share));
    memcpy(t->outcome.share_error, all.share_error, sizeof(all.share_error));
    t->history = history;
    t->last = stage;
    t->last.updates = stage.end_at;
    return 0;
}

/* ---- further epochs ---- */

/* The lines of a run's text except those about its length. */
static char *without_length(const char *text, struct bz_error *err)
{
    static const char *const keys[] = {"epochs = ", "updates = "};
    char *copy = bz_alloc(strlen(text) + 1, 1, err), *to = copy;
    for (const char *line = text; copy && *line;) {
        const size_t n = strcspn(line, "\n"), all = n + (line[n] == '\n');
        if (strncmp(line, keys[0], strlen(keys[0])) != 0 && strncmp(line, keys[1], strlen(keys[1])) != 0) {
            memcpy(to, line, all);
            to += all;
        }
        line += all;
    }
    if (copy)
        *to = 0;
    return copy;
}

/* Updates according to the record of a run; NaN if it has none, or there is no memory. */
static double updates_made(const char *record, struct bz_error *err)
{
    cJSON *tree;
    if (bz_json_parse_any(&tree, record, err) < 0)
        return (double)NAN;
    const cJSON *updates = cJSON_GetObjectItemCaseSensitive(tree, "updates");
    const cJSON *kept = cJSON_GetObjectItemCaseSensitive(tree, "kept_update");
    const bool stopped = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "stopped_early"));
    const double made = cJSON_IsNumber(stopped ? kept : updates) ? (stopped ? kept : updates)->valuedouble : (double)NAN;
    cJSON_Delete(tree);
    return made;
}

/* Whether it is the same run apart from its length; *all: and of the same length. Names the first line that differs. */
static int check_run(const struct training *t, const char *path, const struct bz_model *model, bool *all, struct bz_error *err)
{
    char *record = training_record_text(model->training, err);
    char *there = record ? without_length(record, err) : NULL, *here = there ? without_length(t->run_text, err) : NULL;
    int rc = here && strcmp(there, here) == 0 ? 0 : -1;
    if (here && rc < 0)
        training_differ("--resume", path, there, here,
                        "the same settings and data except --epochs or --updates, or --init to learn differently from it", err);
    *all = rc == 0 && strcmp(record, t->run_text) == 0;
    bz_free_all(record, there, here);
    return rc;
}

/* The rows that were held out at first have been learned from: they say nothing about a model any more. */
static void take_up_rows(struct training *t)
{
    if (!t->past.refitted || t->n_valid != t->past.refitted)
        return;
    training_hold_none(t);
    train_progress_say(t->progress, "all %zu rows have been learned from: none are held out", t->n_rows);
}

/* Groups have been found again, as when the version was begun. They are not its own if another version of the program found
 * others, or if it is a tree. */
static bool has_groups(const struct training *t, const struct bz_machine *m)
{
    const struct train_settings *s = t->settings;
    const bool told = strcmp(s->algorithm, "ptt") != 0 && strcmp(s->objective, "generative") == 0 && train_may_judge(m);
    return t->clusters && !t->past.tree && m->n_layers == t->start->n_layers &&
           m->layers[t->clusters->layer].size == t->start->layers[t->clusters->layer].size &&
           (!told || t->past.groups == t->clusters->n);
}

/* The version's machine becomes the start. */
static int take_machine(struct training *t, const struct bz_machine *version, struct bz_error *err)
{
    struct bz_machine *start;
    if (train_machine_copy(&start, version, NULL, err) < 0)
        return -1;
    if ((start->n_layers != t->start->n_layers && training_feed_into(t, start, err) < 0) ||
        training_own_units(t, start, err) < 0) {
        bz_machine_free(start);
        return -1;
    }
    if (!has_groups(t, start)) {
        train_clusters_free(t->clusters);
        t->clusters = NULL;
    }
    bz_machine_free(t->start);
    t->start = start;
    return 0;
}

int training_go_on(struct training *t, unsigned long version, struct bz_error *err)
{
    struct train_stage stage = {.start = t->start};
    struct bz_model *model = NULL;
    char *path = training_join(err, "%s/%lu", t->settings->out, version), *file = NULL;
    bool all;
    int rc = -1;
    if (!path || bz_model_path(&file, path, err) < 0 || bz_model_load(&model, file, err) < 0 ||
        check_run(t, path, model, &all, err) < 0)
        goto out;
    take_up_rows(t);
    train_settings_apply(t->settings, t->start, t->n_rows, &stage);
    if (t->apart)
        training_temper(t, &stage, 0);
    struct bz_error lack = {0};
    const double made = updates_made(model->training, &lack);
    const bool decided =
        (t->refitted || t->past.quartered) && (all || !(t->settings->epochs || t->settings->updates)); /* on its length */
    if (lack.code == BZ_NO_MEMORY) {
        *err = lack;
        goto out;
    }
    if (!(made >= 0 && made < (double)stage.updates) || decided) {
        bz_fail(err, BZ_BAD_USAGE,
                "--resume: %s is the end of this run, at update %.0f; there is no interrupted one; --epochs or --updates "
                "beyond that (found %llu updates) would continue from there",
                path, made, (unsigned long long)stage.updates);
        goto out;
    }
    if (take_machine(t, model->machine, err) < 0)
        goto out;
    t->already = (uint64_t)made;
    train_progress_say(t->progress, "continuing from %s, update %llu of %llu, with new chains", path,
                       (unsigned long long)t->already, (unsigned long long)stage.updates);
    rc = 0;
out:
    bz_model_free(model);
    bz_free(path);
    bz_free(file);
    return rc;
}
