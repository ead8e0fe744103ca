#include "tree.h"

#include "mathx.h"
#include "mem.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 64, MOST_ROWS = 20000 };
static const double most_words = 1e9; /* pairs of columns times words of rows */

/* log p[a][b] of its two columns' values a and b. */
struct pair {
    size_t i, j;
    double information, log_p[2][2];
};

struct train_tree {
    size_t size, n_pairs;
    struct pair *pair;   /* the strongest first */
    double (*log_up)[2]; /* [size] log p of 0 and of 1 */
};

/* Columns of rows, as bits. */
struct columns {
    size_t n, size, words;
    uint64_t *bits;    /* [size][words] */
    double *ones;      /* [size] */
    double *best;      /* [size] information with a column of the tree; < 0 = the column is in it */
    size_t *neighbour; /* that column */
};

void train_tree_free(struct train_tree *t)
{
    if (t)
        bz_free_all(t->pair, t->log_up);
    bz_free(t);
}

size_t train_tree_pairs(const struct train_tree *t)
{
    return t->n_pairs;
}

/* 1, or 0 if there are other values than 0 and 1. */
static int pack(struct columns *c, const struct train_part *part, const size_t *rows, size_t n_rows, struct bz_error *err)
{
    float *x = bz_alloc(c->size, sizeof(*x), err);
    int rc = x ? 1 : -1;
    for (size_t r = 0; rc == 1 && r < c->n; r++) {
        train_part_read(part, &rows[r * n_rows / c->n], 1, NULL, x, NULL);
        for (size_t i = 0; i < c->size; i++) {
            if (x[i] != 0 && x[i] != 1)
                rc = 0;
            if (x[i] == 1) {
                c->bits[i * c->words + r / WORD] |= (uint64_t)1 << r % WORD;
                c->ones[i]++;
            }
        }
    }
    bz_free(x);
    return rc;
}

static double both(const struct columns *c, size_t i, size_t j)
{
    const uint64_t *a = c->bits + i * c->words, *b = c->bits + j * c->words;
    size_t n = 0;
    for (size_t k = 0; k < c->words; k++)
        n += (size_t)__builtin_popcountll(a[k] & b[k]);
    return (double)n;
}

/* Frequencies smoothed by one more row, a quarter of it for each case. */
static struct pair pair_of(const struct columns *c, size_t i, size_t j)
{
    const double all = both(c, i, j), n = (double)c->n;
    const double count[2][2] = {{n - c->ones[i] - c->ones[j] + all, c->ones[j] - all}, {c->ones[i] - all, all}};
    struct pair p = {.i = i, .j = j};
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 0; b < 2; b++) {
            const double one = ((a ? c->ones[i] : n - c->ones[i]) + 0.5) / (n + 1);
            const double other = ((b ? c->ones[j] : n - c->ones[j]) + 0.5) / (n + 1), q = (count[a][b] + 0.25) / (n + 1);
            p.log_p[a][b] = bz_log(q);
            p.information += q * bz_log(q / (one * other));
        }
    return p;
}

/* Adds a column to the tree: others may be nearer to it than to those before. */
static void add(struct columns *c, size_t i)
{
    c->best[i] = -1;
    for (size_t j = 0; j < c->size; j++) {
        if (c->best[j] < 0)
            continue;
        const double information = pair_of(c, i, j).information;
        if (information >= c->best[j]) {
            c->best[j] = information;
            c->neighbour[j] = i;
        }
    }
}

static int stronger(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->information != q->information)
        return p->information < q->information ? 1 : -1;
    return p->j < q->j ? -1 : p->j > q->j;
}

/* Prim's algorithm. Of all pairs those count whose information pays for one more number (Schwarz 1978). */
static void grow(struct train_tree *t, struct columns *c, size_t most)
{
    const double least = bz_log((double)c->n) / (2 * (double)c->n);
    add(c, 0);
    for (size_t n = 1; n < c->size; n++) {
        size_t next = 0;
        for (size_t i = 0; i < c->size; i++)
            if (c->best[i] >= 0 && (c->best[next] < 0 || c->best[i] > c->best[next]))
                next = i;
        t->pair[t->n_pairs] = pair_of(c, c->neighbour[next], next);
        t->n_pairs += t->pair[t->n_pairs].information > least;
        add(c, next);
    }
    qsort(t->pair, t->n_pairs, sizeof(*t->pair), stronger);
    t->n_pairs = t->n_pairs < most ? t->n_pairs : most;
    for (size_t i = 0; i < c->size; i++)
        for (size_t a = 0; a < 2; a++)
            t->log_up[i][a] = bz_log(((a ? c->ones[i] : (double)c->n - c->ones[i]) + 0.5) / ((double)c->n + 1));
}

static bool suits(const struct train_data *data, size_t n_rows)
{
    const struct train_part *part = &data->parts[0];
    const double size = (double)part->size, rows = (double)(n_rows < MOST_ROWS ? n_rows : MOST_ROWS);
    return data->n_parts == 1 && part->unit == BZ_BERNOULLI && !part->missing && !part->absent && n_rows > 1 &&
           part->size > 2 && size * size * (rows / WORD + 1) < most_words;
}

int train_tree_new(struct train_tree **out, const struct train_data *data, const size_t *rows, size_t n_rows, size_t most,
                   struct bz_error *err)
{
    *out = NULL;
    if (!suits(data, n_rows))
        return 0;
    struct columns c = {.n = n_rows < MOST_ROWS ? n_rows : MOST_ROWS, .size = data->parts[0].size};
    struct train_tree *t = bz_alloc(1, sizeof(*t), err);
    int rc = -1;
    c.words = (c.n + WORD - 1) / WORD;
    if (t && (t->pair = bz_alloc(c.size, sizeof(*t->pair), err)) && (t->log_up = bz_alloc(c.size, sizeof(*t->log_up), err)) &&
        (c.bits = bz_alloc(c.size * c.words, sizeof(*c.bits), err)) && (c.ones = bz_alloc(c.size, sizeof(double), err)) &&
        (c.best = bz_alloc(c.size, sizeof(double), err)) && (c.neighbour = bz_alloc(c.size, sizeof(size_t), err)))
        rc = pack(&c, &data->parts[0], rows, n_rows, err);
    if (rc == 1) {
        t->size = c.size;
        grow(t, &c, most);
        *out = bz_take(&t);
    }
    bz_free_all(c.bits, c.ones, c.best, c.neighbour);
    train_tree_free(t);
    return rc < 0 ? -1 : 0;
}

int train_tree_log_prob(const struct train_tree *t, const struct train_data *data, const size_t *rows, size_t n_rows,
                        double *log_prob, struct bz_error *err)
{
    float *x = bz_alloc(t->size, sizeof(*x), err);
    double sum = 0;
    if (!x)
        return -1;
    for (size_t r = 0; r < n_rows; r++) {
        train_part_read(&data->parts[0], rows + r, 1, NULL, x, NULL);
        for (size_t i = 0; i < t->size; i++)
            sum += t->log_up[i][x[i] > 0.5F];
        for (size_t k = 0; k < t->n_pairs; k++) {
            const struct pair *p = &t->pair[k];
            const size_t a = x[p->i] > 0.5F, b = x[p->j] > 0.5F;
            sum += p->log_p[a][b] - t->log_up[p->i][a] - t->log_up[p->j][b];
        }
    }
    *log_prob = sum / (double)n_rows;
    bz_free(x);
    return 0;
}

/* --- as a machine --- */

static double softplus(double x)
{
    return fmax(x, 0) + bz_log(1 + bz_exp(-fabs(x)));
}

/* The inputs of the pair's unit when its columns are a and b. With weights w and w, or w and -w, in the middle between on and
 * off, it couples them by 2 log cosh(w/2), and chains can still change either. */
static double input(double w, bool alike, size_t a, size_t b)
{
    return w * ((double)a + (alike ? (double)b - 1 : -(double)b));
}

static void write_pair(const struct pair *p, struct bz_machine *m, size_t unit, double *bias)
{
    const size_t n = m->layers[1].size;
    const double coupling = p->log_p[1][1] - p->log_p[1][0] - p->log_p[0][1] + p->log_p[0][0];
    const double e = bz_exp(fabs(coupling) / 2), w = 2 * bz_log(e + sqrt(e * e - 1)); /* 2 acosh */
    const bool alike = coupling > 0;
    const float *offset = m->layers[0].offset;
    float *weight = bz_machine_weight(m, 0);
    for (size_t i = 0; i < m->layers[0].size; i++)
        weight[i * n + unit] = 0;
    weight[p->i * n + unit] = (float)w;
    weight[p->j * n + unit] = (float)(alike ? w : -w);
    bias[p->i] += p->log_p[1][0] - p->log_p[0][0] - softplus(input(w, alike, 1, 0)) + softplus(input(w, alike, 0, 0));
    bias[p->j] += p->log_p[0][1] - p->log_p[0][0] - softplus(input(w, alike, 0, 1)) + softplus(input(w, alike, 0, 0));
    bz_machine_bias(m, 1)[unit] =
        (float)(input(w, alike, 0, 0) + (offset ? w * ((double)offset[p->i] + (alike ? 1 : -1) * (double)offset[p->j]) : 0));
}

int train_tree_write(const struct train_tree *t, struct bz_machine *m, struct bz_error *err)
{
    const size_t n = m->layers[1].size;
    double *bias = bz_alloc(t->size, sizeof(*bias), err);
    if (!bias)
        return -1;
    for (size_t i = 0; i < t->size; i++)
        bias[i] = t->log_up[i][1] - t->log_up[i][0];
    for (size_t k = 0; k < t->n_pairs; k++) {
        const struct pair *p = &t->pair[k];
        bias[p->i] -= t->log_up[p->i][1] - t->log_up[p->i][0];
        bias[p->j] -= t->log_up[p->j][1] - t->log_up[p->j][0];
        write_pair(p, m, k, bias);
    }
    for (size_t i = 0; i < t->size; i++) {
        const float *weight = m->couplings[0].weight + i * n;
        for (size_t j = 0; m->layers[1].offset && j < n; j++)
            bias[i] += (double)weight[j] * (double)m->layers[1].offset[j];
        bz_machine_bias(m, 0)[i] = (float)bias[i];
    }
    bz_free(bias);
    return 0;
}
