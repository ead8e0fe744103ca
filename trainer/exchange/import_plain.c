/* Machines of any program: weights and two biases by their names, the orientation by their lengths. */
#include "import.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static const char *const weight_names[] = {"W",    "w",      "weights",  "weight", "Weights", "weight_matrix",
                                           "W_vh", "vishid", "coupling", "J",      NULL};
static const char *const visible_names[] = {
    "vbias",    "v_bias", "visible_bias", "visible_biases", "bias_visible", "visbias",  "visbiases",    "bv",
    "b_v",      "bias_v", "vb",           "bvis",           "b_visible",    "bias_vis", "visible.bias", "v_b",
    "vis_bias", "b_vis",  "vis_b",        "visibleBias",    "visible_b",    NULL};
static const char *const hidden_names[] = {
    "hbias",    "h_bias", "hidden_bias", "hidden_biases", "bias_hidden", "hidbias",  "hidbiases",   "bh",
    "b_h",      "bias_h", "hb",          "bhid",          "b_hidden",    "bias_hid", "hidden.bias", "h_b",
    "hid_bias", "b_hid",  "hid_b",       "hiddenBias",    "hidden_b",    NULL};

/* The one array whose last part is among the names. */
static const char *find_named(const struct import *im, const char *const *names)
{
    for (; *names; names++) {
        static char found[600];
        char prefix[256];
        if (import_prefix(im, *names, prefix, sizeof(prefix)))
            return import_under(prefix, *names, found) ? bundle_find(im->b, found)->name : NULL;
    }
    return NULL;
}

/* A pickled list [W, hbias, vbias], as Theano's tutorial leaves it. */
static bool is_list(const struct import *im)
{
    static const char *const names[] = {"[0]", "[1]", "[2]", NULL};
    return import_has(im, "", names);
}

/* Arrays but single numbers, as far as their sizes are known yet. */
static bool is_candidate(const struct bundle_item *item)
{
    return item->is_array && !(item->array.data && item->array.npy.count <= 1);
}

/* Weights and two more arrays, of names that do not tell which bias is which. */
static bool is_nameless(const struct import *im)
{
    size_t arrays = 0;
    for (size_t i = 0; i < im->b->n; i++)
        arrays += is_candidate(&im->b->items[i]);
    return arrays == 3 && find_named(im, weight_names);
}

static bool is_plain(const struct import *im)
{
    return is_list(im) || is_nameless(im) ||
           (find_named(im, weight_names) &&
            (im->o->visible_bias || (find_named(im, visible_names) && find_named(im, hidden_names))));
}

/* Which of the two arrays beside the weights is the visible bias. */
static int refuse_nameless(const struct import *im, const char *weight, struct bz_error *err)
{
    const char *name[2] = {"", ""};
    for (size_t i = 0, n = 0; i < im->b->n && n < 2; i++)
        if (is_candidate(&im->b->items[i]) && strcmp(im->b->items[i].name, weight) != 0)
            name[n++] = im->b->items[i].name;
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: '%s' with '%s' and '%s': programs differ in which of these is the visible bias; say --visible-bias %s or "
        "--visible-bias %s (and --transpose if square weights are [hidden, visible])",
        im->b->path, weight, name[0], name[1], name[0], name[1]);
}

/* How many numbers an array has, without loading it. */
static size_t count_of(struct import *im, const char *name, struct bz_error *err)
{
    struct bundle_item *item = bundle_find(im->b, name);
    const bool taken = item && item->taken;
    const struct train_array *a = bundle_array(im->b, name, err);
    if (item)
        item->taken = taken;
    return a ? a->npy.count : 0;
}

/* The bias that is not the visible one: the one called so, or the only other array of as many numbers. */
static const char *other_bias(struct import *im, const char *visible, const char *weight, size_t n, struct bz_error *err)
{
    const char *named = find_named(im, hidden_names), *found = NULL;
    if (named && strcmp(named, visible) != 0 && count_of(im, named, err) == n)
        return named;
    for (size_t i = 0; i < im->b->n; i++) {
        const char *name = im->b->items[i].name;
        if (!im->b->items[i].is_array || strcmp(name, visible) == 0 || strcmp(name, weight) == 0 ||
            count_of(im, name, err) != n)
            continue;
        if (found) {
            bz_fail(err, BZ_BAD_INPUT,
                    "%s: '%s' and '%s' have %zu numbers each: which is the hidden bias? Save the machine's three arrays alone",
                    im->b->path, found, name, n);
            return NULL;
        }
        found = name;
    }
    if (!found)
        bz_fail(err, BZ_BAD_INPUT, "%s: no hidden bias of %zu numbers beside '%s'", im->b->path, n, visible);
    return found;
}

static int refuse_deviations(const struct import *im, struct bz_error *err)
{
    static const char *const names[] = {"sigma",     "log_sigma", "log_var", "sd",     "std",
                                        "precision", "gamma",     "beta",    "sigma2", NULL};
    const char *found = find_named(im, names);
    if (!found)
        return 0;
    return import_refuse(
        im, err, "holds '%s': gaussian units are written in five ways; --from names the program whose way it is", found);
}

/* Whether a name speaks of a further coupling: W2, w_hh, weights1, L, U; not of W's gradient or the like. */
static bool names_a_coupling(const char *name)
{
    static const char *const own[] = {"L", "J", "U", "V", "lateral", "lateral_weights", NULL};
    const char *leaf = name, *rest;
    for (const char *p = name; *p; p++)
        leaf = *p == '.' || *p == '/' ? p + 1 : leaf;
    for (size_t i = 0; own[i]; i++)
        if (strcmp(leaf, own[i]) == 0)
            return true;
    if (strncmp(leaf, "weights", 7) == 0 || strncmp(leaf, "vishid", 6) == 0)
        rest = leaf + (leaf[0] == 'w' ? 7 : 6);
    else if (leaf[0] == 'W' || leaf[0] == 'w')
        rest = leaf + 1;
    else
        return false;
    if (*rest == 0)
        return true;
    rest += *rest == '_';
    return (*rest >= '0' && *rest <= '9') || strcmp(rest, "hh") == 0 || strcmp(rest, "vv") == 0 || strcmp(rest, "label") == 0 ||
           strcmp(rest, "y") == 0;
}

/* A further coupling that is not zero would be lost. */
static int refuse_further(struct import *im, struct bz_error *err)
{
    for (size_t i = 0; i < im->b->n; i++) {
        struct bundle_item *item = &im->b->items[i];
        if (!item->is_array || item->taken || !names_a_coupling(item->name))
            continue;
        double *x = NULL;
        size_t n = 0, zeros = 0;
        if (import_numbers(im, item->name, &x, &n, err) < 0)
            return -1;
        const bool matrix = item->array.npy.rank > 1;
        for (size_t k = 0; k < n; k++)
            zeros += x[k] == 0;
        bz_free(x);
        item->taken = false;
        if (matrix && zeros < n)
            return bz_fail(
                err, BZ_BAD_INPUT,
                "%s: beside the machine's weights it holds '%s', of another layer or machine; expected one machine of "
                "two layers: save its three arrays alone",
                im->b->path, item->name);
    }
    return 0;
}

/* Sizes and orientation, by the lengths of the weights and of the visible bias. */
static int orient(struct import *im, struct import_rbm *r, const char *weight, const char *visible, struct bz_error *err)
{
    const struct train_array *a = bundle_array(im->b, weight, err);
    char list[260];
    if (!a)
        return -1;
    if (!bundle_has_array(im->b, visible))
        return bz_fail(err, BZ_BAD_USAGE, "--visible-bias %.64s: %s holds no array of that name, but %s", visible, im->b->path,
                       import_arrays_text(im, list, sizeof(list)));
    if (a->npy.rank != 2)
        return bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' has %zu dimensions, expected 2 (weights)", im->b->path, weight,
                       a->npy.rank);
    r->n_visible = count_of(im, visible, err);
    const bool square = a->npy.shape[0] == a->npy.shape[1];
    if (r->n_visible == 0 || (a->npy.shape[0] != r->n_visible && a->npy.shape[1] != r->n_visible))
        return bz_fail(err, BZ_BAD_INPUT, "%s: '%s' has %zu numbers, '%s' is %zu x %zu: they do not fit", im->b->path, visible,
                       r->n_visible, weight, a->npy.shape[0], a->npy.shape[1]);
    if (square && !im->o->visible_bias && !im->o->transpose)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: '%s' is %zu x %zu: its lengths do not tell whether it is [visible, hidden]; say --visible-bias "
                       "NAME (and --transpose if it is [hidden, visible])",
                       im->b->path, weight, a->npy.shape[0], a->npy.shape[1]);
    r->hidden_first = square ? im->o->transpose : a->npy.shape[0] != r->n_visible;
    r->n_hidden = a->npy.shape[r->hidden_first ? 0 : 1];
    return im->o->transpose && !r->hidden_first
               ? bz_fail(err, BZ_BAD_USAGE, "--transpose: '%s' is %zu x %zu and '%s' has %zu numbers: it is [visible, hidden]",
                         weight, a->npy.shape[0], a->npy.shape[1], visible, r->n_visible)
               : 0;
}

static int make_plain(struct import *im, struct bz_error *err)
{
    const char *weight = find_named(im, weight_names),
               *visible = im->o->visible_bias ? im->o->visible_bias : find_named(im, visible_names);
    const char *hidden = im->o->visible_bias ? NULL : find_named(im, hidden_names);
    im->used |= IMPORT_VISIBLE_BIAS | IMPORT_TRANSPOSE;
    if (!weight && is_list(im)) {
        weight = "[0]";
        visible = im->o->visible_bias ? im->o->visible_bias : "[2]";
        hidden = im->o->visible_bias ? NULL : "[1]";
        const struct train_array *list = bundle_array(im->b, weight, err);
        if (list && hidden && list->npy.rank == 2 && list->npy.shape[0] != list->npy.shape[1] &&
            list->npy.shape[0] == count_of(im, "[1]", err)) { /* [W, vbias, hbias], by its lengths */
            visible = "[1]";
            hidden = "[2]";
        }
    }
    struct import_rbm r = {.visible_unit = BZ_BERNOULLI, .hidden_unit = BZ_BERNOULLI};
    if (weight && !im->o->visible_bias && (!visible || !hidden) && is_nameless(im))
        return refuse_nameless(im, weight, err);
    if (!weight || !visible)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: no weights and biases by names that are known; --visible-bias NAME names the visible one",
                       im->b->path);
    if (refuse_deviations(im, err) < 0 || orient(im, &r, weight, visible, err) < 0)
        return -1;
    if (!hidden && !(hidden = other_bias(im, visible, weight, r.n_hidden, err)))
        return -1;
    snprintf(r.weight, sizeof(r.weight), "%s", weight);
    int rc = import_numbers(im, visible, &r.visible_bias, &r.n_visible, err);
    if (rc == 0)
        rc = import_numbers(im, hidden, &r.hidden_bias, &r.n_hidden, err);
    if (rc == 0)
        rc = import_say(im, err,
                        "'%s' taken for the visible bias, '%s' for the hidden one, units of 0 and 1, E = -bv - ch - vWh",
                        visible, hidden);
    if (rc == 0)
        rc = refuse_further(im, err);
    return import_finish(im, &r, rc, err);
}

const struct import_program import_plain = {"plain", "weights and biases by their names", is_plain, make_plain};
