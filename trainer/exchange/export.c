#include "export.h"

#include "float_text.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*write)(const struct bz_machine *m, const char *path, struct bz_error *err);
} targets[] = {
    {"sklearn", export_sklearn},   {"rbms", export_rbms},
    {"adabmdca", export_adabmdca}, {"julia", export_julia},
    {"dwave", export_dwave},       {"bqm", export_bqm},
    {"ccmpred", export_ccmpred},   {"plmc", export_plmc},
    {"npz", export_npz},           {"safetensors", export_safetensors},
};
enum { N_TARGETS = sizeof(targets) / sizeof(targets[0]) };

void export_names(char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t k = 0; k < N_TARGETS && used < room; k++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", k ? "|" : "", targets[k].name);
}

static int refuse_exclusive(const struct bz_machine *m, struct bz_error *err)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (m->layers[l].exclusion.group)
            return bz_fail(err, BZ_UNSUPPORTED,
                           "layer \"%s\" is exclusive: bits of which at most one of a group is on, which no other program has "
                           "(boltz train --groups off makes a model of bits by themselves, which can be exported)",
                           m->layers[l].name);
    return 0;
}

int export_machine(const struct bz_machine *m, const char *name, const char *path, struct bz_error *err)
{
    const size_t n = strlen(path);
    char list[200];
    if (!name && (n < 4 || strcmp(path + n - 4, ".npz") != 0))
        return bz_fail(err, BZ_BAD_USAGE, "--out %s: expected a name that ends in .npz (scikit-learn), or --to PROGRAM", path);
    for (size_t k = 0; k < N_TARGETS; k++)
        if (strcmp(targets[k].name, name ? name : "sklearn") == 0)
            return refuse_exclusive(m, err) < 0 ? -1 : targets[k].write(m, path, err);
    export_names(list, sizeof(list));
    return bz_fail(err, BZ_BAD_USAGE, "--to %s: expected one of %s", name, list);
}

/* --- parameters without offsets --- */

float *export_weights(const struct bz_machine *m, size_t coupling, struct bz_error *err)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const size_t columns = m->layers[c->b].size, n = m->layers[c->a].size * columns; /* bounded by BZ_MAX_WEIGHTS where dense */
    size_t checked;
    if (bz_mul(&checked, m->layers[c->a].size, columns) < 0 || checked > BZ_MAX_WEIGHTS) {
        bz_fail(err, BZ_TOO_LARGE, "a coupling of %zu x %zu units, dense", m->layers[c->a].size, columns);
        return NULL;
    }
    float *w = bz_alloc(n, sizeof(float), err);
    if (!w)
        return NULL;
    if (!c->index)
        memcpy(w, c->weight, n * sizeof(float));
    for (size_t k = 0; c->index && k < c->n_entries; k++) {
        w[c->index[k][0] * columns + c->index[k][1]] = c->weight[k];
        if (c->a == c->b)
            w[c->index[k][1] * columns + c->index[k][0]] = c->weight[k];
    }
    return w;
}

/* The contribution of a neighbour's offset to a layer through one coupling: bias[i] -= W o, o over s^2 if couplings see it so.
 */
static int fold(const struct bz_machine *m, size_t coupling, size_t layer, double *bias, struct bz_error *err)
{
    const struct bz_coupling *c = &m->couplings[coupling];
    const size_t other = c->a == layer ? c->b : c->a, columns = m->layers[c->b].size;
    const struct bz_layer *from = &m->layers[other];
    if (!from->offset)
        return 0;
    float *w = export_weights(m, coupling, err);
    if (!w)
        return -1;
    for (size_t i = 0; i < m->layers[layer].size; i++)
        for (size_t k = 0; k < from->size; k++) {
            const double x = (double)w[c->a == layer ? i * columns + k : k * columns + i] * (double)from->offset[k];
            bias[i] -= from->unit == BZ_GAUSSIAN ? x / ((double)from->sigma[k] * (double)from->sigma[k]) : x;
        }
    bz_free(w);
    return 0;
}

double *export_biases(const struct bz_machine *m, size_t layer, struct bz_error *err)
{
    double *bias = bz_alloc(m->layers[layer].size, sizeof(double), err);
    for (size_t i = 0; bias && i < m->layers[layer].size; i++)
        bias[i] = (double)m->layers[layer].bias[i];
    for (size_t c = 0; bias && c < m->n_couplings; c++)
        if ((m->couplings[c].a == layer || m->couplings[c].b == layer) && fold(m, c, layer, bias, err) < 0) {
            bz_free(bias);
            return NULL;
        }
    return bias;
}

/* --- shapes of machines --- */

void export_rbm_close(struct export_rbm *r)
{
    bz_free_all(r->visible_bias, r->hidden_bias, r->weight);
    *r = (struct export_rbm){0};
}

int export_rbm_open(struct export_rbm *r, const struct bz_machine *m, const char *target, struct bz_error *err)
{
    *r = (struct export_rbm){0};
    if (m->n_layers != 2 || m->n_couplings != 1 || m->couplings[0].a == m->couplings[0].b ||
        bz_is_visible(&m->layers[0]) == bz_is_visible(&m->layers[1]))
        return bz_fail(
            err, BZ_UNSUPPORTED,
            "%zu layers and %zu couplings; %s has machines of one visible and one hidden layer with one coupling. The model "
            "file itself is plain safetensors, which Python reads",
            m->n_layers, m->n_couplings, target);
    const size_t v = bz_is_visible(&m->layers[0]) ? 0 : 1, h = 1 - v;
    r->visible = &m->layers[v];
    r->hidden = &m->layers[h];
    r->visible_bias = export_biases(m, v, err);
    r->hidden_bias = r->visible_bias ? export_biases(m, h, err) : NULL;
    float *w = r->hidden_bias ? export_weights(m, 0, err) : NULL;
    r->weight = w;
    if (w && m->couplings[0].a == h) { /* [hidden][visible]: turned */
        r->weight = bz_alloc(r->visible->size * r->hidden->size, sizeof(float), err);
        for (size_t i = 0; r->weight && i < r->visible->size; i++)
            for (size_t j = 0; j < r->hidden->size; j++)
                r->weight[i * r->hidden->size + j] = w[j * r->visible->size + i];
        bz_free(w);
    }
    if (r->weight)
        return 0;
    export_rbm_close(r);
    return -1;
}

void export_potts_close(struct export_potts *p)
{
    bz_free(p->bias);
    bz_free(p->weight);
    *p = (struct export_potts){0};
}

int export_potts_open(struct export_potts *p, const struct bz_machine *m, const char *target, struct bz_error *err)
{
    const struct bz_layer *l = &m->layers[0];
    *p = (struct export_potts){0};
    if (m->n_layers != 1 || m->n_couplings != 1 || l->unit != BZ_SOFTMAX)
        return bz_fail(err, BZ_UNSUPPORTED,
                       "%zu layers, the first of %s units; %s has machines of one visible softmax layer coupled to itself",
                       m->n_layers, bz_unit_name(l->unit), target);
    p->sites = l->groups;
    p->q = l->size / l->groups;
    if (p->q > 64)
        return bz_fail(err, BZ_UNSUPPORTED, "%zu states a site; %s has at most 64", p->q, target);
    for (size_t k = 0; l->n_categories == p->q && k < p->q && strlen(l->categories[k]) == 1; k++)
        p->letters[k] = l->categories[k][0];
    if (strlen(p->letters) != p->q)
        p->letters[0] = 0;
    p->bias = export_biases(m, 0, err);
    p->weight = p->bias ? export_weights(m, 0, err) : NULL;
    if (p->weight)
        return 0;
    export_potts_close(p);
    return -1;
}

/* --- texts --- */

int export_text_open(struct export_text *t, struct bz_error *err)
{
    *t = (struct export_text){0};
    t->to = bz_text_begin(&t->text, err);
    return t->to ? 0 : -1;
}

int export_text_save(struct export_text *t, const char *path, int rc, struct bz_error *err)
{
    return t->to ? bz_text_save(&t->text, "the text", path, rc, err) : -1;
}

void export_number(FILE *to, double x)
{
    char text[BZ_FLOAT_ROOM];
    bz_float_text((float)x, text);
    fputs(text, to);
}
