/* What a stage of training takes of memory, counted before any of it is touched: the system grants pages freely, and ends
 * processes when there are none left. */
#ifndef TRAIN_NEED_H
#define TRAIN_NEED_H

#include "stage.h"

/* Bytes at its peak, with those that the process has already. *largest (may be NULL): what takes most of the rest. */
double train_stage_needs(const struct train_stage *s, const char **largest);

/* BZ_TOO_LARGE if this computer, a control group or a limit of the process leaves less; ranks on one host count together. */
int train_stage_fits(const struct train_stage *s, struct bz_error *err);

/* The same for a machine of so many weights that each of so many processes on this host is about to make. */
int train_weights_fit(double weights, size_t processes, struct bz_error *err);

#endif
