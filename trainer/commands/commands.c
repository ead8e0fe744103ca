/* Names and descriptions of the subcommands, in the order of `boltz --help`. */
#include "commands.h"

const struct train_command train_commands[TRAIN_N_COMMANDS] = {
    {
        .name = "check",
        .help = "how a data file would be understood, without training",
        .usage = "FILE [--json] [--out FILE.npy] | --graph FILE [--json]",
        .about = "Reports how a data file would be understood: rows, columns, the kind of each column, what is left out and "
                 "why. Nothing is trained. What training would refuse is refused here.",
        .work = &train_work_check,
    },
    {
        .name = "train",
        .help = "train a machine on data: rbm, bm, dbm, multimodal, autoencoder",
        .usage = "rbm|bm|dbm|multimodal|autoencoder --data FILE [--hidden N[,N...]] --out REPO/NAME",
        .about = "Trains a machine on rows of data, writes it as the next version of REPO/NAME and prints its path. Ctrl-C "
                 "stops after the current update; --resume continues from there. An autoencoder has the file format and the "
                 "layers of an rbm and learns to reproduce its rows, without a likelihood (docs/autoencoder.md).",
        .work = &train_work_train,
    },
    {
        .name = "sweep",
        .help = "train with different options and keep the best by log p of held-out rows",
        .usage = "rbm|bm|dbm|multimodal --data FILE --vary OPTION=A,B,... [--random N] [options of train] --out REPO/NAME",
        .about = "Trains once for each combination of the values of --vary (or N random ones), one after the other, and "
                 "publishes the machine with the best estimated log p of held-out rows as the next version of REPO/NAME. "
                 "sweep.csv and sweep.html in that folder list all runs; REPO/NAME/.sweep holds their models and logs. If "
                 "interrupted, the same command continues.",
        .work = &train_work_sweep,
    },
    {
        .name = "finetune",
        .help = "turn a machine into a classifier, given labelled rows",
        .usage = "MODEL --data FILE [--labels FILE|COLUMN] --out REPO/NAME",
        .about = "Turns a machine trained without labels into a classifier: a feed-forward network starts from the machine's "
                 "weights and learns the classes of labelled rows. The model written is the unchanged machine with the "
                 "classifier beside it; `classify` uses it, and missing values of a row are filled in by the machine.",
        .work = &train_work_finetune,
    },
    {
        .name = "sample",
        .help = "sample from a model: .png, .npy, .csv, or on the terminal",
        .usage = "MODEL [--count 64] [--steps 1000] [--seed 7] [--out FILE.png|.npy|.csv|.npz] [--show]",
        .about = "Samples from a model by independent chains of block Gibbs sampling; a sweep updates every hidden layer, then "
                 "every visible one. With --clamp the held units keep their values and the rest is sampled given them. "
                 "--sampler tempering and ptt report their swap rates and the autocorrelation time of the energy in sweeps.",
        .work = &train_work_sample,
    },
    {
        .name = "score",
        .help = "free energy of rows, how unusual they are, their log probability",
        .usage = "MODEL --data FILE [--out FILE.npy|.csv]",
        .about = "Writes the free energy F(v) of each row in nats (lower = more expected), and log p(v) = -F(v) - log Z if the "
                 "model file holds log Z. If it also holds the free energies of rows it was not trained on (boltz train stores "
                 "them, boltz calibrate replaces them), it adds the percentile of each row among these, and whether it is an "
                 "anomaly (1) or not (0). Grey values are taken as means. Missing values are summed out.",
        .work = &train_work_score,
    },
    {
        .name = "features",
        .help = "hidden representation of rows",
        .usage = "MODEL --data FILE [--layer NAME] [--out FILE.npy|.csv]",
        .about = "Writes a hidden layer's representation of each row: the posterior means of its units, exact if hidden units "
                 "are independent given the visible ones, otherwise at the fixed point of mean field. Missing values are "
                 "inferred.",
        .work = &train_work_features,
    },
    {
        .name = "index",
        .help = "index the features of rows for nearest-neighbour search",
        .usage = "MODEL --data FILE [--layer NAME] [--codes f32|i8|bits] [--ids FILE]",
        .about =
            "Writes the features of rows (posterior means of a hidden layer; of rows in several files, NAME=FILE, what their "
            "layers agree on) beside the model, where boltzd finds them when it loads it: POST /v1/models/NAME/neighbors "
            "then returns the rows nearest to any given one, from whichever visible layers are given. The search is exact.",
        .work = &train_work_index,
    },
    {
        .name = "classify",
        .help = "the class of each row",
        .usage = "MODEL --data FILE [--out FILE.csv|.npy]",
        .about = "Writes the most probable class of each row (column `class`) and the probability of every class (p_NAME), "
                 "from the model's classifier (boltz finetune) or its label layer (boltz train --labels). A table comes back "
                 "as it was, with these columns appended. Missing values are inferred (--missing infer).",
        .work = &train_work_classify,
    },
    {
        .name = "calibrate",
        .help = "store the free energies of normal rows in a model, so that it can flag anomalies",
        .usage = "MODEL --data FILE [--contamination X]",
        .about = "Replaces the distribution of free energies stored in the model, and the threshold above which a row counts "
                 "as an anomaly, by those of these rows: normal ones, preferably not used in training. boltz score and boltzd "
                 "take percentiles and anomalies from it. The model file is rewritten with unchanged parameters; boltzd picks "
                 "it up the next time it reads the repository.",
        .work = &train_work_calibrate,
    },
    {
        .name = "impute",
        .help = "fill the gaps of a table",
        .usage = "MODEL --data FILE [--out FILE.csv] [--draw N --seed N] [--confidence]",
        .about = "Writes the table with missing cells filled in by what the model infers from the rest of the row: the mean "
                 "for numbers, the most probable category or truth value. Everything else stays as written: columns and their "
                 "order, separators, quotes, the text of known cells. Rows excluded by --where are left out.",
        .work = &train_work_impute,
    },
    {
        .name = "reconstruct",
        .help = "rows as the model sees them, with missing values filled in",
        .usage = "MODEL --data FILE [--mask FILE] [--steps N] [--out FILE.npy|.csv|.png|.npz]",
        .about = "Passes each row up to the hidden layers and back. Missing or masked values are filled in while the known "
                 "ones are held and kept (--known); the error compares known values with the model's version of them.",
        .work = &train_work_reconstruct,
    },
    {
        .name = "evaluate",
        .help = "likelihood and other measures of a model on data",
        .usage = "MODEL --data FILE [--labels FILE] [--exact | --ais] [--thermodynamics] [--save] [--json]",
        .about = "Measures a model on rows of data: mean free energy, reconstruction error, pseudo-likelihood, and with "
                 "--exact or --ais (or log Z stored in the model) the mean log probability in nats with its error. The "
                 "binarisation is always named, because figures of different ones cannot be compared. With 0/1 labels it also "
                 "reports how well the free energy separates them. If the model has a label layer, labels are part of the "
                 "rows: free energies, errors and log probabilities are those of row and label together (without labels: of "
                 "the row alone, with classes summed out). Only error_rate, the share of rows with another most probable "
                 "class, and with 0/1 labels the ranking by p(class 1) do not use them.",
        .work = &train_work_evaluate,
    },
    {
        .name = "compare",
        .help = "compare samples of a model with data: moments, shares of modes, nearest neighbours",
        .usage = "MODEL --data FILE [--labels FILE] [--sampler NAME] [--json] [--html FILE]",
        .about = "Draws samples and compares them with one half of the rows; the other half, compared in the same way, shows "
                 "what can be reached. Correlations are taken over columns, pairs and triplets; real columns are measured in "
                 "standard deviations. Adversarial accuracy, the share of rows whose nearest neighbour comes from their own "
                 "set, is 0.5 if samples cannot be told from rows, more if they can, less if they are copies. Each sample is "
                 "assigned to the class of its nearest row or, without labels, to one of eight clusters of the rows; a mode "
                 "missing from the samples is named.",
        .work = &train_work_compare,
    },
    {
        .name = "inspect",
        .help = "what a model file holds, and whether it is intact",
        .usage = "MODEL [--check] [--json] [--html FILE] [--show] [--topics | --units [--data FILE]] [--dependencies]",
        .about = "Reports what a model file holds: layers, couplings, statistics of its tensors, how it was trained, its log "
                 "Z. Every offset, shape and value is checked.",
        .work = &train_work_inspect,
    },
    {
        .name = "import",
        .help = "convert a model trained by another program",
        .usage = "FILE [FILE2] [--from PROGRAM] [--check STATES.npy ENERGIES.npy] --out REPO/NAME",
        .about = "Converts a Boltzmann machine trained by another program: scikit-learn, rbms, RestrictedBoltzmannMachines.jl, "
                 "PGM, QuCumber, learnergy, D-Wave, dimod, PyDeep, adabmDCA, CCMpred, GREMLIN, plmc, Salakhutdinov's, Hinton's "
                 "and other MATLAB files, deepnet, and arrays with recognisable names (docs/import.md). The program is "
                 "recognised by the file's content; nothing in it is executed. Reports what was taken for what, and prints the "
                 "folder of the new version.",
        .work = &train_work_import,
    },
    {
        .name = "export",
        .help = "write a model for another program",
        .usage = "MODEL [--to PROGRAM] --out FILE",
        .about = "Writes a machine as scikit-learn, rbms, RestrictedBoltzmannMachines.jl, adabmDCA, CCMpred, plmc, dimod or "
                 "D-Wave read it, or as plain arrays W [visible, hidden], vbias, hbias (docs/import.md). Offsets are folded "
                 "into the biases; what the other format cannot hold is refused by name.",
        .work = &train_work_export,
    },
};
