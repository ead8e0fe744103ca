/* One event of a stream, as server-sent event or line of JSON. */
#ifndef API_EVENT_H
#define API_EVENT_H

#include "buffer.h"
#include "negotiate.h"

/* Appends event `name` to out. object is a complete JSON object; NDJSON puts the event's name into it. id "" = none. */
void api_event(struct api_buffer *out, enum api_format format, const char *name, const char *id,
               const struct api_buffer *object);

/* A short form of the error event that fits API_SPARE_BYTES: only code and status of the problem. */
enum { API_SPARE_BYTES = 1024 };
void api_event_problem(struct api_buffer *out, enum api_format format, const char *code, int status, const char *request_id);

#endif
