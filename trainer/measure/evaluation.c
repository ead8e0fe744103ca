#include "evaluation.h"

#include "classify.h"
#include "exact.h"
#include "infer.h"
#include "log_partition.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

/* ---- scores of rows ---- */

struct scores {
    const struct bz_machine *m;
    double *free_energy, *error, *pseudo; /* [rows]; pseudo: [pseudo_rows] or NULL */
    enum bz_method *method;               /* [rows] */
    double *counts;                       /* [rows] what log Z depends on: bz_log_z_counts */
    size_t pseudo_rows;
    bool exact; /* enumerate hidden layers that are not independent, if they are few */
};
enum { EXACT_ROW_BITS = 16 };

static int score_errors(struct scores *t, const struct train_tile *tile, struct bz_error *err)
{
    const struct bz_machine *m = t->m;
    float **given = bz_alloc(m->n_layers, sizeof *given, err);
    int rc = given ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (!(given[l] = bz_alloc(tile->n * m->layers[l].size, sizeof(float), err)))
            rc = -1;
        else
            memcpy(given[l], tile->c->s->x[l], tile->n * m->layers[l].size * sizeof(float));
    }
    if (rc == 0)
        bz_reconstruct(tile->c, (const float *const *)given, 0, tile->n, 1, BZ_MEAN, t->error + tile->first, tile->w);
    for (size_t l = 0; given && l < m->n_layers; l++)
        bz_free(given[l]);
    bz_free(given);
    return rc;
}

/* Free energies of a tile: with --exact by enumeration of the hidden layers where mean field only bounds them and they are few
 * enough, else as the machine allows. */
static int exact_free_energies(struct scores *t, const struct train_tile *tile, struct bz_error *err)
{
    const size_t first = tile->first;

    for (size_t r = 0; t->exact && r < tile->n; r++) {
        if (bz_exact_free_energy(tile->c->s, r, EXACT_ROW_BITS, NULL, t->free_energy + first + r, err) < 0) {
            if (err->code != BZ_TOO_LARGE)
                return -1;
            break;
        }
        t->method[first + r] = BZ_EXACT;
        if (r + 1 == tile->n)
            return 0;
    }
    bz_free_energy(tile->c->s, 0, tile->n, t->free_energy + first, t->method + first, tile->w);
    return 0;
}

static int score_tile(void *arg, const struct train_tile *tile, struct bz_error *err)
{
    struct scores *t = arg;
    const size_t first = tile->first, n = tile->n;

    if (t->pseudo && first < t->pseudo_rows) {
        const size_t some = t->pseudo_rows - first < n ? t->pseudo_rows - first : n;

        if (bz_pseudo_likelihood(tile->c->s, 0, some, t->pseudo + first, tile->w, err) < 0)
            return -1;
    }
    for (size_t r = 0; r < n; r++)
        t->counts[first + r] = bz_log_z_counts(tile->c->s, r);
    if (exact_free_energies(t, tile, err) < 0)
        return -1;
    return score_errors(t, tile, err);
}

static bool has_pseudo_likelihood(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].unit == BZ_MULTINOMIAL)
            return false;
    return bz_machine_hidden_independent(m);
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : (double)NAN;
}

/* The layer holds every row's label. */
static bool labels_fill(const struct bz_machine *m, size_t layer, const struct train_data *d)
{
    if ((long)layer != bz_label_layer(m) || !d->labels)
        return false;
    for (size_t r = 0; r < d->rows; r++)
        if (d->labels[r] < 0)
            return false;
    return true;
}

static bool something_missing(const struct train_rows *r)
{
    for (size_t p = 0; p < r->data->n_parts; p++)
        if (r->data->parts[p].missing || r->data->parts[p].absent)
            return true;
    for (size_t l = 0; l < r->model->machine->n_layers; l++)
        if (bz_is_visible(&r->model->machine->layers[l]) && r->part_of[l] < 0 && !labels_fill(r->model->machine, l, r->data))
            return true;
    return false;
}

/* Fills the row-wise figures of e; t's arrays are allocated here and, but for free_energy, freed by the caller. */
static int score_all(struct train_rows *r, const struct train_evaluate_options *o, struct scores *t, struct train_evaluation *e,
                     struct bz_error *err)
{
    const size_t rows = r->data->rows;

    t->m = r->model->machine;
    t->exact = o->exact && !bz_machine_hidden_independent(t->m);
    t->pseudo_rows = o->pseudo_rows < rows ? o->pseudo_rows : rows;
    if (!(e->free_energy = t->free_energy = bz_alloc(rows, sizeof(double), err)) ||
        !(t->error = bz_alloc(rows, sizeof(double), err)) || !(t->counts = bz_alloc(rows, sizeof(double), err)) ||
        !(t->method = bz_alloc(rows, sizeof *t->method, err)))
        return -1;
    if (t->pseudo_rows && has_pseudo_likelihood(t->m) && !something_missing(r) &&
        !(t->pseudo = bz_alloc(t->pseudo_rows, sizeof(double), err)))
        return -1;
    if (train_rows_each(r, score_tile, t, err) < 0)
        return -1;
    e->rows = rows;
    e->free_energy_mean = mean_of(t->free_energy, rows);
    e->reconstruction_error_mean = mean_of(t->error, rows);
    e->pseudo_likelihood_mean = t->pseudo ? mean_of(t->pseudo, t->pseudo_rows) : (double)NAN;
    return isfinite(e->free_energy_mean) ? 0 : bz_fail(err, BZ_DIVERGED, "a row's free energy is not finite");
}

/* ---- log Z ---- */

/* One more row than the data have, of the uniform distribution: few rows give no rate of 0 or 1. */
static void shrink(const struct bz_layer *l, size_t rows, double *mean)
{
    const double uniform = l->unit == BZ_BERNOULLI ? 0.5 : (double)l->groups / (double)l->size;

    for (size_t i = 0; i < l->size; i++)
        mean[i] = (mean[i] * (double)rows + uniform) / ((double)rows + 1);
}

int train_data_base(struct bz_base **out, const struct bz_machine *m, const struct train_data *d, const long *part_of,
                    struct bz_error *err)
{
    double **mean = bz_alloc(m->n_layers, sizeof *mean, err), **variance = bz_alloc(m->n_layers, sizeof *variance, err);
    int rc = mean && variance ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        if (part_of[l] < 0)
            continue;
        if (!(mean[l] = bz_alloc(m->layers[l].size, sizeof(double), err)) ||
            !(variance[l] = bz_alloc(m->layers[l].size, sizeof(double), err)))
            rc = -1;
        else
            train_part_moments(&d->parts[part_of[l]], NULL, d->rows, mean[l], variance[l]);
        if (rc == 0 && m->layers[l].unit != BZ_GAUSSIAN)
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

static int log_z_for(const struct bz_machine *m, const struct train_evaluate_options *o, const struct bz_base *base, double d,
                     struct train_evaluation *e, struct bz_log_z *out, struct bz_error *err)
{
    double *counts = bz_alloc(m->n_layers, sizeof *counts, err), *betas = bz_alloc(o->betas, sizeof *betas, err);
    int rc = -1;

    if (!counts || !betas)
        goto out;
    for (size_t l = 0; l < m->n_layers; l++)
        counts[l] = m->layers[l].unit == BZ_MULTINOMIAL ? d : 0.0;
    *out = (struct bz_log_z){.counts = d};
    if (o->exact) {
        rc = bz_exact_log_z(m, 1.0, counts, BZ_EXACT_MAX_BITS, o->par, &out->value, err);
        strcpy(out->method, "exact");
    } else {
        struct bz_ais_result result;
        const struct bz_ais_options ais = {.runs = o->runs,
                                           .betas = betas,
                                           .n_betas = o->betas,
                                           .seed = o->seed,
                                           .base = base,
                                           .counts = counts,
                                           .par = o->par};

        bz_ais_schedule(betas, o->betas);
        rc = bz_ais(m, &ais, NULL, &result, err);
        if (rc == 0) {
            *out = (struct bz_log_z){
                .value = result.log_z, .stderr_ = result.stderr_, .runs = o->runs, .betas = o->betas, .counts = d};
            strcpy(out->method, "ais");
            e->ess = !(e->ess <= result.ess) ? result.ess : e->ess;
            e->reliable = e->reliable && result.reliable;
        }
    }
out:
    bz_free(counts);
    bz_free(betas);
    return rc;
}

/* One log Z for every number of counts that occurs (just one for machines without counts). */
static int compute_log_z(const struct train_rows *rows, const double *row_counts, const struct train_evaluate_options *o,
                         struct train_evaluation *e, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    const struct train_data *d = rows->data;
    struct bz_base *base = NULL;
    int rc = -1;

    if (!(e->log_z = bz_alloc(d->rows, sizeof *e->log_z, err)) || train_data_base(&base, m, d, rows->part_of, err) < 0)
        goto out;
    e->computed = e->reliable = true;
    for (size_t r = 0; r < d->rows; r++) {
        const double counts = row_counts[r];

        if (isnan(counts)) {
            bz_fail(err, BZ_UNSUPPORTED,
                    "row %zu: its multinomial layers have different numbers of counts, want the same in all: log Z is known by "
                    "one number",
                    r + 1);
            goto out;
        }
        if (bz_log_z_find(e->log_z, e->n_log_z, counts))
            continue;
        if (o->progress && o->progress(o->progress_arg, "log Z", r, d->rows)) {
            bz_fail(err, BZ_INTERRUPTED, "interrupted");
            goto out;
        }
        if (log_z_for(m, o, base, counts, e, &e->log_z[e->n_log_z], err) < 0)
            goto out;
        e->n_log_z++;
    }
    rc = 0;
out:
    bz_base_free(base);
    return rc;
}

static int stored_log_z(const struct bz_model *model, struct train_evaluation *e, struct bz_error *err)
{
    if (!model->n_log_z)
        return 0;
    if (!(e->log_z = bz_alloc(model->n_log_z, sizeof *e->log_z, err)))
        return -1;
    memcpy(e->log_z, model->log_z, model->n_log_z * sizeof *e->log_z);
    e->n_log_z = model->n_log_z;
    e->reliable = true;
    return 0;
}

/* log p of every row from its free energy and log Z; the standard error joins that of the mean over rows with that of log Z. */
static int finish_log_prob(const struct scores *t, struct train_evaluation *e, struct bz_error *err)
{
    double squares = 0, z_variance = 0;
    bool exact_f = true, exact_z = true;

    if (!e->n_log_z)
        return 0;
    if (!(e->log_prob = bz_alloc(e->rows, sizeof(double), err)))
        return -1;
    for (size_t r = 0; r < e->rows; r++) {
        const struct bz_log_z *z = bz_log_z_find(e->log_z, e->n_log_z, t->counts[r]);

        if (!z) { /* a stored list that lacks this row's number of counts */
            bz_free(e->log_prob);
            e->log_prob = NULL;
            return 0;
        }
        e->log_prob[r] = -e->free_energy[r] - z->value;
        exact_f = exact_f && t->method[r] == BZ_EXACT;
        exact_z = exact_z && !strcmp(z->method, "exact");
        z_variance += z->stderr_ * z->stderr_;
    }
    e->log_prob_mean = mean_of(e->log_prob, e->rows);
    for (size_t r = 0; r < e->rows; r++)
        squares += (e->log_prob[r] - e->log_prob_mean) * (e->log_prob[r] - e->log_prob_mean);
    e->log_prob_stderr =
        sqrt(squares / (double)(e->rows > 1 ? e->rows - 1 : 1) / (double)e->rows + z_variance / (double)e->rows);
    e->log_prob_kind = !exact_f ? "lower_bound" : exact_z ? "exact" : "estimate";
    return 0;
}

int train_evaluate(struct train_rows *rows, const struct train_evaluate_options *o, struct train_evaluation *out,
                   struct bz_error *err)
{
    struct train_evaluation e = {.ess = NAN,
                                 .log_prob_mean = NAN,
                                 .log_prob_stderr = NAN,
                                 .reverse_log_z = NAN,
                                 .reverse_stderr = NAN,
                                 .raise_mean = NAN,
                                 .case_log_prob_mean = NAN,
                                 .case_bound_mean = NAN,
                                 .case_gap = NAN,
                                 .case_gap_stderr = NAN};
    struct scores t = {0};
    int rc = -1;

    if (score_all(rows, o, &t, &e, err) < 0)
        goto out;
    if ((o->exact || o->ais ? compute_log_z(rows, t.counts, o, &e, err) : stored_log_z(rows->model, &e, err)) < 0)
        goto out;
    if (finish_log_prob(&t, &e, err) < 0 || (o->bracket && train_bracket(rows, o, &e, err) < 0) ||
        (o->cases && train_cases(rows, o, &e, err) < 0))
        goto out;
    *out = e;
    e = (struct train_evaluation){0};
    rc = 0;
out:
    train_evaluation_free(&e);
    bz_free(t.error);
    bz_free(t.pseudo);
    bz_free(t.method);
    bz_free(t.counts);
    return rc;
}

void train_evaluation_free(struct train_evaluation *e)
{
    bz_free(e->log_z);
    bz_free(e->free_energy);
    bz_free(e->log_prob);
    *e = (struct train_evaluation){0};
}
