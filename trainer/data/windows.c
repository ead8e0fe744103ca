#include "windows.h"

#include "mem.h"
#include "table.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { WINDOW = 8 << 20 }; /* bytes of text; its values take about ten times as much */

struct train_windows {
    const char *path; /* borrowed */
    gzFile file;      /* also reads uncompressed text */
    uint64_t total;   /* bytes on disk */
    bool ended, quoted;
    char *bytes; /* [room]: what is above the rows, the rows, and from size on the beginning of further ones */
    size_t head, size, used, room;
    struct bz_text_rest rest;
    struct train_window now;
};

/* After a read that was interrupted, of which zlib may have lost a part. */
static bool read_again(struct train_windows *w, z_off_t at)
{
    gzFile file = gzopen(w->path, "rb");
    if (!file || gzseek(file, at, SEEK_SET) != at) {
        if (file)
            gzclose(file);
        return false;
    }
    gzclose(w->file);
    w->file = file;
    return true;
}

/* Fills the buffer to `want` bytes, or to the end of the file. */
static int fill(struct train_windows *w, size_t want, struct bz_error *err)
{
    if (want + 1 > w->room) {
        char *more = bz_alloc(want + 1, 1, err);
        if (!more)
            return -1;
        if (w->used)
            memcpy(more, w->bytes, w->used);
        bz_free(w->bytes);
        w->bytes = more;
        w->room = want + 1;
    }
    while (w->used < want && !w->ended) {
        int status;
        const z_off_t at = gztell(w->file);
        const int got = gzread(w->file, w->bytes + w->used, (unsigned)(want - w->used));
        const char *why = gzerror(w->file, &status);
        if (got < 0 && status == Z_ERRNO && errno == EINTR && read_again(w, at))
            continue;
        if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END))
            return bz_fail(err, BZ_IO, "%s: cannot read on after %zu bytes: %s", w->path, w->used, why);
        w->ended = got == 0;
        w->used += (size_t)got;
    }
    w->bytes[w->used] = 0;
    return 0;
}

/* The end of the last line in bytes[size] that is not inside quotes; 0 = there is none. *quoted: whether there are quotes. */
static size_t last_line(const char *bytes, size_t size, bool *quoted)
{
    size_t end = 0, quotes = 0;
    for (size_t i = 0; i < size; i++) {
        quotes += bytes[i] == '"';
        end = bytes[i] == '\n' && quotes % 2 == 0 ? i + 1 : end;
    }
    *quoted = quotes > 0;
    return end;
}

static void show(struct train_windows *w)
{
    w->now = (struct train_window){w->bytes, w->size, w->rest.layout.rows ? &w->rest : NULL};
}

int train_windows_open(struct train_windows **out, const char *path, struct bz_error *err)
{
    struct stat st;
    *out = NULL;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    struct train_windows *w = bz_alloc(1, sizeof(*w), err);
    if (!w)
        return -1;
    w->path = path;
    w->total = (uint64_t)st.st_size;
    w->file = gzopen(path, "rb");
    if (w->file && fill(w, WINDOW, err) < 0) {
        train_windows_close(w);
        return -1;
    }
    w->size = w->used < WINDOW ? 0 : last_line(w->bytes, w->used, &w->quoted);
    if (w->size == 0 || !train_table_is_text((const uint8_t *)w->bytes, w->size)) {
        train_windows_close(w);
        return 0;
    }
    show(w);
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 1 << 20); /* a window's memory is returned as a whole, else the heap grows by what lies between */
#endif
    *out = w;
    return 0;
}

void train_windows_close(struct train_windows *w)
{
    if (!w)
        return;
    if (w->file)
        gzclose(w->file);
    bz_free(w->bytes);
    bz_free(w);
}

bool train_windows_are_sure(const struct train_windows *w)
{
    return !w->quoted;
}

const struct train_window *train_windows_now(const struct train_windows *w)
{
    return &w->now;
}

size_t train_windows_before(const struct train_windows *w)
{
    return w->rest.rows;
}

double train_windows_read(const struct train_windows *w)
{
    const z_off_t at = gzoffset(w->file);
    return w->ended || w->total == 0 ? 1 : (double)at / (double)w->total;
}

int train_windows_settle(struct train_windows *w, const struct bz_text_form *form, struct bz_error *err)
{
    const struct bz_layout *l = &form->layout;
    if (l->converted)
        return bz_fail(err, BZ_UNSUPPORTED, "%s: is UTF-16", w->path);
    w->rest.layout = *l;
    w->rest.layout.path = w->path;
    w->rest.rows_at = (size_t)(l->rows - form->text);
    w->rest.comment_at = l->comment ? (size_t)(l->comment - form->text) : 0;
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(l->fields, sizeof(*cells), err);
    size_t n, line;
    int rc = cells ? 0 : -1;
    bz_cells_start(&c, w->path, l->rows, (size_t)(l->end - l->rows), &l->dialect, 1);
    if (rc == 0 && l->header)
        rc = bz_cells_row(&c, cells, l->fields, &n, &line, err) < 0 ? -1 : 0;
    w->head = (size_t)(c.next - form->text);
    bz_cells_free(&c);
    bz_free(cells);
    return rc;
}

/* The end of complete rows in bytes[head .. used]; SIZE_MAX = no row ends there. */
static size_t whole_rows(const struct train_windows *w, struct bz_error *err)
{
    const struct bz_layout *l = &w->rest.layout;
    struct bz_cells c;
    struct bz_cell *cells = bz_alloc(l->fields, sizeof(*cells), err);
    size_t n, line, end = SIZE_MAX;
    bz_cells_start(&c, w->path, w->bytes + w->head, w->used - w->head, &l->dialect, 1);
    while (cells && bz_cells_row(&c, cells, l->fields, &n, &line, NULL) > 0 && c.next > w->bytes + w->head &&
           c.next[-1] == l->dialect.line_end)
        end = (size_t)(c.next - w->bytes);
    bz_cells_free(&c);
    bz_free(cells);
    return end;
}

int train_windows_next(struct train_windows *w, size_t rows, struct bz_error *err)
{
    size_t want = w->head + WINDOW;
    for (const char *p = w->bytes + w->head; p < w->bytes + w->size; p++)
        w->rest.lines += *p == w->rest.layout.dialect.line_end;
    w->rest.rows += rows;
    memmove(w->bytes + w->head, w->bytes + w->size, w->used - w->size);
    w->used -= w->size - w->head;
    do { /* a row may be longer than a window */
        if (fill(w, want, err) < 0)
            return -1;
        w->size = w->ended ? w->used : whole_rows(w, err);
        if (w->size == SIZE_MAX && bz_mul(&want, want, 2) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%s: a row does not fit memory", w->path);
    } while (w->size == SIZE_MAX);
    show(w);
    for (size_t i = w->head; w->ended && i < w->size; i++)
        if (!strchr(" \t\r\n", w->bytes[i]) || w->rest.layout.fields == 1)
            return 1;
    return !w->ended;
}
