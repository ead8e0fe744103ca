#include "prompt.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PIECE_NS = 100000, /* the least that Linux accepts; computing threads have about 3 ms */
    NICER = 5,         /* a third of the loops' share of a busy processor, and of other programs' beside them */
};

/* As in linux/sched/types.h, which cannot be included beside sched.h everywhere: the first version, which all kernels accept.
 */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void srv_be_prompt(void)
{
    struct attributes a = {.size = sizeof(a)};
    if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) != 0 || (a.policy != SCHED_OTHER && a.policy != SCHED_BATCH))
        return;
    a.runtime = PIECE_NS;
    (void)!syscall(SYS_sched_setattr, 0, &a, 0);
    (void)prctl(PR_SET_TIMERSLACK, 1); /* a rest is as short as it should be */
}

/* Linux takes the calling thread for 0, not its process, and 19 for more. */
void srv_be_patient(void)
{
    errno = 0;
    const int before = getpriority(PRIO_PROCESS, 0);
    if (before != -1 || errno == 0)
        (void)setpriority(PRIO_PROCESS, 0, before + NICER);
}
