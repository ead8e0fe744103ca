#include "repository.h"

#include "entries.h"
#include "file_write.h"
#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MODEL_NAME = 128, MAX_VERSION_DIGITS = 15, PUBLISH_TRIES = 1000 };

bool bz_model_name_is_valid(const char *name)
{
    static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strlen(name);
    return length >= 1 && length <= MAX_MODEL_NAME && isalnum((unsigned char)name[0]) && strspn(name, others) == length &&
           strcmp(name, "stats") != 0;
}

unsigned long bz_version_of(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > MAX_VERSION_DIGITS || name[digits] || name[0] == '0')
        return 0;
    return strtoul(name, NULL, 10);
}

/* dir/name; the caller's */
static char *join(const char *dir, const char *name, struct bz_error *err)
{
    const size_t length = strlen(dir), room = length + strlen(name) + 2;
    char *path = bz_alloc(room, 1, err);
    if (path)
        snprintf(path, room, "%s%s%s", dir, length > 0 && dir[length - 1] == '/' ? "" : "/", name);
    return path;
}

/* 1 = a file, 0 = there is none, -1 = cannot be told, with errno */
static int is_file(int dir, const char *path)
{
    struct stat st;
    if (fstatat(dir, path, &st, 0) < 0)
        return (errno == ENOENT || errno == ENOTDIR) && !bz_is_dead_link(dir, path) ? 0 : -1;
    return S_ISREG(st.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Highest version folder, 0 if there is none; with `complete` only those that hold a model file. */
static int highest(unsigned long *best, const char *model_dir, bool complete, struct bz_error *err)
{
    DIR *dir = opendir(model_dir);
    unsigned long unseen = 0; /* the highest that cannot be told */
    int rc = 0, why = 0;
    *best = 0;
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : bz_fail(err, BZ_IO, "%s: its versions cannot be listed: %s", model_dir, strerror(errno));
    for (const struct dirent *entry; rc == 0 && (entry = bz_next_entry(dir, &rc, err));) {
        const unsigned long version = bz_version_of(entry->d_name);
        char path[24 + sizeof("/" BZ_MODEL_FILE)];
        if (version <= *best || version < unseen)
            continue;
        snprintf(path, sizeof(path), "%lu/" BZ_MODEL_FILE, version);
        const int there = complete ? is_file(dirfd(dir), path) : 1;
        if (there < 0) {
            unseen = version;
            why = errno;
        } else if (there) {
            *best = version;
        }
    }
    closedir(dir);
    if (rc == 0 && unseen > *best)
        rc = bz_fail(err, BZ_IO, "%lu/" BZ_MODEL_FILE ": %s", unseen,
                     why == ENOENT ? "a link to a file that is not there" : strerror(why));
    return rc < 0 ? bz_fail_in(err, "%s", model_dir) : 0;
}

int bz_repository_latest(unsigned long *version, const char *model_dir, struct bz_error *err)
{
    return highest(version, model_dir, true, err);
}

int bz_model_path(char **path, const char *given, struct bz_error *err)
{
    struct stat st;
    if (stat(given, &st) < 0)
        return bz_fail(err, BZ_NOT_FOUND, "%s: %s; expected a model (REPOSITORY/NAME), a version folder or a model file", given,
                       strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        *path = bz_strdup(given, err);
        return *path ? 0 : -1;
    }
    char *inside = join(given, BZ_MODEL_FILE, err);
    if (!inside)
        return -1;
    const int there = is_file(AT_FDCWD, inside);
    if (there < 0) {
        bz_fail(err, BZ_IO, "%s: %s", inside, errno == ENOENT ? "a link to a file that is not there" : strerror(errno));
        bz_free(inside);
        return -1;
    }
    if (!there) {
        unsigned long version;
        bz_free(inside);
        if (bz_repository_latest(&version, given, err) < 0)
            return -1;
        if (version == 0)
            return bz_fail(err, BZ_NOT_FOUND,
                           "%s: neither a version folder (no file " BZ_MODEL_FILE
                           " in it) nor a model (no folder <version>/ with one, version a whole number from 1)",
                           given);
        char name[24 + sizeof("/" BZ_MODEL_FILE)];
        snprintf(name, sizeof(name), "%lu/" BZ_MODEL_FILE, version);
        inside = join(given, name, err);
        if (!inside)
            return -1;
    }
    *path = inside;
    return 0;
}

int bz_model_folder_check(const char *model_dir, struct bz_error *err)
{
    size_t length = strlen(model_dir);
    while (length > 1 && model_dir[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && model_dir[start - 1] != '/')
        start--;
    char *name = bz_strndup(model_dir + start, length - start, err);
    if (!name)
        return -1;
    const bool valid = bz_model_name_is_valid(name);
    bz_free(name);
    if (!valid)
        return bz_fail(err, BZ_BAD_USAGE,
                       "%s: the last part is not a valid model name; expected 1 to %d letters, digits and ._- with a letter or "
                       "digit first, and not \"stats\"",
                       model_dir, MAX_MODEL_NAME);
    return 0;
}

void bz_version_abandon(const char *stage, bool made, const char *model_dir)
{
    if (stage)
        bz_remove_folder(stage);
    if (made)
        rmdir(model_dir); /* unless another has published there meanwhile */
}

int bz_version_stage(char **stage, bool *made, const char *model_dir, struct bz_error *err)
{
    const bool new_model = made && access(model_dir, F_OK) < 0;
    if (bz_model_folder_check(model_dir, err) < 0 || bz_make_folders(model_dir, err) < 0)
        return -1;
    char *path = join(model_dir, ".new-XXXXXX", err);
    if (path && !mkdtemp(path)) {
        bz_fail(err, BZ_IO, "%s: cannot create a folder in it: %s", model_dir, strerror(errno));
        bz_drop(&path);
    }
    if (!path) {
        bz_version_abandon(NULL, new_model, model_dir);
        return -1;
    }
    if (made)
        *made = new_model;
    /* mkdtemp makes a private folder, but the daemon's user must be able to read the version: it gets the permissions of the
     * model's folder. */
    struct stat st;
    if (stat(model_dir, &st) == 0)
        chmod(path, st.st_mode & 0777);
    *stage = path;
    return 0;
}

int bz_version_publish(unsigned long *version, const char *stage, const char *model_dir, struct bz_error *err)
{
    if (bz_sync_folder(stage, err) < 0)
        return -1;
    for (int i = 0; i < PUBLISH_TRIES; i++) {
        unsigned long next;
        char name[24];
        if (highest(&next, model_dir, false, err) < 0)
            return -1;
        next++;
        snprintf(name, sizeof(name), "%lu", next);
        if (bz_version_of(name) != next)
            return bz_fail(err, BZ_TOO_LARGE, "%s: no version number left above %lu", model_dir, next - 1);
        char *path = join(model_dir, name, err);
        if (!path)
            return -1;
        /* rename replaces only an empty folder, so a version that another process has made meanwhile is not lost. */
        const int failed = renameat2(AT_FDCWD, stage, AT_FDCWD, path, RENAME_NOREPLACE) < 0 ? errno : 0;
        const bool plain = failed == EINVAL && !is_folder(path) && rename(stage, path) == 0;
        bz_free(path);
        if (failed == 0 || plain) {
            *version = next;
            bz_settle_folder(model_dir);
            return 0;
        }
        if (failed != EEXIST && failed != ENOTEMPTY)
            return bz_fail(err, BZ_IO, "%s: version %lu cannot be renamed into place: %s", model_dir, next, strerror(failed));
    }
    return bz_fail(err, BZ_IO, "%s: no free version number found in %d attempts", model_dir, PUBLISH_TRIES);
}
