/* boltz export: an RBM as arrays that scikit-learn's BernoulliRBM takes. */
#include "arguments.h"
#include "columns.h"
#include "commands.h"
#include "export.h"
#include "mem.h"
#include "model_file.h"

#include <stddef.h>
#include <string.h>

struct export_options {
    const char *out, *to, *config;
};

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", offsetof(struct export_options, out), .argument = "FILE", .help = "file to write"),
    BZ_ROW(TEXT, "to", offsetof(struct export_options, to),
           .argument = "sklearn|rbms|adabmdca|julia|dwave|bqm|ccmpred|plmc|npz|safetensors",
           .help = "the program that is to read it; default: scikit-learn if the name ends in .npz"),
    BZ_ROW(TEXT, "config", offsetof(struct export_options, config), .argument = "FILE", .help = "read options from this file"),
};

/* The first column of a layer whose other columns have the same categories as it, as those of an alignment have letters; NULL
 * if they differ. */
static const struct bz_column *alike_column(const struct bz_columns *t, const struct bz_layer *l)
{
    const struct bz_column *first = NULL;
    size_t units = 0;
    for (size_t j = 0; j < t->n; j++) {
        const struct bz_column *c = &t->columns[j];
        if (c->kind != BZ_COLUMN_CATEGORY || strcmp(c->layer, l->name) != 0)
            continue;
        first = first ? first : c;
        units += c->size;
        bool same = c->n_categories == first->n_categories;
        for (size_t k = 0; same && k < c->n_categories; k++)
            same = strcmp(c->categories[k], first->categories[k]) == 0;
        if (!same)
            return NULL;
    }
    return units == l->size ? first : NULL;
}

/* A machine learned from an alignment has its letters in the table of its columns: they become the layer's, whose names the
 * formats hold. */
static int take_letters(struct bz_model *model, struct bz_error *err)
{
    struct bz_columns t = {0};
    struct bz_machine *m = model->machine;
    if (!model->table)
        return 0;
    int rc = bz_columns_parse(&t, model->table, m, err);
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        struct bz_layer *layer = &m->layers[l];
        const struct bz_column *c = layer->unit == BZ_SOFTMAX && !layer->n_categories ? alike_column(&t, layer) : NULL;
        if (c && !(layer->categories = bz_alloc(c->n_categories, sizeof(char *), err)))
            rc = -1;
        for (; rc == 0 && c && layer->n_categories < c->n_categories; layer->n_categories++)
            if (!(layer->categories[layer->n_categories] = bz_strdup(c->categories[layer->n_categories], err)))
                rc = -1;
    }
    bz_columns_free(&t);
    return rc;
}

static int export(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct export_options *o = options;
    char *path;
    if (!o->out)
        return bz_fail(err, BZ_BAD_USAGE, "--out FILE: missing");
    if (bz_model_path(&path, a->words[0], err) < 0)
        return -1;
    struct bz_model *model = NULL;
    int rc = bz_model_load(&model, path, err);
    if (rc == 0)
        rc = bz_machine_prepare(model->machine, err);
    if (rc == 0)
        rc = take_letters(model, err);
    if (rc == 0 && (rc = export_machine(model->machine, o->to, o->out, err)) < 0 && err->code == BZ_UNSUPPORTED)
        bz_fail_in(err, "%s", path);
    bz_model_free(model);
    bz_free(path);
    return rc;
}

static const struct bz_option_group groups[] = {{"Options", rows, TRAIN_COUNT(rows), 0}};

const struct train_work train_work_export = {
    TRAIN_OPTIONS(groups, struct export_options),
    .run = export,
};
