#include "assets.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ASSET = 16 * 1024 * 1024 };

extern const char srv_asset_index_html[], srv_asset_index_html_end[];

static const struct {
    const char *path, *file, *type;
    const char *begin, *end;
} assets[] = {
    {"/", "index.html", "text/html; charset=utf-8", srv_asset_index_html, srv_asset_index_html_end},
};

static char *from_folder(const char *folder, const char *name, size_t *size)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return NULL;
    FILE *file = fopen(path, "re");
    char *bytes = file ? bz_alloc(MAX_ASSET, 1, NULL) : NULL;
    *size = bytes ? fread(bytes, 1, MAX_ASSET, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

const char *srv_asset(const char *path, const char *web_dir, size_t *size, const char **type, bool *owned)
{
    for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
        if (strcmp(path, assets[i].path) != 0)
            continue;
        *type = assets[i].type;
        *owned = *web_dir;
        if (*web_dir)
            return from_folder(web_dir, assets[i].file, size);
        *size = (size_t)(assets[i].end - assets[i].begin);
        return assets[i].begin;
    }
    return NULL;
}
