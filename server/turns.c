#include "turns.h"

#define ALONE_NS   4000000u    /* a round of a loop that has one client */
#define CROWDED_NS 200000u     /* of one that has several */
#define RECENT_NS  1000000000u /* clients that were there so long ago are expected again */
#define PAUSE_NS   100000u     /* after so long without a request the loop has seen all that there was */

#define LEAST_REST 50000  /* waking up is not free */
#define REST_NS    200000 /* between two rounds, during which nobody is answered */
#define MOST_OWED  1000000
#define FORGOTTEN  100000000u /* what was used before so long does not count */

enum { FEWEST = 1, MOST = 64, FIRST_NS = 50000 };

static uint64_t length(const struct srv_turns *t, uint64_t now)
{
    return t->crowded_ns && now < t->crowded_ns + RECENT_NS ? CROWDED_NS : ALONE_NS;
}

static void new_round(struct srv_turns *t, uint64_t now)
{
    if (t->waiting && t->went) {
        const uint64_t each = (now - t->began_ns) / t->went;
        t->each_ns = t->each_ns ? (3 * t->each_ns + each) / 4 : each;
    }
    t->round++;
    t->began_ns = now;
    t->went = t->called = 0;
}

static void add(struct srv_turns *t, struct srv_turn_client *c, struct srv_turn *turn)
{
    turn->state = SRV_TURN_WAITS;
    turn->next = NULL;
    if (c->first) {
        c->last = c->last->next = turn;
    } else {
        c->first = c->last = turn;
        c->next = NULL;
        if (t->row)
            t->row_end = t->row_end->next = c;
        else
            t->row = t->row_end = c;
    }
    t->waiting++;
}

bool srv_turn_begins(const struct srv_turns *t, const struct srv_turn *turn)
{
    return turn->state == SRV_TURN_CALLED && turn->round == t->round;
}

/* Called ones come in the round after that in which they were called: the first of them shows that it has begun. */
static void come(struct srv_turns *t, struct srv_turn *turn, uint64_t now)
{
    if (srv_turn_begins(t, turn))
        new_round(t, now);
    turn->state = SRV_TURN_GOES_ON;
}

bool srv_turn_ask(struct srv_turns *t, struct srv_turn *turn, uint64_t client, uint64_t now)
{
    struct srv_turn_client *c = &t->of[client % SRV_TURN_CLIENTS];
    if (t->latest && t->latest != c)
        t->crowded_ns = now;
    t->latest = c;
    if (turn->state == SRV_TURN_CALLED)
        come(t, turn, now);
    else if (!t->waiting && !t->called && now - t->ended_ns > PAUSE_NS)
        new_round(t, now);
    if (turn->state != SRV_TURN_GOES_ON && (c->first || (c->round == t->round && now - t->began_ns > length(t, now)))) {
        add(t, c, turn);
        return false;
    }
    turn->state = SRV_TURN_GOES_ON;
    c->round = t->round;
    t->went++;
    return true;
}

struct srv_turn *srv_turn_call(struct srv_turns *t)
{
    const uint64_t each = t->each_ns ? t->each_ns : FIRST_NS, fit = length(t, t->began_ns) / each;
    const size_t most = fit < FEWEST ? FEWEST : fit > MOST ? MOST : (size_t)fit;
    struct srv_turn_client *c = t->row;
    if (!c || t->called >= most)
        return NULL;
    struct srv_turn *turn = c->first;
    t->row = c->next;
    if (!t->row)
        t->row_end = NULL;
    c->first = turn->next;
    c->next = NULL;
    if (c->first) {
        if (t->row)
            t->row_end = t->row_end->next = c;
        else
            t->row = t->row_end = c;
    }
    turn->state = SRV_TURN_CALLED;
    turn->round = t->round;
    t->called++;
    t->waiting--;
    return turn;
}

uint64_t srv_turn_rest(struct srv_turns *t, uint64_t now, uint64_t used_ns)
{
    const int64_t passed = (int64_t)(now - t->looked_ns), used = (int64_t)(used_ns - t->used_ns);
    t->owed_ns += 2 * used - passed;
    if (t->owed_ns < 0 || now - t->looked_ns > FORGOTTEN)
        t->owed_ns = 0;
    if (t->owed_ns > MOST_OWED)
        t->owed_ns = MOST_OWED;
    t->looked_ns = now;
    t->used_ns = used_ns;
    if (t->owed_ns < LEAST_REST)
        return 0;
    const uint64_t rest = t->owed_ns < REST_NS ? (uint64_t)t->owed_ns : REST_NS;
    t->began_ns += rest; /* no part of the round that ends */
    return rest;
}

void srv_turn_done(struct srv_turns *t, uint64_t now)
{
    t->ended_ns = now;
}

void srv_turn_leave(struct srv_turns *t, struct srv_turn *turn, uint64_t now)
{
    if (turn->state == SRV_TURN_CALLED)
        come(t, turn, now);
    turn->state = SRV_TURN_NONE;
}
