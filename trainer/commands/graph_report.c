#include "graph_report.h"

#include "float_text.h"

#include <math.h>

static void number(FILE *to, double x)
{
    char text[40];
    if (isnan(x)) {
        fputs("null", to);
        return;
    }
    text[bz_double_text(x, text)] = 0;
    fputs(text, to);
}

/* A JSON string; names come from files. */
static void string(FILE *to, const char *s)
{
    fputc('"', to);
    for (; *s; s++)
        if (*s == '"' || *s == '\\')
            fprintf(to, "\\%c", *s);
        else if ((unsigned char)*s < ' ')
            fprintf(to, "\\u%04x", *s);
        else
            fputc(*s, to);
    fputc('"', to);
}

void train_graph_json(const struct train_graph *g, FILE *to)
{
    fputs("{\"understood\":", to);
    string(to, g->how);
    if (g->base >= 0)
        fprintf(to, ",\"base\":%d,\"base_assumed\":%s", g->base, g->base_assumed ? "true" : "false");
    else
        fputs(",\"base\":null,\"base_assumed\":false", to);
    if (g->n_units)
        fprintf(to, ",\"units\":%zu", g->n_units);
    else
        fputs(",\"units\":null", to);
    fprintf(to, ",\"energies\":%s,\"names\":", g->energies ? "true" : "false");
    for (size_t k = 0; k < g->n_names; k++) {
        fputs(k ? "," : "[", to);
        string(to, g->names[k]);
    }
    fputs(g->n_names ? "],\"edges\":[" : "null,\"edges\":[", to);
    for (size_t k = 0; k < g->n_edges; k++)
        fprintf(to, "%s[%u,%u]", k ? "," : "", g->i[k], g->j[k]);
    fputs(g->weight ? "],\"weights\":[" : "],\"weights\":null", to);
    for (size_t k = 0; g->weight && k < g->n_edges; k++) {
        fputs(k ? "," : "", to);
        number(to, g->weight[k]);
    }
    fputs(g->weight ? "],\"biases\":[" : ",\"biases\":[", to);
    for (size_t k = 0; k < g->n_biases; k++) {
        fprintf(to, "%s[%u,", k ? "," : "", g->unit[k]);
        number(to, g->bias[k]);
        fputc(']', to);
    }
    fputs("]}\n", to);
}

void train_graph_print(const struct train_graph *g, const char *path, FILE *to)
{
    fprintf(to, "%s: %s\n", path, g->how);
    if (g->n_units)
        fprintf(to, "units: %zu, as stated in the file\n", g->n_units);
    else
        fprintf(to, "units: at least %zu; such a file does not list those without an edge\n", g->most);
    fprintf(to, "edges: %zu%s\n", g->n_edges, g->weight ? ", with weights" : "");
    if (g->n_biases)
        fprintf(to, "biases: %zu\n", g->n_biases);
}
