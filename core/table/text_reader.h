/* Shared by the files that read text tables. */
#ifndef BZ_TEXT_READER_H
#define BZ_TEXT_READER_H

#include "text_set.h"
#include "text_table.h"

enum bz_use { BZ_USE_INPUT, BZ_USE_LABEL, BZ_USE_INDEX, BZ_USE_LEFT_OUT };

/* A column of the file during reading. */
struct bz_reader_column {
    char *name; /* owned; "" = nameless */
    enum bz_use role;
    const char *option; /* the option that made it something other than an input; NULL = none; static */
    bool included;      /* --include */
    bool kept;          /* an input, whatever it looks like */
    bool decided;       /* kind was given by the user or the model */
    enum bz_column_kind kind;
    const struct bz_column *model;
    size_t model_at, within;
    size_t slot; /* inputs: place in a row of values */
    /* the survey */
    size_t count[BZ_N_CELL_KINDS], ones_zeros;
    unsigned families, truth_values; /* truth words: which pairs occur, a bit each; which of the two values, a bit each */
    double least, largest, last;
    double above_least, below_largest; /* the next values; NaN = none */
    struct {
        double peak, size, sum;                  /* the largest size of one, all sizes, all numbers */
    } part;                                      /* of the numbers since the last subtotal */
    double below_marks;                          /* the largest that is not 95 to 99, 995 to 999 ...; NaN = none */
    size_t n_least, n_largest;                   /* how often these occur */
    bool whole, counts, id_name, nameless_first; /* nameless_first: alone without a name, and the first */
    size_t ups, downs;                           /* how often a number is larger, or smaller, than the one before */
    unsigned char *seen;                         /* a bit for each whole number that an identifier has had */
    size_t seen_room, numbered;
    bool place;                 /* that may be told apart so, too */
    uint64_t hash;              /* of its numbers, in their order */
    bool differ;                /* all cells do, if left out for what they are */
    uint64_t cells, order;      /* digests of all cells, in any order and in theirs, if compared */
    size_t quoted;              /* numbers in quotes */
    bool dates;                 /* whole numbers that are dates so far: 20240527 */
    size_t code_width;          /* digits of each number, if all have the same number and nothing else; else SIZE_MAX */
    bool exponents;             /* some number has one */
    bool code_bits, code_zeros; /* all of these digits are 0 and 1; some number has a leading zero */
    size_t grouped, short_ones, ungrouped; /* numbers like 1.234, whole ones up to 999, others */
    struct bz_text_set words;              /* distinct words, for identifiers and categories */
    bool words_full;
    size_t as_first;          /* how often the first of them occurs, */
    enum bz_cell_kind begins; /* and what the first cell is */
    char gap_word[41];        /* the first of those that are gaps among numbers and words among words */
    size_t suffixed;          /* words that are a number followed by the same text as the first of them: 3.5 K */
    char suffix[16];          /* [suffix_length] */
    size_t suffix_length;
    bool suffix_fraction;            /* one of these numbers has decimals */
    size_t measured;                 /* words that are a number and a few letters or signs, */
    size_t bounds, pairs, durations; /* bounds such as <0.5, two numbers such as 120/80, times such as PT2M30S */
    size_t ranges, closed_ranges;    /* words such as (0, 5] and [0, 5); other cells such as [0, 5] */
    size_t sequence;                 /* letters in each word, if all have as many; 0 = they do not */
    size_t unknown;                  /* values that the model does not know */
    size_t known;
    char unknown_text[48];
};

struct bz_condition { /* --where COLUMN=VALUE */
    size_t column;
    const char *text;
    double number;
    bool numeric, negated;
    size_t matched;
};

/* A row marked as a sum of others by a word such as Total. */
struct bz_total {
    size_t row, line, column;
    char word[24];
};

/* All of them: how many there are, how many of these are at the end, the first of these; rows that a word such as Subtotal
 * marks as sums of a part of the rows: the first, whether the row at hand is one, and whether one of them is none. */
struct bz_totals {
    size_t n, last;
    struct bz_total at, part;
    bool here, no_sum;
};

/* One row so far: cells with values, and gaps or zeros behind the first of them; whether values come behind those, or do not
 * ascend; numbers, and those that are smaller than one since the last subtotal, and not their sum. */
struct bz_row_shape {
    size_t known, gaps, empty_cells, numbers, smaller;
    double before;
    bool broken, fallen;
};

/* All rows: how many have no value, those at the end, the first; whether some row is broken or fallen, or has zeros in place of
 * gaps; how many end in gaps, and have three values and more. */
struct bz_rows_seen {
    size_t empty, empty_last, empty_from, padded, several;
    bool broken, fallen, holed;
};

struct bz_reader {
    const char *path;
    const struct bz_table_options *o;
    struct bz_text_table *t;
    struct bz_reader_column *columns; /* [n] */
    size_t n;
    struct bz_text_set names;   /* that columns have or had */
    size_t *named, named_room;  /* [names.n] the column that had it last */
    bool renamed;               /* the names of the options' file replace those of the table */
    bool one_hot;               /* the columns are the model's units one by one, not its columns */
    struct bz_condition *where; /* [n_where] */
    size_t n_where;
    struct bz_totals totals;
    struct bz_rows_seen seen;
    size_t gap_words, constant, marks; /* columns with words for gaps among others, of one value, with numbers that may be gaps:
                                        * a few are named */
};

/* The position of a cell in the file. */
struct bz_place {
    size_t row, line; /* from 1 */
    size_t column;    /* from 0 */
};

/* Adds a line to the reader's remarks; records that a column is left out, and why. */
#define bz_reader_say(t, err, ...) bz_texts_say(&(t)->said, &(t)->n_said, err, __VA_ARGS__)
int bz_reader_leave_out(struct bz_reader *r, size_t column, const char *why, struct bz_error *err);
/* "column 3 (age)" */
const char *bz_reader_column_text(const struct bz_reader *r, size_t column, char *text, size_t room);
/* "path: row 2 (line 3), column 3 (age): 'x' <what>"; returns -1. */
int bz_reader_refuse(const struct bz_reader *r, const struct bz_place *at, const struct bz_cell *cell, const char *what,
                     struct bz_error *err);

/* Whether the line below the header holds words and no number: a second line of names. */
bool bz_reader_names_go_on(const struct bz_reader *r);

/* Calls `row` for every row of the file that --where keeps, with as many cells as there are columns. */
int bz_reader_rows(struct bz_reader *r,
                   int (*row)(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line,
                              struct bz_error *err),
                   struct bz_error *err);

int bz_reader_roles(struct bz_reader *r, struct bz_error *err);  /* what options say about columns */
int bz_reader_match(struct bz_reader *r, struct bz_error *err);  /* matches columns of the file to those of the model */
int bz_reader_survey(struct bz_reader *r, struct bz_error *err); /* counts rows; decides kinds, leaves columns out */
int bz_reader_fill(struct bz_reader *r, struct bz_error *err);   /* values, labels, ids */

/* Says what is strange about an input column of so many known cells, and about the first row of words. */
int bz_reader_remark(struct bz_reader *r, size_t column, size_t known, struct bz_error *err);
bool bz_reader_quoted(const struct bz_reader *r, size_t column); /* its numbers are in quotes, others are not */
int bz_reader_remark_names(struct bz_reader *r, struct bz_error *err);
int bz_reader_remark_more(struct bz_reader *r, struct bz_error *err); /* how many columns there were beside those named */

/* Numbers among words: seen in each word, refused once all are known. Why words that differ in every row are left out; what is
 * strange about others. */
void bz_reader_see_word(struct bz_reader_column *c, const struct bz_cell *cell);
int bz_reader_refuse_words(const struct bz_reader *r, size_t column, size_t known, struct bz_error *err);
const char *bz_reader_words_alike(const struct bz_reader_column *c, size_t known);
int bz_reader_remark_words(struct bz_reader *r, size_t column, size_t known, struct bz_error *err);

/* Rows as wholes: what their cells are like, and what is strange about them. */
void bz_reader_see_cell(struct bz_row_shape *s, enum bz_cell_kind kind, double x);
void bz_reader_see_row(struct bz_reader *r, const struct bz_row_shape *s, size_t file_row);
int bz_reader_remark_rows(struct bz_reader *r, struct bz_error *err);

/* What columns of numbers are to each other, once the values are known. */
int bz_reader_remark_values(struct bz_reader *r, struct bz_error *err);

/* Totals: rows at the end marked so by a word are counted as rows are read, then refused; then, from the values, a last row
 * that is the sum of all others. */
void bz_reader_see_totals(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line);
void bz_reader_see_subtotal(struct bz_reader *r, const struct bz_row_shape *s); /* once the row's numbers have been seen */
int bz_reader_refuse_totals(const struct bz_reader *r, struct bz_error *err);
int bz_reader_refuse_sums(const struct bz_reader *r, struct bz_error *err);

#endif
