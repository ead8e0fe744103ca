/* Turns of an event loop. In one round it goes over all connections that have something for it, so with many of them a request
 * that has just arrived would wait for one of each. A round is therefore bounded: beyond some time clients that have had a
 * request in it wait for a later one, and those that wait are called client by client. Between rounds a loop leaves half of its
 * processor to threads that compute. All on the loop's own thread. */
#ifndef TURNS_H
#define TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SRV_TURN_CLIENTS = 128 }; /* told apart in a loop; more of them share places */

enum srv_turn_state { SRV_TURN_NONE, SRV_TURN_GOES_ON, SRV_TURN_WAITS, SRV_TURN_CALLED };

/* A request's place; part of it. Zeroed = it has not asked yet. Private but for `state`. */
struct srv_turn {
    struct srv_turn *next;
    enum srv_turn_state state;
    uint64_t round; /* CALLED: in which it was */
};

/* Of a loop; zeroed = nobody has asked. Private. */
struct srv_turns {
    struct srv_turn_client {
        struct srv_turn *first, *last; /* those that wait */
        struct srv_turn_client *next;  /* in the row of clients with such */
        uint64_t round;                /* the last one it had a request in */
    } of[SRV_TURN_CLIENTS], *row, *row_end, *latest;
    uint64_t round, began_ns, ended_ns, crowded_ns;
    uint64_t each_ns; /* of a request, from experience */
    size_t went;      /* requests that went on in this round */
    size_t called;    /* in this round, for the next one */
    size_t waiting;
    uint64_t looked_ns, used_ns; /* of srv_turn_rest, and what was used by then */
    int64_t owed_ns;             /* rest that is due */
};

/* Whether a request goes on. If not it waits, out of the loop's sight, until it is called and asks again. client: any number
 * that stands for it. */
bool srv_turn_ask(struct srv_turns *t, struct srv_turn *turn, uint64_t client, uint64_t now);
/* The next one to be called, or NULL; until that, after each srv_turn_ask and srv_turn_leave. It comes in the next round. */
struct srv_turn *srv_turn_call(struct srv_turns *t);
/* Whether it begins the next round by asking. */
bool srv_turn_begins(const struct srv_turns *t, const struct srv_turn *turn);
/* Before such a round, where others need the loop's processor: the nanoseconds that the loop should sleep. used_ns: of
 * processor time, by its thread, ever. */
uint64_t srv_turn_rest(struct srv_turns *t, uint64_t now, uint64_t used_ns);
/* A request's work on the loop has been done. */
void srv_turn_done(struct srv_turns *t, uint64_t now);
/* A request ends; one that was called does not come. It does not wait. */
void srv_turn_leave(struct srv_turns *t, struct srv_turn *turn, uint64_t now);

#endif
