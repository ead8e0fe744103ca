/* JSON from untrusted sources: what RFC 8259 allows is read; what it does not allow, or what cJSON would misread, is
 * refused. */
#include "json_text.h"
#include "test.h"

#include <string.h>

static void texts_of_the_standard_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0",
        "-0",
        "1.5e+10",
        "-12E-3",
        " [ ] ",
        "{\"a\":{\"b\":[1,2,{}]}}",
        "true",
        "null",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\t\r\n1\n",
        "{\"\":1,\" \":2}",
        "{\"a\":1,\"A\":2}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct bz_error err;
        /* allocated at its exact size: nothing beyond it may be read */
        char *text = malloc(strlen(good[i]));
        memcpy(text, good[i], strlen(good[i]));
        cJSON *tree = bz_json_parse(text, strlen(good[i]), &err);
        if (!tree)
            fail_msg("%s: %s", good[i], err.msg);
        cJSON_Delete(tree);
        free(text);
    }
}

static void everything_else_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *because;
    } bad[] = {
        {"", "byte 0"},
        {"1 2", "byte 2: text after"},
        {"[1,]", "byte 3"},
        {"[1 2]", "byte 3: expected ',' or ']'"},
        {"{\"a\"}", "byte 4: expected ':'"},
        {"{a:1}", "byte 1: expected a string"},
        {"{\"a\":1,}", "byte 7"},
        {"01", "byte 1"},
        {"+1", "byte 0"},
        {".5", "byte 0"},
        {"1.", "without digits after the point"},
        {"1e", "without digits in its exponent"},
        {"0x10", "byte 1"},
        {"NaN", "byte 0"},
        {"Infinity", "byte 0"},
        {"-Infinity", "byte 1"},
        {"'a'", "byte 0"},
        {"\"a", "ends inside a string"},
        {"\"a\\", "ends inside a string"},
        {"\"\\x\"", "not an escape"},
        {"\"\\u12\"", "four hexadecimal"},
        {"\"\\u0000\"", "\\u0000"},
        {"\"\\ud800\"", "surrogate"},
        {"\"\\ud800\\u0041\"", "surrogate"},
        {"\"\\udc00\"", "surrogate"},
        {"\"\n\"", "control character"},
        {"\"\xff\"", "UTF-8"},
        {"\"\xc0\xaf\"", "UTF-8"},
        {"\"\xe0\x80\x80\"", "UTF-8"},
        {"\"\xed\xa0\x80\"", "UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "UTF-8"},
        {"\"\xe2\x82\"", "UTF-8"},
        {"\"\xc3", "UTF-8"},
        {"tru", "byte 0"},
        {"truely", "byte 4"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "\"a\" occurs twice"},
        {"[{\"x\":{\"\\u0061\":1,\"a\":2}}]", "\"a\" occurs twice"},
        {"0.0000000000000000000000000000000000000000000000000000000000000001", "more than 63 characters"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bz_error err = {0};
        const size_t n = strlen(bad[i].text);
        char *text = malloc(n ? n : 1);
        memcpy(text, bad[i].text, n);
        cJSON *tree = bz_json_parse(text, n, &err);
        if (tree)
            fail_msg("accepted: %s", bad[i].text);
        assert_int_equal(err.code, BZ_BAD_INPUT);
        if (!strstr(err.msg, bad[i].because))
            fail_msg("%s: refused with \"%s\", want \"%s\"", bad[i].text, err.msg, bad[i].because);
        free(text);
    }
    struct bz_error err;
    assert_null(bz_json_parse("1\0", 2, &err)); /* a 0 byte does not end the text */
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[2 * (BZ_JSON_MAX_DEPTH + 1) + 1] = "";
    for (size_t depth = BZ_JSON_MAX_DEPTH; depth <= BZ_JSON_MAX_DEPTH + 1; depth++) {
        struct bz_error err;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        cJSON *tree = bz_json_parse(text, 2 * depth, &err);
        assert_int_equal(tree != NULL, depth == BZ_JSON_MAX_DEPTH);
        cJSON_Delete(tree);
    }
}

static void whole_numbers_are_told_from_others(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool whole;
    } cases[] = {{"3", true},    {"3.0", true},   {"0", true},      {"100", true},   {"101", false}, {"-1", false},
                 {"2.5", false}, {"1e99", false}, {"\"3\"", false}, {"null", false}, {"[3]", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t out;
        cJSON *tree = bz_json_parse(cases[i].text, strlen(cases[i].text), NULL);
        assert_int_equal(bz_json_whole(tree, 0, 100, &out), cases[i].whole);
        cJSON_Delete(tree);
    }
    size_t out;
    assert_false(bz_json_whole(NULL, 0, 100, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_the_standard_are_read),
        cmocka_unit_test(everything_else_is_refused_with_its_place),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(whole_numbers_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
