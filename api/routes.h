/* The table of endpoints and how a path finds its row. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api.h"

struct api_op;

/* What a path named, percent-decoded; "" = not part of the route. */
struct api_match {
    char model[132], version[68], tensor[204];
};

enum api_route_flags {
    API_BLOCKS = 1,  /* decode may take long */
    API_LOADED = 2,  /* needs a model in memory */
    API_IS_HOST = 4, /* the transport's own page */
    API_ANY_TYPE = 8 /* /v2: no Content-Type or Accept is refused */
};

struct api_route {
    const char *method, *pattern;
    enum api_scope scope;
    unsigned flags;
    const struct api_op *op; /* NULL = answered by `decode` at once */
    void (*decode)(struct api_call *call, char *body, size_t size);
    unsigned formats;    /* of GET rows with several */
    const char *summary; /* for /openapi.json */
};

/* The row for method and path. NULL: *allow (room 64) is "" where the path does not exist, else the methods it has. */
const struct api_route *api_route_find(const char *method, const char *path, struct api_match *match, char allow[64]);
/* Walks the table; NULL at its end. */
const struct api_route *api_route_at(size_t i);

#endif
