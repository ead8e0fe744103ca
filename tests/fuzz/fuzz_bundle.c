/* Models of other programs from strangers: whatever the bytes, a machine is made that is sound, or they are refused. HDF5
 * and MATLAB files are passed over: their structure is other people's libraries' to read. */
#include "import.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct import_options options = {.update = SIZE_MAX};
    struct bundle b;
    struct import im = {0};
    struct bz_error err = {0};
    if (size > 4 && memcmp(bytes, "PK\3\4", 4) == 0 && !memmem(bytes, size < 300 ? size : 300, "/data.pkl", 9))
        return 0; /* an archive of numpy's: read from a path */
    if (train_hdf5_is(bytes, size) || train_mat_is(bytes, size))
        return 0;
    int rc = bundle_parse(&b, "x", bytes, size, &err);
    if (rc == 0)
        rc = import_machine(&im, &b, NULL, &options, &err);
    if (rc < 0 && !err.msg[0])
        abort();
    if (rc == 0 && bz_machine_check(im.machine, &err) < 0)
        abort();
    import_free(&im);
    bundle_close(&b);
    return 0;
}
