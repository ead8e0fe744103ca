/* Thermodynamics of a machine: mean energy, entropy and heat capacity of its joint distribution at a temperature. */
#include "evaluation.h"

#include "exact.h"
#include "mem.h"
#include "tempering.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { EXACT_BITS = 22, CHAINS = 32, BURN_IN = 2000, ADAPTATIONS = 10, BATCHES = 20, SWEEPS_A_BATCH = 100 };

/* The machine whose distribution at temperature 1 is m's at temperature t: all energies divided by t. A gaussian layer's
 * variance is multiplied with t instead, which divides its own term and its couplings to other types already. */
static int at_temperature(struct bz_machine **out, const struct bz_machine *m, double t, struct bz_error *err)
{
    struct bz_machine *scaled;

    if (bz_machine_like(&scaled, m, NULL, err) < 0)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const struct bz_unit_type *type = bz_unit_type(layer->unit);

        for (size_t i = 0; i < layer->size; i++) {
            bz_machine_bias(scaled, l)[i] = (float)(layer->bias[i] / (type->scaled ? 1.0 : t));
            if (layer->offset)
                bz_machine_offset(scaled, l)[i] = layer->offset[i];
            if (type->has_sigma)
                bz_machine_log_sigma(scaled, l)[i] =
                    (float)((layer->log_sigma ? (double)layer->log_sigma[i] : 0) + 0.5 * log(t));
            if (type->two_sided) {
                bz_machine_below(scaled, l)[i] = (float)(layer->below[i] / t);
                bz_machine_below(scaled, l)[layer->size + i] = layer->below[layer->size + i];
            }
        }
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        const int sides = bz_unit_type(a->unit)->scaled + bz_unit_type(b->unit)->scaled;
        const double factor = sides == 0 ? 1.0 / t : sides == 1 ? 1.0 : t;

        for (size_t i = 0; i < bz_coupling_weights(m, c); i++)
            bz_machine_weight(scaled, c)[i] = (float)(m->couplings[c].weight[i] * factor);
    }
    if (bz_machine_prepare(scaled, err) < 0) {
        bz_machine_free(scaled);
        return -1;
    }
    *out = scaled;
    return 0;
}

/* Mean and variance of the energy over chains and batches of sweeps; errors from the scatter between batches. */
static void summarise_batches(const double *mean, const double *square, size_t n, struct train_thermo *out)
{
    double m = 0, s = 0, mm = 0, vv = 0, v;

    for (size_t i = 0; i < n; i++) {
        m += mean[i] / (double)n;
        s += square[i] / (double)n;
    }
    v = s - m * m;
    for (size_t i = 0; i < n; i++) {
        const double d = mean[i] - m,
                     e = square[i] - 2 * m * mean[i] + m * m - v; /* deviation of the batch's variance about m */

        mm += d * d;
        vv += e * e;
    }
    out->energy = m;
    out->heat_capacity = v;
    out->energy_stderr = sqrt(mm / (double)(n - 1) / (double)n);
    out->heat_capacity_stderr = sqrt(vv / (double)(n - 1) / (double)n);
}

double train_autocorrelation_time(const double *series, size_t chains, size_t steps)
{
    double total = 1, variance = 0, mean = 0;

    for (size_t i = 0; i < chains * steps; i++)
        mean += series[i] / (double)(chains * steps);
    for (size_t i = 0; i < chains * steps; i++)
        variance += (series[i] - mean) * (series[i] - mean) / (double)(chains * steps);
    for (size_t lag = 1; variance > 0 && lag < steps / 2; lag++) {
        double c = 0;

        for (size_t r = 0; r < chains; r++)
            for (size_t k = 0; k + lag < steps; k++)
                c += (series[k * chains + r] - mean) * (series[(k + lag) * chains + r] - mean);
        total += 2 * c / ((double)(chains * (steps - lag)) * variance);
        if ((double)lag > 5 * total)
            break;
    }
    return total;
}

static int sample_energy(const struct bz_machine *scaled, const struct bz_base *base, double t,
                         const struct train_evaluate_options *o, struct train_thermo *out, struct bz_error *err)
{
    const size_t steps = (size_t)BATCHES * SWEEPS_A_BATCH;
    const struct bz_tempering_options options = {
        .chains = CHAINS, .max_rungs = 64, .seed = o->seed, .base = base, .fixed = true, .par = o->par};
    struct bz_tempering *pt = NULL;
    double *series = bz_alloc(steps * CHAINS, sizeof(*series), err), mean[BATCHES] = {0}, square[BATCHES] = {0},
           rates[BZ_MAX_RUNGS];
    int rc = -1;

    if (!series || bz_tempering_new(&pt, scaled, &options, err) < 0)
        goto out;
    for (int a = 0; a < ADAPTATIONS; a++) {
        bz_tempering_run(pt, BURN_IN / ADAPTATIONS);
        if (bz_tempering_adapt(pt, err) < 0)
            goto out;
    }
    bz_tempering_run(pt, BURN_IN);
    for (size_t k = 0; k < steps; k++) {
        bz_tempering_run(pt, 1);
        bz_energy(bz_tempering_state(pt), 0, CHAINS, series + k * CHAINS);
        for (size_t r = 0; r < CHAINS; r++) {
            const double e = series[k * CHAINS + r] *= t; /* the scaled machine's energy is E/t */

            mean[k / SWEEPS_A_BATCH] += e / (SWEEPS_A_BATCH * CHAINS);
            square[k / SWEEPS_A_BATCH] += e * e / (SWEEPS_A_BATCH * CHAINS);
        }
        if (o->progress && k % SWEEPS_A_BATCH == 0 && o->progress(o->progress_arg, "thermodynamics", k, steps)) {
            bz_fail(err, BZ_INTERRUPTED, "interrupted");
            goto out;
        }
    }
    summarise_batches(mean, square, BATCHES, out);
    out->autocorrelation = train_autocorrelation_time(series, CHAINS, steps);
    bz_tempering_ladder(pt, NULL, rates);
    out->lowest_swap_rate = rates[0];
    for (size_t k = 1; k + 1 < bz_tempering_rungs(pt); k++)
        out->lowest_swap_rate = rates[k] < out->lowest_swap_rate ? rates[k] : out->lowest_swap_rate;
    rc = 0;
out:
    bz_tempering_free(pt);
    bz_free(series);
    return rc;
}

static int by_sampling(const struct bz_machine *m, double t, const struct bz_base *base, const struct train_evaluate_options *o,
                       struct train_thermo *out, struct bz_error *err)
{
    struct bz_machine *scaled = NULL;
    struct bz_ais_result ais;
    double *betas = bz_alloc(o->betas, sizeof(*betas), err);
    const struct bz_ais_options options = train_ais_options(o, betas, base);
    int rc = -1;

    if (!betas || at_temperature(&scaled, m, t, err) < 0)
        goto out;
    bz_ais_schedule(betas, o->betas);
    if (bz_ais(scaled, &options, NULL, &ais, err) < 0 || sample_energy(scaled, base, t, o, out, err) < 0)
        goto out;
    out->entropy = ais.log_z + out->energy / t;
    out->entropy_stderr = hypot(ais.stderr_, out->energy_stderr / t);
    out->heat_capacity /= t * t;
    out->heat_capacity_stderr /= t * t;
    rc = 0;
out:
    bz_machine_free(scaled);
    bz_free(betas);
    return rc;
}

int train_thermodynamics(const struct bz_machine *m, double t, const struct bz_base *base,
                         const struct train_evaluate_options *o, struct train_thermo *out, struct bz_error *err)
{
    double bits;
    struct train_thermo result = {.temperature = t, .lowest_swap_rate = NAN, .autocorrelation = NAN};

    const long counted = bz_machine_counted(m);
    if (counted >= 0)
        return bz_fail(err, BZ_UNSUPPORTED, "thermodynamics of layer '%s': its energy depends on the number of counts",
                       m->layers[counted].name);
    if (!(t > 0) || !isfinite(t))
        return bz_fail(err, BZ_BAD_INPUT, "temperature %g, expected a positive number", t);
    if (bz_exact_bits(m, &bits, err) < 0)
        return -1;
    if (bits >= 0 && bits <= EXACT_BITS) {
        struct bz_thermo exact;

        if (bz_exact_thermo(m, t, NULL, EXACT_BITS, &exact, err) < 0)
            return -1;
        result.exact = true;
        result.energy = exact.energy;
        result.entropy = exact.entropy;
        result.heat_capacity = exact.heat_capacity;
    } else if (by_sampling(m, t, base, o, &result, err) < 0) {
        return -1;
    }
    *out = result;
    return 0;
}
