#include "reweight.h"

#include "mem.h"

#include <string.h>

enum { UNKNOWN = 0xffff, AT_ONCE = 64 };

/* The state of each group of some rows: code[n][groups]. */
static void read_codes(const struct train_part *p, const size_t *rows, size_t n, float *values, uint8_t *known, uint16_t *code)
{
    const size_t q = p->size / p->groups;
    train_part_read(p, rows, n, NULL, values, known);
    for (size_t g = 0; g < n * p->groups; g++) {
        size_t best = 0;
        for (size_t a = 1; a < q; a++)
            best = values[g * q + a] > values[g * q + best] ? a : best;
        code[g] = known[g * q] && values[g * q + best] > 0 ? (uint16_t)best : UNKNOWN;
    }
}

/* Whether two rows differ in fewer than `most` groups. */
static bool are_alike(const uint16_t *a, const uint16_t *b, size_t groups, size_t most)
{
    size_t differ = 0;
    for (size_t first = 0; first < groups && differ < most; first += AT_ONCE) {
        const size_t end = first + AT_ONCE < groups ? first + AT_ONCE : groups;
        for (size_t g = first; g < end; g++)
            differ += a[g] != b[g] || a[g] == UNKNOWN;
    }
    return differ < most;
}

static void count_alike(const uint16_t *code, size_t n, size_t groups, size_t most, const size_t *rows, double *count)
{
    for (size_t i = 0; i < n; i++)
        count[rows[i]] += 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (are_alike(code + i * groups, code + j * groups, groups, most)) {
                count[rows[i]] += 1;
                count[rows[j]] += 1;
            }
}

int train_row_weights(const struct train_data *d, const size_t *rows, size_t n, double threshold, double **weight,
                      double *effective, struct bz_error *err)
{
    const struct train_part *p = &d->parts[0];
    size_t cells;
    if (d->n_parts != 1 || p->unit != BZ_SOFTMAX || p->groups < 2 || p->size / p->groups >= UNKNOWN)
        return bz_fail(err, BZ_UNSUPPORTED, "--reweight: expected an alignment, or other data of one softmax layer in groups");
    if (bz_mul(&cells, n, p->groups) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "--reweight: %zu rows of %zu positions", n, p->groups);
    uint16_t *code = bz_alloc(cells, sizeof(*code), err);
    float *values = code ? bz_alloc(AT_ONCE * p->size, sizeof(*values), err) : NULL;
    uint8_t *known = values ? bz_alloc(AT_ONCE * p->size, 1, err) : NULL;
    double *w = known ? bz_alloc(d->rows, sizeof(*w), err) : NULL;
    for (size_t first = 0; w && first < n; first += AT_ONCE) {
        const size_t some = n - first < AT_ONCE ? n - first : AT_ONCE;
        memset(known, 1, some * p->size);
        read_codes(p, rows + first, some, values, known, code + first * p->groups);
    }
    if (w) {
        const double most = threshold * (double)p->groups;
        const size_t whole = (size_t)most + ((double)(size_t)most < most); /* rows differ in less than this many */
        count_alike(code, n, p->groups, whole, rows, w);
        *effective = 0;
        for (size_t i = 0; i < n; i++)
            *effective += w[rows[i]] = 1 / w[rows[i]];
    }
    bz_free_all(code, values, known);
    *weight = w;
    return w ? 0 : -1;
}
