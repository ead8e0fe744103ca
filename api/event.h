/* One event of a stream, as server-sent event or line of JSON. */
#ifndef API_EVENT_H
#define API_EVENT_H

#include "buffer.h"
#include "negotiate.h"

/* Appends event `name` to out. object is a complete JSON object; NDJSON puts the event's name into it. id "" = none. */
void api_event(struct api_buffer *out, enum api_format format, const char *name, const char *id,
               const struct api_buffer *object);

#endif
