/* How rows of a layer are shown as pictures. */
#ifndef BZ_LAYER_PICTURE_H
#define BZ_LAYER_PICTURE_H

#include "machine.h"
#include "png_image.h"

/* A tiling for rows of a layer: its shape, and a tone that fits its unit type. */
struct bz_tiling bz_tiling_of(const struct bz_layer *layer);

#endif
