#include "event.h"

#include <stdio.h>

void api_event(struct api_buffer *out, enum api_format format, const char *name, const char *id,
               const struct api_buffer *object)
{
    if (object->failed) {
        out->failed = true;
    } else if (format == API_SSE) {
        api_buffer_printf(out, "event: %s\n%s%s%sdata: ", name, *id ? "id: " : "", id, *id ? "\n" : "");
        api_buffer_add(out, object->data, object->size);
        api_buffer_text(out, "\n\n");
    } else {
        api_buffer_printf(out, "{\"event\":\"%s\"%s", name, object->size > 2 ? "," : "");
        api_buffer_add(out, object->data + 1, object->size - 1);
        api_buffer_text(out, "\n");
    }
}

void api_event_problem(struct api_buffer *out, enum api_format format, const char *code, int status, const char *request_id)
{
    char text[512];
    const int n = snprintf(text, sizeof(text), "{\"error\":\"%s\",\"status\":%d,\"code\":\"%s\"%s%.128s%s}", code, status, code,
                           *request_id ? ",\"request_id\":\"" : "", request_id, *request_id ? "\"" : "");
    api_event(out, format, "error", "", &(struct api_buffer){.data = text, .size = (size_t)n});
}
