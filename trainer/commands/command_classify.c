/* boltz classify: the class of each row and how probable each is. */
#include "classes.h"
#include "commands.h"
#include "data_options.h"
#include "file_write.h"
#include "mem.h"
#include "output.h"
#include "row_tiles.h"
#include "text_stream.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct classify_options {
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list mask;
    const char *out;
    uint64_t seed;
};

#define FIELD(name) offsetof(struct classify_options, name)

static const struct bz_option rows[] = {
    {.name = "out",
     .type = BZ_OPTION_TEXT,
     .offset = FIELD(out),
     .argument = "FILE",
     .help =
         "a .csv with the class and the probability of each, or a .npy of the probabilities [n, classes]; without it CSV on "
         "standard output"},
    {.name = "mask",
     .type = BZ_OPTION_LIST,
     .offset = FIELD(mask),
     .argument = "[NAME=]FILE",
     .help = "which values are known (1) and which are inferred (0), a row for all or a row each"},
    {.name = "binarize",
     .type = BZ_OPTION_CHOICE,
     .offset = FIELD(data.binarize),
     .argument = "stochastic|threshold|none",
     .initial = "none",
     .help = "how grey values become 0 and 1"},
    {.name = "seed", .type = BZ_OPTION_SEED, .offset = FIELD(seed), .initial = "1", .help = "of --binarize stochastic"},
};

struct run {
    struct bz_classes classes;
    double *p; /* [rows][classes] */
};

static int classify_tile(void *arg, const struct train_tile *t, struct bz_error *err)
{
    struct run *run = arg;
    struct bz_network_work *work;
    if (bz_classes_work(&work, &run->classes, err) < 0)
        return -1;
    bz_classes_of_rows(&run->classes, t->c->s, 0, t->n, run->p + t->first * run->classes.n, NULL, work, t->w);
    bz_network_work_free(work);
    return 0;
}

/* Names as a CSV cell. */
static void write_name(FILE *out, const struct bz_classes *c, size_t i)
{
    if (!c->names) {
        fprintf(out, "%zu", i);
        return;
    }
    const char *name = c->names[i];
    const bool quoted = strpbrk(name, ",\"\r\n;\t") || !*name || *name == ' ';
    if (quoted)
        fputc('"', out);
    for (; *name; name++)
        fprintf(out, *name == '"' ? "\"\"" : "%c", *name);
    if (quoted)
        fputc('"', out);
}

static int write_csv(const struct run *run, size_t n, FILE *out)
{
    const struct bz_classes *c = &run->classes;
    fputs("class", out);
    for (size_t k = 0; k < c->n; k++) {
        fputs(",p_", out);
        write_name(out, c, k);
    }
    fputc('\n', out);
    for (size_t r = 0; r < n; r++) {
        const double *p = run->p + r * c->n;
        size_t best = 0;
        for (size_t k = 1; k < c->n; k++)
            best = p[k] > p[best] ? k : best;
        write_name(out, c, best);
        for (size_t k = 0; k < c->n; k++)
            fprintf(out, ",%.9g", p[k]);
        fputc('\n', out);
    }
    return ferror(out) ? -1 : 0;
}

static int save(const struct classify_options *o, const struct run *run, size_t n, enum train_output format,
                struct bz_error *err)
{
    if (format == TRAIN_OUT_NPY)
        return train_output_matrix(o->out, run->p, n, run->classes.n, err);
    struct bz_text text;
    if (!o->out)
        return write_csv(run, n, stdout) < 0 ? bz_fail(err, BZ_IO, "standard output cannot be written") : 0;
    if (!bz_text_begin(&text, err))
        return -1;
    write_csv(run, n, text.out); /* what it fails at is found when the text ends */
    const int rc = bz_text_end(&text, "the result", err) < 0 ? -1 : bz_file_save(o->out, text.text, text.size, err);
    bz_text_free(&text);
    return rc;
}

static int classify(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct classify_options *o = options;
    enum train_output format;
    struct train_rows r = {0};
    struct run run = {0};
    size_t cells;
    int rc = -1;
    if (train_output_format(o->out, false, false, &format, err) < 0 ||
        train_begin_rows(&r, a->words[0], &o->data, &o->run, o->seed, err) < 0)
        return -1;
    if (!bz_model_classes(r.model, &run.classes))
        bz_fail(err, BZ_UNSUPPORTED, "%s has no label layer and no classifier; `boltz finetune` makes the latter", a->words[0]);
    else if (bz_mul(&cells, r.data->rows, run.classes.n) < 0 || !(run.p = bz_alloc(cells, sizeof(double), err)) ||
             train_rows_mask(&r, &o->mask, err) < 0)
        bz_fail_in(err, "classify");
    else if (train_rows_each(&r, classify_tile, &run, err) == 0)
        rc = save(o, &run, r.data->rows, format, err);
    bz_free(run.p);
    train_rows_close(&r);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Options", rows, TRAIN_COUNT(rows), 0},
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, FIELD(data)},
    {"Running", train_run_rows, TRAIN_N_RUN_OPTIONS, FIELD(run)},
};

const struct train_command train_command_classify = {
    .name = "classify",
    .help = "the class of each row of data",
    .usage = "MODEL --data FILE [--out FILE.csv|.npy]",
    .about = "Writes the most probable class of each row and the probability of every class, by the model's classifier (boltz "
             "finetune) or its label layer (boltz train --labels). What is missing of a row is inferred.",
    .groups = groups,
    .n_groups = TRAIN_COUNT(groups),
    .least_words = 1,
    .most_words = 1,
    .size = sizeof(struct classify_options),
    .run = classify,
};
