/* Machines that nobody would think of: layers of any type, coupled in any way that is allowed, small enough to enumerate. */
#ifndef RANDOM_MACHINE_H
#define RANDOM_MACHINE_H

#include "machine.h"

struct random_machine {
    struct bz_machine *m; /* prepared; bz_machine_free */
    size_t words;         /* D of its layers of counts */
    char text[600];       /* its description, for messages */
};

/* The same for the same seed. */
void random_machine(struct random_machine *out, uint64_t seed);

#endif
