/* Lines of edges: bare, with weights, with a header, as networkx and igraph write them; Gset's, dimod's and adjacency lists;
 * matrices of text. */
#include "graph_lines.h"
#include "machine.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Names of columns that writers use. */
static const char *const from_names[] = {"source", "from", "i", "u", "node1", "head", "v1", "src", NULL};
static const char *const to_names[] = {"target", "to", "j", "v", "node2", "tail", "v2", "dst", NULL};
static const char *const weight_names[] = {"weight", "w", "value", "coupling", NULL};

struct columns {
    size_t from, to, weight; /* indices of fields; SIZE_MAX = none */
    bool header;
};

static bool is_one_of(const struct graph_field *f, const char *const *names)
{
    while (*names && !graph_field_is(f, *names))
        names++;
    return *names != NULL;
}

static size_t find_column(const struct graph_line *l, const char *const *names)
{
    for (size_t k = 0; k < l->n; k++)
        if (is_one_of(&l->fields[k], names))
            return k;
    return SIZE_MAX;
}

static struct columns find_columns(const struct graph_line *first)
{
    struct columns c = {find_column(first, from_names), find_column(first, to_names), find_column(first, weight_names), true};
    if (c.from != SIZE_MAX && c.to != SIZE_MAX)
        return c;
    return (struct columns){.from = 0, .to = 1, .weight = 2};
}

/* Rows with one more field than the header has names: the first numbers them, as in R's write.table. */
static int find_row_names(struct columns *c, const struct graph_text *t, struct bz_error *err)
{
    size_t number;
    const size_t names = t->lines[0].n;
    for (size_t k = 1; k < t->n; k++)
        if (t->lines[k].n != names + 1)
            return 0;
    for (size_t k = 1; k < t->n; k++)
        if (!graph_field_whole(&t->lines[k].fields[0], &number) || number != k)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s, line %zu: %zu fields below %zu names: names of rows, or a weight without a name? Expected a "
                           "name for each column (R: row.names = FALSE)",
                           t->path, t->lines[k].number, names + 1, names);
    c->from++;
    c->to++;
    c->weight += c->weight != SIZE_MAX;
    return 0;
}

/* The weight in a Python dictionary as networkx writes it; NaN if it has none. */
static int dictionary_weight(const struct graph_edges *e, const struct graph_line *l, const struct graph_field *f, double *out,
                             struct bz_error *err)
{
    static const char key[] = "weight";
    const char *at = memmem(f->text, f->length, key, sizeof(key) - 1), *end = f->text + f->length;
    *out = NAN;
    if (!at)
        return 0;
    for (at += sizeof(key) - 1; at < end && strchr("'\": ", *at);)
        at++;
    const char *stop = at;
    while (stop < end && *stop != ',' && *stop != '}')
        stop++;
    const struct graph_field number = {at, (size_t)(stop - at)};
    if (graph_field_number(&number, out))
        return 0;
    return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: weight '%.*s', expected a finite number", e->path, l->number,
                   (int)(number.length < 40 ? number.length : 40), number.text);
}

static int read_weight(const struct graph_edges *e, const struct graph_line *l, size_t column, double *out,
                       struct bz_error *err)
{
    *out = NAN;
    if (column >= l->n || l->fields[column].length == 0 || graph_field_is(&l->fields[column], "NA") ||
        graph_field_is(&l->fields[column], "nan"))
        return 0;
    const struct graph_field *f = &l->fields[column];
    if (f->text[0] == '{')
        return dictionary_weight(e, l, f, out, err);
    if (graph_field_number(f, out))
        return 0;
    return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: weight '%.*s', expected a finite number", e->path, l->number,
                   (int)(f->length < 40 ? f->length : 40), f->text);
}

static int read_vertex(struct graph_edges *e, const struct graph_line *l, size_t column, bool words, size_t *out,
                       struct bz_error *err)
{
    const struct graph_field *f = &l->fields[column];
    if (words)
        return graph_vertex_of_word(e, f, out, err);
    if (graph_field_whole(f, out))
        return 0;
    if (f->length > 0 && f->text[0] == '(')
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s, line %zu: vertex %.*s is a pair, expected a number: networkx.convert_node_labels_to_integers(G, "
                       "ordering=\"sorted\") before writing",
                       e->path, l->number, (int)(f->length < 40 ? f->length : 40), f->text);
    return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: vertex '%.*s', expected a whole number", e->path, l->number,
                   (int)(f->length < 40 ? f->length : 40), f->text);
}

/* True if the vertices of all lines are words, none is a number. */
static bool all_words(const struct graph_text *t, const struct columns *c)
{
    for (size_t k = c->header; k < t->n; k++) {
        const struct graph_line *l = &t->lines[k];
        size_t number;
        double real;
        for (int side = 0; side < 2; side++) {
            const size_t column = side ? c->to : c->from;
            if (column >= l->n || l->fields[column].length == 0 || graph_field_whole(&l->fields[column], &number) ||
                graph_field_number(&l->fields[column], &real) || l->fields[column].text[0] == '(')
                return false;
        }
    }
    return true;
}

static int read_edges(struct graph_edges *e, const struct graph_text *t, const struct columns *c, size_t first,
                      struct bz_error *err)
{
    const bool words = all_words(t, c);
    for (size_t k = first; k < t->n; k++) {
        const struct graph_line *l = &t->lines[k];
        size_t from, to;
        double weight;
        if (l->n < 2 || (!c->header && l->n > 3) || (c->header && (c->from >= l->n || c->to >= l->n)))
            return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: %zu fields, expected two vertices and perhaps a weight", e->path,
                           l->number, l->n);
        if (read_vertex(e, l, c->from, words, &from, err) < 0 || read_vertex(e, l, c->to, words, &to, err) < 0 ||
            read_weight(e, l, c->weight, &weight, err) < 0 || graph_add(e, from, to, weight, l->number, err) < 0)
            return -1;
    }
    return 0;
}

/* --- a first line that is the size: "vertices edges", as in the Gset files --- */

static bool fits_size_line(const struct graph_text *t, size_t *vertices, size_t *first)
{
    size_t edges, most = 0, least = SIZE_MAX, vertex;
    if (t->n < 2 || t->lines[0].n != 2 || !graph_field_whole(&t->lines[0].fields[0], vertices) ||
        !graph_field_whole(&t->lines[0].fields[1], &edges) || edges != t->n - 1)
        return false;
    for (size_t k = 1; k < t->n; k++)
        for (size_t side = 0; side < 2; side++) {
            if (t->lines[k].n < 2 || !graph_field_whole(&t->lines[k].fields[side], &vertex))
                return false;
            most = vertex > most ? vertex : most;
            least = vertex < least ? vertex : least;
        }
    *first = least > 0;
    return most + (least == 0) <= *vertices;
}

static bool have_fields(const struct graph_text *t, size_t first, size_t n)
{
    for (size_t k = first; k < t->n; k++)
        if (t->lines[k].n != n)
            return false;
    return true;
}

/* --- dimod: weights of six decimals, a line `i i w` among them; or a comment that names the kind of variables --- */

static bool has_six_decimals(const struct graph_field *f)
{
    const char *point = memchr(f->text, '.', f->length);
    return point && f->text + f->length - point == 7;
}

static bool is_dimod(const struct graph_text *t)
{
    bool loop = false;
    for (size_t k = 0; k < t->n; k++) {
        const struct graph_line *l = &t->lines[k];
        if (l->n != 3 || !has_six_decimals(&l->fields[2]))
            return false;
        loop = loop || (l->fields[0].length == l->fields[1].length &&
                        memcmp(l->fields[0].text, l->fields[1].text, l->fields[0].length) == 0);
    }
    return loop;
}

/* --- lists of neighbours, matrices --- */

static int read_neighbours(struct graph_edges *e, const struct graph_text *t, struct bz_error *err)
{
    e->kind = "adjacency list";
    for (size_t k = 0; k < t->n; k++) {
        size_t vertex, other;
        for (size_t f = 0; f < t->lines[k].n; f++) {
            if (read_vertex(e, &t->lines[k], f, false, f ? &other : &vertex, err) < 0)
                return -1;
            if (f && graph_add(e, vertex, other, NAN, t->lines[k].number, err) < 0)
                return -1;
            const size_t last = f ? other : vertex;
            e->n_units = last >= e->n_units ? last + 1 : e->n_units; /* vertices alone on a line count too */
        }
    }
    for (size_t k = 0; k < e->n; k++)
        if (e->edges[k].from == 0 || e->edges[k].to == 0)
            return 0;
    e->n_units = 0; /* possibly counted from 1 */
    return 0;
}

/* Square and of numbers only: values go to m[n*n]. */
static bool is_matrix(const struct graph_text *t, double *m)
{
    for (size_t k = 0; k < t->n; k++)
        for (size_t f = 0; f < t->n; f++)
            if (!graph_field_number(&t->lines[k].fields[f], &m[k * t->n + f]))
                return false;
    return true;
}

static int read_matrix(struct graph_edges *e, const struct graph_text *t, struct bz_error *err)
{
    const size_t n = t->n;
    double *m = bz_alloc(n * n, sizeof(*m), err);
    if (!m)
        return -1;
    int rc = is_matrix(t, m) ? 0
                             : bz_fail(err, BZ_BAD_INPUT,
                                       "%s: %zu lines of %zu fields, expected numbers (an adjacency matrix) or "
                                       "edges of two vertices a line",
                                       e->path, n, n);
    e->kind = "adjacency matrix";
    e->base = 0;
    e->n_units = n;
    for (size_t i = 0; i < n && rc == 0; i++)
        for (size_t j = 0; j <= i && rc == 0; j++) {
            if (m[i * n + j] != m[j * n + i])
                rc = bz_fail(err, BZ_BAD_INPUT,
                             "%s: row %zu, column %zu holds %g, row %zu, column %zu %g: expected a symmetric matrix", e->path,
                             i + 1, j + 1, m[i * n + j], j + 1, i + 1, m[j * n + i]);
            else if (m[i * n + j] != 0)
                rc = graph_add(e, j, i, m[i * n + j], t->lines[i].number, err);
        }
    bz_free(m);
    return rc;
}

/* igraph's LGL: "# a" is the vertex whose neighbours follow. */
static bool is_lgl(const char *text, size_t size)
{
    size_t heads = 0, others = 0;
    for (const char *at = text, *end = text + size; at < end; at++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        if (*at == '#') {
            const bool head = stop - at > 2 && at[1] == ' ' && !memchr(at + 2, ' ', (size_t)(stop - at - 2));
            *(head ? &heads : &others) += 1;
        }
        at = stop;
    }
    return heads >= 2 && others == 0 && size > 0 && *text == '#';
}

static bool names_vartype(const char *text, size_t size)
{
    return memmem(text, size < 400 ? size : 400, "vartype=", 8) != NULL;
}

static int read_split(struct graph_edges *e, const struct graph_text *t, bool vartype, struct bz_error *err)
{
    struct columns c = find_columns(&t->lines[0]);
    size_t vertices = 0, first = 1;
    e->kind = t->commas ? "edge table" : "edge list";
    if (c.header && t->n > 1 && find_row_names(&c, t, err) < 0)
        return -1;
    if (c.header)
        return read_edges(e, t, &c, 1, err);
    if (t->networkx_dates || (!t->commas && !have_fields(t, 0, t->lines[0].n) && t->lines[t->n - 1].n == 1))
        return read_neighbours(e, t, err);
    if (t->n >= 3 && t->n <= 65536 && t->lines[0].n == t->n && have_fields(t, 0, t->n) && t->n != 3)
        return read_matrix(e, t, err);
    if (fits_size_line(t, &vertices, &first)) {
        if (have_fields(t, 1, 2))
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s, line %zu: may be the size (vertices, edges) or an edge: remove it, or put a line 'source "
                           "target' before it",
                           e->path, t->lines[0].number);
        e->kind = "Gset graph";
        e->base = (int)first;
        e->n_units = vertices;
        return read_edges(e, t, &c, 1, err);
    }
    if (vartype || is_dimod(t)) {
        e->kind = "dimod list";
        e->energies = true;
    }
    return read_edges(e, t, &c, 0, err);
}

int graph_read_list(struct graph_edges *e, const char *text, size_t size, struct bz_error *err)
{
    struct graph_text t;
    e->kind = "edge list";
    if (is_lgl(text, size))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: is an LGL graph ('# a' names the vertex whose neighbours follow), which is not read: "
                       "write_graph(g, \"edges.txt\", format = \"edgelist\")",
                       e->path);
    if (graph_text_split(&t, e->path, text, size, "%", true, err) < 0) /* METIS: an empty line is a vertex without neighbours */
        return -1;
    if (graph_is_metis(&t)) {
        const int rc = graph_read_metis(e, &t, err);
        graph_text_free(&t);
        return rc;
    }
    graph_text_free(&t);
    if (graph_text_split(&t, e->path, text, size, "#%", false, err) < 0)
        return -1;
    const int rc = t.n == 0 ? bz_fail(err, BZ_BAD_INPUT, "%s: holds only comments, expected edges", e->path)
                            : read_split(e, &t, names_vartype(text, size), err);
    graph_text_free(&t);
    return rc;
}
