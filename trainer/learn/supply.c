#include "supply.h"

#include "object.h"
#include "phases.h"
#include "spread.h"

#include "mem.h"

#include <string.h>

enum { ROWS = 1024, BYTES = 1 << 22 }; /* that a process gets at a time, but at least those of an update */

struct train_supply {
    const struct train_stage *s;
    uint64_t per_epoch, epoch, update;
    size_t *order; /* [n_rows] of this epoch */
    struct train_feed feed;

    /* Where rows come from others. */
    size_t most;            /* rows at a time */
    uint64_t from, to;      /* updates that they are of */
    bool all;               /* they are all of the updates' rows */
    struct train_data data; /* as the stage's, but with these rows */
    struct train_row_store store;
};

/* --- what comes from others --- */

static size_t rows_at_a_time(const struct train_supply *p)
{
    size_t bytes = 1;
    for (size_t k = 0; k < p->feed.data->n_parts; k++) {
        const struct train_part *part = &p->feed.data->parts[k];
        bytes += part->store == TRAIN_U8 ? part->size : part->store == TRAIN_F32 ? part->size * sizeof(float) : 0;
    }
    return BYTES / bytes < ROWS ? BYTES / bytes : ROWS;
}

static int open_store(struct train_supply *p, struct bz_error *err)
{
    const struct train_data *d = p->s->feed->data;
    p->data = *d;
    if (!(p->data.parts = bz_part(p, d->n_parts, sizeof(*d->parts), err)))
        return -1;
    for (size_t k = 0; k < d->n_parts; k++) {
        p->data.parts[k] = d->parts[k];
        p->data.parts[k].u8 = NULL;
        p->data.parts[k].f32 = p->data.parts[k].value = NULL;
        p->data.parts[k].row_start = NULL;
        p->data.parts[k].index = NULL;
    }
    p->feed.data = &p->data;
    return train_row_store_open(&p->store, &p->data, p->most > p->s->batch ? p->most : p->s->batch, SIZE_MAX, err);
}

static void end_supply(void *self)
{
    struct train_supply *p = self;
    for (size_t k = 0; p->data.parts && k < p->data.n_parts; k++) {
        struct train_part *part = &p->data.parts[k];
        void *const owned[] = {part->u8, part->f32, part->row_start, part->index, part->value};
        for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
            bz_free(owned[i]);
    }
    train_row_store_close(&p->store);
}

/* Where the rows of an update begin in the order of its epoch, and how many they are. */
static size_t rows_of(const struct train_supply *p, uint64_t update, size_t *n)
{
    const size_t first = (size_t)(update % p->per_epoch) * p->s->batch;
    *n = p->s->n_rows - first < p->s->batch ? p->s->n_rows - first : p->s->batch;
    return first;
}

static size_t wanted(const void *arg, size_t rank, size_t *rows)
{
    const struct train_supply *p = arg;
    size_t all = 0;
    for (uint64_t u = p->from; u < p->to; u++) {
        size_t n, skipped = 0, count;
        const size_t first = rows_of(p, u, &n);
        count = n;
        if (!p->all)
            train_ranks_share_of(p->s->ranks, rank, n, &skipped, &count);
        memcpy(rows + all, p->order + first + skipped, count * sizeof(*rows));
        all += count;
    }
    return all;
}

/* The rows of the next updates of this epoch. All processes come here at the same updates. */
static int get_rows(struct train_supply *p, bool all, struct bz_error *err)
{
    const uint64_t left = p->per_epoch - p->update % p->per_epoch;
    const size_t ranks = train_ranks_count(p->s->ranks), share = (p->s->batch + ranks - 1) / ranks;
    const uint64_t updates = all || p->most < share ? 1 : p->most / share;
    const struct train_move move = {p->s->feed->data, false, wanted, p, p->most > p->s->batch ? p->most : p->s->batch};
    p->all = all;
    p->from = p->update;
    p->to = p->update + (updates < left ? updates : left);
    train_row_store_clear(&p->store);
    return train_spread_move(&move, &p->store, p->s->ranks, err);
}

/* --- a stage's rows --- */

int train_supply_new(struct train_supply **out, const struct train_stage *s, struct bz_error *err)
{
    struct train_supply *p = bz_object_new(sizeof(*p), end_supply, err);
    if (!p)
        return -1;
    p->s = s;
    p->feed = *s->feed;
    p->per_epoch = train_updates_per_epoch(s->n_rows, s->batch);
    p->epoch = UINT64_MAX;
    p->most = rows_at_a_time(p);
    const bool failed = !(p->order = bz_part(p, s->n_rows, sizeof(*p->order), err)) || (s->spread && open_store(p, err) < 0);
    return bz_object_give(out, p, failed ? -1 : 0);
}

void train_supply_free(struct train_supply *p)
{
    bz_object_free(p);
}

int train_supply_turn(struct train_supply *p, const struct train_learner *l, size_t *n, struct bz_error *err)
{
    const struct train_stage *s = p->s;
    const uint64_t epoch = l->updates / p->per_epoch;
    if (epoch != p->epoch)
        train_row_order(p->order, s->rows, s->n_rows, s->weights, s->seed, epoch);
    p->epoch = epoch;
    p->update = l->updates;
    rows_of(p, p->update, n);
    const bool all = train_reads_all(l), there = p->update >= p->from && p->update < p->to && (p->all || !all);
    return !s->spread || there ? 0 : get_rows(p, all, err);
}

void train_supply_read(void *supply, struct bz_state *data, size_t first, size_t n)
{
    const struct train_supply *p = supply;
    size_t all;
    train_feed_read(&p->feed, data, first, p->order + rows_of(p, p->update, &all) + first, n, p->epoch);
}
