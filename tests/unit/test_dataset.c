/* Data sets: which layers files turn into, scaling, domains, missing values, labels, several files, moments, binarisation. */
#include "data_case.h"
#include "dataset.h"
#include "mem.h"
#include "npz.h"
#include "raw_file.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void the_unit_type_follows_the_values(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum bz_unit unit;
        enum train_store store;
    } files[] = {
        {"0,1\n1,1\n", BZ_BERNOULLI, TRAIN_U8},          {"0,0.5\n1,1\n", BZ_GAUSSIAN, TRAIN_F32},
        {"0,255\n1,17\n", BZ_BERNOULLI, TRAIN_U8},       {"0,16\n1,17\n", BZ_GAUSSIAN, TRAIN_U8},
        {"1 1:1\n0 2:1\n", BZ_BERNOULLI, TRAIN_SPARSE},  {"1 1:1\n0 2:3\n", BZ_MULTINOMIAL, TRAIN_SPARSE},
        {"1 1:1\n0 2:3.5\n", BZ_GAUSSIAN, TRAIN_SPARSE},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const struct train_data_options o = {.data = ONE(text_file("data", files[i].text))};
        struct train_data *d = load(&o);
        assert_int_equal(d->n_parts, 1);
        assert_string_equal(d->parts[0].name, "visible");
        assert_int_equal(d->parts[0].unit, files[i].unit);
        assert_int_equal(d->parts[0].store, files[i].store);
        train_data_free(d);
    }
}

static void bytes_in_bernoulli_layers_are_divided_by_255(void **state)
{
    (void)state;
    const uint8_t idx[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 51, 255};
    const uint8_t binary[] = {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 1, 1};
    struct train_data_options o = {.data = ONE(file_of("pictures", idx, sizeof(idx)))};
    float x[3];
    struct train_data *d = load(&o);
    train_part_read(&d->parts[0], NULL, 1, NULL, x, NULL);
    assert_true(x[0] == 0 && x[2] == 1);
    assert_near((double)x[1], 0.2, 1e-7);
    assert_true(d->parts[0].grey);
    assert_int_equal(d->parts[0].rank, 2);
    train_data_free(d);

    o.scale = 510; /* the user's own divisor */
    d = load(&o);
    train_part_read(&d->parts[0], NULL, 1, NULL, x, NULL);
    assert_true(x[2] == 0.5f);
    train_data_free(d);
    o.scale = 1;
    NOT_LOADED(&o, "row 1, column 2", "found 51", "0 to 1");
    o.scale = 0;
    o.visible_unit = (struct bz_list)ONE("gaussian"); /* never scaled */
    d = load(&o);
    train_part_read(&d->parts[0], NULL, 1, NULL, x, NULL);
    assert_true(x[1] == 51 && !d->parts[0].grey);
    train_data_free(d);

    o = (struct train_data_options){.data = ONE(file_of("binary", binary, sizeof(binary)))};
    d = load(&o);
    assert_true(d->parts[0].scale == 1 && !d->parts[0].grey);
    train_data_free(d);
}

static void every_divisor_makes_its_own_value_one(void **state)
{
    (void)state;
    for (int divisor = 2; divisor < 256; divisor++) {
        char text[32];
        float x[2];
        snprintf(text, sizeof(text), "%d,0\n", divisor);
        const struct train_data_options o = {
            .data = ONE(text_file("data", text)), .visible_unit = ONE("bernoulli"), .scale = divisor};
        struct train_data *d = load(&o);
        train_part_read(&d->parts[0], NULL, 1, NULL, x, NULL);
        assert_true(x[0] == 1);
        train_data_free(d);
    }
}

static void values_out_of_their_domain_are_named(void **state)
{
    (void)state;
    const struct {
        const char *text, *unit, *words[4];
    } files[] = {
        {"a,b\n0,0.5\n0.25,1.5\n", "bernoulli", {"row 2", "column 2 (b)", "found 1.5", "0 to 1"}},
        {"a,b\n0,-1\n1,1\n", "bernoulli", {"row 1", "column 2 (b)", "found -1", "0 to 1"}},
        {"a,b\n0,1\n256,1\n", "bernoulli", {"row 2", "column 1 (a)", "found 256", "--scale"}},
        {"a,b\n0,1\n2,1.5\n", "multinomial", {"row 2", "column 2 (b)", "found 1.5", "whole number"}},
        {"a,b\n0,1\n-2,1\n", "multinomial", {"row 2", "column 1 (a)", "found -2", "whole number"}},
        {"a,b\n0,1\n-2,1\n", "poisson", {"--visible-unit", "bernoulli, gaussian, softmax, multinomial or spin", "poisson"}},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const struct train_data_options o = {.data = ONE(text_file("data", files[i].text)), .visible_unit = ONE(files[i].unit)};
        NOT_LOADED(&o, files[i].words[0], files[i].words[1], files[i].words[2], files[i].words[3]);
    }
    /* rows that were left out still count */
    const struct train_data_options some = {.data = ONE(text_file("data", "k,x\n1,0\n2,0\n1,7.5\n")),
                                            .visible_unit = ONE("bernoulli"),
                                            .where = ONE("k=1"),
                                            .exclude = ONE("k")};
    NOT_LOADED(&some, "row 3", "column 2 (x)", "7.5");
}

static void mixed_tables_become_several_layers(void **state)
{
    (void)state;
    const char *text = "dur,proto,bytes,who are you\n1.5,tcp,10,b\n2,udp,20,a\n3,tcp,30,c\n";
    const struct train_data_options o = {.data = ONE(text_file("data", text))};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 3);
    assert_int_equal(d->parts[0].unit, BZ_GAUSSIAN);
    assert_string_equal(d->parts[0].columns[1], "bytes");
    assert_string_equal(d->parts[1].name, "proto");
    assert_int_equal(d->parts[1].unit, BZ_SOFTMAX);
    assert_string_equal(d->parts[2].name, "who_are_you");
    assert_string_equal(d->parts[2].categories[2], "c");
    float x[6], y[9];
    train_part_read(&d->parts[0], NULL, 3, NULL, x, NULL);
    const float numbers[] = {1.5f, 10, 2, 20, 3, 30}, one_hot[] = {0, 1, 0, 1, 0, 0, 0, 0, 1};
    assert_memory_equal(x, numbers, sizeof(numbers));
    train_part_read(&d->parts[2], NULL, 3, NULL, y, NULL);
    assert_memory_equal(y, one_hot, sizeof(one_hot));

    /* the same layers again for other rows, with the first file's categories; a new category is refused or counts as unknown */
    struct train_data_options more = {.data = ONE(text_file("more", "dur,proto,bytes,who are you\n9,udp,1,c\n"))};
    struct train_data *v = load_like(&more, d, NULL);
    train_part_read(&v->parts[2], NULL, 1, NULL, y, NULL);
    assert_true(y[0] == 0 && y[2] == 1);
    train_data_free(v);
    more.data = (struct bz_list)ONE(text_file("new", "dur,proto,bytes,who are you\n9,icmp,1,c\n8,tcp,2,a\n"));
    struct bz_error err;
    assert_int_equal(train_data_load(&v, &more, d, NULL, NULL, &err), -1);
    MESSAGE(&err, "row 1", "column 2 (proto)", "'icmp'", "2 categories");
    more.missing = "infer"; /* a gap is something else */
    assert_int_equal(train_data_load(&v, &more, d, NULL, NULL, &err), -1);
    more.unknown = "missing";
    v = load_like(&more, d, NULL);
    uint8_t known[4];
    train_part_read(&v->parts[1], NULL, 2, NULL, y, known);
    assert_true(v->parts[1].missing && known[0] == 0 && known[1] == 0 && known[2] == 1 && y[2] == 1);
    train_data_free(v);
    train_data_free(d);
}

static void data_for_a_model_fit_its_layers(void **state)
{
    (void)state;
    const struct bz_layer_spec layers[] = {{"numbers", BZ_VISIBLE, BZ_GAUSSIAN, 2, 1, false},
                                           {"proto", BZ_VISIBLE, BZ_SOFTMAX, 3, 1, false},
                                           {"h", BZ_HIDDEN, BZ_BERNOULLI, 2, 1, false}};
    const struct bz_coupling_spec couplings[] = {{0, 2}, {1, 2}};
    struct bz_machine *m;
    struct bz_error err;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 3, couplings, 2, &err), 0);
    char *categories[] = {"icmp", "tcp", "udp"};
    m->layers[1].categories = categories;
    m->layers[1].n_categories = 3;
    struct train_data_options o = {.data = ONE(text_file("data", "a,proto,b\n1,udp,2\n3,tcp,4\n"))};
    struct train_data *d = load_like(&o, NULL, m);
    assert_int_equal(d->n_parts, 2);
    assert_string_equal(d->parts[0].name, "numbers");
    assert_int_equal(d->parts[0].unit, BZ_GAUSSIAN);
    float x[6];
    train_part_read(&d->parts[1], NULL, 2, NULL, x, NULL);
    const float want[] = {0, 0, 1, 0, 1, 0};
    assert_memory_equal(x, want, sizeof(want));
    train_data_free(d);
    o.data = (struct bz_list)ONE(text_file("data", "a,proto,b,c\n1,udp,2,3\n3,tcp,4,5\n"));
    assert_int_equal(train_data_load(&d, &o, NULL, m, NULL, &err), -1);
    MESSAGE(&err, "found 3 columns", "expects 2");
    m->layers[1].categories = NULL;
    m->layers[1].n_categories = 0;
    bz_machine_free(m);
}

static void missing_values_are_marked(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("data", "x,y,kind\n1,NA,a\n,4,?\n3,5.5,b\n")),
                                         .missing = "infer"};
    struct train_data *d = load(&o);
    float x[6];
    uint8_t known[6];
    double mean[2], variance[2];
    assert_true(d->parts[0].missing && d->parts[1].missing);
    train_part_read(&d->parts[0], NULL, 3, NULL, x, known);
    const float values[] = {1, 0, 0, 4, 3, 5.5f};
    const uint8_t there[] = {1, 0, 0, 1, 1, 1}, kinds[] = {1, 1, 0, 0, 1, 1};
    assert_memory_equal(x, values, sizeof(values));
    assert_memory_equal(known, there, sizeof(there));
    train_part_moments(&d->parts[0], NULL, 3, mean, variance);
    assert_near(mean[0], 2, 1e-12);
    assert_near(mean[1], 4.75, 1e-12);
    assert_near(variance[1], 0.5625, 1e-12);
    train_part_read(&d->parts[1], NULL, 3, NULL, x, known);
    assert_memory_equal(known, kinds, sizeof(kinds));
    train_part_moments(&d->parts[1], NULL, 3, mean, NULL);
    assert_near(mean[0], 0.5, 1e-12);
    train_data_free(d);
}

static void moments_of_sparse_and_dense_rows_agree(void **state)
{
    (void)state;
    const struct train_data_options dense = {.data = ONE(text_file("dense", "0,3,0,1\n2,0,0,1\n0,1,0,7\n")),
                                             .visible_unit = ONE("multinomial")};
    const struct train_data_options sparse = {.data = ONE(text_file("sparse", "0 2:3 4:1\n0 1:2 4:1\n0 2:1 4:7\n"))};
    struct train_data *a = load(&dense), *b = load(&sparse);
    const size_t rows[] = {2, 0};
    const size_t *const choices[] = {NULL, rows};
    for (size_t c = 0; c < 2; c++) {
        double ma[4], va[4], mb[4], vb[4];
        train_part_moments(&a->parts[0], choices[c], c ? 2 : 3, ma, va);
        train_part_moments(&b->parts[0], choices[c], c ? 2 : 3, mb, vb);
        for (size_t i = 0; i < 4; i++) {
            assert_near(mb[i], ma[i], 1e-12);
            assert_near(vb[i], va[i], 1e-12);
        }
        assert_near(ma[3], c ? 4 : 3, 1e-12);
        assert_near(va[3], c ? 9 : 8, 1e-12);
    }
    train_data_free(a);
    train_data_free(b);
}

static void standardised_columns_have_mean_0_and_deviation_1(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("data", "1,5,0.5\n2,5,100\n6,5,-7\n")), .standardize = true};
    struct train_data *d = load(&o);
    double mean[3], variance[3];
    train_part_moments(&d->parts[0], NULL, 3, mean, variance);
    for (size_t i = 0; i < 3; i++) {
        assert_near(mean[i], 0, 1e-6);
        assert_near(variance[i], i == 1 ? 0 : 1, 1e-6); /* a constant column stays constant */
    }
    assert_near(d->parts[0].mean[0], 3, 1e-12);
    const struct train_data_options other = {.data = ONE(text_file("other", "3,5,0\n"))};
    struct train_data *v = load_like(&other, d, NULL);
    float x[3];
    train_part_read(&v->parts[0], NULL, 1, NULL, x, NULL);
    assert_near((double)x[0], 0, 1e-6);
    train_data_free(v);
    train_data_free(d);
}

/* 36.6 is no float: the rounding of its mean is not a deviation. */
static void a_constant_column_has_no_deviation(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[4096];
        size_t n = 0;
        for (int r = 0; r < 97; r++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%d,%s\n", r % 7, i ? "36.6" : "0.03");
        const struct train_data_options o = {.data = ONE(text_file("data", text)), .standardize = true};
        struct train_data *d = load(&o);
        assert_true(d->parts[0].deviation[1] == (double)1 || d->parts[0].deviation[1] == 0);
        assert_true(d->parts[0].mean[1] == (i ? 36.6 : 0.03));
        train_data_free(d);
    }
}

static void grey_values_are_drawn_anew_at_every_visit(void **state)
{
    (void)state;
    uint8_t idx[12 + 4 * 1000] = {0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 3, 232};
    for (size_t i = 0; i < 4000; i++)
        idx[12 + i] = (uint8_t)(i % 1000 == 0 ? 255 : i % 1000 == 1 ? 0 : 102); /* 0.4 */
    const struct train_data_options o = {.data = ONE(file_of("grey", idx, sizeof(idx)))};
    struct train_data *d = load(&o);
    const struct train_part *p = &d->parts[0];
    float *first = malloc(4000 * sizeof(float)), *again = malloc(4000 * sizeof(float)), one[1000];
    size_t on = 0, changed = 0;
    train_part_read(p, NULL, 4, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 9, 0, 0}, first, NULL);
    train_part_read(p, NULL, 4, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 9, 0, 0}, again, NULL);
    assert_memory_equal(first, again, 4000 * sizeof(float));
    const size_t third[] = {2}; /* by the row's own number, whatever other rows are read */
    train_part_read(p, third, 1, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 9, 0, 0}, one, NULL);
    assert_memory_equal(one, first + 2000, sizeof(one));
    train_part_read(p, NULL, 4, &(struct train_grey){TRAIN_BINARIZE_STOCHASTIC, 9, 0, 1}, again, NULL);
    for (size_t i = 0; i < 4000; i++) {
        assert_true(first[i] == 0 || first[i] == 1);
        if (i % 1000 < 2) {
            assert_true(first[i] == (i % 1000 == 0));
            continue;
        }
        on += first[i] == 1;
        changed += first[i] != again[i];
    }
    /* means 0.4 and 0.48 of 3992: within 5 standard deviations */
    assert_near((double)on / 3992, 0.4, 5 * sqrt(0.24 / 3992));
    assert_near((double)changed / 3992, 0.48, 5 * sqrt(0.25 / 3992));
    train_part_read(p, NULL, 4, &(struct train_grey){TRAIN_BINARIZE_THRESHOLD, 9, 0, 1}, again, NULL);
    assert_true(again[0] == 1 && again[1] == 0 && again[2] == 0);
    free(first);
    free(again);
    train_data_free(d);
}

static void the_default_of_binarize_depends_on_grey_values(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("data", "0,0.5\n1,1\n")), .visible_unit = ONE("bernoulli")};
    struct train_data *grey = load(&o);
    o.data = (struct bz_list)ONE(text_file("data", "0,1\n1,1\n"));
    struct train_data *binary = load(&o);
    enum train_binarize b;
    struct bz_error err;
    assert_int_equal(train_data_binarize(grey, &o, TRAIN_BINARIZE_STOCHASTIC, &b, &err), 0);
    assert_int_equal(b, TRAIN_BINARIZE_STOCHASTIC);
    assert_int_equal(train_data_binarize(binary, &o, TRAIN_BINARIZE_STOCHASTIC, &b, &err), 0);
    assert_int_equal(b, TRAIN_BINARIZE_NONE);
    o.binarize = "threshold";
    assert_int_equal(train_data_binarize(grey, &o, TRAIN_BINARIZE_STOCHASTIC, &b, &err), 0);
    assert_int_equal(b, TRAIN_BINARIZE_THRESHOLD);
    train_data_free(grey);
    train_data_free(binary);
}

static void several_files_are_several_layers(void **state)
{
    (void)state;
    char image[600], tags[600], short_one[600];
    snprintf(image, sizeof(image), "image=%s", text_file("image", "0,1\n1,1\n"));
    snprintf(tags, sizeof(tags), "tags=%s", text_file("tags", "0,2,1\n1,1,0\n"));
    snprintf(short_one, sizeof(short_one), "tags=%s", text_file("short", "0,2,1\n"));
    const char *files[] = {image, tags}, *uneven[] = {image, short_one}, *twice[] = {image, image},
               *unnamed[] = {image, tags + 5};
    struct train_data_options o = {.data = {files, 2}, .unit = ONE("tags=multinomial")};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 2);
    assert_string_equal(d->parts[1].name, "tags");
    assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
    assert_int_equal(d->parts[1].unit, BZ_MULTINOMIAL);
    train_data_free(d);
    o.data.items = uneven;
    NOT_LOADED(&o, "short", "1 rows", "image", "has 2");
    o.data.items = twice;
    NOT_LOADED(&o, "image", "twice");
    o.data.items = unnamed;
    NOT_LOADED(&o, "NAME=");
    o.data.items = files;
    o.unit = (struct bz_list)ONE("sound=gaussian");
    NOT_LOADED(&o, "--unit sound=gaussian", "no --data is called sound");
}

static void softmax_layers_are_one_hot_groups_or_categories(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("data", "1,0,0,0,1,0\n0,0,1,1,0,0\n")),
                                   .visible_unit = ONE("softmax")};
    struct train_data *d = load(&o);
    assert_int_equal(d->n_parts, 1);
    assert_int_equal(d->parts[0].groups, 2);
    train_data_free(d);
    o.data = (struct bz_list)ONE(text_file("data", "a,b\n3,1\n10,2\n3,7\n"));
    d = load(&o);
    assert_int_equal(d->n_parts, 2);
    assert_int_equal(d->parts[0].size, 2);
    assert_string_equal(d->parts[0].categories[1], "10");
    assert_int_equal(d->parts[1].size, 3);
    train_data_free(d);
}

static void shapes_must_fit(void **state)
{
    (void)state;
    struct train_data_options o = {.data = ONE(text_file("data", "0,1,0,1,1,1\n")), .shape = ONE("2x3")};
    struct train_data *d = load(&o);
    assert_int_equal(d->parts[0].rank, 2);
    assert_int_equal(d->parts[0].shape[1], 3);
    train_data_free(d);
    const char *const bad[] = {"2x4", "x3", "2x", "2*3", "0x6", "2x3x1x1x1", "-2x-3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        o.shape = (struct bz_list)ONE(bad[i]);
        NOT_LOADED(&o, "--shape", bad[i]);
    }
}

static void arrays_load_from_npy_and_npz(void **state)
{
    (void)state;
    const float x[] = {0, 0.5f, 1, 1, 0, 0.25f};
    const size_t shape[] = {2, 3};
    const int32_t y[] = {4, 2};
    const struct train_npz_entry entries[] = {{"X", BZ_F4, shape, 2, x}, {"y", BZ_I4, shape, 1, y}};
    char path[512], npy[BZ_NPY_HEADER_ROOM + sizeof(x)];
    struct bz_error err;
    snprintf(path, sizeof(path), "%s", file_of("d.npz", "", 0));
    assert_int_equal(train_npz_write(path, entries, 2, &err), 0);
    const size_t header = bz_npy_header(npy, BZ_F4, shape, 2);
    memcpy(npy + header, x, sizeof(x));
    const struct train_data_options both[] = {
        {.data = ONE(file_of("d.npy", npy, header + sizeof(x)))},
        {.data = ONE(path), .label_column = "y"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct train_data *d = load(&both[i]);
        float got[6];
        assert_int_equal(d->rows, 2);
        assert_int_equal(d->parts[0].unit, BZ_BERNOULLI);
        train_part_read(&d->parts[0], NULL, 2, NULL, got, NULL);
        assert_memory_equal(got, x, sizeof(x));
        assert_int_equal(d->labels != NULL, i == 1);
        if (i == 1)
            assert_string_equal(d->classes[d->labels[0]], "4");
        train_data_free(d);
    }
    const struct train_data_options unknown = {.data = ONE(path), .array = "Z"};
    NOT_LOADED(&unknown, "no array 'Z'", "X, y");
    const struct train_data_options cut = {.data = ONE(file_of("cut.npy", npy, header + sizeof(x) - 1))};
    NOT_LOADED(&cut, "cut.npy");
    const struct train_data_options column = {.data = ONE(both[0].data.items[0]), .exclude = ONE("1")};
    NOT_LOADED(&column, "--exclude", "table of columns");
}

static void digests_are_of_the_bytes_on_disk(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("data", "0,1\n"))};
    struct train_data *d = load(&o);
    assert_string_equal(d->files[0].digest, "8d66c089414bb76bc2ee5c11465c93257821752b4e08be4f1d70737b9fa10f0c");
    train_data_free(d);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    const struct train_data_options o = {.data = ONE(text_file("data", "x,kind,\"a\"\"b\"\n1,a,7\n2,b,8\n3,a,9\n")),
                                         .labels = text_file("labels.txt", "u\nv\nu\n"),
                                         .standardize = true};
    for (long n = 0;; n++) {
        struct train_data *d;
        struct bz_error err = {0};
        bz_alloc_fail_at(n);
        int rc = train_data_load(&d, &o, NULL, NULL, NULL, &err);
        bz_alloc_fail_at(-1);
        if (rc == 0) {
            train_data_free(d);
            assert_true(n > 20);
            return;
        }
        assert_true(err.msg[0] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_type_follows_the_values),
        cmocka_unit_test(bytes_in_bernoulli_layers_are_divided_by_255),
        cmocka_unit_test(every_divisor_makes_its_own_value_one),
        cmocka_unit_test(values_out_of_their_domain_are_named),
        cmocka_unit_test(mixed_tables_become_several_layers),
        cmocka_unit_test(data_for_a_model_fit_its_layers),
        cmocka_unit_test(missing_values_are_marked),
        cmocka_unit_test(moments_of_sparse_and_dense_rows_agree),
        cmocka_unit_test(standardised_columns_have_mean_0_and_deviation_1),
        cmocka_unit_test(a_constant_column_has_no_deviation),
        cmocka_unit_test(grey_values_are_drawn_anew_at_every_visit),
        cmocka_unit_test(the_default_of_binarize_depends_on_grey_values),
        cmocka_unit_test(several_files_are_several_layers),
        cmocka_unit_test(softmax_layers_are_one_hot_groups_or_categories),
        cmocka_unit_test(shapes_must_fit),
        cmocka_unit_test(arrays_load_from_npy_and_npz),
        cmocka_unit_test(digests_are_of_the_bytes_on_disk),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
