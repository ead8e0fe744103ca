/* An RBM of 0/1 units as the arrays of scikit-learn's BernoulliRBM. */
#include "export.h"

#include "mem.h"
#include "npz.h"

int export_sklearn(const struct bz_machine *m, const char *path, struct bz_error *err)
{
    struct export_rbm r;
    if (export_rbm_open(&r, m, "scikit-learn", err) < 0)
        return -1;
    const size_t nv = r.visible->size, nh = r.hidden->size;
    float *components = bz_alloc(nv * nh, sizeof(float), err), *visible = bz_alloc(nv, sizeof(float), err),
          *hidden = bz_alloc(nh, sizeof(float), err);
    int rc = components && visible && hidden ? 0 : -1;
    const struct bz_layer *other = r.visible->unit != BZ_BERNOULLI ? r.visible : r.hidden;
    if (rc == 0 && other->unit != BZ_BERNOULLI)
        rc = bz_fail(err, BZ_UNSUPPORTED, "layer \"%s\" is %s; scikit-learn has bernoulli units only", other->name,
                     bz_unit_name(other->unit));
    if (rc == 0) {
        for (size_t j = 0; j < nh; j++)
            for (size_t i = 0; i < nv; i++)
                components[j * nv + i] = r.weight[i * nh + j];
        for (size_t i = 0; i < nv; i++)
            visible[i] = (float)r.visible_bias[i];
        for (size_t j = 0; j < nh; j++)
            hidden[j] = (float)r.hidden_bias[j];
        const struct train_npz_entry entries[3] = {
            {"components_", BZ_F4, (const size_t[]){nh, nv}, 2, components},
            {"intercept_hidden_", BZ_F4, &nh, 1, hidden},
            {"intercept_visible_", BZ_F4, &nv, 1, visible},
        };
        rc = train_npz_write(path, entries, 3, err);
    }
    bz_free_all(components, visible, hidden);
    export_rbm_close(&r);
    return rc;
}
