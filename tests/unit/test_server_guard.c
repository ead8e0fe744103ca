/* The checks of a request head, API keys and content codings, without a socket. */
#include "coding.h"
#include "guard.h"
#include "keys.h"
#include "mem.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void request_ids_are_taken_only_if_they_are_harmless(void **state)
{
    char long_id[200], id[SRV_REQUEST_ID_ROOM], other[SRV_REQUEST_ID_ROOM];
    const char *const bad[] = {NULL, "", "a b", "a\"b", "a\\b", "a\nb", "\x7f", "caf\xc3\xa9", long_id};
    (void)state;
    memset(long_id, 'x', 129);
    long_id[129] = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        srv_request_id(id, bad[i]);
        assert_int_equal(strlen(id), 16);
        assert_int_equal(strspn(id, "0123456789abcdef"), 16);
    }
    srv_request_id(other, NULL);
    assert_string_not_equal(id, other);
    long_id[128] = 0;
    srv_request_id(id, long_id);
    assert_string_equal(id, long_id);
    srv_request_id(id, "A-1/b:{c}");
    assert_string_equal(id, "A-1/b:{c}");
}

static void an_authority_is_a_host_and_perhaps_a_port(void **state)
{
    static const char *const good[] = {"a",           "a.example:80",          "127.0.0.1:", "[::1]",
                                       "[::1]:65535", "xn--bcher-kva.example", "a_b:0"};
    static const struct {
        const char *text, *fault;
    } bad[] = {{"", "names no host"}, {":80", "names no host"}, {"u:p@a", "a user name"},        {"@a", "a user name"},
               {"a:65536", "port"},   {"a:1x", "port"},         {"a:99999999999999999", "port"}, {"[::1", "without its ]"},
               {"[::1]80", "port"},   {"a b", "a character"},   {"a/b", "a character"},          {"a:-1", "port"}};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (srv_authority_fault(good[i]))
            fail_msg("%s: %s", good[i], srv_authority_fault(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *fault = srv_authority_fault(bad[i].text);
        if (!fault || !strstr(fault, bad[i].fault))
            fail_msg("%s: %s", bad[i].text, fault ? fault : "taken");
    }
}

static void only_valid_trace_contexts_have_a_trace_id(void **state)
{
    static const char good[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    static const char *const bad[] = {
        "",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
    };
    char id[SRV_TRACE_ID_ROOM];
    (void)state;
    srv_trace_id(id, good);
    assert_string_equal(id, "0af7651916cd43dd8448eb211c80319c");
    srv_trace_id(id, "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-future");
    assert_string_equal(id, "0af7651916cd43dd8448eb211c80319c");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        srv_trace_id(id, bad[i]);
        if (*id)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    srv_trace_id(id, NULL);
    assert_string_equal(id, "");
}

static void accept_encoding_is_read_with_its_weights(void **state)
{
    static const struct {
        const char *header, *coding;
    } cases[] = {
        {"", NULL},
        {"gzip", "gzip"},
        {"gzip, deflate", "gzip"},
        {"deflate", "deflate"},
        {"br;q=1, gzip;q=0.2, deflate;q=0.8", "deflate"},
        {"gzip;q=0", NULL},
        {"gzip;q=0, *", "deflate"},
        {"*;q=0", NULL},
        {"identity", NULL},
        {"GZIP ; q=0.5", "gzip"},
        {"xgzip, gzipx", NULL},
    };
    (void)state;
    assert_null(srv_reply_coding(NULL));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *coding = srv_reply_coding(cases[i].header);
        if (!coding != !cases[i].coding || (coding && strcmp(coding, cases[i].coding) != 0))
            fail_msg("\"%s\": %s, want %s", cases[i].header, coding ? coding : "none",
                     cases[i].coding ? cases[i].coding : "none");
    }
}

static void codings_return_what_went_in_and_bombs_are_stopped(void **state)
{
    enum { SIZE = 300000 };
    char *plain = malloc(SIZE), *small = NULL, *again = NULL;
    size_t small_size = 0, again_size = 0;
    struct bz_error err;
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        plain[i] = (char)("0123,"[i % 5] + (i % 977 == 0));
    for (enum srv_coding coding = SRV_GZIP; coding <= SRV_DEFLATE; coding++) {
        assert_true(srv_deflate(&small, &small_size, plain, SIZE, coding));
        assert_true(small_size < SIZE / 10);
        assert_int_equal(srv_inflate(&again, &again_size, small, small_size, coding, SIZE, &err), 0);
        assert_int_equal(again_size, SIZE);
        assert_memory_equal(again, plain, SIZE);
        bz_free(again);
        assert_int_equal(srv_inflate(&again, &again_size, small, small_size, coding, SIZE - 1, &err), -1);
        assert_int_equal(err.code, BZ_TOO_LARGE);
        for (size_t cut = 0; cut < small_size; cut += 1 + small_size / 50)
            assert_int_equal(srv_inflate(&again, &again_size, small, cut, coding, SIZE, &err), -1);
        enum srv_coding wrong = coding == SRV_GZIP ? SRV_DEFLATE : SRV_GZIP;
        assert_int_equal(srv_inflate(&again, &again_size, small, small_size, wrong, SIZE, &err), -1);
        assert_int_equal(err.code, BZ_BAD_INPUT);
        char *more = calloc(1, small_size + 1);
        memcpy(more, small, small_size);
        assert_int_equal(srv_inflate(&again, &again_size, more, small_size + 1, coding, SIZE, &err), -1);
        free(more);
        bz_free(small);
    }
    free(plain);
}

/* As `cat a.gz b.gz` has it (RFC 1952, 2.2). */
static void gzip_of_several_members_is_read(void **state)
{
    static const char plain[] = "{\"inputs\": [[1, 0, 1], [0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 0, 1], [1, 1, 1]]}";
    const size_t size = sizeof(plain) - 1;
    char *small, *again = NULL, several[3 * sizeof(plain)];
    size_t small_size, again_size;
    struct bz_error err;
    (void)state;
    assert_true(srv_deflate(&small, &small_size, plain, size, SRV_GZIP));
    for (size_t i = 0; i < 3; i++)
        memcpy(several + i * small_size, small, small_size);
    assert_int_equal(srv_inflate(&again, &again_size, several, 3 * small_size, SRV_GZIP, 3 * size, &err), 0);
    assert_int_equal(again_size, 3 * size);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(again + i * size, plain, size);
    bz_free(again);
    assert_int_equal(srv_inflate(&again, &again_size, several, 3 * small_size, SRV_GZIP, 3 * size - 1, &err), -1);
    assert_int_equal(err.code, BZ_TOO_LARGE);
    for (size_t cut = small_size + 1; cut < 2 * small_size; cut++)
        assert_int_equal(srv_inflate(&again, &again_size, several, cut, SRV_GZIP, 3 * size, &err), -1);
    bz_free(small);
}

static void codings_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(srv_coding_of(NULL), SRV_PLAIN);
    assert_int_equal(srv_coding_of("Identity"), SRV_PLAIN);
    assert_int_equal(srv_coding_of("GZIP"), SRV_GZIP);
    assert_int_equal(srv_coding_of("deflate"), SRV_DEFLATE);
    assert_int_equal(srv_coding_of("br"), SRV_UNKNOWN_CODING);
    assert_int_equal(srv_coding_of("gzip, gzip"), SRV_UNKNOWN_CODING);
}

static struct srv_keys *keys_of_bytes(const char *text, size_t size, struct bz_error *err)
{
    char path[] = "/tmp/boltzd-keys-XXXXXX";
    struct srv_keys *keys = NULL;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, size), (ssize_t)size);
    close(fd);
    if (srv_keys_read(&keys, path, err) < 0)
        keys = NULL;
    unlink(path);
    return keys;
}

static struct srv_keys *keys_of(const char *text, struct bz_error *err)
{
    return keys_of_bytes(text, strlen(text), err);
}

/* sha256("abc") is the example of FIPS 180-2 */
#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void a_key_is_known_by_its_digest(void **state)
{
    struct bz_error err;
    char name[SRV_KEY_NAME_ROOM];
    (void)state;
    struct srv_keys *keys = keys_of("# a comment\n\n  first   infer,metrics  " ABC "  # and one here\n", &err);
    assert_non_null(keys);
    assert_int_equal(srv_keys_check(keys, "abc", name, NULL), SRV_SCOPE_INFER | SRV_SCOPE_METRICS);
    assert_string_equal(name, "first");
    assert_int_equal(srv_keys_check(keys, "abd", name, NULL), 0);
    assert_string_equal(name, "");
    assert_int_equal(srv_keys_check(keys, "", name, NULL), 0);
    srv_keys_free(keys);
}

static void bad_lines_of_a_key_file_are_named(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"a infer " ABC "\nb infer\n", ":2: expected"},
        {"a infer md5:00\n", ":1: expected"},
        {"a infer sha256:00\n", "64 hex digits"},
        {"a infer sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", "64 hex digits"},
        {"a root " ABC "\n", "scopes \"root\""},
        {"a infer,root " ABC "\n", "scopes"},
        {"a! infer " ABC "\n", "name"},
        {"a infer " ABC " more\n", "expected"},
        {"# nothing\n", "no key"},
        {"a infer " ABC "\nb infer " ABC "\n", ":2: b is the same key as a"},
        {"a infer " ABC "\na admin " ABC "\n", "another name, scope or limit"},
        {"a infer " ABC " concurrency=1\na infer " ABC " concurrency=2\n", "another name, scope or limit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bz_error err = {.msg = ""};
        struct srv_keys *keys = keys_of(cases[i].text, &err);
        if (keys || !strstr(err.msg, cases[i].words))
            fail_msg("%s: \"%s\", want \"%s\"", cases[i].text, err.msg, cases[i].words);
    }
}

/* As editors and crashes leave files: a mark in front, comments of any length, zeros for what was not yet on the disk. */
static void settings_are_read_line_by_line(void **state)
{
    static const char mark[] = "\xef\xbb\xbf", line[] = "a infer " ABC "\n";
    char text[8192] = "";
    struct bz_error err = {.msg = ""};
    (void)state;
    for (size_t n = 1000; n < 1050; n++) {
        const size_t begin = (size_t)sprintf(text, "%s%s#", mark, line);
        memset(text + begin, '#', n);
        snprintf(text + begin + n, sizeof(text) - begin - n, " b infer\n%s", line);
        struct srv_keys *keys = keys_of(text, &err);
        if (!keys)
            fail_msg("a comment of %zu bytes: %s", n, err.msg);
        srv_keys_free(keys);
    }
    memset(text, 'a', 2000);
    snprintf(text + 2000, 100, " infer " ABC "\n");
    assert_null(keys_of(text, &err));
    assert_non_null(strstr(err.msg, ":1: line is longer than"));
    assert_null(keys_of_bytes("a infer " ABC "\n\0\0\0", sizeof(line) + 2, &err));
    assert_non_null(strstr(err.msg, ":2: expected text, found a zero byte"));
}

static void a_new_key_fits_its_line(void **state)
{
    char key[64], line[256], name[SRV_KEY_NAME_ROOM];
    struct bz_error err;
    (void)state;
    assert_int_equal(srv_key_new(key, line, "boss", "admin", &err), 0);
    struct srv_keys *keys = keys_of(line, &err);
    assert_non_null(keys);
    assert_int_equal(srv_keys_check(keys, key, name, NULL), SRV_SCOPE_ADMIN | SRV_SCOPE_INFER | SRV_SCOPE_METRICS);
    assert_int_equal(strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(key));
    assert_true(strlen(key) > 40);
    srv_keys_free(keys);
}

static void keys_are_found_in_each_header(void **state)
{
    char key[512];
    (void)state;
    assert_true(srv_key_from_headers(key, "Bearer abc", NULL));
    assert_string_equal(key, "abc");
    assert_true(srv_key_from_headers(key, "bearer  abc", NULL));
    assert_string_equal(key, "abc");
    assert_true(srv_key_from_headers(key, NULL, "abc"));
    assert_string_equal(key, "abc");
    assert_true(srv_key_from_headers(key, "Basic dXNlcjphYmM=", NULL)); /* user:abc */
    assert_string_equal(key, "abc");
    assert_true(srv_key_from_headers(key, "Basic OmE6Yg==", NULL)); /* :a:b */
    assert_string_equal(key, "a:b");
    assert_false(srv_key_from_headers(key, "Basic dXNlcg==", NULL)); /* no colon */
    assert_false(srv_key_from_headers(key, "Basic dXNlcjo=", NULL)); /* no password */
    assert_false(srv_key_from_headers(key, "Basic ====", NULL));
    assert_false(srv_key_from_headers(key, "Digest abc", NULL));
    assert_false(srv_key_from_headers(key, NULL, NULL));
    assert_false(srv_key_from_headers(key, NULL, ""));
}

static void each_byte_of_a_field_counts_wherever_it_is(void **state)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    char value[24];
    (void)state;
    for (size_t size = 1; size <= sizeof(value); size++)
        for (size_t at = 0; at < size; at++)
            for (int c = 0; c < 256; c++) {
                memset(value, size % 2 ? 'a' : 0xe9, size);
                value[at] = (char)c;
                const bool sound = (c >= 0x20 && c != 0x7f) || c == '\t';
                if (srv_field_is_sound("a", 1, value, size) != sound)
                    fail_msg("byte %d at %zu of %zu", c, at, size);
            }
    for (int c = 0; c < 256; c++) {
        const char one = (char)c;
        const bool token = c && (strchr(marks, c) || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'));
        assert_true(srv_is_token(&one, 1) == token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_of_a_field_counts_wherever_it_is),
        cmocka_unit_test(request_ids_are_taken_only_if_they_are_harmless),
        cmocka_unit_test(an_authority_is_a_host_and_perhaps_a_port),
        cmocka_unit_test(only_valid_trace_contexts_have_a_trace_id),
        cmocka_unit_test(accept_encoding_is_read_with_its_weights),
        cmocka_unit_test(codings_return_what_went_in_and_bombs_are_stopped),
        cmocka_unit_test(gzip_of_several_members_is_read),
        cmocka_unit_test(codings_are_known_by_name),
        cmocka_unit_test(a_key_is_known_by_its_digest),
        cmocka_unit_test(bad_lines_of_a_key_file_are_named),
        cmocka_unit_test(settings_are_read_line_by_line),
        cmocka_unit_test(a_new_key_fits_its_line),
        cmocka_unit_test(keys_are_found_in_each_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
