/* After a run without a judge, as those of machines whose hidden units are coupled are: whether the machine explains the rows
 * better than independent columns, and than the model that learning began with. */
#include "training.h"

#include "judge.h"
#include "ladder.h"
#include "mem.h"
#include "monitor.h"
#include "parameters.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Mean log p of training rows (monitor.h: of some, if there are many), its error that of log Z; a lower bound where the free
 * energy is the mean-field bound. */
struct likelihood {
    double log_p, error;
};

/* groups: that the machine has units for; NULL = none. */
static int measure(const struct training *t, struct bz_machine *m, const float *const *mean,
                   const struct train_clusters *groups, struct likelihood *out, struct bz_error *err)
{
    const struct train_watched rows = {&t->feed, t->rows, t->n_rows}, none = {0};
    struct train_monitor *monitor = NULL;
    struct train_judge *judge = NULL;
    struct train_measure at = train_unmeasured();
    struct train_judgement j = {.log_z = NAN};
    int rc = -1;
    if (train_monitor_new(&monitor, m, rows, none, t->weights, t->par, err) == 0 &&
        train_judge_new(&judge, m, mean, groups, t->settings->seed, NULL, t->par, err) == 0 &&
        train_judge_log_z(judge, 1, 1, NULL, &j, err) == 0) {
        train_monitor_measure(monitor, &at);
        *out = (struct likelihood){-at.free_energy_train - j.log_z, j.error};
        rc = 0;
    }
    train_monitor_free(monitor);
    train_judge_free(judge);
    return rc;
}

/* The initial machine without its weights, and with columns as if nothing had been learned, which know nothing of each other.
 * mean[l]: of its layers, the caller's. */
static int make_independent(const struct training *t, struct bz_machine **out, float **mean, struct bz_error *err)
{
    const struct train_first_rows rows = {t->counted ? t->counted : t->rows, t->n_rows, false};
    struct bz_machine *m;
    if (train_machine_copy(&m, t->start, NULL, err) < 0)
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++)
        memset(bz_machine_weight(m, c), 0, bz_coupling_weights(m, c) * sizeof(float));
    *out = m;
    int rc = bz_machine_prepare(m, err) < 0 || train_start_again(m, &t->feed, &rows, err) < 0 ? -1 : bz_machine_prepare(m, err);
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (!(mean[l] = bz_alloc(layer->size, sizeof(*mean[l]), err)))
            rc = -1;
        else
            bz_unit_type(layer->unit)->mean(layer, layer->bias, 1, 0, mean[l]);
    }
    return rc;
}

/* Not where a run is so short that this would be a good part of it: with tempering an update has many sweeps. */
static bool is_worth_it(const struct training *t)
{
    const enum train_algorithm a = t->last.rule.algorithm;
    const double sweeps = 40000, part = 10, replicas = a == TRAIN_PT ? 32 : a == TRAIN_PTT ? 4 : 1;
    return (double)(t->last.updates - t->already) * (double)t->last.chains * replicas > sweeps * part;
}

static bool is_below(const struct likelihood *machine, const struct likelihood *other, double by)
{
    const double errors = 3;
    return machine->log_p < other->log_p - fmax(by, errors * machine->error);
}

/* What was learned, and what it should not fall below. */
struct comparison {
    struct bz_machine *columns, *start; /* independent columns; the model that it began with, NULL = none */
    struct likelihood machine, of_columns, of_start;
};

/* The better one becomes the result. */
static void keep_simpler(struct training *t, struct comparison *c)
{
    const bool start = c->start && c->of_start.log_p > c->of_columns.log_p;
    const bool tempered = train_algorithm(t->last.rule.algorithm)->mover;
    bz_machine_free(t->result);
    t->result = start ? bz_take(&c->start) : bz_take(&c->columns);
    bz_ladder_free(t->outcome.ladder); /* of what was learned in vain */
    t->outcome.ladder = NULL;
    t->floor.log_prob = start ? c->of_start.log_p : c->of_columns.log_p;
    t->floor.kept = !start;
    t->floor.kept_start = start;
    train_progress_warn(
        t->progress, "that is worse than %s is the result (--early-stopping off keeps what was learned)%s",
        start ? "the model that it began with, which" : "independent columns; a machine of these, its weights 0,",
        tempered || t->clusters ? ""
                                : ". Chains may not cross between groups of rows far apart: try --algorithm pt, or `boltz "
                                  "train rbm`, which looks for such groups and judges what it has learned while it learns");
}

/* What was learned is given up only where it is worse by more than a bound is likely to be off. */
static void tell(struct training *t, struct comparison *c)
{
    const double least = 0.1, surely = 1, part = 0.1;
    const struct likelihood *machine = &c->machine,
                            *best = c->start && c->of_start.log_p > c->of_columns.log_p ? &c->of_start : &c->of_columns;
    char began[100] = "";
    if (!isfinite(machine->log_p))
        return;
    t->floor = (struct training_floor){.known = true, .log_prob = machine->log_p, .independent = c->of_columns.log_p};
    if (c->start)
        snprintf(began, sizeof(began), "; the model that it began with: %.2f", c->of_start.log_p);
    (is_below(machine, best, least) ? train_progress_warn : train_progress_say)(
        t->progress, "log p of training rows: %s%.2f (error of log Z %.2f); independent columns: %.2f%s",
        bz_machine_hidden_independent(t->result) ? "" : "at least ", machine->log_p, machine->error, c->of_columns.log_p,
        began);
    /* An RBM was judged well while it learned, and a mixture of groups is what it began with: it is given up for what is as
     * good. */
    const bool lost = t->clusters && best == &c->of_start ? machine->log_p < best->log_p - least
                                                          : is_below(machine, best, fmax(surely, part * fabs(best->log_p)));
    if (lost && t->settings->early_stopping && !t->ranks)
        keep_simpler(t, c);
}

static int compare(const struct training *t, struct comparison *c, float **mean, struct bz_error *err)
{
    const float *const *rates = (const float *const *)mean;
    if (make_independent(t, &c->columns, mean, err) < 0 || measure(t, c->columns, rates, NULL, &c->of_columns, err) < 0 ||
        measure(t, t->result, rates, t->clusters, &c->machine, err) < 0)
        return -1;
    if (!t->init && !t->already && !t->clusters)
        return 0;
    return train_machine_copy(&c->start, t->start, NULL, err) < 0 || bz_machine_prepare(c->start, err) < 0
               ? -1
               : measure(t, c->start, rates, t->clusters, &c->of_start, err);
}

void training_check_floor(struct training *t)
{
    struct comparison c = {0};
    struct bz_error failure;
    if (t->last.judged || t->spread || train_ranks_number(t->ranks) > 0 || training_is_autoencoder(t) ||
        t->last.rule.discriminative || bz_machine_counted(t->result) >= 0 || !is_worth_it(t))
        return;
    float **mean = bz_alloc(t->start->n_layers, sizeof(*mean), &failure);
    if (mean && compare(t, &c, mean, &failure) == 0)
        tell(t, &c);
    else /* what was learned is not lost by it */
        train_progress_say(t->progress, "how probable training rows are is not known: %s", failure.msg);
    for (size_t l = 0; mean && l < t->start->n_layers; l++)
        bz_free(mean[l]);
    bz_free(mean);
    bz_machine_free(c.columns);
    bz_machine_free(c.start);
}
