/* Untrusted npy arrays: whatever the bytes, they are accepted or refused, and accepted data are complete. */
#include "npy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bz_npy npy, strict;
    struct bz_error err = {0};
    const int any = bz_npy_parse_any(&npy, bytes, size, &err);
    if ((bz_npy_parse(&strict, bytes, size, &err) == 0) != (any == 0 && bz_dtype_is_number(npy.dtype)))
        abort();
    if (any < 0) {
        if (!err.msg[0])
            abort();
        return 0;
    }
    if (npy.bytes != npy.count * npy.item || npy.offset + npy.bytes != size || npy.count > 1 << 20)
        return npy.count > 1 << 20 && npy.item == 0 ? 0 : (abort(), 0);
    uint8_t *ordered = malloc(npy.bytes + 1);
    double *numbers = malloc((npy.count + 1) * sizeof(*numbers));
    float *floats = malloc((npy.count + 1) * sizeof(*floats));
    bz_npy_to_c_order(&npy, bytes + npy.offset, ordered);
    bz_npy_doubles(&npy, bytes + npy.offset, 0, npy.count, numbers);
    bz_npy_floats(&npy, bytes + npy.offset, 0, npy.count, floats);
    char word[64];
    for (size_t i = 0; (npy.dtype == BZ_TEXT || npy.dtype == BZ_BYTES) && i < npy.count; i++)
        if (bz_npy_word(&npy, bytes + npy.offset, i, word, sizeof(word)) != strlen(word) && npy.dtype == BZ_TEXT)
            abort();
    struct bz_npy_field field = {0};
    size_t place = 0, fields = 0;
    while (bz_npy_field_next(&npy, bytes, &place, &field)) {
        bz_npy_field_copy(&npy, &field, bytes + npy.offset, ordered);
        fields++;
    }
    if (fields != npy.n_fields)
        abort();
    free(ordered);
    free(numbers);
    free(floats);
    return 0;
}
