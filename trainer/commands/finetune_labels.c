#include "finetune_labels.h"

#include "mem.h"
#include "rng.h"

#include <stdio.h>

void train_thin_labels(const struct train_data *d, size_t classes, double share, size_t most, uint64_t seed, long *label)
{
    for (size_t c = 0; c < classes; c++) {
        size_t left = 0, wanted;
        for (size_t i = 0; i < d->rows; i++)
            left += d->labels[i] == (long)c;
        wanted = (size_t)(share * (double)left + 0.5);
        wanted = wanted || !left ? wanted : 1;
        wanted = most && wanted > most ? most : wanted;
        const struct bz_key key = {.seed = seed, .chain = (uint32_t)c, .step = UINT64_MAX, .purpose = BZ_DRAW_SHUFFLE};
        for (size_t i = 0; i < d->rows; i++) {
            if (d->labels[i] != (long)c)
                continue;
            const bool kept = bz_random_double(&key, (uint32_t)i) * (double)left < (double)wanted; /* selection sampling */
            label[i] = kept ? (long)c : -1;
            wanted -= kept;
            left--;
        }
    }
}

int train_tell_classes(struct train_progress *progress, const struct bz_network *net, const long *label, size_t n,
                       struct bz_error *err)
{
    enum { SHOWN = 30 };
    const size_t classes = bz_network_class_count(net);
    size_t *labelled = bz_alloc(classes, sizeof(*labelled), err), least = SIZE_MAX, most = 0;
    char text[SHOWN * 64] = "";
    if (!labelled)
        return -1;
    for (size_t i = 0; i < n; i++)
        labelled[label[i] >= 0 ? label[i] : 0] += label[i] >= 0;
    for (size_t c = 0, used = 0; c < classes; c++) {
        least = labelled[c] < least ? labelled[c] : least;
        most = labelled[c] > most ? labelled[c] : most;
        if (classes > SHOWN)
            continue;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", c ? ", " : "");
        used += net->classes ? (size_t)snprintf(text + used, sizeof(text) - used, "%.30s: %zu", net->classes[c], labelled[c])
                             : (size_t)snprintf(text + used, sizeof(text) - used, "%zu: %zu", c, labelled[c]);
    }
    if (classes > SHOWN)
        snprintf(text, sizeof(text), "%zu to %zu each", least, most);
    train_progress_say(progress, "labelled rows by class: %s", text);
    bz_free(labelled);
    return 0;
}
