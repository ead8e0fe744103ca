/* Streams of samples: frames as server-sent events or lines of JSON. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "job.h"

/* Before the operation begins: applies Last-Event-ID, if it is one of ours, and its seed, if none was given. */
void api_stream_resume(struct api_call *call);
/* Makes the call a stream: sets its reply's status, headers and first bytes. -1 when out of memory. */
int api_stream_open(struct api_call *call);
/* A frame of the chains' current samples at absolute step `step`, unless the client already has it. */
void api_stream_frame(struct api_call *call, struct api_task *task, uint64_t step);
/* The last event, with the continue token; the call is then API_REPLY. */
void api_stream_done(struct api_call *call);

#endif
