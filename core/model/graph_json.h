/* The graph of a machine as JSON text: {"kind":…,"layers":[…],"couplings":[…]}. */
#ifndef BZ_GRAPH_JSON_H
#define BZ_GRAPH_JSON_H

#include "json_text.h"
#include "machine.h"

/* The part of a layer's text that a machine is not made from. */
struct bz_graph_look {
    size_t shape[BZ_MAX_RANK], rank;
    const cJSON *categories; /* an array of strings, or NULL; inside the graph's tree */
    uint32_t *group;         /* [size] of exclusive units; owned; else NULL */
    size_t counts;           /* of an average row of training; 0 = not known */
};

struct bz_graph {
    cJSON *tree;
    const char *kind;             /* inside tree, as are the layers' names */
    struct bz_layer_spec *layers; /* [n_layers] */
    struct bz_graph_look *looks;  /* [n_layers] */
    size_t n_layers;
    struct bz_coupling_spec *couplings; /* [n_couplings] */
    size_t n_couplings;
};

/* Reads the text. BZ_BAD_MODEL names the field: "layers[1].size: expected ..., found ...". Checks of the machine's constructor
 * (names, groups, repeated couplings) are left to it. */
int bz_graph_parse(struct bz_graph *out, const char *text, struct bz_error *err);
void bz_graph_free(struct bz_graph *g);

/* Gives a machine made from the graph its shapes, categories, usual counts and exclusions. */
int bz_graph_dress(const struct bz_graph *g, struct bz_machine *m, struct bz_error *err);

/* True if the graph's layers, shapes, categories, usual counts and couplings are those of the machine. */
bool bz_graph_is_of(const struct bz_graph *g, const struct bz_machine *m);

#endif
