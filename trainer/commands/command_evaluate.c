/* boltz evaluate: how well a model explains rows of data. */
#include "classes.h"
#include "commands.h"
#include "data_options.h"
#include "evaluation_report.h"
#include "mem.h"
#include "prediction.h"
#include "progress.h"
#include "sampler.h"
#include "several.h"
#include "text_stream.h"
#include "unit.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct evaluate_options {
    struct train_data_options data;
    struct train_run_options run;
    size_t runs, betas, pseudo_rows, bracket_rows, cases, case_betas;
    size_t ladder_rounds;
    bool ladder, ais, ais_only, exact, bracket, thermodynamics, save, json;
    double temperature;
    const char *predict, *retrieve; /* names of layers, or NULL */
    bool whiten;
    size_t top;
    uint64_t seed;
};

#define FIELD(name) offsetof(struct evaluate_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(FLAG, "exact", FIELD(exact),
           .help = "log Z by enumeration (at most 2^25 states of the smaller side); free energies that are otherwise only "
                   "bounded become exact too"),
    BZ_ROW(FLAG, "ais", FIELD(ais),
           .help = "log Z by annealed importance sampling; enumeration is used anyway if it takes at most 2^21 terms"),
    BZ_ROW(FLAG, "ais-only", FIELD(ais_only), .help = "the same, but never enumerate"),
    BZ_ROW(SIZE, "runs", FIELD(runs), .least = 2, .most = 100000, .initial = "100",
           .help = "independent runs of --ais, --bracket and --cases"),
    BZ_ROW(SIZE, "betas", FIELD(betas), .least = 2, .most = 10000000, .initial = "14500",
           .help = "temperatures of --ais and --bracket, spaced as in the published schedule"),
    BZ_ROW(SWITCH, "ladder", FIELD(ladder), .initial = "on",
           .help = "with --ais, if the model has a ladder of checkpoints (train --algorithm ptt): estimate log Z from its "
                   "exchanges as well, which cross between modes; warn if the two disagree"),
    BZ_ROW(SIZE, "ladder-rounds", FIELD(ladder_rounds), .least = 20, .most = 1e8, .initial = "1000",
           .help = "rounds of exchanges and sweeps for --ladder, half of them to settle"),
    BZ_ROW(FLAG, "bracket", FIELD(bracket),
           .help = "also run reverse AIS from the model's own chains (in expectation above log Z if those were exact samples), "
                   "and RAISE on the first --bracket-rows rows (in expectation below log p over samples of the model, not for "
                   "a single row)"),
    BZ_ROW(SIZE, "bracket-rows", FIELD(bracket_rows), .least = 1, .most = 1e6, .initial = "100", .help = "rows used by RAISE"),
    BZ_ROW(SIZE, "cases", FIELD(cases), .least = 0, .most = 1e6, .initial = "0",
           .help = "free energies of the first N rows one by one, by AIS over the hidden layers with the row clamped: shows "
                   "how much the variational bound of a deep or general machine gives away"),
    BZ_ROW(SIZE, "case-betas", FIELD(case_betas), .least = 2, .most = 1e6, .initial = "1000",
           .help = "temperatures of --cases"),
    BZ_ROW(FLAG, "thermodynamics", FIELD(thermodynamics),
           .help = "mean energy, entropy and heat capacity of the joint distribution at --temperature"),
    BZ_ROW(REAL, "temperature", FIELD(temperature), .least = 1e-3, .most = 1e6, .initial = "1",
           .help = "temperature for --thermodynamics"),
    BZ_ROW(TEXT, "predict", FIELD(predict), .argument = "NAME",
           .help = "leave this visible layer out, infer it from the others by mean field and compare with the data: precision "
                   "and recall of the --top units per row (means over rows; recall over rows with any unit on), their f1, and "
                   "map = mean over units of the average precision over rows"),
    BZ_ROW(SIZE, "top", FIELD(top), .least = 1, .most = 1e9, .initial = "5", .help = "units predicted per row by --predict"),
    BZ_ROW(TEXT, "retrieve", FIELD(retrieve), .argument = "NAME",
           .help = "search with this visible layer alone: map = mean average precision with every row as a query; all other "
                   "rows (with all their layers) are ranked as `boltz index` and neighbors do, by the index beside the model "
                   "or else by maps learned from other rows of the data; rows with the query's label in --labels are "
                   "relevant. Time grows with rows squared"),
    BZ_ROW(SWITCH, "whitening", FIELD(whiten), .initial = "off",
           .help = "for --retrieve: compare features of the top hidden layer, made uncorrelated and of one variance, as `index "
                   "--whitening on` does"),
    BZ_ROW(SIZE, "pseudo-rows", FIELD(pseudo_rows), .least = 0, .most = 1e9, .initial = "1000",
           .help = "rows used for the pseudo-likelihood"),
    BZ_ROW(CHOICE, "binarize", FIELD(data.binarize), .argument = "stochastic|threshold|none",
           .help =
               "how grey values become 0 and 1; default: stochastic if there are any, but none for what --labels, --predict "
               "and --retrieve measure, as in the commands that answer these"),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "seed of all draws"),
    BZ_ROW(FLAG, "save", FIELD(save), .help = "store log Z in the model file, so that log probabilities can be served"),
    BZ_ROW(FLAG, "json", FIELD(json), .help = "print one JSON object on standard output"),
};

/* The parameters of the file stay the same, and so does their digest. */
static int save_log_z(const struct bz_model *model, const struct train_evaluation *e, struct bz_error *err)
{
    const struct bz_model_news news = {.log_z = e->log_z, .n_log_z = e->n_log_z};

    if (bz_model_amend(model, &news, err) < 0)
        return -1;
    fprintf(stderr, "log Z stored in %s\n", model->path);
    return 0;
}

/* A score against 0/1 labels: the higher, the more the row is of class 1. False for other labels. */
static bool rank_labels(const long *label, const struct train_data *d, const double *score, struct train_findings *f)
{
    for (size_t i = 0; i < d->rows; i++)
        if (label[i] != 0 && label[i] != 1 && !(d->weights && d->weights[i] == 0))
            return false;
    f->auroc = train_auroc(score, label, d->weights, d->rows);
    f->average_precision = train_average_precision(score, label, d->weights, d->rows);
    return true;
}

static int score_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    (void)err;
    double *free_energy = arg;
    bz_free_energy(t->c->s, 0, t->n, free_energy + t->first, NULL, t->w);
    return 0;
}

/* Labels against free energies: of an anomaly they are high. */
static int compare_energies(struct train_rows *r, const struct evaluate_options *o, const struct train_evaluation *e,
                            struct train_findings *f, struct bz_error *err)
{
    const struct train_data *d = r->data;
    if (r->binarize != f->binarize && train_rows_each(r, score_tile, e->free_energy, err) < 0)
        return -1;
    const bool ranked = rank_labels(d->labels, d, e->free_energy, f);
    if (ranked && d->classes && d->n_classes == 2)
        fprintf(stderr, "boltz: area under ROC: free energies are taken to be higher in rows of '%.64s' than of '%.64s'\n",
                d->classes[1], d->classes[0]);
    bool gaps = false;
    for (size_t p = 0; p < d->n_parts; p++)
        gaps = gaps || d->parts[p].missing;
    if (ranked && gaps)
        fprintf(stderr, "boltz: area under ROC: rows with gaps are ranked by free energies of fewer columns, which are not "
                        "comparable with those of complete rows\n");
    if (!ranked && !o->retrieve)
        fprintf(stderr,
                "boltz: the labels are compared with nothing: the model %s; free energies rank labels that are 0 or 1 in every "
                "row\n",
                bz_model_classless(r->model));
    return 0;
}

/* Labels against the classes of the model, or, of one without classes, against free energies. */
static int compare_labels(struct train_rows *r, const struct evaluate_options *o, const struct train_evaluation *e,
                          struct train_findings *f, struct bz_error *err)
{
    struct train_classes classes;

    if (!r->data->labels)
        return 0;
    struct bz_classes told;
    if (!bz_model_classes(r->model, &told))
        return compare_energies(r, o, e, f, err);
    if (train_classify(r, &classes, err) < 0)
        return -1;
    f->error_rate = classes.error_rate;
    if (o->exact && !r->model->classifier && !bz_machine_hidden_independent(r->model->machine))
        fprintf(stderr,
                "boltz: the error rate is that of `boltz classify`: classes by the mean-field bound on free energies, not by "
                "--exact\n");
    f->labelled -= (double)classes.unknown;
    if (classes.unknown > 0)
        fprintf(stderr, "boltz: %zu row%s a class that the model does not know, left out of the error rate\n", classes.unknown,
                classes.unknown == 1 ? " has" : "s have");
    rank_labels(classes.label, r->data, classes.second, f);
    bz_free_all(classes.label, classes.second);
    return 0;
}

static int fill_in(const char *model, const struct evaluate_options *o, struct train_rows *r, struct train_findings *f,
                   struct bz_error *err)
{
    struct train_prediction p;

    if (o->retrieve && train_retrieve(r, model, o->retrieve, o->whiten, &f->map, err) < 0)
        return -1;
    if (!o->predict)
        return 0;
    if (train_predict(r, o->predict, o->top, &p, err) < 0)
        return -1;
    f->precision = p.precision;
    f->recall = p.recall;
    f->f1 = p.f1;
    f->map = p.map;
    return 0;
}

/* Grey values as `classify`, `reconstruct` and `index` take them: a likelihood is one of drawn bits, an answer is not. */
static enum train_binarize as_asked(const struct evaluate_options *o, enum train_binarize drawn)
{
    const bool said = o->data.binarize && o->data.binarize[0];
    return !said && drawn == TRAIN_BINARIZE_STOCHASTIC ? TRAIN_BINARIZE_NONE : drawn;
}

static void warn(const struct train_evaluation *e)
{
    for (size_t i = 0; e->computed && i < e->n_log_z; i++)
        if (*e->log_z[i].warning)
            fprintf(stderr, "warning: log Z: %s\n", e->log_z[i].warning);
}

static struct train_findings nothing_found(const struct train_rows *r, const struct train_evaluation *e)
{
    struct train_findings f = {.evaluation = e, .binarize = r->binarize};
    f.labelled = r->data->labels ? (double)r->data->labelled : (double)NAN;
    f.error_rate = f.auroc = f.average_precision = f.precision = f.recall = f.f1 = f.map = (double)NAN;
    return f;
}

static int measure(const struct train_arguments *a, const struct evaluate_options *o, struct train_rows *r,
                   struct train_ranks *ranks, const struct bz_ladder *ladder, struct bz_error *err)
{
    const enum train_binarize drawn = r->binarize, asked = as_asked(o, drawn);
    const struct train_evaluate_options options = {.seed = o->seed,
                                                   .pseudo_rows = o->pseudo_rows,
                                                   .exact = o->exact,
                                                   .ais = o->ais || o->ais_only,
                                                   .ais_only = o->ais_only,
                                                   .runs = o->runs,
                                                   .betas = o->betas,
                                                   .ladder = ladder,
                                                   .ladder_rounds = o->ladder_rounds,
                                                   .bracket = o->bracket,
                                                   .bracket_rows = o->bracket_rows,
                                                   .cases = o->cases,
                                                   .case_betas = o->case_betas,
                                                   .par = train_pool_parallel(r->pool),
                                                   .spread = train_ranks_spread(ranks)};
    struct train_evaluation e = {0};
    struct train_thermo thermo;
    struct train_findings f = nothing_found(r, &e);
    struct bz_base *base = NULL;
    char *json = NULL;
    int rc = -1;

    r->binarize = asked;
    if (fill_in(a->words[0], o, r, &f, err) < 0)
        return -1;
    r->binarize = drawn;
    if (train_evaluate(r, &options, &e, err) < 0)
        return -1;
    if (o->thermodynamics) {
        if (train_data_base(&base, r->model->machine, r->data, r->part_of, err) < 0 ||
            train_thermodynamics(r->model->machine, o->temperature, base, &options, &thermo, err) < 0)
            goto out;
        f.thermo = &thermo;
    }
    r->binarize = asked;
    if (compare_labels(r, o, &e, &f, err) < 0)
        goto out;
    warn(&e);
    /* Saving is the last step that can fail: status 1 means that the file is unchanged. */
    if ((o->json && !(json = train_findings_json(&f, err))) ||
        (o->save && train_ranks_number(ranks) == 0 && save_log_z(r->model, &e, err) < 0))
        goto out;
    if (json)
        puts(json);
    else
        train_findings_print(&f);
    rc = 0;
out:
    bz_free(json);
    bz_base_free(base);
    train_evaluation_free(&e);
    return rc;
}

/* Refuses beforehand what needs one log Z or one energy for all rows. */
static int check_counts(const struct evaluate_options *o, const struct bz_machine *m, struct bz_error *err)
{
    const long counted = bz_machine_counted(m);
    if (counted < 0 || !(o->bracket || o->thermodynamics))
        return 0;
    return bz_fail(err, BZ_BAD_USAGE, "--%s: there is no one value: it depends on the number of counts of layer '%s'",
                   o->bracket ? "bracket" : "thermodynamics", m->layers[counted].name);
}

/* Measures that do not go by --weights. */
static int check_weights(const struct evaluate_options *o, const struct train_rows *r, struct bz_error *err)
{
    const char *who = o->retrieve ? "--retrieve" : o->bracket ? "--bracket" : o->cases ? "--cases" : NULL;
    return who ? train_rows_alike(r, who, err) : 0;
}

/* Several processes must evaluate the same model on the same rows. */
static int agree(const struct train_arguments *a, const struct evaluate_options *o, const struct train_rows *r,
                 struct train_ranks *ranks, struct bz_error *err)
{
    static const char *const without_effect[] = {"config", "cpu", "threads", NULL};
    char model[BZ_DIGEST_ROOM];
    struct bz_text text;
    FILE *lines = ranks ? bz_text_begin(&text, err) : NULL;
    if (!lines)
        return ranks ? -1 : 0;
    bz_model_digest(r->model, model);
    fprintf(lines, "%s\n", model);
    for (size_t i = 0; i < r->data->n_files; i++)
        fprintf(lines, "%s\n", r->data->files[i].digest);
    bz_options_write(&a->set, o, without_effect, false, lines);
    const int rc = bz_text_end(&text, "the settings", err) < 0 ? -1 : train_several_agree(ranks, text.text, err);
    bz_text_free(&text);
    return rc;
}

/* Options of a measure that is not asked for are refused rather than ignored. */
static int check_idle(const struct train_arguments *a, const struct evaluate_options *o, struct bz_error *err)
{
    const bool annealed = o->ais || o->ais_only;
    const struct {
        const char *option;
        bool used;
        const char *needs;
    } list[] = {
        {"runs", annealed || o->bracket || o->cases || o->thermodynamics, "--ais, --bracket, --cases or --thermodynamics"},
        {"betas", annealed || o->bracket || o->thermodynamics, "--ais, --bracket or --thermodynamics"},
        {"ladder", annealed, "--ais"},
        {"ladder-rounds", annealed, "--ais"},
        {"bracket-rows", o->bracket, "--bracket"},
        {"case-betas", o->cases, "--cases"},
        {"temperature", o->thermodynamics, "--thermodynamics; everything else is at temperature 1"},
        {"top", o->predict, "--predict"},
        {"whitening", o->retrieve, "--retrieve"},
    };
    for (size_t i = 0; i < TRAIN_COUNT(list); i++)
        if (!list[i].used && bz_option_changed(&a->options, list[i].option))
            return bz_fail(err, BZ_BAD_USAGE, "--%s: requires %s", list[i].option, list[i].needs);
    return 0;
}

static int evaluate_rows(const struct train_arguments *a, const struct evaluate_options *o, const struct train_run_options *run,
                         struct train_ranks *ranks, struct bz_error *err)
{
    struct bz_ladder *ladder = NULL;
    struct train_rows r;
    int rc = -1;

    if (o->exact && (o->ais || o->ais_only))
        return bz_fail(err, BZ_BAD_USAGE, "--exact and --ais: one of them gives log Z, not both");
    if (o->save && !(o->exact || o->ais || o->ais_only))
        return bz_fail(err, BZ_BAD_USAGE, "--save needs --exact or --ais: there is no new log Z to store");
    if (o->predict && o->retrieve)
        return bz_fail(err, BZ_BAD_USAGE, "--predict and --retrieve: one at a time, both give map");
    if (check_idle(a, o, err) < 0 || train_begin_rows(&r, a->words[0], &o->data, run, o->seed, err) < 0)
        return -1;
    if (agree(a, o, &r, ranks, err) == 0 && check_counts(o, r.model->machine, err) == 0 && check_weights(o, &r, err) == 0 &&
        (!o->save || bz_model_verify(r.model, err) >= 0) &&
        train_data_binarize(r.data, &o->data, TRAIN_BINARIZE_STOCHASTIC, &r.binarize, err) == 0 &&
        (!o->ladder || !(o->ais || o->ais_only) || bz_machine_counted(r.model->machine) >= 0 ||
         train_sampler_ladder(TRAIN_SAMPLER_GIBBS, a->words[0], r.model->machine, &ladder, err) == 0))
        rc = measure(a, o, &r, ranks, ladder, err);
    bz_ladder_free(ladder);
    train_rows_close(&r);
    return rc;
}

/* Several processes share the runs of annealed importance sampling; the first one speaks and writes. */
static int evaluate(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct evaluate_options *o = options;
    struct train_run_options run = o->run;
    struct train_ranks *ranks;
    if (train_several_join(&ranks, &run, true, err) < 0)
        return -1;
    return train_several_leave(ranks, "evaluate", evaluate_rows(a, o, &run, ranks, err), err);
}

const struct train_work train_work_evaluate = {
    TRAIN_ON_ROWS("Options", rows, struct evaluate_options),
    .run = evaluate,
};
