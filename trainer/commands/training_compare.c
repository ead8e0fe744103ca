/* Samples of the trained machine beside its training rows, for the report. */
#include "training.h"

#include "mem.h"

#include <string.h>

/* Sweeps of a chain; samples, as many as take a few seconds at most; fewer tell nothing. */
enum { STEPS = 200, MOST = 500, LEAST = 50 };
static const double most_work = 1.5e10; /* multiplications */

static size_t samples_for(const struct bz_machine *m)
{
    double sweep = 1;
    for (size_t c = 0; c < m->n_couplings; c++)
        sweep += 2 * (double)bz_coupling_weights(m, c);
    const double n = most_work / (STEPS * sweep);
    return n > MOST ? MOST : n < LEAST ? 0 : (size_t)n;
}

int training_compare(struct training *t, struct bz_error *err)
{
    struct bz_model model = {.machine = t->result};
    struct train_rows rows = {
        .model = &model, .data = t->data, .part_of = t->feed.part_of, .binarize = t->feed.binarize, .seed = t->settings->seed};
    const struct train_comparison_options o = {.count = samples_for(t->result),
                                               .steps = STEPS,
                                               .seed = t->settings->seed,
                                               .sampler = t->outcome.ladder ? TRAIN_SAMPLER_PTT : TRAIN_SAMPLER_GIBBS,
                                               .par = t->par,
                                               .quiet = true};
    struct bz_error failure;
    if (!o.count)
        return 0;
    if (train_compare(&rows, &o, t->outcome.ladder, &t->comparison, &failure) == 0) {
        t->compared = true;
        return 0;
    }
    if (failure.code == BZ_NO_MEMORY || failure.code == BZ_INTERRUPTED) {
        *err = failure;
        return -1;
    }
    return 0; /* rows that cannot be compared: with gaps, of counts, too few */
}
