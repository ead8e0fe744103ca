/* Files of programs whose machines are not imported: recognised, with how to save them in another format. */
#include "foreign.h"
#include "import.h"

#include <stdio.h>
#include <string.h>

#define AS_ARRAYS "numpy.savez(FILE, W=..., vbias=..., hbias=...) (W [visible, hidden])"

/* By the class of a pickled object: how the class's path begins. */
static const struct {
    const char *class, *what, *advice;
} classes[] = {
    {"pylearn2.models.rbm.GaussianBinaryRBM", "pylearn2's GaussianBinaryRBM, whose energy is divided by sigma^2 as a whole",
     "save arrays as Liao's GRBM has them: numpy.savez(FILE, W=W, b=bias_hid/sigma**2, mu=bias_vis, log_var=2*log(sigma)) and "
     "--from liao"},
    {"pylearn2.models.dbm", "pylearn2's deep Boltzmann machine",
     "save each pair of layers: numpy.savez(FILE, W=layer.get_weights(), vbias=..., hbias=...)"},
    {"pylearn2.", "a pylearn2 model",
     "there: numpy.savez(FILE, W=rbm.get_weights(), vbias=rbm.bias_vis.get_value(), hbias=rbm.bias_hid.get_value())"},
    {"thrml.", "a thrml model (JAX)", "save its biases and weights as dimod's BQM, with all signs flipped (--from dimod)"},
    {"equinox.", "a model of JAX (Equinox)", AS_ARRAYS},
    {"flax.", "a model of JAX (Flax)", AS_ARRAYS},
    {"theano.", "a Theano model", "there: numpy.savez(FILE, W=rbm.W.get_value(), vbias=rbm.vbias.get_value(), hbias=...)"},
    {"keras.", "a Keras network", "only Boltzmann machines can be imported"},
    {"tensorflow.", "a TensorFlow model", AS_ARRAYS},
    {"sklearn.neural_network._rbm.BernoulliRBM", "scikit-learn's BernoulliRBM before fit: it has no weights",
     "save it after fit"},
    {"sklearn.", "an object of scikit-learn's without a BernoulliRBM in it", "only Boltzmann machines can be imported"},
    {"xgboost.", "XGBoost trees", "only Boltzmann machines can be imported"},
    {"lightgbm.", "LightGBM trees", "only Boltzmann machines can be imported"},
    {"pandas.", "a pandas table", "boltz train learns from tables: df.to_csv(\"data.csv\", index=False)"},
};

/* By bytes at a place. */
static const struct {
    const char *bytes;
    size_t n, at;
    const char *what, *advice;
} forms[] = {
    {"# Created by Octave", 19, 0, "Octave's own format, which is not read for models",
     "in Octave: save(\"-v7\", \"model.mat\", ...)"},
    {"# name:", 7, 0, "Octave's own format, which is not read for models", "in Octave: save(\"-v7\", \"model.mat\", ...)"},
    {"Octave-1-", 9, 0, "Octave's own format, which is not read for models", "in Octave: save(\"-v7\", \"model.mat\", ...)"},
    {"7JL", 3, 0, "an object of Julia's Serialization",
     "in Julia, of BoltzmannMachines.jl: npzwrite(\"m.npz\", Dict(\"W\" => rbm.weights, \"vbias\" => rbm.visbias, \"hbias\" => "
     "rbm.hidbias)); of PlmDCA.jl write its fields and couplings as adabmDCA's lines"},
    {"HDF5-based Julia Data Format", 28, 0, "a file of JLD2 (Julia)",
     "in Julia: npzwrite(\"m.npz\", Dict(\"W\" => ..., \"vbias\" => ..., \"hbias\" => ...)), or save_rbm of "
     "RestrictedBoltzmannMachines.jl"},
    {"Julia data file (HDF5)", 22, 0, "a file of JLD (Julia)",
     "in Julia: npzwrite(\"m.npz\", Dict(\"W\" => ..., \"vbias\" => ..., \"hbias\" => ...))"},
    {"TFL3", 4, 4, "a TensorFlow Lite model", "only Boltzmann machines can be imported"},
    {"GGUF", 4, 0, "a language model (GGUF)", "only Boltzmann machines can be imported"},
    {"svm_type ", 9, 0, "a libsvm model", "only Boltzmann machines can be imported"},
    {"HMMER3/", 7, 0, "a profile of HMMER's", "only Boltzmann machines can be imported"},
};

/* A table of LevelDB's, in which TensorFlow keeps the index of a checkpoint: these bytes are its last. */
static bool is_checkpoint_index(const uint8_t *d, size_t n)
{
    return n >= 48 && memcmp(d + n - 8, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8) == 0;
}

static int refuse_as(const struct import *im, const char *what, const char *advice, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: is %s; %s", im->b->path, what, advice);
}

static int refuse_form(const struct import *im, struct bz_error *err)
{
    const struct bundle *b = im->b;
    const uint8_t *d = bundle_bytes(b);
    for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
        if (b->source.size >= forms[k].at + forms[k].n && memcmp(d + forms[k].at, forms[k].bytes, forms[k].n) == 0)
            return refuse_as(im, forms[k].what, forms[k].advice, err);
    if (is_checkpoint_index(d, b->source.size))
        return refuse_as(im, "the index of a TensorFlow checkpoint, as yell writes it",
                         "there: numpy.savez(FILE, **rbm.get_tf_params(scope='weights')), or W, vb and hb of those", err);
    if (strcmp(b->form, "text") != 0 && strcmp(b->form, "bytes") != 0)
        return 0;
    return b->source.size > 0 && d[0] != '{' ? train_refuse_foreign(&b->source, err) : 0;
}

/* The first known class; *any: the first class at all. */
static int refuse_class(const struct import *im, const char **any, struct bz_error *err)
{
    *any = NULL;
    for (size_t k = 0; k < sizeof(classes) / sizeof(classes[0]); k++)
        for (size_t i = 0; i < im->b->n; i++) {
            const struct bundle_item *item = &im->b->items[i];
            if (!item->class)
                continue;
            *any = *any ? *any : item->text;
            if (strncmp(item->text, classes[k].class, strlen(classes[k].class)) == 0)
                return refuse_as(im, classes[k].what, classes[k].advice, err);
        }
    return 0;
}

const char *import_arrays_text(const struct import *im, char *list, size_t room)
{
    size_t used = 0;
    snprintf(list, room, "no arrays");
    for (size_t i = 0; i < im->b->n && used + 4 < room; i++)
        if (im->b->items[i].is_array)
            used += (size_t)snprintf(list + used, room - used, "%s%.40s", used ? ", " : "", im->b->items[i].name);
    return list;
}

int import_refuse_unknown(const struct import *im, struct bz_error *err)
{
    char list[260];
    const char *class;
    if (refuse_form(im, err) < 0 || refuse_class(im, &class, err) < 0)
        return -1;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: a file (%s) of no known program%s%.80s; it holds %s (docs/import.md lists them, --from "
                   "names one)",
                   im->b->path, im->b->form, class ? ", an object of class " : "", class ? class : "",
                   import_arrays_text(im, list, sizeof(list)));
}
