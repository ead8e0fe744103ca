/* Lines of a graph file and the edges gathered from them, before vertices become units. Shared by the readers of graphs. */
#ifndef TRAIN_GRAPH_LINES_H
#define TRAIN_GRAPH_LINES_H

#include "graph.h"

struct graph_field {
    const char *text; /* length bytes, quotes undone, no 0 */
    size_t length;
};

/* A line that is neither empty nor a comment (unless wanted). */
struct graph_line {
    struct graph_field *fields; /* [n] */
    size_t n, number;           /* line number, from 1 */
};

/* All lines of a text. */
struct graph_text {
    const char *path;
    struct graph_line *lines; /* [n] */
    struct graph_field *fields;
    size_t n, n_fields, n_lines; /* n_lines: with empty ones and comments */
    bool commas;                 /* fields are separated by commas, else by blanks and tabs */
    bool networkx_dates;         /* a comment "# GMT ...": networkx' adjacency lists begin so */
};
/* comment: characters that begin a comment line; empty: keep empty lines (METIS). */
int graph_text_split(struct graph_text *t, const char *path, const char *text, size_t size, const char *comment, bool empty,
                     struct bz_error *err);
void graph_text_free(struct graph_text *t);

bool graph_field_is(const struct graph_field *f, const char *word); /* whatever the case */
bool graph_field_whole(const struct graph_field *f, size_t *out);   /* a whole number >= 0 that fits */
bool graph_field_number(const struct graph_field *f, double *out);  /* a finite number */

/* Edges as the file has them. */
struct graph_edge {
    size_t from, to; /* numbers in the file, or indices among the words */
    double weight;   /* NaN = none */
    size_t line;
};
struct graph_edges {
    const char *path;
    struct graph_edge *edges; /* [n], room for more */
    size_t n, room;
    const char *kind; /* for people: "edge list" */
    int base;         /* of the format; -1 = not yet known */
    bool energies;    /* lines i i w are biases, repeated pairs add up */
    bool both_ends;   /* every edge is listed at both its vertices */
    size_t n_units;   /* as the file says, or 0 */
    char **names;     /* [n_names] or NULL */
    size_t n_names, names_room;
};
/* Adds the edge of line `line`; weight NaN if the file gives none. */
int graph_add(struct graph_edges *e, size_t from, size_t to, double weight, size_t line, struct bz_error *err);
/* The index of a word among the vertices, in order of appearance. */
int graph_vertex_of_word(struct graph_edges *e, const struct graph_field *f, size_t *out, struct bz_error *err);

/* The readers of lines. */
int graph_read_pajek(struct graph_edges *e, const char *text, size_t size, struct bz_error *err);
int graph_read_problem(struct graph_edges *e, const char *text, size_t size,
                       struct bz_error *err);                                                    /* lines c, p: DIMACS, QUBO */
int graph_read_list(struct graph_edges *e, const char *text, size_t size, struct bz_error *err); /* all others */
bool graph_is_metis(const struct graph_text *t);
int graph_read_metis(struct graph_edges *e, const struct graph_text *t, struct bz_error *err);

/* Whether a file is a matrix in one of the formats of data, and its nonzero elements as edges. */
struct train_table;
bool graph_is_matrix_file(const uint8_t *data, size_t size);
int graph_of_table(struct graph_edges *e, const struct train_table *t, struct bz_error *err);

#endif
