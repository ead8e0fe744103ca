/* Layers of machines in HTML pages: weights and rows, as pictures if a layer is one, else as tables. */
#include "html_page.h"

#include "layer_picture.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 100, LISTED_UNITS = 30, STRONGEST = 6, TABLE_ROWS = 12, TABLE_COLUMNS = 24 };

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
    fputs("<figure><figcaption>", out);
    train_html_text(out, caption);
    fputs("</figcaption><img alt=\"", out);
    train_html_text(out, caption);
    fputs("\" src=\"data:image/png;base64,", out);
    put_base64(out, png, bytes);
    fputs("\"></figure>\n", out);
    bz_free(png);
    return 0;
}

/* The name of a visible unit: its category's, its column's, or its number. */
static void unit_name(const struct bz_layer *l, const struct train_data *data, size_t i, char text[128])
{
    const struct train_part *part = NULL;
    for (size_t p = 0; data && p < data->n_parts; p++)
        if (strcmp(data->parts[p].name, l->name) == 0 || data->n_parts == 1)
            part = &data->parts[p];
    if (l->n_categories && bz_unit_type(l->unit)->grouped)
        snprintf(text, 128, "%.60s=%.60s", l->name, l->categories[i % l->n_categories]);
    else if (l->n_categories)
        snprintf(text, 128, "%.120s", l->categories[i % l->n_categories]);
    else if (part && part->columns && i < part->n_columns && part->columns[i])
        snprintf(text, 128, "%.120s", part->columns[i]);
    else
        snprintf(text, 128, "%.80s %zu", l->name, i);
}

/* --- weights --- */

/* Weights from a visible layer into the first hidden units of each layer it is coupled to. */
static int put_fields(FILE *out, const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    const struct bz_layer *l = &m->layers[layer];
    struct bz_tiling tiling = bz_tiling_of(l);

    tiling.tone = BZ_TONE_BALANCED;
    for (size_t k = 0; k < m->n_links[layer]; k++) {
        const struct bz_link *link = &m->links[layer][k];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        const size_t all = m->layers[link->layer].size, n = all < FIELDS ? all : FIELDS;
        const float *rows = link->flipped ? c->weight_t : c->weight;
        char caption[256];

        if (link->layer == layer || c->index || !rows)
            continue;
        snprintf(caption, sizeof(caption), "weights of %s into %zu of the %zu units of %s: white positive, black negative",
                 l->name, n, all, m->layers[link->layer].name);
        if (put_picture(out, caption, rows, n, l->size, &tiling, err) < 0)
            return -1;
    }
    return 0;
}

struct strong {
    float weight, size; /* size: its magnitude for the order, per deviation of a gaussian unit */
    size_t layer, unit;
};

static int by_size(const void *a, const void *b)
{
    const struct strong *x = a, *y = b;
    return x->size < y->size ? 1 : x->size > y->size ? -1 : 0;
}

/* Lists the visible units not shown as pictures with their weights into one hidden unit; returns how many. */
static size_t gather(const struct bz_machine *m, size_t hidden, size_t unit, struct strong *list)
{
    size_t n = 0;
    for (size_t k = 0; k < m->n_links[hidden]; k++) {
        const struct bz_link *link = &m->links[hidden][k];
        const struct bz_layer *v = &m->layers[link->layer];
        const struct bz_coupling *c = &m->couplings[link->coupling];
        /* Rows of the hidden layer's units: weight is [a][b], weight_t [b][a]. */
        const float *rows = link->flipped ? c->weight : c->weight_t;
        if (!bz_is_visible(v) || train_html_has_picture(v) || link->layer == hidden || c->index || !rows)
            continue;
        for (size_t i = 0; i < v->size; i++) {
            const float w = rows[unit * v->size + i];
            list[n++] = (struct strong){w, fabsf(w) / (v->log_sigma ? expf(v->log_sigma[i]) : 1), link->layer, i};
        }
    }
    qsort(list, n, sizeof(*list), by_size);
    return n;
}

static int put_strongest(FILE *out, const struct bz_machine *m, size_t hidden, const struct train_data *data,
                         struct bz_error *err)
{
    size_t room = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        room += bz_is_visible(&m->layers[l]) ? m->layers[l].size : 0;
    struct strong *list = bz_alloc(room, sizeof(*list), err);
    const size_t all = m->layers[hidden].size, n = all < LISTED_UNITS ? all : LISTED_UNITS;
    if (!list)
        return -1;
    if (gather(m, hidden, 0, list)) {
        fprintf(out, "<figure><figcaption>strongest weights into %zu of the %zu units of ", n, all);
        train_html_text(out, m->layers[hidden].name);
        fputs("</figcaption><table>\n", out);
        for (size_t j = 0; j < n; j++) {
            const size_t found = gather(m, hidden, j, list);
            fprintf(out, "<tr><th>unit %zu<td>", j);
            for (size_t k = 0; k < found && k < STRONGEST; k++) {
                char name[128];
                unit_name(&m->layers[list[k].layer], data, list[k].unit, name);
                fputs(k ? ", " : "", out);
                train_html_text(out, name);
                fprintf(out, " %+.3g", (double)list[k].weight);
            }
            fputs("</tr>\n", out);
        }
        fputs("</table></figure>\n", out);
    }
    bz_free(list);
    return 0;
}

int train_html_fields(FILE *out, const struct bz_machine *m, const struct train_data *data, struct bz_error *err)
{
    train_html_heading(out, "What hidden units look for", NULL);
    fputs("<div class=\"side\">\n", out);
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) ? train_html_has_picture(&m->layers[l]) && put_fields(out, m, l, err) < 0
                                         : put_strongest(out, m, l, data, err) < 0)
            return -1;
    fputs("</div>\n", out);
    return 0;
}

/* --- rows --- */

/* The cells of one layer of a row: a category, letters, counted words, or numbers. */
static void put_cells(FILE *out, const struct bz_state *s, size_t l, size_t r, size_t *left)
{
    const struct bz_layer *layer = &s->m->layers[l];
    const float *x = s->x[l] + r * layer->size;
    if (bz_unit_type(layer->unit)->grouped) {
        const size_t groups = layer->groups, wide = layer->size / groups;
        for (size_t g = 0; g < groups && *left; g++, --*left) {
            size_t best = 0;
            for (size_t k = 1; k < wide; k++)
                best = x[g * wide + k] > x[g * wide + best] ? k : best;
            fputs("<td>", out);
            if (layer->n_categories)
                train_html_text(out, layer->categories[(layer->n_categories == layer->size ? g * wide : 0) + best]);
            else
                fprintf(out, "%zu", best);
        }
        return;
    }
    for (size_t i = 0; i < layer->size && *left; i++, --*left)
        fprintf(out, "<td class=\"n\">%.4g", fabsf(x[i]) < 1e-6f ? 0 : (double)x[i]); /* 0, standardised and back */
}

static void put_heads(FILE *out, const struct bz_layer *layer, const struct train_data *data, size_t *left)
{
    const bool grouped = bz_unit_type(layer->unit)->grouped;
    const size_t groups = grouped ? layer->groups : layer->size;
    for (size_t i = 0; i < groups && *left; i++, --*left) {
        char name[128];
        if (!grouped)
            unit_name(layer, data, i, name);
        else if (groups > 1)
            snprintf(name, sizeof(name), "%zu", i + 1);
        else
            snprintf(name, sizeof(name), "%s", layer->name);
        fputs("<th>", out);
        train_html_text(out, name);
    }
}

/* The first rows of the layers that are not pictures. */
static void put_table(FILE *out, const struct bz_state *s, const struct train_data *data, const char *what)
{
    size_t columns = TABLE_COLUMNS;
    bool any = false;
    for (size_t l = 0; l < s->m->n_layers; l++)
        any = any || (bz_is_visible(&s->m->layers[l]) && !train_html_has_picture(&s->m->layers[l]));
    if (!any)
        return;
    fputs("<figure><figcaption>", out);
    train_html_text(out, what);
    fputs("</figcaption><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    train_html_text(out, what);
    fputs("\"><table><tr>", out);
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (bz_is_visible(&s->m->layers[l]) && !train_html_has_picture(&s->m->layers[l]))
            put_heads(out, &s->m->layers[l], data, &columns);
    fputs(columns ? "</tr>\n" : "<th>…</tr>\n", out);
    for (size_t r = 0; r < s->n && r < TABLE_ROWS; r++) {
        size_t left = TABLE_COLUMNS;
        fputs("<tr>", out);
        for (size_t l = 0; l < s->m->n_layers; l++)
            if (bz_is_visible(&s->m->layers[l]) && !train_html_has_picture(&s->m->layers[l]))
                put_cells(out, s, l, r, &left);
        fputs("</tr>\n", out);
    }
    fputs("</table></div></figure>\n", out);
}

int train_html_rows(FILE *out, const struct bz_state *s, const struct train_data *data, const char *what, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_tiling tiling = bz_tiling_of(&s->m->layers[l]);
        char caption[256];

        if (!train_html_has_picture(&s->m->layers[l]))
            continue;
        snprintf(caption, sizeof(caption), "%s: %s", s->m->layers[l].name, what);
        if (put_picture(out, caption, s->x[l], s->n, s->m->layers[l].size, &tiling, err) < 0)
            return -1;
    }
    put_table(out, s, data, what);
    return 0;
}
