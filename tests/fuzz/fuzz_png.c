/* Untrusted images: whatever the bytes, they are refused or every pixel has a level. If the last byte is even, the checksums
 * of the chunks are corrected; otherwise the contents of the chunks would hardly ever be read. */
#include "png_image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SIGNATURE = 8 };

static void mend_sums(uint8_t *bytes, size_t size)
{
    for (size_t at = SIGNATURE; at + 12 <= size;) {
        const uint8_t *l = bytes + at;
        const size_t length = (size_t)l[0] << 24 | (size_t)l[1] << 16 | (size_t)l[2] << 8 | l[3];
        if (length > size - at - 12)
            return;
        const uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4);
        for (size_t b = 0; b < 4; b++)
            bytes[at + 8 + length + b] = (uint8_t)(sum >> (24 - 8 * b));
        at += length + 12;
    }
}

static void one_picture(const uint8_t *bytes, size_t size)
{
    struct bz_png_head head;
    struct bz_error err = {0};
    if (bz_png_read_head(&head, bytes, size, &err) < 0 || head.width * head.height > 1 << 16) {
        if (!err.msg[0] && head.width * head.height <= 1 << 16)
            abort();
        return;
    }
    float *values = malloc(head.width * head.height * 3 * sizeof(*values));
    for (size_t channels = 1; channels <= 3; channels += 2) {
        err.msg[0] = 0;
        const int rc = bz_png_read_unit(values, head.width, head.height, channels, bytes, size, &err);
        if (rc < 0 && !err.msg[0])
            abort();
        for (size_t i = 0; rc == 0 && i < head.width * head.height * channels; i++)
            if (!(values[i] >= 0 && values[i] <= 1))
                abort();
    }
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size);
    memcpy(bytes, data, size);
    if (size > SIGNATURE && data[size - 1] % 2 == 0)
        mend_sums(bytes, size);
    one_picture(bytes, size);
    free(bytes);
    return 0;
}
