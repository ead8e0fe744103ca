/* RBMs and Potts machines from the arrays of a file. */
#include "import.h"

#include "mem.h"

#include <math.h>
#include <string.h>

void import_rbm_free(struct import_rbm *r)
{
    bz_free_all(r->visible_bias, r->hidden_bias, r->visible_offset, r->hidden_offset, r->visible_deviation, r->hidden_deviation,
                r->hidden_below, r->visible_factor, r->hidden_factor, r->visible_order);
    *r = (struct import_rbm){0};
}

static void copy(float *to, const double *from, size_t n, const size_t *order)
{
    for (size_t i = 0; to && from && i < n; i++)
        to[i] = (float)from[order ? order[i] : i];
}

static int copy_deviations(const struct import *im, float *to, const double *s, size_t n, const size_t *order,
                           struct bz_error *err)
{
    for (size_t i = 0; to && s && i < n; i++) {
        const double x = s[order ? order[i] : i];
        if (!(x > 0 && isfinite(x)))
            return bz_fail(err, BZ_BAD_INPUT, "%s: unit %zu has the deviation %g, expected one above 0", im->b->path, i, x);
        to[i] = (float)log(x);
    }
    return 0;
}

/* The file's weights, row by row, times the factors of both sides. */
static int fill_weights(struct import *im, const struct import_rbm *r, const struct train_array *a, struct bz_error *err)
{
    float *w = bz_machine_weight(im->machine, 0);
    const size_t rows = r->hidden_first ? r->n_hidden : r->n_visible, columns = r->hidden_first ? r->n_visible : r->n_hidden;
    double *line = bz_alloc(columns, sizeof(*line), err);
    size_t *place = line ? bz_alloc(r->n_visible, sizeof(*place), err) : NULL; /* of the file's visible units */
    int rc = place ? 0 : -1;
    for (size_t u = 0; rc == 0 && u < r->n_visible; u++)
        place[r->visible_order ? r->visible_order[u] : u] = u;
    for (size_t i = 0; rc == 0 && i < rows; i++) {
        bz_npy_doubles(&a->npy, a->data, i * columns, columns, line);
        for (size_t j = 0; rc == 0 && j < columns; j++) {
            const size_t v = r->hidden_first ? j : i, h = r->hidden_first ? i : j;
            const double x =
                line[j] * (r->visible_factor ? r->visible_factor[v] : 1) * (r->hidden_factor ? r->hidden_factor[h] : 1);
            if (!isfinite((float)x))
                rc = bz_fail(err, BZ_BAD_INPUT, "%s: array '%s', row %zu, column %zu: %g, expected a finite number",
                             im->b->path, r->weight, i, j, x);
            w[place[v] * r->n_hidden + h] = (float)x;
        }
    }
    bz_free(line);
    bz_free(place);
    return rc;
}

/* [hidden, visible] or [visible, hidden]; units of either side may have several dimensions (pictures, sites by states): as many
 * numbers alone would also fit the other orientation. */
static bool has_sides(const struct bz_npy *a, size_t first, size_t second)
{
    size_t before = 1, d = 0;
    while (d < a->rank && before < first)
        before *= a->shape[d++];
    while (d < a->rank && a->shape[d] == 1)
        d++;
    size_t after = 1;
    while (d < a->rank)
        after *= a->shape[d++];
    return before == first && after == second;
}

int import_rbm_make(struct import *im, const struct import_rbm *r, struct bz_error *err)
{
    const struct bz_layer_spec layers[2] = {
        {"visible", BZ_VISIBLE, r->visible_unit, r->n_visible, r->groups, r->visible_offset != NULL},
        {"hidden", BZ_HIDDEN, r->hidden_unit, r->n_hidden, 1, r->hidden_offset != NULL},
    };
    const struct train_array *a = bundle_array(im->b, r->weight, err);
    size_t n;
    if (!a)
        return -1;
    if (bz_mul(&n, r->n_visible, r->n_hidden) < 0 || a->npy.count != n)
        return bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' has %zu numbers, expected %zu x %zu", im->b->path, r->weight,
                       a->npy.count, r->n_visible, r->n_hidden);
    if (bz_machine_new(&im->machine, "rbm", layers, 2, &(struct bz_coupling_spec){0, 1}, 1, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    const size_t first = r->hidden_first ? r->n_hidden : r->n_visible;
    if (!has_sides(&a->npy, first, n / first))
        return bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' is %zu x %zu%s, expected %zu x %zu ([%s])", im->b->path, r->weight,
                       a->npy.shape[0], a->npy.rank > 1 ? a->npy.shape[1] : 1, a->npy.rank > 2 ? " x ..." : "", first,
                       n / first, r->hidden_first ? "hidden, visible" : "visible, hidden");
    struct bz_machine *m = im->machine;
    copy(bz_machine_bias(m, 0), r->visible_bias, r->n_visible, r->visible_order);
    copy(bz_machine_bias(m, 1), r->hidden_bias, r->n_hidden, NULL);
    copy(bz_machine_below(m, 1), r->hidden_below, 2 * r->n_hidden, NULL);
    copy(bz_machine_offset(m, 0), r->visible_offset, r->n_visible, r->visible_order);
    copy(bz_machine_offset(m, 1), r->hidden_offset, r->n_hidden, NULL);
    if (copy_deviations(im, bz_machine_log_sigma(m, 0), r->visible_deviation, r->n_visible, r->visible_order, err) < 0 ||
        copy_deviations(im, bz_machine_log_sigma(m, 1), r->hidden_deviation, r->n_hidden, NULL, err) < 0 ||
        fill_weights(im, r, a, err) < 0)
        return -1;
    memcpy(m->layers[0].shape, r->shape, sizeof(r->shape));
    m->layers[0].rank = r->rank;
    return r->letters && r->letters[0] ? import_letters(&m->layers[0], r->letters, err) : 0;
}

int import_letters(struct bz_layer *layer, const char *letters, struct bz_error *err)
{
    const size_t n = strlen(letters);
    if (!(layer->categories = bz_alloc(n, sizeof(char *), err)))
        return -1;
    for (; layer->n_categories < n; layer->n_categories++)
        if (!(layer->categories[layer->n_categories] = bz_strndup(&letters[layer->n_categories], 1, err)))
            return -1;
    return 0;
}

int import_potts_new(struct import *im, size_t sites, size_t q, const char *letters, struct bz_error *err)
{
    size_t n;
    if (sites < 1 || q < 2 || bz_mul(&n, sites, q) < 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu sites of %zu states, expected a site or more of two states or more",
                       im->b->path, sites, q);
    const struct bz_layer_spec layer = {"visible", BZ_VISIBLE, BZ_SOFTMAX, n, sites, false};
    if (bz_machine_new(&im->machine, "bm", &layer, 1, &(struct bz_coupling_spec){0, 0}, 1, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    return letters && letters[0] ? import_letters(&im->machine->layers[0], letters, err) : 0;
}

const char *import_alphabet(struct import *im, size_t q, const char *const *usual, struct bz_error *err)
{
    const char *given = im->o->alphabet;
    im->used |= IMPORT_ALPHABET;
    if (given) {
        if (strlen(given) == q)
            return given;
        bz_fail(err, BZ_BAD_USAGE, "--alphabet %.64s: %zu letters, the file has %zu states", given, strlen(given), q);
        return NULL;
    }
    for (; usual && *usual; usual++)
        if (strlen(*usual) == q)
            return import_say(im, err, "states are taken for the letters %s; --alphabet names others", *usual) < 0 ? NULL
                                                                                                                   : *usual;
    return import_say(im, err, "which letters the %zu states are is not in the file; --alphabet names them", q) < 0 ? NULL : "";
}

void import_couple(struct bz_machine *m, size_t q, size_t i, size_t j, size_t a, size_t b, double x)
{
    const size_t n = m->layers[0].size;
    float *w = bz_machine_weight(m, 0);
    w[(i * q + a) * n + j * q + b] = (float)x;
    w[(j * q + b) * n + i * q + a] = (float)x;
}
