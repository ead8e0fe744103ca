/* Text tables (core/table) as a format of data files. */
#include "mem.h"
#include "row_weights.h"
#include "table.h"
#include "text_table.h"
#include "turned.h"
#include "windows.h"

#include <string.h>
#include <unistd.h>

/* Text: no control bytes except line ends and tabs; UTF-16 has a byte order mark, or a 0 in every other byte. */
static bool matches(const uint8_t *data, size_t size)
{
    const size_t look = size < 4096 ? size : 4096;
    size_t zeros[2] = {0};
    if (size >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff)))
        return true;
    for (size_t i = 0; i < look; i++) {
        zeros[i % 2] += data[i] == 0;
        if (data[i] > 0 && data[i] < 32 && !strchr("\n\r\t\f", data[i]) && !(data[i] == 0x1a && i + 1 == size))
            return false;
    }
    return (zeros[0] == 0 && zeros[1] == 0) ||
           (look >= 4 && (zeros[0] == 0) != (zeros[1] == 0) && zeros[0] + zeros[1] > look / 3);
}

/* Columns of the text table -> those of the table. */
static int move_columns(struct train_table *t, struct bz_text_table *text, bool matched, struct bz_error *err)
{
    bool names = false, categories = false, booleans = false;
    for (size_t j = 0; j < text->columns; j++) {
        names = names || text->column[j].name[0];
        categories = categories || text->column[j].categories.n > 0;
        booleans = booleans || text->column[j].kind == BZ_COLUMN_BOOLEAN;
    }
    t->column_origin = bz_alloc(text->columns, sizeof(size_t), err);
    if (!t->column_origin || (matched && !(t->model = bz_alloc(text->columns, sizeof(*t->model), err))) ||
        (names && !(t->names = bz_alloc(text->columns, sizeof(char *), err))) ||
        (categories && !(t->categories = bz_alloc(text->columns, sizeof(*t->categories), err))) ||
        (booleans && !(t->boolean = bz_alloc(text->columns, sizeof(bool), err))))
        return -1;
    for (size_t j = 0; j < text->columns; j++) {
        struct bz_text_column *c = &text->column[j];
        t->column_origin[j] = c->origin;
        if (matched)
            t->model[j] = (struct train_place){c->model, c->within};
        if (names) {
            t->names[j] = c->name[0] ? c->name : NULL;
            if (c->name[0])
                c->name = NULL;
        }
        if (categories) {
            t->categories[j] = c->categories;
            c->categories = (struct bz_categories){0};
        }
        if (booleans)
            t->boolean[j] = c->kind == BZ_COLUMN_BOOLEAN;
    }
    return 0;
}

static int move_reading(struct train_table *t, struct bz_text_table *text, struct bz_error *err)
{
    for (size_t i = 0; i < text->n_said; i++)
        if (train_table_say(t, err, "%s", text->said[i]) < 0)
            return -1;
    for (size_t i = 0; i < text->n_left_out; i++)
        if (train_table_leave_out(t, text->left_out[i].column, text->left_out[i].name, text->left_out[i].why, err) < 0)
            return -1;
    return 0;
}

/* Hands the text over too, so that the table can be written again. */
static int keep_form(struct train_table *t, struct bz_text_table *text, struct train_source *s, struct bz_error *err)
{
    char *bytes = (char *)s->data;
    s->data = NULL;
    return bz_text_form_new(&t->form, text, bytes, s->size, err);
}

/* Hands over everything that is not copied. */
static int take_over(struct train_table *t, struct bz_text_table *text, bool matched, struct bz_error *err)
{
    t->rows = text->rows;
    t->columns = text->columns;
    t->file_rows = text->file_rows;
    t->file_columns = text->file_columns;
    t->text = true;
    t->store = TRAIN_F64;
    t->f64 = bz_take(&text->values);
    t->origin = bz_take(&text->origin);
    t->labels = bz_take(&text->labels);
    t->classes = text->classes;
    text->classes = (struct bz_categories){0};
    t->label_name = bz_take(&text->label_name);
    t->label_origin = text->label_origin;
    t->ids = bz_take(&text->ids);
    t->index_name = bz_take(&text->index_name);
    t->reading.left_cells = bz_take(&text->left_cells);
    t->reading.n_left_cells = text->n_left_cells;
    text->n_left_cells = 0;
    t->reading.unfound = bz_take(&text->unfound);
    t->reading.n_unfound = text->n_unfound;
    text->n_unfound = 0;
    return move_columns(t, text, matched, err) < 0 || move_reading(t, text, err) < 0 ? -1 : 0;
}

/* The file of --header, unless that is none or first. */
static int read_header_file(struct bz_table_options *to, const char *header, struct train_source *names, struct bz_error *err)
{
    if (!header)
        return 0;
    if (strcmp(header, "none") == 0 || strcmp(header, "first") == 0) {
        to->header = header[0] == 'n' ? BZ_HEADER_NONE : BZ_HEADER_FIRST;
        return 0;
    }
    if (access(header, F_OK) != 0)
        return bz_fail(err, BZ_BAD_USAGE, "--header: expected none, first or a file of names; there is no file '%.64s'",
                       header);
    if (train_source_read(names, header, err) < 0)
        return -1;
    to->names = (const char *)names->data;
    to->names_size = names->size;
    to->names_path = header;
    return 0;
}

static int read_separator(const char *text, char *out, struct bz_error *err)
{
    static const struct {
        const char *word;
        char separator;
    } words[] = {{"none", BZ_ONE_CELL}, {"tab", '\t'},  {"\\t", '\t'},     {"blank", ' '},
                 {"space", ' '},        {"comma", ','}, {"semicolon", ';'}};
    for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].word, text) == 0) {
            *out = words[i].separator;
            return 0;
        }
    if (!text)
        return 0;
    if (strlen(text) != 1 || text[0] == '"' || text[0] == '\n')
        return bz_fail(err, BZ_BAD_USAGE, "--sep: expected one character, or tab, blank or none, found '%.64s'", text);
    *out = text[0];
    return 0;
}

static int read_decimal(const char *text, char *out, struct bz_error *err)
{
    if (!text)
        return 0;
    if (strcmp(text, ",") != 0 && strcmp(text, ".") != 0)
        return bz_fail(err, BZ_BAD_USAGE, "--decimal: expected . or , found '%.64s'", text);
    *out = text[0];
    return 0;
}

static int read_csv(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    const struct train_data_options *user = o->user;
    const bool turn = user->transpose && !o->labels;
    /* Before a matrix is transposed its columns are not the model's. */
    const struct bz_columns *columns = turn ? NULL : o->columns;
    struct train_source names = {0};
    struct bz_text_table text = {0};
    struct bz_table_options to = {.categorical = user->categorical,
                                  .exclude = user->exclude,
                                  .include = user->include,
                                  .where = user->where,
                                  .label = o->labels ? "1" : user->label_column,
                                  .labelled = user->labels && !o->labels,
                                  .index = user->index_column,
                                  .weights = !o->labels && train_weights_are_column(user) ? user->weights : NULL,
                                  .gap_words = {(char **)(uintptr_t)user->na_values.items, user->na_values.n},
                                  .gaps = train_gaps_accepted(user),
                                  .unknown_missing = train_unknown_missing(user),
                                  .one_per_line = o->labels,
                                  .made = o->made,
                                  .compared = !o->labels && user->data.n > 1,
                                  .keep_layout = user->keep_text && !o->labels && !turn,
                                  .rest = user->window && !o->labels ? user->window->rest : NULL,
                                  .some = user->some_columns,
                                  .columns = columns};
    int rc = -1;
    if (read_separator(user->separator, &to.separator, err) < 0 || read_decimal(user->decimal, &to.decimal, err) < 0 ||
        read_header_file(&to, user->header, &names, err) < 0)
        return -1;
    if ((turn ? train_turned_read(&text, &t->turned, s->path, s->data, s->size, &to, o->columns, err)
              : bz_text_table_read(&text, s->path, s->data, s->size, &to, err)) == 0) {
        t->reading.separator = text.layout.dialect.separator;
        t->reading.named = text.named;
        t->reading.header = text.layout.header || text.layout.comment_length > 0;
        rc = to.keep_layout ? keep_form(t, &text, s, err) : 0;
    }
    if (rc == 0)
        rc = take_over(t, &text, (columns || t->turned) && o->columns && text.columns > 0 && text.column[0].model >= 0, err);
    bz_text_table_free(&text);
    train_source_free(&names);
    return rc < 0 ? -1 : o->labels ? 0 : train_table_check_size(s->path, t->rows, t->columns, err);
}

const struct train_format train_format_csv = {"CSV", matches, read_csv, false};
