/* boltz finetune: makes a classifier of a machine. */
#include "commands.h"
#include "data_options.h"
#include "finetune_inputs.h"
#include "finetune_labels.h"
#include "finetune_multi.h"
#include "finetune_save.h"
#include "finetune_trials.h"
#include "infer.h"
#include "labels.h"
#include "launcher.h"
#include "linalg.h"
#include "mem.h"
#include "net_start.h"
#include "object.h"
#include "progress.h"
#include "text_stream.h"
#include "train_settings.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct finetune_options {
    struct train_data_options data;
    struct train_run_options run;
    struct train_finetune_settings settings;
    const char *out, *layer, *hidden, *precision, *optimizer, *predict, *adversarial_norm, *adversarial_target, *activation;
    size_t passes;
    double label_fraction;
    size_t per_class;
    bool random;
    size_t epochs;
    size_t units;
    bool units_given, valid_given, dropout_given, dropout_in_given, adversarial_given;
    struct train_trials trials;
    struct train_net_inputs *inputs;
    bool refit; /* rows held out in trials were learned from after all */
};

#define FIELD(name) offsetof(struct finetune_options, name)

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "REPO/NAME", .help = "repository entry that gets the next version"),
    BZ_ROW(TEXT, "layer", FIELD(layer), .argument = "NAME",
           .help = "hidden layer to start from; default: the one next to the visible layer, or the top one if there are "
                   "several pathways"),
    BZ_ROW(TEXT, "hidden", FIELD(hidden), .argument = "N[,N...]", .help = "further hidden layers on top, with random weights"),
    BZ_ROW(SIZE, "units", FIELD(units), .most = 65536,
           .help = "units of the network's first layer, if more than the machine's: the others have random weights; default: "
                   "256 with 500 labelled rows or more and one hidden layer, else none"),
    BZ_ROW(TEXT, "predict", FIELD(predict), .argument = "NAME|any",
           .help = "instead of a classifier, the machine itself learns to fill in, by mean field, a visible layer (or its "
                   "label layer) that is not shown, or random parts of all of them (any); its likelihood gets worse"),
    BZ_ROW(SIZE, "passes", FIELD(passes), .most = 200, .initial = "0",
           .help = "mean-field sweeps for --predict; 0 = 3 for a named layer, 10 for any and for counts"),
    BZ_ROW(FLAG, "random", FIELD(random),
           .help = "start the same network from random weights, to see what pretraining is worth"),
    BZ_ROW(
        REAL, "label-fraction", FIELD(label_fraction), .most = 1, .initial = "1",
        .help =
            "share of the labels to use, drawn by the seed, the same share of every class; the other rows count as unlabelled"),
    BZ_ROW(SIZE, "labels-per-class", FIELD(per_class), .most = 1e9, .initial = "0",
           .help = "use this many labels per class, drawn by the seed; the other rows count as unlabelled; 0 = all"),
    BZ_ROW(REAL, "unlabelled", FIELD(settings.unlabelled), .most = 1, .initial = "0",
           .help = "weight of unlabelled rows whose class the network is sure of; 0 = do not use them"),
    BZ_ROW(SIZE, "epochs", FIELD(epochs), .most = 1e6, .initial = "0",
           .help =
               "passes through the rows to learn from; 0 = 60, and at least 3000 updates (4000 for classes with 500 to 5000 "
               "rows)"),
    BZ_ROW(SIZE, "batch", FIELD(settings.batch), .least = 1, .most = 65536, .initial = "100", .help = "rows per update"),
    BZ_ROW(REAL, "learning-rate", FIELD(settings.rate), .most = 100,
           .help = "initial learning rate, falling to 0; default: 0.04 / sqrt(largest number of inputs of a layer), with "
                   "--predict 0.002 for a named layer, 0.001 for any"),
    BZ_ROW(CHOICE, "optimizer", FIELD(optimizer), .initial = "adam", .argument = "adam|sgd",
           .help = "how a gradient becomes a step"),
    BZ_ROW(REAL, "dropout", FIELD(settings.dropout), .most = 0.95,
           .help = "share of hidden units dropped per update; default: 0.5 if every hidden layer has at least 100 units, with "
                   "fewer than 500 rows to learn from 16; else 0 (and 0 with --predict any)"),
    BZ_ROW(REAL, "input-dropout", FIELD(settings.dropout_in), .most = 0.95,
           .help =
               "share of inputs dropped per update; default: 0.2 if there are at least 100, or fewer than 500 rows to learn "
               "from; else 0 (and 0 with --predict any)"),
    BZ_ROW(REAL, "noise", FIELD(settings.noise), .most = 100, .initial = "0",
           .help = "standard deviation of noise added to the inputs"),
    BZ_ROW(CHOICE, "activation", FIELD(activation), .initial = "logistic", .argument = "logistic|rectified",
           .help = "logistic units compute at first what the machine does; rectified ones, whose sums are measured in their "
                   "deviation (batch normalisation), learn more from many labels"),
    BZ_ROW(REAL, "hidden-noise", FIELD(settings.hidden_noise), .most = 100, .initial = "0",
           .help = "standard deviation of noise added to the sums of hidden units, with --activation rectified; try 0.3"),
    BZ_ROW(REAL, "adversarial", FIELD(settings.adversarial), .most = 100,
           .help = "half of the rows of an update are shifted by this much per input in the direction that hurts the network "
                   "most; 0 = off; try 0.1 to 0.25 for grey levels; default: off, or the length of the whole row's shift that "
                   "is best in trials on held-out rows, with 500 rows or more and no dropout, noise or unlabelled rows asked "
                   "for"),
    BZ_ROW(CHOICE, "adversarial-norm", FIELD(adversarial_norm), .initial = "max", .argument = "max|l2",
           .help = "what --adversarial measures: the shift of each input, or the length of the whole row's, along the "
                   "gradient"),
    BZ_ROW(CHOICE, "adversarial-target", FIELD(adversarial_target), .initial = "label", .argument = "label|own",
           .help = "target of a shifted row: its label, or the network's output for the original row, which unlabelled rows "
                   "have too (with --unlabelled 1)"),
    BZ_ROW(REAL, "max-norm", FIELD(settings.max_norm), .most = 1e6, .initial = "0",
           .help = "bound on the norm of the weights into a hidden unit; 0 = off"),
    BZ_ROW(REAL, "weight-decay", FIELD(settings.decay), .most = 100, .initial = "0", .help = "weight decay"),
    BZ_ROW(REAL, "frozen", FIELD(settings.frozen), .most = 1, .initial = "0.05",
           .help = "share of the updates in which only the softmax layer learns"),
    BZ_ROW(REAL, "valid-fraction", FIELD(settings.valid_fraction), .most = 0.9, .initial = "0.1",
           .help = "share of the labelled rows held out for early stopping and calibration; 0 = none; default: 0.1, below "
                   "500 labelled rows 0, and below 5000 those that trials held out calibrate and are then learned from"),
    BZ_ROW(CHOICE, "precision", FIELD(precision), .initial = "f32", .argument = "f32|f16",
           .help = "number format of the classifier in the file"),
    TRAIN_BINARIZE_ROW(struct finetune_options),
    BZ_ROW(SEED, "seed", FIELD(settings.seed), .initial = "1",
           .help = "seed of held-out rows, order, dropout and random weights"),
};

/* --- rows --- */

struct gathering {
    const struct bz_network *net;
    float *input; /* [rows][width] */
};

static int gather(void *arg, const struct train_tile *t, struct bz_error *err)
{
    (void)err;
    struct gathering *g = arg;
    struct bz_state *s = t->c->s;
    bool unknown = bz_network_reads_hidden(g->net, s->m);
    for (size_t l = 0; l < s->m->n_layers; l++)
        unknown =
            unknown || (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l], 0, t->n * s->m->layers[l].size));
    if (unknown)
        bz_mean_field(s, 0, t->n, false, NULL, t->w);
    bz_network_gather(g->net, s, 0, t->n, g->input + t->first * g->net->stages[0].in);
    return 0;
}

/* --- the run --- */

static int say(void *arg, const struct train_finetune_point *p, struct bz_error *err)
{
    (void)err;
    if (!p->frozen)
        train_progress_update(arg, p->update);
    train_progress_say(
        arg, isnan(p->valid_error) ? "update %zu: loss %.4f" : "update %zu: loss %.4f, held-out rows: loss %.4f, error %.4f",
        p->update, p->loss, p->valid_loss, p->valid_error);
    return 0;
}

static int check(const struct train_arguments *a, const struct finetune_options *o, struct bz_error *err)
{
    static const char *const of_classifier[] = {
        "layer",       "units",       "hidden",   "random", "label-fraction",   "labels-per-class",   "unlabelled",
        "noise",       "adversarial", "max-norm", "frozen", "adversarial-norm", "adversarial-target", "activation",
        "hidden-noise"};
    static const char *const of_shifts[] = {"adversarial-norm", "adversarial-target"};
    const char *launcher, *variable;
    if (train_launcher_count(&launcher, &variable) > 1)
        return train_launcher_refuse("fine-tuning is the work of one process", err);
    for (size_t i = 0; o->predict && i < TRAIN_COUNT(of_classifier); i++)
        if (bz_option_given(&a->options, of_classifier[i]))
            return bz_fail(err, BZ_BAD_USAGE, "--%s: applies to the classifier, and --predict makes none", of_classifier[i]);
    for (size_t i = 0; o->settings.adversarial <= 0 && i < TRAIN_COUNT(of_shifts); i++)
        if (bz_option_given(&a->options, of_shifts[i]))
            return bz_fail(err, BZ_BAD_USAGE, "--%s: requires --adversarial", of_shifts[i]);
    if (!o->predict && bz_option_given(&a->options, "passes"))
        return bz_fail(err, BZ_BAD_USAGE, "--passes: requires --predict");
    if (o->settings.hidden_noise > 0 && !o->settings.normalize)
        return bz_fail(err, BZ_BAD_USAGE, "--hidden-noise: requires --activation rectified");
    if (o->settings.normalize && o->settings.batch < 2)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--batch 1: expected at least 2 with --activation rectified, which compares the rows of an update");
    if (!o->out)
        return bz_fail(err, BZ_BAD_USAGE, "--out: is needed");
    if (!o->data.data.n)
        return bz_fail(err, BZ_BAD_USAGE, "--data: is needed");
    return 0;
}

/* Names of the classes, for the file. */
static int name_classes(struct bz_network *net, const struct train_data *d, struct bz_error *err)
{
    if (!d->classes)
        return 0;
    if (!(net->classes = bz_part(net, d->n_classes, sizeof(*net->classes), err)))
        return -1;
    for (; net->n_classes < d->n_classes; net->n_classes++) {
        const char *name = d->classes[net->n_classes];
        if (!(net->classes[net->n_classes] = bz_part(net, strlen(name) + 1, 1, err)))
            return -1;
        strcpy(net->classes[net->n_classes], name);
    }
    return 0;
}

static int start(struct bz_network **net, const struct finetune_options *o, const struct train_rows *r, struct bz_error *err)
{
    const struct train_data *d = r->data;
    struct train_net_shape shape = {.layer = -1, .random = o->random, .seed = o->settings.seed};
    size_t layer, *more = NULL;
    long most = -1;
    if (!d->labels)
        return bz_fail(err, BZ_BAD_USAGE, "--labels FILE or COLUMN: is needed, for the data have no labels of their own");
    for (size_t i = 0; i < d->rows; i++)
        most = d->labels[i] > most ? d->labels[i] : most;
    shape.classes = d->classes ? d->n_classes : (size_t)(most + 1);
    if (shape.classes < 2)
        return bz_fail(err, BZ_BAD_INPUT, "labels: expected at least two classes, found %zu", shape.classes);
    if (d->classes && train_labels_check_recur(o->data.labels ? o->data.labels : d->files[0].path, d->labelled, d->classes,
                                               d->n_classes, err) < 0)
        return -1;
    if (o->layer) {
        if (train_layer_choice(r->model->machine, o->layer, false, -1, &layer, err) < 0)
            return -1;
        shape.layer = (long)layer;
    }
    if (o->hidden && train_parse_sizes(o->hidden, "hidden", &more, &shape.n_more, err) < 0)
        return -1;
    shape.more = more;
    const int rc = train_net_start(net, r->model->machine, &shape, err);
    bz_free(more);
    return rc < 0 ? -1 : name_classes(*net, d, err);
}

/* What the user left to us. Random units do not make the rate smaller: it is that of the weights that pretraining gave. */
static void choose_rate(struct finetune_options *o, const struct bz_network *net)
{
    size_t most_inputs = 0;
    for (size_t k = 0; k < net->n_stages; k++)
        most_inputs = net->stages[k].in > most_inputs ? net->stages[k].in : most_inputs;
    if (o->settings.rate <= 0)
        o->settings.rate = 0.04 / sqrt((double)most_inputs);
}

static void choose_dropout(struct finetune_options *o, const struct bz_network *net, size_t labelled)
{
    size_t narrowest = SIZE_MAX;
    for (size_t k = 0; k + 1 < net->n_stages; k++)
        narrowest = net->stages[k].out < narrowest ? net->stages[k].out : narrowest;
    const struct train_left_out usual = train_usual_dropout(narrowest, net->stages[0].in, labelled);
    if (!o->dropout_given)
        o->settings.dropout = usual.units;
    if (!o->dropout_in_given)
        o->settings.dropout_in = usual.inputs;
}

/* Whether trials decide on shifted rows: unless something was asked for that they would choose or not see. */
static bool may_try(const struct finetune_options *o, size_t labelled)
{
    const struct train_finetune_settings *s = &o->settings;
    return labelled >= TRAIN_FEW_ROWS && !o->adversarial_given && !o->dropout_given && !o->dropout_in_given && s->noise <= 0 &&
           s->hidden_noise <= 0 && s->unlabelled <= 0 && s->frozen < 1;
}

/* Rows to hold out, and the length. */
static void plan(struct finetune_options *o, size_t labelled, bool trials, struct train_progress *progress)
{
    struct train_finetune_settings *s = &o->settings;
    const bool refit = trials && labelled < TRAIN_REFIT_ROWS;
    if (!o->valid_given && (labelled < TRAIN_FEW_ROWS || refit))
        s->valid_fraction = 0;
    const size_t learned = labelled - train_finetune_held_out(labelled, s->valid_fraction);
    const size_t batch = s->batch < learned ? s->batch : learned, per_epoch = learned ? (learned + batch - 1) / batch : 1;
    const size_t least = refit ? TRAIN_REFIT_UPDATES : 3000;
    s->updates = o->epochs ? o->epochs * per_epoch : 60 * per_epoch > least ? 60 * per_epoch : least;
    train_progress_say(progress, "%zu rows to learn from, %zu held out; %zu updates of %zu rows%s", learned, labelled - learned,
                       s->updates, batch, trials ? ", after trials with some of them held out" : "");
}

/* Trials, if nobody has chosen, and the run itself. */
static int learn_from(struct finetune_options *o, struct bz_network *net, struct train_finetune_data *data, size_t labelled,
                      struct train_progress *progress, struct train_finetune_result *result, struct bz_error *err)
{
    struct train_finetune_settings *s = &o->settings;
    const bool trials = may_try(o, labelled);
    plan(o, labelled, trials, progress);
    if (trials && train_trials_make(&o->trials, net, data, &o->inputs, s, labelled, progress, err) < 0)
        return -1;
    const bool all = trials && s->valid_fraction <= 0;
    if (all) {
        s->valid_fraction = o->trials.held_out;
        s->learn_all = s->to_the_end = true;
    }
    train_progress_begin(progress, "learning", 0, s->updates);
    if (train_finetune(net, data, s, result, err) < 0)
        return -1;
    o->refit = all && train_trials_lend(&o->trials, net, result);
    if (all && !o->refit) {
        s->updates = result->best;
        train_progress_say(
            progress,
            "after learning from all rows %.4f of those held out before are wrong, more than the %.4f of the trial, "
            "which had not seen them: its network is kept",
            result->error_at_end, o->trials.result.error_at_end);
    }
    return 0;
}

/* How the network reads its inputs, and how many units it has. Lengths that were asked for are those of inputs as they are. */
static int prepare(struct finetune_options *o, struct bz_network *net, const struct bz_machine *m,
                   struct train_finetune_data *data, size_t labelled, struct train_progress *progress, struct bz_error *err)
{
    const bool nothing = !o->layer && train_net_starts_random(m); /* to start from */
    const bool as_they_are = o->settings.adversarial > 0 || o->settings.noise > 0;
    const size_t units = net->stages[0].out;
    size_t wanted = o->units;
    if (!o->units_given)
        wanted = (labelled >= TRAIN_FEW_ROWS || nothing) && net->n_stages == 2 && o->settings.frozen < 1 ? TRAIN_NET_WIDTH : 0;
    if ((as_they_are ? train_net_inputs_measure(&o->inputs, net, m, data, err)
                     : train_inputs_choose(&o->inputs, net, m, data, o->settings.seed, progress, err)) < 0)
        return -1;
    if (o->units > 0 && o->units < units)
        return bz_fail(err, BZ_BAD_USAGE, "--units: expected at least the %zu of the machine's layer (or 0), found %zu", units,
                       o->units);
    if (nothing)
        train_progress_say(progress,
                           "the machine has no layer of bernoulli units (train --hidden N makes one): the network's weights "
                           "are random, and the machine only fills in gaps");
    if (wanted <= units)
        return 0;
    train_progress_say(progress, "the network's first layer gets %zu units with random weights beside the %zu%s",
                       wanted - units, units, o->random || nothing ? "" : " of the machine");
    return train_net_widen(net, o->inputs, wanted, o->settings.seed, err);
}

static int learn(struct finetune_options *o, struct train_rows *r, struct bz_network *net, struct train_progress *progress,
                 struct train_finetune_result *result, struct bz_error *err)
{
    const size_t n = r->data->rows, classes = bz_network_class_count(net);
    struct train_finetune_settings *s = &o->settings;
    struct gathering g = {.net = net};
    size_t cells, labelled = 0;
    long *label = bz_alloc(n, sizeof(*label), err);
    int rc = -1;
    if (!label || bz_mul(&cells, n, net->stages[0].in) < 0 || !(g.input = bz_alloc_lazy(cells, sizeof(float), err)) ||
        train_rows_each(r, gather, &g, err) < 0)
        goto out;
    for (size_t i = 0; i < n; i++)
        label[i] = -1;
    train_thin_labels(r->data, classes, o->label_fraction, o->per_class, s->seed, label);
    for (size_t i = 0; i < n; i++)
        labelled += label[i] >= 0;
    train_progress_say(progress, "%zu rows x %zu inputs, %zu labelled, %zu classes", n, net->stages[0].in, labelled, classes);
    if (train_tell_classes(progress, net, label, n, err) < 0)
        goto out;
    s->euclidean = strcmp(o->adversarial_norm, "l2") == 0;
    s->own = s->adversarial > 0 && strcmp(o->adversarial_target, "own") == 0;
    s->optimizer = strcmp(o->optimizer, "sgd") == 0 ? TRAIN_SGD : TRAIN_ADAM;
    struct train_finetune_data data = {.input = g.input, .label = label, .rows = n, .width = net->stages[0].in};
    s->par = train_pool_parallel(r->pool);
    s->say = say;
    s->arg = progress;
    choose_rate(o, net);
    if (prepare(o, net, r->model->machine, &data, labelled, progress, err) < 0)
        goto out;
    if (s->normalize)
        train_net_rectify(net);
    choose_dropout(o, net, labelled);
    rc = learn_from(o, net, &data, labelled, progress, result, err) < 0 ? -1 : train_net_inputs_keep(o->inputs, net, err);
out:
    bz_free_lazy(g.input);
    bz_free(label);
    return rc;
}

static void tell(struct train_progress *progress, const struct bz_network *net, const struct train_finetune_result *r,
                 bool refit)
{
    if (refit) {
        train_progress_say(
            progress,
            "kept the weights after the last update, learned from all rows; the trial without %zu of them: error "
            "%.4f, at temperature %.3f, which is kept too, loss %.4f",
            r->valid, r->valid_error, net->temperature, r->valid_loss_calibrated);
        return;
    }
    if (!r->valid) {
        train_progress_say(progress, "kept the weights after the last update; no rows were held out, so nothing is calibrated");
        return;
    }
    train_progress_say(progress,
                       "kept the weights after update %zu: %zu held-out rows, error %.4f, loss %.4f, at temperature %.3f %.4f",
                       r->best, r->valid, r->valid_error, r->valid_loss, net->temperature, r->valid_loss_calibrated);
}

static int run_multi(struct finetune_options *o, const char *settings, struct train_rows *r, struct train_progress *progress,
                     char **path, struct bz_error *err)
{
    const struct train_finetune_settings *s = &o->settings;
    struct train_finetune_multi multi = {.predict = o->predict,
                                         .out = o->out,
                                         .settings_text = settings,
                                         .epochs = o->epochs,
                                         .half = strcmp(o->precision, "f16") == 0,
                                         .settings = {.passes = o->passes,
                                                      .batch = s->batch,
                                                      .rate = s->rate,
                                                      .decay = s->decay,
                                                      .leave_out = o->dropout_in_given ? s->dropout_in : -1,
                                                      .dropout = o->dropout_given ? s->dropout : -1,
                                                      .valid_fraction = s->valid_fraction,
                                                      .seed = s->seed}};
    multi.settings.optimizer = strcmp(o->optimizer, "sgd") == 0 ? TRAIN_SGD : TRAIN_ADAM;
    multi.enough = o->valid_given ? 0 : TRAIN_FEW_ROWS;
    return train_finetune_multi(&multi, r, progress, path, err);
}

static int run(const struct train_arguments *a, struct finetune_options *o, const char *settings, struct bz_error *err)
{
    struct train_progress progress = train_progress_make(TRAIN_LOG_TEXT);
    struct train_finetune_result result = {0};
    struct bz_network *net = NULL;
    struct train_rows r = {0};
    char *path = NULL;
    int rc = -1;
    if (check(a, o, err) < 0 || train_begin_rows(&r, a->words[0], &o->data, &o->run, o->settings.seed, err) < 0)
        return -1;
    if (train_rows_alike(&r, "boltz finetune", err) < 0)
        goto out;
    if (o->predict) {
        rc = run_multi(o, settings, &r, &progress, &path, err);
        if (rc == 0)
            printf("%s\n", path);
        goto out;
    }
    if (start(&net, o, &r, err) < 0 || learn(o, &r, net, &progress, &result, err) < 0)
        goto out;
    tell(&progress, net, &result, o->refit);
    const struct train_finetune_save save = {.out = o->out,
                                             .settings_text = settings,
                                             .half = strcmp(o->precision, "f16") == 0,
                                             .rows = &r,
                                             .net = net,
                                             .inputs = o->inputs,
                                             .settings = &o->settings,
                                             .result = &result,
                                             .trials = &o->trials,
                                             .refit = o->refit};
    if (train_finetune_save(&save, &path, err) < 0)
        goto out;
    printf("%s\n", path);
    rc = 0;
out:
    bz_free(path);
    train_trials_free(&o->trials);
    train_net_inputs_free(o->inputs);
    train_finetune_free(&result);
    bz_network_free(net);
    train_rows_close(&r);
    return rc;
}

static int finetune(const struct train_arguments *a, const void *given, struct bz_error *err)
{
    static const char *const without_effect[] = {"out", "config", "cpu", "threads", NULL};
    struct finetune_options o = *(const struct finetune_options *)given;
    o.settings.normalize = strcmp(o.activation, "rectified") == 0;
    o.units_given = bz_option_given(&a->options, "units");
    o.valid_given = bz_option_given(&a->options, "valid-fraction");
    o.dropout_given = bz_option_given(&a->options, "dropout");
    o.dropout_in_given = bz_option_given(&a->options, "input-dropout");
    o.adversarial_given = bz_option_given(&a->options, "adversarial");
    struct bz_text text;
    FILE *lines = bz_text_begin(&text, err);
    if (!lines)
        return -1;
    bz_options_write(&a->set, given, without_effect, false, lines);
    const int rc = bz_text_end(&text, "the settings", err) < 0 ? -1 : run(a, &o, text.text, err);
    bz_text_free(&text);
    return rc;
}

const struct train_work train_work_finetune = {
    TRAIN_ON_ROWS("Learning", rows, struct finetune_options),
    .run = finetune,
};
