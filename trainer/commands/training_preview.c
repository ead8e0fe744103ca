/* boltz train --dry-run: how the data are understood, the machine that would be made of them, and how long it would learn. */
#include "mem.h"
#include "need.h"
#include "pretrain.h"
#include "table_report.h"
#include "training.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int print_files(const struct train_data_options *o, FILE *out, struct bz_error *err)
{
    struct train_data_options user = *o;
    const struct train_table_options to = {.user = &user};
    user.missing = "infer"; /* refused gaps have been refused by now */
    for (size_t i = 0; i < o->data.n; i++) {
        const char *item = o->data.items[i], *equals = strchr(item, '=');
        const char *path = equals && access(item, F_OK) != 0 ? equals + 1 : item;
        struct train_table table;
        struct stat st;
        char digest[65];
        if (stat(path, &st) < 0 ? strcmp(path, "-") == 0 : !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            continue; /* a pipe can be read only once */
        if (train_table_read(&table, path, &to, digest, err) < 0)
            return -1;
        struct train_table_view view;
        const int rc = train_table_look(&view, &table, err);
        if (rc == 0) {
            train_table_print(&view, out);
            bz_free(view.columns);
        }
        train_table_free(&table);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void print_machine(const struct bz_machine *m, const char *kind, FILE *out)
{
    static const char *const roles[] = {[BZ_VISIBLE] = "visible", [BZ_HIDDEN] = "hidden", [BZ_LABEL] = "label"};
    size_t parameters = 0;
    fprintf(out, "machine: %s\n", kind);
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        fprintf(out, "  layer %s (%s): %zu %s units", layer->name, roles[layer->role], layer->size, bz_unit_name(layer->unit));
        if (layer->groups > 1)
            fprintf(out, " in %zu groups", layer->groups);
        if (layer->exclusion.group)
            fprintf(out, " in %zu groups of which at most one is on", layer->exclusion.n);
        fputc('\n', out);
        parameters += layer->size * (layer->log_sigma ? 2 : 1);
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t weights = bz_coupling_weights(m, c);
        fprintf(out, "  coupling %s~%s: %zu weights\n", m->layers[m->couplings[c].a].name, m->layers[m->couplings[c].b].name,
                weights);
        parameters += weights;
    }
    fprintf(out, "  %zu parameters\n", parameters);
}

/* Seconds that a training of this many updates takes, without pretraining and without keeping anything. */
static int time_updates(const struct training *t, uint64_t updates, double *seconds, struct bz_error *err)
{
    struct train_settings s = *t->settings;
    struct train_progress silent = train_progress_make(TRAIN_LOG_NONE);
    struct training trial = *t; /* by this process alone, which has all rows */
    trial.ranks = NULL;
    trial.refits = trial.quartered = false;
    trial.spread = false;
    s.updates = updates;
    s.epochs = 0;
    s.pretrain = "off";
    s.algorithm = t->apart ? "pt" : strcmp(s.algorithm, "auto") ? s.algorithm : "pcd";
    trial.apart = false;
    trial.settings = &s;
    trial.progress = &silent;
    const double began = train_now();
    const int rc = training_run(&trial, err);
    *seconds = train_now() - began;
    bz_machine_free(trial.result);
    return rc;
}

/* From the difference of two short runs, since each begins and ends with work that does not grow with its length. */
static int expected_seconds(const struct training *t, uint64_t updates, double *seconds, struct bz_error *err)
{
    enum { FEW = 10, MORE = 60 };
    const double patience = 3;
    double few, more;
    if (time_updates(t, FEW, &few, err) < 0)
        return -1;
    *seconds = few * (double)updates / FEW;
    if (few > patience)
        return 0;
    if (time_updates(t, MORE, &more, err) < 0)
        return -1;
    const double slope = (more - few) / (MORE - FEW);
    *seconds = few + (slope > 0 ? slope : more / MORE) * (double)updates;
    return 0;
}

static void print_time(double seconds, FILE *out)
{
    if (seconds < 90)
        fprintf(out, "expected time: about %.0f s", seconds < 1 ? 1 : seconds);
    else if (seconds < 5400)
        fprintf(out, "expected time: about %.0f min", seconds / 60);
    else
        fprintf(out, "expected time: about %.1f h", seconds / 3600);
}

static void print_memory(const struct train_stage *stage, FILE *out)
{
    const char *largest = "";
    const double bytes = train_stage_needs(stage, &largest);
    fprintf(out, "memory: about %.*f %s, most of it for %s\n", bytes < 1e10 && bytes >= 1e9,
            bytes * (bytes < 1e9 ? 1e-6 : 1e-9), bytes < 1e9 ? "MB" : "GB", largest);
}

int training_preview(const struct training *t, FILE *out, struct bz_error *err)
{
    struct train_stage stage = {
        .start = t->start, .feed = &t->feed, .valid = t->n_valid ? &t->valid_feed : NULL, .par = t->par};
    double seconds;
    if (print_files(t->data_options, out, err) < 0)
        return -1;
    print_machine(t->start, t->kind, out);
    train_settings_apply(t->settings, t->start, t->n_rows, &stage);
    training_limit(t, &stage);
    if (t->apart)
        training_temper(t, &stage, 0);
    fprintf(out, "rows: %zu to learn from, %zu held out; %llu updates of %zu rows\n", t->n_rows, t->n_valid,
            (unsigned long long)stage.updates, stage.batch);
    print_memory(&stage, out);
    if (expected_seconds(t, (t->refits || t->quartered ? 2 : 1) * stage.updates, &seconds, err) < 0)
        return -1;
    print_time(seconds, out);
    const bool deep =
        !t->init && strcmp(t->settings->pretrain, "off") != 0 && (t->rbm || (!t->clusters && train_is_deep(t->start)));
    fprintf(out, " at most%s, by a short trial on this machine; nothing was written\n", deep ? ", and pretraining before" : "");
    return 0;
}
