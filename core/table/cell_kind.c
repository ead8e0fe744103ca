/* What a single cell is: a gap, a number, a truth value, a date, or a word. */
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
    static const char *const words[] = {"NA",     "N/A",      "n/a",         "NULL",          "null",   "\\N",
                                        "?",      "<NA>",     "#N/A",        "NaT",           "(null)", "<null>",
                                        "[NULL]", "NA_real_", "NA_integer_", "NA_character_", "pd.NA",  "\xc2\xa0"};
    return is_one_of(words, COUNT(words), cell, false) || is_nan_word(cell);
}

/* Stars or number signs where a number did not fit (Fortran, spreadsheets); Stata's .a to .z. */
static bool is_overflow(const struct bz_cell *cell)
{
    const char first = cell->text[0];
    if (cell->length == 2 && first == '.' && cell->text[1] >= 'a' && cell->text[1] <= 'z')
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
    static const char *const words[] = {"na",      "none",    "nil",       " ",      ".",       "..",    "...",     "missing",
                                        "nothing", "nd",      "n.a.",      "nat",    "void",    "n.d.",  "n/d",     "k.a.",
                                        "k. a.",   "n.v.",    "s/d",       "#null!", "#value!", "#ref!", "#div/0!", "#num!",
                                        "#na",     "(error)", "undefined", "<na>",   "n/a",     "null"};
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

/* 1,234 or -1,234,567.25: groups of three. */
static bool has_thousands(const struct bz_cell *c, char group, char point)
{
    size_t at = 0, groups = 0;
    const char marks[] = {group, 0}, points[] = {point, 0};
    bz_cell_char(c, &at, "+-");
    if (bz_cell_digits(c, &at, 3) == 0)
        return false;
    for (; bz_cell_char(c, &at, marks); groups++)
        if (bz_cell_digits(c, &at, 3) != 3)
            return false;
    if (bz_cell_char(c, &at, points) && bz_cell_digits(c, &at, 30) == 0)
        return false;
    return groups > 0 && at == c->length;
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

/* A number with the other decimal sign. */
static bool has_comma(const struct bz_cell *cell, double *number)
{
    char copy[64];
    const char *comma = memchr(cell->text, ',', cell->length);
    if (!comma || cell->length >= sizeof(copy) || memchr(cell->text, '.', cell->length))
        return false;
    memcpy(copy, cell->text, cell->length);
    copy[comma - cell->text] = '.';
    return bz_parse_number(copy, cell->length, number) == 0;
}

/* Removes one of the texts from the front or the end of *c. */
static bool strip(struct bz_cell *c, const char *const *texts, size_t n, bool end)
{
    for (size_t i = 0; i < n; i++) {
        if (c->length < 2 || (!end && texts[i][0] != c->text[0]))
            continue;
        const size_t length = strlen(texts[i]);
        if (c->length <= length || memcmp(end ? c->text + c->length - length : c->text, texts[i], length) != 0)
            continue;
        c->text += end ? 0 : length;
        c->length -= length;
        return true;
    }
    return false;
}

/* 0x1F, and 0x1.8p+3 as %a and Python's hex() write numbers. */
static bool is_hexadecimal(const struct bz_cell *c)
{
    const size_t sign = c->length > 0 && (c->text[0] == '-' || c->text[0] == '+');
    size_t i = sign + 2, digits = 0;
    if (c->length < sign + 3 || c->length > 30 || c->text[sign] != '0' ||
        (c->text[sign + 1] != 'x' && c->text[sign + 1] != 'X'))
        return false;
    for (; i < c->length && (isxdigit((unsigned char)c->text[i]) || c->text[i] == '.'); i++)
        digits += c->text[i] != '.';
    if (i == c->length)
        return digits > 0 && digits <= 16 && !memchr(c->text, '.', c->length);
    if (digits == 0 || (c->text[i] != 'p' && c->text[i] != 'P'))
        return false;
    i += 1 + (i + 1 < c->length && (c->text[i + 1] == '-' || c->text[i + 1] == '+'));
    const size_t power = i;
    while (i < c->length && isdigit((unsigned char)c->text[i]))
        i++;
    return i == c->length && i > power;
}

/* Fortran's 1.5D+03. */
static bool has_d_exponent(const struct bz_cell *cell, double *number)
{
    char copy[40];
    const char *d = memchr(cell->text, 'D', cell->length), *point = memchr(cell->text, '.', cell->length);
    d = d ? d : memchr(cell->text, 'd', cell->length);
    if (!d || !point || point > d || cell->length >= sizeof(copy) || d + 2 >= cell->text + cell->length ||
        (d[1] != '+' && d[1] != '-'))
        return false;
    memcpy(copy, cell->text, cell->length);
    copy[d - cell->text] = 'e';
    return bz_parse_number(copy, cell->length, number) == 0;
}

/* ="1.5" and '1.5, which make spreadsheets treat numbers as text; the 1.5- of ledgers; 1.5+2i; (1.5+2j). */
static bool is_wrapped(const struct bz_cell *cell)
{
    struct bz_cell c = *cell;
    double x;
    if (c.length > 3 && memcmp(c.text, "=\"", 2) == 0 && c.text[c.length - 1] == '"')
        c.text += 2, c.length -= 3;
    else if (c.length > 1 && c.text[0] == '\'')
        c.text++, c.length -= 1 + (c.length > 2 && c.text[c.length - 2] == '\'');
    else if (c.length > 1 && c.text[c.length - 1] == '-')
        c.length--;
    else {
        if (c.length > 2 && c.text[0] == '(' && c.text[c.length - 1] == ')')
            c.text++, c.length -= 2;
        if (c.length < 4 || !strchr("ij", c.text[c.length - 1]))
            return false;
        size_t sign = c.length - 2;
        while (sign > 0 && ((c.text[sign] != '+' && c.text[sign] != '-') || strchr("eE", c.text[sign - 1])))
            sign--;
        return sign > 0 && bz_parse_number(c.text, sign, &x) == 0 &&
               bz_parse_number(c.text + sign, c.length - 1 - sign, &x) == 0;
    }
    return bz_parse_number(c.text, c.length, &x) == 0 || has_comma(&c, &x);
}

/* Digits of another script with a sign and a point: Arabic or full-width ones. */
static bool has_other_digits(const struct bz_cell *cell)
{
    size_t i = 0, others = 0;
    while (i < cell->length) {
        const unsigned char *p = (const unsigned char *)cell->text + i;
        const size_t left = cell->length - i;
        const bool arabic = left > 1 && ((p[0] == 0xd9 && p[1] >= 0xa0 && p[1] <= 0xac) || (p[0] == 0xdb && p[1] >= 0xb0)),
                   full = left > 2 && p[0] == 0xef && p[1] == 0xbc && p[2] >= 0x8b && p[2] <= 0x99;
        others += arabic || full;
        if (!arabic && !full && !strchr("+-.,0123456789", (char)p[0]))
            return false;
        i += arabic ? 2 : full ? 3 : 1;
    }
    return others > 0;
}

/* 5.1±0.9, 5.1 +/- 0.9, 3.2×10^2: a number on either side. */
static bool is_joined(const struct bz_cell *c)
{
    static const char *const joints[] = {"±", "+/-", "×10^", "x10^", "·10^", "*10^"};
    double x;
    for (size_t i = 0; i < COUNT(joints); i++) {
        const size_t joint = strlen(joints[i]);
        const char *at = memmem(c->text, c->length, joints[i], joint);
        if (!at)
            continue;
        struct bz_cell front = {c->text, (size_t)(at - c->text), false}, back = {at + joint, 0, false};
        back.length = (size_t)(c->text + c->length - back.text);
        while (front.length > 0 && front.text[front.length - 1] == ' ')
            front.length--;
        while (back.length > 0 && back.text[0] == ' ')
            back.text++, back.length--;
        return (bz_parse_number(front.text, front.length, &x) == 0 || has_comma(&front, &x)) &&
               (bz_parse_number(back.text, back.length, &x) == 0 || has_comma(&back, &x));
    }
    return false;
}

/* [1.5, 2.5], (1, 2), [1 2]: two numbers or more in one cell. */
static bool is_list(const struct bz_cell *c)
{
    const char *close = c->length > 4 ? strchr(")]}", c->text[c->length - 1]) : NULL;
    size_t numbers = 0;
    double x;
    if (!close || !*close || !strchr("([{", c->text[0]))
        return false;
    for (size_t at = 1, n; at + 1 < c->length; at += n + 1) {
        for (n = 0; at + n + 1 < c->length && !strchr(", ;", c->text[at + n]);)
            n++;
        if (n > 0 && bz_parse_number(c->text + at, n, &x) < 0)
            return false;
        numbers += n > 0;
    }
    return numbers > 1;
}

/* A number with a currency sign, in the parentheses that accountants put around negative numbers, with a typographic minus
 * sign, with blanks between thousands, or to the base 16. */
static bool is_dressed(const struct bz_cell *cell)
{
    static const char *const fronts[] = {"$",   "€",   "£",   "¥",   "₹",   "(",   "−",   "-",   "+",
                                         " ",   "US$", "EUR", "USD", "CHF", "GBP", "JPY", "CAD", "AUD",
                                         "SEK", "NOK", "DKK", "R$",  "C$",  "A$",  "Rs.", "Fr."},
                             *const backs[] = {"$", "€", "£", "¥", "₹", ")", "\xc2\xa0", "\xe2\x80\xaf", " "};
    struct bz_cell c = *cell;
    char digits_only[64];
    size_t n = 0;
    double x;
    bool taken = false, groups = false;
    if (is_hexadecimal(cell) || is_wrapped(cell) || has_other_digits(cell) || is_joined(cell) || is_list(cell))
        return true;
    while (strip(&c, fronts, COUNT(fronts), false) || strip(&c, backs, COUNT(backs), true))
        taken = true;
    for (size_t i = 0; i < c.length && n < sizeof(digits_only); i++) {
        const size_t blank = c.text[i] == ' '                                                 ? 1
                             : c.length - i > 2 && memcmp(c.text + i, "\xc2\xa0", 2) == 0     ? 2
                             : c.length - i > 3 && memcmp(c.text + i, "\xe2\x80\xaf", 3) == 0 ? 3
                             : c.length - i > 3 && memcmp(c.text + i, "\xe2\x80\x99", 3) == 0 ? 3 /* Swiss thousands */
                                                                                              : 0;
        digits_only[n++] = blank == 0 ? c.text[i] : ' ';
        i += blank ? blank - 1 : 0;
        groups = groups || blank > 0;
    }
    const struct bz_cell bare = {digits_only, n, false};
    if (groups) /* of three digits; +49 30 1234567 is no number */
        return n < sizeof(digits_only) && digits_only[0] != '0' &&
               (has_thousands(&bare, ' ', '.') || has_thousands(&bare, ' ', ','));
    return taken && n > 0 && n < sizeof(digits_only) && digits_only[0] >= '0' && digits_only[0] <= '9' &&
           (bz_parse_number(bare.text, n, &x) == 0 || has_comma(&bare, &x) || has_thousands(&bare, ',', '.') ||
            has_thousands(&bare, '.', ','));
}

static enum bz_cell_kind number_kind(double x)
{
    return isfinite(x) ? BZ_CELL_NUMBER : BZ_CELL_INFINITE;
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
    if (decimal == '.' ? has_comma(cell, &x) : bz_parse_number(cell->text, cell->length, &x) == 0)
        return BZ_CELL_OTHER_DECIMAL;
    if (has_thousands(cell, ',', '.') || has_thousands(cell, '.', ',') || has_thousands(cell, '\'', '.'))
        return BZ_CELL_THOUSANDS;
    const struct bz_cell front = {cell->text, cell->length - (cell->length > 0), cell->quoted};
    if (cell->length > 1 && cell->text[cell->length - 1] == '%' &&
        (bz_parse_number(front.text, front.length, &x) == 0 || has_comma(&front, &x)))
        return BZ_CELL_PERCENT;
    return bz_cell_is_time(cell) ? BZ_CELL_TIME : is_dressed(cell) ? BZ_CELL_DRESSED : BZ_CELL_WORD;
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
                                 : has_comma(cell, &x) || (!memchr(cell->text, '.', cell->length) &&
                                                           bz_parse_number(cell->text, cell->length, &x) == 0))) {
        *number = x;
        return number_kind(x);
    }
    if (digit && has_d_exponent(cell, &x)) {
        *number = x;
        return number_kind(x);
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
        [BZ_CELL_DRESSED] = "is a number with other characters (a currency, parentheses, quotes, blanks, a long minus, ±, 0x, "
                            "i, other digits), or several numbers in one cell",
        [BZ_CELL_WORD] = "is a word",
    };
    return texts[kind];
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
        n = bz_double_text(x == 0 ? 0 : x, text);
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
