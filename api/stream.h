/* Streams of samples: frames as server-sent events or lines of JSON. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "job.h"

/* Before the operation begins: takes up Last-Event-ID, where it is one of ours, and its seed, where none was given. */
void api_stream_resume(struct api_call *call);
/* Makes the call a stream: its reply's status and headers, the first bytes. -1 when memory is out. */
int api_stream_open(struct api_call *call);
/* A frame of the chains' current samples at absolute step `step`, unless the client has had it. */
void api_stream_frame(struct api_call *call, struct api_task *task, uint64_t step);
/* The last event, with the continue token; the call is then API_REPLY. */
void api_stream_done(struct api_call *call);

#endif
