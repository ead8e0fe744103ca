#include "reply.h"

int api_acquire(struct api_call *call, const char *name, const char *version)
{
    char reason[256] = "";
    switch (call->host->acquire(call->host, name, version, &call->model, reason)) {
    case API_OK:
        return 0;
    case API_NO_MODEL:
        api_refuse(call, API_MODEL_NOT_FOUND, "there is no model '%s'; /v1/models lists the models", name);
        break;
    case API_NO_VERSION:
        api_refuse(call, API_VERSION_NOT_FOUND, "model '%s' has no version or alias '%s'", name, version);
        break;
    case API_NOT_LOADED:
        api_refuse(call, API_MODEL_NOT_FOUND, "model '%s' is not loaded; /v2/repository/models/{model}/load loads it", name);
        break;
    case API_LEAVING:
        api_refuse(call, API_MODEL_UNLOADING,
                   "model '%s' is being unloaded: requests in flight are completed, new ones are refused", name);
        break;
    case API_NOT_READY:
        api_refuse(call, API_MODEL_UNAVAILABLE, "model '%s' is not available: %s", name, *reason ? reason : "not loaded");
        break;
    }
    return -1;
}
