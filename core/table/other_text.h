/* Common text that is not a table of cells: records, displays, descriptions, programs' own formats. */
#ifndef BZ_OTHER_TEXT_H
#define BZ_OTHER_TEXT_H

#include "layout.h"

/* BZ_BAD_INPUT with what the text is and how to make a table of it; 0 if it may be a table. text: from the first byte after a
 * byte order mark; l: rows, end, line and path. */
int bz_refuse_other_text(const struct bz_layout *l, const char *text, struct bz_error *err);

/* The same of a text that no separator divides, where its lines are lists of different lengths. */
int bz_refuse_lists(const struct bz_layout *l, struct bz_error *err);

/* --- between the files of this part --- */

enum { BZ_SAMPLE_LINES = 64, BZ_FEW_LINES = 4, BZ_SAMPLE_BYTES = 1 << 20 }; /* of long lines it holds a few */

struct bz_text_line {
    const char *text; /* [length], no blanks around it */
    size_t length, indent;
};

/* The first lines, blank ones and comments too, and the last that is not blank. */
struct bz_text_sample {
    struct bz_text_line line[BZ_SAMPLE_LINES], last;
    size_t n, lines; /* in the sample; in the text, less blank ones at its end */
};

/* What the first lines are if `is` holds for them; a table of these ends with NULL. */
struct bz_text_kind {
    bool (*is)(const struct bz_text_sample *s);
    const char *what, *advice;
};
extern const struct bz_text_kind bz_text_row_kinds[], bz_text_display_kinds[], bz_text_line_kinds[];

/* line_end: \n or \r. */
void bz_text_take_sample(struct bz_text_sample *s, const char *p, const char *end, char line_end);

/* The next word of a line from *at, which is advanced past it; false at the end. */
bool bz_line_word(const struct bz_text_line *l, size_t *at, struct bz_cell *word);
bool bz_text_is_number(const char *text, size_t length);
bool bz_cell_is_whole(const struct bz_cell *w);
/* The words of the line, of which *numbers are numbers. */
size_t bz_line_count_words(const struct bz_text_line *l, size_t *numbers);
bool bz_line_begins(const struct bz_text_line *l, const char *text);
/* How many of letters, digits, _ . - there are from the start, the first a letter or _. */
size_t bz_name_length(const char *t, size_t length);
/* Whether the text names types of columns, in the second cell and all after it: numeric, categorical, string. The line above it
 * has as many cells: their names. */
bool bz_line_is_of_types(const struct bz_text_line *l, const struct bz_text_line *above);
/* The index of the first line that is neither blank nor a comment. */
size_t bz_first_line(const struct bz_text_sample *s);
/* Rows of two signs (+-, ud), without separators or with blanks; of numbers with nothing between them but their signs. */
bool bz_lines_of_two_signs(const struct bz_text_sample *s);
bool bz_lines_of_joined_numbers(const struct bz_text_sample *s);
/* Whether there are at least `least` lines that are neither blank nor comments, and `is` holds for all of them. */
bool bz_all_lines(const struct bz_text_sample *s, size_t least, bool (*is)(const struct bz_text_line *l));

#endif
