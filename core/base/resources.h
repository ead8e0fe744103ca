/* What the machine, a control group and resource limits leave to the process. */
#ifndef BZ_RESOURCES_H
#define BZ_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CPUs of the cgroup's quota, the smallest limits of memory and of threads of the cgroup and those above it; 0 = none. */
double bz_cgroup_quota(void);
uint64_t bz_cgroup_memory(void);
uint64_t bz_cgroup_threads(void);
/* The same for a cgroup file system mounted at `root`, for a process whose /proc/self/cgroup has this text: tests. */
double bz_cgroup_quota_of(const char *root, const char *cgroup);
uint64_t bz_cgroup_memory_of(const char *root, const char *cgroup);

enum { BZ_MEMORY_BOUNDS = 4 };

struct bz_memory_bound {
    const char *name;     /* a sentence that the number ends: "this computer has" */
    double bytes;         /* > 0 */
    double taken, shared; /* bytes that the process has of it, and those that others may have too */
    bool host;            /* holds for the processes of this host together */
};

/* Those in force: how many. */
size_t bz_memory_bounds(struct bz_memory_bound out[BZ_MEMORY_BOUNDS]);
/* What counts towards a bound if each of so many processes like this one on this host takes `more` bytes. */
double bz_memory_needed(const struct bz_memory_bound *b, double more, size_t processes);
/* The bound that is exceeded by most then; NULL = none. */
const struct bz_memory_bound *bz_memory_exceeded(const struct bz_memory_bound *bounds, size_t n, double more, size_t processes);
/* Makes room on stacks, which `ulimit -s` bounds: this thread's if the hard limit allows it, and those of threads to come.
 * Bytes that this thread's stack may take, SIZE_MAX = any number. */
size_t bz_stack_ready(void);
/* Bytes of the smallest, 0 = not known, and its name. */
uint64_t bz_memory_least(const char **name);

#endif
