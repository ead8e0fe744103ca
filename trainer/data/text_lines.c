#include "text_lines.h"

#include "number_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool train_next_line(struct train_lines *l)
{
    if (l->at >= l->end)
        return false;
    const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
    stop = stop ? stop : l->end;
    l->line = l->at;
    l->length = (size_t)(stop - l->at);
    if (l->length > 0 && l->line[l->length - 1] == '\r')
        l->length--;
    l->at = stop + (stop < l->end);
    l->number++;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool train_next_word(const struct train_lines *l, size_t *place, const char **word, size_t *length)
{
    size_t i = *place;
    while (i < l->length && is_blank(l->line[i]))
        i++;
    *word = l->line + i;
    const size_t from = i;
    while (i < l->length && !is_blank(l->line[i]))
        i++;
    *length = i - from;
    *place = i;
    return *length > 0;
}

size_t train_count_words(const struct train_lines *l, size_t place)
{
    const char *word;
    size_t length, n = 0;
    while (train_next_word(l, &place, &word, &length))
        n++;
    return n;
}

int train_next_number(const struct train_lines *l, size_t *place, double *out)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"nan", NAN},           {"-nan", NAN},           {"na", NAN},
                 {"inf", INFINITY},      {"+inf", INFINITY},      {"-inf", -INFINITY},
                 {"infinity", INFINITY}, {"-infinity", -INFINITY}};
    const char *word;
    size_t length;
    if (!train_next_word(l, place, &word, &length))
        return 0;
    if (bz_parse_number(word, length, out) == 0)
        return 1;
    for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
        if (strlen(words[k].word) == length && strncasecmp(words[k].word, word, length) == 0) {
            *out = words[k].value;
            return 1;
        }
    return -1;
}

bool train_line_is_blank(const struct train_lines *l)
{
    return train_count_words(l, 0) == 0;
}

int train_line_fail(const struct train_lines *l, struct bz_error *err, const char *format, ...)
{
    char text[400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return bz_fail(err, BZ_BAD_INPUT, "%s, line %zu: %s", l->path, l->number, text);
}
