#include "launcher.h"

#include <stdlib.h>

/* Variables with the number of processes, and others that must be set too: Slurm also sets its numbers in a batch script, where
 * there is one process, but the identity of a step only where srun has started it. */
static const struct {
    const char *count, *beside, *launcher;
} signs[] = {
    {"OMPI_COMM_WORLD_SIZE", NULL, "mpirun (Open MPI)"},
    {"PMI_SIZE", NULL, "mpiexec"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_STEP_ID", "srun"},
    {"SLURM_NTASKS", "SLURM_STEP_ID", "srun"},
};

long train_launcher_count(const char **launcher, const char **variable)
{
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        const char *count = getenv(signs[i].count);
        const long n = count && (!signs[i].beside || getenv(signs[i].beside)) ? strtol(count, NULL, 10) : 1;
        if (n > 1) {
            *launcher = signs[i].launcher;
            *variable = signs[i].count;
            return n;
        }
    }
    *launcher = *variable = "";
    return 1;
}

int train_launcher_refuse(const char *why, struct bz_error *err)
{
    const char *launcher, *variable;
    const long n = train_launcher_count(&launcher, &variable);
    return bz_fail(err, BZ_BAD_USAGE,
                   "%s started %ld processes (%s=%ld), each of which would do the same work alone, for %s: start one, with "
                   "--threads; for %ld different models, begin each command with env -u %s",
                   launcher, n, variable, n, why, n, variable);
}
