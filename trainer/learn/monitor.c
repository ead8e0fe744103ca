#include "monitor.h"

#include "energy.h"
#include "infer.h"
#include "mem.h"
#include "object.h"
#include "row_weights.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_ROWS = 512,      /* rows for free energy and reconstruction */
    VARIATIONAL_ROWS = 64, /* if each needs a mean field */
    PSEUDO_COST = 1 << 24, /* the pseudo-likelihood takes as many rows as keep rows * visible * hidden near this */
    GAP_COST = 1 << 23,    /* states of unknown units, times hidden units, that are gone through for the rows of one data set */
    TILE = 32,             /* rows at a time, */
    LEAST_TILE = 2,        /* of wide machines as few as this */
    SEAT_MEMORY = 1 << 27  /* bytes of the seats for the rows of one data set, unless one a thread takes more */
};

/* What measuring a tile needs. */
struct seat {
    struct bz_chains *chains;
    struct bz_work *work;
    float **given; /* [n_layers][room][size] of visible layers: the rows as they were read */
};

/* A tile of rows of one data set. */
struct tile {
    const struct train_feed *feed;
    const size_t *rows;
    size_t n, n_pseudo;
    struct seat *seat; /* borrowed; of wide machines tiles take turns on one */
    double free_energy[TILE], error[TILE], pseudo[TILE];
    bool pseudo_failed;
};

struct train_monitor {
    const struct bz_machine *machine;
    struct bz_parallel *par;
    size_t *rows, *valid_rows;
    struct tile *tiles;                  /* those of the training data first */
    size_t n_tiles, n_train_tiles, room; /* rows of a tile */
    struct seat *seats;                  /* [2][n_seats]: of tiles of the training data, of others */
    size_t n_seats;
    size_t first; /* tile of those under way */
};

struct train_measure train_unmeasured(void)
{
    struct train_measure m = {0};
    m.reconstruction_error = m.pseudo_likelihood = m.free_energy_train = m.free_energy_valid = m.log_prob = m.log_prob_valid =
        m.log_z_error = m.followed.train = m.followed.valid = m.followed.error = (double)NAN;
    return m;
}

void train_history_add(struct train_history *h, const struct train_measure *m)
{
    if (h->stride == 0)
        h->stride = 1;
    if (h->seen++ % h->stride != 0)
        return;
    if (h->n == TRAIN_HISTORY) {
        for (size_t i = 0; i < TRAIN_HISTORY / 2; i++)
            h->points[i] = h->points[2 * i];
        h->n = TRAIN_HISTORY / 2;
        h->stride *= 2;
    }
    h->points[h->n++] = *m;
}

bool train_history_sways(const struct train_history *h, double bound)
{
    enum { LEAST = 4 };
    size_t judged = 0, beyond = 0;
    for (size_t i = 0; i < h->n; i++)
        if (isfinite(h->points[i].log_z_error) && 2 * h->points[i].updates > h->points[h->n - 1].updates) {
            judged++;
            beyond += h->points[i].log_z_error > bound;
        }
    return judged >= LEAST && 2 * beyond > judged;
}

/* --- construction --- */

static size_t *pick(struct train_monitor *t, const size_t *rows, size_t n_rows, size_t n, struct bz_error *err)
{
    size_t *picked = bz_part(t, n, sizeof(*picked), err);
    for (size_t i = 0; picked && i < n; i++)
        picked[i] = rows[i * n_rows / n];
    return picked;
}

/* --- rows with gaps --- */

struct dear {
    double states;
    size_t place;
};

static int by_states(const void *a, const void *b)
{
    const struct dear *x = a, *y = b;
    const int states = (x->states > y->states) - (x->states < y->states);
    return states ? states : (x->place > y->place) - (x->place < y->place);
}

/* list[n]: the states of each row's unknown units. */
static int count_states(const struct bz_machine *m, const struct train_feed *feed, const size_t *rows, size_t n,
                        struct dear *list, struct bz_error *err)
{
    struct bz_chains *c = NULL;
    struct bz_work *work = NULL;
    const int rc =
        bz_chains_new(&c, m, 1, err) < 0 || bz_work_new_for(&work, m, 1, err) < 0 || train_feed_prepare(feed, c->s, err) < 0
            ? -1
            : 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        train_feed_read(feed, c->s, 0, rows + i, 1, 0);
        list[i] = (struct dear){bz_free_energy_states(c->s, 0, work), i};
    }
    bz_chains_free(c);
    bz_work_free(work);
    return rc;
}

/* The free energy of a row with gaps is a sum over all that they can hold, a million states for twenty bits. So many rows stay,
 * those of few states first and in their order, that measuring does not take longer than learning. *n becomes how many. */
static int leave_out_dear(const struct bz_machine *m, const struct train_feed *feed, size_t *rows, size_t *n,
                          struct bz_error *err)
{
    double hidden = 1, cost = 0;
    size_t kept = 0, stay = 0;
    struct dear *list = bz_alloc(*n, sizeof(*list), err);
    bool *stays = bz_alloc(*n, sizeof(*stays), err);
    const int rc = list && stays ? count_states(m, feed, rows, *n, list, err) : -1;
    for (size_t l = 0; l < m->n_layers; l++)
        hidden += bz_is_visible(&m->layers[l]) ? 0 : (double)m->layers[l].size;
    if (rc == 0)
        qsort(list, *n, sizeof(*list), by_states);
    while (rc == 0 && stay < *n && ((cost += list[stay].states * hidden) <= GAP_COST || stay == 0))
        stays[list[stay++].place] = true;
    for (size_t i = 0; rc == 0 && i < *n; i++)
        if (stays[i])
            rows[kept++] = rows[i];
    *n = rc == 0 ? kept : *n;
    bz_free(list);
    bz_free(stays);
    return rc;
}

/* --- seats and tiles --- */

static int make_seat(struct train_monitor *monitor, struct seat *t, const struct train_feed *feed, struct bz_error *err)
{
    const struct bz_machine *m = monitor->machine;
    if (bz_chains_new(&t->chains, m, monitor->room, err) < 0 || bz_work_new_for(&t->work, m, monitor->room, err) < 0 ||
        train_feed_prepare(feed, t->chains->s, err) < 0 || !(t->given = bz_part(monitor, m->n_layers, sizeof(*t->given), err)))
        return -1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_is_visible(&m->layers[l]) &&
            !(t->given[l] = bz_part(monitor, monitor->room * m->layers[l].size, sizeof(float), err)))
            return -1;
    return 0;
}

/* Bytes of a seat for each row. */
static double row_bytes(const struct bz_machine *m)
{
    enum { SCRATCH = 6 }; /* arrays of the largest layer's width */
    double units = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        units += 2 * (double)m->layers[l].size;
    return sizeof(float) * (units + SCRATCH * (double)bz_machine_widest(m));
}

/* Rows of a tile: of wide machines so few that a seat for each thread is within SEAT_MEMORY. Where mean fields may begin with
 * what the last ones left, what rows share a tile must not depend on memory. */
static size_t room_of(const struct bz_machine *m, size_t threads)
{
    const double rows = SEAT_MEMORY / (row_bytes(m) * (double)threads);
    if (!bz_machine_hidden_independent(m) || rows >= TILE)
        return TILE;
    return rows < LEAST_TILE ? LEAST_TILE : (size_t)rows;
}

/* How many seats tiles of one data set share: one each, but of wide machines as many as SEAT_MEMORY holds. */
static size_t seats_of(const struct bz_machine *m, size_t threads, size_t room, size_t tiles)
{
    const double seats = SEAT_MEMORY / (row_bytes(m) * (double)room);
    if (!bz_machine_hidden_independent(m) || seats >= (double)tiles)
        return tiles;
    return seats > (double)threads ? (size_t)seats : threads < tiles ? threads : tiles;
}

static size_t threads_of(const struct bz_parallel *par)
{
    return par && par->threads > 1 ? par->threads : 1;
}

double train_monitor_needs(const struct bz_machine *m, const struct bz_parallel *par, bool valid)
{
    const bool exact = bz_machine_hidden_independent(m);
    const size_t room = room_of(m, threads_of(par)), tiles = ((exact ? EXACT_ROWS : VARIATIONAL_ROWS) + room - 1) / room;
    const double touched = 0.56; /* of the scratch little more than two arrays (measured) */
    return touched * (1 + valid) * (double)seats_of(m, threads_of(par), room, tiles) * (double)room * row_bytes(m);
}

static size_t tiles_of(size_t rows, size_t room)
{
    return (rows + room - 1) / room;
}

/* Rows for the pseudo-likelihood. A gaussian unit's conditional is an integral over 64 values or more, in double: as much as
 * four other units'. */
static size_t pseudo_rows(const struct bz_machine *m)
{
    enum { NODES = 4 * 64 };
    size_t visible = 1, hidden = 1;
    for (size_t l = 0; l < m->n_layers; l++)
        *(bz_is_visible(&m->layers[l]) ? &visible : &hidden) +=
            m->layers[l].size * (bz_unit_type(m->layers[l].unit)->scaled ? NODES : 1);
    const double rows = (double)PSEUDO_COST / ((double)visible * (double)hidden);
    return rows > EXACT_ROWS ? EXACT_ROWS : rows < 8 ? 8 : (size_t)rows;
}

static int fill(struct train_monitor *t, const struct train_feed *train, size_t n, const struct train_feed *valid,
                size_t n_valid, struct bz_error *err)
{
    const size_t threads = threads_of(t->par);
    t->room = room_of(t->machine, threads);
    t->n_train_tiles = tiles_of(n, t->room);
    if (!(t->tiles = bz_part(t, t->n_train_tiles + tiles_of(n_valid, t->room), sizeof(*t->tiles), err)))
        return -1;
    t->n_tiles = t->n_train_tiles + tiles_of(n_valid, t->room);
    const size_t others = t->n_tiles - t->n_train_tiles, most = t->n_train_tiles > others ? t->n_train_tiles : others;
    t->n_seats = seats_of(t->machine, threads, t->room, most);
    if (!(t->seats = bz_part(t, 2 * t->n_seats, sizeof(*t->seats), err)))
        return -1;
    const size_t pseudo = pseudo_rows(t->machine);
    for (size_t k = 0; k < t->n_tiles; k++) {
        const bool training = k < t->n_train_tiles;
        const size_t first = t->room * (training ? k : k - t->n_train_tiles), all = training ? n : n_valid;
        struct tile *tile = &t->tiles[k];
        tile->feed = training ? train : valid;
        tile->rows = (training ? t->rows : t->valid_rows) + first;
        tile->n = all - first < t->room ? all - first : t->room;
        tile->n_pseudo = !training || first >= pseudo ? 0 : pseudo - first < tile->n ? pseudo - first : tile->n;
        tile->seat = &t->seats[training ? k % t->n_seats : t->n_seats + (k - t->n_train_tiles) % t->n_seats];
        if (!tile->seat->chains && make_seat(t, tile->seat, tile->feed, err) < 0)
            return -1;
    }
    return 0;
}

static void end_monitor(void *self)
{
    struct train_monitor *t = self;
    for (size_t k = 0; t->seats && k < 2 * t->n_seats; k++) {
        bz_chains_free(t->seats[k].chains);
        bz_work_free(t->seats[k].work);
    }
}

static int open_monitor(struct train_monitor **out, const struct bz_machine *machine, struct train_watched train,
                        struct train_watched valid, struct bz_parallel *par, struct bz_error *err)
{
    const size_t most = bz_machine_hidden_independent(machine) ? EXACT_ROWS : VARIATIONAL_ROWS;
    size_t n = train.n < most ? train.n : most, n_other = !valid.feed ? 0 : valid.n < most ? valid.n : most;
    struct train_monitor *t = bz_object_new(sizeof(*t), end_monitor, err);
    if (!t)
        return -1;
    t->machine = machine;
    t->par = par;
    const bool failed = !(t->rows = pick(t, train.rows, train.n, n, err)) ||
                        (n_other && !(t->valid_rows = pick(t, valid.rows, valid.n, n_other, err))) ||
                        leave_out_dear(machine, train.feed, t->rows, &n, err) < 0 ||
                        (n_other && leave_out_dear(machine, valid.feed, t->valid_rows, &n_other, err) < 0) ||
                        fill(t, train.feed, n, valid.feed, n_other, err) < 0;
    return bz_object_give(out, t, failed ? -1 : 0);
}

int train_monitor_new(struct train_monitor **out, const struct bz_machine *machine, struct train_watched train,
                      struct train_watched valid, const double *weights, struct bz_parallel *par, struct bz_error *err)
{
    const double *of_valid = valid.feed && valid.feed->data == train.feed->data ? weights : NULL;
    size_t *counted = NULL, *others = NULL;
    int rc = -1;
    if (train_weights_count(&counted, weights, train.rows, train.n, err) == 0 &&
        train_weights_count(&others, of_valid, valid.rows, valid.n, err) == 0) {
        train.rows = counted;
        valid.rows = others;
        rc = open_monitor(out, machine, train, valid, par, err);
    }
    bz_free(counted);
    bz_free(others);
    return rc;
}

void train_monitor_free(struct train_monitor *t)
{
    bz_object_free(t);
}

/* --- measuring --- */

static struct bz_state *read_tile(const struct tile *t)
{
    struct bz_state *s = t->seat->chains->s;
    s->n = t->n;
    train_feed_read(t->feed, s, 0, t->rows, t->n, 0);
    return s;
}

/* A value or label of a row is not known: what the other units say of it, and it of them, is not there to be measured. */
static bool has_gaps(const struct bz_state *s, size_t row)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const size_t size = s->m->layers[l].size;
        if (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l] + row * size, 0, size))
            return true;
    }
    return false;
}

static void measure_tile(void *arg, size_t k)
{
    struct train_monitor *m = arg;
    struct tile *t = &m->tiles[m->first + k];
    const struct seat *seat = t->seat;
    struct bz_state *s = read_tile(t);
    bz_free_energy(s, 0, t->n, t->free_energy, NULL, seat->work);
    if (m->first + k >= m->n_train_tiles)
        return;
    if (t->n_pseudo) {
        read_tile(t);
        t->pseudo_failed = bz_pseudo_likelihood(s, 0, t->n_pseudo, t->pseudo, seat->work, NULL) < 0;
        for (size_t r = 0; r < t->n_pseudo; r++)
            t->pseudo[r] = has_gaps(s, r) ? (double)NAN : t->pseudo[r];
    }
    read_tile(t);
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (seat->given[l])
            memcpy(seat->given[l], s->x[l], t->n * s->m->layers[l].size * sizeof(float));
    bz_reconstruct(seat->chains, (const float *const *)seat->given, 0, t->n, 1, BZ_MEAN, t->error, seat->work);
}

/* Tiles first .. end-1, at most one a seat at a time. */
static void measure_tiles(struct train_monitor *t, size_t first, size_t end)
{
    for (t->first = first; t->first < end; t->first += t->n_seats) {
        const size_t left = end - t->first;
        bz_parallel_for(t->par, left < t->n_seats ? left : t->n_seats, measure_tile, t);
    }
}

struct mean {
    double sum;
    size_t n;
};

static void add(struct mean *m, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        m->sum += x[i];
    m->n += n;
}

static double value(const struct mean *m)
{
    return m->n ? m->sum / (double)m->n : (double)NAN;
}

void train_monitor_measure(struct train_monitor *t, struct train_measure *out)
{
    struct mean train = {0}, valid = {0}, error = {0}, pseudo = {0};
    bool pseudo_failed = false;
    if (t->n_seats >= t->n_train_tiles && t->n_seats + t->n_train_tiles >= t->n_tiles) { /* all at once */
        t->first = 0;
        bz_parallel_for(t->par, t->n_tiles, measure_tile, t);
    } else {
        measure_tiles(t, 0, t->n_train_tiles);
        measure_tiles(t, t->n_train_tiles, t->n_tiles);
    }
    for (size_t k = 0; k < t->n_tiles; k++) {
        const struct tile *tile = &t->tiles[k];
        add(k < t->n_train_tiles ? &train : &valid, tile->free_energy, tile->n);
        if (k < t->n_train_tiles)
            add(&error, tile->error, tile->n);
        for (size_t r = 0; r < tile->n_pseudo; r++)
            add(&pseudo, tile->pseudo + r, !isnan(tile->pseudo[r]));
        pseudo_failed = pseudo_failed || tile->pseudo_failed;
    }
    out->free_energy_train = value(&train);
    out->free_energy_valid = value(&valid);
    out->reconstruction_error = value(&error);
    out->pseudo_likelihood = pseudo_failed ? (double)NAN : value(&pseudo);
}
