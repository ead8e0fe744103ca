/* The hidden layers of a machine to be trained: their type, and their size if left open. */
#include "training.h"

#include "factors.h"
#include "mem.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char automatic[] = "auto";

/* Gaps are filled by linear dependence on what is known: numbers with gaps get units that start from that. */
static bool suits_factors(const struct training *t)
{
    bool gaps = false;
    for (size_t p = 0; p < t->data->n_parts; p++)
        gaps = gaps || t->data->parts[p].missing;
    return gaps && !strcmp(t->kind, "rbm") && t->settings->hidden.n == 0 && !t->data_options->labels && !t->init &&
           train_has_factors(t->data);
}

/* UNIT, or softmax:K. */
int training_hidden_unit(const struct training *t, struct train_shape *shape, struct bz_error *err)
{
    const char *text = t->settings->hidden_unit, *colon = strchr(text, ':');
    char name[16], names[128], *end = NULL;
    snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - text < 15 ? colon - text : 15) : 15, text);
    const int unit = bz_unit_from_name(name);
    bz_unit_names(names, sizeof(names), false, true);
    shape->hidden_unit = suits_factors(t) ? BZ_GAUSSIAN : BZ_BERNOULLI;
    if (!strcmp(text, automatic))
        return 0;
    if (unit == BZ_DRELU)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--hidden-unit drelu: the parameters in which the halves of such units differ are not learned; they "
                       "come with models of other programs (boltz import)");
    if (unit < 0 || !bz_unit_type((enum bz_unit)unit)->hidden)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit: expected %s, found '%.64s'", names, text);
    shape->hidden_unit = (enum bz_unit)unit;
    if (!colon)
        return 0;
    shape->hidden_states = colon[1] >= '1' && colon[1] <= '9' ? strtoull(colon + 1, &end, 10) : 0;
    if (!bz_unit_type(shape->hidden_unit)->grouped || shape->hidden_states < 2 || *end)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit: expected a number of states from 2 after softmax:, found '%.64s'",
                       text);
    return 0;
}

/* Without --hidden: for factors one less than the units of a row, which suffices for any covariance; else half as many as the
 * units of a row, at least 16, at most 500 and, except for the 16, one per ten rows. */
int training_hidden_size(const struct training *t, const struct train_shape *shape, struct train_pathway *pathway,
                         struct bz_error *err)
{
    enum { LEAST = 16, MOST = 500, ROWS_EACH = 10 };
    size_t visible = 0, wanted = 0, *size = bz_alloc(1, sizeof(*size), err);
    if (!size)
        return -1;
    for (size_t p = 0; p < t->data->n_parts; p++)
        visible += t->data->parts[p].size;
    for (size_t p = 0; p < t->data->n_parts; p++)
        wanted += bz_unit_type(t->data->parts[p].unit)->discrete ? t->data->parts[p].size : 2 * t->data->parts[p].size;
    *size = wanted / 2 < MOST ? wanted / 2 : MOST;
    *size = *size < t->n_rows / ROWS_EACH ? *size : t->n_rows / ROWS_EACH;
    *size = *size > LEAST ? *size : LEAST;
    if (shape->hidden_unit == BZ_GAUSSIAN && train_has_factors(t->data))
        *size = visible - 1;
    pathway->sizes = size;
    pathway->n = 1;
    train_progress_say(t->progress, "%zu %shidden units (--hidden N for another number)", *size,
                       shape->hidden_unit == BZ_GAUSSIAN ? "gaussian " : "");
    return 0;
}
