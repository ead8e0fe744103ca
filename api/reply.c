#include "reply.h"

#include "pieces.h"

#include "mem.h"

void api_reply_json(struct api_call *call, int status, struct api_buffer *body)
{
    if (body->failed) {
        api_buffer_free(body);
        api_refuse(call, API_OUT_OF_MEMORY, "not enough memory for the reply");
        return;
    }
    bz_free(call->reply.body);
    call->reply.body = NULL;
    if (call->reply.pieces)
        api_pieces_text(call, body);
    else
        call->reply.body = api_buffer_take(body, &call->reply.size);
    call->reply.status = status;
    call->reply.content_type = "application/json";
    call->reply.compressible = true;
    call->state = API_REPLY;
}
