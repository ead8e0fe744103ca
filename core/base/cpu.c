#include "kernels.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

extern const struct bz_kernels bz_kernels_base;
#ifdef BZ_HAVE_avx2
extern const struct bz_kernels bz_kernels_avx2;
#endif
#ifdef BZ_HAVE_avx512
extern const struct bz_kernels bz_kernels_avx512;
#endif

/* True if the environment tells the C library not to use a CPU feature: GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA. Names as
 * glibc spells them; older ones end in _Usable. */
static bool masked(const char *feature)
{
    static const char entry[] = "glibc.cpu.hwcaps=";
    size_t length = strlen(feature);
    const char *s = getenv("GLIBC_TUNABLES");
    while (s && strncmp(s, entry, sizeof(entry) - 1) != 0) {
        s = strchr(s, ':');
        s = s ? s + 1 : NULL;
    }
    if (!s)
        return false;
    s += sizeof(entry) - 1;
    const char *end = s + strcspn(s, ":");
    while (s < end) {
        size_t item = strcspn(s, ",:");
        bool named = item > length && s[0] == '-' && strncmp(s + 1, feature, length) == 0;
        size_t rest = item - length - 1;
        if (named && (rest == 0 || (rest == 7 && strncmp(s + 1 + length, "_Usable", 7) == 0)))
            return true;
        s += item + (s + item < end);
    }
    return false;
}

static bool always(void)
{
    return true;
}

#ifdef BZ_HAVE_avx2
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !masked("AVX2") && !masked("FMA");
}
#endif

#ifdef BZ_HAVE_avx512
static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && !masked("AVX512F") &&
           !masked("AVX512BW") && !masked("AVX512DQ") && !masked("AVX512VL");
}
#endif

static const struct {
    const struct bz_kernels *table;
    bool (*supported)(void);
} levels[] = {
    /* slowest first */
    {&bz_kernels_base, always},
#ifdef BZ_HAVE_avx2
    {&bz_kernels_avx2, has_avx2},
#endif
#ifdef BZ_HAVE_avx512
    {&bz_kernels_avx512, has_avx512},
#endif
};

enum { N_LEVELS = sizeof(levels) / sizeof(levels[0]) };

static _Atomic(const struct bz_kernels *) chosen;

size_t bz_cpu_levels(const struct bz_kernels **tables, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < N_LEVELS; i++)
        if (levels[i].supported()) {
            if (count < room)
                tables[count] = levels[i].table;
            count++;
        }
    return count;
}

static const struct bz_kernels *best(void)
{
    const struct bz_kernels *tables[N_LEVELS];
    size_t count = bz_cpu_levels(tables, N_LEVELS);
    return tables[count - 1];
}

const struct bz_kernels *bz_cpu(void)
{
    const struct bz_kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table)
        return table;
    const struct bz_kernels *found = best(), *expected = NULL;
    return atomic_compare_exchange_strong(&chosen, &expected, found) ? found : expected;
}

int bz_cpu_select(const char *level, struct bz_error *err)
{
    if (strcmp(level, "auto") == 0) {
        atomic_store(&chosen, best());
        return 0;
    }
    for (size_t i = 0; i < N_LEVELS; i++)
        if (strcmp(level, levels[i].table->name) == 0) {
            if (!levels[i].supported())
                return bz_fail(err, BZ_UNSUPPORTED,
                               "cpu level \"%s\": this processor lacks it or GLIBC_TUNABLES masks it; the best here is \"%s\"",
                               level, best()->name);
            atomic_store(&chosen, levels[i].table);
            return 0;
        }
    if (strcmp(level, "avx2") == 0 || strcmp(level, "avx512") == 0)
        return bz_fail(err, BZ_UNSUPPORTED, "cpu level \"%s\": not in this build; the best here is \"%s\"", level,
                       best()->name);
    return bz_fail(err, BZ_BAD_INPUT, "cpu level \"%s\": expected auto, base, avx2 or avx512", level);
}
