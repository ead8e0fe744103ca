/* Programs that write .mat files: Salakhutdinov's deep Boltzmann machine and its pretraining, Hinton's autoencoder demo,
 * DeepLearnToolbox, and the files h10.mat and their kin. */
#include "import.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static bool has(const struct import *im, const char *name)
{
    return bundle_has_array(im->b, name);
}

/* The numbers of a matrix in row order; its sizes. */
static int matrix(struct bundle *b, const char *name, double **out, size_t *rows, size_t *columns, struct bz_error *err)
{
    struct import look = {.b = b};
    const struct train_array *a = bundle_array(b, name, err);
    size_t n = 0;
    if (!a)
        return -1;
    if (a->npy.rank != 2)
        return bz_fail(err, BZ_BAD_INPUT, "%s: '%s' has %zu dimensions, expected 2", b->path, name, a->npy.rank);
    *rows = a->npy.shape[0];
    *columns = a->npy.shape[1];
    return import_numbers(&look, name, out, &n, err);
}

/* Adds the numbers of a bias to a layer's. */
static int add_bias(struct bundle *b, const char *name, struct bz_machine *m, size_t layer, struct bz_error *err)
{
    struct import look = {.b = b};
    double *x;
    size_t n = m->layers[layer].size;
    if (import_numbers(&look, name, &x, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        bz_machine_bias(m, layer)[i] += (float)x[i];
    bz_free(x);
    return 0;
}

/* --- deep machines --- */

/* Weights of a deep machine that a file, or two, hold: [lower, upper] each, and [labels, top]. */
struct deep {
    struct bundle *lower_file, *upper_file;
    const char *lower, *upper, *labels; /* labels NULL = none */
    double *w[3];
    size_t rows[3], columns[3];
};

static void put(struct bz_machine *m, size_t coupling, const double *w)
{
    const size_t n = m->layers[m->couplings[coupling].a].size * m->layers[m->couplings[coupling].b].size;
    for (size_t i = 0; i < n; i++)
        bz_machine_weight(m, coupling)[i] = (float)w[i];
}

static int make_deep(struct import *im, struct deep *d, struct bz_error *err)
{
    const bool labels = d->labels != NULL;
    if (matrix(d->lower_file, d->lower, &d->w[0], &d->rows[0], &d->columns[0], err) < 0 ||
        matrix(d->upper_file, d->upper, &d->w[1], &d->rows[1], &d->columns[1], err) < 0 ||
        (labels && matrix(d->upper_file, d->labels, &d->w[2], &d->rows[2], &d->columns[2], err) < 0))
        return -1;
    if (d->columns[0] != d->rows[1] || (labels && d->columns[2] != d->columns[1]))
        return bz_fail(err, BZ_BAD_INPUT, "%s: '%s' is %zu x %zu, '%s' %zu x %zu%s: they do not fit one another", im->b->path,
                       d->lower, d->rows[0], d->columns[0], d->upper, d->rows[1], d->columns[1],
                       labels ? ", or the labels' weights do not" : "");
    const struct bz_layer_spec layers[4] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, d->rows[0], 1, false},
                                            {"hidden1", BZ_HIDDEN, BZ_BERNOULLI, d->columns[0], 1, false},
                                            {"hidden2", BZ_HIDDEN, BZ_BERNOULLI, d->columns[1], 1, false},
                                            {"label", BZ_LABEL, BZ_SOFTMAX, d->rows[2], 1, false}};
    static const struct bz_coupling_spec couplings[3] = {{0, 1}, {1, 2}, {3, 2}};
    if (bz_machine_new(&im->machine, "dbm", layers, 3 + labels, couplings, 2 + labels, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    for (size_t c = 0; c < 2u + labels; c++)
        put(im->machine, c, d->w[c]);
    return 0;
}

static void deep_free(struct deep *d)
{
    for (size_t k = 0; k < 3; k++)
        bz_free(d->w[k]);
}

static bool is_salakhutdinov(const struct import *im)
{
    return has(im, "vishid") && has(im, "hidbiases") && has(im, "visbiases");
}

/* The two files of the pretraining: the first layer's biases are sums of both. */
static int make_pair(struct import *im, struct bz_error *err)
{
    const bool second_is_upper = bundle_has_array(im->second, "labhid") || !has(im, "labhid");
    struct bundle *lower = second_is_upper ? im->b : im->second, *upper = second_is_upper ? im->second : im->b;
    const bool labels = bundle_has_array(upper, "labhid");
    struct deep d = {lower, upper, "vishid", "vishid", labels ? "labhid" : NULL, {NULL}, {0}, {0}};
    int rc = make_deep(im, &d, err);
    deep_free(&d);
    if (rc == 0 &&
        (add_bias(lower, "visbiases", im->machine, 0, err) < 0 || add_bias(lower, "hidbiases", im->machine, 1, err) < 0 ||
         add_bias(upper, "visbiases", im->machine, 1, err) < 0 || add_bias(upper, "hidbiases", im->machine, 2, err) < 0 ||
         (labels && add_bias(upper, "labbiases", im->machine, 3, err) < 0)))
        rc = -1;
    return rc < 0 ? -1
                  : import_say(im, err,
                               "pretraining: %s below, %s above; weights as stored (the factors of two are in the training), "
                               "the biases of hidden1 added up",
                               lower->path, upper->path);
}

static int make_salakhutdinov(struct import *im, struct bz_error *err)
{
    if (im->second)
        return make_pair(im, err);
    if (!has(im, "hidpen"))
        return import_refuse(
            im, err,
            "has the names of the two files of a deep machine's pretraining, each no RBM by itself (its hidden "
            "biases and weights count twice): give both, boltz import fullmnistvh.mat fullmnistpo.mat; if it is "
            "an RBM that was trained alone, as by Hinton's rbm.m, say --from plain");
    const bool labels = has(im, "labpen");
    struct deep d = {im->b, im->b, "vishid", "hidpen", labels ? "labpen" : NULL, {NULL}, {0}, {0}};
    int rc = make_deep(im, &d, err);
    deep_free(&d);
    if (rc == 0 &&
        (add_bias(im->b, "visbiases", im->machine, 0, err) < 0 || add_bias(im->b, "hidbiases", im->machine, 1, err) < 0 ||
         add_bias(im->b, "penbiases", im->machine, 2, err) < 0 ||
         (labels && add_bias(im->b, "labbiases", im->machine, 3, err) < 0)))
        rc = -1;
    return rc < 0 ? -1
                  : import_say(im, err,
                               "a deep machine as its joint training left it: weights and biases as stored, no factor of two%s",
                               labels ? "; labels are one softmax layer at the top" : "");
}

const struct import_program import_salakhutdinov = {"salakhutdinov", "Salakhutdinov's deep Boltzmann machine (MATLAB)",
                                                    is_salakhutdinov, make_salakhutdinov};

/* --- single RBMs by their names --- */

struct names {
    const char *weight, *visible, *hidden;
    bool hidden_first, gaussian_hidden;
};

static int make_by_names(struct import *im, const struct names *n, struct bz_error *err)
{
    struct import_rbm r = {.visible_unit = BZ_BERNOULLI,
                           .hidden_unit = n->gaussian_hidden ? BZ_GAUSSIAN : BZ_BERNOULLI,
                           .hidden_first = n->hidden_first};
    snprintf(r.weight, sizeof(r.weight), "%s", n->weight);
    int rc = import_numbers(im, n->visible, &r.visible_bias, &r.n_visible, err);
    if (rc == 0)
        rc = import_numbers(im, n->hidden, &r.hidden_bias, &r.n_hidden, err);
    const struct train_array *a = rc == 0 ? bundle_array(im->b, n->weight, err) : NULL;
    const size_t rows = n->hidden_first ? r.n_hidden : r.n_visible, columns = n->hidden_first ? r.n_visible : r.n_hidden;
    if (!a)
        rc = -1;
    else if (a->npy.rank != 2 || a->npy.shape[0] != rows || a->npy.shape[1] != columns)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: '%s' is %zu x %zu, expected %zu x %zu", im->b->path, n->weight, a->npy.shape[0],
                     a->npy.rank > 1 ? a->npy.shape[1] : 0, rows, columns);
    if (rc == 0)
        rc = import_rbm_make(im, &r, err);
    import_rbm_free(&r);
    return rc < 0 ? -1
                  : import_say(im, err, "weights '%s' [%s], visible bias '%s', hidden bias '%s'", n->weight,
                               n->hidden_first ? "hidden, visible" : "visible, hidden", n->visible, n->hidden);
}

static const struct names hinton[] = {{"vishid", "visbiases", "hidrecbiases", false, false},
                                      {"hidpen", "hidgenbiases", "penrecbiases", false, false},
                                      {"hidpen2", "hidgenbiases2", "penrecbiases2", false, false},
                                      {"hidtop", "topgenbiases", "toprecbiases", false, true}};

static const struct names *find_hinton(const struct import *im)
{
    for (size_t k = 0; k < 4; k++)
        if (has(im, hinton[k].weight) && has(im, hinton[k].visible) && has(im, hinton[k].hidden))
            return &hinton[k];
    return NULL;
}

static bool is_hinton(const struct import *im)
{
    return find_hinton(im) || (im->b->mat && has(im, "w1") && has(im, "w2"));
}

static int make_hinton(struct import *im, struct bz_error *err)
{
    const struct names *n = find_hinton(im);
    if (!n)
        return import_refuse(im, err,
                             "holds w1, w2, ...: a fine-tuned autoencoder (encoder and decoder of their own), which is no "
                             "Boltzmann machine any more; import the files of its pretraining (mnistvh.mat, mnisthp.mat, ...)");
    if (n->gaussian_hidden &&
        import_say(im, err, "the top of the stack: its hidden layer is linear with variance 1, which only the script says") < 0)
        return -1;
    return make_by_names(im, n, err);
}

const struct import_program import_hinton = {"hinton", "Hinton and Salakhutdinov's autoencoder demo (MATLAB)", is_hinton,
                                             make_hinton};

/* dbn.rbm{1}.W; a lone rbm.W */
static bool is_deeplearntoolbox(const struct import *im)
{
    static const char *const names[] = {"W", "b", "c", NULL};
    char prefix[200];
    return im->b->mat && import_prefix(im, "W", prefix, sizeof(prefix)) && strstr(prefix, "rbm") &&
           import_has(im, prefix, names);
}

static int make_deeplearntoolbox(struct import *im, struct bz_error *err)
{
    char prefix[200] = "", w[256], b[256], c[256];
    import_prefix(im, "W", prefix, sizeof(prefix));
    snprintf(w, sizeof(w), "%sW", prefix);
    snprintf(b, sizeof(b), "%sb", prefix);
    snprintf(c, sizeof(c), "%sc", prefix);
    if (import_say(im, err,
                   "the first machine of the stack (%.*s): a deep belief network as a whole is no Boltzmann machine; b is the "
                   "visible bias",
                   (int)strlen(prefix) - 1, prefix) < 0)
        return -1;
    return make_by_names(im, &(struct names){w, b, c, true, false}, err);
}

const struct import_program import_deeplearntoolbox = {"deeplearntoolbox", "DeepLearnToolbox", is_deeplearntoolbox,
                                                       make_deeplearntoolbox};

/* --- h10.mat, h20.mat, h500.mat: parameter_W, parameter_a (hidden), parameter_b (visible) --- */

static bool is_h10(const struct import *im)
{
    return has(im, "parameter_W") && has(im, "parameter_a") && has(im, "parameter_b");
}

static int make_h10(struct import *im, struct bz_error *err)
{
    const struct train_array *w = bundle_array(im->b, "parameter_W", err),
                             *a = w ? bundle_array(im->b, "parameter_a", err) : NULL;
    if (!a)
        return -1;
    im->used |= IMPORT_VISIBLE_BIAS | IMPORT_TRANSPOSE;
    const bool hidden_first = w->npy.rank == 2 && w->npy.shape[0] == a->npy.count && w->npy.shape[1] != a->npy.count;
    if (w->npy.rank == 2 && w->npy.shape[0] == w->npy.shape[1] && !im->o->visible_bias)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: parameter_W is %zu x %zu: its lengths do not tell which bias is the visible one; say --visible-bias "
            "parameter_b (as in h10.mat and its kin) or parameter_a, and --transpose if it is [hidden, visible]",
            im->b->path, w->npy.shape[0], w->npy.shape[1]);
    const bool turned = im->o->visible_bias && strcmp(im->o->visible_bias, "parameter_a") == 0;
    return make_by_names(im,
                         &(struct names){"parameter_W", turned ? "parameter_a" : "parameter_b",
                                         turned ? "parameter_b" : "parameter_a", hidden_first || im->o->transpose, false},
                         err);
}

const struct import_program import_h10 = {"h10", "h10.mat and its kin (parameter_W, parameter_a, parameter_b)", is_h10,
                                          make_h10};
