#include "finetune_save.h"

#include "file_write.h"
#include "finetune_report.h"
#include "json_text.h"
#include "mem.h"
#include "repository.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_number(cJSON *to, const char *key, double x)
{
    if (isfinite(x))
        cJSON_AddNumberToObject(to, key, x);
    else
        cJSON_AddNullToObject(to, key);
}

/* Held-out rows by how sure the network was: [{"rows","confidence","accuracy"}], bins without rows left out. */
static cJSON *reliability(const struct train_finetune_result *r)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t b = 0; b < TRAIN_RELIABILITY_BINS; b++) {
        if (!r->bin_rows[b])
            continue;
        cJSON *bin = cJSON_CreateObject();
        cJSON_AddNumberToObject(bin, "rows", (double)r->bin_rows[b]);
        cJSON_AddNumberToObject(bin, "confidence", r->bin_confidence[b]);
        cJSON_AddNumberToObject(bin, "accuracy", r->bin_accuracy[b]);
        bz_json_append(list, bin);
    }
    return list;
}

static cJSON *trials(const struct train_trials *t)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; t && i < t->n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "adversarial", t->trial[i].adversarial);
        cJSON_AddNumberToObject(one, "dropout", t->trial[i].dropout);
        cJSON_AddNumberToObject(one, "input_dropout", t->trial[i].dropout_in);
        cJSON_AddBoolToObject(one, "levels_scaled", t->trial[i].scaled);
        add_number(one, "held_out_loss", t->trial[i].loss);
        add_number(one, "held_out_error", t->trial[i].error);
        bz_json_append(list, one);
    }
    return list;
}

/* Layers whose values the network measures in one unit. */
static cJSON *scaled_inputs(const struct train_finetune_save *s)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t k = 0; k < s->inputs->n; k++)
        if (s->inputs->layer[k].scaled)
            bz_json_append(list, cJSON_CreateString(s->rows->model->machine->layers[s->net->input[k]].name));
    return list;
}

static cJSON *settings_object(const char *text)
{
    cJSON *object = cJSON_CreateObject();
    for (const char *at = text; *at;) {
        const size_t n = strcspn(at, "\n");
        const char *equals = memmem(at, n, " = ", 3);
        char key[64], value[512];
        if (equals && (size_t)(equals - at) < sizeof(key)) {
            snprintf(key, sizeof(key), "%.*s", (int)(equals - at), at);
            snprintf(value, sizeof(value), "%.*s", (int)(at + n - equals - 3), equals + 3);
            const char *slash = strrchr(value, '/');
            if (!cJSON_HasObjectItem(object, key))
                cJSON_AddStringToObject(object, key, slash ? slash + 1 : value);
        }
        at += n + (at[n] == '\n');
    }
    return object;
}

/* Completes root: settings, data files, and the record of the initial model. The text is the caller's. */
static char *finish_record(cJSON *root, const char *settings_text, const struct train_rows *rows, struct bz_error *err)
{
    const struct bz_model *model = rows->model;
    cJSON *before;
    if (bz_json_parse_any(&before, model->training, err) < 0) {
        cJSON_Delete(root);
        return NULL;
    }
    cJSON *data = cJSON_CreateArray();
    bz_json_add(root, "settings", settings_object(settings_text));
    for (size_t i = 0; i < rows->data->n_files; i++) {
        const struct train_file *f = &rows->data->files[i];
        const char *slash = strrchr(f->path, '/');
        cJSON *file = cJSON_CreateObject();
        cJSON_AddStringToObject(file, "name", slash ? slash + 1 : f->path);
        cJSON_AddStringToObject(file, "sha256", f->digest);
        bz_json_append(data, file);
    }
    bz_json_add(root, "data", data);
    if (before)
        bz_json_add(root, "pretrained", before);
    return bz_json_print(root, "the record of training", err);
}

/* The beginning of every record of fine-tuning. */
static cJSON *begin_record(const char *algorithm, const char *rows, size_t learned, size_t valid, uint64_t updates,
                           uint64_t best)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "boltz " BOLTZ_VERSION);
    cJSON_AddStringToObject(root, "algorithm", algorithm);
    cJSON_AddNumberToObject(root, rows, (double)learned);
    cJSON_AddNumberToObject(root, "held_out_rows", (double)valid);
    cJSON_AddNumberToObject(root, "updates", (double)updates);
    cJSON_AddNumberToObject(root, "kept_update", (double)best);
    return root;
}

/* What was chosen where the settings leave it open. */
static void add_rule(cJSON *root, enum train_optimizer optimizer, size_t batch, double rate, double dropout, double dropout_in)
{
    cJSON_AddNumberToObject(root, "batch", (double)batch);
    cJSON_AddStringToObject(root, "optimizer", optimizer == TRAIN_ADAM ? "adam" : "sgd");
    cJSON_AddNumberToObject(root, "learning_rate", rate);
    cJSON_AddNumberToObject(root, "dropout", dropout);
    cJSON_AddNumberToObject(root, "input_dropout", dropout_in);
}

/* The `training` metadata as JSON text; the caller's, bz_free. */
static char *record(const struct train_finetune_save *s, struct bz_error *err)
{
    const struct train_finetune_result *r = s->result;
    cJSON *root = begin_record("finetune", "labelled_rows", r->labelled, r->valid, s->settings->updates, r->best);
    add_rule(root, s->settings->optimizer, s->settings->batch, s->settings->rate, s->settings->dropout,
             s->settings->dropout_in);
    cJSON_AddStringToObject(root, "activation", bz_activation_name(s->net->activation));
    cJSON_AddNumberToObject(root, "noise", s->settings->noise);
    cJSON_AddNumberToObject(root, "hidden_noise", s->settings->hidden_noise);
    cJSON_AddNumberToObject(root, "adversarial", s->settings->adversarial);
    if (s->settings->adversarial > 0)
        cJSON_AddStringToObject(root, "adversarial_norm", s->settings->euclidean ? "l2" : "max");
    bz_json_add(root, "scaled_inputs", scaled_inputs(s));
    bz_json_add(root, "trials", trials(s->trials));
    cJSON_AddBoolToObject(root, "held_out_rows_learned", s->refit);
    add_number(root, "held_out_error", r->valid_error);
    add_number(root, "held_out_loss", r->valid_loss_calibrated);
    bz_json_add(root, "reliability", reliability(r));
    return finish_record(root, s->settings_text, s->rows, err);
}

static char *multi_record(const struct train_multi_save *s, struct bz_error *err)
{
    const struct train_multi_result *r = s->result;
    cJSON *root = begin_record("multi-prediction", "rows", r->learned, r->valid, s->settings->updates, r->best);
    add_rule(root, s->settings->optimizer, s->settings->batch, s->settings->rate, s->settings->dropout, s->settings->leave_out);
    cJSON_AddNumberToObject(root, "passes", (double)s->settings->passes);
    add_number(root, "held_out_loss_before", r->start);
    add_number(root, "held_out_loss", r->loss);
    add_number(root, "evidence_scale", r->scale);
    return finish_record(root, s->settings_text, s->rows, err);
}

/* How later rows are read: the model's own text, unless these rows were read differently. *own is the caller's, bz_free. */
static int choose_table(struct bz_model_text *text, const struct train_rows *r, char **own, struct bz_error *err)
{
    const struct train_data_options *o = &r->options;
    if (text->table && !(o->binarize && o->binarize[0]) && o->scale <= 0)
        return 0;
    train_data_note_binarize(r->data, o, r->binarize);
    text->table = *own = bz_columns_json(&r->data->columns, err);
    return *own ? 0 : -1;
}

/* Writes m with the text, whose training is taken over and freed, as the next version of out; *path is its folder, the
 * caller's. classifier: gets a report beside it, NULL = none. */
static int publish(const char *out, const struct bz_machine *m, struct bz_model_text *text, const struct train_rows *rows,
                   const struct train_finetune_result *classifier, char **path, struct bz_error *err)
{
    char *stage = NULL, *table = NULL, file[4096];
    bool made = false;
    unsigned long version;
    int rc = -1;
    if (text->training && choose_table(text, rows, &table, err) == 0 && bz_version_stage(&stage, &made, out, err) == 0 &&
        (*path = bz_alloc(strlen(out) + 24, 1, err))) {
        const char *slash = strrchr(out, '/');
        snprintf(file, sizeof(file), "%s/" BZ_MODEL_FILE, stage);
        rc = bz_model_save(m, text, file, err);
        snprintf(file, sizeof(file), "%s/report.html", stage);
        if (rc == 0 && classifier)
            rc = train_finetune_report(file, slash ? slash + 1 : out, classifier, text->classifier->temperature, text->training,
                                       err);
        rc = rc < 0 ? -1 : bz_version_publish(&version, stage, out, err);
    }
    if (rc == 0) {
        sprintf(*path, "%s/%lu", out, version);
    } else {
        bz_version_abandon(stage, made, out);
        bz_drop(path);
    }
    bz_free(stage);
    bz_free(table);
    bz_free((void *)text->training);
    return rc;
}

int train_finetune_save(const struct train_finetune_save *s, char **path, struct bz_error *err)
{
    struct bz_model_text text = bz_model_text_of(s->rows->model);
    text.training = record(s, err);
    text.sign = true;
    text.classifier = s->net;
    text.half = s->half;
    if (s->half) { /* other weights, another log Z */
        text.n_log_z = 0;
        text.energies = NULL;
    }
    return publish(s->out, s->rows->model->machine, &text, s->rows, s->result, path, err);
}

int train_multi_save(const struct train_multi_save *s, char **path, struct bz_error *err)
{
    struct bz_model_text text = bz_model_text_of(s->rows->model);
    text.training = multi_record(s, err);
    text.sign = true;
    text.half = s->half;
    text.n_log_z = 0; /* what was known of the initial machine */
    text.energies = NULL;
    text.classifier = NULL;
    return publish(s->out, s->machine, &text, s->rows, NULL, path, err);
}
