#include "train_settings.h"

#include "discriminate.h"
#include "judge.h"
#include "mem.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct train_settings, name)

const struct bz_option train_machine_rows[TRAIN_N_MACHINE_OPTIONS] = {
    BZ_ROW(LIST, "hidden", FIELD(hidden), .argument = "N[,N...]",
           .help = "units of the hidden layer, or of each layer from the bottom up; NAME=N,N for the pathway of a modality. "
                   "Optional for an rbm: as many as the units of a row, half as many for two values or categories, at most one "
                   "per ten rows, but at least 16 and at most 500"),
    BZ_ROW(TEXT, "hidden-unit", FIELD(hidden_unit), .initial = "auto", .argument = "UNIT",
           .help = "of all hidden layers: bernoulli, spin, gaussian, relu, softmax (one of all is on) or softmax:K (one of "
                   "each K). auto = "
                   "bernoulli, but gaussian for an rbm without --hidden of a table that has numbers and gaps"),
    BZ_ROW(SIZE, "joint", FIELD(joint), .most = 1 << 24, .argument = "N",
           .help = "multimodal: units of the layer joining the pathways"),
    BZ_ROW(
        LIST, "lateral", FIELD(lateral), .argument = "visible,hidden",
        .help =
            "bm: layers with couplings inside; visible ones (numbers, truth values, each column of categories) also with one "
            "another; default: both, but more than 32 visible ones not with one another"),
    BZ_ROW(TEXT, "graph", FIELD(graph), .argument = "FILE",
           .help = "bm: pairs of visible units that are coupled, one per line (edge lists and the formats of networkx, METIS, "
                   "DIMACS, QUBO); all other couplings stay 0 and cost nothing; weights in the file are not used"),
    BZ_ROW(TEXT, "init", FIELD(init), .argument = "MODEL",
           .help = "continue from this model, on new data if you like, instead of starting afresh; with --hidden it grows into "
                   "that shape: an RBM into a dbm or bm whose further layers and couplings start at random"),
    BZ_ROW(TEXT, "out", FIELD(out), .argument = "REPO/NAME", .help = "repository entry that gets the next version"),
};

const struct bz_option train_learning_rows[TRAIN_N_LEARNING_OPTIONS] = {
    BZ_ROW(CHOICE, "algorithm", FIELD(algorithm), .initial = "auto", .argument = "auto|cd|pcd|pt|ptt",
           .help =
               "where the model's statistics come from: short chains from the data (cd), persistent chains (pcd), these with "
               "replicas at 11 to 24 temperatures, which cross between modes at 10 to 30 times the cost per update (pt), or "
               "exchanges with checkpoints of the same run, which are kept for `boltz sample --sampler ptt` (ptt). auto = pcd; "
               "if log p of the rows falls because the chains have lost some of them, restart with fewer updates of pt"),
    BZ_ROW(SWITCH, "keep-ladder", FIELD(keep_ladder), .initial = "on",
           .help = "ptt: keep the checkpoints beside the model, for `boltz sample --sampler ptt`"),
    BZ_ROW(CHOICE, "objective", FIELD(objective), .initial = "generative", .argument = "generative|discriminative|hybrid",
           .help = "for an rbm with --labels: log p of rows and classes together (generative), log p(class | row) by its exact "
                   "gradient (discriminative), or the latter plus a share of the former (hybrid; Larochelle & Bengio 2008), "
                   "which classifies better than either"),
    BZ_ROW(REAL, "generative-weight", FIELD(generative_weight), .most = 1000, .initial = "0.01", .argument = "X",
           .help = "that share, for hybrid"),
    BZ_ROW(SIZE, "k", FIELD(sweeps), .most = 100000, .argument = "N",
           .help = "Gibbs sweeps per update; 0 = 1 for large machines, 5 for deep ones, up to 10 for small ones"),
    BZ_ROW(SIZE, "epochs", FIELD(epochs), .most = 1e9, .argument = "N", .help = "passes over the rows; 0 = set by --updates"),
    BZ_ROW(SIZE, "updates", FIELD(updates), .most = 1e12, .argument = "N",
           .help = "parameter updates, instead of --epochs; 0 = 20 000, or 10 000 for fewer than 2000 rows with real values, "
                   "in whole epochs"),
    BZ_ROW(SIZE, "batch", FIELD(batch), .least = 1, .most = 1 << 20, .initial = "100", .argument = "N",
           .help = "rows per update"),
    BZ_ROW(REAL, "reweight", FIELD(reweight), .most = 1, .argument = "X",
           .help = "alignments: sequences that differ in less than this share of their positions count as one together; 0.2 is "
                   "usual; 0 = all count equally"),
    BZ_ROW(SIZE, "chains", FIELD(chains), .most = 1 << 20, .argument = "N",
           .help = "persistent chains; 0 = 100, or --batch if larger"),
    BZ_ROW(REAL, "learning-rate", FIELD(rate), .most = 100, .argument = "X",
           .help = "learning rate; 0 = chosen by unit types and optimiser"),
    BZ_ROW(CHOICE, "decay", FIELD(decay), .initial = "linear", .argument = "linear|none",
           .help = "how the learning rate falls to 0"),
    BZ_ROW(CHOICE, "optimizer", FIELD(optimizer), .argument = "sgd|adam",
           .help = "gradient steps with momentum (sgd), or adam; default: sgd, adam for machines with counts"),
    BZ_ROW(REAL, "momentum", FIELD(momentum), .most = 0.9999, .initial = "0.5", .argument = "X", .help = "momentum of sgd"),
    BZ_ROW(REAL, "weight-decay", FIELD(weight_decay), .least = -1, .most = 10, .initial = "-1", .argument = "X",
           .help =
               "subtracts rate * X * w from each weight w at every update; -1 = 0.03 where fewer than 500 rows of more bits "
               "are learned from, otherwise 0"),
    BZ_ROW(REAL, "sparsity", FIELD(sparsity), .most = 1, .argument = "P",
           .help = "target mean activity of hidden units; 0 = off"),
    BZ_ROW(REAL, "sparsity-cost", FIELD(sparsity_cost), .most = 1000, .initial = "0.1", .argument = "X",
           .help = "strength of --sparsity"),
    BZ_ROW(REAL, "max-norm", FIELD(max_norm), .most = 1e6, .argument = "X",
           .help = "bound on the norm of the weights into a hidden unit; 0 = off"),
    BZ_ROW(SWITCH, "centering", FIELD(centring), .initial = "on", .help = "learn with offsets at the units' means"),
    BZ_ROW(REAL, "offset-rate", FIELD(offset_rate), .most = 1, .initial = "0.01", .argument = "X",
           .help = "how fast the offsets follow the means"),
    BZ_ROW(FLAG, "average-weights", FIELD(averaged),
           .help = "keep the average of the parameters over the last part of the run"),
    BZ_ROW(SIZE, "mean-field-steps", FIELD(mean_field_steps), .least = 1, .most = 10000, .initial = "10", .argument = "N",
           .help = "mean-field sweeps with the data clamped, if hidden units depend on each other or values are missing"),
    BZ_ROW(REAL, "denoise", FIELD(denoise), .most = 0.95, .initial = "0", .argument = "X",
           .help = "autoencoder: this share of the inputs is corrupted at every visit (set to 0; real values get noise of this "
                   "many standard deviations), and the intact row is the target"),
    BZ_ROW(CHOICE, "pretrain", FIELD(pretrain), .initial = "on", .argument = "on|interleaved|stacked|grown|off",
           .help =
               "before joint training: every other hidden layer is given features of the data (interleaved), layer by layer "
               "with doubled weights (stacked; Salakhutdinov & Hinton 2009), or RBMs of the layers next to the data with the "
               "others at rest (grown: starts at the RBM's likelihood, but upper layers hardly learn); on = interleaved"),
    BZ_ROW(SIZE, "pretrain-epochs", FIELD(pretrain_epochs), .most = 1e9, .argument = "N",
           .help = "length of each stage before joint training; 0 = half as many updates as joint training"),
    BZ_ROW(CHOICE, "binarize", FIELD(binarize), .argument = "stochastic|threshold|none",
           .help = "grey values of bernoulli layers: drawn anew at every visit (stochastic), cut at 1/2 (threshold), or taken "
                   "as means (none)"),
    BZ_ROW(SEED, "seed", FIELD(seed), .initial = "1", .argument = "N", .help = "seed of all random numbers"),
    BZ_ROW(REAL, "valid-fraction", FIELD(valid_fraction), .least = -1, .most = 0.9, .initial = "-1", .argument = "X",
           .help = "share of the rows held out: not trained on, they decide when to stop and what is kept; -1 = a tenth (at "
                   "least 50, at most 5000) from 100 rows on, if log p can be estimated; of 4 to 99 rows of an rbm, "
                   "without labels, each quarter in turn decides on the length; of fewer than 500 see --refit"),
    BZ_ROW(
        SWITCH, "early-stopping", FIELD(early_stopping), .initial = "on",
        .help =
            "keep the state with the best log p of held-out rows, and stop once it only falls; off = full length, last state"),
    BZ_ROW(TERNARY, "refit", FIELD(refit), .initial = "off",
           .help = "once held-out rows have decided on the length, train afresh for that length on all rows; takes as long as "
                   "a second run. auto = for 12 to 499 rows, a quarter of them (at most 50) held out, where neither the length "
                   "nor what is held out is given; each run is then of 10 000 updates at most"),
    BZ_ROW(SWITCH, "calibrate", FIELD(calibrated), .initial = "on",
           .help = "store the distribution of free energies of held-out rows (or of all rows if none are held out) in the "
                   "model, so that score and boltzd can tell how unusual a row is; boltz calibrate replaces it"),
};

const struct bz_option train_course_rows[TRAIN_N_COURSE_OPTIONS] = {
    BZ_ROW(LIST, "valid", FIELD(valid), .argument = "FILE",
           .help = "validation rows; NAME=FILE for each layer if there are several"),
    BZ_ROW(CHOICE, "log", FIELD(log), .initial = "text", .argument = "text|json|none",
           .help = "progress on standard error: for people (text), one JSON line per epoch (json), or nothing (none)"),
    BZ_ROW(SIZE, "checkpoint-every", FIELD(checkpoint_every), .most = 1e9, .argument = "N",
           .help = "epochs between checkpoints; within an epoch, and with 0, one every minute"),
    BZ_ROW(FLAG, "resume", FIELD(resume),
           .help = "continue an interrupted run with the same settings, to the same result; after the end of a run, with more "
                   "--epochs or --updates, continue from the version it made"),
    BZ_ROW(FLAG, "auto-resume", FIELD(auto_resume),
           .help = "for jobs restarted by the same command: resume if a run was interrupted, start if there was none, and if "
                   "the newest version already is this run's result, print its path and exit"),
    BZ_ROW(FLAG, "restart", FIELD(restart), .help = "discard an interrupted run and start afresh"),
    BZ_ROW(FLAG, "dry-run", FIELD(dry_run), .flag_only = true,
           .help = "report how the data are understood, the machine that would be made and how long it would take; writes "
                   "nothing, and --out is not needed"),
};

/* --- sizes --- */

int train_parse_sizes(const char *text, const char *option, size_t **sizes, size_t *n, struct bz_error *err)
{
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    size_t *result = bz_alloc(count, sizeof(*result), err);
    if (!result)
        return -1;
    const char *at = text;
    for (size_t i = 0; i < count; i++) {
        char *end;
        errno = 0;
        unsigned long value = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (errno || value < 1 || value > BZ_MAX_UNITS || (*end != ',' && *end)) {
            bz_free(result);
            return bz_fail(err, BZ_BAD_USAGE, "--%s %s: expected whole numbers from 1 to %zu with commas between them", option,
                           text, BZ_MAX_UNITS);
        }
        result[i] = value;
        at = end + 1;
    }
    *sizes = result;
    *n = count;
    return 0;
}

/* --- defaults --- */

static bool has_unbounded_units(const struct bz_machine *m)
{
    for (size_t l = 0; l < m->n_layers; l++)
        if (bz_unit_type(m->layers[l].unit)->has_sigma)
            return true;
    return false;
}

/* Units of the largest hidden layer above another; 0 = none. */
static size_t widest_upper(const struct bz_machine *m)
{
    size_t most = 0;
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_layer *a = &m->layers[m->couplings[c].a], *b = &m->layers[m->couplings[c].b];
        if (a != b && a->role == BZ_HIDDEN && b->role == BZ_HIDDEN)
            most = b->size > most ? b->size : most;
    }
    return most;
}

/* Small machines have few units to flip and cost little, so their chains may make more sweeps per update. Those of deep
 * machines must (Salakhutdinov & Hinton 2009 use 5). */
static size_t usual_sweeps(const struct bz_machine *m)
{
    enum { WEIGHTS = 500000, MOST = 10, DEEP = 5 };
    const size_t least = widest_upper(m) > 0 ? DEEP : 1;
    if (least == 1 && has_unbounded_units(m)) /* gaussian ones move at each sweep: more sweeps gain nothing (docs/results.md) */
        return 1;
    double weights = 0;
    for (size_t c = 0; c < m->n_couplings; c++)
        weights += (double)m->layers[m->couplings[c].a].size * (double)m->layers[m->couplings[c].b].size;
    return weights * MOST <= WEIGHTS ? MOST : weights * (double)least >= WEIGHTS ? least : (size_t)(WEIGHTS / weights);
}

/* Few rows are memorised at rates at which many are learned well. No data anchor an upper layer: where many units move the same
 * way at each step, they and the layer below drive each other until all stay on or off. */
static double usual_rate(const struct bz_machine *m, size_t n_rows, enum train_optimizer optimizer)
{
    const double least = 0.02, most = 0.1, rate = most * sqrt((double)n_rows / 25000);
    const double upper = (double)widest_upper(m), held = upper > 0 ? 20 / upper : most;
    if (optimizer == TRAIN_ADAM)
        return fmin(1, held / most) * (bz_machine_counted(m) >= 0 ? 0.01 : 0.001);
    if (has_unbounded_units(m))
        return fmin(held, 0.005);
    return fmin(held, rate < least ? least : rate > most ? most : rate);
}

/* A few hundred rows of still more bits are memorised; smaller weights keep to what rows have in common. Not for many more
 * rows, which lose by it (docs/results.md). */
static double usual_decay(const struct bz_machine *m, size_t n_rows)
{
    enum { FEW = 500 };
    size_t bits = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (bz_is_visible(&m->layers[l]) && !bz_unit_type(m->layers[l].unit)->binary)
            return 0;
        bits += bz_is_visible(&m->layers[l]) ? m->layers[l].size : 0;
    }
    return n_rows < bits && n_rows < FEW ? 0.03 : 0;
}

/* With frequent words and long documents, gradients differ by orders of magnitude: one rate does not suit all. */
static enum train_optimizer usual_optimizer(const struct bz_machine *m)
{
    return bz_machine_counted(m) >= 0 ? TRAIN_ADAM : TRAIN_SGD;
}

static void apply_rule(const struct train_settings *s, const struct bz_machine *m, struct train_rule *r)
{
    r->algorithm = train_algorithm_named(s->algorithm); /* auto: pcd */
    r->discriminative = strcmp(s->objective, "generative") != 0;
    r->generative = strcmp(s->objective, "hybrid") == 0 ? s->generative_weight : 0;
    r->optimizer = !s->optimizer ? usual_optimizer(m) : !strcmp(s->optimizer, "adam") ? TRAIN_ADAM : TRAIN_SGD;
    const size_t usual = usual_sweeps(m), most = train_algorithm(r->algorithm)->most_sweeps;
    r->sweeps = s->sweeps ? s->sweeps : most && most < usual ? most : usual;
    r->mean_field_steps = s->mean_field_steps;
    r->at_rest = 1e-3f; /* nothing, in a gradient that is averaged over a batch */
    r->denoise = s->denoise;
    r->sparsity_target = s->sparsity;
    r->sparsity_cost = s->sparsity > 0 ? s->sparsity_cost : 0;
    r->max_norm = s->max_norm;
    r->offset_rate = s->offset_rate;
    r->centred = s->centring;
    r->averaged = s->averaged;
    r->min_log_sigma = -2.5; /* of standardised values: s stays above 0.08 */
}

void train_settings_apply(const struct train_settings *s, const struct bz_machine *m, size_t n_rows, struct train_stage *stage)
{
    enum { USUAL_UPDATES = 20000, FEW_UPDATES = 10000, FEW_ROWS = 2000, USUAL_CHAINS = 100 };
    /* Clusters of few real rows are learned by then; bits keep gaining. */
    const uint64_t usual = n_rows < FEW_ROWS && has_unbounded_units(m) ? FEW_UPDATES : USUAL_UPDATES;
    apply_rule(s, m, &stage->rule);
    stage->rule.weight_decay = s->weight_decay >= 0 ? s->weight_decay : usual_decay(m, n_rows);
    stage->batch = s->batch < n_rows ? s->batch : n_rows;
    const size_t chains = s->chains ? s->chains : stage->batch > USUAL_CHAINS ? stage->batch : USUAL_CHAINS;
    stage->chains = train_algorithm(stage->rule.algorithm)->from_data ? stage->batch : chains;
    const uint64_t per_epoch = train_updates_per_epoch(n_rows, stage->batch);
    const uint64_t epochs = s->epochs ? s->epochs : (usual + per_epoch - 1) / per_epoch;
    stage->updates = s->updates && !s->epochs ? s->updates : epochs * per_epoch;
    stage->rate = s->rate > 0 ? s->rate : usual_rate(m, n_rows, stage->rule.optimizer);
    /* Chains that mix allow larger steps. */
    const double brisk = 0.05, faster = 2.5;
    if (s->rate == 0 && train_algorithm(stage->rule.algorithm)->mover && stage->rule.optimizer == TRAIN_SGD &&
        stage->rate < brisk && !has_unbounded_units(m))
        stage->rate = fmin(brisk, faster * stage->rate);
    if (s->rate == 0 && stage->rule.discriminative && stage->rule.optimizer == TRAIN_SGD) /* no chains that could be lost */
        stage->rate *= 10;
    stage->momentum = s->momentum;
    stage->decay = !strcmp(s->decay, "none") ? TRAIN_DECAY_NONE : TRAIN_DECAY_LINEAR;
    stage->seed = s->seed;
    stage->checkpoint_every = s->checkpoint_every;
    stage->alarmed = !strcmp(s->algorithm, "auto");
    stage->stops_early = s->early_stopping;
    if (stage->rule.discriminative) { /* log p(v) would judge it to be worse */
        stage->alarmed = stage->stops_early = false;
        stage->chains = (stage->rule.generative > 0 ? chains : 0) + train_discriminate_rows(m, stage->batch);
        stage->rule.algorithm = TRAIN_PCD;
    }
    stage->judged = train_may_judge(m) && (stage->alarmed || stage->stops_early);
}
