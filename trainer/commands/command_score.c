/* boltz score: the free energy of each row, and its log probability where log Z is known. */
#include "classify.h"
#include "commands.h"
#include "data_options.h"
#include "energy.h"
#include "float_text.h"
#include "log_partition.h"
#include "mem.h"
#include "number_text.h"
#include "output.h"
#include "row_tiles.h"
#include "surprises.h"

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct score_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out, *threshold;
    bool explain;
    uint64_t seed;
};

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", offsetof(struct score_options, out), .argument = "FILE",
           .help = "free energies as .npy [n], or .csv with log_prob (if log Z is known), percentile and anomaly (if the model "
                   "is calibrated); default: CSV on standard output"),
    BZ_ROW(TEXT, "threshold", offsetof(struct score_options, threshold), .argument = "NATS",
           .help = "rows with a higher free energy count as anomalies; default: the model's own threshold"),
    BZ_ROW(FLAG, "explain", offsetof(struct score_options, explain),
           .help =
               "CSV: also the three cells of each row that the model expected least, as cell_1, value_1, expected_1, drop_1 "
               "and so on: the value inferred from the rest of the row, and by how many nats it would lower the free energy"),
    BZ_ROW(LIST, "mask", offsetof(struct score_options, mask), .argument = "[NAME=]FILE",
           .help = "which values are known (1) and which are summed out (0): one row for all, or one per row"),
    TRAIN_BINARIZE_ROW(struct score_options),
    BZ_ROW(SEED, "seed", offsetof(struct score_options, seed), .initial = "1", .help = "seed of --binarize stochastic"),
};

enum { N_SCORES = 4 };

struct scores {
    const struct bz_model *model;
    bool labelled;                                         /* free energies of rows with their labels */
    double threshold;                                      /* NaN = none */
    bool given;                                            /* it is the user's, and then applies to rows with gaps too */
    double *free_energy, *log_prob, *percentile, *anomaly; /* [rows]; all but the first NULL if unknown */
    bool explain;
    struct train_surprises surprises;
    size_t before;         /* rows of earlier windows */
    atomic_size_t bounded; /* rows whose free energies are bounds */
};

/* A whole run. */
struct score_run {
    const struct score_options *o;
    size_t rows, bounded;
};

static int score_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct scores *scores = arg;
    enum bz_method method[BZ_TILE];
    bz_free_energy(t->c->s, 0, t->n, scores->free_energy + t->first, method, t->w);
    for (size_t i = 0; i < t->n; i++) {
        const size_t row = t->first + i;
        const double f = scores->free_energy[row];
        if (!isfinite(f))
            return bz_fail(err, BZ_DIVERGED, "row %zu: the free energy is not finite", scores->before + row + 1);
        if (scores->log_prob) {
            const struct bz_log_z *z = bz_log_z_find(scores->model->log_z, scores->model->n_log_z, bz_log_z_counts(t->c->s, i));
            scores->log_prob[row] = z ? -f - z->value : (double)NAN;
        }
        scores->bounded += method[i] != BZ_EXACT;
        const bool comparable = bz_row_is_complete(t->c->s, i);
        if (scores->percentile)
            scores->percentile[row] = comparable ? bz_energy_percentile(scores->model->energies, f) : (double)NAN;
        if (scores->anomaly)
            scores->anomaly[row] = comparable || scores->given ? f > scores->threshold : (double)NAN;
    }
    return scores->explain ? train_surprises_find(&scores->surprises, t, scores->free_energy, err) : 0;
}

/* What is known about the rows besides their free energies. */
static int plan(struct scores *scores, const struct train_rows *r, const struct score_options *o, struct bz_error *err)
{
    const struct bz_model *model = r->model;
    const size_t n = r->data->rows;
    scores->model = model;
    scores->labelled = bz_label_layer(model->machine) >= 0 && r->data->labels;
    scores->threshold = model->energies && !scores->labelled ? model->energies->threshold : (double)NAN;
    if (o->threshold &&
        (bz_parse_number(o->threshold, strlen(o->threshold), &scores->threshold) < 0 || !isfinite(scores->threshold)))
        return bz_fail(err, BZ_BAD_USAGE, "--threshold: expected a number of nats, found '%.64s'", o->threshold);
    scores->given = o->threshold != NULL;
    if (model->energies && scores->labelled && r->before == 0)
        fprintf(stderr, "no percentiles: the model has those of rows without labels, and these rows have labels\n");
    if (!(scores->free_energy = bz_alloc(n, sizeof(double), err)) ||
        (model->n_log_z > 0 && !(scores->log_prob = bz_alloc(n, sizeof(double), err))) ||
        (model->energies && !scores->labelled && !(scores->percentile = bz_alloc(n, sizeof(double), err))) ||
        (!isnan(scores->threshold) && !(scores->anomaly = bz_alloc(n, sizeof(double), err))))
        return -1;
    return 0;
}

/* The columns to write, in order. Returns how many. */
static size_t list_columns(const struct scores *scores, const char **names, const double **columns)
{
    const struct {
        const char *name;
        const double *column;
    } all[N_SCORES] = {{"free_energy", scores->free_energy},
                       {"log_prob", scores->log_prob},
                       {"percentile", scores->percentile},
                       {"anomaly", scores->anomaly}};
    size_t n = 0;
    for (size_t i = 0; i < N_SCORES; i++)
        if (all[i].column) {
            names[n] = all[i].name;
            columns[n++] = all[i].column;
        }
    return n;
}

static int name_surprises(struct train_lines *l, struct bz_error *err)
{
    int rc = 0;
    for (size_t k = 1; rc == 0 && k <= TRAIN_SURPRISES; k++) {
        char cells[96];
        const int size = snprintf(cells, sizeof(cells), "cell_%zu,value_%zu,expected_%zu,drop_%zu%c", k, k, k, k,
                                  k == TRAIN_SURPRISES ? '\n' : ',');
        rc = train_lines_write(l, cells, (size_t)size, err);
    }
    return rc;
}

/* The least expected cells of a row. */
static int write_surprises(struct train_lines *l, const void *arg, long row, struct bz_error *err)
{
    const struct train_surprises *s = arg;
    int rc = row < 0 ? name_surprises(l, err) : 0;
    for (size_t k = 0; row >= 0 && rc == 0 && k < TRAIN_SURPRISES; k++) {
        const struct bz_surprise *one = &s->found[(size_t)row * TRAIN_SURPRISES + k];
        const bool some = k < s->n[row];
        const struct bz_column *c = some ? &s->columns.columns[one->column] : NULL;
        char name[32], value[BZ_VALUE_ROOM], expected[BZ_VALUE_ROOM], drop[BZ_DOUBLE_ROOM] = "";
        if (some) {
            snprintf(name, sizeof(name), "column%zu", c->unit + one->within + 1);
            bz_double_cell(one->drop, drop);
        }
        const char *const words[] = {!some        ? ""
                                     : c->name[0] ? c->name
                                                  : name,
                                     some ? bz_column_text_of(c, one->value, '.', value) : "",
                                     some ? bz_column_text_of(c, one->expected, '.', expected) : "", drop};
        for (size_t i = 0; rc == 0 && i < TRAIN_COUNT(words); i++)
            rc = train_lines_word(l, words[i], k + 1 == TRAIN_SURPRISES && i + 1 == TRAIN_COUNT(words) ? '\n' : ',', err);
    }
    return rc;
}

/* lines: for CSV, else NULL. */
static int write_scores(const struct score_options *o, struct train_lines *lines, bool head, const struct scores *scores,
                        const struct train_data *data, struct bz_error *err)
{
    const char *names[N_SCORES];
    const double *columns[N_SCORES];
    const struct train_sheet sheet = {.names = names,
                                      .columns = columns,
                                      .n_columns = list_columns(scores, names, columns),
                                      .n = data->rows,
                                      .ids = {data->index_name, data->ids},
                                      .header = head,
                                      .more = scores->explain ? write_surprises : NULL,
                                      .arg = &scores->surprises};
    return lines ? train_lines_sheet(lines, &sheet, err) : train_output_column(o->out, scores->free_energy, data->rows, err);
}

static void free_scores(struct scores *scores)
{
    bz_free_all(scores->free_energy, scores->log_prob, scores->percentile, scores->anomaly);
    train_surprises_free(&scores->surprises);
}

/* The rows read so far. */
static int score_rows(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err)
{
    struct score_run *run = arg;
    const struct score_options *o = run->o;
    struct scores scores = {.explain = o->explain, .before = r->before};
    int rc = -1;
    if (plan(&scores, r, o, err) == 0 && (!o->explain || train_surprises_new(&scores.surprises, r, err) == 0) &&
        train_rows_each(r, score_tile, &scores, err) == 0)
        rc = write_scores(o, lines, r->before == 0, &scores, r->data, err);
    run->rows += r->data->rows;
    run->bounded += scores.bounded;
    free_scores(&scores);
    return rc;
}

static int score(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct score_options *o = options;
    struct score_run run = {.o = o};
    struct train_data_options data = o->data;
    struct train_rows r;
    enum train_output format;
    int rc = -1;
    if (train_output_format(o->out, false, false, &format, err) < 0)
        return -1;
    const bool csv = format == TRAIN_OUT_CSV;
    data.windows = csv && o->mask.n == 0;
    if (o->explain && !csv)
        return bz_fail(err, BZ_BAD_USAGE, "--explain: names of cells are text; expected --out FILE.csv, found %s", o->out);
    if (train_begin_rows(&r, a->words[0], &data, &o->run, o->seed, err) < 0)
        return -1;
    if (train_rows_mask(&r, &o->mask, err) == 0)
        rc = train_rows_to_lines(&r, o->out, csv, score_rows, &run, err);
    if (rc == 0 && run.bounded > 0)
        fprintf(stderr, "the free energies of %zu of %zu rows are upper bounds, by mean field: log p is at least as given\n",
                run.bounded, run.rows);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_score = {
    TRAIN_ON_ROWS("Options", rows, struct score_options),
    .run = score,
};
