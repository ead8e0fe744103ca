/* Programs that write HDF5: DsysDML's rbms and RestrictedBoltzmannMachines.jl. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rbms: archives of many updates --- */

/* The number in "update_<n>/..."; false for other names. */
static bool update_of(const char *name, size_t *n)
{
    char *end;
    if (strncmp(name, "update_", 7) != 0 || name[7] < '0' || name[7] > '9')
        return false;
    *n = strtoull(name + 7, &end, 10);
    return *end == '/';
}

static bool is_rbms(const struct import *im)
{
    size_t n;
    if (!im->b->hdf5)
        return false;
    for (size_t i = 0; i < im->b->n; i++)
        if (update_of(im->b->items[i].name, &n))
            return true;
    return false;
}

/* The newest update, or the requested one: by number, not by the order of names. */
static int choose_update(struct import *im, size_t *update, struct bz_error *err)
{
    size_t newest = 0, oldest = SIZE_MAX, n, count = 0, last = SIZE_MAX;
    bool found = false;
    im->used |= IMPORT_UPDATE;
    for (size_t i = 0; i < im->b->n; i++) {
        if (!update_of(im->b->items[i].name, &n))
            continue;
        newest = n > newest ? n : newest;
        oldest = n < oldest ? n : oldest;
        found = found || n == im->o->update;
        count += n != last;
        last = n;
    }
    if (im->o->update != SIZE_MAX && !found)
        return bz_fail(err, BZ_BAD_INPUT, "%s: no update %zu; it holds %zu, from %zu to %zu", im->b->path, im->o->update, count,
                       oldest, newest);
    *update = im->o->update != SIZE_MAX ? im->o->update : newest;
    return import_say(im, err, "update %zu%s", *update,
                      count > 1 && im->o->update == SIZE_MAX ? ", the newest (--update names another)" : "");
}

/* update_N/params/NAME, or directly under update_N as older versions have it. */
static const char *parameter(const struct import *im, size_t update, const char *name, char out[300])
{
    snprintf(out, 300, "update_%zu/params/%s", update, name);
    if (!bundle_has_array(im->b, out))
        snprintf(out, 300, "update_%zu/%s", update, name);
    return out;
}

static int fill(double **out, size_t n, double x, struct bz_error *err)
{
    *out = bz_alloc(n, sizeof(double), err);
    for (size_t i = 0; *out && i < n; i++)
        (*out)[i] = x;
    return *out ? 0 : -1;
}

/* Its gaussian hidden units have the precision Nv, which is not stored. */
static int scale_hidden(struct import_rbm *r, struct bz_error *err)
{
    const double n = (double)r->n_visible;
    if (fill(&r->hidden_deviation, r->n_hidden, 1 / sqrt(n), err) < 0 || fill(&r->hidden_factor, r->n_hidden, 1 / n, err) < 0)
        return -1;
    for (size_t j = 0; j < r->n_hidden; j++)
        r->hidden_bias[j] /= n;
    return 0;
}

static const char *const biology[] = {"-ACDEFGHIKLMNPQRSTVWY", "-ACGU", NULL};

static int make_rbms_rbm(struct import *im, size_t update, const char *type, struct bz_error *err)
{
    static const struct {
        const char *type;
        enum bz_unit visible, hidden;
    } types[] = {{"BBRBM", BZ_BERNOULLI, BZ_BERNOULLI},
                 {"PBRBM", BZ_SOFTMAX, BZ_BERNOULLI},
                 {"BGRBM", BZ_BERNOULLI, BZ_GAUSSIAN},
                 {"IGRBM", BZ_SPIN, BZ_GAUSSIAN},
                 {"IIRBM", BZ_SPIN, BZ_SPIN}};
    struct import_rbm r = {0};
    char name[300];
    size_t k = 0;
    while (k < 5 && strcmp(types[k].type, type) != 0)
        k++;
    if (k == 5)
        return import_refuse(im, err, "model_type %s of rbms, expected BBRBM, PBRBM, BGRBM, IGRBM, IIRBM or PBM", type);
    r.visible_unit = types[k].visible;
    r.hidden_unit = types[k].hidden;
    int rc = import_numbers(im, parameter(im, update, "vbias", name), &r.visible_bias, &r.n_visible, err);
    if (rc == 0)
        rc = import_numbers(im, parameter(im, update, "hbias", name), &r.hidden_bias, &r.n_hidden, err);
    snprintf(r.weight, sizeof(r.weight), "%s", parameter(im, update, "weight_matrix", name));
    const struct train_array *a = rc == 0 ? bundle_array(im->b, r.weight, err) : NULL;
    rc = a ? rc : -1;
    if (rc == 0 && r.visible_unit == BZ_SOFTMAX) {
        if (a->npy.rank != 3)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: '%s' has %zu dimensions, expected 3 [sites, states, hidden]", im->b->path,
                         r.weight, a->npy.rank);
        else {
            r.groups = a->npy.shape[0];
            r.letters = import_alphabet(im, a->npy.shape[1], biology, err);
            rc = r.letters ? 0 : -1;
        }
    }
    if (rc == 0 && r.hidden_unit == BZ_GAUSSIAN)
        rc = scale_hidden(&r, err);
    if (rc == 0)
        rc = import_rbm_make(im, &r, err);
    import_rbm_free(&r);
    return rc;
}

/* [L, q, L, q], both halves. */
static int make_rbms_potts(struct import *im, size_t update, struct bz_error *err)
{
    char name[300];
    const struct train_array *a = bundle_array(im->b, parameter(im, update, "weight_matrix", name), err);
    double *bias = NULL;
    size_t n = 0;
    if (!a)
        return -1;
    if (a->npy.rank != 4 || a->npy.shape[0] != a->npy.shape[2] || a->npy.shape[1] != a->npy.shape[3])
        return bz_fail(err, BZ_BAD_INPUT, "%s: '%s': expected [sites, states, sites, states]", im->b->path, name);
    const size_t sites = a->npy.shape[0], q = a->npy.shape[1];
    const char *letters = import_alphabet(im, q, biology, err);
    if (!letters || import_potts_new(im, sites, q, letters, err) < 0)
        return -1;
    n = sites * q;
    bz_npy_floats(&a->npy, a->data, 0, n * n, bz_machine_weight(im->machine, 0));
    const char *own = parameter(im, update, "bias", name);
    if (import_numbers(im, bundle_has_array(im->b, own) ? own : parameter(im, update, "vbias", name), &bias, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        bz_machine_bias(im->machine, 0)[i] = (float)bias[i];
    bz_free(bias);
    float *w = bz_machine_weight(im->machine, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i / q == j / q)
                w[i * n + j] = 0; /* states of one site exclude each other */
    return import_say(im, err, "couplings in both halves, half in the energy, as here");
}

/* A file that names no model_type is one of units of 0 and 1 (older versions had no others) unless its chains say otherwise. */
static int check_chains(struct import *im, struct bz_error *err)
{
    double *x = NULL;
    size_t n = 0, at = 0;
    if (bundle_has_array(im->b, "parallel_chains") && import_numbers(im, "parallel_chains", &x, &n, err) < 0)
        return -1;
    while (at < n && (x[at] == 0 || x[at] == 1))
        at++;
    const double other = at < n ? x[at] : 0;
    bz_free(x);
    if (at < n)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: names no model_type, and its parallel_chains hold %g, which units of 0 and 1 have not; give the file "
            "the dataset model_type (\"IIRBM\", \"PBRBM\" ...) that it was trained as",
            im->b->path, other);
    return import_say(im, err, "the file names no model_type: taken for BBRBM (units of 0 and 1)");
}

static int make_rbms(struct import *im, struct bz_error *err)
{
    char type[64] = "BBRBM";
    size_t update = 0;
    const bool told = train_hdf5_text(im->b->hdf5, "model_type", NULL, type, sizeof(type)) ||
                      train_hdf5_text(im->b->hdf5, "", "model_type", type, sizeof(type));
    if (strcmp(type, "BEBM") == 0 || strcmp(type, "CEBM") == 0)
        return import_refuse(im, err, "is %s of rbms, a neural energy, which is no Boltzmann machine", type);
    if (choose_update(im, &update, err) < 0 || (!told && check_chains(im, err) < 0))
        return -1;
    if (told && import_say(im, err, "model_type %s", type) < 0)
        return -1;
    if (strcmp(type, "PBM") == 0)
        return make_rbms_potts(im, update, err);
    if (strcmp(type, "BM") == 0)
        return import_refuse(im, err,
                             "model_type BM of rbms: its sampler and its energy differ in the field of a spin; not read");
    return make_rbms_rbm(im, update, type, err);
}

const struct import_program import_rbms = {"rbms", "rbms (DsysDML)", is_rbms, make_rbms};

/* --- RestrictedBoltzmannMachines.jl: dimensions are reversed, parameters stand in rows --- */

static bool is_julia(const struct import *im)
{
    return im->b->hdf5 && bundle_text(im->b, "rbm_hdf5_file_format_version") && bundle_text(im->b, "rbm_type");
}

/* One side of the machine. */
struct side {
    const char *what; /* "visible" */
    char type[32];
    double *par;    /* [n][rows] as it lies in the file: rows run fastest */
    size_t n, rows; /* units, parameters a unit */
    size_t q;       /* Potts: states */
    enum bz_unit unit;
    double *bias, *deviation, *factor, *below, *offset, *scale;
};

static void side_free(struct side *s)
{
    bz_free_all(s->par, s->bias, s->deviation, s->factor, s->below, s->offset, s->scale);
}

/* Gaussian and half-gaussian units of precision |gamma|. */
static int precision_side(struct import *im, struct side *s, size_t theta, size_t gamma, bool relu, struct bz_error *err)
{
    s->unit = relu ? BZ_RELU : BZ_GAUSSIAN;
    if (fill(&s->bias, s->n, 0, err) < 0 || fill(&s->deviation, s->n, 1, err) < 0 || fill(&s->factor, s->n, 1, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        const double g = gamma == SIZE_MAX ? 1 : fabs(s->par[i * s->rows + gamma]), t = s->par[i * s->rows + theta];
        if (!(g > 0))
            return bz_fail(err, BZ_BAD_INPUT, "%s: %s unit %zu has the precision 0", im->b->path, s->what, i);
        s->deviation[i] = 1 / sqrt(g);
        s->bias[i] = relu ? t : t / g;
        s->factor[i] = relu ? 1 : 1 / g;
    }
    return 0;
}

static int plain_side(struct side *s, enum bz_unit unit, struct bz_error *err)
{
    s->unit = unit;
    if (fill(&s->bias, s->n, 0, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++)
        s->bias[i] = s->par[i * s->rows];
    return 0;
}

/* One unit of a two-sided type from its row of parameters: dReLU has both halves' own; xReLU, pReLU and nsReLU have a field and
 * a precision with an asymmetry eta between -1 and 1, theta +- delta/(1 +- eta) and gamma/(1 +- eta), eta = xi/(1 + |xi|). */
static struct import_half half_of(const char *type, const double *p)
{
    if (type[0] == 'd')
        return (struct import_half){{p[0], p[1]}, {fabs(p[2]), fabs(p[3])}};
    const bool ns = type[0] == 'n';
    const double gamma = ns ? 1 : fabs(p[1]), delta = p[ns ? 1 : 2], last = p[ns ? 2 : 3];
    const double eta = type[0] == 'p' ? last : last / (1 + fabs(last));
    return (struct import_half){{p[0] + delta / (1 + eta), p[0] - delta / (1 - eta)}, {gamma / (1 + eta), gamma / (1 - eta)}};
}

static int two_sided(struct import *im, struct side *s, struct bz_error *err)
{
    const size_t rows = s->type[0] == 'n' ? 3 : 4;
    if (s->rows != rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s_par has %zu rows, expected %zu of %s", im->b->path, s->what, s->rows, rows,
                       s->type);
    struct import_half *h = bz_alloc(s->n, sizeof(*h), err);
    struct import_side out = {0};
    for (size_t i = 0; h && i < s->n; i++)
        h[i] = half_of(s->type, s->par + i * rows);
    const int rc = h ? import_halves(im, s->what, s->type, h, s->n, &out, err) : -1;
    s->unit = out.unit;
    s->bias = out.bias, s->deviation = out.deviation, s->factor = out.factor, s->below = out.below;
    bz_free(h);
    return rc;
}

static int read_side(struct import *im, struct side *s, const char *what, struct bz_error *err)
{
    char name[64];
    size_t all = 0;
    s->what = what;
    snprintf(name, sizeof(name), "%s_type", what);
    if (!bundle_text(im->b, name))
        return bz_fail(err, BZ_BAD_INPUT, "%s: no %s", im->b->path, name);
    snprintf(s->type, sizeof(s->type), "%s", bundle_text(im->b, name));
    snprintf(name, sizeof(name), "%s_par", what);
    const struct train_array *a = bundle_array(im->b, name, err);
    if (!a || a->npy.rank < 2)
        return a ? bz_fail(err, BZ_BAD_INPUT, "%s: '%s' has %zu dimensions, expected 2 or more", im->b->path, name, a->npy.rank)
                 : -1;
    if (import_numbers(im, name, &s->par, &all, err) < 0)
        return -1;
    s->rows = a->npy.shape[a->npy.rank - 1];
    s->n = s->rows ? all / s->rows : 0;
    if (strncmp(s->type, "Potts", 5) == 0) {
        s->q = a->npy.rank > 2 ? a->npy.shape[a->npy.rank - 2] : 0;
        return s->q < 2 ? bz_fail(err, BZ_BAD_INPUT, "%s: '%s': expected [..., states, 1]", im->b->path, name)
                        : plain_side(s, BZ_SOFTMAX, err);
    }
    if (strcmp(s->type, "Binary") == 0 || strcmp(s->type, "Spin") == 0)
        return plain_side(s, s->type[0] == 'B' ? BZ_BERNOULLI : BZ_SPIN, err);
    if (strcmp(s->type, "Gaussian") == 0 || strcmp(s->type, "ReLU") == 0)
        return s->rows != 2
                   ? bz_fail(err, BZ_BAD_INPUT, "%s: '%s' has %zu rows, expected theta and gamma", im->b->path, name, s->rows)
                   : precision_side(im, s, 0, 1, s->type[0] == 'R', err);
    if (strcmp(s->type, "dReLU") == 0 || strcmp(s->type, "xReLU") == 0 || strcmp(s->type, "pReLU") == 0 ||
        strcmp(s->type, "nsReLU") == 0)
        return two_sided(im, s, err);
    return import_refuse(im, err, "its %s units are %s, which boltz has no counterpart of", what, s->type);
}

/* offset_v, scale_v of the centred and standardised machines. */
static int read_centring(struct import *im, struct side *s, const char *suffix, struct bz_error *err)
{
    char name[32];
    snprintf(name, sizeof(name), "offset_%s", suffix);
    if (bundle_has_array(im->b, name) && import_numbers(im, name, &s->offset, &s->n, err) < 0)
        return -1;
    snprintf(name, sizeof(name), "scale_%s", suffix);
    if (!bundle_has_array(im->b, name))
        return 0;
    if (import_numbers(im, name, &s->scale, &s->n, err) < 0 || (!s->factor && fill(&s->factor, s->n, 1, err) < 0))
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        if (!(s->scale[i] != 0))
            return bz_fail(err, BZ_BAD_INPUT, "%s: '%s' holds a 0", im->b->path, name);
        s->factor[i] /= s->scale[i];
    }
    return 0;
}

/* Pictures of Julia's size (height, width) run down columns: the machine's units run along rows. */
static int reorder_picture(struct import *im, struct import_rbm *r, struct bz_error *err)
{
    const struct train_array *a = bundle_array(im->b, "visible_par", err);
    if (!a || a->npy.rank != 3)
        return a ? 0 : -1;
    const size_t width = a->npy.shape[0], height = a->npy.shape[1];
    r->shape[0] = height;
    r->shape[1] = width;
    r->rank = 2;
    if (!(r->visible_order = bz_alloc(r->n_visible, sizeof(size_t), err)))
        return -1;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            r->visible_order[y * width + x] = x * height + y;
    return import_say(im, err, "a layer of %zu x %zu: units run along rows here (in Julia down columns)", height, width);
}

static int make_julia(struct import *im, struct bz_error *err)
{
    struct side v = {0}, h = {0};
    struct import_rbm r = {.hidden_first = true, .weight = "weights"};
    const char *version = bundle_text(im->b, "rbm_hdf5_file_format_version");
    int rc = strcmp(version, "1.0.0") == 0
                 ? 0
                 : import_refuse(im, err, "format version %s of RestrictedBoltzmannMachines.jl, expected 1.0.0", version);
    if (rc == 0)
        rc = read_side(im, &v, "visible", err);
    if (rc == 0)
        rc = read_side(im, &h, "hidden", err);
    if (rc == 0)
        rc = read_centring(im, &v, "v", err);
    if (rc == 0)
        rc = read_centring(im, &h, "h", err);
    if (rc == 0) {
        r.visible_unit = v.unit;
        r.hidden_unit = h.unit;
        r.n_visible = v.n;
        r.n_hidden = h.n;
        r.groups = v.q ? v.n / v.q : 1;
        r.visible_bias = v.bias, r.hidden_bias = h.bias, r.visible_offset = v.offset, r.hidden_offset = h.offset;
        r.visible_deviation = v.deviation, r.hidden_deviation = h.deviation, r.visible_factor = v.factor,
        r.hidden_factor = h.factor, r.hidden_below = bz_take(&h.below);
        v.bias = h.bias = v.offset = h.offset = v.deviation = h.deviation = v.factor = h.factor = NULL;
        if (h.q)
            rc = import_refuse(im, err, "its hidden units are %s, expected groups of visible units only", h.type);
    }
    if (rc == 0 && v.q)
        rc = (r.letters = import_alphabet(im, v.q, NULL, err)) ? 0 : -1;
    if (rc == 0 && !v.q)
        rc = reorder_picture(im, &r, err);
    if (rc == 0)
        rc = import_say(im, err, "%s, visible %s, hidden %s; weights [hidden, visible] as C sees them",
                        bundle_text(im->b, "rbm_type"), v.type, h.type);
    if (rc == 0)
        rc = import_rbm_make(im, &r, err);
    import_rbm_free(&r);
    side_free(&v);
    side_free(&h);
    return rc;
}

const struct import_program import_julia = {"julia", "RestrictedBoltzmannMachines.jl", is_julia, make_julia};
