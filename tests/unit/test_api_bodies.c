/* The same rows in every form that a body may have give the same reply; a body that is not what it claims to be is refused, and
 * the refusal says what it is. */
#include "fake_host.h"
#include "mem.h"
#include "npy.h"
#include "oracle_machines.h"
#include "png_image.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define M   "/v1/models/tiny/"
#define FE  M "free-energy"
#define NPY "application/x-npy"
#define RAW "application/octet-stream"

/* The RBM of 4 visible units as a picture of 2 x 2. */
static struct fake_host *picture_host(void)
{
    struct bz_machine *m = oracle_rbm(1, false);
    m->layers[0].rank = 2;
    m->layers[0].shape[0] = m->layers[0].shape[1] = 2;
    return fake_host_new(m);
}

static void same_reply(struct fake_host *h, const struct fake_request *a, const struct fake_request *b)
{
    struct api_call *x = fake_call(h, a), *y = fake_call(h, b);
    if (x->reply.status != 200 || y->reply.status != 200)
        fail_msg("%d %.*s, %d %.*s", x->reply.status, (int)x->reply.size, x->reply.body, y->reply.status, (int)y->reply.size,
                 y->reply.body);
    assert_int_equal(x->reply.size, y->reply.size);
    assert_memory_equal(x->reply.body, y->reply.body, x->reply.size);
    api_free(x);
    api_free(y);
}

static void refused(struct fake_host *h, const struct fake_request *req, const char *code, const char *says)
{
    struct api_call *call = fake_call(h, req);
    char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
    if (call->reply.status != 400 || !call->code || strcmp(call->code, code) != 0 || !strstr(text, says))
        fail_msg("%s: want 400 %s '%s', got %d %s", req->type ? req->type : (const char *)req->body, code, says,
                 call->reply.status, text);
    assert_string_equal(fake_header(call, "X-Boltz-Error"), code);
    bz_free(text);
    api_free(call);
}

static void json_rows_in_every_shape(void **state)
{
    static const char *const pairs[][2] = {
        {"{\"inputs\":[1,0,1,0]}", "{\"inputs\":[[1,0,1,0]]}"},
        {"{\"inputs\":[[1,0],[1,0]]}", "{\"inputs\":[[1,0,1,0]]}"}, /* the layer's own shape: one row */
        {"{\"inputs\":[[[1,0],[1,0]],[[0,1],[1,1]]]}", "{\"inputs\":[[1,0,1,0],[0,1,1,1]]}"},
        {"{\"inputs\":{\"visible\":[[1,0],[1,null]]}}", "{\"inputs\":[[1,0,1,null]]}"},
        {"{\"inputs\":[[1,0],[1,0]],\"mask\":[[1,1],[0,1]]}", "{\"inputs\":[[1,0,1,0]],\"mask\":[1,1,0,1]}"},
    };
    struct fake_host *h = picture_host();
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        same_reply(h, &(struct fake_request){.path = FE, .body = pairs[i][0]},
                   &(struct fake_request){.path = FE, .body = pairs[i][1]});
    refused(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0],[1,0],[1,0]]}"}, "shape_mismatch", "inputs");
    refused(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0],[1]]}"}, "shape_mismatch", "inputs[1]");
    refused(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[[1,0],[1,0]],[[0,1]]]}"}, "shape_mismatch",
            "inputs[1]");
    fake_host_free(h);
}

/* An npy file with these values (`size` bytes); returns the file's length. */
static size_t npy_of(char *to, const char *descr, bool fortran, const char *shape, const void *data, size_t size)
{
    char head[128];
    const int n = snprintf(head, sizeof(head), "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr,
                           fortran ? "True" : "False", shape);
    memset(to, ' ', 128);
    memcpy(to, "\x93NUMPY\1\0\x76\0", 10);
    memcpy(to + 10, head, (size_t)n);
    to[127] = '\n';
    memcpy(to + 128, data, size);
    return 128 + size;
}

static void npy_of_every_type_and_order(void **state)
{
    static const float f4[] = {1, 0, 1, 0, 0, 1, 1, 1}, f4_columns[] = {1, 0, 0, 1, 1, 1, 0, 1};
    static const double f8[] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const uint16_t f2[] = {0x3c00, 0, 0x3c00, 0, 0, 0x3c00, 0x3c00, 0x3c00},
                          big_u2[] = {256, 0, 256, 0, 0, 256, 256, 256}, i2[] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const uint8_t u1[] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const uint32_t u4[] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const int64_t i8[] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const struct {
        const char *descr, *shape;
        bool fortran;
        const void *data;
        size_t size;
    } rows[] = {
        {"<f4", "(2, 4)", false, f4, sizeof(f4)}, {"<f4", "(2, 4)", true, f4_columns, sizeof(f4_columns)},
        {"<f8", "(2, 4)", false, f8, sizeof(f8)}, {"<f2", "(2, 4)", false, f2, sizeof(f2)},
        {">u2", "(2, 4)", false, big_u2, 16},     {"<i2", "(2, 4)", false, i2, sizeof(i2)},
        {"|u1", "(2, 2, 2)", false, u1, 8},       {"|b1", "(2, 4)", false, u1, 8},
        {"|i1", "(2, 4)", false, u1, 8},          {"<u4", "(2, 4)", false, u4, sizeof(u4)},
        {"<i8", "(2, 4)", false, i8, sizeof(i8)},
    };
    struct fake_host *h = picture_host();
    char file[512];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const size_t size = npy_of(file, rows[i].descr, rows[i].fortran, rows[i].shape, rows[i].data, rows[i].size);
        same_reply(h, &(struct fake_request){.path = FE, .type = NPY, .body = file, .size = size},
                   &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,1,0],[0,1,1,1]]}"});
    }
    const size_t one = npy_of(file, "|u1", false, "(2, 2)", u1, 4); /* the layer's shape: one row */
    same_reply(h, &(struct fake_request){.path = FE, .type = NPY, .body = file, .size = one, .shape = "2,2"},
               &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,1,0]]}"});
    refused(h, &(struct fake_request){.path = FE, .type = NPY, .body = file, .size = one, .shape = "1,4"}, "shape_mismatch",
            "X-Boltz-Shape");
    fake_host_free(h);
}

static void raw_rows_are_checked_against_their_shape(void **state)
{
    static const float rows[] = {1, 0, 1, 0, 0, 1, 1, 1}, columns[] = {1, 0, 0, 1, 1, 1, 0, 1};
    /* [2][2][2] with the first index fastest */
    static const float cube[] = {1, 0, 1, 1, 0, 1, 0, 1};
    static const double wide[8] = {1, 0, 1, 0, 0, 1, 1, 1};
    static const char black_white[16] = "\0\0\0\0\xff\xff\xff\xff"; /* four pictures' bytes, as one row: 0, NaN, 0, 0 */
    const struct fake_request want = {.path = FE, .body = "{\"inputs\":[[1,0,1,0],[0,1,1,1]]}"};
    struct fake_host *h = picture_host();
    (void)state;
    same_reply(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 32}, &want);
    same_reply(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 32, .shape = "2,4"}, &want);
    same_reply(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 32, .shape = "2, 2, 2"}, &want);
    same_reply(h, &(struct fake_request){.path = FE, .query = "order=F", .type = RAW, .body = columns, .size = 32}, &want);
    same_reply(h,
               &(struct fake_request){.path = FE, .query = "order=F", .type = RAW, .body = cube, .size = 32, .shape = "2,2,2"},
               &want);
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = wide, .size = 64, .shape = "2,4"}, "shape_mismatch",
            "float64");
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 32, .shape = "4,2"}, "shape_mismatch",
            "(n, 4)");
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 32, .shape = "two"}, "shape_mismatch",
            "X-Boltz-Shape");
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = rows, .size = 0, .shape = "0,4"}, "empty_body", "");
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = black_white, .size = 16}, "bad_value",
            "value 1 is four bytes of 255");
    /* rows as text have a shape too */
    same_reply(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,1,0],[0,1,1,1]]}", .shape = "2,4"}, &want);
    refused(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,1,0]]}", .shape = "2,4"}, "shape_mismatch",
            "inputs: X-Boltz-Shape is 2,4, found 1 row of 4 numbers");
    refused(h, &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,1,0]]}", .shape = "1,3"}, "shape_mismatch",
            "expected an array of shape (n, 4), found (1, 3)");
    refused(h, &(struct fake_request){.path = M "sample", .body = "{\"init\":[[1,0,1,0]]}", .shape = "2,4"}, "shape_mismatch",
            "init: X-Boltz-Shape is 2,4");
    /* another byte order or type */
    static const uint8_t big[16] = {0x3f, 0x80, 0, 0, 0, 0, 0, 0, 0x3f, 0x80}, bytes[16] = {1, 0, 1, 1, 0, 1, 0, 0, 1, 1};
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = big, .size = 16}, "bad_value", "little-endian float32");
    refused(h, &(struct fake_request){.path = FE, .type = RAW, .body = bytes, .size = 16}, "bad_value",
            "little-endian float32");
    refused(h, &(struct fake_request){.path = FE, .query = "order=F", .body = "{\"inputs\":[[1,0,1,0]]}"}, "bad_value",
            "order");
    refused(h, &(struct fake_request){.path = FE, .body = "{\"order\":\"F\",\"inputs\":[[1,0,1,0]]}"}, "bad_value", "order");
    /* what encoders make of an object passed by mistake */
    refused(h, &(struct fake_request){.path = FE, .body = "[object Object]"}, "wrong_body_type", "JSON.stringify");
    refused(h, &(struct fake_request){.path = FE, .body = "a,b\n1,0\n"}, "wrong_body_type", "text/csv");
    refused(h, &(struct fake_request){.path = FE, .type = "application/x-www-form-urlencoded", .body = "a;b\n1;0\n"},
            "wrong_body_type", "text/csv");
    refused(h, &(struct fake_request){.path = FE, .body = "\"{\\\"inputs\\\":[[1,0,1,0]]}\""}, "wrong_body_type", "twice");
    refused(h, &(struct fake_request){.path = FE, .body = "\xff\xfe{\0}\0", .size = 6}, "wrong_body_type", "UTF-8");
    fake_host_free(h);
}

static void bodies_that_are_not_what_their_type_says(void **state)
{
    static const struct {
        const char *type, *body;
        size_t size;
        const char *says;
    } rows[] = {
        {RAW, "{\"inputs\":[[1,0,1,0]]}", 0, "application/json"},
        {RAW, "[[1,0,1,0]]     ", 0, "application/json"},
        {RAW, "\x93NUMPY\1\0\x76\0", 10, NPY},
        {RAW, "\x89PNG\r\n\x1a\n....", 12, "image/png"},
        {RAW, "PK\3\4............", 16, "zip"},
        {RAW, "\x1f\x8b\x08\0............", 16, "Content-Encoding: gzip"},
        {NPY, "\x89PNG\r\n\x1a\n....", 12, "image/png"},
        {NPY, "{\"inputs\":[[1,0,1,0]]}", 0, "application/json"},
        {"application/x-www-form-urlencoded", "\x89PNG\r\n\x1a\n....", 12, "image/png"},
        {NULL, "\x93NUMPY\1\0\x76\0", 10, NPY},
        {NULL, "\0\0\x80\x3f\0\0\0\0", 8, RAW}, /* a Float32Array */
        {"application/json", "\0\0\0\0\0\0\x80\x3f", 8, RAW},
        {"image/png", "\x93NUMPY\1\0\x76\0", 10, NPY},
        {"image/png", "\xff\xd8\xff\xe0\0\20JFIF\0", 11, "a JPEG picture: send it as PNG"},
        {RAW, "\xff\xd8\xff\xdb\0\20JFIF\0...", 12, "JPEG"},
        {"application/json", "RIFF....WEBPVP8 ", 16, "WebP"},
        {"image/png", "GIF89a....", 10, "GIF"},
    };
    struct fake_host *h = picture_host();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        refused(h, &(struct fake_request){.path = FE, .type = rows[i].type, .body = rows[i].body, .size = rows[i].size},
                "wrong_body_type", rows[i].says);
    /* numbers whose first bytes look like JSON, but are not text: raw values */
    const float brace[4] = {0x1.00f6p-17f, 0, 1, 1}; /* its first byte is 0x00; a brace further on does not matter */
    struct api_call *call = fake_call(h, &(struct fake_request){.path = FE, .type = RAW, .body = brace, .size = 16});
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    fake_host_free(h);
}

/* A picture in, the same picture out. */
static void pictures_are_rows(void **state)
{
    uint8_t pixels[4] = {255, 0, 51, 0}, *png;
    const struct bz_picture picture = {.width = 2, .height = 2, .channels = 1, .pixels = pixels};
    struct bz_error err;
    size_t size;
    struct fake_host *h = picture_host();
    (void)state;
    assert_int_equal(bz_png_encode(&png, &size, &picture, &err), 0);
    same_reply(h, &(struct fake_request){.path = FE, .type = "image/png", .body = png, .size = size},
               &(struct fake_request){.path = FE, .body = "{\"inputs\":[[1,0,0.2,0]]}"});
    char twice[400]; /* as `cat *.png` sends them */
    memcpy(twice, png, size);
    memcpy(twice + size, png, size);
    refused(h, &(struct fake_request){.path = FE, .type = "image/png", .body = twice, .size = 2 * size}, "bad_value",
            "another picture follows");
    const struct fake_request same = {
        .path = M "sample", .query = "steps=0&format=png", .type = "image/png", .body = png, .size = size};
    struct api_call *call = fake_call(h, &same);
    assert_int_equal(call->reply.status, 200);
    assert_string_equal(fake_header(call, "X-Boltz-Tiles"), "1,1,1");
    float back[4];
    assert_int_equal(bz_png_read_unit(back, 2, 2, 1, call->reply.body, call->reply.size, &err), 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(back[i] == (float)pixels[i] / 255.0f);
    api_free(call);
    call = fake_call(h, &(struct fake_request){
                            .path = M "sample", .query = "steps=1&format=png&count=5&columns=2&gap=3&upscale=4", .body = "{}"});
    struct bz_png_head head;
    assert_int_equal(bz_png_read_head(&head, call->reply.body, call->reply.size, &err), 0);
    assert_string_equal(fake_header(call, "X-Boltz-Tiles"), "3,2,5");
    assert_int_equal(head.width, 2 * 8 + 3);
    assert_int_equal(head.height, 3 * 8 + 2 * 3);
    api_free(call);
    static const char *const without_effect[] = {"upscale=4", "columns=2&format=npy", "gap=0&format=sse",
                                                 "encoding=bits&format=png", "as=rows&format=raw"};
    for (size_t i = 0; i < sizeof(without_effect) / sizeof(*without_effect); i++)
        refused(h, &(struct fake_request){.path = M "sample", .query = without_effect[i], .body = "{\"steps\":1}"}, "bad_value",
                "the reply is asked for as");
    refused(h, &(struct fake_request){.path = M "sample", .body = "{\"steps\":1,\"upscale\":2}"}, "bad_value",
            "'upscale': pictures");
    refused(h, &(struct fake_request){.method = "GET", .path = M "parameters/visible.bias", .query = "gap=2"}, "bad_value",
            "'gap': pictures");
    bz_free(png);
    const struct bz_picture wide = {.width = 4, .height = 1, .channels = 1, .pixels = pixels};
    assert_int_equal(bz_png_encode(&png, &size, &wide, &err), 0);
    refused(h, &(struct fake_request){.path = FE, .type = "image/png", .body = png, .size = size}, "shape_mismatch",
            "expected 2x2 pixels (height x width), found 1x4");
    bz_free(png);
    fake_host_free(h);
    h = fake_host_new(oracle_rbm(1, false)); /* no shape: no pictures */
    refused(h, &(struct fake_request){.path = FE, .type = "image/png", .body = "\x89PNG\r\n\x1a\n....", .size = 12},
            "unsupported", "picture");
    fake_host_free(h);
}

static void forms_hold_scalars(void **state)
{
    static const char form[] = "application/x-www-form-urlencoded";
    struct fake_host *h = picture_host();
    (void)state;
    same_reply(h, &(struct fake_request){.path = M "sample", .type = form, .body = "seed=7&count=2&steps=3"},
               &(struct fake_request){.path = M "sample", .body = "{\"seed\":7,\"count\":2,\"steps\":3}"});
    same_reply(h, &(struct fake_request){.path = M "sample", .type = form, .body = " {\"seed\":7,\"steps\":3}"},
               &(struct fake_request){.method = "GET", .path = M "sample", .query = "seed=7&steps=3"});
    same_reply(h, &(struct fake_request){.path = M "sample", .body = "{\"seed\":7,\"steps\":3,\"count\":null,\"layer\":null}"},
               &(struct fake_request){.path = M "sample", .query = "seed=7&steps=3"});
    refused(h, &(struct fake_request){.path = M "sample", .type = form, .body = "seed=7&sed=1"}, "unknown_parameter", "form");
    refused(h, &(struct fake_request){.path = M "sample", .type = form, .query = "seed=7", .body = "seed=7"}, "duplicate",
            "seed");
    refused(h, &(struct fake_request){.path = M "sample", .type = form, .body = "clamp=1"}, "unknown_parameter", "JSON body");
    static const char *const lists[] = {"layers%5B%5D=visible", "clamp[visible][values][0]=1"}; /* as PHP, Rails and axios do */
    for (size_t i = 0; i < 2; i++)
        refused(h, &(struct fake_request){.path = M "sample", .type = form, .body = lists[i]}, "unknown_parameter",
                "JSON body");
    fake_host_free(h);
}

static void empty_bodies(void **state)
{
    struct fake_host *h = picture_host();
    (void)state;
    refused(h, &(struct fake_request){.path = M "sample", .type = "application/json", .body = ""}, "empty_body", "{}");
    refused(h, &(struct fake_request){.path = M "sample", .type = "application/json; charset=utf-8", .body = " \n"},
            "empty_body", "{}");
    static const char *const arrays[][2] = {{"application/x-npy", "an npy file"},
                                            {"application/octet-stream", "little-endian"},
                                            {"image/png", "a picture"},
                                            {"text/csv", "a table"}};
    for (size_t i = 0; i < 4; i++) {
        refused(h, &(struct fake_request){.path = FE, .type = arrays[i][0], .body = ""}, "empty_body", arrays[i][1]);
        refused(h, &(struct fake_request){.path = M "energy", .type = arrays[i][0], .body = ""}, "empty_body", "a JSON body");
        same_reply(h, &(struct fake_request){.path = M "sample", .query = "seed=1&steps=1", .type = arrays[i][0], .body = ""},
                   &(struct fake_request){.path = M "sample", .body = "{\"seed\":1,\"steps\":1}"});
    }
    static const char *const fine[] = {NULL, "text/plain", "application/x-www-form-urlencoded"};
    for (size_t i = 0; i < 3; i++)
        same_reply(h, &(struct fake_request){.path = M "sample", .query = "seed=1&steps=1", .type = fine[i], .body = ""},
                   &(struct fake_request){.path = M "sample", .body = "{\"seed\":1,\"steps\":1}"});
    same_reply(h,
               &(struct fake_request){
                   .method = "GET", .path = M "sample", .query = "seed=1&steps=1", .type = "application/json", .body = ""},
               &(struct fake_request){.path = M "sample", .body = "{\"seed\":1,\"steps\":1}"});
    fake_host_free(h);
}

/* Refusals help: they show what was found in its own form, and what to write instead. */
static void refusals_show_what_to_write(void **state)
{
    static const struct {
        const char *op, *body, *code, *says;
    } rows[] = {
        {FE, "{\"inputs\":[[0,\"NA\",0,1]]}", "type_mismatch",
         "\\\"NA\\\", expected a number (null stands for a missing value)"},
        {FE, "{\"inputs\":[[0,\"NaN\",0,1]]}", "type_mismatch", "null stands for"},
        {FE, "{\"inputs\":[[0,\"1\",0,1]]}", "type_mismatch", "without quotes"},
        {FE, "{\"inputs\":[[0,Inf,0,1]]}", "bad_value", "Inf is not a JSON number (null"},
        {FE, "{\"inputs\":[[0,nan,0,1]]}", "bad_value", "nan is not a JSON number (null"},
        {FE, "{\"inputs\":[[0,-Infinity,0,1]]}", "bad_value", "-Infinity is not a JSON number (null"},
        {FE, "{\"inputs\":[[0,1.,0,1]]}", "bad_json", "found 1., expected a number"},
        {FE, "{\"inputs\":[[0,1,0,1,]]}", "bad_json", "found ']'"},
        {FE, "{\"inputs\":[[0,1,0,1],]}", "bad_json", "no trailing comma"},
        {FE, "{\"inputs\":[[0,1,0,1]],}", "bad_json", "no trailing comma"},
        {FE, "{\"inputs\":[[0,1,0,1e999]]}", "bad_value", "beyond the range"},
        {FE, "{\"inputs\":[{\"0\":0,\"1\":1}]}", "shape_mismatch", "Array.from"},
        {FE, "{\"inputs\":{\"1\":[0,1]}}", "unknown_input", "array_values"},
        {M "sample", "{\"count\":[1]}", "type_mismatch", "without brackets"},
        {M "sample", "{\"count\":\"2\"}", "type_mismatch", "without quotes"},
        {M "sample", "{\"clamp\":{\"visible\":[1,0,1,1]}}", "type_mismatch", "\\\"values\\\""},
        {M "sample", "{\"clamp\":{}}", "bad_value", "holds no unit"},
        {M "sample", "{\"init\":{}}", "missing_input", "init: the object is empty"},
        {M "sample", "{\"counts\":{}}", "missing_input", "counts: the object is empty"},
        {FE, "{\"inputs\":{}}", "missing_input", "inputs: the object is empty"},
        {FE, "{\"inputs\":[[0,1,0,1]],\"mask\":{}}", "missing_input", "mask: the object is empty"},
        {M "energy", "{\"states\":{}}", "missing_input", "states: the object is empty"},
        {M "sample", "{\"counts\":5}", "type_mismatch", "counts: byte 10 of the body: found a number, expected an object"},
        {M "sample", "{\"counts\":null}", "type_mismatch", "found null, expected an object"},
        {M "sample", "{\"counts\":nul}", "bad_json", "found 'n', expected an object"},
        {M "sample", "{\"layers\":\"visible\"}", "type_mismatch", "found a string, expected an array"},
        {M "sample", "{\"layers\":[1]}", "type_mismatch", "found a number, expected a string"},
        {M "sample", "{\"type\":\"Mean\"}", "bad_value", "found 'Mean', expected mean, probability or state"},
        {FE, "count=2", "bad_json", "found 'c', expected an object"},
        {FE, "\xff\xfe{\"", "wrong_body_type", "UTF-16 or UTF-32: send UTF-8"},
        {FE, "[[0,1,0,1]]", "type_mismatch", "{\\\"inputs\\\": [...]}"},
        {M "sample", "{\"clamp\":{\"visible\":{\"values\":[null,null,null,null]}}}", "bad_value", "holds no unit"},
        {M "sample", "{\"clamp\":{\"visible\":{\"values\":[1,0,1,1],\"mask\":[0,0,0,0]}}}", "bad_value", "holds no unit"},
        {M "sample", "{\"clamp\":{\"visible\":{\"values\":[1,null,1,1],\"mask\":[1,1,0,0]}}}", "bad_value", "found 1 (known)"},
        {FE, "{\"inputs\":[[1,null,1,1]],\"mask\":[1,1,0,0]}", "bad_value", "found 1 (known)"},
    };
    struct fake_host *h = picture_host();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        refused(h, &(struct fake_request){.path = rows[i].op, .body = rows[i].body}, rows[i].code, rows[i].says);
    fake_host_free(h);
}

static void unknown_values_are_said(void **state)
{
    struct fake_host *h = picture_host();
    struct api_call *call = fake_post(h, FE, "{\"inputs\":[[1,null,1,1],[1,1,1,1],[null,1,null,1]]}");
    char *text = bz_strndup(call->reply.body, call->reply.size, NULL);
    (void)state;
    assert_non_null(strstr(text, "\"missing\":[1,0,2]"));
    bz_free(text);
    api_free(call);
    call = fake_post(h, FE, "{\"inputs\":[[1,0,1,1]]}");
    text = bz_strndup(call->reply.body, call->reply.size, NULL);
    assert_null(strstr(text, "missing"));
    bz_free(text);
    api_free(call);
    const struct fake_request npy = {.path = FE, .query = "format=npy", .body = "{\"inputs\":[[1,null,1,1],[null,1,null,1]]}"};
    call = fake_call(h, &npy);
    assert_string_equal(fake_header(call, "X-Boltz-Missing"), "3");
    api_free(call);
    call = fake_post(h, M "sample", "{\"steps\":1,\"count\":2,\"clamp\":{\"visible\":{\"values\":[1,null,1,1]}}}");
    text = bz_strndup(call->reply.body, call->reply.size, NULL);
    assert_non_null(strstr(text, "\"missing\":[1,1]"));
    bz_free(text);
    api_free(call);
    fake_host_free(h);
}

/* Every client's JSON preserves integers below 10^14. */
static void drawn_seeds_are_short(void **state)
{
    struct fake_host *h = picture_host();
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct api_call *call = fake_post(h, M "sample", "{\"steps\":0}");
        assert_true(strlen(fake_header(call, "X-Boltz-Seed")) <= 14);
        api_free(call);
    }
    fake_host_free(h);
}

/* A sanitizer would also catch reads beyond the text: its memory is exactly as large as it is. */
static void a_text_that_is_cut_off_anywhere_is_refused(void **state)
{
    static const char *const bodies[][2] = {
        {M "features", "{\"inputs\":[[1,0,null,1],[0.5,1,1,0]],\"layer\":\"hidden\",\"type\":\"state\",\"seed\":12}"},
        {M "reconstruct", "{\"inputs\":{\"visible\":[[1,0,1,1]]},\"mask\":[1,1,0,1],\"steps\":3}"},
        {M "sample", "{\"count\":2,\"clamp\":{\"visible\":{\"values\":[1,0,0,1],\"mask\":[1,0,0,1]}},\"init\":[[0,1,1,0]]}"},
        {M "energy", "{\"states\":{\"visible\":[[1,0,1,1]],\"hidden\":[[1,0,1]]}}"},
        {M "free-energy", "{\"rows\":[{\"a\":1,\"b\":null}]}"},
        {"/v2/models/tiny/infer",
         "{\"id\":\"a\",\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,0,1,1]}],"
         "\"outputs\":[{\"name\":\"features\"}]}"},
    };
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        for (size_t n = 1; n < strlen(bodies[i][1]); n++) {
            const struct fake_request req = {.path = bodies[i][0], .type = "application/json", .body = bodies[i][1], .size = n};
            struct api_call *call = fake_call(h, &req);
            if (call->reply.status != 400)
                fail_msg("%.*s: %d", (int)n, bodies[i][1], call->reply.status);
            api_free(call);
        }
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(json_rows_in_every_shape),
        cmocka_unit_test(npy_of_every_type_and_order),
        cmocka_unit_test(raw_rows_are_checked_against_their_shape),
        cmocka_unit_test(bodies_that_are_not_what_their_type_says),
        cmocka_unit_test(pictures_are_rows),
        cmocka_unit_test(forms_hold_scalars),
        cmocka_unit_test(empty_bodies),
        cmocka_unit_test(refusals_show_what_to_write),
        cmocka_unit_test(unknown_values_are_said),
        cmocka_unit_test(drawn_seeds_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
