#include "evaluation_report.h"

#include "json_text.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *binarize_name(enum train_binarize b)
{
    static const char *const names[] = {"none", "stochastic", "threshold"};

    return names[b];
}

static void add_number(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

/* One log Z as an object; several (one for each number of counts) as a list; null if there is none. */
static cJSON *one_log_z(const struct bz_log_z *z, double ess)
{
    const bool ais = !strcmp(z->method, "ais");
    cJSON *object = cJSON_CreateObject();

    if (z->counts >= 0)
        cJSON_AddNumberToObject(object, "counts", z->counts);
    add_number(object, "value", z->value);
    add_number(object, "stderr", z->stderr_);
    cJSON_AddStringToObject(object, "method", z->method);
    add_number(object, "runs", ais ? (double)z->runs : (double)NAN);
    add_number(object, "betas", ais ? (double)z->betas : (double)NAN);
    add_number(object, "ess", ais ? ess : (double)NAN);
    if (*z->warning)
        cJSON_AddStringToObject(object, "warning", z->warning);
    else
        cJSON_AddNullToObject(object, "warning");
    return object;
}

static void add_log_z(cJSON *object, const struct train_evaluation *e)
{
    if (e->n_log_z == 0) {
        cJSON_AddNullToObject(object, "log_partition");
    } else if (e->n_log_z == 1 && e->log_z[0].counts < 0) {
        bz_json_add(object, "log_partition", one_log_z(&e->log_z[0], e->ess));
    } else {
        cJSON *list = cJSON_AddArrayToObject(object, "log_partition");

        for (size_t i = 0; i < e->n_log_z; i++)
            bz_json_append(list, one_log_z(&e->log_z[i], e->ess));
    }
}

char *train_findings_json(const struct train_findings *f, struct bz_error *err)
{
    const struct train_evaluation *e = f->evaluation;
    const struct train_thermo *t = f->thermo;
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "rows", (double)e->rows);
    add_number(object, "labelled_rows", f->labelled);
    cJSON_AddStringToObject(object, "binarize", binarize_name(f->binarize));
    add_number(object, "free_energy_mean", e->free_energy_mean);
    add_number(object, "reconstruction_error_mean", e->reconstruction_error_mean);
    add_number(object, "pseudo_likelihood_mean", e->pseudo_likelihood_mean);
    add_log_z(object, e);
    add_number(object, "log_prob_mean", e->log_prob_mean);
    add_number(object, "log_prob_stderr", e->log_prob_stderr);
    if (e->log_prob_kind)
        cJSON_AddStringToObject(object, "log_prob_kind", e->log_prob_kind);
    else
        cJSON_AddNullToObject(object, "log_prob_kind");
    add_number(object, "reverse_log_partition", e->reverse_log_z);
    add_number(object, "raise_log_prob_mean", e->raise_mean);
    add_number(object, "ladder_log_partition", e->ladder.log_z);
    add_number(object, "ladder_stderr", e->ladder.stderr_);
    add_number(object, "ladder_exchange_lowest", e->ladder.lowest_rate);
    add_number(object, "ladder_not_renewed", e->ladder.old);
    add_number(object, "case_log_prob_mean", e->case_log_prob_mean);
    add_number(object, "case_bound_mean", e->case_bound_mean);
    add_number(object, "case_gap", e->case_gap);
    add_number(object, "case_gap_stderr", e->case_gap_stderr);
    add_number(object, "error_rate", f->error_rate);
    add_number(object, "auroc", f->auroc);
    add_number(object, "average_precision", f->average_precision);
    add_number(object, "precision", f->precision);
    add_number(object, "recall", f->recall);
    add_number(object, "f1", f->f1);
    add_number(object, "map", f->map);
    add_number(object, "temperature", t ? t->temperature : (double)NAN);
    add_number(object, "energy", t ? t->energy : (double)NAN);
    add_number(object, "energy_stderr", t ? t->energy_stderr : (double)NAN);
    add_number(object, "entropy", t ? t->entropy : (double)NAN);
    add_number(object, "entropy_stderr", t ? t->entropy_stderr : (double)NAN);
    add_number(object, "heat_capacity", t ? t->heat_capacity : (double)NAN);
    add_number(object, "heat_capacity_stderr", t ? t->heat_capacity_stderr : (double)NAN);
    add_number(object, "swap_rate_lowest", t ? t->lowest_swap_rate : (double)NAN);
    add_number(object, "autocorrelation_sweeps", t ? t->autocorrelation : (double)NAN);
    return bz_json_print(object, "the JSON text", err);
}

static void print_value(const char *name, double value, double error, const char *remark)
{
    if (!isfinite(value))
        return;
    printf("%-28s %.4f", name, value);
    if (isfinite(error) && error > 0)
        printf(" +- %.4f", error);
    printf("%s%s\n", *remark ? "  " : "", remark);
}

static void print_likelihood(const struct train_evaluation *e)
{
    const char *kind = e->log_prob_kind;
    const char *remark = !kind                          ? ""
                         : !strcmp(kind, "exact")       ? "exact"
                         : !strcmp(kind, "lower_bound") ? "variational bound, as accurate as log Z above"
                                                        : "estimate: AIS tends to underestimate log Z, which flatters log p";

    if (e->n_log_z == 1 && e->log_z[0].counts < 0) {
        char text[80];

        snprintf(text, sizeof(text), "%s%s", e->log_z[0].method, e->computed ? "" : ", stored with the model");
        print_value("log Z", e->log_z[0].value, e->log_z[0].stderr_, text);
        print_value("effective sample size", e->ess, NAN, "");
    } else if (e->n_log_z) {
        printf("%-28s %zu values, one for each number of counts\n", "log Z", e->n_log_z);
    }
    print_value("log Z by reverse AIS", e->reverse_log_z, e->reverse_stderr,
                "in expectation an upper bound, if the chains were exact samples");
    if (isfinite(e->ladder.log_z)) {
        char text[120];

        snprintf(text, sizeof(text), "%zu checkpoints, lowest rate of exchange %.2f, %.1f %% of the chains not renewed",
                 e->ladder.rungs, e->ladder.lowest_rate, 100 * e->ladder.old);
        print_value("log Z by the ladder", e->ladder.log_z, e->ladder.stderr_, text);
    }
    print_value("mean log p (nats)", e->log_prob_mean, e->log_prob_stderr, remark);
    print_value("mean log p by RAISE", e->raise_mean, NAN, "conservative on average over samples of the model");
    if (isfinite(e->case_gap)) {
        char text[100];

        snprintf(text, sizeof(text), "of the first %zu rows, -F(v) by AIS; %.4f as above", e->cases, e->case_bound_mean);
        print_value("mean log p case by case", e->case_log_prob_mean, NAN, text);
        print_value("gap of the bound", e->case_gap, e->case_gap_stderr, "in expectation at least this");
    }
}

void train_findings_print(const struct train_findings *f)
{
    const struct train_evaluation *e = f->evaluation;

    printf("%-28s %zu\n", "rows", e->rows);
    if (isfinite(f->labelled))
        printf("%-28s %.0f\n", "labelled rows", f->labelled);
    printf("%-28s %s\n", "binarisation", binarize_name(f->binarize));
    print_value("mean free energy", e->free_energy_mean, NAN, "");
    print_value("mean reconstruction error", e->reconstruction_error_mean, NAN, "");
    print_value("mean pseudo-likelihood", e->pseudo_likelihood_mean, NAN, "");
    print_likelihood(e);
    print_value("error rate", f->error_rate, NAN, "");
    print_value("area under ROC", f->auroc, NAN, "");
    print_value("average precision", f->average_precision, NAN, "");
    print_value("precision", f->precision, NAN, "");
    print_value("recall", f->recall, NAN, "");
    print_value("F1", f->f1, NAN, "");
    print_value("mean average precision", f->map, NAN, "");
    if (f->thermo) {
        print_value("mean energy", f->thermo->energy, f->thermo->energy_stderr, f->thermo->exact ? "exact" : "");
        print_value("entropy (nats)", f->thermo->entropy, f->thermo->entropy_stderr, "");
        print_value("heat capacity", f->thermo->heat_capacity, f->thermo->heat_capacity_stderr, "");
        print_value("lowest swap rate", f->thermo->lowest_swap_rate, NAN, "");
        print_value("autocorrelation (sweeps)", f->thermo->autocorrelation, NAN, "");
    }
}
