/* From the edges of a file to pairs of units: the first index, repeated pairs, edges from a unit to itself. */
#include "graph.h"

#include "graph_lines.h"
#include "layout.h"
#include "machine.h"
#include "mem.h"
#include "source.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void train_graph_free(struct train_graph *g)
{
    if (!g)
        return;
    bz_free_all(g->i, g->j, g->weight, g->unit, g->bias);
    bz_texts_free(g->names, g->n_names);
    *g = (struct train_graph){0};
}

int graph_add(struct graph_edges *e, size_t from, size_t to, double weight, size_t line, struct bz_error *err)
{
    if (bz_grow(&e->edges, &e->room, e->n + 1, sizeof(*e->edges), err) < 0)
        return -1;
    e->edges[e->n++] = (struct graph_edge){from, to, weight, line};
    return 0;
}

int graph_vertex_of_word(struct graph_edges *e, const struct graph_field *f, size_t *out, struct bz_error *err)
{
    for (*out = 0; *out < e->n_names; ++*out)
        if (strlen(e->names[*out]) == f->length && memcmp(e->names[*out], f->text, f->length) == 0)
            return 0;
    if (e->n_names == 4096)
        return bz_fail(err, BZ_TOO_LARGE, "%s: more than 4096 vertices that are words, expected numbers", e->path);
    if (bz_grow(&e->names, &e->names_room, e->n_names + 1, sizeof(*e->names), err) < 0 ||
        !(e->names[e->n_names] = bz_strndup(f->text, f->length, err)))
        return -1;
    e->n_names++;
    return 0;
}

/* --- the first index --- */

static int find_base(struct train_graph *g, const struct graph_edges *e, const struct train_graph_options *o,
                     struct bz_error *err)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t k = 0; k < e->n; k++) {
        const struct graph_edge *x = &e->edges[k];
        least = x->from < least ? x->from : least;
        least = x->to < least ? x->to : least;
        most = x->from > most ? x->from : most;
        most = x->to > most ? x->to : most;
    }
    g->base = e->names ? -1 : e->base >= 0 ? e->base : o->base >= 0 ? o->base : least == 0 ? 0 : 1;
    if (!e->names && o->base >= 0 && o->base != g->base && !e->both_ends)
        return bz_fail(err, BZ_BAD_INPUT, "%s: --base %d, but a %s counts from %d", e->path, o->base, e->kind, g->base);
    if (g->base == 1 && e->n > 0 && least == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: holds a vertex 0, expected vertices from 1%s", e->path,
                       o->base == 1 ? " (--base 1)" : "");
    g->base_assumed = !e->names && e->base < 0 && o->base < 0 && least > 0 && most != o->n_units;
    return 0;
}

/* The unit of a vertex. */
static int unit_of(const struct graph_edges *e, const struct train_graph *g, const struct train_graph_options *o,
                   const struct graph_edge *x, size_t vertex, uint32_t *out, struct bz_error *err)
{
    size_t unit = e->names ? vertex : vertex - (size_t)g->base;
    if (e->names && o->names) {
        for (unit = 0; unit < o->n_units && !(o->names[unit] && strcmp(o->names[unit], e->names[vertex]) == 0);)
            unit++;
        if (unit == o->n_units)
            return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: there is no unit '%.64s'", e->path, x->line, e->names[vertex]);
    }
    const size_t bound = o->n_units ? o->n_units : g->n_units ? g->n_units : (size_t)BZ_MAX_UNITS;
    if (unit >= bound)
        return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: vertex %zu, expected at most %zu (%zu units, counted from %d%s)",
                       e->path, x->line, vertex, bound - 1 + (size_t)(g->base > 0), bound, g->base > 0,
                       g->base_assumed ? "; --base 0 counts from 0" : "");
    *out = (uint32_t)unit;
    return 0;
}

/* --- pairs --- */

struct pair {
    uint32_t i, j;
    double weight;
    size_t line;
};

static int by_units(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->i != y->i)
        return x->i < y->i ? -1 : 1;
    if (x->j != y->j)
        return x->j < y->j ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* Merges repeated pairs; returns how many are left, SIZE_MAX with *err set if they disagree. */
static size_t merge(struct pair *p, size_t n, const struct graph_edges *e, size_t *twice, struct bz_error *err)
{
    size_t kept = 0;
    *twice = 0;
    for (size_t k = 0; k < n; k++) {
        struct pair *last = kept ? &p[kept - 1] : NULL;
        if (!last || last->i != p[k].i || last->j != p[k].j) {
            p[kept++] = p[k];
            continue;
        }
        ++*twice;
        if (e->energies)
            last->weight += p[k].weight;
        else if (last->weight != p[k].weight && !(isnan(last->weight) && isnan(p[k].weight))) {
            bz_fail(err, BZ_BAD_INPUT,
                    "%s, line %zu: repeats the edge of line %zu with another weight (%g, there %g): couplings are symmetric, "
                    "expected one weight",
                    e->path, p[k].line, last->line, p[k].weight, last->weight);
            return SIZE_MAX;
        }
    }
    return kept;
}

static int fill(struct train_graph *g, const struct pair *p, size_t n, struct bz_error *err)
{
    size_t edges = 0, biases = 0;
    bool weights = false;
    for (size_t k = 0; k < n; k++) {
        *(p[k].i == p[k].j ? &biases : &edges) += 1;
        weights = weights || (p[k].i != p[k].j && !isnan(p[k].weight));
    }
    g->i = bz_alloc(edges, sizeof(*g->i), err);
    g->j = g->i ? bz_alloc(edges, sizeof(*g->j), err) : NULL;
    g->unit = g->j ? bz_alloc(biases, sizeof(*g->unit), err) : NULL;
    g->bias = g->unit ? bz_alloc(biases, sizeof(*g->bias), err) : NULL;
    if (!g->bias || (weights && !(g->weight = bz_alloc(edges, sizeof(*g->weight), err))))
        return -1;
    for (size_t k = 0; k < n; k++) {
        if (p[k].i == p[k].j) {
            g->unit[g->n_biases] = p[k].i;
            g->bias[g->n_biases++] = p[k].weight;
            continue;
        }
        g->i[g->n_edges] = p[k].i;
        g->j[g->n_edges] = p[k].j;
        if (weights)
            g->weight[g->n_edges] = p[k].weight;
        g->n_edges++;
    }
    return 0;
}

static int pair_up(struct train_graph *g, struct pair *p, const struct graph_edges *e, const struct train_graph_options *o,
                   struct bz_error *err)
{
    for (size_t k = 0; k < e->n; k++) {
        const struct graph_edge *x = &e->edges[k];
        uint32_t a = 0, b = 0;
        if (unit_of(e, g, o, x, x->from, &a, err) < 0 || unit_of(e, g, o, x, x->to, &b, err) < 0)
            return -1;
        if (a == b && !e->energies)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s, line %zu: an edge from a vertex to itself, expected two vertices (only in QUBO and dimod files "
                           "is that a bias); remove the line",
                           e->path, x->line);
        p[k] = (struct pair){a < b ? a : b, a < b ? b : a, x->weight, x->line};
        g->most = p[k].j >= g->most ? p[k].j + 1u : g->most;
    }
    return 0;
}

static void describe(struct train_graph *g, const struct graph_edges *e, size_t twice)
{
    char from[60] = ", vertices by name", again[60] = "";
    if (!e->names)
        snprintf(from, sizeof(from), ", counted from %d%s", g->base, g->base_assumed ? " (assumed; if not, use --base 0)" : "");
    if (twice && !e->both_ends)
        snprintf(again, sizeof(again), ", %zu given twice %s", twice, e->energies ? "added up" : "taken once");
    snprintf(g->how, sizeof(g->how), "%s%s: %zu edges%s%s", e->kind, from, g->n_edges, again,
             e->energies ? ", energies to be minimised" : "");
}

static int settle(struct train_graph *g, struct graph_edges *e, const struct train_graph_options *o, struct bz_error *err)
{
    size_t twice, kept = SIZE_MAX;
    if (e->n == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s without an edge, expected at least one", e->path, e->kind);
    g->n_units = e->n_units;
    g->energies = e->energies;
    if (find_base(g, e, o, err) < 0)
        return -1;
    struct pair *p = bz_alloc(e->n, sizeof(*p), err);
    if (!p)
        return -1;
    if (pair_up(g, p, e, o, err) == 0) {
        qsort(p, e->n, sizeof(*p), by_units);
        kept = merge(p, e->n, e, &twice, err);
    }
    int rc = kept == SIZE_MAX ? -1 : fill(g, p, kept, err);
    if (rc == 0 && e->both_ends && twice != kept)
        rc = bz_fail(err, BZ_BAD_INPUT,
                     "%s: %zu edges, of which %zu are listed at both their vertices, expected all of them (%s)", e->path, kept,
                     twice, e->kind);
    bz_free(p);
    if (rc < 0)
        return -1;
    describe(g, e, twice);
    if (!o->names) {
        g->names = e->names;
        g->n_names = e->n_names;
        e->names = NULL;
        e->n_names = 0;
    }
    return 0;
}

/* --- which kind of file --- */

/* Formats that are not read, and how to convert them. */
static const struct {
    const char *start, *name, *advice;
} foreign[] = {
    {"<", "an XML graph (GraphML; of GEXF read_gexf)",
     "networkx.write_weighted_edgelist(networkx.read_graphml(F), \"edges.txt\")"},
    {"graph [", "a GML graph", "networkx.write_weighted_edgelist(networkx.read_gml(F), \"edges.txt\")"},
    {"Creator", "a GML graph", "networkx.write_weighted_edgelist(networkx.read_gml(F), \"edges.txt\")"},
    {"digraph", "a DOT graph", "write its edges as lines of two numbers"},
    {"strict ", "a DOT graph", "write its edges as lines of two numbers"},
    {"dl ", "a UCINET graph", "write its edges as lines of two numbers"},
    {"{", "JSON", "boltz import reads dimod models; for other graphs write the edges as lines of two numbers"},
    {"[", "JSON", "write the edges as lines of two numbers"},
    {">>", "a graph6 or sparse6 file", "networkx.write_edgelist(networkx.read_graph6(F), \"edges.txt\", data=False)"},
    {"\x80", "a Python pickle", "networkx.write_weighted_edgelist(G, \"edges.txt\")"},
};

/* `graph NAME {`, on one line or two. */
static bool is_dot(const char *text, size_t size)
{
    enum { HEAD = 200 };
    return size > 6 && memcmp(text, "graph", 5) == 0 && (text[5] == ' ' || text[5] == '\n') &&
           memchr(text, '{', size < HEAD ? size : HEAD);
}

static int refuse_foreign(const char *path, const char *text, size_t size, struct bz_error *err)
{
    if (is_dot(text, size))
        return bz_fail(err, BZ_BAD_INPUT, "%s: is a DOT graph, which is not read: write its edges as lines of two numbers",
                       path);
    for (size_t k = 0; k < sizeof(foreign) / sizeof(foreign[0]); k++) {
        const size_t n = strlen(foreign[k].start);
        if (size >= n && memcmp(text, foreign[k].start, n) == 0)
            return bz_fail(err, BZ_BAD_INPUT, "%s: is %s, which is not read as a graph: %s", path, foreign[k].name,
                           foreign[k].advice);
    }
    if (memchr(text, 0, size))
        return bz_fail(err, BZ_BAD_INPUT, "%s: is not text, expected edges as lines of two numbers", path);
    return 0;
}

static bool begins(const char *text, size_t size, const char *word)
{
    const size_t n = strlen(word);
    return size >= n && strncasecmp(text, word, n) == 0;
}

static int read_text(struct train_graph *out, const char *path, const char *text, size_t size,
                     const struct train_graph_options *o, struct bz_error *err)
{
    struct train_graph g = {0};
    struct graph_edges e = {.path = path, .base = -1};
    int rc = -1;
    while (size > 0 &&
           (*text == ' ' || *text == '\n' || *text == '\r')) { /* line numbers count from the first line with text */
        text++;
        size--;
    }
    if (size == 0)
        bz_fail(err, BZ_BAD_INPUT, "%s: is empty, expected a graph", path);
    else if (refuse_foreign(path, text, size, err) == 0)
        rc = begins(text, size, "*vertices") || begins(text, size, "*network") ? graph_read_pajek(&e, text, size, err)
             : begins(text, size, "p ") || begins(text, size, "c ")            ? graph_read_problem(&e, text, size, err)
                                                                               : graph_read_list(&e, text, size, err);
    if (rc == 0)
        rc = settle(&g, &e, o, err);
    bz_free(e.edges);
    bz_texts_free(e.names, e.n_names);
    if (rc < 0)
        train_graph_free(&g);
    else
        *out = g;
    return rc;
}

int train_graph_parse(struct train_graph *out, const char *path, const char *text, size_t size,
                      const struct train_graph_options *o, struct bz_error *err)
{
    char *converted = NULL;
    size_t length = size, skip = 0;
    if (size > 1 && strchr("\xff\xfe\xef", *text) && *text &&
        bz_text_decode(path, text, size, &converted, &length, &skip, err) < 0)
        return -1;
    const int rc = read_text(out, path, (converted ? converted : text) + skip, length - skip, o, err);
    bz_free(converted);
    return rc;
}

/* A matrix in one of the formats of data; the source is used up. */
static int read_matrix(struct train_graph *out, struct train_source *s, const struct train_graph_options *o,
                       struct bz_error *err)
{
    const struct train_data_options nothing = {0};
    struct graph_edges e = {.path = s->path, .base = -1};
    struct train_graph g = {0};
    struct train_table t;
    if (train_table_parse(&t, s, &(struct train_table_options){.user = &nothing}, err) < 0)
        return -1;
    int rc = graph_of_table(&e, &t, err);
    train_table_free(&t);
    if (rc == 0)
        rc = settle(&g, &e, o, err);
    bz_free(e.edges);
    if (rc < 0)
        train_graph_free(&g);
    else
        *out = g;
    return rc;
}

int train_graph_read(struct train_graph *out, const char *path, const struct train_graph_options *o, struct bz_error *err)
{
    struct train_source s;
    if (train_source_read(&s, path, err) < 0)
        return -1;
    if (graph_is_matrix_file(s.data, s.size))
        return read_matrix(out, &s, o, err);
    const int rc = train_graph_parse(out, path, (const char *)s.data, s.size, o, err);
    train_source_free(&s);
    return rc;
}
