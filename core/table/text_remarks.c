/* What is strange about a table's columns, said before it is used. */
#include "mem.h"
#include "number_text.h"
#include "text_reader.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_AT_LEAST = 20, NAMED = 5 }; /* rows from which on words that differ are names */

/* -999 or -1 in several rows, where nothing else is below 0. */
static bool is_below_zero(const struct bz_reader_column *c)
{
    enum { MANY = 10, SHARE = 20 };
    const size_t n = c->count[BZ_CELL_NUMBER];
    if (c->least == -1) /* not the coldest of some degrees */
        return c->above_least > 0 && c->largest >= MANY && c->n_least > 2 && c->n_least * SHARE >= n && c->n_least < n;
    return c->least < 0 && bz_is_gap_number(c->least) && c->n_least > 1 && c->above_least >= 0;
}

/* A number that recurs far from all others, and usually stands for a missing value. */
static int say_mark(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const bool low = bz_is_gap_number(c->least) && c->n_least > 1 && c->above_least - c->least > c->largest - c->above_least,
               high = bz_is_gap_number(c->largest) && c->n_largest > 1 &&
                      c->largest - c->below_largest > c->below_largest - c->least;
    const double mark = low ? c->least : c->largest;
    char text[96];
    const bool minus = c->least == -1 && c->above_least == 0 && c->largest == 2,
               nine = c->largest == 9 && c->below_largest == 2 && c->least == 0;
    if (c->kind == BZ_COLUMN_NUMBER && c->whole && (minus || nine))
        return bz_reader_say(
            r->t, err, "%s: %d in %zu rows, beside 0, 1 and 2: a genotype that is missing? --na-values takes it so",
            bz_reader_column_text(r, j, text, sizeof(text)), minus ? -1 : 9, minus ? c->n_least : c->n_largest);
    const double answers = c->below_marks - c->least;
    if (c->kind == BZ_COLUMN_NUMBER && c->whole && !high && c->largest >= 95 && c->largest > c->below_marks && c->least >= 0 &&
        answers <= 20 && c->largest - c->below_marks > 3 * answers && c->largest - c->below_largest <= 4)
        return bz_reader_say(r->t, err,
                             "%s: %.9g and %.9g, far from all others (%.9g to %.9g): do they stand for missing answers? "
                             "--na-values takes them so",
                             bz_reader_column_text(r, j, text, sizeof(text)), c->below_largest, c->largest, c->least,
                             c->below_marks);
    if (c->kind == BZ_COLUMN_NUMBER && !low && !high && is_below_zero(c))
        return bz_reader_say(
            r->t, err,
            "%s: %.9g in %zu rows, and nothing else below 0 (%.9g to %.9g): does it stand for a missing value? "
            "--na-values takes it so",
            bz_reader_column_text(r, j, text, sizeof(text)), c->least, c->n_least, c->above_least, c->largest);
    if (c->kind != BZ_COLUMN_NUMBER || (!low && !high))
        return 0;
    return bz_reader_say(r->t, err,
                         "%s: %.9g in %zu rows, far from all others (%.9g to %.9g): does it stand for a missing value? "
                         "--na-values takes it so",
                         bz_reader_column_text(r, j, text, sizeof(text)), mark, low ? c->n_least : c->n_largest,
                         low ? c->above_least : c->least, low ? c->largest : c->below_largest);
}

static int say_marks(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const size_t before = r->t->n_said;
    if (say_mark(r, j, err) < 0)
        return -1;
    if (r->t->n_said > before && r->marks++ >= NAMED)
        bz_free(r->t->said[--r->t->n_said]);
    return 0;
}

/* Columns whose differences are lost in the 24 bits of a float. */
static int say_coarse(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const double most = fmax(fabs(c->least), fabs(c->largest)), spread = c->largest - c->least;
    char text[96];
    if (c->kind != BZ_COLUMN_NUMBER || !(spread > 0) || most * 0x1p-24 < spread * 1e-3)
        return 0;
    return bz_reader_say(r->t, err,
                         "%s: from %.17g to %.17g: a float32 tells such numbers apart only in steps of %.3g; subtract "
                         "%.17g before training and use",
                         bz_reader_column_text(r, j, text, sizeof(text)), c->least, c->largest, most * 0x1p-23,
                         floor(c->least));
}

/* The text without what the eye does not tell apart: case, kinds of blanks, signs without width. Returns its length; 0 = it
 * does not fit. */
static size_t fold(const char *text, char *out, size_t room)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        if (n == room)
            return 0;
        const bool zero_width = p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x8b && p[2] <= 0x8f,
                   mark = p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf, hard = p[0] == 0xc2 && p[1] == 0xa0,
                   thin = p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xaf || p[2] == 0x89);
        if (!zero_width && !mark && !((hard || thin || *p == ' ') && n > 0 && out[n - 1] == ' '))
            out[n++] = hard || thin ? ' ' : (char)tolower(*p);
        p += zero_width || mark || thin ? 3 : hard ? 2 : 1;
    }
    return n;
}

/* Categories that differ in case or blanks alone are different ones; two of them are named. */
static int say_alike(struct bz_reader *r, size_t j, struct bz_error *err)
{
    enum { ROOM = 200, MOST = 1000 };
    const struct bz_text_set *words = &r->columns[j].words;
    struct bz_text_set seen = {0};
    char folded[ROOM], text[96];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < words->n && words->n <= MOST && r->t->rows >= words->n; i++) {
        uint32_t number;
        const size_t length = fold(words->names[i], folded, ROOM);
        rc = bz_text_set_add(&seen, length ? folded : words->names[i], length ? length : strlen(words->names[i]), MOST + 1,
                             &number, err);
        if (rc == 0 && number < i && seen.n == i) {
            rc = bz_reader_say(r->t, err, "%s: '%.40s' and '%.40s' differ only in case or blanks, and are two categories",
                               bz_reader_column_text(r, j, text, sizeof(text)), words->names[number], words->names[i]);
            break;
        }
    }
    bz_text_set_free(&seen);
    return rc;
}

/* North, then gaps, then South and gaps: cells that were merged. */
static int say_merged(struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    enum { ROWS = 10 };
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (c->begins != BZ_CELL_WORD || c->words_full || c->words.n != known || known < 2 || 3 * known > r->t->rows ||
        r->t->rows < ROWS)
        return 0;
    return bz_reader_say(
        r->t, err,
        "%s: %zu words, each in one row with gaps below: if they were merged cells, where a word goes for the rows below it, "
        "too, fill them down",
        bz_reader_column_text(r, j, text, sizeof(text)), known);
}

/* -999 among words. */
static int say_number(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const size_t n = c->count[BZ_CELL_NUMBER];
    char text[96];
    if (n == 0 || c->decided || c->count[BZ_CELL_WORD] < n || c->least != c->largest ||
        !(c->least == -1 || bz_is_gap_number(c->least)))
        return 0;
    return bz_reader_say(
        r->t, err, "%s: %.9g in %zu rows, the only number among words, is taken as a category; --na-values takes it as a gap",
        bz_reader_column_text(r, j, text, sizeof(text)), c->least, n);
}

/* Words that stand for a missing value among numbers are categories among words. */
static int say_gap_words(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const size_t n = c->count[BZ_CELL_GAP_OR_WORD];
    char text[96];
    if (n == 0 || r->o->gap_words.n > 0 || r->gap_words++ >= NAMED)
        return 0;
    return bz_reader_say(r->t, err,
                         n == 1 ? "%s: %zu cell, '%s', is taken as a category; --na-values '%s' takes it as a gap"
                                : "%s: %zu cells such as '%s' are taken as categories; --na-values '%s' takes them as gaps",
                         bz_reader_column_text(r, j, text, sizeof(text)), n, c->gap_word, c->gap_word);
}

bool bz_reader_quoted(const struct bz_reader *r, size_t j)
{
    const struct bz_reader_column *c = &r->columns[j];
    bool bare = false;
    for (size_t i = 0; i < r->n; i++)
        bare = bare || (r->columns[i].role == BZ_USE_INPUT && r->columns[i].quoted < r->columns[i].count[BZ_CELL_NUMBER]);
    return bare && c->quoted > 0 && c->quoted == c->count[BZ_CELL_NUMBER];
}

/* R quotes the codes of factors, and leaves numbers as they are. */
static int say_quoted(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (!bz_reader_quoted(r, j) || c->kind != BZ_COLUMN_NUMBER || c->decided || !c->whole || !(c->least < c->largest))
        return 0;
    return bz_reader_say(
        r->t, err, "%s: numbers in quotes, where others have none: codes, as of a factor in R? --categorical takes them so",
        bz_reader_column_text(r, j, text, sizeof(text)));
}

/* An identifier that recurs is no running number, but hardly a measurement. */
static int say_id(struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (c->kind == BZ_COLUMN_NUMBER && c->whole && !c->kept && !c->exponents && c->least < c->largest &&
        fmax(fabs(c->least), fabs(c->largest)) >= 0x1p53)
        return bz_reader_say(r->t, err, "%s: whole numbers of more than 15 digits: identifiers? --exclude leaves them out",
                             bz_reader_column_text(r, j, text, sizeof(text)));
    if (!c->id_name || c->kind != BZ_COLUMN_NUMBER || c->kept || c->decided || !c->whole)
        return 0;
    return bz_reader_say(r->t, err,
                         c->nameless_first
                             ? "%s alone has no name, and its numbers are taken as values: --exclude 1 leaves them out"
                             : "%s is called an identifier, and its numbers are taken as values: --exclude leaves them out",
                         bz_reader_column_text(r, j, text, sizeof(text)));
}

int bz_reader_remark(struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const bool words = c->kind == BZ_COLUMN_CATEGORY;
    const size_t digits = c->count[BZ_CELL_NUMBER] + c->count[BZ_CELL_INFINITE];
    char text[96];
    bz_reader_column_text(r, j, text, sizeof(text));
    if (known < r->t->rows &&
        (words ? c->words.n == 1 && digits == 0 : c->count[BZ_CELL_NUMBER] == known && c->least == c->largest) && known > 0) {
        char number[32];
        snprintf(number, sizeof(number), "%.9g", c->least);
        return bz_reader_say(r->t, err, "%s holds one value (%.40s) and gaps only: is false written as nothing?", text,
                             words ? c->words.names[0] : number);
    }
    if ((words && (say_merged(r, j, known, err) < 0 || say_alike(r, j, err) < 0 || say_gap_words(r, j, err) < 0 ||
                   say_number(r, j, err) < 0 || bz_reader_remark_words(r, j, known, err) < 0)) ||
        say_id(r, j, err) < 0)
        return -1;
    if (words && !c->kept && known >= WORDS_AT_LEAST && c->words.n * 2 > known)
        return bz_reader_say(r->t, err,
                             "warning: %s holds %zu different words in %zu rows, so most have a single row to be learned from; "
                             "--exclude leaves the column out, --include keeps it",
                             text, c->words.n, known);
    if (!words && known == r->t->rows && known > 1 && c->count[BZ_CELL_NUMBER] == known && c->least == c->largest)
        return r->constant++ >= NAMED ? 0 : bz_reader_say(r->t, err, "%s is the same in every row (%.9g)", text, c->least);
    return say_quoted(r, j, err) < 0 || say_marks(r, j, err) < 0 ? -1 : say_coarse(r, j, err);
}

int bz_reader_remark_more(struct bz_reader *r, struct bz_error *err)
{
    const struct {
        size_t n;
        const char *what;
    } kinds[] = {{r->constant, "of one value in every row"},
                 {r->gap_words, "with words that may stand for gaps"},
                 {r->marks, "with numbers that may stand for gaps"}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t more = kinds[i].n > NAMED ? kinds[i].n - NAMED : 0;
        if (more && bz_reader_say(r->t, err, "and %zu more column%s %s", more, more == 1 ? "" : "s", kinds[i].what) < 0)
            return -1;
    }
    return 0;
}

/* A second line of names: what it holds in columns of words occurs in none of the rows below, whose words recur. Above numbers
 * it is refused. */
int bz_reader_remark_names(struct bz_reader *r, struct bz_error *err)
{
    enum { ROWS = 10, COLUMNS = 2, AGAIN = 3 };
    size_t columns = 0, shown = 0;
    char text[96];
    for (size_t j = 0; j < r->n; j++) {
        const struct bz_reader_column *c = &r->columns[j];
        if (c->role != BZ_USE_INPUT)
            continue;
        if (c->kind != BZ_COLUMN_CATEGORY || c->decided || c->begins != BZ_CELL_WORD || c->as_first != 1 || c->words_full ||
            c->words.n * AGAIN > r->t->rows)
            return 0;
        shown = columns++ == 0 ? j : shown;
    }
    if (columns < COLUMNS || r->t->rows < ROWS || !r->t->layout.header)
        return 0;
    const char *word = r->columns[shown].words.names[0];
    return bz_reader_say(r->t, err,
                         "warning: the words of row 1 ('%.40s' in %s) occur in no other row: a second line of names? --where "
                         "'%.40s!=%.40s' leaves it out",
                         word, bz_reader_column_text(r, shown, text, sizeof(text)), r->columns[shown].name, word);
}
