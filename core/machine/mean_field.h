/* Private to the core: one mean-field update, shared by the fixed point (infer.c) and the free-running sweeps (reconstruct.c).
 */
#ifndef BZ_MEAN_FIELD_H
#define BZ_MEAN_FIELD_H

#include "state.h"

/* The mask of a row of a layer, or NULL if no unit of it is marked known. *all_known: nothing is left to infer, either because
 * all units are marked or because a visible layer has no mask at all. */
const uint8_t *bz_row_mask(const struct bz_state *s, size_t layer, size_t row, bool *all_known);

/* x of rows first .. first+n-1 (at most a tile) becomes the mean given the other layers, units marked known keeping theirs;
 * under lateral couplings unit by unit. moved[r] = the larger of moved[r] and the largest move in the row; moved NULL: not
 * asked. */
void bz_mean_rows(struct bz_state *s, size_t layer, size_t first, size_t n, double *moved, struct bz_work *w);

/* Sets the unknown units of one row of a layer to their means without neighbours. */
void bz_start_at_base(struct bz_state *s, size_t layer, size_t row, struct bz_work *w);

#endif
