/* Untrusted models of other programs: whatever the bytes, they give a valid machine or are refused. HDF5 and MATLAB files are
 * skipped: third-party libraries parse their structure. */
#include "use_bundle.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bundle b;
    struct bz_error err = {0};
    if (size > 4 && memcmp(bytes, "PK\3\4", 4) == 0 && !memmem(bytes, size < 300 ? size : 300, "/data.pkl", 9))
        return 0; /* a numpy archive: read from a path */
    if (train_hdf5_is(bytes, size) || train_mat_is(bytes, size))
        return 0;
    const int rc = bundle_parse(&b, "x", bytes, size, &err);
    use_bundle(&b, rc, &err);
    return 0;
}
