#include "cell_dress.h"

#include "cell_time.h"
#include "number_text.h"

#include <ctype.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool bz_cell_has_comma(const struct bz_cell *cell, double *number)
{
    char copy[64];
    const char *comma = memchr(cell->text, ',', cell->length);
    if (!comma || cell->length >= sizeof(copy) || memchr(cell->text, '.', cell->length))
        return false;
    memcpy(copy, cell->text, cell->length);
    copy[comma - cell->text] = '.';
    return bz_parse_number(copy, cell->length, number) == 0;
}

bool bz_cell_has_thousands(const struct bz_cell *c, char group, char point)
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

bool bz_cell_has_lakhs(const struct bz_cell *c)
{
    size_t at = 0, groups = 0, length = 0;
    bz_cell_char(c, &at, "+-");
    if (bz_cell_digits(c, &at, 2) == 0)
        return false;
    while (bz_cell_char(c, &at, ",") && (length = bz_cell_digits(c, &at, 3)) == 2)
        groups++;
    if (groups == 0 || length != 3 || (bz_cell_char(c, &at, ".") && bz_cell_digits(c, &at, 30) == 0))
        return false;
    return at == c->length;
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

/* --- forms --- */

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
    return bz_parse_number(c.text, c.length, &x) == 0 || bz_cell_has_comma(&c, &x);
}

/* The bytes of a digit, sign or point of another script at p [left]; 0 = none. */
static size_t other_digit(const unsigned char *p, size_t left)
{
    static const unsigned char indic[] = {0xa5, 0xa7, 0xa9, 0xab, 0xad, 0xaf, 0xb1, 0xb3, 0xb5}; /* Devanagari to Malayalam */
    if (left > 1 && ((p[0] == 0xd9 && p[1] >= 0xa0 && p[1] <= 0xac) || (p[0] == 0xdb && p[1] >= 0xb0)))
        return 2; /* Arabic, Persian */
    if (left < 3)
        return 0;
    const bool wide = p[0] == 0xef && p[1] == 0xbc && p[2] >= 0x8b && p[2] <= 0x99,
               south = p[0] == 0xe0 && p[2] >= 0xa6 && p[2] <= 0xaf && memchr(indic, p[1], sizeof(indic)),
               thai = p[0] == 0xe0 && (p[1] == 0xb9 || p[1] == 0xbb) && p[2] >= 0x90 && p[2] <= 0x99,
               burmese = p[0] == 0xe1 && p[1] == 0x81 && p[2] >= 0x80 && p[2] <= 0x89,
               khmer = p[0] == 0xe1 && p[1] == 0x9f && p[2] >= 0xa0 && p[2] <= 0xa9;
    return wide || south || thai || burmese || khmer ? 3 : 0;
}

/* Digits of another script with a sign and a point. */
static bool has_other_digits(const struct bz_cell *cell)
{
    size_t i = 0, others = 0;
    while (i < cell->length) {
        const size_t n = other_digit((const unsigned char *)cell->text + i, cell->length - i);
        others += n > 0;
        if (n == 0 && !strchr("+-.,0123456789", cell->text[i]))
            return false;
        i += n ? n : 1;
    }
    return others > 0;
}

/* 5.1±0.9, 5.1 +/- 0.9, 3.2×10^2, Mathematica's 1.5*^-10, Julia's 1//3: a number on either side. */
static bool is_joined(const struct bz_cell *c)
{
    static const char *const joints[] = {"±", "+/-", "×10^", "x10^", "·10^", "*10^", "*^", "//", "`"};
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
        if (back.length == 0) /* Mathematica's 1.5` */
            return joints[i][0] == '`' && bz_parse_number(front.text, front.length, &x) == 0;
        return (bz_parse_number(front.text, front.length, &x) == 0 || bz_cell_has_comma(&front, &x)) &&
               (bz_parse_number(back.text, back.length, &x) == 0 || bz_cell_has_comma(&back, &x));
    }
    return false;
}

/* One comma, between the brackets. */
static bool is_in_brackets(const struct bz_cell *c, const char *open, const char *close)
{
    const char *comma = c->length > 4 ? memchr(c->text, ',', c->length) : NULL, *end = c->text + c->length;
    return comma && !memchr(comma + 1, ',', (size_t)(end - comma - 1)) && strchr(open, c->text[0]) && strchr(close, end[-1]);
}

bool bz_cell_is_half_open(const struct bz_cell *cell)
{
    return is_in_brackets(cell, "(", "]") || is_in_brackets(cell, "[", ")");
}

bool bz_cell_is_closed_range(const struct bz_cell *cell)
{
    double from, to;
    if (!is_in_brackets(cell, "[", "]"))
        return false;
    const char *p = cell->text + 1, *comma = memchr(p, ',', cell->length), *end = cell->text + cell->length - 1;
    while (p < comma && *p == ' ')
        p++;
    const char *second = comma + 1 + strspn(comma + 1, " ");
    return bz_parse_number(p, (size_t)(comma - p), &from) == 0 && second < end &&
           bz_parse_number(second, (size_t)(end - second), &to) == 0 && from < to;
}

/* [1.5, 2.5], (1, 2), [1 2], Spark's (5,[0,3],[1.0,0.5]): two numbers or more in one cell. */
static bool is_list(const struct bz_cell *c)
{
    const char *close = c->length > 4 ? strchr(")]}", c->text[c->length - 1]) : NULL;
    size_t numbers = 0;
    double x;
    if (!close || !*close || !strchr("([{", c->text[0]) || bz_cell_is_half_open(c))
        return false;
    for (size_t at = 1, n; at + 1 < c->length; at += n + 1) {
        for (n = 0; at + n + 1 < c->length && !strchr(", ;[]", c->text[at + n]);)
            n++;
        if (n > 0 && bz_parse_number(c->text + at, n, &x) < 0)
            return false;
        numbers += n > 0;
    }
    return numbers > 1;
}

/* --- notations --- */

static bool is_at(const struct bz_cell *c, size_t at, const char *text)
{
    return c->length - at >= strlen(text) && memcmp(c->text + at, text, strlen(text)) == 0;
}

/* Passes over one of the texts at *at. */
static bool passes(const struct bz_cell *c, size_t *at, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_at(c, *at, texts[i])) {
            *at += strlen(texts[i]);
            return true;
        }
    return false;
}

/* Passes over a sign, digits, a point and digits. */
static bool passes_decimal(const struct bz_cell *c, size_t *at)
{
    bz_cell_char(c, at, "+-");
    return bz_cell_digits(c, at, 20) > 0 && bz_cell_char(c, at, ".") && bz_cell_digits(c, at, 20) > 0;
}

/* Julia's 1.5f0, Fortran's 0.1234+101, the 1.234(5) of measurements, all with decimals. */
static bool has_odd_end(const struct bz_cell *c)
{
    size_t at = 0;
    if (!passes_decimal(c, &at) || at == c->length)
        return false;
    const char mark = c->text[at++];
    if (mark == 'f' || mark == 'F') {
        bz_cell_char(c, &at, "+-");
        return bz_cell_digits(c, &at, 3) > 0 && at == c->length;
    }
    if (mark == '+' || mark == '-')
        return bz_cell_digits(c, &at, 3) == 3 && at == c->length;
    return mark == '(' && bz_cell_digits(c, &at, 3) > 0 && bz_cell_char(c, &at, ")") && at == c->length;
}

/* 0b101, 0o17 */
static bool has_base(const struct bz_cell *c)
{
    size_t at = 0;
    bz_cell_char(c, &at, "+-");
    if (!bz_cell_char(c, &at, "0") || at >= c->length || !strchr("bBoO", c->text[at]))
        return false;
    const char most = strchr("bB", c->text[at]) ? '1' : '7';
    for (at++; at < c->length && c->text[at] >= '0' && c->text[at] <= most;)
        at++;
    return at == c->length && c->length > 3;
}

/* ½, 2¾, 1 ⅛ */
static bool has_fraction_sign(const struct bz_cell *c)
{
    static const char *const signs[] = {"¼", "½", "¾", "⅐", "⅑", "⅒", "⅓", "⅔", "⅕",
                                        "⅖", "⅗", "⅘", "⅙", "⅚", "⅛", "⅜", "⅝", "⅞"};
    size_t at = 0;
    bz_cell_char(c, &at, "+-");
    bz_cell_digits(c, &at, 20);
    bz_cell_char(c, &at, " ");
    return passes(c, &at, signs, COUNT(signs)) && at == c->length;
}

/* 1.5×10³, 2 x 10⁻⁴ */
static bool has_raised_power(const struct bz_cell *c)
{
    static const char *const times[] = {"×", "x", "·", "*"}, *const raised[] = {"⁻", "⁺", "⁰", "¹", "²", "³",
                                                                                "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    size_t at = 0, n = 0;
    bz_cell_char(c, &at, "+-");
    if (bz_cell_digits(c, &at, 20) == 0 || (bz_cell_char(c, &at, ".,") && bz_cell_digits(c, &at, 20) == 0))
        return false;
    bz_cell_char(c, &at, " ");
    if (!passes(c, &at, times, COUNT(times)))
        return false;
    bz_cell_char(c, &at, " ");
    if (!is_at(c, at, "10"))
        return false;
    for (at += 2; passes(c, &at, raised, COUNT(raised));)
        n++;
    return n > 0 && at == c->length;
}

/* 1·5, as once in Britain; 5\ at the end of a line that was to go on. */
static bool has_stray_sign(const struct bz_cell *c)
{
    size_t at = 0;
    bz_cell_char(c, &at, "+-");
    if (bz_cell_digits(c, &at, 20) == 0)
        return false;
    if (is_at(c, at, "·"))
        return at += strlen("·"), bz_cell_digits(c, &at, 20) > 0 && at == c->length;
    if (bz_cell_char(c, &at, ".,"))
        bz_cell_digits(c, &at, 20);
    return bz_cell_char(c, &at, "\\") && at == c->length;
}

/* Quotes of other kinds than those of CSV around a number, or its own kept in the cell. */
static bool is_in_quotes(const struct bz_cell *c)
{
    static const char *const pairs[][2] = {{"“", "”"}, {"„", "“"}, {"„", "”"},   {"«", "»"}, {"»", "«"},
                                           {"‹", "›"}, {"‘", "’"}, {"「", "」"}, {"`", "`"}, {"\"", "\""}};
    double x;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const size_t open = strlen(pairs[i][0]), close = strlen(pairs[i][1]);
        if (c->length <= open + close || !is_at(c, 0, pairs[i][0]) || !is_at(c, c->length - close, pairs[i][1]))
            continue;
        const struct bz_cell inner = {c->text + open, c->length - open - close, false};
        if (bz_parse_number(inner.text, inner.length, &x) == 0 || bz_cell_has_comma(&inner, &x))
            return true;
    }
    return false;
}

/* Signs without width before or behind a number: marks of direction, byte order marks. */
static bool has_invisible(const struct bz_cell *cell)
{
    static const char *const signs[] = {"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f",
                                        "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
                                        "\xe2\x81\xa0", "\xef\xbb\xbf", "\xc2\xad"};
    struct bz_cell c = *cell;
    double x;
    while (strip(&c, signs, COUNT(signs), false) || strip(&c, signs, COUNT(signs), true))
        continue;
    return c.length < cell->length && (bz_parse_number(c.text, c.length, &x) == 0 || bz_cell_has_comma(&c, &x));
}

/* 1 + 2i, 3 - 4im */
static bool is_spaced_complex(const struct bz_cell *cell)
{
    char copy[64];
    size_t n = 0;
    if (cell->length >= sizeof(copy))
        return false;
    for (size_t i = 0; i < cell->length; i++)
        if (cell->text[i] != ' ')
            copy[n++] = cell->text[i];
    n -= n > 2 && copy[n - 1] == 'm' && copy[n - 2] == 'i';
    const struct bz_cell tight = {copy, n, false};
    return n < cell->length && n > 0 && strchr("ij)", copy[n - 1]) && is_wrapped(&tight);
}

bool bz_cell_is_percent(const struct bz_cell *cell)
{
    static const char *const blanks[] = {" ", "\xc2\xa0", "\xe2\x80\xaf"};
    struct bz_cell c = *cell;
    double x;
    if (c.length < 2 || c.text[--c.length] != '%')
        return false;
    while (strip(&c, blanks, COUNT(blanks), true))
        continue;
    return bz_parse_number(c.text, c.length, &x) == 0 || bz_cell_has_comma(&c, &x);
}

/* A number with a currency sign, in the parentheses that accountants put around negative numbers, with a typographic minus
 * sign, or with blanks between thousands. */
static bool is_decorated(const struct bz_cell *cell)
{
#define CURRENCIES "$", "€", "£", "¥", "₹", "EUR", "USD", "CHF", "GBP", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN"
    static const char *const fronts[] = {CURRENCIES, "(", "−", "‐", "–", "-", "+", " ", "US$", "R$", "C$", "A$", "Rs.", "Fr."},
                             *const backs[] = {CURRENCIES, ")", "kr", "zł", "\xc2\xa0", "\xe2\x80\xaf", " "};
    struct bz_cell c = *cell;
    char digits_only[64];
    size_t n = 0;
    double x;
    bool taken = false, groups = false;
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
               (bz_cell_has_thousands(&bare, ' ', '.') || bz_cell_has_thousands(&bare, ' ', ','));
    return taken && n > 0 && n < sizeof(digits_only) && digits_only[0] >= '0' && digits_only[0] <= '9' &&
           (bz_parse_number(bare.text, n, &x) == 0 || bz_cell_has_comma(&bare, &x) || bz_cell_has_thousands(&bare, ',', '.') ||
            bz_cell_has_thousands(&bare, '.', ','));
}

/* np.float64(0.5), tensor(0.5, device='cuda:0'), Decimal('0.5'): as Python displays them. */
static bool is_called(const struct bz_cell *cell)
{
    static const char *const types[] = {"np.float", "np.int",        "np.uint",  "numpy.",
                                        "tensor(",  "torch.tensor(", "Decimal(", "Fraction("};
    const char *open = memchr(cell->text, '(', cell->length), *end = cell->text + cell->length;
    double x;
    size_t i = 0;
    while (i < COUNT(types) && (cell->length < strlen(types[i]) || memcmp(cell->text, types[i], strlen(types[i])) != 0))
        i++;
    if (i == COUNT(types) || !open || open + 1 == end || end[-1] != ')')
        return false;
    const char *p = open + 1 + (open[1] == '\'');
    size_t n = 0;
    while (p + n < end && !strchr("',)", p[n]))
        n++;
    return bz_parse_number(p, n, &x) == 0;
}

bool bz_cell_is_dressed(const struct bz_cell *cell)
{
    static bool (*const forms[])(const struct bz_cell *cell) = {
        is_hexadecimal, has_base,      is_wrapped,        has_other_digits, is_joined,
        is_list,        has_odd_end,   has_fraction_sign, has_raised_power, has_stray_sign,
        is_in_quotes,   has_invisible, is_spaced_complex, is_decorated,     is_called,
    };
    for (size_t i = 0; i < COUNT(forms); i++)
        if (forms[i](cell))
            return true;
    return false;
}
