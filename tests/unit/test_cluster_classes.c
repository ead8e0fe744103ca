/* Rows in groups far apart that have classes: groups are found by the rows alone, and the machine knows each group's classes.
 */
#include "clusters.h"

#include "classify.h"
#include "data_case.h"
#include "energy.h"
#include "exact.h"
#include "rows.h"
#include "tables.h"
#include "test.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 2, UNITS = 8, ROWS = 400, CLASSES = 2, GROUPS = 6, EACH = 5 /* rows, of which one has no class */ };

static const double centre[GROUPS][COLUMNS] = {{0, 0}, {20, 3}, {40, 0}, {60, 7}, {20, 30}, {41, 60}};

static struct bz_error err;

/* By group; the last class in one row of seven. */
static size_t class_of(size_t row, size_t groups)
{
    return row % 7 == 0 ? CLASSES - 1 : row % groups == 0 ? 0 : 1;
}

static bool has_class(size_t row)
{
    return row % EACH != 0;
}

/* *truth: mean log p of the rows that have a class, and of that. */
static struct train_data *data_of(size_t groups, double *truth)
{
    static char text[ROWS * 40], labels[ROWS * 3];
    double of[GROUPS][CLASSES] = {{0}}, rows[GROUPS] = {0}, n = 0;
    size_t at = 0, label_at = 0;

    for (size_t r = 0; r < ROWS; r++) {
        of[r % groups][class_of(r, groups)] += has_class(r);
        rows[r % groups] += has_class(r);
    }
    *truth = 0;
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = {.seed = 5, .chain = (uint32_t)r, .purpose = BZ_DRAW_MISC};
        const size_t k = r % groups, class = class_of(r, groups);
        const double a = bz_random_normal(&key, 0), b = bz_random_normal(&key, 2);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6f,%.6f\n", centre[k][0] + a, centre[k][1] + b);
        label_at += (size_t)snprintf(labels + label_at, sizeof(labels) - label_at, has_class(r) ? "%c\n" : "\n", "ab"[class]);
        if (!has_class(r))
            continue;
        *truth += -(a * a + b * b) / 2 - log(2 * 3.14159265358979 * (double)groups) + log(of[k][class] / rows[k]);
        n++;
    }
    *truth /= n;
    const char *file = text_file("clusters.csv", text);
    const struct train_data_options o = {.data = ONE(file), .labels = text_file("classes.txt", labels), .missing = "infer"};
    return load(&o);
}

static struct bz_machine *machine(void)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_GAUSSIAN, .size = COLUMNS},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = UNITS, .has_offset = true},
        {.name = "labels", .role = BZ_LABEL, .unit = BZ_SOFTMAX, .size = CLASSES, .groups = 1, .has_offset = true},
    };
    const struct bz_coupling_spec couplings[] = {{0, 1}, {2, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    return m;
}

static double log_p(const struct bz_machine *m, const struct train_data *d, const size_t *rows)
{
    struct rows r;
    double log_z, sum = 0, n = 0, free_energy[ROWS];
    const size_t labels = (size_t)bz_label_layer(m);

    assert_int_equal(bz_exact_log_z(m, 1, NULL, UNITS + 6, NULL, &log_z, &err), 0);
    rows_new(&r, m, ROWS, 0, 1);
    train_part_read(&d->parts[0], rows, ROWS, NULL, r.s->x[0], NULL);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 0; c < CLASSES; c++)
            r.s->x[labels][i * CLASSES + c] = d->labels[i] == (long)c;
    bz_free_energy(r.s, 0, ROWS, free_energy, NULL, r.w);
    for (size_t i = 0; i < ROWS; i++) {
        sum -= d->labels[i] < 0 ? 0 : free_energy[i] + log_z;
        n += d->labels[i] >= 0;
    }
    rows_free(&r);
    return sum / n;
}

/* layers: of the machine that represents them. */
static void begin(size_t groups, size_t layers)
{
    double truth;
    struct train_data *d = data_of(groups, &truth);
    struct bz_machine *m = machine();
    struct train_clusters *found;
    size_t rows[ROWS];

    for (size_t r = 0; r < ROWS; r++)
        rows[r] = r;
    assert_int_equal(train_start_clusters(&m, d, rows, ROWS, 1, &found, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    assert_non_null(found);
    assert_int_equal(found->n, groups);
    assert_int_equal(found->size, COLUMNS + CLASSES);
    assert_int_equal(found->layer, 1);
    assert_int_equal(m->n_layers, layers);
    assert_int_equal(bz_label_layer(m), layers - 1);
    assert_near(log_p(m, d, rows), truth, 0.05);
    train_clusters_free(found);
    bz_machine_free(m);
    train_data_free(d);
}

static void groups_have_classes(void **state)
{
    (void)state;
    begin(3, 3);
}

static void so_have_groups_with_states_of_their_own(void **state)
{
    (void)state;
    begin(GROUPS, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_have_classes),
        cmocka_unit_test(so_have_groups_with_states_of_their_own),
    };

    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
