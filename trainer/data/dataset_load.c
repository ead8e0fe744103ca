/* From the user's options to a data set: reads each file, makes its parts, sees that rows and labels agree. */
#include "classify.h"
#include "labels.h"
#include "mem.h"
#include "parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One --data argument. */
struct input {
    char name[BZ_NAME_ROOM]; /* layer it fills; "" = the user did not say */
    const char *path;
};

/* What a load goes by; everything is borrowed but the arrays. */
struct loader {
    struct train_data *d;
    const struct train_data_options *o;
    const struct train_data *like;
    const struct bz_machine *model;
    struct input *inputs; /* [o->data.n] */
    size_t n_inputs;
    struct train_wanted *wanted; /* [n_wanted] layers to fill, of like or model */
    size_t n_wanted;
    const char **categorical; /* [n_categorical] names of layers whose columns are categories */
    size_t n_categorical;
    const char *first_path; /* of the first table, whose rows the others must match */
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
                       "--data %s: '%s' is no layer name (letters, digits, _ and -; first a letter or digit)", text, in->name);
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

static int list_wanted(struct loader *l, struct bz_error *err)
{
    size_t most = l->like ? l->like->n_parts : l->model ? l->model->n_layers : 0;
    l->wanted = bz_alloc(most, sizeof(*l->wanted), err);
    l->categorical = bz_alloc(most, sizeof(*l->categorical), err);
    if (!l->wanted || !l->categorical)
        return -1;
    for (size_t i = 0; i < most; i++) {
        const struct train_part *p = l->like ? &l->like->parts[i] : NULL;
        const struct bz_layer *layer = p ? NULL : &l->model->layers[i];
        if (layer && layer->role != BZ_VISIBLE)
            continue;
        struct train_wanted *w = &l->wanted[l->n_wanted++];
        if (p)
            *w = (struct train_wanted){p->name, p->unit, p->size, p->groups, p->categories, p->n_categories, p};
        else
            *w = (struct train_wanted){layer->name, layer->unit, layer->size, layer->groups, NULL, 0, NULL};
        if (layer && layer->unit == BZ_SOFTMAX && layer->groups == 1 && layer->n_categories == layer->size) {
            w->categories = layer->categories;
            w->n_categories = layer->n_categories;
        }
        if (w->categories)
            l->categorical[l->n_categorical++] = w->name;
    }
    return 0;
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

static int refuse_input(const struct loader *l, const struct input *in, struct bz_error *err)
{
    char names[200] = "";
    for (size_t i = 0, used = 0; i < l->n_wanted && used + 8 < sizeof(names); i++)
        if (!l->wanted[i].categories)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.40s", used ? ", " : "", l->wanted[i].name);
    if (in->name[0])
        return bz_fail(err, BZ_BAD_USAGE, "--data %s=%s: there is no visible layer %s; there is %s", in->name, in->path,
                       in->name, names);
    return bz_fail(err, BZ_BAD_USAGE, "--data %s: there are several visible layers (%s): --data NAME=FILE says which", in->path,
                   names);
}

/* Those wanted layers that this input may fill, into may[]; the layer of numbers is the one of the input's name, or the only
 * one there is. */
static int wanted_for(const struct loader *l, const struct input *in, struct train_wanted *may, size_t *n, struct bz_error *err)
{
    size_t numbers = 0, plain = 0;
    *n = 0;
    for (size_t i = 0; i < l->n_wanted; i++) {
        const struct train_wanted *w = &l->wanted[i];
        if (w->categories) {
            may[(*n)++] = *w;
            continue;
        }
        plain++;
        if (in->name[0] && strcmp(w->name, in->name) != 0)
            continue;
        may[(*n)++] = *w;
        numbers++;
    }
    bool named_category = false; /* a layer of categories may be given by its name too */
    for (size_t i = 0; in->name[0] && i < l->n_wanted; i++)
        named_category = named_category || (l->wanted[i].categories && strcmp(l->wanted[i].name, in->name) == 0);
    if (l->n_wanted == 0)
        return 0;
    if (in->name[0] ? (numbers == 0 && !named_category) : plain > 1)
        return refuse_input(l, in, err);
    return 0;
}

/* Options about columns need a file that has columns. */
static int check_columns_options(const struct loader *l, bool some_text, bool some_archive, struct bz_error *err)
{
    const struct train_data_options *o = l->o;
    const char *option = o->header                          ? "header"
                         : o->exclude.n > 0                 ? "exclude"
                         : o->where.n > 0                   ? "where"
                         : o->categorical.n > 0             ? "categorical"
                         : o->label_column && !some_archive ? "label-column"
                                                            : NULL;
    if (option && !some_text)
        return bz_fail(err, BZ_BAD_USAGE, "--%s: none of the data files is a table of columns (CSV)", option);
    return 0;
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
    if (l->first_path && t->rows != l->d->rows)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu rows, %s has %zu: all data files must have the same", t->path, t->rows,
                       l->first_path, l->d->rows);
    if (t->labels && !t->sparse && l->d->labels)
        return bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: another file has a label column too", t->path);
    return 0;
}

/* NAME=FILE where the name is that of the model's label layer: its values, which are no labels to compare with. */
static int load_label_input(struct loader *l, const struct input *in, const struct bz_layer *layer, struct bz_error *err)
{
    const struct train_wanted wanted = {layer->name, layer->unit, layer->size, layer->groups, NULL, 0, NULL};
    const struct train_part_request q = {.name = layer->name, .wanted = &wanted, .n_wanted = 1, .user = l->o};
    struct train_table t;
    char digest[65];
    int rc = -1;
    if (l->o->labels)
        return bz_fail(err, BZ_BAD_USAGE, "--data %s=%s and --labels: layer %s takes one of them", in->name, in->path,
                       layer->name);
    if (train_labels_as_rows(&t, in->path, layer, train_gaps_accepted(l->o), digest, err) < 0)
        return -1;
    if (check_rows(l, &t, err) == 0 && note_file(l->d, in->path, digest, err) == 0)
        rc = train_parts_make(l->d, &t, &q, err);
    if (!l->first_path) {
        l->first_path = in->path;
        l->d->rows = t.rows;
    }
    train_table_free(&t);
    return rc;
}

/* One file: its table, its labels, its parts. */
static int load_input(struct loader *l, const struct input *in, bool *text, bool *archive, struct bz_error *err)
{
    const long label = l->model && in->name[0] ? bz_label_layer(l->model) : -1;
    if (label >= 0 && !strcmp(l->model->layers[label].name, in->name))
        return load_label_input(l, in, &l->model->layers[label], err);
    struct train_table t;
    struct train_wanted *may = bz_alloc(l->n_wanted, sizeof(*may), err);
    char digest[65];
    size_t n_may;
    int rc = -1;
    const struct train_table_options to = {.user = l->o,
                                           .categorical = l->categorical,
                                           .n_categorical = l->n_categorical,
                                           .numbers = l->n_wanted > 0 && l->n_categorical == 0};
    if (!may || wanted_for(l, in, may, &n_may, err) < 0 || train_table_read(&t, in->path, &to, digest, err) < 0) {
        bz_free(may);
        return -1;
    }
    *text = *text || t.text;
    *archive = *archive || (t.labels && !t.text && !t.sparse);
    const char *unit = setting_for(&l->o->unit, in);
    const struct train_part_request q = {
        .name = in->name[0] ? in->name : "visible",
        .unit = unit ? unit : setting_for(&l->o->visible_unit, in),
        .shape = setting_for(&l->o->shape, in),
        .wanted = l->like || l->model ? may : NULL,
        .n_wanted = n_may,
        .user = l->o,
    };
    if (check_rows(l, &t, err) < 0 || note_file(l->d, in->path, digest, err) < 0)
        goto out;
    if (!l->first_path) {
        l->first_path = in->path;
        l->d->rows = t.rows;
        if (l->o->labels && (train_labels_read(&t, l->o->labels, train_gaps_accepted(l->o), digest, err) < 0 ||
                             note_file(l->d, l->o->labels, digest, err) < 0))
            goto out;
    } else if (l->o->labels && t.labels && !t.sparse) {
        bz_fail(err, BZ_BAD_INPUT, "%s: two labels for one row: from --labels and from --label-column", t.path);
        goto out;
    }
    if (t.labels && !l->d->labels &&
        train_labels_settle(l->d, &t, l->o->labels ? l->o->labels : in->path, l->like, l->model, l->o->labels != NULL, err) < 0)
        goto out;
    rc = train_parts_make(l->d, &t, &q, err);
out:
    bz_free(may);
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
        return bz_fail(err, BZ_BAD_USAGE, "--scale: only bernoulli layers are scaled, and there is none");
    return 0;
}

int train_data_load(struct train_data **out, const struct train_data_options *o, const struct train_data *like,
                    const struct bz_machine *model, struct bz_error *err)
{
    struct loader l = {.o = o, .like = like, .model = model};
    bool text = false, archive = false;
    int rc = -1;
    l.d = bz_alloc(1, sizeof(*l.d), err);
    if (!l.d || split_inputs(&l, err) < 0 || check_settings(&l, "visible-unit", &o->visible_unit, err) < 0 ||
        check_settings(&l, "unit", &o->unit, err) < 0 || check_settings(&l, "shape", &o->shape, err) < 0 ||
        list_wanted(&l, err) < 0)
        goto out;
    l.d->files = bz_alloc(l.n_inputs + 1, sizeof(*l.d->files), err);
    if (!l.d->files)
        goto out;
    for (size_t i = 0; i < l.n_inputs; i++)
        if (load_input(&l, &l.inputs[i], &text, &archive, err) < 0)
            goto out;
    if (check_columns_options(&l, text, archive, err) < 0 || check_parts(&l, err) < 0)
        goto out;
    *out = l.d;
    l.d = NULL;
    rc = 0;
out:
    train_data_free(l.d);
    bz_free(l.inputs);
    bz_free(l.wanted);
    bz_free(l.categorical);
    return rc;
}
