/* What replies have in common. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "job.h"

/* Sets call->model to a reference; version NULL = the one served. -1: refused (404 or 503). */
int api_acquire(struct api_call *call, const char *name, const char *version);
/* A JSON reply, complete: takes the buffer. */
void api_reply_json(struct api_call *call, int status, struct api_buffer *body);
/* X-Boltz-Model and X-Boltz-Version; X-Boltz-Seed. */
void api_model_headers(struct api_call *call);
void api_seed_header(struct api_call *call);

#endif
