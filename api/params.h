/* The parameters of all operations: one table, read from the query, from a form or from a JSON body. */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include "fault.h"
#include "json_scan.h"

#include "machine.h"

#define API_MAX_SEED   ((UINT64_C(1) << 53) - 1)
#define API_MAX_STEPS  1000000000
#define API_MAX_PASSES 10000 /* a reconstructed row is one unit of work: longer runs are `sample` with a clamp */

enum api_param_kind { API_WHOLE, API_REAL, API_WORD, API_STRING, API_VALUE };

/* One row each: id, field of struct api_params, kind, name, least and most (of numbers), words (of values: their schema in
 * schemas.json), default (as text), help. Scalars first, which may be given in a query; values need a body and a reader in
 * body.c. A new parameter is a row here and its bit in the operations that take it. */
#define API_PARAM_TABLE(ROW)                                                                                                   \
    ROW(FORMAT, format, WORD, "format", 0, 0, "json|npy|raw|png|csv|sse|ndjson", "json",                                       \
        "Format of the reply; takes precedence over Accept")                                                                   \
    ROW(AS, as, WORD, "as", 0, 0, "arrays|rows", "arrays", "What a JSON reply holds: arrays, or an object for each row")       \
    ROW(LAYER, layer, STRING, "layer", 0, 0, NULL, NULL, "Name of a layer")                                                    \
    ROW(STEPS, steps, WHOLE, "steps", 0, API_MAX_STEPS, NULL, NULL, "Full sweeps: hidden layers, then visible ones")           \
    ROW(PASSES, passes, WHOLE, "steps", 1, API_MAX_PASSES, NULL, "1", "How many passes up and down")                           \
    ROW(TYPE, type, WORD, "type", 0, 0, "mean|probability|state", NULL, "Means (probabilities) or drawn states")               \
    ROW(SEED, seed, WHOLE, "seed", 0, API_MAX_SEED, NULL, NULL, "Seed of the random numbers; drawn if absent")                 \
    ROW(COUNT, count, WHOLE, "count", 1, 65536, NULL, "1", "Independent chains")                                               \
    ROW(EVERY, every, WHOLE, "every", 1, API_MAX_STEPS, NULL, "100", "Steps between frames of a stream")                       \
    ROW(TEMPERATURE, temperature, REAL, "temperature", 1e-6, 1e6, NULL, "1", "Samples of p(x)^(1/T)")                          \
    ROW(SAMPLER, sampler, WORD, "sampler", 0, 0, "gibbs|ptt", "gibbs",                                                         \
        "Plain chains, or chains exchanged with those of the model's ladder of checkpoints, which move between modes")         \
    ROW(CONTINUE, token, STRING, "continue", 0, 0, NULL, NULL, "Token of an earlier reply: continues from there")              \
    ROW(ENCODING, encoding, WORD, "encoding", 0, 0, "json|bits", "json", "How samples are written: numbers, or packed bits")   \
    ROW(THRESHOLD, threshold, REAL, "threshold", -1e300, 1e300, NULL, NULL,                                                    \
        "Free energy in nats above which a row is an anomaly; the model's own if absent")                                      \
    ROW(EXPLAIN, explain, WORD, "explain", 0, 0, "false|true", "false", "List the least expected cells of each row")           \
    ROW(PREDICT, predict, STRING, "predict", 0, 0, NULL, NULL,                                                                 \
        "Layer whose unit names and probabilities are returned instead")                                                       \
    ROW(TOP, top, WHOLE, "top", 1, 65536, NULL, NULL, "How many classes or names, the most probable first; all if absent")     \
    ROW(K, k, WHOLE, "k", 1, 65536, NULL, "10", "How many neighbours")                                                         \
    ROW(METRIC, metric, WORD, "metric", 0, 0, "cosine|l2|euclidean|hamming", NULL,                                             \
        "Distance between features; cosine if absent, hamming where the index holds bits")                                     \
    ROW(ORDER, order, WORD, "order", 0, 0, "C|F", "C", "Order of a raw body: F = the first index runs fastest")                \
    ROW(UPSCALE, upscale, WHOLE, "upscale", 1, 64, NULL, "1", "Pixels a side for each unit of a picture")                      \
    ROW(COLUMNS, columns, WHOLE, "columns", 1, 65536, NULL, NULL, "Tiles side by side in a picture of several rows")           \
    ROW(GAP, gap, WHOLE, "gap", 0, 64, NULL, "1", "Black pixels between the tiles of a picture")                               \
    ROW(INPUTS, inputs, VALUE, "inputs", 0, 0, "AnyRows", NULL, "Rows, or an object of rows by visible layer")                 \
    ROW(ROWS, rows, VALUE, "rows", 0, 0, "TableRows", NULL, "Rows by the names of the model's columns")                        \
    ROW(MASK, mask, VALUE, "mask", 0, 0, "Mask", NULL,                                                                         \
        "1 = known; one row for all or one each; by layer where there are several")                                            \
    ROW(STATES, states, VALUE, "states", 0, 0, "RowsByLayer", NULL, "Rows by layer, every layer")                              \
    ROW(INIT, init, VALUE, "init", 0, 0, "AnyRows", NULL, "Rows to start the chains from, repeated to fill count")             \
    ROW(CLAMP, clamp, VALUE, "clamp", 0, 0, "Clamp", NULL, "By layer: values and mask of units to hold")                       \
    ROW(LAYERS, layers, VALUE, "layers", 0, 0, "LayerNames", NULL, "Names of the layers to return")                            \
    ROW(COUNTS, counts, VALUE, "counts", 0, 0, "Counts", "1", "By multinomial layer: how many counts a row has")

#define API_PARAM_ID(ID, FIELD, KIND, NAME, LOW, HIGH, WORDS, OTHERWISE, HELP) API_P_##ID,
enum api_param_id { API_PARAM_TABLE(API_PARAM_ID) API_N_PARAMS };
#define API_FIRST_BODY_PARAM API_P_INPUTS

/* The bit of a parameter in a set of them: API_BIT(SEED). */
#define API_BIT(ID) (UINT64_C(1) << API_P_##ID)
/* The parameters of every operation with pictures as replies, and of every operation with rows as inputs. */
#define API_PICTURE_PARAMS (API_BIT(UPSCALE) | API_BIT(COLUMNS) | API_BIT(GAP))
#define API_INPUT_PARAMS   (API_BIT(AS) | API_BIT(INPUTS) | API_BIT(ROWS) | API_BIT(MASK) | API_BIT(COUNTS) | API_BIT(ORDER))

/* A row of the table, for reading and for /openapi.json. */
struct api_param {
    const char *name;
    enum api_param_kind kind;
    size_t field;          /* offset in struct api_params; 0 for values */
    double low, high;      /* of numbers */
    const char *words;     /* of words: "mean|state"; of values: the name of their schema */
    const char *otherwise; /* the default, as text; NULL = none */
    const char *help;
};

/* Choices, in the order of their rows. */
enum api_layout { API_ARRAYS_OF_ALL, API_OBJECTS };
enum api_type { API_MEAN, API_PROBABILITY, API_STATE };
enum api_sampler { API_GIBBS, API_PTT };
enum api_encoding { API_NUMBERS, API_BITS };
enum api_order { API_ROWS_FIRST, API_COLUMNS_FIRST };

#define API_FIELD_WHOLE(FIELD)                                                    uint64_t FIELD;
#define API_FIELD_REAL(FIELD)                                                     double FIELD;
#define API_FIELD_WORD(FIELD)                                                     unsigned FIELD; /* place in the row's words */
#define API_FIELD_STRING(FIELD)                                                   char *FIELD;    /* owned; NULL = not given */
#define API_FIELD_VALUE(FIELD)                                                    /* its content goes to struct api_job */
#define API_PARAM_FIELD(ID, FIELD, KIND, NAME, LOW, HIGH, WORDS, OTHERWISE, HELP) API_FIELD_##KIND(FIELD)

struct api_params {
    uint64_t given; /* a bit per enum api_param_id */
    API_PARAM_TABLE(API_PARAM_FIELD)
};

const struct api_param *api_param_row(enum api_param_id id); /* its row of the table */
/* Index of a name among the parameters of the set `allowed`, or -1. */
int api_param_find(const char *name, uint64_t allowed);
static inline bool api_given(const struct api_params *par, enum api_param_id id)
{
    return par->given >> id & 1;
}

/* Whether its words are false and true, which are not strings in JSON. */
bool api_param_is_truth(const struct api_param *p);

/* Sets one from the next value in a JSON body, where null means absent. A second value is refused. */
int api_param_json(struct api_params *par, enum api_param_id id, struct json_scan *s);
/* The fault for a name that is not in `allowed`: lists those that are. */
int api_param_unknown(const char *name, uint64_t allowed, const char *where, struct api_fault *fault);
/* Marks a parameter as given, or refuses it if it already was. */
int api_param_mark(struct api_params *par, enum api_param_id id, struct api_fault *fault);

/* All scalars of a query or of a form (`where` names it in messages); unknown names are refused. */
int api_params_query(struct api_params *par, const char *query, uint64_t allowed, const char *where, struct api_fault *fault);
/* Draws a seed if none was given: below 10^14, which every client's JSON preserves. */
int api_params_seed(struct api_params *par, struct api_fault *fault);
void api_params_free(struct api_params *par);

#endif
