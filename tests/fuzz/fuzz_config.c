/* Configuration and key files: whatever the bytes, options or an error that names a line. The first byte chooses which. */
#include "keys.h"
#include "memory_file.h"
#include "options.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keys(const char *path)
{
    struct srv_keys *keys = NULL;
    struct bz_error err = {0};
    char name[SRV_KEY_NAME_ROOM];
    if (srv_keys_read(&keys, path, &err) == 0)
        srv_keys_check(keys, "a key that nobody has", name, NULL);
    else if (!err.msg[0])
        abort();
    srv_keys_free(keys);
}

/* What was parsed is printed as a file that parses to the same. */
static void options(char *path)
{
    char program[] = "boltzd", flag[] = "--config", *argv[] = {program, flag, path, NULL}, *none[] = {NULL};
    struct srv_options o = {0}, again = {0};
    struct bz_error err = {0};
    enum srv_action action;
    const char *words[2];
    if (srv_options_read(&o, &action, words, 3, argv, none, &err) == 0) {
        char *text = NULL, *second = NULL, copy[64];
        size_t size, length;
        FILE *out = open_memstream(&text, &size);
        srv_options_print(&o, out);
        fclose(out);
        const int fd = memory_file(copy, text, size);
        argv[2] = copy;
        if (srv_options_read(&again, &action, words, 3, argv, none, &err) != 0)
            abort();
        out = open_memstream(&second, &length);
        srv_options_print(&again, out);
        fclose(out);
        if (strcmp(text, second) != 0)
            abort();
        free(text);
        free(second);
        close(fd);
    } else if (!err.msg[0]) {
        abort();
    }
    srv_options_free(&again);
    srv_options_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    if (size == 0)
        return 0;
    const int fd = memory_file(path, data + 1, size - 1);
    if (data[0] & 1)
        keys(path);
    else
        options(path);
    close(fd);
    return 0;
}
