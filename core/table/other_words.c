/* Splits lines into words, signs and numbers. */
#include "number_text.h"
#include "other_text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

bool bz_line_word(const struct bz_text_line *l, size_t *at, struct bz_cell *word)
{
    while (*at < l->length && (l->text[*at] == ' ' || l->text[*at] == '\t'))
        ++*at;
    *word = (struct bz_cell){l->text + *at, 0, false};
    while (*at < l->length && l->text[*at] != ' ' && l->text[*at] != '\t')
        ++*at, word->length++;
    return word->length > 0;
}

bool bz_text_is_number(const char *text, size_t length)
{
    double x;
    return length > 0 && bz_parse_number(text, length, &x) == 0;
}

bool bz_cell_is_whole(const struct bz_cell *w)
{
    for (size_t i = 0; i < w->length; i++)
        if (!isdigit((unsigned char)w->text[i]))
            return false;
    return w->length > 0 && w->length < 10;
}

size_t bz_line_count_words(const struct bz_text_line *l, size_t *numbers)
{
    struct bz_cell w;
    size_t n = 0;
    *numbers = 0;
    for (size_t at = 0; bz_line_word(l, &at, &w); n++)
        *numbers += bz_text_is_number(w.text, w.length);
    return n;
}

bool bz_line_begins(const struct bz_text_line *l, const char *text)
{
    return l->length >= strlen(text) && memcmp(l->text, text, strlen(text)) == 0;
}

size_t bz_name_length(const char *t, size_t length)
{
    size_t n = 0;
    if (length == 0 || !(isalpha((unsigned char)t[0]) || t[0] == '_'))
        return 0;
    while (n < length && (isalnum((unsigned char)t[n]) || strchr("_.-", t[n])))
        n++;
    return n;
}

static size_t count_cells(const struct bz_text_line *l)
{
    size_t cells = 1;
    for (size_t i = 0; i < l->length; i++)
        cells += strchr("\t,;|", l->text[i]) != NULL;
    return cells;
}

bool bz_line_is_of_types(const struct bz_text_line *l, const struct bz_text_line *above)
{
    static const char *const types[] = {"numeric", "number", "categorical", "category", "string", "str",     "text",   "float",
                                        "double",  "real",   "integer",     "int",      "bool",   "boolean", "object", "date"};
    const char *p = l->text, *const end = l->text + l->length;
    size_t cells = 0;
    for (; p <= end; cells++) {
        size_t n = 0, i = 0;
        while (p + n < end && !strchr("\t,;|", p[n]))
            n++;
        while (i < sizeof(types) / sizeof(types[0]) && (strlen(types[i]) != n || strncasecmp(types[i], p, n) != 0))
            i++;
        if (cells > 0 && i == sizeof(types) / sizeof(types[0]))
            return false;
        p += n + 1;
    }
    return cells > 1 && cells == count_cells(above);
}

size_t bz_first_line(const struct bz_text_sample *s)
{
    size_t i = 0;
    while (i < s->n && (s->line[i].length == 0 || s->line[i].text[0] == '#'))
        i++;
    return i;
}

bool bz_all_lines(const struct bz_text_sample *s, size_t least, bool (*is)(const struct bz_text_line *l))
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->line[i].length == 0 || s->line[i].text[0] == '#')
            continue;
        if (!is(&s->line[i]))
            return false;
        n++;
    }
    return n >= least;
}

/* --- rows of signs and numbers --- */

enum { LINES = 3, SIGNS = 4 }; /* at least */

/* The bytes of the character of UTF-8 at text[left]. */
static size_t character(const char *text, size_t left)
{
    size_t n = 1;
    while (n < left && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

bool bz_lines_of_two_signs(const struct bz_text_sample *s)
{
    struct bz_cell sign[2] = {{0}};
    size_t found = 0, per_line = 0, lines = 0, apart = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        size_t n = 0, blanks = 0, at = 0;
        while (at < l->length) {
            const struct bz_cell c = {l->text + at, character(l->text + at, l->length - at), false};
            at += c.length;
            if (c.text[0] == ' ') {
                blanks++;
                continue;
            }
            size_t k = 0;
            while (k < found && (sign[k].length != c.length || memcmp(sign[k].text, c.text, c.length) != 0))
                k++;
            if (k == 2 || (c.length == 1 && strchr("0123456789,;|\t\"'", c.text[0])))
                return false;
            if (k == found)
                sign[found++] = c;
            n++;
        }
        if (n == 0)
            continue;
        if (n < SIGNS || (lines > 0 && n != per_line) || (blanks > 0 && blanks != n - 1))
            return false;
        per_line = n;
        lines++;
        apart += blanks > 0;
    }
    bool value;
    if (found == 2 && apart == lines && bz_truth(&sign[0], &value) >= 0 && bz_truth(&sign[1], &value) >= 0)
        return false; /* cells: y n n y */
    const bool bases = found == 2 && strchr("ACGTUacgtu", sign[0].text[0]) && strchr("ACGTUacgtu", sign[1].text[0]);
    return found == 2 && lines >= LINES && !bases;
}

/* The numbers of a line, with blanks or only signs between them; 0 = it has anything else. *joined: how many follow another
 * without a blank. */
static size_t joined_numbers(const struct bz_text_line *l, size_t *joined)
{
    size_t at = 0, n = 0;
    *joined = 0;
    while (at < l->length) {
        const size_t start = at;
        if (l->text[at] == ' ') {
            at++;
            continue;
        }
        at += l->text[at] == '-' || l->text[at] == '+';
        const size_t digits = at;
        while (at < l->length && (isdigit((unsigned char)l->text[at]) || l->text[at] == '.'))
            at++;
        if (at == digits || !bz_text_is_number(l->text + start, at - start))
            return 0;
        *joined += start > 0 && l->text[start - 1] != ' ';
        n++;
    }
    return n;
}

bool bz_lines_of_joined_numbers(const struct bz_text_sample *s)
{
    size_t lines = 0, per_line = 0, least = SIZE_MAX, most = 0;
    bool plus = false, minus = false, decimals = true;
    for (size_t i = 0; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        size_t joined;
        if (l->length == 0)
            continue;
        const size_t n = joined_numbers(l, &joined);
        if (n < 2 || (lines > 0 && n != per_line))
            return false;
        size_t points = 0;
        for (size_t k = 0; k < l->length; k++)
            points += l->text[k] == '.';
        decimals = decimals && points == n;
        plus = plus || memchr(l->text + 1, '+', l->length - 1);
        minus = minus || memchr(l->text + 1, '-', l->length - 1);
        least = joined < least ? joined : least;
        most = joined > most ? joined : most;
        per_line = n;
        lines++;
    }
    /* where it depends on the line, or on the sign, it is no date and no other name with hyphens */
    return lines >= LINES && most > 0 && (least < most || decimals || (plus && minus));
}
