#include "turned.h"

#include "float_text.h"
#include "mem.h"
#include "text_stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether the first column of the file names its rows: it is left out for what it holds, or has another word in each. */
static bool first_names_rows(const struct bz_text_table *t)
{
    for (size_t i = 0; i < t->n_left_out; i++)
        if (t->left_out[i].column == 0)
            return strncmp(t->left_out[i].why, "as asked", 8) != 0;
    return t->columns > 1 && t->column[0].origin == 0 && t->column[0].kind == BZ_COLUMN_CATEGORY &&
           t->column[0].categories.n == t->rows;
}

static bool has_names(const struct bz_text_table *t)
{
    for (size_t j = 0; j < t->columns; j++)
        if (t->column[j].name[0])
            return true;
    return false;
}

/* All that is left are numbers; what was left out was so on request. */
static int check(const struct bz_text_table *t, const char *path, struct bz_error *err)
{
    for (size_t i = 0; i < t->n_left_out; i++)
        if (strncmp(t->left_out[i].why, "as asked", 8) != 0)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: --transpose: column %zu (%.64s) would become a row, but its cells are no numbers to learn: %s "
                           "(--exclude %zu leaves the column out)",
                           path, t->left_out[i].column + 1, t->left_out[i].name, t->left_out[i].why, t->left_out[i].column + 1);
    for (size_t j = 0; j < t->columns; j++)
        if (t->column[j].kind == BZ_COLUMN_CATEGORY)
            return bz_fail(
                err, BZ_BAD_INPUT,
                "%s: --transpose: column %zu (%.64s) would become a row, but holds words; expected numbers (--exclude "
                "%zu leaves it out, --index-column %zu makes its words the names of columns)",
                path, t->column[j].origin + 1, t->column[j].name, t->column[j].origin + 1, t->column[j].origin + 1);
    return t->columns > 0 ? 0 : bz_fail(err, BZ_BAD_INPUT, "%s: --transpose: no column of numbers is left", path);
}

static void put_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++)
        fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, to);
    fputc('"', to);
}

static void put_table(FILE *to, const struct bz_text_table *t, bool header)
{
    char number[BZ_DOUBLE_ROOM];
    if (t->ids) {
        fputs(header ? "\"\"" : "", to);
        for (size_t i = 0; i < t->rows; i++) {
            fputs(header || i ? "," : "", to);
            put_text(to, t->ids[i]);
        }
        fputc('\n', to);
    }
    for (size_t j = 0; j < t->columns; j++) {
        if (header)
            put_text(to, t->column[j].name);
        for (size_t i = 0; i < t->rows; i++) {
            const double x = t->values[i * t->columns + j];
            fputs(header || i ? "," : "", to);
            if (!isnan(x) && bz_double_cell(x, number))
                fputs(number, to);
        }
        fputc('\n', to);
    }
}

static int read_again(struct bz_text_table *out, const struct bz_text_table *t, const char *path,
                      const struct bz_table_options *to, const struct bz_columns *columns, struct bz_error *err)
{
    const bool header = has_names(t);
    struct bz_text text;
    const struct bz_table_options with = {.separator = ',',
                                          .decimal = '.',
                                          .header = t->ids ? BZ_HEADER_FIRST : BZ_HEADER_NONE,
                                          .first_index = header,
                                          .labelled = to->labelled,
                                          .gap_words = to->gap_words,
                                          .gaps = to->gaps,
                                          .unknown_missing = to->unknown_missing,
                                          .compared = to->compared,
                                          .some = to->some,
                                          .made = true,
                                          .columns = columns};
    FILE *lines = bz_text_begin(&text, err);
    if (!lines)
        return -1;
    put_table(lines, t, header);
    int rc = bz_text_end(&text, "a table turned round", err);
    if (rc == 0)
        rc = bz_text_table_read(out, path, text.text, text.size, &with, err);
    bz_text_free(&text);
    return rc;
}

/* What was said of the file's layout stays; what was said of its columns is about rows now. */
static int say(struct bz_text_table *out, const struct bz_text_table *t, const struct bz_table_options *to,
               struct bz_error *err)
{
    if (!to->made && t->n_said > 0 && bz_texts_say(&out->said, &out->n_said, err, "%s", t->said[0]) < 0)
        return -1;
    return bz_texts_say(&out->said, &out->n_said, err,
                        "turned round (--transpose): a row for each column%s, a column for each row%s",
                        has_names(t) ? ", with its name" : "", t->ids ? ", with its name" : "");
}

int train_turned_read(struct bz_text_table *out, bool *turned, const char *path, const void *bytes, size_t size,
                      const struct bz_table_options *to, const struct bz_columns *columns, struct bz_error *err)
{
    struct bz_table_options with = *to;
    struct bz_text_table t;
    with.columns = NULL;
    *turned = false;
    if (bz_text_table_read(&t, path, bytes, size, &with, err) < 0)
        return -1;
    if (!with.index && first_names_rows(&t)) {
        bz_text_table_free(&t);
        with.first_index = true;
        if (bz_text_table_read(&t, path, bytes, size, &with, err) < 0)
            return -1;
    }
    if (t.labels || with.weights) {
        bz_text_table_free(&t);
        return bz_fail(err, BZ_BAD_USAGE,
                       "--transpose: %s: a column of labels or weights would be a row; expected a file of them, a line for "
                       "each column",
                       path);
    }
    if (!t.ids && !has_names(&t)) {
        *out = t;
        return 0;
    }
    int rc = check(&t, path, err);
    if (rc == 0 && (rc = read_again(out, &t, path, to, columns, err)) < 0) {
        const struct bz_error own = *err;
        if (own.code == BZ_BAD_INPUT)
            bz_fail(err, own.code,
                    "%s (rows, lines and columns of the table turned round: --exclude leaves out those of the file)", own.msg);
    }
    if (rc == 0 && (rc = say(out, &t, to, err)) < 0)
        bz_text_table_free(out);
    *turned = rc == 0;
    bz_text_table_free(&t);
    return rc;
}
