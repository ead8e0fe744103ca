#include "surprise.h"

#include "energy.h"
#include "infer.h"
#include "stop.h"

#include <string.h>

struct search {
    const struct bz_columns *t;
    struct bz_state *s;
    const float *const *x;
    const uint8_t *const *known;
    double free_energy;
    struct bz_surprise *out;
    size_t n, most;
    struct bz_surprise cell[BZ_TILE]; /* of the rows of s */
    size_t layer[BZ_TILE];
    size_t rows;
    bool stopped;
};

/* The row as it is, into row r of the state. */
static void put_row(const struct search *q, size_t r)
{
    const struct bz_machine *m = q->s->m;
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        if (!bz_is_visible(&m->layers[l]))
            continue;
        if (q->x[l])
            memcpy(q->s->x[l] + r * size, q->x[l], size * sizeof(float));
        else
            memset(q->s->x[l] + r * size, 0, size * sizeof(float));
        if (q->x[l] && q->known[l])
            memcpy(q->s->known[l] + r * size, q->known[l], size);
        else
            memset(q->s->known[l] + r * size, q->x[l] != NULL, size);
    }
}

/* The cell as a column of one value. */
static struct bz_column alone(const struct search *q, const struct bz_surprise *cell)
{
    struct bz_column c = q->t->columns[cell->column];
    c.unit += cell->within;
    return c;
}

static void insert(struct search *q, const struct bz_surprise *cell)
{
    size_t at = q->n;
    if (!(cell->drop > 0))
        return;
    while (at > 0 && q->out[at - 1].drop < cell->drop)
        at--;
    if (at == q->most)
        return;
    if (q->n < q->most)
        q->n++;
    memmove(q->out + at + 1, q->out + at, (q->n - at - 1) * sizeof(*cell));
    q->out[at] = *cell;
}

/* The cells that stand in the state's rows. */
static void judge(struct search *q, struct bz_work *w)
{
    double f[BZ_TILE];
    q->s->n = q->rows;
    q->stopped = q->stopped || bz_stopping();
    if (q->rows == 0 || q->stopped)
        return;
    bz_mean_field(q->s, 0, q->rows, false, NULL, w);
    for (size_t r = 0; r < q->rows; r++) {
        struct bz_surprise *cell = &q->cell[r];
        const struct bz_column c = alone(q, cell);
        const size_t l = q->layer[r], size = q->s->m->layers[l].size;
        cell->value = bz_column_value_of(&c, 0, q->x[l], &q->s->m->layers[l], NULL);
        cell->expected = bz_column_value_of(&c, 0, q->s->x[l] + r * size, &q->s->m->layers[l], NULL);
        put_row(q, r);
        bz_column_fill(&c, cell->expected, q->s->x[l] + r * size, q->s->known[l] + r * size);
    }
    bz_free_energy(q->s, 0, q->rows, f, NULL, w);
    for (size_t r = 0; r < q->rows; r++) {
        q->cell[r].drop = q->free_energy - f[r];
        insert(q, &q->cell[r]);
    }
    q->rows = 0;
}

/* Rows to judge together: a tile, or fewer where they would take long: between two of these it is asked whether to stop. */
static size_t rows_together(const struct bz_state *s)
{
    enum { LEAST = 4 };
    const double work = 1 << 26; /* multiplications */
    const size_t most = s->room < BZ_TILE ? s->room : BZ_TILE;
    double row = 1;
    for (size_t c = 0; c < s->m->n_couplings; c++)
        row += (double)s->m->layers[s->m->couplings[c].a].size * (double)s->m->layers[s->m->couplings[c].b].size;
    const size_t rows = row * (double)most <= work ? most : row * LEAST < work ? (size_t)(work / row) : LEAST;
    return rows < most ? rows : most;
}

size_t bz_surprises(const struct bz_columns *t, struct bz_state *s, const float *const *x, const uint8_t *const *known,
                    double free_energy, struct bz_surprise *out, size_t most, struct bz_work *w)
{
    struct search q = {.t = t, .s = s, .x = x, .known = known, .free_energy = free_energy, .out = out, .most = most};
    const size_t room = rows_together(s);
    for (size_t j = 0; j < t->n && !q.stopped; j++) {
        const struct bz_column *c = &t->columns[j];
        const long l = bz_column_is_input(c) ? bz_machine_find(s->m, c->layer) : -1;
        for (size_t k = 0; l >= 0 && x[l] && k < bz_column_width(c) && !q.stopped; k++) {
            if (known[l] && !known[l][c->unit + k])
                continue;
            const size_t r = q.rows++;
            q.cell[r] = (struct bz_surprise){.column = j, .within = k};
            q.layer[r] = (size_t)l;
            put_row(&q, r);
            memset(s->known[l] + r * s->m->layers[l].size + c->unit + k, 0, c->kind == BZ_COLUMN_CATEGORY ? c->size : 1);
            if (q.rows == room)
                judge(&q, w);
        }
    }
    judge(&q, w);
    return q.n;
}
