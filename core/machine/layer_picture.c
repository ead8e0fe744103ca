#include "layer_picture.h"

#include <string.h>

_Static_assert((int)BZ_PICTURE_RANK == (int)BZ_MAX_RANK, "a layer's shape is a tiling's");

struct bz_tiling bz_tiling_of(const struct bz_layer *layer)
{
    struct bz_tiling t = {.rank = layer->rank, .gap = 1};
    memcpy(t.shape, layer->shape, sizeof(t.shape));
    t.tone =
        layer->unit == BZ_BERNOULLI || layer->unit == BZ_SOFTMAX || layer->unit == BZ_EXCLUSIVE ? BZ_TONE_UNIT : BZ_TONE_RANGE;
    return t;
}
