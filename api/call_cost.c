/* What a whole call costs, before it is run. */
#include "cost.h"
#include "job.h"
#include "levels.h"
#include "sample.h"

#include "stop.h"
#include "unit.h"

#include <math.h>

enum {
    STATE_WORK = 20,      /* multiplications in the time of adding one hidden unit's part of one state */
    ENUMERATED_UNITS = 20 /* unknown binary units that are summed out state by state (energy.c) */
};

/* Unknown values of row r among the layers that were given. */
static size_t unknown(const struct api_call *call, size_t r)
{
    const struct bz_machine *m = api_machine(call);
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct api_rows *rows = &call->job->rows[l];
        const size_t size = m->layers[l].size;
        for (size_t i = 0; rows->known && i < size; i++)
            n += !rows->known[(rows->n == 1 ? 0 : r * size) + i];
    }
    return n;
}

/* The cost of the unknown values of the most expensive row: a sum over all their values, or a mean field. */
static double unknown_work(const struct api_call *call)
{
    const struct bz_machine *m = api_machine(call);
    double most = 0, hidden = 0;
    size_t units = 0;
    bool any = false;
    for (size_t l = 0; l < m->n_layers; l++) {
        any = any || call->job->rows[l].known;
        units += m->layers[l].size;
        hidden += bz_is_visible(&m->layers[l]) ? 0 : (double)m->layers[l].size;
    }
    for (size_t r = 0; any && r < call->job->n && !bz_stopping_row(r, units); r++) {
        const size_t n = unknown(call, r);
        const double work = n == 0                                                      ? 0
                            : n <= ENUMERATED_UNITS && bz_machine_hidden_independent(m) ? ldexp(STATE_WORK * hidden, (int)n)
                                                                                        : 60 * api_coupling_work(m);
        most = work > most ? work : most;
    }
    return most;
}

/* The most counts that a chain draws in a sweep. */
static double drawn_counts(const struct api_call *call)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    double all = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct api_rows *given[] = {&job->rows[l], job->start ? &job->start[l] : NULL};
        double most = job->counts && job->counts[l] >= 0 ? job->counts[l] : bz_usual_counts(&m->layers[l]);
        if (!bz_unit_type(m->layers[l].unit)->counted)
            continue;
        for (size_t k = 0; k < 2; k++)
            for (size_t r = 0; given[k] && given[k]->x && r < given[k]->n && !bz_stopping_row(r, m->layers[l].size); r++) {
                double sum = 0;
                for (size_t i = 0; i < m->layers[l].size; i++)
                    sum += (double)given[k]->x[r * m->layers[l].size + i];
                most = sum > most ? sum : most;
            }
        all += most;
    }
    return all;
}

/* Of one row, or of all steps of one chain. */
static double row_cost(const struct api_call *call, const struct api_task *task)
{
    if (task->op->cost)
        return task->op->cost(call, task) + call->job->unknown_work;
    if (!task->chains)
        return 0;
    const double sweeps = (double)(task->target - task->chains->step[0]) + 1;
    const double counts = task->started ? api_most_counts(task->chains->s, call->job->n) : drawn_counts(call); /* of a token */
    return sweeps * (task->levels ? api_levels_sweeps(task->levels) : 1) *
           (api_sweep_work(api_machine(call)) + API_COUNT_WORK * counts);
}

int api_cost_fits(const struct api_call *call, double cost, struct api_fault *fault)
{
    const double limit = call->host->max_cost;
    return limit > 0 && cost > limit
               ? api_fault(
                     fault, API_TOO_COSTLY,
                     "the request would cost %.3g multiplications (rows x steps x weights, 1000 for each count drawn), "
                     "the limit is %.3g (--max-cost); ask for fewer steps, rows or counts, or do it in parts with `continue`",
                     cost, limit)
               : 0;
}

double api_call_cost(struct api_call *call)
{
    double cost = 0;
    call->job->unknown_work = unknown_work(call);
    for (size_t t = 0; t < call->job->n_tasks; t++)
        cost += row_cost(call, &call->job->tasks[t]) * (double)call->job->n;
    return cost;
}

size_t api_call_memory(const struct api_call *call)
{
    const struct bz_machine *m = api_machine(call);
    const struct api_job *job = call->job;
    size_t units = 0, values = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct api_rows *given[] = {&job->rows[l], job->start ? &job->start[l] : NULL};
        for (size_t k = 0; k < 2; k++)
            values += given[k] && given[k]->x ? given[k]->n * m->layers[l].size : 0;
        units += m->layers[l].size;
    }
    for (size_t t = 0; t < job->n_tasks; t++)
        values += job->tasks[t].chains ? job->n * units * (1 + (job->tasks[t].levels ? job->tasks[t].levels->levels : 0)) : 0;
    return values * sizeof(float);
}
