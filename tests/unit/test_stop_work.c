/* Whatever the shapes of a machine, what computes with it asks whether to stop at least once in 2 * BZ_STOP_WORK multiply-adds,
 * and ends then. BOLTZ_STOP_SHAPES=full in the environment takes the shapes as they are named and prints the longest time
 * between two questions for each; else they are 32 times smaller. BOLTZ_STOP_ONLY: of those whose names contain this. */
#include "fake_host.h"
#include "fixed.h"
#include "job.h"
#include "mem.h"
#include "stop.h"
#include "test.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAYERS = 4, LESS = 32, ENOUGH = 16 /* questions */, EARLY = 5, LONG_ENOUGH = 4000 /* ms */ };

/* Layers of `unit` and hidden ones of `above`, one above the other. */
struct shape {
    const char *name;
    enum bz_unit unit, above;
    size_t size[LAYERS];
    size_t groups;             /* of the first layer, if it has any */
    bool itself, above_itself; /* the first, the second layer is coupled to itself */
    size_t edges;              /* of the coupling, of each hidden unit; 0 = all */
    size_t classes;            /* of a label layer beside the first; 0 = none */
};

static const struct shape shapes[] = {
    {.name = "200000 x 500", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {200000, 500}},
    {.name = "500 x 200000", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {500, 200000}},
    {.name = "1000000 x 64", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {1000000, 64}},
    {.name = "16777216 x 2", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {16777216, 2}},
    {.name = "200000 x 100 x 100000", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {200000, 100, 100000}},
    {.name = "gaussian 200000 x 500", .unit = BZ_GAUSSIAN, .above = BZ_BERNOULLI, .size = {200000, 500}},
    {.name = "spin 200000 x 300 spin", .unit = BZ_SPIN, .above = BZ_SPIN, .size = {200000, 300}},
    {.name = "500 x 200000 relu", .unit = BZ_BERNOULLI, .above = BZ_RELU, .size = {500, 200000}},
    {.name = "500 x 200000 gaussian", .unit = BZ_BERNOULLI, .above = BZ_GAUSSIAN, .size = {500, 200000}},
    {.name = "500 x 200000 drelu", .unit = BZ_BERNOULLI, .above = BZ_DRELU, .size = {500, 200000}},
    {.name = "softmax of 100000 states x 500", .unit = BZ_SOFTMAX, .above = BZ_BERNOULLI, .size = {100000, 500}, .groups = 1},
    {.name = "softmax of 5000 groups of 20 x 500",
     .unit = BZ_SOFTMAX,
     .above = BZ_BERNOULLI,
     .size = {100000, 500},
     .groups = 5000},
    {.name = "counts of 1000000 words x 64", .unit = BZ_MULTINOMIAL, .above = BZ_BERNOULLI, .size = {1000000, 64}},
    {.name = "counts of 16777216 words x 2", .unit = BZ_MULTINOMIAL, .above = BZ_BERNOULLI, .size = {16777216, 2}},
    {.name = "6000 coupled to themselves x 500",
     .unit = BZ_BERNOULLI,
     .above = BZ_BERNOULLI,
     .size = {6000, 500},
     .itself = true},
    {.name = "gaussian 6000 coupled to themselves x 500",
     .unit = BZ_GAUSSIAN,
     .above = BZ_BERNOULLI,
     .size = {6000, 500},
     .itself = true},
    {.name = "500 x 6000 coupled to themselves",
     .unit = BZ_BERNOULLI,
     .above = BZ_BERNOULLI,
     .size = {500, 6000},
     .above_itself = true},
    {.name = "counts of 6000 words coupled x 50",
     .unit = BZ_MULTINOMIAL,
     .above = BZ_BERNOULLI,
     .size = {6000, 50},
     .itself = true},
    {.name = "1000000 x 1000 of 20000 edges each",
     .unit = BZ_BERNOULLI,
     .above = BZ_BERNOULLI,
     .size = {1000000, 1000},
     .edges = 20000},
    {.name = "100000 and 50 classes x 500", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {100000, 500}, .classes = 50},
    {.name = "20000 and 50 classes x 500 x 500",
     .unit = BZ_BERNOULLI,
     .above = BZ_BERNOULLI,
     .size = {20000, 500, 500},
     .classes = 50},
    {.name = "16000 x 16000", .unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {16000, 16000}},
};
enum { N_SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* An operation on rows of the first layer. */
struct task {
    const char *name, *operation, *query;
    size_t rows;   /* 0 = none are given */
    bool missing;  /* every third value is not known */
    double passes; /* through the coupling that dense rows take at least; 0 = not known */
};

static const struct task tasks[] = {
    {.name = "features", .operation = "features", .query = "format=raw", .rows = 1, .passes = 0.9},
    {.name = "features of 64 rows", .operation = "features", .query = "format=raw", .rows = 64, .passes = 50},
    {.name = "features as JSON", .operation = "features", .query = "", .rows = 1, .passes = 0.9},
    {.name = "free energies", .operation = "free-energy", .query = "format=raw", .rows = 3, .passes = 2.7},
    {.name = "free energies, gaps", .operation = "free-energy", .query = "format=raw", .rows = 2, .missing = true, .passes = 2},
    {.name = "reconstruction", .operation = "reconstruct", .query = "format=raw&steps=2", .rows = 2, .passes = 7},
    {.name = "reconstruction, states",
     .operation = "reconstruct",
     .query = "format=raw&steps=2&type=state&seed=1",
     .rows = 2,
     .passes = 3},
    {.name = "reconstruction, gaps",
     .operation = "reconstruct",
     .query = "format=raw",
     .rows = 2,
     .missing = true,
     .passes = 3},
    {.name = "reconstruction as PNG", .operation = "reconstruct", .query = "format=png", .rows = 1, .passes = 1},
    {.name = "classes", .operation = "classify", .query = "format=json", .rows = 2, .passes = 2},
    {.name = "sample", .operation = "sample", .query = "format=raw&layer=%s&steps=3&seed=1", .rows = 0},
    {.name = "sample of 64", .operation = "sample", .query = "format=raw&layer=%s&steps=2&seed=1&count=64", .rows = 0},
    {.name = "sample as JSON, with a token", .operation = "sample", .query = "steps=1&seed=1", .rows = 0},
    {.name = "stream of bits", .operation = "sample", .query = "format=ndjson&steps=2&every=1&seed=1", .rows = 0},
    {.name = "ptt", .operation = "sample", .query = "format=raw&layer=%s&steps=2&seed=1&sampler=ptt", .rows = 0},
};
enum { N_TASKS = sizeof(tasks) / sizeof(tasks[0]) };

/* --- machines --- */

static bool full_size(void)
{
    const char *shapes_as = getenv("BOLTZ_STOP_SHAPES");
    return shapes_as && strcmp(shapes_as, "full") == 0;
}

static size_t scaled(const struct shape *s, size_t l)
{
    if (full_size())
        return s->size[l];
    return s->size[l] >= 5000 ? s->size[l] / LESS / (s->size[l] >= 10000000 ? LESS : 1) : s->size[l];
}

static uint64_t noise(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 40;
}

/* Weights of about 0.02, biases around -1: a fifth of the units is on. */
static void fill(struct bz_machine *m)
{
    uint64_t state = 1;
    for (size_t c = 0; c < m->n_couplings; c++) {
        float *w = bz_machine_weight(m, c);
        const size_t n = m->layers[m->couplings[c].a].size;
        const bool lateral = m->couplings[c].a == m->couplings[c].b;
        for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
            w[i] = ((float)(noise(&state) & 0xffff) - 32768) * (lateral ? 1e-9f : 1e-6f);
        for (size_t i = 0; lateral && i < n; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * n + j] = i == j ? 0 : w[j * n + i];
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        float *b = bz_machine_bias(m, l);
        for (size_t i = 0; i < m->layers[l].size; i++)
            b[i] = ((float)(noise(&state) & 0xffff) - 32768) * 1e-5f - 1.0f;
        if (m->layers[l].unit == BZ_MULTINOMIAL)
            m->layers[l].usual_counts = full_size() ? 100000 : 1000;
    }
}

static struct bz_machine *machine(const struct shape *s)
{
    static const char *const names[] = {"visible", "hidden1", "hidden2", "hidden3"};
    struct bz_layer_spec layers[LAYERS + 1];
    struct bz_coupling_spec couplings[LAYERS + 3];
    struct bz_pattern patterns[LAYERS + 3] = {{0}};
    struct bz_machine *m;
    struct bz_error err;
    size_t n = 0, k = 0;
    for (; n < LAYERS && s->size[n]; n++) {
        layers[n] = (struct bz_layer_spec){
            .name = names[n], .role = n ? BZ_HIDDEN : BZ_VISIBLE, .unit = n ? s->above : s->unit, .size = scaled(s, n)};
        if (n)
            couplings[k++] = (struct bz_coupling_spec){n - 1, n};
    }
    if (s->unit == BZ_SOFTMAX) {
        layers[0].groups = s->groups > 1 && !full_size() ? s->groups / LESS : s->groups;
        layers[0].size = layers[0].size / layers[0].groups * layers[0].groups;
    }
    if (s->classes) {
        layers[n] =
            (struct bz_layer_spec){.name = "label", .role = BZ_LABEL, .unit = BZ_SOFTMAX, .size = s->classes, .groups = 1};
        couplings[k++] = (struct bz_coupling_spec){n - 1, n};
        n++;
    }
    if (s->itself || s->above_itself)
        couplings[k++] = (struct bz_coupling_spec){s->above_itself, s->above_itself};
    uint32_t(*index)[2] = NULL;
    if (s->edges) {
        const size_t each = layers[0].size / (s->size[0] / s->edges), apart = layers[0].size / each;
        patterns[0].n = layers[1].size * each;
        index = malloc(patterns[0].n * sizeof(*index));
        patterns[0].index = (const uint32_t(*)[2])index;
        for (size_t i = 0, at = 0; i < layers[0].size; i++)
            for (size_t j = i % apart; j < layers[1].size && at < patterns[0].n; j += apart) {
                index[at][0] = (uint32_t)i;
                index[at++][1] = (uint32_t)j;
                patterns[0].n = at == patterns[0].n || i + 1 < layers[0].size ? patterns[0].n : at;
            }
    }
    if (bz_machine_new_sparse(&m, "bm", layers, n, couplings, k, patterns, &err) < 0)
        fail_msg("%s: %s", s->name, err.msg);
    free(index);
    fill(m);
    return m;
}

/* --- questions --- */

struct watch {
    size_t asked, stop_at; /* 0 = when it has been asked often enough */
    bool to_its_end;
    size_t most;                      /* work counted between two questions */
    double work;                      /* counted in all */
    size_t frames;                    /* of a stream that were sent */
    double first, last, longest, end; /* ms of this thread's processor time */
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void lap(struct watch *w)
{
    const double now = now_ms();
    w->longest = now - w->last > w->longest ? now - w->last : w->longest;
    w->end = now - w->last;
    w->last = now;
    w->most = bz_stop_worked > w->most ? bz_stop_worked : w->most;
    w->work += (double)bz_stop_worked;
}

static bool watching(void *arg)
{
    struct watch *w = arg;
    lap(w);
    w->asked++;
    if (w->to_its_end || w->asked == w->stop_at)
        return w->asked == w->stop_at;
    return full_size() ? w->last - w->first > LONG_ENOUGH : w->asked == ENOUGH;
}

static float *rows(const struct shape *s, const struct task *t, const struct bz_layer *l)
{
    float *x = malloc(t->rows * l->size * sizeof(*x));
    const size_t k = l->size / l->groups;
    for (size_t i = 0; i < t->rows * l->size; i++) {
        x[i] = s->unit == BZ_SOFTMAX ? i % k == (i / k) % k : s->unit == BZ_MULTINOMIAL ? (float)(i % 3) : (float)(i % 4) / 4;
        x[i] = s->unit == BZ_SPIN ? 2 * x[i] - 1 : x[i];
    }
    const float nan = strtof("nan", NULL);
    for (size_t i = 0; t->missing && i < t->rows * l->size; i += 3)
        x[i] = nan;
    return x;
}

/* The call, decoded. */
static struct api_call *begin(struct fake_host *h, const struct shape *s, const struct task *t)
{
    const struct bz_layer *l = &h->model.machine->layers[0];
    char path[64], query[128];
    const char *type = t->rows ? "application/octet-stream" : NULL;
    snprintf(path, sizeof(path), "/v1/models/tiny/%s", t->operation);
    snprintf(query, sizeof(query), t->query, l->name);
    const struct fake_request req = {.type = type, .path = path, .query = query};
    const size_t size = t->rows * l->size * sizeof(float);
    struct api_call *call = fake_open_head(h, &req, size);
    float *x = rows(s, t, l);
    if (call->state == API_BODY)
        api_decode(call, (char *)x, size);
    free(x);
    return call;
}

/* The call is run by slices until it is done, or stopped. */
static void run(struct fake_host *h, struct api_call *call, struct watch *w)
{
    size_t size;
    api_worker_ask(h->worker, watching, w);
    w->first = w->last = now_ms();
    while (call->state == API_RUN && !call->stopped) {
        bz_stop_worked = 0;
        api_run(&call, 1, h->worker);
        lap(w);
        for (char *part; call->stream && (part = api_take(call, &size)); bz_free(part))
            for (size_t i = 0; i < size; i++)
                w->frames += part[i] == '\n';
        w->last = now_ms();
    }
    if (call->state == API_ENCODE) {
        w->last = now_ms();
        bz_stop_ask(watching, w);
        api_encode(call);
        lap(w);
        bz_stop_ask(NULL, NULL);
    }
    api_worker_ask(h->worker, NULL, NULL);
}

/* Wherever it is told to stop, it ends there, refuses nothing, and goes on from no frame that it has not sent. */
static void stop_at(struct fake_host *h, const struct shape *s, const struct task *t, size_t question)
{
    struct watch w = {.stop_at = question, .to_its_end = true};
    struct api_call *call = begin(h, s, t);
    run(h, call, &w);
    if (call->code || w.asked > question || call->stopped != (w.asked == question)) /* the answer is remembered */
        fail_msg("%s, %s: told to stop at question %zu, asked %zu times%s%s", s->name, t->name, question, w.asked,
                 call->stopped ? "" : ", not stopped", call->code ? call->reply.body : "");
    const struct api_task *task = call->job->tasks;
    const struct bz_chains *from = !call->stream || !task ? NULL : task->stands ? task->chains : task->shown;
    if (from && from->step[0] != w.frames)
        fail_msg("%s, %s: told to stop at question %zu, %zu frames sent, goes on from %llu", s->name, t->name, question,
                 w.frames, (unsigned long long)from->step[0]);
    if (full_size() && w.end > 3)
        printf("%-44s %-30s ends %.1f ms after it was stopped\n", "", "", w.end);
    api_free(call);
}

static void one_task(struct fake_host *h, const struct shape *s, const struct task *t)
{
    const struct bz_machine *m = h->model.machine;
    struct watch all = {0};
    struct api_call *call = begin(h, s, t);
    const bool refused = call->state != API_RUN;
    if (!refused)
        run(h, call, &all);
    if (full_size())
        printf("%-44s %-30s %7.1f ms at most, %6zu times; %s %.90s\n", s->name, t->name, all.longest, all.asked,
               call->code ? call->code : "", call->code && call->reply.body ? strstr(call->reply.body, "detail") : "");
    const bool call_stopped = call->stopped;
    if (!refused && call->code)
        fail_msg("%s, %s: %s", s->name, t->name, call->reply.body);
    api_free(call);
    fflush(stdout);
    if (refused)
        return;
    const double pass = (double)m->layers[0].size * (double)m->layers[1].size;
    if (!full_size() && all.most > 2 * BZ_STOP_WORK)
        fail_msg("%s, %s: %zu between two questions", s->name, t->name, all.most);
    if (!s->edges && s->unit != BZ_SOFTMAX && !call_stopped && all.work < t->passes * pass)
        fail_msg("%s, %s: only %.3g of the work counted, expected %.3g", s->name, t->name, all.work, t->passes * pass);
    for (size_t at = 1; at <= all.asked && at <= (full_size() ? 1 : EARLY); at++)
        stop_at(h, s, t, at);
    if (all.asked > 1)
        stop_at(h, s, t, all.asked / 2);
}

static void every_shape_can_be_stopped(void **state)
{
    const char *only = getenv("BOLTZ_STOP_ONLY");
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        if (only && !strstr(shapes[i].name, only))
            continue;
        struct fake_host *h = fake_host_new(machine(&shapes[i]));
        h->host.max_body = (size_t)8 << 30;
        struct watch w = {.last = now_ms(), .to_its_end = true};
        bz_stop_ask(watching, &w);
        assert_int_equal(h->host.make_ready(&h->host, &h->served, NULL), 0);
        assert_int_equal(bz_machine_fix(h->model.machine, NULL), 0);
        lap(&w);
        bz_stop_ask(NULL, NULL);
        if (full_size())
            printf("%-44s %-30s %7.1f ms at most, %6zu times\n", shapes[i].name, "preparation", w.longest, w.asked);
        for (size_t t = 0; t < N_TASKS; t++)
            one_task(h, &shapes[i], &tasks[t]);
        fake_host_free(h);
    }
}

/* Replies that are made at once, as numbers, pictures, tables, bits and tokens: half of them is not shown. */
static void encoding_can_be_stopped(void **state)
{
    static const struct shape wide = {.unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {200000 * LESS, 2}};
    static const struct task replies[] = {
        {.name = "JSON", .operation = "reconstruct", .query = "", .rows = 4},
        {.name = "PNG", .operation = "reconstruct", .query = "format=png", .rows = 4},
        {.name = "CSV", .operation = "reconstruct", .query = "format=csv", .rows = 4},
        {.name = "scores", .operation = "free-energy", .query = "", .rows = 3},
        {.name = "sample and token", .operation = "sample", .query = "steps=1&seed=1&count=4", .rows = 0},
        {.name = "events",
         .operation = "sample",
         .query = "format=sse&steps=1&every=1&seed=1&count=40&encoding=bits",
         .rows = 0},
    };
    struct fake_host *h = fake_host_new(machine(&wide));
    (void)state;
    h->host.max_body = (size_t)1 << 30;
    for (size_t i = 0; !full_size() && i < sizeof(replies) / sizeof(*replies); i++) {
        struct watch all = {.to_its_end = true}, half = {0};
        for (struct watch *w = &all; w; w = w == &all ? &half : NULL) {
            struct api_call *call = begin(h, &wide, &replies[i]);
            while (call->state == API_RUN)
                api_run(&call, 1, h->worker);
            assert_int_equal(call->state, API_ENCODE);
            bz_stop_ask(watching, w);
            api_encode(call);
            bz_stop_ask(NULL, NULL);
            if (w == &all && (call->stopped || all.asked < 2 * (replies[i].rows != 3)))
                fail_msg("%s: asked %zu times%s", replies[i].name, all.asked, call->stopped ? ", stopped" : "");
            assert_true(w == &all || half.stop_at == 0 || (call->stopped && half.asked <= half.stop_at));
            api_free(call);
            half.stop_at = all.asked / 2;
        }
    }
    fake_host_free(h);
}

/* Also between a frame's encoding and the end of its slice. */
static void streams_go_on_from_what_they_sent(void **state)
{
    static const struct shape wide = {.unit = BZ_BERNOULLI, .above = BZ_BERNOULLI, .size = {40000 * LESS, 2}};
    static const struct task stream = {
        .name = "stream", .operation = "sample", .query = "format=ndjson&steps=3&every=1&seed=1&count=2"};
    struct fake_host *h = fake_host_new(machine(&wide));
    struct watch all = {.to_its_end = true};
    (void)state;
    struct api_call *call = begin(h, &wide, &stream);
    run(h, call, &all);
    assert_int_equal(all.frames, 3);
    api_free(call);
    assert_true(all.asked > 10);
    for (size_t at = 1; !full_size() && at <= all.asked; at++)
        stop_at(h, &wide, &stream, at);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shape_can_be_stopped), cmocka_unit_test(encoding_can_be_stopped),
                                       cmocka_unit_test(streams_go_on_from_what_they_sent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
