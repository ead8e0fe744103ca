#include "layer_values.h"

#include "classify.h"
#include "float_text.h"
#include "mem.h"
#include "row_tiles.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

int train_values_new(struct train_values *v, const struct bz_machine *m, size_t n, long only, struct bz_error *err)
{
    *v = (struct train_values){.m = m, .n = n};
    v->x = bz_alloc(m->n_layers, sizeof(float *), err);
    if (!v->x)
        return -1;
    for (size_t l = 0; l < m->n_layers; l++) {
        size_t count;
        if (only < 0 ? !bz_is_visible(&m->layers[l]) : (long)l != only)
            continue;
        if (bz_mul(&count, n, m->layers[l].size) < 0) {
            train_values_free(v);
            return bz_fail(err, BZ_TOO_LARGE, "%zu rows of %zu units do not fit memory", n, m->layers[l].size);
        }
        v->x[l] = bz_alloc(count, sizeof(float), err);
        if (!v->x[l]) {
            train_values_free(v);
            return -1;
        }
    }
    return 0;
}

void train_values_free(struct train_values *v)
{
    for (size_t l = 0; v->x && l < v->m->n_layers; l++)
        bz_free(v->x[l]);
    bz_free(v->x);
    bz_columns_free(&v->table);
    *v = (struct train_values){0};
}

void train_values_store(struct train_values *v, const struct bz_state *s, size_t first, size_t n)
{
    for (size_t l = 0; l < v->m->n_layers; l++) {
        const size_t size = v->m->layers[l].size;
        if (v->x[l])
            memcpy(v->x[l] + first * size, s->x[l], n * size * sizeof(float));
    }
}

int train_values_layer(const struct bz_model *model, const char *name, enum train_output format, long *layer,
                       struct bz_error *err)
{
    const struct bz_machine *m = model->machine;
    struct bz_columns table = {0};
    bool named = false;
    long only = -1;
    size_t chosen, visible = 0;
    if (!name && format == TRAIN_OUT_CSV && model->table) {
        if (bz_columns_parse(&table, model->table, m, err) < 0)
            return -1;
        named = bz_columns_named(&table);
        bz_columns_free(&table);
    }
    for (size_t l = 0; l < m->n_layers; l++) {
        visible += bz_is_visible(&m->layers[l]);
        if (m->layers[l].role == BZ_VISIBLE)
            only = only == -1 ? (long)l : -2;
    }
    if (!name && visible > 1 && (format == TRAIN_OUT_NPZ || named)) {
        *layer = -1;
        return 0;
    }
    if (train_layer_choice(m, name, true, only, &chosen, err) < 0)
        return -1;
    *layer = (long)chosen;
    return 0;
}

/* The columns of an alignment: positions without names, each with the same letters, the first of which is the gap. */
static bool of_alignment(const struct bz_columns *t)
{
    for (size_t j = 0; j < t->n; j++) {
        const struct bz_column *c = &t->columns[j], *first = &t->columns[0];
        if (c->kind != BZ_COLUMN_CATEGORY || c->name[0] || c->n_categories != first->n_categories ||
            strcmp(c->layer, first->layer) != 0 || strcmp(c->categories[0], "-") != 0)
            return false;
        for (size_t k = 0; k < c->n_categories; k++)
            if (strlen(c->categories[k]) != 1 || strcmp(c->categories[k], first->categories[k]) != 0)
                return false;
    }
    return t->n > 0;
}

int train_values_as_table(struct train_values *v, const struct bz_model *model, const char *path, struct bz_error *err)
{
    if (!model->table || bz_columns_parse(&v->table, model->table, model->machine, err) < 0)
        return model->table ? -1 : 0;
    const bool named = bz_columns_named(&v->table), letters = !named && of_alignment(&v->table);
    v->fasta = letters && (!path || !strcmp(path, "-"));
    if (!named && !letters)
        bz_columns_free(&v->table);
    return 0;
}

/* The units of the label layer whose classes are to stand in a column, or NULL. */
static const float *classes_of(const struct train_values *v, const struct bz_column *c)
{
    const long l = v->classes && c->kind == BZ_COLUMN_LABEL && c->name[0] ? bz_label_layer(v->m) : -1;
    return l >= 0 && v->m->layers[l].size == c->n_categories ? v->x[l] : NULL;
}

/* The name of the most probable class. */
static const char *class_text(const struct bz_column *c, const float *x)
{
    size_t best = 0;
    for (size_t k = 1; k < c->n_categories; k++)
        best = x[k] > x[best] ? k : best;
    return c->categories[best];
}

/* A column's cell of row `row`: its text, borrowed or in room[BZ_VALUE_ROOM]. */
static const char *cell_text(const struct train_values *v, const struct bz_column *c, size_t within, size_t row, char *room)
{
    const float *classes = classes_of(v, c);
    if (classes)
        return class_text(c, classes + row * c->n_categories);
    const size_t l = (size_t)bz_machine_find(v->m, c->layer);
    const struct bz_layer *layer = &v->m->layers[l];
    const float *x = v->x[l] + row * layer->size;
    if (c->kind != BZ_COLUMN_BOOLEAN)
        return bz_column_text_of(c, bz_column_value_of(c, within, x, layer, NULL), '.', room);
    bz_float_cell((float)bz_unit_upper(layer, (double)x[c->unit]), room);
    return room;
}

/* The units of a column that stand side by side in the table; 0 = it does not go out. */
static size_t cells_of(const struct train_values *v, const struct bz_column *c)
{
    return !bz_column_is_input(c) ? classes_of(v, c) != NULL : bz_column_width(c);
}

/* A sequence under its name, or its number from 1 (names in an alignment are not kept with its rows). */
static int fasta_row(const struct train_values *v, struct train_lines *out, size_t row, struct bz_error *err)
{
    char room[BZ_VALUE_ROOM];
    snprintf(room, sizeof(room), "sequence%zu", row + 1);
    const char *name = v->ids.texts ? v->ids.texts[row] : room;
    int rc = train_lines_write(out, ">", 1, err) < 0 || train_lines_write(out, name, strlen(name), err) < 0 ||
                     train_lines_write(out, "\n", 1, err) < 0
                 ? -1
                 : 0;
    for (size_t j = 0; rc == 0 && j < v->table.n; j++)
        rc = train_lines_write(out, cell_text(v, &v->table.columns[j], 0, row, room), 1, err);
    return rc < 0 ? -1 : train_lines_write(out, "\n", 1, err);
}

/* The header (row -1), or a row. */
static int table_row(const struct train_values *v, struct train_lines *out, long row, struct bz_error *err)
{
    char room[BZ_VALUE_ROOM];
    size_t left = 0;
    int rc = train_lines_id(out, &v->ids, row, err);
    for (size_t j = 0; j < v->table.n; j++)
        left += cells_of(v, &v->table.columns[j]);
    for (size_t j = 0; rc == 0 && j < v->table.n; j++) {
        const struct bz_column *c = &v->table.columns[j];
        const size_t n = cells_of(v, c);
        for (size_t k = 0; rc == 0 && k < n; k++)
            rc = train_lines_word(out, row < 0 ? c->name : cell_text(v, c, k, (size_t)row, room), --left > 0 ? ',' : '\n', err);
    }
    return rc;
}

/* The last wanted layer, and how many there are. */
static size_t count_layers(const struct train_values *v, struct train_layer_rows *last)
{
    size_t wanted = 0;
    for (size_t l = 0; l < v->m->n_layers; l++)
        if (v->x[l]) {
            wanted++;
            *last = (struct train_layer_rows){.layer = &v->m->layers[l], .x = v->x[l], .n = v->n, .ids = v->ids};
        }
    return wanted;
}

int train_values_lines(const struct train_values *v, struct train_lines *out, bool head, struct bz_error *err)
{
    struct train_layer_rows last;
    int rc = 0;
    if (count_layers(v, &last) > 0 && v->table.n == 0)
        return train_lines_rows(out, &last, err);
    for (long row = head && bz_columns_named(&v->table) ? -1 : 0; rc == 0 && row < (long)v->n; row++)
        rc = v->fasta ? fasta_row(v, out, (size_t)row, err) : table_row(v, out, row, err);
    return rc;
}

int train_values_write(const struct train_values *v, const char *path, enum train_output format, struct bz_error *err)
{
    struct train_lines out;
    struct train_layer_rows last = {.n = 0};
    const size_t wanted = count_layers(v, &last);
    if (format == TRAIN_OUT_CSV && (v->table.n > 0 || wanted == 1)) {
        const int rc = train_lines_open(&out, path, err) < 0 ? -1 : train_values_lines(v, &out, true, err);
        return train_lines_close(&out, rc, err);
    }
    if (wanted > 1)
        return train_output_archive(path, v->m, v->x, v->n, err);
    return train_output_rows(path, format, &last, err);
}
