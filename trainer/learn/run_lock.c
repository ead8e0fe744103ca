#include "run_lock.h"

#include "entries.h"
#include "file_write.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100, TEXT = 300 };

struct train_run_lock {
    int fd;
    char *folder, *path;
    bool new_model; /* the enclosing folder did not exist before */
};

/* The holder of the lock, as written in it: "PID HOST". */
static int refuse(const char *folder, int fd, struct bz_error *err)
{
    char text[TEXT] = "", host[TEXT] = "an unknown host";
    long pid = 0;
    const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    if (sscanf(text, "%ld %255s", &pid, host) != 2)
        return bz_fail(err, BZ_BAD_INPUT, "%s: another run is training into this model; wait for it, or choose another --out",
                       folder);
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: process %ld on host %s is training into this model; wait for it, or choose another --out", folder, pid,
                   host);
}

static void sign(int fd)
{
    char host[256] = "unknown", text[TEXT];
    if (gethostname(host, sizeof(host) - 1) < 0)
        strcpy(host, "unknown");
    const int n = snprintf(text, sizeof(text), "%ld %s\n", (long)getpid(), host);
    /* The lock works even if this cannot be written. */
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return;
}

/* Whether the path still names the open file: another run may have ended and removed it. */
static bool is_same(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int open_locked(struct train_run_lock *l, char *warning, struct bz_error *err)
{
    for (int i = 0; i < TRIES; i++) {
        if (bz_make_folders(l->folder, err) < 0)
            return -1;
        l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (l->fd < 0 && errno == ENOENT)
            continue; /* the folder was removed by the run that ended */
        if (l->fd < 0)
            return bz_fail(err, BZ_IO, "%s: cannot be opened: %s", l->path, strerror(errno));
        int rc;
        while ((rc = flock(l->fd, LOCK_EX | LOCK_NB)) < 0 && errno == EINTR)
            ;
        if (rc < 0 && errno == EWOULDBLOCK)
            return refuse(l->folder, l->fd, err);
        if (rc < 0)
            snprintf(warning, TEXT,
                     "%s: %s: this file system has no locks, so nothing keeps a second run from disturbing this one", l->path,
                     strerror(errno));
        if (rc < 0 || is_same(l->fd, l->path)) {
            sign(l->fd);
            return 0;
        }
        close(l->fd);
        l->fd = -1;
    }
    return bz_fail(err, BZ_IO, "%s: other processes keep creating and removing it", l->path);
}

/* Removes what a killed run had not finished writing. */
static void remove_leftovers(const char *folder)
{
    DIR *dir = opendir(folder);
    int rc = 0;
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = bz_next_entry(dir, &rc, NULL));)
        if (strncmp(entry->d_name, ".checkpoint.", 12) == 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

/* The start of a path's last part; its end if there is only one part. */
static char *last_slash(char *path)
{
    char *slash = strrchr(path, '/');
    return slash ? slash : path + strlen(path);
}

int train_run_lock_take(struct train_run_lock **out, const char *folder, char *warning, struct bz_error *err)
{
    *warning = 0;
    struct train_run_lock *l = bz_alloc(1, sizeof(*l), err);
    if (!l)
        return -1;
    l->fd = -1;
    const size_t room = strlen(folder) + sizeof("/lock");
    l->folder = bz_strdup(folder, err);
    if (!l->folder || !(l->path = bz_alloc(room, 1, err)))
        goto fail;
    memcpy(l->path, folder, strlen(folder) + 1);
    *last_slash(l->path) = 0;
    l->new_model = access(l->path, F_OK) < 0;
    snprintf(l->path, room, "%s/lock", folder);
    if (open_locked(l, warning, err) < 0)
        goto fail;
    remove_leftovers(folder);
    *out = l;
    return 0;
fail:
    if (l->fd >= 0)
        close(l->fd);
    bz_free_all(l->path, l->folder, l);
    return -1;
}

/* Whether nothing but the lock is in the folder, for sure. */
static bool is_empty(const char *folder)
{
    bool empty = true;
    int rc = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return false;
    for (const struct dirent *entry; (entry = bz_next_entry(dir, &rc, NULL));)
        empty = empty && !strcmp(entry->d_name, "lock");
    closedir(dir);
    return empty && rc == 0;
}

void train_run_lock_free(struct train_run_lock *l, bool all)
{
    if (!l)
        return;
    if (all || is_empty(l->folder)) {
        bz_remove_folder(l->folder);
        *last_slash(l->folder) = 0;
        if (l->new_model)
            rmdir(l->folder); /* unless it holds a version */
    }
    close(l->fd);
    bz_free_all(l->path, l->folder, l);
}
