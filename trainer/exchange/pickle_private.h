/* The machine that reads opcodes; what the files about pickles share. Functions return 0, or -1 with the error set. */
#ifndef EXCHANGE_PICKLE_PRIVATE_H
#define EXCHANGE_PICKLE_PRIVATE_H

#include "pickle.h"

/* One run over the opcodes. */
struct pickle_machine {
    struct pickle *p;
    const uint8_t *data, *at, *end;
    struct pickle_value **stack;
    size_t n, room;
    size_t *marks;
    size_t n_marks, marks_room;
    struct pickle_value **memo;
    size_t memo_room, memo_next;
    int depth;
    struct bz_error *err;
};

enum { PICKLE_MOST_STACK = 1 << 22, PICKLE_MOST_NESTED = 8 };

/* Makes room for `needed` elements in an array that grows. */
int pickle_grow(void *array, size_t *room, size_t needed, size_t size, struct bz_error *err);

/* A new value, the reader's; NULL without memory. */
struct pickle_value *pickle_make(struct pickle_machine *m, enum pickle_kind kind);
int pickle_add_item(struct pickle_machine *m, struct pickle_value *to, struct pickle_value *item);
/* Takes over a text. */
char *pickle_keep(struct pickle_machine *m, char *text);
/* "damaged at byte ...", -1 */
int pickle_damaged(struct pickle_machine *m, const char *what);

/* Puts a value on top of the stack. */
int pickle_push(struct pickle_machine *m, struct pickle_value *v);
/* The topmost value above the last mark, taken off or left; NULL with the error set. */
struct pickle_value *pickle_pop(struct pickle_machine *m);
struct pickle_value *pickle_top(struct pickle_machine *m);
/* Where the values above the last mark begin; the mark goes. -1 if there is none. */
long pickle_take_mark(struct pickle_machine *m);

/* Whether n bytes are left; the next n as a number; a line without its end. */
bool pickle_have(struct pickle_machine *m, size_t n);
uint64_t pickle_little(struct pickle_machine *m, size_t n);
const char *pickle_line(struct pickle_machine *m, size_t *length);
int pickle_push_text(struct pickle_machine *m, enum pickle_kind kind, const char *text, size_t length);
int pickle_push_line_text(struct pickle_machine *m, bool quoted);
int pickle_collect(struct pickle_machine *m, enum pickle_kind kind);

/* Classes, functions, objects; nothing is called. */
int pickle_line_global(struct pickle_machine *m);
int pickle_stack_global(struct pickle_machine *m);
int pickle_make_object(struct pickle_machine *m, bool keywords);
int pickle_old_object(struct pickle_machine *m, bool in_lines);
int pickle_push_storage(struct pickle_machine *m, const struct pickle_value *id);
int pickle_build(struct pickle_machine *m);

/* Opcodes by their kind: *known = false if it is another. */
int pickle_simple(struct pickle_machine *m, uint8_t op, bool *known);
int pickle_container(struct pickle_machine *m, uint8_t op, bool *known);
int pickle_run(struct pickle_machine *m);

#endif
