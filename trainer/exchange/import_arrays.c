/* Programs whose files are named arrays: scikit-learn, QuCumber, learnergy, Liao's GRBM, echen's. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *import_under(const char *prefix, const char *name, char out[600])
{
    snprintf(out, 600, "%.256s%s", prefix, name);
    return out;
}

/* Weights [hidden, visible] or [visible, hidden] by the program, and both biases. */
static int take_rbm(struct import *im, struct import_rbm *r, const char *prefix, const char *weight, const char *visible_bias,
                    const char *hidden_bias, struct bz_error *err)
{
    char name[600];
    if (import_numbers(im, import_under(prefix, visible_bias, name), &r->visible_bias, &r->n_visible, err) < 0 ||
        import_numbers(im, import_under(prefix, hidden_bias, name), &r->hidden_bias, &r->n_hidden, err) < 0)
        return -1;
    snprintf(r->weight, sizeof(r->weight), "%s", import_under(prefix, weight, name));
    const struct train_array *a = bundle_array(im->b, r->weight, err);
    const size_t rows = r->hidden_first ? r->n_hidden : r->n_visible, columns = r->hidden_first ? r->n_visible : r->n_hidden;
    if (!a)
        return -1;
    if (a->npy.rank != 2 || a->npy.shape[0] != rows || a->npy.shape[1] != columns)
        return bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' is %zu x %zu, expected %zu x %zu ([%s])", im->b->path, r->weight,
                       a->npy.shape[0], a->npy.rank > 1 ? a->npy.shape[1] : 1, rows, columns,
                       r->hidden_first ? "hidden, visible" : "visible, hidden");
    return 0;
}

int import_finish(struct import *im, struct import_rbm *r, int rc, struct bz_error *err)
{
    if (rc == 0)
        rc = import_rbm_make(im, r, err);
    if (rc == 0)
        rc = import_say(im, err, "weights '%s' [%s]", r->weight, r->hidden_first ? "hidden, visible" : "visible, hidden");
    import_rbm_free(r);
    return rc;
}

/* --- scikit-learn --- */

/* Where its three arrays stand together: a Pipeline has other steps with a `components_`. *n: how many such machines there are;
 * the first one's prefix. */
static bool sklearn_prefix(const struct import *im, char prefix[256], size_t *n)
{
    static const char ending[] = "components_";
    static const char *const others[] = {"intercept_hidden_", "intercept_visible_", NULL};
    *n = 0;
    for (size_t i = 0; i < im->b->n; i++) {
        const char *name = im->b->items[i].name;
        const size_t length = strlen(name), end = sizeof(ending) - 1;
        char own[256];
        if (!im->b->items[i].is_array || length < end || length - end >= sizeof(own) ||
            strcmp(name + length - end, ending) != 0)
            continue;
        memcpy(own, name, length - end);
        own[length - end] = 0;
        if (import_has(im, own, others) && (*n)++ == 0)
            memcpy(prefix, own, sizeof(own));
    }
    return *n > 0;
}

static bool is_sklearn(const struct import *im)
{
    char prefix[256];
    size_t n;
    return sklearn_prefix(im, prefix, &n);
}

/* What a MinMaxScaler does, if it does the same to every column. */
static void scaling_text(struct import *im, const char *step, char *text, size_t room)
{
    char name[600];
    double *scale = NULL, *least = NULL;
    size_t n = 0, m = 0;
    struct bz_error none;
    text[0] = 0;
    if (!bundle_has_array(im->b, import_under(step, ".scale_", name)) || import_numbers(im, name, &scale, &n, &none) < 0 ||
        !bundle_has_array(im->b, import_under(step, ".min_", name)) || import_numbers(im, name, &least, &m, &none) < 0)
        n = m = 0;
    bool same = n > 0 && n == m;
    for (size_t i = 1; same && i < n; i++)
        same = scale[i] == scale[0] && least[i] == least[0];
    if (same)
        snprintf(text, room, " (x * %.9g %c %.9g)", scale[0], least[0] < 0 ? '-' : '+', fabs(least[0]));
    else if (n > 0 && n == m)
        snprintf(text, room, " (x * scale_ + min_, each column its own)");
    bz_free(scale);
    bz_free(least);
}

/* Name of the class of the step at a path; "" of none, "passthrough" and the like. */
static const char *step_class(const struct import *im, const char *path)
{
    const char *class = import_class(im, path), *dot = strrchr(class, '.');
    return dot ? dot + 1 : class;
}

/* Steps whose results are no values of units of 0 and 1; by an option of theirs, or always (option NULL). */
static bool leaves_the_unit_interval(const struct import *im, const char *path)
{
    static const struct {
        const char *class, *option, *value;
    } steps[] = {{"StandardScaler", NULL, NULL},
                 {"RobustScaler", NULL, NULL},
                 {"PowerTransformer", NULL, NULL},
                 {"PCA", NULL, NULL},
                 {"IncrementalPCA", NULL, NULL},
                 {"KernelPCA", NULL, NULL},
                 {"TruncatedSVD", NULL, NULL},
                 {"FastICA", NULL, NULL},
                 {"PolynomialFeatures", NULL, NULL},
                 {"SplineTransformer", NULL, NULL},
                 {"FactorAnalysis", NULL, NULL},
                 {"OrdinalEncoder", NULL, NULL},
                 {"QuantileTransformer", ".output_distribution", "normal"},
                 {"KBinsDiscretizer", ".encode", "ordinal"}};
    char name[600];
    const char *class = step_class(im, path);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(class, steps[i].class) != 0)
            continue;
        const char *value = steps[i].option ? bundle_text(im->b, import_under(path, steps[i].option, name)) : NULL;
        return !steps[i].option || (value && strcmp(value, steps[i].value) == 0);
    }
    return false;
}

/* A MinMaxScaler whose results leave 0 to 1. */
static int refuse_range(struct import *im, const char *step, struct bz_error *err)
{
    char name[600];
    double range[2];
    for (int end = 0; end < 2; end++) {
        snprintf(name, sizeof(name), "%.256s.feature_range[%d]", step, end);
        if (!bundle_has_array(im->b, name) || import_number(im, name, &range[end], err) < 0)
            return 0;
    }
    return range[0] >= 0 && range[1] <= 1
               ? 0
               : import_refuse(
                     im, err,
                     "a Pipeline whose MinMaxScaler gives the machine values from %g to %g, which its units of 0 and 1 "
                     "are not made for: feature_range=(0, 1)",
                     range[0], range[1]);
}

/* The step itself, or one of those that it puts side by side. */
static int judge_step(struct import *im, const char *path, size_t own, struct bz_error *err)
{
    static const char *const inner[] = {"", ".transformers_[%zu][1]", ".transformer_list[%zu][1]"};
    for (size_t form = 0; form < 3; form++)
        for (size_t k = 0; k < (form ? 64 : 1); k++) {
            char part[600], ending[64];
            snprintf(ending, sizeof(ending), inner[form], k);
            import_under(path, ending, part);
            if (form && !*import_class(im, part) && !bundle_text(im->b, part))
                break;
            const char *class = step_class(im, part);
            if (strcmp(class, "MinMaxScaler") == 0 && refuse_range(im, part, err) < 0)
                return -1;
            if (leaves_the_unit_interval(im, part))
                return import_refuse(
                    im, err,
                    "a Pipeline whose %s gives the machine real numbers, which its units of 0 and 1 are not made "
                    "for; to import the machine anyway, save that step alone: joblib.dump(pipeline[%zu], FILE)",
                    class, own);
        }
    return 0;
}

/* The innermost `steps[K]` of the first `length` bytes of the prefix: *at its place, *own K. */
static bool find_steps(const char *prefix, size_t length, size_t *at, size_t *own)
{
    const char *found = NULL;
    for (const char *p = prefix; (p = strstr(p, "steps[")) && p < prefix + length; p++)
        found = p;
    *at = found ? (size_t)(found - prefix) : 0;
    return found && sscanf(found, "steps[%zu]", own) == 1;
}

/* The step whose results are the machine's inputs, of its own Pipeline or one around that: its path; false if there is none. */
static bool find_feeder(const struct import *im, const char *prefix, char path[600])
{
    size_t at, k;
    for (size_t end = strlen(prefix); find_steps(prefix, end, &at, &k); end = at)
        while (k-- > 0) {
            snprintf(path, 600, "%.*ssteps[%zu][1]", (int)at, prefix, k);
            if (*step_class(im, path))
                return true;
        }
    return false;
}

/* The steps of a Pipeline: which one is taken, which are left out, and what precedes it. */
static int judge_steps(struct import *im, const char *prefix, struct bz_error *err)
{
    char list[300] = "", path[600], scaling[96] = "";
    size_t used = 0, own, at;
    if (!find_steps(prefix, strlen(prefix), &at, &own))
        return 0;
    for (size_t k = 0; k < 64 && used < sizeof(list); k++) {
        snprintf(path, sizeof(path), "%.*ssteps[%zu][1]", (int)at, prefix, k);
        const char *class = step_class(im, path);
        if (!*class && k > own)
            break;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s%s", k ? ", " : "", *class ? class : "passthrough",
                                 k == own ? " (taken)" : "");
    }
    const bool fed = find_feeder(im, prefix, path);
    if ((fed && judge_step(im, path, own, err) < 0) ||
        import_say(im, err, "a Pipeline of %s; everything but the machine is left out", list) < 0)
        return -1;
    if (fed)
        scaling_text(im, path, scaling, sizeof(scaling));
    return fed ? import_say(im, err,
                            "its inputs are the output of the steps before it, the last of them %s%s: give it such values, not "
                            "the raw ones",
                            step_class(im, path), scaling)
               : 0;
}

static int make_sklearn(struct import *im, struct bz_error *err)
{
    char prefix[256] = "";
    size_t n = 0;
    struct import_rbm r = {.visible_unit = BZ_BERNOULLI, .hidden_unit = BZ_BERNOULLI, .hidden_first = true};
    sklearn_prefix(im, prefix, &n);
    int rc = take_rbm(im, &r, prefix, "components_", "intercept_visible_", "intercept_hidden_", err);
    if (rc == 0)
        rc = judge_steps(im, prefix, err);
    if (rc == 0 && n > 1)
        rc = import_say(im, err, "the file holds %zu such machines; the first is taken, '%s'", n, prefix);
    return import_finish(im, &r, rc, err);
}

const struct import_program import_sklearn = {"sklearn", "scikit-learn's BernoulliRBM", is_sklearn, make_sklearn};

/* --- QuCumber --- */

static bool is_qucumber(const struct import *im)
{
    static const char *const names[] = {"weights", "visible_bias", "hidden_bias", NULL};
    return import_has(im, "rbm_am.", names) || bundle_has_array(im->b, "rbm_am.weights_W");
}

static int make_qucumber(struct import *im, struct bz_error *err)
{
    struct import_rbm r = {.visible_unit = BZ_BERNOULLI, .hidden_unit = BZ_BERNOULLI, .hidden_first = true};
    if (bundle_has_array(im->b, "rbm_am.weights_W"))
        return import_refuse(im, err,
                             "is QuCumber's density matrix (a purification with auxiliary units), which is no Boltzmann "
                             "machine of visible and hidden units");
    int rc = take_rbm(im, &r, "rbm_am.", "weights", "visible_bias", "hidden_bias", err);
    if (rc == 0 && bundle_has_array(im->b, "rbm_ph.weights"))
        rc = import_say(im, err, "the machine of the phases (rbm_ph) is not a probability and is left out");
    if (rc == 0)
        rc = import_say(im, err, "p = exp(-E) of the amplitudes' machine, no factor");
    return import_finish(im, &r, rc, err);
}

const struct import_program import_qucumber = {"qucumber", "QuCumber", is_qucumber, make_qucumber};

/* --- Liao's gaussian-bernoulli RBM --- */

static bool is_liao(const struct import *im)
{
    static const char *const names[] = {"W", "b", "mu", "log_var", NULL};
    char prefix[256];
    return import_prefix(im, "log_var", prefix, sizeof(prefix)) && import_has(im, prefix, names);
}

static int make_liao(struct import *im, struct bz_error *err)
{
    char prefix[256] = "", name[600];
    struct import_rbm r = {.visible_unit = BZ_GAUSSIAN, .hidden_unit = BZ_BERNOULLI};
    import_prefix(im, "log_var", prefix, sizeof(prefix));
    int rc = take_rbm(im, &r, prefix, "W", "mu", "b", err);
    if (rc == 0)
        rc = import_numbers(im, import_under(prefix, "log_var", name), &r.visible_deviation, &r.n_visible, err);
    for (size_t i = 0; rc == 0 && i < r.n_visible; i++) {
        const double variance = exp(r.visible_deviation[i]);
        r.visible_deviation[i] = sqrt(variance < 1e-8 ? 1e-8 : variance); /* its code clips there */
    }
    if (rc == 0)
        rc = import_say(im, err, "mu is the visible mean, b the hidden bias, log_var the logarithm of the variance");
    return import_finish(im, &r, rc, err);
}

const struct import_program import_liao = {"liao", "Liao's GRBM", is_liao, make_liao};

/* --- learnergy --- */

static const char *const learnergy_names[] = {"W", "a", "b", NULL};

static bool is_learnergy(const struct import *im)
{
    char prefix[256];
    if (strcmp(im->b->form, ".npz") == 0) /* it writes torch files; arrays of these names may come from anywhere */
        return false;
    return import_prefix(im, "a", prefix, sizeof(prefix)) && import_has(im, prefix, learnergy_names);
}

/* The number of machines in the file: more than one in a stack. */
static size_t n_machines(const struct import *im)
{
    size_t n = 0;
    for (size_t i = 0; i < im->b->n; i++) {
        const char *name = im->b->items[i].name;
        const size_t length = strlen(name);
        char prefix[256];
        if (length == 0 || length > sizeof(prefix) || name[length - 1] != 'W')
            continue;
        memcpy(prefix, name, length - 1);
        prefix[length - 1] = 0;
        n += import_has(im, prefix, learnergy_names);
    }
    return n;
}

static int make_learnergy(struct import *im, struct bz_error *err)
{
    char prefix[256] = "", object[256] = "", name[600];
    import_prefix(im, "a", prefix, sizeof(prefix));
    snprintf(object, sizeof(object), "%s", prefix);
    if (object[0])
        object[strlen(object) - 1] = 0;
    const char *class = import_class(im, object);
    const bool has_sigma = bundle_has_array(im->b, import_under(prefix, "sigma", name)),
               gaussian = has_sigma || strstr(class, "Gaussian");
    struct import_rbm r = {.visible_unit = gaussian ? BZ_GAUSSIAN : BZ_BERNOULLI, .hidden_unit = BZ_BERNOULLI};
    if (strstr(class, "Relu") || strstr(class, "Selu"))
        return import_refuse(im, err, "%s: its hidden units are max(0, x) of the field, which no machine's energy gives",
                             class);
    int rc = take_rbm(im, &r, prefix, "W", "a", "b", err);
    if (rc == 0 && has_sigma)
        rc = import_numbers(im, name, &r.visible_deviation, &r.n_visible, err);
    if (rc == 0)
        rc = import_say(im, err, "a is the visible bias, b the hidden one%s", has_sigma ? ", sigma the deviation" : "");
    if (rc == 0 && n_machines(im) > 1)
        rc = import_say(im, err, "the file holds %zu such machines; the first is taken, '%s'", n_machines(im), prefix);
    if (rc == 0 && !*class && !has_sigma)
        rc = import_say(
            im, err, "units of 0 and 1: a state_dict of its GaussianRBM looks the same; save the whole model where it is one");
    return import_finish(im, &r, rc, err);
}

const struct import_program import_learnergy = {"learnergy", "learnergy", is_learnergy, make_learnergy};

/* --- echen: one matrix, biases in row 0 and column 0 --- */

static bool is_echen(const struct import *im)
{
    return strcmp(im->b->form, ".npy") == 0 || (im->b->n == 1 && im->b->items[0].is_array && !im->b->items[0].name[0]);
}

static bool all_bits(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0 && x[i] != 1)
            return false;
    return true;
}

static int make_echen(struct import *im, struct bz_error *err)
{
    const struct train_array *a = bundle_array(im->b, im->b->n ? im->b->items[0].name : "", err);
    double *x = NULL;
    size_t n = 0;
    size_t arrays = 0;
    for (size_t i = 0; i < im->b->n; i++)
        arrays += im->b->items[i].is_array;
    if (!a || arrays != 1 || a->npy.rank != 2 || a->npy.shape[0] < 2 || a->npy.shape[1] < 2)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: expected one matrix [1 + visible, 1 + hidden] (row 0 the hidden biases, column 0 the visible ones)",
                       im->b->path);
    const size_t v = a->npy.shape[0] - 1, h = a->npy.shape[1] - 1;
    const struct bz_layer_spec layers[2] = {{"visible", BZ_VISIBLE, BZ_BERNOULLI, v, 1, false},
                                            {"hidden", BZ_HIDDEN, BZ_BERNOULLI, h, 1, false}};
    if (import_numbers(im, im->b->items[0].name, &x, &n, err) < 0)
        return -1;
    if (!im->o->from && all_bits(x, n)) {
        bz_free(x);
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: a matrix of nothing but 0 and 1: data rather than a machine's weights (--from echen "
                       "takes it as echen's)",
                       im->b->path);
    }
    int rc = bz_machine_new(&im->machine, "rbm", layers, 2, &(struct bz_coupling_spec){0, 1}, 1, err);
    for (size_t i = 0; rc == 0 && i <= v; i++)
        for (size_t j = 0; j <= h; j++) {
            const float value = (float)x[i * (h + 1) + j];
            if (i && j)
                bz_machine_weight(im->machine, 0)[(i - 1) * h + j - 1] = value;
            else if (i || j)
                bz_machine_bias(im->machine, j ? 1 : 0)[(i ? i : j) - 1] = value;
        }
    bz_free(x);
    return rc < 0
               ? -1
               : import_say(im, err,
                            "one matrix: row 0 taken for the hidden biases, column 0 for the visible ones, its corner ignored");
}

const struct import_program import_echen = {"echen", "echen's restricted-boltzmann-machines", is_echen, make_echen};
