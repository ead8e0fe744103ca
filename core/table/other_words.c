/* Splits lines into words. */
#include "number_text.h"
#include "other_text.h"

#include <ctype.h>
#include <string.h>

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
