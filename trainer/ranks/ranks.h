/* The processes that train one model together, "ranks", each on its own share of the rows and chains.
 *
 * Sums are computed here and not by the library, whose order of addition depends on the length of a message, the call and the
 * user's settings. Rank k gets the k-th part of everyone's numbers, adds them in the order of ranks in double, and gives the
 * sums to all. So for a given number of ranks the bits are always the same, on all ranks.
 *
 * The death of a peer is never reported: calls wait for ever. So all waiting here polls, and gives up when the launcher's
 * SIGTERM arrives (which follows a death) or nothing arrives for minutes. After an error all further calls fail.
 *
 * Every function takes NULL for a process that trains alone: then it is rank 0 of 1, and exchanges do nothing. */
#ifndef TRAIN_RANKS_H
#define TRAIN_RANKS_H

#include "errors.h"
#include "parallel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct train_ranks;

/* Joins the job of several processes that a launcher has started; *out is NULL if there is only one. signalled: the signal that
 * asked this process to stop, 0 = none. BZ_BAD_USAGE if there are several and they cannot work together. */
int train_ranks_open(struct train_ranks **out, int (*signalled)(void), struct bz_error *err);
/* The last exchange: waits for all, and leaves the job. */
int train_ranks_close(struct train_ranks *r, struct bz_error *err);
/* Ends all processes of the job, including this one, after an error that others may not have seen. */
void train_ranks_abort(struct train_ranks *r, int status);

/* Which process this is, from 0; how many there are; on how many hosts, by their names or by BOLTZ_HOST. Of NULL: 0, 1, 1. */
size_t train_ranks_number(const struct train_ranks *r);
size_t train_ranks_count(const struct train_ranks *r);
size_t train_ranks_hosts(const struct train_ranks *r);
/* How many are on this rank's host, itself among them. */
size_t train_ranks_on_host(const struct train_ranks *r);
/* Of the ranks on this rank's host that call with the same number: how many, and *first, the first of them. 0 after an error.
 */
size_t train_ranks_alike(struct train_ranks *r, uint64_t number, size_t *first, struct bz_error *err);
/* Whether the next exchanges may take any time, because a peer is doing one-time work alone. Its death still ends them. */
void train_ranks_patient(struct train_ranks *r, bool patient);
/* Threads for this rank: the CPUs it may run on, divided by the ranks of its host that may run on the same ones. */
size_t train_ranks_threads(const struct train_ranks *r);
/* Whether an exchange failed because no answer came. */
bool train_ranks_lost(const struct train_ranks *r);

/* This rank's part of n things, or rank k's: first .. first+count-1. And the rank that thing i is part of. */
void train_ranks_share(const struct train_ranks *r, size_t n, size_t *first, size_t *count);
void train_ranks_share_of(const struct train_ranks *r, size_t k, size_t n, size_t *first, size_t *count);
size_t train_ranks_owner(const struct train_ranks *r, size_t n, size_t i);

/* x[n] becomes the sum over ranks. */
int train_ranks_sum(struct train_ranks *r, float *x, size_t n, struct bz_error *err);
/* Each rank has made its share of n items of `bytes` bytes; afterwards all have all of them. */
int train_ranks_gather(struct train_ranks *r, void *things, size_t bytes, size_t n, struct bz_error *err);
/* The same two for the core; NULL for a single process. Lives as long as r. */
struct bz_spread *train_ranks_spread(struct train_ranks *r);
/* Each gives each some bytes: bytes[k] of `send`, one rank's after the other's, go to rank k, and bytes2[k] come from it. Not
 * for a process that is alone. */
int train_ranks_swap(struct train_ranks *r, const void *send, const int *bytes, void *receive, const int *bytes2,
                     struct bz_error *err);
/* Two exchanges while this thread does other work: after begin no other function may be called with r until end. Not for a
 * process that is alone. The first is train_ranks_sum. In the second everyone gives own[bytes], which stay, to all; then those
 * of rank k are there until the next exchange. */
int train_ranks_sum_begin(struct train_ranks *r, float *x, size_t n, struct bz_error *err);
int train_ranks_collect_begin(struct train_ranks *r, const void *own, size_t bytes, struct bz_error *err);
int train_ranks_end(struct train_ranks *r, struct bz_error *err);
const uint8_t *train_ranks_collected(const struct train_ranks *r, size_t k, size_t *bytes);
/* All have what rank 0 has, or rank k. */
int train_ranks_follow(struct train_ranks *r, void *data, size_t bytes, struct bz_error *err);
int train_ranks_follow_of(struct train_ranks *r, size_t k, void *data, size_t bytes, struct bz_error *err);

#endif
