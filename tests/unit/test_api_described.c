/* Descriptions: of the interface, and of the models. */
#include "fake_host.h"
#include "handlers.h"
#include "mem.h"
#include "oracle_machines.h"
#include "routes.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static cJSON *item(const cJSON *root, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(root, name);
}

static void openapi_is_the_route_table(void **state)
{
    struct fake_host *h = fake_host_new(oracle_rbm(1, false));
    cJSON *root = fake_get(h, "/openapi.json");
    const cJSON *paths = item(root, "paths"), *path, *operation;
    size_t n = 0, n_described = 0;
    (void)state;
    assert_string_equal(cJSON_GetStringValue(item(root, "openapi")), "3.1.0");
    cJSON_ArrayForEach(path, paths) cJSON_ArrayForEach(operation, path)
    {
        char concrete[200], *to = concrete;
        for (const char *p = path->string; *p; p++) { /* {model} -> tiny, {version} -> 3 */
            if (*p != '{') {
                *to++ = *p;
                continue;
            }
            const char *value = p[1] == 'm' ? "tiny" : p[1] == 'v' ? "3" : "visible.bias";
            to = stpcpy(to, value);
            p = strchr(p, '}');
        }
        *to = 0;
        char method[8];
        snprintf(method, sizeof(method), "%s", operation->string);
        for (char *c = method; *c; c++)
            *c = (char)(*c & ~0x20);
        const struct fake_request req = {.method = method, .path = concrete};
        struct api_call *call = fake_open(h, &req);
        assert_string_equal(call->route, path->string);
        assert_true(call->reply.status != 404 && call->reply.status != 405 && call->reply.status != 501);
        assert_non_null(item(operation, "operationId"));
        api_free(call);
        n++;
    }
    for (const struct api_route *route = api_routes(); route->pattern; route++) {
        path = cJSON_GetObjectItemCaseSensitive(paths, route->pattern);
        const unsigned described = (path && cJSON_GetObjectItemCaseSensitive(path, "get") ? API_GET : 0) |
                                   (path && cJSON_GetObjectItemCaseSensitive(path, "post") ? API_POST : 0);
        /* everything except the routes answered with 501, and the server's metadata under its second name */
        if (described != (route->flags & API_ABSENT || strcmp(route->pattern, "/v2/") == 0 ? 0 : route->methods))
            fail_msg("%s: methods %u are described", route->pattern, described);
        n_described += (route->versioned ? 2u : 1u) * (unsigned)__builtin_popcount(described);
    }
    assert_int_equal(n_described, n);
    cJSON_Delete(root);
    fake_host_free(h);
}

static void models_are_described(void **state)
{
    struct fake_host *h = fake_host_new(oracle_mixed());
    cJSON *list = fake_get(h, "/v1/models"), *one = fake_get(h, "/v1/models/tiny/versions/stable");
    (void)state;
    const cJSON *tiny = cJSON_GetArrayItem(item(list, "models"), 1);
    assert_string_equal(cJSON_GetStringValue(item(cJSON_GetArrayItem(item(list, "models"), 0), "reason")),
                        "tensor 'hidden.bias' is missing");
    assert_int_equal(item(tiny, "version")->valuedouble, 3);
    assert_int_equal(cJSON_GetArraySize(item(tiny, "versions")), 2);
    assert_int_equal(cJSON_GetArraySize(item(tiny, "layers")), (int)h->model.machine->n_layers);
    assert_int_equal(item(item(one, "aliases"), "stable")->valuedouble, 3);
    assert_int_equal(cJSON_GetArraySize(item(one, "couplings")), (int)h->model.machine->n_couplings);
    assert_true(cJSON_IsNull(item(one, "training")));
    assert_memory_equal(cJSON_GetStringValue(item(one, "digest")), "sha256:", 7);
    assert_int_equal(strlen(cJSON_GetStringValue(item(one, "digest"))), 71);
    cJSON *tensor = fake_get(h, "/v1/models/tiny/parameters/kind.bias");
    assert_int_equal(cJSON_GetArraySize(item(tensor, "data")), 4);
    assert_true((float)cJSON_GetArrayItem(item(tensor, "data"), 2)->valuedouble ==
                h->model.machine->layers[bz_machine_find(h->model.machine, "kind")].bias[2]);
    const struct fake_request req = {.method = "GET", .path = "/v1/models/tiny/parameters/kind.weight"};
    struct api_call *call = fake_call(h, &req);
    assert_int_equal(call->reply.status, 404);
    assert_string_equal(call->code, "tensor_not_found");
    api_free(call);
    cJSON_Delete(list);
    cJSON_Delete(one);
    cJSON_Delete(tensor);
    fake_host_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openapi_is_the_route_table),
        cmocka_unit_test(models_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
