#include "cgroup.h"

#include "log.h"
#include "resources.h"

#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SHARE_PERCENT = 80, SHARES = 16, MOST_SHARE = 1 << 30 };

size_t srv_limits_cpus(void)
{
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    double quota = bz_cgroup_quota();
    if (quota > 0 && quota < (double)n)
        n = (long)quota < quota ? (long)quota + 1 : (long)quota;
    return n < 1 ? 1 : n > 1024 ? 1024 : (size_t)n;
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
    char text[320] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)limits[i].which, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
            (limits[i].which == RLIMIT_NOFILE && limit.rlim_cur > SPACIOUS))
            continue;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %llu %s",
                                 used ? "," : "; limits in force:", (unsigned long long)limit.rlim_cur, limits[i].name);
    }
    const uint64_t pids = bz_cgroup_threads();
    if (pids)
        snprintf(text + used, sizeof(text) - used, "%s %llu threads (the cgroup's pids.max)",
                 used ? "," : "; limits in force:", (unsigned long long)pids);
    return bz_fail(err, BZ_NO_MEMORY, "%s%s", what, text);
}

uint64_t srv_limits_share(uint64_t memory, uint64_t least)
{
    const uint64_t share = memory && memory / SHARES < MOST_SHARE ? memory / SHARES : MOST_SHARE;
    return share > least ? share : least;
}

static void apply_shares(struct srv_options *o)
{
    const char *name;
    const uint64_t memory = bz_memory_least(&name), share = srv_limits_share(memory, o->max_body);
    if (o->max_body_memory && o->max_reply_memory)
        return;
    if (!o->max_body_memory)
        o->max_body_memory = share;
    if (!o->max_reply_memory)
        o->max_reply_memory = share;
    srv_log(SRV_LOG_INFO, "bodies of requests may take %.0f MiB of memory, waiting replies %.0f MiB; %s %.0f MiB",
            (double)o->max_body_memory / 1048576, (double)o->max_reply_memory / 1048576, name, (double)memory / 1048576);
}

void srv_limits_apply(struct srv_options *o)
{
    if (!o->workers) {
        o->workers = srv_limits_cpus();
        srv_log(SRV_LOG_INFO, "%zu computing threads: the CPUs that affinity and the cgroup's quota leave", (size_t)o->workers);
    }
    uint64_t limit = o->max_model_memory ? 0 : bz_cgroup_memory();
    if (limit) {
        o->max_model_memory = limit / 100 * SHARE_PERCENT;
        srv_log(SRV_LOG_INFO, "models may take %.0f MiB of memory: %d %% of the cgroup's limit",
                (double)o->max_model_memory / 1048576, SHARE_PERCENT);
    }
    apply_shares(o);
}
