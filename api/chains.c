/* Chains of a sampling request. */
#include "sample.h"

#include "mem.h"

#define MAX_STATES ((size_t)1 << 26) /* units of all chains of one request: 256 MiB */

int api_sample_chains(struct api_call *call, struct api_task *task, size_t count, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    struct bz_error err;
    size_t units = 0, states;
    for (size_t l = 0; l < m->n_layers; l++)
        units += m->layers[l].size;
    if (bz_mul(&states, units, count) < 0 || states > MAX_STATES)
        return api_fault(fault, API_BAD_VALUE, "parameter 'count': %zu chains of %zu units, at most %zu units fit one request",
                         count, units, MAX_STATES);
    if (call->hold && call->hold(call->hold_arg, states * sizeof(float), fault) < 0)
        return -1;
    if (bz_chains_new(&task->chains, m, count, &err) < 0)
        return api_fault_core(fault, &err);
    task->chains->s->n = count;
    call->job->n = count;
    return 0;
}

double api_most_counts(const struct bz_state *s, size_t n)
{
    double most = 0;
    for (size_t r = 0; bz_machine_counted(s->m) >= 0 && r < n; r++) {
        double all = 0;
        for (size_t l = 0; l < s->m->n_layers; l++)
            all += s->counts[l] ? (double)s->counts[l][r] : 0;
        most = all > most ? all : most;
    }
    return most;
}
