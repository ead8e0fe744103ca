/* What a run finds in its output folder: a live run, an interrupted one, or its own result. */
#include "checkpoint.h"
#include "json_text.h"
#include "mem.h"
#include "run_lock.h"
#include "several.h"
#include "training.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Where it cannot be told, opening the checkpoint will say why: a run is not begun over one that may be there. */
static bool is_kept(const char *checkpoint)
{
    return access(checkpoint, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int training_lock(struct training *t, struct bz_error *err)
{
    const struct train_settings *s = t->settings;
    char warning[320];
    if (s->resume + s->auto_resume + s->restart > 1)
        return bz_fail(err, BZ_BAD_USAGE, "--resume, --auto-resume and --restart: expected one of them, found several");
    if (bz_model_folder_check(s->out, err) < 0 || !(t->folder = training_join(err, "%s/.train", s->out)) ||
        !(t->checkpoint = training_join(err, "%s/checkpoint", t->folder)))
        return -1;
    if (train_ranks_number(t->ranks) > 0) /* the first process does all of this for all */
        return 0;
    if (train_run_lock_take(&t->lock, t->folder, warning, err) < 0)
        return -1;
    if (*warning)
        train_progress_warn(t->progress, "%s", warning);
    const bool kept = is_kept(t->checkpoint);
    if (kept && !s->resume && !s->auto_resume && !s->restart)
        return bz_fail(
            err, BZ_BAD_USAGE,
            "--out %s: an interrupted run is kept there; --resume continues it, --restart discards it and starts afresh",
            s->out);
    if (kept && s->restart) {
        unlink(t->checkpoint);
        train_progress_say(t->progress, "discarding the interrupted run in %s", s->out);
    }
    return 0;
}

static size_t count_of(const cJSON *record, const char *key)
{
    const cJSON *item = bz_json_get(record, key);
    return cJSON_IsNumber(item) && item->valuedouble > 0 ? (size_t)item->valuedouble : 0;
}

/* The newest version's record. Whether it is one to continue from is found out later (training_go_on). */
static int read_past(struct training_past *past, const char *folder, struct bz_error *err)
{
    struct bz_model *model = NULL;
    struct bz_error none = {0};
    char *file = NULL;
    cJSON *record = NULL;
    int rc = 0;
    if (bz_model_path(&file, folder, &none) == 0 && bz_model_load(&model, file, &none) == 0 && model->training &&
        (rc = bz_json_parse_any(&record, model->training, err)) == 0) {
        *past = (struct training_past){.known = cJSON_IsObject(record),
                                       .held_out = count_of(record, "valid_rows"),
                                       .refitted = count_of(record, "refitted_rows"),
                                       .groups = (size_t)cJSON_GetArraySize(bz_json_get(record, "groups")),
                                       .tree = count_of(record, "tree_pairs") > 0,
                                       .quartered = bz_json_get(record, "best_update_of_quarters") != NULL};
        cJSON_Delete(record);
    } else if (rc == 0 && none.code == BZ_NO_MEMORY) {
        rc = bz_fail(err, BZ_NO_MEMORY, "%s", none.msg);
    }
    bz_model_free(model);
    bz_free(file);
    return rc;
}

int training_look_back(struct training *t, struct bz_error *err)
{
    unsigned long newest;
    if (!t->settings->resume)
        return 0;
    bool kept = is_kept(t->checkpoint);
    if (train_ranks_follow(t->ranks, &kept, sizeof(kept), err) < 0 || bz_repository_latest(&newest, t->settings->out, err) < 0)
        return -1;
    char *folder = !kept && newest ? training_join(err, "%s/%lu", t->settings->out, newest) : NULL;
    const int rc = kept || !newest ? 0 : folder ? read_past(&t->past, folder, err) : -1;
    bz_free(folder);
    return rc;
}

int training_differ(const char *option, const char *name, const char *there, const char *here, const char *advice,
                    struct bz_error *err)
{
    char words[TRAIN_DIFFERENCE];
    train_settings_difference(words, there, here);
    return bz_fail(err, BZ_BAD_USAGE, "%s: %s was made %s; use %s", option, name, words, advice);
}

/* The newest version is either this run's result or another run's. */
static int compare_newest(struct training *t, unsigned long version, struct bz_error *err)
{
    char *path = training_join(err, "%s/%lu", t->settings->out, version), *file = NULL, *text = NULL;
    struct bz_model *model = NULL;
    int rc = -1;
    if (!path || bz_model_path(&file, path, err) < 0 || bz_model_load(&model, file, err) < 0 ||
        !(text = training_record_text(model->training, err))) {
        if (path)
            bz_fail_in(err, "--auto-resume: %s", path);
    } else if (strcmp(text, t->run_text) == 0) {
        t->finished = bz_take(&path);
        rc = 0;
    } else {
        rc = training_differ("--auto-resume", path, text, t->run_text,
                             "the same settings and data, another --out, or no --auto-resume for a new version", err);
    }
    bz_model_free(model);
    bz_free_all(text, file, path);
    return rc;
}

int training_find(struct training *t, struct bz_error *err)
{
    const struct train_settings *s = t->settings;
    if (!(t->run_text = training_run_text(t, err)) || train_several_agree(t->ranks, t->run_text, err) < 0)
        return -1;
    bool kept = is_kept(t->checkpoint);
    if (train_ranks_follow(t->ranks, &kept, sizeof(kept), err) < 0)
        return -1;
    unsigned long newest;
    if (bz_repository_latest(&newest, s->out, err) < 0)
        return -1;
    if (s->resume && !kept && newest)
        return training_go_on(t, newest, err);
    if (s->resume || (s->auto_resume && kept)) {
        if (train_checkpoint_open(&t->resume, t->checkpoint, t->run_text, err) < 0)
            return s->auto_resume ? bz_fail(err, BZ_BAD_USAGE, "--auto-resume: %s", err->msg) : -1;
        train_progress_say(t->progress, "continuing the interrupted run in %s", s->out);
        return 0;
    }
    return s->auto_resume && newest ? compare_newest(t, newest, err) : 0;
}
