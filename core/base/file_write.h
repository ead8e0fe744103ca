/* Files that appear whole or not at all: written under a temporary name in the same folder, forced to disk, then renamed. */
#ifndef BZ_FILE_WRITE_H
#define BZ_FILE_WRITE_H

#include "errors.h"

#include <stddef.h>

struct bz_file; /* a file being written; nobody sees it yet */

/* Starts writing what will become `path`. A path that exists and is neither a regular file nor a folder (a terminal, a pipe,
 * /dev/stdout) is written to directly. */
int bz_file_open(struct bz_file **out, const char *path, struct bz_error *err);
/* Appends n bytes. After a failure only bz_file_discard makes sense. */
int bz_file_write(struct bz_file *f, const void *bytes, size_t n, struct bz_error *err);
/* Makes the file appear: fsync, reading it back and comparing, rename, fsync of the folder. Frees f in either case; on failure
 * nothing is left behind and what was at `path` before is untouched. */
int bz_file_commit(struct bz_file *f, struct bz_error *err);
/* Gives up: removes the temporary file and frees f. NULL is fine. */
void bz_file_discard(struct bz_file *f);

/* All of the above for n bytes. */
int bz_file_save(const char *path, const void *bytes, size_t n, struct bz_error *err);

/* Makes a folder and those above it; one that exists is fine. */
int bz_make_folders(const char *path, struct bz_error *err);
/* Called when a file is in place but its folder cannot be flushed to disk: the file exists, but may not survive a power cut.
 * NULL = no call. To be set once, before any thread starts. */
extern void (*bz_file_warn)(const char *message);
/* To be called after a rename: bz_sync_folder, but a failure is only a warning, since the rename is not undone. */
void bz_settle_folder(const char *path);

/* Flushes a folder's entries (names created, removed or renamed) to disk. */
int bz_sync_folder(const char *path, struct bz_error *err);
/* Removes a folder and everything in it, as far as possible; for staged files that are no longer wanted. */
void bz_remove_folder(const char *path);

#endif
