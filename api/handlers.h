/* Handlers of routes. Each gets the call with its whole body and leaves it in API_RUN (work for a worker) or API_REPLY. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api.h"

/* POST /v1/models/{model}/<operation> */
void api_decode_operation(struct api_call *call, char *body, size_t size);
void api_encode_operation(struct api_call *call);

/* GET under /v1 */
void api_models_list(struct api_call *call, char *body, size_t size);
void api_model_view(struct api_call *call, char *body, size_t size);
void api_tensor_view(struct api_call *call, char *body, size_t size);

/* The Open Inference Protocol */
void api_v2_live(struct api_call *call, char *body, size_t size);
void api_v2_ready(struct api_call *call, char *body, size_t size);
void api_v2_server(struct api_call *call, char *body, size_t size);
void api_v2_model(struct api_call *call, char *body, size_t size);
void api_v2_model_ready(struct api_call *call, char *body, size_t size);
void api_v2_config(struct api_call *call, char *body, size_t size);
void api_v2_stats(struct api_call *call, char *body, size_t size);
void api_v2_infer(struct api_call *call, char *body, size_t size);
void api_v2_encode(struct api_call *call);
void api_v2_index(struct api_call *call, char *body, size_t size);
void api_v2_load(struct api_call *call, char *body, size_t size);
void api_v2_unload(struct api_call *call, char *body, size_t size);
void api_v2_absent(struct api_call *call, char *body, size_t size);

/* GET /openapi.json, made from the tables that the server runs on. */
void api_openapi(struct api_call *call, char *body, size_t size);

#endif
