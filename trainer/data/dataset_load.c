/* From the user's options to a data set: reads each file, makes its parts, checks that rows and labels agree. */
#include "classify.h"
#include "labels.h"
#include "mem.h"
#include "parts.h"
#include "row_pairs.h"
#include "row_weights.h"
#include "unit_names.h"
#include "unlike.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One --data argument. */
struct input {
    char name[BZ_NAME_ROOM]; /* layer it fills; "" = not specified */
    const char *path;
};

/* The settings of a load; everything is borrowed except the arrays. */
struct loader {
    struct train_data *d;
    const struct train_data_options *o;
    const struct train_data *like;
    const struct bz_machine *model;
    struct input *inputs; /* [o->data.n] */
    size_t n_inputs;
    const struct bz_columns *columns; /* those of like or the model; NULL = inferred */
    struct bz_columns own;            /* of a model without a memory of its table */
    bool layer;                       /* labels to be learned or compared with a layer: --labels, not --label-column */
    const char *first_path;           /* of the first table, whose rows the others must match */
    struct train_pairs pairs;         /* what the files so far say about the names of rows */
    size_t named, names;              /* parts whose units' names came from --header; how many names that file has */
};

/* NAME=FILE, unless a file of the whole name exists. */
static int split_argument(const char *text, struct input *in, struct bz_error *err)
{
    const char *equals = strchr(text, '=');
    *in = (struct input){.path = text};
    if (!equals || access(text, F_OK) == 0)
        return 0;
    if ((size_t)(equals - text) >= sizeof(in->name))
        return 0;
    memcpy(in->name, text, (size_t)(equals - text));
    if (!bz_name_is_valid(in->name)) {
        if (strchr(in->name, '/')) { /* a path with an equals sign further on */
            in->name[0] = 0;
            return 0;
        }
        return bz_fail(err, BZ_BAD_USAGE,
                       "--data %s: '%s' is not a layer name (letters, digits, _ and -; first a letter or digit)", text,
                       in->name);
    }
    in->path = equals + 1;
    if (!*in->path)
        return bz_fail(err, BZ_BAD_USAGE, "--data %s: a file is missing after =", text);
    return 0;
}

static int split_inputs(struct loader *l, struct bz_error *err)
{
    l->n_inputs = l->o->data.n;
    if (l->n_inputs == 0)
        return bz_fail(err, BZ_BAD_USAGE, "--data: a file of rows is needed");
    l->inputs = bz_alloc(l->n_inputs, sizeof(*l->inputs), err);
    if (!l->inputs)
        return -1;
    for (size_t i = 0; i < l->n_inputs; i++) {
        if (split_argument(l->o->data.items[i], &l->inputs[i], err) < 0)
            return -1;
        if (l->n_inputs > 1 && l->inputs[i].name[0] == 0)
            return bz_fail(err, BZ_BAD_USAGE, "--data %s: with several files each needs a name: --data NAME=%s",
                           l->inputs[i].path, l->inputs[i].path);
        for (size_t k = 0; k < i; k++)
            if (strcmp(l->inputs[k].name, l->inputs[i].name) == 0)
                return bz_fail(err, BZ_BAD_USAGE, "--data %s: %s is given twice", l->o->data.items[i], l->inputs[i].name);
    }
    return 0;
}

/* The columns to fill. */
static int list_columns(struct loader *l, const struct bz_columns *memory, struct bz_error *err)
{
    if (l->like)
        l->columns = &l->like->columns;
    else if (memory && memory->n > 0)
        l->columns = memory;
    else if (l->model && bz_columns_of_machine(&l->own, l->model, err) < 0)
        return -1;
    else if (l->model)
        l->columns = &l->own;
    for (size_t i = 0; i < l->own.n; i++)
        l->own.columns[i].scale = 0; /* unknown: inferred from the data */
    return 0;
}

/* Remembers the divisor of numbers, if the user or the data specified it. */
static void note_divisors(struct loader *l)
{
    for (size_t i = 0; l->columns && i < l->d->columns.n; i++) {
        struct bz_column *c = &l->d->columns.columns[i];
        const bool unknown = c->scale == 0;
        c->scale = unknown ? 1 : c->scale;
        for (size_t p = 0; (unknown || l->o->scale > 0) && c->kind == BZ_COLUMN_NUMBER && p < l->d->n_parts; p++)
            if (strcmp(l->d->parts[p].name, c->layer) == 0)
                c->scale = (double)l->d->parts[p].scale;
    }
}

/* What --unit or --shape says about an input: NAME=VALUE first, else a bare VALUE. */
static const char *setting_for(const struct bz_list *list, const struct input *in)
{
    const char *bare = NULL;
    size_t length = strlen(in->name);
    for (size_t i = 0; i < list->n; i++) {
        const char *equals = strchr(list->items[i], '=');
        if (!equals)
            bare = list->items[i];
        else if (length > 0 && (size_t)(equals - list->items[i]) == length && memcmp(list->items[i], in->name, length) == 0)
            return equals + 1;
        else if (length == 0 && strncmp(list->items[i], "visible=", 8) == 0)
            return equals + 1;
    }
    return bare;
}

/* NAME=VALUE settings of names that no --data has. */
static int check_settings(const struct loader *l, const char *option, const struct bz_list *list, struct bz_error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *equals = strchr(list->items[i], '=');
        bool known = !equals;
        for (size_t k = 0; equals && k < l->n_inputs; k++) {
            const char *name = l->inputs[k].name[0] ? l->inputs[k].name : "visible";
            known =
                known || (strlen(name) == (size_t)(equals - list->items[i]) && memcmp(name, list->items[i], strlen(name)) == 0);
        }
        if (!known)
            return bz_fail(err, BZ_BAD_USAGE, "--%s %s: no --data is called %.*s", option, list->items[i],
                           (int)(equals - list->items[i]), list->items[i]);
    }
    return 0;
}

/* The names by which the columns' files are distinguished: the source's, else the layer's. */
static const char *source_of(const struct bz_column *c)
{
    return c->source[0] ? c->source : c->kind == BZ_COLUMN_NUMBER && !c->name[0] ? c->layer : "";
}

static int refuse_input(const struct loader *l, const struct input *in, struct bz_error *err)
{
    char names[200] = "";
    for (size_t i = 0, used = 0; i < l->columns->n && used + 48 < sizeof(names); i++) {
        const struct bz_column *c = l->columns->columns;
        const char *source = source_of(&c[i])[0] ? source_of(&c[i]) : c[i].layer;
        bool again = !source[0];
        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(source_of(&c[k]), source) == 0 || strcmp(c[k].layer, source) == 0;
        if (!again)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", source);
    }
    if (in->name[0])
        return bz_fail(err, BZ_BAD_USAGE, "--data %s=%s: there is no visible layer %s; there is %s", in->name, in->path,
                       in->name, names);
    return bz_fail(err, BZ_BAD_USAGE, "--data %s: there are several visible layers (%s): --data NAME=FILE says which", in->path,
                   names);
}

/* The columns that this input fills: *view borrows them, its array is the caller's (bz_free). The name is that of a source, or
 * of a layer. */
static int columns_for(const struct loader *l, const struct input *in, struct bz_columns *view, struct bz_error *err)
{
    const char *only = NULL;
    bool several = false;
    *view = *l->columns;
    view->n = 0;
    if (!(view->columns = bz_alloc(l->columns->n, sizeof(*view->columns), err)))
        return -1;
    for (size_t i = 0; i < l->columns->n; i++) {
        const struct bz_column *c = &l->columns->columns[i];
        const char *source = source_of(c);
        if (in->name[0] && strcmp(source, in->name) != 0 && (source[0] || strcmp(c->layer, in->name) != 0) &&
            strcmp(c->layer, in->name) != 0)
            continue;
        if (!in->name[0] && source[0]) {
            several = several || (only && strcmp(only, source) != 0);
            only = source;
        }
        view->columns[view->n++] = *c;
    }
    if (several || (bz_columns_inputs(view) == 0 && in->name[0])) {
        bz_free(view->columns);
        return refuse_input(l, in, err);
    }
    return 0;
}

int train_check_column_options(const struct train_data_options *o, bool some_text, bool some_archive, struct bz_error *err)
{
    const char *option = o->exclude.n > 0                   ? "exclude"
                         : o->where.n > 0                   ? "where"
                         : o->include.n > 0                 ? "include"
                         : o->index_column                  ? "index-column"
                         : o->label_column && !some_archive ? "label-column"
                                                            : NULL;
    if (option && !some_text)
        return bz_fail(err, BZ_BAD_USAGE, "--%s: none of the data files is a table of columns (CSV)", option);
    return 0;
}

/* Options about columns need a file that has columns; names need one with as many units. */
static int check_columns_options(const struct loader *l, bool some_text, bool some_archive, struct bz_error *err)
{
    const struct train_data_options *o = l->o;
    if (train_header_is_file(o->header) && !l->named && !l->columns)
        return train_refuse_names(l->d, o->header, l->names, l->first_path, err);
    if (train_header_is_file(o->header) && l->columns && !some_text)
        return bz_fail(err, BZ_BAD_USAGE, "--header: none of the data files is a table of columns (CSV)");
    return train_check_column_options(o, some_text, some_archive, err);
}

static int note_file(struct train_data *d, const char *path, const char digest[65], struct bz_error *err)
{
    struct train_file *f = &d->files[d->n_files];
    f->path = bz_strdup(path, err);
    if (!f->path)
        return -1;
    memcpy(f->digest, digest, sizeof(f->digest));
    d->n_files++;
    return 0;
}

static int check_rows(const struct loader *l, const struct train_table *t, struct bz_error *err)
{
    char ways[250];
    if (l->first_path && t->rows != l->d->rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu rows, %s has %zu: all data files must have the same%s", t->path, t->rows,
                       l->first_path, l->d->rows, train_pairs_text(&l->pairs, t, ways, sizeof(ways)));
    if (t->labels && !t->sparse && l->d->labels)
        return bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: another file has a label column too", t->path);
    return 0;
}

/* NAME=FILE where the name is that of the model's label layer: its values, which are not labels to compare with. */
static int load_label_input(struct loader *l, const struct input *in, const struct bz_layer *layer, struct bz_error *err)
{
    struct bz_column column = {.kind = BZ_COLUMN_NUMBER, .size = layer->size, .scale = 1, .name = (char *)(uintptr_t) ""};
    const struct bz_columns columns = {.columns = &column, .n = 1, .base = -1};
    const struct train_layers layers = {.machine = l->model};
    memcpy(column.layer, layer->name, sizeof(column.layer));
    struct train_table t;
    char digest[65];
    int rc = -1;
    if (l->o->labels)
        return bz_fail(err, BZ_BAD_USAGE, "--data %s=%s and --labels: layer %s takes one of them", in->name, in->path,
                       layer->name);
    if (train_labels_as_rows(&t, in->path, layer, train_gaps_accepted(l->o), digest, err) < 0)
        return -1;
    if (check_rows(l, &t, err) == 0 && note_file(l->d, in->path, digest, err) == 0)
        rc = train_parts_fill(l->d, &t, &columns, &layers, l->o, err);
    if (!l->first_path) {
        l->first_path = in->path;
        l->d->rows = t.rows;
    }
    train_table_free(&t);
    return rc;
}

/* Labels of the first file: from --labels or along with the data. --labels may name an svmlight file itself, whose rows begin
 * with theirs. */
static int load_labels(struct loader *l, const struct input *in, struct train_table *t, bool first, struct bz_error *err)
{
    char digest[65];
    const bool in_front = l->o->labels && t->labels && t->sparse && strcmp(l->o->labels, in->path) == 0;
    if (first && l->o->labels && !in_front) {
        if (train_labels_read(t, l->o->labels, train_gaps_accepted(l->o), digest, err) < 0 ||
            note_file(l->d, l->o->labels, digest, err) < 0)
            return -1;
    } else if (l->o->labels && t->labels && !t->sparse) {
        return bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: from --labels and from --label-column", t->path);
    }
    if (!t->labels || l->d->labels)
        return 0;
    l->d->label_layer = l->layer;
    const char *path = l->o->labels ? l->o->labels : in->path, *name = l->o->labels ? path : t->label_name;
    if (train_labels_settle(l->d, t, path, l->like, l->model, train_unknown_missing(l->o), err) < 0)
        return -1;
    return l->layer && !l->like && !l->model ? train_labels_say(l->d, name && name[0] ? name : path, err) : 0;
}

/* The form's columns by their places among all that the model remembers. */
static void take_form(struct loader *l, struct train_table *t, const struct bz_columns *view)
{
    for (size_t j = 0; t->form && j < t->form->layout.fields; j++) {
        struct bz_form_column *c = &t->form->column[j];
        const char *name = c->model >= 0 ? view->columns[c->model].name : NULL; /* a view borrows names */
        c->model = -1;
        for (size_t i = 0; name && i < l->columns->n; i++)
            if (l->columns->columns[i].name == name)
                c->model = (long)i;
    }
    l->d->form = bz_take(&t->form);
}

static void take_ids(struct train_data *d, struct train_table *t)
{
    if (d->ids || !t->ids)
        return;
    d->ids = t->ids;
    d->index_name = t->index_name;
    t->ids = NULL;
    t->index_name = NULL;
}

/* --weights, for the rows of the first file. */
static int load_weights(struct loader *l, const struct train_table *t, struct bz_error *err)
{
    char digest[65], note[TRAIN_NOTE_ROOM];
    if (train_weights_read(&l->d->weights, t, l->o, digest, note, err) < 0 ||
        (digest[0] && note_file(l->d, l->o->weights, digest, err) < 0))
        return -1;
    return note[0] ? train_data_say(l->d, err, "%s", note) : 0;
}

static struct train_part_request request_for(const struct train_data_options *o, const struct input *in, size_t n_inputs)
{
    const char *unit = setting_for(&o->unit, in);
    return (struct train_part_request){
        .name = in->name[0] ? in->name : "visible",
        .unit = unit ? unit : setting_for(&o->visible_unit, in),
        .shape = setting_for(&o->shape, in),
        .source = n_inputs > 1 ? in->name : "",
        .user = o,
    };
}

static int check_all_settings(const struct loader *l, struct bz_error *err)
{
    return check_settings(l, "visible-unit", &l->o->visible_unit, err) < 0 || check_settings(l, "unit", &l->o->unit, err) < 0 ||
                   check_settings(l, "shape", &l->o->shape, err) < 0
               ? -1
               : 0;
}

int train_part_request_of(struct train_part_request *q, const struct train_data_options *o, struct bz_error *err)
{
    struct input only = {.path = ""};
    const struct loader l = {.o = o, .inputs = &only, .n_inputs = 1};
    *q = request_for(o, &only, 1);
    return check_all_settings(&l, err);
}

/* One file: its table, its labels, its parts. */
static int load_input(struct loader *l, const struct input *in, bool *text, bool *archive, struct bz_error *err)
{
    const long label = l->model && in->name[0] ? bz_label_layer(l->model) : -1;
    if (label >= 0 && !strcmp(l->model->layers[label].name, in->name))
        return load_label_input(l, in, &l->model->layers[label], err);
    struct train_table t;
    struct bz_columns view = {0};
    char digest[65];
    int rc = -1;
    if (l->columns && columns_for(l, in, &view, err) < 0)
        return -1;
    struct train_data_options user = *l->o;
    const struct train_table_options to = {.user = &user, .columns = l->columns ? &view : NULL};
    const bool first = !l->first_path;
    user.header = train_header_of(user.header, in->name);
    user.weights = first ? user.weights : NULL; /* a column of the first file */
    if (train_table_read(&t, in->path, &to, digest, err) < 0) {
        bz_free(view.columns);
        return -1;
    }
    *text = *text || t.text;
    l->named += t.reading.named;
    *archive = *archive || (t.labels && !t.text && !t.sparse);
    const struct train_part_request q = request_for(l->o, in, l->n_inputs);
    const struct train_layers layers = {l->like ? NULL : l->model, l->like};
    const size_t before = l->d->n_parts;
    if (!l->columns && train_gaps_accepted(l->o) && train_table_say_unlike(&t, NULL, l->o, err) < 0)
        goto out;
    if (check_rows(l, &t, err) < 0 || (l->n_inputs > 1 && train_rows_pair(&l->pairs, &t, err) < 0) ||
        note_file(l->d, in->path, digest, err) < 0 || train_weights_take(&l->d->weights, &t, l->o->weights != NULL, err) < 0)
        goto out;
    if (first) {
        l->first_path = in->path;
        l->d->rows = t.rows;
    }
    /* The labels go with the table, so that the remembered columns have their classes. */
    if ((l->columns                            ? train_parts_fill(l->d, &t, &view, &layers, l->o, err)
         : train_parts_settle(&t, &q, err) < 0 ? -1
                                               : train_parts_make(l->d, &t, &q, err)) < 0 ||
        load_labels(l, in, &t, first, err) < 0 || train_data_say_table(l->d, &t, err) < 0)
        goto out;
    if (!t.text && !l->columns && train_header_is_file(user.header) &&
        train_name_units(l->d, before, user.header, &l->named, &l->names, err) < 0)
        goto out;
    if (first && l->o->weights && load_weights(l, &t, err) < 0)
        goto out;
    take_ids(l->d, &t);
    if (l->n_inputs == 1 && l->columns)
        take_form(l, &t, &view);
    rc = 0;
out:
    bz_free(view.columns);
    train_table_free(&t);
    return rc;
}

static int check_parts(const struct loader *l, struct bz_error *err)
{
    const struct train_data *d = l->d;
    bool bernoulli = false;
    for (size_t i = 0; i < d->n_parts; i++) {
        bernoulli = bernoulli || d->parts[i].unit == BZ_BERNOULLI;
        for (size_t k = 0; k < i; k++)
            if (strcmp(d->parts[i].name, d->parts[k].name) == 0)
                return bz_fail(err, BZ_BAD_INPUT, "two columns or files would make a layer called %s; rename or --exclude one",
                               d->parts[i].name);
    }
    if (l->o->scale > 0 && !bernoulli)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--scale: only bernoulli layers are scaled, and there is none (--visible-unit bernoulli, --unit "
                       "NAME=bernoulli make one of levels)");
    return 0;
}

void train_labels_refuse(const struct train_data_options *o, struct bz_error *err)
{
    static const char prefix[] = "--label-column: ";
    char rest[sizeof(err->msg)];
    if (!train_labels_are_column(o) || strncmp(err->msg, prefix, sizeof(prefix) - 1) != 0)
        return;
    snprintf(rest, sizeof(rest), "%s", err->msg + sizeof(prefix) - 1);
    bz_fail(err, BZ_BAD_USAGE, "--labels %.64s: no such file, and %s", o->labels, rest);
}

bool train_labels_are_column(const struct train_data_options *o)
{
    return o->labels && access(o->labels, F_OK) != 0;
}

int train_data_load(struct train_data **out, const struct train_data_options *o, const struct train_data *like,
                    const struct bz_machine *model, const struct bz_columns *memory, struct bz_error *err)
{
    struct train_data_options without = *o; /* a column of labels is not used as input */
    struct loader l = {.o = &without, .like = like, .model = model, .layer = o->labels != NULL};
    bool text = false, archive = false;
    int rc = -1;
    l.d = bz_alloc(1, sizeof(*l.d), err);
    l.own.base = -1;
    if (l.d)
        l.d->columns.base = -1;
    if (o->labels && o->label_column) {
        bz_fail(err, BZ_BAD_USAGE, "--labels %s and --label-column %s: two labels for one row; expected one of them", o->labels,
                o->label_column);
        goto out;
    }
    if (train_labels_are_column(o)) {
        without.label_column = o->labels;
        without.labels = NULL;
    }
    if (!l.d || split_inputs(&l, err) < 0 || check_all_settings(&l, err) < 0 || list_columns(&l, memory, err) < 0)
        goto out;
    l.d->files = bz_alloc(l.n_inputs + 2, sizeof(*l.d->files), err);
    if (!l.d->files)
        goto out;
    for (size_t i = 0; i < l.n_inputs; i++)
        if (load_input(&l, &l.inputs[i], &text, &archive, err) < 0) {
            train_labels_refuse(o, err);
            goto out;
        }
    if (l.columns ? bz_columns_copy(&l.d->columns, l.columns, err) < 0
                  : bz_texts_copy(&l.d->columns.missing.words, &l.d->columns.missing.n, (char *const *)o->na_values.items,
                                  o->na_values.n, err) < 0)
        goto out;
    note_divisors(&l);
    if (!l.columns && train_remember_twice(l.d, err) < 0)
        goto out;
    if (train_pairs_finish(&l.pairs, err) < 0 || check_columns_options(&l, text, archive, err) < 0 ||
        check_parts(&l, err) < 0) {
        train_labels_refuse(o, err);
        goto out;
    }
    *out = bz_take(&l.d);
    rc = 0;
out:
    train_data_free(l.d);
    bz_free(l.inputs);
    train_pairs_free(&l.pairs);
    bz_columns_free(&l.own);
    return rc;
}
