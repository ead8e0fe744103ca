/* RBMs as named arrays: .npz and safetensors, with the names of Theano's tutorial: W [visible, hidden], vbias, hbias. */
#include "export.h"

#include "file_write.h"
#include "mem.h"
#include "npz.h"

#include <math.h>
#include <string.h>

enum { W, VBIAS, HBIAS, MOST };
static const char *const names[MOST] = {"W", "vbias", "hbias"};

struct tensors {
    struct export_rbm r;
    struct train_npz_entry entries[MOST];
    size_t n, shapes[MOST][2];
    float *owned[MOST];
};

static void close_tensors(struct tensors *t)
{
    export_rbm_close(&t->r);
    for (size_t k = 0; k < MOST; k++)
        bz_free(t->owned[k]);
}

static int add_vector(struct tensors *t, size_t which, const double *x, size_t n, struct bz_error *err)
{
    if (!(t->owned[which] = bz_alloc(n, sizeof(float), err)))
        return -1;
    for (size_t i = 0; i < n; i++)
        t->owned[which][i] = (float)x[i];
    t->shapes[t->n][0] = n;
    t->entries[t->n] = (struct train_npz_entry){names[which], BZ_F4, t->shapes[t->n], 1, t->owned[which]};
    t->n++;
    return 0;
}

static int open_tensors(struct tensors *t, const struct bz_machine *m, const char *target, struct bz_error *err)
{
    *t = (struct tensors){0};
    if (export_rbm_open(&t->r, m, target, err) < 0)
        return -1;
    const struct bz_layer *v = t->r.visible, *h = t->r.hidden;
    if (v->unit != BZ_BERNOULLI || h->unit != BZ_BERNOULLI)
        return bz_fail(err, BZ_UNSUPPORTED,
                       "%s visible and %s hidden units; arrays without a program's name are taken for 0/1 units",
                       bz_unit_name(v->unit), bz_unit_name(h->unit));
    t->shapes[0][0] = v->size;
    t->shapes[0][1] = h->size;
    t->entries[t->n++] = (struct train_npz_entry){names[W], BZ_F4, t->shapes[0], 2, t->r.weight};
    return add_vector(t, VBIAS, t->r.visible_bias, v->size, err) < 0 || add_vector(t, HBIAS, t->r.hidden_bias, h->size, err) < 0
               ? -1
               : 0;
}

int export_npz(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct tensors t;
    int rc = open_tensors(&t, m, "an .npz", err);
    if (rc == 0)
        rc = train_npz_write(path, t.entries, t.n, err);
    close_tensors(&t);
    return rc;
}

/* A header of JSON, then the arrays. */
static int write_safetensors(const struct tensors *t, const char *path, struct bz_error *err)
{
    char header[1024];
    size_t used, at = 0;
    struct bz_file *f;
    used = (size_t)snprintf(header, sizeof(header),
                            "{\"__metadata__\":{\"format\":\"pt\",\"energy\":\"E = -vbias.v - hbias.h - v'Wh, 0/1 units\"}");
    for (size_t k = 0; k < t->n; k++) {
        const struct train_npz_entry *e = &t->entries[k];
        const size_t bytes = 4 * e->shape[0] * (e->rank > 1 ? e->shape[1] : 1);
        char shape[64];
        snprintf(shape, sizeof(shape), e->rank > 1 ? "[%zu,%zu]" : "[%zu]", e->shape[0], e->rank > 1 ? e->shape[1] : 0);
        used += (size_t)snprintf(header + used, sizeof(header) - used,
                                 ",\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}", e->name, shape, at,
                                 at + bytes);
        at += bytes;
    }
    used += (size_t)snprintf(header + used, sizeof(header) - used, "}");
    while (used % 8)
        header[used++] = ' ';
    const uint64_t length = used;
    if (bz_file_open(&f, path, err) < 0)
        return -1;
    int rc = bz_file_write(f, &length, sizeof(length), err);
    if (rc == 0)
        rc = bz_file_write(f, header, used, err);
    for (size_t k = 0; rc == 0 && k < t->n; k++)
        rc = bz_file_write(f, t->entries[k].data,
                           4 * t->entries[k].shape[0] * (t->entries[k].rank > 1 ? t->entries[k].shape[1] : 1), err);
    if (rc < 0) {
        bz_file_discard(f);
        return -1;
    }
    return bz_file_commit(f, err);
}

int export_safetensors(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct tensors t;
    int rc = open_tensors(&t, m, "a state_dict", err);
    if (rc == 0)
        rc = write_safetensors(&t, path, err);
    close_tensors(&t);
    return rc;
}
