#include "assets.h"

#include "mem.h"
#include "small_file.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ASSET = 16 * 1024 * 1024 };

#define ASSET(symbol, path, file, type) extern const char srv_asset_##symbol[], srv_asset_##symbol##_end[];
#include "assets_list.h"
#undef ASSET

static const struct {
    const char *path, *file, *type;
    const char *begin, *end;
} assets[] = {
#define ASSET(symbol, path, file, type) {path, file, type, srv_asset_##symbol, srv_asset_##symbol##_end},
#include "assets_list.h"
#undef ASSET
};

enum { N_ASSETS = sizeof(assets) / sizeof(assets[0]), N_CODINGS = SRV_DEFLATE + 1 };

static pthread_mutex_t coded_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *bytes; /* NULL until requested */
    size_t size;
} coded[N_ASSETS][N_CODINGS]; /* with coded_lock held; kept until the process ends */

static char *from_folder(const char *folder, const char *name, size_t *size)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return NULL;
    FILE *file = bz_open_small(path, MAX_ASSET, false, NULL); /* on an event loop: waits for nothing */
    char *bytes = file ? bz_alloc(MAX_ASSET, 1, NULL) : NULL;
    *size = bytes ? fread(bytes, 1, MAX_ASSET, file) : 0;
    if (bytes && ferror(file))
        bz_drop(&bytes);
    if (file)
        fclose(file);
    return bytes;
}

const char *srv_asset(const char *path, const char *web_dir, size_t *size, const char **type, bool *owned)
{
    for (size_t i = 0; i < N_ASSETS; i++) {
        if (strcmp(path, assets[i].path) != 0)
            continue;
        *type = assets[i].type;
        char *bytes = *web_dir ? from_folder(web_dir, assets[i].file, size) : NULL;
        *owned = bytes != NULL;
        if (bytes)
            return bytes;
        *size = (size_t)(assets[i].end - assets[i].begin);
        return assets[i].begin;
    }
    return NULL;
}

const char *srv_asset_coded(const char *bytes, enum srv_coding coding, size_t *size)
{
    size_t i = 0;
    while (i < N_ASSETS && assets[i].begin != bytes)
        i++;
    if (i == N_ASSETS || coding == SRV_PLAIN || (int)coding >= N_CODINGS)
        return NULL;
    pthread_mutex_lock(&coded_lock);
    if (!coded[i][coding].bytes)
        srv_deflate(&coded[i][coding].bytes, &coded[i][coding].size, bytes, (size_t)(assets[i].end - bytes), coding);
    const char *found = coded[i][coding].bytes;
    *size = coded[i][coding].size;
    pthread_mutex_unlock(&coded_lock);
    return found;
}
