#include "fake_host.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum api_acquired acquire(struct api_host *host, const char *name, const char *version, struct api_model **out,
                                 char reason[256])
{
    struct fake_host *h = (struct fake_host *)host;
    if (strcmp(name, "broken") == 0) {
        strcpy(reason, "tensor 'hidden.bias' is missing");
        return API_NOT_READY;
    }
    if (strcmp(name, "tiny") != 0)
        return API_NO_MODEL;
    if (version && strcmp(version, "3") != 0 && strcmp(version, "stable") != 0)
        return API_NO_VERSION;
    h->references++;
    *out = &h->served;
    return API_OK;
}

static void release(struct api_host *host, struct api_model *model)
{
    (void)model;
    ((struct fake_host *)host)->references--;
}

static void retain(struct api_host *host, struct api_model *model)
{
    (void)model;
    ((struct fake_host *)host)->references++;
}

static int make_ready(struct api_host *host, struct api_model *model, struct bz_error *err)
{
    (void)host;
    if (bz_machine_prepare(((struct fake_host *)host)->model.machine, err) < 0)
        return -1;
    atomic_store(&model->ready, true);
    return 0;
}

static bool list(struct api_host *host, const char *name, void (*each)(void *arg, const struct api_model_info *info), void *arg)
{
    const struct fake_host *h = (struct fake_host *)host;
    static const unsigned long versions[] = {1, 3}, loaded[] = {3}, to[] = {3};
    static const char *const alias[] = {"stable"};
    const struct api_model_info broken = {
        .name = "broken", .state = API_UNAVAILABLE, .reason = "tensor 'hidden.bias' is missing"};
    const struct api_model_info info = {.name = "tiny",
                                        .state = API_READY,
                                        .reason = "",
                                        .version = 3,
                                        .versions = versions,
                                        .n_versions = 2,
                                        .loaded = loaded,
                                        .n_loaded = 1,
                                        .alias = alias,
                                        .alias_version = to,
                                        .n_aliases = 1,
                                        .model = &h->model};
    if (!name)
        each(arg, &broken);
    if (!name || strcmp(name, "tiny") == 0)
        each(arg, &info);
    return true;
}

static bool stats(struct api_host *host, const char *name, unsigned long version,
                  void (*each)(void *arg, const struct api_model_stats *s), void *arg)
{
    const struct api_model_stats s = {.name = "tiny", .version = 3, .success = {2, UINT64_C(12345678901234567)}};
    (void)host;
    (void)version;
    if (!name || strcmp(name, "tiny") == 0)
        each(arg, &s);
    return true;
}

static char *metrics(struct api_host *host, size_t *size)
{
    (void)host;
    *size = 5;
    return bz_strdup("up 1\n", NULL);
}

static enum api_control control(struct api_host *host, const char *name, char reason[256])
{
    (void)reason;
    if (!((struct fake_host *)host)->control)
        return API_CONTROL_DISABLED;
    return strcmp(name, "tiny") == 0 ? API_CONTROL_DONE : API_CONTROL_NOT_FOUND;
}

static bool is_ready(struct api_host *host, char reason[256])
{
    strcpy(reason, "loading 0/1");
    return !((struct fake_host *)host)->down;
}

static unsigned retry_after(struct api_host *host)
{
    (void)host;
    return 7;
}

struct fake_host *fake_host_new(struct bz_machine *machine)
{
    struct fake_host *h = calloc(1, sizeof(*h));
    h->model.machine = machine;
    h->served =
        (struct api_model){.name = "tiny", .version = 3, .serial = 1, .model = &h->model, .no_index = "", .no_ladder = ""};
    h->host = (struct api_host){.acquire = acquire,
                                .release = release,
                                .retain = retain,
                                .make_ready = make_ready,
                                .list = list,
                                .stats = stats,
                                .load = control,
                                .unload = control,
                                .metrics = metrics,
                                .is_ready = is_ready,
                                .retry_after = retry_after,
                                .max_body = 1 << 20,
                                .max_queue_rows = 8192,
                                .openapi_base = ""};
    h->worker = api_worker_new(&h->host, false);
    return h;
}

void fake_host_free(struct fake_host *h)
{
    api_worker_free(h->worker);
    if (h->references != 0) {
        fprintf(stderr, "%d references to the model are left\n", h->references);
        abort();
    }
    bz_machine_free(h->model.machine);
    free(h);
}

static const char *header(void *arg, const char *name)
{
    const struct fake_request *req = arg;
    if (strcmp(name, "Content-Type") == 0)
        return req->type;
    if (strcmp(name, "Accept") == 0)
        return req->accept;
    if (strcmp(name, "X-Boltz-Shape") == 0)
        return req->shape;
    if (strcmp(name, "Last-Event-ID") == 0)
        return req->last_event;
    return strcmp(name, "Inference-Header-Content-Length") == 0 ? req->inference_header : NULL;
}

struct api_call *fake_open_head(struct fake_host *h, const struct fake_request *req, size_t size)
{
    const struct api_request request = {.method = req->method ? req->method : "POST",
                                        .path = req->path,
                                        .query = req->query,
                                        .header = header,
                                        .header_arg = (void *)req,
                                        .has_length = true,
                                        .length = size,
                                        .request_id = "test-1"};
    return api_open(&h->host, &request);
}

struct api_call *fake_open(struct fake_host *h, const struct fake_request *req)
{
    const size_t size = req->body && !req->size ? strlen(req->body) : req->size;
    struct api_call *call = fake_open_head(h, req, size);
    if (call->state == API_BODY) {
        char *body = malloc(size + 1);
        if (size)
            memcpy(body, req->body, size);
        api_decode(call, body, size);
        free(body);
    }
    return call;
}

/* What a stream has produced since the last call. */
static void take(struct api_call *call, char **all, size_t *have)
{
    char *part;
    size_t size;
    while (call->stream && (part = api_take(call, &size))) {
        *all = realloc(*all, *have + size);
        memcpy(*all + *have, part, size);
        bz_free(part);
        *have += size;
    }
}

void fake_finish(struct fake_host *h, struct api_call *call)
{
    char *all = NULL;
    size_t have = 0;
    take(call, &all, &have); /* as the transport does before it queues the call */
    while (call->state == API_RUN || call->state == API_ENCODE) {
        if (call->state == API_RUN)
            api_run(&call, 1, h->worker);
        else
            api_encode(call);
        take(call, &all, &have);
    }
    if (all) {
        bz_alloc_fail_at(-1);
        bz_free(call->reply.body);
        call->reply.body = bz_strndup(all, have, NULL);
        call->reply.size = have;
        free(all);
    }
}

struct api_call *fake_call(struct fake_host *h, const struct fake_request *req)
{
    struct api_call *call = fake_open(h, req);
    fake_finish(h, call);
    return call;
}

struct api_call *fake_post(struct fake_host *h, const char *path, const char *json)
{
    const struct fake_request req = {.path = path, .body = json, .type = "application/json"};
    return fake_call(h, &req);
}

const char *fake_header(const struct api_call *call, const char *name)
{
    for (size_t i = 0; i < call->reply.n_headers; i++)
        if (strcmp(call->reply.headers[i].name, name) == 0)
            return call->reply.headers[i].value;
    return NULL;
}
