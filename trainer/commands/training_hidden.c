/* The hidden layers of a machine to be trained: their type, their size if left open, and what is known of the rows before
 * learning begins. */
#include "training.h"

#include "clusters.h"
#include "factors.h"
#include "mem.h"
#include "spread.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char automatic[] = "auto";

/* Gaps are filled by linear dependence on what is known: numbers with gaps get units that start from that. */
static bool suits_factors(const struct training *t)
{
    bool gaps = false;
    for (size_t p = 0; p < t->data->n_parts; p++)
        gaps = gaps || t->data->parts[p].missing;
    return gaps && !strcmp(t->kind, "rbm") && t->settings->hidden.n == 0 && !t->data_options->labels && !t->init &&
           train_has_factors(t->data);
}

/* UNIT, or softmax:K. */
int training_hidden_unit(const struct training *t, struct train_shape *shape, struct bz_error *err)
{
    const char *text = t->settings->hidden_unit, *colon = strchr(text, ':');
    char name[16], names[128], *end = NULL;
    snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - text < 15 ? colon - text : 15) : 15, text);
    const int unit = bz_unit_from_name(name);
    bz_unit_names(names, sizeof(names), false, true);
    shape->hidden_unit = suits_factors(t) ? BZ_GAUSSIAN : BZ_BERNOULLI;
    if (!strcmp(text, automatic))
        return 0;
    if (unit == BZ_DRELU)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--hidden-unit drelu: the parameters in which the halves of such units differ are not learned; they "
                       "come with models of other programs (boltz import)");
    if (unit < 0 || !bz_unit_type((enum bz_unit)unit)->hidden)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit: expected %s, found '%.64s'", names, text);
    shape->hidden_unit = (enum bz_unit)unit;
    if (!colon)
        return 0;
    shape->hidden_states = colon[1] >= '1' && colon[1] <= '9' ? strtoull(colon + 1, &end, 10) : 0;
    if (!bz_unit_type(shape->hidden_unit)->grouped || shape->hidden_states < 2 || *end)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit: expected a number of states from 2 after softmax:, found '%.64s'",
                       text);
    return 0;
}

/* Without --hidden: for factors one less than the units of a row, which suffices for any covariance; else half as many as the
 * units of a row, at least 16, at most 500 and, except for the 16, one per ten rows. */
int training_hidden_size(const struct training *t, const struct train_shape *shape, struct train_pathway *pathway,
                         struct bz_error *err)
{
    enum { LEAST = 16, MOST = 500, ROWS_EACH = 10 };
    size_t visible = 0, wanted = 0, *size = bz_alloc(1, sizeof(*size), err);
    if (!size)
        return -1;
    for (size_t p = 0; p < t->data->n_parts; p++)
        visible += t->data->parts[p].size;
    for (size_t p = 0; p < t->data->n_parts; p++)
        wanted += bz_unit_type(t->data->parts[p].unit)->discrete ? t->data->parts[p].size : 2 * t->data->parts[p].size;
    *size = wanted / 2 < MOST ? wanted / 2 : MOST;
    *size = *size < t->n_rows / ROWS_EACH ? *size : t->n_rows / ROWS_EACH;
    *size = *size > LEAST ? *size : LEAST;
    if (shape->hidden_unit == BZ_GAUSSIAN && train_has_factors(t->data))
        *size = visible - 1;
    pathway->sizes = size;
    pathway->n = 1;
    train_progress_say(t->progress, "%zu %shidden units (--hidden N for another number)", *size,
                       shape->hidden_unit == BZ_GAUSSIAN ? "gaussian " : "");
    return 0;
}

static void tell_groups(const struct training *t, bool layer)
{
    const struct train_clusters *c = t->clusters;
    if (c->n_units > c->n)
        train_progress_say(
            t->progress,
            "the rows form %zu groups far apart, of unequal widths or with columns that vary together: the machine "
            "starts with %zu hidden states (layer `groups`) for them",
            c->n, c->n_units);
    else
        train_progress_say(t->progress, "the rows form %zu groups far apart: the machine starts with a hidden %s for each",
                           c->n, layer ? "state (layer `groups`)" : "unit");
}

/* Groups of rows far apart get their own hidden units before learning begins. Not for bits under ptt: the lowest checkpoint of
 * its ladder, the start, must be one whose chains reach everything. Nor where classes given rows are learned: those need no
 * masses of groups, and one hidden layer. */
static int start_groups(struct training *t, const size_t *rows, struct bz_error *err)
{
    const size_t layers = t->start->n_layers;
    if (strcmp(t->settings->objective, "generative") != 0)
        return 0;
    if (!strcmp(t->settings->algorithm, "ptt") && (t->start->layers[0].unit != BZ_GAUSSIAN || layers > 2))
        return 0;
    if (train_start_clusters(&t->start, t->data, rows, t->n_rows, t->settings->seed, &t->clusters, err) < 0)
        return -1;
    if (t->clusters)
        tell_groups(t, t->start->n_layers > layers);
    return 0;
}

/* How many groups far apart the rows form, though t->start may have no units for them; 0 = none. */
static int count_groups(const struct training *t, const size_t *rows, size_t *n, struct bz_error *err)
{
    struct bz_machine *draft;
    struct train_clusters *found = NULL;
    if (train_clusters_draft(&draft, t->start, err) < 0)
        return -1;
    const int rc = train_start_clusters(&draft, t->data, rows, t->n_rows, t->settings->seed, &found, err);
    *n = found ? found->n : 0;
    train_clusters_free(found);
    bz_machine_free(draft);
    return rc;
}

/* Machines in which groups cannot have units, and which no judge follows, learn with tempering where there are some. */
static int see_groups(struct training *t, const size_t *rows, struct bz_error *err)
{
    size_t n;
    if (strcmp(t->settings->algorithm, "auto") != 0 || strcmp(t->settings->objective, "generative") != 0 ||
        bz_machine_hidden_independent(t->start) || bz_machine_counted(t->start) >= 0)
        return 0;
    if (t->ranks) {
        train_progress_say(t->progress,
                           "groups of rows far apart, which plain chains do not cross, are looked for by one process "
                           "alone, not by several");
        return 0;
    }
    if (count_groups(t, rows, &n, err) < 0)
        return -1;
    if (n)
        train_progress_say(t->progress,
                           "the rows form %zu groups far apart, between which plain chains of this machine would not cross: it "
                           "learns with parallel tempering (--algorithm pcd: with plain chains)",
                           n);
    t->apart = n > 0;
    return 0;
}

/* Factors are one normal distribution. Nobody has asked for them, so it is said where that is the wrong one. */
static int miss_groups(const struct training *t, const size_t *rows, struct bz_error *err)
{
    size_t n;
    if (strcmp(t->settings->hidden_unit, automatic) != 0 || t->ranks)
        return 0;
    if (count_groups(t, rows, &n, err) < 0)
        return -1;
    if (n)
        train_progress_say(t->progress,
                           "the rows form %zu groups far apart, of which factors know nothing: --hidden-unit bernoulli gives "
                           "each its own, and may make the rows far more probable, but not fill their gaps in better",
                           n);
    return 0;
}

int training_start_known(struct training *t, struct bz_error *err)
{
    const size_t *rows = t->counted ? t->counted : t->rows;
    if (training_is_autoencoder(t))
        return 0;
    if (train_start_factors(t->start, t->data, rows, t->n_rows, &t->factors, err) < 0)
        return -1;
    if (t->factors)
        train_progress_say(t->progress, "the gaussian hidden units start as factors, with the covariances of the columns");
    if (t->factors ? miss_groups(t, rows, err) < 0 : start_groups(t, rows, err) < 0 || see_groups(t, rows, err) < 0)
        return -1;
    return t->factors || t->clusters ? bz_machine_prepare(t->start, err) : 0;
}

/* What the machine begins with beside its parameters, as rank 0 tells of it. */
struct beginning {
    bool factors, has_clusters;
    size_t layers;
    struct train_clusters clusters;
};

static int follow_clusters(struct training *t, const struct beginning *b, struct bz_error *err)
{
    struct train_clusters *c = t->clusters;
    if (!c) {
        if (!(c = t->clusters = bz_alloc(1, sizeof(*c), err)))
            return -1;
        *c = b->clusters;
        c->centre = NULL;
        c->weight = NULL;
        if (!(c->centre = bz_alloc(c->n * c->size, sizeof(*c->centre), err)) ||
            (b->clusters.weight && !(c->weight = bz_alloc(c->size, sizeof(*c->weight), err))))
            return -1;
    }
    if (train_ranks_follow(t->ranks, c->centre, c->n * c->size * sizeof(*c->centre), err) < 0)
        return -1;
    return c->weight ? train_ranks_follow(t->ranks, c->weight, c->size * sizeof(*c->weight), err) : 0;
}

int training_start_follow(struct training *t, struct bz_error *err)
{
    if (!t->spread)
        return 0;
    struct beginning b = {.factors = t->factors, .has_clusters = t->clusters, .layers = t->start->n_layers};
    if (t->clusters)
        b.clusters = *t->clusters;
    train_ranks_patient(t->ranks, true);
    int rc = train_ranks_follow(t->ranks, &b, sizeof(b), err);
    train_ranks_patient(t->ranks, false);
    if (rc == 0 && b.has_clusters)
        rc = follow_clusters(t, &b, err);
    if (rc == 0 && t->start->n_layers < b.layers)
        rc = train_clusters_layer(&t->start, b.clusters.n_units, err);
    t->factors = b.factors;
    return rc < 0 ? -1 : train_spread_machine(t->start, t->ranks, err);
}
