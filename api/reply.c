#include "reply.h"

#include "pieces.h"

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
    call->reply.compressible = true;
    call->state = API_REPLY;
}
