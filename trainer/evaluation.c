#include "evaluation.h"

#include "exact.h"
#include "infer.h"
#include "mathx.h"
#include "mem.h"

#include <math.h>
#include <string.h>

static long find_part(const struct train_data *d, const char *name)
{
    for (size_t p = 0; p < d->n_parts; p++)
        if (!strcmp(d->parts[p].name, name))
            return (long)p;
    return -1;
}

int train_match_parts(const struct bz_machine *m, const struct train_data *d, long *part_of, struct bz_error *err)
{
    const long only = bz_machine_only_visible(m);
    size_t matched = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];

        part_of[l] = bz_is_visible(layer) ? find_part(d, layer->name) : -1;
        if ((long)l == only && part_of[l] < 0 && d->n_parts == 1)
            part_of[l] = 0;
        if (part_of[l] < 0)
            continue;
        matched++;
        if (d->parts[part_of[l]].size != layer->size)
            return bz_fail(err, BZ_BAD_INPUT, "data '%s' has %zu columns, layer '%s' of the model has %zu units",
                           d->parts[part_of[l]].name, d->parts[part_of[l]].size, layer->name, layer->size);
    }
    if (matched == d->n_parts)
        return 0;
    for (size_t p = 0; p < d->n_parts; p++) {
        const long l = bz_machine_find(m, d->parts[p].name);

        if (l < 0 || part_of[l] != (long)p)
            return bz_fail(err, BZ_BAD_INPUT, "data '%s' is for no visible layer of the model", d->parts[p].name);
    }
    return 0;
}

static void count_row(struct bz_state *s, size_t layer, size_t row)
{
    const size_t size = s->m->layers[layer].size;
    double sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += s->x[layer][row * size + i];
    s->counts[layer][row] = (float)sum;
}

int train_fill_state(struct bz_state *s, const struct train_data *d, const long *part_of, size_t first, size_t n,
                     enum train_binarize binarize, uint64_t seed, struct bz_error *err)
{
    size_t rows[BZ_TILE];

    for (size_t r = 0; r < n; r++)
        rows[r] = first + r;
    s->n = n;
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        const struct train_part *part = part_of[l] < 0 ? NULL : &d->parts[part_of[l]];
        uint8_t *known = NULL;

        if (!bz_is_visible(layer))
            continue;
        if (!part || part->missing || part->absent) {
            if (bz_state_make_known(s, l, err) < 0)
                return -1;
            known = s->known[l];
            memset(known, 0, n * layer->size);
        }
        if (part)
            train_part_read(part, (size_t)part_of[l], rows, n, binarize, seed, 0, s->x[l], known);
        for (size_t r = 0; s->counts[l] && r < n; r++)
            count_row(s, l, r);
    }
    return 0;
}

/* ---- scores of rows, a tile a task ---- */

struct score_task {
    const struct bz_machine *m;
    const struct train_data *d;
    const struct train_evaluate_options *o;
    const long *part_of;
    double *free_energy, *error, *pseudo, *orderings; /* [rows]; pseudo: [pseudo_rows] or NULL */
    enum bz_method *method;                           /* [rows] */
    size_t pseudo_rows;
    struct bz_error *err; /* [tiles] */
    int *failed;          /* [tiles] */
};

static int score_errors(struct score_task *t, struct bz_chains *c, size_t first, size_t n, struct bz_work *w,
                        struct bz_error *err)
{
    float **given = bz_alloc(t->m->n_layers, sizeof *given, err);
    int rc = given ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < t->m->n_layers; l++) {
        const size_t bytes = n * t->m->layers[l].size * sizeof(float);

        if (!bz_is_visible(&t->m->layers[l]))
            continue;
        if (!(given[l] = bz_alloc(n * t->m->layers[l].size, sizeof(float), err)))
            rc = -1;
        else
            memcpy(given[l], c->s->x[l], bytes);
    }
    if (rc == 0)
        bz_reconstruct(c, (const float *const *)given, 0, n, 1, BZ_MEAN, t->error + first, w);
    for (size_t l = 0; given && l < t->m->n_layers; l++)
        bz_free(given[l]);
    bz_free(given);
    return rc;
}

static int score_rows(struct score_task *t, struct bz_chains *c, struct bz_work *w, size_t first, size_t n,
                      struct bz_error *err)
{
    if (train_fill_state(c->s, t->d, t->part_of, first, n, t->o->binarize, t->o->seed, err) < 0)
        return -1;
    bz_free_energy(c->s, 0, n, t->free_energy + first, t->method + first, w);
    for (size_t r = 0; r < n; r++)
        t->orderings[first + r] = bz_log_orderings(c->s, r);
    if (t->pseudo && first < t->pseudo_rows) {
        const size_t some = t->pseudo_rows - first < n ? t->pseudo_rows - first : n;

        if (bz_pseudo_likelihood(c->s, 0, some, t->pseudo + first, w, err) < 0)
            return -1;
    }
    return score_errors(t, c, first, n, w, err);
}

static void score_tile(void *arg, size_t i)
{
    struct score_task *t = arg;
    const size_t first = i * BZ_TILE, n = t->d->rows - first < BZ_TILE ? t->d->rows - first : BZ_TILE;
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;

    t->failed[i] = -1;
    if (bz_chains_new(&c, t->m, n, &t->err[i]) == 0 && bz_work_new(&w, t->m, &t->err[i]) == 0)
        t->failed[i] = score_rows(t, c, w, first, n, &t->err[i]);
    bz_chains_free(c);
    bz_work_free(w);
}

static int first_failure(const int *failed, const struct bz_error *errors, size_t n, struct bz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (failed[i]) {
            if (err)
                *err = errors[i];
            return -1;
        }
    return 0;
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

/* Fills the row-wise figures of e; t's arrays are allocated here and, but for free_energy, freed by the caller. */
static int score_all(struct score_task *t, struct train_evaluation *e, struct bz_error *err)
{
    const size_t rows = t->d->rows, tiles = (rows + BZ_TILE - 1) / BZ_TILE;

    t->pseudo_rows = t->o->pseudo_rows < rows ? t->o->pseudo_rows : rows;
    if (!(e->free_energy = t->free_energy = bz_alloc(rows, sizeof(double), err)) ||
        !(t->error = bz_alloc(rows, sizeof(double), err)) || !(t->orderings = bz_alloc(rows, sizeof(double), err)) ||
        !(t->method = bz_alloc(rows, sizeof *t->method, err)) || !(t->err = bz_alloc(tiles, sizeof *t->err, err)) ||
        !(t->failed = bz_alloc(tiles, sizeof *t->failed, err)))
        return -1;
    if (t->pseudo_rows && has_pseudo_likelihood(t->m) && !(t->pseudo = bz_alloc(t->pseudo_rows, sizeof(double), err)))
        return -1;
    bz_parallel_for(t->o->par, tiles, score_tile, t);
    if (first_failure(t->failed, t->err, tiles, err) < 0)
        return -1;
    e->rows = rows;
    e->free_energy_mean = mean_of(t->free_energy, rows);
    e->reconstruction_error_mean = mean_of(t->error, rows);
    e->pseudo_likelihood_mean = t->pseudo ? mean_of(t->pseudo, t->pseudo_rows) : (double)NAN;
    return isfinite(e->free_energy_mean) ? 0 : bz_fail(err, BZ_DIVERGED, "a row's free energy is not finite");
}

/* ---- log Z ---- */

/* The base machine at the data's own column means (gaussian: and variances). */
static int data_base(struct bz_base **out, const struct bz_machine *m, const struct train_data *d, const long *part_of,
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

/* The D of a row: of the only multinomial visible layer; -1 for machines without counts. */
static double row_counts(const struct bz_machine *m, const struct train_data *d, const long *part_of, size_t row)
{
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct train_part *p = part_of[l] < 0 ? NULL : &d->parts[part_of[l]];
        double sum = 0;

        if (!p || m->layers[l].unit != BZ_MULTINOMIAL)
            continue;
        if (p->store == TRAIN_SPARSE)
            for (size_t k = p->row_start[row]; k < p->row_start[row + 1]; k++)
                sum += p->value[k];
        else
            for (size_t i = 0; i < p->size; i++)
                sum += p->store == TRAIN_U8 ? p->u8[row * p->size + i] : p->f32[row * p->size + i];
        return sum;
    }
    return -1;
}

static const struct bz_log_z *find_log_z(const struct bz_log_z *list, size_t n, double counts)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].counts < 0 || list[i].counts == counts)
            return &list[i];
    return NULL;
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
static int compute_log_z(const struct bz_machine *m, const struct train_data *d, const long *part_of,
                         const struct train_evaluate_options *o, struct train_evaluation *e, struct bz_error *err)
{
    struct bz_base *base = NULL;
    int rc = -1;

    if (!(e->log_z = bz_alloc(d->rows, sizeof *e->log_z, err)) || data_base(&base, m, d, part_of, err) < 0)
        goto out;
    e->computed = e->reliable = true;
    for (size_t r = 0; r < d->rows; r++) {
        const double counts = row_counts(m, d, part_of, r);

        if (find_log_z(e->log_z, e->n_log_z, counts))
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
static int finish_log_prob(const struct bz_machine *m, const struct score_task *t, struct train_evaluation *e,
                           struct bz_error *err)
{
    double squares = 0, z_variance = 0;
    bool exact_f = true, exact_z = true;

    if (!e->n_log_z)
        return 0;
    if (!(e->log_prob = bz_alloc(e->rows, sizeof(double), err)))
        return -1;
    for (size_t r = 0; r < e->rows; r++) {
        const struct bz_log_z *z = find_log_z(e->log_z, e->n_log_z, row_counts(m, t->d, t->part_of, r));

        if (!z) { /* a stored list that lacks this row's number of counts */
            bz_free(e->log_prob);
            e->log_prob = NULL;
            return 0;
        }
        e->log_prob[r] = -e->free_energy[r] - z->value + t->orderings[r];
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

int train_evaluate(const struct bz_model *model, const struct train_data *d, const struct train_evaluate_options *o,
                   struct train_evaluation *out, struct bz_error *err)
{
    const struct bz_machine *m = model->machine;
    struct train_evaluation e = {.ess = NAN,
                                 .log_prob_mean = NAN,
                                 .log_prob_stderr = NAN,
                                 .reverse_log_z = NAN,
                                 .reverse_stderr = NAN,
                                 .raise_mean = NAN};
    long *part_of = bz_alloc(m->n_layers, sizeof *part_of, err);
    struct score_task t = {.m = m, .d = d, .o = o, .part_of = part_of};
    int rc = -1;

    if (!part_of || train_match_parts(m, d, part_of, err) < 0 || score_all(&t, &e, err) < 0)
        goto out;
    if ((o->exact || o->ais ? compute_log_z(m, d, part_of, o, &e, err) : stored_log_z(model, &e, err)) < 0)
        goto out;
    if (finish_log_prob(m, &t, &e, err) < 0)
        goto out;
    *out = e;
    e = (struct train_evaluation){0};
    rc = 0;
out:
    train_evaluation_free(&e);
    bz_free(part_of);
    bz_free(t.error);
    bz_free(t.pseudo);
    bz_free(t.orderings);
    bz_free(t.method);
    bz_free(t.err);
    bz_free(t.failed);
    return rc;
}

void train_evaluation_free(struct train_evaluation *e)
{
    bz_free(e->log_z);
    bz_free(e->free_energy);
    bz_free(e->log_prob);
    *e = (struct train_evaluation){0};
}
