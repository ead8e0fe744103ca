/* HDF5 as rbms and RestrictedBoltzmannMachines.jl load it. */
#include "export.h"

#include "file_write.h"
#include "mem.h"

#include <math.h>
#include <string.h>

#ifdef BOLTZ_HDF5
#include <hdf5.h>

/* A file in memory; the first failure stays. */
struct out {
    hid_t file;
    bool failed;
};

static void put_numbers(struct out *o, const char *name, hid_t stored, hid_t memory, const void *x, const hsize_t *shape,
                        int rank)
{
    const hid_t space = rank ? H5Screate_simple(rank, shape, NULL) : H5Screate(H5S_SCALAR);
    const hid_t data = H5Dcreate2(o->file, name, stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    o->failed = o->failed || data < 0 || H5Dwrite(data, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) < 0;
    if (data >= 0)
        H5Dclose(data);
    H5Sclose(space);
}

static void put_doubles(struct out *o, const char *name, hid_t stored, const double *x, const hsize_t *shape, int rank)
{
    put_numbers(o, name, stored, H5T_NATIVE_DOUBLE, x, shape, rank);
}

static void put_number(struct out *o, const char *name, double x)
{
    put_doubles(o, name, H5T_IEEE_F64LE, &x, NULL, 0);
}

static void put_text(struct out *o, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    const hid_t data = H5Dcreate2(o->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    o->failed = o->failed || data < 0 || H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0;
    if (data >= 0)
        H5Dclose(data);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_group(struct out *o, const char *name)
{
    const hid_t group = H5Gcreate2(o->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    o->failed = o->failed || group < 0;
    if (group >= 0)
        H5Gclose(group);
}

static int open_out(struct out *o, struct bz_error *err)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_fapl_core(access, 1 << 20, false);
    *o = (struct out){.file = H5Fcreate("image", H5F_ACC_TRUNC, H5P_DEFAULT, access)};
    H5Pclose(access);
    return o->file < 0 ? bz_fail(err, BZ_NO_MEMORY, "no memory for the HDF5 file") : 0;
}

static int save_out(struct out *o, const char *path, struct bz_error *err)
{
    int rc = -1;
    H5Fflush(o->file, H5F_SCOPE_GLOBAL);
    const ssize_t size = o->failed ? -1 : H5Fget_file_image(o->file, NULL, 0);
    void *bytes = size > 0 ? bz_alloc((size_t)size, 1, err) : NULL;
    if (bytes && H5Fget_file_image(o->file, bytes, (size_t)size) == size)
        rc = bz_file_save(path, bytes, (size_t)size, err);
    else
        bz_fail(err, BZ_NO_MEMORY, "the HDF5 file could not be made");
    bz_free(bytes);
    H5Fclose(o->file);
    return rc;
}

static double variance_of(const struct bz_layer *l, size_t i)
{
    return l->log_sigma ? exp(2 * (double)l->log_sigma[i]) : 1;
}

/* --- rbms --- */

int export_rbms(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    static const struct {
        enum bz_unit visible, hidden;
        const char *type;
    } types[] = {{BZ_BERNOULLI, BZ_BERNOULLI, "BBRBM"}, {BZ_SPIN, BZ_SPIN, "IIRBM"}, {BZ_SOFTMAX, BZ_BERNOULLI, "PBRBM"}};
    struct export_rbm r;
    struct out o;
    size_t k = 0;
    if (export_rbm_open(&r, m, "rbms", err) < 0)
        return -1;
    while (k < 3 && (types[k].visible != r.visible->unit || types[k].hidden != r.hidden->unit))
        k++;
    int rc = k < 3 ? open_out(&o, err)
                   : bz_fail(err, BZ_UNSUPPORTED,
                             "%s visible and %s hidden units; rbms has bernoulli both, spin both, or softmax with bernoulli",
                             bz_unit_name(r.visible->unit), bz_unit_name(r.hidden->unit));
    if (rc == 0) {
        const bool potts = k == 2;
        const size_t groups = r.visible->groups, q = r.visible->size / groups;
        const hsize_t weights[3] = {potts ? groups : r.visible->size, potts ? q : r.hidden->size, r.hidden->size},
                      visible[2] = {weights[0], q}, hidden[1] = {r.hidden->size};
        const hsize_t chains[2] = {1, potts ? groups : r.visible->size};
        double *chain = bz_alloc(r.visible->size, sizeof(double), err);
        o.failed = !chain;
        for (size_t i = 0; chain && k == 1 && i < r.visible->size; i++)
            chain[i] = 1;
        put_text(&o, "model_type", types[k].type);
        if (chain)
            put_doubles(&o, "parallel_chains", H5T_IEEE_F32LE, chain, chains, 2);
        put_group(&o, "hyperparameters");
        put_number(&o, "hyperparameters/batch_size", 1);
        put_number(&o, "hyperparameters/gibbs_steps", 1);
        put_number(&o, "hyperparameters/learning_rate", 0.01);
        put_group(&o, "update_1");
        put_group(&o, "update_1/params");
        put_number(&o, "update_1/time", 0);
        put_numbers(&o, "update_1/params/weight_matrix", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, r.weight, weights, potts ? 3 : 2);
        put_doubles(&o, "update_1/params/vbias", H5T_IEEE_F32LE, r.visible_bias, visible, potts ? 2 : 1);
        put_doubles(&o, "update_1/params/hbias", H5T_IEEE_F32LE, r.hidden_bias, hidden, 1);
        rc = save_out(&o, path, err);
        bz_free(chain);
    }
    export_rbm_close(&r);
    return rc;
}

/* --- RestrictedBoltzmannMachines.jl --- */

static const char *julia_type(enum bz_unit unit)
{
    static const struct {
        enum bz_unit unit;
        const char *type;
    } types[] = {{BZ_BERNOULLI, "Binary"},  {BZ_SPIN, "Spin"}, {BZ_SOFTMAX, "Potts"},
                 {BZ_GAUSSIAN, "Gaussian"}, {BZ_RELU, "ReLU"}, {BZ_DRELU, "dReLU"}};
    for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
        if (types[k].unit == unit)
            return types[k].type;
    return NULL;
}

/* Parameters of a side, one row (theta), two (theta, gamma = 1/s^2) or four (theta and gamma of both halves) a unit; factor[n]
 * what its side of the weights is multiplied with. */
static int put_side(struct out *o, const char *what, const struct bz_layer *l, const double *bias, double *factor,
                    struct bz_error *err)
{
    char name[32];
    const bool two = l->unit == BZ_GAUSSIAN || l->unit == BZ_RELU;
    const size_t rows = l->below ? 4 : two ? 2 : 1, groups = l->groups ? l->groups : 1;
    double *par = bz_alloc(l->size * rows, sizeof(double), err);
    if (!par)
        return -1;
    for (size_t i = 0; i < l->size; i++) {
        const double precision = two ? 1 / variance_of(l, i) : 1;
        factor[i] = l->unit == BZ_GAUSSIAN ? precision : 1;
        par[i * rows] = l->unit == BZ_GAUSSIAN ? bias[i] * precision : bias[i];
        if (two)
            par[i * rows + 1] = precision;
        if (l->below) {
            par[i * rows + 1] = bias[i] + (double)l->below[i];
            par[i * rows + 2] = 1 / variance_of(l, i);
            par[i * rows + 3] = exp(-2 * ((double)l->log_sigma[i] + (double)l->below[l->size + i]));
        }
    }
    snprintf(name, sizeof(name), "%s_type", what);
    put_text(o, name, julia_type(l->unit));
    snprintf(name, sizeof(name), "%s_par", what);
    if (l->unit == BZ_SOFTMAX)
        put_doubles(o, name, H5T_IEEE_F64LE, par, (const hsize_t[]){groups, l->size / groups, 1}, 3);
    else
        put_doubles(o, name, H5T_IEEE_F64LE, par, (const hsize_t[]){l->size, rows}, 2);
    bz_free(par);
    return 0;
}

static int put_julia_weights(struct out *o, const struct export_rbm *r, const double *fv, const double *fh,
                             struct bz_error *err)
{
    const size_t nv = r->visible->size, nh = r->hidden->size, groups = r->visible->groups ? r->visible->groups : 1;
    double *w = bz_alloc(nv * nh, sizeof(double), err);
    if (!w)
        return -1;
    for (size_t j = 0; j < nh; j++)
        for (size_t i = 0; i < nv; i++)
            w[j * nv + i] = (double)r->weight[i * nh + j] * fv[i] * fh[j];
    const bool potts = r->visible->unit == BZ_SOFTMAX;
    put_doubles(o, "weights", H5T_IEEE_F64LE, w, (const hsize_t[]){nh, potts ? groups : nv, nv / groups}, potts ? 3 : 2);
    bz_free(w);
    return 0;
}

int export_julia(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct export_rbm r;
    struct out o;
    if (export_rbm_open(&r, m, "RestrictedBoltzmannMachines.jl", err) < 0)
        return -1;
    double *fv = bz_alloc(r.visible->size, sizeof(double), err), *fh = bz_alloc(r.hidden->size, sizeof(double), err);
    int rc = fv && fh ? 0 : -1;
    if (rc == 0 && (!julia_type(r.visible->unit) || !julia_type(r.hidden->unit) || r.hidden->unit == BZ_SOFTMAX))
        rc = bz_fail(err, BZ_UNSUPPORTED,
                     "%s visible and %s hidden units; RestrictedBoltzmannMachines.jl has Binary, Spin, Potts (visible), "
                     "Gaussian, ReLU, dReLU",
                     bz_unit_name(r.visible->unit), bz_unit_name(r.hidden->unit));
    if (rc == 0)
        rc = open_out(&o, err);
    if (rc == 0) {
        put_text(&o, "rbm_hdf5_file_format_version", "1.0.0");
        put_text(&o, "rbm_type", "RBM");
        if (put_side(&o, "visible", r.visible, r.visible_bias, fv, err) < 0 ||
            put_side(&o, "hidden", r.hidden, r.hidden_bias, fh, err) < 0 || put_julia_weights(&o, &r, fv, fh, err) < 0)
            o.failed = true;
        rc = save_out(&o, path, err);
    }
    bz_free(fv);
    bz_free(fh);
    export_rbm_close(&r);
    return rc;
}

#else

static int not_built(struct bz_error *err)
{
    return bz_fail(err, BZ_UNSUPPORTED, "this boltz was built without libhdf5: build it where libhdf5-dev is installed");
}

int export_rbms(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    (void)m, (void)path;
    return not_built(err);
}

int export_julia(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    (void)m, (void)path;
    return not_built(err);
}
#endif
