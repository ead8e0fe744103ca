#include "cost.h"
#include "state.h"

enum {
    MEAN_FIELD_SWEEPS = 30, /* sweeps for a row of a machine without exact posteriors */
    LEAST_ROWS = 8,         /* rows handled together even if that makes a slice longer */
};

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

size_t api_rows_together(double cost)
{
    const double affordable = API_SLICE_WORK / (cost > 1 ? cost : 1);
    return affordable >= BZ_TILE ? BZ_TILE : affordable > LEAST_ROWS ? (size_t)affordable : affordable > 0.1 ? LEAST_ROWS : 1;
}
