/* After a run without a judge, as those of machines whose hidden units are coupled are: whether the machine explains the rows
 * better than independent columns. */
#include "training.h"

#include "judge.h"
#include "mem.h"
#include "monitor.h"
#include "parameters.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* Mean log p of training rows (monitor.h: of some, if there are many), its error that of log Z; a lower bound where the free
 * energy is the mean-field bound. */
struct likelihood {
    double log_p, error;
};

static int measure(const struct training *t, struct bz_machine *m, const float *const *mean, struct likelihood *out,
                   struct bz_error *err)
{
    const struct train_watched rows = {&t->feed, t->rows, t->n_rows}, none = {0};
    struct train_monitor *monitor = NULL;
    struct train_judge *judge = NULL;
    struct train_measure at = train_unmeasured();
    struct train_judgement j = {.log_z = NAN};
    int rc = -1;
    if (train_monitor_new(&monitor, m, rows, none, t->weights, t->par, err) == 0 &&
        train_judge_new(&judge, m, mean, NULL, t->settings->seed, NULL, t->par, err) == 0 &&
        train_judge_log_z(judge, 1, 1, NULL, &j, err) == 0) {
        train_monitor_measure(monitor, &at);
        *out = (struct likelihood){-at.free_energy_train - j.log_z, j.error};
        rc = 0;
    }
    train_monitor_free(monitor);
    train_judge_free(judge);
    return rc;
}

/* Copies the biases and widths of visible layers: to `values`, one layer after the other, or from there. */
static void move_columns(struct bz_machine *m, float *values, bool out)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        float *const own[] = {bz_machine_bias(m, l), bz_machine_log_sigma(m, l)};
        const size_t size = m->layers[l].size;
        for (size_t k = 0; k < 2 && bz_is_visible(&m->layers[l]); k++, values += size)
            if (own[k])
                memcpy(out ? values : own[k], out ? own[k] : values, size * sizeof(float));
    }
}

int training_keep_columns(struct training *t, struct bz_error *err)
{
    size_t units = 0;
    for (size_t l = 0; l < t->start->n_layers; l++)
        units += bz_is_visible(&t->start->layers[l]) ? t->start->layers[l].size : 0;
    if (!(t->columns = bz_alloc(2 * units, sizeof(float), err)))
        return -1;
    move_columns(t->start, t->columns, true);
    return 0;
}

/* The initial machine without its weights: columns that know nothing of each other. mean[l]: of its layers, the caller's. */
static int make_independent(const struct training *t, struct bz_machine **out, float **mean, struct bz_error *err)
{
    struct bz_machine *m;
    if (train_machine_copy(&m, t->start, NULL, err) < 0)
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++)
        memset(bz_machine_weight(m, c), 0, bz_coupling_weights(m, c) * sizeof(float));
    move_columns(m, t->columns, false);
    *out = m;
    int rc = bz_machine_prepare(m, err);
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (!(mean[l] = bz_alloc(layer->size, sizeof(float), err)))
            rc = -1;
        else
            bz_unit_type(layer->unit)->mean(layer, layer->bias, 1, 0, mean[l]);
    }
    return rc;
}

/* Not where a run is so short that this would be a good part of it: with tempering an update has many sweeps. */
static bool is_worth_it(const struct training *t)
{
    const double sweeps = 40000, part = 10, replicas = t->last.rule.algorithm == TRAIN_PT ? 32 : 1;
    return (double)t->last.updates * (double)t->last.chains * replicas > sweeps * part;
}

static bool is_below(const struct likelihood *machine, const struct likelihood *columns, double by)
{
    const double errors = 3;
    return machine->log_p < columns->log_p - fmax(by, errors * machine->error);
}

/* *independent becomes the result, and the caller's the machine that was. */
static void keep_columns(struct training *t, struct bz_machine **independent, const struct likelihood *columns)
{
    struct bz_machine *learned = t->result;
    t->result = *independent;
    *independent = learned;
    t->floor = (struct training_floor){true, columns->log_p, columns->log_p, true};
    train_progress_warn(t->progress,
                        "that is worse than independent columns, and a machine of these, its weights 0, is the "
                        "result (--early-stopping off keeps what was learned). Chains may not cross between groups "
                        "of rows far apart: try --algorithm pt, or `boltz train rbm`, which looks for such groups "
                        "and judges what it has learned while it learns");
}

/* What was learned is given up only where it is worse by more than a bound is likely to be off. */
static void tell(struct training *t, struct bz_machine **independent, const struct likelihood *machine,
                 const struct likelihood *columns)
{
    const double least = 0.1, surely = 1, part = 0.1;
    const char *bound = bz_machine_hidden_independent(t->result) ? "" : "at least ";
    const char *figures = "log p of training rows: %s%.2f (error of log Z %.2f); independent columns: %.2f";
    if (!isfinite(machine->log_p))
        return;
    t->floor = (struct training_floor){true, machine->log_p, columns->log_p, false};
    (is_below(machine, columns, least) ? train_progress_warn : train_progress_say)(t->progress, figures, bound, machine->log_p,
                                                                                   machine->error, columns->log_p);
    if (is_below(machine, columns, fmax(surely, part * fabs(columns->log_p))) && t->settings->early_stopping && !t->ranks)
        keep_columns(t, independent, columns);
}

void training_check_floor(struct training *t)
{
    struct likelihood machine, columns;
    struct bz_machine *independent = NULL;
    struct bz_error failure;
    if (t->last.judged || t->init || t->already || t->spread || train_ranks_number(t->ranks) > 0 ||
        training_is_autoencoder(t) || t->last.rule.discriminative || bz_machine_counted(t->result) >= 0 || !is_worth_it(t))
        return;
    float **mean = bz_alloc(t->start->n_layers, sizeof(*mean), &failure);
    const float *const *rates = (const float *const *)mean;
    if (mean && make_independent(t, &independent, mean, &failure) == 0 &&
        measure(t, independent, rates, &columns, &failure) == 0 && measure(t, t->result, rates, &machine, &failure) == 0)
        tell(t, &independent, &machine, &columns);
    else /* what was learned is not lost by it */
        train_progress_say(t->progress, "how probable training rows are is not known: %s", failure.msg);
    for (size_t l = 0; mean && l < t->start->n_layers; l++)
        bz_free(mean[l]);
    bz_free(mean);
    bz_machine_free(independent);
}
