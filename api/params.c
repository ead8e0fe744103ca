#include "params.h"

#include "mem.h"
#include "query.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define DRAWN_SEEDS UINT64_C(100000000000000) /* 10^14: R writes 15 digits of a number, Lua 14 */

#define OFFSET(FIELD)        offsetof(struct api_params, FIELD)
#define OFFSET_WHOLE(FIELD)  OFFSET(FIELD)
#define OFFSET_REAL(FIELD)   OFFSET(FIELD)
#define OFFSET_WORD(FIELD)   OFFSET(FIELD)
#define OFFSET_STRING(FIELD) OFFSET(FIELD)
#define OFFSET_VALUE(FIELD)  0
#define TABLE_ROW(ID, FIELD, KIND, NAME, LOW, HIGH, WORDS, OTHERWISE, HELP)                                                    \
    [API_P_##ID] = {NAME, API_##KIND, OFFSET_##KIND(FIELD), (double)(LOW), (double)(HIGH), WORDS, OTHERWISE, HELP},

static const struct api_param table[API_N_PARAMS] = {API_PARAM_TABLE(TABLE_ROW)};

const struct api_param *api_param_row(enum api_param_id id)
{
    return &table[id];
}

static void *field(struct api_params *par, enum api_param_id id)
{
    return (char *)par + table[id].field;
}

int api_param_find(const char *name, uint64_t allowed)
{
    for (int id = 0; id < API_N_PARAMS; id++)
        if (allowed >> id & 1 && strcmp(name, table[id].name) == 0)
            return id;
    return -1;
}

static int belongs_in_json(const struct api_param *p, struct api_fault *fault)
{
    return api_fault(fault, API_UNKNOWN_PARAMETER, "parameter '%s' belongs in a JSON body", p->name);
}

int api_param_unknown(const char *name, uint64_t allowed, const char *where, struct api_fault *fault)
{
    char list[256] = "";
    size_t used = 0;
    const char *const bracket = strchr(name, '['); /* as forms write lists and objects: inputs[], clamp[visible][mask] */
    for (int id = API_FIRST_BODY_PARAM; bracket && id < API_N_PARAMS; id++)
        if (strlen(table[id].name) == (size_t)(bracket - name) && memcmp(name, table[id].name, strlen(table[id].name)) == 0)
            return belongs_in_json(&table[id], fault);
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
    par->given |= UINT64_C(1) << id;
    return 0;
}

static int set_number(struct api_params *par, enum api_param_id id, double value, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    if (p->kind == API_WHOLE && (value != floor(value) || value < p->low || value > p->high))
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found %.17g, expected a whole number of %.0f to %.0f", p->name,
                         value, p->low, p->high);
    if (!(value >= p->low && value <= p->high))
        return api_fault(fault, API_BAD_VALUE, "parameter '%s': found %g, expected a number of %g to %g", p->name, value,
                         p->low, p->high);
    if (p->kind == API_WHOLE)
        *(uint64_t *)field(par, id) = (uint64_t)value;
    else
        *(double *)field(par, id) = value;
    return 0;
}

/* Place of `word` in "a|b|c", or -1. */
static int word_place(const char *word, const char *words)
{
    const size_t n = strlen(word);
    int place = 0;
    if (strchr(word, '|')) /* several of them */
        return -1;
    for (const char *p = words; p; p = strchr(p, '|'), place++) {
        p += place > 0;
        if (strncmp(p, word, n) == 0 && (p[n] == '|' || p[n] == 0))
            return place;
    }
    return -1;
}

/* "a|b|c" in prose: "a, b or c". */
static void write_choice(const char *words, char *text, size_t room)
{
    size_t used = 0;
    for (const char *p = words; *p && used + 5 < room; p++)
        if (*p == '|')
            used += (size_t)snprintf(text + used, room - used, "%s", strchr(p + 1, '|') ? ", " : " or ");
        else
            text[used++] = *p;
    text[used] = 0;
}

static int set_string(struct api_params *par, enum api_param_id id, const char *text, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    if (p->kind == API_WORD) {
        const int place = word_place(text, p->words);
        if (place < 0) {
            char words[160];
            write_choice(p->words, words, sizeof(words));
            return api_fault(fault, API_BAD_VALUE, "parameter '%s': found '%.64s', expected %s", p->name, text, words);
        }
        *(unsigned *)field(par, id) = (unsigned)place;
        return 0;
    }
    char *copy = bz_strdup(text, NULL);
    if (!copy)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for parameter '%s'", p->name);
    *(char **)field(par, id) = copy;
    return 0;
}

/* Sets one from its text in a query; a second value is refused. */
static int set_from_text(struct api_params *par, enum api_param_id id, const char *text, struct api_fault *fault)
{
    const struct api_param *p = &table[id];
    double value;
    if (api_param_mark(par, id, fault) < 0)
        return -1;
    if (p->kind == API_WORD || p->kind == API_STRING)
        return set_string(par, id, text, fault);
    if (p->kind == API_VALUE)
        return belongs_in_json(p, fault);
    if (api_text_to_double(text, &value) < 0)
        return isinf(value)
                   ? api_fault(fault, API_BAD_VALUE, "parameter '%s': %.64s is beyond the range of a number", p->name, text)
                   : api_fault(fault, API_BAD_VALUE,
                               "parameter '%s': found '%.64s', expected a number as JSON writes it (0.5, -1, 1e-3)", p->name,
                               text);
    return set_number(par, id, value, fault);
}

bool api_param_is_truth(const struct api_param *p)
{
    return p->kind == API_WORD && strcmp(p->words, "false|true") == 0;
}

int api_param_json(struct api_params *par, enum api_param_id id, struct json_scan *s)
{
    const struct api_param *p = &table[id];
    const bool number = p->kind == API_WHOLE || p->kind == API_REAL;
    enum json_type type = json_peek(s);
    double value;
    char *text;
    if (type == JSON_NULL)
        return json_word(s);
    if (api_param_is_truth(p) && (type == JSON_TRUE || type == JSON_FALSE))
        return api_param_mark(par, id, s->fault) < 0 || json_word(s) < 0
                   ? -1
                   : set_string(par, id, type == JSON_TRUE ? "true" : "false", s->fault);
    if (api_param_mark(par, id, s->fault) < 0)
        return -1;
    if (api_param_is_truth(p) && type != JSON_STRING && type != JSON_BAD)
        return json_fail(s, API_BAD_TYPE, "parameter '%s': found %s, expected true or false", p->name, json_type_name(type));
    if (type != (number ? JSON_NUMBER : JSON_STRING) && type != JSON_BAD)
        return json_fail(s, API_BAD_TYPE, "parameter '%s': found %s, expected a %s%s", p->name, json_type_name(type),
                         number ? "number" : "string",
                         !number               ? ""
                         : type == JSON_STRING ? " (write it without quotes)"
                         : type == JSON_ARRAY  ? " (write it without brackets)"
                                               : "");
    if (number)
        return json_number(s, &value) < 0 ? api_fault_in(s->fault, "parameter '%s'", p->name)
                                          : set_number(par, id, value, s->fault);
    return json_string(s, &text, NULL) < 0 ? -1 : set_string(par, id, text, s->fault);
}

struct query_reader {
    struct api_params *par;
    uint64_t allowed;
    const char *where;
    struct api_fault *fault;
};

static int query_pair(void *arg, const char *name, const char *value)
{
    const struct query_reader *r = arg;
    int id = api_param_find(name, r->allowed);
    if (id < 0)
        return api_param_unknown(name, r->allowed & ((UINT64_C(1) << API_FIRST_BODY_PARAM) - 1), r->where, r->fault);
    return set_from_text(r->par, (enum api_param_id)id, value, r->fault);
}

int api_params_query(struct api_params *par, const char *query, uint64_t allowed, const char *where, struct api_fault *fault)
{
    struct query_reader r = {par, allowed, where, fault};
    return api_query_each(query, query_pair, &r, fault);
}

int api_params_seed(struct api_params *par, struct api_fault *fault)
{
    if (api_given(par, API_P_SEED))
        return 0;
    if (getrandom(&par->seed, sizeof(par->seed), 0) != (ssize_t)sizeof(par->seed))
        return api_fault(fault, API_INTERNAL, "no random numbers from the operating system");
    par->seed %= DRAWN_SEEDS;
    par->given |= UINT64_C(1) << API_P_SEED; /* the same for everything this request draws */
    return 0;
}

void api_params_free(struct api_params *par)
{
    for (int id = 0; id < API_N_PARAMS; id++)
        if (table[id].kind == API_STRING)
            bz_free(*(char **)field(par, id));
    *par = (struct api_params){0};
}
