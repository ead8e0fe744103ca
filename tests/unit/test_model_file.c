/* Reading model files: valid files load to the right numbers; in all others the fault is named. */
#include "mem.h"
#include "model_file.h"
#include "raw_file.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A header in pieces (see raw_safetensors for the quotes). */
#define METADATA(model) "'__metadata__':{'format':'boltz','format_version':'1','model':'" model "'}"
#define LAYER_V         "{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2}"
#define LAYER_H         "{`name`:`h`,`role`:`hidden`,`unit`:`bernoulli`,`size`:1}"
#define RBM(v, h)       "{`kind`:`rbm`,`layers`:[" v "," h "],`couplings`:[[`v`,`h`]]}"
#define GRAPH           METADATA(RBM(LAYER_V, LAYER_H))
#define V_BIAS          "'v.bias':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}"
#define H_BIAS          "'h.bias':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}"
#define WEIGHT          "'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[12,20]}"
#define TENSORS         V_BIAS "," H_BIAS "," WEIGHT
#define GOOD            "{" GRAPH "," TENSORS "}"

static const float numbers[5] = {0.5f, -1.25f, 3, 7, -8};

/* A model and the bytes it was read from. */
struct parsed {
    struct bz_model *model; /* NULL: refused */
    unsigned char *file;
    struct bz_error err;
};

static struct parsed parse(const char *header, const void *data, size_t size)
{
    struct parsed p = {0};
    size_t file_size;
    p.file = raw_safetensors(header, data, size, &file_size);
    if (bz_model_parse(&p.model, p.file, file_size, "test", &p.err) < 0)
        p.model = NULL;
    else
        assert_int_equal(bz_model_confirm(p.model, &p.err), 0);
    return p;
}

static void done(struct parsed *p)
{
    bz_model_free(p->model);
    free(p->file);
}

static void assert_refused(const char *header, const void *data, size_t size, const char *because)
{
    struct parsed p = parse(header, data, size);
    if (p.model)
        fail_msg("accepted, want a refusal with \"%s\"", because);
    if (!strstr(p.err.msg, because))
        fail_msg("refused with \"%s\", want \"%s\"", p.err.msg, because);
    assert_memory_equal(p.err.msg, "test: ", 6);
    assert_true(p.err.code == BZ_BAD_MODEL || p.err.code == BZ_UNSUPPORTED);
    done(&p);
}

static void a_file_put_together_by_hand_loads(void **state)
{
    (void)state;
    struct parsed p = parse(GOOD, numbers, sizeof(numbers));
    assert_non_null(p.model);
    const struct bz_machine *m = p.model->machine;
    assert_int_equal(m->n_layers, 2);
    assert_string_equal(m->layers[0].name, "v");
    assert_int_equal(m->layers[0].role, BZ_VISIBLE);
    assert_int_equal(m->layers[1].role, BZ_HIDDEN);
    assert_memory_equal(m->layers[0].bias, numbers, 8);
    assert_memory_equal(m->layers[1].bias, numbers + 2, 4);
    assert_memory_equal(m->couplings[0].weight, numbers + 3, 8);
    assert_null(m->layers[0].offset);
    assert_null(p.model->training);
    assert_null(p.model->warning);
    assert_int_equal(p.model->n_log_z, 0);
    assert_int_equal(p.model->weight_bytes, 20);
    done(&p);
}

static void a_header_of_any_length_and_order_of_tensors_loads(void **state)
{
    (void)state;
    for (int spaces = 0; spaces < 9; spaces++) { /* also moves the floats off their alignment */
        char header[2048];
        snprintf(header, sizeof(header), "{%.*s" WEIGHT "," H_BIAS "," V_BIAS "," GRAPH "}", spaces, "         ");
        struct parsed p = parse(header, numbers, sizeof(numbers));
        assert_non_null(p.model);
        assert_memory_equal(p.model->machine->layers[0].bias, numbers, 8);
        assert_memory_equal(p.model->machine->couplings[0].weight, numbers + 3, 8);
        done(&p);
    }
}

/* log_sigma of relu layers is optional, wherever the floats lie and whatever their type. */
static void a_relu_layer_without_log_sigma_has_deviation_one(void **state)
{
    (void)state;
    for (int spaces = 0; spaces < 9; spaces++) {
        char header[2048];
        snprintf(header, sizeof(header), "{%.*s" TENSORS ",%s}", spaces, "         ",
                 METADATA(RBM(LAYER_V, "{`name`:`h`,`role`:`hidden`,`unit`:`relu`,`size`:1}")));
        struct parsed p = parse(header, numbers, sizeof(numbers));
        if (!p.model)
            fail_msg("%s", p.err.msg);
        const struct bz_layer *h = &p.model->machine->layers[1];
        assert_memory_equal(h->bias, numbers + 2, 4);
        assert_true(!h->log_sigma || h->log_sigma[0] == 0);
        done(&p);
    }
}

static void half_brain_and_double_floats_become_floats(void **state)
{
    (void)state;
    /* v.bias F16 {1.5, -2^-24 (the least)}, h.bias BF16 {-3}, weights F64 {0.1, -2^100} */
    unsigned char data[22] = {0x00, 0x3e, 0x01, 0x80, 0x40, 0xc0};
    const double weights[2] = {0.1, -0x1p100};
    memcpy(data + 6, weights, sizeof(weights));
    struct parsed p = parse("{" GRAPH ",'v.bias':{'dtype':'F16','shape':[2],'data_offsets':[0,4]},"
                            "'h.bias':{'dtype':'BF16','shape':[1],'data_offsets':[4,6]},"
                            "'v~h.weight':{'dtype':'F64','shape':[2,1],'data_offsets':[6,22]}}",
                            data, sizeof(data));
    assert_non_null(p.model);
    const struct bz_machine *m = p.model->machine;
    assert_true(m->layers[0].bias[0] == 1.5f && m->layers[0].bias[1] == -0x1p-24f);
    assert_true(m->layers[1].bias[0] == -3.0f);
    assert_true(m->couplings[0].weight[0] == 0.1f && m->couplings[0].weight[1] == -0x1p100f);
    done(&p);
}

static void every_half_is_the_float_of_its_formula(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x10000; h++) {
        const unsigned exponent = h >> 10 & 31, fraction = h & 1023;
        if (exponent == 31)
            continue;
        double want = exponent ? ldexp(1 + fraction / 1024.0, (int)exponent - 15) : ldexp(fraction / 1024.0, -14);
        want = h & 0x8000 ? -want : want;
        const unsigned char data[6] = {(unsigned char)h, (unsigned char)(h >> 8)};
        size_t size;
        if (h % 97 != 0 && exponent > 1 && exponent < 30)
            continue; /* all at the edges, some between them */
        unsigned char *file = raw_safetensors("{'__metadata__':{'format':'boltz','format_version':'1','model':'{`kind`:`bm`,"
                                              "`layers`:[{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:3}],"
                                              "`couplings`:[]}'},'v.bias':{'dtype':'F16','shape':[3],'data_offsets':[0,6]}}",
                                              data, sizeof(data), &size);
        struct bz_model *model;
        struct bz_error err;
        assert_int_equal(bz_model_parse(&model, file, size, "test", &err), 0);
        assert_true((double)model->machine->layers[0].bias[0] == want);
        bz_model_free(model);
        free(file);
    }
}

static void what_is_not_finite_is_refused_with_tensor_and_index(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *because;
    } places[] = {{1, "\"v.bias\"[1]"}, {2, "\"h.bias\"[0]"}, {4, "\"v~h.weight\"[1,0]"}};
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (size_t k = 0; k < 3; k++) {
            float data[5];
            memcpy(data, numbers, sizeof(data));
            data[places[i].at] = bad[k];
            assert_refused(GOOD, data, sizeof(data), places[i].because);
        }
    const double large[2] = {1, 1e39};
    assert_refused("{" METADATA("{`kind`:`bm`,`layers`:[" LAYER_V "],`couplings`:[]}") ",'v.bias':{'dtype':'F64','shape':[2],"
                                                                                       "'data_offsets':[0,16]}}",
                   large, sizeof(large), "\"v.bias\"[1]: too large");
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    size_t size;
    unsigned char *whole = raw_safetensors(GOOD, numbers, sizeof(numbers), &size);
    char *folder = raw_folder(), path[64];
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    for (size_t n = 0; n < size; n++) {
        struct bz_model *model;
        struct bz_error err = {0};
        unsigned char *cut = malloc(n ? n : 1);
        memcpy(cut, whole, n);
        assert_int_equal(bz_model_parse(&model, cut, n, "cut", &err), -1);
        assert_int_equal(err.code, BZ_BAD_MODEL);
        free(cut);
        if (n % 16 == 0) {
            raw_write(path, whole, n);
            assert_int_equal(bz_model_load(&model, path, &err), -1);
            assert_int_equal(err.code, BZ_BAD_MODEL);
            assert_non_null(strstr(err.msg, path));
        }
    }
    raw_remove_folder(folder);
    free(whole);
}

/* Nothing but the header may be read of what is no model: bringing in a hole of this size would take minutes. */
static void a_huge_file_that_is_no_model_is_refused_by_its_header(void **state)
{
    (void)state;
    char *folder = raw_folder(), path[64];
    struct bz_model *model;
    struct bz_error err = {0};
    struct stat st;
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    raw_write(path, "", 0);
    if (truncate(path, (off_t)1 << 38) == 0) {
        assert_int_equal(bz_model_load(&model, path, &err), -1);
        assert_int_equal(err.code, BZ_BAD_MODEL);
        assert_non_null(strstr(err.msg, "does not begin with {"));
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_blocks < 2048);
    }
    raw_remove_folder(folder);
}

/* Headers with one fault each, and what the message must say. */
static const struct {
    const char *header, *because;
} wrong[] = {
    /* the container */
    {"[]", "header: expected an object, found an array"},
    {"{" GRAPH "," TENSORS "} x", "not JSON at byte"},
    {"{" GRAPH "," TENSORS ",}", "not JSON at byte"},
    {"{" GRAPH "," TENSORS "," V_BIAS "}", "\"v.bias\" occurs twice"},
    {"{" TENSORS "}", "__metadata__: missing"},
    {"{'__metadata__':[]," TENSORS "}", "__metadata__: expected an object"},
    {"{'__metadata__':{'format':1}," TENSORS "}", "\"format\": expected a string, found a number"},
    /* metadata */
    {"{'__metadata__':{'format':'pt'}," TENSORS "}", "format: expected \"boltz\", found \"pt\""},
    {"{'__metadata__':{'format_version':'1'}," TENSORS "}", "format: expected \"boltz\", found nothing"},
    {"{'__metadata__':{'format':'boltz'}," TENSORS "}", "format_version: missing"},
    {"{'__metadata__':{'format':'boltz','format_version':'one'}," TENSORS "}", "found \"one\""},
    {"{'__metadata__':{'format':'boltz','format_version':'0'}," TENSORS "}", "found \"0\""},
    {"{'__metadata__':{'format':'boltz','format_version':'2'}," TENSORS "}", "format_version 2 is newer than 1"},
    {"{'__metadata__':{'format':'boltz','format_version':'1'}," TENSORS "}", "model: missing"},
    {"{" METADATA("{`kind`") "," TENSORS "}", "model: not JSON at byte"},
    {"{" METADATA("[]") "," TENSORS "}", "model: expected an object"},
    {"{" METADATA("{`kind`:`rbm`,`kind`:`rbm`}") "," TENSORS "}", "\"kind\" occurs twice"},
    {"{" METADATA("{`layers`:[],`couplings`:[]}") "," TENSORS "}", "kind: expected"},
    {"{" METADATA("{`kind`:`forest`,`layers`:[],`couplings`:[]}") "," TENSORS "}", "found \"forest\""},
    {"{" METADATA("{`kind`:`rbm`,`couplings`:[]}") "," TENSORS "}", "layers: expected an array, found nothing"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[],`couplings`:[]}") "," TENSORS "}", "0 layers"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "]}") "," TENSORS "}", "couplings: expected an array, found nothing"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[7],`couplings`:[]}") "," TENSORS "}", "layers[0]: expected an object"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`seen`,`unit`:`bernoulli`,`size`:2}", LAYER_H)) "," TENSORS "}", "found \"seen\""},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`spins`,`size`:2}", LAYER_H)) "," TENSORS "}", "found \"spins\""},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`}", LAYER_H)) "," TENSORS "}", "layers[0].size"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:-2}", LAYER_H)) "," TENSORS "}", "found -2"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2.5}", LAYER_H)) "," TENSORS "}", "found 2.5"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:1e99}", LAYER_H)) "," TENSORS "}", "found 1e+99"},
    {"{" METADATA(RBM("{`name`:`../v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2}", LAYER_H)) "," TENSORS "}",
     "layers[0].name: expected"},
    {"{" METADATA(RBM("{`name`:`mask`,`role`:`visible`,`unit`:`bernoulli`,`size`:2}", LAYER_H)) "," TENSORS "}",
     "found \"mask\""},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2,`shape`:[2,2]}", LAYER_H)) "," TENSORS "}",
     "layers[0].shape: its product is not the 2 units"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`multinomial`,`size`:2,`counts`:0}", LAYER_H)) "," TENSORS "}",
     "layers[0].counts: expected a whole number from 1 to 16777216, found 0"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2,`groups`:2}", LAYER_H)) "," TENSORS "}",
     "groups"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`bernoulli`,`size`:2,`categories`:[`a`]}", LAYER_H)) "," TENSORS "}",
     "1 names for 2 units"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "," LAYER_V "],`couplings`:[]}") "," TENSORS "}", "named \"v\""},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "," LAYER_H "],`couplings`:[[`v`,`x`]]}") "," TENSORS "}",
     "couplings[0][1]: expected the name of a layer, found \"x\""},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "," LAYER_H "],`couplings`:[[`v`]]}") "," TENSORS "}", "couplings[0]"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "," LAYER_H "],`couplings`:[[`v`,`h`],[`h`,`v`]]}") "," TENSORS "}",
     "couplings 0 and 1"},
    /* tensors */
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[12,21]}}",
     "not within the 20"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[12,18]}}", "6 bytes of data"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[20,12]}}", "not within"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[8,16]}}", "inside another"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[1,2],'data_offsets':[12,20]}}",
     "\"v~h.weight\": expected shape [2, 1], found [1, 2]"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2],'data_offsets':[12,20]}}", "found [2]"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'I32','shape':[2,1],'data_offsets':[12,20]}}", "found \"I32\""},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,-1],'data_offsets':[12,20]}}", "shape[1]"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[12,20]}}",
     "overflows"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1],'data_offsets':[12,1e300]}}", "data_offsets"},
    {"{" GRAPH "," H_BIAS "," V_BIAS ",'v~h.weight':{'dtype':'F32','shape':[2,1]}}", "data_offsets: expected two"},
    {"{" GRAPH "," H_BIAS "," V_BIAS "}", "20 bytes of data, but the tensors end at 12"},
    {"{" GRAPH "," H_BIAS ",'x.bias':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}," WEIGHT "}", "\"v.bias\": missing"},
    {"{" GRAPH "," V_BIAS "," H_BIAS ",'h~v.weight':{'dtype':'F32','shape':[1,2],'data_offsets':[12,20]}}",
     "\"v~h.weight\": missing"},
    {"{" METADATA("{`kind`:`rbm`,`layers`:[" LAYER_V "," LAYER_H "],`couplings`:[]}") "," TENSORS "}",
     "\"v~h.weight\": not one of this graph's"},
    {"{" METADATA(RBM("{`name`:`v`,`role`:`visible`,`unit`:`gaussian`,`size`:2}", LAYER_H)) "," TENSORS "}",
     "\"v.log_sigma\": missing"},
};

static void whatever_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused(wrong[i].header, numbers, sizeof(numbers), wrong[i].because);
    assert_refused("{" GRAPH "," TENSORS "}", numbers, sizeof(numbers) - 4, "not within the 16");
    const float more[6] = {0};
    assert_refused("{" GRAPH "," TENSORS "}", more, sizeof(more), "24 bytes of data, but the tensors end at 20");
    assert_refused("{" GRAPH "," V_BIAS ",'h.bias':{'dtype':'F32','shape':[1],'data_offsets':[12,16]},'v~h.weight':{'dtype':"
                   "'F32','shape':[2,1],'data_offsets':[16,24]}}",
                   more, sizeof(more), "bytes 8 to 12 belong to none");
}

static void a_deeply_nested_header_is_refused_without_recursing(void **state)
{
    (void)state;
    const size_t depth = 1000000;
    char *header = malloc(depth + 1);
    memset(header, '[', depth);
    header[depth] = 0;
    assert_refused(header, NULL, 0, "nested too deeply");
    free(header);
    /* lengths beyond the end of the file, up to 2^64-1 */
    for (int shift = 8; shift < 64; shift += 8) {
        size_t size;
        unsigned char *file = raw_safetensors(GOOD, numbers, sizeof(numbers), &size);
        struct bz_model *model;
        struct bz_error err;
        file[shift / 8] = 0xff;
        assert_int_equal(bz_model_parse(&model, file, size, "test", &err), -1);
        free(file);
    }
}

#define LATERAL                                                                                                                \
    "{" METADATA("{`kind`:`bm`,`layers`:[" LAYER_V                                                                             \
                 "],`couplings`:[[`v`,`v`]]}") "," V_BIAS ",'v~v.weight':{'dtype':'F32','shape':[2,2],'data_offsets':[8,24]}}"

static void a_lateral_coupling_must_be_symmetric_with_zero_diagonal(void **state)
{
    (void)state;
    struct parsed p = parse(LATERAL, (const float[6]){1, 2, 0, 0.1f, 0.1f, 0}, 24);
    assert_non_null(p.model);
    done(&p);
    assert_refused(LATERAL, (const float[6]){1, 2, 0, 0.1f, 0.1f, 1e-30f}, 24, "\"v~v.weight\"[1,1]");
    assert_refused(LATERAL, (const float[6]){1, 2, 0, 0.1f, 0.10000001f, 0}, 24, "\"v~v.weight\": [0,1]");
}

/* A model of one layer of two zero biases: the digest of its data section is that of eight zero bytes. */
#define ZEROS     "sha256:af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc"
#define OTHER     "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define ONE(more) "{`value`:1.5,`stderr`:0.25,`method`:`ais`,`runs`:10,`betas`:20," more "}"
#define WITH_LOG_Z(text)                                                                                                       \
    "{'__metadata__':{'format':'boltz','format_version':'1','model':'{`kind`:`bm`,`layers`:[" LAYER_V "],`couplings`:[]}',"    \
    "'log_partition':'" text "'}," V_BIAS "}"

static void log_z_is_believed_for_its_own_weights_only(void **state)
{
    (void)state;
    const float zeros[2] = {0};
    static const struct {
        const char *header;
        size_t entries;
        bool warning;
    } cases[] = {
        {WITH_LOG_Z(ONE("`weights`:`" ZEROS "`")), 1, false},
        {WITH_LOG_Z(ONE("`weights`:`" OTHER "`")), 0, true},
        {WITH_LOG_Z(ONE("`counts`:null")), 0, true},
        {WITH_LOG_Z("[]"), 0, false},
        {WITH_LOG_Z("[" ONE("`counts`:3,`weights`:`" ZEROS "`") "," ONE("`counts`:4,`weights`:`" ZEROS "`") "]"), 2, false},
        {WITH_LOG_Z("[" ONE("`counts`:3,`weights`:`" OTHER "`") "," ONE("`counts`:4,`weights`:`" ZEROS "`") "]"), 1, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed p = parse(cases[i].header, zeros, sizeof(zeros));
        if (!p.model)
            fail_msg("%s", p.err.msg);
        assert_int_equal(p.model->n_log_z, cases[i].entries);
        assert_int_equal(p.model->warning != NULL, cases[i].warning);
        assert_int_equal(p.model->log_z_json != NULL, cases[i].entries > 0);
        if (cases[i].entries > 0) {
            assert_true(p.model->log_z[0].value == 1.5 && p.model->log_z[0].stderr_ == 0.25);
            assert_null(strstr(p.model->log_z_json, OTHER));
        }
        done(&p);
    }
    size_t size;
    struct bz_model *model;
    unsigned char *file = raw_safetensors(cases[0].header, zeros, sizeof(zeros), &size);
    assert_int_equal(bz_model_parse(&model, file, size, "test", NULL), 0);
    assert_true(model->n_log_z == 0 && !model->log_z_json); /* not before it is asked for */
    bz_alloc_fail_at(1);
    assert_int_equal(bz_model_confirm(model, NULL), -1);
    bz_alloc_fail_at(-1);
    assert_true(model->n_log_z == 0 && !model->log_z_json);
    assert_int_equal(bz_model_confirm(model, NULL), 0);
    assert_true(model->n_log_z == 1 && model->log_z_json);
    bz_model_free(model);
    free(file);
    static const struct {
        const char *header, *because;
    } malformed[] = {
        {WITH_LOG_Z("7"), "log_partition: expected an object, found a number"},
        {WITH_LOG_Z("{"), "log_partition: not JSON"},
        {WITH_LOG_Z("{`stderr`:0,`method`:`ais`}"), "log_partition: value: expected a finite number, found nothing"},
        {WITH_LOG_Z("{`value`:1e999,`stderr`:0,`method`:`ais`}"), "value: expected a finite number"},
        {WITH_LOG_Z("{`value`:1,`stderr`:-1,`method`:`ais`}"), "stderr: expected a number from 0"},
        {WITH_LOG_Z("{`value`:1,`stderr`:0,`method`:`guess`}"), "method: expected"},
        {WITH_LOG_Z("[{`value`:1,`stderr`:0,`method`:`ais`,`runs`:1.5}]"), "log_partition: [0]: runs: expected a whole number"},
        {WITH_LOG_Z("[{`value`:1,`stderr`:0,`method`:`ais`,`weights`:7}]"), "weights: expected a string"},
    };
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        assert_refused(malformed[i].header, zeros, sizeof(zeros), malformed[i].because);
}

static void flipped_bytes_never_crash(void **state)
{
    (void)state;
    size_t size;
    unsigned char *whole = raw_safetensors(GOOD, numbers, sizeof(numbers), &size), *file = malloc(size);
    uint64_t random = 88172645463325252u;
    size_t accepted = 0;
    for (int i = 0; i < 30000; i++) {
        memcpy(file, whole, size);
        for (int flips = 1 + i % 4; flips > 0; flips--) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            file[random % size] ^= (unsigned char)(1u << (random >> 40) % 8);
        }
        struct bz_model *model;
        struct bz_error err = {0};
        if (bz_model_parse(&model, file, size, "flipped", &err) == 0) {
            accepted++; /* a flipped bit in a number or a name */
            bz_model_free(model);
        } else {
            assert_true(err.msg[0] != 0);
        }
    }
    assert_true(accepted > 0 && accepted < 15000);
    free(file);
    free(whole);
}

static void published_models_load(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t layers, bytes;
    } models[] = {{"dbm-567", 3, 360}, {"mnistvh-15", 2, 50236}};
    const char *data = data_folder();
    for (size_t i = 0; data && i < 2; i++) {
        char given[512], *path;
        struct bz_model *model;
        struct bz_error err;
        snprintf(given, sizeof(given), "%s/models/%s", data, models[i].name);
        if (bz_model_path(&path, given, &err) < 0 || bz_model_load(&model, path, &err) < 0)
            fail_msg("%s", err.msg);
        assert_int_equal(model->machine->n_layers, models[i].layers);
        assert_int_equal(model->weight_bytes, models[i].bytes);
        bz_model_free(model);
        bz_free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_put_together_by_hand_loads),
        cmocka_unit_test(a_header_of_any_length_and_order_of_tensors_loads),
        cmocka_unit_test(a_relu_layer_without_log_sigma_has_deviation_one),
        cmocka_unit_test(half_brain_and_double_floats_become_floats),
        cmocka_unit_test(every_half_is_the_float_of_its_formula),
        cmocka_unit_test(what_is_not_finite_is_refused_with_tensor_and_index),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_huge_file_that_is_no_model_is_refused_by_its_header),
        cmocka_unit_test(whatever_is_wrong_is_refused_by_name),
        cmocka_unit_test(a_deeply_nested_header_is_refused_without_recursing),
        cmocka_unit_test(a_lateral_coupling_must_be_symmetric_with_zero_diagonal),
        cmocka_unit_test(log_z_is_believed_for_its_own_weights_only),
        cmocka_unit_test(flipped_bytes_never_crash),
        cmocka_unit_test(published_models_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
