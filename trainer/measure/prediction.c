#include "prediction.h"

#include "classes.h"
#include "evaluation.h"
#include "infer.h"
#include "mem.h"
#include "order.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much a row counts (--weights). */
static double weight_of(const struct train_data *d, size_t row)
{
    return d->weights ? d->weights[row] : 1;
}

/* --- classes --- */

struct classify {
    struct bz_classes classes;
    const long *label; /* [rows] the model's class, -1 = none */
    bool *wrong;       /* [rows] */
    double *second;    /* [rows] */
};

static int classify_tile(void *arg, const struct train_tile *tile, struct bz_error *err)
{
    struct classify *t = arg;
    const size_t k = t->classes.n;
    struct bz_network_work *work;
    double *p = bz_alloc(tile->n * k, sizeof(*p), err);

    if (!p || bz_classes_work(&work, &t->classes, err) < 0) {
        bz_free(p);
        return -1;
    }
    bz_classes_of_rows(&t->classes, tile->c->s, 0, tile->n, p, NULL, work, tile->w);
    bz_network_work_free(work);
    for (size_t r = 0; r < tile->n; r++) {
        size_t best = 0;
        for (size_t c = 1; c < k; c++)
            best = p[r * k + c] > p[r * k + best] ? c : best;
        const long label = t->label[tile->first + r];
        t->wrong[tile->first + r] = label >= 0 && label != (long)best;
        t->second[tile->first + r] = k > 1 ? p[r * k + 1] : 0;
    }
    bz_free(p);
    return 0;
}

/* The first row of a class that the model does not have (class_of -1). */
static int refuse_label(const struct train_data *d, const long *class_of, const struct bz_classes *classes,
                        struct bz_error *err)
{
    const size_t last = classes->n - 1;
    char name[96], expected[128];
    size_t row = 0;
    while (row < d->rows && (d->labels[row] < 0 || class_of[d->labels[row]] >= 0))
        row++;
    if (row == d->rows)
        return 0;
    if (d->classes)
        snprintf(name, sizeof(name), "%.80s", d->classes[d->labels[row]]);
    else
        snprintf(name, sizeof(name), "%ld", d->labels[row]);
    if (classes->names)
        snprintf(expected, sizeof(expected), "%zu classes: %.32s to %.32s", classes->n, classes->names[0],
                 classes->names[last]);
    else
        snprintf(expected, sizeof(expected), "classes, 0 to %zu", last);
    return bz_fail(err, BZ_BAD_INPUT,
                   "labels: row %zu: '%s', expected one of the model's %s (--unknown missing leaves such rows out)", row + 1,
                   name, expected);
}

/* The model's class for each class of the data, by name if either has names: *out[n], the caller's. A class unknown to the
 * model is refused, or -1. */
static int match_classes(const struct train_rows *rows, const struct bz_classes *classes, long **out, struct bz_error *err)
{
    const struct train_data *d = rows->data;
    long most = -1;
    for (size_t r = 0; r < d->rows; r++)
        most = d->labels[r] > most ? d->labels[r] : most;
    if (!(*out = bz_alloc((size_t)(most + 1), sizeof(**out), err)))
        return -1;
    for (size_t l = 0; l < (size_t)(most + 1); l++) {
        char number[32];
        snprintf(number, sizeof(number), "%zu", l);
        const char *name = d->classes ? d->classes[l] : number;
        long found = -1;
        for (size_t c = 0; c < classes->n && found < 0; c++) {
            char other[32];
            snprintf(other, sizeof(other), "%zu", c);
            found = strcmp(name, classes->names ? classes->names[c] : other) == 0 ? (long)c : -1;
        }
        (*out)[l] = found;
    }
    if (train_unknown_missing(&rows->options))
        return 0;
    const int rc = refuse_label(d, *out, classes, err);
    if (rc < 0)
        bz_drop(out);
    return rc;
}

int train_classify(struct train_rows *rows, struct train_classes *out, struct bz_error *err)
{
    const struct train_data *d = rows->data;
    struct classify t = {0};
    long *class_of = NULL, *label = NULL;
    double labelled = 0, wrong = 0;
    size_t unknown = 0;
    int rc = -1;

    if (!bz_model_classes(rows->model, &t.classes))
        return bz_fail(err, BZ_UNSUPPORTED, "the model %s", bz_model_classless(rows->model));
    if (match_classes(rows, &t.classes, &class_of, err) < 0 || !(label = bz_alloc(d->rows, sizeof(*label), err)))
        goto out;
    for (size_t r = 0; r < d->rows; r++) {
        label[r] = d->labels[r] < 0 ? -1 : class_of[d->labels[r]];
        labelled += label[r] >= 0 ? weight_of(d, r) : 0;
        unknown += d->labels[r] >= 0 && label[r] < 0;
    }
    t.label = label;
    if ((t.wrong = bz_alloc(d->rows, sizeof(bool), err)) && (t.second = bz_alloc(d->rows, sizeof(double), err)))
        rc = train_rows_each(rows, classify_tile, &t, err);
    for (size_t r = 0; rc == 0 && r < d->rows; r++)
        wrong += t.wrong[r] ? weight_of(d, r) : 0;
    if (rc == 0)
        *out =
            (struct train_classes){labelled > 0 ? wrong / labelled : (double)NAN, unknown, bz_take(&label), bz_take(&t.second)};
out:
    bz_free_all(t.wrong, t.second, class_of, label);
    return rc;
}

/* --- layers of the data --- */

long train_given_layer(const struct train_rows *rows, const char *option, const char *name, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    char names[300] = "";
    size_t used = 0;

    for (size_t l = 0; l < m->n_layers; l++) {
        if (rows->part_of[l] < 0)
            continue;
        if (!strcmp(m->layers[l].name, name))
            return (long)l;
        if (used + BZ_NAME_ROOM + 2 < sizeof(names))
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", m->layers[l].name);
    }
    return bz_fail(err, BZ_BAD_USAGE, "--%s %.64s: expected a visible layer that --data gives; it gives %s", option, name,
                   names);
}

int train_forget_layer(struct bz_state *s, size_t layer, struct bz_error *err)
{
    if (bz_state_make_known(s, layer, err) < 0)
        return -1;
    memset(s->known[layer], 0, s->n * s->m->layers[layer].size);
    for (size_t r = 0; s->counts[layer] && r < s->n; r++)
        s->counts[layer][r] = (float)bz_usual_counts(&s->m->layers[layer]);
    return 0;
}

int train_hold_given(struct bz_state *s, struct bz_error *err)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        if (!bz_is_visible(&s->m->layers[l]) || s->known[l])
            continue;
        if (bz_state_make_known(s, l, err) < 0)
            return -1;
        memset(s->known[l], 1, s->room * s->m->layers[l].size);
    }
    return 0;
}

void train_remember_layers(struct bz_state *s)
{
    for (size_t l = 0; l < s->m->n_layers; l++)
        if (s->known[l] && bz_is_visible(&s->m->layers[l]))
            memset(s->known[l], 1, s->n * s->m->layers[l].size);
}

/* --- a layer from the others --- */

enum { OFF, ON, UNKNOWN };

struct predict {
    size_t layer, size, top;
    long label_layer;
    uint8_t *truth; /* [rows][size]: OFF, ON, UNKNOWN */
    float *mean;    /* [rows][size] */
    uint32_t *hits; /* [rows] among the top units of a row */
    uint32_t *on;   /* [rows] units that are on */
    bool *judged;   /* [rows]: something of the layer is known */
};

static void note_truth(struct predict *t, const struct bz_state *s, size_t first)
{
    const float *x = s->x[t->layer];
    const uint8_t *known = s->known[t->layer];

    for (size_t i = 0; i < s->n * t->size; i++) {
        uint8_t *truth = &t->truth[first * t->size + i];
        *truth = known && !known[i] ? UNKNOWN : x[i] > 0.5f ? ON : OFF;
        t->on[first + i / t->size] += *truth == ON;
        t->judged[first + i / t->size] |= *truth != UNKNOWN;
    }
}

/* Hits among the top units of one row; unit[size] is scratch. */
static uint32_t count_hits(const struct predict *t, size_t row, struct bz_ranked *unit)
{
    const float *mean = t->mean + row * t->size;
    const uint8_t *truth = t->truth + row * t->size;
    size_t n = 0;
    uint32_t hits = 0;

    for (size_t i = 0; i < t->size; i++)
        if (truth[i] != UNKNOWN)
            unit[n++] = (struct bz_ranked){mean[i], (uint32_t)i};
    bz_rank(unit, n);
    for (size_t i = 0; i < n && i < t->top; i++)
        hits += truth[unit[i].unit] == ON;
    return hits;
}

static int predict_tile(void *arg, const struct train_tile *tile, struct bz_error *err)
{
    struct predict *t = arg;
    struct bz_state *s = tile->c->s;
    struct bz_ranked *unit = bz_alloc(t->size, sizeof(*unit), err);
    int rc = -1;

    if (!unit)
        return -1;
    note_truth(t, s, tile->first);
    if (train_forget_layer(s, t->layer, err) == 0 &&
        (t->label_layer < 0 || train_forget_layer(s, (size_t)t->label_layer, err) == 0)) {
        bz_mean_field(s, 0, tile->n, false, NULL, tile->w);
        memcpy(t->mean + tile->first * t->size, s->x[t->layer], tile->n * t->size * sizeof(float));
        for (size_t r = 0; r < tile->n; r++)
            t->hits[tile->first + r] = count_hits(t, tile->first + r, unit);
        train_remember_layers(s);
        rc = 0;
    }
    bz_free(unit);
    return rc;
}

/* Mean average precision over the units that are on somewhere. */
static double mean_precision(const struct predict *t, const struct train_data *d, double *score, double *weight, long *label)
{
    double sum = 0;
    size_t units = 0;

    for (size_t i = 0; i < t->size; i++) {
        size_t n = 0, on = 0;
        for (size_t r = 0; r < d->rows; r++) {
            if (t->truth[r * t->size + i] == UNKNOWN || !(weight[n] = weight_of(d, r)))
                continue;
            score[n] = (double)t->mean[r * t->size + i];
            label[n++] = t->truth[r * t->size + i] == ON;
            on += t->truth[r * t->size + i] == ON;
        }
        if (on == 0)
            continue;
        sum += train_average_precision(score, label, weight, n);
        units++;
    }
    return units ? sum / (double)units : (double)NAN;
}

static void summarise(const struct predict *t, const struct train_data *d, struct train_prediction *out)
{
    double precision = 0, recall = 0, judged = 0, with_any = 0;

    for (size_t r = 0; r < d->rows; r++) {
        const double weight = weight_of(d, r);
        judged += t->judged[r] ? weight : 0;
        with_any += t->on[r] ? weight : 0;
        precision += weight * (double)t->hits[r] / (double)t->top;
        recall += t->on[r] ? weight * (double)t->hits[r] / (double)t->on[r] : 0;
    }
    out->precision = judged > 0 ? precision / judged : (double)NAN;
    out->recall = with_any > 0 ? recall / with_any : (double)NAN;
    out->f1 = 2 * out->precision * out->recall / (out->precision + out->recall);
    if (out->precision == 0 || out->recall == 0)
        out->f1 = 0;
}

/* Checks that the layer can be predicted from something, and its units are on or off. */
static int check_predicted(const struct train_rows *rows, size_t layer, size_t top, struct bz_error *err)
{
    const struct bz_machine *m = rows->model->machine;
    const struct bz_layer *l = &m->layers[layer];
    size_t others = 0;

    for (size_t i = 0; i < m->n_layers; i++)
        others += i != layer && rows->part_of[i] >= 0;
    if (others == 0)
        return bz_fail(err, BZ_BAD_USAGE, "--predict %s: --data gives no other visible layer to predict it from", l->name);
    if (!bz_unit_type(l->unit)->discrete)
        return bz_fail(err, BZ_BAD_USAGE, "--predict %s: its units are %s, expected units that are on or off", l->name,
                       bz_unit_name(l->unit));
    if (top > l->size)
        return bz_fail(err, BZ_BAD_USAGE, "--top %zu: layer %s has %zu units", top, l->name, l->size);
    return 0;
}

int train_predict(struct train_rows *rows, const char *layer, size_t top, struct train_prediction *out, struct bz_error *err)
{
    const long found = train_given_layer(rows, "predict", layer, err);
    const size_t n = rows->data->rows;
    double *score = NULL, *weight = NULL;
    long *label = NULL;
    size_t cells;
    int rc = -1;

    if (found < 0 || check_predicted(rows, (size_t)found, top, err) < 0)
        return -1;
    struct predict t = {.layer = (size_t)found,
                        .size = rows->model->machine->layers[found].size,
                        .top = top,
                        .label_layer = bz_label_layer(rows->model->machine)};
    if (bz_mul(&cells, n, t.size) < 0) {
        return bz_fail(err, BZ_BAD_USAGE, "--predict: %zu rows of %zu units are too many", n, t.size);
    }
    if ((t.truth = bz_alloc(cells, 1, err)) && (t.mean = bz_alloc(cells, sizeof(float), err)) &&
        (t.hits = bz_alloc(n, sizeof(*t.hits), err)) && (t.on = bz_alloc(n, sizeof(*t.on), err)) &&
        (t.judged = bz_alloc(n, sizeof(bool), err)) && (score = bz_alloc(n, sizeof(double), err)) &&
        (weight = bz_alloc(n, sizeof(double), err)) && (label = bz_alloc(n, sizeof(long), err)) &&
        train_rows_each(rows, predict_tile, &t, err) == 0) {
        summarise(&t, rows->data, out);
        out->map = mean_precision(&t, rows->data, score, weight, label);
        rc = 0;
    }
    bz_free_all(t.truth, t.mean, t.hits, t.on, t.judged, score, weight, label);
    return rc;
}
