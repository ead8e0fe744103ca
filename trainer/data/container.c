/* HDF5 and MATLAB files as data: one of their arrays. */
#include "hdf5_file.h"
#include "mat_file.h"

static int read_hdf5(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct train_hdf5 *h;
    struct train_names names = {0};
    int rc = -1;
    if (train_hdf5_open(&h, s->path, s->data, s->size, err) < 0)
        return -1;
    const char *name = o->labels ? NULL : o->user->array; /* also a part of an array, such as X/value */
    if (!name && train_hdf5_list(h, &names, err) == 0)
        name = train_names_choose(&names, t, o, err);
    if (name)
        rc = train_hdf5_table(t, h, name, o, err);
    train_names_free(&names);
    train_hdf5_close(h);
    return rc;
}

const struct train_format train_format_hdf5 = {"HDF5", train_hdf5_is, read_hdf5, true};

static int read_mat(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct train_mat *m;
    struct train_names names = {0};
    int rc = -1;
    if (train_mat_open(&m, s->path, s->data, s->size, err) < 0)
        return -1;
    if (train_mat_list(m, &names, err) == 0) {
        const char *name = train_names_choose(&names, t, o, err);
        if (name)
            rc = train_mat_table(t, m, name, o, err);
    }
    train_names_free(&names);
    train_mat_close(m);
    return rc;
}

const struct train_format train_format_mat = {"MATLAB", train_mat_is, read_mat, true};
