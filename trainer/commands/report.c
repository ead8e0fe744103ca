#include "report.h"

#include "text_stream.h"

#include "evaluation.h"
#include "file_write.h"
#include "html_page.h"
#include "infer.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_ROWS = 16 };

/* ---- curves ---- */

static double point_value(const struct train_measure *m, size_t which)
{
    const double values[] = {m->pseudo_likelihood, m->reconstruction_error, m->free_energy_train, m->free_energy_valid};

    return values[which];
}

/* One or two lines over the updates; nothing if the first was never measured. */
static void put_curve(FILE *out, const struct train_history *h, const char *title, size_t first, size_t n_lines)
{
    static const char *const colours[] = {"#1b6ca8", "#c0392b"};
    double low = INFINITY, high = -INFINITY, last = 1;

    for (size_t i = 0; i < h->n; i++)
        for (size_t k = first; k < first + n_lines; k++) {
            const double v = point_value(&h->points[i], k);

            if (!isfinite(v))
                continue;
            low = fmin(low, v);
            high = fmax(high, v);
            last = fmax(last, (double)h->points[i].updates);
        }
    if (!(low <= high))
        return;
    if (high - low < 1e-12)
        high = low + 1;
    fprintf(out, "<figure><svg viewBox=\"0 0 640 220\" role=\"img\" aria-label=\"%s\">", title);
    for (size_t k = first; k < first + n_lines; k++) {
        fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"", colours[k - first]);
        for (size_t i = 0; i < h->n; i++) {
            const double v = point_value(&h->points[i], k);

            if (isfinite(v))
                fprintf(out, "%.1f,%.1f ", 10 + 620 * (double)h->points[i].updates / last,
                        210 - 200 * (v - low) / (high - low));
        }
        fputs("\"/>", out);
    }
    fprintf(out, "<text x=\"14\" y=\"20\" font-size=\"11\">%.5g</text><text x=\"14\" y=\"206\" font-size=\"11\">%.5g</text>",
            high, low);
    fprintf(out, "</svg><figcaption>%s, over %.0f updates</figcaption></figure>\n", title, last);
}

static int put_reconstructions(FILE *out, const struct training *t, struct bz_chains *c, struct bz_work *w,
                               struct bz_error *err)
{
    const struct bz_machine *m = c->s->m;
    const size_t n = t->data->rows < SHOWN_ROWS ? t->data->rows : SHOWN_ROWS;
    long *part_of = bz_alloc(m->n_layers, sizeof *part_of, err);
    int rc = -1;

    train_html_number(c, n, t->settings->seed);
    if (part_of && train_match_parts(m, t->data, part_of, err) == 0 &&
        train_fill_state(c->s, t->data, part_of, 0, n, TRAIN_BINARIZE_NONE, t->settings->seed, err) == 0 &&
        train_html_rows(out, c->s, "rows of the data", err) == 0) {
        bz_reconstruct(c, NULL, 0, n, 1, BZ_MEAN, NULL, w);
        rc = train_html_rows(out, c->s, "the same rows, reconstructed", err);
    }
    bz_free(part_of);
    return rc;
}

static int put_pictures(FILE *out, const struct training *t, struct bz_error *err)
{
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    int rc = -1;

    if (!train_html_has_pictures(t->result))
        return 0;
    if (bz_chains_new(&c, t->result, TRAIN_HTML_ROWS, err) < 0 || bz_work_new(&w, t->result, err) < 0 ||
        train_html_fields(out, t->result, err) < 0 || train_html_samples(out, c, t->settings->seed, w, err) < 0)
        goto out;
    fputs("<h2>Reconstructions</h2>\n", out);
    rc = put_reconstructions(out, t, c, w, err);
out:
    bz_chains_free(c);
    bz_work_free(w);
    return rc;
}

int train_html_report(const struct training *t, const char *record, const char *path, struct bz_error *err)
{
    struct bz_text page;
    FILE *out = bz_text_begin(&page, err);
    int rc;

    if (!out)
        return -1;
    train_html_begin(out, "Training report");
    fprintf(out, "<p>%s, %zu rows.</p>\n<h2>Learning curves</h2>\n", t->kind, t->n_rows);
    put_curve(out, &t->history, "pseudo-likelihood (nats a row)", 0, 1);
    put_curve(out, &t->history, "reconstruction error (squared, a unit)", 1, 1);
    put_curve(out, &t->history, "free energy of training rows (blue) and validation rows (red)", 2, 2);
    rc = put_pictures(out, t, err);
    fputs("<h2>Settings</h2>\n<pre>", out);
    train_html_text(out, record);
    fputs("</pre>\n</html>\n", out);
    if (rc == 0 && (rc = bz_text_end(&page, "the report", err)) == 0)
        rc = bz_file_save(path, page.text, page.size, err);
    bz_text_free(&page);
    return rc;
}
