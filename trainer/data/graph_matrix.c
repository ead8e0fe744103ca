/* Adjacency matrices in the formats of data: Matrix Market, npy, npz (also sparse), Octave text, MATLAB and HDF5. */
#include "graph_lines.h"
#include "table.h"

#include <math.h>
#include <string.h>

bool graph_is_matrix_file(const uint8_t *data, size_t size)
{
    static const struct train_format *const formats[] = {&train_format_matrix_market, &train_format_npy, &train_format_npz,
                                                         &train_format_octave,        &train_format_mat, &train_format_hdf5};
    for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++)
        if (formats[k]->matches(data, size))
            return true;
    return false;
}

static int add_value(struct graph_edges *e, size_t i, size_t j, double x, struct bz_error *err)
{
    if (isnan(x))
        return bz_fail(err, BZ_BAD_INPUT, "%s: row %zu, column %zu is missing, expected a number", e->path, i + 1, j + 1);
    if (i == j)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %g on the diagonal, row %zu, expected zeros: no unit is coupled to itself",
                       e->path, x, i + 1);
    return graph_add(e, i, j, x, i + 1, err);
}

int graph_of_table(struct graph_edges *e, const struct train_table *t, struct bz_error *err)
{
    if (t->rows != t->columns)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %zu x %zu, expected a square matrix (which units are coupled); edges are read from text, as lines "
                       "of two numbers",
                       e->path, t->rows, t->columns);
    e->kind = "adjacency matrix";
    e->base = strcmp(t->reading.format, "Matrix Market") == 0; /* only the first index used in messages */
    e->n_units = t->rows;
    e->both_ends = true;
    for (size_t i = 0; i < t->rows; i++) {
        const size_t from = t->store == TRAIN_SPARSE ? t->row_start[i] : 0;
        const size_t to = t->store == TRAIN_SPARSE ? t->row_start[i + 1] : t->columns;
        for (size_t k = from; k < to; k++) {
            const size_t j = t->store == TRAIN_SPARSE ? t->index[k] : k;
            const double x = t->store == TRAIN_SPARSE ? (double)t->value[k] : train_table_value(t, i, j);
            if (x != 0 && add_value(e, i + (size_t)e->base, j + (size_t)e->base, x, err) < 0)
                return -1;
        }
    }
    return 0;
}
