#include "report.h"

#include "chart.h"
#include "energy.h"
#include "html_comparison.h"
#include "html_page.h"
#include "infer.h"
#include "mem.h"
#include "text_stream.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RECONSTRUCTED = 16, JUDGED = 512 /* rows whose free energies are plotted */ };

/* A machine at work for a page. */
struct bench {
    struct bz_chains *c; /* room for TRAIN_HTML_ROWS */
    struct bz_work *w;
};

static int bench_open(struct bench *b, const struct bz_machine *m, struct bz_error *err)
{
    *b = (struct bench){0};
    return bz_chains_new(&b->c, m, TRAIN_HTML_ROWS, err) < 0 || bz_work_new(&b->w, m, err) < 0 ? -1 : 0;
}

static void bench_close(struct bench *b)
{
    bz_chains_free(b->c);
    bz_work_free(b->w);
}

/* --- curves --- */

/* One quantity of the history as numbers over updates. */
static void put_curves(FILE *out, const struct train_history *h)
{
    double x[TRAIN_HISTORY], pseudo[TRAIN_HISTORY], error[TRAIN_HISTORY], learned[TRAIN_HISTORY], kept[TRAIN_HISTORY],
        log_p[TRAIN_HISTORY], log_p_kept[TRAIN_HISTORY], followed[TRAIN_HISTORY], followed_kept[TRAIN_HISTORY];
    bool judged = false;
    for (size_t i = 0; i < h->n; i++) {
        const struct train_measure *p = &h->points[i];
        x[i] = (double)p->updates;
        pseudo[i] = p->pseudo_likelihood;
        error[i] = p->reconstruction_error;
        learned[i] = p->free_energy_train;
        kept[i] = p->free_energy_valid;
        log_p[i] = p->log_prob;
        log_p_kept[i] = p->log_prob_valid;
        followed[i] = p->followed.train;
        followed_kept[i] = p->followed.valid;
        judged = judged || isfinite(p->log_prob);
    }
    const struct train_series likelihood = {"training rows", x, pseudo, h->n}, squared = {"training rows", x, error, h->n},
                              judgements[] = {{"training rows, judged", x, log_p, h->n},
                                              {"training rows, followed", x, followed, h->n},
                                              {"held-out rows, judged", x, log_p_kept, h->n},
                                              {"held-out rows, followed", x, followed_kept, h->n}},
                              energies[] = {{"training rows", x, learned, h->n}, {"held-out rows", x, kept, h->n}};
    bool held_out = false;
    for (size_t i = 0; i < h->n; i++)
        held_out = held_out || isfinite(kept[i]);
    train_html_heading(
        out, "Learning curves",
        held_out ? "Where the free energies of training and held-out rows diverge, the machine is beginning to memorise rows."
                 : "Without held-out rows (--valid, --valid-fraction) these curves cannot show whether rows are memorised.");
    fputs("<div class=\"side\">\n", out);
    if (judged)
        train_chart_lines(out, "Log likelihood, estimated", "updates", "nats per row", judgements, held_out ? 4 : 2);
    train_chart_lines(out, "Pseudo-likelihood", "updates", "nats per row", &likelihood, 1);
    train_chart_lines(out, "Reconstruction error", "updates", "squared, per unit", &squared, 1);
    train_chart_lines(out, "Free energy", "updates", "nats, mean", energies, held_out ? 2 : 1);
    fputs("</div>\n", out);
}

/* --- rows of the data --- */

/* Rows of the data in the machine's own units: the standardisation of columns for learning is undone. */
static void read_rows(const struct train_feed *feed, struct bz_state *s, const size_t *rows, size_t n)
{
    s->n = n;
    train_feed_read(feed, s, 0, rows, n, 0);
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct train_part *part = feed->part_of[l] >= 0 ? &feed->data->parts[feed->part_of[l]] : NULL;
        const size_t size = s->m->layers[l].size;
        if (!part || !part->mean || bz_unit_type(s->m->layers[l].unit)->discrete)
            continue;
        for (size_t i = 0; i < n * size; i++)
            s->x[l][i] = (float)((double)s->x[l][i] * part->deviation[i % size] + part->mean[i % size]);
    }
}

/* Evenly spaced rows. */
static size_t spread(const size_t *rows, size_t n, size_t most, size_t *out)
{
    const size_t taken = n < most ? n : most;
    for (size_t i = 0; i < taken; i++)
        out[i] = rows[i * n / taken];
    return taken;
}

/* Free energies of evenly spaced rows among some; returns how many. f[JUDGED] */
static size_t judge(struct bench *b, const struct train_feed *feed, const size_t *rows, size_t n, double *f)
{
    size_t some[JUDGED];
    const size_t taken = spread(rows, n, JUDGED, some);
    for (size_t first = 0; first < taken; first += TRAIN_HTML_ROWS) {
        read_rows(feed, b->c->s, some + first, taken - first < TRAIN_HTML_ROWS ? taken - first : TRAIN_HTML_ROWS);
        train_html_free_energies(b->c->s, f + first, b->w);
    }
    return taken;
}

/* Samples beside rows of the data, and their comparison. */
static int put_samples(FILE *out, const struct training *t, struct bench *b, const struct train_feed *plain,
                       struct bz_error *err)
{
    const struct bz_machine *m = t->result;
    struct bz_state *s = b->c->s, *data = NULL;
    size_t rows[TRAIN_HTML_ROWS];
    const size_t n = spread(t->rows, t->n_rows, TRAIN_HTML_ROWS, rows);
    int rc = -1;
    if (bz_state_new(&data, m, TRAIN_HTML_ROWS, err) < 0 || train_feed_prepare(plain, data, err) < 0)
        goto out;
    read_rows(plain, data, rows, n);
    train_html_sample(b->c, t->settings->seed, b->w);
    train_html_heading(out, "Samples and data", "Chains of a few hundred steps from noise, and rows of the training data.");
    fputs("<div class=\"side\">\n", out);
    if (train_html_rows(out, s, t->data, "samples of the model", err) < 0 ||
        train_html_rows(out, data, t->data, "rows of the data", err) < 0)
        goto out;
    fputs("</div>\n", out);
    if (t->compared)
        train_html_comparison(out, &t->comparison);
    rc = 0;
out:
    bz_state_free(data);
    return rc;
}

static int put_reconstructions(FILE *out, const struct training *t, struct bench *b, const struct train_feed *plain,
                               struct bz_error *err)
{
    const bool held_out = t->n_valid > 0;
    struct train_feed feed = held_out ? t->valid_feed : *plain;
    size_t rows[RECONSTRUCTED];
    const size_t n =
        held_out ? spread(t->valid_rows, t->n_valid, RECONSTRUCTED, rows) : spread(t->rows, t->n_rows, RECONSTRUCTED, rows);
    feed.binarize = TRAIN_BINARIZE_NONE;
    train_html_number(b->c, n, t->settings->seed);
    train_html_heading(out, "Reconstructions",
                       held_out ? "Held-out rows and their reconstructions." : "Training rows and their reconstructions.");
    fputs("<div class=\"side\">\n", out);
    read_rows(&feed, b->c->s, rows, n);
    if (train_html_rows(out, b->c->s, t->data, "rows", err) < 0)
        return -1;
    bz_reconstruct(b->c, NULL, 0, n, 1, BZ_MEAN, NULL, b->w);
    if (train_html_rows(out, b->c->s, t->data, "reconstructed", err) < 0)
        return -1;
    fputs("</div>\n", out);
    return 0;
}

static int put_free_energies(FILE *out, const struct training *t, struct bench *b, struct bz_error *err)
{
    double *f = bz_alloc(2 * JUDGED + TRAIN_HTML_ROWS, sizeof(*f), err);
    if (!f)
        return -1;
    struct train_series sets[3] = {{.name = "training rows", .x = f}};
    size_t n = 1;
    sets[0].n = judge(b, &t->feed, t->rows, t->n_rows, f);
    if (t->n_valid)
        sets[n++] = (struct train_series){
            .name = "held-out rows", .x = f + JUDGED, .n = judge(b, &t->valid_feed, t->valid_rows, t->n_valid, f + JUDGED)};
    train_html_sample(b->c, t->settings->seed, b->w);
    train_html_free_energies(b->c->s, f + 2 * JUDGED, b->w);
    sets[n++] = (struct train_series){.name = "samples of the model", .x = f + 2 * JUDGED, .n = b->c->s->n};
    train_html_heading(out, "Free energies", "Samples far from the data show that the machine has learned something else.");
    train_chart_histogram(out, "Free energy of rows", "F(v), nats", sets, n);
    bz_free(f);
    return 0;
}

static int put_report(FILE *out, const struct training *t, const char *record, struct bz_error *err)
{
    struct train_feed plain = t->feed;
    struct bench b;
    const char *slash = strrchr(t->settings->out, '/');
    plain.binarize = TRAIN_BINARIZE_NONE;
    train_html_begin(out, slash ? slash + 1 : t->settings->out);
    fprintf(out, "<p>%s, trained on %zu rows%s", t->kind, t->n_rows,
            t->n_valid || t->refitted ? ""
            : t->quarters.known       ? "; each quarter in turn decided on the length"
                                      : "; none held out");
    if (t->n_valid || t->refitted)
        fprintf(out, "; %zu held out%s", t->n_valid + t->refitted, t->n_valid ? "" : " until the length was decided");
    fputs(".</p>\n", out);
    if (t->history.n)
        put_curves(out, &t->history);
    else if (t->quarters.known && !t->quarters.best)
        fputs(
            "<p>Quarters of the rows gained nothing by learning from the others: this is the initial machine, so there are no "
            "learning curves.</p>\n",
            out);
    int rc = bench_open(&b, t->result, err);
    if (rc == 0)
        rc = train_feed_prepare(&plain, b.c->s, err) < 0 ||
                     (t->n_valid && train_feed_prepare(&t->valid_feed, b.c->s, err) < 0) ||
                     put_samples(out, t, &b, &plain, err) < 0 || put_free_energies(out, t, &b, err) < 0 ||
                     put_reconstructions(out, t, &b, &plain, err) < 0 || train_html_fields(out, t->result, t->data, err) < 0
                 ? -1
                 : 0;
    bench_close(&b);
    if (rc == 0)
        rc = train_html_training(out, record, err);
    train_html_end(out);
    return rc;
}

/* --- a model file --- */

static void put_layers(FILE *out, const struct bz_model *model)
{
    const struct bz_machine *m = model->machine;
    char digest[BZ_DIGEST_ROOM];
    bz_model_digest(model, digest);
    fputs("<table>\n", out);
    train_html_fact(out, "kind", "%s", m->kind);
    for (size_t l = 0; l < m->n_layers; l++)
        train_html_fact(out, m->layers[l].name, "%s layer of %zu %s units", bz_role_name(m->layers[l].role), m->layers[l].size,
                        bz_unit_name(m->layers[l].unit));
    for (size_t i = 0; i < model->n_log_z; i++)
        train_html_fact(out, "log Z", "%.6f%s%.2g (%s)", model->log_z[i].value, " ± ", model->log_z[i].stderr_,
                        model->log_z[i].method);
    train_html_fact(out, "weights", "sha256:%s", digest);
    fputs("</table>\n", out);
}

/* Histograms of the weights of every coupling, or of evenly spaced weights if there are many. */
static int put_weights(FILE *out, const struct bz_machine *m, struct bz_error *err)
{
    enum { MOST = 20000 };
    double *values = bz_alloc(MOST, sizeof(*values), err);
    if (!values)
        return -1;
    train_html_heading(out, "Weights", NULL);
    fputs("<div class=\"side\">\n", out);
    for (size_t k = 0; k < m->n_couplings; k++) {
        const struct bz_coupling *c = &m->couplings[k];
        const size_t all = bz_coupling_weights(m, k), n = all < MOST ? all : MOST;
        char title[2 * BZ_NAME_ROOM + 16];
        for (size_t i = 0; c->weight && i < n; i++)
            values[i] = (double)c->weight[(size_t)((double)i * (double)all / (double)n)];
        snprintf(title, sizeof(title), "%s ~ %s", m->layers[c->a].name, m->layers[c->b].name);
        const struct train_series set = {.name = title, .x = values, .n = c->weight ? n : 0};
        train_chart_histogram(out, title, "weight", &set, 1);
    }
    fputs("</div>\n", out);
    bz_free(values);
    return 0;
}

static int put_model(FILE *out, const struct bz_model *model, const struct train_comparison *beside, const char *name,
                     struct bz_error *err)
{
    double f[TRAIN_HTML_ROWS];
    struct bench b;
    train_html_begin(out, name);
    put_layers(out, model);
    int rc = bench_open(&b, model->machine, err);
    if (rc == 0) {
        train_html_sample(b.c, 1, b.w);
        train_html_heading(out, "Samples", "Chains of a few hundred steps from noise.");
        rc = train_html_rows(out, b.c->s, NULL, "samples of the model", err);
    }
    if (rc == 0 && beside) {
        train_html_heading(out, "Samples and data", NULL);
        train_html_comparison(out, beside);
    }
    if (rc == 0) {
        train_html_free_energies(b.c->s, f, b.w);
        const struct train_series set = {.name = "samples of the model", .x = f, .n = b.c->s->n};
        train_chart_histogram(out, "Free energy of the samples", "F(v), nats", &set, 1);
        rc = train_html_fields(out, model->machine, NULL, err) < 0 || put_weights(out, model->machine, err) < 0 ? -1 : 0;
    }
    bench_close(&b);
    if (rc == 0)
        rc = train_html_training(out, model->training, err);
    train_html_end(out);
    return rc;
}

/* --- files --- */

/* The subject of a page. */
struct subject {
    const struct training *training;
    const char *record;
    const struct bz_model *model;
    const struct train_comparison *comparison; /* NULL = none */
    const char *name;
};

static int write_page(const struct subject *of, const char *path, struct bz_error *err)
{
    struct bz_text page;
    FILE *out = bz_text_begin(&page, err);
    if (!out)
        return -1;
    const int rc = of->training ? put_report(out, of->training, of->record, err)
                                : put_model(out, of->model, of->comparison, of->name, err);
    return bz_text_save(&page, "the page", path, rc, err);
}

int train_html_report(const struct training *t, const char *record, const char *path, struct bz_error *err)
{
    const struct subject of = {.training = t, .record = record};
    return write_page(&of, path, err);
}

int train_html_model(const struct bz_model *model, const struct train_comparison *beside, const char *name, const char *path,
                     struct bz_error *err)
{
    const struct subject of = {.model = model, .comparison = beside, .name = name};
    return write_page(&of, path, err);
}
