/* Where a task's results go. */
#include "job.h"

#include "mem.h"
#include "unit.h"

/* Numbers that one request may produce: 256 MiB of results. */
#define MAX_RESULTS ((size_t)1 << 26)

int api_task_type(struct api_call *call, struct api_task *task, enum api_type usual, enum api_type other,
                  struct api_fault *fault)
{
    const struct api_params *par = &call->job->par;
    const bool mean = other == API_MEAN;
    task->type = api_given(par, API_P_TYPE) ? par->type : usual;
    if (task->type != other || call->job->v2)
        return 0;
    return api_fault(fault, API_BAD_VALUE, "parameter 'type': found '%s', expected %s or state", mean ? "mean" : "probability",
                     mean ? "probability" : "mean");
}

int api_task_numbers(struct api_call *call, float **out, size_t width, const char *what, struct api_fault *fault)
{
    struct api_job *job = call->job;
    size_t count;
    if (bz_mul(&count, job->n, width) < 0 || count > MAX_RESULTS - job->results)
        return api_fault(fault, API_BAD_VALUE, "%zu rows of '%s' with %zu numbers each: at most %zu numbers fit one reply",
                         job->n, what, width, MAX_RESULTS);
    if (!(*out = bz_alloc(count, sizeof(float), NULL)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    job->results += count;
    return 0;
}

int api_task_layer(struct api_call *call, struct api_task *task, size_t layer, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    if (task->x && task->x[layer])
        return 0;
    if (!task->x && !(task->x = bz_alloc(m->n_layers, sizeof(float *), NULL)))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    return api_task_numbers(call, &task->x[layer], m->layers[layer].size, m->layers[layer].name, fault);
}

int api_task_scores(struct api_call *call, struct api_task *task, bool methods, struct api_fault *fault)
{
    task->score = bz_alloc(call->job->n, sizeof(double), NULL);
    if (methods)
        task->method = bz_alloc(call->job->n, 1, NULL);
    const bool by_counts = bz_machine_counted(api_machine(call)) >= 0;
    if (by_counts)
        task->counts = bz_alloc(call->job->n, sizeof(double), NULL);
    if (!task->score || (methods && !task->method) || (by_counts && !task->counts))
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    return 0;
}
