/* Classes and objects in a pickle, and the arrays that joblib puts between the opcodes. */
#include "pickle_private.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static int push_global(struct pickle_machine *m, const char *module, size_t module_length, const char *name, size_t name_length)
{
    if (module_length + name_length > 1000)
        return pickle_damaged(m, "a name of more than 1000 letters");
    char *text = pickle_keep(m, bz_alloc(module_length + name_length + 2, 1, m->err));
    if (!text)
        return -1;
    memcpy(text, module, module_length);
    text[module_length] = '.';
    memcpy(text + module_length + 1, name, name_length);
    return pickle_push_text(m, PICKLE_GLOBAL, text, module_length + name_length + 1);
}

int pickle_line_global(struct pickle_machine *m)
{
    size_t module_length, name_length;
    const char *module = pickle_line(m, &module_length), *name = module ? pickle_line(m, &name_length) : NULL;
    return name ? push_global(m, module, module_length, name, name_length) : -1;
}

int pickle_stack_global(struct pickle_machine *m)
{
    const struct pickle_value *name = pickle_pop(m), *module = name ? pickle_pop(m) : NULL;
    if (!module)
        return -1;
    if (name->kind != PICKLE_TEXT || module->kind != PICKLE_TEXT)
        return pickle_damaged(m, "a global that is not text");
    return push_global(m, module->text, module->length, name->text, name->length);
}

/* NEWOBJ and REDUCE are alike here: nothing is called. */
int pickle_make_object(struct pickle_machine *m, bool keywords)
{
    if (keywords && !pickle_pop(m))
        return -1;
    const struct pickle_value *args = pickle_pop(m), *made_by = args ? pickle_pop(m) : NULL;
    struct pickle_value *v = made_by ? pickle_make(m, PICKLE_OBJECT) : NULL;
    if (!v)
        return -1;
    const bool again =
        made_by->kind == PICKLE_GLOBAL && args->n > 0 &&
        (strcmp(made_by->text, "copy_reg._reconstructor") == 0 || strcmp(made_by->text, "copyreg._reconstructor") == 0);
    v->made_by = again ? args->items[0] : made_by;
    v->args = args;
    return pickle_push(m, v);
}

/* OBJ: mark, class, arguments. INST: mark, arguments; the class is on two lines. */
int pickle_old_object(struct pickle_machine *m, bool in_lines)
{
    if (in_lines && pickle_line_global(m) < 0)
        return -1;
    struct pickle_value *class = in_lines ? pickle_pop(m) : NULL;
    if ((in_lines && !class) || pickle_collect(m, PICKLE_TUPLE) < 0)
        return -1;
    struct pickle_value *args = pickle_pop(m), *v = args ? pickle_make(m, PICKLE_OBJECT) : NULL;
    if (!v)
        return -1;
    if (!in_lines && args->n == 0)
        return pickle_damaged(m, "an object without a class");
    v->made_by = in_lines ? class : args->items[0];
    v->args = args;
    return pickle_push(m, v);
}

int pickle_push_storage(struct pickle_machine *m, const struct pickle_value *id)
{
    struct pickle_value *v = id ? pickle_make(m, PICKLE_STORAGE) : NULL;
    if (v)
        v->args = id;
    return pickle_push(m, v);
}

/* Bytes of one element by a dtype object; 0 = objects, SIZE_MAX = unknown. */
static size_t item_size(const struct pickle_value *dtype)
{
    const struct pickle_value *name = dtype && dtype->args ? pickle_item(dtype->args, 0) : NULL;
    char text[16];
    if (!pickle_is(dtype, "numpy.dtype") || !name || name->length < 2 || name->length >= sizeof(text))
        return SIZE_MAX;
    memcpy(text, name->text, name->length);
    text[name->length] = 0;
    const char *kind = strpbrk(text, "biufcSUVOMm");
    if (!kind || *kind == 'O')
        return kind ? 0 : SIZE_MAX;
    return (size_t)strtoul(kind + 1, NULL, 10) * (*kind == 'U' ? 4 : 1);
}

/* After joblib's wrapper has its state the array's bytes follow: since 0.14 after a byte that counts what is skipped. */
static int joblib_array(struct pickle_machine *m, struct pickle_value *wrapper)
{
    const struct pickle_value *shape = pickle_get(wrapper, "shape"), *dtype = pickle_get(wrapper, "dtype"),
                              *aligned = pickle_get(wrapper, "numpy_array_alignment_bytes");
    size_t count = 1;
    const size_t item = item_size(dtype);
    if (!shape || item == SIZE_MAX)
        return pickle_damaged(m, "joblib's array without a shape or type");
    for (size_t d = 0; d < shape->n; d++)
        if (shape->items[d]->kind != PICKLE_NUMBER || !(shape->items[d]->number >= 0 && shape->items[d]->number < 1e15) ||
            bz_mul(&count, count, (size_t)shape->items[d]->number) < 0)
            return pickle_damaged(m, "joblib's array with an invalid shape");
    if (item == 0) { /* objects: a separate pickle */
        struct pickle_machine inner = {
            .p = m->p, .data = m->data, .at = m->at, .end = m->end, .depth = m->depth + 1, .err = m->err};
        const int rc = m->depth >= PICKLE_MOST_NESTED ? pickle_damaged(m, "pickles in pickles") : pickle_run(&inner);
        m->at = inner.at;
        bz_free_all(inner.stack, inner.marks, inner.memo);
        return rc;
    }
    if (aligned && aligned->kind == PICKLE_NUMBER) {
        if (!pickle_have(m, 1) || !pickle_have(m, 1 + (size_t)m->at[0]))
            return -1;
        m->at += 1 + m->at[0];
    }
    if (bz_mul(&count, count, item) < 0 || count > (size_t)(m->end - m->at))
        return pickle_damaged(m, "joblib's array is cut off");
    struct pickle_value *inside = pickle_make(m, PICKLE_OBJECT); /* the wrapper moves into it, so that memos see the array */
    if (!inside)
        return -1;
    *inside = *wrapper;
    wrapper->items = NULL;
    wrapper->n = wrapper->room = 0;
    wrapper->kind = PICKLE_ARRAY;
    wrapper->args = inside;
    wrapper->data = m->at;
    wrapper->data_size = count;
    m->at += count;
    return 0;
}

int pickle_build(struct pickle_machine *m)
{
    const struct pickle_value *state = pickle_pop(m);
    struct pickle_value *v = state ? pickle_top(m) : NULL;
    if (!v)
        return -1;
    v->state = state;
    if (pickle_is(v, "joblib.numpy_pickle.NumpyArrayWrapper"))
        return joblib_array(m, v);
    return 0;
}
