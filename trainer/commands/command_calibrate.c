/* boltz calibrate: stores the distribution of normal rows' free energies in the model, for telling unusual ones. */
#include "commands.h"
#include "data_options.h"
#include "energy.h"
#include "mem.h"
#include "train_settings.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

struct calibrate_options {
    struct train_data_options data;
    struct train_run_options run;
    double contamination;
};

static const struct bz_option rows[] = {
    BZ_ROW(REAL, "contamination", offsetof(struct calibrate_options, contamination), .most = 0.5, .initial = "0.01",
           .argument = "X", .help = "share of these rows to be counted as anomalies, 0 .. 0.5; sets the threshold"),
    BZ_ROW(CHOICE, "binarize", offsetof(struct calibrate_options, data.binarize), .argument = "threshold|none",
           .help = "how grey values become 0 and 1; default: none, or threshold if the model was trained that way"),
};

/* Free energies of a tile's rows; NaN of rows with gaps, which are those of fewer columns and not comparable. */
static int measure_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    double *free_energy = (double *)arg + t->first;
    bz_free_energy(t->c->s, 0, t->n, free_energy, NULL, t->w);
    for (size_t i = 0; i < t->n; i++)
        if (!isfinite(free_energy[i]))
            return bz_fail(err, BZ_DIVERGED, "row %zu: the free energy is not finite", t->first + i + 1);
        else if (!bz_row_is_complete(t->c->s, i))
            free_energy[i] = (double)NAN;
    return 0;
}

/* Moves those of complete rows to the front: *n becomes their number. */
static int keep_complete(double *free_energy, size_t *n, struct bz_error *err)
{
    size_t complete = 0;
    for (size_t i = 0; i < *n; i++)
        if (!isnan(free_energy[i]))
            free_energy[complete++] = free_energy[i];
    if (complete == 0)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "every row has gaps; expected complete rows, since free energies of fewer columns cannot be compared with "
            "theirs");
    if (complete < *n)
        fprintf(stderr, "%zu rows with gaps are left out: their free energies are those of fewer columns\n", *n - complete);
    *n = complete;
    return 0;
}

/* Stores the distribution of these free energies with the model in place of its own. */
static int save(const struct bz_model *model, double *free_energy, size_t n, double contamination, struct bz_error *err)
{
    struct bz_energy_scale *energies = NULL;
    int rc = bz_energy_scale_make(&energies, free_energy, n, contamination, "calibration", err);
    if (rc == 0) {
        const struct bz_model_news news = {.energies = energies};
        rc = bz_model_amend(model, &news, err);
    }
    if (rc == 0 && contamination > 0 && (double)n * contamination < 1)
        fprintf(stderr, "%zu rows are too few to tell the most unusual %g %%: that takes at least %.0f\n", n,
                100 * contamination, ceil(1 / contamination));
    if (rc == 0)
        fprintf(stderr, "%s: free energies of %zu rows, %.6g to %.6g; anomalies lie above %.6g\n", model->path, n,
                energies->quantile[0], energies->quantile[energies->n - 1], energies->threshold);
    bz_energy_scale_free(energies);
    return rc;
}

static int calibrate(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct calibrate_options *o = options;
    struct train_rows r;
    int rc = -1;
    if (train_begin_rows(&r, a->words[0], &o->data, &o->run, 1, err) < 0)
        return -1;
    size_t n = r.data->rows;
    double *free_energy = bz_alloc(n, sizeof(double), err);
    r.unlabelled = true;
    if (free_energy && train_rows_alike(&r, "boltz calibrate", err) == 0 && bz_model_verify(r.model, err) >= 0 &&
        train_rows_each(&r, measure_tile, free_energy, err) == 0 && keep_complete(free_energy, &n, err) == 0)
        rc = save(r.model, free_energy, n, o->contamination, err);
    bz_free(free_energy);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_calibrate = {
    TRAIN_ON_ROWS("Options", rows, struct calibrate_options),
    .run = calibrate,
};
