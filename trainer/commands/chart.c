#include "chart.h"

#include "html_page.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 240, LEFT = 62, RIGHT = 612, TOP = 12, BOTTOM = 192, BINS = 32, MOST_SETS = 4 };

/* The visible range of each axis. */
struct frame {
    double x0, x1, y0, y1;
};

static double place_x(const struct frame *f, double x)
{
    return LEFT + (RIGHT - LEFT) * (x - f->x0) / (f->x1 - f->x0);
}

static double place_y(const struct frame *f, double y)
{
    return BOTTOM - (BOTTOM - TOP) * (y - f->y0) / (f->y1 - f->y0);
}

/* Ranges may not be empty. */
static void widen(double *low, double *high)
{
    if (*high - *low < 1e-9 * (1 + fabs(*low))) {
        const double by = 0.5 * (fabs(*low) > 1 ? fabs(*low) : 1);
        *low -= by;
        *high += by;
    }
}

/* A step of 1, 2 or 5 times a power of ten that divides the range into about `parts`. */
static double round_step(double range, double parts)
{
    const double rough = range / parts, power = pow(10, floor(log10(rough)));
    return power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
}

static void put_ticks(FILE *out, const struct frame *f, bool y_axis)
{
    const double step_x = round_step(f->x1 - f->x0, 6), step_y = round_step(f->y1 - f->y0, 4);
    for (double t = ceil(f->x0 / step_x - 1e-9) * step_x; t <= f->x1 + 1e-9 * step_x; t += step_x)
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>", place_x(f, t), BOTTOM + 16,
                fabs(t) < 1e-9 * step_x ? 0 : t);
    for (double t = ceil(f->y0 / step_y - 1e-9) * step_y; y_axis && t <= f->y1 + 1e-9 * step_y; t += step_y)
        fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>", LEFT,
                place_y(f, t), RIGHT, LEFT - 6, place_y(f, t) + 4, fabs(t) < 1e-9 * step_y ? 0 : t);
}

/* Everything around the marks. */
static void put_frame(FILE *out, const struct frame *f, const char *title, const char *x_label, const char *y_label)
{
    fputs("<figure class=\"chart\"><figcaption><b>", out);
    train_html_text(out, title);
    fprintf(out, "</b></figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    train_html_text(out, title);
    fputs("\">", out);
    put_ticks(out, f, *y_label);
    fprintf(out, "<path class=\"axis\" d=\"M%d %dH%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", LEFT, BOTTOM, RIGHT,
            (LEFT + RIGHT) / 2, BOTTOM + 36);
    train_html_text(out, x_label);
    fprintf(out, "</text><text text-anchor=\"middle\" transform=\"translate(11 %d) rotate(-90)\">", (TOP + BOTTOM) / 2);
    train_html_text(out, y_label);
    fputs("</text>", out);
}

static void put_legend(FILE *out, const struct train_series *series, size_t n)
{
    fputs("</svg>", out);
    if (n > 1) {
        fputs("<p class=\"legend\">", out);
        for (size_t k = 0; k < n; k++) {
            fprintf(out, "<span><i class=\"k%zu\"></i>", k);
            train_html_text(out, series[k].name);
            fputs("</span> ", out);
        }
        fputs("</p>", out);
    }
    fputs("</figure>\n", out);
}

static void put_line(FILE *out, const struct frame *f, const struct train_series *s, size_t k, const char *x_label)
{
    fprintf(out, "<polyline class=\"line k%zu\" points=\"", k);
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->y[i]))
            fprintf(out, "%.1f,%.1f ", place_x(f, s->x[i]), place_y(f, s->y[i]));
    fputs("\"/>", out);
    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->y[i]))
            continue;
        fprintf(out, "<circle class=\"point k%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>", k, place_x(f, s->x[i]),
                place_y(f, s->y[i]));
        train_html_text(out, s->name);
        fprintf(out, ": %.6g (", s->y[i]);
        train_html_text(out, x_label);
        fprintf(out, " %.6g)</title></circle>", s->x[i]);
    }
}

void train_chart_lines(FILE *out, const char *title, const char *x_label, const char *y_label, const struct train_series *lines,
                       size_t n_lines)
{
    struct frame f = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t k = 0; k < n_lines; k++)
        for (size_t i = 0; i < lines[k].n; i++) {
            if (!isfinite(lines[k].y[i]))
                continue;
            f.x0 = fmin(f.x0, lines[k].x[i]);
            f.x1 = fmax(f.x1, lines[k].x[i]);
            f.y0 = fmin(f.y0, lines[k].y[i]);
            f.y1 = fmax(f.y1, lines[k].y[i]);
        }
    if (!(f.x0 <= f.x1))
        return;
    widen(&f.x0, &f.x1);
    widen(&f.y0, &f.y1);
    put_frame(out, &f, title, x_label, y_label);
    for (size_t k = 0; k < n_lines; k++)
        put_line(out, &f, &lines[k], k, x_label);
    put_legend(out, lines, n_lines);
}

void train_chart_marks(FILE *out, const char *title, const char *x_label, const char *y_label, const struct train_series *marks)
{
    struct frame f = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t i = 0; i < marks->n; i++) {
        if (!isfinite(marks->x[i]) || !isfinite(marks->y[i]))
            continue;
        f.x0 = fmin(f.x0, marks->x[i]);
        f.x1 = fmax(f.x1, marks->x[i]);
        f.y0 = fmin(f.y0, marks->y[i]);
        f.y1 = fmax(f.y1, marks->y[i]);
    }
    if (!(f.x0 <= f.x1))
        return;
    widen(&f.x0, &f.x1);
    widen(&f.y0, &f.y1);
    put_frame(out, &f, title, x_label, y_label);
    for (size_t i = 0; i < marks->n; i++)
        if (isfinite(marks->x[i]) && isfinite(marks->y[i]))
            fprintf(out, "<circle class=\"area k0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%.6g at %.6g</title></circle>",
                    place_x(&f, marks->x[i]), place_y(&f, marks->y[i]), marks->y[i], marks->x[i]);
    put_legend(out, marks, 1);
}

void train_chart_points(FILE *out, const char *title, const char *x_label, const char *y_label, const struct train_series *sets,
                        size_t n_sets)
{
    enum { SHOWN = 600 };
    struct frame f = {INFINITY, -INFINITY, 0, 0};
    for (size_t k = 0; k < n_sets; k++)
        for (size_t i = 0; i < sets[k].n; i++) {
            f.x0 = fmin(f.x0, fmin(sets[k].x[i], sets[k].y[i]));
            f.x1 = fmax(f.x1, fmax(sets[k].x[i], sets[k].y[i]));
        }
    if (!(f.x0 <= f.x1))
        return;
    widen(&f.x0, &f.x1);
    f.y0 = f.x0;
    f.y1 = f.x1;
    put_frame(out, &f, title, x_label, y_label);
    fprintf(out, "<path class=\"grid\" d=\"M%d %dL%d %d\"/>", LEFT, BOTTOM, RIGHT, TOP);
    for (size_t k = 0; k < n_sets; k++) {
        const size_t shown = sets[k].n < SHOWN ? sets[k].n : SHOWN;
        for (size_t j = 0; j < shown; j++) {
            const size_t i = j * sets[k].n / shown;
            fprintf(out, "<circle class=\"area k%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>", k, place_x(&f, sets[k].x[i]),
                    place_y(&f, sets[k].y[i]));
        }
    }
    put_legend(out, sets, n_sets);
}

/* share[bin] of the values; returns the largest. */
static double bin_shares(const struct train_series *s, double low, double high, double share[BINS])
{
    size_t counted = 0;
    double most = 0;
    memset(share, 0, BINS * sizeof(*share));
    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->x[i]))
            continue;
        const double at = floor((s->x[i] - low) / (high - low) * BINS);
        share[at < 0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at]++;
        counted++;
    }
    for (size_t b = 0; b < BINS && counted; b++) {
        share[b] /= (double)counted;
        most = fmax(most, share[b]);
    }
    return most;
}

static void put_shares(FILE *out, const struct frame *f, const struct train_series *s, size_t k, const double share[BINS])
{
    const double wide = (f->x1 - f->x0) / BINS;
    fprintf(out, "<path class=\"area k%zu\" d=\"M%d %d", k, LEFT, BOTTOM);
    for (size_t b = 0; b < BINS; b++)
        fprintf(out, "V%.1fH%.1f", place_y(f, share[b]), place_x(f, f->x0 + (double)(b + 1) * wide));
    fprintf(out, "V%dZ\"/>", BOTTOM);
    for (size_t b = 0; b < BINS; b++) {
        if (share[b] == 0)
            continue;
        const double left = place_x(f, f->x0 + (double)b * wide);
        fprintf(out, "<rect class=\"point\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>", left,
                place_y(f, share[b]), (RIGHT - LEFT) / (double)BINS, BOTTOM - place_y(f, share[b]));
        train_html_text(out, s->name);
        fprintf(out, ": %.3g %% from %.5g to %.5g</title></rect>", 100 * share[b], f->x0 + (double)b * wide,
                f->x0 + (double)(b + 1) * wide);
    }
}

void train_chart_histogram(FILE *out, const char *title, const char *x_label, const struct train_series *sets, size_t n_sets)
{
    struct frame f = {INFINITY, -INFINITY, 0, 0};
    double share[MOST_SETS][BINS];
    for (size_t k = 0; k < n_sets; k++)
        for (size_t i = 0; i < sets[k].n; i++) {
            f.x0 = isfinite(sets[k].x[i]) ? fmin(f.x0, sets[k].x[i]) : f.x0;
            f.x1 = isfinite(sets[k].x[i]) ? fmax(f.x1, sets[k].x[i]) : f.x1;
        }
    if (!(f.x0 <= f.x1) || n_sets > MOST_SETS)
        return;
    widen(&f.x0, &f.x1);
    for (size_t k = 0; k < n_sets; k++)
        f.y1 = fmax(f.y1, bin_shares(&sets[k], f.x0, f.x1, share[k]));
    put_frame(out, &f, title, x_label, "share");
    for (size_t k = 0; k < n_sets; k++)
        put_shares(out, &f, &sets[k], k, share[k]);
    put_legend(out, sets, n_sets);
}
