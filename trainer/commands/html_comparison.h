/* Samples and data (comparison.h) as a section of a page. */
#ifndef TRAIN_HTML_COMPARISON_H
#define TRAIN_HTML_COMPARISON_H

#include "comparison.h"

#include <stdio.h>

/* What is compared, in order, for all forms of output. */
enum { TRAIN_FIGURES = 3 };
struct train_figure {
    const char *key, *text;
};
extern const struct train_figure train_figures[TRAIN_FIGURES];
const struct train_agreement *train_figure_of(const struct train_likeness *l, size_t k);

/* Tables and charts, below a heading of the caller's. */
void train_html_comparison(FILE *out, const struct train_comparison *c);

/* A figure's number as text; "-" where there is none, as the correlation over a single triplet. Returns text. */
enum { TRAIN_FIGURE_ROOM = 32 };
const char *train_figure_text(char text[TRAIN_FIGURE_ROOM], double x);

#endif
