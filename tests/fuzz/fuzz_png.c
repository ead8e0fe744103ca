/* Pictures from strangers: whatever the bytes, they are refused or every pixel has a level. */
#include "png_image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bz_png_head head;
    struct bz_error err = {0};
    if (bz_png_read_head(&head, bytes, size, &err) < 0 || head.width * head.height > 1 << 16) {
        if (!err.msg[0] && head.width * head.height <= 1 << 16)
            abort();
        return 0;
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
    return 0;
}
