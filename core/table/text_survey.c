/* The first of two passes over a table's rows: what each column holds, and hence its kind. */
#include "cell_dress.h"
#include "cell_time.h"
#include "mem.h"
#include "number_text.h"
#include "text_reader.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    RUN_AT_LEAST = 10,
    WORDS_AT_LEAST = 20,
    BITS_AT_LEAST = 4,
    DIGITS_AT_LEAST = 11
}; /* rows from which on a run of numbers is a row count, and all-different words are names; digits of a cell from which on
      they may be bits, or values of their own */

static const struct bz_spellings *gaps_of(const struct bz_reader *r)
{
    return r->o->gap_words.n ? &r->o->gap_words : NULL;
}

/* 20240527 */
static bool is_date_number(double x)
{
    if (!(x >= 19000101 && x <= 20991231) || x != floor(x))
        return false;
    const unsigned day = (unsigned)x % 100, month = (unsigned)x / 100 % 100;
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

/* 95 to 99, 995 to 999 ...: what answers that are none are coded as. */
static bool is_near_nines(double x)
{
    double nines = 99;
    while (nines < 1e6 && nines < x)
        nines = nines * 10 + 9;
    return x >= nines - 4 && x <= nines;
}

static void see_number(struct bz_reader_column *c, double x)
{
    const bool first = c->count[BZ_CELL_NUMBER] == 0;
    c->counts = first || (c->counts && x == c->last + 1);
    c->ups += !first && x > c->last;
    c->downs += !first && x < c->last;
    if (first || x < c->least) {
        c->above_least = first ? NAN : c->least;
        c->least = x;
        c->n_least = 0;
    } else if (x > c->least && !(x >= c->above_least)) {
        c->above_least = x;
    }
    if (first || x > c->largest) {
        c->below_largest = first ? NAN : c->largest;
        c->largest = x;
        c->n_largest = 0;
    } else if (x < c->largest && !(x <= c->below_largest)) {
        c->below_largest = x;
    }
    c->n_least += x == c->least;
    c->n_largest += x == c->largest;
    c->whole = (first || c->whole) && x == floor(x);
    c->dates = (first || c->dates) && is_date_number(x);
    c->below_marks = first ? NAN : c->below_marks;
    if (!is_near_nines(x) && !(x <= c->below_marks))
        c->below_marks = x;
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    c->hash = (c->hash ^ (bits + c->count[BZ_CELL_NUMBER])) * 0x9e3779b97f4a7c15u;
    c->hash ^= c->hash >> 29;
    c->ones_zeros += x == 0 || x == 1;
    c->last = x;
}

/* Digits that may be a code, or a row of bits, rather than a number: 00501, 01101. */
static void see_digits(struct bz_reader_column *c, const struct bz_cell *cell)
{
    const bool first = c->count[BZ_CELL_NUMBER] == 0;
    bool digits = cell->length > 1, bits = true;
    for (size_t i = 0; i < cell->length; i++) {
        digits = digits && cell->text[i] >= '0' && cell->text[i] <= '9';
        bits = bits && (cell->text[i] == '0' || cell->text[i] == '1');
    }
    c->code_width = digits && (first || c->code_width == cell->length) ? cell->length : SIZE_MAX;
    c->exponents = c->exponents || memchr(cell->text, 'e', cell->length) || memchr(cell->text, 'E', cell->length);
    c->code_bits = (first || c->code_bits) && bits;
    c->code_zeros = (!first && c->code_zeros) || (digits && cell->text[0] == '0');
}

/* 1.234 or 900: written as where points stand between thousands. */
static void see_groups(struct bz_reader_column *c, const struct bz_cell *cell)
{
    size_t at = 0;
    bz_cell_char(cell, &at, "+-");
    const bool zero = at < cell->length && cell->text[at] == '0';
    const size_t n = bz_cell_digits(cell, &at, 4);
    if (n == 0 || n > 3 || (zero && (n > 1 || at < cell->length)))
        c->ungrouped++;
    else if (at == cell->length)
        c->short_ones++;
    else if (bz_cell_char(cell, &at, ".") && bz_cell_digits(cell, &at, 4) == 3 && at == cell->length)
        c->grouped++;
    else
        c->ungrouped++;
}

/* A name that says that the column's numbers only identify rows. */
static bool is_id_name(const char *name)
{
    static const char *const names[] = {"id",    "index",  "idx",       "uid",       "uuid",  "guid",
                                        "rowid", "row_id", "rownames",  "rowname",   "row",   "unnamed: 0",
                                        "nr",    "no.",    "row_names", "row.names", "record"};
    const size_t n = strlen(name);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return n > 3 &&
           (strcasecmp(name + n - 3, "_id") == 0 || strcmp(name + n - 2, "Id") == 0 || strcmp(name + n - 2, "ID") == 0);
}

static int see_word(struct bz_reader_column *c, const struct bz_cell *cell, struct bz_error *err)
{
    uint32_t number = 1;
    struct bz_error why;
    if (c->words_full || bz_text_set_add(&c->words, cell->text, cell->length, BZ_MOST_CLASSES, &number, &why) == 0) {
        c->as_first += number == 0;
        return 0;
    }
    if (why.code != BZ_TOO_LARGE) {
        if (err)
            *err = why;
        return -1;
    }
    c->words_full = true;
    return 0;
}

/* Numbers of identifiers below this are told apart by a bit each, in a few times the memory of the text. */
static size_t most_bits(const struct bz_reader *r)
{
    const size_t share = (size_t)(r->t->layout.end - r->t->layout.rows) / r->n, most = 1 << 27;
    return share < most / 32 ? (1 << 16) + share * 32 : most;
}

static int see_id(struct bz_reader_column *c, const struct bz_cell *cell, double x, size_t most, struct bz_error *err)
{
    if (!(x >= 0 && x < (double)most && x == floor(x)))
        return c->id_name ? see_word(c, cell, err) : 0;
    const size_t n = (size_t)x;
    if (bz_grow(&c->seen, &c->seen_room, n / 8 + 1, 1, err) < 0)
        return -1;
    c->numbered += !(c->seen[n / 8] >> n % 8 & 1);
    c->seen[n / 8] |= (unsigned char)(1u << n % 8);
    return 0;
}

static void see_cell_text(struct bz_reader_column *c, const struct bz_cell *cell)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < cell->length; i++)
        hash = (hash ^ (unsigned char)cell->text[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ hash >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    c->cells += hash;
    c->order = (c->order ^ hash) * UINT64_C(0x100000001b3);
}

static int survey_row(struct bz_reader *r, const struct bz_cell *cells, size_t file_row, size_t line, struct bz_error *err)
{
    struct bz_row_shape shape = {0};
    r->t->rows++;
    bz_reader_see_totals(r, cells, file_row, line);
    for (size_t j = 0; r->o->compared && j < r->n; j++)
        see_cell_text(&r->columns[j], &cells[j]);
    for (size_t j = 0; !r->o->columns && j < r->n; j++) {
        struct bz_reader_column *c = &r->columns[j];
        if (c->role != BZ_USE_INPUT)
            continue;
        double x;
        bool truth;
        const enum bz_cell_kind kind = bz_cell_kind(&cells[j], r->t->layout.dialect.decimal, gaps_of(r), &x);
        if (kind == BZ_CELL_NUMBER) {
            see_digits(c, &cells[j]);
            see_groups(c, &cells[j]);
            see_number(c, x);
            shape.numbers++;
            shape.smaller += fabs(x) < c->part.peak && !(fabs(x - c->part.sum) <= 1e-9 * c->part.size);
            c->part.peak = fmax(c->part.peak, fabs(x));
            c->part.sum += x;
            c->part.size += fabs(x);
            c->quoted += cells[j].quoted;
            if ((c->id_name || c->place) && see_id(c, &cells[j], x, most_bits(r), err) < 0)
                return -1;
        }
        bz_reader_see_cell(&shape, kind, x);
        if (kind == BZ_CELL_WORD)
            bz_reader_see_word(c, &cells[j]);
        c->closed_ranges += kind == BZ_CELL_DRESSED && bz_cell_is_closed_range(&cells[j]);
        if (r->t->rows == 1)
            c->begins = kind;
        if (kind == BZ_CELL_GAP_OR_WORD && c->count[kind] == 0)
            snprintf(c->gap_word, sizeof(c->gap_word), "%.*s", (int)(cells[j].length < 40 ? cells[j].length : 40),
                     cells[j].text);
        if (kind == BZ_CELL_TRUTH) {
            c->families |= 1u << bz_truth(&cells[j], &truth);
            c->truth_values |= 1u << truth;
        }
        if ((kind >= BZ_CELL_TRUTH || kind == BZ_CELL_GAP_OR_WORD) && see_word(c, &cells[j], err) < 0)
            return -1;
        c->count[kind]++;
    }
    bz_reader_see_row(r, &shape, file_row);
    bz_reader_see_subtotal(r, &shape);
    return 0;
}

/* The kind of a column by its contents. */
static enum bz_column_kind kind_of(const struct bz_reader_column *c, size_t known)
{
    /* R writes one of several ranges as [0, 5]: no list where the others are (5, 10]. */
    const bool ranges = c->ranges > 0 && c->closed_ranges == c->count[BZ_CELL_DRESSED];
    const size_t *n = c->count, numbers = n[BZ_CELL_NUMBER] + n[BZ_CELL_INFINITE] + n[BZ_CELL_OTHER_DECIMAL] +
                                          n[BZ_CELL_THOUSANDS] + n[BZ_CELL_PERCENT] + (ranges ? 0 : n[BZ_CELL_DRESSED]);
    /* Several spellings of truth mean the same; but t, f, n and y together may just be letters, and no and off, both false,
     * just words. */
    const bool several = c->families & (c->families - 1);
    const bool truths =
        c->families && c->families != BZ_TRUTH_LETTERS && (!several || c->truth_values == 3 || c->ones_zeros > 0);
    if (truths && n[BZ_CELL_TRUTH] + c->ones_zeros == known)
        return BZ_COLUMN_BOOLEAN;
    return numbers * 2 >= known && numbers > 0 ? BZ_COLUMN_NUMBER : BZ_COLUMN_CATEGORY;
}

/* Why a column is not used as input, or NULL. */
static const char *why_left_out(const struct bz_reader *r, size_t j, size_t known)
{
    const struct bz_reader_column *c = &r->columns[j];
    const size_t *n = c->count, rows = r->t->rows;
    const bool number = n[BZ_CELL_NUMBER] == rows && c->whole;
    if (known == 0)
        return "holds no value";
    if (n[BZ_CELL_TIME] * 2 > known)
        return "dates or times; --include keeps them as categories";
    if (number && c->dates && c->least < c->largest && rows > 2)
        return "dates (20240527 and the like); --include keeps them as numbers";
    if (number && c->counts && (c->least == 0 || c->least == 1) && !c->name[0] && j == 0 &&
        (r->t->layout.header || rows >= RUN_AT_LEAST))
        return "counts the rows";
    if (number && c->counts && rows >= RUN_AT_LEAST)
        return "numbers that count up row by row; --include keeps them";
    const bool differ = number && !c->words_full && c->words.n + c->numbered == rows && rows > 2;
    if (differ && c->nameless_first && c->least >= 0)
        return "names of rows: the first column, the only one without a name, has a different whole number in every row; "
               "--include 1 keeps it";
    if (c->nameless_first && n[BZ_CELL_NUMBER] == rows && !c->whole && bz_reader_quoted(r, j))
        return "names of rows, in quotes as R writes them; --include 1 keeps them";
    if (differ && c->id_name && !c->nameless_first)
        return "identifiers: a different number in every row; --include keeps them";
    const size_t digits = n[BZ_CELL_NUMBER] + n[BZ_CELL_INFINITE]; /* few among the words: 1e100042 of hexadecimal names */
    const size_t different = c->words.n + (c->id_name ? c->numbered + n[BZ_CELL_INFINITE] : digits);
    if (c->kind == BZ_COLUMN_CATEGORY && known >= WORDS_AT_LEAST && (c->words_full || different == known) &&
        10 * digits <= known)
        return bz_reader_words_alike(c, known);
    if (c->kind == BZ_COLUMN_CATEGORY && r->n == 1 && rows > 2 && c->words.n == known && n[BZ_CELL_NUMBER] == 0)
        return "a different word in every row";
    if (c->kind == BZ_COLUMN_CATEGORY && rows > 1 && c->words.n == 1 && digits == 0)
        return known == rows ? "the same word in every row" : "one word and gaps: expected a word instead of the gaps, too";
    return NULL;
}

static size_t known_cells(const struct bz_reader_column *c, size_t rows)
{
    const size_t gaps = c->count[BZ_CELL_GAP] + c->count[BZ_CELL_GAP_OR_WORD];
    return rows - gaps;
}

/* `none` and the like are words among words. */
static size_t settle_kind(struct bz_reader_column *c, size_t rows)
{
    size_t known = known_cells(c, rows);
    if (!c->decided)
        c->kind = known == 0 ? BZ_COLUMN_NUMBER : kind_of(c, known);
    if (c->kind == BZ_COLUMN_CATEGORY || (known == 0 && c->count[BZ_CELL_GAP_OR_WORD] > 0 && c->words.n > 1)) {
        c->kind = c->decided ? c->kind : BZ_COLUMN_CATEGORY;
        known += c->count[BZ_CELL_GAP_OR_WORD];
    }
    return known;
}

static size_t line_length(const struct bz_reader *r)
{
    const struct bz_layout *l = &r->t->layout;
    const char *end = memchr(l->rows, l->dialect.line_end, (size_t)(l->end - l->rows));
    return (size_t)((end ? end : l->end) - l->rows);
}

static int refuse_nothing_left(const struct bz_reader *r, struct bz_error *err)
{
    char why[200] = "";
    for (size_t i = 0, used = 0; i < r->t->n_left_out && used + 80 < sizeof(why); i++) {
        const char *text = r->t->left_out[i].why;
        const size_t reason = strcspn(text, ";"); /* the option that keeps it comes after */
        used += (size_t)snprintf(why + used, sizeof(why) - used, "%scolumn %zu: %.*s", i ? "; " : "",
                                 r->t->left_out[i].column + 1, (int)(reason < 60 ? reason : 60), text);
    }
    if (r->n == 1 && r->t->layout.dialect.separator == 0 && memmem(r->t->layout.rows, line_length(r), "::", 2))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: '::' divides the lines; expected a separator of one character (sed 's/::/\\t/g' makes it a tab)",
                       r->path);
    if (r->n == 1 && r->t->layout.dialect.separator == 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: no separator divides the lines, and as one column it is not usable as input (%s); expected , ; tab "
                       "| or blanks between numbers; --sep says which",
                       r->path, why);
    return bz_fail(err, BZ_BAD_INPUT, "%s: no column of %zu is left as input (%s); --include keeps a column", r->path, r->n,
                   why);
}

/* Codes of one width, padded with zeros; if only of 0 and 1, they are rows of bits, which no number can represent. Lines of
 * nothing but digits, as many in each, may be rows of digits as well as numbers. */
static int judge_digits(struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const bool alone = r->n == 1 && !r->t->layout.header && !r->o->separator && known > 2;
    char text[96];
    if (c->kind != BZ_COLUMN_NUMBER || c->decided || c->count[BZ_CELL_NUMBER] != known || c->code_width == SIZE_MAX ||
        (!c->code_zeros && !(alone && c->code_width >= DIGITS_AT_LEAST)))
        return 0;
    bz_reader_column_text(r, j, text, sizeof(text));
    if (c->code_bits && c->code_width >= BITS_AT_LEAST)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: %s: each cell is %zu bits written together; expected a column for each (or --categorical, or --exclude)",
            r->path, text, c->code_width);
    if (alone && c->code_width >= BITS_AT_LEAST)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: every line is %zu digits without a separator: a row of digits, or one number? Put separators between "
            "them (sed 's/./& /g'), or say --sep none for numbers",
            r->path, c->code_width);
    return bz_reader_say(r->t, err, "%s: zero-padded numbers are taken as numbers; --categorical takes them as codes", text);
}

/* Points between thousands, where people write decimal commas: semicolons and tabs separate cells there. Numbers with as many
 * decimals each would have them behind the whole ones, too. */
static int refuse_groups(const struct bz_reader *r, size_t j, struct bz_error *err)
{
    enum { ENOUGH = 3 };
    const struct bz_reader_column *c = &r->columns[j];
    const struct bz_dialect *d = &r->t->layout.dialect;
    char text[96];
    if (c->kind != BZ_COLUMN_NUMBER || c->decided || r->o->decimal || d->decimal != '.' || !strchr(";\t", d->separator) ||
        c->grouped < ENOUGH || c->short_ones == 0 || c->ungrouped > 0 || !(c->least < c->largest))
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: %s: numbers with three digits behind the point (1.234) among whole ones below 1000: thousands or "
                   "decimals? --decimal . reads decimals; remove the points of thousands where the file comes from",
                   r->path, bz_reader_column_text(r, j, text, sizeof(text)));
}

/* A single row without a header, of words only. */
static bool is_lonely(const struct bz_reader *r)
{
    for (size_t j = 0; j < r->n; j++)
        if (r->columns[j].role != BZ_USE_INPUT || r->columns[j].decided || r->columns[j].count[BZ_CELL_WORD] == 0)
            return false;
    return r->t->rows == 1 && !r->t->layout.header && !r->t->layout.comment;
}

static int decide(struct bz_reader *r, struct bz_error *err)
{
    size_t inputs = 0;
    if (is_lonely(r))
        return bz_fail(err, BZ_BAD_INPUT, "%s: its only row holds words ('%.64s' first): a header without rows below it?",
                       r->path, r->columns[0].words.names[0]);
    for (size_t j = 0; j < r->n; j++) {
        struct bz_reader_column *c = &r->columns[j];
        if (c->role != BZ_USE_INPUT)
            continue;
        const size_t known = settle_kind(c, r->t->rows);
        if (bz_reader_refuse_words(r, j, known, err) < 0)
            return -1;
        const char *why = c->kept ? NULL : why_left_out(r, j, known);
        c->differ = why && c->words.n + c->numbered == r->t->rows;
        if (why && bz_reader_leave_out(r, j, why, err) < 0)
            return -1;
        if (why)
            continue;
        if (refuse_groups(r, j, err) < 0 || judge_digits(r, j, known, err) < 0 || bz_reader_remark(r, j, known, err) < 0)
            return -1;
        inputs++;
    }
    if (inputs > 0 &&
        (bz_reader_remark_more(r, err) < 0 || bz_reader_remark_names(r, err) < 0 || bz_reader_remark_rows(r, err) < 0))
        return -1;
    return inputs > 0 || r->t->rows == 0 ? 0 : refuse_nothing_left(r, err);
}

/* Where pandas and R write the names of rows. */
static bool is_corner(const struct bz_reader *r)
{
    size_t named = 1;
    while (named < r->n && r->columns[named].name[0])
        named++;
    return r->t->layout.header && r->n > 1 && named == r->n && !r->columns[0].name[0];
}

int bz_reader_survey(struct bz_reader *r, struct bz_error *err)
{
    for (size_t j = 0; j < r->n; j++) {
        r->columns[j].nameless_first = j == 0 && is_corner(r);
        r->columns[j].place = j < 2 && r->n >= 2 && r->n <= 4;
        r->columns[j].id_name = is_id_name(r->columns[j].name) || r->columns[j].nameless_first;
    }
    if (bz_reader_rows(r, survey_row, err) < 0 || bz_reader_refuse_totals(r, err) < 0)
        return -1;
    return r->o->columns || r->o->one_per_line ? 0 : decide(r, err);
}
