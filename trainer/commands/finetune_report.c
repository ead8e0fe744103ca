#include "finetune_report.h"

#include "chart.h"
#include "html_page.h"
#include "mem.h"
#include "text_stream.h"

#include <math.h>

/* Losses and held-out error over updates. values[4][n_points]: scratch. */
static void put_curves(FILE *out, const struct train_finetune_result *r, double *values)
{
    const size_t n = r->n_points;
    double *x = values, *loss = x + n, *valid = loss + n, *error = valid + n;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)r->points[i].update;
        loss[i] = r->points[i].loss;
        valid[i] = r->points[i].valid_loss;
        error[i] = 100 * r->points[i].valid_error;
    }
    const bool watched = n > 0 && isfinite(valid[n - 1]); /* else held-out rows were only looked at in trials */
    const struct train_series losses[] = {{"learned from, with dropout", x, loss, n}, {"held out", x, valid, n}};
    const struct train_series errors[] = {{"held out", x, error, n}};
    train_chart_lines(out, "Cross-entropy", "updates", "nats", losses, watched ? 2 : 1);
    if (watched)
        train_chart_lines(out, "Error", "updates", "% of rows", errors, 1);
}

static void put_reliability(FILE *out, const struct train_finetune_result *r, double temperature)
{
    double confidence[TRAIN_RELIABILITY_BINS], accuracy[TRAIN_RELIABILITY_BINS], away = 0;
    size_t n = 0;
    train_html_heading(out, "Reliability",
                       r->valid ? "Held-out rows by the probability of their most probable class. On the diagonal, a share p "
                                  "of the rows with probability p is correct."
                                : "No rows were held out, so this could be neither measured nor corrected.");
    if (!r->valid)
        return;
    for (size_t b = 0; b < TRAIN_RELIABILITY_BINS; b++) {
        if (!r->bin_rows[b])
            continue;
        confidence[n] = r->bin_confidence[b];
        accuracy[n++] = r->bin_accuracy[b];
        away += fabs(r->bin_confidence[b] - r->bin_accuracy[b]) * (double)r->bin_rows[b] / (double)r->valid;
    }
    const struct train_series bins[] = {{"held-out rows", confidence, accuracy, n}};
    train_chart_points(out, "Reliability", "probability of the most probable class", "share that is correct", bins, 1);
    fprintf(out, "<table>\n<tr><th>probability</th><th>right</th><th>rows</th></tr>\n");
    for (size_t b = 0; b < TRAIN_RELIABILITY_BINS; b++)
        if (r->bin_rows[b])
            fprintf(out, "<tr><td>%.3f</td><td>%.3f</td><td>%zu</td></tr>\n", r->bin_confidence[b], r->bin_accuracy[b],
                    r->bin_rows[b]);
    fprintf(out, "</table>\n<table>\n");
    train_html_fact(out, "temperature", "%.3f", temperature);
    train_html_fact(out, "held-out rows", "%zu, error %.2f %%", r->valid, 100 * r->valid_error);
    train_html_fact(out, "cross-entropy", "%.4f nats, %.4f before calibration", r->valid_loss_calibrated, r->valid_loss);
    train_html_fact(out, "expected calibration error", "%.4f", away);
    fprintf(out, "</table>\n");
}

int train_finetune_report(const char *path, const char *title, const struct train_finetune_result *r, double temperature,
                          const char *record, struct bz_error *err)
{
    struct bz_text page;
    double *values = bz_alloc(4 * r->n_points + 1, sizeof(*values), err);
    FILE *out = values ? bz_text_begin(&page, err) : NULL;
    int rc = -1;
    if (out) {
        train_html_begin(out, title);
        put_reliability(out, r, temperature);
        train_html_heading(out, "Learning", NULL);
        put_curves(out, r, values);
        rc = train_html_training(out, record, err);
        train_html_end(out);
        rc = bz_text_save(&page, "the page", path, rc, err);
    }
    bz_free(values);
    return rc;
}
