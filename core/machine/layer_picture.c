#include "layer_picture.h"

#include "unit.h"

#include <string.h>

_Static_assert((int)BZ_PICTURE_RANK == (int)BZ_MAX_RANK, "a layer's shape fits a tiling's");

struct bz_tiling bz_tiling_of(const struct bz_layer *layer)
{
    const struct bz_unit_type *type = bz_unit_type(layer->unit);
    struct bz_tiling t = {.rank = layer->rank, .gap = 1};
    memcpy(t.shape, layer->shape, sizeof(t.shape));
    t.tone = type->least == 0 && type->most == 1 ? BZ_TONE_UNIT : BZ_TONE_RANGE;
    return t;
}
