/* Counters of the versions of a model, kept when they leave memory and come back. */
#ifndef TALLY_H
#define TALLY_H

#include "stats.h"

/* One version of a model. It is held by the model's list and by each struct srv_version that counts into it. */
struct srv_tally {
    unsigned long version;
    atomic_size_t refs;
    atomic_size_t in_memory; /* struct srv_version not yet freed: in service, or released with work in flight */
    struct srv_stats stats;
};

struct srv_tallies {
    struct srv_tally **at; /* [n], in order of creation; owned */
    size_t n;
};

/* Finds or makes the tally of a version and counts it as in memory, until srv_tally_leave. NULL and *err on failure. Beyond
 * some number of versions the oldest not in memory is forgotten. Calls for one list must exclude each other. */
struct srv_tally *srv_tallies_take(struct srv_tallies *list, unsigned long version, struct bz_error *err);
/* Whether any version of the model is still in memory. */
bool srv_tallies_in_memory(const struct srv_tallies *list);
void srv_tallies_clear(struct srv_tallies *list);

void srv_tally_leave(struct srv_tally *tally);   /* by whoever took it; NULL is fine */
void srv_tally_retain(struct srv_tally *tally);  /* another reference, to read; */
void srv_tally_release(struct srv_tally *tally); /* and its end */

#endif
