/* The web client's files as the daemon serves them: all of web/, with an ETag and a strict policy, and small. */
#include "served.h"
#include "wire.h"

#include "mem.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 200000 };

static struct served served;

static char *file_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *bytes = bz_alloc(MOST_BYTES, 1, NULL);
    assert_non_null(bytes);
    *size = fread(bytes, 1, MOST_BYTES, file);
    fclose(file);
    return bytes;
}

/* Compressed, a file and its 304 have the same length, which is less. */
static void check_coded(const char *target, const char *tag, size_t size)
{
    static const char *const codings[] = {"gzip", "deflate"};
    for (size_t i = 0; i < 2; i++) {
        char header[400], value[256], length[256];
        snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", codings[i]);
        struct wire_reply r = wire_call(served.port, "GET", target, header, NULL, 0);
        assert_int_equal(r.status, 200);
        if (size > 2000)
            assert_string_equal(wire_header(&r, "Content-Encoding", value), codings[i]);
        assert_true(r.size <= size);
        wire_header(&r, "Content-Length", length);
        wire_free(&r);
        snprintf(header, sizeof(header), "Accept-Encoding: %s\r\nIf-None-Match: %.200s\r\n", codings[i], tag);
        r = wire_call(served.port, "GET", target, header, NULL, 0);
        assert_int_equal(r.status, 304);
        assert_string_equal(wire_header(&r, "Content-Length", value), length);
        assert_string_equal(wire_header(&r, "Vary", value), "Accept-Encoding");
        wire_free(&r);
    }
}

/* Requests a file of the page and compares it with the one in the source tree; returns its size. */
static size_t check_file(const char *folder, const char *name)
{
    char path[512], target[300], value[256], tag[256], header[300];
    size_t size;
    snprintf(path, sizeof(path), SOURCE_DIR "/%s/%s", folder, name);
    snprintf(target, sizeof(target), "/%s", strcmp(name, "index.html") == 0 ? "" : name);
    char *bytes = file_bytes(path, &size);
    struct wire_reply r = wire_get(served.port, target);
    if (r.status != 200 || r.size != size || memcmp(r.body, bytes, size) != 0)
        fail_msg("%s: status %d, %zu bytes, the file has %zu; is it in server/assets_list.h?", target, r.status, r.size, size);
    assert_string_equal(wire_header(&r, "Cache-Control", value), "no-cache");
    wire_header(&r, "Content-Security-Policy", value);
    assert_non_null(strstr(value, "default-src 'none'"));
    assert_non_null(strstr(value, "script-src 'self'"));
    assert_null(strstr(value, "unsafe"));
    wire_header(&r, "ETag", tag);
    assert_true(strlen(tag) > 16);
    wire_free(&r);

    snprintf(header, sizeof(header), "If-None-Match: %.200s\r\n", tag);
    r = wire_call(served.port, "GET", target, header, NULL, 0);
    assert_int_equal(r.status, 304);
    assert_int_equal(r.size, 0);
    assert_int_equal(strtoul(wire_header(&r, "Content-Length", value), NULL, 10), size);
    assert_string_equal(wire_header(&r, "ETag", value), tag);
    wire_free(&r);
    check_coded(target, tag, size);
    r = wire_call(served.port, "GET", target, "If-None-Match: \"0123456789abcdef0123456789abcdef\"\r\n", NULL, 0);
    assert_int_equal(r.status, 200);
    wire_free(&r);
    r = wire_call(served.port, "POST", target, NULL, "x", 1);
    assert_int_equal(r.status, 405);
    assert_memory_equal(wire_header(&r, "Allow", value), "GET, HEAD", 9);
    wire_free(&r);
    r = wire_call(served.port, "OPTIONS", target, NULL, NULL, 0);
    assert_int_equal(r.status, 204);
    assert_string_equal(wire_header(&r, "Allow", value), "GET, HEAD, OPTIONS");
    wire_free(&r);
    bz_free(bytes);
    return size;
}

/* Lists of tags, in one line or several, weak and strong; a tag that is part of another is another. */
static void conditions_are_lists(void **state)
{
    static const struct {
        const char *lines; /* @: the file's tag, with its quotes; @@: without the first */
        int status;
    } cases[] = {
        {"If-None-Match: \"a\", W/@\r\n", 304},
        {"If-None-Match: @\r\n", 304},
        {"If-None-Match: \"a,b\" ,@,\"c\"\r\n", 304},
        {"If-None-Match: \"a\"\r\nIf-None-Match: W/@\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"If-None-Match: \"a\", \"*\"\r\n", 200},
        {"If-None-Match: \"x@@\r\n", 200},
        {"If-None-Match: \"a\", \"b\"\r\n", 200},
        {"If-None-Match:\r\n", 200},
        {"If-Match: *\r\n", 200},
        {"If-Match: \"a\"\r\n", 412},
        {"If-Match: W/@\r\n", 412}, /* weak tags are never the same in the strong sense */
        {"If-Match: \"a\"\r\nIf-Match: *\r\nIf-None-Match: @\r\n", 304},
        {"If-Match: \"a\"\r\nIf-None-Match: @\r\n", 412},
    };
    char tag[256], lines[400];
    (void)state;
    struct wire_reply r = wire_get(served.port, "/app.js");
    const char *quoted = strchr(wire_header(&r, "ETag", tag), '"');
    assert_non_null(quoted);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *rest = strchr(cases[i].lines, '@');
        snprintf(lines, sizeof(lines), "%.*s%s%s", (int)strcspn(cases[i].lines, "@"), cases[i].lines,
                 rest ? quoted + (rest[1] == '@') : "", rest ? rest + 1 + (rest[1] == '@') : "");
        wire_free(&r);
        r = wire_call(served.port, "GET", "/app.js", lines, NULL, 0);
        if (r.status != cases[i].status)
            fail_msg("%s: %d, expected %d", lines, r.status, cases[i].status);
    }
    wire_free(&r);
}

static void every_file_is_served_with_a_tag_and_a_strict_policy(void **state)
{
    size_t all = check_file("clients/js", "boltz.js");
    DIR *folder = opendir(SOURCE_DIR "/web");
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (*entry->d_name != '.')
            all += check_file("web", entry->d_name);
    closedir(folder);
    if (all >= MOST_BYTES)
        fail_msg("the page has %zu bytes, at most %d are wanted", all, MOST_BYTES);
}

static void types_are_right_and_other_paths_are_not_found(void **state)
{
    static const struct {
        const char *target, *type;
        int status;
    } cases[] = {
        {"/", "text/html; charset=utf-8", 200},
        {"/style.css", "text/css; charset=utf-8", 200},
        {"/app.js", "text/javascript; charset=utf-8", 200},
        {"/index.html", NULL, 404},
        {"/../CMakeLists.txt", NULL, 404},
        {"/%2e%2e/CMakeLists.txt", NULL, 404},
        {"/nothing.js", NULL, 404},
    };
    char value[256];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire_reply r = wire_get(served.port, cases[i].target);
        if (r.status != cases[i].status)
            fail_msg("%s: status %d, want %d", cases[i].target, r.status, cases[i].status);
        if (cases[i].type)
            assert_string_equal(wire_header(&r, "Content-Type", value), cases[i].type);
        wire_free(&r);
    }
}

static void nothing_in_the_page_needs_to_lie_at_the_root(void **state)
{
    (void)state;
    struct wire_reply r = wire_get(served.port, "/");
    assert_null(strstr(r.body, "src=\"/"));
    assert_null(strstr(r.body, "href=\"/"));
    assert_null(strstr(r.body, "https://"));
    wire_free(&r);
}

static void below_a_prefix_the_page_lies_in_a_folder(void **state)
{
    static const char *const flags[] = {"--url-prefix", "/boltz", NULL};
    struct served s = {0};
    char value[256];
    (void)state;
    served_start_usual(&s, flags);
    struct wire_reply r = wire_get(s.port, "/boltz");
    assert_int_equal(r.status, 308);
    assert_string_equal(wire_header(&r, "Location", value), "/boltz/");
    wire_free(&r);
    r = wire_get(s.port, "/boltz?model=tiny&x=%20");
    assert_string_equal(wire_header(&r, "Location", value), "/boltz/?model=tiny&x=%20");
    assert_string_equal(wire_header(&r, "Cache-Control", value), "no-store");
    wire_free(&r);
    served_expect(s.port, "/boltz/app.js", NULL, 200, NULL);
    served_expect(s.port, "/app.js", NULL, 404, NULL);
    served_stop(&s);
}

static void a_folder_of_files_goes_before_those_built_in(void **state)
{
    struct served s = {0};
    char path[160];
    (void)state;
    served_folder(&s);
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_publish(&s, "tiny", 1, m);
    bz_machine_free(m);
    served_file(&s, path, "app.js", "// mine\n");
    const char *const flags[] = {"--web-dir", s.folder, NULL};
    served_start(&s, flags);
    struct wire_reply r = wire_get(s.port, "/app.js");
    assert_string_equal(r.body, "// mine\n");
    wire_free(&r);
    served_expect(s.port, "/style.css", NULL, 200, NULL);
    served_stop(&s);
}

static int start(void **state)
{
    return served_group_begin(state, &served, (const char *const[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_lists),
        cmocka_unit_test(every_file_is_served_with_a_tag_and_a_strict_policy),
        cmocka_unit_test(types_are_right_and_other_paths_are_not_found),
        cmocka_unit_test(nothing_in_the_page_needs_to_lie_at_the_root),
        cmocka_unit_test(below_a_prefix_the_page_lies_in_a_folder),
        cmocka_unit_test(a_folder_of_files_goes_before_those_built_in),
    };
    return cmocka_run_group_tests(tests, start, served_group_end);
}
