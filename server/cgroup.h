/* What the machine, an affinity mask, resource limits and a control group leave to the process. */
#ifndef CGROUP_H
#define CGROUP_H

#include "options.h"

/* CPUs that affinity and the cgroup's quota (rounded up) leave; 1 .. 1024. */
size_t srv_limits_cpus(void);
/* Sets *err to what could not be started and the limits in force that may be the cause; returns -1. */
int srv_limits_refuse(struct bz_error *err, const char *what);
/* Bytes that bodies, and as many that replies may take of this much memory (0 = not known), which with the share of models
 * leaves some for the work; at least `least`. */
uint64_t srv_limits_share(uint64_t memory, uint64_t least);
/* Fills in options that were not given from these, and logs what is in force. */
void srv_limits_apply(struct srv_options *options);

#endif
