#include "gaps.h"

#include "named_rows.h"
#include "number_text.h"
#include "rows.h"

#include "mem.h"
#include "stop.h"

#include <string.h>

/* Those of one unit in all rows. */
static int mark_unit(struct api_rows *rows, size_t width, size_t unit, const double *marks, size_t n_marks,
                     struct api_fault *fault)
{
    for (size_t r = 0; r < rows->n && !bz_stopping_row(r, 1); r++) {
        const size_t at = r * width + unit;
        bool gap = false;
        for (size_t i = 0; i < n_marks; i++)
            gap = gap || rows->x[at] == (float)marks[i];
        if (!gap)
            continue;
        if (api_rows_all_known(rows, width, fault) < 0)
            return -1;
        rows->known[at] = 0;
        rows->x[at] = 0;
    }
    return 0;
}

static int mark_columns(struct api_rows *rows, const struct bz_columns *t, const struct bz_layer *layer, const double *marks,
                        size_t n_marks, struct api_fault *fault)
{
    for (size_t j = 0; j < t->n; j++) {
        const struct bz_column *c = &t->columns[j];
        const bool plain = c->kind == BZ_COLUMN_NUMBER || c->kind == BZ_COLUMN_BOOLEAN;
        if (!plain || c->scale != 1 || strcmp(c->layer, layer->name) != 0)
            continue;
        for (size_t k = 0; k < c->size; k++)
            if (mark_unit(rows, layer->size, c->unit + k, marks, n_marks, fault) < 0)
                return -1;
    }
    return 0;
}

static int mark_layers(struct api_call *call, const double *marks, size_t n, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    struct api_job *job = call->job;
    const struct bz_columns *t = &job->table->columns;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if ((job->rows[l].x && mark_columns(&job->rows[l], t, layer, marks, n, fault) < 0) ||
            (job->start && job->start[l].x && mark_columns(&job->start[l], t, layer, marks, n, fault) < 0))
            return -1;
        if (api_given(&job->par, API_P_STATES) && job->rows[l].known)
            return api_fault(fault, API_BAD_VALUE,
                             "states.%s: found a number that stands for a gap in the model's table, expected a state of every "
                             "unit",
                             layer->name);
    }
    return 0;
}

int api_gaps_mark(struct api_call *call, struct api_fault *fault)
{
    const struct api_table *given = call->job->table;
    if (!call->model->model->own_gaps || (given && given->n > 0)) /* rows by name have theirs */
        return 0;
    if (api_table_make(call, fault) < 0)
        return -1;
    const struct bz_columns *t = &call->job->table->columns;
    double *marks = bz_alloc(t->missing.n, sizeof(*marks), NULL);
    size_t n = 0;
    if (!marks)
        return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
    for (size_t i = 0; i < t->missing.n; i++)
        n += bz_parse_number(t->missing.words[i], strlen(t->missing.words[i]), &marks[n]) == 0;
    const int rc = n > 0 ? mark_layers(call, marks, n, fault) : 0;
    bz_free(marks);
    return rc;
}
