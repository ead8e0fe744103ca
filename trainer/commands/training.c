#include "training.h"

#include "report.h"

#include "autoencode.h"
#include "file_write.h"
#include "graph.h"
#include "grow.h"
#include "interleave.h"
#include "ladder_file.h"
#include "mem.h"
#include "parameters.h"
#include "pretrain.h"
#include "run_lock.h"
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- paths and texts --- */

char *training_join(struct bz_error *err, const char *format, ...)
{
    char *text = NULL, *copy = NULL;
    va_list list;
    va_start(list, format);
    if (vasprintf(&text, format, list) < 0)
        bz_fail(err, BZ_NO_MEMORY, "no memory left");
    else
        copy = bz_strdup(text, err);
    va_end(list);
    free(text);
    return copy;
}

/* --- the initial machine --- */

/* Puts the gaussian layers of m into the standardised units of the data (or back). */
static int convert_units(const struct training *t, const struct train_feed *feed, struct bz_machine *m, bool back,
                         struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct train_part *part = feed->part_of[l] >= 0 ? &t->data->parts[feed->part_of[l]] : NULL;
        const size_t n = m->layers[l].size;
        if (!part || !part->mean || !bz_unit_type(m->layers[l].unit)->scaled)
            continue;
        double *mean = bz_alloc(n, sizeof(*mean), err), *deviation = bz_alloc(n, sizeof(*deviation), err);
        for (size_t i = 0; mean && deviation && i < n; i++) {
            mean[i] = back ? part->mean[i] : -part->mean[i] / part->deviation[i];
            deviation[i] = back ? part->deviation[i] : 1 / part->deviation[i];
        }
        if (mean && deviation)
            train_unstandardize(m, l, mean, deviation);
        const bool failed = !mean || !deviation;
        bz_free(mean);
        bz_free(deviation);
        if (failed)
            return -1;
    }
    return bz_machine_prepare(m, err);
}

int training_own_units(const struct training *t, struct bz_machine *m, struct bz_error *err)
{
    return convert_units(t, &t->feed, m, false, err);
}

static int parse_lateral(const struct bz_list *list, bool *visible, bool *hidden, struct bz_error *err)
{
    *visible = *hidden = list->n == 0;
    for (size_t i = 0; i < list->n; i++)
        for (const char *at = list->items[i]; *at;) {
            const size_t n = strcspn(at, ",");
            bool *which = n == 7 && !strncmp(at, "visible", n) ? visible : n == 6 && !strncmp(at, "hidden", n) ? hidden : NULL;
            if (!which)
                return bz_fail(err, BZ_BAD_USAGE, "--lateral %s: expected visible, hidden, or both with a comma",
                               list->items[i]);
            *which = true;
            at += n + (at[n] == ',');
        }
    return 0;
}

/* Whether visible layers are coupled with one another. Of many that takes far longer than all else. */
static int settle_between(const struct training *t, struct train_shape *shape, struct bz_error *err)
{
    enum { FEW = 32 };
    const size_t parts = t->data->n_parts, pairs = parts * (parts - 1) / 2;
    shape->lateral_between = shape->lateral_visible && (parts <= FEW || t->settings->lateral.n > 0);
    if (shape->lateral_between && pairs > BZ_MAX_COUPLINGS)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--lateral visible: %zu visible layers make %zu pairs, expected at most %d; without it they are coupled "
                       "only inside and through hidden units",
                       parts, pairs, BZ_MAX_COUPLINGS);
    if (shape->lateral_visible && !shape->lateral_between)
        train_progress_say(
            t->progress,
            "%zu visible layers are coupled only inside and through hidden units; --lateral visible,hidden couples "
            "each with every other, which takes longer",
            parts);
    return 0;
}

/* Finds the pathway of hidden layers of each part of the data (NAME=N,N), or the only one (N,N). */
static int parse_pathways(const struct training *t, struct train_pathway *pathways, bool by_name, struct bz_error *err)
{
    const struct bz_list *hidden = &t->settings->hidden;
    for (size_t i = 0; i < hidden->n; i++) {
        const char *text = hidden->items[i], *equals = strchr(text, '=');
        size_t p = 0;
        if (!equals == by_name)
            return bz_fail(err, BZ_BAD_USAGE, "--hidden %s: expected %s", text,
                           by_name ? "NAME=N,N... for each modality" : "N,N... without a name");
        for (; by_name && p < t->data->n_parts; p++)
            if (strlen(t->data->parts[p].name) == (size_t)(equals - text) &&
                !strncmp(t->data->parts[p].name, text, (size_t)(equals - text)))
                break;
        if (p >= t->data->n_parts)
            return bz_fail(err, BZ_BAD_USAGE, "--hidden %s: no --data of that name", text);
        if (pathways[p].n)
            return bz_fail(err, BZ_BAD_USAGE, "--hidden %s: given twice", text);
        size_t *sizes;
        if (train_parse_sizes(by_name ? equals + 1 : text, "hidden", &sizes, &pathways[p].n, err) < 0)
            return -1;
        pathways[p].sizes = sizes;
    }
    return 0;
}

bool training_is_autoencoder(const struct training *t)
{
    return strcmp(t->kind, "autoencoder") == 0;
}

static int check_shape(const struct training *t, const struct train_shape *shape, struct bz_error *err)
{
    const size_t n = shape->pathways[0].n;
    if (strcmp(t->kind, "bm") != 0 && t->settings->lateral.n > 0)
        return bz_fail(err, BZ_BAD_USAGE, "--lateral: only a bm has couplings inside its layers, found %s", t->kind);
    if (!strcmp(t->kind, "rbm") && n != 1)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden: an rbm has one hidden layer, found %zu sizes; train dbm for several", n);
    if (training_is_autoencoder(t) && n != 1)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden: an autoencoder has one hidden layer, found %zu sizes", n);
    if (!strcmp(t->kind, "dbm") && n < 1)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden: expected the sizes of the hidden layers, like 500,1000");
    if (!strcmp(t->kind, "bm") && n > 1)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden: a bm has one hidden layer or none, found %zu sizes", n);
    return 0;
}

/* --graph: the pairs of units of the only visible layer. *index is the caller's. */
static int read_pairs(const struct training *t, uint32_t (**index)[2], struct train_shape *shape, struct bz_error *err)
{
    const char *path = t->settings->graph;
    const struct train_part *part = &t->data->parts[0];
    if (!path)
        return 0;
    if (strcmp(t->kind, "bm") != 0 || t->data->n_parts != 1)
        return bz_fail(err, BZ_BAD_USAGE, "--graph: expected a bm with one visible layer, found a %s with %zu", t->kind,
                       t->data->n_parts);
    const struct train_graph_options o = {
        .base = t->data_options->base ? t->data_options->base[0] - '0' : -1, .n_units = part->size, .names = part->columns};
    struct train_graph g;
    if (train_graph_read(&g, path, &o, err) < 0)
        return -1;
    train_progress_say(t->progress, "%s: %zu edges; %s", path, g.n_edges, g.how);
    *index = bz_alloc(g.n_edges, sizeof(**index), err);
    for (size_t k = 0; *index && k < g.n_edges; k++) {
        (*index)[k][0] = g.i[k];
        (*index)[k][1] = g.j[k];
    }
    shape->visible_pairs = (struct bz_pattern){(const uint32_t(*)[2]) * index, g.n_edges};
    shape->lateral_visible = true;
    if (t->settings->lateral.n == 0)
        shape->lateral_hidden = false;
    train_graph_free(&g);
    return *index ? 0 : -1;
}

/* Is it here that what follows from the rows is found? */
static bool is_first(const struct training *t)
{
    return !t->spread || train_ranks_number(t->ranks) == 0;
}

static int make_start(struct training *t, struct bz_error *err)
{
    const bool multimodal = !strcmp(t->kind, "multimodal");
    const bool single = !strcmp(t->kind, "rbm") || training_is_autoencoder(t);
    struct train_shape shape = {.kind = single ? "rbm" : t->kind,
                                .processes = train_ranks_on_host(t->ranks),
                                .labels = t->data_options->labels != NULL};
    struct train_pathway *pathways = bz_alloc(t->data->n_parts, sizeof(*pathways), err);
    const struct train_first_rows first = {t->counted ? t->counted : t->rows, t->n_rows, t->settings->centring};
    uint32_t(*pairs)[2] = NULL;
    int rc = -1;
    if (!pathways || parse_pathways(t, pathways, multimodal, err) < 0 || training_hidden_unit(t, &shape, err) < 0 ||
        (single && t->settings->hidden.n == 0 && training_hidden_size(t, &shape, &pathways[0], err) < 0))
        goto out;
    if (shape.labels && t->data->n_classes < 2) {
        bz_fail(err, BZ_BAD_USAGE, "--labels %s: found a single class, expected several", t->data_options->labels);
        goto out;
    }
    shape.pathways = pathways;
    shape.joint = multimodal ? t->settings->joint : 0;
    if (multimodal && !shape.joint)
        bz_fail(err, BZ_BAD_USAGE, "--joint: expected the size of the layer that joins the modalities");
    else if (check_shape(t, &shape, err) == 0 &&
             (strcmp(t->kind, "bm") ||
              parse_lateral(&t->settings->lateral, &shape.lateral_visible, &shape.lateral_hidden, err) == 0) &&
             read_pairs(t, &pairs, &shape, err) == 0 && settle_between(t, &shape, err) == 0)
        rc = train_start(&t->start, &shape, t->data, &first, t->settings->seed, err) < 0 ||
                     (is_first(t) && training_start_known(t, err) < 0) || training_start_follow(t, err) < 0
                 ? -1
                 : 0;
out:
    for (size_t p = 0; pathways && p < t->data->n_parts; p++)
        bz_free((void *)pathways[p].sizes);
    bz_free(pathways);
    bz_free(pairs);
    return rc;
}

/* --- open --- */

/* The model of --init in the units of learning. If a shape is given as well, it grows into that. */
static int start_from_model(struct training *t, struct bz_error *err)
{
    const bool shaped = t->settings->hidden.n > 0 || t->settings->lateral.n > 0 || t->settings->joint > 0;
    struct bz_machine *old = NULL;
    struct train_feed feed = {0};
    int rc = -1;
    if (train_machine_copy(&old, t->init->machine, NULL, err) == 0 &&
        train_feed_open(&feed, old, t->data, TRAIN_BINARIZE_NONE, t->settings->seed, err) == 0 &&
        convert_units(t, &feed, old, false, err) == 0)
        rc = 0;
    train_feed_close(&feed);
    if (rc == 0 && shaped && (rc = make_start(t, err)) == 0) {
        struct bz_machine *shape = bz_take(&t->start);
        rc = train_grow(&t->start, shape, old, err);
        bz_machine_free(shape);
    } else if (rc == 0) {
        t->start = old;
        return 0;
    }
    bz_machine_free(old);
    return rc;
}

static int open_feeds(struct training *t, const struct bz_machine *m, struct bz_error *err)
{
    if (train_feed_open(&t->feed, m, t->data, TRAIN_BINARIZE_NONE, t->settings->seed, err) < 0)
        return -1;
    return t->n_valid
               ? train_feed_open(&t->valid_feed, m, t->valid ? t->valid : t->data, TRAIN_BINARIZE_NONE, t->settings->seed, err)
               : 0;
}

int training_feed_into(struct training *t, const struct bz_machine *m, struct bz_error *err)
{
    const enum train_binarize binarize = t->feed.binarize;
    train_feed_close(&t->feed);
    train_feed_close(&t->valid_feed);
    if (open_feeds(t, m, err) < 0)
        return -1;
    t->feed.binarize = t->valid_feed.binarize = binarize;
    return 0;
}

int training_open(struct training *t, struct bz_error *err)
{
    const struct train_data_options asked = {.binarize = t->settings->binarize};
    if ((!t->settings->dry_run && (training_lock(t, err) < 0 || training_look_back(t, err) < 0)) || training_load(t, err) < 0)
        return -1;
    if (t->init ? start_from_model(t, err) < 0 : make_start(t, err) < 0)
        return -1;
    if (training_check(t, err) < 0 || (training_is_autoencoder(t) && train_may_autoencode(t->start, err) < 0))
        return -1;
    if (open_feeds(t, t->start, err) < 0 ||
        train_data_binarize(t->data, &asked, TRAIN_BINARIZE_STOCHASTIC, &t->feed.binarize, err) < 0)
        return -1;
    t->valid_feed.binarize = t->feed.binarize;
    train_data_note_binarize(t->data, &asked, t->feed.binarize);
    return t->settings->dry_run ? 0 : training_find(t, err);
}

/* --- save --- */

/* Writes the checkpoints of trajectory tempering beside the model, in the data's own units as it is. */
static int save_ladder(struct training *t, const char *stage, struct bz_error *err)
{
    struct bz_ladder *l = t->outcome.ladder;
    char digest[BZ_DIGEST_ROOM], *path = NULL;
    int rc = 0;
    if (!l || !t->settings->keep_ladder)
        return 0;
    for (size_t k = 0; rc == 0 && k < l->n; k++)
        rc = convert_units(t, &t->feed, l->rung[k], true, err);
    if (rc == 0 && bz_model_weights_digest(t->result, digest, err) == 0 &&
        (path = training_join(err, "%s/" BZ_LADDER_FILE, stage)) && bz_ladder_save(l, digest, path, err) == 0)
        train_progress_say(t->progress, "%zu checkpoints are kept for --sampler ptt: %.1f MB (--keep-ladder off drops them)",
                           l->n, 4e-6 * (double)l->n * (double)l->rung[0]->block_size);
    else
        rc = -1;
    bz_free(path);
    return rc;
}

/* Measurements from here on are on unscaled values. */
static void unclip(struct train_data *data)
{
    for (size_t p = 0; data && p < data->n_parts; p++)
        bz_drop(&data->parts[p].limit);
}

int training_save(struct training *t, char **path, struct bz_error *err)
{
    char *stage = NULL, *file = NULL, *page = NULL, *record = NULL, *name = NULL, *table = NULL;
    struct bz_energy_scale *energies = NULL;
    unsigned long version;
    int rc = -1;
    unclip(t->data);
    unclip(t->valid);
    if ((t->settings->calibrated && training_energies(t, &energies, err) < 0) || training_compare(t, err) < 0 ||
        convert_units(t, &t->feed, t->result, true, err) < 0 || !(record = training_record(t, err)) ||
        !(table = bz_columns_json(&t->data->columns, err)) || bz_version_stage(&stage, NULL, t->settings->out, err) < 0 ||
        !(file = training_join(err, "%s/" BZ_MODEL_FILE, stage)) || !(page = training_join(err, "%s/report.html", stage)))
        goto out;
    struct bz_model_text text = {.sign = true, .training = record, .table = table, .energies = energies};
    if (bz_model_save(t->result, &text, file, err) < 0 || train_html_report(t, record, page, err) < 0 ||
        save_ladder(t, stage, err) < 0 ||
        !(name = training_join(err, "%s/%20s", t->settings->out,
                               "")) || /* allocated beforehand: nothing may fail after publication */
        bz_version_publish(&version, stage, t->settings->out, err) < 0)
        goto out;
    bz_drop(&stage);
    sprintf(name, "%s/%lu", t->settings->out, version);
    *path = bz_take(&name);
    train_run_lock_free(t->lock, true); /* along with what was kept for --resume */
    t->lock = NULL;
    rc = 0;
out:
    if (stage)
        bz_remove_folder(stage);
    bz_free_all(stage, file, page, record, name, table);
    bz_energy_scale_free(energies);
    return rc;
}

void training_close(struct training *t)
{
    train_run_lock_free(t->lock, false);
    train_checkpoint_close(t->resume);
    train_feed_close(&t->feed);
    train_feed_close(&t->valid_feed);
    bz_machine_free(t->start);
    train_clusters_free(t->clusters);
    bz_machine_free(t->rbm);
    bz_machine_free(t->result);
    bz_machine_free(t->unseeing);
    bz_ladder_free(t->outcome.ladder);
    train_comparison_free(&t->comparison);
    bz_model_free(t->init);
    train_data_free(t->data);
    train_data_free(t->valid);
    bz_free_all(t->weights, t->counted, t->rows, t->valid_rows, t->folder, t->checkpoint, t->run_text, t->finished);
}
