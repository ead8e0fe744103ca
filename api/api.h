/* The HTTP interface without its transport: bytes in, native job, bytes out. No sockets, no threads, no clock.
 *
 * The life of a call, as the transport (server/) drives it:
 *
 *   1. api_scope(path) says which key a request needs; the transport checks keys and framing first.
 *   2. api_open(): route, model, declared size, content type, Accept; at header time, cheap, never blocks.
 *      -> API_BODY (continue), API_REPLY (refused: call->reply is ready), API_HOST (the transport's own page).
 *   3. api_decode() with the whole body (empty for GET). Cheap unless call->may_block; then call it off the event loops.
 *      -> API_RUN (call->rows is known: queue it), API_REPLY.
 *   4. api_run() on a worker, one or more compatible calls at a time. A slice of a few milliseconds; afterwards each call is
 *      -> API_RUN (more to do: queue it again), API_ENCODE, API_REPLY (failed).
 *   5. api_encode() on the worker -> API_REPLY: call->reply is the whole answer.
 *   6. api_free().
 *
 * A streaming call (call->stream, known after api_decode) differs: call->reply has status and headers but no body as soon as
 * api_decode has returned API_RUN. After each api_run, api_encode and api_refuse api_take() hands over the bytes made
 * since; the transport does not run a call whose reader is behind. State API_REPLY then means "no more will come".
 *
 * At any time between these steps the transport may answer by itself with api_refuse() (queue full, timeout, draining) or
 * api_free() a call whose client has left. A call is touched by one thread at a time. */
#ifndef API_H
#define API_H

#include "index.h"
#include "ladder.h"
#include "model_file.h"

#include <stdatomic.h>
#include <sys/types.h>

/* --- models, lent by the host (the server's registry) --- */

/* A loaded version of a model, reference-counted by the host. Immutable but for the two flags. */
struct api_model {
    const char *name;
    unsigned long version;
    uint64_t serial;                /* unique in the process, never reused: key of caches */
    const struct bz_model *model;   /* NULL until loaded */
    const struct bz_index *index;   /* NULL where it has none */
    const struct bz_ladder *ladder; /* NULL where it has none */
    const char *no_index;           /* why it has none, "" = there is no file of one; never NULL */
    const char *no_ladder;          /* likewise */
    atomic_bool ready;              /* loaded and prepared: compute may use it */
    atomic_bool retired;            /* replaced or unloaded: caches should release it */
    atomic_int digest_state;        /* the api's: 0 at first */
    char digest[65];                /* the api's: sha256 of the tensors, once it has been computed */
};

enum api_model_state { API_READY, API_UNAVAILABLE, API_LOADING, API_UNLOADING, API_UNKNOWN };

/* A duration statistic as /v2 reports it. */
struct api_duration {
    uint64_t count, ns;
};

struct api_batch_stat {
    uint64_t batch_size;
    struct api_duration input, infer, output;
};

struct api_model_stats {
    const char *name;
    unsigned long version;
    uint64_t last_inference_ms; /* since the epoch, 0 = never */
    uint64_t inference_count;   /* rows */
    uint64_t execution_count;   /* batches */
    struct api_duration success, fail, queue, input, infer, output;
    const struct api_batch_stat *batches; /* [n_batches] */
    size_t n_batches;
    uint64_t memory_bytes;
};

/* One model of the repository, borrowed for the duration of the callback. */
struct api_model_info {
    const char *name;
    enum api_model_state state;
    const char *reason;            /* why it is not ready, or why a newer version is not the one served; else "" */
    unsigned long version;         /* the version served when none is named; 0 = none */
    const unsigned long *versions; /* [n_versions], ascending, complete ones */
    size_t n_versions;
    const unsigned long *loaded; /* [n_loaded]: versions in memory */
    size_t n_loaded;
    const unsigned long *refused;      /* [n_refused]: versions that could not be loaded, and why */
    const char *const *refused_reason; /* [n_refused] */
    size_t n_refused;
    const char *const *alias;           /* [n_aliases] */
    const unsigned long *alias_version; /* [n_aliases] */
    size_t n_aliases;
    const struct bz_model *model; /* of `version`; NULL if not loaded */
};

enum api_acquired { API_OK, API_NO_MODEL, API_NO_VERSION, API_NOT_READY, API_NOT_LOADED, API_LEAVING };
enum api_control { API_CONTROL_DONE, API_CONTROL_DISABLED, API_CONTROL_NOT_FOUND, API_CONTROL_FAILED };

/* What the api needs from the process around it. All functions may be called from any thread. */
struct api_host {
    /* A reference to a version: a number as text, an alias, or NULL = the one served. Never blocks: a version that is known but
     * not in memory is returned with ready = false. On API_NOT_READY reason[] says why ("loading 3/7", ...); API_NOT_LOADED: it
     * exists, but nobody has loaded it, or it was unloaded; API_LEAVING: it was unloaded, and completes the requests in
     * flight. */
    enum api_acquired (*acquire)(struct api_host *h, const char *name, const char *version, struct api_model **out,
                                 char reason[256]);
    void (*release)(struct api_host *h, struct api_model *model);
    /* Takes another reference (workers keep one along with what they cache for a model). */
    void (*retain)(struct api_host *h, struct api_model *model);
    /* Loads and prepares a version that is not ready; may block. */
    int (*make_ready)(struct api_host *h, struct api_model *model, struct bz_error *err);

    /* Calls each() once per model, names ascending; name != NULL = only that one (no call at all if there is none). false = out
     * of memory, and it was not called for all. */
    bool (*list)(struct api_host *h, const char *name, void (*each)(void *arg, const struct api_model_info *info), void *arg);
    /* The same for statistics of loaded versions. name NULL = all, version 0 = all. */
    bool (*stats)(struct api_host *h, const char *name, unsigned long version,
                  void (*each)(void *arg, const struct api_model_stats *stats), void *arg);

    /* Model control (POST /v2/repository/...). May block. reason[] says why it failed or is disabled. */
    enum api_control (*load)(struct api_host *h, const char *name, char reason[256]);
    enum api_control (*unload)(struct api_host *h, const char *name, char reason[256]);

    /* The text of /metrics, NULL when out of memory; the caller's (bz_free). */
    char *(*metrics)(struct api_host *h, size_t *size);

    /* True if every model was tried, one is served and the process is not draining; otherwise reason[] says why. */
    bool (*is_ready)(struct api_host *h, char reason[256]);
    /* Seconds a refused client should wait, 1..30; estimated from the queue. */
    unsigned (*retry_after)(struct api_host *h);

    atomic_size_t max_body;       /* bytes */
    _Atomic double max_cost;      /* most that a call may cost, in multiplications; 0 = no limit */
    atomic_size_t max_queue_rows; /* for messages and /v2 config */
    bool takes_pieces;            /* large replies may be returned as pieces */
    const char *openapi_base;     /* url prefix of the service, "" if none */
};

/* --- requests and replies --- */

struct api_request {
    const char *method; /* "GET", "POST", ... */
    const char *path;   /* raw, still percent-encoded, without the query; the url prefix removed */
    const char *query;  /* raw, after '?'; NULL or "" = none */
    const char *(*header)(void *arg, const char *name); /* first value of a header, or NULL; used in api_open only */
    void *header_arg;
    bool has_length; /* Content-Length was given */
    uint64_t length;
    const char *request_id; /* repeated in error bodies; borrowed until api_free */
};

enum { API_MAX_HEADERS = 12 };
struct api_header {
    const char *name; /* static */
    char value[160];
};

/* Headers that are not set have no entry. X-Request-Id, Server-Timing, Connection, CORS and Content-Encoding are the
 * transport's; it also decodes a request's gzip or deflate, and then hides that header. */
struct api_reply {
    int status;
    const char *content_type; /* static; NULL for an empty body */
    struct api_header headers[API_MAX_HEADERS];
    size_t n_headers;
    char *body; /* owned by the call until api_take_body */
    size_t size;
    struct api_pieces *pieces; /* instead of a body, if the host takes them; the call's until api_take_pieces */
    bool compressible;         /* the transport may gzip it if the client accepts that */
};

enum api_scope { API_OPEN, API_INFER, API_METRICS, API_ADMIN };
enum api_state { API_BODY, API_RUN, API_ENCODE, API_REPLY, API_HOST };

struct api_fault;

/* A call. Fields are read-only for the transport; those below `job` belong to the api. */
struct api_call {
    enum api_state state;
    const char *route; /* the template, "/v1/models/{model}/sample"; "(none)" if there is none: a label for log and metrics */
    const char *task;  /* "sample", "features", ... or "" for calls that do not compute */
    enum api_scope scope;
    struct api_model *model; /* held until api_free; NULL for calls without one */
    size_t rows;             /* the call's size in the queue, after api_decode; at least 1 for API_RUN */
    size_t memory;           /* bytes of its rows and chains while it waits, after api_decode */
    uint64_t steps;          /* Gibbs steps x chains done so far, for metrics */
    double cost;             /* of all its work, in multiplications or work that takes as long; after api_decode */
    bool stopped;            /* api_decode or api_run was told to stop on its way: there will be no result */
    uint64_t timeout_us;     /* deadline that the request itself sets, after api_decode; 0 = none */
    bool may_block;          /* api_decode must be called off the event loops */
    bool slow_body;          /* a table of text: reading it takes a microsecond a byte, much longer than other bodies */
    bool of_all;             /* about every model: api_decode may take tens of milliseconds */
    bool quick;              /* after api_decode: computing it takes some tens of microseconds */
    bool stream;
    struct api_reply reply;
    const char *code; /* of an error ("shape_mismatch"), NULL on success */

    /* Asked by api_decode before it allocates chains of so many bytes; NULL = it may. -1 and a fault = there is no room. Set by
     * the transport. */
    int (*hold)(void *arg, size_t bytes, struct api_fault *fault);
    void *hold_arg;

    struct api_host *host;
    struct api_job *job;
    unsigned lent;                         /* held also by pieces written from its results */
    void (*let_go)(struct api_call *call); /* api_free, as the pieces call it */
    const struct api_route *row;
    bool v1; /* the path is under /v1: errors are application/problem+json */
    char request_id[129];
};

/* The scope of the key that a path needs; API_INFER for a path that does not exist. */
enum api_scope api_scope(const char *path);

/* Makes the call and takes it as far as the headers allow. NULL only when out of memory. */
struct api_call *api_open(struct api_host *host, const struct api_request *req);
/* body is borrowed until the function returns, and is modified: strings are unescaped in place, and body[size] must be writable
 * (it becomes 0). NULL with size 0 = no body. Asks whether to stop (stop.h) every few milliseconds; a call that was `stopped`
 * on its way, whatever its state, must be refused or freed. */
void api_decode(struct api_call *call, char *body, size_t size);
/* The call as api_open left it, whatever api_decode made of it: to be decoded once more, elsewhere. */
void api_undecode(struct api_call *call);
/* True if both may go into one api_run. Equal calls on one model; streams and long sampling run alone. */
bool api_compatible(const struct api_call *a, const struct api_call *b);
/* Rows that one api_run handles efficiently: stop adding calls to a batch beyond that. */
enum { API_BATCH_ROWS = 256 };

/* What one worker thread keeps between calls (scratch for the models it served recently). */
struct api_worker;
/* quick_only: for `quick` calls only, which takes less memory. NULL when out of memory. */
struct api_worker *api_worker_new(struct api_host *host, bool quick_only);
void api_worker_free(struct api_worker *worker);
/* Releases retired models; api_run does so too. To be called by a worker that has been idle when a model was replaced. */
void api_worker_trim(struct api_worker *worker);

/* Called by api_run every few milliseconds to find out whether all its calls should end (late, or nobody is waiting). They are
 * then `stopped`, still API_RUN, and must be refused or freed. NULL = never. */
void api_worker_ask(struct api_worker *worker, bool (*stop)(void *arg), void *arg);

/* One slice of work on n compatible calls that are all in state API_RUN. */
void api_run(struct api_call *const *calls, size_t n, struct api_worker *worker);
/* `stopped` instead where the thread was to stop (stop.h): the reply is not complete; to be refused or freed. */
void api_encode(struct api_call *call);
void api_free(struct api_call *call); /* NULL is fine */

/* Streams: bytes made since the last call; *size 0 = none. The caller's, bz_free. */
char *api_take(struct api_call *call, size_t *size);
/* The reply's body becomes the caller's (bz_free); NULL if it is empty. */
char *api_take_body(struct api_call *call);

/* A large reply, written as it is read. NULL is fine for api_pieces_free. */
struct api_pieces;
/* The reply's pieces, now the caller's (api_pieces_free); NULL if the reply has none. */
struct api_pieces *api_take_pieces(struct api_call *call);
/* Pieces of existing bytes, which they then own; NULL (and the bytes stay the caller's) when out of memory. */
struct api_pieces *api_pieces_of(char *text, size_t size);
/* The next bytes of the reply; 0 = no more, -1 = out of memory. Pieces may keep their call, and so its model, alive after
 * api_free: they are read and freed by one thread, that of api_free or a later one. */
ssize_t api_pieces_read(struct api_pieces *pieces, char *out, size_t max);
/* Memory it takes at the start; memory released since this was last called. */
size_t api_pieces_memory(const struct api_pieces *pieces);
size_t api_pieces_freed(struct api_pieces *pieces);
/* The reply's length, if it is known beforehand; false = it is not. */
bool api_pieces_size(const struct api_pieces *pieces, uint64_t *size);
void api_pieces_free(struct api_pieces *pieces);

/* --- refusals --- */

/* Each has a row in refusals.c: code text, title, status. */
enum api_error {
    API_BAD_REQUEST,
    API_BAD_JSON,
    API_BAD_VALUE,
    API_BAD_SHAPE,
    API_WRONG_BODY, /* the body is not what its Content-Type says */
    API_EMPTY_BODY, /* a JSON body was announced, but is empty */
    API_TOO_DEEP,
    API_BAD_TYPE, /* wrong JSON type or tensor datatype */
    API_MISSING_INPUT,
    API_UNKNOWN_INPUT,
    API_UNKNOWN_PARAMETER,
    API_DUPLICATE,
    API_BAD_CONTINUE,
    API_CONTINUE_OTHER_MODEL,
    API_UNSUPPORTED,
    API_UNAUTHORIZED,
    API_FORBIDDEN,
    API_ORIGIN_REFUSED,
    API_HOST_REFUSED,
    API_CONTROL_OFF,
    API_NOT_FOUND,
    API_MODEL_NOT_FOUND,
    API_MODEL_UNLOADING,
    API_VERSION_NOT_FOUND,
    API_TENSOR_NOT_FOUND,
    API_BAD_METHOD,
    API_NOT_ACCEPTABLE,
    API_PRECONDITION,
    API_TOO_LARGE,
    API_URI_TOO_LONG,
    API_HEAD_TOO_LARGE,
    API_TOO_COSTLY,
    API_BAD_MEDIA_TYPE,
    API_TOO_MANY,
    API_INTERNAL,
    API_NOT_IMPLEMENTED,
    API_MODEL_UNAVAILABLE,
    API_NOT_READY_YET,
    API_DRAINING,
    API_QUEUE_FULL,
    API_CROWDED,
    API_REQUEST_TIMEOUT, /* the body did not come in time */
    API_TIMEOUT,
    API_OUT_OF_MEMORY,
    API_N_ERRORS
};

/* Turns the call into a refusal (state API_REPLY): status, problem object, Retry-After for 503 and 429. In a stream that has
 * begun: an error event instead. On a thread that is to stop (bz_stopped): `stopped` instead, as what speaks against the call
 * may not have been computed to its end. */
void api_refuse(struct api_call *call, enum api_error error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same without a call (say, a key refused before api_open): fills *reply; the path decides the content type (/v1:
 * problem+json). reply->body is the caller's, bz_free. */
void api_refusal(struct api_reply *reply, enum api_error error, const char *path, const char *request_id, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

const char *api_error_code(enum api_error error); /* "bad_value", ... as in problem objects */
int api_error_status(enum api_error error);

/* Adds a header; name is static. Headers that are too many or too long are left out. */
void api_add_header(struct api_reply *reply, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void api_add_header_text(struct api_reply *reply, const char *name, const char *value);

#endif
