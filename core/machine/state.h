/* A batch of states of one machine: rows, each with a value for every unit; and the products that act on them. */
#ifndef BZ_STATE_H
#define BZ_STATE_H

#include "machine.h"

/* x[l] is [n][size_l]; a layer's pointer may be NULL where an operation does not need it. */
struct bz_state {
    const struct bz_machine *m; /* borrowed */
    size_t n, room;             /* rows in use, rows allocated */
    float **x;                  /* [n_layers] */
    float **counts;             /* [n_layers]: NULL but for multinomial layers: [n] the D of each row */
    uint8_t **known;            /* [n_layers]: NULL = every unit free; else [n][size_l], 1 = known (clamped) */
};

/* room rows, zeroed. */
int bz_state_new(struct bz_state **out, const struct bz_machine *m, size_t room, struct bz_error *err);
void bz_state_free(struct bz_state *s);
/* Makes known[layer] writable memory (zeroed if it was NULL). */
int bz_state_make_known(struct bz_state *s, size_t layer, struct bz_error *err);
/* Whether no value of a row's visible layers is missing; labels do not count. Free energies of other rows sum over the missing
 * values and are on another scale. */
bool bz_row_is_complete(const struct bz_state *s, size_t row);

/* Rescales rows first .. first+n-1 to `length` counts, in the same proportions, in every multinomial layer in which they have
 * any, so that documents of all lengths can be compared. 0 = no change. */
void bz_state_set_length(struct bz_state *s, size_t first, size_t n, float length);

/* D of a multinomial row, else 0. */
static inline double bz_row_counts(const struct bz_state *s, size_t layer, size_t row)
{
    return s->counts[layer] ? (double)s->counts[layer][row] : 0;
}

/* Scratch for one thread: sized for a machine and a tile of rows; nothing in core allocates after this. */
struct bz_work;
enum { BZ_TILE = 64 }; /* rows that kernels work on together */
int bz_work_new(struct bz_work **out, const struct bz_machine *m, struct bz_error *err);
/* The same for calls with at most `rows` rows, 1..BZ_TILE: proportionally less memory. */
int bz_work_new_for(struct bz_work **out, const struct bz_machine *m, size_t rows, struct bz_error *err);
void bz_work_free(struct bz_work *w);

/* Total input of `layer` for rows first .. first+n-1 (n <= BZ_TILE) of s from all its neighbours: out[n][size].
 * Gaussian: the conditional mean b + W u. Others: the field (log odds, logits). Lateral couplings are included when
 * `with_lateral`; a neighbour whose x is NULL contributes nothing. Uses the machine's start[] (offsets folded in). */
void bz_field(const struct bz_state *s, size_t layer, size_t first, size_t n, bool with_lateral, float *out, struct bz_work *w);

/* The contribution of one link only, without bias: out[n][size] = W u of that neighbour. For algorithms that cache parts. */
void bz_field_link(const struct bz_state *s, size_t layer, size_t link, size_t first, size_t n, float *out, struct bz_work *w);

/* Brings field[n][size] up to date when the neighbour's values changed by change[n][its size] (n <= BZ_TILE): fast if most of
 * it is 0. */
void bz_field_change(const struct bz_machine *m, size_t layer, size_t link, const float *change, size_t n, float *field,
                     struct bz_work *w);

#endif
