/* Graphs as various programs write them: the same edges from each, or a refusal that gives the reason. */
#include "graph.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct read_case {
    const char *writer, *text;
    const char *edges;   /* "0-1 0-2" */
    const char *weights; /* "1.5 ?", NULL = none */
    int base;
    size_t n_units;
};

static const struct read_case reads[] = {
    {"networkx write_edgelist", "0 1 {'weight': 1.5}\n0 2 {}\n1 2 {'color': 'red', 'weight': -1.0}\n", "0-1 0-2 1-2",
     "1.5 ? -1", 0, 0},
    {"networkx write_edgelist data=False", "0 1\n0 2\n1 2\n", "0-1 0-2 1-2", NULL, 0, 0},
    {"networkx write_weighted_edgelist", "0 1 1.5\n0 2\n1 2 -1.0\n", "0-1 0-2 1-2", "1.5 ? -1", 0, 0},
    {"the same of a DiGraph", "0 1 1.5\n1 0 1.5\n1 2 -1.0\n", "0-1 1-2", "1.5 -1", 0, 0},
    {"pandas to_csv", ",source,target,weight\n0,0,1,1.5\n1,0,2,\n", "0-1 0-2", "1.5 ?", 0, 0},
    {"pandas to_csv index=False", "source,target,weight\r\n0,1,1.5\r\n0,2,\r\n", "0-1 0-2", "1.5 ?", 0, 0},
    {"R write.csv", "\"\",\"from\",\"to\",\"weight\"\n\"1\",\"a\",\"b\",1.5\n\"2\",\"b\",\"c\",-1\n", "0-1 1-2", "1.5 -1", -1,
     0},
    {"R write.table(as_edgelist(g))", "1 2\n2 3\n1 4\n", "0-1 0-3 1-2", NULL, 1, 0},
    {"R write.table(as_edgelist(g)) with names", "\"V1\" \"V2\"\n\"1\" 2 3\n\"2\" 3 4\n\"3\" 1 4\n", "0-3 1-2 2-3", NULL, 1, 0},
    {"numpy savetxt", "0.000000000000000000e+00 1.000000000000000000e+00\n1.0e+00 2.0e+00\n", "0-1 1-2", NULL, 0, 0},
    {"Excel", "\xef\xbb\xbfsource;target\r\n0;1\r\n1;2\r\n", "0-1 1-2", NULL, 0, 0},
    {"Gset from 0", "5 3\n0 1 1\n1 2 -1\n3 0 -1\n", "0-1 0-3 1-2", "1 -1 -1", 0, 5},
    {"tabs", "0\t1\t2\n1\t2\t3\n", "0-1 1-2", "2 3", 0, 0},
    {"csv without a header", "0,1,2\n1,2,3\n", "0-1 1-2", "2 3", 0, 0},
    {"networkx write_adjlist", "#-\n# GMT Sat Nov 28 01:01:16 2026\n# \n0 1 2\n1 2\n2\n3\n", "0-1 0-2 1-2", NULL, 0, 4},
    {"networkx write_pajek",
     "*vertices 3\n1 0 0.0 0.0 ellipse\n2 \"1\" 0.0 0.0 ellipse\n3 2 0.0 0.0 ellipse\n*edges\n1 2 1.5\n2 3 1.0\n", "0-1 1-2",
     "1.5 1", 1, 3},
    {"pajek with arcs", "*Network x\n*Vertices 2\n*Arcs\n1 2 3\n2 1 3\n", "0-1", "3", 1, 2},
    {"igraph write_dimacs", "c created by igraph\np max 5 2\nn 1 s\nn 2 t\na 1 2 1.5\na 2 3 -1\n", "0-1 1-2", "1.5 -1", 1, 5},
    {"DIMACS colouring", "c x\np edge 4 2\ne 1 2\ne 3 4\n", "0-1 2-3", NULL, 1, 4},
    {"METIS", "% a triangle and a vertex alone\n4 3 001\n2 15 3 10\n1 15 3 7\n1 10 2 7\n\n", "0-1 0-2 1-2", "15 10 7", 1, 4},
    {"METIS with weights of vertices", "3 2 11 1\n5 2 1\n6 1 1 3 2\n7 2 2\n", "0-1 1-2", "1 2", 1, 3},
    {"Gset", "5 3\n1 2 1\n2 3 -1\n4 1 -1\n", "0-1 0-3 1-2", "1 -1 -1", 1, 5},
    {"igraph write_adjacency", "0 1 1 0\n1 0 0 0\n1 0 0 0\n0 0 0 0\n", "0-1 0-2", "1 1", 0, 4},
    {"dimod COO", "0 0 -1.000000\n0 1 1.000000\n1 2 -4.500000\n", "0-1 1-2", "1 -4.5", 0, 0},
    {"dimod COO with its kind", "# vartype=SPIN\n0 1 1.000000\n", "0-1", "1", 0, 0},
    {"qbsolv", "c x\np qubo 0 3 1 2\n0 0 -1\n0 1 2\n1 0 0.5\n1 2 3\n", "0-1 1-2", "2.5 3", 0, 3},
};

static void expect_edges(const struct read_case *c, const struct train_graph *g)
{
    char edges[200] = "", weights[200] = "";
    for (size_t k = 0; k < g->n_edges; k++) {
        const size_t used = strlen(edges), wide = strlen(weights);
        snprintf(edges + used, sizeof(edges) - used, "%s%u-%u", k ? " " : "", g->i[k], g->j[k]);
        if (g->weight && isnan(g->weight[k]))
            snprintf(weights + wide, sizeof(weights) - wide, "%s?", k ? " " : "");
        else if (g->weight)
            snprintf(weights + wide, sizeof(weights) - wide, "%s%g", k ? " " : "", g->weight[k]);
    }
    if (strcmp(edges, c->edges) != 0 || !g->weight != !c->weights || (c->weights && strcmp(weights, c->weights) != 0) ||
        g->base != c->base || g->n_units != c->n_units)
        fail_msg("%s: edges %s, weights %s, base %d, %zu units (%s)", c->writer, edges, weights, g->base, g->n_units, g->how);
}

static void every_writers_edges_are_the_same_pairs(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(reads) / sizeof(reads[0]); k++) {
        struct train_graph g;
        struct bz_error err;
        if (train_graph_parse(&g, "g", reads[k].text, strlen(reads[k].text), &(struct train_graph_options){.base = -1}, &err) <
            0)
            fail_msg("%s: %s", reads[k].writer, err.msg);
        expect_edges(&reads[k], &g);
        train_graph_free(&g);
    }
}

static void what_is_no_graph_of_couplings_is_refused_by_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
        int base;
        size_t n_units;
    } wrong[] = {
        {"0 1 1.5\n1 0 2\n", "line 2: repeats the edge of line 1 with another weight", -1, 0},
        {"0 1 1.5\n3 3 0.5\n", "line 2: an edge from a vertex to itself", -1, 0},
        {"(0, 0) (1, 0) {}\n", "convert_node_labels_to_integers", -1, 0},
        {"# a\nb 1.5\nc 0.25\n# b\nc -1\n", "LGL", -1, 0},
        {"<?xml version='1.0'?><graphml/>", "XML graph", -1, 0},
        {"{\"nodes\":[]}", "JSON", -1, 0},
        {"graph {\n 0 -- 1;\n}\n", "DOT graph", -1, 0},
        {"graph G { 0 -- 1; }\n", "DOT graph", -1, 0},
        {"graph G\n{\n 0 -- 1;\n}\n", "DOT graph", -1, 0},
        {"0 1\n1 5\n", "line 2: vertex 5, expected at most 4 (5 units, counted from 0)", -1, 5},
        {"1 2\n2 6\n", "line 2: vertex 6, expected at most 5 (5 units, counted from 1; --base 0", -1, 5},
        {"0 1\n", "holds a vertex 0, expected vertices from 1 (--base 1)", 1, 0},
        {"*vertices 2\n*edges\n1 2\n", "--base 0, but a pajek graph counts from 1", 0, 0},
        {"*vertices 2\n*edges\n1 3\n", "line 3: vertex 3, expected at most 2", -1, 0},
        {"3 2\n1 2\n2 3\n", "may be the size (vertices, edges) or an edge", -1, 0},
        {"4 3\n0 1\n1 2\n0 3\n", "may be the size (vertices, edges) or an edge", -1, 0},
        {"from to\n1 2 5\n1 3 4\n", "line 3: 3 fields below 2 names", -1, 0},
        {"0 1.5\n", "vertex '1.5', expected a whole number", -1, 0},
        {"0 1 1e999\n", "weight '1e999', expected a finite number", -1, 0},
        {"0 1 2 3\n1 2 2 3\n", "line 1: 4 fields", -1, 0},
        {"0 1 1 0\n1 0 0 0\n1 0 0 0\n0 1 0 0\n", "expected a symmetric matrix", -1, 0},
        {"a b\n1 c\n", "vertex 'a', expected a whole number", -1, 0},
        {"# nothing\n", "only comments", -1, 0},
        {"4 3 001\n2 15 3 10\n1 15 4 7\n1 10 2 7\n\n", "listed at both their vertices", -1, 0},
    };
    for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
        struct train_graph g;
        struct bz_error err;
        const struct train_graph_options o = {.base = wrong[k].base, .n_units = wrong[k].n_units};
        if (train_graph_parse(&g, "g", wrong[k].text, strlen(wrong[k].text), &o, &err) == 0)
            fail_msg("'%s' was read: %s", wrong[k].text, g.how);
        if (err.code != BZ_BAD_INPUT || !strstr(err.msg, wrong[k].reason))
            fail_msg("'%s': %s", wrong[k].text, err.msg);
    }
}

static void the_base_is_found_or_said(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int given, base;
        size_t n_units;
        bool assumed;
    } bases[] = {{"0 1\n", -1, 0, 0, false}, {"1 2\n", -1, 1, 0, true}, {"1 2\n", -1, 1, 2, false},
                 {"1 2\n", -1, 1, 3, true},  {"1 2\n", 0, 0, 3, false}, {"1 2\n", 1, 1, 3, false}};
    for (size_t k = 0; k < sizeof(bases) / sizeof(bases[0]); k++) {
        struct train_graph g;
        struct bz_error err;
        const struct train_graph_options o = {.base = bases[k].given, .n_units = bases[k].n_units};
        assert_int_equal(train_graph_parse(&g, "g", bases[k].text, strlen(bases[k].text), &o, &err), 0);
        assert_int_equal(g.base, bases[k].base);
        assert_int_equal(g.base_assumed, bases[k].assumed);
        assert_int_equal(strstr(g.how, "assumed; if not") != NULL, bases[k].assumed);
        assert_int_equal(g.i[0], bases[k].base ? 0 : k == 4);
        train_graph_free(&g);
    }
}

static void words_are_units_by_name(void **state)
{
    (void)state;
    char *names[] = {"c", "b", "a"};
    struct train_graph g;
    struct bz_error err;
    const struct train_graph_options o = {.base = -1, .n_units = 3, .names = names};
    const char text[] = "from,to\na,b\nb,c\n", unknown[] = "a b\nb d\n";
    assert_int_equal(train_graph_parse(&g, "g", text, sizeof(text) - 1, &o, &err), 0);
    expect_edges(&(struct read_case){"words", text, "0-1 1-2", NULL, -1, 0}, &g);
    train_graph_free(&g);
    assert_int_equal(train_graph_parse(&g, "g", unknown, sizeof(unknown) - 1, &o, &err), -1);
    assert_non_null(strstr(err.msg, "line 2: there is no unit 'd'"));
}

static void biases_of_energies_are_kept_apart(void **state)
{
    (void)state;
    struct train_graph g;
    struct bz_error err;
    const char text[] = "p qubo 0 3 2 1\n2 2 5\n0 0 -1\n0 0 -1\n0 2 3\n";
    assert_int_equal(train_graph_parse(&g, "g", text, sizeof(text) - 1, &(struct train_graph_options){.base = -1}, &err), 0);
    assert_true(g.energies);
    assert_int_equal(g.n_edges, 1);
    assert_int_equal(g.n_biases, 2);
    assert_int_equal(g.unit[0], 0);
    assert_near(g.bias[0], -2, 0);
    assert_near(g.bias[1], 5, 0);
    assert_int_equal(g.most, 3);
    train_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_writers_edges_are_the_same_pairs),
        cmocka_unit_test(what_is_no_graph_of_couplings_is_refused_by_its_reason),
        cmocka_unit_test(the_base_is_found_or_said),
        cmocka_unit_test(words_are_units_by_name),
        cmocka_unit_test(biases_of_energies_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
