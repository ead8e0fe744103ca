#include "routes.h"

#include "handlers.h"
#include "job.h"
#include "query.h"

#include <string.h>

enum { TENSOR_FORMATS = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_PNG };

#define OPERATION(NAME, OP, SUMMARY)                                                                                           \
    {"POST", "/v1/models/{model}/" NAME, API_INFER, API_LOADED, &OP, api_decode_operation, 0, SUMMARY},                        \
    {                                                                                                                          \
        "POST", "/v1/models/{model}/versions/{version}/" NAME, API_INFER, API_LOADED, &OP, api_decode_operation, 0, SUMMARY    \
    }

#define WITH_VERSION(METHOD, TAIL, SCOPE, FLAGS, DECODE, SUMMARY)                                                              \
    {METHOD, "/v2/models/{model}" TAIL, SCOPE, FLAGS, NULL, DECODE, 0, SUMMARY},                                               \
    {                                                                                                                          \
        METHOD, "/v2/models/{model}/versions/{version}" TAIL, SCOPE, FLAGS, NULL, DECODE, 0, SUMMARY                           \
    }

/* Found from top to bottom: /v2/models/stats stands before /v2/models/{model}. */
static const struct api_route routes[] = {
    OPERATION("features", api_op_features, "Hidden representations of rows"),
    OPERATION("sample", api_op_sample, "Samples by block Gibbs sampling, with clamping"),
    OPERATION("free-energy", api_op_free_energy, "Free energies and log probabilities of rows"),
    OPERATION("reconstruct", api_op_reconstruct, "Reconstructions of rows, missing values filled in"),
    OPERATION("energy", api_op_energy, "Joint energies of complete states"),
    OPERATION("classify", api_op_classify, "Class probabilities of rows"),
    OPERATION("neighbors", api_op_neighbors, "Nearest indexed rows"),
    WITH_VERSION("POST", "/infer", API_INFER, API_LOADED | API_ANY_TYPE, api_v2_infer, "Inference (Open Inference Protocol)"),
    {"GET", "/v2/health/live", API_OPEN, API_ANY_TYPE, NULL, api_v2_live, 0, "Whether the process lives"},
    {"GET", "/v2/health/ready", API_OPEN, API_ANY_TYPE, NULL, api_v2_ready, 0, "Whether requests are welcome"},
    {"GET", "/v1/models", API_INFER, 0, NULL, api_models_list, 0, "The models"},
    {"GET", "/v1/models/{model}", API_INFER, API_LOADED | API_BLOCKS, NULL, api_model_view, 0,
     "One model: layers, couplings, training"},
    {"GET", "/v1/models/{model}/versions/{version}", API_INFER, API_LOADED | API_BLOCKS, NULL, api_model_view, 0,
     "One version of a model"},
    {"GET", "/v1/models/{model}/parameters/{tensor}", API_INFER, API_LOADED | API_BLOCKS, NULL, api_tensor_view, TENSOR_FORMATS,
     "A parameter tensor, as numbers or pictures"},
    {"GET", "/v1/models/{model}/versions/{version}/parameters/{tensor}", API_INFER, API_LOADED | API_BLOCKS, NULL,
     api_tensor_view, TENSOR_FORMATS, "A parameter tensor of a version"},
    {"GET", "/v2", API_INFER, API_ANY_TYPE, NULL, api_v2_server, 0, "Server metadata"},
    {"GET", "/v2/", API_INFER, API_ANY_TYPE, NULL, api_v2_server, 0, "Server metadata"},
    {"GET", "/v2/models/stats", API_INFER, API_ANY_TYPE, NULL, api_v2_stats, 0, "Statistics of all models"},
    WITH_VERSION("GET", "", API_INFER, API_LOADED | API_ANY_TYPE, api_v2_model, "Model metadata"),
    WITH_VERSION("GET", "/ready", API_INFER, API_ANY_TYPE, api_v2_model_ready, "Whether a model is ready"),
    WITH_VERSION("GET", "/config", API_INFER, API_LOADED | API_ANY_TYPE, api_v2_config, "Model configuration"),
    WITH_VERSION("GET", "/stats", API_INFER, API_ANY_TYPE, api_v2_stats, "Statistics of a model"),
    {"POST", "/v2/repository/index", API_INFER, API_ANY_TYPE, NULL, api_v2_index, 0,
     "The repository's models and their states"},
    {"POST", "/v2/repository/models/{model}/load", API_ADMIN, API_ANY_TYPE | API_BLOCKS, NULL, api_v2_load, 0, "Load a model"},
    {"POST", "/v2/repository/models/{model}/unload", API_ADMIN, API_ANY_TYPE | API_BLOCKS, NULL, api_v2_unload, 0,
     "Unload a model"},
    {"GET", "/openapi.json", API_OPEN, API_ANY_TYPE, NULL, api_openapi, 0, "This description"},
    {"GET", "/metrics", API_METRICS, API_IS_HOST | API_ANY_TYPE, NULL, NULL, 0, "Metrics for Prometheus"},
    {"GET", "/", API_OPEN, API_IS_HOST | API_ANY_TYPE, NULL, NULL, 0, "The web client"},
    /* What others of the protocol's dialect have and this server does not: said in so many words. */
    WITH_VERSION("POST", "/generate", API_INFER, API_ANY_TYPE, api_v2_absent, "Not implemented"),
    WITH_VERSION("POST", "/generate_stream", API_INFER, API_ANY_TYPE, api_v2_absent, "Not implemented"),
    {"GET", "/v2/logging", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/logging", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"GET", "/v2/trace/setting", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/trace/setting", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"GET", "/v2/models/{model}/trace/setting", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/models/{model}/trace/setting", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"GET", "/v2/systemsharedmemory/status", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"GET", "/v2/cudasharedmemory/status", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"GET", "/v2/systemsharedmemory/region/{tensor}/status", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0,
     "Not implemented"},
    {"GET", "/v2/cudasharedmemory/region/{tensor}/status", API_INFER, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/systemsharedmemory/region/{tensor}/unregister", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0,
     "Not implemented"},
    {"POST", "/v2/cudasharedmemory/region/{tensor}/unregister", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0,
     "Not implemented"},
    {"POST", "/v2/systemsharedmemory/unregister", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/cudasharedmemory/unregister", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0, "Not implemented"},
    {"POST", "/v2/systemsharedmemory/region/{tensor}/register", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0,
     "Not implemented"},
    {"POST", "/v2/cudasharedmemory/region/{tensor}/register", API_ADMIN, API_ANY_TYPE, NULL, api_v2_absent, 0,
     "Not implemented"},
};
enum { N_ROUTES = sizeof(routes) / sizeof(routes[0]) };

const struct api_route *api_route_at(size_t i)
{
    return i < N_ROUTES ? &routes[i] : NULL;
}

/* Copies a percent-decoded segment; a '/' inside stays a part of the name. A name too long or badly escaped cannot exist. */
static bool take(char *to, size_t room, const char *from, size_t n)
{
    if (n == 0 || n >= room)
        return false;
    memcpy(to, from, n);
    to[n] = 0;
    return api_percent_decode(to, false) == 0;
}

static bool matches(const char *pattern, const char *path, struct api_match *match)
{
    *match = (struct api_match){{0}, {0}, {0}};
    for (;;) {
        if (*pattern == '{') {
            size_t n = strcspn(path, "/");
            bool ok = pattern[1] == 'm'   ? take(match->model, sizeof(match->model), path, n)
                      : pattern[1] == 'v' ? take(match->version, sizeof(match->version), path, n)
                                          : take(match->tensor, sizeof(match->tensor), path, n);
            if (!ok)
                return false;
            path += n;
            pattern = strchr(pattern, '}') + 1;
        }
        if (*pattern != *path)
            return false;
        if (*pattern == 0)
            return true;
        pattern++;
        path++;
    }
}

const struct api_route *api_route_find(const char *method, const char *path, struct api_match *match, char allow[64])
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    const char *sure = NULL; /* the pattern that the path belongs to: the first that matches, whatever the method */
    *allow = 0;
    for (size_t i = 0; i < N_ROUTES; i++) {
        if (sure ? strcmp(routes[i].pattern, sure) != 0 : !matches(routes[i].pattern, path, match))
            continue;
        sure = routes[i].pattern;
        if (strcmp(routes[i].method, wanted) == 0)
            return &routes[i];
        strcat(strcat(allow, *allow ? ", " : ""), strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
    }
    if (sure)
        strcat(allow, ", OPTIONS");
    return NULL;
}

enum api_scope api_scope(const char *path)
{
    struct api_match match;
    for (size_t i = 0; i < N_ROUTES; i++)
        if (matches(routes[i].pattern, path, &match))
            return routes[i].scope;
    return API_INFER;
}
