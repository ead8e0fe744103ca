#include "unlike.h"

#include "likeness.h"
#include "mem.h"

#include <stdio.h>

enum { SHOWN = 3, REMARK_ROOM = 480 }; /* columns named in a sentence */

struct unlike_column {
    struct bz_likeness is;
    bool said;
    char text[96]; /* what to call it */
};

static void begin(struct unlike_column *list, const struct train_table *t, const struct bz_columns *columns)
{
    for (size_t j = 0; j < t->columns; j++) {
        const long at = columns ? t->model[j].column : -1;
        train_table_column(t, j, list[j].text, sizeof(list[j].text));
        bz_likeness_begin(&list[j].is, at < 0 ? NULL : &columns->columns[at]);
    }
}

/* "age 14, income 2 and 3 more columns" */
static int say_missing(struct train_table *t, const struct unlike_column *list, struct bz_error *err)
{
    size_t all = 0, columns = 0, used = 0;
    char names[SHOWN * 112] = "", more[48] = "";
    for (size_t j = 0; j < t->columns; j++) {
        all += list[j].is.missing;
        if (list[j].is.missing == 0 || columns++ >= SHOWN)
            continue;
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s %zu", used ? ", " : "", list[j].text,
                                 list[j].is.missing);
    }
    if (all == 0)
        return 0;
    if (columns > SHOWN)
        snprintf(more, sizeof(more), " and %zu more column%s", columns - SHOWN, columns - SHOWN == 1 ? "" : "s");
    return train_table_say(t, err, "%zu of %zu values are missing (%s%s)", all, t->rows * t->columns, names, more);
}

/* What is unlike training about a column; false = nothing is. */
static bool write_column(const struct unlike_column *u, char *text, size_t room)
{
    char what[REMARK_ROOM - 120] = "";
    const enum bz_unlike kind = bz_likeness_judge(&u->is, what, sizeof(what));
    snprintf(text, room, "warning: %s: %s%s", u->text, what, kind == BZ_UNLIKE_MARK ? " --na-values takes it so" : "");
    return kind != BZ_UNLIKE_NOT;
}

/* Of the first rows only, if more follow. */
static int say_columns(struct train_table *t, struct unlike_column *list, size_t *shown, bool more, struct bz_error *err)
{
    char text[REMARK_ROOM], of[64] = "";
    if (more)
        snprintf(of, sizeof(of), " (in the first %zu rows)", t->rows);
    for (size_t j = 0; j < t->columns && *shown < SHOWN; j++) {
        if (!write_column(&list[j], text, sizeof(text)))
            continue;
        list[j].said = true;
        ++*shown;
        if (train_table_say(t, err, "%s%s", text, of) < 0)
            return -1;
    }
    return 0;
}

bool train_unlike_rest(struct train_unlike *u, char *text, size_t room)
{
    while (u->next < u->n && u->shown < SHOWN) {
        const struct unlike_column *c = &u->list[u->next++];
        if (c->said || !write_column(c, text, room))
            continue;
        u->shown++;
        return true;
    }
    return false;
}

void train_unlike_free(struct train_unlike *u)
{
    bz_free(u->list);
    *u = (struct train_unlike){0};
}

int train_table_say_unlike(struct train_table *t, const struct bz_columns *columns, const struct train_data_options *user,
                           struct bz_error *err)
{
    struct train_unlike one = {0}, *u = user->unlike ? user->unlike : &one;
    if (t->store == TRAIN_SPARSE || t->one_hot || user->some_columns)
        return 0;
    const bool first = !u->list;
    if (first) {
        if (!(u->list = bz_alloc(t->columns, sizeof(*u->list), err)))
            return -1;
        u->n = t->columns;
        begin(u->list, t, columns);
    }
    if (u->n != t->columns)
        return 0;
    for (size_t j = 0; j < t->columns; j++)
        t->gaps -= u->list[j].is.missing;
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < t->columns; j++)
            bz_likeness_see(&u->list[j].is, train_table_value(t, i, j));
    for (size_t j = 0; j < t->columns; j++)
        t->gaps += u->list[j].is.missing;
    int rc = user->window ? 0 : say_missing(t, u->list, err);
    if (rc == 0 && first)
        rc = say_columns(t, u->list, &u->shown, user->window, err);
    train_unlike_free(&one);
    return rc;
}
