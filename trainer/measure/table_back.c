#include "table_back.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

int train_back_open(struct train_back *b, struct train_rows *rows, const char *instead, struct bz_error *err)
{
    const struct train_data *data = rows->data;
    const struct bz_machine *m = rows->model->machine;
    *b = (struct train_back){.rows = rows};
    if (!data->form)
        return bz_fail(err, BZ_UNSUPPORTED, "--data: expected one text table (CSV and its relatives), found %s; %s",
                       data->n_files > 1 ? "several files" : "none", instead);
    b->fields = data->form->layout.fields;
    b->decimal = data->form->layout.dialect.decimal;
    if (!(b->slot = bz_alloc(b->fields, sizeof(*b->slot), err)) || bz_text_form_spellings(data->form, &data->columns, err) < 0)
        return -1;
    for (size_t j = 0; j < b->fields; j++) {
        const struct bz_form_column *f = &data->form->column[j];
        if (f->model < 0)
            continue;
        struct train_slot *slot = &b->slot[b->n_slots++];
        *slot = (struct train_slot){.file_column = j, .column = data->columns.columns[f->model], .within = f->within};
        slot->layer = (size_t)bz_machine_find(m, slot->column.layer);
        if (rows->columns.n == 0) /* the model does not know its divisor */
            slot->column.scale = (double)data->parts[rows->part_of[slot->layer]].scale;
    }
    return 0;
}

void train_back_close(struct train_back *b)
{
    bz_free(b->slot);
    *b = (struct train_back){0};
}

const char *train_back_name(const struct train_back *b, const char *wanted, char *text, size_t room)
{
    const struct bz_text_form *f = b->rows->data->form;
    snprintf(text, room, "%s", wanted);
    for (size_t again = 2; f && bz_text_form_has_name(f, text); again++)
        snprintf(text, room, "%s_%zu", wanted, again);
    return text;
}

bool train_back_known(const struct train_slot *slot, const struct bz_state *s, size_t row)
{
    const uint8_t *known = s->known[slot->layer];
    return !known || known[row * s->m->layers[slot->layer].size + slot->column.unit + slot->within];
}

double train_back_value(const struct train_slot *slot, const struct bz_state *s, size_t row, double *probable)
{
    const struct bz_layer *layer = &s->m->layers[slot->layer];
    return bz_column_value_of(&slot->column, slot->within, s->x[slot->layer] + row * layer->size, layer, probable);
}
