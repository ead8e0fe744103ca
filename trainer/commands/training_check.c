/* Checks the requested settings against the machine and the data. */
#include "training.h"

#include "discriminate.h"
#include "interleave.h"
#include "pretrain.h"

#include <string.h>

/* Layers are pretrained on the features of others, stored as probabilities of being on. */
bool training_passes_features(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (!bz_is_visible(&m->layers[l]) && m->layers[l].unit != BZ_BERNOULLI)
            return false;
    return true;
}

/* A method requested by name must be possible. */
static int check_pretraining(const struct training *t, struct bz_error *err)
{
    const char *way = t->settings->pretrain;
    if (!strcmp(way, "on") || !strcmp(way, "off"))
        return 0;
    if (t->init || !train_is_deep(t->start))
        return bz_fail(err, BZ_BAD_USAGE, "--pretrain %s: %s", way,
                       t->init ? "found --init too, which starts from a trained machine"
                               : "expected a machine with a hidden layer on a hidden layer");
    if (!training_passes_features(t->start))
        return bz_fail(err, BZ_BAD_USAGE,
                       "--pretrain %s: expected bernoulli hidden layers, whose features pass from one layer "
                       "to the next as probabilities; with --hidden-unit %s train them together (--pretrain off)",
                       way, t->settings->hidden_unit);
    if (!strcmp(way, "interleaved") && !train_may_interleave(t->start))
        return bz_fail(
            err, BZ_BAD_INPUT,
            "--pretrain interleaved: the layer that joins the modalities touches one with counts, which needs a hidden "
            "layer of its own between");
    return 0;
}

/* p(class | row) is learned only from complete rows with their classes. */
static int check_objective(const struct training *t, struct bz_error *err)
{
    if (!strcmp(t->settings->objective, "generative"))
        return 0;
    if (strcmp(t->kind, "rbm"))
        return bz_fail(err, BZ_BAD_USAGE, "--objective %s: expected an rbm, found %s", t->settings->objective, t->kind);
    if (t->ranks)
        return bz_fail(err, BZ_UNSUPPORTED, "--objective %s: expected one process, found several (mpirun)",
                       t->settings->objective);
    if (train_may_discriminate(t->start, err) < 0)
        return -1;
    if (!t->data->labels || t->data->labelled < t->data->rows)
        return bz_fail(err, BZ_BAD_INPUT, "--objective %s: expected a class for each row, found %zu for %zu rows",
                       t->settings->objective, t->data->labels ? t->data->labelled : 0, t->data->rows);
    for (size_t p = 0; p < t->data->n_parts; p++)
        if (t->data->parts[p].missing || t->data->parts[p].absent)
            return bz_fail(
                err, BZ_UNSUPPORTED,
                "--objective %s: expected rows without gaps, found some in '%s'; boltz impute fills them, --objective "
                "generative learns from them, and a model of either kind classifies rows with gaps",
                t->settings->objective, t->data->parts[p].name);
    return 0;
}

/* A model to continue from keeps its shape unless one to grow into is given, which has the kind that was named. */
static int check_kind(const struct training *t, struct bz_error *err)
{
    const char *kind = t->start->kind;
    if (!t->init || training_is_autoencoder(t) || !strcmp(t->kind, kind))
        return 0;
    return bz_fail(err, BZ_BAD_USAGE,
                   "train %s: the model of --init is of kind %s; continue with 'train %s', or give the shape to grow into "
                   "(--hidden, --lateral, --joint)",
                   t->kind, kind, kind);
}

/* UNIT or UNIT:K; the default specifies nothing. A model to continue from keeps its types. */
static int check_hidden_unit(const struct training *t, struct bz_error *err)
{
    const char *asked = t->settings->hidden_unit;
    const size_t n = strcspn(asked, ":");
    for (size_t l = 0; t->init && strcmp(asked, "auto") != 0 && l < t->start->n_layers; l++) {
        const struct bz_layer *layer = &t->start->layers[l];
        const char *unit = bz_unit_name(layer->unit);
        if (!bz_is_visible(layer) && (strlen(unit) != n || strncmp(unit, asked, n) != 0))
            return bz_fail(err, BZ_BAD_USAGE, "--hidden-unit %.64s: layer '%s' of --init has %s units, and keeps them", asked,
                           layer->name, unit);
    }
    return 0;
}

int training_check(const struct training *t, struct bz_error *err)
{
    const double decay = t->settings->weight_decay, held_out = t->settings->valid_fraction;
    if (held_out < 0 && held_out != -1)
        return bz_fail(err, BZ_BAD_USAGE, "--valid-fraction %g: expected 0 or more, or -1", held_out);
    if (decay < 0 && decay != -1)
        return bz_fail(err, BZ_BAD_USAGE, "--weight-decay %g: expected 0 or more, or -1", decay);
    return check_kind(t, err) < 0 || check_hidden_unit(t, err) < 0 || check_objective(t, err) < 0 ? -1
                                                                                                  : check_pretraining(t, err);
}
