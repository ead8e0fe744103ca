#include "classes.h"

#include <string.h>

bool bz_model_classes(const struct bz_model *model, struct bz_classes *out)
{
    *out = (struct bz_classes){.network = model->classifier, .label_layer = bz_label_layer(model->machine)};
    if (out->network) {
        out->n = bz_network_class_count(out->network);
        out->names = out->network->n_classes ? out->network->classes : NULL;
    } else if (out->label_layer >= 0) {
        const struct bz_layer *l = &model->machine->layers[out->label_layer];
        out->n = l->size;
        out->names = l->n_categories == l->size ? l->categories : NULL;
    }
    return out->n > 0;
}

const char *bz_model_classless(const struct bz_model *model)
{
    for (size_t l = 0; l < model->machine->n_layers; l++)
        if (model->machine->layers[l].role == BZ_LABEL)
            return "has no classifier (`boltz finetune` makes one), and its label layer is not of classes: expected one "
                   "softmax "
                   "group";
    return "has no label layer and no classifier (`boltz train --labels` makes the former, `boltz finetune` the latter)";
}

int bz_classes_work(struct bz_network_work **out, const struct bz_classes *c, struct bz_error *err)
{
    *out = NULL;
    return c->network ? bz_network_work_new(out, c->network, err) : 0;
}

/* Whether every visible unit that the network reads is known in a row. */
static bool known_throughout(const struct bz_network *net, const struct bz_state *s, size_t row)
{
    for (size_t i = 0; i < net->n_inputs; i++) {
        const size_t l = net->input[i], size = s->m->layers[l].size;
        if (bz_is_visible(&s->m->layers[l]) && s->known[l] && memchr(s->known[l] + row * size, 0, size))
            return false;
    }
    return true;
}

void bz_classes_of_rows(const struct bz_classes *c, struct bz_state *s, size_t first, size_t n, double *p,
                        enum bz_method *method, struct bz_network_work *nw, struct bz_work *w)
{
    if (!c->network) {
        bz_classify(s, (size_t)c->label_layer, first, n, p, method, w);
        return;
    }
    for (size_t r = 0; method && r < n; r++)
        method[r] = known_throughout(c->network, s, first + r) ? BZ_EXACT : BZ_VARIATIONAL;
    bz_network_classify(c->network, s, first, n, p, nw, w);
}
