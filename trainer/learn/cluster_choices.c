/* Groups of rows among columns of choices: categories, and bits of which at most one is on. */
#include "clusters_private.h"

#include "mathx.h"
#include "unit.h"

#include <math.h>

static bool may_be_none(const struct bz_layer *l)
{
    return bz_unit_type(l->unit)->exclusive;
}

/* Unit i of choice g. */
static size_t unit_of(const struct bz_layer *l, size_t g, size_t i)
{
    return !may_be_none(l) ? g * (l->size / l->groups) + i : l->exclusion.unit[l->exclusion.first[g] + i];
}

static size_t choices(const struct bz_layer *l)
{
    return !may_be_none(l) ? l->groups : l->exclusion.n;
}

static size_t width(const struct bz_layer *l, size_t g)
{
    return !may_be_none(l) ? l->size / l->groups : l->exclusion.first[g + 1] - l->exclusion.first[g];
}

/* Smoothed by one more row, evenly divided among the states. */
static double rate(const struct bz_layer *l, size_t g, double mean, double n)
{
    return (fmax(mean, 0) * n + 1 / (double)(width(l, g) + may_be_none(l))) / (n + 1);
}

static double rate_of_none(const struct bz_layer *l, size_t g, const double *mean, double n)
{
    double rest = 1;
    for (size_t i = 0; i < width(l, g); i++)
        rest -= mean[unit_of(l, g, i)];
    return rate(l, g, rest, n);
}

void train_choice_fields(const struct bz_layer *l, const double *mean, double n, double *field)
{
    for (size_t g = 0; g < choices(l); g++) {
        const double none = may_be_none(l) ? bz_log(rate_of_none(l, g, mean, n)) : 0;
        for (size_t i = 0; i < width(l, g); i++) {
            const size_t u = unit_of(l, g, i);
            field[u] = bz_log(rate(l, g, mean[u], n)) - none;
        }
    }
}

double train_choices_log_z(const struct bz_layer *l, const double *field)
{
    double sum = 0;
    for (size_t g = 0; g < choices(l); g++) {
        double largest = may_be_none(l) ? 0 : -INFINITY, states = 0;
        for (size_t i = 0; i < width(l, g); i++)
            largest = fmax(largest, field[unit_of(l, g, i)]);
        for (size_t i = 0; i < width(l, g); i++)
            states += bz_exp(field[unit_of(l, g, i)] - largest);
        sum += largest + bz_log(states + (may_be_none(l) ? bz_exp(-largest) : 0));
    }
    return sum;
}

double train_choices_apart(const struct bz_layer *l, const double *known, const double *mean, double n, const double *other,
                           double n_other)
{
    double nats = 0;
    for (size_t g = 0; g < choices(l); g++) {
        const double share = known[unit_of(l, g, 0)], rows = share * n, others = share * n_other;
        double sum = may_be_none(l) ? sqrt(rate_of_none(l, g, mean, rows) * rate_of_none(l, g, other, others)) : 0;
        for (size_t i = 0; i < width(l, g); i++) {
            const size_t u = unit_of(l, g, i);
            sum += sqrt(rate(l, g, mean[u], rows) * rate(l, g, other[u], others));
        }
        nats -= share * bz_log(sum);
    }
    return nats;
}
