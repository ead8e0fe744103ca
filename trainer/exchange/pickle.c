#include "pickle_private.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_BLOCK = 512, MOST_BLOCKS = 1 << 13 };

struct block {
    struct pickle_value values[A_BLOCK];
};

struct pickle {
    struct block **blocks; /* [n_blocks] */
    size_t n_blocks, used; /* of the last block */
    char **texts;          /* [n_texts] owned */
    size_t n_texts, texts_room;
};

int pickle_new(struct pickle **out, struct bz_error *err)
{
    struct pickle *p = bz_alloc(1, sizeof(*p), err);
    if (p && !(p->blocks = bz_alloc(MOST_BLOCKS, sizeof(*p->blocks), err)))
        bz_drop(&p);
    *out = p;
    return p ? 0 : -1;
}

void pickle_free(struct pickle *p)
{
    if (!p)
        return;
    for (size_t b = 0; b < p->n_blocks; b++) {
        for (size_t i = 0; i < A_BLOCK; i++)
            bz_free(p->blocks[b]->values[i].items);
        bz_free(p->blocks[b]);
    }
    for (size_t i = 0; i < p->n_texts; i++)
        bz_free(p->texts[i]);
    bz_free_all(p->texts, p->blocks, p);
}

/* --- values --- */

int pickle_grow(void *array, size_t *room, size_t needed, size_t size, struct bz_error *err)
{
    if (needed > PICKLE_MOST_STACK)
        return bz_fail(err, BZ_TOO_LARGE, "pickle: more than %d values", PICKLE_MOST_STACK);
    return bz_grow(array, room, needed, size, err);
}

struct pickle_value *pickle_make(struct pickle_machine *m, enum pickle_kind kind)
{
    struct pickle *p = m->p;
    if (p->n_blocks == 0 || p->used == A_BLOCK) {
        if (p->n_blocks == MOST_BLOCKS) {
            bz_fail(m->err, BZ_TOO_LARGE, "pickle: more than %d values", A_BLOCK * MOST_BLOCKS);
            return NULL;
        }
        if (!(p->blocks[p->n_blocks] = bz_alloc(1, sizeof(struct block), m->err)))
            return NULL;
        p->n_blocks++;
        p->used = 0;
    }
    struct pickle_value *v = &p->blocks[p->n_blocks - 1]->values[p->used++];
    v->kind = kind;
    return v;
}

int pickle_add_item(struct pickle_machine *m, struct pickle_value *to, struct pickle_value *item)
{
    if (pickle_grow(&to->items, &to->room, to->n + 1, sizeof(*to->items), m->err) < 0)
        return -1;
    to->items[to->n++] = item;
    return 0;
}

char *pickle_keep(struct pickle_machine *m, char *text)
{
    struct pickle *p = m->p;
    if (!text || pickle_grow(&p->texts, &p->texts_room, p->n_texts + 1, sizeof(*p->texts), m->err) < 0) {
        bz_free(text);
        return NULL;
    }
    return p->texts[p->n_texts++] = text;
}

int pickle_damaged(struct pickle_machine *m, const char *what)
{
    return bz_fail(m->err, BZ_BAD_INPUT, "pickle: damaged at byte %zu: %s", (size_t)(m->at - m->data), what);
}

int pickle_push(struct pickle_machine *m, struct pickle_value *v)
{
    if (!v || pickle_grow(&m->stack, &m->room, m->n + 1, sizeof(*m->stack), m->err) < 0)
        return -1;
    m->stack[m->n++] = v;
    return 0;
}

/* Pops the topmost value above the last mark; NULL with the error set. */
struct pickle_value *pickle_pop(struct pickle_machine *m)
{
    if (m->n == 0 || (m->n_marks > 0 && m->marks[m->n_marks - 1] == m->n)) {
        pickle_damaged(m, "nothing on the stack");
        return NULL;
    }
    return m->stack[--m->n];
}

struct pickle_value *pickle_top(struct pickle_machine *m)
{
    struct pickle_value *v = pickle_pop(m);
    m->n += v != NULL;
    return v;
}

/* The start of the values above the last mark, which is removed. -1 if there is none. */
long pickle_take_mark(struct pickle_machine *m)
{
    if (m->n_marks == 0)
        return pickle_damaged(m, "no mark");
    return (long)m->marks[--m->n_marks];
}

/* --- the memo --- */

static int remember(struct pickle_machine *m, size_t place)
{
    struct pickle_value *v = pickle_top(m);
    if (!v || pickle_grow(&m->memo, &m->memo_room, place + 1, sizeof(*m->memo), m->err) < 0)
        return -1;
    m->memo[place] = v;
    m->memo_next = place >= m->memo_next ? place + 1 : m->memo_next;
    return 0;
}

static int recall(struct pickle_machine *m, size_t place)
{
    if (place >= m->memo_room || !m->memo[place])
        return pickle_damaged(m, "a memo that does not exist");
    return pickle_push(m, m->memo[place]);
}

static int line_place(struct pickle_machine *m, size_t *place)
{
    size_t n;
    const char *text = pickle_line(m, &n);
    *place = 0;
    for (size_t i = 0; text && i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *place > PICKLE_MOST_STACK)
            return pickle_damaged(m, "expected the number of a memo");
        *place = *place * 10 + (size_t)(text[i] - '0');
    }
    return text ? 0 : -1;
}

/* The operand of an operation on the memo: a byte, four, or a line of text. */
static int memo_place(struct pickle_machine *m, uint8_t op, size_t *place)
{
    const size_t bytes = op == 'h' || op == 'q' ? 1 : 4;
    if (op == 'g' || op == 'p')
        return line_place(m, place);
    if (!pickle_have(m, bytes))
        return -1;
    *place = (size_t)pickle_little(m, bytes);
    return 0;
}

static int object(struct pickle_machine *m, uint8_t op, bool *known)
{
    size_t place = 0;
    *known = true;
    switch (op) {
    case 'c':
        return pickle_line_global(m);
    case 0x93:
        return pickle_stack_global(m);
    case 'R':
    case 0x81:
        return pickle_make_object(m, false);
    case 0x92:
        return pickle_make_object(m, true);
    case 'o':
    case 'i':
        return pickle_old_object(m, op == 'i');
    case 'b':
        return pickle_build(m);
    case 'Q':
        return pickle_push_storage(m, pickle_pop(m));
    case 'P':
        return pickle_push_line_text(m, false) < 0 ? -1 : pickle_push_storage(m, pickle_pop(m));
    case 'h':
    case 'j':
    case 'g':
        return memo_place(m, op, &place) < 0 ? -1 : recall(m, place);
    case 'q':
    case 'r':
    case 'p':
        return memo_place(m, op, &place) < 0 ? -1 : remember(m, place);
    case 0x94:
        return remember(m, m->memo_next);
    case 0x98: /* a buffer that is only read */
        return 0;
    default:
        *known = false;
        return 0;
    }
}

int pickle_run(struct pickle_machine *m)
{
    for (;;) {
        bool known = false;
        int rc = 0;
        if (!pickle_have(m, 1))
            return -1;
        const uint8_t op = *m->at++;
        if (op == '.')
            return m->n > 0 ? 0 : pickle_damaged(m, "it ends without a value");
        if (op == 0x80 || op == 0x95) { /* protocol; frame */
            const size_t n = op == 0x80 ? 1 : 8;
            if (!pickle_have(m, n))
                return -1;
            m->at += n;
            continue;
        }
        rc = pickle_simple(m, op, &known);
        if (!known)
            rc = pickle_container(m, op, &known);
        if (!known)
            rc = object(m, op, &known);
        if (!known)
            return bz_fail(m->err, BZ_BAD_INPUT, "pickle: unknown operation 0x%02x at byte %zu", op,
                           (size_t)(m->at - m->data) - 1);
        if (rc < 0)
            return -1;
    }
}

int pickle_read(struct pickle *p, const uint8_t *data, size_t size, size_t *used, const struct pickle_value **out,
                struct bz_error *err)
{
    struct pickle_machine m = {.p = p, .data = data, .at = data, .end = data + size, .err = err};
    const int rc = pickle_run(&m);
    if (rc == 0) {
        *out = m.stack[m.n - 1];
        *used = (size_t)(m.at - data);
    }
    bz_free_all(m.stack, m.marks, m.memo);
    return rc;
}

/* --- reading values --- */

bool pickle_is(const struct pickle_value *v, const char *name)
{
    return v && v->kind == PICKLE_OBJECT && v->made_by && v->made_by->kind == PICKLE_GLOBAL &&
           strcmp(v->made_by->text, name) == 0;
}

const struct pickle_value *pickle_item(const struct pickle_value *v, size_t k)
{
    return v && (v->kind == PICKLE_LIST || v->kind == PICKLE_TUPLE) && k < v->n ? v->items[k] : NULL;
}

bool pickle_text_is(const struct pickle_value *v, const char *text)
{
    return v && (v->kind == PICKLE_TEXT || v->kind == PICKLE_BYTES) && v->length == strlen(text) &&
           memcmp(v->text, text, v->length) == 0;
}

const struct pickle_value *pickle_get(const struct pickle_value *v, const char *key)
{
    if (v && v->kind == PICKLE_OBJECT && !v->keyed)
        v = v->state;
    for (size_t k = 0; v && (v->kind == PICKLE_DICT || v->keyed) && k + 1 < v->n; k += 2)
        if (pickle_text_is(v->items[k], key))
            return v->items[k + 1];
    return NULL;
}
