/* boltz score: the free energy of each row, and its log probability where log Z is known. */
#include "commands.h"
#include "data_options.h"
#include "energy.h"
#include "log_partition.h"
#include "mem.h"
#include "output.h"
#include "row_tiles.h"

#include <math.h>
#include <stddef.h>

struct score_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out;
    uint64_t seed;
};

static const struct bz_option rows[] = {
    {.name = "out",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct score_options, out),
     .argument = "FILE",
     .help = "free energies as .npy [n], or .csv with log_prob beside them where log Z is known; without it CSV on standard "
             "output"},
    {.name = "mask",
     .type = BZ_OPTION_LIST,
     .offset = offsetof(struct score_options, mask),
     .argument = "[NAME=]FILE",
     .help = "which values are known (1) and which are summed out (0), a row for all or a row each"},
    {.name = "binarize",
     .type = BZ_OPTION_CHOICE,
     .offset = offsetof(struct score_options, data.binarize),
     .argument = "stochastic|threshold|none",
     .help = "how grey values become 0 and 1; none, but threshold where the model was trained so"},
    {.name = "seed",
     .type = BZ_OPTION_SEED,
     .offset = offsetof(struct score_options, seed),
     .initial = "1",
     .help = "of --binarize stochastic"},
};

struct scores {
    const struct bz_model *model;
    double *free_energy, *log_prob; /* [rows]; log_prob NULL if log Z is unknown */
};

static int score_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct scores *scores = arg;
    bz_free_energy(t->c->s, 0, t->n, scores->free_energy + t->first, NULL, t->w);
    for (size_t i = 0; i < t->n; i++) {
        double f = scores->free_energy[t->first + i];
        if (!isfinite(f))
            return bz_fail(err, BZ_DIVERGED, "row %zu: the free energy is not finite", t->first + i + 1);
        if (scores->log_prob) {
            const struct bz_log_z *z = bz_log_z_find(scores->model->log_z, scores->model->n_log_z, bz_log_z_counts(t->c->s, i));
            scores->log_prob[t->first + i] = z ? -f - z->value : (double)NAN;
        }
    }
    return 0;
}

static int score(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct score_options *o = options;
    struct train_rows r;
    enum train_output format;
    struct scores scores = {0};
    int rc = -1;
    if (train_output_format(o->out, false, false, &format, err) < 0 ||
        train_begin_rows(&r, a->words[0], &o->data, &o->run, o->seed, err) < 0)
        return -1;
    scores.model = r.model;
    scores.free_energy = bz_alloc(r.data->rows, sizeof(double), err);
    if (!scores.free_energy || train_rows_mask(&r, &o->mask, err) < 0)
        goto out;
    if (r.model->n_log_z > 0 && !(scores.log_prob = bz_alloc(r.data->rows, sizeof(double), err)))
        goto out;
    if (train_rows_each(&r, score_tile, &scores, err) < 0)
        goto out;
    static const char *const names[] = {"free_energy", "log_prob"};
    const double *const columns[] = {scores.free_energy, scores.log_prob};
    rc = train_output_columns(o->out, format, names, columns, scores.log_prob ? 2 : 1, r.data->rows,
                              &(struct train_ids){r.data->index_name, r.data->ids}, err);
out:
    bz_free(scores.free_energy);
    bz_free(scores.log_prob);
    train_rows_close(&r);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, offsetof(struct score_options, data)},
    {"Running", train_run_rows, TRAIN_N_RUN_OPTIONS, offsetof(struct score_options, run)},
};

const struct train_command train_command_score = {
    .name = "score",
    .help = "free energy, and log probability where log Z is known, of rows of data",
    .usage = "MODEL --data FILE [--out FILE.npy|.csv]",
    .about = "Writes the free energy F(v) of each row in nats (the lower, the more the model expects the row), and log p(v) = "
             "-F(v) - log Z where the model file holds log Z. Grey values are taken as they are, as means. What is missing is "
             "summed out.",
    .groups = groups,
    .n_groups = TRAIN_COUNT(groups),
    .least_words = 1,
    .most_words = 1,
    .size = sizeof(struct score_options),
    .run = score,
};
