#include "body.h"

#include "gaps.h"
#include "named_rows.h"
#include "rows.h"
#include "rows_array.h"

#include "check.h"
#include "mem.h"
#include "npy.h"
#include "stop.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What has been read of a body before it is complete: masks may come before or after their values. */
struct reader {
    struct api_call *call;
    const struct bz_machine *m;
    struct json_scan s;
    struct api_rows *masks; /* [n_layers]: of inputs or of clamps */
    struct api_fault *fault;
};

void api_layer_names(const struct bz_machine *m, bool visible, char *list, size_t room)
{
    size_t used = 0;
    *list = 0;
    for (size_t l = 0; l < m->n_layers && used < room; l++)
        if (!visible || bz_is_visible(&m->layers[l]))
            used += (size_t)snprintf(list + used, room - used, "%s%s", used ? ", " : "", m->layers[l].name);
}

long api_only_layer(const struct bz_machine *m, const char *what, struct api_fault *fault)
{
    long only = bz_machine_only_visible(m);
    char list[400];
    if (only >= 0)
        return only;
    api_layer_names(m, true, list, sizeof(list));
    return api_fault(fault, API_BAD_SHAPE,
                     "%s: the model has several visible layers, expected an object with rows for some of: %s", what, list);
}

long api_layer_by_name(const struct bz_machine *m, const char *name, bool visible, const char *what, struct api_fault *fault)
{
    long l = bz_machine_find(m, name);
    char list[400];
    if (l >= 0 && (!visible || bz_is_visible(&m->layers[l])))
        return l;
    api_layer_names(m, visible, list, sizeof(list));
    return api_fault(
        fault, API_UNKNOWN_INPUT, "%s: there is no %slayer '%.64s', expected one of: %s%s", what, visible ? "visible " : "",
        name, list,
        *name >= '0' && *name <= '9' ? " (keys 0, 1, ...: from JavaScript send Array.from(x), from PHP array_values($x))" : "");
}

static int rows_of_layer(struct reader *r, struct api_rows *to, size_t l, unsigned flags, const char *label)
{
    if (to[l].x)
        return json_fail(&r->s, API_DUPLICATE, "%s is given twice", label);
    if (flags & API_ROWS_MISSING) {
        const int named = api_table_categories(&r->s, r->call, l, &to[l], label);
        if (named)
            return named < 0 ? -1 : 0;
    }
    return api_rows_json(&r->s, &r->m->layers[l], flags, &to[l], label);
}

/* What encoders write for a map of unknown type, or for one filled under other names: not to be taken as absent. */
static int empty_object(struct reader *r, const char *what)
{
    return json_fail(&r->s, API_MISSING_INPUT, "%s: the object is empty, expected an entry for each layer meant", what);
}

/* [[...]] for the one visible layer, or {"layer": [[...]]}. */
static int rows_by_layer(struct reader *r, struct api_rows *to, bool visible, unsigned flags, const char *what)
{
    char *key, label[128];
    int more;
    size_t n = 0;
    if (json_peek(&r->s) != JSON_OBJECT) {
        long only = api_only_layer(r->m, what, r->fault);
        return only < 0 ? -1 : rows_of_layer(r, to, (size_t)only, flags, what);
    }
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        long l = api_layer_by_name(r->m, key, visible, what, r->fault);
        if (l < 0)
            return -1;
        snprintf(label, sizeof(label), "%s.%s", what, key);
        if (rows_of_layer(r, to, (size_t)l, flags, label) < 0)
            return -1;
        n++;
    }
    return more == 0 && n == 0 ? empty_object(r, what) : more;
}

static int read_mask(struct reader *r)
{
    r->s.booleans = true;
    int rc = rows_by_layer(r, r->masks, true, API_ROWS_FLAT | API_ROWS_ONE, "mask");
    r->s.booleans = false;
    return rc;
}

/* {"values": ..., "mask": ...} of one layer. */
static int one_clamp(struct reader *r, size_t l, const char *name)
{
    char *key, label[128];
    int more, rc;
    if (r->call->job->rows[l].x)
        return json_fail(&r->s, API_DUPLICATE, "clamp.%.64s is given twice", name);
    if (json_peek(&r->s) != JSON_OBJECT)
        return json_fail(&r->s, API_BAD_TYPE, "clamp.%.64s: found %s, expected an object {\"values\": [...], \"mask\": [...]}",
                         name, json_type_name(json_peek(&r->s)));
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        snprintf(label, sizeof(label), "clamp.%.64s.%.16s", name, key);
        if (strcmp(key, "values") == 0) {
            rc = rows_of_layer(r, r->call->job->rows, l, API_ROWS_MISSING | API_ROWS_FLAT | API_ROWS_ONE, label);
        } else if (strcmp(key, "mask") == 0) {
            r->s.booleans = true;
            rc = rows_of_layer(r, r->masks, l, API_ROWS_FLAT | API_ROWS_ONE, label);
            r->s.booleans = false;
        } else {
            rc = json_fail(&r->s, API_UNKNOWN_PARAMETER, "%s: expected 'values' and 'mask'", label);
        }
        if (rc < 0)
            return -1;
    }
    if (more == 0 && !r->call->job->rows[l].x)
        return json_fail(&r->s, API_MISSING_INPUT, "clamp.%.64s: 'values' is missing", name);
    return more;
}

static int read_clamp(struct reader *r)
{
    char *key;
    int more;
    const bool cells = api_table_follows(&r->s);
    const int named = cells ? api_table_named(r->call, r->fault) : 0;
    if (named) /* [{"plan": "basic"}] */
        return named < 0 ? -1 : api_table_held(&r->s, r->call);
    if (json_peek(&r->s) != JSON_OBJECT)
        return json_fail(&r->s, API_BAD_TYPE, "clamp: found %s, expected an object {layer: {\"values\", \"mask\"}}%s",
                         json_type_name(json_peek(&r->s)), cells ? "; the columns of this model have no names" : "");
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        long l = api_layer_by_name(r->m, key, false, "clamp", r->fault);
        if (l < 0 || one_clamp(r, (size_t)l, r->m->layers[l].name) < 0)
            return -1;
    }
    return more;
}

static int alloc_rows(struct api_rows **rows, size_t n, struct api_fault *fault)
{
    *rows = bz_alloc(n, sizeof(**rows), NULL);
    return *rows ? 0 : api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

/* {"tags": 12}: D of multinomial layers. */
static int read_counts(struct reader *r)
{
    struct api_job *job = r->call->job;
    char *key;
    int more;
    size_t n = 0;
    job->counts = bz_alloc(r->m->n_layers, sizeof(double), NULL);
    if (!job->counts)
        return api_fault(r->fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    for (size_t l = 0; l < r->m->n_layers; l++)
        job->counts[l] = -1;
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return api_fault_in(r->fault, "counts");
    while ((more = json_next_key(&r->s, &key)) == 1) {
        double d;
        long l = api_layer_by_name(r->m, key, true, "counts", r->fault);
        if (l < 0)
            return -1;
        if (!bz_unit_type(r->m->layers[l].unit)->counted)
            return json_fail(&r->s, API_BAD_VALUE, "counts.%.64s: its units are %s, only multinomial layers have counts",
                             r->m->layers[l].name, bz_unit_name(r->m->layers[l].unit));
        if (job->counts[l] >= 0)
            return json_fail(&r->s, API_DUPLICATE, "counts.%.64s is given twice", r->m->layers[l].name);
        if (json_number(&r->s, &d) < 0)
            return api_fault_in(r->fault, "counts.%.64s", r->m->layers[l].name);
        if (!(d >= 0 && d <= 1e6 && d == floor(d)))
            return json_fail(&r->s, API_BAD_VALUE, "counts.%.64s: found %g, expected a whole number of 0 to 1000000",
                             r->m->layers[l].name, d);
        job->counts[l] = d;
        n++;
    }
    return more == 0 && n == 0 ? empty_object(r, "counts") : more;
}

/* ["visible", "hidden"]: the layers to return. */
static int read_layers(struct reader *r)
{
    struct api_job *job = r->call->job;
    char *name;
    int more;
    job->returned = bz_alloc(r->m->n_layers, sizeof(size_t), NULL);
    if (!job->returned)
        return api_fault(r->fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    if (json_enter(&r->s, JSON_ARRAY) < 0)
        return api_fault_in(r->fault, "layers");
    while ((more = json_next_item(&r->s)) == 1) {
        if (json_string(&r->s, &name, NULL) < 0)
            return api_fault_in(r->fault, "layers");
        long l = api_layer_by_name(r->m, name, false, "layers", r->fault);
        if (l < 0)
            return -1;
        for (size_t i = 0; i < job->n_returned; i++)
            if (job->returned[i] == (size_t)l)
                return json_fail(&r->s, API_DUPLICATE, "layers: '%.64s' is given twice", name);
        job->returned[job->n_returned++] = (size_t)l;
    }
    if (more == 0 && job->n_returned == 0)
        return json_fail(&r->s, API_BAD_VALUE, "layers: expected at least one name");
    return more;
}

static int read_rows(struct reader *r)
{
    for (size_t l = 0; l < r->m->n_layers; l++)
        if (r->call->job->rows[l].x)
            return json_fail(&r->s, API_DUPLICATE, "found `rows` beside `inputs`, expected one of them");
    return api_table_json(&r->s, r->call);
}

static int read_inputs(struct reader *r)
{
    const int named = api_table_follows(&r->s) ? api_table_named(r->call, r->fault) : 0;
    if (named < 0)
        return -1;
    if (api_given(&r->call->job->par, API_P_ROWS) || named)
        return read_rows(r);
    return rows_by_layer(r, r->call->job->rows, true, API_ROWS_MISSING | API_ROWS_FLAT, "inputs");
}

static int read_states(struct reader *r)
{
    return rows_by_layer(r, r->call->job->rows, false, API_ROWS_FLAT, "states");
}

static int read_init(struct reader *r)
{
    struct api_job *job = r->call->job;
    if (alloc_rows(&job->start, r->m->n_layers, r->fault) < 0)
        return -1;
    return rows_by_layer(r, job->start, false, API_ROWS_FLAT | API_ROWS_ONE, "init");
}

/* The readers of parameters that are values: every such row of the table has one here. */
static int (*const value_reader[API_N_PARAMS])(struct reader *r) = {
    [API_P_INPUTS] = read_inputs, [API_P_MASK] = read_mask,     [API_P_STATES] = read_states, [API_P_INIT] = read_init,
    [API_P_CLAMP] = read_clamp,   [API_P_LAYERS] = read_layers, [API_P_COUNTS] = read_counts, [API_P_ROWS] = read_rows,
};

static int read_value(struct reader *r, enum api_param_id id)
{
    struct api_job *job = r->call->job;
    if (id < API_FIRST_BODY_PARAM)
        return api_param_json(&job->par, id, &r->s);
    bz_assert(value_reader[id]);
    return api_param_mark(&job->par, id, r->fault) < 0 ? -1 : value_reader[id](r);
}

/* count=2&steps=10: a form holds scalars. */
static int read_form(struct reader *r, const char *body, size_t size)
{
    if (memchr(body, 0, size))
        return api_fault(r->fault, API_BAD_REQUEST, "the form holds a zero byte");
    return api_params_query(&r->call->job->par, body, r->call->row->op->params & ~API_BIT(FORMAT), "form", r->fault);
}

static int read_json(struct reader *r, char *body, size_t size)
{
    const uint64_t allowed = r->call->row->op->params;
    struct json_keys keys = {.n = 0};
    char *key;
    int more;
    if (api_body_kind(body, size, API_JSON, r->fault) < 0)
        return -1;
    json_scan_start(&r->s, body, size, r->fault);
    if (json_peek(&r->s) == JSON_END) { /* an empty body means {}, unless it was announced as JSON */
        if (r->call->job->post && r->call->job->manner & API_BODY_SAYS_JSON)
            return api_fault(
                r->fault, API_EMPTY_BODY,
                "the body is empty, expected a JSON object ({} without parameters; a failed encoder sends nothing)");
        return 0;
    }
    if (r->call->job->manner & API_BODY_IS_FORM && json_peek(&r->s) != JSON_OBJECT && json_peek(&r->s) != JSON_ARRAY)
        return read_form(r, body, size);
    const enum json_type type = json_peek(&r->s);
    if (type != JSON_OBJECT && type != JSON_BAD)
        return json_fail(&r->s, API_BAD_TYPE, "found %s, expected a JSON object%s", json_type_name(type),
                         type == JSON_ARRAY && allowed >> API_P_INPUTS & 1 ? ", {\"inputs\": [...]}" : "");
    if (json_enter(&r->s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(&r->s, &key)) == 1) {
        int id = api_param_find(key, allowed);
        if (id < 0 || id == API_P_FORMAT)
            return api_param_unknown(key, allowed & ~API_BIT(FORMAT), "body", r->fault);
        if (json_once(&r->s, &keys, key) < 0 || read_value(r, (enum api_param_id)id) < 0)
            return -1;
    }
    return more < 0 ? -1 : json_scan_end(&r->s);
}

/* Those that cannot be read, too: why is said where they are read. */
static bool is_records(const struct api_job *job, const char *body, size_t size)
{
    static const char records[] = "'descr': [";
    struct bz_npy a;
    struct bz_error err;
    if (job->in != API_NPY)
        return false;
    return bz_npy_parse_header(&a, body, size, &err) == 0
               ? a.dtype == BZ_RECORD
               : memmem(body, size < 64 ? size : 64, records, strlen(records)) != NULL;
}

/* An array for the one visible layer: the inputs, or the start of chains. */
static int read_array(struct reader *r, const char *body, size_t size)
{
    struct api_job *job = r->call->job;
    const uint64_t allowed = r->call->row->op->params;
    const bool inputs = allowed >> API_P_INPUTS & 1;
    const char *label = inputs ? "inputs" : "init";
    static const char *const expected[API_N_FORMATS] = {[API_NPY] = "an npy file of rows",
                                                        [API_RAW] = "rows of little-endian float32 numbers",
                                                        [API_PNG] = "a picture",
                                                        [API_CSV] = "a table with a header"};
    if (size == 0 && allowed & (API_BIT(INPUTS) | API_BIT(STATES)))
        return api_fault(r->fault, API_EMPTY_BODY, "the body is empty, expected %s (a failed encoder sends nothing)",
                         inputs ? expected[job->in] : "a JSON body with rows of every layer");
    if (size == 0) /* which means {} */
        return 0;
    if (api_body_kind(body, size, job->in, r->fault) < 0)
        return -1;
    if (inputs && is_records(job, body, size)) {
        job->par.given |= API_BIT(ROWS);
        return api_table_records(r->call, body, size, r->fault);
    }
    if (job->in == API_CSV) {
        job->par.given |= API_BIT(ROWS);
        return inputs ? api_table_csv(r->call, body, size, r->fault)
                      : api_fault(r->fault, API_BAD_MEDIA_TYPE, "text/csv: this operation takes no rows of a table");
    }
    if (!inputs && !(allowed >> API_P_INIT & 1))
        return api_fault(r->fault, API_BAD_REQUEST,
                         "this operation takes rows of every layer, which only a JSON body can hold");
    const long only = job->in == API_PNG ? api_picture_layer(r->m, r->fault) : api_only_layer(r->m, label, r->fault);
    if (only < 0 || (!inputs && alloc_rows(&job->start, r->m->n_layers, r->fault) < 0))
        return -1;
    job->par.given |= inputs ? API_BIT(INPUTS) : API_BIT(INIT);
    return api_rows_array(r->call, body, size, &r->m->layers[only], inputs ? &job->rows[only] : &job->start[only], label,
                          r->fault);
}

/* Applies the mask of one layer, if it has one. */
static int apply_mask(struct reader *r, size_t l, bool clamp)
{
    const struct bz_layer *layer = &r->m->layers[l];
    struct api_rows *rows = &r->call->job->rows[l];
    char label[128];
    if (!r->masks[l].x)
        return 0;
    snprintf(label, sizeof(label), clamp ? "clamp.%s.mask" : "mask.%s", layer->name);
    if (!rows->x)
        return api_fault(r->fault, API_MISSING_INPUT, "%s: there are no values of this layer for it", label);
    if (!clamp && r->masks[l].n != 1 && r->masks[l].n != rows->n)
        return api_fault(r->fault, API_BAD_SHAPE, "%s: expected one row for all or %zu rows, found %zu", label, rows->n,
                         r->masks[l].n);
    return api_rows_mask(rows, layer, &r->masks[l], label, r->fault);
}

/* Where `counts` gives D, no row's known counts may exceed it. */
static int check_counts(const struct api_job *job, const struct bz_layer *layer, size_t l, const char *what,
                        struct api_fault *fault)
{
    const struct api_rows *rows = &job->rows[l];
    const double given = job->counts ? job->counts[l] : -1;
    for (size_t r = 0; given >= 0 && rows->x && r < rows->n && !bz_stopping_row(r, layer->size); r++) {
        double sum = 0;
        for (size_t i = r * layer->size; i < (r + 1) * layer->size; i++)
            sum += !rows->known || rows->known[i] ? (double)rows->x[i] : 0;
        if (sum > given)
            return api_fault(fault, API_BAD_VALUE,
                             "%s.%s[%zu]: its known values add up to %.0f, expected at most %.0f (counts.%s)", what,
                             layer->name, r, sum, given, layer->name);
    }
    return 0;
}

/* Applies masks and checks every known value's domain. */
static int finish_rows(struct reader *r)
{
    struct api_job *job = r->call->job;
    const bool clamp = r->call->row->op->params >> API_P_CLAMP & 1;
    const char *what = clamp ? "clamp" : api_given(&job->par, API_P_STATES) ? "states" : "inputs";
    for (size_t l = 0; l < r->m->n_layers; l++) {
        const struct bz_layer *layer = &r->m->layers[l];
        if (apply_mask(r, l, clamp) < 0 || api_rows_check(&job->rows[l], layer, what, r->fault) < 0 ||
            check_counts(job, layer, l, what, r->fault) < 0)
            return -1;
        if (!job->start || !job->start[l].x)
            continue;
        if (job->start[l].known)
            return api_fault(r->fault, API_BAD_VALUE, "init.%s: a chain cannot start from a missing value", layer->name);
        if (api_rows_check(&job->start[l], layer, "init", r->fault) < 0)
            return -1;
    }
    return 0;
}

int api_body_read(struct api_call *call, char *body, size_t size, struct api_fault *fault)
{
    struct api_job *job = call->job;
    struct reader r = {.call = call, .m = api_machine(call), .fault = fault};
    int rc = -1;
    job->n_layers = r.m->n_layers;
    if (api_params_query(&job->par, job->query, call->row->op->params, "query", fault) < 0 ||
        alloc_rows(&job->rows, r.m->n_layers, fault) < 0 || alloc_rows(&r.masks, r.m->n_layers, fault) < 0)
        goto out;
    rc = job->in == API_JSON ? read_json(&r, body, size) : read_array(&r, body, size);
    if (rc == 0 && api_given(&job->par, API_P_ORDER) && job->in != API_RAW)
        rc = api_fault(fault, API_BAD_VALUE, "parameter 'order' applies to application/octet-stream bodies only: %s",
                       job->in == API_NPY ? "an npy file states its own order" : "other bodies have only one order");
    if (rc == 0)
        rc = api_rows_check_shape(call, fault) < 0 || api_gaps_mark(call, fault) < 0 ? -1 : finish_rows(&r);
out:
    for (size_t l = 0; r.masks && l < r.m->n_layers; l++)
        api_rows_free(&r.masks[l]);
    bz_free(r.masks);
    return rc;
}

/* First row in which nothing at all is known, or -1. */
static long nothing_known(const struct api_job *job, const struct bz_machine *m, size_t n)
{
    for (size_t r = 0; r < n && !bz_stopping_row(r, m->n_layers); r++) {
        bool any = false;
        for (size_t l = 0; l < m->n_layers && !any; l++)
            any = job->rows[l].x &&
                  (!job->rows[l].known || memchr(job->rows[l].known + r * m->layers[l].size, 1, m->layers[l].size));
        if (!any)
            return (long)r;
    }
    return -1;
}

int api_inputs_agree(const struct api_call *call, const char *what, size_t *n, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    const struct bz_machine *m = api_machine(call);
    const char *first = NULL;
    *n = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        if (!job->rows[l].x)
            continue;
        if (first && job->rows[l].n != *n)
            return api_fault(fault, API_BAD_SHAPE, "%s.%s: expected %zu rows as in '%s', found %zu", what, m->layers[l].name,
                             *n, first, job->rows[l].n);
        first = m->layers[l].name;
        *n = job->rows[l].n;
    }
    if (!first) {
        char list[400];
        api_layer_names(m, strcmp(what, "inputs") == 0, list, sizeof(list));
        return api_fault(fault, API_MISSING_INPUT, "'%s' is missing, expected rows of: %s", what, list);
    }
    long empty = nothing_known(job, m, *n);
    if (empty >= 0)
        return api_fault(fault, API_BAD_VALUE,
                         "%s: no value of row %ld is known (mask, null, NaN and the model's own marks of gaps leave none)",
                         what, empty);
    return 0;
}
