/* Separate from fake_host.c, which the fuzz targets use without cmocka. */
#include "fake_host.h"
#include "test.h"

#include <string.h>

cJSON *fake_get(struct fake_host *h, const char *path)
{
    const struct fake_request req = {.method = "GET", .path = path};
    struct api_call *call = fake_call(h, &req);
    if (call->reply.status != 200)
        fail_msg("%s: %d", path, call->reply.status);
    assert_string_equal(call->reply.content_type, "application/json");
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    assert_non_null(root);
    api_free(call);
    return root;
}

cJSON *fake_parse(const struct api_call *call)
{
    if (call->reply.status != 200)
        fail_msg("%d: %.*s", call->reply.status, (int)call->reply.size, call->reply.body);
    cJSON *root = cJSON_ParseWithLength(call->reply.body, call->reply.size);
    assert_non_null(root);
    return root;
}

cJSON *fake_answer(struct fake_host *h, const char *path, const char *json)
{
    struct api_call *call = fake_post(h, path, json);
    cJSON *root = fake_parse(call);
    api_free(call);
    return root;
}
