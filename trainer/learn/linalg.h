/* Dense products for training statistics. The only place that knows of BLAS: its last bits depend on the CPU type, so nothing
 * that must be the same on every machine may come through here. OpenBLAS is loaded when a training begins and is not part of
 * anything else that boltz does: linked in, it would start a thread for each CPU before main. */
#ifndef TRAIN_LINALG_H
#define TRAIN_LINALG_H

#include "errors.h"

#include <stddef.h>

/* g[rows][columns] += a[rows][depth] b[depth][columns]; strides in floats. */
void train_add_product(float *g, size_t g_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
                       size_t depth, size_t columns);

/* To be called once, before threads are started: each product runs on the calling thread, with the library's pthreads and
 * OpenMP builds as with the serial one. Without the library products are plain loops: slower, with other last bits. An error if
 * the library is installed but cannot be loaded (no memory, say): a training would give other bits. */
int train_linalg_load(struct bz_error *err);
/* "OpenBLAS 0.3.21 pthread Haswell": version, build and kernel, which the last bits of a training depend on; "own" without the
 * library. */
const char *train_linalg_name(void);

#endif
