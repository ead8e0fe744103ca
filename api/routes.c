#include "routes.h"

#include "handlers.h"
#include "job.h"
#include "query.h"

#include <string.h>

enum { TENSOR_FORMATS = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW | 1 << API_PNG };

/* A pattern under a model, and the same under one of its versions. */
#define OF_MODEL(BASE, TAIL) BASE "/models/{model}" TAIL, BASE "/models/{model}/versions/{version}" TAIL

/* Rows by kind; fields in the order of struct api_route. */
#define OPERATION(METHODS, NAME, OP, REPLY, SUMMARY)                                                                           \
    {                                                                                                                          \
        METHODS, OF_MODEL("/v1", "/" NAME), API_INFER, API_LOADED, NAME, &OP, api_decode_operation, api_encode_operation, 0,   \
            0, NULL, REPLY, SUMMARY                                                                                            \
    }
#define VIEW(PATTERNS, FLAGS, DECODE, FORMATS, PARAMS, REPLY, SUMMARY)                                                         \
    {                                                                                                                          \
        API_GET, PATTERNS, API_INFER, FLAGS, "", NULL, DECODE, NULL, FORMATS, PARAMS, NULL, REPLY, SUMMARY                     \
    }
#define V2(METHODS, PATTERNS, SCOPE, FLAGS, DECODE, BODY, REPLY, SUMMARY)                                                      \
    {                                                                                                                          \
        METHODS, PATTERNS, SCOPE, (FLAGS) | API_ANY_TYPE, "", NULL, DECODE, NULL, 0, 0, BODY, REPLY, SUMMARY                   \
    }
#define ABSENT(...)                                                                                                            \
    {                                                                                                                          \
        API_GET | API_POST, __VA_ARGS__, API_INFER, API_ABSENT | API_ANY_TYPE, "", NULL, api_v2_absent, NULL, 0, 0, NULL,      \
            NULL, ""                                                                                                           \
    }
#define ONLY(PATTERN) PATTERN, NULL

/* Searched from top to bottom: /v2/models/stats comes before /v2/models/{model}. */
static const struct api_route routes[] = {
    OPERATION(API_POST, "features", api_op_features, "Features", "Hidden representations of rows"),
    OPERATION(API_GET | API_POST, "sample", api_op_sample, "Samples", "Samples by block Gibbs sampling, with clamping"),
    OPERATION(API_POST, "free-energy", api_op_free_energy, "FreeEnergies", "Free energies and log probabilities of rows"),
    OPERATION(API_POST, "reconstruct", api_op_reconstruct, "Reconstructions",
              "Reconstructions of rows, missing values filled in"),
    OPERATION(API_POST, "energy", api_op_energy, "Energies", "Joint energies of complete states"),
    OPERATION(API_POST, "classify", api_op_classify, "Classes", "Class probabilities of rows"),
    OPERATION(API_POST, "neighbors", api_op_neighbors, "Neighbors", "Nearest indexed rows"),
    {API_POST, OF_MODEL("/v2", "/infer"), API_INFER, API_LOADED | API_ANY_TYPE, "infer", NULL, api_v2_infer, api_v2_encode, 0,
     0, "V2Request", "V2Outputs", "Inference (Open Inference Protocol)"},
    V2(API_GET, ONLY("/v2/health/live"), API_OPEN, 0, api_v2_live, NULL, "Live", "Whether the process is alive"),
    V2(API_GET, ONLY("/v2/health/ready"), API_OPEN, 0, api_v2_ready, NULL, "Ready", "Whether the server accepts requests"),
    VIEW(ONLY("/v1/models"), API_OF_ALL, api_models_list, 0, API_BIT(FORMAT), "Models", "The models"),
    VIEW(OF_MODEL("/v1", ""), API_LOADED | API_BLOCKS, api_model_view, 0, API_BIT(FORMAT), "Model",
         "One model: layers, couplings, training"),
    VIEW(OF_MODEL("/v1", "/parameters/{tensor}"), API_LOADED | API_BLOCKS, api_tensor_view, TENSOR_FORMATS,
         API_BIT(FORMAT) | API_PICTURE_PARAMS, "Tensor", "A parameter tensor, as numbers or pictures"),
    V2(API_GET, ONLY("/v2"), API_INFER, 0, api_v2_server, NULL, "V2Server", "Server metadata"),
    V2(API_GET, ONLY("/v2/"), API_INFER, 0, api_v2_server, NULL, "V2Server", "Server metadata"),
    V2(API_GET, ONLY("/v2/models/stats"), API_INFER, API_OF_ALL, api_v2_stats, NULL, "V2Statistics",
       "Statistics of all models"),
    V2(API_GET, OF_MODEL("/v2", ""), API_INFER, API_LOADED, api_v2_model, NULL, "V2Model", "Model metadata"),
    V2(API_GET, OF_MODEL("/v2", "/ready"), API_INFER, 0, api_v2_model_ready, NULL, "V2ModelReady", "Whether a model is ready"),
    V2(API_GET, OF_MODEL("/v2", "/config"), API_INFER, API_LOADED, api_v2_config, NULL, "V2Config", "Model configuration"),
    V2(API_GET, OF_MODEL("/v2", "/stats"), API_INFER, 0, api_v2_stats, NULL, "V2Statistics", "Statistics of a model"),
    V2(API_POST, ONLY("/v2/repository/index"), API_INFER, API_OF_ALL, api_v2_index, "V2IndexRequest", "V2Index",
       "The repository's models and their states"),
    V2(API_POST, ONLY("/v2/repository/models/{model}/load"), API_ADMIN, API_BLOCKS, api_v2_load, "V2ControlRequest", NULL,
       "Load a model"),
    V2(API_POST, ONLY("/v2/repository/models/{model}/unload"), API_ADMIN, API_BLOCKS, api_v2_unload, "V2ControlRequest", NULL,
       "Unload a model"),
    V2(API_GET, ONLY("/openapi.json"), API_OPEN, 0, api_openapi, NULL, "Description", "This description"),
    V2(API_GET, ONLY("/metrics"), API_METRICS, API_OF_ALL | API_IS_TEXT, api_metrics, NULL, NULL, "Metrics for Prometheus"),
    V2(API_GET, ONLY("/"), API_OPEN, API_IS_HOST, NULL, NULL, NULL, "The web client"),
    /* What other servers of the protocol's dialect have and this one does not: refused explicitly. */
    ABSENT(OF_MODEL("/v2", "/generate")),
    ABSENT(OF_MODEL("/v2", "/generate_stream")),
    ABSENT(OF_MODEL("/v2", "/trace/setting")),
    ABSENT(ONLY("/v2/trace/setting")),
    ABSENT(ONLY("/v2/logging")),
    ABSENT(ONLY("/v2/systemsharedmemory/*")),
    ABSENT(ONLY("/v2/cudasharedmemory/*")),
    {.pattern = NULL},
};

const struct api_route *api_routes(void)
{
    return routes;
}

/* Copies a percent-decoded segment; a '/' inside stays a part of the name. A name that is too long or badly escaped cannot
 * exist. */
static bool take(char *to, size_t room, const char *from, size_t n)
{
    if (n == 0 || n >= room)
        return false;
    memcpy(to, from, n);
    to[n] = 0;
    return api_percent_decode(to, false) == 0;
}

/* Whether a path could match: nothing of it is copied or decoded yet. */
static bool is_like(const char *pattern, const char *path)
{
    for (;; pattern++, path++) {
        if (*pattern == '{') {
            path = strchrnul(path, '/');
            pattern = strchr(pattern, '}') + 1;
        }
        if (*pattern == '*')
            return true;
        if (*pattern != *path)
            return false;
        if (*pattern == 0)
            return true;
    }
}

static bool matches(const char *pattern, const char *path, struct api_match *match)
{
    if (!is_like(pattern, path))
        return false;
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
        if (*pattern == '*')
            return true;
        if (*pattern != *path)
            return false;
        if (*pattern == 0)
            return true;
        pattern++;
        path++;
    }
}

/* The row that a path matches, whatever the method. */
static const struct api_route *row_of(const char *path, struct api_match *match, const char **pattern)
{
    for (const struct api_route *row = routes; row->pattern; row++) {
        *pattern = row->pattern;
        if (matches(row->pattern, path, match))
            return row;
        *pattern = row->versioned;
        if (row->versioned && matches(row->versioned, path, match))
            return row;
    }
    return NULL;
}

const struct api_route *api_route_find(const char *method, const char *path, struct api_match *match, const char **pattern,
                                       char allow[64])
{
    const struct api_route *row = row_of(path, match, pattern);
    const unsigned wanted = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ? API_GET
                            : strcmp(method, "POST") == 0                             ? API_POST
                                                                                      : 0;
    *allow = 0;
    if (!row)
        return NULL;
    if (row->methods & wanted)
        return row;
    if (row->methods & API_GET)
        strcat(allow, "GET, HEAD, ");
    if (row->methods & API_POST)
        strcat(allow, "POST, ");
    strcat(allow, "OPTIONS");
    return NULL;
}

enum api_scope api_scope(const char *path)
{
    struct api_match match;
    const char *pattern;
    const struct api_route *row = row_of(path, &match, &pattern);
    return row ? row->scope : API_INFER;
}
