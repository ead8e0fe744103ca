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

enum { OF_TEXT = API_IS_HOST | API_IS_TEXT };

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

extern const char api_schemas_json[]; /* schemas.S */

static void reference(struct json_writer *w, const char *schema)
{
    char text[96];
    snprintf(text, sizeof(text), "{\"$ref\":\"#/components/schemas/%s\"}", schema);
    json_raw(w, text);
}

static void write_words(struct json_writer *w, const char *list)
{
    char words[128], *rest = words, *word;
    snprintf(words, sizeof(words), "%s", list);
    json_key(w, "enum");
    json_array(w);
    while ((word = strsep(&rest, "|")))
        json_text(w, word);
    json_end_array(w);
}

/* The schema of a parameter's value. */
static void parameter_schema(struct json_writer *w, const struct api_param *p)
{
    static const char *const types[] = {
        [API_WHOLE] = "integer", [API_REAL] = "number", [API_WORD] = "string", [API_STRING] = "string"};
    if (p->kind == API_VALUE) {
        reference(w, p->words);
        return;
    }
    json_object(w);
    json_key_string(w, "type", api_param_is_truth(p) ? "boolean" : types[p->kind]);
    if (p->kind == API_WHOLE) {
        json_key_whole(w, "minimum", (uint64_t)p->low);
        json_key_whole(w, "maximum", (uint64_t)p->high);
    } else if (p->kind == API_REAL) {
        json_key_double(w, "minimum", p->low);
        json_key_double(w, "maximum", p->high);
    } else if (p->kind == API_WORD && !api_param_is_truth(p)) {
        write_words(w, p->words);
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
    parameter_schema(w, p);
    json_end_object(w);
}

static void write_parameters(struct json_writer *w, const struct place *place)
{
    const struct api_route *route = place->route;
    const char *pattern = place->pattern;
    const uint64_t params = route->op ? route->op->params : route->params;
    json_key(w, "parameters");
    json_array(w);
    if (strstr(pattern, "{model}"))
        path_parameter(w, "model", "Name of a model");
    if (strstr(pattern, "{version}"))
        path_parameter(w, "version",
                       strncmp(pattern, "/v1", 3) == 0 ? "Number of a version, or an alias" : "Number of a version");
    if (strstr(pattern, "{tensor}"))
        path_parameter(
            w, "tensor",
            "Name of a tensor: <layer>.bias, <layer>.offset, <layer>.log_sigma, <layer>.below, <a>~<b>.weight, <a>~<b>.index, "
            "classifier.<stage>.weight, classifier.<stage>.bias");
    for (unsigned id = 0; id < API_FIRST_BODY_PARAM; id++)
        if (params >> id & 1)
            query_parameter(w, (enum api_param_id)id);
    json_end_array(w);
}

/* A media type of bodies or replies. schema NULL = bytes. */
static void media(struct json_writer *w, const char *type, const char *schema)
{
    json_key(w, type);
    json_object(w);
    json_key(w, "schema");
    if (schema)
        reference(w, schema);
    else
        json_raw(w, strncmp(type, "text/", 5) == 0 || strstr(type, "ndjson") ? "{\"type\":\"string\"}"
                                                                             : "{\"type\":\"string\",\"format\":\"binary\"}");
    json_end_object(w);
}

/* The JSON object of an operation: its parameters except the reply's format. */
static void operation_body(struct json_writer *w, const struct api_op *op)
{
    json_key(w, "application/json");
    json_object(w);
    json_key(w, "schema");
    json_object(w);
    json_key_string(w, "type", "object");
    json_key(w, "properties");
    json_object(w);
    for (unsigned id = API_P_FORMAT + 1; id < API_N_PARAMS; id++) {
        if (!(op->params >> id & 1))
            continue;
        json_key(w, api_param_row((enum api_param_id)id)->name);
        parameter_schema(w, api_param_row((enum api_param_id)id));
    }
    json_end_object(w);
    json_key_bool(w, "additionalProperties", false);
    json_end_object(w);
    json_end_object(w);
    if (!(op->params & (API_BIT(INPUTS) | API_BIT(INIT))))
        return;
    media(w, api_format_media_type(API_NPY), NULL);
    media(w, api_format_media_type(API_RAW), NULL);
    media(w, api_format_media_type(API_PNG), NULL);
    if (op->params & API_BIT(ROWS))
        media(w, "text/csv", NULL);
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
    if (route->op) {
        operation_body(w, route->op);
    } else {
        media(w, "application/json", route->body);
        if (*route->task) /* binary tensors after the JSON */
            media(w, api_format_media_type(API_RAW), NULL);
    }
    json_end_object(w);
    json_end_object(w);
}

/* The successful replies of a route. */
static void write_contents(struct json_writer *w, const struct api_route *route)
{
    const unsigned formats = route->op ? route->op->formats : route->formats ? route->formats : 1u << API_JSON;
    json_key(w, "content");
    json_object(w);
    if (route->flags & OF_TEXT)
        media(w, route->flags & API_IS_HOST ? "text/html" : "text/plain", NULL);
    for (unsigned f = 0; f < API_N_FORMATS && !(route->flags & OF_TEXT); f++)
        if (formats >> f & 1)
            media(w,
                  f == API_SSE   ? "text/event-stream"
                  : f == API_CSV ? "text/csv"
                                 : api_format_media_type((enum api_format)f),
                  f == API_JSON ? route->reply : NULL);
    if (*route->task && !route->op)
        media(w, api_format_media_type(API_RAW), NULL);
    json_end_object(w);
}

static void write_responses(struct json_writer *w, const struct api_route *route)
{
    json_key(w, "responses");
    json_object(w);
    json_key(w, "200");
    json_object(w);
    json_key_string(w, "description", route->summary);
    if (route->reply || route->flags & OF_TEXT)
        write_contents(w, route);
    json_end_object(w);
    if (route->op && route->op->formats >> API_SSE & 1) {
        json_key(w, "204");
        json_raw(w, "{\"description\":\"Last-Event-ID is that of the end of the stream: nothing is left to send\"}");
    }
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
    json_raw(
        &w,
        "[{\"name\":\"operations\",\"description\":\"What a model computes\"},{\"name\":\"models\",\"description\":\"Models, "
        "their layers and tensors\"},{\"name\":\"open-inference-protocol\",\"description\":\"For clients of that protocol\"},"
        "{\"name\":\"service\",\"description\":\"Health, metrics and this description\"}]");
    write_paths(&w, call->job->routes);
    json_key(&w, "components");
    json_object(&w);
    json_key(&w, "schemas");
    json_raw(&w, api_schemas_json);
    json_key(&w, "responses");
    json_raw(&w, "{\"Problem\":{\"description\":\"What went wrong (RFC 9457)\",\"content\":{"
                 "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}},"
                 "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}");
    json_key(&w, "securitySchemes");
    json_raw(&w, "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"},"
                 "\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}}");
    json_end_object(&w);
    json_end_object(&w);
    api_reply_json(call, 200, &b);
}
