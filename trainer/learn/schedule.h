/* What follows from a stage's plan: rates, and when it is judged. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "stage.h"

/* The update at which a rate that falls from a given update on reaches 0. */
uint64_t train_cooled_by(uint64_t update);
/* The rate of an update; cool_from: the update from which it falls to 0 early, 0 = it does not. */
double train_planned_rate(const struct train_stage *s, uint64_t update, uint64_t cool_from);
/* Whether to judge now: often at first, when modes are lost, later 25 times in the run. */
uint64_t train_next_judgement(const struct train_stage *s, uint64_t now);
/* The judgement after one that was called early: as planned, but what both find must not be the same swing. */
uint64_t train_judgement_after_alarm(const struct train_stage *s, uint64_t now, uint64_t planned);

#endif
