/* Programs that pickle their own objects: PGM (Tubiana) and PyDeep. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- PGM --- */

static bool is_pgm(const struct import *im)
{
    return bundle_has_array(im->b, "weights") && (*import_class(im, "vlayer") || *import_class(im, "hlayer"));
}

/* Parameters of one layer. */
struct layer {
    enum bz_unit unit;
    size_t n;
    double *bias, *deviation, *factor, *below;
};

static void layer_free(struct layer *l)
{
    bz_free_all(l->bias, l->deviation, l->factor, l->below);
}

static int numbers(struct import *im, const char *layer, const char *name, double **out, size_t *n, struct bz_error *err)
{
    char path[64];
    snprintf(path, sizeof(path), "%s.%s", layer, name);
    return import_numbers(im, path, out, n, err);
}

/* gamma/2 x^2 + theta x, over all x or x >= 0: the sign of theta is the opposite of the Julia library's. */
static int read_precision(struct import *im, const char *layer, struct layer *l, bool relu, struct bz_error *err)
{
    double *gamma = NULL;
    int rc = numbers(im, layer, "theta", &l->bias, &l->n, err);
    if (rc == 0)
        rc = numbers(im, layer, "gamma", &gamma, &l->n, err);
    if (rc == 0 &&
        (!(l->deviation = bz_alloc(l->n, sizeof(double), err)) || !(l->factor = bz_alloc(l->n, sizeof(double), err))))
        rc = -1;
    for (size_t i = 0; rc == 0 && i < l->n; i++) {
        if (!(gamma[i] > 0))
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: %s.gamma, unit %zu: %g, expected a precision above 0", im->b->path, layer, i,
                         gamma[i]);
        l->deviation[i] = 1 / sqrt(gamma[i]);
        l->bias[i] = relu ? -l->bias[i] : -l->bias[i] / gamma[i];
        l->factor[i] = relu ? 1 : 1 / gamma[i];
    }
    l->unit = relu ? BZ_RELU : BZ_GAUSSIAN;
    bz_free(gamma);
    return rc;
}

/* gamma_plus/2 x^2 + theta_plus x for x >= 0, gamma_minus/2 x^2 - theta_minus x below; its ReLU has one gamma for both. */
static int read_two_sided(struct import *im, const char *layer, const char *type, struct layer *l, struct bz_error *err)
{
    const bool one = strcmp(type, "ReLU") == 0;
    const char *const names[4] = {one ? "gamma" : "gamma_plus", one ? "gamma" : "gamma_minus", "theta_plus", "theta_minus"};
    const char *what = layer[0] == 'v' ? "visible" : "hidden";
    double *x[4] = {NULL};
    struct import_half *h = NULL;
    struct import_side out = {0};
    char name[64];
    snprintf(name, sizeof(name), "%s.theta_plus", layer);
    if (!bundle_has_array(im->b, name))
        return import_refuse(im, err, "its %s units are %s without theta_plus, which boltz has no counterpart of", what, type);
    int rc = 0;
    for (int k = 0; rc == 0 && k < 4; k++)
        rc = numbers(im, layer, names[k], &x[k], &l->n, err);
    if (rc == 0 && !(h = bz_alloc(l->n, sizeof(*h), err)))
        rc = -1;
    for (size_t i = 0; rc == 0 && i < l->n; i++)
        h[i] = (struct import_half){{-x[2][i], x[3][i]}, {x[0][i], x[1][i]}};
    if (rc == 0)
        rc = import_halves(im, what, type, h, l->n, &out, err);
    l->unit = out.unit;
    l->bias = out.bias, l->deviation = out.deviation, l->factor = out.factor, l->below = out.below;
    for (int k = 0; k < 4; k++)
        bz_free(x[k]);
    bz_free(h);
    return rc;
}

static int read_layer(struct import *im, const char *layer, const char *attribute, struct layer *l, struct bz_error *err)
{
    char path[64];
    snprintf(path, sizeof(path), "%s.nature", layer);
    const char *type = bundle_text(im->b, attribute);
    if (!type)
        type = bundle_text(im->b, path);
    if (!type)
        return bz_fail(err, BZ_BAD_INPUT, "%s: the file does not say what its %s units are", im->b->path, attribute);
    if (strcmp(type, "Bernoulli") == 0 || strcmp(type, "Spin") == 0 || strcmp(type, "Potts") == 0) {
        l->unit = type[0] == 'B' ? BZ_BERNOULLI : type[0] == 'S' ? BZ_SPIN : BZ_SOFTMAX;
        return numbers(im, layer, "fields", &l->bias, &l->n, err);
    }
    if (strcmp(type, "Gaussian") == 0)
        return read_precision(im, layer, l, false, err);
    if (strcmp(type, "ReLUplus") == 0 || strcmp(type, "ReLU+") == 0)
        return read_precision(im, layer, l, true, err);
    if (strcmp(type, "dReLU") == 0 || strcmp(type, "ReLU") == 0)
        return read_two_sided(im, layer, type, l, err);
    return import_refuse(im, err, "its %s units are %s, which boltz has no counterpart of", attribute, type);
}

static const char *const pgm_letters[] = {"ACDEFGHIKLMNPQRSTVWY-", NULL};

static int make_pgm(struct import *im, struct bz_error *err)
{
    struct layer v = {0}, h = {0};
    struct import_rbm r = {.hidden_first = true, .weight = "weights"};
    int rc = read_layer(im, "vlayer", "visible", &v, err);
    if (rc == 0)
        rc = read_layer(im, "hlayer", "hidden", &h, err);
    const struct train_array *w = rc == 0 ? bundle_array(im->b, "weights", err) : NULL;
    if (!w)
        rc = -1;
    if (rc == 0 && v.unit == BZ_SOFTMAX) {
        if (w->npy.rank != 3)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: 'weights' has %zu dimensions, expected [hidden, sites, states]", im->b->path,
                         w->npy.rank);
        else {
            r.groups = w->npy.shape[1];
            rc = (r.letters = import_alphabet(im, w->npy.shape[2], pgm_letters, err)) ? 0 : -1;
        }
    }
    if (rc == 0) {
        r.visible_unit = v.unit, r.hidden_unit = h.unit, r.n_visible = v.n, r.n_hidden = h.n;
        r.visible_bias = v.bias, r.visible_deviation = v.deviation, r.visible_factor = v.factor;
        r.hidden_bias = h.bias, r.hidden_deviation = h.deviation, r.hidden_factor = h.factor, r.hidden_below = h.below;
        v = h = (struct layer){0};
        rc = import_rbm_make(im, &r, err);
    }
    if (rc == 0)
        rc = import_say(im, err,
                        "weights [hidden, visible]; fields0 and the like, the reference of its tempering, are left out");
    import_rbm_free(&r);
    layer_free(&v);
    layer_free(&h);
    return rc;
}

const struct import_program import_pgm = {"pgm", "PGM (Tubiana)", is_pgm, make_pgm};

/* --- PyDeep --- */

static bool is_pydeep(const struct import *im)
{
    static const char *const names[] = {"w", "bv", "bh", NULL}, *const deep[] = {"W1", "W2", "b1", "b2", "b3", NULL};
    const bool own = strncmp(import_class(im, ""), "pydeep", 6) == 0;
    /* without its class or its offsets, arrays of these names may be anyone's */
    return (import_has(im, "", names) && (own || bundle_has_array(im->b, "ov"))) || (own && import_has(im, "", deep));
}

/* W1 [visible, h1], W2 [h1, h2], biases and offsets of three layers: the energy as here. */
static int make_pydeep_deep(struct import *im, struct bz_error *err)
{
    double *bias[3] = {NULL}, *offset[3] = {NULL}, *w[2] = {NULL};
    size_t n[3] = {0}, cells;
    char name[8];
    int rc = 0;
    for (int l = 0; rc == 0 && l < 3; l++) {
        snprintf(name, sizeof(name), "b%d", l + 1);
        rc = import_numbers(im, name, &bias[l], &n[l], err);
        snprintf(name, sizeof(name), "o%d", l + 1);
        if (rc == 0 && bundle_has_array(im->b, name))
            rc = import_numbers(im, name, &offset[l], &n[l], err);
    }
    for (int c = 0; rc == 0 && c < 2; c++) {
        snprintf(name, sizeof(name), "W%d", c + 1);
        rc = bz_mul(&cells, n[c], n[c + 1]) < 0 ? bz_fail(err, BZ_TOO_LARGE, "%s: %s is too large", im->b->path, name)
                                                : import_numbers(im, name, &w[c], &cells, err);
    }
    const struct bz_layer_spec layers[3] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, n[0], 1, offset[0] != NULL},
                                            {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, n[1], 1, offset[1] != NULL},
                                            {"hidden2", BZ_HIDDEN, BZ_BERNOULLI, n[2], 1, offset[2] != NULL}};
    static const struct bz_coupling_spec couplings[2] = {{0, 1}, {1, 2}};
    if (rc == 0)
        rc = bz_machine_new(&im->machine, "dbm", layers, 3, couplings, 2, err);
    for (size_t l = 0; rc == 0 && l < 3; l++)
        for (size_t i = 0; i < n[l]; i++) {
            bz_machine_bias(im->machine, l)[i] = (float)bias[l][i];
            if (offset[l])
                bz_machine_offset(im->machine, l)[i] = (float)offset[l][i];
        }
    for (size_t c = 0; rc == 0 && c < 2; c++)
        for (size_t k = 0; k < n[c] * n[c + 1]; k++)
            bz_machine_weight(im->machine, c)[k] = (float)w[c][k];
    for (int l = 0; l < 3; l++) {
        bz_free_all(bias[l], offset[l], l < 2 ? w[l] : NULL);
    }
    return rc < 0 ? -1 : import_say(im, err, "a deep machine, centred with its offsets");
}

static int make_pydeep(struct import *im, struct bz_error *err)
{
    const char *class = import_class(im, "");
    const bool gaussian =
        strstr(class, "Gaussian") != NULL || bundle_has_array(im->b, "_sigma") || bundle_has_array(im->b, "sigma");
    struct import_rbm r = {.visible_unit = gaussian ? BZ_GAUSSIAN : BZ_BERNOULLI, .hidden_unit = BZ_BERNOULLI, .weight = "w"};
    if (!bundle_has_array(im->b, "bv"))
        return make_pydeep_deep(im, err);
    if (strstr(class, "Rect") || strstr(class, "Softmax") || strstr(class, "Label"))
        return import_refuse(im, err, "%s: units that boltz has no counterpart of", class);
    int rc = import_numbers(im, "bv", &r.visible_bias, &r.n_visible, err);
    if (rc == 0)
        rc = import_numbers(im, "bh", &r.hidden_bias, &r.n_hidden, err);
    if (rc == 0 && bundle_has_array(im->b, "ov"))
        rc = import_numbers(im, "ov", &r.visible_offset, &r.n_visible, err);
    if (rc == 0 && bundle_has_array(im->b, "oh"))
        rc = import_numbers(im, "oh", &r.hidden_offset, &r.n_hidden, err);
    const char *sigma = bundle_has_array(im->b, "sigma") ? "sigma" : "_sigma";
    if (rc == 0 && gaussian && bundle_has_array(im->b, sigma))
        rc = import_numbers(im, sigma, &r.visible_deviation, &r.n_visible, err);
    for (size_t i = 0; rc == 0 && gaussian && r.visible_offset && i < r.n_visible; i++)
        r.visible_bias[i] += r.visible_offset[i]; /* its bias is relative to the offset */
    if (rc == 0)
        rc = import_rbm_make(im, &r, err);
    if (rc == 0)
        rc = import_say(im, err, "%s: centred with its offsets%s", class,
                        gaussian ? "; the visible bias, which is relative to the offset, added to it" : "");
    import_rbm_free(&r);
    return rc;
}

const struct import_program import_pydeep = {"pydeep", "PyDeep", is_pydeep, make_pydeep};
