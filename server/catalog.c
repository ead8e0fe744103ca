#include "catalog.h"

#include "entries.h"
#include "index.h"
#include "ladder_file.h"
#include "mem.h"
#include "repository.h"
#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MODELS = 65536, MAX_VERSIONS = 65536, MAX_ALIAS_BYTES = 64 * 1024 };

bool srv_stamp_equal(const struct srv_stamp *a, const struct srv_stamp *b)
{
    return a->inode == b->inode && a->size == b->size && a->modified_ns == b->modified_ns && a->beside == b->beside;
}

static char *join(struct bz_error *err, const char *a, const char *b)
{
    size_t length = strlen(a) + strlen(b) + 2;
    char *path = bz_alloc(length, 1, err);
    if (path)
        snprintf(path, length, "%s/%s", a, b);
    return path;
}

struct srv_stamp srv_stamp_of(const struct stat *st)
{
    return (struct srv_stamp){st->st_ino, (uint64_t)st->st_size,
                              (int64_t)st->st_mtim.tv_sec * 1000000000 + (int64_t)st->st_mtim.tv_nsec, 0};
}

/* Whether errno says that there is nothing, and not that this cannot be seen now. */
static bool is_absent(void)
{
    return errno == ENOENT || errno == ENOTDIR;
}

/* 1 = a file, 0 = there is none, -1 = cannot be told, with errno */
static int stamp_file(int folder, const char *name, struct srv_stamp *stamp)
{
    struct stat st;
    if (fstatat(folder, name, &st, 0) < 0)
        return is_absent() && !bz_is_dead_link(folder, name) ? 0 : -1;
    *stamp = srv_stamp_of(&st);
    return S_ISREG(st.st_mode);
}

/* Tells apart states of the files beside a model: its index and its ladder. */
static uint64_t beside(int folder, const char *prefix)
{
    static const char *const names[] = {BZ_INDEX_FILE, BZ_LADDER_FILE};
    const uint64_t mix = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char file[64];
        struct srv_stamp s;
        snprintf(file, sizeof(file), "%s%s", prefix, names[i]);
        const int there = stamp_file(folder, file, &s);
        if (there < 0)
            return SRV_UNSEEN;
        if (there)
            hash = (((hash * mix + i + 1) * mix + s.inode) * mix + s.size) * mix + (uint64_t)s.modified_ns;
    }
    return hash;
}

/* Lines about what is skipped; bounded, since a repository may be any folder. */
struct lines {
    char *text; /* owned; NULL = none */
    size_t size, n;
};

static void pass_over(struct lines *lines, const char *folder, const char *entry, const char *why)
{
    enum { MAX_LINES = 100, LINE_ROOM = 640 };
    if (lines->n == MAX_LINES)
        return;
    char *larger = bz_alloc(lines->size + LINE_ROOM, 1, NULL);
    if (!larger)
        return;
    if (lines->size)
        memcpy(larger, lines->text, lines->size);
    int n = snprintf(larger + lines->size, LINE_ROOM, "%.140s%s%.256s: skipped: %s\n", folder, *folder ? "/" : "", entry, why);
    for (char *c = larger + lines->size; c < larger + lines->size + n - 1; c++)
        if ((unsigned char)*c < 0x20) /* a name may hold line breaks */
            *c = '?';
    bz_free(lines->text);
    lines->text = larger;
    lines->size += (size_t)n;
    lines->n++;
}

static bool is_folder(int dir, const char *name)
{
    struct stat st;
    return fstatat(dir, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int by_number(const void *a, const void *b)
{
    unsigned long x = ((const struct srv_folder_version *)a)->number, y = ((const struct srv_folder_version *)b)->number;
    return (x > y) - (x < y);
}

/* Room for one more element in an array whose room doubles; n is the present count. */
static int grow(void *array, size_t n, size_t limit, size_t size, struct bz_error *err)
{
    size_t room = n;
    if (n >= limit)
        return bz_fail(err, BZ_TOO_LARGE, "more than %zu entries", limit);
    return n & (n - 1) ? 0 : bz_grow(array, &room, n + 1, size, err);
}

/* The complete versions in a model's folder. *numbered: there are numbered folders at all. */
static int scan_versions(struct srv_folder *folder, bool *numbered, struct lines *lines, struct bz_error *err)
{
    const struct lines before = *lines;
    DIR *dir = opendir(folder->path);
    int rc = 0;
    *numbered = false;
    if (!dir)
        return bz_fail(err, BZ_IO, "cannot read its folder: %s", strerror(errno));
    for (const struct dirent *entry; rc == 0 && (entry = bz_next_entry(dir, &rc, err));) {
        struct srv_folder_version version = {.number = bz_version_of(entry->d_name)};
        char file[64];
        if (version.number == 0) {
            if (entry->d_name[0] != '.' && is_folder(dirfd(dir), entry->d_name))
                pass_over(lines, folder->name, entry->d_name,
                          "a version is a whole number of at most 15 digits, 1 or more, without leading zeros");
            continue;
        }
        *numbered = true;
        snprintf(file, sizeof(file), "%lu/%s", version.number, BZ_MODEL_FILE);
        if (stamp_file(dirfd(dir), file, &version.stamp) == 0) { /* where that cannot be told, loading it will say why */
            pass_over(lines, folder->name, entry->d_name,
                      faccessat(dirfd(dir), file, F_OK, 0) == 0 ? "its " BZ_MODEL_FILE
                                                                  " is a folder, a pipe or a device, not a file"
                                                                : "there is no " BZ_MODEL_FILE " in it");
            continue;
        }
        snprintf(file, sizeof(file), "%lu/", version.number);
        version.stamp.beside = beside(dirfd(dir), file);
        rc = grow(&folder->versions, folder->n_versions, MAX_VERSIONS, sizeof(version), err);
        if (rc == 0)
            folder->versions[folder->n_versions++] = version;
    }
    closedir(dir);
    if (!*numbered && lines->text != before.text) /* no model at all: one line is enough for it */
        lines->size = before.size, lines->n = before.n, lines->text[lines->size] = 0;
    if (folder->n_versions)
        qsort(folder->versions, folder->n_versions, sizeof(folder->versions[0]), by_number);
    return rc;
}

/* One line "name = version" of an aliases file. */
static int read_alias(struct srv_folder *folder, char *line, struct bz_error *err)
{
    line[strcspn(line, "#\r\n")] = 0;
    char name[SRV_NAME_ROOM], number[32], rest;
    int found = sscanf(line, " %128[^ \t=] = %31s %c", name, number, &rest);
    if (found <= 0)
        return 0;
    unsigned long version = found >= 2 ? bz_version_of(number) : 0;
    if (found != 2 || version == 0 || !bz_model_name_is_valid(name) || bz_version_of(name))
        return bz_fail(err, BZ_BAD_INPUT, "expected \"name = version\"");
    if (strcmp(name, "default") == 0) {
        const unsigned long before = folder->pinned;
        folder->pinned = version;
        return before && before != version ? bz_fail(err, BZ_BAD_INPUT, "default is given twice") : 0;
    }
    for (size_t i = 0; i < folder->n_aliases; i++)
        if (strcmp(folder->aliases[i].name, name) == 0)
            return folder->aliases[i].version == version
                       ? 0
                       : bz_fail(err, BZ_BAD_INPUT, "%s is given twice, for versions %lu and %lu", name,
                                 folder->aliases[i].version, version);
    if (!folder->aliases && !(folder->aliases = bz_alloc(SRV_MAX_ALIASES, sizeof(struct srv_alias), err)))
        return -1;
    if (folder->n_aliases == SRV_MAX_ALIASES)
        return bz_fail(err, BZ_TOO_LARGE, "more than %d aliases", SRV_MAX_ALIASES);
    struct srv_alias *alias = &folder->aliases[folder->n_aliases++];
    snprintf(alias->name, sizeof(alias->name), "%s", name);
    alias->version = version;
    return 0;
}

static void cannot_read(struct srv_folder *folder, const char *why)
{
    folder->unread = true;
    snprintf(folder->problem, sizeof(folder->problem), "aliases: %.200s", why);
}

static void read_aliases(struct srv_folder *folder)
{
    struct bz_error err = {0};
    char *path = join(&err, folder->path, "aliases");
    FILE *file = path ? bz_open_small(path, MAX_ALIAS_BYTES, false, &err) : NULL;
    bz_free(path);
    if (!file && err.code != BZ_NOT_FOUND)
        cannot_read(folder, err.msg);
    if (!file)
        return;
    char line[512];
    unsigned number = 0;
    int more;
    while ((more = bz_next_line(file, line, sizeof(line), &number, &err)) > 0 && read_alias(folder, line, &err) == 0)
        ;
    if (more < 0 && err.code == BZ_IO)
        cannot_read(folder, err.msg);
    else if (more)
        snprintf(folder->problem, sizeof(folder->problem), "aliases:%u: %.200s", number, err.msg);
    fclose(file);
}

void srv_folder_clear(struct srv_folder *folder)
{
    bz_free_all(folder->path, folder->versions, folder->aliases);
    *folder = (struct srv_folder){0};
}

/* *there: a folder, or a link to one. A link to nothing is no answer: what it leads to may be away for a while. */
static int look_at(const char *path, bool *there, struct bz_error *err)
{
    struct stat st;
    *there = false;
    if (stat(path, &st) == 0) {
        *there = S_ISDIR(st.st_mode);
        return 0;
    }
    if (!is_absent())
        return bz_fail(err, BZ_IO, "its folder cannot be looked at: %s", strerror(errno));
    return bz_is_dead_link(AT_FDCWD, path) ? bz_fail(err, BZ_IO, "a link to a folder that is not there") : 0;
}

/* Fills *folder from dir/entry; *is_model is false if that is not the folder of a model. */
static int scan_model(struct srv_folder *folder, const char *dir, const char *entry, bool *is_model, struct lines *lines,
                      struct bz_error *err)
{
    *folder = (struct srv_folder){0};
    *is_model = false;
    snprintf(folder->name, sizeof(folder->name), "%.128s", entry);
    if (!(folder->path = join(err, dir, entry)))
        return -1;
    bool numbered = false, there;
    struct bz_error why = {0};
    folder->unread = look_at(folder->path, &there, &why) < 0 || (there && scan_versions(folder, &numbered, lines, &why) < 0);
    if (!folder->unread && there && !numbered)
        pass_over(lines, "", entry, "no version in it: expected <version>/" BZ_MODEL_FILE);
    if (folder->unread)
        snprintf(folder->problem, sizeof(folder->problem), "%.200s", why.msg);
    else if (numbered)
        read_aliases(folder);
    numbered = numbered || folder->unread;
    *is_model = numbered;
    if (!numbered)
        srv_folder_clear(folder);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct srv_folder *)a)->name, ((const struct srv_folder *)b)->name);
}

static int scan_all(struct srv_catalog *catalog, const char *path, struct lines *lines, struct bz_error *err)
{
    DIR *dir = opendir(path);
    int rc = 0;
    if (!dir)
        return bz_fail(err, BZ_IO, "model repository %s: %s", path, strerror(errno));
    for (const struct dirent *entry; rc == 0 && (entry = bz_next_entry(dir, &rc, err));) {
        struct srv_folder folder;
        bool is_model;
        if (!bz_model_name_is_valid(entry->d_name)) {
            if (entry->d_name[0] != '.' && is_folder(dirfd(dir), entry->d_name))
                pass_over(lines, "", entry->d_name,
                          "not the name of a model: expected 1 to 128 letters, digits, '.', '_', '-', the first a letter or "
                          "digit (\"stats\" is reserved)");
            continue;
        }
        rc = scan_model(&folder, path, entry->d_name, &is_model, lines, err);
        if (rc == 0 && is_model) {
            rc = grow(&catalog->folders, catalog->n, MAX_MODELS, sizeof(folder), err);
            if (rc == 0)
                catalog->folders[catalog->n++] = folder;
            else
                srv_folder_clear(&folder);
        }
    }
    closedir(dir);
    if (rc < 0)
        bz_fail_in(err, "model repository %s", path);
    if (catalog->n)
        qsort(catalog->folders, catalog->n, sizeof(catalog->folders[0]), by_name);
    return rc;
}

/* The last part of a path as given (a link's own name), or of the resolved path where that says nothing, such as ".". */
static void folder_name(char out[SRV_NAME_ROOM], const char *path)
{
    size_t end = strlen(path), begin;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    snprintf(out, SRV_NAME_ROOM, "%.*s", (int)(end - begin), path + begin);
    if (strcmp(out, ".") == 0 || strcmp(out, "..") == 0) {
        char *real = realpath(path, NULL);
        const char *slash = real ? strrchr(real, '/') : NULL;
        snprintf(out, SRV_NAME_ROOM, "%.128s", slash ? slash + 1 : path);
        free(real);
    }
    if (!bz_model_name_is_valid(out))
        snprintf(out, SRV_NAME_ROOM, "model");
}

/* True if path is the folder of one model or of one version; then *folder is filled. */
static int scan_single(struct srv_folder *folder, const char *path, const char *name, bool *single, struct lines *lines,
                       struct bz_error *err)
{
    *folder = (struct srv_folder){0};
    *single = false;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct srv_folder_version version = {.number = 1};
    if (fd < 0)
        return bz_fail(err, BZ_IO, "model repository %s: %s", path, strerror(errno));
    const int bare = stamp_file(fd, BZ_MODEL_FILE, &version.stamp);
    if (bare < 0)
        bz_fail(err, BZ_IO, "model repository %s: " BZ_MODEL_FILE ": %s", path, strerror(errno));
    folder->bare = bare == 1;
    version.stamp.beside = beside(fd, "");
    close(fd);
    if (bare < 0 || !(folder->path = bz_strdup(path, err)))
        return -1;
    if (*name)
        snprintf(folder->name, sizeof(folder->name), "%.128s", name);
    else
        folder_name(folder->name, path);
    bool numbered = false;
    if (folder->bare) {
        if (!(folder->versions = bz_alloc(1, sizeof(version), err)))
            return -1;
        folder->versions[folder->n_versions++] = version;
    } else {
        if (scan_versions(folder, &numbered, lines, err) < 0)
            return bz_fail_in(err, "model repository %s", path);
        if (folder->n_versions)
            read_aliases(folder);
    }
    *single = folder->n_versions > 0;
    return 0;
}

int srv_catalog_scan(struct srv_catalog **out, const char *dir, const char *name, struct bz_error *err)
{
    bool single = false;
    struct srv_folder one = {0};
    struct lines lines = {0};
    struct stat st;
    struct srv_catalog *catalog = bz_alloc(1, sizeof(*catalog), err);
    if (!catalog)
        return -1;
    if (stat(dir, &st) == 0) {
        catalog->device = st.st_dev;
        catalog->inode = st.st_ino;
    }
    if (scan_single(&one, dir, name, &single, &lines, err) < 0)
        goto fail;
    if (single) {
        if (!(catalog->folders = bz_alloc(1, sizeof(one), err)))
            goto fail;
        catalog->folders[0] = one;
        catalog->n = 1;
    } else {
        srv_folder_clear(&one);
        bz_free(lines.text);
        lines = (struct lines){0};
        if (*name) {
            bz_fail(err, BZ_BAD_INPUT, "model-name = %s: %s is not the folder of one model", name, dir);
            goto fail;
        }
        if (scan_all(catalog, dir, &lines, err) < 0)
            goto fail;
    }
    catalog->passed_over = lines.text;
    *out = catalog;
    return 0;
fail:
    bz_free(lines.text);
    srv_folder_clear(&one);
    srv_catalog_free(catalog);
    return -1;
}

void srv_catalog_free(struct srv_catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->n; i++)
        srv_folder_clear(&catalog->folders[i]);
    bz_free_all(catalog->folders, catalog->passed_over, catalog);
}

char *srv_folder_file(const struct srv_folder *folder, unsigned long version, struct bz_error *err)
{
    char tail[64];
    snprintf(tail, sizeof(tail), "%lu/%s", version, BZ_MODEL_FILE);
    return join(err, folder->path, folder->bare ? BZ_MODEL_FILE : tail);
}
