/* Charts in HTML pages, as SVG: axes with round ticks, legends, values on hovering; no script. */
#ifndef TRAIN_CHART_H
#define TRAIN_CHART_H

#include <stddef.h>
#include <stdio.h>

/* y[n] over x[n]; points with a y that is not finite are left out. For histograms y is NULL and x[n] are the values. Borrowed.
 */
struct train_series {
    const char *name;
    const double *x, *y;
    size_t n;
};

/* Lines in one frame; nothing at all if there is no point to show. Texts are plain text. */
void train_chart_lines(FILE *out, const char *title, const char *x_label, const char *y_label, const struct train_series *lines,
                       size_t n_lines);

/* Points in one frame with equal ranges and the diagonal, at most a few hundred of each set. */
void train_chart_points(FILE *out, const char *title, const char *x_label, const char *y_label, const struct train_series *sets,
                        size_t n_sets);

/* Marks without a line, with their values on hovering. */
void train_chart_marks(FILE *out, const char *title, const char *x_label, const char *y_label,
                       const struct train_series *marks);

/* Histograms over the same bins, each as the share of its values; values that are not finite are left out. */
void train_chart_histogram(FILE *out, const char *title, const char *x_label, const struct train_series *sets, size_t n_sets);

#endif
