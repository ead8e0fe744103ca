/* Pieces of HTML pages about machines: one file that needs no network, pictures inside. */
#ifndef TRAIN_HTML_PAGE_H
#define TRAIN_HTML_PAGE_H

#include "gibbs.h"

#include <stdio.h>

enum { TRAIN_HTML_ROWS = 64 }; /* samples that are shown: chains must have room for as many */

/* True if a layer is shown: a visible one that is neither a few units nor so many that nobody looks at them as a picture. */
bool train_html_has_picture(const struct bz_layer *l);
bool train_html_has_pictures(const struct bz_machine *m); /* of any layer */

/* Everything up to and with the heading. */
void train_html_begin(FILE *out, const char *title);
/* Text from outside (layer names, settings) as HTML. */
void train_html_text(FILE *out, const char *text);

/* Weights between visible layers and the first units of each layer they are coupled to. The machine is prepared. */
int train_html_fields(FILE *out, const struct bz_machine *m, struct bz_error *err);
/* Samples of every layer with a picture after some sweeps; there is one. */
int train_html_samples(FILE *out, struct bz_chains *c, uint64_t seed, struct bz_work *w, struct bz_error *err);
/* The layers with a picture of a state's rows. */
int train_html_rows(FILE *out, const struct bz_state *s, const char *what, struct bz_error *err);
/* Chains 0 .. n-1 of a seed at step 0 and temperature 1. */
void train_html_number(struct bz_chains *c, size_t n, uint64_t seed);

#endif
