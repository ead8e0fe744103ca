#include "pass.h"

#include "linalg.h"
#include "mem.h"
#include "moments.h"
#include "object.h"
#include "unit.h"

#include <limits.h>
#include <string.h>

/* More processes would spend longer on adding everyone's moments than the bytes take. */
enum { MOST_RANKS = 16 };

/* How a row of a layer is sent. */
enum form { FLOATS, BITS };

/* A layer's states or means, [rows][size]. */
struct array {
    float *at;
    size_t size;
    float two[2]; /* if only these occur in a row, bits are sent */
};

struct train_passing {
    struct array *arrays; /* [2 * couplings] of the half under way */
    size_t n_arrays;
    uint8_t *out;
    size_t out_room;
    double *sum; /* [tail] */
};

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static void end_passing(void *self)
{
    struct train_passing *p = self;
    bz_free(p->out);
}

/* Whether rows are fewer bytes, even if none can go as bits, and few enough for one exchange: an exchange of rows sends each
 * row once, one of sums each moment twice. */
static bool fewer_bytes(const struct train_learner *l, size_t tail)
{
    size_t units = 0, weights = 0;
    const size_t ranks = train_ranks_count(l->ranks);
    for (size_t i = 0; i < l->m->n_layers; i++)
        units += l->m->layers[i].size;
    for (size_t c = 0; c < l->m->n_couplings; c++)
        weights += bz_coupling_weights(l->m, c);
    const size_t rows = l->clamped.s->room + l->running.s->room;
    const bool at_once = rows * units * 2 * sizeof(float) + ranks * tail * sizeof(float) <= INT_MAX; /* states and means */
    return at_once && rows * units + ranks * tail <= weights;
}

static bool may_pass(const struct train_learner *l, size_t tail)
{
    bool sparse = false;
    for (size_t c = 0; c < l->m->n_couplings; c++)
        sparse = sparse || l->m->couplings[c].index;
    return train_ranks_hosts(l->ranks) > 1 && train_ranks_count(l->ranks) <= MOST_RANKS && !sparse && l->rule.sweeps > 0 &&
           l->rule.algorithm != TRAIN_AUTOENCODER && !l->rule.discriminative && fewer_bytes(l, tail);
}

/* Other processors, or another library of products, would make other last bits of the same rows. */
static int same_products(const struct train_learner *l, bool *same, struct bz_error *err)
{
    enum { NAME = 128 };
    const size_t ranks = train_ranks_count(l->ranks);
    char *names = bz_alloc(ranks, NAME, err), *own = names ? names + train_ranks_number(l->ranks) * NAME : NULL;
    if (!names)
        return -1;
    strncpy(own, train_linalg_name(), NAME - 1);
    const int rc = train_ranks_gather(l->ranks, names, NAME, ranks, err);
    *same = true;
    for (size_t k = 1; k < ranks; k++)
        *same = *same && !memcmp(names, names + k * NAME, NAME);
    bz_free(names);
    return rc;
}

int train_passing_new(struct train_learner *l, size_t tail, struct bz_error *err)
{
    bool same;
    if (!may_pass(l, tail))
        return 0;
    if (same_products(l, &same, err) < 0)
        return -1;
    if (!same)
        return 0;
    struct train_passing *p = bz_object_new(sizeof(*p), end_passing, err);
    if (!p)
        return -1;
    const bool made = (p->arrays = bz_part(p, 2 * l->m->n_couplings, sizeof(*p->arrays), err)) &&
                      (p->sum = bz_part(p, tail, sizeof(*p->sum), err));
    return bz_object_give(&l->passing, p, made ? 0 : -1);
}

void train_passing_free(struct train_passing *p)
{
    bz_object_free(p);
}

/* --- the same everywhere --- */

static uint64_t digest(const struct train_learner *l)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < l->m->block_size; i++)
        hash = (hash ^ bits_of(l->m->block[i])) * 0x100000001b3; /* FNV-1a, of words */
    return hash;
}

int train_pass_check(const struct train_learner *l, struct bz_error *err)
{
    const size_t ranks = train_ranks_count(l->ranks);
    uint64_t *all = l->passing ? bz_alloc(ranks, sizeof(*all), err) : NULL;
    if (!l->passing)
        return 0;
    if (!all)
        return -1;
    all[train_ranks_number(l->ranks)] = digest(l);
    int rc = train_ranks_gather(l->ranks, all, sizeof(*all), ranks, err);
    for (size_t k = 1; rc == 0 && k < ranks; k++)
        if (all[k] != all[0])
            rc =
                bz_fail(err, BZ_IO,
                        "update %llu: the parameters of ranks 0 and %zu differ; expected the same bits from the same rows: are "
                        "the processors or libraries of their hosts not the same?",
                        (unsigned long long)l->updates, k);
    bz_free(all);
    return rc;
}

/* --- what is sent --- */

static void add_array(struct train_passing *p, float *at, const struct bz_layer *layer)
{
    const struct bz_unit_type *type = bz_unit_type(layer->unit);
    for (size_t i = 0; i < p->n_arrays; i++)
        if (p->arrays[i].at == at)
            return;
    p->arrays[p->n_arrays++] = (struct array){at, layer->size, {type->binary ? type->least : 0, type->binary ? type->most : 1}};
}

/* All that moments of a half are made of. */
static void list_arrays(struct train_learner *l, const struct train_phase *half)
{
    struct train_passing *p = l->passing;
    p->n_arrays = 0;
    for (size_t c = 0; c < l->m->n_couplings; c++) {
        float *x, *y;
        train_moments_sides(l, half, c, &x, &y);
        add_array(p, x, &l->m->layers[l->m->couplings[c].a]);
        add_array(p, y, &l->m->layers[l->m->couplings[c].b]);
    }
}

static bool only_two(const float *x, const struct array *a)
{
    const uint32_t low = bits_of(a->two[0]), high = bits_of(a->two[1]);
    for (size_t i = 0; i < a->size; i++)
        if (bits_of(x[i]) != low && bits_of(x[i]) != high)
            return false;
    return true;
}

static size_t row_bytes(const struct array *a, enum form form)
{
    return form == BITS ? (a->size + 7) / 8 : a->size * sizeof(float);
}

static uint8_t *put_row(uint8_t *to, const struct array *a, const float *x)
{
    const enum form form = only_two(x, a) ? BITS : FLOATS;
    *to++ = (uint8_t)form;
    if (form == FLOATS)
        memcpy(to, x, row_bytes(a, form));
    else
        memset(to, 0, row_bytes(a, form));
    for (size_t i = 0; form == BITS && i < a->size; i++)
        to[i / 8] |= (uint8_t)((bits_of(x[i]) != bits_of(a->two[0])) << i % 8);
    return to + row_bytes(a, form);
}

/* NULL if the bytes end before the row does. */
static const uint8_t *take_row(const uint8_t *from, const uint8_t *end, const struct array *a, float *x)
{
    if (!from || from == end)
        return NULL;
    const enum form form = *from++ == BITS ? BITS : FLOATS;
    if ((size_t)(end - from) < row_bytes(a, form))
        return NULL;
    if (form == FLOATS)
        memcpy(x, from, row_bytes(a, form));
    for (size_t i = 0; form == BITS && i < a->size; i++)
        x[i] = a->two[from[i / 8] >> i % 8 & 1];
    return from + row_bytes(a, form);
}

int train_pass_begin(struct train_learner *l, const struct train_phase *half, const float *tail, size_t n_tail,
                     struct bz_error *err)
{
    struct train_passing *p = l->passing;
    size_t most = n_tail * sizeof(*tail);
    list_arrays(l, half);
    for (size_t i = 0; i < p->n_arrays; i++)
        most += half->count * (1 + row_bytes(&p->arrays[i], FLOATS));
    if (bz_grow(&p->out, &p->out_room, most, 1, err) < 0)
        return -1;
    uint8_t *to = p->out;
    if (n_tail)
        memcpy(to, tail, n_tail * sizeof(*tail));
    to += n_tail * sizeof(*tail);
    for (size_t i = 0; i < p->n_arrays; i++)
        for (size_t r = half->first; r < half->first + half->count; r++)
            to = put_row(to, &p->arrays[i], p->arrays[i].at + r * p->arrays[i].size);
    return train_ranks_collect_begin(l->ranks, p->out, (size_t)(to - p->out), err);
}

/* --- what comes --- */

static int take_rows(const struct train_learner *l, const struct train_phase *half, size_t rank, const uint8_t *from,
                     const uint8_t *end, struct bz_error *err)
{
    const struct train_passing *p = l->passing;
    size_t first, count;
    train_ranks_share_of(l->ranks, rank, half->s->n, &first, &count);
    for (size_t i = 0; i < p->n_arrays; i++)
        for (size_t r = first; r < first + count; r++)
            from = take_row(from, end, &p->arrays[i], p->arrays[i].at + r * p->arrays[i].size);
    return from == end ? 0 : bz_fail(err, BZ_IO, "rows of rank %zu are not those of its share", rank);
}

int train_pass_end(struct train_learner *l, const struct train_phase *half, float *tail, size_t n_tail, struct bz_error *err)
{
    struct train_passing *p = l->passing;
    if (train_ranks_end(l->ranks, err) < 0)
        return -1;
    memset(p->sum, 0, n_tail * sizeof(*p->sum));
    for (size_t k = 0; k < train_ranks_count(l->ranks); k++) {
        size_t bytes;
        const uint8_t *from = train_ranks_collected(l->ranks, k, &bytes);
        if (bytes < n_tail * sizeof(*tail))
            return bz_fail(err, BZ_IO, "sums of rank %zu end too early", k);
        for (size_t i = 0; i < n_tail; i++) {
            float x;
            memcpy(&x, from + i * sizeof(x), sizeof(x));
            p->sum[i] += (double)x;
        }
        if (k != train_ranks_number(l->ranks) && take_rows(l, half, k, from + n_tail * sizeof(*tail), from + bytes, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n_tail; i++)
        tail[i] = (float)p->sum[i];
    return 0;
}
