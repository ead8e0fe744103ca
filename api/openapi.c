/* GET /openapi.json: the description of the interface, made from the tables that the interface itself runs on. */
#include "handlers.h"
#include "job.h"
#include "json_write.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

/* One operation of the description: a row under one of its patterns and methods. */
struct place {
    const struct api_route *route;
    const char *pattern, *method;
};

static bool is_listed(const struct api_route *route)
{
    const size_t n = strlen(route->pattern);
    return !(route->flags & API_ABSENT) && (n == 1 || route->pattern[n - 1] != '/');
}

static const char *tag_of(const struct api_route *route)
{
    if (strncmp(route->pattern, "/v1", 3) == 0)
        return route->op ? "operations" : "models";
    if (strncmp(route->pattern, "/v2/health", 10) == 0 || strncmp(route->pattern, "/v2", 3) != 0)
        return "service";
    return "open-inference-protocol";
}

/* post_v1_models_model_sample */
static void operation_id(struct json_writer *w, const struct place *place)
{
    char id[160];
    size_t at = (size_t)snprintf(id, sizeof(id), "%s", place->method);
    for (const char *c = place->pattern; *c && at + 2 < sizeof(id); c++) {
        if (*c == '{' || *c == '}')
            continue;
        id[at++] = (*c == '/' || *c == '-' || *c == '.') ? '_' : *c;
    }
    id[at] = 0;
    if (strcmp(place->pattern, "/") == 0)
        snprintf(id, sizeof(id), "get_web_client");
    json_key_string(w, "operationId", id);
}

/* The schema of a parameter's value. */
static void parameter_schema(struct json_writer *w, const struct api_param *p, enum api_param_id id)
{
    json_object(w);
    switch (p->kind) {
    case API_WHOLE:
        json_key_string(w, "type", "integer");
        json_key_whole(w, "minimum", (uint64_t)p->low);
        json_key_whole(w, "maximum", (uint64_t)p->high);
        break;
    case API_REAL:
        json_key_string(w, "type", "number");
        break;
    case API_WORD: {
        char words[128], *rest = words, *word;
        snprintf(words, sizeof(words), "%s", p->words);
        json_key_string(w, "type", "string");
        json_key(w, "enum");
        json_array(w);
        while ((word = strsep(&rest, "|")))
            json_text(w, word);
        json_end_array(w);
        break;
    }
    case API_STRING:
        json_key_string(w, "type", "string");
        break;
    case API_VALUE:
        if (id == API_P_CLAMP || id == API_P_COUNTS || id == API_P_STATES)
            json_key_string(w, "type", "object");
        else if (id == API_P_LAYERS)
            json_key_string(w, "type", "array");
        else {
            json_key(w, "type");
            json_raw(w, "[\"array\",\"object\"]");
        }
        if (id == API_P_LAYERS) {
            json_key(w, "items");
            json_raw(w, "{\"type\":\"string\"}");
        }
        break;
    }
    json_key_string(w, "description", p->help);
    json_end_object(w);
}

static void path_parameter(struct json_writer *w, const char *name, const char *what)
{
    json_object(w);
    json_key_string(w, "name", name);
    json_key_string(w, "in", "path");
    json_key_bool(w, "required", true);
    json_key_string(w, "description", what);
    json_key(w, "schema");
    json_raw(w, "{\"type\":\"string\"}");
    json_end_object(w);
}

static void query_parameter(struct json_writer *w, enum api_param_id id)
{
    const struct api_param *p = api_param_row(id);
    json_object(w);
    json_key_string(w, "name", p->name);
    json_key_string(w, "in", "query");
    json_key_string(w, "description", p->help);
    json_key(w, "schema");
    parameter_schema(w, p, id);
    json_end_object(w);
}

static void write_parameters(struct json_writer *w, const struct place *place)
{
    const struct api_route *route = place->route;
    const char *pattern = place->pattern;
    const uint64_t params = route->op ? route->op->params : route->formats ? API_BIT(FORMAT) : 0;
    json_key(w, "parameters");
    json_array(w);
    if (strstr(pattern, "{model}"))
        path_parameter(w, "model", "Name of a model");
    if (strstr(pattern, "{version}"))
        path_parameter(w, "version",
                       strncmp(pattern, "/v1", 3) == 0 ? "Number of a version, or an alias" : "Number of a version");
    if (strstr(pattern, "{tensor}"))
        path_parameter(w, "tensor", "Name of a tensor: <layer>.bias, <layer>.offset, <layer>.log_sigma, <a>~<b>.weight");
    for (unsigned id = 0; id < API_FIRST_BODY_PARAM; id++)
        if (params >> id & 1)
            query_parameter(w, (enum api_param_id)id);
    json_end_array(w);
}

static void write_body(struct json_writer *w, const struct place *place)
{
    const struct api_route *route = place->route;
    if (strcmp(place->method, "post") != 0)
        return;
    json_key(w, "requestBody");
    json_object(w);
    json_key(w, "content");
    json_object(w);
    json_key(w, "application/json");
    json_object(w);
    json_key(w, "schema");
    json_object(w);
    json_key_string(w, "type", "object");
    if (route->op) {
        json_key(w, "properties");
        json_object(w);
        for (unsigned id = API_P_FORMAT + 1; id < API_N_PARAMS; id++) {
            if (!(route->op->params >> id & 1))
                continue;
            json_key(w, api_param_row((enum api_param_id)id)->name);
            parameter_schema(w, api_param_row((enum api_param_id)id), (enum api_param_id)id);
        }
        json_end_object(w);
        json_key_bool(w, "additionalProperties", false);
    }
    json_end_object(w);
    json_end_object(w);
    if (route->op && route->op->params >> API_P_STATES & 1) {
        json_end_object(w);
        json_end_object(w);
        return;
    }
    if (route->op) {
        json_key(w, "application/x-npy");
        json_raw(w, "{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}");
    }
    if (route->op || strcmp(route->task, "infer") == 0) {
        json_key(w, "application/octet-stream");
        json_raw(w, "{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}");
    }
    json_end_object(w);
    json_end_object(w);
}

static void media(struct json_writer *w, const char *type, const char *schema)
{
    json_key(w, type);
    json_object(w);
    json_key(w, "schema");
    json_raw(w, schema);
    json_end_object(w);
}

static void write_responses(struct json_writer *w, const struct api_route *route)
{
    static const char binary[] = "{\"type\":\"string\",\"format\":\"binary\"}", json[] = "{\"type\":[\"object\",\"array\"]}";
    const unsigned formats = route->op ? route->op->formats : route->formats ? route->formats : 1u << API_JSON;
    json_key(w, "responses");
    json_object(w);
    json_key(w, "200");
    json_object(w);
    json_key_string(w, "description", "Success");
    json_key(w, "content");
    json_object(w);
    if (strcmp(route->pattern, "/") == 0)
        media(w, "text/html", "{\"type\":\"string\"}");
    else if (strcmp(route->pattern, "/metrics") == 0)
        media(w, "text/plain", "{\"type\":\"string\"}");
    for (int f = 0; f < API_N_FORMATS && !(route->flags & API_IS_HOST); f++)
        if (formats >> f & 1)
            media(w, f == API_SSE ? "text/event-stream" : api_format_media_type((enum api_format)f),
                  f == API_JSON                     ? json
                  : f == API_SSE || f == API_NDJSON ? "{\"type\":\"string\"}"
                                                    : binary);
    if (strcmp(route->task, "infer") == 0)
        media(w, "application/octet-stream", binary);
    json_end_object(w);
    json_end_object(w);
    json_key(w, "4XX");
    json_raw(w, "{\"$ref\":\"#/components/responses/Problem\"}");
    json_key(w, "5XX");
    json_raw(w, "{\"$ref\":\"#/components/responses/Problem\"}");
    json_end_object(w);
}

static void write_operation(struct json_writer *w, const struct place *place)
{
    const struct api_route *route = place->route;
    json_key(w, place->method);
    json_object(w);
    operation_id(w, place);
    json_key_string(w, "summary", route->summary);
    json_key_string(w, "description", route->summary);
    json_key(w, "tags");
    json_array(w);
    json_text(w, tag_of(route));
    json_end_array(w);
    write_parameters(w, place);
    write_body(w, place);
    write_responses(w, route);
    json_key(w, "security");
    json_raw(w, route->scope == API_OPEN ? "[]" : "[{\"bearer\":[]},{\"apiKey\":[]},{\"basic\":[]},{}]");
    json_end_object(w);
}

static void write_path(struct json_writer *w, const struct api_route *route, const char *pattern)
{
    if (!pattern)
        return;
    json_key(w, pattern);
    json_object(w);
    if (route->methods & API_GET)
        write_operation(w, &(struct place){route, pattern, "get"});
    if (route->methods & API_POST)
        write_operation(w, &(struct place){route, pattern, "post"});
    json_end_object(w);
}

static void write_paths(struct json_writer *w, const struct api_route *route)
{
    json_key(w, "paths");
    json_object(w);
    for (; route->pattern; route++) {
        if (!is_listed(route))
            continue;
        write_path(w, route, route->pattern);
        write_path(w, route, route->versioned);
    }
    json_end_object(w);
}

void api_openapi(struct api_call *call, char *body, size_t size)
{
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    const char *base = call->host->openapi_base;
    (void)body;
    (void)size;
    json_object(&w);
    json_key_string(&w, "openapi", "3.1.0");
    json_key(&w, "info");
    json_raw(
        &w,
        "{\"title\":\"boltzd\",\"version\":\"" BOLTZ_VERSION
        "\",\"description\":\"Boltzmann machines over HTTP: free energies, features, reconstructions, samples; and the Open "
        "Inference Protocol.\",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}");
    json_key(&w, "servers");
    json_array(&w);
    json_object(&w);
    json_key_string(&w, "url", base && *base ? base : "/");
    json_end_object(&w);
    json_end_array(&w);
    json_key(&w, "tags");
    json_raw(&w,
             "[{\"name\":\"operations\",\"description\":\"What a model computes\"},{\"name\":\"models\",\"description\":\"What "
             "there is\"},{\"name\":\"open-inference-protocol\",\"description\":\"For clients of that protocol\"},"
             "{\"name\":\"service\",\"description\":\"Health, metrics and this description\"}]");
    write_paths(&w, call->job->routes);
    json_key(&w, "components");
    json_raw(
        &w,
        "{\"responses\":{\"Problem\":{\"description\":\"What went wrong (RFC 9457)\",\"content\":{\"application/problem+json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}},\"application/json\":{\"schema\":{\"$ref\":"
        "\"#/components/schemas/"
        "Problem\"}}}}},\"schemas\":{\"Problem\":{\"type\":\"object\",\"required\":[\"error\",\"status\","
        "\"code\"],\"properties\":{\"error\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},\"title\":{\"type\":"
        "\"string\"},"
        "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"request_id\":{"
        "\"type\":\"string\"}}}},\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"basic\":{\"type\":"
        "\"http\",\"scheme\":\"basic\"},\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}}}");
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}
