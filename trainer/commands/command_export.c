/* boltz export: an RBM as arrays that scikit-learn's BernoulliRBM takes. */
#include "arguments.h"
#include "commands.h"
#include "mem.h"
#include "model_file.h"
#include "export.h"

#include <stddef.h>
#include <string.h>

struct export_options {
    const char *out, *config;
};

static const struct bz_option rows[] = {
    {.name = "out",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct export_options, out),
     .argument = "FILE.npz",
     .help = "where to write"},
    {.name = "config",
     .type = BZ_OPTION_TEXT,
     .offset = offsetof(struct export_options, config),
     .argument = "FILE",
     .help = "read options from this file"},
};

static int export(const struct train_arguments *a, const void *options, struct bz_error *err)
{
    const struct export_options *o = options;
    const char *given = a->words[0];
    const size_t length = o->out ? strlen(o->out) : 0;
    if (length < 4 || strcmp(o->out + length - 4, ".npz") != 0)
        return bz_fail(err, BZ_BAD_USAGE, "--out: expected the name of a file that ends in .npz, found %s",
                       o->out ? o->out : "none");
    char *path;
    if (bz_model_path(&path, given, err) < 0)
        return -1;
    struct bz_model *model = NULL;
    int rc = bz_model_load(&model, path, err);
    if (rc == 0 && (rc = export_machine(model->machine, NULL, o->out, err)) < 0 && err->code == BZ_UNSUPPORTED)
        bz_fail_in(err, "%s", path);
    bz_model_free(model);
    bz_free(path);
    return rc;
}

static const struct bz_option_group groups[] = {{"Options", rows, TRAIN_COUNT(rows), 0}};

const struct train_command train_command_export = {
    .name = "export",
    .help = "write a model as arrays for scikit-learn",
    .usage = "MODEL --out FILE.npz",
    .about = "Writes an RBM of bernoulli units as the arrays components_ [n_hidden, n_visible], intercept_hidden_ and "
             "intercept_visible_ of scikit-learn's BernoulliRBM, float32. Offsets are folded into the intercepts.",
    .groups = groups,
    .n_groups = TRAIN_COUNT(groups),
    .least_words = 1,
    .most_words = 1,
    .size = sizeof(struct export_options),
    .run = export,
};
