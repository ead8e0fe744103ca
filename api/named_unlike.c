/* What the rows of a request are unlike in training: columns in other units, numbers that stand for gaps. */
#include "named_fill.h"

#include "json_write.h"
#include "likeness.h"
#include "stop.h"

#include <stdio.h>

enum { SHOWN = 3, REMARK_ROOM = 480 };

int api_table_name(struct api_buffer *b, const char *text, struct api_fault *fault)
{
    struct json_writer w = json_writer(b);
    if (b->size)
        api_buffer_add(b, ",", 1);
    json_text(&w, text);
    api_buffer_add(b, "", 1);
    if (b->failed)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    b->size--;
    return 0;
}

static int note(struct api_table *t, const char *name, const char *what, struct api_fault *fault)
{
    char text[REMARK_ROOM];
    snprintf(text, sizeof(text), "%.80s: %s", name, what);
    return api_table_name(&t->unlike, text, fault) < 0 || api_table_name(&t->unlike_names, name, fault) < 0 ? -1 : 0;
}

int api_table_compare(struct api_call *call, struct api_fault *fault)
{
    struct api_table *t = call->job->table;
    char what[REMARK_ROOM - 100];
    for (size_t j = 0, shown = 0; j < t->columns.n && shown < SHOWN; j++) {
        const struct bz_column *c = &t->columns.columns[j];
        struct bz_likeness u;
        bz_likeness_begin(&u, c);
        if (!(u.sd > 0) || !t->given[j] || !c->name[0])
            continue;
        for (size_t r = 0; r < t->n && !bz_stopping_row(r, 1); r++)
            bz_likeness_see(&u, t->cells[r * t->n_slots + t->slot[j]]);
        if (bz_likeness_judge(&u, what, sizeof(what)) == BZ_UNLIKE_NOT)
            continue;
        shown++;
        if (note(t, c->name, what, fault) < 0)
            return -1;
    }
    return 0;
}
