#include "linalg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* cblas_sgemm of the LP64 build: order and transpositions as the enumerations of cblas.h, sizes as int. */
typedef void sgemm_function(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                            const float *b, int ldb, float beta, float *c, int ldc);
enum { ROW_MAJOR = 101, NO_TRANS = 111 };

static sgemm_function *sgemm; /* NULL = own loops */
static char name[128] = "own";
static char problem[256]; /* why an installed library was not loaded */

/* dlsym returns a data pointer; POSIX guarantees that it can hold a function's. */
static void find(void *library, const char *symbol, void *function)
{
    void *found = dlsym(library, symbol);
    memcpy(function, &found, sizeof(found));
}

static void describe(void *library)
{
    static const char *const builds[] = {"serial", "pthread", "openmp"};
    char *(*config)(void), *(*core)(void);
    int (*parallel)(void);
    char version[32] = "?";
    find(library, "openblas_get_config", &config);
    find(library, "openblas_get_corename", &core);
    find(library, "openblas_get_parallel", &parallel);
    const int kind = parallel ? parallel() : -1;
    if (config)
        sscanf(config(), "OpenBLAS %31s", version);
    snprintf(name, sizeof(name), "OpenBLAS %s %s %.40s", version, kind >= 0 && kind < 3 ? builds[kind] : "?",
             core ? core() : "?");
}

/* OpenBLAS knows processors by their numbers, and takes kernels of 2004 for those that are newer than itself (0.3.21: Xeons of
 * 2023), which made fine-tuning take 1.9 times as long. NULL = it chose well, or was told what to choose. */
static const char *better_kernels(void *library)
{
    char *(*core)(void);
    find(library, "openblas_get_corename", &core);
    if (!core || strcasecmp(core(), "Prescott") != 0 || getenv("OPENBLAS_CORETYPE"))
        return NULL;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

/* For the library to read when it is loaded. false: no memory, and with other kernels its sums would have other bits. */
static bool tell(const char *variable, const char *value)
{
    if (setenv(variable, value, 1) == 0)
        return true;
    snprintf(problem, sizeof(problem), "no memory to tell it %s=%s", variable, value);
    return false;
}

static void load(void)
{
    /* Read when the library is loaded. Its OpenMP build keeps a number of threads per calling thread, so setting it later would
     * apply to one of them only. */
    if (!tell("OPENBLAS_NUM_THREADS", "1") || !tell("OMP_NUM_THREADS", "1"))
        return;
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    const char *better = library ? better_kernels(library) : NULL;
    if (better) { /* chosen when it is loaded, so once more */
        dlclose(library);
        if (!tell("OPENBLAS_CORETYPE", better))
            return;
        library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    }
    if (!library) {
        const char *why = dlerror();
        if (!why || !strstr(why, "No such file"))
            snprintf(problem, sizeof(problem), "%s", why ? why : "no reason was given");
        return;
    }
    void (*set_threads)(int);
    find(library, "openblas_set_num_threads", &set_threads);
    find(library, "cblas_sgemm", &sgemm);
    if (set_threads)
        set_threads(1);
    if (sgemm)
        describe(library);
}

static pthread_once_t loaded = PTHREAD_ONCE_INIT;

int train_linalg_load(struct bz_error *err)
{
    pthread_once(&loaded, load);
    return problem[0] ? bz_fail(err, BZ_IO, "OpenBLAS is installed but cannot be loaded: %s", problem) : 0;
}

const char *train_linalg_name(void)
{
    pthread_once(&loaded, load);
    return name;
}

static void add_product(float *g, size_t g_stride, const float *a, size_t a_stride, const float *b, size_t b_stride,
                        size_t rows, size_t depth, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < depth; k++) {
            const float x = a[i * a_stride + k];
            for (size_t j = 0; j < columns; j++)
                g[i * g_stride + j] += x * b[k * b_stride + j];
        }
}

void train_add_product(float *g, size_t g_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
                       size_t depth, size_t columns)
{
    pthread_once(&loaded, load);
    if (!sgemm) {
        add_product(g, g_stride, a, a_stride, b, b_stride, rows, depth, columns);
        return;
    }
    /* Layers are bounded far below INT_MAX (BZ_MAX_UNITS). */
    sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, (int)rows, (int)columns, (int)depth, 1, a, (int)a_stride, b, (int)b_stride, 1, g,
          (int)g_stride);
}
