#include "finetune_inputs.h"

#include <math.h>

/* Of the variance that 0/1 values with the same means have. */
static const double least_contrast = 0.1, contrast_of_bits = 0.95;

static void use(struct train_finetune_data *data, const struct train_net_inputs *in)
{
    data->shift = in->shift;
    data->by = in->by;
}

/* Whether real values are compared better in one unit. By more than chance: rows that are wrong vary by their root. */
static int one_unit_is_better(const struct train_net_inputs *in, const struct train_finetune_data *data, uint64_t seed,
                              bool *better, struct bz_error *err)
{
    struct train_finetune_data scaled = *data;
    struct train_finetune_gap own, one;
    struct train_net_inputs *copy;
    bool any = false;
    *better = false;
    if (train_net_inputs_copy(&copy, in, err) < 0)
        return -1;
    for (size_t k = 0; k < in->n; k++)
        if (in->layer[k].visible && in->layer[k].own && in->layer[k].size > 1) {
            train_net_inputs_scale(copy, k, NULL);
            any = true;
        }
    use(&scaled, copy);
    int rc = 0;
    if (any && (rc = train_finetune_gap(data, seed, &own, err)) == 0 &&
        (rc = train_finetune_gap(&scaled, seed, &one, err)) == 0)
        *better = (double)one.wrong + sqrt((double)own.wrong) < (double)own.wrong;
    train_net_inputs_free(copy);
    return rc;
}

int train_inputs_choose(struct train_net_inputs **in, struct bz_network *net, const struct bz_machine *m,
                        struct train_finetune_data *data, uint64_t seed, struct train_progress *progress, struct bz_error *err)
{
    bool one_unit;
    if (train_net_inputs_measure(in, net, m, data, err) < 0)
        return -1;
    use(data, *in);
    for (size_t k = 0; k < (*in)->n; k++)
        if ((*in)->layer[k].visible && (*in)->layer[k].contrast < least_contrast) {
            train_net_inputs_scale(*in, k, net);
            train_progress_say(progress, "layer %s: levels vary little, so the network reads them multiplied by %.3g",
                               m->layers[net->input[k]].name, (double)(*in)->by[(*in)->layer[k].at]);
        }
    if (one_unit_is_better(*in, data, seed, &one_unit, err) < 0)
        return -1;
    for (size_t k = 0; one_unit && k < (*in)->n; k++)
        if ((*in)->layer[k].visible && (*in)->layer[k].own && (*in)->layer[k].size > 1) {
            train_net_inputs_scale(*in, k, net);
            train_progress_say(progress,
                               "layer %s: the network measures all values in one unit: their nearest neighbours are of the "
                               "same class more often than if each is divided by its own deviation",
                               m->layers[net->input[k]].name);
        }
    return 0;
}

static bool are_levels(const struct train_net_layer *l)
{
    const double narrow = 0.5;
    return l->visible && !l->own && !l->scaled && l->contrast < contrast_of_bits && l->varies < narrow;
}

bool train_inputs_have_levels(const struct train_net_inputs *in)
{
    for (size_t k = 0; k < in->n; k++)
        if (are_levels(&in->layer[k]))
            return true;
    return false;
}

void train_inputs_scale_levels(struct train_net_inputs *in, struct bz_network *net)
{
    for (size_t k = 0; k < in->n; k++)
        if (are_levels(&in->layer[k]))
            train_net_inputs_scale(in, k, net);
}
