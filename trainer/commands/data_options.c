#include "data_options.h"

#include "kernels.h"

#include <stddef.h>

#define FIELD(name) offsetof(struct train_data_options, name)

const struct bz_option train_data_rows[TRAIN_N_DATA_OPTIONS] = {
    BZ_ROW(LIST, "data", FIELD(data), .argument = "FILE",
           .help = "rows of data: IDX, .npy, .npz, CSV or svmlight, also .gz, told apart by content; - is standard input; "
                   "NAME=FILE for each of several visible layers"),
    BZ_ROW(TEXT, "labels", FIELD(labels), .argument = "FILE",
           .help = "a label for each row: IDX, .npy, .npz or text with one a line"),
    BZ_ROW(TEXT, "label-column", FIELD(label_column), .argument = "NAME|N",
           .help = "this column (counted from 1) holds labels and is no input; in an .npz, the array of this name"),
    BZ_ROW(TEXT, "weights", FIELD(weights), .argument = "FILE|COLUMN",
           .help = "how much each row counts, a number from 0 a row: a file, or a column, which is no input then. train learns "
                   "from a row as often as its weight says, evaluate weighs its means; 0 = the row is not there"),
    BZ_ROW(TEXT, "header", FIELD(header), .argument = "none|first|FILE",
           .help = "whether the first line holds names, where that is not found rightly; or a file of names: one line, or a "
                   "line each, `name` or `name,continuous|symbolic`"),
    BZ_ROW(TEXT, "sep", FIELD(separator), .argument = "C",
           .help = "what separates cells: one character, or tab, blank, none; without it found from the lines"),
    BZ_ROW(TEXT, "decimal", FIELD(decimal), .argument = "C",
           .help = "the decimal sign, . or ,; without it found from the cells"),
    BZ_ROW(LIST, "na-values", FIELD(na_values), .argument = "TEXT",
           .help = "what stands for a missing value, in place of NA, NULL, ? and the like (an empty cell does in any case)"),
    BZ_ROW(CHOICE, "unknown", FIELD(unknown), .initial = "error", .argument = "error|missing",
           .help = "what a category is that the model does not know: a mistake, or a missing value, which is counted"),
    BZ_ROW(TEXT, "index-column", FIELD(index_column), .argument = "NAME|N",
           .help = "this column tells the rows apart and is no input; it goes along to tables that are written"),
    BZ_ROW(TEXT, "id-column", FIELD(index_column), .argument = "NAME|N", .help = "the same"),
    BZ_ROW(LIST, "include", FIELD(include), .argument = "NAME|N,...",
           .help = "columns that are inputs although they look like dates, identifiers or running numbers"),
    BZ_ROW(LIST, "exclude", FIELD(exclude), .argument = "NAME|N,...", .help = "columns to leave out"),
    BZ_ROW(LIST, "where", FIELD(where), .argument = "COLUMN=VALUE", .help = "only rows of which this holds (or COLUMN!=VALUE)"),
    BZ_ROW(TEXT, "array", FIELD(array), .argument = "NAME",
           .help = "the array of an .npz, MATLAB, HDF5 or Octave file that holds the rows; for one file also FILE:/NAME"),
    BZ_ROW(CHOICE, "base", FIELD(base), .argument = "0|1",
           .help = "number of the first column in svmlight files, of the first unit in graphs; without it found out"),
    BZ_ROW(FLAG, "transpose", FIELD(transpose), .help = "the array's columns are the rows"),
    BZ_ROW(CHOICE, "missing", FIELD(missing), .initial = "error", .argument = "error|infer",
           .help = "what an empty cell, NA, ? or NaN is: a mistake, or a value to be inferred"),
    BZ_ROW(REAL, "scale", FIELD(scale), .least = 1e-9, .most = 1e9, .argument = "X",
           .help = "divide values of bernoulli layers by X (multiply if X < 1); without it pictures and whole numbers whose "
                   "largest is 128 to 255 are divided by 255, and a model's divisor is its own"),
};

const struct bz_option train_layer_rows[TRAIN_N_LAYER_OPTIONS] = {
    BZ_ROW(LIST, "visible-unit", FIELD(visible_unit), .argument = "UNIT",
           .help = "bernoulli, spin, gaussian, softmax or multinomial, or NAME=UNIT; without it found out from the values"),
    BZ_ROW(LIST, "unit", FIELD(unit), .argument = "NAME=UNIT", .help = "the same"),
    BZ_ROW(LIST, "shape", FIELD(shape), .argument = "HxW",
           .help = "rows are pictures of this height and width, or NAME=HxW; IDX pictures say so themselves"),
    BZ_ROW(LIST, "categorical", FIELD(categorical), .argument = "NAME|N,...",
           .help = "columns whose numbers are categories; columns of words are in any case"),
    BZ_ROW(TEXT, "groups", FIELD(groups), .argument = "N,N...",
           .help = "the columns are one-hot groups of these widths (softmax units)"),
    BZ_ROW(SWITCH, "standardize", FIELD(standardize), .initial = "on",
           .help = "train on real columns with mean 0 and deviation 1; the model takes the data as they are all the same. off "
                   "= on the columns as they are, which learns well where deviations are about 1"),
    BZ_ROW(REAL, "clip", FIELD(clip), .most = 1e6, .initial = "0", .argument = "X",
           .help = "of standardised columns of tables: one with heavy tails, whose middle is narrower than its deviation says, "
                   "is standardised by its quartiles, and what lies further out than X is learned as if it lay there; 6 helps "
                   "to tell strange rows, at the cost of log p; 0 = all is learned as it is"),
};

#undef FIELD
#define FIELD(name) offsetof(struct train_run_options, name)

const struct bz_option train_run_rows[TRAIN_N_RUN_OPTIONS] = {
    BZ_ROW(SIZE, "threads", FIELD(threads), .most = TRAIN_MOST_THREADS, .initial = "0",
           .help = "threads to compute with; 0 = as many as there are CPUs"),
    BZ_ROW(
        CHOICE, "cpu", FIELD(cpu), .initial = "auto", .argument = "auto|base|avx2|avx512",
        .help =
            "instruction set; results are the same, but for the last bits of a training, whose dense products are OpenBLAS's"),
    BZ_ROW(TEXT, "config", FIELD(config), .argument = "FILE",
           .help = "options as lines `key = value`, with # for comments; the command line goes before it"),
};

int train_run_start(const struct train_run_options *o, struct train_pool **pool, struct bz_error *err)
{
    if (bz_cpu_select(o->cpu, err) < 0)
        return bz_fail(err, BZ_BAD_USAGE, "--cpu %s: %s", o->cpu, err->msg);
    return train_pool_new(pool, o->threads, err);
}

int train_begin_rows(struct train_rows *r, const char *model, const struct train_data_options *data,
                     const struct train_run_options *run, uint64_t seed, struct bz_error *err)
{
    struct train_pool *pool = NULL;
    *r = (struct train_rows){0};
    return train_run_start(run, &pool, err) < 0 ? -1 : train_rows_open(r, model, data, pool, seed, err);
}
