#include "finetune.h"

#include "mathx.h"
#include "mem.h"
#include "net.h"
#include "object.h"

#include <math.h>
#include <string.h>

enum { MEASUREMENTS = 40, REFRESHES = 20 };

struct train_left_out train_usual_dropout(size_t narrowest, size_t inputs, size_t rows)
{
    enum { WIDE = 100, NARROW = 16 };
    const bool few = rows < TRAIN_FEW_ROWS;
    return (struct train_left_out){.units = narrowest >= (few ? NARROW : WIDE) ? 0.5 : 0,
                                   .inputs = few || inputs >= WIDE ? 0.2 : 0};
}

size_t train_finetune_held_out(size_t labelled, double fraction)
{
    return (size_t)(fraction * (double)labelled);
}

/* Rows in a shuffled order, again and again. */
struct deck {
    size_t *rows; /* [n]; owned */
    size_t n, next;
    uint64_t seed, round;
};

struct run {
    const struct train_finetune_data *data;
    const struct train_finetune_settings *s;
    struct bz_network *net;
    struct train_net *t;
    struct bz_network *kept; /* the best so far */
    struct deck labelled, unlabelled;
    size_t *valid, n_valid;
    float *guess;        /* [rows][classes] targets of unlabelled rows; NULL if they are not used */
    float *guess_weight; /* [rows] */
    float *logits;       /* [batch][classes] */
    size_t classes, batch;
    struct train_finetune_result *out;
};

static void shuffle(struct deck *d)
{
    const struct bz_key key = {.seed = d->seed, .step = d->round++, .purpose = BZ_DRAW_SHUFFLE};
    for (size_t i = d->n; i > 1; i--) {
        const size_t j = (size_t)(bz_random_double(&key, (uint32_t)i) * (double)i);
        const size_t row = d->rows[i - 1];
        d->rows[i - 1] = d->rows[j];
        d->rows[j] = row;
    }
    d->next = 0;
}

static size_t deal(struct deck *d)
{
    if (d->next == d->n)
        shuffle(d);
    return d->rows[d->next++];
}

/* Splits the labelled rows into those to learn from and those to hold out, and lists unlabelled ones. */
static int divide(struct run *r, struct bz_error *err)
{
    const struct train_finetune_data *d = r->data;
    r->labelled.seed = r->s->seed;
    r->unlabelled.seed = r->s->seed ^ 1;
    if (!(r->labelled.rows = bz_alloc(d->rows, sizeof(size_t), err)) ||
        !(r->unlabelled.rows = bz_alloc(d->rows, sizeof(size_t), err)))
        return -1;
    for (size_t i = 0; i < d->rows; i++) {
        struct deck *deck = d->label[i] >= 0 ? &r->labelled : &r->unlabelled;
        deck->rows[deck->n++] = i;
    }
    if (r->labelled.n < 2)
        return bz_fail(err, BZ_BAD_INPUT, "found %zu labelled rows, expected at least 2", r->labelled.n);
    shuffle(&r->labelled);
    r->n_valid = train_finetune_held_out(r->labelled.n, r->s->valid_fraction);
    if (!(r->valid = bz_alloc(r->n_valid, sizeof(size_t), err)))
        return -1;
    for (size_t i = 0; i < r->n_valid; i++)
        r->valid[i] = r->labelled.rows[r->labelled.n - 1 - i];
    r->labelled.n -= r->s->learn_all ? 0 : r->n_valid;
    r->labelled.next = r->labelled.n;
    r->unlabelled.next = r->unlabelled.n;
    r->out->labelled = r->labelled.n;
    r->out->valid = r->n_valid;
    return 0;
}

void train_finetune_row(const struct train_finetune_data *d, size_t row, float *to)
{
    const float *x = d->input + row * d->width;
    for (size_t i = 0; i < d->width; i++)
        to[i] = d->by ? (x[i] - d->shift[i]) * d->by[i] : x[i];
}

/* --- measuring --- */

/* Calls use(arg, number in the list, logits) for each of rows[n]. */
static void each_logits(struct run *r, const size_t *rows, size_t n, void (*use)(void *arg, size_t i, const float *logits),
                        void *arg)
{
    for (size_t first = 0; first < n; first += r->batch) {
        const size_t some = n - first < r->batch ? n - first : r->batch;
        for (size_t i = 0; i < some; i++)
            train_finetune_row(r->data, rows[first + i], train_net_input(r->t) + i * r->data->width);
        train_net_logits(r->t, some, r->logits);
        for (size_t i = 0; i < some; i++)
            use(arg, first + i, r->logits + i * r->classes);
    }
}

/* p[n] = softmax(logits / temperature), with the log of its normaliser. Returns the most probable class. */
static size_t probabilities(const float *logits, size_t n, double temperature, double *log_p)
{
    size_t best = 0;
    for (size_t c = 0; c < n; c++) {
        log_p[c] = logits[c] / temperature;
        best = logits[c] > logits[best] ? c : best;
    }
    const double sum = bz_logsumexp(log_p, n);
    for (size_t c = 0; c < n; c++)
        log_p[c] -= sum;
    return best;
}

struct scoring {
    const struct run *r;
    double *log_p; /* [classes] scratch */
    double temperature, loss;
    size_t wrong;
    float *keep; /* [n_valid][classes]: the logits; NULL = not kept */
    struct train_finetune_result *bins;
};

static void score(void *arg, size_t i, const float *logits)
{
    struct scoring *s = arg;
    const size_t n = s->r->classes, label = (size_t)s->r->data->label[s->r->valid[i]];
    const size_t best = probabilities(logits, n, s->temperature, s->log_p);
    s->loss -= s->log_p[label];
    s->wrong += best != label;
    if (s->keep)
        memcpy(s->keep + i * n, logits, n * sizeof(float));
    if (s->bins) {
        const double p = bz_exp(s->log_p[best]);
        size_t bin = (size_t)(p * TRAIN_RELIABILITY_BINS);
        bin = bin < TRAIN_RELIABILITY_BINS ? bin : TRAIN_RELIABILITY_BINS - 1;
        s->bins->bin_rows[bin]++;
        s->bins->bin_confidence[bin] += p;
        s->bins->bin_accuracy[bin] += best == label;
    }
}

static void measure(struct run *r, struct train_finetune_point *p, double *log_p)
{
    struct scoring s = {.r = r, .log_p = log_p, .temperature = 1};
    p->valid_loss = p->valid_error = (double)NAN;
    if (r->n_valid == 0 || r->s->learn_all)
        return;
    each_logits(r, r->valid, r->n_valid, score, &s);
    p->valid_loss = s.loss / (double)r->n_valid;
    p->valid_error = (double)s.wrong / (double)r->n_valid;
}

/* --- unlabelled rows --- */

struct guessing {
    struct run *r;
    double *log_p;
};

/* A row's most probable class becomes its target if the network is sure of it. */
static void guess(void *arg, size_t i, const float *logits)
{
    const double sure = 0.9;
    struct guessing *g = arg;
    struct run *r = g->r;
    const size_t row = r->unlabelled.rows[i], best = probabilities(logits, r->classes, 1, g->log_p);
    const double p = bz_exp(g->log_p[best]);
    memset(r->guess + row * r->classes, 0, r->classes * sizeof(float));
    r->guess[row * r->classes + best] = 1;
    r->guess_weight[row] = p >= sure ? 1 : 0;
}

/* --- updates --- */

static void fill(struct run *r, size_t i, size_t row, double weight)
{
    const size_t n = r->classes;
    double *target = train_net_target(r->t) + i * n;
    train_finetune_row(r->data, row, train_net_input(r->t) + i * r->data->width);
    memset(target, 0, n * sizeof(*target));
    if (r->data->label[row] >= 0) {
        target[r->data->label[row]] = 1;
    } else if (r->guess) {
        for (size_t c = 0; c < n; c++)
            target[c] = r->guess[row * n + c];
        weight *= r->guess_weight[row];
    }
    train_net_weight(r->t)[i] = (float)weight;
}

/* One update; mixed: half of its rows are unlabelled ones. */
static double update(struct run *r, size_t number, bool mixed)
{
    const struct train_finetune_settings *s = r->s;
    const double done = (double)number / (double)s->updates;
    const size_t half = mixed ? r->batch / 2 : 0, n = half ? r->batch : r->batch < r->labelled.n ? r->batch : r->labelled.n;
    const bool frozen = done < s->frozen;
    struct train_net_rule rule = {.dropout_in = s->dropout_in,
                                  .dropout = s->dropout,
                                  .noise = s->noise,
                                  .hidden_noise = s->hidden_noise,
                                  .adversarial = frozen ? 0 : s->adversarial,
                                  .euclidean = s->euclidean,
                                  .own = s->own,
                                  .max_norm = s->max_norm,
                                  .seed = s->seed,
                                  .number = number + 1};
    rule.step = train_step_make(s->optimizer, frozen ? s->rate : s->rate * (1 - done), 0.9, s->decay, number + 1);
    rule.first_stage = frozen ? r->net->n_stages - 1 : 0;
    for (size_t i = 0; i < n; i++) {
        const bool labelled = i < n - half;
        fill(r, i, deal(labelled ? &r->labelled : &r->unlabelled),
             !half      ? 1
             : labelled ? 2 * (1 - s->unlabelled / 2)
                        : s->unlabelled);
        train_net_moved(r->t)[i] = half && s->own ? !labelled : s->normalize ? i < n / 2 : i % 2;
    }
    return train_net_update(r->t, n, &rule);
}

static int add_point(struct run *r, const struct train_finetune_point *p)
{
    struct train_finetune_result *out = r->out;
    out->points[out->n_points++] = *p;
    const bool better = !r->n_valid || r->s->to_the_end || out->n_points == 1 || p->valid_error < out->valid_error ||
                        (p->valid_error <= out->valid_error && p->valid_loss < out->valid_loss);
    if (better) {
        train_net_store(r->t, r->kept);
        out->best = p->update;
        out->valid_error = p->valid_error;
        out->valid_loss = p->valid_loss;
    }
    return 0;
}

static int learn(struct run *r, double *log_p, struct bz_error *err)
{
    const size_t updates = r->s->updates, each = (updates + MEASUREMENTS - 1) / MEASUREMENTS;
    const size_t refresh = (updates + REFRESHES - 1) / REFRESHES;
    const bool use = r->s->unlabelled > 0 && r->unlabelled.n > 0, guesses = use && r->guess;
    const size_t begin = guesses ? updates / 4 : (size_t)ceil(r->s->frozen * (double)updates);
    double loss = 0;
    size_t since = 0;
    for (size_t u = 0; u < updates; u++) {
        if (guesses && u >= begin && (u - begin) % refresh == 0) {
            struct guessing g = {r, log_p};
            each_logits(r, r->unlabelled.rows, r->unlabelled.n, guess, &g);
        }
        loss += update(r, u, use && u >= begin);
        since++;
        if ((u + 1) % each && u + 1 < updates)
            continue;
        struct train_finetune_point p = {.update = u + 1, .loss = loss / (double)since};
        p.frozen = r->s->frozen < 1 && (double)(u + 1 - since) < r->s->frozen * (double)updates;
        if (!isfinite(p.loss))
            return bz_fail(err, BZ_DIVERGED, "update %zu: the loss is not finite; a smaller --learning-rate helps", u + 1);
        loss = 0;
        since = 0;
        measure(r, &p, log_p);
        if (add_point(r, &p) < 0 || (r->s->say && r->s->say(r->s->arg, &p, err) < 0))
            return -1;
    }
    return 0;
}

/* --- calibration --- */

static double loss_at(const struct run *r, const float *logits, double temperature, double *log_p)
{
    double loss = 0;
    for (size_t i = 0; i < r->n_valid; i++) {
        probabilities(logits + i * r->classes, r->classes, temperature, log_p);
        loss -= log_p[r->data->label[r->valid[i]]];
    }
    return loss / (double)r->n_valid;
}

/* The temperature at which held-out rows are most probable (Guo et al. 2017), by golden-section search in its logarithm: the
 * loss has one minimum, but falls for ever with the temperature where no row is wrong: then it is not below 1. */
static int calibrate(struct run *r, double *log_p, struct bz_error *err)
{
    enum { FEWEST = 50 };
    const double ratio = 0.6180339887498949;
    double low, high = 2.5;
    struct train_finetune_result *out = r->out;
    float *logits = bz_alloc(r->n_valid * r->classes, sizeof(float), err);
    if (!logits)
        return -1;
    struct scoring s = {.r = r, .log_p = log_p, .temperature = 1, .keep = logits};
    each_logits(r, r->valid, r->n_valid, score, &s);
    low = s.wrong ? -2.5 : 0;
    out->error_at_end = r->n_valid ? (double)s.wrong / (double)r->n_valid : (double)NAN;
    if (r->n_valid >= FEWEST) {
        double a = high - ratio * (high - low), b = low + ratio * (high - low);
        double at_a = loss_at(r, logits, exp(a), log_p), at_b = loss_at(r, logits, exp(b), log_p);
        while (high - low > 1e-3) {
            if (at_a < at_b) {
                high = b;
                b = a;
                at_b = at_a;
                at_a = loss_at(r, logits, exp(a = high - ratio * (high - low)), log_p);
            } else {
                low = a;
                a = b;
                at_a = at_b;
                at_b = loss_at(r, logits, exp(b = low + ratio * (high - low)), log_p);
            }
        }
        r->net->temperature = exp((low + high) / 2);
    }
    s = (struct scoring){.r = r, .log_p = log_p, .temperature = r->net->temperature, .bins = out};
    for (size_t i = 0; i < r->n_valid; i++)
        score(&s, i, logits + i * r->classes);
    out->valid_loss_calibrated = r->n_valid ? s.loss / (double)r->n_valid : (double)NAN;
    for (size_t b = 0; b < TRAIN_RELIABILITY_BINS; b++)
        if (out->bin_rows[b]) {
            out->bin_confidence[b] /= (double)out->bin_rows[b];
            out->bin_accuracy[b] /= (double)out->bin_rows[b];
        }
    bz_free(logits);
    return 0;
}

/* --- the whole --- */

static int open_run(struct run *r, struct bz_error *err)
{
    const size_t rows = r->data->rows, classes = r->classes;
    struct bz_network *net = r->net;
    size_t sizes[64];
    if (net->n_stages >= sizeof(sizes) / sizeof(sizes[0]))
        return bz_fail(err, BZ_TOO_LARGE, "classifier: %zu stages", net->n_stages);
    for (size_t k = 0; k < net->n_stages; k++)
        sizes[k] = net->stages[k].in;
    sizes[net->n_stages] = classes;
    if (divide(r, err) < 0 ||
        train_net_new(&r->t, net, r->batch, r->s->optimizer, r->s->adversarial > 0, r->s->normalize, r->s->par, err) < 0 ||
        !(r->logits = bz_alloc(r->batch * classes, sizeof(float), err)) ||
        !(r->out->points = bz_alloc(MEASUREMENTS + 1, sizeof(*r->out->points), err)))
        return -1;
    if (r->s->unlabelled > 0 && !r->s->own && r->unlabelled.n > 0 &&
        (!(r->guess = bz_alloc(rows * classes, sizeof(float), err)) || !(r->guess_weight = bz_alloc(rows, sizeof(float), err))))
        return -1;
    return 0;
}

/* Copies the kept weights into net and into the learner, which calibrates with them. */
static int take_kept(struct run *r, struct bz_error *err)
{
    for (size_t k = 0; k < r->net->n_stages; k++) {
        struct bz_stage *to = &r->net->stages[k], *from = &r->kept->stages[k];
        memcpy(to->weight, from->weight, to->in * to->out * sizeof(float));
        memcpy(to->bias, from->bias, to->out * sizeof(float));
    }
    train_net_free(r->t);
    r->t = NULL;
    return train_net_new(&r->t, r->net, r->batch, r->s->optimizer, false, false, r->s->par, err);
}

int train_finetune_copy(struct bz_network **out, const struct bz_network *net, struct bz_error *err)
{
    struct bz_network *copy = bz_object_new(sizeof(*copy), NULL, err);
    if (!copy)
        return -1;
    copy->n_stages = net->n_stages;
    copy->activation = net->activation;
    copy->temperature = net->temperature;
    if (!(copy->stages = bz_part(copy, net->n_stages, sizeof(*copy->stages), err)))
        return bz_object_give(out, copy, -1);
    for (size_t k = 0; k < net->n_stages; k++) {
        struct bz_stage *s = &copy->stages[k];
        *s = (struct bz_stage){.in = net->stages[k].in, .out = net->stages[k].out};
        if (!(s->weight = bz_part(copy, s->in * s->out, sizeof(float), err)) ||
            !(s->bias = bz_part(copy, s->out, sizeof(float), err)))
            return bz_object_give(out, copy, -1);
        memcpy(s->weight, net->stages[k].weight, s->in * s->out * sizeof(float));
        memcpy(s->bias, net->stages[k].bias, s->out * sizeof(float));
    }
    return bz_object_give(out, copy, 0);
}

int train_finetune(struct bz_network *net, const struct train_finetune_data *data, const struct train_finetune_settings *s,
                   struct train_finetune_result *out, struct bz_error *err)
{
    *out = (struct train_finetune_result){.valid_error = (double)NAN, .valid_loss = (double)NAN};
    struct run r = {.data = data, .s = s, .net = net, .classes = bz_network_class_count(net), .batch = s->batch, .out = out};
    double *log_p = bz_alloc(r.classes, sizeof(*log_p), err);
    int rc = -1;
    if (log_p && open_run(&r, err) == 0 && train_finetune_copy(&r.kept, net, err) == 0 && learn(&r, log_p, err) == 0 &&
        take_kept(&r, err) == 0 && calibrate(&r, log_p, err) == 0)
        rc = 0;
    train_net_free(r.t);
    bz_network_free(r.kept);
    bz_free_all(r.labelled.rows, r.unlabelled.rows, r.valid, r.guess, r.guess_weight, r.logits, log_p);
    return rc;
}

void train_finetune_free(struct train_finetune_result *r)
{
    bz_free(r->points);
    *r = (struct train_finetune_result){0};
}
