/* The JSON scanner against its grammar and strtod; the writer; base64. */
#include "json_scan.h"
#include "json_write.h"
#include "mem.h"
#include "rng.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Skips the text; true if it is one JSON value. */
static bool is_json(const char *text, size_t n)
{
    struct api_fault fault;
    struct json_scan s;
    char *copy = malloc(n + 1); /* exact size, so that a sanitizer catches reads beyond it */
    memcpy(copy, text, n);
    json_scan_start(&s, copy, n, &fault);
    bool ok = json_skip(&s) == 0 && json_scan_end(&s) == 0;
    free(copy);
    return ok;
}

static void right_texts_are_taken(void **state)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1e5",
                                        "1E+5",
                                        "-1.5e-3",
                                        "[]",
                                        "{}",
                                        "[ 1 , 2 ]",
                                        "{\"a\":[{\"b\":null}],\"c\":true}",
                                        "\"\\u00e9\\ud83d\\ude00\\n\"",
                                        "\"\xc3\xa9\"",
                                        " \t\r\n1 ",
                                        "\xEF\xBB\xBF[1]",
                                        "false"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (!is_json(texts[i], strlen(texts[i])))
            fail_msg("refused: %s", texts[i]);
}

static void wrong_texts_are_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "01",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "1e",
                                        "1e+",
                                        "--1",
                                        "NaN",
                                        "Infinity",
                                        "-Infinity",
                                        "1e999",
                                        "-1e999",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{a:1}",
                                        "{\"a\":1,}",
                                        "[1",
                                        "{\"a\":1",
                                        "\"ab",
                                        "\"\\x\"",
                                        "\"\\u12g4\"",
                                        "\"\\ud800\"",
                                        "\"\\udc00\"",
                                        "\"\\u0000\"",
                                        "\"\t\"",
                                        "tru",
                                        "nul",
                                        "1 2",
                                        "[1]]",
                                        "\"\xff\"",
                                        "\"\xc0\x80\"",
                                        "\"\xed\xa0\x80\"",
                                        "\"\xf4\x90\x80\x80\"",
                                        "\"\xc3\"",
                                        "0x10",
                                        "{\"a\":1,\"a\":2}",
                                        "'a'",
                                        "[1}",
                                        "{\"a\":1]",
                                        "1_0"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (is_json(texts[i], strlen(texts[i])))
            fail_msg("taken: %s", texts[i]);
    assert_false(is_json("1\0", 2));
    assert_false(is_json("[1\0]", 4));
}

static void nesting_beyond_64_is_refused(void **state)
{
    char text[256];
    (void)state;
    for (size_t depth = 60; depth < 70; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(is_json(text, 2 * depth), depth <= 64);
    }
    memset(text, '[', sizeof(text));
    assert_false(is_json(text, sizeof(text)));
}

static void numbers_are_those_of_strtod(void **state)
{
    const struct bz_key key = {.seed = 5};
    static const char *const hard[] = {"9007199254740993",
                                       "1e22",
                                       "1e23",
                                       "123456789012345678",
                                       "1234567890123456789",
                                       "12345678901234567890",
                                       "2.2250738585072011e-308",
                                       "4.9e-324",
                                       "1e-400",
                                       "1.7976931348623157e308",
                                       "0.1",
                                       "0.30000000000000004",
                                       "179769313486231570000000000000",
                                       "0.000000000000000000000000000001",
                                       "9223372036854775808",
                                       "18446744073709551616"};
    (void)state;
    for (size_t i = 0; i < sizeof(hard) / sizeof(*hard); i++) {
        double got;
        const char *end = json_parse_number(hard[i], &got);
        assert_non_null(end);
        assert_int_equal(*end, 0);
        assert_true(got == strtod(hard[i], NULL));
    }
    for (uint32_t i = 0; i < 200000; i++) {
        static const char *const formats[] = {"%.17g", "%.9g", "%.3f", "%.12e"};
        char text[400];
        union {
            uint64_t bits;
            double value;
        } u = {.bits = (uint64_t)bz_random_u32(&key, 2 * i) << 32 | bz_random_u32(&key, 2 * i + 1)};
        double value = i % 2 ? u.value : (double)(int32_t)bz_random_u32(&key, i) / 1024, got;
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof(text), formats[i % 4], value);
        const char *end = json_parse_number(text, &got);
        if (!end || *end || got != strtod(text, NULL))
            fail_msg("%s became %.17g", text, got);
    }
}

static void rows_say_where_they_are_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"[0,1,\"x\"]", "row[2]"},     {"[0,NaN,1]", "NaN is not a JSON number"},
               {"[0,-Infinity]", "Infinity"}, {"[0,1e999]", "row[1]"},
               {"[1,1e39]", "32-bit float"},  {"[0,[1]]", "an array"},
               {"[0,true]", "row[1]"},        {"[0,1", "the text ends"},
               {"7", "expected an array"}};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct api_fault fault;
        struct json_scan s;
        char text[64];
        float x[3];
        uint8_t known[3];
        size_t count;
        bool missing = false;
        strcpy(text, bad[i].text);
        json_scan_start(&s, text, strlen(text), &fault);
        assert_int_equal(json_numbers(&s, x, known, 3, &count, &missing, "row"), -1);
        if (!strstr(fault.msg, bad[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].text, fault.msg, bad[i].says);
    }
}

static void null_is_missing(void **state)
{
    struct api_fault fault;
    struct json_scan s;
    char text[] = "[1,null, 0.25 ,null]";
    float x[4];
    uint8_t known[4];
    size_t count;
    bool missing = false;
    (void)state;
    json_scan_start(&s, text, strlen(text), &fault);
    assert_int_equal(json_numbers(&s, x, known, 4, &count, &missing, "row"), 0);
    assert_int_equal(count, 4);
    assert_true(missing);
    assert_memory_equal(known, ((uint8_t[]){1, 0, 1, 0}), 4);
    assert_memory_equal(x, ((float[]){1, 0, 0.25f, 0}), sizeof(x));
}

/* Which are read four at a time: every length, each of them cut off at every byte, and with another number at every place. */
static void rows_of_zeros_and_ones_are_read_like_any_other(void **state)
{
    enum { MOST = 22 };
    static const char *const others[] = {"0", "1", "2", "10", " 1", "1 ", "0.5", "1e0", "null", "01", "x", "", "-0", "[0]"};
    (void)state;
    for (size_t width = 2; width <= MOST; width++)
        for (size_t other = 0; other < sizeof(others) / sizeof(*others); other++)
            for (size_t place = 0; place < width; place++) {
                char text[4 * MOST] = "[";
                float want[MOST], x[MOST];
                uint8_t known[MOST];
                for (size_t i = 0; i < width; i++) {
                    const bool one = (i * 5 + width * 3) % 7 < 3;
                    sprintf(text + strlen(text), "%s%s", i ? "," : "", i == place ? others[other] : one ? "1" : "0");
                    want[i] = i == place ? strtof(others[other], NULL) + 0.0f : one;
                }
                strcat(text, "]");
                for (size_t size = strlen(text); size > 0; size--) {
                    struct api_fault fault;
                    struct json_scan s;
                    size_t count = 0;
                    bool missing = false;
                    char *copy = malloc(size + 1); /* exact size, so that a sanitizer catches reads beyond it */
                    memcpy(copy, text, size);
                    json_scan_start(&s, copy, size, &fault);
                    const int rc = json_numbers(&s, x, known, width, &count, &missing, "row");
                    free(copy);
                    const bool right = size == strlen(text) && !strchr("x[", *others[other]) && *others[other] &&
                                       strcmp(others[other], "01") != 0;
                    if (rc != (right ? 0 : -1))
                        fail_msg("%.*s: %d", (int)size, text, rc);
                    if (!right)
                        continue;
                    assert_int_equal(count, width);
                    assert_memory_equal(x, want, width * sizeof(*x));
                    for (size_t i = 0; i < width; i++)
                        assert_int_equal(known[i], i != place || strcmp(others[other], "null") != 0);
                }
            }
}

static void written_text_is_read_back_by_another_reader(void **state)
{
    const float x[] = {0, 1, -1.5f, 0.1f, 3.4028235e38f, 1e-45f};
    const double y[] = {0.1, -1e300, NAN};
    struct api_buffer b = {0};
    struct json_writer w = json_writer(&b);
    size_t size;
    (void)state;
    json_object(&w);
    json_key_string(&w, "text", "a\"b\\c\n\x01\xc3\xa9\xff");
    json_key(&w, "x");
    json_floats(&w, x, 6);
    json_key(&w, "rows");
    json_float_rows(&w, x, 2, 3);
    json_key(&w, "y");
    json_doubles(&w, y, 3);
    json_key_whole(&w, "big", UINT64_MAX);
    json_key(&w, "empty");
    json_array(&w);
    json_end_array(&w);
    json_end_object(&w);
    char *text = api_buffer_take(&b, &size);
    cJSON *root = cJSON_ParseWithLength(text, size);
    assert_non_null(root);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(root, "text")->valuestring, "a\"b\\c\n\x01\xc3\xa9\xef\xbf\xbd");
    for (int i = 0; i < 6; i++)
        assert_true((float)cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "x"), i)->valuedouble == x[i]);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "rows");
    assert_true((float)cJSON_GetArrayItem(cJSON_GetArrayItem(rows, 1), 2)->valuedouble == x[5]);
    assert_true(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "y"), 0)->valuedouble == 0.1);
    assert_true(cJSON_IsNull(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "y"), 2)));
    assert_non_null(strstr(text, "\"big\":18446744073709551615,\"empty\":[]}"));
    cJSON_Delete(root);
    bz_free(text);
}

static void base64url_goes_both_ways(void **state)
{
    (void)state;
    for (size_t n = 0; n < 60; n++) {
        uint8_t bytes[60] = {0};
        struct api_buffer b = {0};
        size_t size;
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)(i * 37 + n * 11 + 200);
        api_buffer_base64(&b, bytes, n, false);
        char *text = api_buffer_take(&b, &size);
        assert_int_equal(size, (n * 4 + 2) / 3);
        if (n == 0)
            continue;
        assert_int_equal(api_base64_decode(text, size), n);
        assert_memory_equal(text, bytes, n);
        bz_free(text);
    }
    struct api_buffer b = {0};
    api_buffer_base64(&b, "Man\xff", 4, true);
    assert_memory_equal(b.data, "TWFu/w==", 8);
    api_buffer_free(&b);
    char bad[][8] = {"A", "AB=", "A+B/", "AB CD", "TWFu_x"};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(api_base64_decode(bad[i], strlen(bad[i])), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_texts_are_taken),
        cmocka_unit_test(wrong_texts_are_refused),
        cmocka_unit_test(nesting_beyond_64_is_refused),
        cmocka_unit_test(numbers_are_those_of_strtod),
        cmocka_unit_test(rows_say_where_they_are_wrong),
        cmocka_unit_test(null_is_missing),
        cmocka_unit_test(rows_of_zeros_and_ones_are_read_like_any_other),
        cmocka_unit_test(written_text_is_read_back_by_another_reader),
        cmocka_unit_test(base64url_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
