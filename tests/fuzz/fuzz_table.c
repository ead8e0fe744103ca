/* Data files: whatever the bytes, a table or an error; then its layers. Every format except .npz, which has its own target, and
 * HDF5 and MATLAB's, whose structure third-party libraries parse. */
#include "hdf5_file.h"
#include "mat_file.h"
#include "use_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The first byte chooses options. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1 || train_hdf5_is(bytes + 1, size - 1) || train_mat_is(bytes + 1, size - 1))
        return 0;
    const struct train_data_options o = table_options(bytes[0]);
    struct train_source s;
    struct bz_error err;
    if (train_source_from(&s, "fuzz", bytes + 1, size - 1, 1 << 20, &err) == 0)
        use_table(&s, &o, bytes[0]);
    return 0;
}
