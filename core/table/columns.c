#include "columns.h"

#include "float_text.h"
#include "mathx.h"
#include "mem.h"
#include "stop.h"
#include "text_set.h"
#include "unit.h"
#include "utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MANY = 64 }; /* of columns: searching among more takes as long as asking whether to stop */

static const char *const kind_names[BZ_N_COLUMN_KINDS] = {
    [BZ_COLUMN_NUMBER] = "number", [BZ_COLUMN_BOOLEAN] = "boolean", [BZ_COLUMN_CATEGORY] = "category",
    [BZ_COLUMN_LABEL] = "label",   [BZ_COLUMN_INDEX] = "index",     [BZ_COLUMN_IGNORED] = "ignored",
};

bool bz_unit_takes_truth(enum bz_unit unit)
{
    const struct bz_unit_type *type = bz_unit_type(unit);
    return type->discrete && !type->counted && type->least >= 0;
}

const char *bz_column_kind_name(enum bz_column_kind kind)
{
    return kind_names[kind];
}

int bz_column_kind_of_word(const char *word, size_t length)
{
    static const struct {
        const char *word;
        enum bz_column_kind kind;
    } words[] = {
        {"continuous", BZ_COLUMN_NUMBER},    {"numeric", BZ_COLUMN_NUMBER},   {"real", BZ_COLUMN_NUMBER},
        {"integer", BZ_COLUMN_NUMBER},       {"number", BZ_COLUMN_NUMBER},    {"symbolic", BZ_COLUMN_CATEGORY},
        {"categorical", BZ_COLUMN_CATEGORY}, {"nominal", BZ_COLUMN_CATEGORY}, {"category", BZ_COLUMN_CATEGORY},
        {"boolean", BZ_COLUMN_BOOLEAN},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i].word) == length && strncasecmp(words[i].word, word, length) == 0)
            return (int)words[i].kind;
    return -1;
}

bool bz_column_is_input(const struct bz_column *c)
{
    return c->kind == BZ_COLUMN_NUMBER || c->kind == BZ_COLUMN_BOOLEAN || c->kind == BZ_COLUMN_CATEGORY;
}

size_t bz_column_width(const struct bz_column *c)
{
    return c->kind == BZ_COLUMN_NUMBER ? c->size : 1;
}

const char *bz_column_called(const struct bz_column *c, size_t number, char room[BZ_VALUE_ROOM])
{
    if (c->name[0])
        return c->name;
    if (bz_column_width(c) == 1)
        snprintf(room, BZ_VALUE_ROOM, "column %zu", number);
    else
        snprintf(room, BZ_VALUE_ROOM, "columns %zu-%zu", number, number + bz_column_width(c) - 1);
    return room;
}

struct bz_column *bz_columns_add(struct bz_columns *t, const char *name, enum bz_column_kind kind, struct bz_error *err)
{
    size_t room = t->n;
    if ((t->n & (t->n - 1)) == 0 && bz_grow(&t->columns, &room, t->n + 1, sizeof(*t->columns), err) < 0) /* n is a power of 2 */
        return NULL;
    struct bz_column *c = &t->columns[t->n];
    *c = (struct bz_column){.name = bz_strdup(name, err), .kind = kind, .size = 1, .scale = 1, .mean = NAN, .sd = NAN};
    if (!c->name)
        return NULL;
    t->n++;
    return c;
}

void bz_columns_free(struct bz_columns *t)
{
    for (size_t j = 0; j < t->n; j++) {
        bz_free(t->columns[j].name);
        bz_texts_free(t->columns[j].categories, t->columns[j].n_categories);
        bz_places_free(t->columns[j].places);
    }
    bz_free(t->columns);
    bz_texts_free(t->missing.words, t->missing.n);
    *t = (struct bz_columns){.base = -1};
}

int bz_columns_copy(struct bz_columns *out, const struct bz_columns *t, struct bz_error *err)
{
    struct bz_columns copy = {.base = t->base};
    memcpy(copy.binarize, t->binarize, sizeof(copy.binarize));
    int rc = bz_texts_copy(&copy.missing.words, &copy.missing.n, t->missing.words, t->missing.n, err);
    for (size_t j = 0; rc == 0 && j < t->n; j++) {
        const struct bz_column *from = &t->columns[j];
        struct bz_column *c = bz_columns_add(&copy, from->name, from->kind, err);
        if (!c) {
            rc = -1;
            break;
        }
        char *name = c->name;
        *c = *from;
        c->name = name;
        c->categories = NULL;
        c->n_categories = 0;
        c->places = NULL;
        if (from->n_categories > 0)
            rc = bz_texts_copy(&c->categories, &c->n_categories, from->categories, from->n_categories, err);
        c->places = bz_places_new(c->n_categories);
    }
    if (rc == 0)
        *out = copy;
    else
        bz_columns_free(&copy);
    return rc;
}

/* A column for `size` units of a layer from `unit` on: of numbers or, with `name`, of the layer's categories. */
static int add_of_layer(struct bz_columns *t, const struct bz_layer *layer, const char *name, size_t unit, size_t size,
                        struct bz_error *err)
{
    struct bz_column *c = bz_columns_add(t, name ? name : "", name ? BZ_COLUMN_CATEGORY : BZ_COLUMN_NUMBER, err);
    if (!c)
        return -1;
    memcpy(c->layer, layer->name, sizeof(c->layer));
    c->unit = unit;
    c->size = size;
    c->real = !bz_unit_takes_truth(layer->unit);
    if (!name)
        return 0;
    if (bz_texts_copy(&c->categories, &c->n_categories, layer->categories, size, err) < 0)
        return -1;
    c->places = bz_places_new(c->n_categories);
    return 0;
}

int bz_columns_of_machine(struct bz_columns *out, const struct bz_machine *m, struct bz_error *err)
{
    struct bz_columns t = {.base = -1};
    int rc = 0;
    for (size_t l = 0; rc == 0 && l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        const size_t groups = layer->unit == BZ_SOFTMAX ? layer->groups : 1, size = layer->size / groups;
        if (layer->role != BZ_VISIBLE)
            continue;
        if (layer->unit != BZ_SOFTMAX || layer->n_categories != size)
            rc = add_of_layer(&t, layer, NULL, 0, layer->size, err);
        else
            for (size_t g = 0; rc == 0 && g < groups; g++)
                rc = add_of_layer(&t, layer, groups == 1 ? layer->name : "", g * size, size, err);
    }
    if (rc < 0)
        bz_columns_free(&t);
    else
        *out = t;
    return rc;
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Reserved words, and names of layers that training makes. */
static bool is_taken(const char *name)
{
    size_t digits = strncmp(name, "hidden", 6) == 0 ? strspn(name + 6, "0123456789") : 0;
    bool hidden = strncmp(name, "hidden", 6) == 0 && name[6 + digits] == 0;
    return hidden || strcmp(name, "label") == 0 || strcmp(name, "joint") == 0 || strcmp(name, "visible") == 0 ||
           !bz_name_is_valid(name);
}

void bz_column_layer_name(const char *column_name, size_t column, char name[BZ_NAME_ROOM])
{
    if (!column_name || !column_name[0]) {
        snprintf(name, BZ_NAME_ROOM, "column%zu", column + 1);
        return;
    }
    size_t n = 0;
    if (!is_alphanumeric(column_name[0]))
        name[n++] = 'c';
    for (const char *p = column_name; *p && n + 2 < BZ_NAME_ROOM; p++)
        name[n++] = is_alphanumeric(*p) || *p == '-' ? *p : '_';
    name[n] = 0;
    if (is_taken(name)) { /* there is room for one more character */
        name[n] = '_';
        name[n + 1] = 0;
    }
}

long bz_columns_find_from(const struct bz_columns *t, const char *name, size_t length, size_t from)
{
    for (size_t i = 0, j = from < t->n ? from : 0; i < t->n && !(i == MANY && bz_stopping()); i++, j = j + 1 < t->n ? j + 1 : 0)
        if (length > 0 && strlen(t->columns[j].name) == length && memcmp(t->columns[j].name, name, length) == 0)
            return (long)j;
    return -1;
}

long bz_columns_find(const struct bz_columns *t, const char *name, size_t length)
{
    return bz_columns_find_from(t, name, length, 0);
}

const struct bz_column *bz_columns_namesake(const struct bz_columns *t, size_t j)
{
    const struct bz_column *c = &t->columns[j];
    for (size_t i = 0; c->source[0] && c->name[0] && bz_column_is_input(c) && i < t->n; i++)
        if (i != j && bz_column_is_input(&t->columns[i]) && strcmp(t->columns[i].name, c->name) == 0)
            return &t->columns[i];
    return NULL;
}

size_t bz_columns_inputs(const struct bz_columns *t)
{
    size_t n = 0;
    for (size_t j = 0; j < t->n; j++)
        if (bz_column_is_input(&t->columns[j]))
            n += bz_column_width(&t->columns[j]);
    return n;
}

bool bz_columns_named(const struct bz_columns *t)
{
    for (size_t j = 0; j < t->n; j++)
        if (bz_column_is_input(&t->columns[j]) && t->columns[j].name[0])
            return true;
    return false;
}

/* --- values --- */

static void categories_text(const struct bz_column *c, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < c->n_categories && i < 6 && used + 40 < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%.30s", i ? ", " : "", c->categories[i]);
    if (c->n_categories > 6 || used + 40 >= room)
        snprintf(out + used, room > used ? room - used : 0, ", ...");
}

/* A category that differs from the cell only in case, or in blanks at its ends; NULL = none. */
static const char *alike(const struct bz_column *c, const struct bz_cell *cell)
{
    const char *text = cell->text;
    size_t n = cell->length;
    for (; n > 0 && text[0] == ' '; text++)
        n--;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    for (size_t i = 0; n > 0 && i < c->n_categories; i++) {
        const char *name = c->categories[i] + strspn(c->categories[i], " ");
        size_t length = strlen(name);
        while (length > 0 && name[length - 1] == ' ')
            length--;
        if (length == n && strncasecmp(name, text, n) == 0)
            return c->categories[i];
    }
    return NULL;
}

/* Accents as signs of their own (U+0300 to U+036F), as macOS writes names of files. */
static bool has_marks(const struct bz_cell *cell)
{
    for (size_t i = 0; i + 1 < cell->length; i++) {
        const unsigned char a = (unsigned char)cell->text[i], b = (unsigned char)cell->text[i + 1];
        if ((a == 0xcc && b >= 0x80) || (a == 0xcd && b <= 0xaf && b >= 0x80))
            return true;
    }
    return false;
}

static enum bz_value category_value(const struct bz_column *c, const struct bz_cell *cell, double *out, char *why, size_t room)
{
    const long place = bz_places_find(c->places, c->categories, c->n_categories, cell);
    if (place >= 0) {
        *out = (double)place;
        return BZ_VALUE_OK;
    }
    char names[130] = "", hint[100] = "";
    const char *like = alike(c, cell);
    if (like)
        snprintf(hint, sizeof(hint), "; '%.40s' differs in case or blanks", like);
    else if (!bz_is_utf8(cell->text, cell->length))
        snprintf(hint, sizeof(hint), "; it is not UTF-8 (iconv -f latin1 -t utf8 may help)");
    else if (has_marks(cell))
        snprintf(hint, sizeof(hint), "; its accents are signs of their own (NFD), expected composed ones");
    categories_text(c, names, sizeof(names));
    snprintf(why, room, "is not one of the %zu %s of the model (%s)%s", c->n_categories,
             c->kind == BZ_COLUMN_LABEL ? "classes" : "categories", names, hint);
    return BZ_VALUE_UNKNOWN;
}

enum bz_value bz_column_value(const struct bz_columns *t, const struct bz_column *c, const struct bz_cell *cell, char decimal,
                              double *out, char *why, size_t room)
{
    double x = NAN;
    const enum bz_cell_kind kind = bz_cell_kind(cell, decimal, &t->missing, &x);
    const bool words = c->kind == BZ_COLUMN_CATEGORY || c->kind == BZ_COLUMN_LABEL;
    *out = NAN;
    if (kind == BZ_CELL_GAP || (kind == BZ_CELL_GAP_OR_WORD && !words))
        return BZ_VALUE_MISSING;
    if (words) {
        const enum bz_value v = category_value(c, cell, out, why, room);
        /* "none" and the like are gaps unless the model has them as categories. */
        return v == BZ_VALUE_UNKNOWN && kind == BZ_CELL_GAP_OR_WORD && !cell->quoted ? BZ_VALUE_MISSING : v;
    }
    if (c->kind == BZ_COLUMN_BOOLEAN) {
        if (kind == BZ_CELL_TRUTH || (kind == BZ_CELL_NUMBER && (x == 0 || x == 1))) {
            *out = x;
            return BZ_VALUE_OK;
        }
        snprintf(why, room, "is not a truth value (true, false, yes, no, 1, 0 ...), which the model expects%s",
                 kind == BZ_CELL_NUMBER && x > 0 && x < 1 ? "; a mean, as reconstruct writes them? impute writes truth values"
                                                          : "");
        return BZ_VALUE_UNKNOWN;
    }
    if (kind == BZ_CELL_NUMBER || (kind == BZ_CELL_TRUTH && !c->real)) {
        *out = x;
        return BZ_VALUE_OK;
    }
    snprintf(why, room, "%s; the model expects a number", bz_cell_kind_text(kind));
    return BZ_VALUE_BAD;
}

void bz_column_fill(const struct bz_column *c, double value, float *x, uint8_t *known)
{
    const bool missing = isnan(value);
    if (c->kind == BZ_COLUMN_CATEGORY) {
        for (size_t i = 0; i < c->size; i++)
            x[c->unit + i] = !missing && i == (size_t)value;
    } else {
        x[c->unit] = missing ? 0 : c->scale != 1 ? bz_level((float)value, (float)c->scale) : (float)value;
    }
    if (known)
        memset(known + c->unit, !missing, c->kind == BZ_COLUMN_CATEGORY ? c->size : 1);
}

double bz_column_value_of(const struct bz_column *c, size_t within, const float *x, const struct bz_layer *layer,
                          double *probable)
{
    const float *at = x + c->unit;
    double p = NAN, value;
    if (c->kind == BZ_COLUMN_CATEGORY) {
        size_t best = 0;
        for (size_t i = 1; i < c->size; i++)
            best = at[i] > at[best] ? i : best;
        value = (double)best;
        p = (double)at[best];
    } else if (c->kind == BZ_COLUMN_BOOLEAN) {
        const double on = bz_unit_upper(layer, (double)at[0]);
        value = on > 0.5;
        p = value > 0 ? on : 1 - on;
    } else {
        value = c->scale == 1 ? (double)at[within] : (double)at[within] * c->scale;
    }
    if (probable)
        *probable = p;
    return value;
}

const char *bz_column_text_of(const struct bz_column *c, double value, char decimal, char *out)
{
    if (c->kind == BZ_COLUMN_CATEGORY)
        return c->categories[(size_t)value];
    if (c->kind == BZ_COLUMN_BOOLEAN)
        return value > 0 ? "1" : "0";
    bz_float_cell((float)value, out);
    char *point = decimal == ',' ? strchr(out, '.') : NULL;
    if (point)
        *point = ',';
    return out;
}
