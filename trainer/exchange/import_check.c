/* --check: the user's own free energies of a few states, compared with those of the imported machine. */
#include "import_check.h"

#include "energy.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Units of all visible layers together. */
static size_t visible_units(const struct bz_machine *m)
{
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        n += bz_is_visible(&m->layers[l]) ? m->layers[l].size : 0;
    return n;
}

/* Groups of softmax layers, units of others: states may be given as numbers. */
static size_t visible_places(const struct bz_machine *m)
{
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        n += !bz_is_visible(&m->layers[l])              ? 0
             : bz_unit_type(m->layers[l].unit)->grouped ? m->layers[l].groups
                                                        : m->layers[l].size;
    return n;
}

/* One row of the user's states into the state. */
static int fill_row(struct bz_state *s, size_t row, const double *x, bool numbers, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const struct bz_layer *layer = &s->m->layers[l];
        float *to = bz_is_visible(layer) ? s->x[l] + row * layer->size : NULL;
        double counts = 0;
        size_t bad;
        if (!to)
            continue;
        const bool grouped = bz_unit_type(layer->unit)->grouped;
        const size_t q = layer->size / layer->groups;
        for (size_t g = 0; numbers && grouped && g < layer->groups; g++) {
            const double k = *x++;
            if (!(k >= 0 && k < (double)q) || k != floor(k))
                return bz_fail(err, BZ_BAD_INPUT, "row %zu: state %g of %zu", row + 1, k, q);
            to[g * q + (size_t)k] = 1;
        }
        for (size_t i = 0; (!numbers || !grouped) && i < layer->size; i++) {
            to[i] = (float)*x++;
            counts += (double)to[i];
        }
        if (bz_check_row(layer, to, NULL, &bad, err) < 0)
            return bz_fail_in(err, "row %zu, layer %s", row + 1, layer->name);
        if (s->counts[l])
            s->counts[l][row] = (float)counts;
    }
    return 0;
}

static int free_energies(struct bz_machine *m, const double *x, size_t n, bool numbers, double *out, struct bz_error *err)
{
    struct bz_state *s = NULL;
    struct bz_work *w = NULL;
    const size_t wide = numbers ? visible_places(m) : visible_units(m);
    int rc = bz_machine_prepare(m, err) < 0 || bz_state_new(&s, m, BZ_TILE, err) < 0 || bz_work_new(&w, m, err) < 0 ? -1 : 0;
    for (size_t first = 0; rc == 0 && first < n; first += BZ_TILE) {
        const size_t rows = n - first < BZ_TILE ? n - first : BZ_TILE;
        for (size_t l = 0; l < m->n_layers; l++)
            memset(s->x[l], 0, BZ_TILE * m->layers[l].size * sizeof(float));
        for (size_t r = 0; rc == 0 && r < rows; r++)
            if ((rc = fill_row(s, r, x + (first + r) * wide, numbers, err)) < 0)
                bz_fail_in(err, "rows from %zu", first + 1);
        s->n = rows;
        if (rc == 0)
            bz_free_energy(s, 0, rows, out + first, NULL, w);
    }
    bz_work_free(w);
    bz_state_free(s);
    return rc;
}

static int read_npy(const char *path, double **out, struct bz_npy *a, struct bz_error *err)
{
    struct train_source s;
    if (train_source_read(&s, path, err) < 0)
        return -1;
    int rc = bz_npy_parse(a, s.data, s.size, err);
    if (rc < 0)
        bz_fail_in(err, "--check %s", path);
    else if (!(*out = bz_alloc(a->count, sizeof(double), err)))
        rc = -1;
    else
        bz_npy_doubles(a, s.data + a->offset, 0, a->count, *out);
    train_source_free(&s);
    return rc;
}

/* Checks that the differences are one number up to rounding, or shows them. */
static int judge(struct import *im, const double *ours, const double *theirs, size_t n, struct bz_error *err)
{
    double least = INFINITY, most = -INFINITY, largest = 0;
    char list[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = ours[i] - theirs[i];
        least = d < least ? d : least;
        most = d > most ? d : most;
        largest = fabs(ours[i]) > largest ? fabs(ours[i]) : largest;
        if (i < 6)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.6g", i ? ", " : "", d);
    }
    if (!(most - least <= 1e-3 + 1e-5 * largest))
        return bz_fail(err, BZ_BAD_INPUT,
                       "--check: the free energies differ by more than one constant, from %.6g to %.6g (first rows: %s): this "
                       "is not the machine that gave them",
                       least, most, list);
    return import_say(im, err, "checked: %zu free energies differ by the constant %.6g", n, (most + least) / 2);
}

/* Energies that are numbers, and states that differ: anything less would pass without having been compared. */
static int check_evidence(const char *states, const char *energies, const double *x, size_t wide, const double *theirs,
                          size_t n, struct bz_error *err)
{
    bool differ = false;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(theirs[i]))
            return bz_fail(err, BZ_BAD_INPUT, "--check %s: row %zu: %g, expected a free energy", energies, i + 1, theirs[i]);
        differ = differ || memcmp(x, x + i * wide, wide * sizeof(*x)) != 0;
    }
    return differ
               ? 0
               : bz_fail(err, BZ_BAD_INPUT, "--check %s: its %zu states are all the same, expected different ones", states, n);
}

int import_check(struct import *im, const char *states, const char *energies, struct bz_error *err)
{
    struct bz_npy a, e;
    double *x = NULL, *theirs = NULL, *ours = NULL;
    int rc = -1;
    if (!bz_machine_hidden_independent(im->machine))
        return bz_fail(
            err, BZ_UNSUPPORTED,
            "--check: the free energies of a machine whose hidden layers are coupled are bounds only, nothing to compare with");
    if (read_npy(states, &x, &a, err) < 0 || read_npy(energies, &theirs, &e, err) < 0)
        goto out;
    const size_t n = e.count, wide = n ? a.count / n : 0;
    const bool numbers = wide == visible_places(im->machine) && wide != visible_units(im->machine);
    if (n < 2 || a.count % n != 0 || (a.rank > 1 && a.shape[0] != n) || (!numbers && wide != visible_units(im->machine))) {
        bz_fail(
            err, BZ_BAD_INPUT,
            "--check: %s has %zu numbers in %zu rows for the %zu energies of %s, expected %zu a state (all visible layers one "
            "after another) and at least 2 states",
            states, a.count, a.rank > 1 ? a.shape[0] : 1, n, energies, visible_units(im->machine));
        goto out;
    }
    if (check_evidence(states, energies, x, wide, theirs, n, err) < 0 || !(ours = bz_alloc(n, sizeof(double), err)))
        goto out;
    if (free_energies(im->machine, x, n, numbers, ours, err) < 0)
        bz_fail_in(err, "--check %s", states);
    else
        rc = judge(im, ours, theirs, n, err);
out:
    bz_free_all(x, theirs, ours);
    return rc;
}
