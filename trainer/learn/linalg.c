#include "linalg.h"

#include <cblas.h>

void train_linalg_init(void)
{
    openblas_set_num_threads(1);
}

void train_add_product(float *g, size_t g_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
                       size_t depth, size_t columns)
{
    /* Layers are bounded far below INT_MAX (BZ_MAX_UNITS). */
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)columns, (blasint)depth, 1, a,
                (blasint)a_stride, b, (blasint)b_stride, 1, g, (blasint)g_stride);
}
