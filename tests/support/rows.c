#include "rows.h"

#include "enumerate.h"
#include "oracle_machines.h"
#include "rng.h"
#include "test.h"

#include <string.h>

enum { MOST_LAYERS = 16, MOST_UNITS = 64 };

static void fill_row(const struct bz_layer *l, size_t words, const struct bz_key *key, float *x)
{
    const size_t groups = l->unit == BZ_MULTINOMIAL ? words : l->groups, k = l->unit == BZ_MULTINOMIAL ? 0 : l->size / groups;

    for (size_t i = 0; i < l->size; i++) {
        const float bit = (float)(bz_random_u32(key, (uint32_t)i) >> 31), normal = (float)bz_random_normal(key, (uint32_t)i);
        switch (l->unit) {
        case BZ_BERNOULLI:
            x[i] = bit;
            break;
        case BZ_EXCLUSIVE:
            x[i] = bit;
            for (size_t j = 0; j < i; j++)
                x[i] = l->exclusion.group[j] == l->exclusion.group[i] && x[j] == 1 ? 0 : x[i];
            break;
        case BZ_SPIN:
            x[i] = 2 * bit - 1;
            break;
        case BZ_GAUSSIAN:
        case BZ_DRELU:
            x[i] = normal;
            break;
        case BZ_RELU:
            x[i] = normal < 0 ? -normal : normal;
            break;
        case BZ_SOFTMAX:
        case BZ_MULTINOMIAL:
        case BZ_N_UNITS:
            x[i] = 0;
        }
    }
    for (size_t g = 0; (l->unit == BZ_SOFTMAX || l->unit == BZ_MULTINOMIAL) && g < groups; g++)
        x[g * k + bz_random_u32(key, (uint32_t)g) % (k ? k : l->size)]++;
}

void rows_new(struct rows *rows, const struct bz_machine *m, size_t n, size_t words, uint64_t seed)
{
    struct bz_error err = {0};

    rows->m = m;
    assert_int_equal(bz_state_new(&rows->s, m, n, &err), 0);
    assert_int_equal(bz_work_new(&rows->w, m, &err), 0);
    rows->s->n = n;
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t r = 0; r < n; r++) {
            const struct bz_key key = {.seed = seed, .chain = (uint32_t)r, .layer = (uint16_t)l, .purpose = BZ_DRAW_MISC};
            fill_row(&m->layers[l], words, &key, rows->s->x[l] + r * m->layers[l].size);
            if (rows->s->counts[l])
                rows->s->counts[l][r] = (float)words;
        }
}

void rows_free(struct rows *rows)
{
    bz_state_free(rows->s);
    bz_work_free(rows->w);
}

void rows_forget(struct rows *rows, double part, bool all_types, uint64_t seed)
{
    struct bz_error err = {0};

    for (size_t l = 0; l < rows->m->n_layers; l++) {
        const struct bz_layer *layer = &rows->m->layers[l];
        const size_t k = layer->size / layer->groups;
        const bool fixed = !all_types && (layer->unit == BZ_GAUSSIAN || layer->unit == BZ_MULTINOMIAL);
        if (!bz_is_visible(layer))
            continue;
        assert_int_equal(bz_state_make_known(rows->s, l, &err), 0);
        for (size_t r = 0; r < rows->s->n; r++) {
            const struct bz_key key = {
                .seed = seed, .step = 1, .chain = (uint32_t)r, .layer = (uint16_t)l, .purpose = BZ_DRAW_MISC};
            for (size_t i = 0; i < layer->size; i++) {
                const bool whole =
                    layer->unit == BZ_SOFTMAX && r % 2 == 0; /* whole groups in even rows, single columns in odd ones */
                const uint32_t unit = (uint32_t)(whole ? i / k : i);
                rows->s->known[l][r * layer->size + i] = fixed || !(bz_random_double(&key, unit) < part);
            }
        }
    }
}

/* --- by enumeration --- */

struct question {
    struct enumeration e;
    double counts[MOST_LAYERS];
    float *held[MOST_LAYERS];
    uint8_t *known[MOST_LAYERS];
};

static void ask(struct question *q, const struct rows *rows, size_t row)
{
    *q = (struct question){.e = {.m = rows->m, .t = 1}};
    q->e.counts = q->counts;
    q->e.held = q->held;
    q->e.known = q->known;
    for (size_t l = 0; l < rows->m->n_layers; l++) {
        const size_t size = rows->m->layers[l].size;
        q->counts[l] = rows->s->counts[l] ? (double)rows->s->counts[l][row] : 0;
        if (!bz_is_visible(&rows->m->layers[l]))
            continue;
        q->held[l] = rows->s->x[l] + row * size;
        q->known[l] = rows->s->known[l] ? rows->s->known[l] + row * size : NULL;
    }
}

double rows_free_energy(const struct rows *rows, size_t row)
{
    struct question q;

    ask(&q, rows, row);
    return -enum_log_sum(&q.e);
}

void rows_means(const struct rows *rows, size_t row, double *const *mean)
{
    struct question q;

    ask(&q, rows, row);
    enum_moments(&q.e, mean, NULL, NULL);
}

double rows_energy(const struct rows *rows, size_t row)
{
    double values[MOST_LAYERS][MOST_UNITS], *x[MOST_LAYERS];
    struct question q;

    ask(&q, rows, row);
    for (size_t l = 0; l < rows->m->n_layers; l++) {
        const size_t size = rows->m->layers[l].size;
        x[l] = values[l];
        for (size_t i = 0; i < size; i++)
            x[l][i] = rows->s->x[l][row * size + i];
    }
    return enum_energy(rows->m, x, q.counts);
}
