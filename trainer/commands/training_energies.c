/* The distribution of the free energies of rows not learned from, which a model keeps for telling unusual rows. */
#include "training.h"

#include "energy.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 10000, MOST_VARIATIONAL = 1000, MOST_WITH_GAPS = 200, ENOUGH_COMPLETE = 50 };

/* Private to one thread. */
struct seat {
    struct bz_state *s;
    struct bz_work *w;
};

struct energies {
    struct train_feed feed;
    size_t *rows; /* [n] of the feed's data */
    size_t n;
    double *free_energy; /* [n] */
    struct seat *seats;  /* [n_seats] */
    size_t n_seats;
};

static int open_seats(struct energies *e, const struct bz_machine *m, struct bz_error *err)
{
    if (!(e->seats = bz_alloc(e->n_seats, sizeof(*e->seats), err)))
        return -1;
    for (size_t i = 0; i < e->n_seats; i++)
        if (bz_state_new(&e->seats[i].s, m, BZ_TILE, err) < 0 || bz_work_new(&e->seats[i].w, m, err) < 0 ||
            train_feed_prepare(&e->feed, e->seats[i].s, err) < 0)
            return -1;
    return 0;
}

static void close_seats(struct energies *e)
{
    for (size_t i = 0; e->seats && i < e->n_seats; i++) {
        bz_state_free(e->seats[i].s);
        bz_work_free(e->seats[i].w);
    }
    bz_free(e->seats);
}

static void read_tile(const struct energies *e, struct bz_state *s, size_t first, size_t n)
{
    s->n = n;
    train_feed_read(&e->feed, s, 0, e->rows + first, n, 0);
}

/* Tiles seat, seat + n_seats, ... */
static void measure(void *arg, size_t seat)
{
    struct energies *e = arg;
    struct bz_state *s = e->seats[seat].s;
    for (size_t first = seat * BZ_TILE; first < e->n; first += e->n_seats * BZ_TILE) {
        const size_t n = e->n - first < BZ_TILE ? e->n - first : BZ_TILE;
        read_tile(e, s, first, n);
        bz_free_energy(s, 0, n, e->free_energy + first, NULL, e->seats[seat].w);
    }
}

/* Moves the complete ones of rows[n] to the front; returns how many. */
static size_t complete_first(const struct energies *e, size_t *rows)
{
    struct bz_state *s = e->seats[0].s;
    size_t complete = 0;
    for (size_t first = 0; first < e->n; first += BZ_TILE) {
        const size_t n = e->n - first < BZ_TILE ? e->n - first : BZ_TILE;
        read_tile(e, s, first, n);
        for (size_t i = 0; i < n; i++)
            if (bz_row_is_complete(s, i)) {
                const size_t row = rows[first + i]; /* complete <= first + i */
                rows[first + i] = rows[complete];
                rows[complete++] = row;
            }
    }
    return complete;
}

/* Evenly spaced ones of all[n]: *out, the caller's. */
static int spread(size_t **out, const size_t *all, size_t n, size_t most, size_t *kept, struct bz_error *err)
{
    *kept = n < most ? n : most;
    if (!(*out = bz_alloc(*kept, sizeof(size_t), err)))
        return -1;
    for (size_t i = 0; i < *kept; i++)
        (*out)[i] = all[(size_t)((double)i * (double)n / (double)*kept)];
    return 0;
}

/* Of rows[n] as many as are worth measuring: complete ones, if there are enough. */
static int choose_rows(struct energies *e, const struct bz_machine *m, const size_t *rows, size_t n, struct bz_error *err)
{
    const size_t most = bz_machine_hidden_independent(m) ? MOST_ROWS : MOST_VARIATIONAL;
    if (spread(&e->rows, rows, n, most, &e->n, err) < 0)
        return -1;
    if (!(e->free_energy = bz_alloc(e->n, sizeof(double), err)) || open_seats(e, m, err) < 0)
        return -1;
    const size_t complete = complete_first(e, e->rows);
    if (complete >= ENOUGH_COMPLETE || complete == e->n)
        e->n = complete;
    else if (e->n > MOST_WITH_GAPS)
        e->n = MOST_WITH_GAPS;
    return 0;
}

static void close_energies(struct energies *e)
{
    close_seats(e);
    bz_free_all(e->rows, e->free_energy);
    e->seats = NULL;
    e->rows = NULL;
    e->free_energy = NULL;
}

/* F(v) of rows[n], by place in *e; close_energies in every case. */
static int find(struct energies *e, const struct training *t, const struct bz_machine *m, const size_t *rows, size_t n,
                struct bz_error *err)
{
    if (choose_rows(e, m, rows, n, err) < 0)
        return -1;
    bz_parallel_for(t->par, e->n_seats, measure, e);
    return 0;
}

static double mean_of(const struct energies *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->n; i++)
        sum += e->free_energy[i];
    return sum / (double)e->n;
}

/* By how much more the result has than the machine that had not seen the rows held out at first, for rows that both have
 * learned from: free energies of different machines begin anywhere. */
static int find_shift(struct energies *e, const struct training *t, double *shift, struct bz_error *err)
{
    const size_t learned = t->n_rows - t->refitted;
    int rc = find(e, t, t->unseeing, t->rows, learned, err);
    *shift = rc == 0 ? mean_of(e) : 0;
    close_energies(e);
    rc = rc == 0 ? find(e, t, t->result, t->rows, learned, err) : -1;
    *shift = rc == 0 ? mean_of(e) - *shift : 0;
    close_energies(e);
    return rc;
}

/* Rows that were learned from after all tell what is usual by the machine that had not seen them, if there are enough. */
int training_energies(const struct training *t, struct bz_energy_scale **out, struct bz_error *err)
{
    enum { ENOUGH_HELD_OUT = 25 };
    const bool held_out = t->n_valid > 0, before = !held_out && t->unseeing && t->refitted >= ENOUGH_HELD_OUT;
    struct energies e = {.feed = held_out ? t->valid_feed : t->feed};
    double shift = 0;
    /* As in `boltz score`: without labels, grey values as means unless they are binarised. */
    e.feed.label_layer = -1;
    if (e.feed.binarize != TRAIN_BINARIZE_THRESHOLD)
        e.feed.binarize = TRAIN_BINARIZE_NONE;
    e.n_seats = t->par && t->par->threads > 1 ? t->par->threads : 1;
    int rc = before ? find_shift(&e, t, &shift, err) : 0;
    if (rc == 0)
        rc = held_out ? find(&e, t, t->result, t->valid_rows, t->n_valid, err)
             : before ? find(&e, t, t->unseeing, t->rows + t->n_rows - t->refitted, t->refitted, err)
                      : find(&e, t, t->result, t->rows, t->n_rows, err);
    for (size_t i = 0; rc == 0 && i < e.n; i++)
        e.free_energy[i] += shift;
    if (rc == 0)
        rc = bz_energy_scale_make(out, e.free_energy, e.n, TRAIN_CONTAMINATION, held_out || before ? "held-out" : "training",
                                  err);
    close_energies(&e);
    return rc;
}
