#include "report.h"

#include "evaluation.h"
#include "file_write.h"
#include "infer.h"
#include "mem.h"
#include "png_image.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 100, SAMPLES = 64, SWEEPS = 500, SHOWN_ROWS = 16, LEAST_PICTURE = 9 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Training report</title>\n<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;"
    "color:#222}h2{margin-top:2rem}figure{margin:1rem 0}figcaption{color:#555;font-size:.9rem}img{image-rendering:pixelated;"
    "max-width:100%}pre{white-space:pre-wrap;background:#f4f4f4;padding:1rem;font-size:.8rem}svg{width:100%;height:auto;"
    "border:1px solid #ddd}</style>\n<h1>Training report</h1>\n";

/* Text from outside (layer names, settings) as HTML. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
}

static void put_base64(FILE *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        const unsigned a = bytes[i], b = i + 1 < n ? bytes[i + 1] : 0, c = i + 2 < n ? bytes[i + 2] : 0,
                       word = a << 16 | b << 8 | c;

        fputc(digits[word >> 18], out);
        fputc(digits[word >> 12 & 63], out);
        fputc(i + 1 < n ? digits[word >> 6 & 63] : '=', out);
        fputc(i + 2 < n ? digits[word & 63] : '=', out);
    }
}

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

/* ---- pictures ---- */

static int put_picture(FILE *out, const char *caption, const float *rows, size_t n, size_t size, const struct bz_tiling *tiling,
                       struct bz_error *err)
{
    uint8_t *png = NULL;
    size_t bytes = 0;

    if (bz_png_tiles(&png, &bytes, rows, n, size, tiling, err) < 0)
        return -1;
    fputs("<figure><img alt=\"\" src=\"data:image/png;base64,", out);
    put_base64(out, png, bytes);
    fputs("\"><figcaption>", out);
    put_escaped(out, caption);
    fputs("</figcaption></figure>\n", out);
    bz_free(png);
    return 0;
}

/* Weights from a visible layer into the first hidden units of each layer it is coupled to. */
static int put_fields(FILE *out, const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    const struct bz_layer *l = &m->layers[layer];
    struct bz_tiling tiling = bz_tiling_of(l);

    tiling.tone = BZ_TONE_BALANCED;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        const size_t n = m->layers[link->layer].size < FIELDS ? m->layers[link->layer].size : FIELDS;
        const float *rows = link->flipped ? c->weight_t : c->weight;
        char caption[256];

        if (link->layer == layer)
            continue;
        snprintf(caption, sizeof caption,
                 "receptive fields: weights from %s into units 0 to %zu of %s (white positive, black negative)", l->name, n - 1,
                 m->layers[link->layer].name);
        if (put_picture(out, caption, rows, n, l->size, &tiling, err) < 0)
            return -1;
    }
    return 0;
}

static int put_layers(FILE *out, const struct bz_state *s, const char *what, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_tiling tiling = bz_tiling_of(&s->m->layers[l]);
        char caption[256];

        if (!bz_is_visible(&s->m->layers[l]) || s->m->layers[l].size < LEAST_PICTURE)
            continue;
        snprintf(caption, sizeof caption, "%s: %s", s->m->layers[l].name, what);
        if (put_picture(out, caption, s->x[l], s->n, s->m->layers[l].size, &tiling, err) < 0)
            return -1;
    }
    return 0;
}

static void number_chains(struct bz_chains *c, size_t n, uint64_t seed)
{
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = seed;
        c->index[r] = (uint32_t)r;
        c->step[r] = 0;
        c->temperature[r] = 1;
    }
}

static int put_samples(FILE *out, const struct training *t, struct bz_chains *c, struct bz_work *w, struct bz_error *err)
{
    char what[64];

    number_chains(c, SAMPLES, t->settings->seed);
    for (size_t l = 0; l < c->s->m->n_layers; l++)
        for (size_t r = 0; c->s->counts[l] && r < SAMPLES; r++)
            c->s->counts[l][r] = 20;
    bz_chains_init(c, 0, SAMPLES, NULL, w);
    bz_gibbs(c, 0, SAMPLES, SWEEPS, w);
    snprintf(what, sizeof what, "%d samples after %d sweeps", SAMPLES, SWEEPS);
    return put_layers(out, c->s, what, err);
}

static int put_reconstructions(FILE *out, const struct training *t, struct bz_chains *c, struct bz_work *w,
                               struct bz_error *err)
{
    const struct bz_machine *m = c->s->m;
    const size_t n = t->data->rows < SHOWN_ROWS ? t->data->rows : SHOWN_ROWS;
    long *part_of = bz_alloc(m->n_layers, sizeof *part_of, err);
    int rc = -1;

    number_chains(c, n, t->settings->seed);
    if (part_of && train_match_parts(m, t->data, part_of, err) == 0 &&
        train_fill_state(c->s, t->data, part_of, 0, n, TRAIN_BINARIZE_NONE, t->settings->seed, err) == 0 &&
        put_layers(out, c->s, "rows of the data", err) == 0) {
        bz_reconstruct(c, NULL, 0, n, 1, BZ_MEAN, NULL, w);
        rc = put_layers(out, c->s, "the same rows, reconstructed", err);
    }
    bz_free(part_of);
    return rc;
}

static int put_pictures(FILE *out, const struct training *t, struct bz_error *err)
{
    struct bz_chains *c = NULL;
    struct bz_work *w = NULL;
    int rc = -1;

    if (bz_chains_new(&c, t->result, SAMPLES, err) < 0 || bz_work_new(&w, t->result, err) < 0)
        goto out;
    fputs("<h2>Receptive fields</h2>\n", out);
    for (size_t l = 0; l < t->result->n_layers; l++)
        if (bz_is_visible(&t->result->layers[l]) && t->result->layers[l].size >= LEAST_PICTURE &&
            put_fields(out, t->result, l, err) < 0)
            goto out;
    fputs("<h2>Samples</h2>\n", out);
    if (put_samples(out, t, c, w, err) < 0)
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
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int rc;

    if (!out)
        return bz_fail(err, BZ_NO_MEMORY, "no memory for the report");
    fputs(head, out);
    fprintf(out, "<p>%s, %zu rows.</p>\n<h2>Learning curves</h2>\n", t->kind, t->n_rows);
    put_curve(out, &t->history, "pseudo-likelihood (nats a row)", 0, 1);
    put_curve(out, &t->history, "reconstruction error (squared, a unit)", 1, 1);
    put_curve(out, &t->history, "free energy of training rows (blue) and validation rows (red)", 2, 2);
    rc = put_pictures(out, t, err);
    fputs("<h2>Settings</h2>\n<pre>", out);
    put_escaped(out, record);
    fputs("</pre>\n</html>\n", out);
    if (fclose(out) != 0 && rc == 0)
        rc = bz_fail(err, BZ_NO_MEMORY, "no memory for the report");
    if (rc == 0)
        rc = bz_file_save(path, text, size, err);
    free(text);
    return rc;
}
