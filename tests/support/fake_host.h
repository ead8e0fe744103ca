/* Stands in for the process around the API in tests without a server: one model in memory, and calls taken through their whole
 * life. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "api.h"

#include <cjson/cJSON.h>

struct fake_host {
    struct api_host host; /* first: callbacks get a pointer to it */
    struct api_model served;
    struct bz_model model;
    struct api_worker *worker;
    atomic_int references;
    bool control; /* load and unload are allowed */
    bool down;    /* not ready: "loading 0/1" */
};

/* Serves `machine` (taken, freed by fake_host_free) as model "tiny", version 3. */
struct fake_host *fake_host_new(struct bz_machine *machine);
void fake_host_free(struct fake_host *h);

struct fake_request {
    const char *method, *path, *query;
    const char *type, *accept;                         /* Content-Type, Accept */
    const char *inference_header, *shape, *last_event; /* Inference-Header-Content-Length, X-Boltz-Shape, Last-Event-ID */
    const void *body;
    size_t size; /* 0 with a body: its strlen */
};

/* The call, finished; api_free. Streams: their bytes are the reply's body. */
struct api_call *fake_call(struct fake_host *h, const struct fake_request *req);
/* The JSON of a call that was answered with 200; owned by the caller (cJSON_Delete). */
cJSON *fake_parse(const struct api_call *call);
/* The same for a POST; the call is freed. */
cJSON *fake_answer(struct fake_host *h, const char *path, const char *json);
/* The JSON of a GET that must be answered with 200; owned by the caller (cJSON_Delete). */
cJSON *fake_get(struct fake_host *h, const char *path);
/* POST with a JSON body. */
struct api_call *fake_post(struct fake_host *h, const char *path, const char *json);

/* A call whose body, of so many bytes, is still to be decoded. */
struct api_call *fake_open_head(struct fake_host *h, const struct fake_request *req, size_t size);
/* Up to the point where it would be queued. */
struct api_call *fake_open(struct fake_host *h, const struct fake_request *req);
void fake_finish(struct fake_host *h, struct api_call *call);

const char *fake_header(const struct api_call *call, const char *name); /* NULL = none */

#endif
