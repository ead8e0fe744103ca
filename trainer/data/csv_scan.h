/* Cells and rows of separated text (RFC 4180, and what people write instead: other separators, spaces, bare line feeds). */
#ifndef TRAIN_CSV_SCAN_H
#define TRAIN_CSV_SCAN_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct csv_cell {
    const char *text; /* length bytes, no 0 after them; valid until the next row is read */
    size_t length;
};

struct csv_scan {
    const char *path; /* for messages; borrowed */
    const char *next, *end;
    char separator;      /* ' ' = any run of spaces; 0 = none: a line is a cell */
    size_t line;         /* line number of `next`, from 1 */
    char *unquoted;      /* room for cells whose doubled quotes were undone; owned */
    size_t unquoted_end; /* bytes of it in use by this row */
};

/* Looks at the first line for the separator: tab, semicolon, comma or spaces. The text is borrowed. */
void csv_scan_start(struct csv_scan *c, const char *path, const char *text, size_t size, bool one_per_line);
void csv_scan_free(struct csv_scan *c);

/* Reads a row: *n cells, of which the first `room` are written to cells; *line is where it starts. Blank lines are passed over
 * unless a line is a cell. Returns 1, 0 at the end, -1 with *err set for broken quotes. */
int csv_scan_row(struct csv_scan *c, struct csv_cell *cells, size_t room, size_t *n, size_t *line, struct bz_error *err);

#endif
