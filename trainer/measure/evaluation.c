#include "evaluation.h"

#include "classify.h"
#include "contradictions.h"
#include "exact.h"
#include "infer.h"
#include "log_partition.h"
#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <string.h>

/* --- scores of rows --- */

struct scores {
    const struct bz_machine *m;
    double *free_energy, *error, *pseudo; /* [rows]; pseudo: [pseudo_rows] or NULL */
    enum bz_method *method;               /* [rows] */
    double *counts;                       /* [rows] counts that log Z depends on: bz_log_z_counts */
    uint64_t *digest;                     /* [rows]: equal rows have equal ones */
    const double *weight;                 /* [rows] of --weights; NULL = all alike */
    size_t pseudo_rows;
    bool exact;      /* enumerate hidden layers that are not independent, if they are few */
    int pseudo_bits; /* > 0: pseudo by enumeration, too, of at most so many bits for each state of a unit */
};
enum { EXACT_ROW_BITS = 16, PSEUDO_BITS = 27 /* of all states that may be visited for pseudo */ };

static int score_errors(struct scores *t, const struct train_tile *tile, struct bz_error *err)
{
    const struct bz_machine *m = t->m;
    float **given = bz_alloc(m->n_layers, sizeof(*given), err);
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
static int exact_free_energies(struct scores *t, struct bz_exact *exact, const struct train_tile *tile, struct bz_error *err)
{
    const size_t first = tile->first;

    for (size_t r = 0; t->exact && r < tile->n; r++) {
        if (bz_exact_free_energy(exact, tile->c->s, r, EXACT_ROW_BITS, NULL, t->free_energy + first + r, err) < 0) {
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

/* Adds log p of a choice in a row, given all else, to *sum: x[size] is one unit of two values or a group, which is put into
 * each of its states and back. Grey values count as means. */
static int walk_choice(const struct scores *t, struct bz_exact *exact, const struct bz_state *s, size_t row, float *x,
                       size_t size, const struct bz_unit_type *type, double *sum, struct bz_error *err)
{
    const size_t states = size > 1 ? size : 2;
    const double apart = (double)type->most - (double)type->least;
    double *f = bz_alloc(states, sizeof(*f), err), total = -INFINITY;
    float *given = f ? bz_alloc(size, sizeof(*given), err) : NULL;
    int rc = given ? 0 : -1;

    if (given)
        memcpy(given, x, size * sizeof(*x));
    for (size_t k = 0; rc == 0 && k < states; k++) {
        for (size_t i = 0; i < size; i++)
            x[i] = size > 1 ? (float)(i == k) : k ? type->most : type->least;
        if ((rc = bz_exact_free_energy(exact, s, row, t->pseudo_bits, NULL, &f[k], err)) == 0)
            total = fmax(total, -f[k]) + bz_softplus(-fabs(total + f[k]));
    }
    for (size_t k = 0; rc == 0 && k < states; k++) {
        const double on = size > 1 ? (double)given[k] : ((double)given[0] - type->least) / apart;
        *sum -= (size > 1 || k ? on : 1 - on) * (f[k] + total);
    }
    if (given)
        memcpy(x, given, size * sizeof(*x));
    bz_free_all(f, given);
    return rc;
}

/* The pseudo-likelihood of the first n rows of s where hidden units depend on each other; NAN where they are too many. */
static int walk_pseudo(const struct scores *t, struct bz_exact *exact, struct bz_state *s, size_t n, double *out,
                       struct bz_error *err)
{
    for (size_t r = 0; r < n; r++) {
        out[r] = 0;
        for (size_t l = 0; l < t->m->n_layers; l++) {
            const struct bz_layer *layer = &t->m->layers[l];
            const size_t size = layer->unit == BZ_SOFTMAX ? layer->size / layer->groups : 1;
            for (size_t i = 0; bz_is_visible(layer) && i < layer->size; i += size) {
                float *x = s->x[l] + r * layer->size + i;
                if (walk_choice(t, exact, s, r, x, size, bz_unit_type(layer->unit), &out[r], err) == 0)
                    continue;
                if (err->code != BZ_TOO_LARGE)
                    return -1;
                while (r < n)
                    out[r++] = NAN;
                return 0;
            }
        }
    }
    return 0;
}

static int score_pseudo(struct scores *t, struct bz_exact *exact, const struct train_tile *tile, struct bz_error *err)
{
    const size_t first = tile->first;

    if (!t->pseudo || first >= t->pseudo_rows)
        return 0;
    const size_t some = t->pseudo_rows - first < tile->n ? t->pseudo_rows - first : tile->n;
    return t->pseudo_bits ? walk_pseudo(t, exact, tile->c->s, some, t->pseudo + first, err)
                          : bz_pseudo_likelihood(tile->c->s, 0, some, t->pseudo + first, tile->w, err);
}

static int score_tile(void *arg, const struct train_tile *tile, struct bz_error *err)
{
    struct scores *t = arg;
    const size_t first = tile->first, n = tile->n;
    struct bz_exact *exact = NULL;

    if ((t->exact || t->pseudo_bits) && bz_exact_new(&exact, t->m, err) < 0)
        return -1;
    int rc = score_pseudo(t, exact, tile, err);
    for (size_t r = 0; r < n; r++) {
        t->counts[first + r] = bz_log_z_counts(tile->c->s, r);
        t->digest[first + r] = train_row_digest(tile->c->s, r);
    }
    if (rc == 0)
        rc = exact_free_energies(t, exact, tile, err);
    bz_exact_free(exact);
    return rc < 0 ? -1 : score_errors(t, tile, err);
}

/* weight NULL = all alike. */
static double mean_of(const double *x, const double *weight, size_t n)
{
    double sum = 0, all = 0;

    for (size_t i = 0; i < n; i++) {
        sum += weight ? weight[i] * x[i] : x[i];
        all += weight ? weight[i] : 1;
    }
    return all > 0 ? sum / all : (double)NAN;
}

/* Whether the layer holds every row's label. */
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

/* Whether the pseudo-likelihood is to be computed, and how. */
static bool has_pseudo(struct scores *t)
{
    size_t units = 0;
    if (t->pseudo_rows == 0 || bz_pseudo_likelihood_check(t->m, NULL) == 0)
        return t->pseudo_rows;
    for (size_t l = 0; l < t->m->n_layers; l++) {
        const struct bz_layer *layer = &t->m->layers[l];
        if (!bz_is_visible(layer))
            continue;
        if (!bz_unit_type(layer->unit)->binary && layer->unit != BZ_SOFTMAX) /* also exclusive bits: a choice of one or none */
            return false;
        units += layer->unit == BZ_SOFTMAX ? layer->size : 2 * layer->size;
    }
    const double bits = PSEUDO_BITS - log2((double)units * (double)t->pseudo_rows);
    t->pseudo_bits = bits > EXACT_ROW_BITS ? EXACT_ROW_BITS : (int)bits;
    return t->exact && bits >= 1;
}

/* Fills the row-wise figures of e; t's arrays are allocated here and, except free_energy, freed by the caller. */
static int score_all(struct train_rows *r, const struct train_evaluate_options *o, struct scores *t, struct train_evaluation *e,
                     struct bz_error *err)
{
    const size_t rows = r->data->rows;

    t->m = r->model->machine;
    t->weight = r->data->weights;
    t->exact = o->exact && !bz_machine_hidden_independent(t->m);
    t->pseudo_rows = o->pseudo_rows < rows ? o->pseudo_rows : rows;
    if (!(e->free_energy = t->free_energy = bz_alloc(rows, sizeof(double), err)) ||
        !(t->error = bz_alloc(rows, sizeof(double), err)) || !(t->counts = bz_alloc(rows, sizeof(double), err)) ||
        !(t->method = bz_alloc(rows, sizeof(*t->method), err)) || !(t->digest = bz_alloc(rows, sizeof(*t->digest), err)))
        return -1;
    if (has_pseudo(t) && !something_missing(r) && !(t->pseudo = bz_alloc(t->pseudo_rows, sizeof(double), err)))
        return -1;
    if (train_rows_each(r, score_tile, t, err) < 0)
        return -1;
    e->rows = rows;
    e->discrete = true;
    for (size_t l = 0; l < t->m->n_layers; l++)
        e->discrete = e->discrete && (!bz_is_visible(&t->m->layers[l]) || bz_unit_type(t->m->layers[l].unit)->discrete);
    e->free_energy_mean = mean_of(t->free_energy, t->weight, rows);
    e->reconstruction_error_mean = mean_of(t->error, t->weight, rows);
    for (size_t i = 0; t->pseudo && i < t->pseudo_rows; i++)
        if (isnan(t->pseudo[i]))
            bz_drop(&t->pseudo);
    e->pseudo_likelihood_mean = t->pseudo ? mean_of(t->pseudo, t->weight, t->pseudo_rows) : (double)NAN;
    return isfinite(e->free_energy_mean) ? 0 : bz_fail(err, BZ_DIVERGED, "a row's free energy is not finite");
}

/* --- log p --- */

/* log p of every row from its free energy and log Z. */
static int finish_log_prob(const struct scores *t, struct train_evaluation *e, struct bz_error *err)
{
    bool exact_f = true, exact_z = true;

    if (!e->n_log_z)
        return 0;
    if (!(e->log_prob = bz_alloc(e->rows, sizeof(double), err)))
        return -1;
    for (size_t r = 0; r < e->rows; r++) {
        const struct bz_log_z *z = bz_log_z_find(e->log_z, e->n_log_z, t->counts[r]);

        if (!z) { /* a stored list that lacks this row's number of counts */
            bz_drop(&e->log_prob);
            return 0;
        }
        e->log_prob[r] = -e->free_energy[r] - z->value;
        exact_f = exact_f && t->method[r] == BZ_EXACT;
        exact_z = exact_z && !strcmp(z->method, "exact");
    }
    e->log_prob_mean = mean_of(e->log_prob, t->weight, e->rows);
    e->log_prob_kind = !exact_f ? "lower_bound" : exact_z ? "exact" : "estimate";
    return 0;
}

/* The effective number of independent rows: the sum of the weights if they are whole numbers, since they then count equal rows,
 * else (sum w)^2 / sum w^2. */
static double effective_rows(const double *weight, size_t n)
{
    double sum = 0, square = 0;
    bool whole = true;

    for (size_t r = 0; r < n; r++) {
        const double w = weight ? weight[r] : 1;

        sum += w;
        square += w * w;
        whole = whole && w == floor(w);
    }
    return whole ? sum : sum * sum / square;
}

/* The standard error of the mean over rows combined with that of log Z. */
static void join_errors(const struct scores *t, struct train_evaluation *e)
{
    double squares = 0, z_variance = 0, all = 0;

    for (size_t r = 0; e->log_prob && r < e->rows; r++) {
        const struct bz_log_z *z = bz_log_z_find(e->log_z, e->n_log_z, t->counts[r]);
        const double w = t->weight ? t->weight[r] : 1;

        all += w;
        z_variance += w * z->stderr_ * z->stderr_;
        squares += w * (e->log_prob[r] - e->log_prob_mean) * (e->log_prob[r] - e->log_prob_mean);
    }
    if (!e->log_prob)
        return;
    const double n = effective_rows(t->weight, e->rows);
    e->log_prob_stderr = sqrt(squares / all / (n > 1 ? n - 1 : 1) + z_variance / all);
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
                                 .ladder = {NAN, NAN, NAN, NAN, 0, 0},
                                 .case_log_prob_mean = NAN,
                                 .case_bound_mean = NAN,
                                 .case_gap = NAN,
                                 .case_gap_stderr = NAN};
    struct scores t = {0};
    int rc = -1;

    if (score_all(rows, o, &t, &e, err) < 0)
        goto out;
    if ((o->exact || o->ais ? train_compute_log_z(rows, t.counts, o, &e, err) : train_stored_log_z(rows->model, &e, err)) < 0)
        goto out;
    if (train_ask_ladder(rows->model->machine, o, &e, err) < 0 || finish_log_prob(&t, &e, err) < 0 ||
        (o->bracket && train_bracket(rows, o, &e, err) < 0) ||
        train_contradict(&e, t.digest, t.pseudo, t.pseudo ? t.pseudo_rows : 0, something_missing(rows), err) < 0)
        goto out;
    join_errors(&t, &e);
    if (o->cases && train_cases(rows, o, &e, err) < 0)
        goto out;
    *out = e;
    e = (struct train_evaluation){0};
    rc = 0;
out:
    train_evaluation_free(&e);
    bz_free_all(t.error, t.pseudo, t.method, t.counts, t.digest);
    return rc;
}

void train_evaluation_free(struct train_evaluation *e)
{
    bz_free_all(e->log_z, e->free_energy, e->log_prob);
    *e = (struct train_evaluation){0};
}
