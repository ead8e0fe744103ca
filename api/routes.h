/* The table of endpoints and how a path finds its row. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api.h"

struct api_op;

/* What a path named, percent-decoded; "" = not part of the route. */
struct api_match {
    char model[132], version[68], tensor[204];
};

enum api_methods { API_GET = 1, API_POST = 2 }; /* HEAD goes where GET does */

enum api_route_flags {
    API_BLOCKS = 1,   /* decode may take long */
    API_LOADED = 2,   /* needs a model in memory */
    API_IS_HOST = 4,  /* the transport's own page */
    API_ANY_TYPE = 8, /* /v2: no Content-Type or Accept is refused */
    API_ABSENT = 16,  /* in the protocol's dialect, but not here: 501, and not described */
    API_OF_ALL = 32,  /* about every model: with a thousand of them decode takes too long for an event loop */
    API_IS_TEXT = 64  /* the reply is plain text */
};

/* Gets the call with its whole body, and leaves it in API_RUN (work for a worker) or API_REPLY. */
typedef void api_handler(struct api_call *call, char *body, size_t size);

struct api_route {
    unsigned methods; /* a set of enum api_methods */
    /* Segments in braces are named; a '*' at the end matches any rest. `versioned` is the same endpoint for one version, NULL
     * if there is none. */
    const char *pattern, *versioned;
    enum api_scope scope;
    unsigned flags;
    const char *task;        /* what it computes, for log and metrics; "" = nothing */
    const struct api_op *op; /* NULL = not an operation of /v1 */
    api_handler *decode;
    void (*encode)(struct api_call *call); /* for what workers compute; NULL = decode answers immediately */
    unsigned formats;                      /* of replies, a bit per enum api_format; 0 = JSON */
    uint64_t params;                       /* of the query, where there is no op: a set of enum api_param_id */
    const char *body, *reply; /* schemas of schemas.json: of a JSON body without op, of a JSON reply; NULL = none */
    const char *summary;      /* for /openapi.json */
};

/* The table; its last row has no pattern. */
const struct api_route *api_routes(void);
/* The row for method and path; *pattern is the one that matched. NULL: *allow (room 64) is "" if the path does not exist, else
 * the methods it has. */
const struct api_route *api_route_find(const char *method, const char *path, struct api_match *match, const char **pattern,
                                       char allow[64]);

#endif
