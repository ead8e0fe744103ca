/* .npz archives: whatever the bytes, arrays or a refusal. */
#include "mem.h"
#include "memory_file.h"
#include "npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 1 << 20 };
    char path[64];
    struct train_npz *z = NULL;
    struct bz_error err = {0};
    const int fd = memory_file(path, data, size);
    if (train_npz_open(&z, path, &err) == 0)
        for (size_t i = 0; i < train_npz_count(z) && i < 8; i++) {
            struct train_array a;
            const char *name = train_npz_name(z, i);
            if (name && train_npz_read(z, name, MOST, &a, &err) == 0) {
                double *x = bz_alloc(a.npy.count, sizeof(*x), &err);
                if (x && a.npy.count > 0)
                    bz_npy_doubles(&a.npy, a.data, 0, a.npy.count, x);
                bz_free(x);
                train_array_free(&a);
            }
        }
    train_npz_close(z);
    close(fd);
    return 0;
}
