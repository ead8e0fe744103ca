/* What the machine, an affinity mask, resource limits and a control group leave to the process. */
#ifndef CGROUP_H
#define CGROUP_H

#include "options.h"

/* CPUs that affinity and the cgroup's quota (rounded up) leave; 1 .. 1024. */
size_t srv_limits_cpus(void);
/* The smallest memory limit of the cgroup and those above it; 0 = none. */
uint64_t srv_limits_memory(void);
/* The same for a cgroup file system mounted at `root`, for a process whose /proc/self/cgroup has this text: tests. */
double srv_limits_quota_of(const char *root, const char *cgroup);
uint64_t srv_limits_memory_of(const char *root, const char *cgroup);
/* Sets *err to what could not be started and the limits in force that may be the cause; returns -1. */
int srv_limits_refuse(struct bz_error *err, const char *what);
/* Fills in options that were not given from these, and logs what is in force. */
void srv_limits_apply(struct srv_options *options);

#endif
