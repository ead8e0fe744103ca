#include "html_page.h"

#include "energy.h"
#include "json_text.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { SWEEPS = 500, MOST_PICTURE = 1 << 16, LEAST_PICTURE = 65, WORDS = 20 };

bool train_html_has_picture(const struct bz_layer *l)
{
    const bool shaped = l->rank >= 2 && l->shape[0] > 1 && l->shape[1] > 1;
    return bz_is_visible(l) && l->size <= MOST_PICTURE &&
           (shaped || (l->size >= LEAST_PICTURE && !bz_unit_type(l->unit)->grouped));
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<style>\n"
    ":root{--paper:#fff;--ink:#1c2030;--soft:#5a6072;--line:#d9dce6;--wash:#eef0f6;--k0:#3347b0;--k1:#b8430f;--k2:#1f7a4d;--k3:"
    "#8a2a82}\n"
    "@media(prefers-color-scheme:dark){:root{color-scheme:dark;--paper:#12141b;--ink:#e8eaf2;--soft:#a3aabd;--line:#343a4b;"
    "--wash:#232734;--k0:#9aa9ff;--k1:#ffa06b;--k2:#7fd6a4;--k3:#e39be0}}\n"
    "@media "
    "print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#999;--wash:#eee;--k0:#3347b0;--k1:#b8430f;"
    "--k2:#1f7a4d;--k3:#8a2a82}section,figure,tr{break-inside:avoid}a{color:inherit}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:24px 16px;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:22px;margin:0 0 8px}h2{font-size:17px;margin:32px 0 6px;border-top:1px solid var(--line);padding-top:16px}"
    "p{margin:0 0 8px;max-width:80ch;color:var(--soft)}\n"
    ".side{display:grid;gap:16px 24px;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));align-items:start}\n"
    "figure{margin:8px 0;min-width:0}figcaption{color:var(--soft);font-size:13px;margin:0 0 4px}figcaption "
    "b{color:var(--ink)}\n"
    "img{image-rendering:pixelated;max-width:100%;display:block}svg{width:100%;height:auto;display:block}\n"
    "svg text{fill:var(--soft);font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums}.grid{stroke:var(--wash)}"
    ".axis{stroke:var(--soft)}.line{fill:none;stroke-width:2}.area{fill-opacity:.18;stroke-width:1.5}\n"
    ".point{fill:transparent;stroke:none}circle.point:hover{fill:var(--ink)}rect.point:hover{fill:var(--ink);fill-opacity:.25}"
    "\n"
    ".line.k0,.area.k0{stroke:var(--k0)}.line.k1,.area.k1{stroke:var(--k1)}.line.k2,.area.k2{stroke:var(--k2)}"
    ".line.k3,.area.k3{stroke:var(--k3)}.area.k0,i.k0{fill:var(--k0);background:var(--k0)}.area.k1,i.k1{fill:var(--k1);"
    "background:var(--k1)}.area.k2,i.k2{fill:var(--k2);background:var(--k2)}.area.k3,i.k3{fill:var(--k3);background:var(--k3)}"
    "\n"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;margin:2px 0 0 60px}.legend "
    "i{display:inline-block;width:14px;"
    "height:4px;margin:0 6px 3px 0}\n"
    "table{border-collapse:collapse;font-size:13.5px;max-width:100%;table-layout:auto}td,th{text-align:left;padding:2px 14px "
    "2px 0;"
    "vertical-align:top;border-bottom:1px solid var(--wash)}th{color:var(--soft);font-weight:600}td.n{text-align:right;"
    "font-variant-numeric:tabular-nums}\n"
    ".wide{overflow-x:auto;overflow-wrap:normal}.wide td,.wide "
    "th{white-space:nowrap}.chart{max-width:640px}pre{white-space:pre-wrap;background:var(--wash);"
    "padding:12px;border-radius:8px;"
    "font-size:13px}summary{cursor:pointer;color:var(--soft)}\n"
    "</style>\n";

void train_html_begin(FILE *out, const char *title)
{
    fputs(head, out);
    fputs("<title>", out);
    train_html_text(out, title);
    fputs("</title>\n<main>\n<h1>", out);
    train_html_text(out, title);
    fputs("</h1>\n", out);
}

void train_html_end(FILE *out)
{
    fputs("</main>\n</html>\n", out);
}

void train_html_heading(FILE *out, const char *heading, const char *text)
{
    fputs("<h2>", out);
    train_html_text(out, heading);
    fputs("</h2>\n", out);
    if (text) {
        fputs("<p>", out);
        train_html_text(out, text);
        fputs("</p>\n", out);
    }
}

void train_html_text(FILE *out, const char *text)
{
    static const char special[] = "<>&\"", *const escaped[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    for (; *text; text++) {
        const char *found = strchr(special, *text);
        if (found)
            fputs(escaped[found - special], out);
        else
            fputc(*text, out);
    }
}

void train_html_fact(FILE *out, const char *name, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    fputs("<tr><th>", out);
    train_html_text(out, name);
    fputs("<td>", out);
    train_html_text(out, text);
    fputs("</tr>\n", out);
}

/* --- rows --- */

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

void train_html_sample(struct bz_chains *c, uint64_t seed, struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;
    const size_t n = c->s->room < TRAIN_HTML_ROWS ? c->s->room : TRAIN_HTML_ROWS;
    train_html_number(c, n, seed);
    for (size_t l = 0; l < m->n_layers; l++) {
        for (size_t r = 0; c->s->counts[l] && r < n; r++)
            c->s->counts[l][r] = m->layers[l].usual_counts > 0 ? (float)m->layers[l].usual_counts : WORDS;
        if (c->s->known[l])
            memset(c->s->known[l], 0, c->s->room * m->layers[l].size);
    }
    bz_chains_init(c, 0, n, NULL, w);
    bz_gibbs(c, 0, n, SWEEPS, w);
}

void train_html_free_energies(struct bz_state *s, double *f, struct bz_work *w)
{
    for (size_t first = 0; first < s->n; first += BZ_TILE)
        bz_free_energy(s, first, s->n - first < BZ_TILE ? s->n - first : BZ_TILE, f + first, NULL, w);
    for (size_t r = 0; r < s->n; r++)
        f[r] = isfinite(f[r]) ? f[r] : NAN;
}

/* --- the record of training --- */

static int put_value(FILE *out, const cJSON *value, struct bz_error *err)
{
    char *text = cJSON_IsString(value) ? bz_strdup(value->valuestring, err)
                                       : bz_json_print(cJSON_Duplicate(value, true), "the record", err);
    if (!text)
        return -1;
    train_html_text(out, text);
    bz_free(text);
    return 0;
}

static void put_line(FILE *out, const char *key, const cJSON *value)
{
    const char *text = cJSON_GetStringValue(value);
    if (!text || !*text)
        return;
    train_html_text(out, key);
    fputs(" = ", out);
    train_html_text(out, text);
    fputc('\n', out);
}

/* The settings as a file for --config. */
static void put_command(FILE *out, const cJSON *settings)
{
    const char *kind = cJSON_GetStringValue(bz_json_get(settings, "kind"));
    const cJSON *item, *value;
    if (!cJSON_IsObject(settings))
        return;
    fprintf(out,
            "<p>To repeat it, with the same data in this folder and these settings as "
            "<code>settings.conf</code>%s:</p>\n<pre>boltz %s ",
            kind ? "" : ", from the MODEL it started from", kind ? "train" : "finetune");
    train_html_text(out, kind ? kind : "MODEL");
    fputs(" --config settings.conf --out REPOSITORY/NAME</pre>\n<details open><summary>settings.conf</summary><pre>", out);
    cJSON_ArrayForEach(item, settings)
    {
        if (strcmp(item->string, "kind") == 0 || strcmp(item->string, "out") == 0)
            continue;
        if (cJSON_IsArray(item))
            cJSON_ArrayForEach(value, item) put_line(out, item->string, value);
        else
            put_line(out, item->string, item);
    }
    fputs("</pre></details>\n", out);
}

int train_html_training(FILE *out, const char *record, struct bz_error *err)
{
    cJSON *tree = record ? bz_json_parse(record, strlen(record), err) : NULL;
    const cJSON *item, *file;
    if (!tree)
        return record ? -1 : 0;
    train_html_heading(out, "How it was trained", NULL);
    fputs("<table>\n", out);
    cJSON_ArrayForEach(item, tree)
    {
        if (cJSON_IsObject(item) || cJSON_IsArray(item) || !item->string)
            continue;
        fputs("<tr><th>", out);
        train_html_text(out, item->string);
        fputs("<td>", out);
        if (put_value(out, item, err) < 0) {
            cJSON_Delete(tree);
            return -1;
        }
        fputs("</tr>\n", out);
    }
    cJSON_ArrayForEach(file, bz_json_get(tree, "data"))
    {
        const char *name = cJSON_GetStringValue(bz_json_get(file, "name")),
                   *use = cJSON_GetStringValue(bz_json_get(file, "use")),
                   *digest = cJSON_GetStringValue(bz_json_get(file, "sha256"));
        train_html_fact(out, use ? use : "data", "%s%s%s", name ? name : "", digest ? ", sha256 " : "", digest ? digest : "");
    }
    fputs("</table>\n", out);
    put_command(out, bz_json_get(tree, "settings"));
    cJSON_Delete(tree);
    return 0;
}
