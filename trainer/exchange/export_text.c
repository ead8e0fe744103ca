/* Text and binary forms: adabmDCA, CCMpred, plmc, dimod's JSON, D-Wave's machine as a Python file. */
#include "export.h"

#include "file_write.h"
#include "mem.h"

#include <math.h>
#include <string.h>

/* --- adabmDCA --- */

/* A spin machine of one layer: J i j x, h i x. */
static int write_ising(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct export_text t;
    double *bias = export_biases(m, 0, err);
    float *w = bias ? export_weights(m, 0, err) : NULL;
    const size_t n = m->layers[0].size;
    int rc = w ? export_text_open(&t, err) : -1;
    for (size_t i = 0; rc == 0 && i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            fprintf(t.to, "J %zu %zu ", i, j);
            export_number(t.to, (double)w[i * n + j]);
            fputc('\n', t.to);
        }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        fprintf(t.to, "h %zu ", i);
        export_number(t.to, bias[i]);
        fputc('\n', t.to);
    }
    rc = rc == 0 ? export_text_save(&t, path, 0, err) : -1;
    bz_free(bias);
    bz_free(w);
    return rc;
}

static void write_state(FILE *to, const struct export_potts *p, size_t a)
{
    if (p->letters[0])
        fprintf(to, "%c ", p->letters[a]);
    else
        fprintf(to, "%zu ", a);
}

int export_adabmdca(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct export_potts p;
    struct export_text t;
    if (m->n_layers == 1 && m->n_couplings == 1 && m->layers[0].unit == BZ_SPIN)
        return write_ising(m, path, err);
    if (export_potts_open(&p, m, "adabmDCA", err) < 0)
        return -1;
    const size_t n = p.sites * p.q;
    bool some = false; /* its reader wants a line J at least */
    int rc = export_text_open(&t, err);
    for (size_t i = 0; rc == 0 && i < p.sites; i++)
        for (size_t j = i + 1; j < p.sites; j++)
            for (size_t s = 0; s < p.q * p.q; s++) {
                const float x = p.weight[(i * p.q + s / p.q) * n + j * p.q + s % p.q];
                if (x == 0 && (some || i + 2 < p.sites || s + 1 < p.q * p.q))
                    continue;
                some = true;
                fprintf(t.to, "J %zu %zu ", i, j);
                write_state(t.to, &p, s / p.q);
                write_state(t.to, &p, s % p.q);
                export_number(t.to, (double)x);
                fputc('\n', t.to);
            }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        fprintf(t.to, "h %zu ", i / p.q);
        write_state(t.to, &p, i % p.q);
        export_number(t.to, p.bias[i]);
        fputc('\n', t.to);
    }
    rc = rc == 0 ? export_text_save(&t, path, 0, err) : -1;
    export_potts_close(&p);
    return rc;
}

/* --- CCMpred: its own order of letters; the gap's field is 0, which a constant a site makes so --- */

int export_ccmpred(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    static const char order[] = "ARNDCQEGHILKMFPSTWYV-";
    struct export_potts p;
    struct export_text t;
    size_t place[21] = {0};
    if (export_potts_open(&p, m, "CCMpred", err) < 0)
        return -1;
    int rc = p.q == 21 && p.letters[0]
                 ? 0
                 : bz_fail(err, BZ_UNSUPPORTED, "%zu states%s; CCMpred has the 20 amino acids and the gap, by letters", p.q,
                           p.letters[0] ? "" : " without letters");
    for (size_t k = 0; rc == 0 && k < 21; k++) {
        const char *found = strchr(p.letters, order[k]);
        if (!found)
            rc = bz_fail(err, BZ_UNSUPPORTED, "no state '%c' among the letters %s; CCMpred has the 20 amino acids and the gap",
                         order[k], p.letters);
        else
            place[k] = (size_t)(found - p.letters);
    }
    if (rc == 0)
        rc = export_text_open(&t, err);
    const size_t n = p.sites * p.q;
    for (size_t i = 0; rc == 0 && i < p.sites; i++)
        for (size_t k = 0; k < 20; k++) {
            export_number(t.to, p.bias[i * 21 + place[k]] - p.bias[i * 21 + place[20]]);
            fputc(k < 19 ? '\t' : '\n', t.to);
        }
    for (size_t i = 0; rc == 0 && i < p.sites; i++)
        for (size_t j = i + 1; j < p.sites; j++) {
            fprintf(t.to, "# %zu %zu\n", i, j);
            for (size_t s = 0; s < 441; s++) {
                export_number(t.to, (double)p.weight[(i * 21 + place[s / 21]) * n + j * 21 + place[s % 21]]);
                fputc(s % 21 < 20 ? '\t' : '\n', t.to);
            }
        }
    rc = rc == 0 ? export_text_save(&t, path, 0, err) : -1;
    export_potts_close(&p);
    return rc;
}

/* --- plmc --- */

static void put_ints(FILE *to, const int32_t *x, size_t n)
{
    fwrite(x, sizeof(*x), n, to);
}

static void put_float(FILE *to, double x)
{
    const float f = (float)x;
    fwrite(&f, sizeof(f), 1, to);
}

int export_plmc(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct export_potts p;
    struct export_text t;
    if (export_potts_open(&p, m, "plmc", err) < 0)
        return -1;
    int rc = p.letters[0] ? export_text_open(&t, err)
                          : bz_fail(err, BZ_UNSUPPORTED, "its states have no letters; plmc's files name them");
    const size_t n = p.sites * p.q;
    if (rc == 0) {
        put_ints(t.to, (const int32_t[]){(int32_t)p.sites, (int32_t)p.q, 0, 0, 0}, 5);
        for (size_t k = 0; k < 5; k++)
            put_float(t.to, 0);
        fwrite(p.letters, 1, p.q, t.to);
        for (size_t i = 0; i < p.sites; i++)
            fputc(p.letters[0], t.to);
        for (int32_t i = 0; i < (int32_t)p.sites; i++)
            put_ints(t.to, (const int32_t[]){i + 1}, 1);
        for (size_t i = 0; i < n; i++) /* frequencies, which a machine has not: uniform */
            put_float(t.to, 1 / (double)p.q);
        for (size_t i = 0; i < n; i++)
            put_float(t.to, p.bias[i]);
        for (size_t i = 0; i < p.sites * (p.sites - 1) / 2 * p.q * p.q; i++)
            put_float(t.to, 1 / (double)(p.q * p.q));
        for (size_t i = 0; i < p.sites; i++)
            for (size_t j = i + 1; j < p.sites; j++)
                for (size_t s = 0; s < p.q * p.q; s++)
                    put_float(t.to, (double)p.weight[(i * p.q + s / p.q) * n + j * p.q + s % p.q]);
    }
    rc = rc == 0 ? export_text_save(&t, path, 0, err) : -1;
    export_potts_close(&p);
    return rc;
}

/* --- energies over a graph --- */

/* All layers' units as nodes, all couplings that are not zero as edges; signs turned, for energies are minimised. */
struct network {
    const struct bz_machine *m;
    size_t n, n_edges;
    size_t *first; /* [n_layers] number of a layer's first node */
    double *linear;
    uint32_t (*edge)[2];
    double *quadratic;
};

static void network_close(struct network *g)
{
    bz_free_all(g->first, g->linear, g->edge, g->quadratic);
}

static int check_units(const struct bz_machine *m, const char *target, bool spins_only, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].unit != m->layers[0].unit ||
            (m->layers[l].unit != BZ_SPIN && (spins_only || m->layers[l].unit != BZ_BERNOULLI)))
            return bz_fail(err, BZ_UNSUPPORTED, "layer \"%s\" is %s; %s has %s", m->layers[l].name,
                           bz_unit_name(m->layers[l].unit), target,
                           spins_only ? "spins only" : "all units spin or all bernoulli");
    return 0;
}

static int take_edges(struct network *g, size_t coupling, bool count, struct bz_error *err)
{
    const struct bz_coupling *c = &g->m->couplings[coupling];
    const size_t columns = g->m->layers[c->b].size;
    float *w = export_weights(g->m, coupling, err);
    if (!w)
        return -1;
    for (size_t i = 0; i < g->m->layers[c->a].size; i++)
        for (size_t j = c->a == c->b ? i + 1 : 0; j < columns; j++) {
            if (w[i * columns + j] == 0)
                continue;
            if (!count) {
                g->edge[g->n_edges][0] = (uint32_t)(g->first[c->a] + i);
                g->edge[g->n_edges][1] = (uint32_t)(g->first[c->b] + j);
                g->quadratic[g->n_edges] = -(double)w[i * columns + j];
            }
            g->n_edges++;
        }
    bz_free(w);
    return 0;
}

static int network_open(struct network *g, const struct bz_machine *m, struct bz_error *err)
{
    *g = (struct network){.m = m};
    if (!(g->first = bz_alloc(m->n_layers, sizeof(size_t), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        g->first[l] = g->n;
        g->n += m->layers[l].size;
    }
    if (!(g->linear = bz_alloc(g->n, sizeof(double), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        double *bias = export_biases(m, l, err);
        if (!bias)
            return -1;
        for (size_t i = 0; i < m->layers[l].size; i++)
            g->linear[g->first[l] + i] = -bias[i];
        bz_free(bias);
    }
    for (int pass = 0; pass < 2; pass++) {
        const size_t edges = g->n_edges;
        g->n_edges = 0;
        if (pass &&
            (!(g->edge = bz_alloc(edges, sizeof(*g->edge), err)) || !(g->quadratic = bz_alloc(edges, sizeof(double), err))))
            return -1;
        for (size_t c = 0; c < m->n_couplings; c++)
            if (take_edges(g, c, pass == 0, err) < 0)
                return -1;
    }
    return 0;
}

/* A node's name as a JSON or Python text: its category, or layer and number. */
static void write_node(FILE *to, const struct network *g, size_t node)
{
    size_t l = g->m->n_layers - 1;
    while (node < g->first[l])
        l--;
    const struct bz_layer *layer = &g->m->layers[l];
    const size_t i = node - g->first[l];
    if (layer->n_categories == layer->size && !strpbrk(layer->categories[i], "\"\\\n"))
        fprintf(to, "\"%s\"", layer->categories[i]);
    else
        fprintf(to, "\"%s%zu\"", layer->name, i);
}

int export_bqm(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct network g;
    struct export_text t;
    if (check_units(m, "a binary quadratic model", false, err) < 0)
        return -1;
    int rc = network_open(&g, m, err);
    if (rc == 0)
        rc = export_text_open(&t, err);
    if (rc == 0) {
        fprintf(t.to,
                "{\"type\": \"BinaryQuadraticModel\", \"version\": {\"bqm_schema\": \"3.0.0\"}, \"use_bytes\": false, "
                "\"index_type\": \"int32\", \"bias_type\": \"float64\", \"num_variables\": %zu, "
                "\"num_interactions\": %zu, \"variable_labels\": [",
                g.n, g.n_edges);
        for (size_t i = 0; i < g.n; i++) {
            fputs(i ? ", " : "", t.to);
            write_node(t.to, &g, i);
        }
        fprintf(t.to, "], \"variable_type\": \"%s\", \"offset\": 0.0, \"info\": {}, \"linear_biases\": [",
                m->layers[0].unit == BZ_SPIN ? "SPIN" : "BINARY");
        for (size_t i = 0; i < g.n; i++) {
            fputs(i ? ", " : "", t.to);
            export_number(t.to, g.linear[i]);
        }
        fputs("], \"quadratic_biases\": [", t.to);
        for (size_t e = 0; e < g.n_edges; e++) {
            fputs(e ? ", " : "", t.to);
            export_number(t.to, g.quadratic[e]);
        }
        for (size_t side = 0; side < 2; side++) {
            fputs(side ? "], \"quadratic_tail\": [" : "], \"quadratic_head\": [", t.to);
            for (size_t e = 0; e < g.n_edges; e++)
                fprintf(t.to, "%s%u", e ? ", " : "", g.edge[e][side]);
        }
        fputs("]}\n", t.to);
        rc = export_text_save(&t, path, 0, err);
    }
    network_close(&g);
    return rc;
}

/* A Python file that makes the machine: its nodes have names, which a state_dict lacks. */
int export_dwave(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct network g;
    struct export_text t;
    if (check_units(m, "D-Wave's machine", true, err) < 0)
        return -1;
    for (size_t c = 0; c < m->n_couplings; c++)
        if (!bz_is_visible(&m->layers[m->couplings[c].a]) && !bz_is_visible(&m->layers[m->couplings[c].b]))
            return bz_fail(err, BZ_UNSUPPORTED,
                           "hidden units are coupled to hidden ones; D-Wave's machine has no such couplings");
    int rc = network_open(&g, m, err);
    if (rc == 0)
        rc = export_text_open(&t, err);
    if (rc == 0) {
        fputs("# E = sum linear s + sum quadratic s s over spins -1 and 1, to be minimised.\nlinear = {", t.to);
        for (size_t i = 0; i < g.n; i++) {
            fputs(i ? ", " : "", t.to);
            write_node(t.to, &g, i);
            fputs(": ", t.to);
            export_number(t.to, g.linear[i]);
        }
        fputs("}\nquadratic = {", t.to);
        for (size_t e = 0; e < g.n_edges; e++) {
            fputs(e ? ", (" : "(", t.to);
            write_node(t.to, &g, g.edge[e][0]);
            fputs(", ", t.to);
            write_node(t.to, &g, g.edge[e][1]);
            fputs("): ", t.to);
            export_number(t.to, g.quadratic[e]);
        }
        fputs("}\nhidden_nodes = [", t.to);
        bool some = false;
        for (size_t l = 0; l < m->n_layers; l++)
            for (size_t i = 0; !bz_is_visible(&m->layers[l]) && i < m->layers[l].size; i++, some = true) {
                fputs(some ? ", " : "", t.to);
                write_node(t.to, &g, g.first[l] + i);
            }
        fputs("]\n\n\ndef machine():\n    from dwave.plugins.torch.models import GraphRestrictedBoltzmannMachine\n\n"
              "    return GraphRestrictedBoltzmannMachine(list(linear), list(quadratic), hidden_nodes, linear, quadratic)\n",
              t.to);
        rc = export_text_save(&t, path, 0, err);
    }
    network_close(&g);
    return rc;
}
