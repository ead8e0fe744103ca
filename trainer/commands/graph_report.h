/* How a graph was understood, for `boltz check --graph`. */
#ifndef TRAIN_GRAPH_REPORT_H
#define TRAIN_GRAPH_REPORT_H

#include "graph.h"

#include <stdio.h>

/* One JSON object: kind of file, base, units, edges [[i, j], ...] from 0 with i < j, their weights, biases. */
void train_graph_json(const struct train_graph *g, FILE *to);
/* A few lines for people. */
void train_graph_print(const struct train_graph *g, const char *path, FILE *to);

#endif
