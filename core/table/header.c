/* Whether the first row of a table holds names. */
#include "layout.h"
#include "mem.h"
#include "number_text.h"
#include "stop.h"
#include "text_set.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { FEW_ROWS = 5, LONG_RUN = 4, LONG_SCALE = 6, MOST_COMPARED = 2000 };

/* The rows below the first, and how many of them count up by 1 from cell to cell, or hold the numbers of such a run in another
 * order (ranks): among rows like these, a first row that counts is just another row. */
struct rows_below {
    size_t n, runs, orders;
    size_t copies; /* of the first row */
    bool at_once;  /* the row below it is one */
    size_t even;   /* rows whose numbers, below the first row's, are evenly spaced */
    /* where the header is one name short: rows whose name would be a bare number with decimals, or a number again */
    size_t fractions, numbers;
    struct bz_text_set numbered; /* row names that are numbers */
    char *unquoted;              /* texts of the first row's cells; owned */
};

/* What is below the first cell of a column. */
struct below {
    struct bz_cell first;
    enum bz_cell_kind kind;
    double number; /* of the first cell, if it is one */
    size_t kinds[BZ_N_CELL_KINDS];
    double least, largest;
    bool whole;
    size_t again;        /* how often the first cell's text recurs */
    bool same;           /* the last cell seen is that of the first row */
    size_t quoted;       /* numbers in quotes */
    uint64_t second;     /* of the text of the second row, a hash, */
    size_t second_again; /* and how often that recurs */
    size_t seen;         /* cells */
    double last;         /* number of the column, NaN = none */
};

/* The run begins at the second cell if the first is not a number: a corner, or the index's name. */
static size_t run_start(const struct below *b, size_t n)
{
    return n > 1 && b[0].kind != BZ_CELL_NUMBER ? 1 : 0;
}

/* Whether the numbers in and below the number cells of the first row are at least three and evenly spaced. */
static bool is_even(const struct below *b, size_t n, bool first_row)
{
    double start = 0, last = 0, step = 0;
    size_t seen = 0;
    for (size_t j = 0; j < n; j++) {
        const double x = first_row ? b[j].number : b[j].last;
        if (b[j].kind != BZ_CELL_NUMBER)
            continue;
        start = seen == 0 ? x : start;
        step = seen == 1 ? x - start : step;
        if (seen > 0 && !(step != 0 && fabs(x - last - step) <= 1e-9 * (fabs(x) + fabs(step))))
            return false;
        last = x;
        seen++;
    }
    return seen > 2;
}

/* Compares the row last seen with the first one. */
static void see_run(struct rows_below *r, const struct below *b, size_t n)
{
    const size_t start = run_start(b, n);
    double sum = 0, squares = 0;
    bool run = true, copy = true;
    for (size_t j = 0; j < n; j++)
        copy = copy && b[j].same;
    r->copies += copy;
    r->at_once = r->at_once || (copy && r->n == 0);
    for (size_t j = start; j < n; j++) {
        run = run && b[j].last == b[start].last + (double)(j - start);
        sum += b[j].last - b[j].number;
        squares += b[j].last * b[j].last - b[j].number * b[j].number;
    }
    r->n++;
    r->even += is_even(b, n, false);
    r->runs += run;
    r->orders += sum == 0 && squares == 0;
}

static uint64_t hash_of(const struct bz_cell *cell)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < cell->length; i++)
        hash = (hash ^ (unsigned char)cell->text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void see(struct below *b, const struct bz_cell *cell, const struct bz_layout *l, const struct bz_spellings *gaps)
{
    double x;
    const enum bz_cell_kind kind = bz_cell_kind(cell, l->dialect.decimal, gaps, &x);
    b->last = kind == BZ_CELL_NUMBER ? x : NAN;
    b->same = cell->length == b->first.length && (cell->length == 0 || memcmp(cell->text, b->first.text, cell->length) == 0);
    b->again += b->same;
    if (b->seen++ == 0)
        b->second = hash_of(cell);
    else
        b->second_again += hash_of(cell) == b->second;
    if (kind == BZ_CELL_NUMBER) {
        const bool first = b->kinds[kind] == 0;
        b->least = first || x < b->least ? x : b->least;
        b->largest = first || x > b->largest ? x : b->largest;
        b->whole = (first || b->whole) && x == floor(x);
        b->quoted += cell->quoted;
    }
    b->kinds[kind]++;
}

/* The most common kind of the cells below, apart from gaps. */
static enum bz_cell_kind kind_below(const struct below *b)
{
    enum bz_cell_kind best = BZ_CELL_WORD;
    size_t most = 0;
    for (int k = BZ_CELL_NUMBER; k < BZ_N_CELL_KINDS; k++)
        if (b->kinds[k] > most) {
            most = b->kinds[k];
            best = (enum bz_cell_kind)k;
        }
    return best;
}

static bool is_wordlike(enum bz_cell_kind kind)
{
    return kind >= BZ_CELL_TIME;
}

static bool may_be_name(enum bz_cell_kind kind)
{
    return is_wordlike(kind) || kind == BZ_CELL_TRUTH; /* n, t, on */
}

/* Whether the numbers first, first + 1 ... are unlike the values below: outside their range, or whole over columns that are
 * not. Two numbers are little to go by: each must then be outside its own column. */
static bool is_of_another_kind(const struct below *b, size_t n, size_t rows)
{
    double least = INFINITY, largest = -INFINITY;
    bool beyond = false, all_real = true, all_outside = true;
    for (size_t j = 0; j < n; j++) {
        if (b[j].kinds[BZ_CELL_NUMBER] == 0)
            continue;
        least = fmin(least, b[j].least);
        largest = fmax(largest, b[j].largest);
        all_real = all_real && !b[j].whole;
        all_outside = all_outside && (b[j].number < b[j].least || b[j].number > b[j].largest);
    }
    for (size_t j = 0; j < n; j++)
        beyond = beyond || b[j].number < least || b[j].number > largest;
    return n > 2 ? beyond || all_real : rows >= FEW_ROWS && all_outside && (beyond || all_real);
}

/* 0, 1, 2 ... or 1, 2, 3 ... or another run of whole numbers, above values unlike them: the names that pandas gives, or years.
 * An empty cell or a word may precede them. Four or more numbers from 0 or 1 on are names above any values, such as grey
 * levels, unless the rows below are runs, too. */
static bool is_numbered(const struct below *b, size_t n, const struct rows_below *rows)
{
    const size_t start = run_start(b, n);
    if (n - start < 2 || (start == 1 && b[0].kind != BZ_CELL_GAP && b[0].again > 0))
        return false;
    const double first = b[start].number;
    for (size_t j = start; j < n; j++)
        if (b[j].kind != BZ_CELL_NUMBER || b[j].number != first + (double)(j - start) || b[j].number != floor(b[j].number))
            return false;
    if (n - start > 2 && (2 * rows->runs >= rows->n || 2 * rows->orders >= rows->n))
        return false;
    const bool usual = first == 0 || first == 1;
    return (usual && n - start >= LONG_RUN) || ((usual || n - start >= 3) && is_of_another_kind(b + start, n - start, rows->n));
}

/* What a first row of other numbers, perhaps with words among them, may be. */
enum scale { SCALE_NONE, SCALE_NAMES, SCALE_DOUBTFUL };

/* How the numbers of the first row relate to those below them, each in its own column. */
struct first_numbers {
    size_t n, words;   /* how many; words that never recur */
    bool outside;      /* outside the range of the column */
    bool apart, far;   /* by more than half of it, by more than all of it */
    bool years, whole; /* all of them */
    bool real;         /* whole numbers above ones that are not */
    bool rising, falling;
    bool run;    /* each is 1 more than the one before it */
    bool recurs; /* words below those that never recur do */
};

/* False if a word of the row recurs, or a column holds too few numbers. */
static bool compare_first(const struct below *b, size_t n, struct first_numbers *f)
{
    double last = NAN;
    *f = (struct first_numbers){0, 0, true, true, true, true, true, true, true, true, true, false};
    for (size_t j = 0; j < n; j++) {
        if (b[j].kind != BZ_CELL_NUMBER) {
            if (b[j].kind != BZ_CELL_GAP && (!may_be_name(b[j].kind) || b[j].again > 0))
                return false;
            f->words++;
            f->recurs = f->recurs || (b[j].kind != BZ_CELL_GAP && b[j].second_again > 1);
            continue;
        }
        const double x = b[j].number, range = b[j].largest - b[j].least, off = fmax(b[j].least - x, x - b[j].largest);
        if (b[j].kinds[BZ_CELL_NUMBER] < FEW_ROWS)
            return false;
        f->outside = f->outside && off > 0;
        f->apart = f->apart && off > range / 2;
        f->far = f->far && range > 0 && off > range;
        f->whole = f->whole && x == floor(x);
        f->years = f->years && x == floor(x) && x >= 1500 && x < 2200;
        f->real = f->real && x == floor(x) && !b[j].whole;
        f->rising = f->rising && !(x <= last);
        f->falling = f->falling && !(x >= last);
        f->run = f->run && (isnan(last) || x == last + 1);
        last = x;
        f->n++;
    }
    return f->n > 0;
}

/* Whether the numbers of the first row are all different. */
static bool all_differ(const struct below *b, size_t n)
{
    for (size_t j = 1; j < n && n <= MOST_COMPARED; j++)
        for (size_t k = 0; k < j; k++)
            if (b[j].kind == BZ_CELL_NUMBER && b[k].kind == BZ_CELL_NUMBER && b[j].number == b[k].number)
                return false;
    return true;
}

/* Years, wavelengths, doses, item numbers as names: evenly spaced, and outside the range of their columns - or many, or years.
 * A few without a word beside them may as well be the first values of a running sum. Numbers that are far outside and all
 * different, or years that are, consecutive or beside words that never recur, may be names, too; so may a count beside a word
 * that never recurs where those below do. */
static enum scale look_at_scale(const struct below *b, size_t n, const struct rows_below *rows)
{
    struct first_numbers f;
    if (!compare_first(b, n, &f))
        return SCALE_NONE;
    const bool even = is_even(b, n, true) && 4 * rows->even < rows->n, ordered = f.rising || f.falling;
    if (even && (f.outside || f.real || f.years || f.n >= LONG_SCALE))
        return f.words > 0 || f.n >= LONG_SCALE || (f.years && f.far) ? SCALE_NAMES : SCALE_DOUBTFUL;
    const bool names = (f.n > 2 && (ordered || (f.whole && all_differ(b, n)))) ||
                       (f.years && (f.words > 0 || (n == 2 && fabs(b[1].number - b[0].number) == 1)));
    const bool counted = f.n > 1 && f.run && f.whole && f.recurs; /* 1, 2, kind */
    return (f.far && names) || (f.apart && ordered && f.words > 0 && f.n >= LONG_RUN) || counted ? SCALE_DOUBTFUL : SCALE_NONE;
}

/* Words that only ever occur together, all of them each time. */
static bool is_copied(const struct below *b, size_t n, const struct rows_below *rows)
{
    for (size_t j = 0; j < n; j++)
        if (!may_be_name(b[j].kind) || b[j].again != rows->copies)
            return false;
    return n > 1 && rows->n >= FEW_ROWS && !rows->at_once && rows->copies > 0 && rows->copies * 2 < rows->n;
}

static int refuse_copies(const struct bz_layout *l, size_t copies, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: line %zu is repeated (%zu times), and its words occur nowhere else: headers of concatenated tables? "
                   "Remove the copies; --header none takes them as values",
                   l->path, l->line, copies);
}

static int refuse_size(const struct bz_layout *l, const struct below *b, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: line %zu: %.0f and 2 are the numbers of rows and columns that follow (as gretl writes them)? Remove "
                   "the line; --header none takes it as values",
                   l->path, l->line, b[0].number);
}

static int refuse_doubtful(const struct bz_layout *l, const struct below *b, size_t n, struct bz_error *err)
{
    size_t j = 0;
    while (j + 1 < n && b[j].kind != BZ_CELL_NUMBER)
        j++;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: line %zu: its numbers are unlike those below (%.9g in column %zu, from %.9g to %.9g below) or evenly "
                   "spaced: names or values? --header first or --header none says which",
                   l->path, l->line, b[j].number, j + 1, b[j].least, b[j].largest);
}

/* Two numbers: how many rows follow, and 2, the cells in each. */
static bool is_size(const struct bz_layout *l, const struct below *b, size_t n, size_t rows)
{
    if (n != 2 || b[0].kind != BZ_CELL_NUMBER || b[1].kind != BZ_CELL_NUMBER || b[1].number != 2 || rows < 2)
        return false;
    if (rows < BZ_LINES_LOOKED_AT)
        return b[0].number == (double)rows;
    size_t ends = 0;
    const char *asked = l->rows;
    for (const char *p = l->rows; p < l->end && !bz_stopping_at(&asked, p); p++)
        ends += *p == l->dialect.line_end;
    return fabs(b[0].number - (double)ends) <= 1; /* the last line may have no line feed */
}

/* Numbers in quotes, as all of the first row are, above numbers without: names of columns, as R and others write them. */
static bool is_quoted(const struct below *b, size_t n)
{
    size_t numbers = 0;
    for (size_t j = 0; j < n; j++) {
        const bool name = b[j].first.quoted || b[j].first.length == 0;
        if (!name || (b[j].kind == BZ_CELL_NUMBER && b[j].quoted > 0))
            return false;
        numbers += b[j].kind == BZ_CELL_NUMBER && b[j].kinds[BZ_CELL_NUMBER] > 0;
    }
    return numbers > 0;
}

/* A row of words is a header if it is above numbers, or if none of its words recurs. */
static bool is_words(const struct below *b, size_t n, size_t rows, bool one_per_line)
{
    size_t filled = 0, over = 0, again = 0, names = 0;
    for (size_t j = 0; j < n; j++) {
        if (b[j].kind == BZ_CELL_NUMBER || b[j].kind == BZ_CELL_INFINITE)
            return false;
        filled += b[j].kind != BZ_CELL_GAP;
        names += may_be_name(b[j].kind);
        const enum bz_cell_kind below = kind_below(&b[j]);
        const bool value = below == BZ_CELL_TRUTH && b[j].again > 0; /* standby among on and off */
        over +=
            (is_wordlike(b[j].kind) && !is_wordlike(below) && !value) || (b[j].kind == BZ_CELL_WORD && below == BZ_CELL_TIME);
        again += b[j].again > 0 && b[j].kind != BZ_CELL_GAP;
    }
    if (filled == 0 || names == 0)
        return false;
    if (over > 0)
        return true;
    return !one_per_line && rows > 0 && again == 0;
}

/* What would be the name of a row. R gives rows drawn twice names such as 5.1, in quotes. */
static int see_row_name(struct rows_below *rows, const struct bz_cell *cell, const struct bz_layout *l,
                        const struct bz_layout_options *o, struct bz_error *err)
{
    double x;
    uint32_t number;
    if (bz_cell_kind(cell, l->dialect.decimal, o->gaps, &x) != BZ_CELL_NUMBER)
        return 0;
    rows->fractions += x != floor(x) && !cell->quoted;
    rows->numbers++;
    return bz_text_set_add(&rows->numbered, cell->text, cell->length, BZ_LINES_LOOKED_AT, &number, err);
}

/* Reads the rows below the first; *rows how many. */
static int look_below(const struct bz_layout *l, const struct bz_layout_options *o, struct below *b, size_t n,
                      struct rows_below *rows, struct bz_error *err)
{
    struct bz_cells c, after;
    size_t got_n, line, shift = 0;
    struct bz_cell *cells = bz_alloc(l->fields + 1, sizeof(*cells), err);
    int got = cells ? 0 : -1;
    bz_cells_start(&c, l->path, l->rows, (size_t)(l->sample - l->rows), &l->dialect, l->line);
    if (cells && (got = bz_cells_row(&c, cells, l->fields, &got_n, &line, err)) > 0)
        for (size_t j = 0; j < n && j < got_n; j++) {
            b[j].first = cells[j];
            b[j].kind = bz_cell_kind(&cells[j], l->dialect.decimal, o->gaps, &b[j].number);
        }
    /* The first row's texts must stay valid: another scanner, with its own buffer, continues. */
    after = c;
    after.unquoted = NULL;
    shift = l->row_names;
    while (got > 0 && rows->n < BZ_LINES_LOOKED_AT && (got = bz_cells_row(&after, cells, l->fields, &got_n, &line, err)) > 0) {
        for (size_t j = 0; j < n && j + shift < got_n && j + shift < l->fields; j++)
            see(&b[j], &cells[j + shift], l, o->gaps);
        if (shift && got_n > 0 && see_row_name(rows, &cells[0], l, o, err) < 0)
            got = -1;
        see_run(rows, b, n);
    }
    bz_cells_free(&after);
    rows->unquoted = c.unquoted;
    bz_free(cells);
    return got < 0 ? -1 : 0;
}

/* The words of the comment line between such separators; 0 = none. */
static size_t comment_words(const struct bz_layout *l, char separator)
{
    struct bz_dialect d = l->dialect;
    struct bz_cells c;
    size_t n = 0, line;
    d.separator = separator;
    bz_cells_start(&c, l->path, l->comment, l->comment_length, &d, 1);
    const bool words = l->comment && l->comment_length > 0 && bz_cells_row(&c, NULL, 0, &n, &line, NULL) == 1;
    bz_cells_free(&c);
    return words ? n : 0;
}

static bool opens(char c)
{
    return c == '(' || c == '[';
}

/* "age", "height [cm]": not a number, nor a part of a sentence. */
static bool is_name(const struct bz_cell *c)
{
    size_t n = 0;
    while (n < c->length && c->text[n] != ' ' && !opens(c->text[n]))
        n++;
    const bool blank = n < c->length && c->text[n] == ' ';
    return n > 0 && !isdigit((unsigned char)c->text[0]) && (!blank || (n + 1 < c->length && opens(c->text[n + 1])));
}

/* Whether the words of the comment line between such separators, as many as a row has cells, are names. */
static bool comment_names(const struct bz_layout *l, char separator)
{
    struct bz_dialect d = l->dialect;
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(l->fields, sizeof(*cells), NULL);
    size_t n = 0, line;
    d.separator = separator;
    bz_cells_start(&c, l->path, l->comment, l->comment_length, &d, 1);
    bool names = cells && bz_cells_row(&c, cells, l->fields, &n, &line, NULL) == 1;
    for (size_t j = 0; j < l->fields; j++)
        names = names && is_name(&cells[j]);
    bz_cells_free(&c);
    bz_free(cells);
    return names;
}

/* A comment line with as many words as a row has cells; # may be the first of them, or precede them and a separator. They may
 * have a separator of their own, unless they are as likely a sentence; between blanks they are. */
void bz_find_comment(struct bz_layout *l)
{
    const char own = l->dialect.separator, others[] = ",;\t| ";
    const size_t n = comment_words(l, own);
    const bool marked = n > 0 && own != ' ' && l->comment[0] == own;
    l->comment_separator = own;
    if (n == l->fields || (marked && n == l->fields + 1)) {
        l->comment += !marked ? 0 : n == l->fields ? -1 : 1;
        l->comment_length += !marked ? 0 : n == l->fields ? 1 : (size_t)-1;
        return;
    }
    for (const char *s = others; *s && l->fields > 1; s++)
        if (*s != own && comment_words(l, *s) == l->fields) {
            l->comment_separator = *s;
            if (*s != ' ' && comment_names(l, *s))
                return;
            l->doubted = l->comment;
            l->doubted_length = l->comment_length;
        }
    l->comment = NULL;
    l->comment_length = 0;
}

int bz_find_header(struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err)
{
    const size_t n = l->fields - l->row_names;
    struct rows_below rows = {0};
    size_t known = 0;
    if (o->header == BZ_HEADER_NONE || l->dialect.bits > 0) {
        l->header = false;
        l->comment = NULL;
        l->row_names = false;
        return 0;
    }
    struct below *b = bz_alloc(n, sizeof(*b), err);
    if (!b)
        return -1;
    int rc = look_below(l, o, b, n, &rows, err);
    for (size_t j = 0; rc == 0 && o->is_name && j < n; j++)
        known += o->is_name(o->arg, &b[j].first);
    if (rc == 0) {
        l->row_names = l->row_names && rows.fractions == 0 && rows.numbered.n == rows.numbers;
        for (size_t j = 0; j < n && l->row_names; j++) /* a row cut short is not a header */
            l->row_names = b[j].kind != BZ_CELL_NUMBER && b[j].kind != BZ_CELL_INFINITE && b[j].kind != BZ_CELL_GAP;
        l->numeric_header = !o->one_per_line && rows.n > 0 && (is_numbered(b, n, &rows) || is_quoted(b, n));
        l->header = o->header == BZ_HEADER_FIRST || l->row_names || (known > 0 && known * 2 >= n) || l->numeric_header ||
                    is_words(b, n, rows.n, o->one_per_line);
        const bool open = !l->header && !l->comment && !o->one_per_line;
        const enum scale scale = open ? look_at_scale(b, n, &rows) : SCALE_NONE;
        l->header = l->header || scale == SCALE_NAMES;
        l->numeric_header = l->numeric_header || scale == SCALE_NAMES;
        rc = open && is_size(l, b, n, rows.n) ? refuse_size(l, b, err)
             : scale == SCALE_DOUBTFUL        ? refuse_doubtful(l, b, n, err)
             : open && is_copied(b, n, &rows) ? refuse_copies(l, rows.copies, err)
                                              : 0;
        if (l->header)
            l->comment = NULL;
    }
    bz_text_set_free(&rows.numbered);
    bz_free_all(rows.unquoted, b);
    return rc;
}
