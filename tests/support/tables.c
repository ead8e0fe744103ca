#include "tables.h"

#include "test.h"

#include <string.h>
#include <zlib.h>

int table_of_bytes(struct train_table *t, const void *bytes, size_t size, const struct train_data_options *o,
                   struct bz_error *err)
{
    static const struct train_data_options nothing;
    const struct train_table_options options = {.user = o ? o : &nothing};
    struct train_source s;
    if (train_source_from(&s, "data", bytes, size, 0, err) < 0)
        return -1;
    return train_table_parse(t, &s, &options, err);
}

int table_of_text(struct train_table *t, const char *text, const struct train_data_options *o, struct bz_error *err)
{
    return table_of_bytes(t, text, strlen(text), o, err);
}

void assert_message(const struct bz_error *err, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(err->msg, *words))
            fail_msg("'%s' is not in the message: %s", *words, err->msg);
}

void assert_refused(const char *text, const struct train_data_options *o, const char *const *words)
{
    struct train_table t;
    struct bz_error err;
    if (table_of_text(&t, text, o, &err) == 0)
        fail_msg("accepted: %s", text);
    assert_message(&err, words);
}

unsigned char *gzip_bytes(const void *bytes, size_t size, size_t *packed)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    *packed = deflateBound(&z, size);
    unsigned char *out = malloc(*packed);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)*packed;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *packed = z.total_out;
    deflateEnd(&z);
    return out;
}
