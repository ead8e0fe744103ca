/* npy arrays from strangers: whatever the bytes, they are accepted or refused, and accepted data are all there. */
#include "npy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bz_npy npy, strict;
    struct bz_error err = {0};
    const int any = bz_npy_parse_any(&npy, bytes, size, &err);
    if ((bz_npy_parse(&strict, bytes, size, &err) == 0) != (any == 0 && !npy.fortran))
        abort();
    if (any < 0) {
        if (!err.msg[0])
            abort();
        return 0;
    }
    if (npy.count > size || npy.offset + npy.bytes != size)
        abort();
    uint8_t *ordered = malloc(npy.bytes + 1);
    double *numbers = malloc((npy.count + 1) * sizeof(*numbers));
    float *floats = malloc((npy.count + 1) * sizeof(*floats));
    bz_npy_to_c_order(&npy, bytes + npy.offset, ordered);
    bz_npy_doubles(&npy, ordered, 0, npy.count, numbers);
    bz_npy_floats(&npy, ordered, 0, npy.count, floats);
    free(ordered);
    free(numbers);
    free(floats);
    return 0;
}
