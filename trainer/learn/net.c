#include "net.h"

#include "kernels.h"
#include "linalg.h"
#include "mathx.h"
#include "net_noise.h"
#include "net_norm.h"
#include "object.h"

#include <math.h>
#include <string.h>

enum {
    /* Units that a task takes, whatever the threads, so that the bits do not depend on these: of a gradient's inputs or a
     * norm's outputs; of a stage's values. */
    UNIT_TASK = 64,
    COLUMN_TASK = TRAIN_NORM_UNITS, /* a multiple of 128 */
    MOST_STAGES = 16
};

/* One stage: parameters, what the optimiser keeps of them, and its values for the rows of an update. */
struct stage {
    size_t in, out;
    float *w, *w_t;                            /* [in][out], [out][in] (NULL if no gradient of its inputs is needed) */
    float *b;                                  /* [out] */
    float *w_velocity, *w_second, *w_gradient; /* [in][out]; second NULL for plain steps */
    float *b_velocity, *b_second, *b_gradient; /* [out] */
    float *y;                                  /* [batch][out]: values after activation and dropout; logits of the last stage */
    float *delta;                              /* [batch][out]: the gradient of the log-likelihood by the stage's input sums */
    float *x_t;                                /* [in][batch]: the inputs, transposed */
    struct train_net_norm norm;                /* value NULL: sums stay as they are */
};

struct train_net {
    enum bz_activation activation;
    size_t n_stages, batch, units, classes;
    struct stage stages[MOST_STAGES];
    float *clean, *slope; /* [batch][units]: the original rows, the gradient with respect to them; NULL without inputs */
    float *input, *weight;
    double *target;
    bool *moved;
    struct bz_parallel *par;
    /* of the running update */
    size_t n, running; /* running: the stage of the present tasks */
    const struct train_net_rule *rule;
    bool learning, remember; /* remember: the moments of this pass count in their averages */
};

/* What is needed of a stage beside its parameters. */
struct need {
    bool inputs, second, norm; /* the gradient of its inputs; the optimiser's second moments; normalised sums */
};

static int new_stage(struct train_net *t, struct stage *s, const struct bz_stage *from, size_t batch, struct need need,
                     struct bz_error *err)
{
    const size_t weights = from->in * from->out, norm = need.norm ? from->out : 0;
    *s = (struct stage){.in = from->in, .out = from->out};
    struct {
        float **to;
        size_t count;
    } parts[] = {{&s->w, weights},
                 {&s->w_t, need.inputs ? weights : 0},
                 {&s->b, s->out},
                 {&s->w_velocity, weights},
                 {&s->w_second, need.second ? weights : 0},
                 {&s->w_gradient, weights},
                 {&s->b_velocity, s->out},
                 {&s->b_second, need.second ? s->out : 0},
                 {&s->b_gradient, s->out},
                 {&s->y, batch * s->out},
                 {&s->delta, batch * s->out},
                 {&s->x_t, batch * s->in},
                 {&s->norm.deviation, norm},
                 {&s->norm.usual_mean, norm},
                 {&s->norm.variance, norm},
                 {&s->norm.value, batch * norm}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].count && !(*parts[i].to = bz_part(t, parts[i].count, sizeof(float), err)))
            return -1;
    memcpy(s->w, from->weight, weights * sizeof(float));
    memcpy(s->b, from->bias, s->out * sizeof(float));
    for (size_t i = 0; s->w_t && i < s->in; i++)
        for (size_t j = 0; j < s->out; j++)
            s->w_t[j * s->in + i] = s->w[i * s->out + j];
    return 0;
}

int train_net_new(struct train_net **out, const struct bz_network *net, size_t batch, enum train_optimizer optimizer,
                  bool with_inputs, bool normalize, struct bz_parallel *par, struct bz_error *err)
{
    if (net->n_stages > MOST_STAGES)
        return bz_fail(err, BZ_TOO_LARGE, "classifier: expected at most %d stages, found %zu", MOST_STAGES, net->n_stages);
    if (train_linalg_load(err) < 0)
        return -1;
    struct train_net *t = bz_object_new(sizeof(*t), NULL, err);
    if (!t)
        return -1;
    t->activation = net->activation;
    t->batch = batch;
    t->units = net->stages[0].in;
    t->classes = bz_network_class_count(net);
    t->par = par;
    for (size_t k = 0; k < net->n_stages; k++) {
        t->n_stages++;
        const struct need need = {k > 0 || with_inputs, optimizer == TRAIN_ADAM, normalize && k + 1 < net->n_stages};
        if (new_stage(t, &t->stages[k], &net->stages[k], batch, need, err) < 0)
            return bz_object_give(out, t, -1);
    }
    if (!(t->input = bz_part(t, batch * t->units, sizeof(float), err)) ||
        !(t->target = bz_part(t, batch * t->classes, sizeof(*t->target), err)) ||
        !(t->weight = bz_part(t, batch, sizeof(float), err)) || !(t->moved = bz_part(t, batch, sizeof(*t->moved), err)) ||
        (with_inputs && (!(t->clean = bz_part(t, batch * t->units, sizeof(float), err)) ||
                         !(t->slope = bz_part(t, batch * t->units, sizeof(float), err)))))
        return bz_object_give(out, t, -1);
    return bz_object_give(out, t, 0);
}

void train_net_free(struct train_net *t)
{
    bz_object_free(t);
}

float *train_net_input(struct train_net *t)
{
    return t->input;
}

double *train_net_target(struct train_net *t)
{
    return t->target;
}

float *train_net_weight(struct train_net *t)
{
    return t->weight;
}

bool *train_net_moved(struct train_net *t)
{
    return t->moved;
}

/* --- rows: forward, and backward to each stage's input sums --- */

/* Of a row's draws in this update. */
static struct bz_key draw_key(const struct train_net *t, size_t row, size_t place)
{
    return (struct bz_key){.seed = t->rule->seed,
                           .step = t->rule->number,
                           .chain = (uint32_t)row,
                           .layer = (uint16_t)place,
                           .purpose = BZ_DRAW_MISC};
}

/* Units from .. to-1, from a multiple of 128, of each row of x[n][size]. */
static void drop(const struct train_net *t, float *x, size_t size, double share, size_t place, size_t from, size_t to)
{
    for (size_t r = 0; r < t->n && share > 0; r++) {
        const struct bz_key key = draw_key(t, r, place);
        train_leave_out(x + r * size + from, share, &key, from, to - from);
    }
}

static void disturb(const struct train_net *t, float *x, size_t size, double deviation, size_t place, size_t from, size_t to)
{
    for (size_t r = 0; r < t->n && deviation > 0; r++) {
        const struct bz_key key = draw_key(t, r, place);
        train_add_noise(x + r * size + from, deviation, &key, from, to - from, t->stages[0].norm.value);
    }
}

static size_t column_tasks(size_t units)
{
    return (units + COLUMN_TASK - 1) / COLUMN_TASK;
}

static size_t column_end(size_t from, size_t units)
{
    return from + COLUMN_TASK < units ? from + COLUMN_TASK : units;
}

/* Columns from .. to-1 of x[n][s->in], transposed, for the gradient of the stage that reads them. */
static void turn(const struct train_net *t, struct stage *s, const float *x, size_t from, size_t to)
{
    for (size_t r = 0; r < t->n; r++)
        for (size_t i = from; i < to; i++)
            s->x_t[i * t->batch + r] = x[r * s->in + i];
}

static void input_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    const size_t from = task * COLUMN_TASK, to = column_end(from, t->units);
    disturb(t, t->input, t->units, t->rule->noise, UINT16_MAX, from, to);
    drop(t, t->input, t->units, t->rule->dropout_in, 0, from, to);
    turn(t, &t->stages[0], t->input, from, to);
}

/* Sums without their bias, in one unit of measure and with noise; then the bias. */
static void normalize(const struct train_net *t, struct stage *s, size_t from, size_t to)
{
    const double usual = 0.01;
    if (t->learning) {
        const double share = t->remember ? fmax(usual, 1 / (double)t->rule->number) : 0;
        train_norm_measure(&s->norm, s->y, t->n, s->out, from, to, (float)share);
        disturb(t, s->y, s->out, t->rule->hidden_noise, MOST_STAGES + t->running, from, to);
    } else {
        train_norm_apply(&s->norm, s->y, t->n, s->out, from, to);
    }
    for (size_t r = 0; r < t->n; r++)
        for (size_t j = from; j < to; j++)
            s->y[r * s->out + j] += s->b[j];
}

/* Some units of the running stage, of all rows: each weight is read once. */
static void forward_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    const size_t k = t->running;
    struct stage *s = &t->stages[k];
    const float *x = k ? t->stages[k - 1].y : t->input;
    const size_t from = task * COLUMN_TASK, to = column_end(from, s->out);
    for (size_t r = 0; r < t->n; r++)
        if (s->norm.value)
            memset(s->y + r * s->out + from, 0, (to - from) * sizeof(float));
        else
            memcpy(s->y + r * s->out + from, s->b + from, (to - from) * sizeof(float));
    train_add_product(s->y + from, s->out, x, s->in, s->w + from, s->out, t->n, s->in, to - from);
    if (s->norm.value)
        normalize(t, s, from, to);
    if (k + 1 == t->n_stages)
        return;
    for (size_t r = 0; r < t->n; r++)
        bz_activate(t->activation, s->y + r * s->out + from, to - from);
    if (!t->learning)
        return;
    drop(t, s->y, s->out, t->rule->dropout, k + 1, from, to);
    turn(t, &t->stages[k + 1], s->y, from, to);
}

static void forward(struct train_net *t)
{
    if (t->learning)
        bz_parallel_for(t->par, column_tasks(t->units), input_task, t);
    for (t->running = 0; t->running < t->n_stages; t->running++)
        bz_parallel_for(t->par, column_tasks(t->stages[t->running].out), forward_task, t);
}

/* log of the normaliser of softmax(y[n]). */
static double log_normaliser(const float *y, size_t n)
{
    float most = y[0];
    double sum = 0;
    for (size_t c = 1; c < n; c++)
        most = y[c] > most ? y[c] : most;
    for (size_t c = 0; c < n; c++)
        sum += bz_exp((double)y[c] - most);
    return most + bz_log(sum);
}

/* delta of the last stage: target - p, times the row's weight over the update's rows. Returns the cross-entropy of the rows. */
static double top_delta(struct train_net *t)
{
    struct stage *s = &t->stages[t->n_stages - 1];
    double loss = 0;
    for (size_t r = 0; r < t->n; r++) {
        const float *y = s->y + r * s->out;
        const double *target = t->target + r * s->out;
        const double log_sum = log_normaliser(y, s->out), weight = (double)t->weight[r] / (double)t->n;
        float *delta = s->delta + r * s->out;
        for (size_t c = 0; c < s->out; c++) {
            loss -= (double)t->weight[r] * target[c] * (y[c] - log_sum);
            delta[c] = (float)(weight * (target[c] - bz_exp(y[c] - log_sum)));
        }
    }
    return loss;
}

/* delta[n] of a hidden stage, from the gradient with respect to its values: through dropout and activation. */
static void through_activation(const struct train_net *t, const float *value, float *delta, size_t n)
{
    const float keep = (float)(1 - t->rule->dropout), grow = 1 / keep;
    for (size_t i = 0; i < n; i++) {
        const float y = value[i];
        if (t->activation == BZ_RECTIFIED)
            delta[i] = y > 0 ? delta[i] * grow : 0;
        else
            delta[i] = y > 0 ? delta[i] * y * (1 - y * keep) : 0; /* grow * a (1 - a), a = y * keep */
    }
}

/* The gradient of some biases. */
static void sum_rows(const struct train_net *t, struct stage *s, size_t from, size_t to)
{
    memset(s->b_gradient + from, 0, (to - from) * sizeof(float));
    for (size_t r = 0; r < t->n; r++)
        for (size_t j = from; j < to; j++)
            s->b_gradient[j] += s->delta[r * s->out + j];
}

/* Deltas of some units of the stage below the running one. */
static void backward_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    const struct stage *s = &t->stages[t->running];
    struct stage *below = &t->stages[t->running - 1];
    const size_t from = task * COLUMN_TASK, to = column_end(from, s->in);
    for (size_t r = 0; r < t->n; r++)
        memset(below->delta + r * s->in + from, 0, (to - from) * sizeof(float));
    train_add_product(below->delta + from, s->in, s->delta, s->out, s->w_t + from, s->in, t->n, s->out, to - from);
    for (size_t r = 0; r < t->n; r++)
        through_activation(t, below->y + r * s->in + from, below->delta + r * s->in + from, to - from);
    if (!below->norm.value)
        return;
    sum_rows(t, below, from, to);
    train_norm_backward(&below->norm, below->delta, t->n, s->in, from, to);
}

/* Deltas of all stages from that of the last one, down to `lowest`. */
static void backward(struct train_net *t, size_t lowest)
{
    for (t->running = t->n_stages - 1; t->running > lowest; t->running--)
        bz_parallel_for(t->par, column_tasks(t->stages[t->running].in), backward_task, t);
}

static void slope_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    const struct stage *s = &t->stages[0];
    const size_t from = task * COLUMN_TASK, to = column_end(from, t->units);
    for (size_t r = 0; r < t->n; r++)
        memset(t->slope + r * t->units + from, 0, (to - from) * sizeof(float));
    train_add_product(t->slope + from, t->units, s->delta, s->out, s->w_t + from, t->units, t->n, s->out, to - from);
}

/* Moves a row's inputs by a fraction of the whole shift against the slope of its likelihood: each by the same amount, or all
 * together by a length along the slope (Miyato, Maeda, Koyama, Ishii 2019). */
static void push(const struct train_net *t, double part, float *x, const float *slope)
{
    const float by = (float)(part * t->rule->adversarial);
    double square = 0;
    for (size_t i = 0; t->rule->euclidean && i < t->units; i++)
        square += (double)slope[i] * slope[i];
    const float scale = square > 0 ? (float)(by / sqrt(square)) : 0;
    for (size_t i = 0; i < t->units; i++)
        x[i] -= t->rule->euclidean ? scale * slope[i] : slope[i] > 0 ? by : slope[i] < 0 ? -by : 0;
}

/* Moved rows get the network's own output as their targets, and a small step in a random direction: the gradient there is one
 * step of the power iteration for the direction in which the output changes most. */
static void ask_itself(struct train_net *t)
{
    const double part = 0.1; /* of the whole shift */
    const struct stage *s = &t->stages[t->n_stages - 1];
    forward(t);
    memcpy(t->input, t->clean, t->n * t->units * sizeof(float));
    for (size_t r = 0; r < t->n; r++) {
        const float *y = s->y + r * s->out;
        const struct bz_key key = draw_key(t, r, UINT16_MAX - 1);
        if (!t->moved[r])
            continue;
        const double log_sum = log_normaliser(y, s->out);
        for (size_t c = 0; c < s->out; c++)
            t->target[r * s->out + c] = bz_exp(y[c] - log_sum);
        for (size_t i = 0; i < t->units; i++)
            t->slope[r * t->units + i] = (float)bz_random_normal(&key, (uint32_t)i);
        push(t, part, t->input + r * t->units, t->slope + r * t->units);
    }
}

/* Shifts rows to where their own loss is larger, by the network before the update; dropout and noise are drawn as they will be
 * in it. Of normalised sums only rows up to the last one that moves are looked at. */
static void provoke(struct train_net *t)
{
    const size_t all = t->n;
    while (t->stages[0].norm.value && t->n > 1 && !t->moved[t->n - 1])
        t->n--;
    memcpy(t->clean, t->input, t->n * t->units * sizeof(float));
    if (t->rule->own)
        ask_itself(t);
    forward(t);
    top_delta(t);
    backward(t, 0);
    bz_parallel_for(t->par, column_tasks(t->units), slope_task, t);
    memcpy(t->input, t->clean, t->n * t->units * sizeof(float));
    for (size_t r = 0; r < t->n; r++)
        if (t->moved[r])
            push(t, 1, t->input + r * t->units, t->slope + r * t->units);
    t->n = all;
}

/* --- weights --- */

/* The stage of a task that takes UNIT_TASK of its input or output units, and the first of them. */
static struct stage *find_units(struct train_net *t, size_t task, bool outputs, size_t *first, size_t *end)
{
    size_t k = t->rule->first_stage;
    for (;; k++) {
        const size_t units = outputs ? t->stages[k].out : t->stages[k].in, tasks = (units + UNIT_TASK - 1) / UNIT_TASK;
        if (task < tasks) {
            *first = task * UNIT_TASK;
            *end = *first + UNIT_TASK < units ? *first + UNIT_TASK : units;
            return &t->stages[k];
        }
        task -= tasks;
    }
}

static size_t count_tasks(const struct train_net *t, bool outputs)
{
    size_t tasks = 0;
    for (size_t k = t->rule->first_stage; k < t->n_stages; k++)
        tasks += ((outputs ? t->stages[k].out : t->stages[k].in) + UNIT_TASK - 1) / UNIT_TASK;
    return tasks;
}

/* Gradient and step of the weights out of some input units. */
static void step_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    size_t first, end;
    struct stage *s = find_units(t, task, false, &first, &end);
    const size_t from = first * s->out, count = (end - first) * s->out;
    memset(s->w_gradient + from, 0, count * sizeof(float));
    train_add_product(s->w_gradient + from, s->out, s->x_t + first * t->batch, t->batch, s->delta, s->out, end - first, t->n,
                      s->out);
    train_step_apply(&t->rule->step, s->w + from, s->w_velocity + from, s->w_second ? s->w_second + from : NULL,
                     s->w_gradient + from, count);
    if (first > 0)
        return;
    if (!s->norm.value)
        sum_rows(t, s, 0, s->out);
    struct train_step step = t->rule->step;
    step.decay = 0;
    train_step_apply(&step, s->b, s->b_velocity, s->b_second, s->b_gradient, s->out);
}

/* The bound on norms, and the transposed copy, of the weights into some output units. */
static void bound_task(void *arg, size_t task)
{
    struct train_net *t = arg;
    size_t first, end;
    struct stage *s = find_units(t, task, true, &first, &end);
    double norm[UNIT_TASK] = {0};
    const bool bounded = t->rule->max_norm > 0 && s != &t->stages[t->n_stages - 1];
    for (size_t i = 0; bounded && i < s->in; i++)
        for (size_t j = first; j < end; j++)
            norm[j - first] += (double)s->w[i * s->out + j] * s->w[i * s->out + j];
    for (size_t j = first; bounded && j < end; j++) {
        const double length = sqrt(norm[j - first]);
        const float shrink = (float)(t->rule->max_norm / length);
        for (size_t i = 0; length > t->rule->max_norm && i < s->in; i++)
            s->w[i * s->out + j] *= shrink;
    }
    for (size_t i = 0; s->w_t && i < s->in; i++)
        for (size_t j = first; j < end; j++)
            s->w_t[j * s->in + i] = s->w[i * s->out + j];
}

double train_net_update(struct train_net *t, size_t n, const struct train_net_rule *rule)
{
    t->n = n;
    t->rule = rule;
    t->learning = true;
    if (rule->adversarial > 0)
        provoke(t);
    t->remember = true;
    forward(t);
    t->remember = false;
    const double loss = top_delta(t);
    backward(t, rule->first_stage);
    bz_parallel_for(t->par, count_tasks(t, false), step_task, t);
    bz_parallel_for(t->par, count_tasks(t, true), bound_task, t);
    return loss / (double)n;
}

void train_net_logits(struct train_net *t, size_t n, float *logits)
{
    t->n = n;
    t->learning = false;
    forward(t);
    memcpy(logits, t->stages[t->n_stages - 1].y, n * t->classes * sizeof(float));
}

void train_net_store(const struct train_net *t, struct bz_network *net)
{
    for (size_t k = 0; k < t->n_stages; k++) {
        const struct stage *s = &t->stages[k];
        memcpy(net->stages[k].weight, s->w, s->in * s->out * sizeof(float));
        memcpy(net->stages[k].bias, s->b, s->out * sizeof(float));
        if (s->norm.value)
            train_norm_fold(&s->norm, net->stages[k].weight, net->stages[k].bias, s->in, s->out);
    }
}
