#include "html_comparison.h"

#include "chart.h"
#include "html_page.h"

#include <math.h>

const struct train_figure train_figures[TRAIN_FIGURES] = {
    {"means", "means of columns"}, {"pairs", "covariances of pairs"}, {"triplets", "third moments of triplets"}};

const struct train_agreement *train_figure_of(const struct train_likeness *l, size_t k)
{
    return k == 0 ? &l->means : k == 1 ? &l->pairs : &l->triplets;
}

const char *train_figure_text(char text[TRAIN_FIGURE_ROOM], double x)
{
    if (isfinite(x))
        snprintf(text, TRAIN_FIGURE_ROOM, "%.4f", x);
    else
        snprintf(text, TRAIN_FIGURE_ROOM, "-");
    return text;
}

static void put_table(FILE *out, const struct train_comparison *c)
{
    fputs("<table><tr><th></th><th>samples</th><th>other half</th></tr>\n", out);
    for (size_t k = 0; k < TRAIN_FIGURES; k++) {
        char samples[TRAIN_FIGURE_ROOM], ceiling[TRAIN_FIGURE_ROOM];
        fprintf(out, "<tr><td>%s, correlation</td><td>%s</td><td>%s</td></tr>\n", train_figures[k].text,
                train_figure_text(samples, train_figure_of(&c->samples, k)->correlation),
                train_figure_text(ceiling, train_figure_of(&c->ceiling, k)->correlation));
    }
    fprintf(out, "<tr><td>adversarial accuracy</td><td>%.3f</td><td>%.3f</td></tr></table>\n", c->samples.adversarial,
            c->ceiling.adversarial);
}

static void put_shares(FILE *out, const struct train_comparison *c)
{
    train_html_heading(out, c->labelled ? "Classes" : "Clusters",
                       c->labelled ? "Each sample gets the class of its nearest row."
                                   : "The rows' own clusters, and how many samples are in each.");
    fputs("<table><tr><th></th><th>first half</th><th>other half</th><th>samples</th></tr>\n", out);
    for (size_t i = 0; i < c->n_shares; i++) {
        fputs("<tr><td>", out);
        train_html_text(out, c->shares[i].name);
        fprintf(out, "</td><td>%.1f %%</td><td>%.1f %%</td><td>%.1f %%%s</td></tr>\n", 100 * c->shares[i].data,
                100 * c->shares[i].half, 100 * c->shares[i].samples, train_share_lost(c, i) ? " (missing)" : "");
    }
    fputs("</table>\n", out);
}

void train_html_comparison(FILE *out, const struct train_comparison *c)
{
    const struct train_series means[] = {{"samples", c->mean[0], c->mean[2], c->columns},
                                         {"other half of the data", c->mean[0], c->mean[1], c->columns}},
                              pairs[] = {{"samples", c->pair[0], c->pair[2], c->pairs},
                                         {"other half of the data", c->pair[0], c->pair[1], c->pairs}};
    fprintf(out,
            "<p>%zu samples and two halves of %zu rows: everything is compared with one half; the other half shows what can be "
            "reached.</p>\n",
            c->count, c->count);
    put_table(out, c);
    fputs("<div class=\"side\">\n", out);
    train_chart_points(out, "Means of columns", "half of the data", "", means, 2);
    train_chart_points(out, "Covariances of pairs", "half of the data", "", pairs, 2);
    fputs("</div>\n", out);
    put_shares(out, c);
}
