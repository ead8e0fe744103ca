#include "net_noise.h"

#include "kernels.h"
#include "normals.h"

enum { MOST = 128 };

void train_leave_out(float *x, double share, const struct bz_key *key, size_t first, size_t n)
{
    const float grow = (float)(1 / (1 - share));
    float u[MOST];
    bz_cpu()->uniform(u, key, (uint32_t)first, n);
    for (size_t i = 0; i < n; i++)
        x[i] = u[i] < (float)share ? 0 : x[i] * grow;
}

void train_add_noise(float *x, double deviation, const struct bz_key *key, size_t first, size_t n, bool fast)
{
    float z[MOST];
    if (fast)
        bz_normals(z, key, first, n);
    for (size_t i = 0; !fast && i < n; i++)
        z[i] = (float)bz_random_normal(key, (uint32_t)(first + i));
    for (size_t i = 0; i < n; i++)
        x[i] += (float)deviation * z[i];
}
