/* What could not be loaded: one attempt per version, with its reason and, if that may pass, the time of the next try. */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include "catalog.h"

struct srv_attempt {
    unsigned long number;
    struct srv_stamp stamp; /* of the file that was refused */
    char reason[256];
    bool passing;   /* memory, descriptors, permissions, I/O: tried again */
    unsigned tries; /* in a row */
    uint64_t next_ns;
};

struct srv_attempts {
    struct srv_attempt *at; /* [n]; owned */
    size_t n, room;
};

/* True if the same file may load at another time. */
bool srv_failure_may_pass(const struct bz_error *err);
/* The attempt on this state of a version's file; NULL if it was not refused. */
const struct srv_attempt *srv_attempts_find(const struct srv_attempts *list, unsigned long number,
                                            const struct srv_stamp *stamp);
/* Records a refusal; a transient one is due again after 1, 2, 4 ... 60 seconds. True if it is new: the first, or for another
 * reason. Without memory it is forgotten. */
bool srv_attempts_note(struct srv_attempts *list, unsigned long number, const struct srv_stamp *stamp,
                       const struct bz_error *err, uint64_t now_ns);
void srv_attempts_forget(struct srv_attempts *list, unsigned long number);
/* Forgets versions that the folder no longer holds. */
void srv_attempts_prune(struct srv_attempts *list, const struct srv_folder *folder);
void srv_attempts_clear(struct srv_attempts *list);

#endif
