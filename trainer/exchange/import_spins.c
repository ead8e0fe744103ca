/* Energies over a graph, to be minimised: D-Wave's graph-restricted machines and dimod's models. All signs turn. */
#include "import.h"

#include "graph.h"
#include "json_text.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Nodes with their positions in layers, and edges between them. */
struct network {
    size_t n, n_edges;
    bool *hidden;  /* [n] */
    size_t *place; /* [n] in its layer */
    size_t count[2];
    double *bias, *weight; /* [n], [n_edges]: as energies */
    double *from, *to;     /* [n_edges] nodes */
};

static void network_free(struct network *g)
{
    bz_free_all(g->hidden, g->place, g->bias, g->weight, g->from, g->to);
}

static int place_nodes(struct network *g, struct bz_error *err)
{
    if (!(g->place = bz_alloc(g->n, sizeof(size_t), err)))
        return -1;
    for (size_t i = 0; i < g->n; i++)
        g->place[i] = g->count[g->hidden[i]]++;
    return 0;
}

/* Adds an edge to its coupling; both halves of a lateral one. */
static int add_edge(struct import *im, const struct network *g, size_t e, const size_t coupling[2][2], struct bz_error *err)
{
    if (!(g->from[e] >= 0 && g->from[e] < (double)g->n && g->to[e] >= 0 && g->to[e] < (double)g->n) || g->from[e] == g->to[e])
        return bz_fail(err, BZ_BAD_INPUT, "%s: edge %zu joins nodes %g and %g of %zu", im->b->path, e, g->from[e], g->to[e],
                       g->n);
    size_t a = (size_t)g->from[e], b = (size_t)g->to[e];
    if (g->hidden[a] && !g->hidden[b]) {
        const size_t t = a;
        a = b;
        b = t;
    }
    const size_t c = coupling[g->hidden[a]][g->hidden[b]], columns = im->machine->layers[im->machine->couplings[c].b].size;
    float *w = bz_machine_weight(im->machine, c);
    w[g->place[a] * columns + g->place[b]] -= (float)g->weight[e];
    if (g->hidden[a] == g->hidden[b])
        w[g->place[b] * columns + g->place[a]] -= (float)g->weight[e];
    return 0;
}

static int make_network(struct import *im, struct network *g, enum bz_unit unit, struct bz_error *err)
{
    bool used[2][2] = {{false}};
    size_t coupling[2][2] = {{0}}, n = 0;
    struct bz_coupling_spec couplings[3];
    for (size_t e = 0; e < g->n_edges; e++)
        if (g->from[e] >= 0 && g->from[e] < (double)g->n && g->to[e] >= 0 && g->to[e] < (double)g->n) {
            const bool a = g->hidden[(size_t)g->from[e]], b = g->hidden[(size_t)g->to[e]];
            used[a && b][a || b] = true; /* visible first */
        }
    for (size_t a = 0; a < 2; a++)
        for (size_t b = a; b < 2; b++)
            if (used[a][b]) {
                coupling[a][b] = n;
                couplings[n++] = (struct bz_coupling_spec){a, b};
            }
    const struct bz_layer_spec layers[2] = {{"visible", BZ_VISIBLE, unit, g->count[0], 1, false},
                                            {"hidden", BZ_HIDDEN, unit, g->count[1], 1, false}};
    if (g->count[0] == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: no visible node", im->b->path);
    if (g->count[1] > 0 && !used[0][1])
        return bz_fail(err, BZ_BAD_INPUT, "%s: no edge joins a visible node to a hidden one", im->b->path);
    if (n == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: no edge", im->b->path);
    if (bz_machine_new(&im->machine, g->count[1] && n == 1 ? "rbm" : "bm", layers, g->count[1] ? 2 : 1, couplings, n, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    for (size_t i = 0; i < g->n; i++)
        bz_machine_bias(im->machine, g->hidden[i])[g->place[i]] = (float)-g->bias[i];
    for (size_t e = 0; e < g->n_edges; e++)
        if (add_edge(im, g, e, coupling, err) < 0)
            return -1;
    return import_say(im, err, "energies to be minimised: all signs turned, each edge counted once; p ~ exp(-E) at beta 1");
}

/* --- D-Wave --- */

static const char *const dwave_now[] = {"_linear", "_quadratic", "_edge_idx_i", "_edge_idx_j", NULL}, *const dwave_before[] = {
                                                                                                          "h", "J",
                                                                                                          "edge_idx_i",
                                                                                                          "edge_idx_j", NULL};

/* Where the machine stands in a larger model: "prior." */
static bool dwave_prefix(const struct import *im, char prefix[256], const char *const **names)
{
    *names = dwave_now;
    if (import_prefix(im, "_linear", prefix, 256) && import_has(im, prefix, dwave_now))
        return true;
    *names = dwave_before;
    return import_prefix(im, "edge_idx_i", prefix, 256) && import_has(im, prefix, dwave_before);
}

static bool is_dwave(const struct import *im)
{
    const char *const *names;
    char prefix[256];
    return dwave_prefix(im, prefix, &names);
}

/* Version 0.1 clips its parameters to ranges before it uses them. */
static int clip(struct import *im, const char *range, double *x, size_t n, struct bz_error *err)
{
    double *r;
    size_t two = 2;
    if (!bundle_has_array(im->b, range))
        return 0;
    if (import_numbers(im, range, &r, &two, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < r[0] ? r[0] : x[i] > r[1] ? r[1] : x[i];
    bz_free(r);
    return 0;
}

static int mark_hidden(struct import *im, const char *name, struct network *g, struct bz_error *err)
{
    double *x;
    size_t n = 0;
    if (!bundle_has_array(im->b, name))
        return 0;
    const struct train_array *a = bundle_array(im->b, name, err);
    if (!a || a->npy.count == 0)
        return a ? 0 : -1;
    if (import_numbers(im, name, &x, &n, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (x[i] >= 0 && x[i] < (double)g->n)
            g->hidden[(size_t)x[i]] = true;
        else
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s names node %g of %zu", im->b->path, name, x[i], g->n);
    bz_free(x);
    return rc;
}

static int make_dwave(struct import *im, struct bz_error *err)
{
    const char *const *names = dwave_now;
    char prefix[256] = "", name[600];
    struct network g = {0};
    const bool before = dwave_prefix(im, prefix, &names) && names == dwave_before;
    int rc = import_numbers(im, import_under(prefix, names[0], name), &g.bias, &g.n, err);
    if (rc == 0)
        rc = import_numbers(im, import_under(prefix, names[1], name), &g.weight, &g.n_edges, err);
    if (rc == 0)
        rc = import_numbers(im, import_under(prefix, names[2], name), &g.from, &g.n_edges, err);
    if (rc == 0)
        rc = import_numbers(im, import_under(prefix, names[3], name), &g.to, &g.n_edges, err);
    if (rc == 0 && before &&
        (clip(im, import_under(prefix, "h_range", name), g.bias, g.n, err) < 0 ||
         clip(im, import_under(prefix, "j_range", name), g.weight, g.n_edges, err) < 0))
        rc = -1;
    if (rc == 0 && !(g.hidden = bz_alloc(g.n, sizeof(bool), err)))
        rc = -1;
    if (rc == 0)
        rc = mark_hidden(im, import_under(prefix, "_hidden_idx", name), &g, err);
    if (rc == 0)
        rc = place_nodes(&g, err);
    if (rc == 0)
        rc = make_network(im, &g, BZ_SPIN, err);
    if (rc == 0)
        rc = import_say(
            im, err, "spins of -1 and 1; the names of the nodes are not in the file: units are in the order of its nodes, %s",
            before ? "all visible (a file of version 0.1)" : "visible ones first");
    network_free(&g);
    return rc;
}

const struct import_program import_dwave = {"dwave", "D-Wave's graph-restricted Boltzmann machine", is_dwave, make_dwave};

/* --- dimod --- */

static const char *text_of(const struct import *im)
{
    return strcmp(im->b->form, "text") == 0 ? (const char *)bundle_bytes(im->b) : "";
}

static bool is_dimod(const struct import *im)
{
    const char *t = text_of(im);
    const size_t n = im->b->source.size;
    if (n > 8 && memcmp(bundle_bytes(im->b), "DIMODBQM", 8) == 0)
        return true;
    if (*t == '{')
        return strstr(t, "BinaryQuadraticModel") || (strstr(t, "linear_biases") && strstr(t, "quadratic_biases"));
    return strncmp(t, "# vartype=", 10) == 0 || strncmp(t, "p qubo", 6) == 0;
}

static int list_of(const cJSON *json, const char *name, double **out, size_t *n, struct import *im, struct bz_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, name), *item;
    size_t k = 0;
    if (!cJSON_IsArray(list))
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s: expected a list of numbers", im->b->path, name);
    *n = (size_t)cJSON_GetArraySize(list);
    if (!(*out = bz_alloc(*n, sizeof(double), err)))
        return -1;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s[%zu]: expected a finite number", im->b->path, name, k);
        (*out)[k++] = item->valuedouble;
    }
    return 0;
}

/* Names given to units by people; whole numbers counting from 0 do not count as names. */
static int take_labels(struct import *im, const cJSON *json, struct bz_error *err)
{
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(json, "variable_labels"), *item;
    struct bz_layer *layer = &im->machine->layers[0];
    size_t k = 0;
    bool named = false;
    if (!cJSON_IsArray(labels) || (size_t)cJSON_GetArraySize(labels) != layer->size)
        return 0;
    cJSON_ArrayForEach(item, labels) named = named || !cJSON_IsNumber(item) || item->valuedouble != (double)k++;
    if (!named)
        return 0;
    if (!(layer->categories = bz_alloc(layer->size, sizeof(char *), err)))
        return -1;
    cJSON_ArrayForEach(item, labels)
    {
        char *text = cJSON_IsString(item) ? bz_strdup(item->valuestring, err)
                                          : bz_json_print(cJSON_Duplicate(item, true), "a label", err);
        if (!(layer->categories[layer->n_categories] = text))
            return -1;
        layer->n_categories++;
    }
    return 0;
}

static int make_json(struct import *im, const cJSON *json, struct bz_error *err)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(json, "variable_type"),
                *bytes = cJSON_GetObjectItemCaseSensitive(json, "use_bytes");
    struct network g = {0};
    size_t heads = 0, tails = 0;
    if (cJSON_IsTrue(bytes))
        return import_refuse(im, err, "its numbers are packed (use_bytes): bqm.to_serializable() without use_bytes");
    const bool spin = cJSON_IsString(type) && strcmp(type->valuestring, "SPIN") == 0;
    if (!spin && !(cJSON_IsString(type) && strcmp(type->valuestring, "BINARY") == 0))
        return bz_fail(err, BZ_BAD_INPUT, "%s: variable_type: expected SPIN or BINARY", im->b->path);
    int rc = list_of(json, "linear_biases", &g.bias, &g.n, im, err);
    if (rc == 0)
        rc = list_of(json, "quadratic_biases", &g.weight, &g.n_edges, im, err);
    if (rc == 0)
        rc = list_of(json, "quadratic_head", &g.from, &heads, im, err);
    if (rc == 0)
        rc = list_of(json, "quadratic_tail", &g.to, &tails, im, err);
    const cJSON *told = cJSON_GetObjectItemCaseSensitive(json, "num_variables");
    if (rc == 0 && cJSON_IsNumber(told) && told->valuedouble != (double)g.n)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: num_variables %g, but %zu linear biases", im->b->path, told->valuedouble, g.n);
    if (rc == 0 && (heads != g.n_edges || tails != g.n_edges))
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: %zu quadratic biases, %zu heads, %zu tails: expected as many of each", im->b->path,
                     g.n_edges, heads, tails);
    if (rc == 0 && !(g.hidden = bz_alloc(g.n, sizeof(bool), err)))
        rc = -1;
    if (rc == 0)
        rc = place_nodes(&g, err);
    if (rc == 0)
        rc = make_network(im, &g, spin ? BZ_SPIN : BZ_BERNOULLI, err);
    if (rc == 0)
        rc = take_labels(im, json, err);
    network_free(&g);
    return rc;
}

/* Lines `i j w`, biases `i i w`; the kind of variables stands in a comment, or the file is a QUBO. */
static int make_list(struct import *im, struct bz_error *err)
{
    const char *t = text_of(im);
    const bool spin = strstr(t, "vartype=SPIN"),
               binary = strstr(t, "vartype=BINARY") || strncmp(t, "p qubo", 6) == 0 || strncmp(t, "c ", 2) == 0;
    struct train_graph graph;
    struct network g = {0};
    if (spin == binary)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: the file does not say whether its variables are -1 and 1 or 0 and 1: put a line '# vartype=SPIN' "
                       "or '# vartype=BINARY' first",
                       im->b->path);
    if (train_graph_parse(&graph, im->b->path, t, im->b->source.size, &(struct train_graph_options){.base = -1}, err) < 0)
        return -1;
    g.n = graph.n_units ? graph.n_units : graph.most;
    if (g.n > 16 * (graph.n_edges + graph.n_biases) + 1024) {
        train_graph_free(&graph);
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu variables in a file of a few lines, expected numbers that count them",
                       im->b->path, g.n);
    }
    g.n_edges = graph.n_edges;
    g.bias = bz_alloc(g.n, sizeof(double), err);
    g.weight = bz_alloc(g.n_edges, sizeof(double), err);
    g.from = bz_alloc(g.n_edges, sizeof(double), err);
    g.to = bz_alloc(g.n_edges, sizeof(double), err);
    g.hidden = bz_alloc(g.n, sizeof(bool), err);
    int rc = g.bias && g.weight && g.from && g.to && g.hidden ? 0 : -1;
    for (size_t e = 0; rc == 0 && e < g.n_edges; e++) {
        g.from[e] = graph.i[e];
        g.to[e] = graph.j[e];
        g.weight[e] = graph.weight && !isnan(graph.weight[e]) ? graph.weight[e] : 0;
    }
    for (size_t i = 0; rc == 0 && i < graph.n_biases; i++)
        g.bias[graph.unit[i]] = graph.bias[i];
    train_graph_free(&graph);
    if (rc == 0)
        rc = place_nodes(&g, err);
    if (rc == 0)
        rc = make_network(im, &g, spin ? BZ_SPIN : BZ_BERNOULLI, err);
    network_free(&g);
    return rc;
}

static int make_dimod(struct import *im, struct bz_error *err)
{
    if (strcmp(im->b->form, "text") != 0)
        return import_refuse(
            im, err, "is dimod's own binary form (DIMODBQM): json.dump(bqm.to_serializable(), open(\"bqm.json\", \"w\"))");
    if (text_of(im)[0] != '{')
        return make_list(im, err);
    cJSON *json = cJSON_ParseWithLength(text_of(im), im->b->source.size);
    if (!json)
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged JSON", im->b->path);
    const int rc = make_json(im, json, err);
    cJSON_Delete(json);
    return rc;
}

const struct import_program import_dimod = {"dimod", "dimod's binary quadratic model", is_dimod, make_dimod};
