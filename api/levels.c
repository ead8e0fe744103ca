#include "levels.h"
#include "cost.h"
#include "worker.h"

#include "mem.h"
#include "unit.h"

#include <string.h>

#define MAX_STATES ((size_t)1 << 26) /* units of all levels' chains: 256 MiB */

/* Refuses what the model, or the request, does not allow. */
static int check(const struct api_call *call, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    const struct api_params *par = &job->par;
    bool held = false;
    if (!call->model->ladder)
        return api_fault(fault, API_UNSUPPORTED,
                         "parameter 'sampler': model '%s' version %lu has no ladder of checkpoints%s%.200s; `boltz train "
                         "--algorithm ptt` keeps one beside the model, and sampler=gibbs needs none",
                         call->model->name, call->model->version, *call->model->no_ladder ? ": " : "", call->model->no_ladder);
    const long counted = bz_machine_counted(m);
    if (counted >= 0)
        return api_fault(fault, API_UNSUPPORTED, "parameter 'sampler': ptt does not sample counts (layer '%s'); gibbs does",
                         m->layers[counted].name);
    for (size_t l = 0; l < m->n_layers; l++)
        held = held || job->rows[l].x;
    const char *other = held                                                           ? "clamp"
                        : job->start                                                   ? "init"
                        : api_given(par, API_P_TEMPERATURE) && par->temperature != 1.0 ? "temperature"
                                                                                       : NULL;
    return other ? api_fault(fault, API_BAD_VALUE,
                             "parameter '%s' cannot be combined with sampler=ptt, which samples unclamped at temperature 1; "
                             "gibbs accepts it",
                             other)
                 : 0;
}

static int make_groups(const struct api_call *call, struct api_levels *v, size_t count, struct bz_error *err)
{
    for (; v->n * v->rows < count; v->n++) {
        const size_t left = count - v->n * v->rows;
        if (bz_trajectory_new(&v->group[v->n], v->ladder, api_machine(call), left < v->rows ? left : v->rows, err) < 0)
            return -1;
    }
    return 0;
}

int api_levels_new(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    const size_t count = call->job->n;
    struct bz_error err;
    size_t units = 0, states;
    if (check(call, fault) < 0)
        return -1;
    const size_t levels = call->model->ladder->n + 1;
    for (size_t l = 0; l < m->n_layers; l++)
        units += m->layers[l].size;
    if (bz_mul(&states, units * levels, count) < 0 || states > MAX_STATES)
        return api_fault(fault, API_BAD_VALUE,
                         "parameter 'count': %zu chains of %zu units on %zu levels, at most %zu units fit one request", count,
                         units, levels, MAX_STATES);
    if (call->hold && call->hold(call->hold_arg, (states + units * count) * sizeof(float), fault) < 0) /* chains, too */
        return -1;
    struct api_levels *v = bz_alloc(1, sizeof(*v), &err);
    if (!(task->levels = v))
        return api_fault_core(fault, &err);
    v->ladder = call->model->ladder;
    v->levels = levels;
    v->rows = api_rows_together(api_sweep_work(m) * api_levels_sweeps(v));
    if (!(v->group = bz_alloc(count / v->rows + 1, sizeof(struct bz_trajectory *), &err)) ||
        !(v->tried = bz_alloc(levels, sizeof(*v->tried), &err)) || !(v->taken = bz_alloc(levels, sizeof(*v->taken), &err)) ||
        make_groups(call, v, count, &err) < 0)
        return api_fault_core(fault, &err);
    return 0;
}

void api_levels_free(struct api_levels *v)
{
    if (!v)
        return;
    for (size_t g = 0; g < v->n; g++)
        bz_trajectory_free(v->group[g]);
    bz_free_all(v->group, v->tried, v->taken, v);
}

/* Energies of both levels of a pair under both machines take about as long as the sweep of a level. */
double api_levels_sweeps(const struct api_levels *v)
{
    return 2 * (double)v->levels;
}

void api_levels_run(struct api_task *task, size_t first, uint64_t rounds, struct bz_work *w)
{
    struct bz_trajectory *t = task->levels->group[first / task->levels->rows];
    struct bz_chains *c = task->chains;
    bz_trajectory_run(t, rounds, w);
    const struct bz_chains *top = bz_trajectory_chains(t);
    memcpy(c->step + first, top->step, top->s->n * sizeof(*c->step));
    for (size_t l = 0; l < c->s->m->n_layers; l++) {
        const size_t size = c->s->m->layers[l].size;
        memcpy(c->s->x[l] + first * size, top->s->x[l], top->s->n * size * sizeof(float));
    }
}

void api_levels_start(struct api_task *task, size_t first, uint64_t seed, struct bz_work *w)
{
    struct api_levels *v = task->levels;
    if (first / v->rows < v->started)
        return;
    bz_trajectory_start(v->group[v->started++], seed, (uint32_t)first, NULL, w);
    api_levels_run(task, first, 0, w);
}

void api_levels_report(struct json_writer *w, const struct api_levels *v)
{
    double old = 0;
    size_t chains = 0;
    if (!v)
        return;
    uint64_t tried[BZ_MOST_RUNGS + 1], taken[BZ_MOST_RUNGS + 1];
    memcpy(tried, v->tried, (v->levels - 1) * sizeof(*tried));
    memcpy(taken, v->taken, (v->levels - 1) * sizeof(*taken));
    for (size_t g = 0; g < v->n; g++) {
        const size_t n = bz_trajectory_chains(v->group[g])->s->n;
        bz_trajectory_count(v->group[g], tried, taken);
        old += bz_trajectory_old(v->group[g]) * (double)n;
        chains += n;
    }
    json_key(w, "ladder");
    json_object(w);
    json_key_whole(w, "checkpoints", v->levels - 1);
    json_key(w, "exchange");
    json_array(w);
    for (size_t k = 0; k + 1 < v->levels; k++)
        if (tried[k])
            json_double(w, (double)taken[k] / (double)tried[k]);
        else
            json_null(w);
    json_end_array(w);
    json_key_double(w, "not_renewed", old / (double)chains);
    json_end_object(w);
}
