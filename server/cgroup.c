#include "cgroup.h"

#include "log.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_ROOM = 1024, SHARE_PERCENT = 80 };

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

double srv_limits_quota_of(const char *root, const char *cgroup)
{
    double quota = 0;
    each_level(root, cgroup, "cpu", look_at_quota, &quota);
    return quota;
}

uint64_t srv_limits_memory_of(const char *root, const char *cgroup)
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

size_t srv_limits_cpus(void)
{
    char cgroup[4096];
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    own_cgroup(cgroup);
    double quota = srv_limits_quota_of("/sys/fs/cgroup", cgroup);
    if (quota > 0 && quota < (double)n)
        n = (long)quota < quota ? (long)quota + 1 : (long)quota;
    return n < 1 ? 1 : n > 1024 ? 1024 : (size_t)n;
}

uint64_t srv_limits_memory(void)
{
    char cgroup[4096];
    own_cgroup(cgroup);
    return srv_limits_memory_of("/sys/fs/cgroup", cgroup);
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

int srv_limits_refuse(struct bz_error *err, const char *what)
{
    enum { SPACIOUS = 4096 }; /* descriptors: with this many free, their limit is not the cause */
    static const struct {
        int which;
        const char *name;
    } limits[] = {{RLIMIT_NOFILE, "open files (ulimit -n)"},
                  {RLIMIT_NPROC, "processes and threads of this user (ulimit -u)"},
                  {RLIMIT_AS, "bytes of address space (ulimit -v)"},
                  {RLIMIT_DATA, "bytes of data (ulimit -d)"}};
    char text[320] = "", cgroup[4096];
    size_t used = 0;
    uint64_t pids = 0;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)limits[i].which, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
            (limits[i].which == RLIMIT_NOFILE && limit.rlim_cur > SPACIOUS))
            continue;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %llu %s",
                                 used ? "," : "; limits in force:", (unsigned long long)limit.rlim_cur, limits[i].name);
    }
    own_cgroup(cgroup);
    each_level("/sys/fs/cgroup", cgroup, "pids", look_at_pids, &pids);
    if (pids)
        snprintf(text + used, sizeof(text) - used, "%s %llu threads (the cgroup's pids.max)",
                 used ? "," : "; limits in force:", (unsigned long long)pids);
    return bz_fail(err, BZ_NO_MEMORY, "%s%s", what, text);
}

void srv_limits_apply(struct srv_options *o)
{
    if (!o->workers) {
        o->workers = srv_limits_cpus();
        srv_log(SRV_LOG_INFO, "%zu computing threads: the CPUs that affinity and the cgroup's quota leave", (size_t)o->workers);
    }
    uint64_t limit = o->max_model_memory ? 0 : srv_limits_memory();
    if (limit) {
        o->max_model_memory = limit / 100 * SHARE_PERCENT;
        srv_log(SRV_LOG_INFO, "models may take %.0f MiB of memory: %d %% of the cgroup's limit",
                (double)o->max_model_memory / 1048576, SHARE_PERCENT);
    }
}
