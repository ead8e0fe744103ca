/* One draw of one layer given all others, for every machine of the table, against enumeration. */
#include "chain_case.h"
#include "enumerate.h"
#include "gibbs.h"
#include "oracle_machines.h"
#include "rows.h"
#include "statistics.h"
#include "test.h"
#include "unit.h"

#include <string.h>

enum { DRAWN = 2000 / DRAWS_DIVISOR, MOST_KEYS = 4096 };

/* Draws of a layer with all else held: for discrete units, how often each state occurs; for others, where their mean lies. */
static void check_draws(const struct bz_machine *m, size_t layer)
{
    const struct bz_layer *l = &m->layers[layer];
    struct bz_chains *c = new_chains(m, DRAWN, 1, 3, 31);
    struct bz_work *w = new_work(m);
    struct rows rows;
    bool layers[16] = {false};
    double counts[16], values[16][16], *mean[16], p[MOST_KEYS];
    size_t seen[MOST_KEYS] = {0};
    float *held[16];
    const struct enumeration e = {.m = m, .t = 1, .counts = counts, .held = held};

    rows_new(&rows, m, 1, 3, 7);
    for (size_t o = 0; o < m->n_layers; o++) {
        const size_t size = m->layers[o].size;
        for (size_t r = 0; r < DRAWN; r++)
            memcpy(c->s->x[o] + r * size, rows.s->x[o], size * sizeof(float));
        held[o] = o == layer ? NULL : rows.s->x[o];
        mean[o] = values[o];
        counts[o] = 3;
    }
    bz_gibbs_layer(c, layer, 0, DRAWN, w);
    layers[layer] = true;
    if (bz_unit_type(l->unit)->discrete) {
        enum_marginal(&e, layers, p);
        for (size_t r = 0; r < DRAWN; r++)
            seen[enum_key(&e, layers, c->s, r)]++;
        assert_true(chi_square_test(seen, p, enum_keys(&e, layers)) > 1e-4);
    }
    enum_moments(&e, mean, NULL, NULL);
    for (size_t i = 0; i < l->size; i++) {
        double sum = 0, squares = 0;
        for (size_t r = 0; r < DRAWN; r++) {
            const double x = (double)c->s->x[layer][r * l->size + i] - mean[layer][i];
            sum += x;
            squares += x * x;
        }
        assert_near(sum / DRAWN, 0, 5 * sqrt(squares) / DRAWN + 1e-3);
    }
    rows_free(&rows);
    bz_work_free(w);
    bz_chains_free(c);
}

/* Layers coupled to themselves are drawn unit by unit: test_gibbs.c follows their chains. */
static void every_layer_of_the_table_is_drawn_given_the_others(void **state)
{
    struct bz_machine *m;

    (void)state;
    for (size_t i = 0; (m = oracle_number(i)); i++) {
        for (size_t l = 0; l < m->n_layers; l++)
            if (!bz_machine_has_lateral(m, l))
                check_draws(m, l);
        bz_machine_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_layer_of_the_table_is_drawn_given_the_others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
