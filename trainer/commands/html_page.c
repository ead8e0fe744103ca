#include "html_page.h"

#include "layer_picture.h"
#include "mem.h"

#include <string.h>

enum { FIELDS = 100, SAMPLES = TRAIN_HTML_ROWS, SWEEPS = 500, LEAST_PICTURE = 9, MOST_PICTURE = 1 << 16, WORDS = 20 };

bool train_html_has_picture(const struct bz_layer *l)
{
    return bz_is_visible(l) && l->size >= LEAST_PICTURE && l->size <= MOST_PICTURE;
}

bool train_html_has_pictures(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (train_html_has_picture(&m->layers[l]))
            return true;
    return false;
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222}h2{margin-top:2rem}figure{margin:1rem "
    "0}figcaption{color:#555;font-size:.9rem}img{image-rendering:pixelated;"
    "max-width:100%}pre{white-space:pre-wrap;background:#f4f4f4;padding:1rem;font-size:.8rem}svg{width:100%;height:auto;"
    "border:1px solid #ddd}td,th{text-align:left;padding:.1rem 1rem .1rem 0}</style>\n";

void train_html_begin(FILE *out, const char *title)
{
    fputs(head, out);
    fputs("<title>", out);
    train_html_text(out, title);
    fputs("</title>\n<h1>", out);
    train_html_text(out, title);
    fputs("</h1>\n", out);
}

void train_html_text(FILE *out, const char *text)
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
    train_html_text(out, caption);
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

        if (link->layer == layer || c->index)
            continue;
        snprintf(caption, sizeof caption,
                 "receptive fields: weights from %s into units 0 to %zu of %s (white positive, black negative)", l->name, n - 1,
                 m->layers[link->layer].name);
        if (put_picture(out, caption, rows, n, l->size, &tiling, err) < 0)
            return -1;
    }
    return 0;
}

int train_html_rows(FILE *out, const struct bz_state *s, const char *what, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_tiling tiling = bz_tiling_of(&s->m->layers[l]);
        char caption[256];

        if (!train_html_has_picture(&s->m->layers[l]))
            continue;
        snprintf(caption, sizeof caption, "%s: %s", s->m->layers[l].name, what);
        if (put_picture(out, caption, s->x[l], s->n, s->m->layers[l].size, &tiling, err) < 0)
            return -1;
    }
    return 0;
}

void train_html_number(struct bz_chains *c, size_t n, uint64_t seed)
{
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = seed;
        c->index[r] = (uint32_t)r;
        c->step[r] = 0;
        c->temperature[r] = 1;
    }
}

int train_html_fields(FILE *out, const struct bz_machine *m, struct bz_error *err)
{
    fputs("<h2>Receptive fields</h2>\n", out);
    for (size_t l = 0; l < m->n_layers; l++)
        if (train_html_has_picture(&m->layers[l]) && put_fields(out, m, l, err) < 0)
            return -1;
    return 0;
}

int train_html_samples(FILE *out, struct bz_chains *c, uint64_t seed, struct bz_work *w, struct bz_error *err)
{
    char what[64];

    fputs("<h2>Samples</h2>\n", out);
    train_html_number(c, SAMPLES, seed);
    for (size_t l = 0; l < c->s->m->n_layers; l++)
        for (size_t r = 0; c->s->counts[l] && r < SAMPLES; r++)
            c->s->counts[l][r] = WORDS;
    bz_chains_init(c, 0, SAMPLES, NULL, w);
    bz_gibbs(c, 0, SAMPLES, SWEEPS, w);
    snprintf(what, sizeof what, "%d samples after %d sweeps", SAMPLES, SWEEPS);
    return train_html_rows(out, c->s, what, err);
}
