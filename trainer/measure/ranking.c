/* Ranking measures of a score against 0/1 labels. */
#include "evaluation.h"

#include "mem.h"

#include <math.h>
#include <stdlib.h>

struct scored {
    double score, weight;
    long label;
};

static int by_score_falling(const void *a, const void *b)
{
    const double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

    return (x < y) - (x > y);
}

static struct scored *sorted(const double *score, const long *label, const double *weight, size_t n)
{
    struct scored *s = bz_alloc(n, sizeof(*s), NULL);

    for (size_t i = 0; s && i < n; i++)
        s[i] = (struct scored){score[i], weight ? weight[i] : 1, label[i]};
    if (s)
        qsort(s, n, sizeof(*s), by_score_falling);
    return s;
}

double train_auroc(const double *score, const long *label, const double *weight, size_t n)
{
    struct scored *s = sorted(score, label, weight, n);
    double positives = 0, negatives = 0, area = 0;

    /* Each group of tied scores adds a trapezium. */
    for (size_t i = 0; s && i < n;) {
        double p = 0, q = 0;
        size_t j = i;

        for (; j < n && s[j].score == s[i].score; j++)
            *(s[j].label == 1 ? &p : &q) += s[j].weight;
        area += q * (positives + 0.5 * p);
        positives += p;
        negatives += q;
        i = j;
    }
    bz_free(s);
    return s && positives > 0 && negatives > 0 ? area / (positives * negatives) : (double)NAN;
}

double train_average_precision(const double *score, const long *label, const double *weight, size_t n)
{
    struct scored *s = sorted(score, label, weight, n);
    double positives = 0, seen = 0, passed = 0, total = 0;

    for (size_t i = 0; s && i < n; i++)
        total += s[i].label == 1 ? s[i].weight : 0;
    for (size_t i = 0, j; s && i < n; i = j) {
        double p = 0;

        for (j = i; j < n && s[j].score == s[i].score; j++) {
            p += s[j].label == 1 ? s[j].weight : 0;
            passed += s[j].weight;
        }
        seen += p;
        positives += p > 0 ? p / total * (seen / passed) : 0;
    }
    bz_free(s);
    return s && total > 0 ? positives : (double)NAN;
}
