/* What a single cell is: a gap, a number, a truth value, a date, or a word. */
#include "cell_dress.h"
#include "cell_time.h"
#include "cells.h"
#include "float_text.h"
#include "number_text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* cell: not empty. The first byte rules out most words for most cells. */
static bool is_one_of(const char *const *words, size_t n, const struct bz_cell *cell, bool any_case)
{
    const int first = any_case ? tolower((unsigned char)cell->text[0]) : cell->text[0];
    for (size_t i = 0; i < n; i++)
        if ((any_case ? tolower((unsigned char)words[i][0]) : words[i][0]) == first && strlen(words[i]) == cell->length &&
            (any_case ? strncasecmp(words[i], cell->text, cell->length) : memcmp(words[i], cell->text, cell->length)) == 0)
            return true;
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_nan_word(const struct bz_cell *cell)
{
    static const char *const words[] = {"nan",    "-nan",    "+nan",     "1.#qnan",   "-1.#qnan",
                                        "1.#ind", "-1.#ind", "nan(ind)", "-nan(ind)", "1.#snan"};
    return is_one_of(words, COUNT(words), cell, true);
}

static bool is_infinity(const struct bz_cell *cell)
{
    static const char *const words[] = {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "1.#inf", "-1.#inf", "∞"};
    return is_one_of(words, COUNT(words), cell, true);
}

/* Gaps anywhere, as pandas, R, databases and spreadsheets write them. */
static bool is_usual_gap(const struct bz_cell *cell)
{
    static const char *const words[] = {
        "NA",     "N/A",      "n/a",     "NULL",   "null",   "\\N",      "?",           "<NA>",
        "#N/A",   "NaT",      "(null)",  "<null>", "[NULL]", "NA_real_", "NA_integer_", "NA_character_",
        "pd.NA",  "\xc2\xa0", "./.",     ".|.",    "(NULL)", "<NULL>",   "<missing>",   "<undefined>",
        "#NULL!", "#DIV/0!",  "#VALUE!", "#REF!",  "#NUM!",  "#NAME?",   "#NV"};
    return is_one_of(words, COUNT(words), cell, false) || is_nan_word(cell);
}

/* Stars or number signs where a number did not fit (Fortran, spreadsheets); Stata's .a to .z, SAS's .A to .Z. */
static bool is_overflow(const struct bz_cell *cell)
{
    const char first = cell->text[0];
    if (cell->length == 2 && first == '.' && isalpha((unsigned char)cell->text[1]))
        return true;
    for (size_t i = 0; i < cell->length; i++)
        if (cell->text[i] != first || (first != '*' && first != '#'))
            return false;
    return cell->length > 2;
}

/* #BEZUG!, #NOMBRE?, #N/D: errors of spreadsheets in any language. */
static bool is_sheet_error(const struct bz_cell *c)
{
    static const char *const words[] = {"#NV", "#N/D", "#ND", "#N/V"};
    return c->length > 2 && c->text[0] == '#' &&
           (strchr("!?", c->text[c->length - 1]) || is_one_of(words, COUNT(words), c, true));
}

/* Dashes of any length, three dots in one. */
static bool is_dashes(const struct bz_cell *c)
{
    static const char *const signs[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92", "\xe2\x80\xa6"};
    size_t at = 0, i = 0;
    while (at < c->length && i < COUNT(signs))
        if (c->length - at >= strlen(signs[i]) && memcmp(c->text + at, signs[i], strlen(signs[i])) == 0)
            at += strlen(signs[i]), i = 0;
        else
            i++;
    return at == c->length;
}

/* Gaps among numbers; words among words. */
static bool is_gap_among_numbers(const struct bz_cell *cell)
{
    static const char *const words[] = {"na",
                                        "none",
                                        "nil",
                                        " ",
                                        ".",
                                        "..",
                                        "...",
                                        "missing",
                                        "nothing",
                                        "nd",
                                        "n.a.",
                                        "nat",
                                        "void",
                                        "n.d.",
                                        "n/d",
                                        "k.a.",
                                        "k. a.",
                                        "n.v.",
                                        "s/d",
                                        "#null!",
                                        "#value!",
                                        "#ref!",
                                        "#div/0!",
                                        "#num!",
                                        "#na",
                                        "(error)",
                                        "undefined",
                                        "<na>",
                                        "n/a",
                                        "null",
                                        "missing[]",
                                        "indeterminate",
                                        "float(undefined)",
                                        "hfloat(undefined)"};
    return is_one_of(words, COUNT(words), cell, true) || is_overflow(cell) || is_sheet_error(cell) || is_dashes(cell);
}

/* As people, programs and spreadsheets of several languages write them; the single letters are the two pairs of
 * BZ_TRUTH_LETTERS. */
static const char *const truths[][2] = {{"false", "true"},       {"f", "t"},
                                        {"no", "yes"},           {"n", "y"},
                                        {"off", "on"},           {".false.", ".true."},
                                        {"falsch", "wahr"},      {"faux", "vrai"},
                                        {"falso", "verdadero"},  {"falso", "vero"},
                                        {"falso", "verdadeiro"}, {"onwaar", "waar"},
                                        {"fałsz", "prawda"},     {"FAŁSZ", "PRAWDA"},
                                        {"ложь", "истина"},      {"ЛОЖЬ", "ИСТИНА"}};

const char *bz_truth_word(int pair, bool value)
{
    return truths[pair][value];
}

int bz_truth(const struct bz_cell *cell, bool *value)
{
    if (cell->length == 0 || cell->length > 12)
        return -1;
    for (size_t i = 0; i < COUNT(truths); i++)
        for (size_t v = 0; v < 2; v++)
            if (is_one_of(&truths[i][v], 1, cell, true)) {
                *value = v == 1;
                return (int)i;
            }
    return -1;
}

bool bz_cell_may_be_thousands(const struct bz_cell *cell)
{
    size_t at = 0;
    const struct bz_cell *c = cell;
    bz_cell_char(c, &at, "+-");
    const bool zero = at < c->length && c->text[at] == '0';
    return !zero && bz_cell_digits(c, &at, 3) > 0 && bz_cell_char(c, &at, ",") && bz_cell_digits(c, &at, 3) == 3 &&
           at == c->length;
}

/* Fortran's 1.5D+03, 1.5d3. */
static bool has_d_exponent(const struct bz_cell *cell, double *number)
{
    char copy[40];
    const char *d = memchr(cell->text, 'D', cell->length), *point = memchr(cell->text, '.', cell->length);
    d = d ? d : memchr(cell->text, 'd', cell->length);
    if (!d || !point || point > d || cell->length >= sizeof(copy))
        return false;
    memcpy(copy, cell->text, cell->length);
    copy[d - cell->text] = 'e';
    return bz_parse_number(copy, cell->length, number) == 0;
}

/* -999.0 where -999 stands for a gap; 099 is not 99. */
static bool is_gap_value(const struct bz_cell *cell, double x, const struct bz_spellings *gaps)
{
    const size_t sign = cell->text[0] == '-' || cell->text[0] == '+';
    double mark;
    if (cell->length > sign + 1 && cell->text[sign] == '0' && isdigit((unsigned char)cell->text[sign + 1]))
        return false;
    for (size_t i = 0; gaps && i < gaps->n; i++)
        if (bz_parse_number(gaps->words[i], strlen(gaps->words[i]), &mark) == 0 && mark == x)
            return true;
    return false;
}

static enum bz_cell_kind number_kind(const struct bz_cell *cell, double x, const struct bz_spellings *gaps)
{
    return is_gap_value(cell, x, gaps) ? BZ_CELL_GAP : isfinite(x) ? BZ_CELL_NUMBER : BZ_CELL_INFINITE;
}

/* Neither a gap nor a plain number. */
static enum bz_cell_kind other_kind(const struct bz_cell *cell, char decimal, double *number)
{
    double x;
    bool truth;
    if (bz_truth(cell, &truth) >= 0) {
        *number = truth;
        return BZ_CELL_TRUTH;
    }
    if (is_infinity(cell))
        return BZ_CELL_INFINITE;
    if (decimal == '.' ? bz_cell_has_comma(cell, &x) : bz_parse_number(cell->text, cell->length, &x) == 0)
        return BZ_CELL_OTHER_DECIMAL;
    if (bz_cell_has_thousands(cell, ',', '.') || bz_cell_has_thousands(cell, '.', ',') ||
        bz_cell_has_thousands(cell, '\'', '.') || bz_cell_has_lakhs(cell))
        return BZ_CELL_THOUSANDS;
    if (bz_cell_is_percent(cell))
        return BZ_CELL_PERCENT;
    return bz_cell_is_time(cell) ? BZ_CELL_TIME : bz_cell_is_dressed(cell) ? BZ_CELL_DRESSED : BZ_CELL_WORD;
}

enum bz_cell_kind bz_cell_kind(const struct bz_cell *cell, char decimal, const struct bz_spellings *gaps, double *number)
{
    if (cell->length == 0)
        return BZ_CELL_GAP;
    const char first = cell->text[0];
    const bool digit = (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.' || first == ',';
    double x;
    if (gaps && gaps->n > 0) {
        if (is_one_of((const char *const *)gaps->words, gaps->n, cell, false))
            return BZ_CELL_GAP;
    }
    if (digit && (decimal == '.' ? bz_parse_number(cell->text, cell->length, &x) == 0
                                 : bz_cell_has_comma(cell, &x) || (!memchr(cell->text, '.', cell->length) &&
                                                                   bz_parse_number(cell->text, cell->length, &x) == 0))) {
        *number = x;
        return number_kind(cell, x, gaps);
    }
    if (digit && has_d_exponent(cell, &x)) {
        *number = x;
        return number_kind(cell, x, gaps);
    }
    if (gaps && gaps->n > 0)
        return is_nan_word(cell) ? BZ_CELL_GAP_OR_WORD : other_kind(cell, decimal, number);
    if (is_usual_gap(cell))
        return cell->quoted && !is_nan_word(cell) ? BZ_CELL_GAP_OR_WORD : BZ_CELL_GAP;
    return is_gap_among_numbers(cell) ? BZ_CELL_GAP_OR_WORD : other_kind(cell, decimal, number);
}

const char *bz_cell_kind_text(enum bz_cell_kind kind)
{
    static const char *const texts[BZ_N_CELL_KINDS] = {
        [BZ_CELL_GAP] = "stands for a missing value",
        [BZ_CELL_GAP_OR_WORD] = "stands for a missing value",
        [BZ_CELL_NUMBER] = "is a number",
        [BZ_CELL_INFINITE] = "is not a finite number",
        [BZ_CELL_TRUTH] = "is a truth value",
        [BZ_CELL_TIME] = "is a date or time",
        [BZ_CELL_OTHER_DECIMAL] = "has a comma or a point that is no decimal sign here",
        [BZ_CELL_THOUSANDS] = "has thousands separators",
        [BZ_CELL_PERCENT] = "is a percentage",
        [BZ_CELL_DRESSED] = "is a number with other characters (a currency, parentheses, quotes, blanks, a long minus, ±, an "
                            "uncertainty, a fraction, 0x, 0b, i, other digits), or several numbers in one cell",
        [BZ_CELL_WORD] = "is a word",
    };
    return texts[kind];
}

bool bz_text_stands_bare(const char *text, char separator)
{
    const size_t n = strlen(text);
    const struct bz_cell cell = {text, n, false};
    if (n == 0 || text[0] == ' ' || text[n - 1] == ' ' || text[0] == '#' || strpbrk(text, "\"\r\n") || strchr(text, separator))
        return false;
    return !is_usual_gap(&cell) && !is_gap_among_numbers(&cell);
}

size_t bz_category_text(const struct bz_cell *cell, char *out, size_t room)
{
    double x;
    const char *t = cell->text;
    size_t n = cell->length, sign = n > 0 && (t[0] == '+' || t[0] == '-');
    const bool number = n > sign && n <= 17 && bz_parse_number(t, n, &x) == 0 && isfinite(x);
    const bool code = n > sign + 1 && t[sign] == '0' && t[sign + 1] >= '0' && t[sign + 1] <= '9'; /* 02 */
    if (number && !code) {
        char text[BZ_DOUBLE_ROOM];
        n = bz_double_cell(x == 0 ? 0 : x, text);
        n = n < room ? n : room;
        memcpy(out, text, n);
        return n;
    }
    if (n > 1 && t[0] == '+' && bz_parse_number(t, n, &x) == 0)
        t++, n--; /* long rows of digits stay as they are */
    n = n < room ? n : room;
    memcpy(out, t, n);
    return n;
}
