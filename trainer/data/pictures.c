#include "pictures.h"

#include "digest.h"
#include "entries.h"
#include "foreign.h"
#include "mathx.h"
#include "mem.h"
#include "png_image.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_PICTURES = 1 << 24, LEVELS_A_BYTE = 257 /* 65535 / 255 */ };

/* A level of 16 bits in 0 .. 255: the float whose quotient by 255 is level / 65535 rounded once, as requests have it. (There is
 * one for each level, next to level / 257.) */
static double of_255(uint16_t level)
{
    const float want = bz_level(level, UINT16_MAX), near = (float)level / LEVELS_A_BYTE, above = nextafterf(near, UINT16_MAX);
    return (double)(bz_level(near, 255) == want ? near : bz_level(above, 255) == want ? above : nextafterf(near, 0));
}

static bool matches(const uint8_t *data, size_t size)
{
    return bz_png_is(data, size);
}

/* Room for n rows, whose size is the first picture's. */
static int make_rows(struct train_table *t, size_t n, const struct bz_png_head *head, struct bz_error *err)
{
    t->rows = t->file_rows = n;
    t->columns = head->width * head->height; /* sides are bounded */
    t->shape[0] = head->height;
    t->shape[1] = head->width;
    t->rank = 2;
    t->bytes = t->levels = true;
    t->store = TRAIN_U8;
    if (train_table_check_size(t->path, t->rows, t->columns, err) < 0)
        return -1;
    t->u8 = bz_alloc(t->rows * t->columns, 1, err);
    return t->u8 ? 0 : -1;
}

/* Bytes become doubles at the first picture of 16 bits. */
static int widen(struct train_table *t, struct bz_error *err)
{
    if (t->store == TRAIN_F64)
        return 0;
    const size_t n = t->rows * t->columns;
    if (!(t->f64 = bz_alloc(n, sizeof(double), err)))
        return -1;
    for (size_t i = 0; i < n; i++)
        t->f64[i] = t->u8[i];
    bz_drop(&t->u8);
    t->store = TRAIN_F64;
    return 0;
}

static int take_picture(struct train_table *t, size_t row, const struct train_source *s, uint16_t *levels, struct bz_error *err)
{
    unsigned most;
    if (bz_png_read(levels, &most, t->shape[1], t->shape[0], 1, s->data, s->size, err) < 0)
        return bz_fail_in(err, "%s", s->path);
    if (most == UINT16_MAX && widen(t, err) < 0)
        return -1;
    for (size_t i = 0; i < t->columns; i++)
        if (t->store == TRAIN_U8)
            t->u8[row * t->columns + i] = (uint8_t)levels[i];
        else
            t->f64[row * t->columns + i] = most == UINT16_MAX ? of_255(levels[i]) : levels[i];
    return 0;
}

static int read_one(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct bz_png_head head;
    (void)o;
    if (bz_png_read_head(&head, s->data, s->size, err) < 0)
        return bz_fail_in(err, "%s", s->path);
    if (make_rows(t, 1, &head, err) < 0)
        return -1;
    uint16_t *levels = bz_alloc(t->columns, sizeof(*levels), err);
    const int rc = levels ? take_picture(t, 0, s, levels, err) : -1;
    bz_free(levels);
    return rc;
}

const struct train_format train_format_png = {"PNG", matches, read_one, false};

/* --- a folder --- */

struct listing {
    char **names;
    size_t n, room;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_folder(struct listing *l, const char *folder, struct bz_error *err)
{
    DIR *d = opendir(folder);
    if (!d)
        return bz_fail(err, BZ_IO, "%s: cannot open: %s", folder, strerror(errno));
    int rc = 0;
    for (const struct dirent *e; rc == 0 && (e = bz_next_entry(d, &rc, err));) {
        if (e->d_name[0] == '.')
            continue;
        if (l->n == MOST_PICTURES)
            rc = bz_fail(err, BZ_TOO_LARGE, "more than %d files", MOST_PICTURES);
        else if (bz_grow(&l->names, &l->room, l->n + 1, sizeof(*l->names), err) < 0 ||
                 !(l->names[l->n] = bz_strdup(e->d_name, err)))
            rc = -1;
        else
            l->n++;
    }
    closedir(d);
    if (rc < 0)
        bz_fail_in(err, "%s", folder);
    if (rc == 0 && l->n > 0)
        qsort(l->names, l->n, sizeof(*l->names), by_name);
    return rc;
}

/* One file of the folder: a row, or skipped. */
static int take_file(struct train_table *t, const char *path, size_t most, uint16_t **levels, char digest[65],
                     struct bz_error *err)
{
    struct train_source s;
    struct bz_png_head head;
    int rc = 0;
    if (train_source_read(&s, path, err) < 0)
        return -1;
    if (!bz_png_is(s.data, s.size)) {
        rc = s.size > 0 ? train_refuse_foreign(&s, err) : 0;
        goto out;
    }
    const struct bz_span both[] = {{digest, 64}, {s.digest, 64}};
    bz_sha256_hex(both, 2, digest);
    if (t->columns == 0) {
        if ((rc = bz_png_read_head(&head, s.data, s.size, err)) < 0) {
            bz_fail_in(err, "%s", path);
            goto out;
        }
        if ((rc = make_rows(t, most, &head, err)) < 0 ||
            (rc = (*levels = bz_alloc(t->columns, sizeof(**levels), err)) ? 0 : -1) < 0)
            goto out;
        t->rows = 0;
    }
    const size_t row = t->rows;
    t->rows = most; /* allowing for bytes that become doubles */
    rc = take_picture(t, row, &s, *levels, err);
    t->rows = row + 1;
out:
    train_source_free(&s);
    return rc;
}

static bool holds(const char *folder, const char *name, bool a_folder)
{
    char path[4096];
    struct stat st;
    return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && stat(path, &st) == 0 &&
           S_ISDIR(st.st_mode) == a_folder;
}

/* Folders that other programs make, told by a file in them, and folders of folders. */
static int check_folder(const char *folder, const struct listing *l, struct bz_error *err)
{
    static const struct {
        const char *file, *what, *advice;
    } known[] = {
        {".zarray", "an array of zarr", "numpy.save(\"data.npy\", zarr.open(FOLDER)[:])"},
        {".zgroup", "a group of zarr", "numpy.save(\"data.npy\", zarr.open(FOLDER)[NAME][:])"},
        {"zarr.json", "an array or a group of zarr", "numpy.save(\"data.npy\", zarr.open(FOLDER)[NAME][:])"},
        {"data.mdb", "an LMDB database", "its values have a form of their own: write rows as CSV or .npy"},
        {"saved_model.pb", "a model of TensorFlow", "no rows to learn from are in it"},
        {"dataset_info.json", "a data set of Hugging Face's",
         "datasets.load_from_disk(FOLDER).to_pandas().to_csv(\"data.csv\", index=False)"},
    };
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (holds(folder, known[k].file, false))
            return bz_fail(err, BZ_BAD_INPUT, "%s: is %s, which is not read; %s", folder, known[k].what, known[k].advice);
    size_t folders = 0;
    while (folders < l->n && holds(folder, l->names[folders], true))
        folders++;
    if (folders > 0 && folders == l->n)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: is a folder of folders ('%.60s' ...), expected one folder of PNG pictures; with a class in each: "
                       "mkdir all; for f in */*.png; do ln -s \"$PWD/$f\" \"all/${f/\\//~}\"; done; and the labels of --data "
                       "all: LC_ALL=C ls all | sed 's/~.*//' >labels.txt",
                       folder, l->names[0]);
    return 0;
}

int train_pictures_read(struct train_table *t, const char *folder, char digest[65], struct bz_error *err)
{
    struct listing l = {0};
    uint16_t *levels = NULL;
    int rc = list_folder(&l, folder, err);
    if (rc == 0)
        rc = check_folder(folder, &l, err);
    memset(digest, '0', 64);
    digest[64] = 0;
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        char path[4096];
        if (snprintf(path, sizeof(path), "%s/%s", folder, l.names[i]) >= (int)sizeof(path))
            rc = bz_fail(err, BZ_BAD_INPUT, "%s/%.40s...: the path is too long", folder, l.names[i]);
        else
            rc = take_file(t, path, l.n, &levels, digest, err);
    }
    t->file_rows = t->rows;
    if (rc == 0 && t->rows == 0)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: is a folder without PNG files, expected a data file or a folder of PNG pictures",
                     folder);
    if (rc == 0)
        rc = train_table_say(t, err, "%zu PNG picture%s of %zux%zu in the order of their names%s", t->rows,
                             t->rows == 1 ? "" : "s", t->shape[0], t->shape[1], t->rows < l.n ? "; other files skipped" : "");
    bz_free(levels);
    bz_texts_free(l.names, l.n);
    return rc;
}
