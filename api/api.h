/* The HTTP interface's meaning, without transport: bytes in, native job, bytes out. No sockets, no threads, no clock.
 *
 * The life of a call, as the transport (server/) drives it:
 *
 *   1. api_scope(path) says which key a request needs; the transport checks keys and framing first.
 *   2. api_open(): route, model, declared size, content type, Accept; at header time, cheap, never blocks.
 *      -> API_BODY (continue), API_REPLY (refused: call->reply is ready), API_HOST (the transport's own page: metrics, assets).
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
 * At any time between these steps the transport may answer in its own words with api_refuse() (queue full, timeout, draining)
 * or api_free() a call whose client has left. A call is touched by one thread at a time. */
#ifndef API_H
#define API_H

#include "index.h"
#include "ladder.h"
#include "model_file.h"

#include <stdatomic.h>
#include <sys/types.h>

/* --- models, as the host (the server's registry) lends them --- */

/* A loaded version of a model, reference-counted by the host. Immutable but for the two flags. */
struct api_model {
    const char *name;
    unsigned long version;
    uint64_t serial;                /* unique in the process, never used again: key of caches */
    const struct bz_model *model;   /* NULL until loaded */
    const struct bz_index *index;   /* NULL where it has none */
    const struct bz_ladder *ladder; /* NULL where it has none */
    const char *no_index;           /* why it has none, "" = there is no file of one; never NULL */
    const char *no_ladder;          /* likewise */
    atomic_bool ready;              /* loaded and prepared: compute may use it */
    atomic_bool retired;            /* replaced or unloaded: caches should let it go */
    atomic_int digest_state;        /* the api's: 0 at first */
    char digest[65];                /* the api's: sha256 of the tensors, once asked for */
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

/* One model of the repository, borrowed for the time of the callback. */
struct api_model_info {
    const char *name;
    enum api_model_state state;
    const char *reason;            /* why it is not ready, or why a newer version is not the one served; else "" */
    unsigned long version;         /* what is served when none is named; 0 = none */
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

/* What the api asks of the process around it. All functions may be called from any thread. */
struct api_host {
    /* A reference on a version: a number as text, an alias, or NULL = the one served. Never blocks: a version that is known but
     * not in memory comes with ready = false. On API_NOT_READY reason[] says why ("loading 3/7", ...); API_NOT_LOADED: it is
     * there, but nobody asked for it, or it was unloaded; API_LEAVING: it was unloaded, and completes the requests in flight.
     */
    enum api_acquired (*acquire)(struct api_host *h, const char *name, const char *version, struct api_model **out,
                                 char reason[256]);
    void (*release)(struct api_host *h, struct api_model *model);
    /* Takes another reference (workers keep one beside what they cache for a model). */
    void (*retain)(struct api_host *h, struct api_model *model);
    /* Loads and prepares what is not ready; may block. */
    int (*make_ready)(struct api_host *h, struct api_model *model, struct bz_error *err);

    /* Calls each() once a model, names ascending; name != NULL = that one only (no call at all if there is none). */
    void (*list)(struct api_host *h, const char *name, void (*each)(void *arg, const struct api_model_info *info), void *arg);
    /* The same for statistics of loaded versions. name NULL = all, version 0 = all. */
    void (*stats)(struct api_host *h, const char *name, unsigned long version,
                  void (*each)(void *arg, const struct api_model_stats *stats), void *arg);

    /* Model control (POST /v2/repository/...). May block. reason[] says why it failed or is disabled. */
    enum api_control (*load)(struct api_host *h, const char *name, char reason[256]);
    enum api_control (*unload)(struct api_host *h, const char *name, char reason[256]);

    /* True if every model was tried, one is served and the process is not draining; otherwise reason[] says why. */
    bool (*is_ready)(struct api_host *h, char reason[256]);
    /* Seconds a refused client should wait, 1..30; estimated from the queue. */
    unsigned (*retry_after)(struct api_host *h);

    atomic_size_t max_body;       /* bytes */
    _Atomic double max_cost;      /* of a call, in multiplications; 0 = no limit */
    atomic_size_t max_queue_rows; /* for messages and /v2 config */
    bool takes_pieces;            /* large replies may come as pieces */
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
    const char *request_id; /* echoed in error bodies; borrowed until api_free */
};

enum { API_MAX_HEADERS = 12 };
struct api_header {
    const char *name; /* static */
    char value[160];
};

/* A header not set has no entry. X-Request-Id, Server-Timing, Connection, CORS and Content-Encoding are the transport's; it
 * undoes a request's gzip or deflate too, and then hides that header. */
struct api_reply {
    int status;
    const char *content_type; /* static; NULL for an empty body */
    struct api_header headers[API_MAX_HEADERS];
    size_t n_headers;
    char *body; /* owned by the call until api_take_body */
    size_t size;
    struct api_pieces *pieces; /* in the place of a body, where the host takes them; the call's until api_take_pieces */
    bool compressible;         /* the transport may gzip it if the client accepts that */
};

enum api_scope { API_OPEN, API_INFER, API_METRICS, API_ADMIN };
enum api_state { API_BODY, API_RUN, API_ENCODE, API_REPLY, API_HOST };

/* A call. Fields are for reading; what is below `job` belongs to the api. */
struct api_call {
    enum api_state state;
    const char *route; /* the template, "/v1/models/{model}/sample"; "(none)" if there is none: a label for log and metrics */
    const char *task;  /* "sample", "features", ... or "" for calls that do not compute */
    enum api_scope scope;
    struct api_model *model; /* held until api_free; NULL for calls without one */
    size_t rows;             /* what the call counts for in the queue, after api_decode; at least 1 for API_RUN */
    uint64_t steps;          /* Gibbs steps x chains done so far, for metrics */
    double cost;             /* of all its work, in multiplications or what takes as long; after api_decode */
    bool stopped;            /* api_run was told to stop while it ran: there will be no result */
    uint64_t timeout_us;     /* that the request itself sets for its work, after api_decode; 0 = none */
    bool may_block;          /* call api_decode off the event loops */
    bool quick;              /* after api_decode: computing it takes some tens of microseconds */
    bool stream;
    struct api_reply reply;
    const char *code; /* of an error ("shape_mismatch"), NULL on success */

    struct api_host *host;
    struct api_job *job;
    unsigned lent;                         /* to pieces that are written from its results: they let go of it, too */
    void (*let_go)(struct api_call *call); /* api_free, which stands above the pieces */
    const struct api_route *row;
    bool v1; /* the path is under /v1: errors are application/problem+json */
    char request_id[129];
};

/* The scope of the key that a path needs; API_INFER for a path that does not exist. */
enum api_scope api_scope(const char *path);

/* Makes the call and takes it as far as the headers allow. NULL only when memory is out. */
struct api_call *api_open(struct api_host *host, const struct api_request *req);
/* body is borrowed until the function returns and is changed by it: strings are unescaped in place, and body[size] must be
 * writable (it becomes a 0). NULL with size 0 = no body. */
void api_decode(struct api_call *call, char *body, size_t size);
/* True if both may go into one api_run. Equal calls on one model; streams and long sampling run alone. */
bool api_compatible(const struct api_call *a, const struct api_call *b);
/* Rows that one api_run works on well: stop adding calls to a batch beyond that. */
enum { API_BATCH_ROWS = 256 };

/* What one worker thread keeps between calls (scratch of the models it served lately). */
struct api_worker;
/* quick_only: for calls that are `quick`, which takes less memory. NULL when memory is out. */
struct api_worker *api_worker_new(struct api_host *host, bool quick_only);
void api_worker_free(struct api_worker *worker);
/* Lets go of retired models; api_run does so too. For a worker that has been idle: call it when a model was replaced. */
void api_worker_trim(struct api_worker *worker);

/* Asked by api_run every few milliseconds whether all calls in flight should end (late, or nobody is waiting). They are then
 * `stopped`, still API_RUN, and to be refused or freed. NULL = nobody. */
void api_worker_ask(struct api_worker *worker, bool (*stop)(void *arg), void *arg);

/* One slice of work on n compatible calls that are all in state API_RUN. */
void api_run(struct api_call *const *calls, size_t n, struct api_worker *worker);
void api_encode(struct api_call *call);
void api_free(struct api_call *call); /* NULL is fine */

/* Streams: bytes made since the last time; *size 0 = none. The caller's, bz_free. */
char *api_take(struct api_call *call, size_t *size);
/* The reply's body becomes the caller's (bz_free); NULL if it is empty. */
char *api_take_body(struct api_call *call);

/* A large reply, written as it is read. NULL is fine for api_pieces_free. */
struct api_pieces;
/* The reply's, now the caller's (api_pieces_free); NULL where it is no such reply. */
struct api_pieces *api_take_pieces(struct api_call *call);
/* One of bytes that are there, which it then owns; NULL (and they stay the caller's) when memory is out. */
struct api_pieces *api_pieces_of(char *text, size_t size);
/* The next bytes of the reply; 0 = there are no more, -1 = there is no memory for them. Pieces may hold their call, and so its
 * model, after api_free: they are read and freed by one thread, which is that of api_free, or after it. */
ssize_t api_pieces_read(struct api_pieces *pieces, char *out, size_t max);
/* Memory that it takes at its beginning; what was given back since this was last asked. */
size_t api_pieces_memory(const struct api_pieces *pieces);
size_t api_pieces_freed(struct api_pieces *pieces);
/* The reply's length, where it is known before: false = it is not. */
bool api_pieces_size(const struct api_pieces *pieces, uint64_t *size);
void api_pieces_free(struct api_pieces *pieces);

/* --- refusals --- */

/* One row each in refusals.c: code text, title, status. */
enum api_error {
    API_BAD_REQUEST,
    API_BAD_JSON,
    API_BAD_VALUE,
    API_BAD_SHAPE,
    API_WRONG_BODY, /* the body is not what its Content-Type says */
    API_EMPTY_BODY, /* a JSON body that was announced is not there */
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
 * begun: an error event instead. */
void api_refuse(struct api_call *call, enum api_error error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same without a call (a key refused before api_open): fills *reply; the path decides the content type (/v1: problem+json).
 * reply->body is the caller's, bz_free. */
void api_refusal(struct api_reply *reply, enum api_error error, const char *path, const char *request_id, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

const char *api_error_code(enum api_error error); /* "bad_value", ... as problem objects have it */
int api_error_status(enum api_error error);

/* Adds a header; name is static. Too many or too long: left out. */
void api_add_header(struct api_reply *reply, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void api_add_header_text(struct api_reply *reply, const char *name, const char *value);

#endif
