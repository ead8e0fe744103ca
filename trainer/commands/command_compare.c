/* boltz compare: samples of a model beside rows of data. */
#include "commands.h"
#include "comparison.h"
#include "data_options.h"
#include "html_comparison.h"
#include "html_page.h"
#include "json_text.h"
#include "mem.h"
#include "text_stream.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct compare_options {
    struct train_data_options data;
    struct train_run_options run;
    size_t count, steps;
    uint64_t seed;
    const char *sampler, *html;
    bool json;
};

#define FIELD(name) offsetof(struct compare_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(SIZE, "count", FIELD(count), .least = 10, .most = 1e6, .initial = "1000",
           .help = "at most this many samples, and rows in each half of the data"),
    BZ_ROW(SIZE, "steps", FIELD(steps), .most = 1e12, .initial = "1000", .help = "Gibbs sweeps per chain"),
    BZ_ROW(TEXT, "sampler", FIELD(sampler), .argument = TRAIN_SAMPLER_NAMES,
           .help = "as for boltz sample; default: ptt if the model has a ladder of checkpoints, else gibbs, whose chains start "
                   "at the units' biases and may miss modes within --steps"),
    BZ_ROW(CHOICE, "binarize", FIELD(data.binarize), .argument = "stochastic|threshold|none",
           .help = "how grey values become 0 and 1; default: stochastic if there are any"),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .help = "seed of all draws"),
    BZ_ROW(FLAG, "json", FIELD(json), .help = "print one JSON object on standard output"),
    BZ_ROW(TEXT, "html", FIELD(html), .argument = "FILE", .help = "write a page with pictures"),
};

static const char *const samplers[] = {"gibbs", "tempering", "ptt"};

/* --- JSON --- */

static void add_number(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

static void add_sets(cJSON *root, const char *key, double samples, double ceiling)
{
    cJSON *object = cJSON_AddObjectToObject(root, key);
    add_number(object, "samples", samples);
    add_number(object, "ceiling", ceiling);
}

static char *as_json(const struct train_comparison *c, const struct train_comparison_options *o, struct bz_error *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "rows", (double)c->rows);
    cJSON_AddNumberToObject(root, "count", (double)c->count);
    cJSON_AddNumberToObject(root, "columns", (double)c->columns);
    cJSON_AddStringToObject(root, "sampler", samplers[o->sampler]);
    cJSON_AddNumberToObject(root, "steps", (double)o->steps);
    for (size_t k = 0; k < TRAIN_FIGURES; k++) {
        cJSON *object = cJSON_AddObjectToObject(root, train_figures[k].key);
        add_sets(object, "correlation", train_figure_of(&c->samples, k)->correlation,
                 train_figure_of(&c->ceiling, k)->correlation);
        add_sets(object, "rms", train_figure_of(&c->samples, k)->rms, train_figure_of(&c->ceiling, k)->rms);
    }
    add_sets(root, "adversarial_accuracy", c->samples.adversarial, c->ceiling.adversarial);
    cJSON_AddStringToObject(root, "grouped_by", c->labelled ? "labels" : "clusters");
    cJSON *groups = cJSON_AddArrayToObject(root, "groups"), *lost = cJSON_AddArrayToObject(root, "lost");
    for (size_t i = 0; i < c->n_shares; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", c->shares[i].name);
        cJSON_AddNumberToObject(one, "data", c->shares[i].data);
        cJSON_AddNumberToObject(one, "half", c->shares[i].half);
        cJSON_AddNumberToObject(one, "samples", c->shares[i].samples);
        bz_json_append(groups, one);
        if (train_share_lost(c, i))
            bz_json_append(lost, cJSON_CreateString(c->shares[i].name));
    }
    return bz_json_print(root, "the comparison", err);
}

/* --- text --- */

static void print(const struct train_comparison *c)
{
    printf("%zu samples and two halves of %zu of the %zu rows, %zu columns\n\n%-28s  %10s  %10s\n", c->count, c->count, c->rows,
           c->columns, "against the first half", "samples", "other half");
    for (size_t k = 0; k < TRAIN_FIGURES; k++) {
        char samples[TRAIN_FIGURE_ROOM], ceiling[TRAIN_FIGURE_ROOM];
        printf("%-28s  %10s  %10s  correlation\n%-28s  %10.4f  %10.4f  root mean squared difference\n", train_figures[k].text,
               train_figure_text(samples, train_figure_of(&c->samples, k)->correlation),
               train_figure_text(ceiling, train_figure_of(&c->ceiling, k)->correlation), "",
               train_figure_of(&c->samples, k)->rms, train_figure_of(&c->ceiling, k)->rms);
    }
    printf("%-28s  %10.3f  %10.3f  0.5 = cannot be told apart\n\n%-28s  %10s  %10s  %10s\n", "adversarial accuracy",
           c->samples.adversarial, c->ceiling.adversarial, c->labelled ? "class" : "cluster of the rows", "first half",
           "other half", "samples");
    for (size_t i = 0; i < c->n_shares; i++)
        printf("%-28.28s  %9.1f%%  %9.1f%%  %9.1f%%%s\n", c->shares[i].name, 100 * c->shares[i].data, 100 * c->shares[i].half,
               100 * c->shares[i].samples, train_share_lost(c, i) ? "  missing" : "");
}

static void warn(const struct train_comparison *c)
{
    for (size_t i = 0; i < c->n_shares; i++)
        if (train_share_lost(c, i))
            fprintf(stderr, "warning: %s %s is %.1f %% of the rows and %.1f %% of the samples\n",
                    c->labelled ? "class" : "cluster", c->shares[i].name, 50 * (c->shares[i].data + c->shares[i].half),
                    100 * c->shares[i].samples);
}

static int write_page(const struct train_comparison *c, const char *model, const char *path, struct bz_error *err)
{
    struct bz_text page;
    FILE *out = bz_text_begin(&page, err);
    if (!out)
        return -1;
    train_html_begin(out, model);
    train_html_heading(out, "Samples and data", NULL);
    train_html_comparison(out, c);
    train_html_end(out);
    return bz_text_save(&page, "the page", path, 0, err);
}

/* --- the command --- */

static int write_all(const struct compare_options *o, const struct train_comparison *c, const char *model,
                     const struct train_comparison_options *options, struct bz_error *err)
{
    char *json = NULL;
    if ((o->json && !(json = as_json(c, options, err))) || (o->html && write_page(c, model, o->html, err) < 0)) {
        bz_free(json);
        return -1;
    }
    warn(c);
    if (json)
        puts(json);
    else
        print(c);
    bz_free(json);
    return 0;
}

static int compare(const struct train_arguments *a, const void *given, struct bz_error *err)
{
    const struct compare_options *o = given;
    struct train_comparison_options options = {.count = o->count, .steps = o->steps, .seed = o->seed};
    struct train_comparison c;
    struct bz_ladder *ladder = NULL;
    struct train_rows r;
    int rc = -1;
    if ((o->sampler && train_sampler_named(o->sampler, &options.sampler, err) < 0) ||
        train_begin_rows(&r, a->words[0], &o->data, &o->run, o->seed, err) < 0)
        return -1;
    if (train_rows_alike(&r, "boltz compare", err) == 0 &&
        train_data_binarize(r.data, &o->data, TRAIN_BINARIZE_STOCHASTIC, &r.binarize, err) == 0 &&
        train_sampler_ladder(options.sampler, a->words[0], r.model->machine, &ladder, err) == 0) {
        if (!o->sampler && ladder)
            options.sampler = TRAIN_SAMPLER_PTT;
        if (train_compare(&r, &options, ladder, &c, err) == 0) {
            rc = write_all(o, &c, a->words[0], &options, err);
            train_comparison_free(&c);
        }
    }
    bz_ladder_free(ladder);
    train_rows_close(&r);
    return rc;
}

const struct train_work train_work_compare = {
    TRAIN_ON_ROWS("Options", rows, struct compare_options),
    .run = compare,
};
