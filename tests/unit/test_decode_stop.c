/* However large a body is and whatever it holds, its decoding can be interrupted: it asks whether to stop at least once for
 * every BYTES_FOR_AN_ASK bytes of it, and ends then. BOLTZ_STOP_MIB=64 in the environment takes bodies of that size, and prints
 * the longest time between two questions for each. */
#include "fake_host.h"
#include "fixed.h"
#include "mem.h"
#include "oracle_machines.h"
#include "sample.h"
#include "stop.h"
#include "test.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MIB = 1 << 20, BYTES_FOR_AN_ASK = 128 * 1024, SIDE = 1024 };

static const char npy_head[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '%s', 'fortran_order': %s, 'shape': (%zu, 4), }";
static char columns[] = "{\"columns\":[{\"name\":\"id\",\"kind\":\"index\"},"
                        "{\"name\":\"a\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":0},"
                        "{\"name\":\"b\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":1},"
                        "{\"name\":\"c\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":2},"
                        "{\"name\":\"d\",\"kind\":\"boolean\",\"layer\":\"visible\",\"unit\":3}]}";

/* --- bodies --- */

static void repeat(char *body, size_t size, const char *what)
{
    const size_t n = strlen(what);
    for (size_t i = 0; i < size; i++)
        body[i] = what[i % n];
}

/* `head`, then `what` over and over as often as it fits, then `tail`. Returns the bytes written. */
static size_t around(char *body, size_t size, const char *head, const char *what, const char *tail)
{
    const size_t h = strlen(head), t = strlen(tail), n = (size - h - t) / strlen(what) * strlen(what);
    memcpy(body, head, h);
    repeat(body + h, n, what);
    memcpy(body + h + n, tail, t);
    return h + n + t;
}

/* An npy file of 4 columns of `descr`, whose items are `item` bytes, all zero. */
static size_t npy(char *body, size_t size, const char *descr, const char *fortran, size_t item)
{
    enum { HEAD = 128 };
    const size_t rows = (size - HEAD) / item / 4;
    memset(body, 0, size);
    memset(body + 10, ' ', HEAD - 10);
    memcpy(body, npy_head, 10);
    const int n = snprintf(body + 10, HEAD - 10, npy_head + 10, descr, fortran, rows);
    body[10 + n] = ' ';
    body[HEAD - 1] = '\n';
    return HEAD + rows * item * 4;
}

static size_t v2_binary(char *body, size_t size, const char *type, size_t item, char head[32])
{
    const size_t rows = (size - 256) / item / 4;
    const int n = snprintf(body, 256,
                           "{\"inputs\":[{\"name\":\"visible\",\"shape\":[%zu,4],\"datatype\":\"%s\",\"parameters\":"
                           "{\"binary_data_size\":%zu}}]}",
                           rows, type, rows * item * 4);
    snprintf(head, 32, "%d", n);
    memset(body + n, 0, rows * item * 4);
    return (size_t)n + rows * item * 4;
}

static void take_png(png_structp png, png_bytep bytes, size_t n)
{
    char **at = png_get_io_ptr(png);
    memcpy(*at, bytes, n);
    *at += n;
}

/* A picture of 16 bits a channel; what is not compressed takes 8 bytes a pixel. */
static size_t picture(char *body, size_t size)
{
    char *at = body;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_byte *line = calloc(SIDE, 6);
    png_set_write_fn(png, &at, take_png, NULL);
    png_set_IHDR(png, info, SIDE, SIDE, 16, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, 0, 0);
    png_set_compression_level(png, 0);
    png_write_info(png, info);
    const int passes = png_set_interlace_handling(png);
    for (int y = 0; y < passes * SIDE; y++)
        png_write_row(png, line);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(line);
    assert_true((size_t)(at - body) <= size);
    return (size_t)(at - body);
}

struct body {
    const char *name, *type, *path, *query;
    const char *head, *what, *tail; /* of texts */
    const char *descr, *fortran;    /* of npy files */
    const char *v2;                 /* datatype of binary data */
    size_t item;
    bool picture;
};

#define CSV  .type = "text/csv", .path = "/v1/models/tiny/free-energy"
#define JSON .type = "application/json", .path = "/v1/models/tiny/free-energy"
#define NPY  .type = "application/x-npy", .path = "/v1/models/tiny/free-energy"
#define RAW  .type = "application/octet-stream", .path = "/v1/models/tiny/free-energy"
#define V2   .type = "application/json", .path = "/v2/models/tiny/infer"

static const struct body bodies[] = {
    {"csv: rows", CSV, .head = "a,b,c,d\n", .what = "1,0,1,1\n", .tail = ""},
    {"csv: rows and identifiers", CSV, .head = "id,a,b,c,d\n", .what = "x,1,0,1,1\n", .tail = ""},
    {"csv: commas", CSV, .head = "", .what = ",", .tail = ""},
    {"csv: lines of commas", CSV, .head = "", .what = ",,,\n", .tail = ""},
    {"csv: a word", CSV, .head = "a,b,c,d\n", .what = "x", .tail = ""},
    {"csv: a quoted cell", CSV, .head = "a,b,c,d\n\"", .what = "x\n", .tail = "\",1,1,1\n"},
    {"csv: blank lines", CSV, .head = "a,b,c,d\n1,1,1,1\n", .what = "\n", .tail = ""},
    {"csv: blanks", CSV, .head = "", .what = " ", .tail = ""},
    {"csv: comments", CSV, .head = "", .what = "#x,\n#y;\n#z\t\n", .tail = "a,b,c,d\n1,1,1,1\n"},
    {"csv: short lines", CSV, .head = "", .what = "1\n", .tail = ""},
    {"csv: two columns", CSV, .head = "5,2\n", .what = "1,0\n", .tail = ""},
    {"csv: quotes", CSV, .head = "a,b,c,d\n", .what = "\"\",\"\",\"\",\"\"\n", .tail = ""},
    {"csv: carriage returns", CSV, .head = "", .what = "1,0,1,1\r", .tail = ""},
    {"csv: UTF-16", CSV, .head = "\xff\xfe", .what = "11", .tail = ""},
    {"json: binary rows", JSON, .head = "{\"inputs\":[[0,0,0,1]", .what = ",[0,1,1,0]", .tail = "]}"},
    {"json: fractions", JSON, .head = "{\"inputs\":[[0,0,0,1]", .what = ",[0.123456789012345678901,1e-5,0.25,1]", .tail = "]}"},
    {"json: nulls", JSON, .head = "{\"inputs\":[[0,0,0,1]", .what = ",[0,null,1,0]", .tail = "]}"},
    {"json: a long row", JSON, .head = "{\"inputs\":[0", .what = ",1", .tail = "]}"},
    {"json: blanks", JSON, .head = "{\"inputs\":[", .what = " ", .tail = "[0,0,0,1]]}"},
    {"json: brackets", JSON, .head = "{\"inputs\":", .what = "[", .tail = ""},
    {"json: a string", .type = "application/json", .path = "/v1/models/tiny/sample", .head = "{\"continue\":\"", .what = "x.",
     .tail = "\"}"},
    {"json: escapes", .type = "application/json", .path = "/v1/models/tiny/sample", .head = "{\"continue\":\"",
     .what = "\\u00e9", .tail = "\"}"},
    {"json: digits", JSON, .head = "{\"inputs\":[[0.", .what = "1", .tail = "]]}"},
    {"json: a mask", JSON, .head = "{\"inputs\":[[0,0,0,1]],\"mask\":[[1,1,1,1]", .what = ",[1,1,1,1]", .tail = "]}"},
    {"json: one parameter again and again", .type = "application/json", .path = "/v1/models/tiny/sample",
     .head = "{\"seed\":null", .what = ",\"seed\":null", .tail = "}"},
    {"json: rows by column", JSON, .head = "{\"rows\":[{\"a\":1}", .what = ",{\"b\":1,\"a\":0}", .tail = "]}"},
    {"json: empty rows", JSON, .head = "{\"rows\":[{}", .what = ",{}", .tail = "]}"},
    {"a form", .type = "application/x-www-form-urlencoded", .path = "/v1/models/tiny/sample", .head = "count=2", .what = "&",
     .tail = ""},
    {"a form of one value", .type = "application/x-www-form-urlencoded", .path = "/v1/models/tiny/sample",
     .head = "continue=", .what = "%41", .tail = ""},
    {"json: a token", .type = "application/json", .path = "/v1/models/tiny/sample", .head = "{\"continue\":\"", .what = "QUJD",
     .tail = "\"}"},
    {"json: clamps", .type = "application/json", .path = "/v1/models/tiny/sample",
     .head = "{\"count\":2,\"clamp\":{\"visible\":{\"values\":[[0,0,0,1]", .what = ",[0,1,1,0]", .tail = "]}}}"},
    {"npy: float32", NPY, .descr = "<f4", .fortran = "False", .item = 4},
    {"npy: bytes", NPY, .descr = "|u1", .fortran = "False", .item = 1},
    {"npy: half, big-endian, by columns", NPY, .descr = ">f2", .fortran = "True", .item = 2},
    {"raw", RAW, .head = "", .what = "\x01\x01\x01\x3f", .tail = ""},
    {"raw: NaN", RAW, .head = "", .what = "\x01\x01\xc0\x7f\x01\x01\x01\x3f", .tail = ""},
    {"raw: by columns", RAW, .query = "order=F", .head = "", .what = "\x01\x01\x01\x3f", .tail = ""},
    {"v2: json", V2, .head = "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[0",
     .what = ",1", .tail = "]}]}"},
    {"v2: bytes", V2, .v2 = "UINT8", .item = 1},
    {"v2: float32", V2, .v2 = "FP32", .item = 4},
    {"v2: half", V2, .v2 = "FP16", .item = 2},
    {"v2: unknown keys", V2, .head = "{\"x\":[0", .what = ",{\"y\":[]}", .tail = "],\"inputs\":[]}"},
    {"v2: an identifier", V2, .head = "{\"id\":\"", .what = "x", .tail = "\",\"inputs\":[]}"},
    {"png", .type = "image/png", .path = "/v1/models/tiny/free-energy", .picture = true},
};
enum { N_BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static size_t write_body(const struct body *b, char *body, size_t size, char head[32])
{
    if (b->picture)
        return picture(body, size);
    if (b->descr)
        return npy(body, size, b->descr, b->fortran, b->item);
    return b->v2 ? v2_binary(body, size, b->v2, b->item, head) : around(body, size, b->head, b->what, b->tail);
}

/* --- questions --- */

struct watch {
    size_t asked, stop_after; /* 0 = never */
    double last, longest;     /* ms */
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void lap(struct watch *w)
{
    const double now = now_ms();
    w->longest = now - w->last > w->longest ? now - w->last : w->longest;
    w->last = now;
}

static bool watching(void *arg)
{
    struct watch *w = arg;
    lap(w);
    w->asked++;
    return w->stop_after && w->asked >= w->stop_after;
}

struct setting {
    struct fake_host *small, *pictures;
    char *body;
    size_t room;
};

/* The call, decoded under watch. */
static struct api_call *decode(struct setting *s, const struct body *b, struct watch *w, size_t *size)
{
    struct fake_host *h = b->picture ? s->pictures : s->small;
    char head[32] = "";
    *size = write_body(b, s->body, b->picture ? s->room : s->room / 4, head);
    struct fake_request req = {.type = b->type, .path = b->path, .query = b->query, .inference_header = *head ? head : NULL};
    struct api_call *call = fake_open_head(h, &req, *size);
    assert_int_equal(call->state, API_BODY);
    w->last = now_ms();
    bz_stop_ask(watching, w);
    api_decode(call, s->body, *size);
    bz_stop_ask(NULL, NULL);
    lap(w);
    return call;
}

static void every_body_can_be_interrupted(void **state)
{
    struct setting *s = *state;
    for (size_t i = 0; i < N_BODIES; i++) {
        struct watch all = {0}, first = {.stop_after = 1};
        size_t size;
        struct api_call *call = decode(s, &bodies[i], &all, &size);
        const char *code = call->code ? call->code : "";
        const bool whole = call->state == API_RUN; /* else it was refused, perhaps at its first byte */
        if (getenv("BOLTZ_STOP_MIB"))
            printf("%-40s %8.1f ms at most, %7zu times; %s %.120s\n", bodies[i].name, all.longest, all.asked,
                   whole ? "read" : code, whole || !call->reply.body ? "" : strstr(call->reply.body, "detail"));
        if (all.asked < (whole ? size / BYTES_FOR_AN_ASK : 1))
            fail_msg("%s: asked %zu times in %zu bytes", bodies[i].name, all.asked, size);
        assert_false(call->stopped);
        api_free(call);
        call = decode(s, &bodies[i], &first, &size);
        assert_true(call->stopped);
        assert_false(call->stream);
        api_refuse(call, API_TIMEOUT, "late");
        assert_int_equal(call->reply.status, 504);
        api_free(call);
        assert_true(first.asked <= 2); /* the answer is remembered */
    }
}

static bool loading; /* a model, for which the client no longer waits */

static bool late_while_loading(void *arg)
{
    (void)arg;
    return loading;
}

static enum api_control load(struct api_host *host, const char *name, char reason[256])
{
    (void)host;
    (void)name;
    (void)reason;
    loading = true;
    char *parameters = bz_alloc(4 * MIB, 1, NULL);
    bz_free(parameters);
    return parameters ? API_CONTROL_DONE : API_CONTROL_FAILED;
}

static struct api_call *decode_load(struct setting *s, size_t size, bz_stop_fn *fn, void *arg)
{
    const struct fake_request req = {.method = "POST", .path = "/v2/repository/models/tiny/load"};
    struct api_call *call = fake_open_head(s->small, &req, size);
    assert_int_equal(call->state, API_BODY);
    loading = false;
    bz_stop_ask(fn, arg);
    api_decode(call, s->body, size);
    bz_stop_ask(NULL, NULL);
    return call;
}

/* Others will use it, too: a load that has begun ends as it would, and one of a body that was not read does not begin. */
static void models_are_loaded_in_full_or_not_at_all(void **state)
{
    struct setting *s = *state;
    struct watch at_once = {.stop_after = 1};
    s->small->host.load = load;
    strcpy(s->body, "{}");
    struct api_call *call = decode_load(s, 2, late_while_loading, NULL);
    assert_true(loading);
    assert_false(call->stopped);
    assert_int_equal(call->reply.status, 200);
    api_free(call);
    assert_false(bz_stopping());
    memset(s->body, ' ', MIB);
    call = decode_load(s, MIB, watching, &at_once);
    assert_false(loading);
    assert_true(call->stopped);
    api_free(call);
}

static bool at_once(void *arg)
{
    (void)arg;
    return true;
}

/* A digest that did not come to its end is not kept as the model's. */
static void digests_end_early_and_are_not_kept(void **state)
{
    struct setting *s = *state;
    char want[BZ_DIGEST_ROOM], whole[BZ_DIGEST_ROOM], part[BZ_DIGEST_ROOM];
    const struct bz_span span = {s->body, 4 * MIB};
    bz_sha256_hex(&span, 1, whole);
    bz_stop_ask(at_once, NULL);
    bz_sha256_hex(&span, 1, part);
    assert_string_not_equal(part, whole);
    api_model_digest(&s->small->served, part);
    assert_int_equal(atomic_load(&s->small->served.digest_state), 0);
    bz_stop_ask(NULL, NULL);
    bz_model_digest(&s->small->model, want);
    api_model_digest(&s->small->served, part);
    assert_string_equal(part, want);
    assert_int_not_equal(atomic_load(&s->small->served.digest_state), 0);
}

/* The first token of a large model needs its digest, and chains whole numbers for its weights. These are made with the
 * decoding, which has a thread of its own then and can be stopped, not by a worker or with the reply. */
static void what_is_slow_at_first_comes_before_the_work(void **state)
{
    struct setting *s = *state;
    struct fake_host *h = s->small;
    const struct fake_request sample = {.path = "/v1/models/tiny/sample", .body = "{\"steps\":1,\"seed\":1}"},
                              features = {.path = "/v1/models/tiny/features", .body = "{\"inputs\":[[1,0,1,1]]}"};
    h->model.data = s->body;
    h->model.weight_bytes = 5 * MIB;
    for (int stopped = 1; stopped >= 0; stopped--) {
        atomic_store(&h->served.digest_state, 0);
        struct api_call *call = fake_open(h, &features);
        assert_false(call->may_block);
        api_free(call);
        call = fake_open_head(h, &sample, strlen(sample.body));
        assert_true(call->may_block);
        bz_stop_ask(stopped ? at_once : NULL, NULL);
        strcpy(s->body, sample.body);
        api_decode(call, s->body, strlen(sample.body));
        bz_stop_ask(NULL, NULL);
        assert_true(call->stopped == stopped);
        assert_int_equal(atomic_load(&h->served.digest_state) != 0, !stopped);
        assert_int_equal(bz_machine_is_fixed(h->model.machine), !stopped);
        api_free(call);
    }
    struct api_call *again = fake_open_head(h, &sample, strlen(sample.body));
    assert_false(again->may_block);
    api_free(again);
    h->model.data = NULL;
    h->model.weight_bytes = 0;
    atomic_store(&h->served.digest_state, 0);
}

/* What is held goes on for others' sake, but not where the program ends. */
static void nothing_is_held_when_the_program_ends(void **state)
{
    atomic_bool leaving = false;
    (void)state;
    bz_stop_ask(at_once, NULL);
    bz_stop_hold(true);
    bz_stop_leave(&leaving);
    assert_false(bz_stopping());
    atomic_store(&leaving, true);
    assert_true(bz_stopping());
    bz_stop_leave(NULL);
    assert_false(bz_stopping());
    bz_stop_hold(false);
    bz_stop_ask(NULL, NULL);
}

static struct bz_machine *picture_machine(void)
{
    const struct bz_layer_spec layers[] = {{.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = SIDE * SIDE},
                                           {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = 1}};
    const struct bz_coupling_spec coupling = {0, 1};
    struct bz_machine *m;
    struct bz_error err;
    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, &coupling, 1, &err), 0);
    m->layers[0].rank = 2;
    m->layers[0].shape[0] = m->layers[0].shape[1] = SIDE;
    return m;
}

static int setup(void **state)
{
    const char *mib = getenv("BOLTZ_STOP_MIB");
    struct setting *s = calloc(1, sizeof(*s));
    s->room = (mib ? strtoul(mib, NULL, 10) : 8) * MIB;
    s->body = malloc(s->room + 1);
    s->small = fake_host_new(oracle_rbm(1, false));
    s->small->model.table = columns;
    s->pictures = fake_host_new(picture_machine());
    s->small->host.max_body = s->pictures->host.max_body = s->room;
    assert_int_equal(s->small->host.make_ready(&s->small->host, &s->small->served, NULL), 0);
    assert_int_equal(s->pictures->host.make_ready(&s->pictures->host, &s->pictures->served, NULL), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct setting *s = *state;
    s->small->model.table = NULL;
    fake_host_free(s->small);
    fake_host_free(s->pictures);
    free(s->body);
    free(s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_body_can_be_interrupted), cmocka_unit_test(models_are_loaded_in_full_or_not_at_all),
        cmocka_unit_test(digests_end_early_and_are_not_kept), cmocka_unit_test(what_is_slow_at_first_comes_before_the_work),
        cmocka_unit_test(nothing_is_held_when_the_program_ends)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
