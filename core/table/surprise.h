/* Which cells of a row the model would not have expected, given the others. */
#ifndef BZ_SURPRISE_H
#define BZ_SURPRISE_H

#include "columns.h"
#include "state.h"

/* A cell: a column of the table, and which of its values (of a run of nameless numbers). value and expected are as
 * bz_column_value_of has them. */
struct bz_surprise {
    size_t column, within;
    double value, expected;
    double drop; /* nats by which the row's free energy falls if the cell takes the expected value instead; > 0 */
};

/* The cells of one row whose drop is largest, at most `most`, the largest first, ties in the table's order; how many are
 * returned. x[n_layers][size] and known[n_layers][size] are the row (x[l] NULL = nothing of the layer is known, known[l] NULL =
 * all of it), free_energy its own. The expected value of a cell is mean field's when that cell alone is removed: the mean, or
 * the most probable category. s is scratch with known[] for every visible layer, and is overwritten. For machines without
 * multinomial layers. */
size_t bz_surprises(const struct bz_columns *t, struct bz_state *s, const float *const *x, const uint8_t *const *known,
                    double free_energy, struct bz_surprise *out, size_t most, struct bz_work *w);

#endif
