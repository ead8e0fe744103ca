/* Requests to a machine with every unit type: the first byte chooses the route, the body follows. Whatever the body, the api
 * answers, and never with a 500. */
#include "../support/fake_host.c"
#include "../support/oracle_machines.c"

#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *path, *query, *type, *header;
} routes[] = {
    {"/v1/models/tiny/features", NULL, NULL, NULL},
    {"/v1/models/tiny/free-energy", NULL, NULL, NULL},
    {"/v1/models/tiny/energy", NULL, NULL, NULL},
    {"/v1/models/tiny/reconstruct", "type=state&seed=1", NULL, NULL},
    {"/v1/models/tiny/sample", "steps=3", NULL, NULL},
    {"/v1/models/tiny/sample", "steps=3&format=sse", NULL, NULL},
    {"/v1/models/tiny/sample", "steps=3&layer=dots", "application/x-npy", NULL},
    {"/v2/models/tiny/infer", NULL, NULL, NULL},
    {"/v2/models/tiny/infer", NULL, NULL, "200"},
    {"/v2/models/tiny/infer", NULL, NULL, "0"},
    {"/v2/repository/index", NULL, NULL, NULL},
    {"/v2/repository/models/tiny/load", NULL, NULL, NULL},
};
enum {
    N_ROUTES = sizeof(routes) / sizeof(*routes),
    MOST_WORK = 100000, /* multiplications: long chains exercise no other code */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_host *several, *one;
    if (!several) {
        several = fake_host_new(oracle_mixed());
        one = fake_host_new(oracle_rbm(1, true));
        several->control = true;
        several->host.max_cost = one->host.max_cost = MOST_WORK;
    }
    if (size == 0)
        return 0;
    const size_t r = (data[0] & 0x7f) % N_ROUTES;
    const struct fake_request req = {.path = routes[r].path,
                                     .query = routes[r].query,
                                     .type = routes[r].type,
                                     .inference_header = routes[r].header,
                                     .body = data + 1,
                                     .size = size - 1};
    if (size == 1)
        return 0;
    struct api_call *call = fake_call(data[0] & 0x80 ? several : one, &req);
    if (call->reply.status == 500 || call->reply.status < 200) {
        fprintf(stderr, "status %d: %.*s\n", call->reply.status, (int)call->reply.size, call->reply.body);
        abort();
    }
    api_free(call);
    return 0;
}
