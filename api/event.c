#include "event.h"

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
