/* Handlers of routes, which routes.c names. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "routes.h"

/* POST /v1/models/{model}/<operation> */
api_handler api_decode_operation;
void api_encode_operation(struct api_call *call);

/* GET under /v1 */
api_handler api_models_list, api_model_view, api_tensor_view;

/* The Open Inference Protocol */
api_handler api_v2_live, api_v2_ready, api_v2_server, api_v2_model, api_v2_model_ready, api_v2_config, api_v2_stats,
    api_v2_infer, api_v2_index, api_v2_load, api_v2_unload, api_v2_absent;
void api_v2_encode(struct api_call *call);

/* GET /metrics, whose text is the host's. */
api_handler api_metrics;

/* GET /openapi.json, made from the tables that the server runs on. */
api_handler api_openapi;

#endif
