/* Edges of a graph, for --graph: which units of a layer are coupled. */
#ifndef TRAIN_GRAPH_H
#define TRAIN_GRAPH_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct train_graph {
    size_t n_edges;
    uint32_t *i, *j; /* [n_edges] units from 0, i < j, in ascending order, each pair once */
    double *weight;  /* [n_edges] as the file has them, NaN where a line has none; NULL if no line has one */
    size_t n_biases; /* lines `i i w` of files that hold energies, else 0 */
    uint32_t *unit;  /* [n_biases] ascending */
    double *bias;    /* [n_biases] as the file has them */
    bool energies;   /* weights and biases are energies to be minimised (QUBO, dimod): W = -weight, b = -bias */

    size_t n_units;    /* as the file says; 0 = it does not, and units without an edge are lost in it */
    size_t most;       /* 1 + the largest unit of an edge or bias */
    char **names;      /* [n_names] vertices that are words, in the order of their units; NULL = they are numbers */
    size_t n_names;    /* */
    int base;          /* the number of the first unit in the file; -1 where vertices are words */
    bool base_assumed; /* the file does not show the base */
    char how[200];     /* how it was understood, for people: "edge list, counted from 1 (...), ..." */
};

struct train_graph_options {
    int base;           /* --base 0 or 1; -1 = detect */
    size_t n_units;     /* of the layer; 0 = unknown. A vertex beyond is an error */
    char *const *names; /* [n_units] names of the units, for files whose vertices are words; NULL = none */
};

/* Reads a graph: lines of two vertices and perhaps a weight (also with a header, as CSV, as networkx writes them), pajek,
 * METIS, DIMACS, Gset, QUBO and dimod's lists, adjacency matrices. Repeated pairs are one edge; with two weights they are an
 * error, unless they are energies, which add up. Edges from a unit to itself are errors, except biases. *out is the caller's
 * (train_graph_free). BZ_BAD_INPUT names file and line. */
int train_graph_read(struct train_graph *out, const char *path, const struct train_graph_options *o, struct bz_error *err);
/* The same from text in memory. */
int train_graph_parse(struct train_graph *out, const char *path, const char *text, size_t size,
                      const struct train_graph_options *o, struct bz_error *err);
void train_graph_free(struct train_graph *g); /* what it holds; NULL is fine */

#endif
