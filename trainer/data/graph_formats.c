/* Graphs in formats with a header: pajek, DIMACS, QUBO, METIS. */
#include "graph_lines.h"
#include "mem.h"

#include <math.h>
#include <string.h>

static int bad_line(const struct graph_edges *e, const struct graph_line *l, const char *wanted, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu of a %s: expected %s", e->path, l->number, e->kind, wanted);
}

/* Fields `at`, `at`+1 and, if there is one, `at`+2 of a line as an edge. */
static int add_line(struct graph_edges *e, const struct graph_line *l, size_t at, struct bz_error *err)
{
    size_t from, to;
    double weight = NAN;
    if (l->n < at + 2 || !graph_field_whole(&l->fields[at], &from) || !graph_field_whole(&l->fields[at + 1], &to) ||
        (l->n > at + 2 && !graph_field_number(&l->fields[at + 2], &weight)))
        return bad_line(e, l, "two vertices and perhaps a finite weight", err);
    return graph_add(e, from, to, weight, l->number, err);
}

int graph_read_pajek(struct graph_edges *e, const char *text, size_t size, struct bz_error *err)
{
    enum { NOWHERE, VERTICES, EDGES } part = NOWHERE;
    struct graph_text t;
    int rc = 0;
    e->kind = "pajek graph";
    e->base = 1;
    if (graph_text_split(&t, e->path, text, size, "%", false, err) < 0)
        return -1;
    for (size_t k = 0; k < t.n && rc == 0; k++) {
        const struct graph_line *l = &t.lines[k];
        if (l->fields[0].text[0] != '*') {
            if (part == EDGES)
                rc = add_line(e, l, 0, err);
            else if (part == NOWHERE)
                rc = bad_line(e, l, "*Vertices, *Edges or *Arcs", err);
        } else if (graph_field_is(&l->fields[0], "*vertices")) {
            part = VERTICES;
            if (l->n < 2 || !graph_field_whole(&l->fields[1], &e->n_units))
                rc = bad_line(e, l, "*Vertices and their number", err);
        } else if (graph_field_is(&l->fields[0], "*edges") || graph_field_is(&l->fields[0], "*arcs"))
            part = EDGES;
        else if (!graph_field_is(&l->fields[0], "*network"))
            rc = bad_line(e, l, "*Vertices, *Edges or *Arcs (lists of neighbours and matrices are not read)", err);
    }
    graph_text_free(&t);
    return rc;
}

/* "p qubo 0 nodes diagonals couplers" or "p KIND vertices edges". */
static int read_problem_line(struct graph_edges *e, const struct graph_line *l, struct bz_error *err)
{
    const bool qubo = l->n >= 2 && graph_field_is(&l->fields[1], "qubo");
    const size_t at = qubo ? 3 : 2;
    if (l->n <= at || !graph_field_whole(&l->fields[at], &e->n_units))
        return bad_line(e, l, qubo ? "p qubo 0 NODES DIAGONALS COUPLERS" : "p KIND VERTICES EDGES", err);
    e->kind = qubo ? "QUBO" : "DIMACS graph";
    e->base = qubo ? 0 : 1;
    e->energies = qubo;
    return 0;
}

int graph_read_problem(struct graph_edges *e, const char *text, size_t size, struct bz_error *err)
{
    struct graph_text t;
    int rc = 0;
    bool begun = false;
    e->kind = "DIMACS graph";
    if (graph_text_split(&t, e->path, text, size, "", false, err) < 0)
        return -1;
    for (size_t k = 0; k < t.n && rc == 0; k++) {
        const struct graph_line *l = &t.lines[k];
        if (graph_field_is(&l->fields[0], "c") || graph_field_is(&l->fields[0], "n"))
            continue; /* n: describes a vertex; not an edge */
        if (graph_field_is(&l->fields[0], "p")) {
            rc = read_problem_line(e, l, err);
            begun = true;
        } else if (!begun)
            rc = bad_line(e, l, "a line 'p ...' first", err);
        else
            rc =
                add_line(e, l, !e->energies && (graph_field_is(&l->fields[0], "e") || graph_field_is(&l->fields[0], "a")), err);
    }
    graph_text_free(&t);
    return rc;
}

/* --- METIS: "vertices edges [format [weights a vertex]]", then a line for each vertex with all its neighbours --- */

struct metis {
    size_t vertices, edges, before; /* fields before the neighbours: size and weights of the vertex */
    bool weights;
};

static bool metis_head(const struct graph_text *t, struct metis *m)
{
    size_t format = 0, per_vertex = 1;
    const struct graph_line *l = &t->lines[0];
    if (t->n == 0 || l->n < 2 || l->n > 4 || !graph_field_whole(&l->fields[0], &m->vertices) ||
        !graph_field_whole(&l->fields[1], &m->edges) || (l->n > 2 && !graph_field_whole(&l->fields[2], &format)) ||
        (l->n > 3 && !graph_field_whole(&l->fields[3], &per_vertex)) || per_vertex > 16)
        return false;
    m->weights = format % 10 == 1;
    m->before = (format / 100 == 1) + (format / 10 % 10 == 1 ? per_vertex : 0);
    return format % 10 <= 1 && format / 10 % 10 <= 1 && format / 100 <= 1;
}

/* Empty lines at the end are not vertices. */
static size_t metis_lines(const struct graph_text *t, size_t vertices)
{
    size_t n = t->n - 1;
    while (n > vertices && t->lines[n].n == 0)
        n--;
    return n;
}

bool graph_is_metis(const struct graph_text *t)
{
    struct metis m = {0};
    if (t->n < 2 || !metis_head(t, &m) || m.vertices < 2 || metis_lines(t, m.vertices) != m.vertices)
        return false;
    size_t ends = 0, vertex;
    for (size_t k = 1; k <= m.vertices; k++) {
        const size_t n = t->lines[k].n;
        if (n < m.before || (n - m.before) % (1 + m.weights) != 0)
            return false;
        for (size_t f = m.before; f < n; f += 1 + m.weights, ends++)
            if (!graph_field_whole(&t->lines[k].fields[f], &vertex) || vertex == 0 || vertex > m.vertices)
                return false;
    }
    return ends == 2 * m.edges;
}

int graph_read_metis(struct graph_edges *e, const struct graph_text *t, struct bz_error *err)
{
    struct metis m = {0};
    metis_head(t, &m);
    e->kind = "METIS graph";
    e->base = 1;
    e->n_units = m.vertices;
    e->both_ends = true;
    for (size_t k = 1; k <= m.vertices; k++) {
        const struct graph_line *l = &t->lines[k];
        for (size_t f = m.before; f < l->n; f += 1 + m.weights) {
            size_t other;
            double weight = NAN;
            graph_field_whole(&l->fields[f], &other);
            if (m.weights && !graph_field_number(&l->fields[f + 1], &weight))
                return bad_line(e, l, "a finite weight after each neighbour", err);
            if (graph_add(e, k, other, weight, l->number, err) < 0)
                return -1;
        }
    }
    return 0;
}
