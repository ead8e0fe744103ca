/* Lines and words of a text in memory: what the readers of line-oriented formats share. */
#ifndef TRAIN_TEXT_LINES_H
#define TRAIN_TEXT_LINES_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct train_lines {
    const char *path;      /* for messages; borrowed, as the text is */
    const char *at, *end;  /* the rest */
    const char *line;      /* [length] the line read last, without its end */
    size_t length, number; /* its number, from 1 */
};

/* The next line; false at the end. */
bool train_next_line(struct train_lines *l);
/* Like strtok over the current line: the next run of characters other than blank, tab and carriage return; false if there is
 * none. *place is 0 at first. */
bool train_next_word(const struct train_lines *l, size_t *place, const char **word, size_t *length);
/* How many words are left from *place on. */
size_t train_count_words(const struct train_lines *l, size_t place);
/* The next word as a number: also nan, NA and the like, which become NaN, and inf, which becomes infinite. 1 = a number, 0 = no
 * word left, -1 = another word. */
int train_next_number(const struct train_lines *l, size_t *place, double *out);
/* True if the line, after blanks, is empty. */
bool train_line_is_blank(const struct train_lines *l);
/* "path, line n: ..." */
int train_line_fail(const struct train_lines *l, struct bz_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
