#include "data_case.h"

#include "raw_file.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char *folder;

int case_folder(void **state)
{
    (void)state;
    folder = raw_folder();
    return 0;
}

int case_folder_end(void **state)
{
    (void)state;
    raw_remove_folder(folder);
    return 0;
}

/* Path of a new file with this text; valid for the whole test program. */
const char *file_of(const char *name, const void *bytes, size_t size)
{
    static char paths[64][512];
    static size_t n;
    char *path = paths[n++ % 64];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    raw_write(path, bytes, size);
    return path;
}

const char *text_file(const char *name, const char *text)
{
    return file_of(name, text, strlen(text));
}

struct train_data *load_like(const struct train_data_options *o, const struct train_data *like, const struct bz_machine *model)
{
    struct train_data *d;
    struct bz_error err;
    if (train_data_load(&d, o, like, model, NULL, &err) < 0)
        fail_msg("refused: %s", err.msg);
    return d;
}

struct train_data *load(const struct train_data_options *o)
{
    return load_like(o, NULL, NULL);
}

void assert_not_loaded(const struct train_data_options *o, const char *const *words)
{
    struct train_data *d;
    struct bz_error err;
    if (train_data_load(&d, o, NULL, NULL, NULL, &err) == 0)
        fail_msg("accepted");
    assert_message(&err, words);
}
