/* A thread that does one thing at a time beside its owner's work. */
#ifndef TRAIN_BESIDE_H
#define TRAIN_BESIDE_H

#include "errors.h"

struct train_beside;

/* *out is the caller's; its thread sleeps until there is something to do. */
int train_beside_new(struct train_beside **out, struct bz_error *err);
/* Waits for what is under way; NULL is fine. */
void train_beside_free(struct train_beside *b);

/* Begins work(arg); what work touches is the thread's until train_beside_end, which waits for it and returns what it returned.
 */
void train_beside_begin(struct train_beside *b, int (*work)(void *arg, struct bz_error *err), void *arg);
int train_beside_end(struct train_beside *b, struct bz_error *err);

#endif
