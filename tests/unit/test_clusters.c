/* Rows in well-separated groups: found and encoded before learning, so the machine starts at the likelihood of the mixture. */
#include "clusters.h"

#include "data_case.h"
#include "energy.h"
#include "exact.h"
#include "gibbs.h"
#include "rows.h"
#include "tables.h"
#include "test.h"
#include "tree.h"

#include <math.h>
#include <stdio.h>

enum { BITS = 60, UNITS = 8, ROWS = 400, GROUPS = 3 };

static struct bz_error err;

static struct bz_key key_of(size_t row)
{
    return (struct bz_key){.seed = 5, .chain = (uint32_t)row, .purpose = BZ_DRAW_MISC};
}

/* One of three patterns has 90 % of the rows. */
static size_t pattern_of(size_t row)
{
    return row % 20 == 0 ? 1 : row % 20 == 7 ? 2 : 0;
}

static bool pattern_bit(size_t pattern, size_t i)
{
    const struct bz_key key = {.seed = 6, .chain = (uint32_t)pattern, .purpose = BZ_DRAW_MISC};
    return bz_random_u32(&key, (uint32_t)i) % 2;
}

/* Each bit of a pattern is wrong once in fifty; or, without patterns, independent bits with many different rates. */
static const char *bits_file(const char *off, bool patterns)
{
    static char text[ROWS * BITS * 3 + 1];
    size_t at = 0;

    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        for (size_t i = 0; i < BITS; i++) {
            const uint32_t draw = bz_random_u32(&key, (uint32_t)i) % 1000;
            const bool on = patterns ? pattern_bit(pattern_of(r), i) != (draw < 20) : draw < 16 * i;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c", on ? "1" : off, i + 1 < BITS ? ',' : '\n');
        }
    }
    return text_file("bits.csv", text);
}

static struct bz_machine *machine(enum bz_unit unit, size_t size)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = unit, .size = size},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = UNITS, .has_offset = true},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    return m;
}

/* A layer for each part of the data. */
static struct bz_machine *machine_for(const struct train_data *d)
{
    struct bz_layer_spec layers[12] = {0};
    struct bz_coupling_spec couplings[12];
    struct bz_machine *m;

    for (size_t l = 0; l < d->n_parts; l++) {
        const struct train_part *p = &d->parts[l];
        layers[l] = (struct bz_layer_spec){
            .name = p->name, .role = BZ_VISIBLE, .unit = p->unit, .size = p->size, .groups = p->groups, .has_offset = true};
        couplings[l] = (struct bz_coupling_spec){l, d->n_parts};
    }
    layers[d->n_parts] =
        (struct bz_layer_spec){.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = UNITS, .has_offset = true};
    assert_int_equal(bz_machine_new(&m, "rbm", layers, d->n_parts + 1, couplings, d->n_parts, &err), 0);
    return m;
}

/* Builds the initial machine for these rows; returns how many groups were found. */
static size_t start(struct bz_machine **m, const struct train_data *d, size_t *rows)
{
    struct train_clusters *found;

    for (size_t r = 0; r < d->rows; r++)
        rows[r] = r;
    assert_int_equal(train_start_clusters(m, d, rows, d->rows, 1, &found, &err), 0);
    assert_int_equal(bz_machine_prepare(*m, &err), 0);
    const size_t n = found ? found->n : 0;
    train_clusters_free(found);
    return n;
}

/* Mean log p of the rows that were started from, with log Z by summation. */
static double log_p(const struct bz_machine *m, const struct train_data *d, const size_t *rows)
{
    struct rows r;
    double log_z, sum = 0, *free_energy = calloc(d->rows, sizeof(double));

    assert_non_null(free_energy);
    assert_int_equal(bz_exact_log_z(m, 1, NULL, UNITS + 5, NULL, &log_z, &err), 0);
    rows_new(&r, m, d->rows, 0, 1);
    for (size_t l = 0; l < d->n_parts; l++)
        train_part_read(&d->parts[l], rows, d->rows, NULL, r.s->x[l], NULL);
    bz_free_energy(r.s, 0, d->rows, free_energy, NULL, r.w);
    for (size_t i = 0; i < d->rows; i++)
        sum -= free_energy[i] + log_z;
    rows_free(&r);
    free(free_energy);
    return sum / (double)d->rows;
}

/* The same for the rows of bits_file under the distribution they were drawn from. */
static double true_log_p(const struct train_data *d, const size_t *rows, float on)
{
    static const double share[GROUPS] = {0.9, 0.05, 0.05};
    double sum = 0;
    float x[BITS];

    for (size_t r = 0; r < d->rows; r++) {
        double p = 0;
        train_part_read(&d->parts[0], rows + r, 1, NULL, x, NULL);
        for (size_t k = 0; k < GROUPS; k++) {
            int wrong = 0;
            for (size_t i = 0; i < BITS; i++)
                wrong += (x[i] == on) != pattern_bit(k, i);
            p += share[k] * pow(0.02, wrong) * pow(0.98, BITS - wrong);
        }
        sum += log(p);
    }
    return sum / (double)d->rows;
}

static void start_from_patterns(enum bz_unit unit, const char *off)
{
    const struct train_data_options o = {.data = ONE(bits_file(off, true))};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine(unit, BITS);
    size_t rows[ROWS];

    assert_int_equal(start(&m, d, rows), GROUPS);
    assert_true(log_p(m, d, rows) > true_log_p(d, rows, 1) - 0.05);
    bz_machine_free(m);
    train_data_free(d);
}

static void patterns_of_bits_are_a_mixture_before_learning(void **state)
{
    (void)state;
    start_from_patterns(BZ_BERNOULLI, "0");
}

static void so_are_patterns_of_spins(void **state)
{
    (void)state;
    start_from_patterns(BZ_SPIN, "-1");
}

/* So many that centres drawn at once miss some of them. */
static void many_patterns_get_states_of_their_own(void **state)
{
    enum { MANY = 20 };
    static char text[ROWS * BITS * 2 + 1];
    double truth = 0;
    size_t at = 0, rows[ROWS];

    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        double p = 1.0 / MANY;
        for (size_t i = 0; i < BITS; i++) {
            const bool wrong = bz_random_u32(&key, (uint32_t)i) % 1000 < 30;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", pattern_bit(r % MANY, i) != wrong,
                                   i + 1 < BITS ? ',' : '\n');
            p *= wrong ? 0.03 : 0.97;
        }
        truth += log(p) / ROWS;
    }
    const struct train_data_options o = {.data = ONE(text_file("bits.csv", text))};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine(BZ_BERNOULLI, BITS);
    assert_int_equal(start(&m, d, rows), MANY);
    assert_int_equal(m->layers[1].size, MANY);
    assert_true(log_p(m, d, rows) > truth);
    bz_machine_free(m);
    train_data_free(d);
}

/* Columns that are nearly constant in every group one may look for. */
static void independent_bits_are_one_group(void **state)
{
    const struct train_data_options o = {.data = ONE(bits_file("0", false))};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine(BZ_BERNOULLI, BITS);
    size_t rows[ROWS];

    (void)state;
    assert_int_equal(start(&m, d, rows), 0);
    for (size_t w = 0; w < BITS * UNITS; w++)
        assert_true(bz_machine_weight(m, 0)[w] == 0);
    bz_machine_free(m);
    train_data_free(d);
}

/* More columns than rows: some rows have more in common than others by chance. */
static void noise_in_wide_rows_makes_no_groups(void **state)
{
    enum { WIDE = 400, FEW = 120 };
    static char text[WIDE * FEW * 10 + 1];
    size_t at = 0, rows[ROWS];

    (void)state;
    for (size_t r = 0; r < FEW; r++) {
        const struct bz_key key = key_of(r);
        for (uint32_t i = 0; i < WIDE; i++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%.4f%c", bz_random_normal(&key, 2 * i),
                                   i + 1 < WIDE ? ',' : '\n');
    }
    const struct train_data_options o = {.data = ONE(text_file("wide.csv", text))};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine(BZ_GAUSSIAN, WIDE);
    assert_int_equal(start(&m, d, rows), 0);
    bz_machine_free(m);
    train_data_free(d);
}

/* Chains start in each of k clusters of equal shares, and stay there. */
static void chains_begin_in_all(const struct bz_machine *m, const double *centre, size_t k)
{
    enum { CHAINS = 600, SWEEPS = 20 };
    struct bz_chains *c;
    struct bz_work *w;
    size_t near[8] = {0};

    assert_int_equal(bz_chains_new(&c, m, CHAINS, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    for (size_t r = 0; r < CHAINS; r++) {
        c->seed[r] = 1;
        c->index[r] = (uint32_t)r;
    }
    c->s->n = CHAINS;
    bz_chains_init(c, 0, CHAINS, NULL, w);
    bz_gibbs(c, 0, CHAINS, SWEEPS, w);
    for (size_t r = 0; r < CHAINS; r++)
        for (size_t j = 0; j < k; j++)
            near[j] += hypot((double)c->s->x[0][2 * r] - centre[2 * j], (double)c->s->x[0][2 * r + 1] - centre[2 * j + 1]) < 6;
    for (size_t j = 0; j < k; j++) /* 100 expected, standard deviation 9 */
        assert_in_range(near[j], 60, 140);
    bz_work_free(w);
    bz_chains_free(c);
}

/* Six clusters with a standard deviation of 1 in two columns, which no three directions reach from a central point. */
static void clusters_get_states_of_their_own_where_units_cannot_tell_them_apart(void **state)
{
    static const double centre[6][2] = {{0, 0}, {20, 3}, {40, 0}, {60, 7}, {20, 30}, {41, 60}};
    static char text[ROWS * 40];
    double truth = 0;
    size_t at = 0, rows[ROWS];

    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        const double a = bz_random_normal(&key, 0), b = bz_random_normal(&key, 2);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6f,%.6f\n", centre[r % 6][0] + a, centre[r % 6][1] + b);
        truth += (-(a * a + b * b) / 2 - log(2 * 3.14159265358979 * 6)) / ROWS;
    }
    const struct train_data_options o = {.data = ONE(text_file("clusters.csv", text))};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine(BZ_GAUSSIAN, 2);
    assert_int_equal(start(&m, d, rows), 6);
    assert_int_equal(m->n_layers, 3);
    assert_string_equal(m->layers[1].name, "groups");
    assert_int_equal(m->layers[2].size, UNITS);
    assert_near(log_p(m, d, rows), truth, 0.05);
    chains_begin_in_all(m, &centre[0][0], 6);
    bz_machine_free(m);
    train_data_free(d);
}

/* One of twenty rows is five deviations off: by the nearer of two centres the other rows would be halved instead. */
static void a_small_cluster_near_a_large_one(void **state)
{
    static char text[ROWS * 40];
    size_t at = 0, rows[ROWS];

    (void)state;
    for (size_t i = 0; i < 3 * ROWS; i++) {
        const struct bz_key key = key_of(i / 3);
        const double x = bz_random_normal(&key, (uint32_t)(2 * (i % 3))) + (i / 3 % 20 ? 0 : 2.9);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6f%c", x, i % 3 < 2 ? ',' : '\n');
    }
    struct train_data *d = load(&(struct train_data_options){.data = ONE(text_file("clusters.csv", text))});
    struct bz_machine *m = machine(BZ_GAUSSIAN, 3);
    assert_int_equal(start(&m, d, rows), 2);
    assert_true(log_p(m, d, rows) > -4.6); /* independent columns: -4.75 */
    bz_machine_free(m);
    train_data_free(d);
}

/* Numbers and words: two groups are near each other beside the third in the numbers, and in most words alike. */
static void groups_of_numbers_and_words(void **state)
{
    enum { NUMBERS = 2, WORDS = 4, STATES = 3 };
    static const double centre[GROUPS][NUMBERS] = {{0, 0}, {12, -3}, {300, 200}};
    static const uint32_t word[GROUPS][WORDS] = {{0, 1, 2, 0}, {0, 1, 2, 1}, {1, 0, 0, 2}};
    static char text[ROWS * 60];
    double truth = 0;
    size_t rows[ROWS], at = (size_t)snprintf(text, sizeof(text), "x,y,a,b,c,d\n");

    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        double p[GROUPS] = {0}, x[NUMBERS], sum = 0;
        uint32_t w[WORDS];
        for (size_t i = 0; i < NUMBERS; i++) {
            x[i] = centre[r % GROUPS][i] + bz_random_normal(&key, (uint32_t)(2 * i));
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6f,", x[i]);
        }
        for (uint32_t i = 0; i < WORDS; i++) {
            const uint32_t draw = bz_random_u32(&key, 10 + i) % 1000;
            w[i] = draw < 100 ? draw % STATES : word[r % GROUPS][i];
            at += (size_t)snprintf(text + at, sizeof(text) - at, "w%u%c", (unsigned)w[i], i + 1 < WORDS ? ',' : '\n');
        }
        for (size_t k = 0; k < GROUPS; k++) {
            for (size_t i = 0; i < NUMBERS; i++)
                p[k] -= pow(x[i] - centre[k][i], 2) / 2 + log(2 * 3.14159265358979) / 2;
            for (size_t i = 0; i < WORDS; i++)
                p[k] += log(w[i] == word[k][i] ? 0.9 + 0.1 / STATES : 0.1 / STATES);
            sum += exp(p[k]) / GROUPS;
        }
        truth += log(sum) / ROWS;
    }
    const struct train_data_options o = {.data = ONE(text_file("mixed.csv", text))};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 1 + WORDS);
    struct bz_machine *m = machine_for(d);
    assert_int_equal(start(&m, d, rows), GROUPS);
    assert_near(log_p(m, d, rows), truth, 0.1);
    bz_machine_free(m);
    train_data_free(d);
}

/* Each row says nothing of a tenth of its bits. */
static void rows_with_gaps_are_in_groups(void **state)
{
    char text[ROWS * BITS * 2 + 1];
    const char *bits = bits_file("0", true);
    FILE *f = fopen(bits, "r");

    (void)state;
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = 0;
    for (size_t i = 0; i < n / 2; i++) {
        const struct bz_key key = {.seed = 7, .purpose = BZ_DRAW_MISC};
        text[2 * i] = bz_random_u32(&key, (uint32_t)i) % 10 ? text[2 * i] : '?';
    }
    const struct train_data_options o = {.data = ONE(text_file("gaps.csv", text)), .missing = "infer"};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine_for(d);
    size_t rows[ROWS];
    assert_true(d->parts[0].missing);
    assert_int_equal(start(&m, d, rows), GROUPS);
    bz_machine_free(m);
    train_data_free(d);
}

/* Columns that know nothing of each other: that rows with other gaps lie elsewhere makes no groups of them. */
static void gaps_alone_make_no_groups(void **state)
{
    enum { COLUMNS = 10, FILLED = 3 /* of ten */ };
    static const char *const kinds[] = {"numbers", "words", "both"};
    static char text[ROWS * COLUMNS * 12];

    (void)state;
    for (uint32_t kind = 0; kind < 3; kind++) {
        size_t rows[ROWS], at = (size_t)snprintf(text, sizeof(text), "a,b,c,d,e,f,g,h,i,j\n");
        for (size_t r = 0; r < ROWS; r++) {
            const struct bz_key key = key_of(r);
            for (uint32_t i = 0; i < COLUMNS; i++) {
                const bool word = kind == 1 || (kind == 2 && i % 2);
                if (bz_random_u32(&key, i) % 10 < FILLED)
                    at += word ? (size_t)snprintf(text + at, sizeof(text) - at, "w%u", bz_random_u32(&key, 50 + i) % 3)
                               : (size_t)snprintf(text + at, sizeof(text) - at, "%.5f", bz_random_normal(&key, 100 + 2 * i));
                at += (size_t)snprintf(text + at, sizeof(text) - at, "%c", i + 1 < COLUMNS ? ',' : '\n');
            }
        }
        const struct train_data_options o = {.data = ONE(text_file("independent.csv", text)), .missing = "infer"};
        struct train_data *d = load(&o);
        struct bz_machine *m = machine_for(d);
        if (start(&m, d, rows) != 0)
            fail_msg("%s: groups in independent columns", kinds[kind]);
        bz_machine_free(m);
        train_data_free(d);
    }
}

/* A number that says nothing, and twenty choices of one or none of two columns, in each group others. */
static void choices_are_in_groups(void **state)
{
    enum { CHOICES = 20, STATES = 3 };
    static char text[(ROWS + 2) * (CHOICES * 12 + 12)];
    static const char *const word[] = {"false", "true"};
    uint32_t group_of[2 * CHOICES];
    size_t rows[ROWS], at = (size_t)snprintf(text, sizeof(text), "x");

    (void)state;
    for (int i = 0; i < 2 * CHOICES; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, ",c%d%s", i, i + 1 < 2 * CHOICES ? "" : "\n");
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r), group = {.seed = 8, .chain = (uint32_t)(r % GROUPS), .purpose = BZ_DRAW_MISC};
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.4f,", bz_random_normal(&key, 100));
        for (uint32_t i = 0; i < CHOICES; i++) {
            const uint32_t draw = bz_random_u32(&key, i) % 1000,
                           state_of = (draw < 100 ? draw : bz_random_u32(&group, i)) % STATES;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s,%s%c", word[state_of == 1], word[state_of == 2],
                                   i + 1 < CHOICES ? ',' : '\n');
        }
    }
    const struct train_data_options o = {.data = ONE(text_file("choices.csv", text)), .groups = "off"};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 2);
    d->parts[1].unit = BZ_EXCLUSIVE;
    struct bz_machine *m = machine_for(d);
    for (uint32_t i = 0; i < 2 * CHOICES; i++)
        group_of[i] = i / 2;
    assert_int_equal(bz_machine_exclude(m, 1, group_of, &err), 0);
    assert_int_equal(start(&m, d, rows), GROUPS);
    assert_true(log_p(m, d, rows) > -9.5); /* independent columns: -21 */
    bz_machine_free(m);
    train_data_free(d);
}

/* Each bit is mostly that of an earlier one, or its opposite. */
static void a_tree_of_columns_is_a_machine(void **state)
{
    enum { COLUMNS = UNITS + 1 };
    static const size_t parent[COLUMNS] = {0, 0, 0, 1, 1, 3, 2, 6, 6};
    static char text[ROWS * COLUMNS * 2 + 1];
    size_t at = 0, rows[ROWS];
    double expected;
    struct train_tree *tree;

    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = key_of(r);
        bool x[COLUMNS];
        for (size_t i = 0; i < COLUMNS; i++) {
            const uint32_t draw = bz_random_u32(&key, (uint32_t)i) % 100;
            x[i] = i ? x[parent[i]] != ((draw < 5) != (i % 3 == 0)) : draw < 30;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", x[i], i + 1 < COLUMNS ? ',' : '\n');
        }
        rows[r] = r;
    }
    const struct train_data_options o = {.data = ONE(text_file("tree.csv", text)), .groups = "off"};
    struct train_data *d = load(&o);
    struct bz_machine *m = machine_for(d);
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            bz_machine_offset(m, l)[i] = 0.1F * (float)(i + 1);
    assert_int_equal(train_tree_new(&tree, d, rows, ROWS, UNITS, &err), 0);
    assert_non_null(tree);
    assert_int_equal(train_tree_pairs(tree), UNITS);
    assert_int_equal(train_tree_write(tree, m, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_int_equal(train_tree_log_prob(tree, d, rows, ROWS, &expected, &err), 0);
    assert_near(log_p(m, d, rows), expected, 1e-4);
    assert_true(expected > -2.6); /* independent columns: -6.1 */
    train_tree_free(tree);
    bz_machine_free(m);
    train_data_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_of_bits_are_a_mixture_before_learning),
        cmocka_unit_test(so_are_patterns_of_spins),
        cmocka_unit_test(clusters_get_states_of_their_own_where_units_cannot_tell_them_apart),
        cmocka_unit_test(a_small_cluster_near_a_large_one),
        cmocka_unit_test(many_patterns_get_states_of_their_own),
        cmocka_unit_test(independent_bits_are_one_group),
        cmocka_unit_test(noise_in_wide_rows_makes_no_groups),
        cmocka_unit_test(groups_of_numbers_and_words),
        cmocka_unit_test(rows_with_gaps_are_in_groups),
        cmocka_unit_test(gaps_alone_make_no_groups),
        cmocka_unit_test(choices_are_in_groups),
        cmocka_unit_test(a_tree_of_columns_is_a_machine),
    };

    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
