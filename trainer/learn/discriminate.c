#include "discriminate.h"

#include "classify.h"
#include "edges.h"
#include "kernels.h"
#include "mathx.h"
#include "mem.h"
#include "phases.h"
#include "unit.h"

#include <string.h>

static size_t hidden_layer(const struct bz_machine *m)
{
    size_t i = 0;
    while (bz_is_visible(&m->layers[i]))
        i++;
    return i;
}

int train_may_discriminate(const struct bz_machine *m, struct bz_error *err)
{
    size_t hidden = 0;
    if (bz_label_layer(m) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--objective: p(class | row) needs classes; expected --labels, found none");
    for (size_t i = 0; i < m->n_layers; i++) {
        const struct bz_layer *l = &m->layers[i];
        const char *what = bz_machine_has_lateral(m, i)                          ? "couplings inside it"
                           : bz_unit_type(l->unit)->counted                      ? "counts of words"
                           : !bz_is_visible(l) && !bz_unit_type(l->unit)->binary ? "hidden units that are not 0/1 or -1/1"
                                                                                 : NULL;
        if (what)
            return bz_fail(err, BZ_UNSUPPORTED,
                           "--objective: layer %s has %s, for which p(class | row) has no exact gradient here", l->name, what);
        hidden += !bz_is_visible(l);
    }
    return hidden == 1
               ? 0
               : bz_fail(err, BZ_UNSUPPORTED,
                         "--objective: p(class | row) is exact with one hidden layer, found %zu; `boltz finetune` makes a "
                         "classifier of a deeper machine",
                         hidden);
}

size_t train_discriminate_rows(const struct bz_machine *m, size_t n)
{
    return n + m->layers[bz_label_layer(m)].size;
}

/* Shared by all tasks. */
struct rows {
    struct train_learner *l;
    size_t hidden, label, classes, units;
    size_t first; /* free-running rows that represent data rows */
    size_t link;  /* the label layer's to the hidden one */
};

static struct rows rows_of(struct train_learner *l)
{
    const struct bz_machine *m = l->m;
    struct rows x = {.l = l, .hidden = hidden_layer(m), .label = (size_t)bz_label_layer(m)};
    x.classes = m->layers[x.label].size;
    x.units = m->layers[x.hidden].size;
    x.first = l->running.s->room - train_discriminate_rows(m, l->clamped.s->room);
    while (m->links[x.label][x.link].layer != x.hidden)
        x.link++;
    return x;
}

/* A task's own floats: sums over rows of p(c|v) h_c for each class, and room for a field and its means. */
static float *own_floats(const struct rows *x, size_t task)
{
    return x->l->class_sums + task * (x->classes + 2) * x->units;
}

int train_discriminate_new(struct train_learner *l, struct bz_error *err)
{
    size_t floats;
    if (train_may_discriminate(l->m, err) < 0)
        return -1;
    const struct rows x = rows_of(l);
    if (bz_mul(&floats, (x.classes + 2) * TRAIN_MAX_ROW_TASKS, x.units) < 0)
        return bz_fail(err, BZ_TOO_LARGE, "%zu classes of %zu hidden units do not fit memory", x.classes, x.units);
    return (l->class_sums = bz_alloc(floats, sizeof(float), err)) &&
                   (l->class_log_p = bz_alloc(l->clamped.s->room * x.classes, sizeof(double), err))
               ? 0
               : -1;
}

/* The hidden layer's field without a label -> with class c. */
static void with_class(const struct rows *x, const float *field, size_t c, float *out)
{
    const struct bz_machine *m = x->l->m;
    memcpy(out, field, x->units * sizeof(*out));
    bz_weights_axpy(bz_link_row(m, x->label, &m->links[x->label][x->link], c), 1, out);
}

/* p(c|v) of a row by its field without a label, into p[classes]. */
static void class_probabilities(const struct rows *x, const float *field, float *with, double *log_p, float *p)
{
    const struct bz_layer *hidden = &x->l->m->layers[x->hidden], *label = &x->l->m->layers[x->label];
    for (size_t c = 0; c < x->classes; c++) {
        with_class(x, field, c, with);
        log_p[c] = (double)label->bias[c] + bz_unit_type(hidden->unit)->log_sum(hidden, with, 1, 0);
    }
    const double log_sum = bz_logsumexp(log_p, x->classes);
    for (size_t c = 0; c < x->classes; c++)
        p[c] = (float)bz_exp(log_p[c] - log_sum);
}

/* Mean of the hidden units over classes, of row `row`; each class's part goes to the task's sums too. */
static void mean_over_classes(const struct rows *x, size_t row, const float *field, const float *p, float *own)
{
    const float nothing = 1e-12f;
    const struct bz_layer *hidden = &x->l->m->layers[x->hidden];
    float *with = own + x->classes * x->units, *mean = with + x->units;
    float *out = x->l->running.mean[x->hidden] + row * x->units;
    memset(out, 0, x->units * sizeof(*out));
    for (size_t c = 0; c < x->classes; c++) {
        if (p[c] < nothing)
            continue;
        with_class(x, field, c, with);
        bz_unit_type(hidden->unit)->mean(hidden, with, 1, 0, mean);
        bz_cpu()->axpy(out, p[c], mean, x->units);
        bz_cpu()->axpy(own + c * x->units, p[c], mean, x->units);
    }
}

static void add_sum(const struct rows *x, float *sums, size_t layer, const float *values, float weight)
{
    const size_t size = x->l->m->layers[layer].size;
    bz_cpu()->axpy(sums + x->l->layout.sum[layer], weight, values, size);
    if (x->l->layout.square[layer] != SIZE_MAX)
        for (size_t i = 0; i < size; i++)
            sums[x->l->layout.square[layer] + i] += weight * values[i] * values[i];
}

/* A row: the visible values and the mean over classes stay in the free-running half, without a label. */
static void do_row(const struct rows *x, size_t row, const float *field, float weight, float *sums, float *own)
{
    const struct bz_machine *m = x->l->m;
    struct bz_state *s = x->l->running.s;
    float *p = s->x[x->label] + row * x->classes;
    class_probabilities(x, field, own + x->classes * x->units, x->l->class_log_p + (row - x->first) * x->classes, p);
    mean_over_classes(x, row, field, p, own);
    for (size_t i = 0; i < m->n_layers; i++)
        add_sum(x, sums, i, i == x->hidden ? x->l->running.mean[i] + row * x->units : s->x[i] + row * m->layers[i].size,
                weight);
    memset(p, 0, x->classes * sizeof(*p));
}

static void task(void *arg, size_t number)
{
    const struct rows *x = arg;
    struct train_learner *l = x->l;
    const struct bz_machine *m = l->m;
    struct train_slot *slot = &l->slots[number];
    const size_t all = l->clamped.s->n, tasks = train_row_tasks(all), from = all * number / tasks;
    const size_t rows = all * (number + 1) / tasks - from, tile = train_task_tile(l->clamped.s->room);
    float *own = own_floats(x, number);
    memset(own, 0, x->classes * x->units * sizeof(*own));
    memset(slot->sums, 0, l->layout.total * sizeof(*slot->sums));
    for (size_t done = 0; done < rows; done += tile) {
        const size_t first = from + done, n = rows - done < tile ? rows - done : tile, at = x->first + first;
        for (size_t i = 0; i < m->n_layers; i++) {
            const size_t size = m->layers[i].size;
            if (i == x->label)
                memset(l->running.s->x[i] + at * size, 0, n * size * sizeof(float));
            else if (i != x->hidden)
                memcpy(l->running.s->x[i] + at * size, l->clamped.s->x[i] + first * size, n * size * sizeof(float));
        }
        bz_field(l->running.s, x->hidden, at, n, false, slot->scratch, slot->work);
        for (size_t r = 0; r < n; r++)
            do_row(x, at + r, slot->scratch + r * x->units, l->running.weight[at + r], slot->sums, own);
    }
}

/* A row for each class: its label, and the sum of the rows' hidden units for it. */
static void add_class_rows(const struct rows *x, size_t first, size_t tasks)
{
    const struct bz_machine *m = x->l->m;
    struct bz_state *s = x->l->running.s;
    for (size_t i = 0; i < m->n_layers; i++)
        if (i != x->hidden)
            memset(s->x[i] + first * m->layers[i].size, 0, x->classes * m->layers[i].size * sizeof(float));
    for (size_t c = 0; c < x->classes; c++) {
        float *mean = x->l->running.mean[x->hidden] + (first + c) * x->units;
        s->x[x->label][(first + c) * x->classes + c] = 1;
        memset(mean, 0, x->units * sizeof(*mean));
        for (size_t k = 0; k < tasks; k++)
            bz_cpu()->axpy(mean, 1, own_floats(x, k) + c * x->units, x->units);
    }
}

int train_discriminate(struct train_learner *l, size_t n, struct bz_error *err)
{
    struct rows x = rows_of(l);
    const double g = l->rule.generative;
    const size_t chains = g > 0 ? x.first : 0, tasks = train_row_tasks(n);
    const float share = (float)(g / (1 + g)), weight = (float)(-1 / ((1 + g) * (double)n));
    if (train_phases_of(l, n, chains, err) < 0)
        return -1;
    for (size_t r = 0; r < chains; r++)
        l->running.weight[r] *= share;
    for (size_t r = x.first; r < x.first + n + x.classes; r++)
        l->running.weight[r] = weight;
    l->running.s->n = l->running.count = x.first + n + x.classes;
    l->running.first = 0;
    l->running.uniform = x.first == 0;
    bz_parallel_for(l->par, tasks, task, &x);
    add_class_rows(&x, x.first + n, tasks);
    for (size_t i = 0; i < l->layout.total; i++) {
        l->running.total[i] *= (double)share;
        for (size_t k = 0; k < tasks; k++)
            l->running.total[i] += (double)l->slots[k].sums[i];
        l->difference[i] = (float)(l->clamped.total[i] + l->running.total[i]);
    }
    return 0;
}
