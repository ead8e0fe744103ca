#include "judge.h"

#include "exact.h"
#include "mem.h"
#include "unit.h"

#include <math.h>

enum { RUNS = 16, EVEN_RUNS = 6, BETAS = 800, SUMMED_BITS = 20 };
static const double summed_cells = 1 << 26; /* states times units: a tenth of a second */

struct train_judge {
    const struct bz_machine *m;
    struct bz_base *base, *even; /* at the rates of the rows, and at even odds */
    struct bz_parallel *par;
    struct bz_spread *spread;
    uint64_t seed;
    double betas[BETAS];
};

bool train_may_judge(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_unit_type(m->layers[l].unit)->counted)
            return false;
    return bz_machine_hidden_independent(m);
}

/* mean NULL = even odds. */
static int make_base(struct bz_base **out, const struct bz_machine *m, const float *const *mean, struct bz_error *err)
{
    double **means = bz_alloc(m->n_layers, sizeof(*means), err), **ones = bz_alloc(m->n_layers, sizeof(*ones), err);
    int rc = means && ones ? 0 : -1;

    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        float *odds = NULL;

        if (!bz_is_visible(layer))
            continue;
        if (!(means[l] = bz_alloc(layer->size, sizeof(double), err)) ||
            !(ones[l] = bz_alloc(layer->size, sizeof(double), err)) || !(odds = bz_alloc(layer->size, sizeof(float), err)))
            rc = -1;
        if (rc == 0 && bz_unit_type(layer->unit)->discrete)
            bz_unit_type(layer->unit)->mean(layer, odds, 1, 0, odds); /* of fields 0 */
        for (size_t i = 0; rc == 0 && i < layer->size; i++) {
            means[l][i] = mean ? (double)mean[l][i] : (double)odds[i];
            ones[l][i] = 1;
        }
        bz_free(odds);
    }
    if (rc == 0)
        rc = bz_base_new(out, m, (const double *const *)means, (const double *const *)ones, err);
    for (size_t l = 0; l < m->n_layers; l++) {
        bz_free(means ? means[l] : NULL);
        bz_free(ones ? ones[l] : NULL);
    }
    bz_free(means);
    bz_free(ones);
    return rc;
}

int train_judge_new(struct train_judge **out, const struct bz_machine *m, const float *const *mean, uint64_t seed,
                    struct bz_spread *spread, struct bz_parallel *par, struct bz_error *err)
{
    struct train_judge *j = bz_alloc(1, sizeof(*j), err);

    if (!j || make_base(&j->base, m, mean, err) < 0 || make_base(&j->even, m, NULL, err) < 0) {
        train_judge_free(j);
        return -1;
    }
    j->m = m;
    j->par = par;
    j->spread = spread;
    j->seed = seed;
    bz_ais_schedule(j->betas, BETAS);
    *out = j;
    return 0;
}

void train_judge_free(struct train_judge *j)
{
    if (!j)
        return;
    bz_base_free(j->base);
    bz_base_free(j->even);
    bz_free(j);
}

/* Is log Z summed? bits: log2 of the states, < 0 = that cannot be done. */
static bool is_summed(const struct bz_machine *m, double bits)
{
    double units = 0;

    for (size_t l = 0; l < m->n_layers; l++)
        units += (double)m->layers[l].size;
    return bits >= 0 && bits <= SUMMED_BITS && exp2(bits) * units <= summed_cells;
}

bool train_judge_sums(const struct bz_machine *m)
{
    struct bz_error err;
    double bits;
    return bz_exact_bits(m, &bits, &err) == 0 && is_summed(m, bits);
}

/* Energies out of range have no judgement: NaN. */
static int estimate(const struct train_judge *j, const struct bz_ais_options *o, struct bz_ais_result *r, struct bz_error *err)
{
    struct bz_error failure;

    if (bz_ais(j->m, o, NULL, r, &failure) == 0)
        return 0;
    *r = (struct bz_ais_result){.log_z = NAN, .stderr_ = NAN};
    if (failure.code == BZ_DIVERGED)
        return 0;
    if (err)
        *err = failure;
    return -1;
}

int train_judge_log_z(struct train_judge *j, uint64_t turn, size_t times, double *log_z, double *error, struct bz_error *err)
{
    struct bz_ais_options o = {.runs = RUNS * times,
                               .betas = j->betas,
                               .n_betas = BETAS,
                               .seed = j->seed + turn,
                               .base = j->base,
                               .par = j->par,
                               .spread = j->spread};
    struct bz_ais_result r, even;
    double bits;

    if (bz_exact_bits(j->m, &bits, err) < 0)
        return -1;
    if (is_summed(j->m, bits)) {
        *error = 0;
        return bz_exact_log_z(j->m, 1, NULL, SUMMED_BITS, j->par, log_z, err);
    }
    if (estimate(j, &o, &r, err) < 0)
        return -1;
    /* Either base may miss a mode, and then says too little: the larger value is nearer. */
    o.runs = EVEN_RUNS * times;
    o.base = j->even;
    o.seed++;
    if (estimate(j, &o, &even, err) < 0)
        return -1;
    if (even.log_z - even.stderr_ > r.log_z + r.stderr_)
        r = even;
    *log_z = r.log_z;
    *error = r.stderr_;
    return 0;
}
