/* The classes that a model distinguishes, by a fine-tuned classifier or by a label layer of its machine. */
#ifndef BZ_CLASSES_H
#define BZ_CLASSES_H

#include "classify.h"
#include "model_file.h"

/* Borrowed from a model. */
struct bz_classes {
    size_t n;
    char **names;                     /* [n]; NULL = numbers from 0 */
    const struct bz_network *network; /* NULL: by the label layer */
    long label_layer;                 /* -1 where there is none */
};

/* False if the model distinguishes no classes. A classifier takes precedence over a label layer. */
bool bz_model_classes(const struct bz_model *model, struct bz_classes *out);
/* Why it has none, to follow the model's name in a message. */
const char *bz_model_classless(const struct bz_model *model);

/* Scratch of one thread; *out stays NULL where none is needed. bz_network_work_free. */
int bz_classes_work(struct bz_network_work **out, const struct bz_classes *c, struct bz_error *err);

/* p[n][c->n] of rows first .. first+n-1 as bz_classify or bz_network_classify has them. method[n] (may be NULL): BZ_EXACT where
 * p is the machine's own p(class | known) or a network's output for a fully known row, else BZ_VARIATIONAL. */
void bz_classes_of_rows(const struct bz_classes *c, struct bz_state *s, size_t first, size_t n, double *p,
                        enum bz_method *method, struct bz_network_work *nw, struct bz_work *w);

#endif
