/* How many values of a request were unknown: reported in the reply, since a client may not know (NaN that became null on the
 * way). */
#ifndef API_MISSING_H
#define API_MISSING_H

#include "job.h"
#include "json_write.h"

/* "missing":[...], one number per row, if any value of the given layers was unknown. */
void api_missing_write(struct json_writer *w, const struct api_call *call);
/* X-Boltz-Missing with the total, if it is not 0. */
void api_missing_header(struct api_call *call);

#endif
