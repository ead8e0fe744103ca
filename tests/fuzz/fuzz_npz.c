/* .npz archives, given as bytes or built from arbitrary ones (made_npz.h): whatever they hold, they give arrays, a table, a
 * machine of another program, or an error. The first byte chooses the table's options, the second what is done. */
#include "made_npz.h"
#include "memory_file.h"
#include "npz.h"
#include "use_bundle.h"
#include "use_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_BYTES = 1, AS_TABLE = 2, AS_MODEL = 4, MOST = 1 << 20 };

static const char *const names[] = {"data",
                                    "indices",
                                    "indptr",
                                    "shape",
                                    "format",
                                    "row",
                                    "col",
                                    "offsets",
                                    "1",
                                    "x",
                                    "X_train",
                                    "y",
                                    "components_",
                                    "intercept_visible_",
                                    "intercept_hidden_",
                                    "W",
                                    "b",
                                    "c",
                                    "vishid",
                                    "hidbiases",
                                    "visbiases",
                                    "weights",
                                    "vbias",
                                    "hbias",
                                    "a",
                                    "h",
                                    "J",
                                    "parameter_W",
                                    "sigma",
                                    "log_sigma",
                                    "labels",
                                    "W2",
                                    "hidpen",
                                    "penbiases"};

static void read_arrays(const char *path)
{
    struct train_npz *z = NULL;
    struct bz_error err = {0};
    if (train_npz_open(&z, path, &err) == 0)
        for (size_t i = 0; i < train_npz_count(z) && i < 8; i++) {
            struct train_array a;
            const char *name = train_npz_name(z, i);
            if (name && train_npz_read(z, name, MOST, &a, &err) == 0) {
                double *x = bz_alloc(a.npy.count, sizeof(*x), &err);
                if (x && a.npy.count > 0 && bz_dtype_is_number(a.npy.dtype))
                    bz_npy_doubles(&a.npy, a.data, 0, a.npy.count, x);
                bz_free(x);
                train_array_free(&a);
            }
        }
    train_npz_close(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct made_npz made;
    char path[64];
    struct bz_error err = {0};
    if (size < 2 || (data[1] & AS_BYTES && (size < 6 || memcmp(data + 2, "PK", 2) != 0)))
        return 0;
    const uint8_t *bytes = data + 2;
    size_t n = size - 2;
    if (!(data[1] & AS_BYTES)) {
        made_npz(&made, bytes, n, names, sizeof(names) / sizeof(*names));
        bytes = made.bytes;
        n = made.size;
    }
    const int fd = memory_file(path, bytes, n);
    if (data[1] & AS_TABLE) {
        const struct train_data_options o = table_options(data[0]);
        struct train_source s;
        if (train_source_from(&s, path, bytes, n, MOST, &err) == 0)
            use_table(&s, &o, data[0]);
    } else if (data[1] & AS_MODEL) {
        struct bundle b;
        const int rc = bundle_open(&b, path, &err);
        use_bundle(&b, rc, &err);
    } else
        read_arrays(path);
    close(fd);
    return 0;
}
