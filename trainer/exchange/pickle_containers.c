/* Lists, tuples, dictionaries and marks of a pickle. */
#include "pickle_private.h"

int pickle_collect(struct pickle_machine *m, enum pickle_kind kind)
{
    const long from = pickle_take_mark(m);
    struct pickle_value *v = from < 0 ? NULL : pickle_make(m, kind);
    if (!v)
        return -1;
    for (size_t i = (size_t)from; i < m->n; i++)
        if (pickle_add_item(m, v, m->stack[i]) < 0)
            return -1;
    m->n = (size_t)from;
    return pickle_push(m, v);
}

static int pickle_small_tuple(struct pickle_machine *m, size_t n)
{
    struct pickle_value *v = pickle_make(m, PICKLE_TUPLE), *items[3];
    for (size_t k = n; v && k-- > 0;)
        if (!(items[k] = pickle_pop(m)))
            return -1;
    for (size_t k = 0; v && k < n; k++)
        if (pickle_add_item(m, v, items[k]) < 0)
            return -1;
    return pickle_push(m, v);
}

/* Adds what stands above the mark (or the topmost `n`) to the container below. */
static int pickle_extend(struct pickle_machine *m, size_t n, bool keyed)
{
    const long mark = n ? (long)m->n - (long)n : pickle_take_mark(m);
    const size_t from = (size_t)mark;
    if (mark < 1 || (m->n_marks > 0 && m->marks[m->n_marks - 1] >= from))
        return mark < 0 && !n ? -1 : pickle_damaged(m, "no container");
    struct pickle_value *to = m->stack[from - 1];
    if (to->kind != PICKLE_LIST && to->kind != PICKLE_DICT && to->kind != PICKLE_OBJECT)
        return pickle_damaged(m, "items for something that is not a container");
    if (keyed && (m->n - from) % 2 != 0)
        return pickle_damaged(m, "a key without a value");
    to->keyed = to->keyed || keyed;
    for (size_t i = from; i < m->n; i++)
        if (pickle_add_item(m, to, m->stack[i]) < 0)
            return -1;
    m->n = from;
    return 0;
}

static int pickle_put_mark(struct pickle_machine *m)
{
    if (pickle_grow(&m->marks, &m->marks_room, m->n_marks + 1, sizeof(*m->marks), m->err) < 0)
        return -1;
    m->marks[m->n_marks++] = m->n;
    return 0;
}

static int pickle_pop_mark(struct pickle_machine *m)
{
    const long from = pickle_take_mark(m);
    if (from >= 0)
        m->n = (size_t)from;
    return from < 0 ? -1 : 0;
}

static int pickle_pop_one(struct pickle_machine *m)
{
    if (m->n_marks > 0 && m->marks[m->n_marks - 1] == m->n) {
        m->n_marks--;
        return 0;
    }
    return pickle_pop(m) ? 0 : -1;
}

int pickle_container(struct pickle_machine *m, uint8_t op, bool *known)
{
    *known = true;
    switch (op) {
    case ']':
    case 0x8f:
        return pickle_push(m, pickle_make(m, PICKLE_LIST));
    case '}':
        return pickle_push(m, pickle_make(m, PICKLE_DICT));
    case ')':
        return pickle_push(m, pickle_make(m, PICKLE_TUPLE));
    case 'l':
    case 0x91:
        return pickle_collect(m, PICKLE_LIST);
    case 't':
        return pickle_collect(m, PICKLE_TUPLE);
    case 'd':
        return pickle_collect(m, PICKLE_DICT);
    case 0x85:
    case 0x86:
    case 0x87:
        return pickle_small_tuple(m, op - 0x84u);
    case 'a':
        return pickle_extend(m, 1, false);
    case 'e':
    case 0x90:
        return pickle_extend(m, 0, false);
    case 's':
        return pickle_extend(m, 2, true);
    case 'u':
        return pickle_extend(m, 0, true);
    case '(':
        return pickle_put_mark(m);
    case '0':
        return pickle_pop_one(m);
    case '1':
        return pickle_pop_mark(m);
    case '2':
        return pickle_push(m, pickle_top(m));
    default:
        *known = false;
        return 0;
    }
}
