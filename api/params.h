/* The parameters of all operations: one table, read from the query or from the body. */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include "fault.h"
#include "json_scan.h"

#include "machine.h"

enum api_param_id {
    API_P_FORMAT,
    API_P_LAYER,
    API_P_STEPS,
    API_P_TYPE,
    API_P_SEED,
    API_P_COUNT,
    API_P_EVERY,
    API_P_TEMPERATURE,
    API_P_CONTINUE,
    API_P_ENCODING,
    API_P_THRESHOLD,
    API_P_TOP,
    API_P_K,
    API_P_METRIC,
    /* Only in a body: */
    API_P_INPUTS,
    API_P_MASK,
    API_P_STATES,
    API_P_INIT,
    API_P_CLAMP,
    API_P_LAYERS,
    API_P_COUNTS,
    API_N_PARAMS
};
#define API_FIRST_BODY_PARAM API_P_INPUTS

#define API_MAX_SEED  ((UINT64_C(1) << 53) - 1)
#define API_MAX_STEPS UINT64_C(1000000000)

enum api_param_kind { API_WHOLE, API_REAL, API_WORD, API_STRING, API_VALUE };

/* A row of the table, for reading and for /openapi.json. */
struct api_param {
    const char *name;
    enum api_param_kind kind;
    double low, high;      /* of numbers */
    const char *words;     /* of words: "mean|state" */
    const char *otherwise; /* the default, as text; NULL = none */
    const char *help;
};

enum api_type { API_MEAN, API_PROBABILITY, API_STATE };

struct api_params {
    uint32_t given; /* a bit per enum api_param_id */
    char layer[BZ_NAME_ROOM];
    uint64_t steps, seed, count, every, top, k;
    uint64_t least_steps, most_steps; /* what the operation takes; most 0 = as the table says */
    double temperature, threshold;
    enum api_type type;
    bool bits;      /* encoding=bits */
    char *token;    /* `continue`; owned */
    size_t *layers; /* [n_layers] of `layers`; owned */
    size_t n_layers;
};

const struct api_param *api_param_row(enum api_param_id id);
/* Index of a name among the parameters of the mask `allowed`, or -1. */
int api_param_find(const char *name, uint32_t allowed);
static inline bool api_given(const struct api_params *par, enum api_param_id id)
{
    return par->given >> id & 1;
}

/* Sets one from its text in a query; from the value that stands next in a JSON body. Both refuse one given before. */
int api_param_text(struct api_params *par, enum api_param_id id, const char *text, struct api_fault *fault);
int api_param_json(struct api_params *par, enum api_param_id id, struct json_scan *s);
/* The fault for a name that is not in `allowed`: says which there are. */
int api_param_unknown(const char *name, uint32_t allowed, const char *where, struct api_fault *fault);
/* Marks a parameter as given, or refuses it because it was. */
int api_param_mark(struct api_params *par, enum api_param_id id, struct api_fault *fault);

/* All scalars of the query; unknown names are refused. */
int api_params_query(struct api_params *par, const char *query, uint32_t allowed, struct api_fault *fault);
/* Draws a seed where none was given. */
int api_params_seed(struct api_params *par, struct api_fault *fault);
void api_params_free(struct api_params *par);

#endif
