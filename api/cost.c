#include "cost.h"

enum { MEAN_FIELD_SWEEPS = 30 }; /* what a row of a machine without exact posteriors takes */

double api_coupling_work(const struct bz_machine *m)
{
    double work = 0;
    for (size_t c = 0; c < m->n_couplings; c++)
        work += (double)m->layers[m->couplings[c].a].size * (double)m->layers[m->couplings[c].b].size;
    return work;
}

double api_inference_work(const struct bz_machine *m)
{
    return api_coupling_work(m) * (bz_machine_hidden_independent(m) ? 1 : 2 * MEAN_FIELD_SWEEPS);
}

double api_sweep_work(const struct bz_machine *m)
{
    return 2 * api_coupling_work(m);
}
