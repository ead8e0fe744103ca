/* {"rows":[{"age":57,"plan":"basic","income":null}]}: cells by the names of columns. */
#include "named_fill.h"

#include "mem.h"
#include "stop.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The position of a value, for messages. */
struct cell_place {
    struct api_call *call;
    size_t row;
    const struct bz_column *column;
};

static int refuse(struct json_scan *s, const struct cell_place *at, const struct bz_cell *cell, const char *why)
{
    return json_fail(s, API_BAD_VALUE, "rows[%zu].%.80s: '%.*s' %s", at->row, at->column->name,
                     (int)(cell->length < 60 ? cell->length : 60), cell->text, why);
}

/* What is no value in JSON: NaN, +5, a word without quotes. */
static int refuse_bare(struct json_scan *s, const struct cell_place *at)
{
    double number;
    size_t n = 0;
    while (n < 60 && isalnum((unsigned char)s->at[n]))
        n++;
    json_number(s, &number); /* says of numbers what is wrong with them */
    if (s->fault->error != API_BAD_JSON || !isalpha((unsigned char)*s->at))
        return api_fault_in(s->fault, "rows[%zu].%.80s", at->row, at->column->name);
    return json_fail(s, API_BAD_JSON, "rows[%zu].%.80s: found %.*s, expected a text in quotes, a number, true, false or null",
                     at->row, at->column->name, (int)n, s->at);
}

/* The next value as a text cell; null gives text NULL. Numbers keep their digits. */
static int read_cell(struct json_scan *s, const struct cell_place *at, struct bz_cell *cell)
{
    static const char *const words[] = {[JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = NULL};
    const enum json_type type = json_peek(s); /* passes over white space */
    char *text = s->at;
    double number;
    *cell = (struct bz_cell){.quoted = type == JSON_STRING};
    switch (type) {
    case JSON_STRING:
        if (json_string(s, &text, &cell->length) < 0)
            return -1;
        cell->text = text;
        return 0;
    case JSON_NUMBER:
        if (json_number(s, &number) < 0)
            return api_fault_in(s->fault, "rows[%zu].%.80s", at->row, at->column->name);
        cell->text = text;
        cell->length = (size_t)(s->at - text);
        return 0;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        cell->text = words[type];
        cell->length = cell->text ? strlen(cell->text) : 0;
        return json_word(s);
    case JSON_BAD:
        return refuse_bare(s, at);
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_END:
        break;
    }
    return json_fail(s, API_BAD_TYPE, "rows[%zu].%.80s: found %s, expected a number, a text, true, false or null", at->row,
                     at->column->name, json_type_name(type));
}

static int take_id(struct json_scan *s, struct api_table *t, const struct bz_cell *cell)
{
    char **id = &t->ids[t->n - 1];
    if (cell->text && !(*id = bz_strndup(cell->text, cell->length, NULL)))
        return api_table_no_memory(s->fault);
    return 0;
}

static int take_label(struct json_scan *s, const struct cell_place *at, const struct bz_cell *cell, double *value)
{
    const bool told = cell->text && api_table_takes_labels(at->call);
    const long place = told ? api_table_class(at->call, cell) : -1;
    if (told && place < 0)
        return refuse(s, at, cell, "is not one of the model's classes");
    *value = place < 0 ? NAN : (double)place;
    return 0;
}

/* The value of an input. */
static int take_value(struct json_scan *s, const struct cell_place *at, const struct bz_cell *cell, double *value)
{
    char why[256];
    if (!cell->text)
        return 0;
    switch (bz_column_value(&at->call->job->table->columns, at->column, cell, '.', value, why, sizeof(why))) {
    case BZ_VALUE_OK:
    case BZ_VALUE_MISSING:
        return 0;
    case BZ_VALUE_UNKNOWN:
    case BZ_VALUE_BAD:
        break;
    }
    return refuse(s, at, cell, why);
}

static int one_cell(struct json_scan *s, struct api_call *call, size_t j)
{
    struct api_table *t = call->job->table;
    const struct cell_place at = {call, t->n - 1, &t->columns.columns[j]};
    double *value = &t->cells[at.row * t->n_slots + t->slot[j]];
    struct bz_cell cell;
    if (read_cell(s, &at, &cell) < 0)
        return -1;
    if ((long)j == t->id)
        return take_id(s, t, &cell);
    if (at.column->kind == BZ_COLUMN_LABEL)
        return take_label(s, &at, &cell, value);
    return bz_column_is_input(at.column) ? take_value(s, &at, &cell, value) : 0;
}

static int unknown_column(struct json_scan *s, const struct api_table *t, const char *name)
{
    char names[400] = "";
    for (size_t j = 0, used = 0; j < t->columns.n && used + 90 < sizeof(names); j++)
        if (t->columns.columns[j].name[0])
            used +=
                (size_t)snprintf(names + used, sizeof(names) - used, "%s%.80s", used ? ", " : "", t->columns.columns[j].name);
    return json_fail(s, API_UNKNOWN_INPUT, "rows[%zu]: the model has no column '%.80s', expected some of: %s", t->n - 1, name,
                     names);
}

/* seen[columns.n]: row + 1 in which a column last occurred. */
static int one_row(struct json_scan *s, struct api_call *call, size_t *seen)
{
    struct api_table *t = call->job->table;
    size_t next = 0;
    char *key;
    int more;
    if (api_table_new_row(call, s->fault) < 0)
        return -1;
    if (json_peek(s) != JSON_OBJECT)
        return json_fail(s, API_BAD_TYPE, "rows[%zu]: found %s, expected an object of values by column", t->n - 1,
                         json_type_name(json_peek(s)));
    if (json_enter(s, JSON_OBJECT) < 0)
        return -1;
    while ((more = json_next_key(s, &key)) == 1) {
        const long j = bz_columns_find_from(&t->columns, key, strlen(key), next);
        if (j < 0)
            return unknown_column(s, t, key);
        next = (size_t)j + 1;
        const struct bz_column *other = t->given[j] ? NULL : bz_columns_namesake(&t->columns, (size_t)j);
        if (other)
            return json_fail(
                s, API_BAD_VALUE,
                "rows[%zu].%.80s: two columns of the model have this name, of files that it was trained on together "
                "(%s, %s); \"inputs\" gives values by layer",
                t->n - 1, key, t->columns.columns[j].source, other->source);
        if (seen[j] == t->n)
            return json_fail(s, API_DUPLICATE, "rows[%zu].%.80s is given twice", t->n - 1, key);
        const struct bz_column *c = &t->columns.columns[j];
        const bool used = bz_column_is_input(c) || j == t->id || (c->kind == BZ_COLUMN_LABEL && api_table_takes_labels(call));
        if (!t->given[j] && !used && api_table_ignore(t, key, s->fault) < 0)
            return -1;
        seen[j] = t->n;
        t->given[j] = true;
        if (one_cell(s, call, (size_t)j) < 0)
            return -1;
    }
    return more;
}

static int all_rows(struct json_scan *s, struct api_call *call, size_t *seen)
{
    int more;
    if (json_peek(s) == JSON_OBJECT)
        return one_row(s, call, seen);
    const enum json_type type = json_peek(s);
    if (type != JSON_ARRAY && type != JSON_BAD && type != JSON_END)
        return json_fail(s, API_BAD_TYPE, "rows: found %s, expected a list of objects", json_type_name(type));
    if (json_enter(s, JSON_ARRAY) < 0)
        return api_fault_in(s->fault, "rows");
    while ((more = json_next_item(s)) == 1)
        if (one_row(s, call, seen) < 0)
            return -1;
    return more;
}

int api_table_json(struct json_scan *s, struct api_call *call)
{
    const int named = api_table_named(call, s->fault);
    struct api_table *t = call->job->table;
    if (named < 0)
        return -1;
    if (!named)
        return api_fault(s->fault, API_UNSUPPORTED, "rows: the model remembers no columns by name; send `inputs`");
    size_t *seen = bz_alloc(t->columns.n, sizeof(*seen), NULL);
    const int rc = seen ? all_rows(s, call, seen) : api_table_no_memory(s->fault);
    bz_free(seen);
    return rc < 0 ? -1 : api_table_to_rows(call, s->fault);
}

int api_table_held(struct json_scan *s, struct api_call *call)
{
    struct api_table *t = call->job->table;
    if (api_table_json(s, call) < 0)
        return api_fault_in(s->fault, "clamp");
    if (t->ignored.size)
        return api_fault(s->fault, API_UNKNOWN_INPUT, "clamp: the model does not draw %.*s, so it cannot be held",
                         (int)(t->ignored.size < 200 ? t->ignored.size : 200), t->ignored.data);
    api_table_forget_rows(t);
    return 0;
}

int api_table_named(struct api_call *call, struct api_fault *fault)
{
    return api_table_make(call, fault) < 0 ? -1 : bz_columns_named(&call->job->table->columns);
}

bool api_table_follows(const struct json_scan *s)
{
    struct json_scan ahead = *s;
    if (json_peek(&ahead) != JSON_ARRAY)
        return false;
    ahead.at++;
    return json_peek(&ahead) == JSON_OBJECT;
}

/* --- categories of one layer --- */

/* Whether the next value is a list of texts, possibly with nulls. */
static bool texts_follow(const struct json_scan *s)
{
    struct json_scan ahead = *s;
    bool nulls = false;
    if (json_peek(&ahead) != JSON_ARRAY)
        return false;
    while (!bz_stopping_at(&ahead.asked, ahead.at)) {
        const enum json_type type = json_peek(&ahead);
        const bool null = type == JSON_NULL && strncmp(ahead.at, "null", 4) == 0;
        if (!null && type != JSON_ARRAY && !(nulls && (*ahead.at == ',' || *ahead.at == ']')))
            return type == JSON_STRING;
        nulls = nulls || null;
        ahead.at += null ? 4 : 1;
    }
    return false;
}

static int one_category(struct json_scan *s, const struct bz_column *c, struct api_rows *rows, const char *label)
{
    const struct bz_columns none = {.base = -1};
    const bool nested = json_peek(s) == JSON_ARRAY;
    double value = NAN;
    char *text, why[256];
    size_t length;
    if (nested && (json_enter(s, JSON_ARRAY) < 0 || json_next_item(s) != 1))
        return json_fail(s, API_BAD_SHAPE, "%s[%zu]: expected one category", label, rows->n);
    if (json_peek(s) == JSON_NULL) {
        if (json_word(s) < 0)
            return -1;
    } else {
        if (json_string(s, &text, &length) < 0)
            return api_fault_in(s->fault, "%s[%zu]", label, rows->n);
        const struct bz_cell cell = {text, length, true};
        if (bz_column_value(&none, c, &cell, '.', &value, why, sizeof(why)) != BZ_VALUE_OK)
            return json_fail(s, API_BAD_VALUE, "%s[%zu]: '%.60s' %s", label, rows->n, text, length ? why : "is not a category");
    }
    if (nested && json_next_item(s) != 0)
        return json_fail(s, API_BAD_SHAPE, "%s[%zu]: expected one category", label, rows->n);
    bz_column_fill(c, value, rows->x + rows->n * c->size, rows->known + rows->n * c->size);
    rows->n++;
    return 0;
}

static int grow(struct api_rows *rows, size_t *room, size_t width, struct api_fault *fault)
{
    if (rows->n < *room)
        return 0;
    const size_t more = *room ? 2 * *room : 4;
    struct api_rows wider = {bz_alloc(more * width, sizeof(float), NULL), bz_alloc(more * width, 1, NULL), rows->n};
    if (!wider.x || !wider.known) {
        bz_free(wider.x);
        bz_free(wider.known);
        return api_table_no_memory(fault);
    }
    if (rows->n) {
        memcpy(wider.x, rows->x, rows->n * width * sizeof(float));
        memcpy(wider.known, rows->known, rows->n * width);
    }
    bz_free(rows->x);
    bz_free(rows->known);
    *rows = wider;
    *room = more;
    return 0;
}

int api_table_categories(struct json_scan *s, struct api_call *call, size_t layer, struct api_rows *rows, const char *label)
{
    const struct bz_layer *l = &api_machine(call)->layers[layer];
    struct bz_column c = {.name = (char *)(uintptr_t)l->name,
                          .kind = BZ_COLUMN_CATEGORY,
                          .size = l->size,
                          .categories = l->categories,
                          .n_categories = l->n_categories,
                          .scale = 1};
    size_t room = 0;
    int more;
    /* If no categories have names, the reader of numbers says what it found and what to write. */
    if (!texts_follow(s) || !bz_is_choice(l) || l->n_categories != l->size)
        return 0;
    if (json_enter(s, JSON_ARRAY) < 0)
        return -1;
    c.places = bz_places_new(l->n_categories);
    while ((more = json_next_item(s)) == 1)
        if (grow(rows, &room, l->size, s->fault) < 0 || one_category(s, &c, rows, label) < 0) {
            more = -1;
            break;
        }
    bz_places_free(c.places);
    if (more == 0 && !memchr(rows->known, 0, rows->n * l->size))
        bz_drop(&rows->known);
    return more < 0 ? -1 : 1;
}
