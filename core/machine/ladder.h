/* The ladder of a machine: earlier states of its training, each close enough to the next for exchanges between chains (parallel
 * trajectory tempering: Béreux, Decelle, Furtlehner, Seoane 2026). The lowest has no couplings, so that its units are
 * independent and a sweep is an exact draw. */
#ifndef BZ_LADDER_H
#define BZ_LADDER_H

#include "machine.h"

#include <stdint.h>

enum { BZ_MOST_RUNGS = 62 };

struct bz_ladder {
    struct bz_machine **rung; /* [most]; of the machine's graph, without offsets, prepared; owned */
    size_t n, most;           /* rungs in use, 1 .. most */
    uint64_t *update;         /* [most]: the update that each was */
    uint32_t checksum;        /* of the file's content, else 0: tells one ladder of a machine from another */
};

/* `most` machines of m's graph with all parameters 0; n = 0. *out is the caller's. */
int bz_ladder_new(struct bz_ladder **out, const struct bz_machine *m, size_t most, struct bz_error *err);
void bz_ladder_free(struct bz_ladder *l); /* NULL is fine */
/* Memory of the rungs' parameters and of what is derived from them. */
uint64_t bz_ladder_bytes(const struct bz_ladder *l);
/* A copy of the rungs in use. *out is the caller's. */
int bz_ladder_copy(struct bz_ladder **out, const struct bz_ladder *l, struct bz_error *err);

/* Sets a rung to the parameters of a machine of the same graph without offsets, which owns its block (a learner's, another
 * rung), and prepares it. */
void bz_ladder_set(struct bz_machine *rung, const struct bz_machine *from);

#endif
