/* A text table that need not fit memory: some rows at a time, each with the names above them, read as a separate table with the
 * layout of the first rows. */
#ifndef TRAIN_WINDOWS_H
#define TRAIN_WINDOWS_H

#include "dataset.h"

struct train_windows;

/* What the reader of tables gets in place of a file. */
struct train_window {
    const char *bytes; /* [size]; borrowed from the windows */
    size_t size;
    const struct bz_text_rest *rest; /* NULL = the first rows of the table, whose layout is to be found */
};

/* Opens a file (.gz too) that is a text table of more than one window; *out is NULL if it is not one, or is read whole. *out is
 * the caller's. */
int train_windows_open(struct train_windows **out, const char *path, struct bz_error *err);
void train_windows_close(struct train_windows *w); /* NULL is fine */

/* The current window: at first the first rows. */
const struct train_window *train_windows_now(const struct train_windows *w);

/* False where the first rows hold quotes, so that they may have been cut in the middle of a cell: if they do not parse as a
 * table, the whole file may. */
bool train_windows_are_sure(const struct train_windows *w);

/* Takes over the layout of the first window's table; BZ_UNSUPPORTED for text that must be converted. */
int train_windows_settle(struct train_windows *w, const struct bz_text_form *form, struct bz_error *err);

/* The next rows, after a window of this many. 1, 0 at the end, -1. */
int train_windows_next(struct train_windows *w, size_t rows, struct bz_error *err);

/* Rows before this window; and how much of the file has been read, 0 .. 1. */
size_t train_windows_before(const struct train_windows *w);
double train_windows_read(const struct train_windows *w);

#endif
