/* log Z of a model for an evaluation: computed with the rows at hand, or taken from the model file. */
#include "evaluation.h"

#include "exact.h"
#include "log_partition.h"
#include "mem.h"
#include "regions.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct bz_ais_options train_ais_options(const struct train_evaluate_options *o, const double *betas, const struct bz_base *base)
{
    return (struct bz_ais_options){.runs = o->runs,
                                   .betas = betas,
                                   .n_betas = o->betas,
                                   .seed = o->seed,
                                   .base = base,
                                   .fixed = true,
                                   .par = o->par,
                                   .spread = o->spread};
}

/* Smoothed by one more row of the uniform distribution, so that few rows give no rate of 0 or 1. */
static void shrink(const struct bz_layer *l, size_t rows, double *mean)
{
    for (size_t i = 0; i < l->size; i++)
        mean[i] = (mean[i] * (double)rows + bz_unit_uniform(l, i)) / ((double)rows + 1);
}

int train_data_base(struct bz_base **out, const struct bz_machine *m, const struct train_data *d, const long *part_of,
                    struct bz_error *err)
{
    double **mean = bz_alloc(m->n_layers, sizeof(*mean), err), **variance = bz_alloc(m->n_layers, sizeof(*variance), err);
    int rc = mean && variance ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (part_of[l] < 0)
            continue;
        if (!(mean[l] = bz_alloc(m->layers[l].size, sizeof(double), err)) ||
            !(variance[l] = bz_alloc(m->layers[l].size, sizeof(double), err)))
            rc = -1;
        else
            train_part_moments(&d->parts[part_of[l]], NULL, d->rows, mean[l], variance[l]);
        if (rc == 0 && !bz_unit_type(m->layers[l].unit)->has_sigma)
            shrink(&m->layers[l], d->rows, mean[l]);
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)mean, (const double *const *)variance, err);
    for (size_t l = 0; l < m->n_layers; l++) {
        if (mean)
            bz_free(mean[l]);
        if (variance)
            bz_free(variance[l]);
    }
    bz_free(mean);
    bz_free(variance);
    return rc;
}

/* Complete rows for the search for modes; NULL if there are none. */
static int some_rows(struct bz_state **out, const struct train_rows *rows, struct bz_error *err)
{
    struct bz_state *s;
    const size_t n = rows->data->rows < BZ_TILE ? rows->data->rows : BZ_TILE;

    *out = NULL;
    if (bz_state_new(&s, rows->model->machine, BZ_TILE, err) < 0)
        return -1;
    if (train_rows_fill(rows, s, 0, n, err) < 0) {
        bz_state_free(s);
        return -1;
    }
    s->n = n;
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l], 0, n * s->m->layers[l].size)) {
            bz_state_free(s);
            return 0;
        }
    *out = s;
    return 0;
}

/* Few states are summed exactly, even if --ais asks for an estimate. */
enum { SUMMED_BITS = 21 };

/* 1 = yes, 0 = no, -1 and err: no memory to find out. */
static int is_summed(const struct bz_machine *m, const struct train_evaluate_options *o, struct bz_error *err)
{
    double bits;

    if (bz_exact_bits(m, &bits, err) < 0)
        return -1;
    return o->exact || (!o->ais_only && bits >= 0 && bits <= SUMMED_BITS);
}

static void take(struct bz_log_z *out, const struct bz_regions *found, struct train_evaluation *e)
{
    const struct bz_ais_result *ais = &found->ais;

    out->value = ais->log_z;
    out->stderr_ = ais->stderr_;
    out->runs = ais->runs;
    out->betas = ais->betas;
    strcpy(out->method, "ais");
    strcpy(out->warning, found->warning);
    if (!ais->reliable && !*out->warning)
        snprintf(out->warning, sizeof(out->warning),
                 "the weights of the annealed runs scatter too much: effective sample size %.1f of %zu; use more --betas and "
                 "--runs, and data whose column means are like the training data's",
                 ais->ess, ais->runs);
    e->ess = !(e->ess <= ais->ess) ? ais->ess : e->ess;
}

/* Adds to the error that what cannot be summed can be estimated; returns -1. */
static int suggest_ais(struct bz_error *err)
{
    const struct bz_error was = *err;

    if (was.code != BZ_TOO_LARGE && was.code != BZ_UNSUPPORTED)
        return -1;
    return bz_fail(err, was.code, "%s; --ais estimates log Z", was.msg);
}

static int log_z_for(const struct train_rows *rows, const struct train_evaluate_options *o, const struct bz_base *base,
                     double d, struct train_evaluation *e, struct bz_log_z *out, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    double *counts = bz_alloc(m->n_layers, sizeof(*counts), err), *betas = bz_alloc(o->betas, sizeof(*betas), err);
    struct bz_state *some = NULL;
    int rc = -1;

    if (!counts || !betas)
        goto out;
    for (size_t l = 0; l < m->n_layers; l++)
        counts[l] = bz_unit_type(m->layers[l].unit)->counted ? d : 0.0;
    *out = (struct bz_log_z){.counts = d};
    const int summed = is_summed(m, o, err);
    if (summed < 0)
        goto out;
    if (summed) {
        rc = bz_exact_log_z(m, 1.0, counts, BZ_EXACT_MAX_BITS, o->par, &out->value, err);
        if (rc < 0)
            suggest_ais(err);
        strcpy(out->method, "exact");
    } else if (some_rows(&some, rows, err) == 0) {
        struct bz_regions regions;
        struct bz_ais_options ais = train_ais_options(o, betas, base);

        ais.counts = counts;
        bz_ais_schedule(betas, o->betas);
        if (some)
            bz_state_set_length(some, 0, some->n, (float)d);
        rc = bz_ais_regions(m, &ais, some, &regions, err);
        if (rc == 0)
            take(out, &regions, e);
    }
out:
    bz_state_free(some);
    bz_free(counts);
    bz_free(betas);
    return rc;
}

/* One log Z for every number of counts that occurs (just one for machines without counts). */
int train_compute_log_z(const struct train_rows *rows, const double *row_counts, const struct train_evaluate_options *o,
                        struct train_evaluation *e, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    const struct train_data *d = rows->data;
    struct bz_base *base = NULL;
    int rc = -1;

    if (!(e->log_z = bz_alloc(d->rows, sizeof(*e->log_z), err)) || train_data_base(&base, m, d, rows->part_of, err) < 0)
        goto out;
    e->computed = true;
    for (size_t r = 0; r < d->rows; r++) {
        const double counts = row_counts[r];

        if (isnan(counts)) {
            bz_fail(err, BZ_UNSUPPORTED,
                    "row %zu: its multinomial layers have different numbers of counts, expected the same in all: log Z is "
                    "known for one number",
                    r + 1);
            goto out;
        }
        if (bz_log_z_find(e->log_z, e->n_log_z, counts))
            continue;
        if (o->progress && o->progress(o->progress_arg, "log Z", r, d->rows)) {
            bz_fail(err, BZ_INTERRUPTED, "interrupted");
            goto out;
        }
        if (log_z_for(rows, o, base, counts, e, &e->log_z[e->n_log_z], err) < 0)
            goto out;
        e->n_log_z++;
    }
    rc = 0;
out:
    bz_base_free(base);
    return rc;
}

int train_stored_log_z(const struct bz_model *model, struct train_evaluation *e, struct bz_error *err)
{
    if (!model->n_log_z)
        return 0;
    if (!(e->log_z = bz_alloc(model->n_log_z, sizeof(*e->log_z), err)))
        return -1;
    memcpy(e->log_z, model->log_z, model->n_log_z * sizeof(*e->log_z));
    e->n_log_z = model->n_log_z;
    return 0;
}
