/* What the words of a column are made of: numbers with something behind, bounds, pairs of numbers, sequences, answers. */
#include "cell_dress.h"
#include "cell_time.h"
#include "mem.h"
#include "number_text.h"
#include "text_reader.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_BEHIND = 5, SEQUENCE_AT_LEAST = 12 }; /* bytes behind a number; letters of a sequence */

/* How many bytes from the start are a number. */
static size_t number_length(const struct bz_cell *cell)
{
    size_t n = 0;
    double x;
    while (n < cell->length && n < 40 && strchr("+-0123456789.,eE", cell->text[n]))
        n++;
    while (n > 0 && bz_parse_number(cell->text, n, &x) < 0)
        n--;
    return n;
}

/* Letters behind numbers that are units, not parts of names: 101A, 12b. */
static bool is_unit(const char *text, size_t length)
{
    static const char *const units[] = {"kg",   "mg",  "ug",  "µg",  "ml",   "dl",  "cm",   "mm",   "nm",  "µm",   "km",
                                        "km/h", "kmh", "mph", "ms",  "ns",   "kb",  "mb",   "gb",   "tb",  "kib",  "mib",
                                        "gib",  "hz",  "khz", "mhz", "ghz",  "kw",  "kwh",  "hp",   "bhp", "hpa",  "kpa",
                                        "psi",  "px",  "pt",  "min", "mins", "sec", "secs", "hr",   "hrs", "day",  "yr",
                                        "days", "yrs", "cc",  "ft",  "lb",   "lbs", "oz",   "kcal", "rpm", "mmhg", "nits"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strlen(units[i]) == length && strncasecmp(units[i], text, length) == 0)
            return true;
    return false;
}

/* What makes a number larger, or marks it: 59.0M, 1.5**; not the letters of names: 2.14b, 1.0rc1. */
static bool is_measure(const char *text, size_t length)
{
    static const char *const powers[] = {"k", "m", "g", "t", "b", "n", "u", "bn", "mn", "tn", "mio", "mrd", "h", "s", "d"};
    size_t signs = 0;
    while (length > 0 && text[0] == ' ')
        text++, length--;
    while (signs < length && !isalnum((unsigned char)text[signs]))
        signs++;
    for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++)
        if (strlen(powers[i]) == length && strncasecmp(powers[i], text, length) == 0)
            return true;
    return (signs == length && length <= LONGEST_BEHIND) || is_unit(text, length);
}

/* A number followed by letters or signs, the same in every cell: a unit of measurement. */
static void see_suffix(struct bz_reader_column *c, const struct bz_cell *cell)
{
    const size_t n = number_length(cell);
    const char *rest = cell->text + n;
    const size_t length = cell->length - n;
    if (n == 0 || length == 0 || length > sizeof(c->suffix) || strchr("-_/:.,|", rest[0]))
        return;
    c->measured += is_measure(rest, length);
    if (c->count[BZ_CELL_WORD] == 0) {
        memcpy(c->suffix, rest, length);
        c->suffix_length = length;
    }
    c->suffix_fraction = c->suffix_fraction || memchr(cell->text, '.', n) || memchr(cell->text, ',', n);
    c->suffixed += length == c->suffix_length && memcmp(c->suffix, rest, length) == 0;
}

/* <0.5, >= 90, ≤ 3, ~5, 65+ */
static bool is_bound(const struct bz_cell *cell, double *number)
{
    static const char *const signs[] = {"<", ">", "=", "~", " ", "≤", "≥"};
    struct bz_cell c = *cell;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]);) {
        const size_t n = strlen(signs[i]);
        const bool found = c.length > n && memcmp(c.text, signs[i], n) == 0;
        c.text += found ? n : 0;
        c.length -= found ? n : 0;
        i = found ? 0 : i + 1;
    }
    const bool more = c.length == cell->length && c.length > 1 && c.text[c.length - 1] == '+';
    return (more || c.length < cell->length) && bz_parse_number(c.text, c.length - more, number) == 0;
}

/* 120/80, 1.5-2.5, 1920x1080: not the digits of telephones. */
static bool is_pair(const struct bz_cell *cell)
{
    enum { FEW_DIGITS = 4 };
    const char *const end = cell->text + cell->length;
    size_t at = cell->length > 0 && cell->text[0] == '-';
    double x;
    while (at < cell->length && (isdigit((unsigned char)cell->text[at]) || cell->text[at] == '.'))
        at++;
    const size_t first = at;
    while (at < cell->length && cell->text[at] == ' ')
        at++;
    const bool cross = cell->length - at > 2 && memcmp(cell->text + at, "×", 2) == 0;
    if (at == cell->length || (!strchr("-/x:", cell->text[at]) && !cross))
        return false;
    at += cross ? 2 : 1;
    while (at < cell->length && cell->text[at] == ' ')
        at++;
    const char *second = cell->text + at;
    return first > 0 && first <= FEW_DIGITS && end - second > 0 && end - second <= FEW_DIGITS + 1 &&
           isdigit((unsigned char)second[0]) && bz_parse_number(cell->text, first, &x) == 0 &&
           bz_parse_number(second, (size_t)(end - second), &x) == 0;
}

/* Letters and gaps alone, in one case. */
static bool is_sequence(const struct bz_cell *cell)
{
    bool upper = false, lower = false;
    for (size_t i = 0; i < cell->length; i++) {
        const unsigned char c = (unsigned char)cell->text[i];
        upper = upper || isupper(c);
        lower = lower || islower(c);
        if (!isupper(c) && !islower(c) && !strchr("-.*", c))
            return false;
    }
    return cell->length >= SEQUENCE_AT_LEAST && upper != lower;
}

void bz_reader_see_word(struct bz_reader_column *c, const struct bz_cell *cell)
{
    const bool first = c->count[BZ_CELL_WORD] == 0;
    double bound;
    see_suffix(c, cell);
    c->bounds += is_bound(cell, &bound);
    c->ranges += bz_cell_is_half_open(cell);
    c->pairs += is_pair(cell);
    c->durations += bz_cell_is_duration(cell);
    c->sequence = is_sequence(cell) && (first || c->sequence == cell->length) ? cell->length : 0;
}

/* 7 / 10: as quizzes count points. */
static bool is_share(const struct bz_reader_column *c)
{
    size_t n = 0;
    while (n < c->suffix_length &&
           (c->suffix[n] == ' ' || (c->suffix[n] >= '0' && c->suffix[n] <= '9') || (n == 1 && c->suffix[n] == '/')))
        n++;
    return n == c->suffix_length && n > 3 && c->suffix[0] == ' ' && c->suffix[1] == '/' && c->suffix[2] == ' ';
}

/* Numbers followed by a unit, most of them different: neither identifiers nor categories. */
static int refuse_suffix(const struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (c->kind != BZ_COLUMN_CATEGORY || c->decided || c->suffixed != known || known < 3 ||
        (!is_share(c) &&
         ((!c->words_full && c->words.n * 2 <= known) ||
          (!c->suffix_fraction && isalpha((unsigned char)c->suffix[0]) && !is_unit(c->suffix, c->suffix_length)))))
        return 0; /* 101A, 102A ... are names */
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: %s: numbers with '%.*s' behind each ('%.40s' is one); expected plain numbers (remove it, or leave the "
                   "column out: --exclude)",
                   r->path, bz_reader_column_text(r, j, text, sizeof(text)), (int)c->suffix_length, c->suffix,
                   c->words.n ? c->words.names[0] : "");
}

/* 0, 1, 2, 3+: a few groups, those at the ends open. */
static bool are_groups(const struct bz_reader_column *c)
{
    enum { MOST_GROUPS = 12 };
    double least = c->least, largest = c->largest, x;
    for (size_t i = 0; i < c->words.n; i++) {
        const struct bz_cell cell = {c->words.names[i], strlen(c->words.names[i]), false};
        if (!is_bound(&cell, &x) || x != floor(x) || (x > c->least && x < c->largest))
            return false;
        least = fmin(least, x);
        largest = fmax(largest, x);
    }
    return c->whole && !c->words_full && largest - least + (double)c->words.n < MOST_GROUPS;
}

/* <0.5 beside 0.7: where most cells are bounds the column is neither of numbers nor of categories. */
static int refuse_bounds(const struct bz_reader *r, size_t j, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (c->kind != BZ_COLUMN_CATEGORY || c->decided || c->bounds == 0 || c->bounds < c->count[BZ_CELL_WORD] ||
        c->count[BZ_CELL_NUMBER] == 0 || !(c->least < c->largest) || are_groups(c))
        return 0;
    const char *name = r->columns[j].name[0] ? r->columns[j].name : NULL;
    char number[24];
    snprintf(number, sizeof(number), "%zu", j + 1);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: %s: bounds ('%.40s') among plain numbers; expected plain numbers (a limit of detection is often "
                   "replaced by its half; for a gap: --na-values '%.40s'; for categories: --categorical %.64s)",
                   r->path, bz_reader_column_text(r, j, text, sizeof(text)), c->words.names[0], c->words.names[0],
                   name ? name : number);
}

/* 59.0M, 12k: numbers with one thing or another behind, most of them different. */
static int refuse_measured(const struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    const size_t words = c->count[BZ_CELL_WORD];
    char text[96];
    if (c->kind != BZ_COLUMN_CATEGORY || c->decided || !c->suffix_fraction || c->measured < words ||
        words + c->count[BZ_CELL_NUMBER] != known || words < 3 || (!c->words_full && c->words.n * 2 <= words))
        return 0;
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: %s: numbers with letters or signs behind them ('%.40s' is one); expected plain numbers (convert them, or "
        "leave the column out: --exclude)",
        r->path, bz_reader_column_text(r, j, text, sizeof(text)), c->words.n ? c->words.names[0] : "");
}

int bz_reader_refuse_words(const struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    return refuse_suffix(r, j, known, err) < 0 || refuse_bounds(r, j, err) < 0 ? -1 : refuse_measured(r, j, known, err);
}

/* Most words are several in small letters: captions, not names or addresses. */
static bool are_texts(const struct bz_text_set *words)
{
    size_t texts = 0, parts = 0, small = 0;
    for (size_t k = 0; k < words->n; k++) {
        size_t blanks = 0;
        for (const char *at = words->names[k]; *at; at++) {
            const bool begins = at == words->names[k] || at[-1] == ' ';
            blanks += *at == ' ';
            parts += begins;
            small += begins && *at >= 'a' && *at <= 'z';
        }
        texts += blanks >= 2;
    }
    return 2 * texts > words->n && 2 * small > parts;
}

const char *bz_reader_words_alike(const struct bz_reader_column *c, size_t known)
{
    if (c->bounds == known)
        return "bounds such as <0.5, different in every row: expected numbers (half of a limit of detection, say); --include "
               "keeps them as categories";
    if (c->durations == known)
        return "durations: expected numbers (seconds, say); --include keeps them as categories";
    if (c->pairs == known)
        return "two numbers in each cell: expected a column for each; --include keeps them as categories";
    if (c->sequence > 0 && c->count[BZ_CELL_WORD] == known)
        return "sequences, as long in every row: aligned FASTA has their positions learned; --include keeps them as categories";
    if (are_texts(&c->words)) /* the first 60 characters are part of errors */
        return "texts: expected a column for each word (CountVectorizer); --include keeps them as categories";
    return "identifiers: a different word in every row; --include keeps them";
}

/* How many different parts the words have between separators; *split counts the words with more than one. */
static size_t count_parts(const struct bz_text_set *words, const char *separator, size_t *split, struct bz_error *err)
{
    const size_t width = strlen(separator);
    struct bz_text_set parts = {0};
    uint32_t number;
    *split = 0;
    for (size_t i = 0; i < words->n; i++) {
        const char *p = words->names[i], *stop;
        *split += strstr(p, separator) != NULL;
        for (bool more = true; more; p = stop + width) {
            stop = strstr(p, separator);
            more = stop != NULL;
            stop = more ? stop : p + strlen(p);
            while (*p == ' ')
                p++;
            if (bz_text_set_add(&parts, p, stop > p ? (size_t)(stop - p) : 0, SIZE_MAX, &number, err) < 0) {
                bz_text_set_free(&parts);
                return SIZE_MAX;
            }
        }
    }
    const size_t n = parts.n;
    bz_text_set_free(&parts);
    return n;
}

/* `R;Python`: what forms write where several answers may be ticked. */
static int say_answers(struct bz_reader *r, size_t j, struct bz_error *err)
{
    static const char *const separators[] = {";", "|", ","};
    enum { MOST = 4096, AT_LEAST = 4 };
    const struct bz_text_set *words = &r->columns[j].words;
    char text[96];
    for (size_t i = 0; i < 3 && words->n >= AT_LEAST && words->n <= MOST; i++) {
        size_t split;
        struct bz_error why;
        const size_t parts = count_parts(words, separators[i], &split, &why);
        if (parts >= words->n || split * 2 < words->n)
            continue;
        return bz_reader_say(
            r->t, err,
            "warning: %s: %zu combinations of %zu words between '%s', as of several answers; a column of 0 and 1 "
            "for each word has the words learned",
            bz_reader_column_text(r, j, text, sizeof(text)), words->n, parts, separators[i]);
    }
    return 0;
}

/* <0.1, <5: limits of detection, all below or all above; <18 beside >=18 are groups, and so are 13+ and 18+. */
static int say_bounds(struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    const struct bz_reader_column *c = &r->columns[j];
    size_t below = 0, above = 0;
    char text[96];
    if (c->bounds < known || c->words.n < 2)
        return 0;
    for (size_t i = 0; i < c->words.n; i++) {
        const char *word = c->words.names[i];
        below += word[0] == '<' || strncmp(word, "≤", strlen("≤")) == 0;
        above += word[0] == '>' || strncmp(word, "≥", strlen("≥")) == 0;
    }
    if (below != c->words.n && above != c->words.n)
        return 0;
    return bz_reader_say(
        r->t, err,
        "warning: %s: bounds alone ('%.40s', '%.40s') are taken as categories; if they are limits of detection, "
        "expected numbers (half of each, say)",
        bz_reader_column_text(r, j, text, sizeof(text)), c->words.names[0], c->words.names[1]);
}

int bz_reader_remark_words(struct bz_reader *r, size_t j, size_t known, struct bz_error *err)
{
    enum { MANY = 20 };
    const struct bz_reader_column *c = &r->columns[j];
    char text[96];
    if (c->kept || c->decided)
        return 0;
    bz_reader_column_text(r, j, text, sizeof(text));
    if (c->pairs == known && c->words.n >= MANY)
        return bz_reader_say(
            r->t, err, "warning: %s: two numbers in each cell ('%.40s') are taken as a category; expected a column for each",
            text, c->words.names[0]);
    if (c->sequence > 0 && c->count[BZ_CELL_WORD] == known && c->words.n > 2)
        return bz_reader_say(r->t, err,
                             "warning: %s: sequences of %zu letters are taken as categories; aligned FASTA has their positions "
                             "learned",
                             text, c->sequence);
    return say_bounds(r, j, known, err) < 0 ? -1 : say_answers(r, j, err);
}
