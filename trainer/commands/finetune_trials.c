#include "finetune_trials.h"

#include "mem.h"
#include "network.h"

#include <math.h>
#include <string.h>

/* Of the median distance from a row to the nearest one of another class: 1.5 for MNIST (docs/results/classes.md). */
static const double shift_of_gap = 0.21, beside_dropout = 0.3, beside_dropout_in = 0.1;

struct trying {
    struct train_progress *progress;
    size_t before; /* updates of earlier trials */
};

static int say(void *arg, const struct train_finetune_point *p, struct bz_error *err)
{
    (void)err;
    struct trying *t = arg;
    if (!p->frozen)
        train_progress_update(t->progress, t->before + p->update);
    return 0;
}

static void tell(struct train_progress *progress, const struct train_finetune_settings *s, const struct train_trial *t,
                 const struct train_finetune_result *r)
{
    char shift[64] = "no shifted rows";
    if (s->adversarial > 0)
        snprintf(shift, sizeof(shift), "rows shifted by %.3g", s->adversarial);
    train_progress_say(progress, "tried %s%s, dropout %.2g, of inputs %.2g: %zu held-out rows, loss %.4f, error %.4f", shift,
                       t->scaled ? ", levels scaled to a deviation of 1" : "", s->dropout, s->dropout_in, r->valid, t->loss,
                       t->error);
}

static int try_one(struct train_trials *out, const struct bz_network *net, const struct train_finetune_data *data,
                   const struct train_finetune_settings *s, bool scaled, struct train_progress *progress, struct bz_error *err)
{
    struct train_trial *t = &out->trial[out->n];
    struct train_finetune_result result = {0};
    struct bz_network *copy = NULL;
    int rc = train_finetune_copy(&copy, net, err) == 0 && train_finetune(copy, data, s, &result, err) == 0 ? 0 : -1;
    if (rc < 0 && out->n > 0 && err->code == BZ_DIVERGED) {
        train_progress_say(progress, "tried rows shifted by %.3g: %s", s->adversarial, err->msg);
        *t = (struct train_trial){s->adversarial, s->dropout, s->dropout_in, scaled, (double)INFINITY, (double)NAN};
        out->n++;
        rc = 0;
    } else if (rc == 0) {
        *t = (struct train_trial){.adversarial = s->adversarial,
                                  .dropout = s->dropout,
                                  .dropout_in = s->dropout_in,
                                  .scaled = scaled,
                                  .loss = result.valid_loss_calibrated,
                                  .error = result.valid_error};
        tell(progress, s, t, &result);
        if (out->n == 0 || t->loss < out->trial[out->best].loss) {
            train_finetune_free(&out->result);
            out->best = out->n;
            out->result = result;
            bz_network_free(out->net);
            out->net = copy;
            copy = NULL;
            result = (struct train_finetune_result){0};
        }
        out->n++;
    }
    train_finetune_free(&result);
    bz_network_free(copy);
    return rc;
}

/* With levels scaled and all else alike. */
static int try_scaled(struct train_trials *out, struct bz_network *net, struct train_finetune_data *data,
                      struct train_net_inputs **in, struct train_finetune_settings s, struct trying *t, struct bz_error *err)
{
    struct train_finetune_data scaled = *data;
    struct train_finetune_gap apart;
    struct train_net_inputs *other = NULL;
    struct bz_network *copy = NULL;
    int rc = train_net_inputs_copy(&other, *in, err) < 0 || train_finetune_copy(&copy, net, err) < 0 ? -1 : 0;
    if (rc == 0) {
        train_inputs_scale_levels(other, copy);
        scaled.shift = other->shift;
        scaled.by = other->by;
        rc = train_finetune_gap(&scaled, s.seed, &apart, err);
        s.adversarial = shift_of_gap * apart.gap;
        t->before += s.updates;
        if (rc == 0 && (rc = try_one(out, copy, &scaled, &s, true, t->progress, err)) == 0 && out->best + 1 == out->n) {
            struct train_net_inputs *worse = *in;
            struct bz_stage *from = &copy->stages[0], *to = &net->stages[0];
            memcpy(to->weight, from->weight, to->in * to->out * sizeof(float));
            memcpy(to->bias, from->bias, to->out * sizeof(float));
            *data = scaled;
            *in = other;
            other = worse;
        }
    }
    train_net_inputs_free(other);
    bz_network_free(copy);
    return rc;
}

/* Of the labelled rows. A few would not tell one trial from another. */
static double share_held_out(const struct train_finetune_settings *s, size_t labelled)
{
    enum { FEWEST = 100 };
    if (labelled < TRAIN_REFIT_ROWS)
        return 0.25;
    return train_finetune_held_out(labelled, s->valid_fraction) >= FEWEST ? s->valid_fraction : 0.1;
}

int train_trials_make(struct train_trials *out, struct bz_network *net, struct train_finetune_data *data,
                      struct train_net_inputs **in, struct train_finetune_settings *s, size_t labelled,
                      struct train_progress *progress, struct bz_error *err)
{
    const double share = share_held_out(s, labelled);
    const size_t held_out = train_finetune_held_out(labelled, share);
    struct train_finetune_settings one = *s;
    struct trying t = {.progress = progress};
    struct train_finetune_gap apart;
    const bool levels = train_inputs_have_levels(*in);
    const size_t most = levels ? TRAIN_MOST_TRIALS : TRAIN_MOST_TRIALS - 1;
    *out = (struct train_trials){.n = 0};
    if (train_finetune_gap(data, s->seed, &apart, err) < 0)
        return -1;
    one.updates = s->updates < TRAIN_REFIT_UPDATES ? s->updates : TRAIN_REFIT_UPDATES;
    one.valid_fraction = out->held_out = share;
    one.to_the_end = true;
    one.euclidean = true;
    one.say = say;
    one.arg = &t;
    train_progress_say(
        progress,
        "up to %zu trials of %zu updates without %zu rows find out whether shifted rows help; an update with them "
        "takes about twice as long (--adversarial 0: no trials, no shifts)",
        most, one.updates, held_out);
    train_progress_begin(progress, "trials", 0, most * one.updates);
    if (try_one(out, net, data, &one, false, progress, err) < 0)
        return -1;
    double length = shift_of_gap * apart.gap;
    for (size_t shifts = 0; shifts < 2 && length > 0 && out->best == 0; shifts++, length /= 2) {
        one.adversarial = length;
        one.dropout = s->dropout < beside_dropout ? s->dropout : beside_dropout;
        one.dropout_in = s->dropout_in < beside_dropout_in ? s->dropout_in : beside_dropout_in;
        t.before += one.updates;
        if (try_one(out, net, data, &one, false, progress, err) < 0 ||
            (levels && shifts == 0 && try_scaled(out, net, data, in, one, &t, err) < 0))
            return -1;
    }
    const struct train_trial *best = &out->trial[out->best];
    s->adversarial = best->adversarial;
    s->euclidean = best->adversarial > 0;
    s->dropout = best->dropout;
    s->dropout_in = best->dropout_in;
    return 0;
}

void train_trials_free(struct train_trials *t)
{
    train_finetune_free(&t->result);
    bz_network_free(t->net);
}

bool train_trials_lend(struct train_trials *t, struct bz_network *net, struct train_finetune_result *result)
{
    struct train_finetune_result *from = &t->result;
    const bool stuck = result->error_at_end > from->error_at_end;
    for (size_t k = 0; stuck && k < net->n_stages; k++) {
        const struct bz_stage *best = &t->net->stages[k];
        memcpy(net->stages[k].weight, best->weight, best->in * best->out * sizeof(float));
        memcpy(net->stages[k].bias, best->bias, best->out * sizeof(float));
    }
    if (stuck) {
        bz_free(result->points);
        result->points = from->points;
        result->n_points = from->n_points;
        from->points = NULL;
        from->n_points = 0;
    }
    result->labelled = stuck ? from->labelled : result->labelled;
    result->best = stuck ? from->best : result->best;
    result->valid = from->valid;
    result->valid_loss = from->valid_loss;
    result->valid_error = from->valid_error;
    result->valid_loss_calibrated = from->valid_loss_calibrated;
    memcpy(result->bin_rows, from->bin_rows, sizeof(from->bin_rows));
    memcpy(result->bin_confidence, from->bin_confidence, sizeof(from->bin_confidence));
    memcpy(result->bin_accuracy, from->bin_accuracy, sizeof(from->bin_accuracy));
    net->temperature = t->net->temperature;
    return !stuck;
}
