#include "rows.h"

#include "mem.h"
#include "stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_ROOM = 160 };

void api_rows_free(struct api_rows *rows)
{
    bz_free(rows->x);
    bz_free(rows->known);
    *rows = (struct api_rows){0};
}

static int out_of_memory(struct api_fault *fault)
{
    return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

/* Grows rows->x (and known, if there is any). */
static int grow(struct api_rows *rows, size_t *room, size_t more, size_t width, struct api_fault *fault)
{
    size_t bytes;
    if (bz_mul(&bytes, more, width) < 0)
        return out_of_memory(fault);
    float *x = bz_alloc(bytes, sizeof(float), NULL);
    uint8_t *known = rows->known ? bz_alloc(bytes, 1, NULL) : NULL;
    if (!x || (rows->known && !known) || bz_copy(x, rows->x, rows->n * width * sizeof(float)) < 0 ||
        (known && bz_copy(known, rows->known, rows->n * width) < 0)) {
        bz_free(x);
        bz_free(known);
        return out_of_memory(fault);
    }
    bz_free(rows->x);
    bz_free(rows->known);
    rows->x = x;
    rows->known = known;
    *room = more;
    return 0;
}

/* At the first missing value: makes the mask, all ones so far. */
static int start_known(struct api_rows *rows, size_t room, size_t width, struct api_fault *fault)
{
    if (rows->known)
        return 0;
    rows->known = bz_alloc(room * width, 1, NULL);
    if (!rows->known)
        return out_of_memory(fault);
    memset(rows->known, 1, rows->n * width);
    return 0;
}

int api_rows_all_known(struct api_rows *rows, size_t width, struct api_fault *fault)
{
    return start_known(rows, rows->n, width, fault);
}

/* How the next array is nested: brackets before its first number, and how many items the innermost one has, counted up to
 * `most`. */
static unsigned nesting(const struct json_scan *s, size_t most, size_t *width)
{
    struct json_scan ahead = *s;
    unsigned depth = 0;
    for (; json_peek(&ahead) == JSON_ARRAY && depth < JSON_MAX_DEPTH; depth++)
        ahead.at++;
    const char *p = ahead.at;
    *width = 0;
    if (*p == ']' || *p == '{')
        return depth;
    unsigned ones;
    *width = 1;
    for (; *width + 4 <= most && json_four_bits(p, ahead.end, &ones) && !bz_stopping_at(&ahead.asked, p); p += 8)
        *width += 4;
    for (; *p && *p != ']' && *p != '[' && *width < most && !bz_stopping_at(&ahead.asked, p); p++)
        *width += *p == ',';
    return depth;
}

/* One row in nested lists of the layer's shape, from dimension d on: values to x, known marks to mark (NULL = none may be
   missing). */
static int shaped_row(struct json_scan *s, const struct bz_layer *layer, size_t d, float *x, uint8_t *mark, bool *missing,
                      const char *label)
{
    size_t below = 1, count = 0, n = 0;
    int more;
    if (d + 1 >= layer->rank || d + 1 >= BZ_MAX_RANK) { /* the rank is at most BZ_MAX_RANK, which compilers cannot know */
        if (json_numbers(s, x, mark, layer->shape[d], &count, missing, label) < 0)
            return -1;
        return count == layer->shape[d]
                   ? 0
                   : json_fail(s, API_BAD_SHAPE, "%s: expected %zu numbers, found %zu", label, layer->shape[d], count);
    }
    for (size_t k = d + 1; k < layer->rank; k++)
        below *= layer->shape[k];
    if (json_enter(s, JSON_ARRAY) < 0)
        return api_fault_in(s->fault, "%s", label);
    while ((more = json_next_item(s)) == 1) {
        char name[LABEL_ROOM];
        snprintf(name, sizeof(name), "%.120s[%zu]", label, n);
        if (n == layer->shape[d])
            return json_fail(s, API_BAD_SHAPE, "%s: expected %zu lists, found more", label, layer->shape[d]);
        if (shaped_row(s, layer, d + 1, x + n * below, mark ? mark + n * below : NULL, missing, name) < 0)
            return -1;
        n++;
    }
    if (more == 0 && n != layer->shape[d])
        return json_fail(s, API_BAD_SHAPE, "%s: expected %zu lists, found %zu", label, layer->shape[d], n);
    return more;
}

/* The layout of an array of rows. */
enum rows_form { ROWS_PLAIN, ROWS_FLAT, ROWS_ONE_SHAPED, ROWS_SHAPED };

/* A flat list is one row (of more than one unit: [0.5, 0.5] could be two rows of one); lists in the layer's shape are one or
 * several. */
static enum rows_form form_of(const struct json_scan *s, const struct bz_layer *layer, unsigned flags)
{
    size_t width;
    const unsigned depth = nesting(s, layer->size + 1, &width);
    if (depth == 1 && width > 0)
        return flags & API_ROWS_FLAT && (layer->size > 1 || flags & API_ROWS_ONE) ? ROWS_FLAT : ROWS_PLAIN;
    if (layer->rank < 2 || depth < 2)
        return ROWS_PLAIN;
    if (depth == layer->rank && (depth > 2 || (width == layer->shape[1] && width != layer->size)))
        return ROWS_ONE_SHAPED;
    return depth == layer->rank + 1 ? ROWS_SHAPED : ROWS_PLAIN;
}

/* Reads one row as row n. mark[width] is scratch. */
static int one_row(struct json_scan *s, const struct bz_layer *layer, struct api_rows *rows, size_t room, bool shaped,
                   uint8_t *mark, const char *label)
{
    const size_t width = layer->size;
    bool missing = false;
    size_t count = width;
    float *x = rows->x + rows->n * width;
    if ((shaped ? shaped_row(s, layer, 0, x, mark, &missing, label)
                : json_numbers(s, x, mark, width, &count, &missing, label)) < 0)
        return -1;
    if (count != width)
        return json_fail(s, API_BAD_SHAPE, "%s: expected %zu numbers, found %zu", label, width, count);
    if (missing && start_known(rows, room, width, s->fault) < 0)
        return -1;
    if (rows->known)
        memcpy(rows->known + rows->n * width, mark, width);
    rows->n++;
    return 0;
}

/* What to write instead of an object in place of a row: it has keys 0, 1, ... if it was a typed array or a PHP list. */
static const char *object_hint(const struct json_scan *s)
{
    if (*s->at != '{') /* the text may end here */
        return "";
    const char *p = s->at + 1;
    p += strspn(p, " \t\r\n");
    return p[0] == '"' && p[1] >= '0' && p[1] <= '9'
               ? " (keys 0, 1, ...: from JavaScript send Array.from(x), from PHP array_values($x))"
               : "";
}

static int all_rows(struct json_scan *s, const struct bz_layer *layer, unsigned flags, struct api_rows *rows, uint8_t *mark,
                    const char *label)
{
    const size_t width = layer->size;
    char name[LABEL_ROOM];
    size_t guess = (size_t)(s->end - s->at) / (2 * width) + 1, room = 0;
    int more;
    if (json_peek(s) != JSON_ARRAY)
        return json_fail(s, API_BAD_TYPE, "%s: found %s, expected an array of rows of %zu numbers, [[...]]%s", label,
                         json_type_name(json_peek(s)), width, object_hint(s));
    if (grow(rows, &room, guess < 1024 ? guess : 1024, width, s->fault) < 0)
        return -1;
    const enum rows_form form = form_of(s, layer, flags);
    if (form == ROWS_FLAT || form == ROWS_ONE_SHAPED)
        return one_row(s, layer, rows, room, form == ROWS_ONE_SHAPED, mark, label);
    if (json_enter(s, JSON_ARRAY) < 0)
        return -1;
    while ((more = json_next_item(s)) == 1) {
        snprintf(name, sizeof(name), "%.120s[%zu]", label, rows->n);
        if (json_peek(s) != JSON_ARRAY)
            return json_fail(s, API_BAD_SHAPE, "%s: found %s, expected a row: an array of %zu number%s%s", name,
                             json_type_name(json_peek(s)), width, width == 1 ? ", [[x]] for one row" : "s", object_hint(s));
        if (rows->n == room && grow(rows, &room, room * 2, width, s->fault) < 0)
            return -1;
        if (one_row(s, layer, rows, room, form == ROWS_SHAPED, mark, name) < 0)
            return -1;
    }
    if (more == 0 && rows->n == 0)
        return json_fail(s, API_BAD_SHAPE, "%s: no rows, expected at least one", label);
    return more;
}

int api_rows_json(struct json_scan *s, const struct bz_layer *layer, unsigned flags, struct api_rows *rows, const char *label)
{
    uint8_t *mark = flags & API_ROWS_MISSING ? bz_alloc(layer->size, 1, NULL) : NULL;
    if (flags & API_ROWS_MISSING && !mark)
        return out_of_memory(s->fault);
    int rc = all_rows(s, layer, flags, rows, mark, label);
    bz_free(mark);
    if (rc < 0)
        api_rows_free(rows);
    return rc;
}

bool api_all_finite(const float *x, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n && !bz_stopping_work(2 * BZ_STOP_BYTES);)
        for (const size_t end = n - i < BZ_STOP_BYTES ? n : i + BZ_STOP_BYTES; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, x + i, sizeof(bits));
            bad |= (bits & UINT32_C(0x7f800000)) == UINT32_C(0x7f800000);
        }
    return !bad;
}

int api_rows_take(float *x, size_t n, const struct bz_layer *layer, struct api_rows *rows, const char *label,
                  struct api_fault *fault)
{
    const size_t width = layer->size, size = n * width;
    uint8_t *known = NULL;
    bool finite = true;
    for (size_t i = 0; i < size && !bz_stopping(); i += BZ_STOP_BYTES) {
        const size_t count = size - i < BZ_STOP_BYTES ? size - i : BZ_STOP_BYTES;
        for (size_t k = i; k < i + count; k++)
            x[k] += 0.0f; /* no negative zero */
        finite = finite && api_all_finite(x + i, count);
    }
    for (size_t i = finite ? size : 0; i < size; i++) {
        if (i % BZ_STOP_BYTES == 0 && bz_stopping())
            break;
        if (isfinite(x[i]))
            continue;
        if (isinf(x[i])) {
            bz_free(known);
            return api_fault(fault, API_BAD_VALUE, "%s[%zu][%zu]: found an infinity, expected a finite number (NaN = missing)",
                             label, i / width, i % width);
        }
        if (!known) {
            known = bz_alloc(size, 1, NULL);
            if (!known)
                return out_of_memory(fault);
            memset(known, 1, size);
        }
        known[i] = 0;
        x[i] = 0;
    }
    *rows = (struct api_rows){.x = x, .known = known, .n = n};
    return 0;
}

int api_rows_mask(struct api_rows *rows, const struct bz_layer *layer, struct api_rows *mask, const char *label,
                  struct api_fault *fault)
{
    const size_t width = layer->size;
    int rc = -1;
    if (mask->n != 1 && mask->n != rows->n) {
        if (rows->n != 1) {
            api_fault(fault, API_BAD_SHAPE, "%s: expected one row or %zu, found %zu", label, rows->n, mask->n);
            goto out;
        }
        /* One row of values with a mask per chain: the values repeat. */
        struct api_rows all = {0};
        size_t room;
        if (grow(&all, &room, mask->n, width, fault) < 0)
            goto out;
        api_rows_copy(rows, width, 0, mask->n, all.x, NULL);
        if (rows->known && start_known(&all, mask->n, width, fault) < 0) {
            api_rows_free(&all);
            goto out;
        }
        for (size_t r = 0; rows->known && r < mask->n; r++)
            memcpy(all.known + r * width, rows->known, width);
        all.n = mask->n;
        api_rows_free(rows);
        *rows = all;
    }
    if (start_known(rows, rows->n, width, fault) < 0)
        goto out;
    for (size_t r = 0; r < rows->n && !bz_stopping_row(r, width); r++) {
        const float *row = mask->x + (mask->n == 1 ? 0 : r * width);
        for (size_t i = 0; i < width; i++) {
            if (row[i] != 0 && row[i] != 1) {
                api_fault(fault, API_BAD_VALUE, "%s[%zu][%zu]: found %g, expected 0 or 1", label, mask->n == 1 ? 0 : r, i,
                          row[i]);
                goto out;
            }
            if (row[i] != 0 && !rows->known[r * width + i]) {
                api_fault(fault, API_BAD_VALUE,
                          "%s[%zu][%zu]: found 1 (known), but the value there is missing (null, NaN, or a "
                          "number that stands for a gap)",
                          label, r, i);
                goto out;
            }
            rows->known[r * width + i] = (uint8_t)row[i];
        }
    }
    rc = 0;
out:
    api_rows_free(mask);
    return rc;
}

/* True if all of x[n] are numbers from 0 to 1: their bits, as whole numbers, are at most those of 1. */
static bool are_fractions(const float *x, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof(bits));
        bad |= bits > UINT32_C(0x3f800000);
    }
    return !bad;
}

int api_rows_check(const struct api_rows *rows, const struct bz_layer *layer, const char *what, struct api_fault *fault)
{
    const size_t width = layer->size;
    for (size_t r = 0; r < rows->n && !bz_stopping_row(r, width); r++) {
        const float *x = rows->x + r * width;
        struct bz_error err;
        size_t bad = 0;
        if (layer->unit == BZ_BERNOULLI && are_fractions(x, width))
            continue; /* missing values are zeros here */
        if (bz_check_row(layer, x, rows->known ? rows->known + r * width : NULL, &bad, &err) < 0)
            return api_fault(fault, API_BAD_VALUE, "%s.%s[%zu][%zu]: %s", what, layer->name, r, bad, err.msg);
    }
    return 0;
}

void api_rows_copy(const struct api_rows *rows, size_t size, size_t first, size_t n, float *x, uint8_t *known)
{
    if (rows->x && first + n <= rows->n) { /* the usual case: consecutive rows */
        bz_copy_work(x, rows->x + first * size, n * size * sizeof(float));
        if (known && rows->known)
            bz_copy_work(known, rows->known + first * size, n * size);
        else if (known)
            bz_set_work(known, 1, n * size);
        return;
    }
    if (!rows->x) {
        bz_set_work(x, 0, n * size * sizeof(float));
        if (known)
            bz_set_work(known, 0, n * size);
        return;
    }
    for (size_t r = 0; r < n; r++) {
        const struct api_rows one = {rows->x + (first + r) % rows->n * size,
                                     rows->known ? rows->known + (first + r) % rows->n * size : NULL, 1};
        api_rows_copy(&one, size, 0, 1, x + r * size, known ? known + r * size : NULL);
    }
}
