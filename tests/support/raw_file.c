#include "raw_file.h"

#include "file_write.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

unsigned char *raw_safetensors(const char *header, const void *data, size_t size, size_t *file_size)
{
    size_t length = 0, at = 8;
    for (const char *c = header; *c; c++)
        length += *c == '`' ? 2 : 1;
    unsigned char *file = malloc(8 + length + size);
    assert_non_null(file);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)(length >> 8 * i);
    for (const char *c = header; *c; c++) {
        if (*c == '`')
            file[at++] = '\\';
        file[at++] = *c == '\'' || *c == '`' ? '"' : (unsigned char)*c;
    }
    if (size > 0)
        memcpy(file + at, data, size);
    *file_size = at + size;
    return file;
}

unsigned char *raw_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *size = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    fclose(f);
    return bytes;
}

void raw_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

char *raw_folder(void)
{
    char *folder = strdup("/tmp/boltz-test-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

void raw_remove_folder(char *folder)
{
    bz_remove_folder(folder);
    free(folder);
}

static char *group_folder;

int raw_group_begin(char *path, size_t room, const char *name)
{
    group_folder = raw_folder();
    snprintf(path, room, "%s/%s", group_folder, name);
    return 0;
}

int raw_group_end(void **state)
{
    (void)state;
    raw_remove_folder(group_folder);
    return 0;
}

const char *raw_group_folder(void)
{
    return group_folder;
}

size_t raw_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}
