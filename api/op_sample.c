/* POST .../sample: block Gibbs chains with clamping, in slices, whole or as a stream. */
#include "arrays.h"
#include "body.h"
#include "cost.h"
#include "levels.h"
#include "reply.h"
#include "rows.h"
#include "sample.h"
#include "sheet.h"
#include "stream.h"
#include "unit.h"
#include "worker.h"

#include "mem.h"
#include "stop.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_STEPS = 1000, DEFAULT_EVERY = 100 };

static bool holds_one_layer(enum api_format format)
{
    return format == API_NPY || format == API_RAW || format == API_PNG;
}

/* Chooses the layers to return (`layers`, `layer`, or the visible ones) and allocates them. */
static int choose_layers(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    bool among = task->asked < 0 || job->n_returned == 0;
    for (size_t i = 0; i < job->n_returned; i++)
        among = among || (long)job->returned[i] == task->asked;
    if (!among)
        return api_fault(fault, API_BAD_VALUE, "parameter 'layer': found '%.64s', which is not one of 'layers'",
                         m->layers[task->asked].name);
    if (holds_one_layer(job->out)) {
        long layer = api_reply_layer(call, task, fault);
        if (layer < 0)
            return -1;
        task->layer = (size_t)layer;
        return api_task_layer(call, task, task->layer, fault);
    }
    if (job->n_returned && task->asked < 0) {
        for (size_t i = 0; i < job->n_returned; i++)
            if (api_task_layer(call, task, job->returned[i], fault) < 0)
                return -1;
    } else {
        for (size_t l = 0; l < m->n_layers; l++)
            if ((task->asked < 0 ? bz_is_visible(&m->layers[l]) : (long)l == task->asked) &&
                api_task_layer(call, task, l, fault) < 0)
                return -1;
    }
    for (size_t l = 0; job->par.encoding == API_BITS && l < m->n_layers; l++) {
        const struct bz_unit_type *type = bz_unit_type(m->layers[l].unit);
        if (task->x[l] && (task->type != API_STATE || !type->discrete || type->least != 0 || type->most != 1))
            return api_fault(fault, API_BAD_VALUE, "parameter 'encoding': bits hold states of 0 and 1, not %s of layer '%s'",
                             task->type != API_STATE ? "means" : "values", m->layers[l].name);
    }
    return 0;
}

/* The first of n values that is neither 0 nor 1, of those that are known (NULL = all); -1 = none. */
static long first_grey(const float *x, const uint8_t *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((!known || known[i]) && x[i] != 0 && x[i] != 1)
            return (long)i;
    return -1;
}

/* Grey values that chains keep, held ones and those of no step at all, are no bits. */
static int check_bits(const struct api_call *call, const struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    const struct bz_state *s = task->chains->s;
    const bool continued = task->started, still = job->par.steps == 0;
    for (size_t l = 0; job->par.encoding == API_BITS && l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        const struct api_rows *clamp = &job->rows[l], *start = job->start ? &job->start[l] : NULL;
        const float *x = continued ? s->x[l] : clamp->x;
        long grey = -1;
        if (!task->x[l])
            continue;
        if (continued && (still || s->known[l]))
            grey = first_grey(x, still ? NULL : s->known[l], s->n * size);
        else if (!continued && clamp->x)
            grey = first_grey(x, clamp->known, clamp->n * size);
        if (grey < 0 && !continued && still && start && start->x)
            grey = first_grey(x = start->x, NULL, start->n * size);
        if (grey >= 0)
            return api_fault(
                fault, API_BAD_VALUE,
                "parameter 'encoding': bits hold states of 0 and 1, not the %.9g that unit %ld of layer '%s' keeps",
                (double)x[grey], grey % (long)size, m->layers[l].name);
    }
    return 0;
}

/* Checks that clamps hold something, and have one row or one per chain. */
static int check_clamps(const struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    bool given = api_given(&job->par, API_P_CLAMP), held = false;
    for (size_t l = 0; l < m->n_layers; l++) {
        struct bz_error err;
        if (!job->rows[l].x)
            continue;
        if (job->rows[l].n != 1 && job->rows[l].n != job->n)
            return api_fault(fault, API_BAD_SHAPE, "clamp.%s: expected one row or %zu (count), found %zu", m->layers[l].name,
                             job->n, job->rows[l].n);
        if (bz_state_make_known(task->chains->s, l, &err) < 0)
            return api_fault_core(fault, &err);
        given = true;
        held = held || !job->rows[l].known || memchr(job->rows[l].known, 1, job->rows[l].n * m->layers[l].size);
    }
    if (given && !held)
        return api_fault(
            fault, API_BAD_VALUE,
            "clamp: it holds no unit (it is empty, or all of its values are null or masked); leave it out to sample freely");
    return 0;
}

/* Checks that there are no more start rows than chains. */
static int check_starts(const struct api_call *call, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    for (size_t l = 0; job->start && l < m->n_layers; l++)
        if (job->start[l].x && job->start[l].n > job->n)
            return api_fault(fault, API_BAD_SHAPE, "init.%s: expected %zu (count) or fewer rows, found %zu", m->layers[l].name,
                             job->n, job->start[l].n);
    return 0;
}

static int begin(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_job *job = call->job;
    struct api_params *par = &job->par;
    const bool aside = call->may_block && call->v1;
    char digest[65];
    if (aside) /* for the token: where it delays nobody, and can be stopped */
        api_model_digest(call->model, digest);
    if (api_task_type(call, task, API_STATE, API_PROBABILITY, fault) < 0)
        return -1;
    if (!api_given(par, API_P_STEPS))
        par->steps = DEFAULT_STEPS;
    if (!api_given(par, API_P_EVERY))
        par->every = DEFAULT_EVERY;
    if (!api_given(par, API_P_COUNT))
        par->count = 1;
    if (!api_given(par, API_P_TEMPERATURE))
        par->temperature = 1;
    if (api_given(par, API_P_CONTINUE)) {
        if (api_token_read(call, task, fault) < 0)
            return -1;
        task->started = true;
    } else {
        /* Before memory is taken for them. */
        const double least = ((double)par->steps + 1) * (double)par->count * api_sweep_work(api_machine(call));
        if (api_cost_fits(call, least, fault) < 0 || api_params_seed(par, fault) < 0 ||
            api_sample_chains(call, task, par->count, fault) < 0 || check_clamps(call, task, fault) < 0 ||
            check_starts(call, fault) < 0 || (par->sampler == API_PTT && api_levels_new(call, task, fault) < 0))
            return -1;
    }
    task->target = task->chains->step[0] + par->steps;
    if (choose_layers(call, task, fault) < 0 || check_bits(call, task, fault) < 0 ||
        api_task_scores(call, task, false, fault) < 0)
        return -1;
    if (aside && !task->levels && !bz_stopping())
        bz_chains_fix(task->chains, NULL); /* without memory it is tried once more */
    return 0;
}

/* Work of drawing the chain's counts, in multiplications, but for layers that are `given`; NULL = none is. */
static double counts_work(const struct bz_state *s, size_t row, const bool *given)
{
    double work = 0;
    for (size_t l = 0; l < s->m->n_layers; l++)
        work += s->counts[l] && !(given && given[l]) ? API_COUNT_WORK * (double)s->counts[l][row] : 0;
    return work;
}

/* D of the chain: the sum of a fully clamped layer, else `counts`, else the sum of init, else of the clamped units, else that
 * of an average row of training. */
static void start_counts(const struct api_job *job, struct bz_state *s, size_t l, size_t r)
{
    const size_t size = s->m->layers[l].size;
    double clamped = 0, all = 0;
    size_t known = 0;
    for (size_t i = 0; i < size && !bz_stopping_unit(i, 2); i++) {
        const bool k = s->known[l] && s->known[l][r * size + i];
        const double x = (double)s->x[l][r * size + i];
        known += k;
        clamped += k ? x : 0;
        all += x;
    }
    const double d = known == size                        ? clamped
                     : job->counts && job->counts[l] >= 0 ? job->counts[l]
                     : job->start && job->start[l].x      ? all
                     : clamped > 0                        ? clamped
                                                          : bz_usual_counts(&s->m->layers[l]);
    s->counts[l][r] = (float)(d > clamped ? d : clamped);
}

static void clamp_row(const struct api_rows *clamp, struct bz_state *s, size_t l, size_t r)
{
    const size_t size = s->m->layers[l].size, from = clamp->n == 1 ? 0 : r * size;
    for (size_t i = 0; i < size && !bz_stopping_unit(i, 2); i++) {
        const bool known = !clamp->known || clamp->known[from + i];
        s->known[l][r * size + i] = known;
        if (known)
            s->x[l][r * size + i] = clamp->x[from + i];
    }
}

/* Start states of chains first .. first+n-1: init, overwritten by clamps, the rest drawn. */
static void start_rows(const struct api_job *job, struct bz_chains *c, size_t first, size_t n, const bool *has_init,
                       struct bz_work *w)
{
    const struct bz_machine *m = c->s->m;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (has_init[l])
            api_rows_copy(&job->start[l], m->layers[l].size, first, n, c->s->x[l] + first * m->layers[l].size, NULL);
        for (size_t r = first; r < first + n; r++) {
            if (job->rows[l].x)
                clamp_row(&job->rows[l], c->s, l, r);
            if (c->s->counts[l])
                start_counts(job, c->s, l, r);
        }
    }
    for (size_t r = first; r < first + n; r++) {
        c->seed[r] = job->par.seed;
        c->index[r] = (uint32_t)r;
        c->step[r] = 0;
        c->temperature[r] = job->par.temperature;
    }
    bz_chains_init(c, first, n, has_init, w);
}

/* Starts chains until all have started or `work` is used up; task->done counts them meanwhile. -1 = no memory. */
static int start_chains(struct api_call *call, struct api_task *task, double *work, struct bz_work *w)
{
    enum { UNIT_WORK = 100 }; /* multiplications in the time of drawing one unit */
    const struct api_job *job = call->job;
    const struct bz_machine *m = task->chains->s->m;
    double units = 0;
    bool counted = false, *has_init = bz_alloc(m->n_layers, sizeof(bool), NULL);
    if (!has_init)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        has_init[l] = job->start && job->start[l].x;
        counted = counted || task->chains->s->counts[l];
        units += (double)m->layers[l].size;
    }
    const size_t together = counted ? 1 : api_rows_together(UNIT_WORK * units);
    while (*work > 0 && task->done < job->n && !bz_stopping()) {
        const size_t first = task->done, n = job->n - first < together ? job->n - first : together;
        start_rows(job, task->chains, first, n, has_init, w);
        *work -= (double)n * (UNIT_WORK * units + counts_work(task->chains->s, first, has_init));
        task->done += n;
    }
    bz_free(has_init);
    if (task->done == job->n) {
        task->started = true;
        task->done = 0;
    }
    return 0;
}

/* The results of the chains as they are, until all have theirs (true) or `work` is used up. */
static bool collect(struct api_call *call, struct api_task *task, double *work, struct bz_work *w)
{
    struct bz_chains *c = task->chains;
    const struct bz_machine *m = c->s->m;
    const size_t rows = call->job->n;
    const double each = api_sweep_work(m);
    const size_t together = api_rows_together(each);
    while (*work > 0 && task->collected < rows && !bz_stopping()) {
        const size_t first = task->collected, n = rows - first < together ? rows - first : together;
        for (size_t l = 0; l < m->n_layers; l++) {
            const size_t size = m->layers[l].size;
            if (!task->x || !task->x[l])
                continue;
            if (task->type != API_STATE && bz_is_visible(&m->layers[l]))
                bz_conditional_mean(c->s, l, c->temperature, first, n, task->x[l] + first * size, w);
            else
                bz_copy_work(task->x[l] + first * size, c->s->x[l] + first * size, n * size * sizeof(float));
        }
        bz_energy(c->s, first, n, task->score + first);
        for (size_t r = first; r < first + n; r++)
            if (!isfinite(task->score[r]) && call->state == API_RUN)
                api_refuse(call, API_BAD_VALUE, "chain %zu: its states leave the range of 32-bit numbers", r);
        *work -= each * (double)n + 1;
        task->collected += n;
    }
    return task->collected == rows;
}

/* The step at which the chains stop next: the next frame of a stream, or the end. Frames are at multiples of `every`. */
static uint64_t next_stop(const struct api_call *call, const struct api_task *task, uint64_t now)
{
    const uint64_t every = call->job->par.every;
    if (!call->stream || now >= task->target)
        return task->target;
    const uint64_t frame = (now / every + 1) * every;
    return frame < task->target ? frame : task->target;
}

/* Keeps the chains as in the frame: work that is stopped cannot be continued from. Without memory for this, a stream that ends
 * early has no token. If this is stopped, nothing comes after it: the chains themselves are those of the frame. */
static void keep_shown(struct api_task *task)
{
    const struct bz_state *from = task->chains->s;
    const size_t n = from->n;
    if (!task->shown && bz_chains_new(&task->shown, from->m, n, NULL) < 0) {
        task->stands = bz_stopped();
        return;
    }
    struct bz_chains *to = task->shown;
    to->s->n = n;
    bz_copy_work(to->step, task->chains->step, n * sizeof(*to->step));
    bz_copy_work(to->temperature, task->chains->temperature, n * sizeof(*to->temperature));
    for (size_t l = 0; l < from->m->n_layers; l++) {
        bz_copy_work(to->s->x[l], from->x[l], n * from->m->layers[l].size * sizeof(float));
        if (from->counts[l])
            bz_copy_work(to->s->counts[l], from->counts[l], n * sizeof(float));
        if (from->known[l] && (to->s->known[l] || bz_state_make_known(to->s, l, NULL) == 0))
            bz_copy_work(to->s->known[l], from->known[l], n * from->m->layers[l].size);
    }
    task->shown_levels.size = 0;
    api_token_levels(task->levels, &task->shown_levels);
    task->stands = bz_stopped();
}

/* Runs chains towards `stop` until all are there (true) or `work` is used up. Chains before task->done are there, those after
 * it have not started: the last one shows where they started. */
static bool run_chains(struct api_call *call, struct api_task *task, uint64_t stop, double *work, struct bz_work *w)
{
    struct bz_chains *c = task->chains;
    const size_t rows = call->job->n;
    const double each = (api_sweep_work(c->s->m) + API_COUNT_WORK * api_most_counts(c->s, rows)) *
                        (task->levels ? api_levels_sweeps(task->levels) : 1);
    const size_t together = task->levels ? task->levels->rows : api_rows_together(each);
    while (*work > 0 && task->done < rows) {
        const size_t first = task->done, n = rows - first < together ? rows - first : together;
        const double sweep = each * (double)n + 1;
        if (task->levels)
            api_levels_start(task, first, call->job->par.seed, w);
        uint64_t sweeps = stop - c->step[first];
        if ((double)sweeps > *work / sweep)
            sweeps = *work > sweep ? (uint64_t)(*work / sweep) : 1;
        if (sweeps) {
            if (task->levels)
                api_levels_run(task, first, sweeps, w);
            else
                bz_gibbs(c, first, n, sweeps, w);
            task->steps_done += sweeps * n * (task->levels ? task->levels->levels : 1);
        }
        if (bz_stopping())
            return false;
        *work -= sweep * (double)(sweeps ? sweeps : 1);
        if (c->step[first] == stop)
            task->done += n;
    }
    call->steps = task->steps_done;
    return task->done == rows;
}

static bool slice(struct api_call *call, struct api_task *task, struct api_worker *worker)
{
    struct bz_chains *c = task->chains;
    const size_t rows = call->job->n;
    struct api_scratch *scratch = api_worker_scratch(worker, call->model);
    double work = API_SLICE_WORK;
    /* Also for chains of a token: other kinds of sums round differently, which now and then decides a unit. */
    if (!scratch || (!task->levels && !c->fixed && bz_chains_fix(c, NULL) < 0) ||
        (!task->started && start_chains(call, task, &work, scratch->work) < 0)) {
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory to compute this");
        return false;
    }
    if (!task->started || bz_stopping())
        return false;
    /* All of them are there only while results are collected. */
    const uint64_t now = c->step[rows - 1], stop = task->done == rows ? now : next_stop(call, task, now);
    if (!run_chains(call, task, stop, &work, scratch->work) || !collect(call, task, &work, scratch->work) || bz_stopping())
        return false;
    task->collected = 0;
    task->done = stop == task->target ? rows : 0;
    if (call->state != API_RUN)
        return false;
    if (call->stream)
        api_stream_frame(call, task, stop);
    if (bz_stopped()) /* the frame is not sent */
        return false;
    task->stands = stop == task->target;
    if (call->stream && !task->stands)
        keep_shown(task);
    return stop == task->target;
}

static int rest(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    json_key_whole(w, "seed", call->job->par.seed);
    json_key_whole(w, "steps", task->target);
    api_levels_report(w, task->levels);
    json_key_string(w, "continue", "");
    w->b->size -= w->b->failed ? 0 : 1; /* inside the quotes */
    if (api_token_write(call, task, w->b, fault) < 0)
        return -1;
    api_buffer_add(w->b, "\"", 1);
    return 0;
}

static int sheet(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault)
{
    api_seed_header(call);
    if (api_sheet_model(sheet, call, task->x, fault) < 0)
        return -1;
    api_sheet_doubles(sheet, "energy", task->score, 1, 0);
    return 0;
}

static int encode(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    api_seed_header(call);
    if (job->out != API_JSON) {
        const size_t l = task->layer;
        return api_reply_array(call, &task->x[l], job->n, &api_machine(call)->layers[l], fault);
    }
    struct api_buffer b = {0};
    struct json_writer w = api_json_begin(call, &b);
    api_sample_write(&w, call, task);
    if (rest(&w, call, task, fault) < 0) {
        api_buffer_free(&b);
        return -1;
    }
    return api_json_end(call, &w, fault);
}

const struct api_op api_op_sample = {
    .name = "sample",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_PNG | 1 << API_CSV | 1 << API_SSE | 1 << API_NDJSON,
    .params = API_BIT(FORMAT) | API_BIT(AS) | API_BIT(LAYER) | API_BIT(STEPS) | API_BIT(TYPE) | API_BIT(SEED) | API_BIT(COUNT) |
              API_BIT(EVERY) | API_BIT(TEMPERATURE) | API_BIT(SAMPLER) | API_BIT(CONTINUE) | API_BIT(ENCODING) | API_BIT(INIT) |
              API_BIT(CLAMP) | API_BIT(LAYERS) | API_BIT(COUNTS) | API_BIT(ORDER) | API_PICTURE_PARAMS,
    .begin = begin,
    .slice = slice,
    .encode = encode,
    .sheet = sheet,
    .rest = rest,
};
