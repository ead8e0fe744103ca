/* Where a tree of pairs of columns explains the held-out rows better than what was learned, the tree is the result. */
#include "training.h"

#include "mem.h"
#include "parameters.h"
#include "tree.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* An rbm of bits, by default options of learning, in one process. Not where a length is given: short runs are made to compare
 * what was learned. */
static bool may_try(const struct training *t)
{
    const struct bz_machine *m = t->start;
    return !strcmp(t->kind, "rbm") && t->n_valid && !t->refits && !t->valid && !t->weights && !t->init && !t->already &&
           !t->ranks && !t->data->labels && !t->data->parts[0].group && isfinite(t->outcome.log_prob) &&
           m->layers[m->n_layers - 1].unit == BZ_BERNOULLI && !strcmp(t->settings->algorithm, "auto") &&
           t->settings->early_stopping && !t->settings->epochs && !t->settings->updates;
}

/* How many hidden units there are: more than by default if pairs take more, since each has its own. */
static size_t hidden_size(const struct training *t, size_t pairs)
{
    const size_t had = t->start->layers[t->start->n_layers - 1].size;
    return t->settings->hidden.n || had > pairs ? had : pairs;
}

static int make_machine(struct bz_machine **out, const struct training *t, const struct train_tree *tree, struct bz_error *err)
{
    const size_t hidden = hidden_size(t, train_tree_pairs(tree));
    const struct train_pathway pathway = {&hidden, 1};
    const struct train_shape shape = {.kind = "rbm", .pathways = &pathway, .hidden_unit = BZ_BERNOULLI};
    const struct train_first_rows first = {t->rows, t->n_rows, t->settings->centring};
    struct bz_machine *m;
    if (train_start(&m, &shape, t->data, &first, t->settings->seed, err) < 0)
        return -1;
    if (train_tree_write(tree, m, err) < 0 || bz_machine_prepare(m, err) < 0) {
        bz_machine_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

/* The machine takes the place of what was learned. Learning from there only loses: annealed runs judge such stiff machines too
 * badly to choose a better state (docs/results/likelihood.md). */
static int keep(struct training *t, struct bz_machine *tree, struct bz_error *err)
{
    struct bz_machine *start;
    if (train_machine_copy(&start, tree, NULL, err) < 0)
        return -1;
    if (bz_machine_prepare(start, err) < 0 || training_feed_into(t, start, err) < 0) {
        bz_machine_free(start);
        return -1;
    }
    bz_machine_free(t->start);
    t->start = start;
    bz_machine_free(t->result);
    t->result = tree;
    train_clusters_free(t->clusters);
    t->clusters = NULL;
    bz_ladder_free(t->outcome.ladder);
    t->outcome.ladder = NULL;
    t->outcome.groups = 0;
    t->outcome.error = 0;
    t->outcome.kept = 0;
    return 0;
}

int training_try_tree(struct training *t, struct bz_error *err)
{
    enum { MOST_UNITS = 500 };
    const double least = 0.1, errors = 3;
    struct train_tree *tree;
    struct bz_machine *m = NULL;
    double log_prob = -INFINITY;
    if (!may_try(t))
        return 0;
    const size_t most = t->settings->hidden.n ? t->start->layers[t->start->n_layers - 1].size : MOST_UNITS;
    if (train_tree_new(&tree, t->data, t->rows, t->n_rows, most, err) < 0)
        return -1;
    int rc = tree ? train_tree_log_prob(tree, t->data, t->valid_rows, t->n_valid, &log_prob, err) : 0;
    const bool better = log_prob > t->outcome.log_prob + fmax(least, errors * t->outcome.error);
    if (rc == 0 && better && (rc = make_machine(&m, t, tree, err)) == 0 && (rc = keep(t, m, err)) < 0)
        bz_machine_free(m);
    if (rc == 0 && better) {
        t->tree = train_tree_pairs(tree);
        train_progress_say(t->progress,
                           "a tree of %zu pairs of columns has log p %.2f on the held-out rows, this machine %.2f: the result "
                           "is the tree, as a machine of %zu hidden units (--early-stopping off keeps what was learned)",
                           t->tree, log_prob, t->outcome.log_prob, m->layers[1].size);
        t->outcome.log_prob = log_prob;
    }
    train_tree_free(tree);
    return rc;
}
