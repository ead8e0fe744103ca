/* What the user specified about columns: by name, or by number from 1. */
#include "number_text.h"
#include "text_reader.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static int unknown_column(const struct bz_reader *r, const char *option, const char *name, size_t length, struct bz_error *err)
{
    char names[256] = "";
    for (size_t j = 0, used = 0; j < r->n && used + 48 < sizeof(names); j++)
        if (r->columns[j].name[0])
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", r->columns[j].name);
    char file[96] = ""; /* for weights: the name may be that of a file */
    if (strcmp(option, "weights") == 0)
        snprintf(file, sizeof(file), "there is no file '%.64s', and ", name);
    return bz_fail(err, BZ_BAD_USAGE, "--%s: %s%s has no column '%.*s'; it has %zu columns%s%s", option, file, r->path,
                   (int)(length < 64 ? length : 64), name, r->n, names[0] ? ", named " : " and no names (count from 1)", names);
}

/* Rows are kept, weighted and paired by columns that every file must have. */
static bool may_be_elsewhere(const struct bz_reader *r, const char *option)
{
    return r->o->compared && strcmp(option, "where") != 0 && strcmp(option, "weights") != 0 &&
           strcmp(option, "index-column") != 0;
}

/* 1: there is none, but another file may have it. */
static int find_column(const struct bz_reader *r, const char *option, const char *name, size_t length, size_t *column,
                       struct bz_error *err)
{
    for (size_t j = 0; length > 0 && j < r->n; j++)
        if (strlen(r->columns[j].name) == length && memcmp(r->columns[j].name, name, length) == 0) {
            *column = j;
            return 0;
        }
    double number;
    if (bz_parse_number(name, length, &number) == 0 && number >= 1 && number <= (double)r->n &&
        number == (double)(size_t)number) {
        *column = (size_t)number - 1;
        return 0;
    }
    if (!may_be_elsewhere(r, option) || !err)
        return unknown_column(r, option, name, length, err);
    return bz_texts_say(&r->t->unfound, &r->t->n_unfound, err, "%s: %.*s", option, (int)(length < 64 ? length : 64), name) < 0
               ? -1
               : 1;
}

enum mark { MARK_INCLUDE, MARK_EXCLUDE, MARK_CATEGORY };
static const char *const mark_names[] = {"include", "exclude", "categorical"};

static int mark_column(struct bz_reader *r, size_t j, enum mark mark, struct bz_error *err)
{
    struct bz_reader_column *c = &r->columns[j];
    char column[96];
    if (mark == MARK_EXCLUDE && c->included)
        return bz_fail(err, BZ_BAD_USAGE, "--exclude and --include both name %s; expected one of them",
                       bz_reader_column_text(r, j, column, sizeof(column)));
    if (mark == MARK_EXCLUDE)
        return c->role != BZ_USE_INPUT ? 0 : (c->option = "exclude", bz_reader_leave_out(r, j, "as asked (--exclude)", err));
    c->kept = true;
    c->included = c->included || mark == MARK_INCLUDE;
    if (mark == MARK_CATEGORY) {
        c->kind = BZ_COLUMN_CATEGORY;
        c->decided = true;
    }
    return 0;
}

static int mark_columns(struct bz_reader *r, const struct bz_list *list, enum mark mark, struct bz_error *err)
{
    const char *option = mark_names[mark];
    size_t j;
    for (size_t i = 0; i < list->n; i++) {
        const char *text = list->items[i];
        if (strchr(text, ',') && find_column(r, option, text, strlen(text), &j, NULL) == 0) {
            if (mark_column(r, j, mark, err) < 0) /* a name with a comma in it */
                return -1;
            continue;
        }
        for (const char *p = text;; p++) {
            const size_t length = strcspn(p, ",");
            const int none = find_column(r, option, p, length, &j, err);
            if (none < 0 || (none == 0 && mark_column(r, j, mark, err) < 0))
                return -1;
            p += length;
            if (*p == 0)
                break;
        }
    }
    return 0;
}

static int read_conditions(struct bz_reader *r, struct bz_error *err)
{
    r->where = bz_alloc(r->o->where.n, sizeof(*r->where), err);
    if (!r->where)
        return -1;
    for (; r->n_where < r->o->where.n; r->n_where++) {
        struct bz_condition *w = &r->where[r->n_where];
        const char *text = r->o->where.items[r->n_where], *equals = strchr(text, '=');
        if (!equals || equals == text)
            return bz_fail(err, BZ_BAD_USAGE, "--where: expected COLUMN=VALUE, found '%.64s'", text);
        w->negated = equals[-1] == '!';
        if (find_column(r, "where", text, (size_t)(equals - text) - w->negated, &w->column, err) < 0)
            return -1;
        w->text = equals + 1;
        w->numeric = bz_parse_number(w->text, strlen(w->text), &w->number) == 0;
    }
    return 0;
}

/* A column that an option uses for something other than an input; only one such use each. */
static int take_column(struct bz_reader *r, const char *option, const char *name, size_t j, enum bz_use role,
                       struct bz_error *err)
{
    struct bz_reader_column *c = &r->columns[j];
    if (c->option || c->included)
        return bz_fail(err, BZ_BAD_USAGE, "--%s %.64s: --%s names this column too; expected one of them", option, name,
                       c->option ? c->option : "include");
    c->option = option;
    if (role == BZ_USE_LEFT_OUT)
        return bz_reader_leave_out(r, j, "weights of the rows (--weights)", err);
    c->role = role;
    return 0;
}

static int take_out(struct bz_reader *r, const char *option, const char *name, enum bz_use role, struct bz_error *err)
{
    size_t j;
    if (!name)
        return 0;
    const int none = find_column(r, option, name, strlen(name), &j, err);
    return none < 0 ? -1 : none ? 0 : take_column(r, option, name, j, role, err);
}

int bz_reader_roles(struct bz_reader *r, struct bz_error *err)
{
    const struct bz_table_options *o = r->o;
    if (mark_columns(r, &o->include, MARK_INCLUDE, err) < 0 || take_out(r, "label-column", o->label, BZ_USE_LABEL, err) < 0 ||
        take_out(r, "index-column", o->index, BZ_USE_INDEX, err) < 0 ||
        (o->first_index && take_column(r, "index-column", "1", 0, BZ_USE_INDEX, err) < 0) ||
        take_out(r, "weights", o->weights, BZ_USE_LEFT_OUT, err) < 0)
        return -1;
    if (!o->index && !o->first_index && r->t->layout.header && r->t->layout.row_names && !r->columns[0].included &&
        !r->columns[0].option && bz_reader_leave_out(r, 0, "names of rows (the header has one name less)", err) < 0)
        return -1;
    return mark_columns(r, &o->exclude, MARK_EXCLUDE, err) < 0 || mark_columns(r, &o->categorical, MARK_CATEGORY, err) < 0
               ? -1
               : read_conditions(r, err);
}
