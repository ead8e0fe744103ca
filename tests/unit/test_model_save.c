/* Writing model files: what comes back is what went in, the container follows its own rules, and a failed write leaves
 * everything as it was. */
#include "json_text.h"
#include "mem.h"
#include "model_file.h"
#include "oracle_machines.h"
#include "raw_file.h"
#include "stop.h"
#include "test.h"

#include <nettle/sha2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static char path[128];

static int setup(void **state)
{
    (void)state;
    return raw_group_begin(path, sizeof(path), "model.safetensors");
}

static void save(const struct bz_machine *m, const struct bz_model_text *text)
{
    struct bz_error err;
    if (bz_model_save(m, text, path, &err) < 0)
        fail_msg("%s", err.msg);
}

static struct bz_model *load(void)
{
    struct bz_model *model;
    struct bz_error err;
    if (bz_model_load(&model, path, &err) < 0)
        fail_msg("%s", err.msg);
    return model;
}

static void assert_same_floats(const float *a, const float *b, size_t n)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_memory_equal(a, b, n * sizeof(*a));
}

static void assert_same_machine(const struct bz_machine *a, const struct bz_machine *b)
{
    assert_string_equal(a->kind, b->kind);
    assert_int_equal(a->n_layers, b->n_layers);
    assert_int_equal(a->n_couplings, b->n_couplings);
    for (size_t l = 0; l < a->n_layers; l++) {
        const struct bz_layer *x = &a->layers[l], *y = &b->layers[l];
        assert_string_equal(x->name, y->name);
        assert_true(x->role == y->role && x->unit == y->unit && x->size == y->size && x->groups == y->groups);
        assert_int_equal(x->rank, y->rank);
        for (size_t d = 0; d < x->rank; d++)
            assert_int_equal(x->shape[d], y->shape[d]);
        assert_int_equal(x->n_categories, y->n_categories);
        for (size_t i = 0; i < x->n_categories; i++)
            assert_string_equal(x->categories[i], y->categories[i]);
        assert_same_floats(x->bias, y->bias, x->size);
        assert_same_floats(x->offset, y->offset, x->size);
        if (x->unit == BZ_GAUSSIAN)
            assert_same_floats(x->log_sigma, y->log_sigma, x->size);
    }
    for (size_t c = 0; c < a->n_couplings; c++) {
        const struct bz_coupling *x = &a->couplings[c], *y = &b->couplings[c];
        assert_true(x->a == y->a && x->b == y->b);
        assert_same_floats(x->weight, y->weight, a->layers[x->a].size * a->layers[x->b].size);
    }
}

static void every_kind_of_machine_comes_back_bit_for_bit(void **state)
{
    (void)state;
    struct bz_machine *machines[] = {oracle_rbm(1, false),  oracle_rbm(1, true), oracle_dbm(true),    oracle_lateral(true),
                                     oracle_gaussian(true), oracle_softmax(),    oracle_counts(true), oracle_mixed()};
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        save(machines[i], NULL);
        struct bz_model *model = load();
        assert_same_machine(machines[i], model->machine);
        assert_null(model->machine->block); /* mapped, not copied */
        char mine[BZ_DIGEST_ROOM], theirs[BZ_DIGEST_ROOM];
        assert_int_equal(bz_model_weights_digest(machines[i], mine, NULL), 0);
        bz_model_digest(model, theirs);
        assert_string_equal(mine, theirs);
        size_t once, twice;
        unsigned char *first = raw_read(path, &once);
        const struct bz_model_text text = bz_model_text_of(model);
        save(model->machine, &text);
        unsigned char *second = raw_read(path, &twice);
        assert_int_equal(once, twice);
        assert_memory_equal(first, second, once);
        free(first);
        free(second);
        bz_model_free(model);
        bz_machine_free(machines[i]);
    }
}

static void shapes_and_categories_come_back(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    struct bz_layer *v = &m->layers[0];
    static const char *const names[] = {"a \"quoted\" one", "\xc3\xa9t\xc3\xa9", "tab\there", ""};
    v->rank = 2;
    v->shape[0] = v->shape[1] = 2;
    v->categories = bz_alloc(4, sizeof(char *), NULL);
    v->n_categories = 4;
    for (size_t i = 0; i < 4; i++)
        v->categories[i] = bz_strdup(names[i], NULL);
    save(m, NULL);
    struct bz_model *model = load();
    assert_same_machine(m, model->machine);
    bz_model_free(model);
    bz_machine_free(m);
}

static void usual_counts_come_back(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_counts(true);
    m->layers[0].usual_counts = 20;
    save(m, NULL);
    struct bz_model *model = load();
    assert_true(model->machine->layers[0].usual_counts == 20);
    save(model->machine, &(struct bz_model_text){.graph_json = model->graph_json});
    bz_model_free(model);
    m->layers[0].usual_counts = 7; /* of other rows: the text of the graph is not theirs */
    model = load();
    save(m, &(struct bz_model_text){.graph_json = model->graph_json});
    bz_model_free(model);
    model = load();
    assert_true(bz_usual_counts(&model->machine->layers[0]) == 7 && bz_usual_counts(&model->machine->layers[1]) == 1);
    bz_model_free(model);
    bz_machine_free(m);
}

static void the_container_follows_the_rules_of_safetensors(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    save(m, &(struct bz_model_text){.training = "{\"epochs\":3}"});
    size_t size, header = 0, covered = 0;
    unsigned char *file = raw_read(path, &size);
    for (int i = 7; i >= 0; i--)
        header = header << 8 | file[i];
    assert_true(8 + header <= size);
    assert_int_equal((8 + header) % 8, 0);
    assert_int_equal(file[8], '{');
    cJSON *tree = cJSON_ParseWithLength((const char *)file + 8, header);
    assert_non_null(tree);
    const cJSON *tensor;
    cJSON_ArrayForEach(tensor, tree)
    {
        if (strcmp(tensor->string, "__metadata__") == 0)
            continue;
        const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(tensor, "data_offsets"), *side;
        double bytes = 4;
        cJSON_ArrayForEach(side, cJSON_GetObjectItemCaseSensitive(tensor, "shape")) bytes *= side->valuedouble;
        assert_int_equal(offsets->child->valuedouble, covered);
        assert_true(offsets->child->next->valuedouble - offsets->child->valuedouble == bytes);
        covered = (size_t)offsets->child->next->valuedouble;
    }
    assert_int_equal(8 + header + covered, size);

    /* the digest is that of the data section */
    struct sha256_ctx context;
    unsigned char digest[32];
    char hex[65], got[BZ_DIGEST_ROOM];
    sha256_init(&context);
    sha256_update(&context, covered, file + 8 + header);
    sha256_digest(&context, 32, digest);
    for (int i = 0; i < 32; i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
    struct bz_model *model = load();
    bz_model_digest(model, got);
    assert_string_equal(got, hex);
    bz_model_free(model);
    cJSON_Delete(tree);
    free(file);
    bz_machine_free(m);
}

static void a_log_partition_comes_back_only_for_its_own_weights(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    const struct bz_log_z z = {
        .value = 215.13840552530001, .stderr_ = 1.0 / 3, .method = "ais", .runs = 100, .betas = 14500, .counts = -1};
    save(m, &(struct bz_model_text){.log_z = &z, .n_log_z = 1});
    struct bz_model *model = load();
    assert_null(model->warning);
    assert_int_equal(model->n_log_z, 1);
    assert_true(model->log_z[0].value == z.value && model->log_z[0].stderr_ == z.stderr_);
    assert_int_equal(model->log_z[0].runs, 100);
    assert_int_equal(model->log_z[0].betas, 14500);
    assert_string_equal(model->log_z[0].method, "ais");
    assert_true(model->log_z[0].counts < 0);
    assert_non_null(model->log_z_json);
    bz_model_free(model);

    size_t size;
    unsigned char *file = raw_read(path, &size);
    file[size - 3] ^= 1; /* the last weight */
    raw_write(path, file, size);
    free(file);
    model = load();
    assert_int_equal(model->n_log_z, 0);
    assert_null(model->log_z_json);
    assert_non_null(strstr(model->warning, "other weights"));
    bz_model_free(model);

    const struct bz_log_z two[] = {{.value = 1, .method = "exact", .counts = 0}, {.value = 2.5, .method = "ais", .counts = 7}};
    save(m, &(struct bz_model_text){.log_z = two, .n_log_z = 2});
    model = load();
    assert_int_equal(model->n_log_z, 2);
    assert_true(model->log_z[1].counts == 7 && model->log_z[1].value == 2.5);
    bz_model_free(model);
    bz_machine_free(m);
}

/* While one program measures a model, others publish and measure, too. */
static void what_is_found_out_goes_into_the_file_that_was_read(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false), *other = oracle_rbm(2, false);
    struct bz_energy_scale *energies;
    struct bz_error err;
    double free_energy[] = {1, 2, 3, 4};
    const struct bz_log_z z = {.value = 2.5, .method = "exact", .counts = -1};
    save(m, &(struct bz_model_text){0});
    struct bz_model *one = load(), *two = load();
    assert_int_equal(bz_energy_scale_make(&energies, free_energy, 4, 0, "calibration", &err), 0);
    assert_int_equal(bz_model_amend(one, &(struct bz_model_news){.energies = energies}, &err), 0);
    assert_int_equal(bz_model_amend(two, &(struct bz_model_news){.log_z = &z, .n_log_z = 1}, &err), 0);
    struct bz_model *both = load();
    assert_true(both->energies && both->n_log_z == 1 && both->log_z[0].value == 2.5);
    bz_model_free(both);

    save(other, &(struct bz_model_text){0});
    assert_true(bz_model_amend(one, &(struct bz_model_news){.log_z = &z, .n_log_z = 1}, &err) < 0);
    assert_int_equal(err.code, BZ_BAD_MODEL);
    assert_non_null(strstr(err.msg, "replaced meanwhile"));
    both = load();
    assert_same_machine(both->machine, other);
    assert_int_equal(both->n_log_z, 0);
    bz_model_free(both);
    assert_int_equal(remove(path), 0);
    assert_true(bz_model_amend(one, &(struct bz_model_news){.log_z = &z, .n_log_z = 1}, &err) < 0);
    bz_energy_scale_free(energies);
    bz_model_free(one);
    bz_model_free(two);
    bz_machine_free(m);
    bz_machine_free(other);
}

static void what_others_wrote_into_the_metadata_is_kept(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_rbm(1, false);
    const struct bz_meta extra[] = {{"licence", "CC0"}, {"note", "line\nbreak \xe2\x9c\x93"}, {"format", "not this one"}};
    char *graph = bz_model_graph_json(m, NULL), *more = malloc(strlen(graph) + 64);
    sprintf(more, "%.*s,\"colour\":{\"of\":[\"the\",\"future\"]}}", (int)strlen(graph) - 1, graph);
    save(m, &(struct bz_model_text){.graph_json = more, .training = "{\"x\":[1]}", .extra = extra, .n_extra = 3});
    struct bz_model *model = load();
    assert_string_equal(model->graph_json, more);
    assert_string_equal(model->training, "{\"x\":[1]}");
    assert_int_equal(model->n_extra, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(model->extra[i].key, extra[i].key);
        assert_string_equal(model->extra[i].value, extra[i].value);
    }
    bz_model_free(model);

    /* a text for a different graph is not used */
    struct bz_machine *other = oracle_dbm(false);
    save(other, &(struct bz_model_text){.graph_json = more});
    model = load();
    assert_int_equal(model->machine->n_layers, 3);
    bz_model_free(model);
    bz_machine_free(other);
    free(more);
    bz_free(graph);
    bz_machine_free(m);
}

static void a_signed_record_tells_whether_the_tensors_are_those_that_were_written(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_dbm(false);
    static const char *const records[] = {"{}", "{ \"a\" : 1 }", "{\"weights\":\"sha256:00\",\"a\":1}"};
    for (size_t i = 0; i < 3; i++) {
        save(m, &(struct bz_model_text){.training = records[i]});
        struct bz_model *model = load();
        assert_int_equal(bz_model_verify(model, NULL), i == 2 ? -1 : 0);
        bz_model_free(model);
        save(m, &(struct bz_model_text){.training = records[i], .sign = true});
        model = load();
        assert_int_equal(bz_model_verify(model, NULL), 1);
        cJSON *tree = bz_json_parse(model->training, strlen(model->training), NULL);
        assert_true(i == 0 || cJSON_GetNumberValue(bz_json_get(tree, "a")) == 1);
        cJSON_Delete(tree);
        bz_model_free(model);
        size_t size;
        unsigned char *bytes = raw_read(path, &size);
        bytes[size - 4] ^= 1;
        raw_write(path, bytes, size);
        free(bytes);
        model = load();
        struct bz_error err;
        assert_int_equal(bz_model_verify(model, &err), -1);
        assert_non_null(strstr(err.msg, "not those that were written"));
        bz_model_free(model);
    }
    bz_machine_free(m);
}

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

/* A digest that was given up says nothing about the tensors. */
static void tensors_are_not_judged_by_half_a_digest(void **state)
{
    static const char log_z[] = "{\"value\":1,\"stderr\":0,\"method\":\"exact\",\"weights\":\"sha256:00\"}";
    (void)state;
    struct bz_machine *m = oracle_dbm(false);
    struct bz_error err;
    save(m, &(struct bz_model_text){.training = "{\"weights\":\"sha256:00\"}"});
    struct bz_model *model = load();
    *model->digest = 0;
    model->log_z_text = bz_strdup(log_z, &err);
    bz_stop_ask(at_once, NULL);
    assert_int_equal(bz_model_verify(model, &err), -1);
    assert_int_equal(err.code, BZ_INTERRUPTED);
    assert_int_equal(bz_model_confirm(model, &err), -1);
    assert_int_equal(err.code, BZ_INTERRUPTED);
    assert_string_equal(model->digest, "");
    assert_null(model->warning);
    bz_stop_ask(NULL, NULL);
    assert_int_equal(bz_model_confirm(model, &err), 0);
    assert_non_null(strstr(model->warning, "other weights"));
    bz_model_free(model);
    bz_machine_free(m);
}

static void a_machine_that_would_not_load_is_not_written(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_lateral(false);
    struct bz_error err;
    bz_machine_bias(m, 0)[2] = NAN;
    assert_int_equal(bz_model_save(m, NULL, path, &err), -1);
    assert_non_null(strstr(err.msg, ".bias\"[2]"));
    bz_machine_bias(m, 0)[2] = 0;
    assert_int_equal(bz_model_save(m, &(struct bz_model_text){.training = "no JSON"}, path, &err), -1);
    assert_non_null(strstr(err.msg, "training"));
    m->layers[1].categories = bz_alloc(1, sizeof(char *), NULL);
    m->layers[1].categories[0] = bz_strdup("caf\xe9", NULL);
    m->layers[1].n_categories = 1;
    assert_int_equal(bz_model_save(m, NULL, path, &err), -1);
    assert_non_null(strstr(err.msg, "category 0 is not UTF-8"));
    assert_int_equal(raw_entries(raw_group_folder()), 0);
    bz_machine_free(m);
}

static void a_disk_that_fills_up_leaves_the_old_file(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed(), *other = oracle_rbm(1, false);
    save(other, NULL);
    size_t size, after;
    unsigned char *before = raw_read(path, &size);
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room <= 1024; room += 512) {
        struct bz_error err;
        small = (struct rlimit){room, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const int rc = bz_model_save(m, NULL, path, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(rc, -1);
        assert_int_equal(err.code, BZ_IO);
        assert_non_null(strstr(err.msg, path));
    }
    signal(SIGXFSZ, handler);
    assert_int_equal(raw_entries(raw_group_folder()), 1);
    unsigned char *now = raw_read(path, &after);
    assert_int_equal(size, after);
    assert_memory_equal(before, now, size);
    free(before);
    free(now);
    bz_machine_free(m);
    bz_machine_free(other);
}

static void every_allocation_that_fails_is_an_error_and_nothing_else(void **state)
{
    (void)state;
    struct bz_machine *m = oracle_mixed();
    const struct bz_log_z z = {.value = 1, .method = "exact", .counts = 4};
    const struct bz_meta extra = {"key", "value"};
    const struct bz_model_text text = {.training = "{}", .log_z = &z, .n_log_z = 1, .extra = &extra, .n_extra = 1};
    struct bz_error err;
    int rc = -1;
    long n = 0;
    for (; rc < 0 && n < 1000; n++) {
        bz_alloc_fail_at(n);
        rc = bz_model_save(m, &text, path, &err);
        bz_alloc_fail_at(-1);
        assert_true(rc == 0 || err.code == BZ_NO_MEMORY);
        assert_int_equal(raw_entries(raw_group_folder()), rc == 0);
    }
    assert_true(n > 5 && n < 1000);
    rc = -1;
    for (n = 0; rc < 0 && n < 1000; n++) {
        struct bz_model *model;
        bz_alloc_fail_at(n);
        rc = bz_model_load(&model, path, &err);
        bz_alloc_fail_at(-1);
        if (rc == 0)
            bz_model_free(model);
        else
            assert_int_equal(err.code, BZ_NO_MEMORY);
    }
    assert_true(n > 5 && n < 1000);
    bz_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_machine_comes_back_bit_for_bit, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(shapes_and_categories_come_back, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(usual_counts_come_back, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(the_container_follows_the_rules_of_safetensors, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(a_log_partition_comes_back_only_for_its_own_weights, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(what_is_found_out_goes_into_the_file_that_was_read, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(what_others_wrote_into_the_metadata_is_kept, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(a_signed_record_tells_whether_the_tensors_are_those_that_were_written, setup,
                                        raw_group_end),
        cmocka_unit_test_setup_teardown(tensors_are_not_judged_by_half_a_digest, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(a_machine_that_would_not_load_is_not_written, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(a_disk_that_fills_up_leaves_the_old_file, setup, raw_group_end),
        cmocka_unit_test_setup_teardown(every_allocation_that_fails_is_an_error_and_nothing_else, setup, raw_group_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
