#include "resources.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

enum { PATH_ROOM = 1024 };

/* A file's first line; false if it cannot be read. */
static bool first_line(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "re");
    bool ok = file && fgets(out, (int)room, file);
    if (file)
        fclose(file);
    return ok;
}

/* Calls look() for the process's cgroup and each above it, from the inside out: a limit of any of them applies. Control groups
 * of version 2 ("0::/path") are in root itself, those of version 1 ("4:memory:/path") in a folder named after the
 * controller. */
static void each_level(const char *root, const char *cgroup, const char *controller,
                       void (*look)(const char *folder, bool v2, void *arg), void *arg)
{
    for (const char *line = cgroup; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *kind = strchr(line, ':'), *path = kind ? strchr(kind + 1, ':') : NULL;
        if (!path)
            continue;
        const size_t kind_size = (size_t)(path - kind - 1), length = strcspn(path + 1, "\n");
        const bool v2 = kind_size == 0;
        bool ours = v2;
        for (const char *word = kind + 1; !v2 && word < path; word += strcspn(word, ",:") + 1)
            ours = ours || (strncmp(word, controller, strlen(controller)) == 0 && strcspn(word, ",:") == strlen(controller));
        char folder[PATH_ROOM];
        int base = snprintf(folder, sizeof(folder), "%s%s%s", root, v2 ? "" : "/", v2 ? "" : controller);
        if (!ours || base < 0 || (size_t)base + length + 1 >= sizeof(folder))
            continue;
        snprintf(folder + base, sizeof(folder) - (size_t)base, "%.*s", (int)length, path + 1);
        for (size_t end = strlen(folder); end >= (size_t)base; end--)
            if (folder[end] == 0 || folder[end] == '/') {
                folder[end] = 0;
                look(folder, v2, arg);
            }
    }
}

static void look_at_quota(const char *folder, bool v2, void *arg)
{
    double *least = arg;
    char path[PATH_ROOM + 32], text[64], *end = NULL;
    snprintf(path, sizeof(path), "%s/%s", folder, v2 ? "cpu.max" : "cpu.cfs_quota_us");
    if (!first_line(path, text, sizeof(text)))
        return;
    double quota = strtod(text, &end), period = v2 ? strtod(end, NULL) : 0;
    if (!v2) {
        snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
        period = first_line(path, text, sizeof(text)) ? strtod(text, NULL) : 0;
    }
    if (quota > 0 && period > 0 && (*least == 0 || quota / period < *least)) /* "max" and -1: none */
        *least = quota / period;
}

static void look_at_memory(const char *folder, bool v2, void *arg)
{
    uint64_t *least = arg;
    char path[PATH_ROOM + 32], text[64];
    snprintf(path, sizeof(path), "%s/%s", folder, v2 ? "memory.max" : "memory.limit_in_bytes");
    uint64_t limit = first_line(path, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0; /* "max": 0 */
    if (limit > 0 && limit < (uint64_t)1 << 60 && (*least == 0 || limit < *least))
        *least = limit;
}

double bz_cgroup_quota_of(const char *root, const char *cgroup)
{
    double quota = 0;
    each_level(root, cgroup, "cpu", look_at_quota, &quota);
    return quota;
}

uint64_t bz_cgroup_memory_of(const char *root, const char *cgroup)
{
    uint64_t limit = 0;
    each_level(root, cgroup, "memory", look_at_memory, &limit);
    return limit;
}

static void own_cgroup(char out[4096])
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    size_t n = file ? fread(out, 1, 4095, file) : 0;
    if (file)
        fclose(file);
    out[n] = 0;
}

static void look_at_pids(const char *folder, bool v2, void *arg)
{
    uint64_t *least = arg;
    char path[PATH_ROOM + 32], text[64];
    (void)v2;
    snprintf(path, sizeof(path), "%s/pids.max", folder);
    uint64_t limit = first_line(path, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0; /* "max": 0 */
    if (limit > 0 && (*least == 0 || limit < *least))
        *least = limit;
}

double bz_cgroup_quota(void)
{
    char cgroup[4096];
    own_cgroup(cgroup);
    return bz_cgroup_quota_of(ROOT, cgroup);
}

uint64_t bz_cgroup_memory(void)
{
    char cgroup[4096];
    own_cgroup(cgroup);
    return bz_cgroup_memory_of(ROOT, cgroup);
}

uint64_t bz_cgroup_threads(void)
{
    char cgroup[4096];
    uint64_t limit = 0;
    own_cgroup(cgroup);
    each_level(ROOT, cgroup, "pids", look_at_pids, &limit);
    return limit;
}

/* --- bounds of memory --- */

static double of_process(int which)
{
    struct rlimit limit;
    const bool set = getrlimit((__rlimit_resource_t)which, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return set ? (double)limit.rlim_cur : 0;
}

size_t bz_memory_bounds(struct bz_memory_bound out[BZ_MEMORY_BOUNDS])
{
    enum { ALL, RESIDENT, SHARED, CODE, LIBRARIES, DATA, N_FIGURES };
    const double page = (double)sysconf(_SC_PAGESIZE);
    unsigned long pages[N_FIGURES] = {0};
    FILE *f = fopen("/proc/self/statm", "re");
    for (int i = 0; f && i < N_FIGURES && fscanf(f, "%lu", &pages[i]) == 1; i++)
        ;
    if (f)
        fclose(f);
    const double own = page * (double)(pages[RESIDENT] - pages[SHARED]), shared = page * (double)pages[SHARED];
    const struct bz_memory_bound all[BZ_MEMORY_BOUNDS] = {
        {"this computer has", (double)sysconf(_SC_PHYS_PAGES) * page, own, shared, true},
        {"the control group (memory.max) allows", (double)bz_cgroup_memory(), own, shared, true},
        {"the limit of address space (ulimit -v) is", of_process(RLIMIT_AS), page * (double)pages[ALL], 0, false},
        {"the limit of data (ulimit -d) is", of_process(RLIMIT_DATA), page * (double)pages[DATA], 0, false},
    };
    size_t n = 0;
    for (size_t i = 0; i < BZ_MEMORY_BOUNDS; i++)
        if (all[i].bytes > 0)
            out[n++] = all[i];
    return n;
}

double bz_memory_needed(const struct bz_memory_bound *b, double more, size_t processes)
{
    return b->host ? (double)processes * (b->taken + more) + b->shared : b->taken + more;
}

const struct bz_memory_bound *bz_memory_exceeded(const struct bz_memory_bound *bounds, size_t n, double more, size_t processes)
{
    const struct bz_memory_bound *worst = NULL;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        const double beyond = bz_memory_needed(&bounds[i], more, processes) - bounds[i].bytes;
        if (beyond > most) {
            most = beyond;
            worst = &bounds[i];
        }
    }
    return worst;
}

uint64_t bz_memory_least(const char **name)
{
    struct bz_memory_bound bounds[BZ_MEMORY_BOUNDS], *least = NULL;
    const size_t n = bz_memory_bounds(bounds);
    for (size_t i = 0; i < n; i++)
        if (!least || bounds[i].bytes < least->bytes)
            least = &bounds[i];
    *name = least ? least->name : "";
    return least ? (uint64_t)least->bytes : 0;
}

/* --- stacks --- */

size_t bz_stack_ready(void)
{
    enum { WANTED = 1024 * 1024 };
    struct rlimit limit;
#ifdef __GLIBC__
    pthread_attr_t usual;
    size_t size;
    if (pthread_getattr_default_np(&usual) == 0) {
        if (pthread_attr_getstacksize(&usual, &size) == 0 && size < WANTED && pthread_attr_setstacksize(&usual, WANTED) == 0)
            pthread_setattr_default_np(&usual);
        pthread_attr_destroy(&usual);
    }
#endif
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    if (limit.rlim_cur < WANTED) {
        limit.rlim_cur = limit.rlim_max < WANTED ? limit.rlim_max : WANTED;
        setrlimit(RLIMIT_STACK, &limit);
        getrlimit(RLIMIT_STACK, &limit);
    }
    return limit.rlim_cur;
}
