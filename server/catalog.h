/* What a model repository holds: folders of models, their complete versions, their aliases. Reads names only, loads nothing. */
#ifndef CATALOG_H
#define CATALOG_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { SRV_NAME_ROOM = 129, SRV_MAX_ALIASES = 64 };

#define SRV_UNSEEN UINT64_MAX /* one of them could not be looked at */

/* Tells apart states of a file. */
struct srv_stamp {
    uint64_t inode, size;
    int64_t modified_ns;
    uint64_t beside; /* state of the index and ladder beside a model's file, as a hash; 0 = none, or SRV_UNSEEN */
};

struct srv_folder_version {
    unsigned long number;
    struct srv_stamp stamp; /* inode 0 = its file could not be looked at */
};

struct srv_alias {
    char name[SRV_NAME_ROOM];
    unsigned long version;
};

struct srv_folder {
    char name[SRV_NAME_ROOM];
    char *path;                          /* folder of the versions; owned */
    bool bare;                           /* path itself is the one version: path/model.safetensors */
    struct srv_folder_version *versions; /* [n_versions] ascending; owned */
    size_t n_versions;
    struct srv_alias *aliases; /* [n_aliases], `default` left out; owned */
    size_t n_aliases;
    unsigned long pinned; /* `default = N` of the aliases file; 0 = none */
    char problem[256];    /* why the folder or its aliases file cannot be used; "" if they can */
    bool unread;          /* not seen, or not in full: what was known before holds */
};

struct srv_catalog {
    struct srv_folder *folders; /* [n], names ascending; owned */
    size_t n;
    uint64_t device, inode; /* of the repository's folder */
    char *passed_over;      /* a line with the reason for each folder that is not a model or version; owned, NULL = none */
};

/* dir is a repository, or the folder of one model (or of one version), which then is called `name`, or after its folder if
 * name is "". *out is the caller's. */
int srv_catalog_scan(struct srv_catalog **out, const char *dir, const char *name, struct bz_error *err);
void srv_catalog_free(struct srv_catalog *catalog); /* NULL is fine */

/* Releases what the folder owns and empties it. */
void srv_folder_clear(struct srv_folder *folder);
/* Path of a version's file; the caller's, bz_free. */
char *srv_folder_file(const struct srv_folder *folder, unsigned long version, struct bz_error *err);
bool srv_stamp_equal(const struct srv_stamp *a, const struct srv_stamp *b);
struct srv_stamp srv_stamp_of(const struct stat *st);

#endif
