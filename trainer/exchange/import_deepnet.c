/* deepnet's models: protocol buffers by their wire format. Layers and edges become a machine's. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_LAYERS = 16, MOST_EDGES = 32 };

/* A run of fields. */
struct wire {
    const uint8_t *at, *end;
};

struct field {
    unsigned number, kind; /* kind 0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes */
    uint64_t value;        /* kinds 0, 1, 5 */
    struct wire bytes;     /* kind 2 */
};

static bool varint(struct wire *w, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && w->at < w->end; shift += 7) {
        const uint8_t b = *w->at++;
        *out |= (uint64_t)(b & 127) << shift;
        if (!(b & 128))
            return true;
    }
    return false;
}

/* 1, 0 at the end, -1 if the bytes are not fields. */
static int next_field(struct wire *w, struct field *f)
{
    uint64_t key, n;
    if (w->at == w->end)
        return 0;
    if (!varint(w, &key) || key >> 3 == 0 || key >> 3 > 1 << 20)
        return -1;
    *f = (struct field){.number = (unsigned)(key >> 3), .kind = (unsigned)(key & 7)};
    if (f->kind == 0)
        return varint(w, &f->value) ? 1 : -1;
    if (f->kind == 2) {
        if (!varint(w, &n) || n > (uint64_t)(w->end - w->at))
            return -1;
        f->bytes = (struct wire){w->at, w->at + n};
        w->at += n;
        return 1;
    }
    const size_t size = f->kind == 1 ? 8 : f->kind == 5 ? 4 : 0;
    if (!size || (size_t)(w->end - w->at) < size)
        return -1;
    memcpy(&f->value, w->at, size);
    w->at += size;
    return 1;
}

static float float_of(const struct field *f)
{
    float x;
    memcpy(&x, &f->value, sizeof(x));
    return x;
}

struct parameter {
    char name[64];
    struct wire mat;
    uint64_t rows; /* as told; 0 = not */
};

struct node {
    char name[64];
    size_t dimensions, labels;
    bool is_input, is_output, unreplicated, normalized, prior;
    unsigned activation;
    struct parameter bias, precision;
};

struct edge {
    char from[64], to[64];
    bool directed;
    float up, down;
    struct parameter weight;
};

struct model {
    struct node nodes[MOST_LAYERS];
    struct edge edges[MOST_EDGES];
    size_t n_nodes, n_edges;
};

static void text(const struct field *f, char out[64])
{
    const size_t n = (size_t)(f->bytes.end - f->bytes.at);
    snprintf(out, 64, "%.*s", (int)(n < 63 ? n : 63), (const char *)f->bytes.at);
}

static int read_parameter(struct wire w, struct parameter *p)
{
    struct field f;
    int rc;
    *p = (struct parameter){0};
    while ((rc = next_field(&w, &f)) > 0)
        if (f.number == 1 && f.kind == 2)
            text(&f, p->name);
        else if (f.number == 2 && f.kind == 2)
            p->mat = f.bytes;
        else if (f.number == 3 && f.kind == 0 && p->rows == 0)
            p->rows = f.value;
    return rc;
}

static int read_node(struct wire w, struct node *n)
{
    struct field f;
    struct parameter p;
    int rc;
    *n = (struct node){.labels = 1};
    while ((rc = next_field(&w, &f)) > 0) {
        if (f.number == 1 && f.kind == 2)
            text(&f, n->name);
        else if (f.number == 3 && f.kind == 0)
            n->dimensions = (size_t)f.value;
        else if (f.number == 4 && f.kind == 0)
            n->labels = (size_t)f.value;
        else if (f.number == 7 && f.kind == 0)
            n->is_input = f.value;
        else if (f.number == 8 && f.kind == 0)
            n->is_output = f.value;
        else if (f.number == 16 && f.kind == 0)
            n->unreplicated = !f.value;
        else if (f.number == 5 && f.kind == 2) {
            if (read_parameter(f.bytes, &p) < 0)
                return -1;
            if (strcmp(p.name, "bias") == 0)
                n->bias = p;
            else if (strcmp(p.name, "precision") == 0)
                n->precision = p;
        } else if (f.number == 10 && f.kind == 2) {
            struct wire inner = f.bytes;
            struct field h;
            while ((rc = next_field(&inner, &h)) > 0)
                if (h.number == 17 && h.kind == 0)
                    n->activation = (unsigned)h.value;
                else if (h.number == 27 && h.kind == 0)
                    n->normalized = h.value;
                else if (h.number == 51 && h.kind == 0)
                    n->prior = h.value;
            if (rc < 0)
                return -1;
        }
    }
    return rc;
}

static int read_edge(struct wire w, struct edge *e)
{
    struct field f;
    int rc;
    *e = (struct edge){.directed = true, .up = 1, .down = 1};
    while ((rc = next_field(&w, &f)) > 0) {
        struct parameter p;
        if (f.number == 1 && f.kind == 2)
            text(&f, e->from);
        else if (f.number == 2 && f.kind == 2)
            text(&f, e->to);
        else if (f.number == 3 && f.kind == 0)
            e->directed = f.value;
        else if (f.number == 9 && f.kind == 5)
            e->up = float_of(&f);
        else if (f.number == 10 && f.kind == 5)
            e->down = float_of(&f);
        else if (f.number == 4 && f.kind == 2) {
            if (read_parameter(f.bytes, &p) < 0)
                return -1;
            if (strcmp(p.name, "weight") == 0)
                e->weight = p;
        }
    }
    return rc;
}

static int read_model(const struct bundle *b, struct model *m)
{
    struct wire w = {bundle_bytes(b), bundle_bytes(b) + b->source.size};
    struct field f;
    bool named = false;
    int rc;
    while ((rc = next_field(&w, &f)) > 0) {
        named = named || (f.number == 1 && f.kind == 2);
        if (f.number == 3 && f.kind == 2 && (m->n_nodes == MOST_LAYERS || read_node(f.bytes, &m->nodes[m->n_nodes++]) < 0))
            return -1;
        if (f.number == 4 && f.kind == 2 && (m->n_edges == MOST_EDGES || read_edge(f.bytes, &m->edges[m->n_edges++]) < 0))
            return -1;
    }
    return rc == 0 && named && m->n_nodes > 1 && m->n_edges > 0 ? 0 : -1;
}

static bool is_deepnet(const struct import *im)
{
    struct model m = {0};
    return (strcmp(im->b->form, "bytes") == 0 || strcmp(im->b->form, "text") == 0) && im->b->source.size > 16 &&
           bundle_bytes(im->b)[0] == 0x0a && read_model(im->b, &m) == 0;
}

/* Raw float32 [rows, columns]; the count is checked, and of a matrix its rows. */
static int floats(struct import *im, const char *what, const struct parameter *p, float *out, size_t rows, size_t columns,
                  struct bz_error *err)
{
    const size_t n = rows * columns; /* of layers that a machine has: no overflow */
    if (rows > 1 && columns > 1 && p->rows && p->rows != rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s have %llu rows, expected %zu x %zu", im->b->path, what,
                       (unsigned long long)p->rows, rows, columns);
    const size_t have = (size_t)(p->mat.end - p->mat.at) / 4;
    if (have != n)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s holds %zu numbers, expected %zu", im->b->path, what, have, n);
    if (n > 0)
        memcpy(out, p->mat.at, 4 * n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]))
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s, element %zu: %g, expected a finite number", im->b->path, what, i,
                           (double)out[i]);
    return 0;
}

static int layer_of(struct import *im, const struct model *m, const struct node *n, struct bz_layer_spec *out,
                    struct bz_error *err)
{
    static const struct {
        unsigned activation;
        enum bz_unit unit;
    } units[] = {{0, BZ_GAUSSIAN}, {1, BZ_BERNOULLI}, {5, BZ_SOFTMAX}, {6, BZ_MULTINOMIAL}};
    size_t k = 0, visible = 0;
    while (k < 4 && units[k].activation != n->activation)
        k++;
    if (k == 4)
        return import_refuse(im, err, "layer %s has units (activation %u) that boltz has no counterpart of", n->name,
                             n->activation);
    for (size_t i = 0; i < m->n_nodes; i++)
        visible += m->nodes[i].is_input;
    const bool softmax = units[k].unit == BZ_SOFTMAX, counts = units[k].unit == BZ_MULTINOMIAL;
    const bool label = softmax && n->dimensions == 1 && visible + !n->is_input > 1; /* one choice, beside other data */
    if (counts && n->unreplicated)
        return import_refuse(
            im, err, "layer %s has replicate_bias false: its hidden biases do not count with the words, as they do here",
            n->name);
    if (counts && n->prior)
        return import_refuse(im, err, "layer %s multiplies its counts by a prior, which the machine would not know of",
                             n->name);
    if (n->dimensions == 0 || n->dimensions > BZ_MAX_UNITS || n->labels == 0 || n->labels > BZ_MAX_UNITS)
        return bz_fail(err, BZ_BAD_INPUT, "%s: layer %s has %zu x %zu units", im->b->path, n->name, n->dimensions, n->labels);
    *out = (struct bz_layer_spec){n->name,
                                  label                    ? BZ_LABEL
                                  : n->is_input || softmax ? BZ_VISIBLE
                                                           : BZ_HIDDEN,
                                  units[k].unit,
                                  n->dimensions * n->labels,
                                  softmax ? n->dimensions : 1,
                                  false};
    return counts && n->normalized
               ? import_say(im, err, "layer %s normalises the words of a row to a constant number: give it such counts",
                            n->name)
               : 0;
}

/* Data are multiplied by the precision p = 1 / deviation before anything else: b / p, rows / p. */
static int scale_gaussian(struct import *im, const struct model *m, size_t l, struct bz_error *err)
{
    struct bz_machine *x = im->machine;
    const size_t n = x->layers[l].size;
    float *p = bz_alloc(n, sizeof(float), err);
    int rc = p ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < n; i++)
        p[i] = 1;
    if (rc == 0 && m->nodes[l].precision.mat.at)
        rc = floats(im, "a precision", &m->nodes[l].precision, p, n, 1, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (!(p[i] > 0))
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: layer %s, unit %zu has the precision %g", im->b->path, x->layers[l].name, i,
                         (double)p[i]);
        bz_machine_log_sigma(x, l)[i] = (float)-log((double)p[i]);
        bz_machine_bias(x, l)[i] /= p[i];
    }
    for (size_t c = 0; rc == 0 && c < x->n_couplings; c++) {
        const size_t a = x->couplings[c].a, b = x->couplings[c].b, wide = x->layers[b].size;
        float *w = bz_machine_weight(x, c);
        for (size_t k = 0; k < x->layers[a].size * wide; k++)
            w[k] /= a == l ? p[k / wide] : b == l ? p[k % wide] : 1;
    }
    bz_free(p);
    return rc;
}

static long find_node(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        if (strcmp(m->nodes[i].name, name) == 0)
            return (long)i;
    return -1;
}

static int check_edges(struct import *im, const struct model *m, struct bz_coupling_spec *couplings, struct bz_error *err)
{
    for (size_t e = 0; e < m->n_edges; e++) {
        const struct edge *x = &m->edges[e];
        const long a = find_node(m, x->from), b = find_node(m, x->to);
        if (a < 0 || b < 0)
            return bz_fail(err, BZ_BAD_INPUT, "%s: an edge from %s to %s, of which there is no layer", im->b->path, x->from,
                           x->to);
        if (x->directed)
            return import_refuse(im, err,
                                 "the edge from %s to %s is directed: a feed-forward network, which is no Boltzmann machine",
                                 x->from, x->to);
        if (x->up != 1 || x->down != 1)
            return import_refuse(im, err,
                                 "the edge from %s to %s has the factors %g up and %g down (a part of a deep machine's "
                                 "pretraining), which is no Boltzmann machine",
                                 x->from, x->to, (double)x->up, (double)x->down);
        couplings[e] = (struct bz_coupling_spec){(size_t)a, (size_t)b};
    }
    return 0;
}

static int make_deepnet(struct import *im, struct bz_error *err)
{
    struct model m = {0};
    struct bz_layer_spec layers[MOST_LAYERS];
    struct bz_coupling_spec couplings[MOST_EDGES];
    if (read_model(im->b, &m) < 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: damaged model of deepnet", im->b->path);
    for (size_t l = 0; l < m.n_nodes; l++)
        if (layer_of(im, &m, &m.nodes[l], &layers[l], err) < 0)
            return -1;
    if (check_edges(im, &m, couplings, err) < 0)
        return -1;
    if (bz_machine_new(&im->machine, m.n_nodes > 2 ? "dbm" : "rbm", layers, m.n_nodes, couplings, m.n_edges, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    for (size_t l = 0; l < m.n_nodes; l++)
        if (floats(im, m.nodes[l].name, &m.nodes[l].bias, bz_machine_bias(im->machine, l), layers[l].size, 1, err) < 0)
            return -1;
    for (size_t c = 0; c < m.n_edges; c++)
        if (floats(im, "an edge's weights", &m.edges[c].weight, bz_machine_weight(im->machine, c), layers[couplings[c].a].size,
                   layers[couplings[c].b].size, err) < 0)
            return -1;
    for (size_t l = 0; l < m.n_nodes; l++)
        if (layers[l].unit == BZ_GAUSSIAN && scale_gaussian(im, &m, l, err) < 0)
            return -1;
    return import_say(im, err, "weights [node1, node2], float32; no factor of two");
}

const struct import_program import_deepnet = {"deepnet", "deepnet", is_deepnet, make_deepnet};
