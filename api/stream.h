/* Streams of samples: frames as server-sent events or lines of JSON. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "job.h"

/* Makes the call a stream: its reply's status and headers. */
void api_stream_open(struct api_call *call);
/* A frame of the chains' current samples at absolute step `step`. */
void api_stream_frame(struct api_call *call, struct api_task *task, uint64_t step);
/* The last event, with the continue token; the call is then API_REPLY. */
void api_stream_done(struct api_call *call);

#endif
