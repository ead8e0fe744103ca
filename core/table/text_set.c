#include "text_set.h"

#include "mem.h"
#include "number_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 16 };

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    return h ^ h >> 32;
}

static size_t find_slot(const struct bz_text_set *s, const char *text, size_t length)
{
    size_t i = hash(text, length) & (s->n_slots - 1);
    while (s->slots[i] != 0) {
        const char *name = s->names[s->slots[i] - 1];
        if (strncmp(name, text, length) == 0 && name[length] == 0)
            break;
        i = (i + 1) & (s->n_slots - 1);
    }
    return i;
}

/* Room for one more name, with the table at most half full. */
static int make_room(struct bz_text_set *s, struct bz_error *err)
{
    if (2 * (s->n + 1) <= s->n_slots)
        return 0;
    size_t n_slots = s->n_slots ? 2 * s->n_slots : FIRST_SLOTS;
    char **names = bz_alloc(n_slots / 2, sizeof(char *), err);
    uint32_t *slots = bz_alloc(n_slots, sizeof(uint32_t), err);
    if (!names || !slots) {
        bz_free(names);
        bz_free(slots);
        return -1;
    }
    if (s->n > 0)
        memcpy(names, s->names, s->n * sizeof(char *));
    bz_free(s->names);
    bz_free(s->slots);
    s->names = names;
    s->slots = slots;
    s->n_slots = n_slots;
    s->room = n_slots / 2;
    for (size_t i = 0; i < s->n; i++)
        slots[find_slot(s, names[i], strlen(names[i]))] = (uint32_t)i + 1;
    return 0;
}

int bz_text_set_add(struct bz_text_set *s, const char *text, size_t length, size_t most, uint32_t *number, struct bz_error *err)
{
    if (memchr(text, 0, length)) /* names end at a zero byte */
        return bz_fail(err, BZ_BAD_INPUT, "a name contains a zero byte, expected text");
    if (make_room(s, err) < 0)
        return -1;
    size_t slot = find_slot(s, text, length);
    if (s->slots[slot] == 0) {
        if (s->n >= most)
            return bz_fail(err, BZ_TOO_LARGE, "more than %zu different values", most);
        s->names[s->n] = bz_strndup(text, length, err);
        if (!s->names[s->n])
            return -1;
        s->slots[slot] = (uint32_t)++s->n;
    }
    *number = s->slots[slot] - 1;
    return 0;
}

bool bz_text_set_find(const struct bz_text_set *s, const char *text, size_t length, uint32_t *number)
{
    const size_t slot = s->n ? find_slot(s, text, length) : 0;
    if (s->n == 0 || s->slots[slot] == 0)
        return false;
    *number = s->slots[slot] - 1;
    return true;
}

void bz_text_set_free(struct bz_text_set *s)
{
    bz_texts_free(s->names, s->n);
    bz_free(s->slots);
    memset(s, 0, sizeof(*s));
}

struct entry {
    char *name;
    double value;
    uint32_t number;
};

static int by_value(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

int bz_text_set_sort(struct bz_text_set *s, struct bz_categories *out, uint32_t **rank, struct bz_error *err)
{
    struct entry *entries = bz_alloc(s->n, sizeof(*entries), err);
    uint32_t *place = bz_alloc(s->n, sizeof(*place), err);
    if (!entries || !place) {
        bz_free(entries);
        bz_free(place);
        return -1;
    }
    bool numbers = true;
    for (size_t i = 0; i < s->n; i++) {
        entries[i] = (struct entry){.name = s->names[i], .number = (uint32_t)i};
        numbers = numbers && bz_parse_number(s->names[i], strlen(s->names[i]), &entries[i].value) == 0;
    }
    qsort(entries, s->n, sizeof(*entries), numbers ? by_value : by_bytes);
    for (size_t i = 0; i < s->n; i++) {
        s->names[i] = entries[i].name;
        place[entries[i].number] = (uint32_t)i;
    }
    *out = (struct bz_categories){.names = s->names, .n = s->n};
    *rank = place;
    s->names = NULL;
    s->n = 0;
    bz_text_set_free(s);
    bz_free(entries);
    return 0;
}

void bz_texts_free(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++)
        bz_free(texts[i]);
    bz_free(texts);
}

int bz_texts_say(char ***texts, size_t *n, struct bz_error *err, const char *format, ...)
{
    char text[600];
    size_t room = *n;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (((*n & (*n - 1)) == 0 && bz_grow(texts, &room, *n + 1, sizeof(**texts), err) < 0) || /* the room is a power of 2 */
        !((*texts)[*n] = bz_strdup(text, err)))
        return -1;
    ++*n;
    return 0;
}

int bz_texts_copy(char ***out, size_t *n_out, char *const *texts, size_t n, struct bz_error *err)
{
    if (!(*out = bz_alloc(n, sizeof(char *), err)))
        return -1;
    for (; *n_out < n; ++*n_out)
        if (!((*out)[*n_out] = bz_strdup(texts[*n_out], err)))
            return -1;
    return 0;
}
