/* Groups of rows far apart: what is known of them before learning begins, and the RBM that learns them before a deep machine
 * does. */
#include "training.h"

#include "clusters_private.h"
#include "factors.h"
#include "grow.h"
#include "mem.h"
#include "pretrain_layer.h"
#include "spread.h"
#include "unit.h"

#include <string.h>

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

/* Groups in the rows, whether or not t->start can have units for them: *found, NULL = none, and *draft, which has. Both are the
 * caller's to free, on failure too. */
static int find_groups(const struct training *t, const size_t *rows, struct bz_machine **draft, struct train_clusters **found,
                       struct bz_error *err)
{
    *draft = NULL;
    *found = NULL;
    if (train_clusters_draft(draft, t->start, err) < 0)
        return -1;
    return train_start_clusters(draft, t->data, rows, t->n_rows, t->settings->seed, found, err);
}

/* Factors are one normal distribution. Nobody has asked for them, so it is said where that is the wrong one. */
static int miss_groups(const struct training *t, const size_t *rows, struct bz_error *err)
{
    struct bz_machine *draft;
    struct train_clusters *found;
    if (strcmp(t->settings->hidden_unit, "auto") != 0 || t->ranks)
        return 0;
    const int rc = find_groups(t, rows, &draft, &found, err);
    if (found)
        train_progress_say(t->progress,
                           "the rows form %zu groups far apart, of which factors know nothing: --hidden-unit bernoulli gives "
                           "each its own, and may make the rows far more probable, but not fill their gaps in better",
                           found->n);
    train_clusters_free(found);
    bz_machine_free(draft);
    return rc;
}

/* Whether the machine's lower part is to learn the groups by itself first. */
static bool may_begin_as_rbm(const struct training *t)
{
    return train_clusters_has_rbm(t->start) && !t->init && !strcmp(t->settings->pretrain, "on");
}

/* What is narrow feels small ones, too. */
static void clear_between_visible(struct bz_machine *m)
{
    for (size_t c = 0; c < m->n_couplings; c++)
        if (bz_is_visible(&m->layers[m->couplings[c].a]) && bz_is_visible(&m->layers[m->couplings[c].b]))
            memset(bz_machine_weight(m, c), 0, bz_coupling_weights(m, c) * sizeof(float));
}

/* The draft, in which groups have been found, becomes what learning begins with, and the machine gets a layer of their states
 * if the draft has got one. */
static int begin_as_rbm(struct training *t, struct bz_machine **draft, struct train_clusters **found, struct bz_error *err)
{
    const struct bz_layer *groups = &(*draft)->layers[train_clusters_hidden(*draft)];
    if (groups->unit == BZ_SOFTMAX && train_clusters_layer(&t->start, groups->size, err) < 0)
        return -1;
    clear_between_visible(t->start);
    t->rbm = bz_take(draft);
    t->clusters = bz_take(found);
    tell_groups(t, groups->unit == BZ_SOFTMAX);
    train_progress_say(t->progress, "its lower part, an rbm, learns them by itself first");
    return bz_machine_prepare(t->start, err) < 0 ? -1 : bz_machine_prepare(t->rbm, err);
}

/* Without one, it begins as a mixture of the groups: a layer of their states is coupled to all that is visible, and all layers
 * learn on from there together. */
static int begin_as_mixture(struct training *t, const size_t *rows, struct bz_error *err)
{
    if (train_mix_clusters(&t->start, t->data, rows, t->n_rows, t->settings->seed, &t->clusters, err) < 0)
        return -1;
    if (!t->clusters)
        return 0;
    clear_between_visible(t->start);
    tell_groups(t, true);
    return 0;
}

/* Between which plain chains do not cross: what a machine does that has no states for them. */
static void miss_apart(struct training *t, size_t groups)
{
    if (bz_machine_hidden_independent(t->start)) {
        train_progress_warn(t->progress,
                            "the rows form %zu groups far apart, which a machine without hidden units cannot represent: it "
                            "learns their common means and correlations; with --hidden it has states for them",
                            groups);
        return;
    }
    train_progress_say(t->progress,
                       "the rows form %zu groups far apart, between which plain chains of this machine would not cross: it "
                       "learns with parallel tempering (--algorithm pcd: with plain chains)",
                       groups);
    t->apart = true;
}

/* Machines of more than an RBM begin as one that has learned the groups, if their lower part is one, or as a mixture of them;
 * others that no judge follows learn with tempering. */
static int see_groups(struct training *t, const size_t *rows, struct bz_error *err)
{
    struct bz_machine *draft;
    struct train_clusters *found;
    const bool bare = train_clusters_hidden(t->start) == t->start->n_layers; /* nothing is hidden */
    if (strcmp(t->settings->algorithm, "auto") != 0 || strcmp(t->settings->objective, "generative") != 0 ||
        bz_machine_counted(t->start) >= 0 || train_clusters_may_start(t->start) ||
        (bz_machine_hidden_independent(t->start) && !may_begin_as_rbm(t) && !bare))
        return 0;
    if (t->ranks) {
        train_progress_say(t->progress,
                           "groups of rows far apart, which plain chains do not cross, are looked for by one process "
                           "alone, not by several");
        return 0;
    }
    if (!bare && !t->init && !may_begin_as_rbm(t) && begin_as_mixture(t, rows, err) < 0)
        return -1;
    if (t->clusters)
        return 0;
    int rc = find_groups(t, rows, &draft, &found, err);
    if (rc == 0 && found && may_begin_as_rbm(t))
        rc = begin_as_rbm(t, &draft, &found, err);
    else if (rc == 0 && found)
        miss_apart(t, found->n);
    train_clusters_free(found);
    bz_machine_free(draft);
    return rc;
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

/* --- before a deep machine learns --- */

int training_learn_rbm(const struct training *t, const struct train_pretrain *p, struct bz_machine **out, uint64_t *stages,
                       struct bz_error *err)
{
    struct train_feed feed = {0};
    struct bz_machine *learned = NULL;
    int rc = train_feed_open(&feed, t->rbm, t->data, t->feed.binarize, t->settings->seed, err);
    *stages = 3; /* 1 and 2 are those that may follow (training_run.c) */
    if (rc == 0 && (rc = train_pretrain_stage(p, 0, "pretraining, an rbm", t->rbm, &feed, NULL, &learned, err)) == 0)
        rc = train_grow(out, t->start, learned, err);
    bz_machine_free(learned);
    train_feed_close(&feed);
    return rc;
}
