/* What of a stage follows from its plan: rates, and when it is judged. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "stage.h"

/* Where a rate that falls from an update on is 0. */
uint64_t train_cooled_by(uint64_t update);
/* The rate of an update; cool_from: the update from which it falls to 0 early, 0 = it does not. */
double train_planned_rate(const struct train_stage *s, uint64_t update, uint64_t cool_from);
/* Often at first, when modes are lost, later at every 25th part of the run. */
uint64_t train_next_judgement(const struct train_stage *s, uint64_t now);

#endif
