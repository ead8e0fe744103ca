/* Public data sets as published (folder BOLTZ_DATA): each loads without options, as rows of the right unit types. */
#include "dataset.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *file;
    size_t rows, size;
    enum bz_unit unit;
    enum train_store store;
} sets[] = {
    {"mnist/t10k-images-idx3-ubyte.gz", 10000, 784, BZ_BERNOULLI, TRAIN_U8},
    {"caltech101-silhouettes/images-idx3-ubyte.gz", 8671, 784, BZ_BERNOULLI, TRAIN_U8},
    {"binary-alphadigits/images-idx3-ubyte.gz", 1404, 320, BZ_BERNOULLI, TRAIN_U8},
    {"frey-faces/images-idx3-ubyte.gz", 1965, 560, BZ_BERNOULLI, TRAIN_U8},
    {"ocr-letters/ocr_letters.valid.data.gz", 10000, 128, BZ_BERNOULLI, TRAIN_U8},
    {"ocr-letters/ocr_letters.test.data.gz", 10000, 128, BZ_BERNOULLI, TRAIN_U8},
    {"debd/nltcs.train.data.gz", 16181, 16, BZ_BERNOULLI, TRAIN_U8},
    {"debd/jester.test.data.gz", 4116, 100, BZ_BERNOULLI, TRAIN_U8},
    {"debd/accidents.valid.data.gz", 1700, 111, BZ_BERNOULLI, TRAIN_U8},
    {"debd/mushrooms.train.data.gz", 2000, 112, BZ_BERNOULLI, TRAIN_U8},
    {"debd/pumsb_star.train.data.gz", 12262, 163, BZ_BERNOULLI, TRAIN_U8},
    {"debd/bbc.train.data.gz", 1670, 1058, BZ_BERNOULLI, TRAIN_U8},
    {"20newsgroups/w100-docs-idx2-ubyte.gz", 16242, 100, BZ_BERNOULLI, TRAIN_U8},
    {"20newsgroups/w1000-train.svm.gz", 11256, 1000, BZ_MULTINOMIAL, TRAIN_SPARSE},
    {"20newsgroups/w1000-test.svm.gz", 7489, 1000, BZ_MULTINOMIAL, TRAIN_SPARSE},
    {"corel5k/train-visual-idx2-ubyte.gz", 4500, 499, BZ_BERNOULLI, TRAIN_U8},
    {"corel5k/train-tags-idx2-ubyte.gz", 4500, 374, BZ_BERNOULLI, TRAIN_U8},
    {"anomaly/thyroid.csv.gz", 3772, 6, BZ_GAUSSIAN, TRAIN_F32},
    {"anomaly/cardio.csv.gz", 1831, 21, BZ_GAUSSIAN, TRAIN_F32},
    {"anomaly/annthyroid.csv.gz", 7200, 6, BZ_GAUSSIAN, TRAIN_F32},
    {"anomaly/mammography.csv.gz", 11183, 6, BZ_GAUSSIAN, TRAIN_F32},
    {"anomaly/satellite.csv.gz", 6435, 36, BZ_GAUSSIAN, TRAIN_U8},
    {"anomaly/shuttle.csv.gz", 49097, 9, BZ_GAUSSIAN, TRAIN_F32},
    {"anomaly/optdigits.csv.gz", 5216, 64, BZ_GAUSSIAN, TRAIN_U8},
    {"anomaly/breastw.csv.gz", 683, 9, BZ_GAUSSIAN, TRAIN_U8},
    {"anomaly/ionosphere.csv.gz", 351, 32, BZ_GAUSSIAN, TRAIN_F32},
};

static struct train_data *load(const struct train_data_options *o)
{
    struct train_data *d;
    struct bz_error err;
    if (train_data_load(&d, o, NULL, NULL, NULL, &err) < 0)
        fail_msg("refused: %s", err.msg);
    return d;
}

static void every_table_loads_with_sensible_units(void **state)
{
    (void)state;
    const char *folder = data_folder();
    if (!folder)
        skip();
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        char path[1024];
        if (SANITIZED && sets[i].rows * sets[i].size > 300000)
            continue; /* smaller ones are read the same way */
        snprintf(path, sizeof(path), "%s/%s", folder, sets[i].file);
        struct train_data_options o = {.data = ONE(path)};
        if (strncmp(sets[i].file, "anomaly/", 8) == 0)
            o.label_column = "anomaly";
        struct train_data *d = load(&o);
        if (d->rows != sets[i].rows || d->n_parts != 1 || d->parts[0].size != sets[i].size ||
            d->parts[0].unit != sets[i].unit || d->parts[0].store != sets[i].store)
            fail_msg("%s: %zu rows, %zu parts, the first %zu units of %s", sets[i].file, d->rows, d->n_parts, d->parts[0].size,
                     bz_unit_name(d->parts[0].unit));
        train_data_free(d);
    }
}

/* Means over all values, as other programs compute them from the same files. */
static void mnist_has_its_known_moments(void **state)
{
    (void)state;
    const char *folder = data_folder();
    if (!folder)
        skip();
    char images[1024], labels[1024];
    snprintf(images, sizeof(images), "%s/mnist/train-images-idx3-ubyte.gz", folder);
    snprintf(labels, sizeof(labels), "%s/mnist/train-labels-idx1-ubyte.gz", folder);
    const struct train_data_options o = {.data = ONE(images), .labels = labels};
    struct train_data *d = load(&o);
    assert_int_equal(d->rows, 60000);
    assert_int_equal(d->n_parts, 1);
    assert_true(d->parts[0].size == 784 && d->parts[0].unit == BZ_BERNOULLI && d->parts[0].store == TRAIN_U8);
    double mean[784], variance[784], sum = 0, squares = 0;
    train_part_moments(&d->parts[0], NULL, d->rows, mean, variance);
    for (size_t i = 0; i < 784; i++) {
        sum += mean[i];
        squares += variance[i] + mean[i] * mean[i];
    }
    /* 0.1307 and 0.3081: the constants by which MNIST programs normalise */
    assert_near(sum / 784, 0.1306604762738429, 1e-7);
    assert_near(sqrt(squares / 784 - sum / 784 * sum / 784), 0.30810780717887876, 1e-7);
    const size_t want[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    size_t count[10] = {0};
    for (size_t r = 0; r < d->rows; r++)
        count[d->labels[r]]++;
    assert_memory_equal(count, want, sizeof(want));
    train_data_free(d);
}

static void a_mixed_table_becomes_one_layer_of_numbers_and_three_of_categories(void **state)
{
    (void)state;
    const char *folder = data_folder();
    if (!folder)
        skip();
    char train[1024], test[1024], names[1024];
    snprintf(train, sizeof(train), "%s/nsl-kdd/KDDTrain+_20Percent.txt.gz", folder);
    snprintf(test, sizeof(test), "%s/nsl-kdd/KDDTest+.txt.gz", folder);
    snprintf(names, sizeof(names), "%s/nsl-kdd/Field_Names.csv", folder);
    struct train_data_options o = {.data = ONE(train), .header = names, .label_column = "42", .exclude = ONE("43")};
    if (!SANITIZED) {
        struct train_data *all = load(&o);
        assert_int_equal(all->rows, 25192);
        assert_int_equal(all->n_classes, 22);
        train_data_free(all);
    }
    o.where = (struct bz_list)ONE("42=normal");
    struct train_data *normal = load(&o), *other;
    assert_int_equal(normal->rows, 13449);
    assert_int_equal(normal->n_parts, 4);
    const char *const part[] = {"visible", "protocol_type", "service", "flag"};
    const size_t size[] = {38, 3, 22, 9};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(normal->parts[i].name, part[i]);
        assert_int_equal(normal->parts[i].size, size[i]);
    }
    struct bz_error err;
    const struct train_data_options more = {.data = ONE(test), .header = names, .label_column = "42", .exclude = ONE("43")};
    assert_int_equal(train_data_load(&other, &more, normal, NULL, NULL, &err), -1);
    MESSAGE(&err, "row 21", "column 3 (service)", "'ldap'", "22 categories");
    struct train_data_options gaps = more;
    gaps.missing = "infer"; /* gaps are one thing, unknown categories another */
    assert_int_equal(train_data_load(&other, &gaps, normal, NULL, NULL, &err), -1);
    MESSAGE(&err, "'ldap'", "--unknown missing");
    gaps.unknown = "missing";
    if (train_data_load(&other, &gaps, normal, NULL, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(other->rows, 22544);
    assert_true(other->parts[2].missing && other->parts[2].absent[20]);
    train_data_free(other);
    train_data_free(normal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_loads_with_sensible_units),
        cmocka_unit_test(mnist_has_its_known_moments),
        cmocka_unit_test(a_mixed_table_becomes_one_layer_of_numbers_and_three_of_categories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
