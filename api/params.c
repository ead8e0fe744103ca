#include "params.h"

#include "mem.h"
#include "query.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const struct api_param table[API_N_PARAMS] = {
    [API_P_FORMAT] = {"format", API_WORD, 0, 0, "json|npy|raw|png|sse|ndjson", "json", "Format of the reply; wins over Accept"},
    [API_P_LAYER] = {"layer", API_STRING, 0, 0, NULL, NULL, "Name of a layer"},
    [API_P_STEPS] = {"steps", API_WHOLE, 0, (double)API_MAX_STEPS, NULL, NULL, "Full sweeps: hidden layers, then visible ones"},
    [API_P_TYPE] = {"type", API_WORD, 0, 0, "mean|probability|state", NULL, "Means (probabilities) or drawn states"},
    [API_P_SEED] = {"seed", API_WHOLE, 0, (double)API_MAX_SEED, NULL, NULL, "Seed of the random numbers; drawn if absent"},
    [API_P_COUNT] = {"count", API_WHOLE, 1, 65536, NULL, "1", "Independent chains"},
    [API_P_EVERY] = {"every", API_WHOLE, 1, (double)API_MAX_STEPS, NULL, "100", "A frame of a stream each so many steps"},
    [API_P_TEMPERATURE] = {"temperature", API_REAL, 1e-6, 1e6, NULL, "1", "Samples of p(x)^(1/T)"},
    [API_P_CONTINUE] = {"continue", API_STRING, 0, 0, NULL, NULL, "Token of an earlier reply: goes on from there"},
    [API_P_ENCODING] = {"encoding", API_WORD, 0, 0, "json|bits", "json", "How a stream's frames hold samples"},
    [API_P_THRESHOLD] = {"threshold", API_REAL, -1e300, 1e300, NULL, NULL, "Percentile from which a row is an anomaly"},
    [API_P_TOP] = {"top", API_WHOLE, 1, 65536, NULL, NULL, "How many classes, the most probable first; all if absent"},
    [API_P_K] = {"k", API_WHOLE, 1, 65536, NULL, "10", "How many neighbours"},
    [API_P_METRIC] = {"metric", API_WORD, 0, 0, "euclidean|cosine|hamming", "euclidean", "Distance between features"},
    [API_P_INPUTS] = {"inputs", API_VALUE, 0, 0, NULL, NULL, "Rows, or an object of rows by visible layer"},
    [API_P_MASK] = {"mask", API_VALUE, 0, 0, NULL, NULL,
                    "1 = known; one row for all or one each; by layer where there are several"},
    [API_P_STATES] = {"states", API_VALUE, 0, 0, NULL, NULL, "Rows by layer, every layer"},
    [API_P_INIT] = {"init", API_VALUE, 0, 0, NULL, NULL, "Rows that chains start from, repeated to count"},
    [API_P_CLAMP] = {"clamp", API_VALUE, 0, 0, NULL, NULL, "By layer: values and mask of units to hold"},
    [API_P_LAYERS] = {"layers", API_VALUE, 0, 0, NULL, NULL, "Names of the layers to return"},
    [API_P_COUNTS] = {"counts", API_VALUE, 0, 0, NULL, "1", "By multinomial layer: how many counts a row has"},
};

const struct api_param *api_param_row(enum api_param_id id)
{
    return &table[id];
}

int api_param_find(const char *name, uint32_t allowed)
{
    for (int id = 0; id < API_N_PARAMS; id++)
        if (allowed >> id & 1 && strcmp(name, table[id].name) == 0)
            return id;
    return -1;
}

int api_param_unknown(const char *name, uint32_t allowed, const char *where, struct api_fault *fault)
{
    char list[256] = "";
    size_t used = 0;
    for (int id = 0; id < API_N_PARAMS; id++)
        if (allowed >> id & 1 && used < sizeof(list))
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", table[id].name);
    return api_fault(fault, API_UNKNOWN_PARAMETER, "unknown parameter '%.64s' in the %s, expected one of: %s", name, where,
                     list);
}

int api_param_mark(struct api_params *par, enum api_param_id id, struct api_fault *fault)
{
    if (api_given(par, id))
        return api_fault(fault, API_DUPLICATE, "parameter '%s' is given twice; once is enough, in the query or in the body",
                         table[id].name);
    par->given |= UINT32_C(1) << id;
    return 0;
}

static int set_number(struct api_params *par, enum api_param_id id, double value, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    const bool narrow = id == API_P_STEPS && par->most_steps > 0;
    const double low = narrow ? (double)par->least_steps : p->low, high = narrow ? (double)par->most_steps : p->high;
    if (p->kind == API_WHOLE && (value != floor(value) || value < low || value > high))
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found %.17g, expected a whole number of %.0f to %.0f", p->name,
                         value, low, high);
    if (!(value >= p->low && value <= p->high))
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found %g, expected a number of %g to %g", p->name, value,
                         p->low, p->high);
    uint64_t whole = p->kind == API_WHOLE ? (uint64_t)value : 0;
    switch (id) {
    case API_P_STEPS:
        par->steps = whole;
        break;
    case API_P_SEED:
        par->seed = whole;
        break;
    case API_P_COUNT:
        par->count = whole;
        break;
    case API_P_EVERY:
        par->every = whole;
        break;
    case API_P_TOP:
        par->top = whole;
        break;
    case API_P_K:
        par->k = whole;
        break;
    case API_P_TEMPERATURE:
        par->temperature = value;
        break;
    default:
        par->threshold = value;
        break;
    }
    return 0;
}

/* True if `word` is one of "a|b|c". */
static bool is_word(const char *word, const char *words)
{
    size_t n = strlen(word);
    for (const char *p = words; n; p++) {
        if (strncmp(p, word, n) == 0 && (p[n] == '|' || p[n] == 0))
            return true;
        p = strchr(p, '|');
        if (!p)
            break;
    }
    return false;
}

static int set_string(struct api_params *par, enum api_param_id id, const char *text, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    if (p->kind == API_WORD && !is_word(text, p->words))
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found '%.64s', expected %s", p->name, text, p->words);
    switch (id) {
    case API_P_LAYER:
        if (strlen(text) >= sizeof(par->layer))
            return api_fault(fault, API_BAD_VALUE, "parameter 'layer': no layer is named '%.64s...'", text);
        memcpy(par->layer, text, strlen(text) + 1);
        break;
    case API_P_TYPE:
        par->type = *text == 's' ? API_STATE : *text == 'p' ? API_PROBABILITY : API_MEAN;
        break;
    case API_P_ENCODING:
        par->bits = strcmp(text, "bits") == 0;
        break;
    case API_P_CONTINUE:
        par->token = bz_strdup(text, NULL);
        if (!par->token)
            return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the continue token");
        break;
    default: /* format: read when the route was found; metric: one for now */
        break;
    }
    return 0;
}

int api_param_text(struct api_params *par, enum api_param_id id, const char *text, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    double value;
    if (api_param_mark(par, id, fault) < 0)
        return -1;
    if (p->kind == API_WORD || p->kind == API_STRING)
        return set_string(par, id, text, fault);
    if (p->kind == API_VALUE)
        return api_fault(fault, API_UNKNOWN_PARAMETER, "parameter '%s' belongs into the body, not into the query", p->name);
    if (api_text_to_double(text, &value) < 0)
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found '%.64s', expected a number", p->name, text);
    return set_number(par, id, value, fault);
}

int api_param_json(struct api_params *par, enum api_param_id id, struct json_scan *s)
{
    const struct api_param *p = &table[id];
    const bool number = p->kind == API_WHOLE || p->kind == API_REAL;
    enum json_type type = json_peek(s);
    double value;
    char *text;
    if (api_param_mark(par, id, s->fault) < 0)
        return -1;
    if (type != (number ? JSON_NUMBER : JSON_STRING) && type != JSON_BAD)
        return json_fail(s, API_BAD_TYPE, "parameter '%s': found %s, expected a %s", p->name, json_type_name(type),
                         number ? "number" : "string");
    if (number)
        return json_number(s, &value) < 0 ? api_fault_in(s->fault, "parameter '%s'", p->name)
                                          : set_number(par, id, value, s->fault);
    return json_string(s, &text, NULL) < 0 ? -1 : set_string(par, id, text, s->fault);
}

struct query_reader {
    struct api_params *par;
    uint32_t allowed;
    struct api_fault *fault;
};

static int query_pair(void *arg, const char *name, const char *value)
{
    const struct query_reader *r = arg;
    int id = api_param_find(name, r->allowed);
    if (id < 0)
        return api_param_unknown(name, r->allowed & ((UINT32_C(1) << API_FIRST_BODY_PARAM) - 1), "query", r->fault);
    return api_param_text(r->par, (enum api_param_id)id, value, r->fault);
}

int api_params_query(struct api_params *par, const char *query, uint32_t allowed, struct api_fault *fault)
{
    struct query_reader r = {par, allowed, fault};
    return api_query_each(query, query_pair, &r, fault);
}

int api_params_seed(struct api_params *par, struct api_fault *fault)
{
    if (api_given(par, API_P_SEED))
        return 0;
    if (getrandom(&par->seed, sizeof(par->seed), 0) != (ssize_t)sizeof(par->seed))
        return api_fault(fault, API_INTERNAL, "no random numbers from the operating system");
    par->seed &= API_MAX_SEED;
    par->given |= UINT32_C(1) << API_P_SEED; /* the same for all that this request draws */
    return 0;
}

void api_params_free(struct api_params *par)
{
    bz_free(par->token);
    bz_free(par->layers);
    *par = (struct api_params){0};
}
