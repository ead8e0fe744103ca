/* Layout: the line MAGIC; the settings' lines; an empty line; for each field a line "name bytes"; an empty line; the bytes of
 * the fields one after the other; the sha256 of all that as 64 hex digits. */
#include "checkpoint.h"

#include "digest.h"
#include "file_write.h"
#include "kernels.h"
#include "mem.h"
#include "source.h"
#include "text_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "boltz checkpoint 1\n"
enum { DIGEST = BZ_DIGEST_ROOM - 1 };

/* --- fields --- */

int train_fields_add(struct train_fields *f, const char *name, void *data, size_t bytes, struct bz_error *err)
{
    if (bz_grow(&f->items, &f->room, f->n + 1, sizeof(*f->items), err) < 0)
        return -1;
    f->items[f->n++] = (struct train_field){.name = name, .data = data, .bytes = bytes};
    return 0;
}

int train_fields_add_two(struct train_fields *f, const char *name, float *x, size_t n, float least, float most,
                         struct bz_error *err)
{
    if (train_fields_add(f, name, x, n * sizeof(*x), err) < 0)
        return -1;
    struct train_field *field = &f->items[f->n - 1];
    field->two = true;
    field->least = least;
    field->most = most;
    return 0;
}

int train_fields_add_all(struct train_fields *f, const struct train_field *fields, size_t n, struct bz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (train_fields_add(f, fields[i].name, fields[i].data, fields[i].bytes, err) < 0)
            return -1;
    return 0;
}

int train_fields_part(void *arg, const char *name, void *data, size_t bytes)
{
    const struct train_listing *l = arg;
    return train_fields_add(l->f, name, data, bytes, l->err);
}

void train_fields_free(struct train_fields *f)
{
    bz_free(f->items);
    *f = (struct train_fields){0};
}

enum { WORDS = 64 }; /* of bits at a time */

static size_t words_of(size_t n)
{
    return (n + 63) / 64;
}

/* Bytes of a copy. */
static size_t copied(const struct train_field *f)
{
    return f->two ? words_of(f->bytes / sizeof(float)) * sizeof(uint64_t) : f->bytes;
}

static void copy_out(const struct train_field *f, char *to)
{
    const size_t n = f->bytes / sizeof(float);
    uint64_t bits[WORDS];
    if (!f->two) {
        memcpy(to, f->data, f->bytes);
        return;
    }
    for (size_t i = 0; i < n; i += (size_t)64 * WORDS) {
        const size_t some = n - i < (size_t)64 * WORDS ? n - i : (size_t)64 * WORDS, bytes = words_of(some) * sizeof(*bits);
        bz_cpu()->bits(bits, (const float *)f->data + i, f->least, f->most, some);
        memcpy(to, bits, bytes);
        to += bytes;
    }
}

static void copy_in(const struct train_field *f, const char *from)
{
    float *x = f->data;
    uint64_t bits = 0;
    if (!f->two) {
        memcpy(f->data, from, f->bytes);
        return;
    }
    for (size_t i = 0; i < f->bytes / sizeof(*x); i++) {
        if (i % 64 == 0)
            memcpy(&bits, from + i / 64 * sizeof(bits), sizeof(bits));
        x[i] = bits >> i % 64 & 1 ? f->most : f->least;
    }
}

size_t train_fields_bytes(const struct train_fields *f)
{
    size_t bytes = 0;
    for (size_t i = 0; i < f->n; i++)
        bytes += copied(&f->items[i]);
    return bytes;
}

void train_fields_copy_out(const struct train_fields *f, void *buffer)
{
    char *to = buffer;
    for (size_t i = 0; i < f->n; to += copied(&f->items[i++]))
        copy_out(&f->items[i], to);
}

void train_fields_copy_in(const struct train_fields *f, const void *buffer)
{
    const char *from = buffer;
    for (size_t i = 0; i < f->n; from += copied(&f->items[i++]))
        copy_in(&f->items[i], from);
}

static int gather(const struct train_fields *things, size_t n, struct bz_spread *spread, struct bz_error *err)
{
    size_t first, count, bytes = 0;
    for (size_t i = 0; i < n; i++) /* sizes may differ a little: groups of 33 and 34 rows */
        if (train_fields_bytes(&things[i]) > bytes)
            bytes = train_fields_bytes(&things[i]);
    char *all = bz_alloc(n, bytes, err);
    if (!all)
        return -1;
    spread->share(spread, n, &first, &count);
    for (size_t i = first; i < first + count; i++)
        train_fields_copy_out(&things[i], all + i * bytes);
    const int rc = spread->gather(spread, all, bytes, n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (i < first || i >= first + count)
            train_fields_copy_in(&things[i], all + i * bytes);
    bz_free(all);
    return rc;
}

int train_fields_gather(struct bz_spread *spread, size_t n,
                        int (*list)(void *arg, size_t thing, struct train_fields *f, struct bz_error *err), void *arg,
                        struct bz_error *err)
{
    struct train_fields *things = spread ? bz_alloc(n, sizeof(*things), err) : NULL;
    int rc = things || !spread ? 0 : -1;
    for (size_t i = 0; things && rc == 0 && i < n; i++)
        rc = list(arg, i, &things[i], err);
    if (things && rc == 0)
        rc = gather(things, n, spread, err);
    for (size_t i = 0; things && i < n; i++)
        train_fields_free(&things[i]);
    bz_free(things);
    return rc;
}

/* --- writing --- */

int train_checkpoint_save(const char *path, const char *settings, const struct train_fields *f, struct bz_error *err)
{
    char digest[BZ_DIGEST_ROOM];
    struct bz_text header;
    struct bz_file *file = NULL;
    struct bz_span *spans = NULL;
    int rc = -1;
    FILE *text = bz_text_begin(&header, err);
    if (!text)
        return -1;
    fprintf(text, MAGIC "%s\n", settings);
    for (size_t i = 0; i < f->n; i++)
        fprintf(text, "%s %zu\n", f->items[i].name, f->items[i].bytes);
    fputc('\n', text);
    if (bz_text_end(&header, "the checkpoint", err) < 0 || !(spans = bz_alloc(f->n + 1, sizeof(*spans), err)) ||
        bz_file_open(&file, path, err) < 0)
        goto out;
    spans[0] = (struct bz_span){header.text, header.size};
    for (size_t i = 0; i < f->n; i++)
        spans[i + 1] = (struct bz_span){f->items[i].data, f->items[i].bytes};
    bz_sha256_hex(spans, f->n + 1, digest);
    for (size_t i = 0; i <= f->n; i++)
        if (bz_file_write(file, spans[i].bytes, spans[i].size, err) < 0)
            goto out;
    if (bz_file_write(file, digest, DIGEST, err) < 0)
        goto out;
    rc = bz_file_commit(file, err);
    file = NULL;
out:
    if (file)
        bz_file_discard(file);
    bz_free(spans);
    bz_text_free(&header);
    return rc;
}

/* --- reading --- */

struct train_checkpoint {
    struct train_source file;
    char *path;
    const char *fields; /* the first field line, in file.data */
    const char *data;   /* the first field's bytes */
};

static size_t key_length(const char *line)
{
    const size_t n = strcspn(line, "\n");
    const char *sign = memmem(line, n, " = ", 3);
    return sign ? (size_t)(sign - line) + 3 : n;
}

/* Whether one of the lines has the same key as this one. */
static bool has_key(const char *lines, const char *line)
{
    const size_t n = key_length(line);
    for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
        if (key_length(lines) == n && memcmp(lines, line, n) == 0)
            return true;
    return false;
}

void train_settings_difference(char words[TRAIN_DIFFERENCE], const char *there, const char *here)
{
    enum { MOST = 100 }; /* bytes of a line to show */
    size_t a, b;
    for (;; there += a + (there[a] == '\n'), here += b + (here[b] == '\n')) {
        a = strcspn(there, "\n");
        b = strcspn(here, "\n");
        if (a != b || memcmp(there, here, a) != 0 || !*there)
            break;
    }
    const int shown[] = {(int)(a < MOST ? a : MOST), (int)(b < MOST ? b : MOST)};
    if (!*there && !*here)
        snprintf(words, TRAIN_DIFFERENCE, "with other settings");
    else if (*there && !has_key(here, there))
        snprintf(words, TRAIN_DIFFERENCE, "with '%.*s', not without it", shown[0], there);
    else if (*here && !has_key(there, here))
        snprintf(words, TRAIN_DIFFERENCE, "without '%.*s', not with it", shown[1], here);
    else
        snprintf(words, TRAIN_DIFFERENCE, "with '%.*s', not '%.*s'", shown[0], there, shown[1], here);
}

static int differ(const char *path, const char *there, const char *here, struct bz_error *err)
{
    char words[TRAIN_DIFFERENCE];
    train_settings_difference(words, there, here);
    const bool data = strstr(words, "sha256 of file");
    return bz_fail(err, BZ_BAD_INPUT, "%s: the run was started %s; --resume continues with the same %s", path, words,
                   data ? "data only (--restart begins afresh; --init goes on with other data from a finished model)"
                        : "settings only");
}

static int check(struct train_checkpoint *c, const char *settings, struct bz_error *err)
{
    char digest[BZ_DIGEST_ROOM];
    char *text = (char *)c->file.data;
    const size_t size = c->file.size, magic = strlen(MAGIC);
    if (size < magic + DIGEST || memcmp(text, MAGIC, magic) != 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: not a checkpoint of this version of boltz", c->path);
    bz_sha256_hex(&(struct bz_span){text, size - DIGEST}, 1, digest);
    if (memcmp(digest, text + size - DIGEST, DIGEST) != 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: the checkpoint is damaged: its bytes do not have the digest at its end",
                       c->path);
    char *end = memmem(text, size, "\n\n", 2),
         *fields_end = end ? memmem(end + 2, size - (size_t)(end + 2 - text), "\n\n", 2) : NULL;
    if (!fields_end)
        return bz_fail(err, BZ_BAD_INPUT, "%s: not a checkpoint of this version of boltz", c->path);
    end[1] = 0;
    if (strcmp(text + magic, settings) != 0)
        return differ(c->path, text + magic, settings, err);
    c->fields = end + 2;
    c->data = fields_end + 2;
    return 0;
}

int train_checkpoint_open(struct train_checkpoint **out, const char *path, const char *settings, struct bz_error *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return bz_fail(err, BZ_NOT_FOUND, "%s: there is no checkpoint to resume from (--auto-resume begins a run then)", path);
    struct train_checkpoint *c = bz_alloc(1, sizeof(*c), err);
    if (!c)
        return -1;
    if (!(c->path = bz_strdup(path, err)) || train_source_read(&c->file, path, err) < 0) {
        bz_free(c->path);
        bz_free(c);
        return -1;
    }
    if (check(c, settings, err) < 0) {
        train_checkpoint_close(c);
        return -1;
    }
    *out = c;
    return 0;
}

int train_checkpoint_take(const struct train_checkpoint *c, const struct train_fields *f, struct bz_error *err)
{
    const char *line = c->fields, *data = c->data;
    const char *const end = (const char *)c->file.data + c->file.size - DIGEST;
    for (int fill = 0; fill < 2; fill++, line = c->fields, data = c->data)
        for (size_t i = 0; i < f->n; i++) {
            char want[128];
            int n = snprintf(want, sizeof(want), "%s %zu\n", f->items[i].name, f->items[i].bytes);
            if ((size_t)n >= sizeof(want) || strncmp(line, want, (size_t)n) != 0 || f->items[i].bytes > (size_t)(end - data))
                return bz_fail(err, BZ_BAD_INPUT, "%s: expected %zu bytes of '%s', found '%.*s'", c->path, f->items[i].bytes,
                               f->items[i].name, (int)strcspn(line, "\n"), line);
            if (fill)
                memcpy(f->items[i].data, data, f->items[i].bytes);
            line += n;
            data += f->items[i].bytes;
        }
    return 0;
}

void train_checkpoint_close(struct train_checkpoint *c)
{
    if (!c)
        return;
    train_source_free(&c->file);
    bz_free(c->path);
    bz_free(c);
}

int train_stage_of(const struct train_checkpoint *c, uint64_t *number, struct bz_error *err)
{
    struct train_field field = {.name = "stage", .data = number, .bytes = sizeof(*number)};
    const struct train_fields one = {.items = &field, .n = 1};
    return train_checkpoint_take(c, &one, err);
}
