#include "lending.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* One walk over a data set measures, writes and reads it, so that the three agree. Structures are copied as they are; a pointer
 * in a copy says that something follows, and is replaced by the reader's own. */
enum way { MEASURE, LEND, BORROW };
struct walk {
    enum way way;
    bool outline; /* without the values of rows */
    uint8_t *at;  /* the shared bytes; NULL while measuring */
    size_t used, bytes;
    bool failed; /* borrowing only */
    struct bz_error *err;
};

static void fail(struct walk *w)
{
    if (!w->failed)
        bz_fail(w->err, BZ_IO, "rows of another process: %zu bytes end too early", w->bytes);
    w->failed = true;
}

/* Room for the next item; NULL if there is none to read or write. */
static uint8_t *next(struct walk *w, size_t count, size_t size)
{
    enum { LINE = 64 };
    const size_t from = (w->used + LINE - 1) / LINE * LINE, bytes = count * size; /* of arrays that exist */
    if (w->way == BORROW && (w->failed || from > w->bytes || bytes > w->bytes - from)) {
        fail(w);
        return NULL;
    }
    w->used = from + bytes;
    return w->way == MEASURE ? NULL : w->at + from;
}

static void plain(struct walk *w, void *x, size_t size)
{
    uint8_t *there = next(w, 1, size);
    if (w->way == LEND)
        memcpy(there, x, size);
    else if (w->way == BORROW && there)
        memcpy(x, there, size);
}

static void *pointer_at(const void *place)
{
    void *x;
    memcpy(&x, place, sizeof(x));
    return x;
}

/* An array of which each process has its own copy. pointer: the address of its pointer; NULL there = no array. */
static void own(struct walk *w, void *pointer, size_t count, size_t size)
{
    void *x = pointer_at(pointer);
    if (!x)
        return;
    uint8_t *there = next(w, count, size);
    if (w->way == LEND)
        memcpy(there, x, count * size);
    if (w->way != BORROW)
        return;
    x = there ? bz_alloc(count, size, w->err) : NULL;
    if (x)
        memcpy(x, there, count * size);
    else
        w->failed = true;
    memcpy(pointer, &x, sizeof(x));
}

/* An array that lies in the shared bytes from now on; in an outline there is none. */
static void shared(struct walk *w, void *pointer, size_t count, size_t size)
{
    static void *const none;
    void *x = pointer_at(pointer);
    if (w->outline && w->way == BORROW)
        memcpy(pointer, &none, sizeof(none));
    if (!x || w->outline)
        return;
    uint8_t *there = next(w, count, size);
    if (w->way == LEND) {
        memcpy(there, x, count * size);
        bz_free(x);
    }
    if (w->way != MEASURE)
        memcpy(pointer, &there, sizeof(there));
}

static void text(struct walk *w, char **x)
{
    size_t n = w->way == BORROW || !*x ? 0 : strlen(*x) + 1;
    if (!*x)
        return;
    plain(w, &n, sizeof(n));
    own(w, x, n, 1);
}

static void texts(struct walk *w, char ***list, size_t n)
{
    own(w, list, n, sizeof(**list));
    for (size_t i = 0; *list && i < n; i++)
        text(w, &(*list)[i]);
}

static void walk_part(struct walk *w, struct train_part *p, size_t rows)
{
    own(w, &p->group, p->size, sizeof(*p->group));
    texts(w, &p->columns, p->n_columns);
    texts(w, &p->categories, p->n_categories);
    own(w, &p->mean, p->size, sizeof(*p->mean));
    own(w, &p->deviation, p->size, sizeof(*p->deviation));
    own(w, &p->limit, p->size, sizeof(*p->limit));
    own(w, &p->least, p->size, sizeof(*p->least));
    shared(w, &p->u8, rows * p->size, sizeof(*p->u8));
    shared(w, &p->f32, rows * p->size, sizeof(*p->f32));
    shared(w, &p->row_start, rows + 1, sizeof(*p->row_start));
    const size_t values = p->row_start ? p->row_start[rows] : 0;
    shared(w, &p->index, values, sizeof(*p->index));
    shared(w, &p->value, values, sizeof(*p->value));
    (w->outline ? own : shared)(w, &p->absent, rows, sizeof(*p->absent));
}

static void stay_behind(struct train_data *d)
{
    struct bz_columns none = {.base = -1};
    memcpy(none.binarize, d->columns.binarize, sizeof(none.binarize));
    d->columns = none;
    d->ids = d->said = NULL;
    d->n_said = 0;
    d->index_name = NULL;
    d->form = NULL;
}

static void walk_data(struct walk *w, struct train_data *d)
{
    plain(w, d, sizeof(*d));
    if (w->way == BORROW)
        stay_behind(d);
    own(w, &d->parts, d->n_parts, sizeof(*d->parts));
    for (size_t i = 0; d->parts && i < d->n_parts; i++)
        walk_part(w, &d->parts[i], d->rows);
    own(w, &d->labels, d->rows, sizeof(*d->labels));
    own(w, &d->weights, d->rows, sizeof(*d->weights));
    texts(w, &d->classes, d->n_classes);
    own(w, &d->files, d->n_files, sizeof(*d->files));
    for (size_t i = 0; d->files && i < d->n_files; i++)
        text(w, &d->files[i].path);
}

static int refused(struct bz_error *err, const char *what)
{
    return bz_fail(err, BZ_IO, "rows for other processes: %s: %s", what, strerror(errno));
}

/* Moves the values into a file of w->bytes bytes, which d then owns. */
static int move_into(struct train_data *d, int fd, struct walk *w, const uint64_t *mark, struct bz_error *err)
{
    void *at = mmap(NULL, w->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return bz_fail(err, BZ_NO_MEMORY, "rows for other processes: no memory for %zu bytes", w->bytes);
    memcpy(at, mark, sizeof(*mark));
    *w = (struct walk){.way = LEND, .at = at, .used = sizeof(*mark), .bytes = w->bytes, .err = err};
    walk_data(w, d);
    mprotect(at, w->bytes, PROT_READ);
    d->shared = at;
    d->shared_bytes = w->bytes;
    d->lent = fd;
    return 0;
}

int train_data_lend(struct train_data *d, struct train_loan *out, struct bz_error *err)
{
    struct train_loan loan = {.process = (uint64_t)getpid()};
    struct walk w = {.way = MEASURE, .used = sizeof(loan.mark), .err = err};
    *out = (struct train_loan){0};
    walk_data(&w, d);
    loan.bytes = w.bytes = w.used;
    if (getrandom(&loan.mark, sizeof(loan.mark), 0) != (ssize_t)sizeof(loan.mark))
        return refused(err, "no random number");
    const int fd = memfd_create("boltz-rows", MFD_CLOEXEC);
    if (fd < 0)
        return refused(err, "memfd_create");
    if (ftruncate(fd, (off_t)w.bytes) < 0 || move_into(d, fd, &w, &loan.mark, err) < 0) {
        close(fd);
        return bz_fail(err, BZ_NO_MEMORY, "rows for other processes: no memory for %zu bytes", loan.bytes);
    }
    loan.descriptor = (uint64_t)fd;
    *out = loan;
    return 0;
}

/* A file without a name, with `bytes` bytes of disk space and twice as many left. */
static int nameless(const char *folder, size_t bytes, struct bz_error *err)
{
    char path[4096];
    struct statvfs space;
    struct statfs kind;
    if (statvfs(folder, &space) < 0 || statfs(folder, &kind) < 0)
        return bz_fail(err, BZ_IO, "%s: %s", folder, strerror(errno));
    if (kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC)
        return bz_fail(err, BZ_IO, "%s: files there are in memory", folder);
    if (space.f_bavail / 3 < bytes / space.f_frsize + 1)
        return bz_fail(err, BZ_IO, "%s: no room for three times %zu bytes", folder, bytes);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (size_t)snprintf(path, sizeof(path), "%s/rows-XXXXXX", folder) < sizeof(path) &&
        (fd = mkostemp(path, O_CLOEXEC)) >= 0) /* file systems without such files */
        unlink(path);
    if (fd < 0)
        return bz_fail(err, BZ_IO, "%s: a file for rows: %s", folder, strerror(errno));
    const int failed = posix_fallocate(fd, 0, (off_t)bytes);
    if (!failed)
        return fd;
    close(fd);
    return bz_fail(err, BZ_IO, "%s: %zu bytes for rows: %s", folder, bytes, strerror(failed));
}

int train_data_set_aside(struct train_data *d, const char *folder, struct bz_error *err)
{
    const uint64_t mark = 0;
    struct walk w = {.way = MEASURE, .used = sizeof(mark), .err = err};
    if (d->shared)
        return 0;
    walk_data(&w, d);
    w.bytes = w.used;
    const int fd = nameless(folder, w.bytes, err);
    if (fd < 0)
        return -1;
    if (move_into(d, fd, &w, &mark, err) < 0) {
        close(fd);
        return -1;
    }
    fdatasync(fd); /* what follows only releases memory: where it fails, rows stay there a while longer */
    madvise(d->shared, d->shared_bytes, MADV_RANDOM);
    madvise(d->shared, d->shared_bytes, MADV_DONTNEED);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}

/* The lender's pages, read-only. */
static void *map(const struct train_loan *loan, struct bz_error *err)
{
    char path[64];
    struct stat st;
    uint64_t mark;
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd/%" PRIu64, loan->process, loan->descriptor);
    const int fd = loan->bytes > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == loan->bytes
                   ? mmap(NULL, loan->bytes, PROT_READ, MAP_SHARED, fd, 0)
                   : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (at != MAP_FAILED && memcmp(at, &loan->mark, sizeof(mark)) == 0)
        return at;
    if (at != MAP_FAILED)
        munmap(at, loan->bytes);
    bz_fail(err, BZ_IO, "%s: not the rows that another process has lent", path);
    return NULL;
}

int train_data_borrow(struct train_data **out, const struct train_loan *loan, struct bz_error *err)
{
    struct train_data *d = bz_alloc(1, sizeof(*d), err);
    uint8_t *at = d ? map(loan, err) : NULL;
    *out = NULL;
    if (!at) {
        bz_free(d);
        return -1;
    }
    struct walk w = {.way = BORROW, .at = at, .used = sizeof(loan->mark), .bytes = loan->bytes, .err = err};
    walk_data(&w, d);
    d->shared = at;
    d->shared_bytes = loan->bytes;
    d->lent = 0;
    if (w.failed) {
        train_data_free(d);
        return -1;
    }
    *out = d;
    return 0;
}

/* --- to other hosts --- */

int train_data_outline(struct train_data *d, void **out, size_t *bytes, struct bz_error *err)
{
    struct walk w = {.way = MEASURE, .outline = true, .err = err};
    walk_data(&w, d);
    if (!(*out = bz_alloc(w.used, 1, err)))
        return -1;
    *bytes = w.used;
    w = (struct walk){.way = LEND, .outline = true, .at = *out, .bytes = *bytes, .err = err};
    walk_data(&w, d);
    return 0;
}

int train_data_of_outline(struct train_data **out, void *outline, size_t bytes, struct bz_error *err)
{
    struct walk w = {.way = BORROW, .outline = true, .at = outline, .bytes = bytes, .err = err};
    struct train_data *d = bz_alloc(1, sizeof(*d), err);
    if (!d)
        return -1;
    walk_data(&w, d);
    d->shared = NULL;
    d->lent = 0;
    for (size_t p = 0; d->parts && p < d->n_parts; p++)
        d->parts[p].partial = true;
    if (w.failed) {
        train_data_free(d);
        return -1;
    }
    *out = d;
    return 0;
}
