#include "reply.h"

#include "pieces.h"

#include <string.h>

void api_reply_json(struct api_call *call, int status, struct api_buffer *body)
{
    if (body->failed) {
        api_buffer_free(body);
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for the reply");
        return;
    }
    api_pieces_body(call, body);
    call->reply.status = status;
    call->reply.content_type = "application/json";
    /* Triton's asyncio client inflates only what inference replies with. */
    call->reply.compressible = strncmp(call->route, "/v2", 3) != 0 || call->job->v2;
    call->state = API_REPLY;
}
