#include "data_options.h"

#include "kernels.h"
#include "output.h"

#include <stddef.h>

#define FIELD(name) offsetof(struct train_data_options, name)

const struct bz_option train_data_rows[TRAIN_N_DATA_OPTIONS] = {
    BZ_ROW(LIST, "data", FIELD(data), .argument = "FILE",
           .help = "rows of data: IDX, .npy, .npz, CSV, svmlight and others, also .gz, recognised by content; - = standard "
                   "input; NAME=FILE for each visible layer if there are several"),
    BZ_ROW(
        TEXT, "labels", FIELD(labels), .argument = "FILE|COLUMN",
        .help =
            "a label for every row: IDX, .npy, .npz, or text with one label per line, or a column, which is then not used "
            "as input; of an svmlight file itself the labels in front of its rows; train learns a layer of classes from them"),
    BZ_ROW(TEXT, "label-column", FIELD(label_column), .argument = "NAME|N",
           .help =
               "this column (counted from 1) holds the labels and is not used as input; in an .npz, the array of this name"),
    BZ_ROW(TEXT, "weights", FIELD(weights), .argument = "FILE|COLUMN",
           .help = "weight of each row, a number >= 0: a file with one per row, or a column, which is then not used as input. "
                   "train visits a row in proportion to its weight, evaluate weights its means; 0 = the row is left out"),
    BZ_ROW(TEXT, "header", FIELD(header), .argument = "none|first|[NAME=]FILE",
           .help = "whether the first line holds the column names, if this is not detected correctly; or a file of names: all "
                   "on one line, or one per line as `name` or `name,continuous|symbolic`; NAME=FILE: those of this layer"),
    BZ_ROW(TEXT, "sep", FIELD(separator), .argument = "C",
           .help = "separator of cells: one character, or tab, blank, none; default: detected"),
    BZ_ROW(TEXT, "decimal", FIELD(decimal), .argument = "C", .help = "decimal sign, . or ,; default: detected"),
    BZ_ROW(LIST, "na-values", FIELD(na_values), .argument = "TEXT",
           .help = "text that stands for a missing value, instead of NA, NULL, ? and the like (an empty cell always does)"),
    BZ_ROW(CHOICE, "unknown", FIELD(unknown), .initial = "error", .argument = "error|missing",
           .help = "what to do with a category the model does not know: error, or count it and treat it as missing"),
    BZ_ROW(TEXT, "index-column", FIELD(index_column), .argument = "NAME|N",
           .help = "this column identifies the rows and is not used as input; it is carried over to tables that are written"),
    BZ_ROW(TEXT, "id-column", FIELD(index_column), .argument = "NAME|N", .help = "the same as --index-column"),
    BZ_ROW(LIST, "include", FIELD(include), .argument = "NAME|N,...",
           .help = "use these columns as inputs even if they look like dates, identifiers or running numbers"),
    BZ_ROW(LIST, "exclude", FIELD(exclude), .argument = "NAME|N,...", .help = "columns to leave out"),
    BZ_ROW(LIST, "where", FIELD(where), .argument = "COLUMN=VALUE",
           .help = "only rows for which this holds (or COLUMN!=VALUE)"),
    BZ_ROW(TEXT, "array", FIELD(array), .argument = "NAME",
           .help = "array of an .npz, MATLAB, HDF5 or Octave file that holds the rows; for a single file also FILE:/NAME"),
    BZ_ROW(CHOICE, "base", FIELD(base), .argument = "0|1",
           .help = "number of the first column in svmlight files, or of the first unit in graphs; default: detected"),
    BZ_ROW(FLAG, "transpose", FIELD(transpose), .help = "rows are the columns of the array"),
    BZ_ROW(CHOICE, "missing", FIELD(missing), .initial = "error", .argument = "error|infer",
           .help = "what to do with an empty cell, NA, ? or NaN: error, or infer the value"),
    BZ_ROW(REAL, "scale", FIELD(scale), .least = 1e-9, .most = 1e9, .argument = "X",
           .help = "divide values of bernoulli layers by X (X < 1 multiplies); default: the model's own divisor, or when "
                   "training 255 for pictures and for whole numbers whose largest is 128 to 255"),
};

const struct bz_option train_layer_rows[TRAIN_N_LAYER_OPTIONS] = {
    BZ_ROW(LIST, "visible-unit", FIELD(visible_unit), .argument = "UNIT",
           .help = "bernoulli, spin, gaussian, softmax or multinomial, or NAME=UNIT; default: inferred from the values"),
    BZ_ROW(LIST, "unit", FIELD(unit), .argument = "NAME=UNIT", .help = "the same as --visible-unit"),
    BZ_ROW(LIST, "shape", FIELD(shape), .argument = "HxW",
           .help = "rows are pictures of this height and width, or NAME=HxW; IDX pictures carry their shape"),
    BZ_ROW(LIST, "categorical", FIELD(categorical), .argument = "NAME|N,...",
           .help = "columns whose numbers are categories; columns of words always are"),
    BZ_ROW(
        TEXT, "groups", FIELD(groups), .argument = "auto|off|N,N...",
        .help =
            "widths of one-hot groups formed by the columns (softmax units); auto (the default): finds columns of 0 and 1 that "
            "are never 1 together and learns them as a choice of one or none, rows staying bits; off: every column by itself"),
    BZ_ROW(
        SWITCH, "standardize", FIELD(standardize), .initial = "on",
        .help =
            "train on real columns scaled to mean 0 and standard deviation 1; the scaling is folded into the model, which "
            "takes data as they are. off = train on the unscaled columns, which works well if standard deviations are about 1"),
    BZ_ROW(REAL, "clip", FIELD(clip), .most = 1e6, .initial = "6", .argument = "X",
           .help = "for standardised columns: a column with heavy tails (its middle narrower than its standard deviation "
                   "suggests) is scaled by its quartiles, and values further out than X are treated as X in training - no more "
                   "than a fiftieth of its values on a side, or the scale is wider - so that outliers do not set the scale for "
                   "all; so are those of a column that is one value in half of the rows or more; 0 = off"),
};

#undef FIELD
#define FIELD(name) offsetof(struct train_run_options, name)

const struct bz_option train_run_rows[TRAIN_N_RUN_OPTIONS] = {
    BZ_ROW(SIZE, "threads", FIELD(threads), .most = TRAIN_MOST_THREADS, .initial = "0",
           .help = "number of threads; 0 = one per CPU"),
    BZ_ROW(
        CHOICE, "cpu", FIELD(cpu), .initial = "auto", .argument = "auto|base|avx2|avx512",
        .help =
            "instruction set; results are the same, but for the last bits of a training, whose dense products are OpenBLAS's"),
    BZ_ROW(TEXT, "config", FIELD(config), .argument = "FILE",
           .help = "read options from a file of lines `key = value` (# for comments); the command line takes precedence"),
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

int train_rows_alike(const struct train_rows *r, const char *who, struct bz_error *err)
{
    const char *given = r->options.weights;
    if (given && *given)
        return bz_fail(
            err, BZ_BAD_USAGE,
            "--weights %.64s: %s counts all rows alike; expected rows without weights (--where COLUMN!=0 leaves some "
            "out, --exclude a column)",
            given, who);
    if (r->data->weights)
        fprintf(stderr, "the weights of the rows are not used: %s counts all rows alike\n", who);
    return 0;
}

int train_rows_to_lines(struct train_rows *r, const char *out, bool csv,
                        int (*work)(struct train_rows *r, void *arg, struct train_lines *lines, struct bz_error *err),
                        void *arg, struct bz_error *err)
{
    struct train_lines lines = {0};
    int rc = csv ? train_lines_open(&lines, out, err) : 0;
    for (int more = 1; rc == 0 && more > 0;) {
        rc = work(r, arg, csv ? &lines : NULL, err);
        if (rc == 0 && (more = train_rows_next(r, err)) < 0)
            rc = -1;
    }
    return csv ? train_lines_close(&lines, rc, err) : rc;
}
