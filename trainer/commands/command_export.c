/* boltz export: an RBM as arrays that scikit-learn's BernoulliRBM takes. */
#include "arguments.h"
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
