/* Numbers that stand for gaps in the model's table (--na-values of its training), such as -999, among rows by position: they
 * are missing there as they are in rows by name. */
#ifndef API_GAPS_H
#define API_GAPS_H

#include "job.h"

/* Marks them as missing in the job's inputs, clamps and starts of chains; refuses them in states. Layers whose columns the
 * model divides hold quotients, where no number stands for a gap. */
int api_gaps_mark(struct api_call *call, struct api_fault *fault);

#endif
