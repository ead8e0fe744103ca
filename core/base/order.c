#include "order.h"

#include <stdlib.h>

static int by_probability_falling(const void *a, const void *b)
{
    const struct bz_ranked *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p) - (x->p > y->p) : (x->unit > y->unit) - (x->unit < y->unit);
}

void bz_rank(struct bz_ranked *x, size_t n)
{
    qsort(x, n, sizeof(*x), by_probability_falling);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bz_sort(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), by_size);
}
