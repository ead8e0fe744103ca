/* Pieces of HTML pages about machines: one file that needs no network and no script, pictures inside; readable on a phone, in
 * the dark and on paper. */
#ifndef TRAIN_HTML_PAGE_H
#define TRAIN_HTML_PAGE_H

#include "dataset.h"
#include "gibbs.h"

#include <stdio.h>

enum { TRAIN_HTML_ROWS = 64 }; /* most rows shown, for which chains must have room */

/* True if a layer is shown as a picture: a visible one that has a shape or many units. Others are shown as tables. */
bool train_html_has_picture(const struct bz_layer *l);

/* Everything up to and including the heading; everything after the last section. */
void train_html_begin(FILE *out, const char *title);
void train_html_end(FILE *out);
/* A section's heading, and a line of text below it (NULL = none). */
void train_html_heading(FILE *out, const char *heading, const char *text);
/* Text from outside (layer names, settings) as HTML. */
void train_html_text(FILE *out, const char *text);
/* A row of a table of two columns. */
void train_html_fact(FILE *out, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What hidden units look for: pictures of weights of visible layers with pictures, the strongest weights of others. Names of
 * columns come from data (NULL = not known). The machine is prepared. */
int train_html_fields(FILE *out, const struct bz_machine *m, const struct train_data *data, struct bz_error *err);
/* Draws as many rows as chains have room for (at most TRAIN_HTML_ROWS) by a few hundred sweeps from noise. */
void train_html_sample(struct bz_chains *c, uint64_t seed, struct bz_work *w);
/* The visible layers of a state's rows: pictures as tiles, the others as a table. */
int train_html_rows(FILE *out, const struct bz_state *s, const struct train_data *data, const char *what, struct bz_error *err);
/* Chains 0 .. n-1 of a seed at step 0 and temperature 1. */
void train_html_number(struct bz_chains *c, size_t n, uint64_t seed);
/* Free energies of rows 0 .. n-1 of a state, whose hidden layers are overwritten; NaN where they are not finite. */
void train_html_free_energies(struct bz_state *s, double *f, struct bz_work *w);
/* The `training` record of a model: its facts, and the command that repeats it. */
int train_html_training(FILE *out, const char *record, struct bz_error *err);

#endif
