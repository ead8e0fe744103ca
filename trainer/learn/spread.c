#include "spread.h"

#include "lending.h"
#include "mem.h"

#include <limits.h>
#include <string.h>

enum { PIECES = 1 << 26 /* bytes of blocks that go to all ranks at a time */ };

/* --- rows from rank to rank --- */

struct moving {
    const struct train_move *move;
    struct train_ranks *ranks;
    size_t ranks_n, me;
    size_t *rows;              /* [move->most] */
    int *bytes, *bytes2;       /* [ranks] that go there, come from there */
    const uint8_t **at, **end; /* [ranks] the next bytes from it */
    uint8_t *out, *in;
};

static size_t source_of(const struct moving *m, size_t row)
{
    return m->move->from_first ? 0 : train_ranks_owner(m->ranks, m->move->from->rows, row);
}

static int count_bytes(struct moving *m, struct bz_error *err)
{
    size_t all = 0;
    for (size_t k = 0; k < m->ranks_n; k++) {
        const size_t n = m->move->wanted(m->move->arg, k, m->rows), before = all;
        for (size_t i = 0; i < n; i++)
            if (source_of(m, m->rows[i]) == m->me)
                all += train_row_bytes(m->move->from, m->rows[i]);
        if (all > INT_MAX)
            return bz_fail(err, BZ_TOO_LARGE,
                           "the rows of an update are more than 2 GB from one process: use a smaller --batch");
        m->bytes[k] = (int)(all - before);
    }
    return 0;
}

/* How many bytes each will get. */
static int swap_counts(struct moving *m, size_t *coming, struct bz_error *err)
{
    int *one = bz_alloc(m->ranks_n, sizeof(*one), err);
    if (!one)
        return -1;
    for (size_t k = 0; k < m->ranks_n; k++)
        one[k] = sizeof(int);
    int rc = train_ranks_swap(m->ranks, m->bytes, one, m->bytes2, one, err);
    bz_free(one);
    *coming = 0;
    for (size_t k = 0; rc == 0 && k < m->ranks_n; k++)
        *coming += (size_t)m->bytes2[k];
    if (rc == 0 && *coming > INT_MAX)
        rc = bz_fail(err, BZ_TOO_LARGE, "the rows of an update are more than 2 GB for one process: use a smaller --batch");
    return rc;
}

static void pack(struct moving *m)
{
    uint8_t *to = m->out;
    for (size_t k = 0; k < m->ranks_n; k++) {
        const size_t n = m->move->wanted(m->move->arg, k, m->rows);
        for (size_t i = 0; i < n; i++)
            if (source_of(m, m->rows[i]) == m->me)
                to = train_row_pack(m->move->from, m->rows[i], to);
    }
}

static int unpack(struct moving *m, struct train_row_store *to, struct bz_error *err)
{
    const size_t n = to ? m->move->wanted(m->move->arg, m->me, m->rows) : 0;
    const uint8_t *next = m->in;
    for (size_t k = 0; k < m->ranks_n; k++) {
        m->at[k] = next;
        m->end[k] = next += m->bytes2[k];
    }
    for (size_t i = 0; i < n; i++) {
        const size_t k = source_of(m, m->rows[i]);
        if (train_row_store_add(to, m->rows[i], &m->at[k], m->end[k], err) < 0)
            return -1;
    }
    return 0;
}

static int exchange(struct moving *m, struct train_row_store *to, struct bz_error *err)
{
    size_t coming, going = 0;
    if (count_bytes(m, err) < 0 || swap_counts(m, &coming, err) < 0)
        return -1;
    for (size_t k = 0; k < m->ranks_n; k++)
        going += (size_t)m->bytes[k];
    if (!(m->out = bz_alloc(going, 1, err)) || !(m->in = bz_alloc(coming, 1, err)))
        return -1;
    pack(m);
    return train_ranks_swap(m->ranks, m->out, m->bytes, m->in, m->bytes2, err) < 0 ? -1 : unpack(m, to, err);
}

int train_spread_move(const struct train_move *move, struct train_row_store *to, struct train_ranks *ranks,
                      struct bz_error *err)
{
    const size_t n = train_ranks_count(ranks);
    struct moving m = {.move = move, .ranks = ranks, .ranks_n = n, .me = train_ranks_number(ranks)};
    int rc = -1;
    if ((m.rows = bz_alloc(move->most, sizeof(*m.rows), err)) && (m.bytes = bz_alloc(n, sizeof(*m.bytes), err)) &&
        (m.bytes2 = bz_alloc(n, sizeof(*m.bytes2), err)) && (m.at = bz_alloc(n, sizeof(*m.at), err)) &&
        (m.end = bz_alloc(n, sizeof(*m.end), err)))
        rc = exchange(&m, to, err);
    void *const owned[] = {m.rows, m.bytes, m.bytes2, m.at, m.end, m.out, m.in};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        bz_free(owned[i]);
    return rc;
}

/* --- blocks --- */

/* Piece `turn` of each rank's block. */
struct piece {
    const struct train_ranks *ranks;
    size_t rows, each, turn;
};

static size_t piece_of(const void *arg, size_t rank, size_t *rows)
{
    const struct piece *p = arg;
    size_t first, count;
    train_ranks_share_of(p->ranks, rank, p->rows, &first, &count);
    const size_t from = p->turn * p->each, left = from < count ? count - from : 0, n = left < p->each ? left : p->each;
    for (size_t i = 0; rank > 0 && i < n; i++)
        rows[i] = first + from + i;
    return rank > 0 ? n : 0;
}

/* Rows whose bytes make about a piece, as rank 0 finds them. */
static size_t rows_of_piece(const struct train_data *d, size_t ranks)
{
    size_t most = 1;
    const size_t piece = PIECES / ranks;
    for (size_t r = 0; r < d->rows; r += d->rows / 64 + 1) {
        const size_t bytes = train_row_bytes(d, r);
        most = bytes > most ? bytes : most;
    }
    return most < piece ? piece / most : 1;
}

static int deal_rows(struct train_data *d, struct train_ranks *ranks, struct bz_error *err)
{
    const bool first = train_ranks_number(ranks) == 0;
    struct piece piece = {.ranks = ranks, .rows = d->rows, .each = first ? rows_of_piece(d, train_ranks_count(ranks)) : 0};
    const struct train_move move = {d, true, piece_of, &piece, 0};
    struct train_row_store store = {0};
    size_t at, count, longest;
    int rc = train_ranks_follow(ranks, &piece.each, sizeof(piece.each), err);
    train_ranks_share(ranks, d->rows, &at, &count);
    train_ranks_share_of(ranks, 0, d->rows, &(size_t){0}, &longest);
    if (rc == 0 && !first)
        rc = train_row_store_open(&store, d, count, at, err);
    for (; rc == 0 && piece.turn * piece.each < longest; piece.turn++) {
        struct train_move turn = move;
        turn.most = piece.each;
        rc = train_spread_move(&turn, first ? NULL : &store, ranks, err);
    }
    train_row_store_close(&store);
    return rc;
}

int train_spread_deal(struct train_data **d, bool rows, struct train_ranks *ranks, struct bz_error *err)
{
    const bool first = train_ranks_number(ranks) == 0;
    void *outline = NULL;
    size_t bytes = 0;
    int rc = first ? train_data_outline(*d, &outline, &bytes, err) : 0;
    if (rc == 0)
        rc = train_ranks_follow(ranks, &bytes, sizeof(bytes), err);
    if (rc == 0 && !first)
        rc = (outline = bz_alloc(bytes, 1, err)) ? 0 : -1;
    if (rc == 0)
        rc = train_ranks_follow(ranks, outline, bytes, err);
    if (rc == 0 && !first)
        rc = train_data_of_outline(d, outline, bytes, err);
    bz_free(outline);
    return rc < 0 || !rows ? rc : deal_rows(*d, ranks, err);
}

int train_spread_machine(struct bz_machine *m, struct train_ranks *ranks, struct bz_error *err)
{
    if (train_ranks_follow(ranks, m->block, m->block_size * sizeof(*m->block), err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++)
        if (train_ranks_follow(ranks, &m->layers[l].usual_counts, sizeof(m->layers[l].usual_counts), err) < 0)
            return -1;
    return bz_machine_prepare(m, err);
}
